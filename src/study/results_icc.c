/* How alike people of one coach are, within arms: k, the frailty variance and the intraclass
 * correlation, beside what the plan reckoned with (docs/methods/icc.md). */
#include "study/results_priv.h"

#include <math.h>

#include "stats/cox_frailty.h"
#include "stats/dist.h"
#include "stats/icc.h"

/* One row a person followed: arm and coach, and sums a coach. */
typedef struct {
    ptrdiff_t n;
    double *time;
    int32_t *event, *arm, *coach;      /* n */
    double *people, *events, *at_risk; /* coaches */
    int32_t *arm_of;                   /* coaches */
    bool nested;                       /* no coach has people in two arms */
} rows;

static fp_status gather(const fp_build *b, fp_arena *scratch, rows *r, fp_err *err)
{
    const fp_study_data *data = b->data;
    FP_ARRAY(r->time, scratch, data->person_count, err);
    FP_ARRAY(r->event, scratch, data->person_count, err);
    FP_ARRAY(r->arm, scratch, data->person_count, err);
    FP_ARRAY(r->coach, scratch, data->person_count, err);
    FP_ARRAY(r->people, scratch, data->coach_count, err);
    FP_ARRAY(r->events, scratch, data->coach_count, err);
    FP_ARRAY(r->at_risk, scratch, data->coach_count, err);
    FP_ARRAY(r->arm_of, scratch, data->coach_count, err);
    r->nested = true;
    for (ptrdiff_t i = 0; i < data->person_count; i++) {
        const fp_person *p = &data->people[i];
        const fp_person_outcome *o = &b->primary->people[i];
        if (!fp_followed(b, i) || p->coach < 0 || p->arm < 0)
            continue;
        bool event = o->fate == FP_FATE_EVENT;
        r->nested = r->nested && (!(r->people[p->coach] > 0) || r->arm_of[p->coach] == p->arm);
        r->arm_of[p->coach] = (int32_t)p->arm;
        r->people[p->coach]++;
        r->events[p->coach] += event;
        r->at_risk[p->coach] += o->time;
        r->time[r->n] = o->time;
        r->event[r->n] = event;
        r->arm[r->n] = (int32_t)p->arm;
        r->coach[r->n++] = (int32_t)p->coach;
    }
    return FP_OK;
}

static fp_status spread_fact(fp_build *b, const char *quantity, double value, const char *what,
                             fp_err *err)
{
    fp_scope scope = {.group = fp_group_total(), .set = FP_SET_FOLLOWED};
    return fp_build_fact(b, FP_FACT_COEFFICIENT, value, &scope, NULL, what, err,
                         "spread.coaches.%s", quantity);
}

static fp_status say(fp_build *b, const char *what, fp_spread_state state, fp_err *err)
{
    switch (state) {
    case FP_SPREAD_FEW_CLUSTERS:
        return fp_build_note(b, "coaches", err, "no %s: no arm has two coaches", what);
    case FP_SPREAD_ONE_EACH:
        return fp_build_note(b, "coaches", err, "no %s: no coach has two people", what);
    case FP_SPREAD_ALL_ALIKE:
        return fp_build_note(b, "coaches", err,
                             "no %s: within every arm everybody had the event, or nobody", what);
    case FP_SPREAD_NO_EVENTS:
        return fp_build_note(b, "coaches", err, "no %s: no arm with two coaches had an event",
                             what);
    case FP_SPREAD_OK:
        break;
    }
    return FP_OK;
}

static fp_status icc_facts(fp_build *b, const fp_cluster_tally *tally, fp_err *err)
{
    fp_spread icc;
    double n0;
    fp_icc_anova(tally, b->options->level, &icc, &n0);
    FP_TRY(spread_fact(b, "icc", icc.estimate, "intraclass correlation of the event", err));
    FP_TRY(spread_fact(b, "icc_lower", icc.lower, "its lower limit", err));
    FP_TRY(spread_fact(b, "icc_upper", icc.upper, "its upper limit", err));
    FP_TRY(
        spread_fact(b, "n0", n0, "people a coach, as the intraclass correlation counts them", err));
    return say(b, "ICC", icc.state, err);
}

static fp_status k_facts(fp_build *b, const fp_cluster_tally *tally, fp_arena *scratch, fp_err *err)
{
    fp_spread k;
    FP_TRY(fp_rate_variation(tally, b->options->level, scratch, &k, err));
    FP_TRY(spread_fact(b, "k", k.estimate, "coefficient of variation of the rates between coaches",
                       err));
    FP_TRY(spread_fact(b, "k_lower", k.lower, "its lower limit", err));
    FP_TRY(spread_fact(b, "k_upper", k.upper, "its upper limit", err));
    return say(b, "k", k.state, err);
}

