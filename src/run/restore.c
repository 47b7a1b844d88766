#include "run/run_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/date.h"
#include "base/file.h"
#include "ledger/canonical.h"

/* Of the database that is replaced: how far it is the same, and what only it has. */
typedef struct {
    bool readable;
    int64_t same; /* events */
    int64_t last;
    fp_sha256 head;
    fp_buf *erased; /* clients who were erased since, a comma between */
} difference;

typedef struct {
    char path[PATH_MAX];  /* of study.db */
    char fresh[PATH_MAX]; /* what is to take its place */
    char kept[PATH_MAX];  /* where the old one goes */
} places;

static fp_status need_backup(const char *file, const char *path, fp_err *err)
{
    char log[PATH_MAX];
    struct stat is, old;
    if (stat(file, &is) != 0 || !S_ISREG(is.st_mode)) {
        (void)fp_fail_at(err, FP_INPUT, file, 0, 0, "there is no such file");
        return fp_hint(err, FP_INPUT, "make one with: firstplace backup STUDY FILE");
    }
    if (is.st_size == 0)
        return fp_fail_at(err, FP_INPUT, file, 0, 0, "is empty");
    if (stat(path, &old) == 0 && is.st_dev == old.st_dev && is.st_ino == old.st_ino)
        return fp_fail_at(err, FP_INPUT, file, 0, 0, "is the database of the study itself");
    int n = snprintf(log, sizeof log, "%s-wal", file);
    if (n > 0 && (size_t)n < sizeof log && !fp_file_exists(log))
        return FP_OK;
    (void)fp_fail_at(err, FP_INPUT, file, 0, 0, "is in use, or only half a database");
    return fp_hint(err, FP_INPUT, "make a backup of it with: firstplace backup STUDY FILE");
}

