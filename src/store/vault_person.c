/* The keys of people in their table, and which master key the study uses. */
#include <sodium.h>
#include <string.h>

#include "ledger/sql.h"
#include "store/vault_priv.h"

static const char reading[] = "reading the keys", writing[] = "writing the keys";

/* ---- the key of the study ------------------------------------------------------------------- */

fp_status fp_vault_read(fp_ledger *ledger, fp_vault_state *state, fp_err *err)
{
    FP_SQL_SCOPED(stmt);
    fp_vault_state found = {0};
    const char *key = "", *study = "";
    bool row = false;
    FP_TRY(fp_sql_prepare(ledger, "SELECT event, key, study FROM vault", reading, &stmt, err));
    FP_TRY(fp_sql_step(ledger, stmt, reading, &row, err));
    if (row) {
        FP_TRY(fp_sql_column_text(ledger, stmt, 1, &key, err));
        FP_TRY(fp_sql_column_text(ledger, stmt, 2, &study, err));
        found.event = sqlite3_column_int64(stmt, 0);
        (void)snprintf(found.key, sizeof found.key, "%s", key);
        (void)snprintf(found.study, sizeof found.study, "%s", study);
    }
    *state = found;
    return FP_OK;
}

fp_status fp_vault_persons(fp_ledger *ledger, int64_t *persons, fp_err *err)
{
    return fp_sql_integer(ledger, "SELECT count(*) FROM person_key", reading, persons, err);
}

static fp_status check_state(fp_ledger *ledger, const fp_vault *vault, const fp_vault_state *state,
                             fp_err *err)
{
    if (!state->event || (vault && strcmp(state->key, fp_vault_id(vault)) == 0))
        return FP_OK;
    if (!vault) {
        (void)fp_fail_at(err, FP_INPUT, fp_ledger_path(ledger), 0, 0,
                         "the identities lie under the master key %s, and none is given",
                         state->key);
        return fp_hint(err, FP_INPUT,
                       "name its file with --key-file or $FIRSTPLACE_KEY_FILE; where it is lost, "
                       "see docs/privacy.md");
    }
    (void)fp_fail_at(err, FP_INPUT, fp_ledger_path(ledger), 0, 0,
                     "this is the wrong master key: the study uses %s, this is %s; nothing was "
                     "written",
                     state->key, fp_vault_id(vault));
    return fp_hint(err, FP_INPUT,
                   "look for the file with the key %s; where it is lost, see docs/privacy.md",
                   state->key);
}

fp_status fp_vault_check(fp_ledger *ledger, const fp_vault *vault, fp_err *err)
{
    fp_vault_state state;
    FP_TRY(fp_vault_read(ledger, &state, err));
    return check_state(ledger, vault, &state, err);
}

static fp_status set_key(fp_ledger *ledger, const fp_vault *vault, const char *study,
                         const char *actor, fp_err *err)
{
    int64_t seq = 0;
    const fp_event_member body[] = {{"key", fp_vault_id(vault), 0}, {"study", study, 0}};
    FP_TRY(fp_event_append(ledger, actor, "key-set", body, 2, &seq, err));
    const fp_sql_value values[] = {{.number = seq}, {.text = fp_vault_id(vault)}, {.text = study}};
    return fp_sql_run(ledger, "INSERT INTO vault(id, event, key, study) VALUES (1, ?1, ?2, ?3)",
                      values, 3, writing, NULL, err);
}

static fp_status bind_in_transaction(fp_ledger *ledger, const fp_vault *vault, const char *study,
                                     const char *actor, fp_err *err)
{
    fp_vault_state state;
    FP_TRY(fp_vault_read(ledger, &state, err));
    FP_TRY(check_state(ledger, vault, &state, err));
    return state.event ? FP_OK : set_key(ledger, vault, study, actor, err);
}

fp_status fp_vault_bind(fp_ledger *ledger, const fp_vault *vault, const char *study,
                        const char *actor, fp_err *err)
{
    if (fp_ledger_in_transaction(ledger))
        return bind_in_transaction(ledger, vault, study, actor, err);
    FP_TRY(fp_ledger_begin(ledger, err));
    return fp_ledger_finish(ledger, bind_in_transaction(ledger, vault, study, actor, err), err);
}

