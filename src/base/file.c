#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static void close_fd(const int *fd)
{
    if (*fd > STDERR_FILENO)
        (void)close(*fd);
}

static fp_status open_file(const char *path, int *fd, fp_err *err)
{
    struct stat info;
    *fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (*fd < 0) {
        int why = errno;
        (void)fp_fail_at(err, FP_INPUT, path, 0, 0, "cannot open: %s", strerror(why));
        return fp_hint(err, FP_INPUT,
                       why == ENOENT ? "check the name and the folder"
                                     : "check that you may read it");
    }
    if (fstat(*fd, &info) == 0 && S_ISDIR(info.st_mode)) {
        (void)fp_fail_at(err, FP_INPUT, path, 0, 0, "is a folder, not a file");
        return fp_hint(err, FP_INPUT, "name the file inside it");
    }
    return FP_OK;
}

fp_status fp_file_each(const char *path, fp_piece_fn each, void *context, fp_err *err)
{
    __attribute__((cleanup(close_fd))) int fd = -1;
    char piece[65536];
    FP_TRY(open_file(path, &fd, err));
    for (;;) {
        ssize_t got = read(fd, piece, sizeof piece);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fp_fail_at(err, FP_INPUT, fd == STDIN_FILENO ? "standard input" : path, 0, 0,
                              "cannot read: %s", strerror(errno));
        if (got == 0)
            return FP_OK;
        FP_TRY(each(context, (fp_str){piece, (size_t)got}, err));
    }
}

static fp_status too_large(const char *path, size_t max, fp_err *err)
{
    (void)fp_fail_at(err, FP_INPUT, strcmp(path, "-") == 0 ? "standard input" : path, 0, 0,
                     "the file is larger than %zu bytes", max);
    return fp_hint(err, FP_INPUT, "split it, or use a machine with more memory");
}

typedef struct {
    const char *path;
    size_t max;
    fp_buf *buf;
} reading;

static fp_status keep_piece(void *context, fp_str piece, fp_err *err)
{
    const reading *r = context;
    if (piece.n > r->max - r->buf->n)
        return too_large(r->path, r->max, err);
    fp_buf_put_n(r->buf, piece.p, piece.n);
    return fp_buf_ok(r->buf, err);
}

fp_status fp_file_read(const char *path, size_t max, fp_arena *arena, fp_str *out, fp_err *err)
{
    FP_BUF_SCOPED(buf, max);
    reading context = {path, max, &buf};
    FP_TRY(fp_file_each(path, keep_piece, &context, err));
    char *text = fp_arena_strndup(arena, buf.p, buf.n, err);
    if (!text)
        return FP_NOMEM;
    *out = (fp_str){text, buf.n};
    return FP_OK;
}

static void close_view(void *context)
{
    fp_view *view = context;
    if (view->fd < 0)
        return;
    (void)munmap((void *)(uintptr_t)view->text.p, view->text.n);
    (void)close(view->fd);
}

static void clear_buf(void *context)
{
    fp_buf_clear(context);
}

/* What tells one state of a file from another. */
static void stamp(const struct stat *info, int64_t out[3])
{
    out[0] = (int64_t)info->st_size;
    out[1] = (int64_t)info->st_mtim.tv_sec;
    out[2] = (int64_t)info->st_mtim.tv_nsec;
}

/* A file that cannot be mapped, kept in memory. */
static fp_status keep_view(fp_view *view, size_t max, fp_arena *arena, fp_err *err)
{
    fp_buf *buf;
    FP_ARRAY(buf, arena, 1, err);
    fp_buf_init(buf, max);
    FP_TRY(fp_arena_defer(arena, clear_buf, buf, err));
    reading context = {view->path, max, buf};
    FP_TRY(fp_file_each(view->path, keep_piece, &context, err));
    view->text = fp_buf_str(buf);
    return FP_OK;
}

/* Map the file and keep it open; false where it is none that can be mapped. */
static bool map_view(fp_view *view, int fd, const struct stat *info)
{
    if (!S_ISREG(info->st_mode) || info->st_size <= 0)
        return false;
    size_t n = (size_t)info->st_size;
    void *text = mmap(NULL, n, PROT_READ, MAP_PRIVATE, fd, 0);
    if (text == MAP_FAILED)
        return false;
    view->text = (fp_str){text, n};
    stamp(info, view->stamp);
    return true;
}

