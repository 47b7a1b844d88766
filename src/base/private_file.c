#include "base/private_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

fp_status fp_private_place(const char *path, const char *folder, const char *noun, fp_err *err)
{
    char parent[PATH_MAX], above[PATH_MAX], inside[PATH_MAX];
    (void)snprintf(parent, sizeof parent, "%s", path);
    char *slash = strrchr(parent, '/');
    if (slash)
        slash[slash == parent] = '\0';
    if (!realpath(slash ? parent : ".", above) || !realpath(folder, inside)) {
        (void)fp_fail_at(err, FP_INPUT, path, 0, 0, "the folder of the %s is not there", noun);
        return fp_hint(err, FP_INPUT, "make it first; it is best on another disk");
    }
    size_t n = strlen(inside);
    if (strncmp(above, inside, n) != 0 || (above[n] != '/' && above[n] != '\0'))
        return FP_OK;
    (void)fp_fail_at(err, FP_INPUT, path, 0, 0, "the %s would lie inside the study folder", noun);
    return fp_hint(err, FP_INPUT, "keep it elsewhere, with who may see what it locks");
}

static fp_status there_already(const char *path, const char *hint, fp_err *err)
{
    (void)fp_fail_at(err, FP_INPUT, path, 0, 0, "the file exists already");
    return fp_hint(err, FP_INPUT, "%s", hint);
}

fp_status fp_private_absent(const char *path, const char *hint, fp_err *err)
{
    struct stat seen;
    return lstat(path, &seen) == 0 ? there_already(path, hint, err) : FP_OK;
}

fp_status fp_private_make(const char *path, fp_str text, const char *hint, fp_err *err)
{
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0 && errno == EEXIST)
        return there_already(path, hint, err);
    if (file < 0)
        return fp_fail_at(err, FP_IO, path, 0, 0, "cannot be written: %s", strerror(errno));
    bool whole = write(file, text.p, text.n) == (ssize_t)text.n && fsync(file) == 0;
    if (close(file) != 0 || !whole) {
        (void)unlink(path);
        return fp_fail_at(err, FP_IO, path, 0, 0, "cannot be written");
    }
    return FP_OK;
}

/* Bytes that were read; -1 on a failure, with errno. */
static ssize_t read_all(int file, char *text, size_t size)
{
    size_t n = 0;
    while (n < size) {
        ssize_t got = read(file, text + n, size - n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        n += (size_t)got;
    }
    return (ssize_t)n;
}

fp_status fp_private_read(const char *path, char *text, size_t size, fp_str *whole, fp_err *err)
{
    char more;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = file < 0 ? -1 : read_all(file, text, size);
    bool longer = n == (ssize_t)size && read(file, &more, 1) != 0;
    int why = errno;
    if (file >= 0)
        (void)close(file);
    if (n < 0)
        return fp_fail_at(err, FP_INPUT, path, 0, 0, "cannot be read: %s", strerror(why));
    if (longer)
        return fp_fail_at(err, FP_INPUT, path, 0, 0, "is larger than %zu bytes", size);
    *whole = (fp_str){text, (size_t)n};
    return FP_OK;
}

fp_status fp_private_give(const char *path, const char *like, fp_err *err)
{
    struct stat owner;
    if (geteuid() != 0)
        return FP_OK;
    if (stat(like, &owner) != 0 || chown(path, owner.st_uid, owner.st_gid) != 0)
        return fp_fail_at(err, FP_IO, path, 0, 0, "cannot be given to the owner of %s: %s", like,
                          strerror(errno));
    return FP_OK;
}

bool fp_private_line(fp_str *text, const char *key, fp_str *value)
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
