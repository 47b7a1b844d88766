/* Erasure: the key goes, and with it what was sealed under it. */
#include "ledger/sql.h"
#include "store/client_priv.h"

static const char reading[] = "reading an erasure", writing[] = "erasing a client";

fp_status fp_client_erase(fp_ledger *ledger, const char *actor, const char *client,
                          const char *reason, fp_err *err)
{
    static const char *const drops[] = {"DELETE FROM identity WHERE client = ?1",
                                        "DELETE FROM person_key WHERE client = ?1",
                                        "DELETE FROM client_link WHERE client = ?1"};
    int64_t seq = 0;
    const fp_sql_value who[] = {{.text = client}};
    FP_TRY(fp_client_need(ledger, client, err));
    FP_TRY(fp_store_word(reason, FP_ERASE_REASONS, "the reason of an erasure", err));
    const fp_event_member body[] = {{"client", client, 0}, {"reason", reason, 0}};
    FP_TRY(fp_event_append(ledger, actor, "client-erased", body, 2, &seq, err));
    for (size_t i = 0; i < sizeof drops / sizeof *drops; i++)
        FP_TRY(fp_sql_run(ledger, drops[i], who, 1, writing, NULL, err));
    const fp_sql_value values[] = {{.text = client}, {.number = seq}};
    return fp_sql_run(ledger, "UPDATE client SET erased = ?2 WHERE id = ?1", values, 2, writing,
                      NULL, err);
}

fp_status fp_client_erasure(fp_ledger *ledger, const char *client, fp_arena *arena, bool *found,
                            fp_erasure *out, fp_err *err)
{
    FP_SQL_SCOPED(stmt);
    fp_erasure made = {0};
    const char **texts[] = {&made.client, &made.reason, &made.at_utc, &made.actor, &made.hash};
    const fp_sql_value values[] = {{.text = client}};
    FP_TRY(fp_sql_query(ledger,
                        "SELECT e.seq, c.id, json_extract(e.body, '$.reason'), e.at_utc, "
                        "e.actor, e.hash, (SELECT count(*) FROM identity_version "
                        "WHERE client = c.id) "
                        "FROM client c JOIN event e ON e.seq = c.erased WHERE c.id = ?1",
                        values, 1, reading, &stmt, err));
    FP_TRY(fp_sql_step(ledger, stmt, reading, found, err));
    if (!*found)
        return FP_OK;
    made.event = sqlite3_column_int64(stmt, 0);
    for (int i = 0; i < (int)(sizeof texts / sizeof *texts); i++)
        FP_TRY(fp_sql_copy_text(ledger, stmt, i + 1, arena, texts[i], err));
    made.sealed = sqlite3_column_int64(stmt, 6);
    *out = made;
    return FP_OK;
}
