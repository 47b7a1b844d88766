#ifndef FP_WEB_HTTP_H
#define FP_WEB_HTTP_H

#include <stdbool.h>

#include "base/str.h"

/* A request and a response as values: no socket, no library. No route takes FP_OTHER. */
typedef enum { FP_GET, FP_POST, FP_HEAD, FP_OTHER } fp_method;
const char *fp_method_text(fp_method method); /* "GET" */

typedef struct {
    fp_str name, value;
} fp_field;
typedef struct {
    const fp_field *items; /* count */
    ptrdiff_t count;
} fp_fields;

/* The value of the first field of that name; empty (p NULL) where there is none. Names of headers
 * are compared without regard to case by fp_fields_header. */
fp_str fp_fields_value(fp_fields fields, const char *name);
fp_str fp_fields_header(fp_fields fields, const char *name);

/* A request as it came, before anything in it is believed. The library that reads the socket has
 * split the head into lines and has put the body together; nothing is decoded. */
typedef struct {
    fp_str method; /* "GET" */
    fp_str target; /* "/clients?q=a%20b" */
    fp_fields headers;
    fp_str body;
    fp_str peer;
} fp_raw_request;

/* What a request may measure; beyond it the answer is 414, 431, 413 or 400. */
enum {
    FP_TARGET_MAX = 4096,      /* bytes of path and query */
    FP_HEADERS_MAX = 8192,     /* bytes of all names and values of headers */
    FP_BODY_MAX = 1024 * 1024, /* bytes of a post */
    FP_FIELDS_MAX = 200,       /* fields of a query, a form or the cookies; headers */
};

/* Everything is borrowed from whoever decoded it (web/decode.h), for as long as the answer takes.
 * Texts are valid UTF-8 without NUL; the names of form fields are not unique by themselves. */
typedef struct {
    fp_method method;
    fp_str path;                             /* decoded, begins with '/', no "." or ".." segment */
    fp_fields query, form, cookies, headers; /* form: urlencoded, or text fields of multipart */
    fp_str peer; /* address of the other side, for the lock-out only; never logged */
} fp_request;

enum { FP_RESPONSE_HEADERS = 16 };

/* init before, clear after. Header values live in the arena of the request. */
typedef struct {
    int status;
    const char *type; /* "text/html; charset=utf-8"; static */
    fp_buf body;
    fp_field headers[FP_RESPONSE_HEADERS]; /* header_count: Set-Cookie, Location, ... */
    int header_count;
    const char *route; /* the pattern of the route, for the log; "" = none */
    const char *role;  /* who asked, for the log */
    char fault[256];   /* what failed in the server, for the operator's log; "" = nothing */
} fp_response;

void fp_response_init(fp_response *response, size_t max_body);
void fp_response_clear(fp_response *response);
/* Add a header. `name` is static; the value is copied to the arena.
 * Errors: FP_INTERNAL (too many; a control character in the value: never a second header),
 * FP_NOMEM.
 */
FP_MUST_USE fp_status fp_response_header(fp_response *response, fp_arena *arena, const char *name,
                                         fp_str value, fp_err *err);
/* Forget body and headers: what was begun is not what is answered. */
void fp_response_reset(fp_response *response);
/* Throw away what was begun and answer with a status and one line of plain text. */
void fp_response_plain(fp_response *response, int status, const char *line);

#endif
