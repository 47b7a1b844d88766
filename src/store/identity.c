#include "store/identity.h"

#include <sodium.h>
#include <string.h>

#include "base/bsn.h"
#include "base/num.h"
#include "ledger/sql.h"
#include "store/identity_priv.h"

static const char reading[] = "reading the identities", writing[] = "writing an identity";

enum { SEALED_MAX = 1 << 20 };

/* What a sealed text belongs to: it opens as no other version of no other client. */
static fp_status bound_of(const char *study, const char *client, int64_t version, fp_buf *out,
                          fp_err *err)
{
    fp_buf_printf(out, "firstplace identity 1\n%s\n%s\n%lld", study, client, (long long)version);
    return fp_buf_ok(out, err);
}

fp_status fp_identity_unseal(fp_ledger *ledger, const unsigned char key[FP_KEY_BYTES],
                             const char *study, const char *client, int64_t version, fp_str sealed,
                             fp_arena *arena, fp_identity *out, fp_err *err)
{
    FP_BUF_SCOPED(bound, FP_MIB);
    bool opened = false;
    fp_str plain;
    FP_TRY(bound_of(study, client, version, &bound, err));
    FP_TRY(fp_unseal(key, fp_buf_str(&bound), sealed, arena, &opened, &plain, err));
    if (opened && fp_identity_read(plain, arena, out))
        return FP_OK;
    (void)fp_fail_at(err, FP_CHECK, fp_ledger_path(ledger), 0, 0,
                     "the identity of client %s was changed: it does not open", client);
    return fp_hint(err, FP_CHECK, "restore the database from a copy that is known to be good");
}

/* ---- reading --------------------------------------------------------------------------------- */

/* A version by its event: client, key id, wrapped key, version, sealed text, moment, actor. */
#define VERSIONS                                                                                   \
    "SELECT k.client, k.key, k.wrapped, v.version, json_extract(e.body, '$.sealed'), e.at_utc, "   \
    "e.actor FROM person_key k JOIN identity i ON i.client = k.client "
#define OF_VERSION                                                                                 \
    "JOIN identity_version v ON v.client = k.client JOIN event e ON e.seq = v.event AND "

typedef struct {
    const fp_vault *vault;
    const char *study;
} opener;

static fp_status open_row(fp_ledger *ledger, const opener *with, sqlite3_stmt *stmt,
                          fp_arena *arena, fp_identity_row *row, fp_err *err)
{
    unsigned char key[FP_KEY_BYTES];
    const char *id, *wrapped, *sealed;
    fp_identity_version made = {.version = sqlite3_column_int64(stmt, 3)};
    FP_TRY(fp_sql_copy_text(ledger, stmt, 0, arena, &row->client, err));
    FP_TRY(fp_sql_copy_text(ledger, stmt, 5, arena, &made.at_utc, err));
    FP_TRY(fp_sql_copy_text(ledger, stmt, 6, arena, &made.actor, err));
    FP_TRY(fp_sql_column_text(ledger, stmt, 1, &id, err));
    FP_TRY(fp_sql_column_text(ledger, stmt, 2, &wrapped, err));
    FP_TRY(fp_person_key_open(ledger, with->vault, with->study, row->client, id, fp_str_of(wrapped),
                              key, err));
    fp_status status = fp_sql_column_text(ledger, stmt, 4, &sealed, err);
    if (status == FP_OK)
        status = fp_identity_unseal(ledger, key, with->study, row->client, made.version,
                                    fp_str_of(sealed), arena, &made.identity, err);
    sodium_memzero(key, sizeof key);
    row->current = made;
    return status;
}

/* A row of a list; what of it does not open is not the failure of the list. */
static fp_status open_or_mark(fp_ledger *ledger, const opener *with, sqlite3_stmt *stmt,
                              fp_arena *arena, fp_identity_row *row, fp_err *err)
{
    fp_err unheard = {0};
    *row = (fp_identity_row){.current = {.at_utc = "", .actor = ""}};
    FP_TRY(fp_sql_copy_text(ledger, stmt, 0, arena, &row->client, err));
    fp_status status = open_row(ledger, with, stmt, arena, row, &unheard);
    row->damaged = status == FP_CHECK || status == FP_INPUT;
    if (row->damaged)
        row->current = (fp_identity_version){.at_utc = "", .actor = ""};
    return status == FP_OK || row->damaged ? FP_OK
                                           : fp_fail(err, status, "%.300s", unheard.message);
}

