#include "run/run_priv.h"

#include <string.h>

#include "base/num.h"
#include "store/allocation.h"
#include "study/changes.h"

/* The log of the draw: of the database that is open, or of the one that lies there. */
typedef struct {
    fp_ledger *ledger, *own;
    fp_allocation_log log;
} draw_log;

static void draw_clear(draw_log *draw)
{
    fp_ledger_cleanup(&draw->own);
}

static fp_status read_draw(const fp_study *study, draw_log *draw, fp_err *err)
{
    FP_TRY(fp_study_log(study, &draw->ledger, &draw->own, err));
    if (!draw->ledger)
        return FP_OK;
    return fp_allocation_read(draw->ledger, study->arena, &draw->log, err);
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

/* ---- what happened after the draw ----------------------------------------------------------- */

typedef struct {
    const fp_study *study;
    ptrdiff_t count, capacity;
    fp_first_coach *first;
} collecting;

static fp_status see(void *context, int64_t import, fp_str id, fp_str value, fp_err *err)
{
    collecting *c = context;
    if (value.n == 0)
        return FP_OK;
    FP_GROW(c->first, c->study->arena, c->count, &c->capacity, err);
    fp_first_coach *at = &c->first[c->count++];
    at->person = fp_str_dup(c->study->arena, id, err);
    at->coach = fp_str_dup(c->study->arena, value, err);
    at->import = import;
    return at->person && at->coach ? FP_OK : FP_NOMEM;
}

/* Coaches and people as the draw had them. */
static fp_status put_back(const fp_study *study, const draw_log *draw, fp_source *sources,
                          fp_problems *problems, fp_err *err)
{
    const fp_protocol *plan = &study->protocol;
    collecting c = {.study = study};
    if (!draw->log.commit || !plan->cluster)
        return FP_OK;
    FP_TRY(fp_store_seen(draw->ledger, FP_SOURCE_PEOPLE, plan->cluster, draw->log.commit, see, &c,
                         err));
    return fp_changes_apply(plan, draw->log.changes, draw->log.change_count, c.first, c.count,
                            sources, study->arena, problems, err);
}

/* Which coaches came late, in blocks, and when each unit was told. */
static fp_status record_units(const fp_study *study, const fp_allocation_log *log,
                              const fp_source *units, fp_draw_record *record, fp_err *err)
{
    const char *const *ids = units->cells[fp_source_role(units, &study->protocol, "id")];
    const char *const *keys;
    ptrdiff_t arms;
    int32_t *late;
    fp_day *told;
    FP_TRY(fp_arm_keys(&study->protocol, study->arena, &arms, &keys, err));
    int64_t block = fp_draw_late_block(&study->protocol, arms);
    FP_ARRAY(late, study->arena, units->rows, err);
    FP_ARRAY(told, study->arena, units->rows, err);
    for (ptrdiff_t i = 0; i < units->rows; i++) {
        const fp_reveal *reveal = fp_allocation_find(log, ids[i]);
        told[i] = reveal ? fp_event_day(reveal->at_utc) : FP_DAY_NONE;
        late[i] = -1;
        if (!reveal || !reveal->late)
            continue;
        /* a block is named after the first of its places in the log */
        late[i] = record->late_blocks;
        for (ptrdiff_t k = 0; k < i && late[i] == record->late_blocks; k++) {
            const fp_reveal *other = late[k] < 0 ? NULL : fp_allocation_find(log, ids[k]);
            if (other && strcmp(other->stratum, reveal->stratum) == 0 &&
                other->place / block == reveal->place / block)
                late[i] = late[k];
        }
        record->late_blocks += late[i] == record->late_blocks;
    }
    record->told = told;
    record->late = record->late_blocks ? late : NULL;
    return FP_OK;
}

fp_status fp_study_arms(const fp_study *study, fp_source sources[FP_SOURCE_COUNT],
                        fp_draw_record *record, fp_problems *problems, fp_err *err)
{
    const fp_protocol *plan = &study->protocol;
    __attribute__((cleanup(draw_clear))) draw_log draw = {0};
    const fp_allocation_log *log = &draw.log;
    *record = (fp_draw_record){.limit = FP_NUM_NAN};
    if (plan->allocation.method == FP_ALLOCATION_ELSEWHERE)
        return FP_OK;
    bool clusters = plan->kind == FP_DESIGN_CLUSTER_RANDOMISED;
    fp_source *units = &sources[clusters ? FP_SOURCE_COACHES : FP_SOURCE_PEOPLE];
    FP_TRY(read_draw(study, &draw, err));
    if (log->commit && log->limit[0] && !fp_num_parse(fp_str_of(log->limit), '.', &record->limit))
        return fp_fail(err, FP_CHECK, "event %lld has a limit that is not a number",
                       (long long)log->commit);
    FP_TRY(fp_allocation_check_changes(log, err));
    if (clusters)
        FP_TRY(put_back(study, &draw, sources, problems, err));
    record->drawn = log->commit != 0;
    record->change_count = log->change_count;
    record->changes = log->changes;
    if (record->drawn)
        FP_TRY(record_units(study, log, units, record, err));
    return add_columns(study, log, units, err);
}
