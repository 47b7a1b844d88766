#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/private_file.h"
#include "ledger/ledger_priv.h"
#include "ledger/sql.h"

enum { HEADER_BYTES = 100, BUSY_MS = 5000, WAL_TRIES = 100, WAL_WAIT_MS = 50 };

void fp_ledger_clock(fp_ledger *ledger, int64_t (*now)(void *), void *context)
{
    ledger->now = now;
    ledger->now_context = context;
}

void fp_ledger_tell(fp_ledger *ledger, fp_progress *progress)
{
    ledger->progress = progress;
}

fp_progress *fp_ledger_progress(const fp_ledger *ledger)
{
    return ledger->progress;
}

sqlite3 *fp_ledger_db(fp_ledger *ledger)
{
    return ledger->db;
}

const char *fp_ledger_path(const fp_ledger *ledger)
{
    return ledger->path;
}

void fp_ledger_close(fp_ledger *ledger)
{
    if (!ledger)
        return;
    (void)sqlite3_close(ledger->db);
    free(ledger->path);
    free(ledger);
}

void fp_ledger_cleanup(fp_ledger **ledger)
{
    fp_ledger_close(*ledger);
}

/* One row a kind of failure that the person at the keyboard can do something about. */
static const struct {
    int code;
    fp_status status;
    const char *what;
    const char *hint;
} known[] = {
    {SQLITE_BUSY, FP_BUSY, "the database is locked by another process",
     "wait until that is done, or end it, and try again"},
    {SQLITE_LOCKED, FP_BUSY, "the database is locked by another process",
     "wait until that is done, or end it, and try again"},
    {SQLITE_NOTADB, FP_INPUT, "is not a database of firstplace",
     "move it away; a new one is made from the sources"},
    {SQLITE_READONLY, FP_INPUT, "the database is read-only",
     "check that you may write the file and its folder"},
    {SQLITE_PERM, FP_INPUT, "the database may not be opened",
     "check that you may read and write the file and its folder"},
    {SQLITE_CANTOPEN, FP_INPUT, "the database cannot be opened",
     "check that the folder exists and that you may write in it"},
    {SQLITE_CORRUPT, FP_CHECK, "the database is damaged",
     "restore it from a copy that is known to be good"},
    {SQLITE_FULL, FP_IO, "the disk is full", "make room and try again; nothing was changed"},
    {SQLITE_IOERR, FP_IO, "the database could not be read or written",
     "check the disk and try again; nothing was changed"},
    {SQLITE_NOMEM, FP_NOMEM, "the database had no memory left", "use a machine with more memory"},
};

fp_status fp_ledger_fail(fp_ledger *ledger, int code, const char *doing, fp_err *err)
{
    if (code == SQLITE_IOERR_NOMEM)
        code = SQLITE_NOMEM;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if ((code & 0xff) != known[i].code)
            continue;
        (void)fp_fail_at(err, known[i].status, ledger->path, 0, 0, "%s (while %s)", known[i].what,
                         doing);
        return fp_hint(err, known[i].status, "%s", known[i].hint);
    }
    /* Statements are constant and tested: one that fails as such met tables that are not ours. */
    fp_status status = (code & 0xff) == SQLITE_ERROR ? FP_CHECK : FP_INTERNAL;
    (void)fp_fail_at(err, status, ledger->path, 0, 0, "while %s: %s", doing,
                     sqlite3_errmsg(ledger->db));
    return status == FP_CHECK ? fp_hint(err, status,
                                        "the database was changed: restore it from a "
                                        "copy that is known to be good")
                              : status;
}

static fp_status check_file(const char *path, bool create, fp_err *err)
{
    struct stat info;
    if (stat(path, &info) != 0) {
        if (create && errno == ENOENT)
            return FP_OK;
        (void)fp_fail_at(err, FP_INPUT, path, 0, 0, "cannot open: %s", strerror(errno));
        return fp_hint(err, FP_INPUT,
                       errno == ENOENT ? "run `firstplace import` on the study first"
                                       : "check that you may read it");
    }
    if (S_ISREG(info.st_mode) && (info.st_size == 0 || info.st_size >= HEADER_BYTES))
        return FP_OK;
    if (S_ISREG(info.st_mode)) { /* SQLite would take it for an empty database */
        (void)fp_fail_at(err, FP_INPUT, path, 0, 0, "is not a database of firstplace");
        return fp_hint(err, FP_INPUT, "move it away; a new one is made from the sources");
    }
    (void)fp_fail_at(err, FP_INPUT, path, 0, 0, "is not a file");
    return fp_hint(err, FP_INPUT, "move it away; the database of the study belongs there");
}

