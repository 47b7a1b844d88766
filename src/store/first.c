/* What a column of a source said when its rows were first imported. */
#include <string.h>

#include "store/store_priv.h"

typedef struct {
    const fp_import *import;
    ptrdiff_t id, column;
    fp_store_seen_fn each;
    void *context;
} walk;

static fp_status see(void *context, int64_t row, long line, const fp_str *cells, fp_err *err)
{
    const walk *w = context;
    (void)row;
    (void)line;
    return w->each(w->context, w->import->id, cells[w->id], cells[w->column], err);
}

/* Places of the id and of the column; -1 where this version had no such column. */
static void find(const fp_store_layout *layout, const char *column, walk *w)
{
    w->id = w->column = -1;
    for (int j = 0; j < layout->role_count; j++)
        if (strcmp(layout->table->roles[layout->role[j]].role, "id") == 0)
            w->id = j;
    for (ptrdiff_t j = 0; j < layout->column_count; j++)
        if (strcmp(layout->names[j], column) == 0)
            w->column = j;
}

fp_status fp_store_seen(fp_ledger *ledger, fp_source_kind kind, const char *column, int64_t since,
                        fp_store_seen_fn each, void *context, fp_err *err)
{
    FP_ARENA_SCOPED(scratch, FP_GIB, err);
    ptrdiff_t count, begin = 0;
    const fp_import *imports;
    const fp_store_table *table = fp_store_table_of(kind);
    FP_TRY(fp_store_imports(ledger, scratch, &count, &imports, err));
    for (ptrdiff_t i = 0; i < count; i++)
        if (strcmp(imports[i].source, table->name) == 0 && imports[i].id < since)
            begin = i;
    for (ptrdiff_t i = begin; i < count; i++) {
        fp_store_layout layout;
        walk w = {.import = &imports[i], .each = each, .context = context};
        if (strcmp(imports[i].source, table->name) != 0)
            continue;
        FP_TRY(fp_store_layout_read(imports[i].mapping, table, scratch, &layout, err));
        find(&layout, column, &w);
        if (w.id >= 0 && w.column >= 0)
            FP_TRY(fp_store_rows(ledger, &imports[i], &layout, see, &w, err));
    }
    return FP_OK;
}
