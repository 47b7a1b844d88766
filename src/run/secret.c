#include "run/run_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "run/secret_priv.h"

static const char first_line[] = "firstplace secret 1";

/* A secret beside the data that it locks is none: refuse a file inside the study folder. */
static fp_status check_place(const char *path, const char *folder, fp_err *err)
{
    char parent[PATH_MAX], above[PATH_MAX], inside[PATH_MAX];
    (void)snprintf(parent, sizeof parent, "%s", path);
    char *slash = strrchr(parent, '/');
    if (slash)
        slash[slash == parent] = '\0';
    if (!realpath(slash ? parent : ".", above) || !realpath(folder, inside)) {
        (void)fp_fail_at(err, FP_INPUT, path, 0, 0, "the folder of the secret is not there");
        return fp_hint(err, FP_INPUT, "make it first; it is best on another disk");
    }
    size_t n = strlen(inside);
    if (strncmp(above, inside, n) != 0 || (above[n] != '/' && above[n] != '\0'))
        return FP_OK;
    (void)fp_fail_at(err, FP_INPUT, path, 0, 0, "the secret would lie inside the study folder");
    return fp_hint(err, FP_INPUT, "keep it elsewhere, with who may see the list");
}

static fp_status there_already(const char *path, fp_err *err)
{
    (void)fp_fail_at(err, FP_INPUT, path, 0, 0, "the file exists already");
    return fp_hint(err, FP_INPUT, "a draw makes its own secret: name a new file");
}

fp_status fp_secret_check(const char *path, const char *folder, fp_err *err)
{
    struct stat seen;
    FP_TRY(check_place(path, folder, err));
    return lstat(path, &seen) == 0 ? there_already(path, err) : FP_OK;
}

fp_status fp_secret_make(const char *path, const char *folder, const char *study, char *secret,
                         fp_err *err)
{
    char text[512];
    FP_TRY(check_place(path, folder, err));
    fp_allocation_secret(secret);
    int n = snprintf(text, sizeof text, "%s\nstudy: %s\nsecret: %s\n", first_line, study, secret);
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0 && errno == EEXIST)
        return there_already(path, err);
    if (file < 0)
        return fp_fail_at(err, FP_IO, path, 0, 0, "cannot be written: %s", strerror(errno));
    bool whole = write(file, text, (size_t)n) == n && fsync(file) == 0;
    if (close(file) != 0 || !whole) {
        (void)unlink(path);
        return fp_fail_at(err, FP_IO, path, 0, 0, "cannot be written");
    }
    return FP_OK;
}

/* The rest of a line that begins with `key`; false where it does not. */
static bool take_line(fp_str *text, const char *key, fp_str *value)
{
    size_t n = strlen(key), end = 0;
    while (end < text->n && text->p[end] != '\n')
        end++;
    if (end < n || memcmp(text->p, key, n) != 0)
        return false;
    *value = fp_str_trim((fp_str){text->p + n, end - n});
    end += end < text->n;
    *text = (fp_str){text->p + end, text->n - end};
    return true;
}

fp_status fp_secret_read(const char *path, const char *folder, const char *study, char *secret,
                         fp_arena *arena, fp_err *err)
{
    fp_str text, line, owner, digits;
    FP_TRY(check_place(path, folder, err));
    FP_TRY(fp_file_read(path, 4096, arena, &text, err));
    bool fits = take_line(&text, first_line, &line) && take_line(&text, "study:", &owner) &&
                take_line(&text, "secret:", &digits) && digits.n == FP_SECRET_DIGITS &&
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
