#include "store/pseudonym.h"

#include <sodium.h>
#include <string.h>

#include "store/body_priv.h"
#include "store/store_priv.h"
#include "store/vault_priv.h"

static const char reading[] = "reading the key of the pseudonyms";
/* Where a person's id stands when a person's key is sealed; no client can have this id. */
static const char owner[] = "research:pseudonyms";

/* The last event of a kind; *seq 0 where there is none. Texts in the arena. */
typedef struct {
    int64_t seq;
    const char *body, *at_utc, *actor, *why;
} last_event;

static fp_status read_last(fp_ledger *ledger, const char *kind, fp_arena *arena, last_event *out,
                           fp_err *err)
{
    FP_SQL_SCOPED(stmt);
    const fp_sql_value values[] = {FP_SQL_TEXT(kind)};
    bool row = false;
    *out = (last_event){.body = "", .at_utc = "", .actor = "", .why = ""};
    FP_TRY(fp_sql_query(ledger,
                        "SELECT seq, body, at_utc, actor, why FROM event WHERE kind = ?1 "
                        "ORDER BY seq DESC LIMIT 1",
                        values, 1, reading, &stmt, err));
    FP_TRY(fp_sql_step(ledger, stmt, reading, &row, err));
    if (!row)
        return FP_OK;
    out->seq = sqlite3_column_int64(stmt, 0);
    FP_TRY(fp_sql_copy_text(ledger, stmt, 1, arena, &out->body, err));
    FP_TRY(fp_sql_copy_text(ledger, stmt, 2, arena, &out->at_utc, err));
    FP_TRY(fp_sql_copy_text(ledger, stmt, 3, arena, &out->actor, err));
    return fp_sql_copy_text(ledger, stmt, 4, arena, &out->why, err);
}

/* ---- the key of the pseudonyms ---- */

static fp_status append_key(fp_ledger *ledger, const fp_vault *vault, const char *study,
                            const fp_pseudonyms *pseudonyms, const char *actor, fp_err *err)
{
    FP_BUF_SCOPED(sealed, FP_MIB);
    FP_BUF_SCOPED(body, FP_MIB);
    FP_TRY(fp_person_key_wrap(vault, study, owner, pseudonyms->key, &sealed, err));
    fp_body_put_text(&body, "key", fp_vault_id(vault));
    fp_body_put_text(&body, "sealed", sealed.p);
    return fp_body_append(ledger, actor, "research-key", "", &body, NULL, err);
}

static fp_status open_key(fp_ledger *ledger, const fp_vault *vault, const fp_vault_state *state,
                          fp_pseudonyms *out, fp_err *err)
{
    FP_ARENA_SCOPED(scratch, FP_MIB, err);
    last_event last;
    const char *key = "", *sealed = "";
    out->there = false;
    FP_TRY(read_last(ledger, "research-key", scratch, &last, err));
    if (!last.seq)
        return FP_OK;
    fp_str rest = fp_str_of(last.body);
    if (!fp_body_take_text(&rest, "{\"key\":", scratch, &key) ||
        !fp_body_take_text(&rest, ",\"sealed\":", scratch, &sealed) || !fp_body_take_end(&rest))
        return fp_store_changed(ledger, err, "event %lld is no key of pseudonyms",
                                (long long)last.seq);
    /* after key-lost the old one cannot be opened by anybody: a new one is made */
    if (strcmp(key, state->key) != 0)
        return FP_OK;
    FP_TRY(fp_person_key_open(ledger, vault, state->study, owner, key, fp_str_of(sealed), out->key,
                              err));
    out->there = true;
    return FP_OK;
}

fp_status fp_pseudonyms_open(fp_ledger *ledger, const fp_vault *vault, fp_pseudonyms *out,
                             fp_err *err)
{
    fp_vault_state state;
    *out = (fp_pseudonyms){0};
    FP_TRY(fp_vault_read(ledger, &state, err));
    FP_TRY(fp_vault_check(ledger, vault, err));
    return state.event ? open_key(ledger, vault, &state, out, err) : FP_OK;
}

void fp_pseudonyms_clear(fp_pseudonyms *pseudonyms)
{
    sodium_memzero(pseudonyms, sizeof *pseudonyms);
}

fp_status fp_pseudonyms_make(fp_ledger *ledger, const fp_vault *vault, const char *actor,
                             fp_err *err)
{
    __attribute__((cleanup(fp_pseudonyms_clear))) fp_pseudonyms pseudonyms = {0};
    fp_vault_state state;
    FP_TRY(fp_vault_read(ledger, &state, err));
    if (!vault || !state.event)
        return fp_fail(err, FP_INPUT, "pseudonyms need the master key of the study");
    FP_TRY(fp_pseudonyms_open(ledger, vault, &pseudonyms, err));
    if (pseudonyms.there)
        return FP_OK;
    randombytes_buf(pseudonyms.key, sizeof pseudonyms.key);
    return append_key(ledger, vault, state.study, &pseudonyms, actor, err);
}

fp_status fp_pseudonyms_rewrap(fp_ledger *ledger, const fp_vault *old, const fp_vault *fresh,
                               const char *actor, fp_err *err)
{
    __attribute__((cleanup(fp_pseudonyms_clear))) fp_pseudonyms pseudonyms = {0};
    fp_vault_state state;
    FP_TRY(fp_vault_read(ledger, &state, err));
    FP_TRY(fp_pseudonyms_open(ledger, old, &pseudonyms, err));
    return pseudonyms.there ? append_key(ledger, fresh, state.study, &pseudonyms, actor, err)
                            : FP_OK;
}

void fp_pseudonym_of(const fp_pseudonyms *pseudonyms, char kind, const char *id,
                     char out[FP_PSEUDONYM])
{
    unsigned char sum[16];
    const unsigned char head[2] = {(unsigned char)kind, '\n'};
    crypto_generichash_state state;
    (void)crypto_generichash_init(&state, pseudonyms->key, sizeof pseudonyms->key, sizeof sum);
    (void)crypto_generichash_update(&state, head, sizeof head);
    (void)crypto_generichash_update(&state, (const unsigned char *)id, strlen(id));
    (void)crypto_generichash_final(&state, sum, sizeof sum);
    out[0] = kind;
    (void)sodium_bin2hex(out + 1, FP_PSEUDONYM - 1, sum, (FP_PSEUDONYM - 2) / 2);
}

/* ---- the arms ---- */

fp_status fp_arms_unlocking(fp_ledger *ledger, fp_arena *arena, fp_unlocking *out, fp_err *err)
{
    last_event last;
    FP_TRY(read_last(ledger, "arms-unlocked", arena, &last, err));
    *out = (fp_unlocking){last.seq, last.at_utc, last.actor, last.why};
    return FP_OK;
}

fp_status fp_arms_unlock(fp_ledger *ledger, const char *actor, const char *why, fp_err *err)
{
    FP_ARENA_SCOPED(scratch, FP_MIB, err);
    fp_unlocking before;
    int64_t seq;
    FP_TRY(fp_arms_unlocking(ledger, scratch, &before, err));
    if (before.event)
        return FP_OK;
    return fp_ledger_append(ledger, actor, "arms-unlocked", why, "{}", &seq, err);
}