static fp_status copy_piece(void *context, fp_str piece, fp_err *err)
{
    const int *fd = context;
    while (piece.n > 0) {
        ssize_t n = write(*fd, piece.p, piece.n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fp_fail(err, FP_IO, "the database cannot be written: %s", strerror(errno));
        piece = (fp_str){piece.p + n, piece.n - (size_t)n};
    }
    return FP_OK;
}

static fp_status copy_file(const char *from, const char *to, fp_err *err)
{
    int fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return fp_fail_at(err, FP_IO, to, 0, 0, "cannot be made: %s", strerror(errno));
    fp_status status = fp_file_each(from, copy_piece, &fd, err);
    if (status == FP_OK && fsync(fd) != 0)
        status = fp_fail_at(err, FP_IO, to, 0, 0, "cannot be stored: %s", strerror(errno));
    (void)close(fd);
    return status;
}

/* ---- what is lost ---- */

static fp_status see_erased(void *context, const fp_event *event, fp_err *err)
{
    difference *d = context;
    (void)err;
    fp_str rest = fp_str_of(event->body);
    if (event->seq <= d->same || strcmp(event->kind, "client-erased") != 0 ||
        !fp_canonical_take(&rest, "{\"client\":"))
        return FP_OK;
    if (d->erased->n > 0)
        fp_buf_put(d->erased, ", ");
    (void)fp_canonical_take_string(&rest, d->erased);
    return FP_OK;
}

/* The chains are the same up to some event and differ from there on: look for it by halves. */
static fp_status find_same(fp_ledger *old, fp_ledger *fresh, int64_t most, int64_t *same,
                           fp_err *err)
{
    int64_t low = 0, high = most;
    while (low < high) {
        FP_ARENA_SCOPED(scratch, 512 * FP_MIB, err);
        fp_event a, b;
        int64_t middle = low + (high - low + 1) / 2;
        FP_TRY(fp_ledger_event(old, middle, scratch, &a, err));
        FP_TRY(fp_ledger_event(fresh, middle, scratch, &b, err));
        if (strcmp(a.hash, b.hash) == 0)
            low = middle;
        else
            high = middle - 1;
    }
    *same = low;
    return FP_OK;
}

static fp_status compare(fp_ledger *old, fp_ledger *fresh, difference *d, fp_err *err)
{
    int64_t seq;
    fp_sha256 head;
    FP_TRY(fp_ledger_head(old, &d->last, &d->head, err));
    FP_TRY(fp_ledger_head(fresh, &seq, &head, err));
    FP_TRY(find_same(old, fresh, seq < d->last ? seq : d->last, &d->same, err));
    return fp_ledger_each(old, see_erased, d, err);
}

/* Where the old one cannot be read, that is perhaps why it is replaced. */
static void compare_old(const char *path, fp_ledger *fresh, difference *d)
{
    __attribute__((cleanup(fp_ledger_cleanup))) fp_ledger *old = NULL;
    fp_err err;
    d->readable =
        fp_ledger_open(path, false, &old, &err) == FP_OK && compare(old, fresh, d, &err) == FP_OK;
}

/* The log goes on with the word that it was put back, and what was lost by that. */
static fp_status log_restore(fp_ledger *fresh, const difference *d, fp_err *err)
{
    char actor[128], body[256];
    int64_t seq;
    fp_study_actor(actor, sizeof actor);
    (void)snprintf(body, sizeof body,
                   "{\"replaced_events\":%lld,\"replaced_hash\":\"%s\",\"same_events\":%lld}",
                   (long long)d->last, d->head.hex, (long long)d->same);
    FP_TRY(fp_ledger_begin(fresh, err));
    return fp_ledger_finish(
        fresh, fp_ledger_append(fresh, actor, "database-restored", NULL, body, &seq, err), err);
}

/* ---- taking its place ---- */

/* Hold the locks of SQLite on the old database, which every process that has it open shares; out
 * fd  to be closed once it is replaced. */
static fp_status lock_old(const char *path, int *fd, fp_err *err)
{
    struct flock whole = {
        .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0x40000000, .l_len = 512};
    *fd = open(path, O_RDWR | O_CLOEXEC);
    if (*fd < 0)
        return fp_fail_at(err, FP_INPUT, path, 0, 0, "cannot be replaced: %s", strerror(errno));
    if (fcntl(*fd, F_OFD_SETLK, &whole) == 0)
        return FP_OK;
    (void)close(*fd);
    (void)fp_fail_at(err, FP_BUSY, path, 0, 0, "a server or another command has the database open");
    return fp_hint(err, FP_BUSY, "stop it first; nothing was changed");
}

/* Move a file and what SQLite keeps beside it: a log without its database would be taken for that
 * of the next one. */
static fp_status move_aside(const places *at, fp_err *err)
{
    static const char *const beside[] = {"-wal", "-shm", "-journal", ""};
    for (size_t i = 0; i < sizeof beside / sizeof *beside; i++) {
        char from[PATH_MAX + 16], to[PATH_MAX + 16];
        (void)snprintf(from, sizeof from, "%s%s", at->path, beside[i]);
        (void)snprintf(to, sizeof to, "%s%s", at->kept, beside[i]);
        if (rename(from, to) != 0 && errno != ENOENT)
            return fp_fail_at(err, FP_IO, from, 0, 0, "cannot be moved: %s", strerror(errno));
    }
    return FP_OK;
}

static fp_status put_in_place(const places *at, bool there, fp_err *err)
{
    int fd = -1;
    if (there)
        FP_TRY(lock_old(at->path, &fd, err));
    fp_status status = move_aside(at, err);
    if (status == FP_OK && rename(at->fresh, at->path) != 0)
        status = fp_fail_at(err, FP_IO, at->path, 0, 0, "cannot be written: %s (the old one is %s)",
                            strerror(errno), at->kept);
    if (fd >= 0)
        (void)close(fd);
    FP_TRY(status);
    return fp_study_sync_folder(at->path, err);
}

static void tell_difference(const difference *d, const char *kept, fp_buf *out)
{
    fp_buf_printf(out, "The database that was there is kept as %s.\n", kept);
    if (!d->readable) {
        fp_buf_put(out, "It could not be read, so that nobody can tell what only it held.\n");
        return;
    }
    if (d->last == d->same) {
        fp_buf_put(out, "Nothing of it is lacking in the restored one.\n");
        return;
    }
    fp_buf_printf(out,
                  "Lost: events %lld to %lld of it are not in the restored one, which says so "
                  "in its log.\n",
                  (long long)d->same + 1, (long long)d->last);
    if (d->erased->n > 0)
        fp_buf_printf(out,
                      "! Erased since the backup, and there again now: %s. Erase them again.\n",
                      fp_buf_str(d->erased).p);
}

/* What is wrong with the copy is wrong with the file that it is of. */
static fp_status about_file(const char *file, fp_status status, fp_err *err)
{
    if (err)
        (void)snprintf(err->file, sizeof err->file, "%s", file);
    return fp_hint(err, status, "nothing was changed; try another backup");
}

static fp_status check_and_replace(const char *file, const places *at, bool there, fp_arena *arena,
                                   fp_buf *out, fp_err *err)
{
    __attribute__((cleanup(fp_ledger_cleanup))) fp_ledger *fresh = NULL;
    FP_BUF_SCOPED(erased, FP_MIB);
    difference d = {.readable = true, .erased = &erased};
    int64_t events = 0, rows = 0;
    fp_status status = fp_ledger_open(at->fresh, false, &fresh, err);
    if (status == FP_OK)
        status = fp_study_verify_log(fresh, arena, &events, &rows, err);
    if (status != FP_OK)
        return about_file(file, status, err);
    if (there)
        compare_old(at->path, fresh, &d);
    if (d.last > d.same)
        FP_TRY(log_restore(fresh, &d, err));
    fp_ledger_cleanup(&fresh);
    fresh = NULL;
    FP_TRY(put_in_place(at, there, err));
    fp_buf_printf(out, "%s: %lld %s, %lld %s: all fit.\n", at->path, (long long)events,
                  fp_plural((ptrdiff_t)events, "event", "events"), (long long)rows,
                  fp_plural((ptrdiff_t)rows, "row", "rows"));
    if (there)
        tell_difference(&d, at->kept, out);
    return fp_buf_ok(out, err);
}

static fp_status find_places(const char *folder, places *at, fp_err *err)
{
    int64_t now = (int64_t)time(NULL);
    char day[16], name[64];
    fp_day_format((fp_day)(now / 86400), day);
    (void)snprintf(name, sizeof name, "study.db.replaced-%s-%06lld", day,
                   (long long)(now % 86400 / 3600 * 10000 + now / 60 % 60 * 100 + now % 60));
    FP_TRY(fp_study_path(folder, "study.db", at->path, err));
    FP_TRY(fp_study_path(folder, name, at->kept, err));
    (void)snprintf(name, sizeof name, "study.db.restoring-%ld", (long)getpid());
    return fp_study_path(folder, name, at->fresh, err);
}

fp_status fp_run_restore(const char *file, const char *folder, bool replace, fp_arena *arena,
                         fp_buf *out, fp_err *err)
{
    places at;
    FP_TRY(fp_study_need_folder(folder, err));
    FP_TRY(find_places(folder, &at, err));
    FP_TRY(need_backup(file, at.path, err));
    bool there = fp_file_exists(at.path);
    if (there && !replace) {
        (void)fp_fail_at(err, FP_INPUT, at.path, 0, 0, "the study has a database already");
        return fp_hint(err, FP_INPUT,
                       "--replace puts the backup in its place and keeps the old "
                       "one beside it");
    }
    int fd = -1;
    if (there)
        FP_TRY(lock_old(at.path, &fd, err)); /* say so before any work is done */
    if (fd >= 0)
        (void)close(fd);
    fp_status status = copy_file(file, at.fresh, err);
    if (status == FP_OK)
        status = check_and_replace(file, &at, there, arena, out, err);
    if (status != FP_OK)
        (void)unlink(at.fresh);
    return status;
}
