/* What changes an account: its event and its row, in the caller's transaction. */
#include "store/account_priv.h"

#include <sodium.h>
#include <string.h>

#include "store/body_priv.h"
#include "store/sessions.h"
#include "store/store_priv.h"
#include "store/version.h"

static const char writing[] = "writing an account";

enum { SALT_BYTES = 16, BODY_MAX = 4096 };

static void make_salt(char out[2 * SALT_BYTES + 1])
{
    unsigned char salt[SALT_BYTES];
    randombytes_buf(salt, sizeof salt);
    (void)sodium_bin2hex(out, 2 * SALT_BYTES + 1, salt, sizeof salt);
}

/* ---- what an account can be ----------------------------------------------------------------- */

static fp_status check_names(fp_ledger *ledger, const fp_account *account, fp_err *err)
{
    FP_ARENA_SCOPED(scratch, FP_MIB, err);
    char name[FP_ACCOUNT_NAME_MAX + 1];
    fp_account other;
    bool found = false;
    if (!fp_account_name(fp_str_of(account->name), name) || strcmp(name, account->name) != 0)
        return fp_fail(err, FP_INPUT,
                       "a sign-in name has letters, digits and . _ @ + - only, at most %d",
                       FP_ACCOUNT_NAME_MAX);
    if (!account->display[0] || !fp_str_utf8(fp_str_of(account->display)) ||
        strpbrk(account->display, "\r\n"))
        return fp_fail(err, FP_INPUT, "an account needs a name to show");
    FP_TRY(fp_account_find(ledger, name, scratch, &found, &other, err));
    if (found && other.id != account->id)
        return fp_fail(err, FP_INPUT, "the sign-in name is taken");
    return FP_OK;
}

static fp_status check_rights(const fp_account *account, fp_err *err)
{
    fp_role role;
    if (!fp_role_read(fp_str_of(fp_role_text(account->role)), &role))
        return fp_fail(err, FP_INPUT, "no account can have the role %s",
                       fp_role_text(account->role));
    if ((account->role == FP_ROLE_COACH) != (account->coach[0] != '\0'))
        return fp_fail(err, FP_INPUT,
                       account->coach[0] ? "only a coach has an id among the coaches"
                                         : "a coach needs an id among the study's coaches");
    if (strcmp(account->language, "en") != 0 && strcmp(account->language, "nl") != 0)
        return fp_fail(err, FP_INPUT, "there is no language %.20s", account->language);
    return FP_OK;
}

/* The row as it is now, where nobody changed it since the caller read it. */
static fp_status read_same(fp_ledger *ledger, const fp_account *wanted, fp_arena *arena,
                           fp_account *now, fp_err *err)
{
    bool found = false;
    FP_TRY(fp_account_get(ledger, wanted->id, arena, &found, now, err));
    if (!found)
        return fp_fail(err, FP_INPUT, "there is no account %lld", (long long)wanted->id);
    const char *what = fp_arena_printf(arena, err, "account %lld", (long long)wanted->id);
    if (!what)
        return FP_NOMEM;
    return fp_version_check(ledger, what, wanted->version, now->version, arena, NULL, err);
}

/* ---- made, changed, renamed ----------------------------------------------------------------- */

fp_status fp_account_create(fp_ledger *ledger, const char *actor, const fp_account *made,
                            int64_t *id, fp_err *err)
{
    FP_BUF_SCOPED(body, BODY_MAX);
    char salt[2 * SALT_BYTES + 1];
    int64_t seq = 0;
    fp_account account = *made;
    account.id = 0;
    FP_TRY(check_rights(&account, err));
    FP_TRY(check_names(ledger, &account, err));
    make_salt(salt);
    fp_sha256 named = fp_account_named(salt, account.name, account.display);
    fp_body_put_text(&body, "coach", account.coach);
    fp_body_put_text(&body, "language", account.language);
    fp_body_put_text(&body, "named", named.hex);
    fp_body_put_text(&body, "role", fp_role_text(account.role));
    FP_TRY(fp_body_append(ledger, actor, FP_ACCOUNT_CREATED, NULL, &body, &seq, err));
    const fp_sql_value values[] = {
        FP_SQL_INT(seq),
        FP_SQL_TEXT(account.name),
        FP_SQL_TEXT(account.display),
        FP_SQL_TEXT(salt),
        FP_SQL_TEXT(fp_role_text(account.role)),
        FP_SQL_TEXT(account.coach),
        FP_SQL_TEXT(account.language),
    };
    FP_TRY(fp_sql_run(ledger,
                      "INSERT INTO account(id, version, name, display, salt, role, coach, "
                      "disabled, language, password, second_factor, last_step) "
                      "VALUES (?1, ?1, ?2, ?3, ?4, ?5, ?6, 0, ?7, '', '', 0)",
                      values, 7, writing, NULL, err));
    *id = seq;
    return FP_OK;
}