/* One version: the current one, or where `version` is above 0 that one. */
static fp_status open_one(fp_ledger *ledger, const opener *with, const char *client,
                          int64_t version, fp_arena *arena, fp_identity_version *out, fp_err *err)
{
    FP_SQL_SCOPED(stmt);
    bool found = false;
    fp_identity_row row = {0};
    const fp_sql_value values[] = {{.text = client}, {.number = version}};
    FP_TRY(fp_sql_query(ledger,
                        version > 0 ? VERSIONS OF_VERSION "v.version = ?2 WHERE k.client = ?1"
                                    : VERSIONS OF_VERSION
                            "v.version = i.version WHERE k.client = ?1",
                        values, version > 0 ? 2 : 1, reading, &stmt, err));
    FP_TRY(fp_sql_step(ledger, stmt, reading, &found, err));
    if (found)
        FP_TRY(open_row(ledger, with, stmt, arena, &row, err));
    else
        row.current = (fp_identity_version){.at_utc = "", .actor = ""};
    *out = row.current;
    return FP_OK;
}

fp_status fp_identity_open(fp_ledger *ledger, const fp_vault *vault, const char *client,
                           fp_arena *arena, fp_identity_version *out, fp_err *err)
{
    fp_vault_state state;
    FP_TRY(fp_vault_read(ledger, &state, err));
    return open_one(ledger, &(opener){vault, state.study}, client, 0, arena, out, err);
}

fp_status fp_identity_list(fp_ledger *ledger, const fp_vault *vault, const char *coach,
                           fp_arena *arena, ptrdiff_t *count, const fp_identity_row **out,
                           fp_err *err)
{
    FP_SQL_SCOPED(stmt);
    fp_vault_state state;
    fp_identity_row *list;
    const fp_sql_value values[] = {{.text = coach}};
    int64_t persons = 0;
    ptrdiff_t n = 0;
    bool more = true;
    FP_TRY(fp_vault_read(ledger, &state, err));
    FP_TRY(fp_vault_persons(ledger, &persons, err));
    FP_ARRAY(list, arena, persons + 1, err);
    FP_TRY(fp_sql_query(ledger,
                        VERSIONS "JOIN client c ON c.id = k.client AND (?1 = 0 OR "
                                 "c.coach = ?1) " OF_VERSION "v.version = i.version ORDER BY 1",
                        values, 1, reading, &stmt, err));
    while (n < (ptrdiff_t)persons) {
        FP_TRY(fp_sql_step(ledger, stmt, reading, &more, err));
        if (!more)
            break;
        FP_TRY(open_or_mark(ledger, &(opener){vault, state.study}, stmt, arena, &list[n++], err));
    }
    *count = n;
    *out = list;
    return FP_OK;
}

/* ---- saving ---------------------------------------------------------------------------------- */

/* Bytes per character of UTF-8 are at most four; forms check more (web/form.h). */
static fp_status check_fields(const fp_identity *identity, fp_err *err)
{
    for (int i = 0; i < FP_IDENTITY_FIELDS; i++) {
        fp_str value = identity->field[i];
        bool fits =
            value.n <= 4 * (size_t)fp_identity_most((fp_identity_field)i) && fp_str_utf8(value);
        for (size_t j = 0; fits && j < value.n; j++)
            fits = (unsigned char)value.p[j] >= ' ' && value.p[j] != 0x7f;
        if (fits && i == FP_IDENTITY_BSN && value.n)
            fits = fp_bsn_valid(value);
        if (!fits)
            return fp_fail(err, FP_INPUT, "the field \"%s\" of an identity cannot hold this",
                           fp_identity_name((fp_identity_field)i));
    }
    return FP_OK;
}

static bool same(const fp_identity *a, const fp_identity *b, bool changed[FP_IDENTITY_FIELDS])
{
    bool all = true;
    for (int i = 0; i < FP_IDENTITY_FIELDS; i++) {
        changed[i] = !fp_str_eq(a->field[i], b->field[i]);
        all = all && !changed[i];
    }
    return all;
}

/* Who else has this mark. */
static fp_status other_with(fp_ledger *ledger, const char *client, const char *mark,
                            fp_arena *arena, const char **other, fp_err *err)
{
    FP_SQL_SCOPED(stmt);
    bool found = false;
    const fp_sql_value values[] = {{.text = client}, {.text = mark}};
    FP_TRY(fp_sql_query(ledger, "SELECT client FROM identity WHERE mark = ?2 AND client <> ?1",
                        values, 2, reading, &stmt, err));
    FP_TRY(fp_sql_step(ledger, stmt, reading, &found, err));
    *other = NULL;
    return found ? fp_sql_copy_text(ledger, stmt, 0, arena, other, err) : FP_OK;
}

/* The last version there was, also of those that a lost key closed for good. */
static fp_status last_version(fp_ledger *ledger, const char *client, int64_t *version, fp_err *err)
{
    FP_SQL_SCOPED(stmt);
    const fp_sql_value values[] = {{.text = client}};
    bool row;
    FP_TRY(fp_sql_query(ledger, "SELECT max(version) FROM identity_version WHERE client = ?1",
                        values, 1, reading, &stmt, err));
    FP_TRY(fp_sql_step(ledger, stmt, reading, &row, err));
    *version = sqlite3_column_int64(stmt, 0);
    return FP_OK;
}

