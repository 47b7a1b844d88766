/* Recruitment: who was offered a place, who took it, and how long after the allocation. With
 * clusters, people are asked by coaches who know their arm, so that each number stands by arm. */
#include "study/results_priv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_REASONS = 200 };

static bool in_set(const fp_scope *scope, const fp_recruit *r)
{
    if (scope->reason && strcmp(scope->reason, r->reason) != 0)
        return false;
    switch (scope->set) {
    case FP_SET_OFFERED:
        return true;
    case FP_SET_ELIGIBLE:
        return r->eligible;
    case FP_SET_NOT_ELIGIBLE:
        return !r->eligible;
    case FP_SET_REFUSED:
        return r->eligible && !r->consented;
    case FP_SET_NOT_STARTED:
        return r->consented && r->included == FP_DAY_NONE;
    case FP_SET_INCLUDED:
        return r->included != FP_DAY_NONE;
    default:
        return false;
    }
}

bool fp_scope_has_recruit(const fp_results *results, const fp_scope *scope, ptrdiff_t recruit)
{
    const fp_study_data *data = results->data;
    const fp_recruit *r = &data->recruits[recruit];
    const fp_group *g = &scope->group;
    if (!in_set(scope, r))
        return false;
    if (g->arm < 0 && g->factor < 0)
        return true;
    /* people who were not included have no arm of their own */
    const fp_coach *coach = r->coach < 0 ? NULL : &data->coaches[r->coach];
    if (!coach || data->protocol->kind != FP_DESIGN_CLUSTER_RANDOMISED)
        return false;
    return (g->arm < 0 || coach->arm == g->arm) &&
           (g->factor < 0 || (coach->level && coach->level[g->factor] == g->level));
}

/* Distinct reasons of those in a set, as they first occur. */
static fp_status reasons_of(fp_build *b, fp_set set, ptrdiff_t *count, const char *const **out,
                            fp_err *err)
{
    const fp_scope scope = {.group = fp_group_total(), .set = set};
    const char **reasons;
    FP_ARRAY(reasons, b->arena, MOST_REASONS, err);
    *count = 0;
    for (ptrdiff_t i = 0; i < b->data->recruit_count; i++) {
        const char *reason = b->data->recruits[i].reason;
        ptrdiff_t k = 0;
        if (!reason[0] || !in_set(&scope, &b->data->recruits[i]))
            continue;
        while (k < *count && strcmp(reasons[k], reason) != 0)
            k++;
        if (k == MOST_REASONS)
            return fp_fail(err, FP_INPUT, "more than %d different reasons not to take part",
                           MOST_REASONS);
        reasons[k] = reason;
        *count += k == *count;
    }
    *out = reasons;
    return FP_OK;
}

static fp_status count_fact(fp_build *b, const fp_scope *scope, const char *quantity,
                            const char *what, double *count, fp_err *err)
{
    double n = 0;
    for (ptrdiff_t i = 0; i < b->data->recruit_count; i++)
        n += fp_scope_has_recruit(b->out, scope, i);
    if (count)
        *count = n;
    return fp_build_fact(b, FP_FACT_COUNT, n, scope, NULL, what, err, "recruitment.%s.%s%s%s",
                         scope->group.key, quantity, scope->reason ? ":" : "",
                         scope->reason ? scope->reason : "");
}

/* The day on which the one who allotted a person learned the arm. */
static fp_day allocated_on(const fp_study_data *data, const fp_recruit *r)
{
    if (data->protocol->kind != FP_DESIGN_CLUSTER_RANDOMISED || r->coach < 0)
        return FP_DAY_NONE;
    const fp_coach *coach = &data->coaches[r->coach];
    return data->draw.told ? data->draw.told[coach->row] : coach->allocated;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Days from allocation to inclusion; not known where a coach has no day of allocation. */
static fp_status day_facts(fp_build *b, const fp_group *group, fp_err *err)
{
    fp_scope scope = {.group = *group, .set = FP_SET_INCLUDED};
    double *days, mean = 0;
    ptrdiff_t n = 0;
    FP_ARRAY(days, b->arena, b->data->recruit_count, err);
    for (ptrdiff_t i = 0; i < b->data->recruit_count; i++) {
        const fp_recruit *r = &b->data->recruits[i];
        fp_day from = allocated_on(b->data, r);
        if (from != FP_DAY_NONE && fp_scope_has_recruit(b->out, &scope, i))
            days[n++] = (double)(r->included - from);
    }
    qsort(days, (size_t)n, sizeof *days, ascending);
    for (ptrdiff_t i = 0; i < n; i++)
        mean += days[i] / (double)n;
    double median = n ? (days[(n - 1) / 2] + days[n / 2]) / 2 : FP_NUM_NAN;
    const struct {
        const char *quantity, *what;
        double value;
    } rows[] = {
        {"days_mean", "days from allocation to inclusion, mean", n ? mean : FP_NUM_NAN},
        {"days_median", "days from allocation to inclusion, median", median},
        {"days_min", "days from allocation to inclusion, fewest", n ? days[0] : FP_NUM_NAN},
        {"days_max", "days from allocation to inclusion, most", n ? days[n - 1] : FP_NUM_NAN},
    };
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++)
        FP_TRY(fp_build_fact(b, FP_FACT_DAYS, rows[k].value, &scope, NULL, rows[k].what, err,
                             "recruitment.%s.%s", group->key, rows[k].quantity));
    return FP_OK;
}

