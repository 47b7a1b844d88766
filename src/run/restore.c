#include "run/run_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/date.h"
#include "base/file.h"
#include "base/private_file.h"
#include "store/undone.h"

/* Of the database that is replaced: how far it is the same, and what only it has. */
typedef struct {
    bool readable;
    int64_t same; /* events; nothing where it is not readable */
    int64_t last; /* 0: not even that is known */
    fp_sha256 head;
    fp_buf undone[FP_UNDONE_KINDS];
} difference;

static void forget(difference *d)
{
    for (int k = 0; k < FP_UNDONE_KINDS; k++)
        fp_buf_clear(&d->undone[k]);
}

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

/* A new file that the owner of `like` alone may read; none on an error. */
static fp_status copy_file(const char *from, const char *to, const char *like, fp_err *err)
{
    int fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return fp_fail_at(err, FP_IO, to, 0, 0, "cannot be made: %s", strerror(errno));
    fp_status status = fp_file_each(from, copy_piece, &fd, err);
    if (status == FP_OK)
        status = fp_private_give(to, like, err);
    if (status == FP_OK && fsync(fd) != 0)
        status = fp_fail_at(err, FP_IO, to, 0, 0, "cannot be stored: %s", strerror(errno));
    (void)close(fd);
    if (status != FP_OK)
        (void)unlink(to);
    return status;
}

/* ---- what is lost ---- */

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
    return fp_store_undone(old, d->same, fresh, d->undone, err);
}

/* Where the old one cannot be read, that is perhaps why it is replaced. It is kept as it is found,
 * of whatever schema; only its write-ahead log is put into it. */
static void compare_old(const char *path, fp_ledger *fresh, difference *d)
{
    __attribute__((cleanup(fp_ledger_cleanup))) fp_ledger *old = NULL;
    fp_err err;
    d->readable =
        fp_ledger_open_as_found(path, &old, &err) == FP_OK && compare(old, fresh, d, &err) == FP_OK;
}

/* {replaced_events, replaced_hash, same_events}, as far as that is known. */
static void put_difference(const difference *d, fp_buf *body)
{
    fp_buf_put_char(body, '{');
    if (d->last)
        fp_buf_printf(body, "\"replaced_events\":%lld,\"replaced_hash\":\"%s\"", (long long)d->last,
                      d->head.hex);
    if (d->last && d->readable)
        fp_buf_printf(body, ",\"same_events\":%lld", (long long)d->same);
    fp_buf_put_char(body, '}');
}