static fp_status seal_identity(fp_ledger *ledger, const opener *with, const char *client,
                               int64_t version, const fp_identity *identity, fp_buf *sealed,
                               fp_err *err)
{
    FP_BUF_SCOPED(bound, FP_MIB);
    FP_BUF_SCOPED(plain, FP_MIB);
    unsigned char key[FP_KEY_BYTES];
    FP_TRY(bound_of(with->study, client, version, &bound, err));
    FP_TRY(fp_person_key(ledger, with->vault, with->study, client, key, err));
    fp_status status = fp_identity_write(identity, &plain, err);
    if (status == FP_OK)
        status = fp_seal(key, fp_buf_str(&bound), fp_buf_str(&plain), sealed, err);
    sodium_memzero(key, sizeof key);
    if (plain.n)
        sodium_memzero(plain.p, plain.n);
    return status;
}

static fp_status write_version(fp_ledger *ledger, const opener *with, const char *actor,
                               const char *client, int64_t version, const fp_identity *identity,
                               const char *mark, fp_err *err)
{
    FP_BUF_SCOPED(sealed, SEALED_MAX);
    int64_t seq = 0;
    FP_TRY(seal_identity(ledger, with, client, version, identity, &sealed, err));
    const fp_event_member body[] = {
        {"client", client, 0}, {"sealed", sealed.p, 0}, {"version", NULL, version}};
    FP_TRY(fp_event_append(ledger, actor, "identity-saved", body, 3, &seq, err));
    const fp_sql_value values[] = {
        {.text = client}, {.number = version}, {.number = seq}, {.text = mark}};
    FP_TRY(fp_sql_run(ledger,
                      "INSERT INTO identity_version(client, version, event) VALUES (?1, ?2, ?3)",
                      values, 3, writing, NULL, err));
    return fp_sql_run(ledger,
                      "INSERT INTO identity(client, version, mark) VALUES (?1, ?2, nullif(?4, '')) "
                      "ON CONFLICT (client) DO UPDATE SET version = ?2, mark = nullif(?4, '')",
                      values, 4, writing, NULL, err);
}

/* What stood there when the form was opened; nothing where a lost key closed it. */
static fp_status open_base(fp_ledger *ledger, const opener *with, const char *client, int64_t base,
                           fp_arena *arena, fp_identity_version *out, fp_err *err)
{
    *out = (fp_identity_version){.at_utc = "", .actor = ""};
    if (base <= 0)
        return FP_OK;
    fp_status status = open_one(ledger, with, client, base, arena, out, err);
    return status == FP_CHECK ? FP_OK : status;
}

/* Nobody saved in between: write it, unless somebody else has the number. */
static fp_status save_new(fp_ledger *ledger, const opener *with, const char *actor,
                          const char *client, const fp_identity *identity, fp_arena *arena,
                          fp_identity_saving *made, fp_err *err)
{
    char mark[FP_VAULT_MARK] = "";
    if (identity->field[FP_IDENTITY_BSN].n) {
        fp_vault_mark(with->vault, identity->field[FP_IDENTITY_BSN], mark);
        FP_TRY(other_with(ledger, client, mark, arena, &made->taken_by, err));
    }
    if (made->taken_by) {
        made->outcome = FP_IDENTITY_BSN_TAKEN;
        return FP_OK;
    }
    FP_TRY(last_version(ledger, client, &made->version, err));
    made->version++;
    return write_version(ledger, with, actor, client, made->version, identity, mark, err);
}

fp_status fp_identity_save(fp_ledger *ledger, const fp_vault *vault, const char *actor,
                           const char *client, int64_t base, const fp_identity *identity,
                           fp_arena *arena, fp_identity_saving *out, fp_err *err)
{
    fp_vault_state state;
    fp_identity_saving made = {.outcome = FP_IDENTITY_SAVED};
    FP_TRY(fp_client_need(ledger, client, err));
    FP_TRY(check_fields(identity, err));
    FP_TRY(fp_vault_check(ledger, vault, err));
    FP_TRY(fp_vault_read(ledger, &state, err));
    if (!state.event)
        return fp_fail(err, FP_INTERNAL, "an identity is saved before a master key is set");
    const opener with = {vault, state.study};
    FP_TRY(open_one(ledger, &with, client, 0, arena, &made.theirs, err));
    made.version = made.theirs.version;
    if (same(&made.theirs.identity, identity, made.changed) && made.version > 0) {
        made.outcome = FP_IDENTITY_SAME;
    } else if (base != made.version) {
        made.outcome = FP_IDENTITY_CHANGED_MEANWHILE;
        FP_TRY(open_base(ledger, &with, client, base, arena, &made.base, err));
        (void)same(&made.base.identity, &made.theirs.identity, made.changed);
    } else {
        FP_TRY(save_new(ledger, &with, actor, client, identity, arena, &made, err));
    }
    *out = made;
    return FP_OK;
}
