/* The tables of clients against the events they follow from. */
#include <string.h>

#include "ledger/sql.h"
#include "store/body_priv.h"
#include "store/store_priv.h"
#include "store/vault.h"

static const char checking[] = "checking the clients";

/* ---- the form of the events
 * ---------------------------------------------------------------------- */

/* Members in the order of canonical JSON; a number has a `#` before its name. */
static const struct {
    const char *kind;
    const char *members[4];
} forms[] = {
    {"key-set", {"key", "study"}},
    {"key-rotated", {"from", "key", "#persons"}},
    {"key-lost", {"from", "key", "#persons"}},
    {"client-registered", {"client", "coach"}},
    {"client-assigned", {"client", "coach"}},
    {"client-link", {"client", "#until"}},
    {"client-link-ended", {"client"}},
    {"client-erased", {"client", "reason"}},
    {"identity-saved", {"client", "sealed", "#version"}},
    {"consent-given", {"client", "how", "moment", "version"}},
    {"consent-withdrawn", {"client", "moment", "rule"}},
};

static bool has_form(fp_str body, const char *const members[4], fp_arena *arena)
{
    for (int i = 0; i < 4 && members[i]; i++) {
        char before[64];
        const char *text;
        int64_t value;
        bool number = members[i][0] == '#';
        (void)snprintf(before, sizeof before, "%c\"%s\":", i ? ',' : '{', members[i] + number);
        if (!(number ? fp_body_take_integer(&body, before, &value)
                     : fp_body_take_text(&body, before, arena, &text)))
            return false;
    }
    return fp_body_take_end(&body);
}

static fp_status check_event(void *context, const fp_event *event, fp_err *err)
{
    size_t i = 0, count = sizeof forms / sizeof *forms;
    while (i < count && strcmp(event->kind, forms[i].kind) != 0)
        i++;
    if (i == count)
        return FP_OK;
    FP_ARENA_SCOPED(scratch, 4 * FP_MIB, err);
    if (has_form(fp_str_of(event->body), forms[i].members, scratch))
        return FP_OK;
    return fp_store_changed(context, err, "event %lld (%s) is not one of this program's",
                            (long long)event->seq, event->kind);
}

/* ---- the tables
 * ------------------------------------------------------------------------------------ */

#define CLIENT_OF  "json_extract(e.body, '$.client')"
#define KEY_EVENTS "('key-set', 'key-rotated', 'key-lost')"

