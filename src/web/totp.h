#ifndef FP_WEB_TOTP_H
#define FP_WEB_TOTP_H

#include <stdint.h>

#include "base/str.h"

/* One-time codes of six digits, one every 30 seconds, as the usual apps make them.
 * Source: RFC 6238 (TOTP) over RFC 4226 (HOTP) with HMAC-SHA-1; computed by liboath. */

enum {
    FP_TOTP_BYTES = 20, /* of a secret: 160 bits, as RFC 4226 recommends */
    FP_TOTP_DIGITS = 6,
    FP_TOTP_SECONDS = 30,
    FP_TOTP_SKEW = 1, /* steps that a clock may be off, either way */
};

/* A secret of 160 random bits as hexadecimal digits. */
void fp_totp_secret(char hex[2 * FP_TOTP_BYTES + 1]);
/* The code of a step (seconds since 1970 / 30).
 * Reference test: RFC 6238, appendix B. Errors: FP_ARG (not a secret), FP_INTERNAL. */
FP_MUST_USE fp_status fp_totp_code(const char *hex, int64_t step, char code[FP_TOTP_DIGITS + 1],
                                   fp_err *err);
/* Find the step of a code among those that may be now. Compares all of them in constant time.
 * in  code   as typed; spaces are left out
 * in  after  steps up to this one do not count: they were used
 * out step   0 = it is none of them.  Errors: as fp_totp_code. */
FP_MUST_USE fp_status fp_totp_match(const char *hex, fp_str code, int64_t now, int64_t after,
                                    int64_t *step, fp_err *err);
/* The secret in base32, in groups of four for who types it over; and the address that a QR code
 * holds:
 * otpauth://totp/firstplace:NAME?secret=...&issuer=firstplace&algorithm=SHA1&digits=6&period=30.
 * Errors: FP_ARG (not a secret), FP_NOMEM. */
FP_MUST_USE fp_status fp_totp_base32(const char *hex, fp_arena *arena, const char **text,
                                     fp_err *err);
FP_MUST_USE fp_status fp_totp_address(const char *hex, const char *name, fp_arena *arena,
                                      const char **address, fp_err *err);

enum { FP_RECOVERY_DIGITS = 19 /* "XXXX-XXXX-XXXX-XXXX" */ };
/* A recovery code: 80 random bits in base32, in four groups. */
void fp_recovery_make(char code[FP_RECOVERY_DIGITS + 1]);

#endif