static fp_status reason_facts(fp_build *b, fp_scope scope, const char *quantity, const char *what,
                              ptrdiff_t count, const char *const *reasons, fp_err *err)
{
    for (ptrdiff_t k = 0; k < count; k++) {
        scope.reason = reasons[k];
        FP_TRY(count_fact(b, &scope, quantity, what, NULL, err));
    }
    return FP_OK;
}

static fp_status group_facts(fp_build *b, const fp_group *group, fp_err *err)
{
    const fp_results *r = b->out;
    fp_scope scope = {.group = *group, .set = FP_SET_OFFERED};
    double eligible, refused;
    FP_TRY(count_fact(b, &scope, "offered", "people offered a place", NULL, err));
    scope.set = FP_SET_NOT_ELIGIBLE;
    FP_TRY(count_fact(b, &scope, "not_eligible", "people who were not eligible", NULL, err));
    FP_TRY(reason_facts(b, scope, "not_eligible", "people not eligible for this reason",
                        r->ineligible_count, r->ineligible, err));
    scope.set = FP_SET_ELIGIBLE;
    FP_TRY(count_fact(b, &scope, "eligible", "people who were eligible", &eligible, err));
    scope.set = FP_SET_REFUSED;
    FP_TRY(count_fact(b, &scope, "refused", "eligible people who refused", &refused, err));
    FP_TRY(reason_facts(b, scope, "refused", "people who refused for this reason", r->refusal_count,
                        r->refusals, err));
    FP_TRY(fp_build_fact(b, FP_FACT_SHARE, eligible > 0 ? refused / eligible : FP_NUM_NAN, &scope,
                         NULL, "people who refused, of those eligible", err,
                         "recruitment.%s.refused_share", group->key));
    scope.set = FP_SET_NOT_STARTED;
    FP_TRY(count_fact(b, &scope, "not_started", "people who consented and were not included", NULL,
                      err));
    scope.set = FP_SET_INCLUDED;
    FP_TRY(count_fact(b, &scope, "included", "people included", NULL, err));
    return day_facts(b, group, err);
}

/* People asked before the coach was allocated were not recruited after it. */
static fp_status note_early(fp_build *b, fp_err *err)
{
    ptrdiff_t early = 0, unknown = 0;
    for (ptrdiff_t i = 0; i < b->data->recruit_count; i++) {
        fp_day from = allocated_on(b->data, &b->data->recruits[i]);
        early += from != FP_DAY_NONE && b->data->recruits[i].offered < from;
        unknown += from == FP_DAY_NONE && b->data->recruits[i].included != FP_DAY_NONE;
    }
    if (early)
        FP_TRY(fp_build_note(b, "recruitment", err,
                             "%td people were offered a place before their coach was allocated",
                             early));
    if (unknown && unknown < b->data->recruit_count &&
        b->plan->kind == FP_DESIGN_CLUSTER_RANDOMISED)
        FP_TRY(fp_build_note(b, "recruitment", err,
                             "the day on which the coach was allocated is not known for %td people "
                             "included: they are left out of the days to inclusion",
                             unknown));
    return FP_OK;
}

fp_status fp_build_recruitment(fp_build *b, fp_err *err)
{
    fp_results *out = b->out;
    if (b->data->recruit_count == 0)
        return FP_OK;
    FP_TRY(reasons_of(b, FP_SET_NOT_ELIGIBLE, &out->ineligible_count, &out->ineligible, err));
    FP_TRY(reasons_of(b, FP_SET_REFUSED, &out->refusal_count, &out->refusals, err));
    bool by_arm = b->plan->kind == FP_DESIGN_CLUSTER_RANDOMISED;
    for (ptrdiff_t g = 0; g < (by_arm ? out->group_count : 1); g++)
        FP_TRY(group_facts(b, &out->groups[g], err));
    return note_early(b, err);
}
