#include <math.h>
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

fp_repair fp_repair_of(const fp_outcome_rule *rule, const bool *kind_counts,
                       const fp_person *person, const fp_spell *spell)
{
    if (!person)
        return FP_REPAIR_UNKNOWN_PERSON;
    if (spell->duplicate)
        return FP_REPAIR_DUPLICATE;
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

fp_status fp_kinds_that_count(const fp_study_data *data, const fp_outcome_rule *rule,
                              fp_arena *arena, const bool **out, fp_err *err)
{
    bool *counts;
    FP_ARRAY(counts, arena, data->kind_count, err);
    for (ptrdiff_t i = 0; i < data->kind_count; i++)
        for (ptrdiff_t k = 0; k < rule->kind_count; k++)
            if (!strcmp(data->kinds[i], rule->kinds[k]))
                counts[i] = true;
    *out = counts;
    return FP_OK;
}
