#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "study/outcome_priv.h"

const char *fp_repair_key(fp_repair repair)
{
    static const char *const keys[] = {
#define X(name, key, words) key,
        FP_REPAIR_MAP(X)
#undef X
    };
    return keys[repair];
}

const char *fp_repair_words(fp_repair repair)
{
    static const char *const texts[] = {
#define X(name, key, words) words,
        FP_REPAIR_MAP(X)
#undef X
    };
    return texts[repair];
}

double fp_hours_counted(const fp_outcome_rule *rule, double hours)
{
    if (isnan(hours))
        return rule->unknown_hours_qualify ? rule->min_hours_per_week : 0;
    return rule->cap_hours && hours > FP_HOURS_MOST ? FP_HOURS_MOST : hours;
}

/* Order of two rows of the source by all their cells as written, then by line. */
static int by_cells(const void *a, const void *b, void *context)
{
    const fp_source *source = context;
    const fp_spell *x = *(const fp_spell *const *)a, *y = *(const fp_spell *const *)b;
    for (ptrdiff_t j = 0; j < source->column_count; j++) {
        int order = strcmp(source->cells[j][x->row], source->cells[j][y->row]);
        if (order)
            return order;
    }
    return (x->row > y->row) - (x->row < y->row);
}

static bool same_cells(const fp_source *source, ptrdiff_t x, ptrdiff_t y)
{
    for (ptrdiff_t j = 0; j < source->column_count; j++)
        if (strcmp(source->cells[j][x], source->cells[j][y]) != 0)
            return false;
    return true;
}

/* Mark all but the first of equal rows among spells [from, to), which have the same dates. */
static void mark_equal_rows(const fp_study_data *data, ptrdiff_t from, ptrdiff_t to,
                            const fp_spell **sorted, uint8_t *repair)
{
    fp_source source = data->sources[FP_SOURCE_EPISODES];
    for (ptrdiff_t i = from; i < to; i++)
        sorted[i - from] = &data->spells[i];
    qsort_r(sorted, (size_t)(to - from), sizeof(const fp_spell *), by_cells, &source);
    for (ptrdiff_t i = 1; i < to - from; i++)
        if (same_cells(&source, sorted[i - 1]->row, sorted[i]->row))
            repair[sorted[i] - data->spells] = FP_REPAIR_DUPLICATE;
}

static bool same_dates(const fp_spell *a, const fp_spell *b)
{
    return a->person == b->person && a->start == b->start && a->end == b->end;
}

static void mark_duplicates(const fp_study_data *data, const fp_spell **sorted, uint8_t *repair)
{
    for (ptrdiff_t from = data->unknown_spells; from < data->spell_count;) {
        ptrdiff_t to = from + 1;
        while (to < data->spell_count && same_dates(&data->spells[from], &data->spells[to]))
            to++;
        if (to > from + 1)
            mark_equal_rows(data, from, to, sorted, repair);
        from = to;
    }
}

/* The repairs after the duplicates, and the kind. */
static fp_repair repair_of(const fp_outcome_rule *rule, const bool *kind_counts,
                           const fp_person *person, const fp_spell *spell)
{
    if (spell->end != FP_DAY_NONE && spell->end < spell->start)
        return FP_REPAIR_REVERSED;
    if (spell->start > person->end)
        return FP_REPAIR_AFTER_END;
    if (isnan(spell->hours) ? !rule->unknown_hours_qualify : spell->hours <= 0)
        return FP_REPAIR_NO_HOURS;
    if (spell->hours > FP_HOURS_MOST && !rule->cap_hours)
        return FP_REPAIR_TOO_MANY_HOURS;
    if (rule->kind_count > 0 && (spell->kind < 0 || !kind_counts[spell->kind]))
        return FP_REPAIR_OTHER_KIND;
    return FP_REPAIR_NONE;
}

static fp_status kinds_that_count(const fp_study_data *data, const fp_outcome_rule *rule,
                                  fp_arena *arena, bool **out, fp_err *err)
{
    FP_ARRAY(*out, arena, data->kind_count, err);
    for (ptrdiff_t i = 0; i < data->kind_count; i++)
        for (ptrdiff_t k = 0; k < rule->kind_count; k++)
            if (!strcmp(data->kinds[i], rule->kinds[k]))
                (*out)[i] = true;
    return FP_OK;
}

fp_status fp_repairs_find(const fp_study_data *data, const fp_outcome_rule *rule, fp_arena *arena,
                          uint8_t *repair, fp_err *err)
{
    const fp_spell **sorted;
    bool *kind_counts;
    FP_ARRAY(sorted, arena, data->spell_count, err);
    FP_TRY(kinds_that_count(data, rule, arena, &kind_counts, err));
    for (ptrdiff_t i = 0; i < data->spell_count; i++)
        repair[i] = i < data->unknown_spells ? FP_REPAIR_UNKNOWN_PERSON : FP_REPAIR_NONE;
    mark_duplicates(data, sorted, repair);
    for (ptrdiff_t i = data->unknown_spells; i < data->spell_count; i++)
        if (repair[i] == FP_REPAIR_NONE)
            repair[i] = (uint8_t)repair_of(rule, kind_counts, &data->people[data->spells[i].person],
                                           &data->spells[i]);
    return FP_OK;
}