/* Each gives the first thing that does not fit, or no row. */
static const struct {
    const char *what, *sql;
} checks[] = {
    {"event %s is of a client who was not registered then, or was erased",
     "SELECT e.seq FROM event e LEFT JOIN client c ON c.id = " CLIENT_OF " WHERE (e.kind GLOB "
     "'client-*' OR e.kind GLOB 'consent-*' OR e.kind = 'identity-saved') AND (c.id IS NULL OR "
     "e.seq < c.registered OR e.seq > c.erased)"},
    {"client %s does not follow from the log",
     "SELECT id FROM client c WHERE NOT EXISTS (SELECT 1 FROM event e WHERE e.seq = c.registered "
     "AND e.kind = 'client-registered' AND " CLIENT_OF " = c.id)"},
    {"the registration in event %s is not in the table",
     "SELECT seq FROM event e WHERE kind = 'client-registered' AND seq NOT IN "
     "(SELECT registered FROM client)"},
    {"the coach of client %s is not the one in the log",
     "WITH last AS (SELECT " CLIENT_OF " AS client, max(e.seq) AS seq FROM event e WHERE e.kind IN "
     "('client-registered', 'client-assigned') GROUP BY 1) SELECT c.id FROM client c LEFT JOIN "
     "last l ON l.client = c.id LEFT JOIN event e ON e.seq = l.seq WHERE l.seq IS NOT c.assigned "
     "OR json_extract(e.body, '$.coach') IS NOT c.coach"},
    {"the erasure of client %s is not as in the log",
     "WITH gone AS (SELECT " CLIENT_OF " AS client, min(e.seq) AS first, max(e.seq) AS last FROM "
     "event e WHERE e.kind = 'client-erased' GROUP BY 1) SELECT c.id FROM client c LEFT JOIN gone "
     "g ON g.client = c.id WHERE g.first IS NOT c.erased OR g.last IS NOT c.erased"},
    {"the identity in event %s is not in the table",
     "SELECT seq FROM event e WHERE kind = 'identity-saved' AND NOT EXISTS (SELECT 1 FROM "
     "identity_version v WHERE v.event = e.seq AND v.client = " CLIENT_OF " AND v.version = "
     "json_extract(e.body, '$.version'))"},
    {"a version of the identity of client %s does not follow from the log",
     "SELECT client FROM identity_version WHERE event NOT IN (SELECT seq FROM event WHERE kind = "
     "'identity-saved')"},
    {"the versions of the identity of client %s are out of order",
     "SELECT client FROM (SELECT client, version, event, row_number() OVER w AS place, "
     "lag(event, 1, 0) OVER w AS before FROM identity_version WINDOW w AS (PARTITION BY client "
     "ORDER BY version)) WHERE version <> place OR event <= before"},
    {"the identity of client %s is not the one in the log",
     "SELECT c.id FROM client c LEFT JOIN (SELECT client, max(version) AS version, max(event) AS "
     "event FROM identity_version GROUP BY 1) v ON v.client = c.id LEFT JOIN identity i ON "
     "i.client = c.id WHERE i.version IS NOT CASE WHEN c.erased IS NULL AND v.event > (SELECT "
     "coalesce(max(seq), 0) FROM event WHERE kind = 'key-lost') THEN v.version END"},
    {"the key of client %s is missing",
     "SELECT client FROM identity WHERE client NOT IN (SELECT client FROM person_key)"},
    {"the key of client %s has no identity, or is wrapped by another master key",
     "SELECT client FROM person_key WHERE client NOT IN (SELECT client FROM identity) OR key IS "
     "NOT (SELECT key FROM vault)"},
    {"the master key %s is not the one in the log",
     "SELECT coalesce((SELECT key FROM vault), '') WHERE (SELECT event FROM vault) IS NOT (SELECT "
     "max(seq) FROM event WHERE kind IN " KEY_EVENTS ")"},
    {"the master key %s is not the one in the log",
     "SELECT v.key FROM vault v JOIN event e ON e.seq = v.event WHERE "
     "json_extract(e.body, '$.key') IS NOT v.key OR v.study IS NOT (SELECT "
     "json_extract(body, '$.study') FROM event WHERE kind = 'key-set' ORDER BY seq LIMIT 1)"},
    {"the change of the master key in event %s does not follow the one before it",
     "SELECT seq FROM (SELECT seq, json_extract(body, '$.from') AS was, lag(json_extract(body, "
     "'$.key')) OVER (ORDER BY seq) AS before FROM event WHERE kind IN " KEY_EVENTS ") WHERE was "
     "IS NOT before"},
    {"the consent in event %s is not as in the log",
     "SELECT e.seq FROM event e LEFT JOIN consent k ON k.event = e.seq WHERE e.kind IN "
     "('consent-given', 'consent-withdrawn') AND ('consent-' || k.kind IS NOT e.kind OR k.client "
     "IS NOT " CLIENT_OF " OR k.moment IS NOT json_extract(e.body, '$.moment') OR k.version IS NOT "
     "coalesce(json_extract(e.body, '$.version'), '') OR k.how IS NOT "
     "coalesce(json_extract(e.body, '$.how'), '') OR k.rule IS NOT "
     "coalesce(json_extract(e.body, '$.rule'), ''))"},
    {"the consent %s does not follow from the log",
     "SELECT event FROM consent WHERE event NOT IN (SELECT seq FROM event WHERE kind IN "
     "('consent-given', 'consent-withdrawn'))"},
    {"the personal link of client %s does not follow from the log",
     "WITH last AS (SELECT " CLIENT_OF " AS client, max(e.seq) AS seq FROM event e WHERE e.kind IN "
     "('client-link', 'client-link-ended', 'client-erased') GROUP BY 1) SELECT c.id FROM client c "
     "LEFT JOIN client_link k ON k.client = c.id LEFT JOIN last l ON l.client = c.id LEFT JOIN "
     "event e ON e.seq = l.seq AND e.kind = 'client-link' WHERE k.event IS NOT e.seq OR k.until IS "
     "NOT json_extract(e.body, '$.until')"},
};

static fp_status check_table(fp_ledger *ledger, const char *what, const char *sql, fp_err *err)
{
    FP_SQL_SCOPED(stmt);
    bool row = false;
    const char *found;
    FP_TRY(fp_sql_prepare(ledger, sql, checking, &stmt, err));
    FP_TRY(fp_sql_step(ledger, stmt, checking, &row, err));
    if (!row)
        return FP_OK;
    FP_TRY(fp_sql_column_text(ledger, stmt, 0, &found, err));
    const char *place = strstr(what, "%s");
    return fp_store_changed(ledger, err, "%.*s%s%s", (int)(place - what), what, found, place + 2);
}

fp_status fp_vault_verify(fp_ledger *ledger, fp_err *err)
{
    FP_TRY(fp_ledger_each(ledger, check_event, ledger, err));
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++)
        FP_TRY(check_table(ledger, checks[i].what, checks[i].sql, err));
    return FP_OK;
}
