#include "run/run_priv.h"

#include <math.h>
#include <string.h>

#include "base/file.h"
#include "base/num.h"
#include "store/allocation.h"

/* The log of the draw: from the database that is open, or from the one that lies there. */
static fp_status read_draw(const fp_study *study, fp_allocation_log *log, fp_err *err)
{
    char path[PATH_MAX];
    __attribute__((cleanup(fp_ledger_cleanup))) fp_ledger *own = NULL;
    *log = (fp_allocation_log){0};
    if (study->ledger)
        return fp_allocation_read(study->ledger, study->arena, log, err);
    FP_TRY(fp_study_path(study->folder, "study.db", path, err));
    if (!fp_file_exists(path))
        return FP_OK;
    FP_TRY(fp_ledger_open_to_read(path, &own, err));
    return fp_allocation_read(own, study->arena, log, err);
}

static ptrdiff_t index_of(const char *const *keys, ptrdiff_t count, const char *key)
{
    for (ptrdiff_t k = 0; k < count; k++)
        if (strcmp(keys[k], key) == 0)
            return k;
    return -1;
}

/* A column a factor, with the level that each unit was told, "" for the others. */
static fp_status add_columns(const fp_study *study, const fp_allocation_log *log, fp_source *source,
                             fp_err *err)
{
    const fp_protocol *plan = &study->protocol;
    const char *const *ids = source->cells[fp_source_role(source, plan, "id")];
    const char *const *keys;
    const char **names, **cells;
    const char *const **columns;
    ptrdiff_t arms, had = source->column_count;
    FP_TRY(fp_arm_keys(plan, study->arena, &arms, &keys, err));
    FP_ARRAY(names, study->arena, had + plan->factor_count, err);
    FP_ARRAY(columns, study->arena, had + plan->factor_count, err);
    memcpy(names, source->names, (size_t)had * sizeof *names);
    memcpy(columns, source->cells, (size_t)had * sizeof *columns);
    ptrdiff_t stride = 1;
    for (ptrdiff_t f = 0; f < plan->factor_count; f++) {
        const fp_factor *factor = &plan->factors[f];
        FP_ARRAY(cells, study->arena, source->rows, err);
        for (ptrdiff_t i = 0; i < source->rows; i++) {
            const fp_reveal *told = fp_allocation_find(log, ids[i]);
            ptrdiff_t arm = told ? index_of(keys, arms, told->arm) : -1;
            cells[i] = arm < 0 ? "" : factor->levels[arm / stride % factor->level_count];
        }
        stride *= factor->level_count;
        names[had + f] = factor->name;
        columns[had + f] = cells;
    }
    source->names = names;
    source->cells = columns;
    source->column_count = had + plan->factor_count;
    return FP_OK;
}

fp_status fp_study_arms(const fp_study *study, fp_source sources[FP_SOURCE_COUNT], double *limit,
                        fp_err *err)
{
    const fp_protocol *plan = &study->protocol;
    fp_allocation_log log;
    *limit = FP_NUM_NAN;
    if (plan->allocation.method == FP_ALLOCATION_ELSEWHERE)
        return FP_OK;
    bool clusters = plan->kind == FP_DESIGN_CLUSTER_RANDOMISED;
    FP_TRY(read_draw(study, &log, err));
    if (log.commit && log.limit[0] && !fp_num_parse(fp_str_of(log.limit), '.', limit))
        return fp_fail(err, FP_CHECK, "event %lld has a limit that is not a number",
                       (long long)log.commit);
    return add_columns(study, &log, &sources[clusters ? FP_SOURCE_COACHES : FP_SOURCE_PEOPLE], err);
}