static fp_status configure(fp_ledger *ledger, fp_err *err)
{
    static const char doing[] = "opening it";
    static const struct {
        int option, value;
    } options[] = {
        {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0}, {SQLITE_DBCONFIG_DEFENSIVE, 1},
        {SQLITE_DBCONFIG_DQS_DML, 0},        {SQLITE_DBCONFIG_DQS_DDL, 0},
        {SQLITE_DBCONFIG_ENABLE_FKEY, 1},
    };
    int code = sqlite3_busy_timeout(ledger->db, BUSY_MS);
    for (size_t i = 0; i < sizeof options / sizeof *options && code == SQLITE_OK; i++)
        code = sqlite3_db_config(ledger->db, options[i].option, options[i].value, (int *)NULL);
    if (code != SQLITE_OK)
        return fp_ledger_fail(ledger, code, doing, err);
    return fp_sql_exec(ledger,
                       "PRAGMA synchronous = FULL; PRAGMA cell_size_check = ON; "
                       "PRAGMA secure_delete = ON;",
                       doing, err);
}

/* Turning WAL on needs the file to itself and does not wait for it by way of the busy timeout. */
static fp_status use_wal(fp_ledger *ledger, fp_err *err)
{
    int code = SQLITE_BUSY;
    for (int i = 0; i < WAL_TRIES; i++) {
        code = sqlite3_exec(ledger->db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);
        if ((code & 0xff) != SQLITE_BUSY)
            break;
        (void)sqlite3_sleep(WAL_WAIT_MS);
    }
    return code == SQLITE_OK ? FP_OK : fp_ledger_fail(ledger, code, "opening it", err);
}

/* Whose database it is, and of which version; 0 = an empty file. */
static fp_status identify(fp_ledger *ledger, int64_t *version, fp_err *err)
{
    static const char doing[] = "opening it";
    int64_t application = 0, tables = 0;
    FP_TRY(fp_sql_integer(ledger, "PRAGMA application_id", doing, &application, err));
    FP_TRY(fp_sql_integer(ledger, "PRAGMA user_version", doing, version, err));
    FP_TRY(fp_sql_integer(ledger, "SELECT count(*) FROM sqlite_schema", doing, &tables, err));
    if (application != FP_LEDGER_APPLICATION &&
        (application != 0 || *version != 0 || tables != 0)) {
        (void)fp_fail_at(err, FP_INPUT, ledger->path, 0, 0,
                         "is a SQLite database, but not one of firstplace");
        return fp_hint(err, FP_INPUT, "move it away; a new one is made from the sources");
    }
    if (application == FP_LEDGER_APPLICATION && *version < 1)
        return fp_ledger_fail(ledger, SQLITE_CORRUPT, doing, err);
    if (*version > FP_LEDGER_VERSION) {
        (void)fp_fail_at(err, FP_INPUT, ledger->path, 0, 0,
                         "was written by a newer firstplace (schema %lld, this one knows %d)",
                         (long long)*version, FP_LEDGER_VERSION);
        return fp_hint(err, FP_INPUT, "use that newer version");
    }
    return FP_OK;
}

/* Two processes may find the same old version: the second looks again once it has the lock. */
static fp_status migrate_in_transaction(fp_ledger *ledger, fp_err *err)
{
    int64_t version = 0;
    FP_TRY(fp_ledger_begin(ledger, err));
    fp_status status = identify(ledger, &version, err);
    for (; status == FP_OK && version < FP_LEDGER_VERSION; version++)
        status = fp_sql_exec(ledger, fp_ledger_schema(version), "making its tables", err);
    return fp_ledger_finish(ledger, status, err);
}

/* A table that others refer to can be made anew only while references are not followed, and that
 * cannot be turned off within a transaction. */
static fp_status migrate(fp_ledger *ledger, fp_err *err)
{
    static const char doing[] = "making its tables";
    FP_TRY(fp_sql_exec(ledger, "PRAGMA foreign_keys = OFF", doing, err));
    FP_TRY(migrate_in_transaction(ledger, err));
    return fp_sql_exec(ledger, "PRAGMA foreign_keys = ON", doing, err);
}

static fp_status older(const fp_ledger *ledger, int64_t version, fp_err *err)
{
    (void)fp_fail_at(err, FP_INPUT, ledger->path, 0, 0,
                     "was written by an older firstplace (schema %lld, this one has %d) and is "
                     "only read here",
                     (long long)version, FP_LEDGER_VERSION);
    return fp_hint(err, FP_INPUT,
                   "bring it up to date where you may write it, with: firstplace verify STUDY");
}

typedef enum { TO_READ, BESIDE, AS_FOUND, TO_WRITE, TO_CREATE } opening;

static fp_status set_up(fp_ledger *ledger, opening how, fp_err *err)
{
    int64_t version = 0;
    FP_TRY(configure(ledger, err));
    FP_TRY(identify(ledger, &version, err));
    if (how == AS_FOUND)
        return FP_OK;
    if (sqlite3_db_readonly(ledger->db, "main") == 1) /* can be read and verified as it is */
        return version == FP_LEDGER_VERSION ? FP_OK : older(ledger, version, err);
    FP_TRY(use_wal(ledger, err));
    return version < FP_LEDGER_VERSION ? migrate(ledger, err) : FP_OK;
}

static bool may_write(const char *path)
{
    return faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) == 0;
}

/* Whether there is no log beside the database: with one somebody is writing, or died in it. */
static bool is_at_rest(const char *path)
{
    FP_BUF_SCOPED(log, FP_MIB);
    struct stat info;
    fp_buf_printf(&log, "%s-wal", path);
    return fp_buf_ok(&log, NULL) == FP_OK && stat(fp_buf_str(&log).p, &info) != 0 &&
           stat(path, &info) == 0 && info.st_size > 0;
}

