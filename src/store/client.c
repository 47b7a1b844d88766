#include "store/client.h"

#include <sodium.h>
#include <string.h>

#include "base/bsn.h"
#include "ledger/sql.h"
#include "store/client_priv.h"
#include "store/link.h"

static const char reading[] = "reading the clients", writing[] = "writing the clients";

/* ---- ids ------------------------------------------------------------------------------------- */

bool fp_client_id_valid(fp_str id, const char **why)
{
    const char *wrong = NULL;
    bool dots = true;
    for (size_t i = 0; i < id.n && !wrong; i++) {
        char c = id.p[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     c == '-' || c == '_' || c == '.';
        dots = dots && c == '.';
        if (!plain)
            wrong = "Use letters, digits, - and _ only.";
    }
    if (!wrong && (dots || id.n > FP_CLIENT_ID_MOST))
        wrong = "Give an id of 1 to 64 letters and digits.";
    if (!wrong && fp_str_is(id, "new"))
        wrong = "The id may not be the word new: choose another one.";
    if (!wrong && fp_bsn_valid(id))
        wrong = "This could be a BSN: a study id may not tell who somebody is.";
    if (why)
        *why = wrong;
    return !wrong;
}

static fp_status is_there(fp_ledger *ledger, const char *client, bool *there, bool *erased,
                          fp_err *err)
{
    FP_SQL_SCOPED(stmt);
    const fp_sql_value values[] = {{.text = client}};
    FP_TRY(fp_sql_query(ledger, "SELECT erased IS NOT NULL FROM client WHERE id = ?1", values, 1,
                        reading, &stmt, err));
    FP_TRY(fp_sql_step(ledger, stmt, reading, there, err));
    *erased = *there && sqlite3_column_int(stmt, 0) != 0;
    return FP_OK;
}

fp_status fp_client_need(fp_ledger *ledger, const char *client, fp_err *err)
{
    bool there = false, erased = false;
    FP_TRY(is_there(ledger, client, &there, &erased, err));
    if (!there)
        return fp_fail(err, FP_INPUT, "there is no client \"%.64s\"", client);
    return erased ? fp_fail(err, FP_INPUT, "client \"%.64s\" was erased", client) : FP_OK;
}

fp_status fp_client_id_draw(fp_ledger *ledger, char id[FP_CLIENT_ID_MOST + 1], fp_err *err)
{
    /* no letters or digits that are read for one another, and no vowels that make words */
    static const char letters[] = "2345679bcdfghjkmnpqrstvwxz";
    bool there = true, erased;
    while (there) {
        size_t n = 0;
        id[n++] = 'k';
        id[n++] = '-';
        while (n < 8)
            id[n++] = letters[randombytes_uniform(sizeof letters - 1)];
        id[n] = '\0';
        FP_TRY(is_there(ledger, id, &there, &erased, err));
    }
    return FP_OK;
}

/* ---- writing ----------------------------------------------------------------------------------
 */

fp_status fp_client_register(fp_ledger *ledger, const char *actor, const char *client,
                             const char *coach, bool *done, fp_err *err)
{
    bool there = false, erased = false;
    const char *why;
    int64_t seq = 0;
    if (!fp_client_id_valid(fp_str_of(client), &why))
        return fp_fail(err, FP_INPUT, "\"%.64s\" cannot be the id of a client: %s", client, why);
    FP_TRY(is_there(ledger, client, &there, &erased, err));
    *done = !there;
    if (there)
        return FP_OK;
    const fp_event_member body[] = {{"client", client, 0}, {"coach", coach, 0}};
    FP_TRY(fp_event_append(ledger, actor, "client-registered", body, 2, &seq, err));
    const fp_sql_value values[] = {{.text = client}, {.number = seq}, {.text = coach}};
    return fp_sql_run(ledger,
                      "INSERT INTO client(id, registered, assigned, coach) VALUES (?1, ?2, ?2, ?3)",
                      values, 3, writing, NULL, err);
}

fp_status fp_client_assign(fp_ledger *ledger, const char *actor, const char *client,
                           const char *coach, fp_err *err)
{
    FP_SQL_SCOPED(stmt);
    bool same = false;
    int64_t seq = 0;
    const fp_sql_value values[] = {{.text = client}, {.text = coach}};
    FP_TRY(fp_client_need(ledger, client, err));
    FP_TRY(fp_sql_query(ledger, "SELECT 1 FROM client WHERE id = ?1 AND coach = ?2", values, 2,
                        reading, &stmt, err));
    FP_TRY(fp_sql_step(ledger, stmt, reading, &same, err));
    if (same)
        return FP_OK;
    const fp_event_member body[] = {{"client", client, 0}, {"coach", coach, 0}};
    FP_TRY(fp_event_append(ledger, actor, "client-assigned", body, 2, &seq, err));
    const fp_sql_value changed[] = {{.text = client}, {.text = coach}, {.number = seq}};
    return fp_sql_run(ledger, "UPDATE client SET coach = ?2, assigned = ?3 WHERE id = ?1", changed,
                      3, writing, NULL, err);
}

/* ---- reading ----------------------------------------------------------------------------------
 */

#define CLIENTS                                                                                    \
    "SELECT c.id, c.coach, c.registered, r.at_utc, c.erased, e.at_utc, k.kind, k.moment, "         \
    "k.version, k.rule, i.version, l.until FROM client c "                                         \
    "JOIN event r ON r.seq = c.registered LEFT JOIN event e ON e.seq = c.erased "                  \
    "LEFT JOIN consent k ON k.event = (SELECT max(event) FROM consent WHERE client = c.id) "       \
    "LEFT JOIN identity i ON i.client = c.id LEFT JOIN client_link l ON l.client = c.id "

static fp_status read_client(fp_ledger *ledger, sqlite3_stmt *stmt, fp_arena *arena, void *item,
                             fp_err *err)
{
    fp_client *client = item;
    const char *kind = "";
    FP_TRY(fp_sql_copy_text(ledger, stmt, 0, arena, &client->id, err));
    FP_TRY(fp_sql_copy_text(ledger, stmt, 1, arena, &client->coach, err));
    client->registered = sqlite3_column_int64(stmt, 2);
    FP_TRY(fp_sql_copy_text(ledger, stmt, 3, arena, &client->registered_at, err));
    client->erased = sqlite3_column_int64(stmt, 4);
    FP_TRY(fp_sql_copy_text(ledger, stmt, 5, arena, &client->erased_at, err));
    FP_TRY(fp_sql_column_text(ledger, stmt, 6, &kind, err));
    client->consent = strcmp(kind, "given") == 0       ? FP_CONSENT_GIVEN
                      : strcmp(kind, "withdrawn") == 0 ? FP_CONSENT_WITHDRAWN
                                                       : FP_CONSENT_NONE;
    FP_TRY(fp_sql_copy_text(ledger, stmt, 7, arena, &client->consent_moment, err));
    FP_TRY(fp_sql_copy_text(ledger, stmt, 8, arena, &client->consent_version, err));
    FP_TRY(fp_sql_copy_text(ledger, stmt, 9, arena, &client->consent_rule, err));
    client->identity = sqlite3_column_int64(stmt, 10);
    client->link_until = sqlite3_column_int64(stmt, 11);
    return FP_OK;
}

static fp_status find_by(fp_ledger *ledger, const char *sql, const fp_sql_value *values, int count,
                         fp_arena *arena, bool *found, fp_client *out, fp_err *err)
{
    FP_SQL_SCOPED(stmt);
    FP_TRY(fp_sql_query(ledger, sql, values, count, reading, &stmt, err));
    FP_TRY(fp_sql_step(ledger, stmt, reading, found, err));
    return *found ? read_client(ledger, stmt, arena, out, err) : FP_OK;
}

fp_status fp_client_find(fp_ledger *ledger, const char *client, fp_arena *arena, bool *found,
                         fp_client *out, fp_err *err)
{
    const fp_sql_value values[] = {{.text = client}};
    return find_by(ledger, CLIENTS "WHERE c.id = ?1", values, 1, arena, found, out, err);
}

fp_status fp_client_list(fp_ledger *ledger, const char *coach, fp_arena *arena, ptrdiff_t *count,
                         const fp_client **out, fp_err *err)
{
    FP_SQL_SCOPED(stmt);
    const fp_sql_value values[] = {{.text = coach}};
    void *list;
    FP_TRY(fp_sql_query(ledger,
                        coach ? CLIENTS "WHERE c.coach = ?1 ORDER BY c.id"
                              : CLIENTS "WHERE ?1 = 0 ORDER BY c.id",
                        values, 1, reading, &stmt, err));
    FP_TRY(fp_store_list(ledger, stmt, reading, sizeof(fp_client), read_client, arena, count, &list,
                         err));
    *out = list;
    return FP_OK;
}

fp_status fp_client_coaches(fp_ledger *ledger, fp_arena *arena, ptrdiff_t *count,
                            const char *const **ids, fp_err *err)
{
    return fp_store_ids(ledger,
                        "SELECT id FROM coach WHERE id <> '' UNION SELECT coach FROM account "
                        "WHERE coach <> '' UNION SELECT coach FROM client WHERE coach <> '' "
                        "ORDER BY 1",
                        reading, arena, count, ids, err);
}

/* ---- the personal link --------------------------------------------------------------------------
 */

static fp_status drop_link(fp_ledger *ledger, const char *client, fp_err *err)
{
    const fp_sql_value values[] = {{.text = client}};
    return fp_sql_run(ledger, "DELETE FROM client_link WHERE client = ?1", values, 1, writing, NULL,
                      err);
}

fp_status fp_client_link_make(fp_ledger *ledger, const char *actor, const char *client,
                              int64_t until, char token[FP_TOKEN_DIGITS + 1], fp_err *err)
{
    int64_t seq = 0;
    FP_TRY(fp_client_need(ledger, client, err));
    const fp_event_member body[] = {{"client", client, 0}, {"until", NULL, until}};
    FP_TRY(fp_event_append(ledger, actor, "client-link", body, 2, &seq, err));
    FP_TRY(drop_link(ledger, client, err));
    fp_token_make(token);
    fp_sha256 sum = fp_token_hash(fp_str_of(token));
    const fp_sql_value values[] = {
        {.text = client}, {.number = seq}, {.text = sum.hex}, {.number = until}};
    return fp_sql_run(
        ledger, "INSERT INTO client_link(client, event, token, until) VALUES (?1, ?2, ?3, ?4)",
        values, 4, writing, NULL, err);
}

fp_status fp_client_link_end(fp_ledger *ledger, const char *actor, const char *client, fp_err *err)
{
    int64_t seq = 0;
    FP_TRY(fp_client_need(ledger, client, err));
    FP_TRY(drop_link(ledger, client, err));
    if (sqlite3_changes(fp_ledger_db(ledger)) == 0)
        return FP_OK;
    const fp_event_member body[] = {{"client", client, 0}};
    return fp_event_append(ledger, actor, "client-link-ended", body, 1, &seq, err);
}

fp_status fp_client_by_link(fp_ledger *ledger, fp_str token, int64_t now, fp_arena *arena,
                            bool *found, fp_client *out, fp_err *err)
{
    fp_sha256 sum = fp_token_hash(token);
    const fp_sql_value values[] = {{.text = sum.hex}, {.number = now}};
    return find_by(ledger, CLIENTS "WHERE l.token = ?1 AND l.until > ?2 AND c.erased IS NULL",
                   values, 2, arena, found, out, err);
}
