#include "web/totp.h"

#include <ctype.h>
#include <liboath/oath.h>
#include <sodium.h>
#include <string.h>

/* RFC 4648, 6: the digits that apps and liboath use. */
static const char base32[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

void fp_totp_secret(char hex[2 * FP_TOTP_BYTES + 1])
{
    unsigned char secret[FP_TOTP_BYTES];
    randombytes_buf(secret, sizeof secret);
    (void)sodium_bin2hex(hex, 2 * FP_TOTP_BYTES + 1, secret, sizeof secret);
    sodium_memzero(secret, sizeof secret);
}

static fp_status read_secret(const char *hex, unsigned char secret[FP_TOTP_BYTES], fp_err *err)
{
    size_t n = 0;
    int code =
        sodium_hex2bin(secret, FP_TOTP_BYTES, hex, strlen(hex), NULL, &n, (const char **)NULL);
    if (code != 0 || n != FP_TOTP_BYTES || strlen(hex) != 2 * FP_TOTP_BYTES)
        return fp_fail(err, FP_ARG, "the secret of a second factor is not one");
    return FP_OK;
}

fp_status fp_totp_code(const char *hex, int64_t step, char code[FP_TOTP_DIGITS + 1], fp_err *err)
{
    unsigned char secret[FP_TOTP_BYTES];
    FP_TRY(read_secret(hex, secret, err));
    int outcome = oath_hotp_generate((const char *)secret, sizeof secret, (uint64_t)step,
                                     FP_TOTP_DIGITS, false, OATH_HOTP_DYNAMIC_TRUNCATION, code);
    sodium_memzero(secret, sizeof secret);
    return outcome == OATH_OK ? FP_OK
                              : fp_fail(err, FP_INTERNAL, "a one-time code cannot be made: %s",
                                        oath_strerror(outcome));
}

fp_status fp_totp_match(const char *hex, fp_str typed, int64_t now, int64_t after, int64_t *step,
                        fp_err *err)
{
    char given[FP_TOTP_DIGITS + 1] = "", code[FP_TOTP_DIGITS + 1];
    int64_t middle = now / FP_TOTP_SECONDS, found = 0;
    int n = 0;
    for (size_t i = 0; i < typed.n; i++) {
        if (typed.p[i] == ' ')
            continue;
        if (!isdigit((unsigned char)typed.p[i]) || n == FP_TOTP_DIGITS)
            n = FP_TOTP_DIGITS + 1;
        else
            given[n++] = typed.p[i];
        if (n > FP_TOTP_DIGITS)
            break;
    }
    for (int64_t at = middle - FP_TOTP_SKEW; at <= middle + FP_TOTP_SKEW; at++) {
        FP_TRY(fp_totp_code(hex, at, code, err));
        if (sodium_memcmp(given, code, FP_TOTP_DIGITS) == 0 && n == FP_TOTP_DIGITS && at > after)
            found = at;
    }
    *step = found;
    return FP_OK;
}

/* Each five bits of `bytes` a digit; a hyphen or space after every four where `between` is set. */
static void put_base32(const unsigned char *bytes, size_t count, char between, char *out)
{
    size_t n = 0, digits = 0;
    unsigned bits = 0, held = 0;
    for (size_t i = 0; i < count; i++) {
        held = held << 8 | bytes[i];
        for (bits += 8; bits >= 5; bits -= 5) {
            if (between && digits && digits % 4 == 0)
                out[n++] = between;
            out[n++] = base32[held >> (bits - 5) & 31];
            digits++;
        }
    }
    out[n] = '\0';
}

enum { GROUPED = FP_TOTP_BYTES / 5 * 8 * 5 / 4 };

fp_status fp_totp_base32(const char *hex, fp_arena *arena, const char **text, fp_err *err)
{
    unsigned char secret[FP_TOTP_BYTES];
    char *out;
    FP_TRY(read_secret(hex, secret, err));
    FP_ARRAY(out, arena, GROUPED + 1, err);
    put_base32(secret, sizeof secret, ' ', out);
    sodium_memzero(secret, sizeof secret);
    *text = out;
    return FP_OK;
}

fp_status fp_totp_address(const char *hex, const char *name, fp_arena *arena, const char **address,
                          fp_err *err)
{
    FP_BUF_SCOPED(out, 4096);
    unsigned char secret[FP_TOTP_BYTES];
    char digits[GROUPED + 1];
    FP_TRY(read_secret(hex, secret, err));
    put_base32(secret, sizeof secret, '\0', digits);
    fp_buf_put(&out, "otpauth://totp/firstplace:");
    for (; *name; name++) {
        if (isalnum((unsigned char)*name) || strchr("._-", *name))
            fp_buf_put_char(&out, *name);
        else
            fp_buf_printf(&out, "%%%02X", (unsigned)(unsigned char)*name);
    }
    fp_buf_printf(&out, "?secret=%s&issuer=firstplace&algorithm=SHA1&digits=%d&period=%d", digits,
                  FP_TOTP_DIGITS, FP_TOTP_SECONDS);
    sodium_memzero(secret, sizeof secret);
    FP_TRY(fp_buf_ok(&out, err));
    *address = fp_str_dup(arena, fp_buf_str(&out), err);
    return *address ? FP_OK : FP_NOMEM;
}

void fp_recovery_make(char code[FP_RECOVERY_DIGITS + 1])
{
    unsigned char bits[10];
    randombytes_buf(bits, sizeof bits);
    put_base32(bits, sizeof bits, '-', code);
}
