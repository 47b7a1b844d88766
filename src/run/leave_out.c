/* Who withdrew and asked to be left out of the research. */
#include <stdlib.h>
#include <string.h>

#include "run/run_priv.h"
#include "store/client.h"

static int by_text(const void *key, const void *item)
{
    return strcmp(key, *(const char *const *)item);
}

typedef struct {
    ptrdiff_t count;
    const char *const *ids; /* in byte order */
} leavers;

static bool leaves(const leavers *who, const char *id)
{
    return bsearch(id, who->ids, (size_t)who->count, sizeof *who->ids, by_text) != NULL;
}

/* The rows that stay, each with its line of the file. */
static fp_status drop_rows(const leavers *who, const fp_protocol *protocol, const char *role,
                           fp_arena *arena, fp_source *source, ptrdiff_t *dropped, fp_err *err)
{
    ptrdiff_t id = fp_source_role(source, protocol, role), n = 0;
    const char ***cells;
    const char *const **columns;
    long *line;
    if (!source->file || !source->cells || id < 0)
        return FP_OK;
    FP_ARRAY(cells, arena, source->column_count, err);
    FP_ARRAY(columns, arena, source->column_count, err);
    FP_ARRAY(line, arena, source->rows, err);
    for (ptrdiff_t j = 0; j < source->column_count; j++) {
        FP_ARRAY(cells[j], arena, source->rows, err);
        columns[j] = cells[j];
    }
    for (ptrdiff_t i = 0; i < source->rows; i++) {
        if (leaves(who, source->cells[id][i]))
            continue;
        for (ptrdiff_t j = 0; j < source->column_count; j++)
            cells[j][n] = source->cells[j][i];
        line[n++] = fp_source_line(source, i);
    }
    *dropped = source->rows - n;
    source->cells = columns;
    source->line = line;
    source->rows = n;
    return FP_OK;
}

fp_status fp_study_leave_out(fp_study *study, fp_source sources[FP_SOURCE_COUNT],
                             fp_problems *problems, fp_err *err)
{
    static const struct {
        fp_source_kind kind;
        const char *role;
    } lists[] = {
        {FP_SOURCE_PEOPLE, "id"}, {FP_SOURCE_RECRUITMENT, "person"}, {FP_SOURCE_ANSWERS, "person"}};
    __attribute__((cleanup(fp_ledger_cleanup))) fp_ledger *own = NULL;
    fp_ledger *log = NULL;
    leavers who = {0};
    ptrdiff_t dropped[3] = {0};
    fp_err note = {0};
    FP_TRY(fp_study_log(study, &log, &own, err));
    if (!log)
        return FP_OK;
    FP_TRY(fp_consent_removed(log, study->arena, &who.count, &who.ids, err));
    for (int i = 0; who.count && i < 3; i++)
        FP_TRY(drop_rows(&who, &study->protocol, lists[i].role, study->arena,
                         &sources[lists[i].kind], &dropped[i], err));
    study->left_out = dropped[0];
    if (!dropped[0])
        return FP_OK;
    (void)fp_fail(&note, FP_INPUT,
                  "%td %s withdrew and asked to be left out of the research: not in any figure; "
                  "their job spells count as of unknown people",
                  dropped[0], fp_plural(dropped[0], "person", "people"));
    fp_problems_add(problems, false, &note);
    return FP_OK;
}
