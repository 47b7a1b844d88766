#include "run/run_priv.h"

#include <stdio.h>
#include <string.h>

#include "base/private_file.h"
#include "run/secret_priv.h"

enum { FILE_MOST = 4096 };

static const char first_line[] = "firstplace secret 1";

static const char another[] = "a draw makes its own secret: name a new file";

fp_status fp_secret_check(const char *path, const char *folder, fp_err *err)
{
    FP_TRY(fp_private_place(path, folder, "secret", err));
    return fp_private_absent(path, another, err);
}

fp_status fp_secret_make(const char *path, const char *folder, const char *study, char *secret,
                         fp_err *err)
{
    char text[FILE_MOST];
    FP_TRY(fp_private_place(path, folder, "secret", err));
    fp_allocation_secret(secret);
    int n = snprintf(text, sizeof text, "%s\nstudy: %s\nsecret: %s\n", first_line, study, secret);
    fp_status status = n > 0 && (size_t)n < sizeof text
                           ? fp_private_make(path, (fp_str){text, (size_t)n}, another, err)
                           : fp_fail(err, FP_INPUT, "the id of the study is too long");
    explicit_bzero(text, sizeof text);
    return status;
}

static fp_status take_text(const char *path, fp_str text, const char *study, char *secret,
                           fp_err *err)
{
    fp_str line, owner, digits;
    bool fits = fp_private_line(&text, first_line, &line) &&
                fp_private_line(&text, "study:", &owner) &&
                fp_private_line(&text, "secret:", &digits) && digits.n == FP_SECRET_DIGITS;
    for (size_t i = 0; fits && i < FP_SECRET_DIGITS; i++)
        fits = strchr("0123456789abcdef", digits.p[i]) != NULL && digits.p[i];
    if (!fits)
        return fp_fail_at(err, FP_INPUT, path, 0, 0, "is not a secret made by firstplace");
    if (!fp_str_eq(owner, fp_str_of(study))) {
        (void)fp_fail_at(err, FP_INPUT, path, 0, 0, "is the secret of another study, %.*s",
                         (int)(owner.n < 64 ? owner.n : 64), owner.p);
        return fp_hint(err, FP_INPUT, "every study has a secret of its own: none is used twice");
    }
    memcpy(secret, digits.p, FP_SECRET_DIGITS);
    secret[FP_SECRET_DIGITS] = '\0';
    return FP_OK;
}

fp_status fp_secret_read(const char *path, const char *folder, const char *study, char *secret,
                         fp_err *err)
{
    char bytes[FILE_MOST];
    fp_str text;
    FP_TRY(fp_private_place(path, folder, "secret", err));
    fp_status status = fp_private_read(path, bytes, sizeof bytes, &text, err);
    if (status == FP_OK)
        status = take_text(path, text, study, secret, err);
    explicit_bzero(bytes, sizeof bytes);
    return status;
}