enum { MOST_ARMS = 64 }; /* what a study may have */

/* Some arm has two coaches with people: without, a coach is an arm and has its baseline hazard. */
static bool any_two(const fp_build *b, const rows *r)
{
    bool seen[MOST_ARMS] = {false};
    for (ptrdiff_t j = 0; j < b->data->coach_count; j++) {
        int32_t arm = r->arm_of[j];
        if (!(r->people[j] > 0) || arm >= MOST_ARMS)
            continue;
        if (seen[arm])
            return true;
        seen[arm] = true;
    }
    return false;
}

/* The gamma frailty of the coaches, each arm with a baseline hazard of its own: theta with
 * Wald's interval, which ends at 0, and Kendall's tau = theta / (theta + 2). */
static fp_status frailty_facts(fp_build *b, const rows *r, bool two, fp_arena *scratch, fp_err *err)
{
    fp_survdata data = {.n = r->n,
                        .strata = (int32_t)b->data->arm_count,
                        .stop = r->time,
                        .event = r->event,
                        .stratum = r->arm};
    fp_cox_fit fit;
    fp_cox_frailty_part part = {.theta = FP_NUM_NAN, .theta_se = FP_NUM_NAN};
    double any = 0, z = fp_normal_quantile(0.5 + b->options->level / 2);
    for (ptrdiff_t i = 0; i < r->n; i++)
        any += r->event[i];
    if (any > 0 && two)
        FP_TRY(fp_cox_frailty(&data, 0, NULL, NULL, r->coach, b->data->coach_count, NULL, scratch,
                              &fit, &part, err));
    double low = part.theta - z * part.theta_se;
    double value[] = {part.theta, low < 0 ? 0 : low, part.theta + z * part.theta_se};
    FP_TRY(spread_fact(b, "theta", value[0], "variance of the coaches' frailty", err));
    FP_TRY(spread_fact(b, "theta_lower", value[1], "its lower limit", err));
    FP_TRY(spread_fact(b, "theta_upper", value[2], "its upper limit", err));
    FP_TRY(spread_fact(b, "tau", value[0] / (value[0] + 2),
                       "Kendall's tau between the times of two people of one coach", err));
    FP_TRY(spread_fact(b, "tau_lower", value[1] / (value[1] + 2), "its lower limit", err));
    FP_TRY(spread_fact(b, "tau_upper", value[2] / (value[2] + 2), "its upper limit", err));
    if (part.theta > 0)
        return FP_OK;
    if (!two)
        return say(b, "theta", FP_SPREAD_FEW_CLUSTERS, err);
    return isnan(part.theta)
               ? fp_build_note(b, "coaches", err,
                               "no frailty variance: no finite value of it could be found")
               : fp_build_note(b, "coaches", err,
                               "the frailty variance is at its least value, 0: there it has no "
                               "standard error and no interval");
}

static fp_status planned_facts(fp_build *b, fp_err *err)
{
    const fp_planned_spread *planned = &b->plan->planned;
    if (!isnan(planned->icc))
        FP_TRY(spread_fact(b, "icc_planned", planned->icc,
                           "intraclass correlation that the plan reckoned with", err));
    if (!isnan(planned->k))
        FP_TRY(spread_fact(b, "k_planned", planned->k,
                           "coefficient of variation that the plan reckoned with", err));
    return FP_OK;
}

fp_status fp_build_spread(fp_build *b, fp_err *err)
{
    if (!b->clustered || !b->primary || !b->table)
        return FP_OK;
    FP_ARENA_SCOPED(scratch, 4 * FP_GIB, err);
    rows r = {0};
    FP_TRY(gather(b, scratch, &r, err));
    if (!r.nested)
        return fp_build_note(b, "coaches", err,
                             "the spread between coaches is not shown: a coach has people in more "
                             "than one arm");
    fp_cluster_tally tally = {.clusters = b->data->coach_count,
                              .people = r.people,
                              .events = r.events,
                              .time = r.at_risk,
                              .arm = r.arm_of,
                              .arms = (int32_t)b->data->arm_count};
    FP_TRY(k_facts(b, &tally, scratch, err));
    FP_TRY(frailty_facts(b, &r, any_two(b, &r), scratch, err));
    FP_TRY(icc_facts(b, &tally, err));
    return planned_facts(b, err);
}