/* ---- the keys of people --------------------------------------------------------------------- */

fp_status fp_person_key(fp_ledger *ledger, const fp_vault *vault, const char *study,
                        const char *client, unsigned char key[FP_KEY_BYTES], fp_err *err)
{
    FP_SQL_SCOPED(stmt);
    bool row = false;
    const char *id, *wrapped;
    const fp_sql_value values[] = {{.text = client}};
    FP_TRY(fp_sql_query(ledger, "SELECT key, wrapped FROM person_key WHERE client = ?1", values, 1,
                        reading, &stmt, err));
    FP_TRY(fp_sql_step(ledger, stmt, reading, &row, err));
    if (!row)
        return fp_person_key_make(ledger, vault, study, client, key, err);
    FP_TRY(fp_sql_column_text(ledger, stmt, 0, &id, err));
    FP_TRY(fp_sql_column_text(ledger, stmt, 1, &wrapped, err));
    return fp_person_key_open(ledger, vault, study, client, id, fp_str_of(wrapped), key, err);
}

fp_status fp_person_key_make(fp_ledger *ledger, const fp_vault *vault, const char *study,
                             const char *client, unsigned char key[FP_KEY_BYTES], fp_err *err)
{
    FP_BUF_SCOPED(wrapped, FP_MIB);
    unsigned char fresh[FP_KEY_BYTES];
    FP_TRY(fp_vault_check(ledger, vault, err));
    randombytes_buf(fresh, sizeof fresh);
    fp_status status = fp_person_key_wrap(vault, study, client, fresh, &wrapped, err);
    const fp_sql_value values[] = {
        {.text = client}, {.text = fp_vault_id(vault)}, {.text = wrapped.p}};
    if (status == FP_OK)
        status =
            fp_sql_run(ledger, "INSERT INTO person_key(client, key, wrapped) VALUES (?1, ?2, ?3)",
                       values, 3, writing, NULL, err);
    if (status == FP_OK)
        memcpy(key, fresh, FP_KEY_BYTES);
    sodium_memzero(fresh, sizeof fresh);
    return status;
}

/* ---- what is left behind, and who may look --------------------------------------------------- */

fp_status fp_vault_scrub(fp_ledger *ledger, fp_err *err)
{
    static const char doing[] = "clearing the write-ahead log";
    FP_SQL_SCOPED(stmt);
    bool row = false;
    FP_TRY(fp_sql_prepare(ledger, "PRAGMA wal_checkpoint(TRUNCATE)", doing, &stmt, err));
    FP_TRY(fp_sql_step(ledger, stmt, doing, &row, err));
    if (!row || sqlite3_column_int(stmt, 0) == 0)
        return FP_OK;
    return fp_ledger_fail(ledger, SQLITE_BUSY, doing, err);
}

static int refuse(void *context, int action, const char *a, const char *b, const char *c,
                  const char *d)
{
    static const char *const personal[] = {"person_key",      "identity",      "client_link",
                                           "account",         "one_time_link", "session",
                                           "sign_in_attempt", "sign_in_clock", "recovery_code"};
    bool table = action == SQLITE_READ || action == SQLITE_INSERT || action == SQLITE_UPDATE ||
                 action == SQLITE_DELETE;
    (void)context;
    (void)b;
    (void)c;
    (void)d;
    for (size_t i = 0; table && a && i < sizeof personal / sizeof *personal; i++)
        if (sqlite3_stricmp(a, personal[i]) == 0)
            return SQLITE_DENY;
    return SQLITE_OK;
}

fp_status fp_vault_shut(fp_ledger *ledger, bool shut, fp_err *err)
{
    int code = sqlite3_set_authorizer(fp_ledger_db(ledger), shut ? refuse : NULL, NULL);
    return code == SQLITE_OK ? FP_OK : fp_ledger_fail(ledger, code, "guarding the database", err);
}
