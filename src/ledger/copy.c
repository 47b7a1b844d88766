#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ledger/ledger_priv.h"

static const char copying[] = "copying the database";

static fp_status make_file(const char *path, fp_err *err)
{
    int file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file >= 0) {
        (void)close(file);
        return FP_OK;
    }
    if (errno == EEXIST) {
        (void)fp_fail_at(err, FP_INPUT, path, 0, 0, "the file exists already");
        return fp_hint(err, FP_INPUT, "name a new one");
    }
    (void)fp_fail_at(err, FP_INPUT, path, 0, 0, "cannot be made: %s", strerror(errno));
    return fp_hint(err, FP_INPUT, "check that the folder exists and that you may write in it");
}

/* All pages in one go: readers do not hinder the writer, so that nothing has to be let in between,
 * and nothing has to be begun anew because it changed meanwhile. */
static int copy_pages(sqlite3 *from, sqlite3 *to)
{
    sqlite3_backup *backup = sqlite3_backup_init(to, "main", from, "main");
    if (!backup)
        return sqlite3_errcode(to);
    int code = sqlite3_backup_step(backup, -1);
    int end = sqlite3_backup_finish(backup);
    return code == SQLITE_DONE ? SQLITE_OK : end != SQLITE_OK ? end : code;
}

fp_status fp_ledger_copy(fp_ledger *ledger, const char *to, fp_err *err)
{
    fp_ledger copy = {0};
    FP_TRY(make_file(to, err));
    copy.path = strdup(to);
    int code =
        copy.path ? sqlite3_open_v2(to, &copy.db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL)
                  : SQLITE_NOMEM;
    if (code == SQLITE_OK)
        code = copy_pages(ledger->db, copy.db);
    fp_status status = FP_OK;
    if (code != SQLITE_OK)
        status = copy.path ? fp_ledger_fail(&copy, code, copying, err) : fp_fail_nomem(err, 1);
    (void)sqlite3_close(copy.db);
    free(copy.path);
    if (status != FP_OK)
        (void)unlink(to);
    return status;
}
