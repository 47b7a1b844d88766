#include "store/undone.h"

#include "ledger/sql.h"

static const char reading[] = "looking for what is undone";

/* Whom the events of the old log name, by what they say last; and how the restored one calls him,
 * no row where it is not undone there. Who withdrew is named always: the sources may hold people
 * whom the restored log does not know as clients. */
static const struct {
    const char *of_old, *of_restored;
} kinds[FP_UNDONE_KINDS] = {
    [FP_UNDONE_ERASURE] = {"SELECT DISTINCT json_extract(body, '$.client') FROM event "
                           "WHERE seq > ?1 AND kind = 'client-erased' ORDER BY 1",
                           "SELECT id FROM client WHERE id = ?1 AND erased IS NULL"},
    [FP_UNDONE_WITHDRAWAL] = {"SELECT who FROM (SELECT json_extract(body, '$.client') AS who, "
                              "kind AS word, max(seq) FROM event WHERE seq > ?1 "
                              "AND kind IN ('consent-given', 'consent-withdrawn') GROUP BY 1) "
                              "WHERE word = 'consent-withdrawn' ORDER BY 1",
                              "SELECT ?1"},
    [FP_UNDONE_LINK] = {"SELECT DISTINCT json_extract(body, '$.client') FROM event WHERE seq > ?1 "
                        "AND kind IN ('client-link', 'client-link-ended') ORDER BY 1",
                        "SELECT client FROM client_link WHERE client = ?1 "
                        "AND until > unixepoch()"},
    [FP_UNDONE_ACCOUNT] = {"SELECT who FROM (SELECT json_extract(body, '$.account') AS who, "
                           "json_extract(body, '$.disabled') AS word, max(seq) FROM event "
                           "WHERE seq > ?1 AND kind = 'account-changed' GROUP BY 1) "
                           "WHERE word ORDER BY 1",
                           "SELECT name FROM account WHERE id = ?1 AND NOT disabled"},
};

static fp_status put_where_undone(fp_ledger *restored, const char *sql, const char *who,
                                  fp_buf *out, fp_err *err)
{
    FP_SQL_SCOPED(stmt);
    const fp_sql_value values[] = {FP_SQL_TEXT(who)};
    bool row = false;
    const char *name;
    FP_TRY(fp_sql_query(restored, sql, values, 1, reading, &stmt, err));
    FP_TRY(fp_sql_step(restored, stmt, reading, &row, err));
    if (!row)
        return FP_OK;
    FP_TRY(fp_sql_column_text(restored, stmt, 0, &name, err));
    fp_buf_printf(out, "%s%s", out->n ? ", " : "", name);
    return fp_buf_ok(out, err);
}

fp_status fp_store_undone(fp_ledger *old, int64_t since, fp_ledger *restored,
                          fp_buf who[FP_UNDONE_KINDS], fp_err *err)
{
    for (int k = 0; k < FP_UNDONE_KINDS; k++) {
        FP_SQL_SCOPED(stmt);
        const fp_sql_value values[] = {FP_SQL_INT(since)};
        bool row = true;
        FP_TRY(fp_sql_query(old, kinds[k].of_old, values, 1, reading, &stmt, err));
        for (;;) {
            const char *id;
            FP_TRY(fp_sql_step(old, stmt, reading, &row, err));
            if (!row)
                break;
            FP_TRY(fp_sql_column_text(old, stmt, 0, &id, err));
            FP_TRY(put_where_undone(restored, kinds[k].of_restored, id, &who[k], err));
        }
    }
    return FP_OK;
}