fp_status fp_view_open(const char *path, size_t max, fp_arena *arena, const fp_view **out,
                       fp_err *err)
{
    __attribute__((cleanup(close_fd))) int fd = -1;
    struct stat info = {0};
    fp_view *view;
    FP_ARRAY(view, arena, 1, err);
    view->fd = -1;
    if (!(view->path = fp_arena_strdup(arena, path, err)))
        return FP_NOMEM;
    if (strcmp(path, "-") != 0) {
        FP_TRY(open_file(path, &fd, err));
        FP_TRY(fp_arena_defer(arena, close_view, view, err));
        if (fstat(fd, &info) == 0 && map_view(view, fd, &info)) {
            view->fd = fd;
            fd = -1;
            *out = view;
            return view->text.n > max ? too_large(path, max, err) : FP_OK;
        }
    }
    FP_TRY(keep_view(view, max, arena, err));
    *out = view;
    return FP_OK;
}

fp_status fp_view_read(const fp_view *view, size_t from, size_t n, char *to, fp_err *err)
{
    if (view->fd < 0) {
        memcpy(to, view->text.p + from, n);
        return FP_OK;
    }
    while (n) {
        ssize_t got = pread(view->fd, to, n, (off_t)from);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fp_fail_at(err, FP_INPUT, view->path, 0, 0, "cannot read: %s", strerror(errno));
        if (got == 0) {
            (void)fp_fail_at(err, FP_INPUT, view->path, 0, 0,
                             "the file became shorter while it was read");
            return fp_hint(err, FP_INPUT, "try again when no other program writes to it");
        }
        to += got;
        from += (size_t)got;
        n -= (size_t)got;
    }
    return FP_OK;
}

fp_status fp_view_unchanged(const fp_view *view, fp_err *err)
{
    struct stat info;
    int64_t now[3];
    if (view->fd < 0 || fstat(view->fd, &info) != 0)
        return FP_OK;
    stamp(&info, now);
    if (memcmp(now, view->stamp, sizeof now) == 0)
        return FP_OK;
    (void)fp_fail_at(err, FP_INPUT, view->path, 0, 0, "the file changed while it was read");
    return fp_hint(err, FP_INPUT, "try again when no other program writes to it");
}

static fp_status write_all(int fd, fp_str text)
{
    for (size_t done = 0; done < text.n;) {
        ssize_t wrote = write(fd, text.p + done, text.n - done);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0)
            return FP_IO;
        done += (size_t)wrote;
    }
    return FP_OK;
}

fp_status fp_file_write(const char *path, fp_str text, fp_err *err)
{
    if (strcmp(path, "-") == 0)
        return write_all(STDOUT_FILENO, text) == FP_OK
                   ? FP_OK
                   : fp_fail(err, FP_IO, "cannot write to standard output: %s", strerror(errno));
    char temporary[PATH_MAX];
    int n = snprintf(temporary, sizeof temporary, "%s.XXXXXX", path);
    if (n < 0 || (size_t)n >= sizeof temporary)
        return fp_fail_at(err, FP_IO, path, 0, 0, "the file name is too long");
    int fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0) {
        (void)fp_fail_at(err, FP_IO, path, 0, 0, "cannot write: %s", strerror(errno));
        return fp_hint(err, FP_IO, "check that the folder exists and that you may write in it");
    }
    mode_t mask = umask(0);
    (void)umask(mask);
    bool good = write_all(fd, text) == FP_OK && fchmod(fd, 0666 & ~mask) == 0 && fsync(fd) == 0;
    good = close(fd) == 0 && good;
    if (good && rename(temporary, path) == 0)
        return FP_OK;
    int why = errno;
    (void)unlink(temporary);
    return fp_fail_at(err, FP_IO, path, 0, 0, "cannot write: %s", strerror(why));
}

fp_status fp_dir_make(const char *path, fp_err *err)
{
    char part[PATH_MAX];
    size_t n = strlen(path);
    if (n >= sizeof part)
        return fp_fail_at(err, FP_IO, path, 0, 0, "the folder name is too long");
    for (size_t i = 0; i <= n; i++) {
        part[i] = path[i];
        if (i == 0 || (path[i] != '/' && path[i] != '\0'))
            continue;
        part[i] = '\0';
        if (mkdir(part, 0777) != 0 && errno != EEXIST)
            return fp_fail_at(err, FP_IO, part, 0, 0, "cannot make the folder: %s",
                              strerror(errno));
        part[i] = path[i];
    }
    struct stat info;
    if (stat(path, &info) != 0 || !S_ISDIR(info.st_mode))
        return fp_fail_at(err, FP_IO, path, 0, 0, "is a file, a folder is needed");
    return FP_OK;
}

bool fp_file_exists(const char *path)
{
    return access(path, F_OK) == 0;
}