/* "/a/b/." of "/a/b/study.db" */
static void put_folder(const char *path, fp_buf *out)
{
    const char *slash = strrchr(path, '/');
    fp_buf_put_n(out, path, slash ? (size_t)(slash - path) + 1 : 0);
    fp_buf_put_char(out, '.');
}

/* Whether the database lies where this user cannot write, as in an archive: there SQLite cannot
 * make the files beside it that WAL asks for. */
static bool is_archived(const char *path)
{
    FP_BUF_SCOPED(folder, FP_MIB);
    put_folder(path, &folder);
    return fp_buf_ok(&folder, NULL) == FP_OK && is_at_rest(path) &&
           (!may_write(path) || !may_write(fp_buf_str(&folder).p));
}

/* "file:/a/100%25.db?immutable=1": read as it is, without locks and without files beside it. */
static void put_uri(const char *path, fp_buf *out)
{
    fp_buf_put(out, path[0] == '/' ? "file://" : "file:");
    for (; *path; path++) {
        if (*path == '%' || *path == '?' || *path == '#')
            fp_buf_printf(out, "%%%02X", (unsigned)*path);
        else
            fp_buf_put_char(out, *path);
    }
    fp_buf_put(out, "?immutable=1");
}

/* An empty file for a new database: it will hold what nobody but its owner shall read. SQLite gives
 * the files beside it the same mode and owner. What hinders it is for SQLite to say. A file that is
 * there is not even opened: to close it again would drop the locks of this process on it. */
static fp_status make_private(const char *path, fp_err *err)
{
    FP_BUF_SCOPED(folder, FP_MIB);
    int file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0)
        return FP_OK;
    (void)close(file);
    put_folder(path, &folder);
    FP_TRY(fp_buf_ok(&folder, err));
    return fp_private_give(path, fp_buf_str(&folder).p, err);
}

fp_status fp_ledger_close_to_others(const char *path, fp_err *err)
{
    static const char *const beside[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < sizeof beside / sizeof *beside; i++) {
        FP_BUF_SCOPED(name, FP_MIB);
        struct stat info;
        fp_buf_printf(&name, "%s%s", path, beside[i]);
        FP_TRY(fp_buf_ok(&name, err));
        const char *file = fp_buf_str(&name).p;
        if (stat(file, &info) != 0 || (info.st_mode & S_IRWXO) == 0 ||
            chmod(file, info.st_mode & 07770) == 0)
            continue;
        (void)fp_fail_at(err, FP_INPUT, file, 0, 0, "everybody on this machine can open it");
        return fp_hint(err, FP_INPUT, "chmod o-rwx %.200s", file);
    }
    return FP_OK;
}

static fp_status open_file(fp_ledger *ledger, opening how, fp_err *err)
{
    FP_BUF_SCOPED(name, FP_MIB);
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    bool as_it_is =
        how == TO_READ ? is_at_rest(ledger->path) : how > BESIDE && is_archived(ledger->path);
    if (as_it_is) {
        put_uri(ledger->path, &name);
        flags |= SQLITE_OPEN_READONLY | SQLITE_OPEN_URI;
    } else {
        if (how == TO_CREATE)
            FP_TRY(make_private(ledger->path, err));
        fp_buf_put(&name, ledger->path);
        flags |= how <= BESIDE      ? SQLITE_OPEN_READONLY
                 : how == TO_CREATE ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                                    : SQLITE_OPEN_READWRITE;
    }
    FP_TRY(fp_buf_ok(&name, err));
    int code = sqlite3_open_v2(fp_buf_str(&name).p, &ledger->db, flags, NULL);
    return code == SQLITE_OK ? FP_OK : fp_ledger_fail(ledger, code, "opening it", err);
}

static fp_status open_as(const char *path, opening how, fp_ledger **out, fp_err *err)
{
    FP_TRY(check_file(path, how == TO_CREATE, err));
    __attribute__((cleanup(fp_ledger_cleanup))) fp_ledger *ledger = calloc(1, sizeof *ledger);
    if (!ledger || !(ledger->path = strdup(path)))
        return fp_fail_nomem(err, sizeof *ledger);
    FP_TRY(open_file(ledger, how, err));
    FP_TRY(set_up(ledger, how, err));
    *out = ledger;
    ledger = NULL;
    return FP_OK;
}

fp_status fp_ledger_open(const char *path, bool create, fp_ledger **out, fp_err *err)
{
    return open_as(path, create ? TO_CREATE : TO_WRITE, out, err);
}

fp_status fp_ledger_open_to_read(const char *path, fp_ledger **out, fp_err *err)
{
    return open_as(path, TO_READ, out, err);
}

fp_status fp_ledger_open_as_found(const char *path, fp_ledger **out, fp_err *err)
{
    return open_as(path, AS_FOUND, out, err);
}

fp_status fp_ledger_open_beside(const char *path, fp_ledger **out, fp_err *err)
{
    return open_as(path, BESIDE, out, err);
}
