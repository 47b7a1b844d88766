#include "store/account_priv.h"

#include <stdio.h>
#include <string.h>

#include "store/rows_list_priv.h"
#include "store/store_priv.h"

static const char reading[] = "reading the accounts";

/* ---- small texts --------------------------------------------------------------------------- */

bool fp_account_name(fp_str typed, char out[FP_ACCOUNT_NAME_MAX + 1])
{
    fp_str name = fp_str_trim(typed);
    if (name.n == 0 || name.n > FP_ACCOUNT_NAME_MAX)
        return false;
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        if (c >= 'A' && c <= 'Z')
            c = (char)(c - 'A' + 'a');
        bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (!plain && (c == '\0' || !strchr("._@+-", c)))
            return false;
        out[i] = c;
    }
    out[name.n] = '\0';
    return true;
}

void fp_account_actor(int64_t id, char out[32])
{
    (void)snprintf(out, 32, "account:%lld", (long long)id);
}

fp_sha256 fp_account_named(const char *salt, const char *name, const char *display)
{
    const char *lines[] = {salt, "\n", name, "\n", display};
    fp_hasher hasher;
    fp_hasher_init(&hasher);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        fp_hasher_put(&hasher, fp_str_of(lines[i]));
    return fp_hasher_finish(&hasher);
}

void fp_account_stored(const char *secret, fp_sha256 *out)
{
    *out = (fp_sha256){{0}};
    if (secret[0])
        *out = fp_sha256_of(fp_str_of(secret));
}

fp_sha256 fp_account_codes(const fp_sha256 hashes[FP_RECOVERY_CODES])
{
    fp_hasher hasher;
    fp_hasher_init(&hasher);
    for (int i = 0; i < FP_RECOVERY_CODES; i++) {
        fp_hasher_put(&hasher, fp_str_of(hashes[i].hex));
        fp_hasher_put(&hasher, fp_str_of("\n"));
    }
    return fp_hasher_finish(&hasher);
}

fp_sha256 fp_recovery_hash(int64_t account, fp_str code)
{
    fp_hasher hasher;
    char of[32];
    fp_account_actor(account, of);
    fp_hasher_init(&hasher);
    fp_hasher_put(&hasher, fp_str_of(of));
    fp_hasher_put(&hasher, fp_str_of("\n"));
    for (size_t i = 0; i < code.n; i++) {
        char c = code.p[i];
        if (c == ' ' || c == '-')
            continue;
        if (c >= 'a' && c <= 'z')
            c = (char)(c - 'a' + 'A');
        fp_hasher_put(&hasher, (fp_str){&c, 1});
    }
    return fp_hasher_finish(&hasher);
}

/* ---- reading ------------------------------------------------------------------------------- */

#define ACCOUNTS                                                                                   \
    "SELECT id, version, disabled, last_step, "                                                    \
    "(SELECT count(*) FROM recovery_code WHERE account = id AND used_by IS NULL), "                \
    "name, display, coach, language, password, second_factor, role FROM account "
static const char by_id[] = ACCOUNTS "WHERE id = ?1", by_name[] = ACCOUNTS "WHERE name = ?1",
                  all[] = ACCOUNTS "ORDER BY name";

static fp_status read_account(fp_ledger *ledger, sqlite3_stmt *stmt, fp_arena *arena, void *item,
                              fp_err *err)
{
    fp_account *account = item;
    const char *role;
    fp_account made = {.id = sqlite3_column_int64(stmt, 0),
                       .version = sqlite3_column_int64(stmt, 1),
                       .disabled = sqlite3_column_int64(stmt, 2) != 0,
                       .last_step = sqlite3_column_int64(stmt, 3),
                       .recovery_left = (int)sqlite3_column_int64(stmt, 4)};
    const char **texts[] = {&made.name,     &made.display,       &made.coach, &made.language,
                            &made.password, &made.second_factor, &role};
    for (int i = 0; i < (int)(sizeof texts / sizeof *texts); i++)
        FP_TRY(fp_sql_copy_text(ledger, stmt, i + 5, arena, texts[i], err));
    if (!fp_role_read(fp_str_of(role), &made.role))
        return fp_store_changed(ledger, err, "account %lld has no role that exists",
                                (long long)made.id);
    *account = made;
    return FP_OK;
}

static fp_status read_one(fp_ledger *ledger, const char *sql, fp_sql_value key, fp_arena *arena,
                          bool *found, fp_account *account, fp_err *err)
{
    FP_SQL_SCOPED(stmt);
    bool row = false;
    FP_TRY(fp_sql_query(ledger, sql, &key, 1, reading, &stmt, err));
    FP_TRY(fp_sql_step(ledger, stmt, reading, &row, err));
    if (row)
        FP_TRY(read_account(ledger, stmt, arena, account, err));
    *found = row;
    return FP_OK;
}

fp_status fp_account_get(fp_ledger *ledger, int64_t id, fp_arena *arena, bool *found,
                         fp_account *account, fp_err *err)
{
    return read_one(ledger, by_id, FP_SQL_INT(id), arena, found, account, err);
}

fp_status fp_account_find(fp_ledger *ledger, const char *name, fp_arena *arena, bool *found,
                          fp_account *account, fp_err *err)
{
    return read_one(ledger, by_name, FP_SQL_TEXT(name), arena, found, account, err);
}

fp_status fp_account_list(fp_ledger *ledger, fp_arena *arena, ptrdiff_t *count,
                          const fp_account **accounts, fp_err *err)
{
    FP_SQL_SCOPED(stmt);
    void *list;
    FP_TRY(fp_sql_prepare(ledger, all, reading, &stmt, err));
    FP_TRY(fp_store_list(ledger, stmt, reading, sizeof(fp_account), read_account, arena, count,
                         &list, err));
    *accounts = list;
    return FP_OK;
}

fp_status fp_account_is_last_administrator(fp_ledger *ledger, int64_t id, bool *last, fp_err *err)
{
    FP_SQL_SCOPED(stmt);
    bool row = false;
    FP_TRY(fp_sql_query(ledger,
                        "SELECT 1 FROM account WHERE role = 'administrator' AND disabled = 0 "
                        "AND password <> '' AND id <> ?1 LIMIT 1",
                        &FP_SQL_INT(id), 1, reading, &stmt, err));
    FP_TRY(fp_sql_step(ledger, stmt, reading, &row, err));
    *last = !row;
    return FP_OK;
}

fp_status fp_account_coach_known(fp_ledger *ledger, const char *coach, bool *known, fp_err *err)
{
    FP_SQL_SCOPED(stmt);
    bool row = false;
    FP_TRY(fp_sql_query(ledger, "SELECT count(*) = 0 OR coalesce(sum(id = ?1), 0) > 0 FROM coach",
                        &FP_SQL_TEXT(coach), 1, reading, &stmt, err));
    FP_TRY(fp_sql_step(ledger, stmt, reading, &row, err));
    *known = row && sqlite3_column_int64(stmt, 0) != 0;
    return FP_OK;
}
