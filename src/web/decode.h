#ifndef FP_WEB_DECODE_H
#define FP_WEB_DECODE_H

#include "web/http.h"

/* Why a request is not looked at any further: a status and one line for a person; 0 = it is. */
typedef struct {
    int status;
    const char *line;
} fp_refusal;

/* Make a request of what came: percent-decoding of path and query (RFC 3986, 2.1), cookies (RFC
 * 6265, 4.2), forms as application/x-www-form-urlencoded (URL standard, 5.1) or
 * multipart/form-data (RFC 7578) without files.
 * Refused: a path that is not absolute, has "." or ".." segments, an encoded "/", a NUL, another
 * control character or a backslash; bytes that are not UTF-8; an incomplete %XX; a part that is a
 * file; another type of body; anything beyond the limits in http.h.
 * in   behind_proxy  take the other side's address from the last entry of X-Forwarded-For
 * out  request       in `arena` and borrowed from `raw`
 * Errors: FP_NOMEM.  Cost: O(bytes).  Thread-safe: yes. */
FP_MUST_USE fp_status fp_request_decode(const fp_raw_request *raw, bool behind_proxy,
                                        fp_arena *arena, fp_request *request, fp_refusal *refusal,
                                        fp_err *err);

#endif