/* The log goes on with the word that it was put back, and what was lost by that. */
static fp_status log_restore(fp_ledger *fresh, const difference *d, fp_err *err)
{
    FP_BUF_SCOPED(body, FP_MIB);
    char actor[128];
    int64_t seq;
    fp_study_actor(actor, sizeof actor);
    put_difference(d, &body);
    FP_TRY(fp_buf_ok(&body, err));
    FP_TRY(fp_ledger_begin(fresh, err));
    return fp_ledger_finish(
        fresh, fp_ledger_append(fresh, actor, "database-restored", NULL, body.p, &seq, err), err);
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

/* Move what SQLite keeps beside a database: a log without its database would be taken for that of
 * the next one. */
static fp_status move_beside(const char *from, const char *to, fp_err *err)
{
    static const char *const beside[] = {"-wal", "-shm", "-journal"};
    for (size_t i = 0; i < sizeof beside / sizeof *beside; i++) {
        char old[PATH_MAX + 16], fresh[PATH_MAX + 16];
        (void)snprintf(old, sizeof old, "%s%s", from, beside[i]);
        (void)snprintf(fresh, sizeof fresh, "%s%s", to, beside[i]);
        if (rename(old, fresh) != 0 && errno != ENOENT)
            return fp_fail_at(err, FP_IO, old, 0, 0, "cannot be moved: %s", strerror(errno));
    }
    return FP_OK;
}

/* The old database gets a second name, and the new one takes the first in one step: killed at any
 * moment, the study has the one or the other. (Something lies beside the old one only where it
 * could not be read: looking at it has put its log into it.) A file system that knows no second
 * names gets a copy. */
static fp_status replace_old(const places *at, fp_err *err)
{
    if (link(at->path, at->kept) != 0)
        FP_TRY(copy_file(at->path, at->kept, at->path, err));
    fp_status status = move_beside(at->path, at->kept, err);
    if (status == FP_OK && rename(at->fresh, at->path) != 0)
        status = fp_fail_at(err, FP_IO, at->path, 0, 0, "cannot be replaced: %s", strerror(errno));
    if (status != FP_OK && move_beside(at->kept, at->path, NULL) == FP_OK)
        (void)unlink(at->kept);
    return status;
}

static fp_status put_in_place(const places *at, bool there, fp_err *err)
{
    int fd = -1;
    fp_status status = FP_OK;
    if (there) {
        FP_TRY(lock_old(at->path, &fd, err));
        status = replace_old(at, err);
        (void)close(fd);
    } else if (rename(at->fresh, at->path) != 0) {
        status = fp_fail_at(err, FP_IO, at->path, 0, 0, "cannot be written: %s", strerror(errno));
    }
    FP_TRY(status);
    return fp_study_sync_folder(at->path, err);
}

static void tell_undone(const difference *d, fp_buf *out)
{
    static const struct {
        const char *what, *todo;
    } words[FP_UNDONE_KINDS] = {
        [FP_UNDONE_ERASURE] = {"Erased since the backup, and there again now", "Erase them again."},
        [FP_UNDONE_WITHDRAWAL] = {"Withdrew since the backup, which the study knows no longer",
                                  "Enter that again."},
        [FP_UNDONE_LINK] = {"Whose personal link ended since the backup, and works again",
                            "End it again."},
        [FP_UNDONE_ACCOUNT] = {"Accounts disabled since the backup, and open again",
                               "Disable them again."},
    };
    for (int k = 0; k < FP_UNDONE_KINDS; k++)
        if (d->undone[k].n > 0)
            fp_buf_printf(out, "! %s: %s. %s\n", words[k].what, fp_buf_str(&d->undone[k]).p,
                          words[k].todo);
}

static void tell_difference(const difference *d, const char *kept, fp_buf *out)
{
    fp_buf_printf(out,
                  "The database that was there is kept as %s. It holds the keys of whoever is "
                  "erased here later:\nremove it within the term of an erasure "
                  "(docs/privacy.md).\n",
                  kept);
    if (!d->readable)
        fp_buf_put(out, "It could not be read, so that nobody can tell what only it held; the log "
                        "says that it was replaced.\n");
    else if (d->last == d->same)
        fp_buf_put(out, "Nothing of it is lacking in the restored one.\n");
    else
        fp_buf_printf(out,
                      "Lost: events %lld to %lld of it are not in the restored one, which says so "
                      "in its log.\n",
                      (long long)d->same + 1, (long long)d->last);
    tell_undone(d, out);
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
    __attribute__((cleanup(forget))) difference d = {.readable = true};
    int64_t events = 0, rows = 0;
    for (int k = 0; k < FP_UNDONE_KINDS; k++)
        fp_buf_init(&d.undone[k], FP_MIB);
    fp_status status = fp_ledger_open(at->fresh, false, &fresh, err);
    if (status == FP_OK)
        status = fp_study_verify_log(fresh, arena, &events, &rows, err);
    if (status != FP_OK)
        return about_file(file, status, err);
    if (there)
        compare_old(at->path, fresh, &d);
    if (!d.readable || d.last > d.same)
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

/* Where the old one goes: no name that was given before, also not within this second. */
static fp_status find_kept(const char *folder, char kept[PATH_MAX], fp_err *err)
{
    int64_t now = (int64_t)time(NULL);
    char day[16], name[64], more[16] = "";
    fp_day_format((fp_day)(now / 86400), day);
    for (int n = 2;; n++) {
        (void)snprintf(name, sizeof name, "study.db.replaced-%s-%06lld%s", day,
                       (long long)(now % 86400 / 3600 * 10000 + now / 60 % 60 * 100 + now % 60),
                       more);
        FP_TRY(fp_study_path(folder, name, kept, err));
        if (!fp_file_exists(kept))
            return FP_OK;
        (void)snprintf(more, sizeof more, "-%d", n);
    }
}

static fp_status find_places(const char *folder, places *at, fp_err *err)
{
    char name[64];
    FP_TRY(find_kept(folder, at->kept, err));
    FP_TRY(fp_study_path(folder, "study.db", at->path, err));
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
    fp_status status = copy_file(file, at.fresh, there ? at.path : folder, err);
    if (status == FP_OK)
        status = check_and_replace(file, &at, there, arena, out, err);
    if (status != FP_OK)
        (void)unlink(at.fresh);
    return status;
}
