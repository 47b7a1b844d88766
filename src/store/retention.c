#include "store/retention.h"

#include <stdlib.h>
#include <string.h>

#include "ledger/sql.h"
#include "store/client_priv.h"

static const char reading[] = "reading what is kept";

/* The day on which a text begins: 2026-02-03, also of a moment; else any date that is read. */
static fp_day day_of(const char *text)
{
    fp_day day;
    fp_str all = fp_str_of(text), first = {text, all.n > 10 && text[10] == 'T' ? 10 : all.n};
    return fp_day_parse(first, &day) ? day : FP_DAY_NONE;
}

static fp_day due_of(fp_day since, int months)
{
    return since == FP_DAY_NONE || months == 0 ? FP_DAY_NONE : fp_day_add_months(since, months);
}

static fp_status read_identity(fp_ledger *ledger, sqlite3_stmt *stmt, fp_arena *arena, void *item,
                               fp_err *err)
{
    fp_retention_row *row = item;
    const char *withdrawn, *end;
    *row = (fp_retention_row){.what = FP_RETAIN_IDENTITY};
    FP_TRY(fp_sql_copy_text(ledger, stmt, 0, arena, &row->client, err));
    FP_TRY(fp_sql_copy_text(ledger, stmt, 1, arena, &row->coach, err));
    FP_TRY(fp_sql_column_text(ledger, stmt, 2, &withdrawn, err));
    row->withdrawn = withdrawn[0] != '\0';
    row->since = day_of(withdrawn);
    FP_TRY(fp_sql_column_text(ledger, stmt, 3, &end, err));
    if (!row->withdrawn)
        row->since = day_of(end);
    return FP_OK;
}

/* The latest of the days that a statement gives. */
static fp_status last_day(fp_ledger *ledger, const char *sql, fp_day *day, fp_err *err)
{
    FP_SQL_SCOPED(stmt);
    FP_TRY(fp_sql_prepare(ledger, sql, reading, &stmt, err));
    *day = FP_DAY_NONE;
    for (;;) {
        const char *text;
        bool row = false;
        FP_TRY(fp_sql_step(ledger, stmt, reading, &row, err));
        if (!row)
            return FP_OK;
        FP_TRY(fp_sql_column_text(ledger, stmt, 0, &text, err));
        fp_day found = day_of(text);
        *day = found > *day ? found : *day; /* none is the smallest */
    }
}

static int by_due(const void *left, const void *right)
{
    const fp_retention_row *a = left, *b = right;
    bool no_a = a->due == FP_DAY_NONE, no_b = b->due == FP_DAY_NONE;
    if (no_a != no_b)
        return no_a - no_b;
    if (a->due != b->due)
        return a->due < b->due ? -1 : 1;
    return a->what != b->what ? (int)a->what - (int)b->what : strcmp(a->client, b->client);
}

fp_status fp_retention_list(fp_ledger *ledger, const fp_retention_spec *rules, fp_arena *arena,
                            ptrdiff_t *count, const fp_retention_row **rows, fp_err *err)
{
    FP_SQL_SCOPED(stmt);
    void *list;
    ptrdiff_t n;
    fp_retention_row *all;
    fp_day ended, logged;
    FP_TRY(fp_sql_prepare(
        ledger,
        "SELECT c.id, c.coach, CASE WHEN k.kind = 'withdrawn' THEN k.moment END, p.\"end\" "
        "FROM client c JOIN identity i ON i.client = c.id LEFT JOIN person p ON p.id = c.id "
        "LEFT JOIN consent k ON k.event = (SELECT max(event) FROM consent WHERE client = c.id) "
        "WHERE c.erased IS NULL",
        reading, &stmt, err));
    FP_TRY(fp_store_list(ledger, stmt, reading, sizeof *all, read_identity, arena, &n, &list, err));
    FP_TRY(last_day(ledger, "SELECT \"end\" FROM person", &ended, err));
    FP_TRY(last_day(ledger, "SELECT at_utc FROM event ORDER BY seq DESC LIMIT 1", &logged, err));
    FP_ARRAY(all, arena, n + 2, err);
    memcpy(all, list, (size_t)n * sizeof *all);
    for (ptrdiff_t i = 0; i < n; i++)
        all[i].due = due_of(all[i].since, rules->identity);
    all[n++] = (fp_retention_row){.what = FP_RETAIN_RESEARCH,
                                  .client = "",
                                  .coach = "",
                                  .since = ended,
                                  .due = due_of(ended, rules->research)};
    all[n++] = (fp_retention_row){.what = FP_RETAIN_LOG,
                                  .client = "",
                                  .coach = "",
                                  .since = logged,
                                  .due = due_of(logged, rules->log)};
    qsort(all, (size_t)n, sizeof *all, by_due);
    *count = n;
    *rows = all;
    return FP_OK;
}
