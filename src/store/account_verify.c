/* Accounts against the events that they follow from. */
#include <string.h>

#include "store/account_priv.h"
#include "store/body_priv.h"
#include "store/store_priv.h"

static const char checking[] = "checking the accounts";

/* What the events say of one account. */
typedef struct {
    int64_t id, version;
    const char *role, *coach, *language, *named;
    const char *password, *factor, *codes; /* hashes; "" = none */
    bool disabled;
    int64_t used[FP_RECOVERY_CODES]; /* event that used the code, 0 = not used */
} told;

typedef struct {
    fp_ledger *ledger;
    fp_arena *arena;
    told *accounts; /* count, in the order of their ids */
    ptrdiff_t count, capacity;
} reader;

static told *find(const reader *r, int64_t id)
{
    ptrdiff_t low = 0, high = r->count;
    while (low < high) {
        ptrdiff_t middle = low + (high - low) / 2;
        if (r->accounts[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < r->count && r->accounts[low].id == id ? &r->accounts[low] : NULL;
}

static fp_status add(reader *r, const told *made, fp_err *err)
{
    FP_GROW(r->accounts, r->arena, r->count, &r->capacity, err);
    r->accounts[r->count++] = *made;
    return FP_OK;
}

static bool take_created(reader *r, fp_str body, told *made)
{
    return fp_body_take_text(&body, "{\"coach\":", r->arena, &made->coach) &&
           fp_body_take_text(&body, ",\"language\":", r->arena, &made->language) &&
           fp_body_take_text(&body, ",\"named\":", r->arena, &made->named) &&
           fp_body_take_text(&body, ",\"role\":", r->arena, &made->role) && fp_body_take_end(&body);
}

static bool take_changed(reader *r, fp_str body, told *account)
{
    return fp_body_take_text(&body, ",\"coach\":", r->arena, &account->coach) &&
           fp_body_take_flag(&body, ",\"disabled\":", &account->disabled) &&
           fp_body_take_text(&body, ",\"language\":", r->arena, &account->language) &&
           fp_body_take_text(&body, ",\"role\":", r->arena, &account->role) &&
           fp_body_take_end(&body);
}

static bool take_password(reader *r, fp_str body, told *account)
{
    const char *how;
    return fp_body_take_text(&body, ",\"how\":", r->arena, &how) &&
           fp_body_take_text(&body, ",\"stored\":", r->arena, &account->password) &&
           fp_body_take_end(&body);
}

static bool take_factor(reader *r, fp_str body, told *account)
{
    bool fits = fp_body_take_text(&body, ",\"stored\":", r->arena, &account->factor) &&
                fp_body_take_end(&body);
    if (fits && !account->factor[0]) {
        account->codes = "";
        memset(account->used, 0, sizeof account->used);
    }
    return fits;
}

static bool take_codes(reader *r, fp_str body, told *account)
{
    memset(account->used, 0, sizeof account->used);
    return fp_body_take_text(&body, ",\"stored\":", r->arena, &account->codes) &&
           fp_body_take_end(&body);
}

static bool take_signed_in(reader *r, fp_str body, int64_t seq, told *account)
{
    const char *by;
    int64_t place = 0, failures;
    bool fits = fp_body_take_text(&body, ",\"by\":", r->arena, &by) &&
                fp_body_take_integer(&body, ",\"failures\":", &failures) &&
                fp_body_take_integer(&body, ",\"place\":", &place) && fp_body_take_end(&body);
    if (!fits || place < 0 || place > FP_RECOVERY_CODES)
        return false;
    if (place == 0)
        return true;
    bool unused = account->used[place - 1] == 0 && account->codes[0];
    account->used[place - 1] = seq;
    return unused;
}

static bool take_event(reader *r, const fp_event *event, fp_str body, told *account)
{
    const char *kind = event->kind;
    if (strcmp(kind, FP_ACCOUNT_CHANGED) == 0) {
        account->version = event->seq;
        return take_changed(r, body, account);
    }
    if (strcmp(kind, FP_ACCOUNT_RENAMED) == 0) {
        account->version = event->seq;
        return fp_body_take_text(&body, ",\"named\":", r->arena, &account->named) &&
               fp_body_take_end(&body);
    }
    if (strcmp(kind, FP_ACCOUNT_PASSWORD) == 0)
        return take_password(r, body, account);
    if (strcmp(kind, FP_ACCOUNT_SECOND_FACTOR) == 0)
        return take_factor(r, body, account);
    if (strcmp(kind, FP_ACCOUNT_RECOVERY) == 0)
        return take_codes(r, body, account);
    return take_signed_in(r, body, event->seq, account);
}

static bool is_of_accounts(const char *kind)
{
    static const char *const kinds[] = {FP_ACCOUNT_CHANGED,  FP_ACCOUNT_RENAMED,
                                        FP_ACCOUNT_PASSWORD, FP_ACCOUNT_SECOND_FACTOR,
                                        FP_ACCOUNT_RECOVERY, FP_ACCOUNT_SIGNED_IN};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kind, kinds[i]) == 0)
            return true;
    return false;
}

static fp_status each_event(void *context, const fp_event *event, fp_err *err)
{
    reader *r = context;
    bool fits;
    if (strcmp(event->kind, FP_ACCOUNT_CREATED) == 0) {
        told made = {
            .id = event->seq, .version = event->seq, .password = "", .factor = "", .codes = ""};
        fits = take_created(r, fp_str_of(event->body), &made);
        if (fits)
            return add(r, &made, err);
    } else if (is_of_accounts(event->kind)) {
        fp_str body = fp_str_of(event->body);
        int64_t id;
        told *account =
            fp_body_take_integer(&body, "{\"account\":", &id) ? find(r, id) : (told *)NULL;
        fits = account && take_event(r, event, body, account);
    } else {
        return FP_OK;
    }
    return fits ? FP_OK
                : fp_store_changed(r->ledger, err, "event %lld (%.40s) is not of that form",
                                   (long long)event->seq, event->kind);
}

/* ---- the rows ------------------------------------------------------------------------------- */

static fp_status differs(reader *r, int64_t id, const char *what, fp_err *err)
{
    return fp_store_changed(r->ledger, err, "%s of account %lld is not what the events say", what,
                            (long long)id);
}

static fp_status check_codes(reader *r, const told *account, fp_err *err)
{
    FP_SQL_SCOPED(stmt);
    fp_sha256 hashes[FP_RECOVERY_CODES];
    int count = 0;
    memset(hashes, 0, sizeof hashes);
    FP_TRY(fp_sql_query(r->ledger,
                        "SELECT hash, used_by, place FROM recovery_code WHERE account = ?1 "
                        "ORDER BY place",
                        &FP_SQL_INT(account->id), 1, checking, &stmt, err));
    for (;; count++) {
        const char *hash;
        bool row = false;
        FP_TRY(fp_sql_step(r->ledger, stmt, checking, &row, err));
        if (!row)
            break;
        FP_TRY(fp_sql_column_text(r->ledger, stmt, 0, &hash, err));
        if (count == FP_RECOVERY_CODES || sqlite3_column_int64(stmt, 2) != count + 1 ||
            sqlite3_column_int64(stmt, 1) != account->used[count])
            return differs(r, account->id, "a recovery code", err);
        (void)snprintf(hashes[count].hex, sizeof hashes[count].hex, "%s", hash);
    }
    bool fits = account->codes[0] ? count == FP_RECOVERY_CODES &&
                                        strcmp(fp_account_codes(hashes).hex, account->codes) == 0
                                  : count == 0;
    return fits ? FP_OK : differs(r, account->id, "a recovery code", err);
}

/* Columns: id, version, disabled, then the texts below. */
static fp_status check_row(reader *r, sqlite3_stmt *stmt, fp_err *err)
{
    const char *role, *coach, *language, *password, *factor, *salt, *name, *display;
    const char **texts[] = {&role, &coach, &language, &password, &factor, &salt, &name, &display};
    int64_t id = sqlite3_column_int64(stmt, 0);
    const told *account = find(r, id);
    fp_sha256 password_hash, factor_hash;
    for (int i = 0; i < (int)(sizeof texts / sizeof *texts); i++)
        FP_TRY(fp_sql_column_text(r->ledger, stmt, i + 3, texts[i], err));
    if (!account)
        return fp_store_changed(r->ledger, err, "account %lld is not in the log", (long long)id);
    fp_account_stored(password, &password_hash);
    fp_account_stored(factor, &factor_hash);
    const struct {
        const char *what;
        bool fits;
    } checks[] = {
        {"the version", sqlite3_column_int64(stmt, 1) == account->version},
        {"the role", strcmp(role, account->role) == 0},
        {"the coach", strcmp(coach, account->coach) == 0},
        {"the language", strcmp(language, account->language) == 0},
        {"being disabled", (sqlite3_column_int64(stmt, 2) != 0) == account->disabled},
        {"a name", strcmp(fp_account_named(salt, name, display).hex, account->named) == 0},
        {"the password", strcmp(password_hash.hex, account->password) == 0},
        {"the second factor", strcmp(factor_hash.hex, account->factor) == 0},
    };
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++)
        if (!checks[i].fits)
            return differs(r, id, checks[i].what, err);
    return check_codes(r, account, err);
}

static fp_status check_rows(reader *r, fp_err *err)
{
    FP_SQL_SCOPED(stmt);
    ptrdiff_t next = 0;
    FP_TRY(fp_sql_prepare(r->ledger,
                          "SELECT id, version, disabled, role, coach, language, password, "
                          "second_factor, salt, name, display FROM account ORDER BY id",
                          checking, &stmt, err));
    for (;; next++) {
        bool row = false;
        FP_TRY(fp_sql_step(r->ledger, stmt, checking, &row, err));
        if (next < r->count && (!row || sqlite3_column_int64(stmt, 0) > r->accounts[next].id))
            return fp_store_changed(r->ledger, err, "account %lld of the log is missing",
                                    (long long)r->accounts[next].id);
        if (!row)
            return FP_OK;
        FP_TRY(check_row(r, stmt, err));
    }
}

fp_status fp_account_verify(fp_ledger *ledger, fp_err *err)
{
    FP_ARENA_SCOPED(scratch, FP_GIB, err);
    reader r = {.ledger = ledger, .arena = scratch};
    FP_TRY(fp_ledger_each(ledger, each_event, &r, err));
    return check_rows(&r, err);
}
