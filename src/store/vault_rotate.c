/* Another master key: by rotation, or because the old one is lost. */
#include <sodium.h>
#include <string.h>

#include "ledger/sql.h"
#include "store/identity_priv.h"
#include "store/pseudonym.h"

static const char reading[] = "reading the keys", writing[] = "writing the keys";

typedef struct {
    const char *client;
    const char *key, *wrapped;
} person;

static fp_status read_person(fp_ledger *ledger, sqlite3_stmt *stmt, fp_arena *arena, void *item,
                             fp_err *err)
{
    person *one = item;
    FP_TRY(fp_sql_copy_text(ledger, stmt, 0, arena, &one->client, err));
    FP_TRY(fp_sql_copy_text(ledger, stmt, 1, arena, &one->key, err));
    return fp_sql_copy_text(ledger, stmt, 2, arena, &one->wrapped, err);
}

static fp_status rewrap(fp_ledger *ledger, const fp_vault *old, const fp_vault *fresh,
                        const char *study, const person *one, fp_err *err)
{
    unsigned char key[FP_KEY_BYTES];
    FP_BUF_SCOPED(wrapped, FP_MIB);
    FP_TRY(fp_person_key_open(ledger, old, study, one->client, one->key, fp_str_of(one->wrapped),
                              key, err));
    fp_status status = fp_person_key_wrap(fresh, study, one->client, key, &wrapped, err);
    sodium_memzero(key, sizeof key);
    if (status != FP_OK)
        return status;
    const fp_sql_value values[] = {
        {.text = one->client}, {.text = fp_vault_id(fresh)}, {.text = wrapped.p}};
    return fp_sql_run(ledger, "UPDATE person_key SET key = ?2, wrapped = ?3 WHERE client = ?1",
                      values, 3, writing, NULL, err);
}

/* Marks are keyed by the master key too: each identity is opened for its number. */
static fp_status remark(fp_ledger *ledger, const fp_vault *old, const fp_vault *fresh,
                        const char *client, fp_err *err)
{
    FP_ARENA_SCOPED(scratch, 4 * FP_MIB, err);
    fp_identity_version current;
    char mark[FP_VAULT_MARK] = "";
    FP_TRY(fp_identity_open(ledger, old, client, scratch, &current, err));
    fp_str bsn = current.identity.field[FP_IDENTITY_BSN];
    if (bsn.n)
        fp_vault_mark(fresh, bsn, mark);
    const fp_sql_value values[] = {{.text = client}, {.text = mark}};
    return fp_sql_run(ledger, "UPDATE identity SET mark = nullif(?2, '') WHERE client = ?1", values,
                      2, writing, NULL, err);
}

/* The event, and the row of the vault. */
static fp_status change_key(fp_ledger *ledger, const fp_vault_state *state, const fp_vault *fresh,
                            const char *kind, const char *actor, int64_t persons, fp_err *err)
{
    int64_t seq = 0;
    const fp_event_member body[] = {
        {"from", state->key, 0}, {"key", fp_vault_id(fresh), 0}, {"persons", NULL, persons}};
    FP_TRY(fp_event_append(ledger, actor, kind, body, 3, &seq, err));
    const fp_sql_value values[] = {{.number = seq}, {.text = fp_vault_id(fresh)}};
    return fp_sql_run(ledger, "UPDATE vault SET event = ?1, key = ?2", values, 2, writing, NULL,
                      err);
}

static fp_status need_other(const fp_vault_state *state, const fp_vault *fresh, fp_err *err)
{
    if (!state->event) {
        (void)fp_fail(err, FP_INPUT, "this study uses no master key yet");
        return fp_hint(err, FP_INPUT, "firstplace serve sets the first one");
    }
    return strcmp(state->key, fp_vault_id(fresh)) == 0
               ? fp_fail(err, FP_INPUT, "the study uses this master key (%s) already", state->key)
               : FP_OK;
}

static fp_status rotate(fp_ledger *ledger, const fp_vault *old, const fp_vault *fresh,
                        const char *actor, int64_t *persons, fp_err *err)
{
    FP_ARENA_SCOPED(scratch, FP_GIB, err);
    FP_SQL_SCOPED(stmt);
    fp_vault_state state;
    ptrdiff_t count;
    void *list;
    FP_TRY(fp_vault_read(ledger, &state, err));
    FP_TRY(need_other(&state, fresh, err));
    FP_TRY(fp_vault_check(ledger, old, err));
    FP_TRY(fp_sql_prepare(ledger, "SELECT client, key, wrapped FROM person_key ORDER BY 1", reading,
                          &stmt, err));
    FP_TRY(fp_store_list(ledger, stmt, reading, sizeof(person), read_person, scratch, &count, &list,
                         err));
    const person *people = list;
    for (ptrdiff_t i = 0; i < count; i++) {
        FP_TRY(remark(ledger, old, fresh, people[i].client, err));
        FP_TRY(rewrap(ledger, old, fresh, state.study, &people[i], err));
    }
    *persons = count;
    FP_TRY(fp_pseudonyms_rewrap(ledger, old, fresh, actor, err));
    return change_key(ledger, &state, fresh, "key-rotated", actor, count, err);
}

static fp_status lose(fp_ledger *ledger, const fp_vault *old, const fp_vault *fresh,
                      const char *actor, int64_t *persons, fp_err *err)
{
    fp_vault_state state;
    (void)old;
    FP_TRY(fp_vault_read(ledger, &state, err));
    FP_TRY(need_other(&state, fresh, err));
    FP_TRY(fp_vault_persons(ledger, persons, err));
    FP_TRY(fp_sql_exec(ledger, "DELETE FROM identity; DELETE FROM person_key;", writing, err));
    return change_key(ledger, &state, fresh, "key-lost", actor, *persons, err);
}

typedef fp_status (*key_change)(fp_ledger *ledger, const fp_vault *old, const fp_vault *fresh,
                                const char *actor, int64_t *persons, fp_err *err);

/* All of it or nothing; then no old page is left, where nobody else reads. */
static fp_status in_transaction(key_change change, fp_ledger *ledger, const fp_vault *old,
                                const fp_vault *fresh, const char *actor, fp_rekeying *done,
                                fp_err *err)
{
    fp_rekeying made = {0};
    FP_TRY(fp_ledger_begin(ledger, err));
    FP_TRY(fp_ledger_finish(ledger, change(ledger, old, fresh, actor, &made.persons, err), err));
    made.cleared = fp_vault_scrub(ledger, NULL) == FP_OK;
    *done = made;
    return FP_OK;
}

fp_status fp_vault_rotate(fp_ledger *ledger, const fp_vault *old, const fp_vault *fresh,
                          const char *actor, fp_rekeying *done, fp_err *err)
{
    return in_transaction(rotate, ledger, old, fresh, actor, done, err);
}

fp_status fp_vault_lost(fp_ledger *ledger, const fp_vault *fresh, const char *actor,
                        fp_rekeying *done, fp_err *err)
{
    return in_transaction(lose, ledger, NULL, fresh, actor, done, err);
}