/* A disabled account is out at once; its links lead nowhere. */
static fp_status end_all(fp_ledger *ledger, int64_t id, fp_err *err)
{
    FP_TRY(fp_sessions_end_of(ledger, id, err));
    return fp_sql_run(ledger, "DELETE FROM one_time_link WHERE account = ?1", &FP_SQL_INT(id), 1,
                      writing, NULL, err);
}

/* An administrator who is to be none any more leaves another who can sign in. */
static fp_status check_last(fp_ledger *ledger, const fp_account *now, const fp_account *wanted,
                            fp_err *err)
{
    bool last = false;
    if (now->role != FP_ROLE_ADMINISTRATOR || now->disabled ||
        (wanted->role == FP_ROLE_ADMINISTRATOR && !wanted->disabled))
        return FP_OK;
    FP_TRY(fp_account_is_last_administrator(ledger, now->id, &last, err));
    if (!last)
        return FP_OK;
    (void)fp_fail(err, FP_CONFLICT, "account %lld is the only administrator", (long long)now->id);
    return fp_hint(err, FP_CONFLICT,
                   "make another administrator first, who has signed in once with the link");
}

fp_status fp_account_change(fp_ledger *ledger, const char *actor, const char *why,
                            const fp_account *wanted, fp_err *err)
{
    FP_ARENA_SCOPED(scratch, FP_MIB, err);
    FP_BUF_SCOPED(body, BODY_MAX);
    fp_account now;
    int64_t seq = 0;
    FP_TRY(check_rights(wanted, err));
    FP_TRY(read_same(ledger, wanted, scratch, &now, err));
    if (now.role == wanted->role && now.disabled == wanted->disabled &&
        strcmp(now.coach, wanted->coach) == 0 && strcmp(now.language, wanted->language) == 0)
        return FP_OK;
    FP_TRY(check_last(ledger, &now, wanted, err));
    fp_body_put_integer(&body, "account", wanted->id);
    fp_body_put_text(&body, "coach", wanted->coach);
    fp_body_put_flag(&body, "disabled", wanted->disabled);
    fp_body_put_text(&body, "language", wanted->language);
    fp_body_put_text(&body, "role", fp_role_text(wanted->role));
    FP_TRY(fp_body_append(ledger, actor, FP_ACCOUNT_CHANGED, why, &body, &seq, err));
    const fp_sql_value values[] = {
        FP_SQL_INT(wanted->id),
        FP_SQL_INT(seq),
        FP_SQL_TEXT(fp_role_text(wanted->role)),
        FP_SQL_TEXT(wanted->coach),
        FP_SQL_INT(wanted->disabled),
        FP_SQL_TEXT(wanted->language),
    };
    FP_TRY(fp_sql_run(ledger,
                      "UPDATE account SET version = ?2, role = ?3, coach = ?4, disabled = ?5, "
                      "language = ?6 WHERE id = ?1",
                      values, 6, writing, NULL, err));
    return wanted->disabled ? end_all(ledger, wanted->id, err) : FP_OK;
}

