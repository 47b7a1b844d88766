#include "ledger/scratch.h"

#include <dirent.h>
#include <ftw.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define CK_FLOATING_DIG 17
#include <check.h>

#include "base/file.h"
#include "base/num.h"

void scratch_make(char folder[SCRATCH_MAX])
{
    const char *base = getenv("TMPDIR");
    int n = snprintf(folder, SCRATCH_MAX, "%s/firstplace-XXXXXX", base ? base : P_tmpdir);
    ck_assert_int_lt(n, SCRATCH_MAX - 64);
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

void scratch_path(char path[SCRATCH_MAX], const char *folder, const char *name)
{
    ck_assert_int_lt(snprintf(path, SCRATCH_MAX, "%s/%s", folder, name), SCRATCH_MAX);
}

void scratch_remove(const char *folder)
{
    DIR *dir = opendir(folder);
    ck_assert_ptr_nonnull(dir);
    for (struct dirent *entry; (entry = readdir(dir));) {
        char path[SCRATCH_MAX];
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        scratch_path(path, folder, entry->d_name);
        ck_assert_int_eq(unlink(path), 0);
    }
    (void)closedir(dir);
    ck_assert_int_eq(rmdir(folder), 0);
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *where)
{
    (void)info;
    (void)kind;
    (void)where;
    return remove(path);
}

void scratch_remove_tree(const char *folder)
{
    ck_assert_int_eq(nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

void scratch_remove_database(const char *path)
{
    static const char *const ends[] = {"", "-wal", "-shm"};
    char side[SCRATCH_MAX];
    for (size_t k = 0; k < sizeof ends / sizeof *ends; k++) {
        ck_assert_int_lt(snprintf(side, SCRATCH_MAX, "%s%s", path, ends[k]), SCRATCH_MAX);
        (void)unlink(side);
    }
}

void scratch_ok(fp_status status, const fp_err *err)
{
    char text[1024];
    if (status == FP_OK)
        return;
    fp_err_text(err, text, sizeof text);
    ck_abort_msg("%s: %s", fp_status_text(status), text);
}

int64_t scratch_number(const char *path, const char *sql)
{
    sqlite3 *db;
    sqlite3_stmt *stmt;
    ck_assert_int_eq(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    ck_assert_int_eq(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
    ck_assert_int_eq(sqlite3_step(stmt), SQLITE_ROW);
    int64_t value = sqlite3_column_int64(stmt, 0);
    ck_assert_int_eq(sqlite3_finalize(stmt), SQLITE_OK);
    ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
    return value;
}

void scratch_copy(const char *from, const char *to)
{
    fp_arena *arena = fp_arena_create(FP_GIB);
    fp_str text;
    ck_assert_ptr_nonnull(arena);
    ck_assert_int_eq(fp_file_read(from, FP_GIB / 2, arena, &text, NULL), FP_OK);
    ck_assert_int_eq(fp_file_write(to, text, NULL), FP_OK);
    fp_arena_destroy(arena);
}

void scratch_truncate(const char *path, long bytes)
{
    ck_assert_int_eq(truncate(path, bytes), 0);
}

long scratch_size(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 ? (long)info.st_size : -1;
}

void scratch_write(const char *path, const char *text)
{
    ck_assert_int_eq(fp_file_write(path, fp_str_of(text), NULL), FP_OK);
}

void scratch_tamper(const char *path, const char *sql)
{
    sqlite3 *db;
    char *message = NULL;
    ck_assert_int_eq(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    ck_assert_int_eq(sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, (int *)NULL),
                     SQLITE_OK);
    ck_assert_int_eq(sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_FKEY, 0, (int *)NULL), SQLITE_OK);
    int code = sqlite3_exec(db, sql, NULL, NULL, &message);
    ck_assert_msg(code == SQLITE_OK, "%s: %s", sql, message ? message : "");
    ck_assert_int_gt(sqlite3_total_changes(db), 0);
    ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
}

unsigned long scratch_seed(const char *test)
{
    const char *given = getenv("FP_TEST_SEED");
    int64_t seed = (int64_t)time(NULL);
    if (given)
        ck_assert(fp_int_parse(fp_str_of(given), 0, INT64_MAX, &seed));
    (void)printf("%s: FP_TEST_SEED=%lld\n", test, (long long)seed);
    (void)fflush(stdout);
    return (unsigned long)seed;
}
