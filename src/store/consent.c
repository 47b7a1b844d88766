/* Consent and its withdrawal. */
#include <string.h>

#include "base/date.h"
#include "ledger/sql.h"
#include "store/client_priv.h"

static const char reading[] = "reading the consents", writing[] = "writing a consent";

/* 2026-02-03, or 2026-02-03T10:11:12Z: the day, and whether the rest has that form. */
static bool moment_day(const char *moment, fp_day *day)
{
    static const char form[] = "0000-00-00T00:00:00Z";
    size_t n = strlen(moment);
    if (n != 10 && n != sizeof form - 1)
        return false;
    for (size_t i = 0; i < n; i++)
        if (form[i] == '0' ? moment[i] < '0' || moment[i] > '9' : moment[i] != form[i])
            return false;
    bool clock =
        n == 10 || (strncmp(moment + 11, "24", 2) < 0 && moment[14] < '6' && moment[17] < '6');
    return clock && fp_day_parse((fp_str){moment, 10}, day);
}

static fp_status check_moment(const char *moment, int64_t now, fp_err *err)
{
    fp_day day;
    if (!moment_day(moment, &day)) {
        (void)fp_fail(err, FP_INPUT, "\"%.40s\" is not a moment", moment);
        return fp_hint(err, FP_INPUT, "write 2026-02-03, or 2026-02-03T10:11:12Z");
    }
    /* a day as people write it may be one ahead of UTC */
    return (int64_t)day > now / 86400 + 1 ? fp_fail(err, FP_INPUT, "%s lies in the future", moment)
                                          : FP_OK;
}

static fp_status insert(fp_ledger *ledger, int64_t seq, const char *client, const char *kind,
                        const char *moment, const char *version, const char *how, const char *rule,
                        fp_err *err)
{
    const fp_sql_value values[] = {{.number = seq},  {.text = client},  {.text = kind},
                                   {.text = moment}, {.text = version}, {.text = how},
                                   {.text = rule}};
    return fp_sql_run(ledger,
                      "INSERT INTO consent(event, client, kind, moment, version, how, rule) "
                      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                      values, 7, writing, NULL, err);
}

fp_status fp_consent_give(fp_ledger *ledger, const char *actor, const char *client,
                          const char *version, const char *moment, const char *how, int64_t now,
                          fp_err *err)
{
    int64_t seq = 0;
    FP_TRY(fp_client_need(ledger, client, err));
    FP_TRY(check_moment(moment, now, err));
    FP_TRY(fp_store_word(how, FP_CONSENT_HOW, "how consent was given", err));
    if (!version[0])
        return fp_fail(err, FP_INPUT, "the version of the text that was agreed to is missing");
    const fp_event_member body[] = {
        {"client", client, 0}, {"how", how, 0}, {"moment", moment, 0}, {"version", version, 0}};
    FP_TRY(fp_event_append(ledger, actor, "consent-given", body, 4, &seq, err));
    return insert(ledger, seq, client, "given", moment, version, how, "", err);
}

static fp_status last_is_given(fp_ledger *ledger, const char *client, bool *given, fp_err *err)
{
    FP_SQL_SCOPED(stmt);
    bool row = false;
    const fp_sql_value values[] = {{.text = client}};
    FP_TRY(fp_sql_query(ledger,
                        "SELECT kind = 'given' FROM consent WHERE client = ?1 "
                        "ORDER BY event DESC LIMIT 1",
                        values, 1, reading, &stmt, err));
    FP_TRY(fp_sql_step(ledger, stmt, reading, &row, err));
    *given = row && sqlite3_column_int(stmt, 0) != 0;
    return FP_OK;
}

fp_status fp_consent_withdraw(fp_ledger *ledger, const char *actor, const char *client,
                              const char *moment, const char *rule, int64_t now, fp_err *err)
{
    int64_t seq = 0;
    bool given = false;
    FP_TRY(fp_client_need(ledger, client, err));
    FP_TRY(check_moment(moment, now, err));
    FP_TRY(fp_store_word(rule, FP_CONSENT_RULES, "the rule of a withdrawal", err));
    FP_TRY(last_is_given(ledger, client, &given, err));
    if (!given)
        return fp_fail(err, FP_INPUT, "client \"%.64s\" has given no consent to withdraw", client);
    const fp_event_member body[] = {
        {"client", client, 0}, {"moment", moment, 0}, {"rule", rule, 0}};
    FP_TRY(fp_event_append(ledger, actor, "consent-withdrawn", body, 3, &seq, err));
    return insert(ledger, seq, client, "withdrawn", moment, "", "", rule, err);
}

static fp_status read_consent(fp_ledger *ledger, sqlite3_stmt *stmt, fp_arena *arena, void *item,
                              fp_err *err)
{
    fp_consent *consent = item;
    const char **texts[] = {&consent->moment, &consent->version, &consent->how,
                            &consent->rule,   &consent->at_utc,  &consent->actor};
    consent->event = sqlite3_column_int64(stmt, 0);
    consent->given = sqlite3_column_int(stmt, 1) != 0;
    for (int i = 0; i < (int)(sizeof texts / sizeof *texts); i++)
        FP_TRY(fp_sql_copy_text(ledger, stmt, i + 2, arena, texts[i], err));
    return FP_OK;
}

fp_status fp_consent_list(fp_ledger *ledger, const char *client, fp_arena *arena, ptrdiff_t *count,
                          const fp_consent **out, fp_err *err)
{
    FP_SQL_SCOPED(stmt);
    const fp_sql_value values[] = {{.text = client}};
    void *list;
    FP_TRY(fp_sql_query(ledger,
                        "SELECT c.event, c.kind = 'given', c.moment, c.version, c.how, c.rule, "
                        "e.at_utc, e.actor FROM consent c JOIN event e ON e.seq = c.event "
                        "WHERE c.client = ?1 ORDER BY c.event",
                        values, 1, reading, &stmt, err));
    FP_TRY(fp_store_list(ledger, stmt, reading, sizeof(fp_consent), read_consent, arena, count,
                         &list, err));
    *out = list;
    return FP_OK;
}

fp_status fp_consent_removed(fp_ledger *ledger, fp_arena *arena, ptrdiff_t *count,
                             const char *const **ids, fp_err *err)
{
    return fp_store_ids(ledger,
                        "SELECT client FROM consent c WHERE rule = 'remove' AND event = "
                        "(SELECT max(event) FROM consent WHERE client = c.client) ORDER BY 1",
                        reading, arena, count, ids, err);
}