fp_status fp_account_rename(fp_ledger *ledger, const char *actor, const fp_account *wanted,
                            fp_err *err)
{
    FP_ARENA_SCOPED(scratch, FP_MIB, err);
    FP_BUF_SCOPED(body, BODY_MAX);
    char salt[2 * SALT_BYTES + 1];
    fp_account now;
    int64_t seq = 0;
    FP_TRY(read_same(ledger, wanted, scratch, &now, err));
    if (strcmp(now.name, wanted->name) == 0 && strcmp(now.display, wanted->display) == 0)
        return FP_OK;
    FP_TRY(check_names(ledger, wanted, err));
    make_salt(salt);
    fp_sha256 named = fp_account_named(salt, wanted->name, wanted->display);
    fp_body_put_integer(&body, "account", wanted->id);
    fp_body_put_text(&body, "named", named.hex);
    FP_TRY(fp_body_append(ledger, actor, FP_ACCOUNT_RENAMED, NULL, &body, &seq, err));
    const fp_sql_value values[] = {FP_SQL_INT(wanted->id), FP_SQL_INT(seq),
                                   FP_SQL_TEXT(wanted->name), FP_SQL_TEXT(wanted->display),
                                   FP_SQL_TEXT(salt)};
    return fp_sql_run(ledger,
                      "UPDATE account SET version = ?2, name = ?3, display = ?4, salt = ?5 "
                      "WHERE id = ?1",
                      values, 5, writing, NULL, err);
}

/* ---- what proves who somebody is ------------------------------------------------------------ */

fp_status fp_account_set_password(fp_ledger *ledger, const char *actor, int64_t id,
                                  const char *hash, const char *how, fp_err *err)
{
    FP_BUF_SCOPED(body, BODY_MAX);
    fp_sha256 stored;
    fp_account_stored(hash, &stored);
    fp_body_put_integer(&body, "account", id);
    fp_body_put_text(&body, "how", how);
    fp_body_put_text(&body, "stored", stored.hex);
    FP_TRY(fp_body_append(ledger, actor, FP_ACCOUNT_PASSWORD, NULL, &body, NULL, err));
    const fp_sql_value values[] = {FP_SQL_INT(id), FP_SQL_TEXT(hash)};
    FP_TRY(fp_sql_run(ledger, "UPDATE account SET password = ?2 WHERE id = ?1", values, 2, writing,
                      NULL, err));
    return end_all(ledger, id, err);
}

static fp_status drop_recovery(fp_ledger *ledger, int64_t id, fp_err *err)
{
    return fp_sql_run(ledger, "DELETE FROM recovery_code WHERE account = ?1", &FP_SQL_INT(id), 1,
                      writing, NULL, err);
}

fp_status fp_account_set_second_factor(fp_ledger *ledger, const char *actor, int64_t id,
                                       const char *secret, int64_t step, fp_err *err)
{
    FP_BUF_SCOPED(body, BODY_MAX);
    fp_sha256 stored;
    fp_account_stored(secret, &stored);
    fp_body_put_integer(&body, "account", id);
    fp_body_put_text(&body, "stored", stored.hex);
    FP_TRY(fp_body_append(ledger, actor, FP_ACCOUNT_SECOND_FACTOR, NULL, &body, NULL, err));
    const fp_sql_value values[] = {FP_SQL_INT(id), FP_SQL_TEXT(secret), FP_SQL_INT(step)};
    FP_TRY(fp_sql_run(ledger, "UPDATE account SET second_factor = ?2, last_step = ?3 WHERE id = ?1",
                      values, 3, writing, NULL, err));
    return secret[0] ? FP_OK : drop_recovery(ledger, id, err);
}

fp_status fp_account_set_recovery(fp_ledger *ledger, const char *actor, int64_t id,
                                  const char *const *codes, fp_err *err)
{
    FP_BUF_SCOPED(body, BODY_MAX);
    fp_sha256 hashes[FP_RECOVERY_CODES];
    for (int i = 0; i < FP_RECOVERY_CODES; i++)
        hashes[i] = fp_recovery_hash(id, fp_str_of(codes[i]));
    fp_body_put_integer(&body, "account", id);
    fp_body_put_text(&body, "stored", fp_account_codes(hashes).hex);
    FP_TRY(fp_body_append(ledger, actor, FP_ACCOUNT_RECOVERY, NULL, &body, NULL, err));
    FP_TRY(drop_recovery(ledger, id, err));
    for (int i = 0; i < FP_RECOVERY_CODES; i++) {
        const fp_sql_value values[] = {FP_SQL_INT(id), FP_SQL_INT(i + 1),
                                       FP_SQL_TEXT(hashes[i].hex)};
        FP_TRY(fp_sql_run(ledger,
                          "INSERT INTO recovery_code(account, place, hash) VALUES (?1, ?2, ?3)",
                          values, 3, writing, NULL, err));
    }
    return FP_OK;
}

