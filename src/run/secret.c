#include "run/run_priv.h"

#include <string.h>

#include "base/file.h"
#include "base/private_file.h"
#include "run/secret_priv.h"

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
    FP_BUF_SCOPED(text, FP_MIB);
    FP_TRY(fp_private_place(path, folder, "secret", err));
    fp_allocation_secret(secret);
    fp_buf_printf(&text, "%s\nstudy: %s\nsecret: %s\n", first_line, study, secret);
    FP_TRY(fp_buf_ok(&text, err));
    return fp_private_make(path, fp_buf_str(&text), another, err);
}

fp_status fp_secret_read(const char *path, const char *folder, const char *study, char *secret,
                         fp_arena *arena, fp_err *err)
{
    fp_str text, line, owner, digits;
    FP_TRY(fp_private_place(path, folder, "secret", err));
    FP_TRY(fp_file_read(path, 4096, arena, &text, err));
    bool fits = fp_private_line(&text, first_line, &line) &&
                fp_private_line(&text, "study:", &owner) &&
                fp_private_line(&text, "secret:", &digits) && digits.n == FP_SECRET_DIGITS &&
                strspn(digits.p, "0123456789abcdef") >= FP_SECRET_DIGITS;
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
