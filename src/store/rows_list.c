/* Events with a flat body, lists of rows: what the tables of people share. */
#include <string.h>

#include "store/body_priv.h"
#include "store/client_priv.h"

enum { BODY_MAX = 1 << 20 };

fp_status fp_event_append(fp_ledger *ledger, const char *actor, const char *kind,
                          const fp_event_member *members, ptrdiff_t count, int64_t *seq,
                          fp_err *err)
{
    FP_BUF_SCOPED(body, BODY_MAX);
    for (ptrdiff_t i = 0; i < count; i++) {
        if (members[i].text)
            fp_body_put_text(&body, members[i].key, members[i].text);
        else
            fp_body_put_integer(&body, members[i].key, members[i].number);
    }
    return fp_body_append(ledger, actor, kind, "", &body, seq, err);
}

fp_status fp_store_word(const char *word, const char *choices, const char *what, fp_err *err)
{
    size_t n = strlen(word);
    for (const char *at = choices; at; at = strchr(at, '|')) {
        at += *at == '|';
        if (n && strncmp(at, word, n) == 0 && (at[n] == '|' || at[n] == '\0'))
            return FP_OK;
    }
    (void)fp_fail(err, FP_INPUT, "%s cannot be \"%.40s\"", what, word);
    return fp_hint(err, FP_INPUT, "possible: %s", choices);
}

fp_status fp_store_list(fp_ledger *ledger, sqlite3_stmt *stmt, const char *doing, size_t size,
                        fp_row_fn read, fp_arena *arena, ptrdiff_t *count, void **list, fp_err *err)
{
    ptrdiff_t n = 0, capacity = 0;
    char *items = NULL;
    for (;;) {
        bool row = false;
        items = fp_arena_grow(arena, items, n, &capacity, size, err);
        if (!items)
            return FP_NOMEM;
        FP_TRY(fp_sql_step(ledger, stmt, doing, &row, err));
        if (!row)
            break;
        FP_TRY(read(ledger, stmt, arena, items + (size_t)n++ * size, err));
    }
    *count = n;
    *list = items;
    return FP_OK;
}

static fp_status read_id(fp_ledger *ledger, sqlite3_stmt *stmt, fp_arena *arena, void *item,
                         fp_err *err)
{
    const char **id = item;
    return fp_sql_copy_text(ledger, stmt, 0, arena, id, err);
}

fp_status fp_store_ids(fp_ledger *ledger, const char *sql, const char *doing, fp_arena *arena,
                       ptrdiff_t *count, const char *const **ids, fp_err *err)
{
    FP_SQL_SCOPED(stmt);
    void *list;
    FP_TRY(fp_sql_prepare(ledger, sql, doing, &stmt, err));
    FP_TRY(fp_store_list(ledger, stmt, doing, sizeof(const char *), read_id, arena, count, &list,
                         err));
    *ids = list;
    return FP_OK;
}