/* ---- signing in and out --------------------------------------------------------------------- */

static fp_status note_signed_in(fp_ledger *ledger, int64_t id, fp_signed_in_by by, int64_t failures,
                                int64_t place, int64_t *seq, fp_err *err)
{
    static const char *const words[] = {"password", "code", "recovery-code"};
    FP_BUF_SCOPED(body, BODY_MAX);
    char actor[32];
    fp_account_actor(id, actor);
    fp_body_put_integer(&body, "account", id);
    fp_body_put_text(&body, "by", words[by]);
    fp_body_put_integer(&body, "failures", failures);
    fp_body_put_integer(&body, "place", place);
    return fp_body_append(ledger, actor, FP_ACCOUNT_SIGNED_IN, NULL, &body, seq, err);
}

static fp_status use_step(fp_ledger *ledger, int64_t id, int64_t step, bool *taken, fp_err *err)
{
    const fp_sql_value values[] = {FP_SQL_INT(id), FP_SQL_INT(step)};
    int64_t changed = 0;
    FP_TRY(fp_sql_run(ledger, "UPDATE account SET last_step = ?2 WHERE id = ?1 AND last_step < ?2",
                      values, 2, writing, &changed, err));
    *taken = changed == 1;
    return FP_OK;
}

/* The place of an unused recovery code, 0 where no code is this one. */
static fp_status find_code(fp_ledger *ledger, int64_t id, const char *code, int64_t *place,
                           fp_err *err)
{
    FP_SQL_SCOPED(stmt);
    bool row = false;
    fp_sha256 hash = fp_recovery_hash(id, fp_str_of(code));
    const fp_sql_value values[] = {FP_SQL_INT(id), FP_SQL_TEXT(hash.hex)};
    FP_TRY(fp_sql_query(ledger,
                        "SELECT place FROM recovery_code WHERE account = ?1 AND hash = ?2 "
                        "AND used_by IS NULL",
                        values, 2, writing, &stmt, err));
    FP_TRY(fp_sql_step(ledger, stmt, writing, &row, err));
    *place = row ? sqlite3_column_int64(stmt, 0) : 0;
    return FP_OK;
}

fp_status fp_account_signed_in(fp_ledger *ledger, int64_t id, fp_signed_in_by by, int64_t step,
                               const char *code, int64_t failures, bool *taken, fp_err *err)
{
    bool fits = true;
    int64_t place = 0, seq = 0;
    if (by == FP_BY_CODE)
        FP_TRY(use_step(ledger, id, step, &fits, err));
    if (by == FP_BY_RECOVERY) {
        FP_TRY(find_code(ledger, id, code, &place, err));
        fits = place > 0;
    }
    if (fits)
        FP_TRY(note_signed_in(ledger, id, by, failures, place, &seq, err));
    if (fits && place > 0) {
        const fp_sql_value values[] = {FP_SQL_INT(id), FP_SQL_INT(place), FP_SQL_INT(seq)};
        FP_TRY(fp_sql_run(ledger,
                          "UPDATE recovery_code SET used_by = ?3 WHERE account = ?1 AND place = ?2",
                          values, 3, writing, NULL, err));
    }
    *taken = fits;
    return FP_OK;
}

fp_status fp_account_signed_out(fp_ledger *ledger, int64_t id, fp_err *err)
{
    FP_BUF_SCOPED(body, BODY_MAX);
    char actor[32];
    fp_account_actor(id, actor);
    fp_body_put_integer(&body, "account", id);
    return fp_body_append(ledger, actor, "signed-out", NULL, &body, NULL, err);
}
