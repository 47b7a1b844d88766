#include "model/power_priv.h"

#include <math.h>

#include "model/result_json_priv.h"

static const char *const scale_names[] = {"icc", "k", "frailty_variance"};

json_t *fp_power_json_numbers(const double *value, ptrdiff_t n)
{
    json_t *list = json_array();
    for (ptrdiff_t i = 0; i < n; i++)
        fp_json_append(&list, fp_json_number(value[i]));
    return list;
}

static json_t *json_covariates(const fp_power_plan *plan)
{
    json_t *list = json_array();
    for (int32_t c = 0; c < plan->covariates; c++) {
        const fp_power_covariate *of = &plan->covariate[c];
        fp_node to = fp_node_create();
        fp_node_put(&to, "name", fp_json_text(of->name));
        fp_node_put(&to, "hazard_ratio", fp_json_number(exp(of->beta)));
        fp_node_put(&to, "share", of->share > 0 ? fp_json_number(of->share) : json_null());
        fp_json_append(&list, fp_node_finish(&to));
    }
    return list;
}

/* What is of a time to an event. */
static void put_time(fp_node *to, const fp_power_answer *a)
{
    const fp_power_plan *plan = &a->plan;
    const fp_power_design *d = &a->design;
    fp_node_put(to, "outcome", json_string("time"));
    fp_node_put(to, "follow_up", fp_json_number(d->follow_up));
    fp_node_put(to, "accrual", fp_json_number(d->accrual));
    fp_node_put(to, "drop_out", fp_json_number(plan->drop_out));
    fp_node_put(to, "event_probability", fp_json_number(1 - a->derived.survival));
    fp_node_put(to, "shape", plan->curve ? json_null() : fp_json_number(plan->shape));
    fp_node_put(to, "hazard_ratios", fp_power_json_numbers(plan->hr, fp_power_plan_effects(plan)));
    fp_node_put(to, "interaction",
                plan->factorial ? fp_json_number(plan->interaction_hr) : json_null());
    fp_node_put(to, "covariates", json_covariates(plan));
}

static json_t *json_levels(const fp_power_design *d)
{
    json_t *list = json_array();
    for (int32_t f = 0; f < d->factors; f++)
        fp_json_append(&list, json_integer(d->levels[f]));
    return list;
}

static json_t *json_design(const fp_power_answer *a)
{
    const fp_power_plan *plan = &a->plan;
    const fp_power_design *d = &a->design;
    fp_node to = fp_node_create();
    fp_node_put(&to, "layout", json_string(plan->factorial ? "factorial" : "parallel"));
    fp_node_put(&to, "levels", plan->factorial ? json_levels(d) : json_null());
    fp_node_put(&to, "randomised", json_string(plan->individual ? "people" : "clusters"));
    fp_node_put(&to, "arms", json_integer(d->arms));
    fp_node_put(&to, "clusters", plan->individual ? json_null() : json_integer(d->clusters));
    fp_node_put(&to, "people", fp_json_count(a->derived.people));
    fp_node_put(&to, "cluster_size", fp_json_number(d->mean_size));
    fp_node_put(&to, "sizes", json_string(!d->size ? "drawn" : plan->sizes ? "given" : "equal"));
    fp_node_put(&to, "size_cv", fp_json_number(d->size_cv));
    if (fp_power_plan_measures(plan))
        fp_power_json_measure(&to, a);
    else
        put_time(&to, a);
    fp_node_put(&to, "alpha", fp_json_number(d->alpha));
    return fp_node_finish(&to);
}

static json_t *json_variation(const fp_power_answer *a)
{
    if (fp_power_plan_measures(&a->plan))
        return fp_power_json_spread(a);
    fp_node to = fp_node_create();
    fp_node_put(&to, "given",
                a->plan.individual ? json_null() : json_string(scale_names[a->plan.scale]));
    fp_node_put(&to, "frailty",
                json_string(a->plan.law == FP_FRAILTY_GAMMA ? "gamma" : "lognormal"));
    fp_node_put(&to, "icc", fp_json_number(a->derived.icc));
    fp_node_put(&to, "k", fp_json_number(a->derived.k));
    fp_node_put(&to, "frailty_variance", fp_json_number(a->derived.theta));
    return fp_node_finish(&to);
}

static json_t *json_trials(const fp_power_answer *a)
{
    fp_node to = fp_node_create();
    fp_node_put(&to, "count", json_integer(a->trials));
    fp_node_put(&to, "people", fp_json_number(a->met.people));
    if (fp_power_plan_measures(&a->plan))
        fp_node_put(&to, "answers", fp_json_number(a->met.answers));
    if (a->design.measure.outcome == FP_POWER_CONTINUOUS)
        return fp_node_finish(&to);
    fp_node_put(&to, "events", fp_json_number(a->met.events));
    fp_node_put(&to, "events_by_arm", fp_power_json_numbers(a->met.events_arm, a->design.arms));
    return fp_node_finish(&to);
}

/* The key of an effect: "odds_ratio". */
static const char *effect_key(const fp_power_answer *a)
{
    static const char *const keys[] = {[FP_POWER_HAZARD_RATIO] = "hazard_ratio",
                                       [FP_POWER_ODDS_RATIO] = "odds_ratio",
                                       [FP_POWER_RISK_RATIO] = "risk_ratio",
                                       [FP_POWER_RISK_DIFFERENCE] = "risk_difference",
                                       [FP_POWER_MEAN_DIFFERENCE] = "mean_difference"};
    return keys[fp_power_plan_scale(&a->plan)];
}

static json_t *json_row(const fp_power_answer *a, const fp_power_row *row)
{
    const fp_power_result *power = &row->power, *null = &row->null;
    bool wald = fp_power_estimates_effect(&a->design.measure, (int)row->analysis);
    bool has_power = !row->question->is_null;
    fp_node to = fp_node_create();
    fp_node_put(&to, "effect", fp_json_text(row->question->name));
    fp_node_put(&to, "analysis", json_string(fp_power_analysis_name[row->analysis]));
    fp_node_put(
        &to, effect_key(a),
        fp_json_number(fp_power_effect_out(fp_power_plan_scale(&a->plan), row->question->truth)));
    fp_node_put(&to, "power", has_power ? fp_json_number(power->share) : json_null());
    fp_node_put(&to, "power_error", has_power ? fp_json_number(power->share_error) : json_null());
    fp_node_put(&to, "type_1_error", fp_json_number(null->share));
    fp_node_put(&to, "type_1_error_error", fp_json_number(null->share_error));
    fp_node_put(&to, "usable", json_integer(power->usable));
    if (fp_power_plan_measures(&a->plan))
        fp_node_put(&to, "usable_under_null", json_integer(null->usable));
    if (wald) {
        fp_node_put(&to, "mean_estimate", fp_json_number(power->estimate));
        fp_node_put(&to, "bias", fp_json_number(power->bias));
        fp_node_put(&to, "bias_error", fp_json_number(power->bias_error));
        fp_node_put(&to, "sd", fp_json_number(power->sd));
        fp_node_put(&to, "mean_se", fp_json_number(power->mean_se));
        fp_node_put(&to, "coverage", fp_json_number(power->coverage));
    }
    if (fp_power_permutes((int)row->analysis)) {
        fp_node_put(&to, "smallest_p", fp_json_number(power->smallest_p));
        fp_node_put(&to, "allocations", json_integer(power->allocations));
        fp_node_put(&to, "exact", json_boolean(power->exact));
    }
    return fp_node_finish(&to);
}

static json_t *json_closed(const fp_power_answer *a)
{
    json_t *list = json_array();
    for (ptrdiff_t i = 0; i < a->closed_count; i++) {
        fp_node to = fp_node_create();
        fp_node_put(&to, "effect", fp_json_text(a->closed[i].question->name));
        fp_node_put(&to, "method", json_string(a->closed[i].method));
        fp_node_put(&to, "power", fp_json_number(a->closed[i].power));
        fp_node_put(&to, a->plan.individual ? "people_needed" : "clusters_needed",
                    fp_json_number(a->closed[i].needed));
        fp_json_append(&list, fp_node_finish(&to));
    }
    return list;
}

static json_t *json_solution(const fp_power_answer *a)
{
    static const char *const names[] = {"clusters", "cluster_size", "people"};
    bool effect = a->wish.unknown == FP_SOLVE_EFFECT;
    if (!a->solved)
        return json_null();
    fp_node to = fp_node_create();
    fp_node_put(&to, "unknown", json_string(effect ? effect_key(a) : names[a->wish.unknown]));
    fp_node_put(&to, "effect", fp_json_text(a->wished));
    fp_node_put(&to, "analysis", json_string(fp_power_analysis_name[a->wish.analysis]));
    fp_node_put(&to, "reached", json_boolean(a->solution.reached));
    fp_node_put(&to, "value", fp_json_count(a->solution.value));
    fp_node_put(&to, "power", fp_json_number(a->solution.power));
    return fp_node_finish(&to);
}

json_t *fp_power_json(const fp_power_answer *a)
{
    fp_node to = fp_node_create();
    json_t *rows = json_array(), *warnings = json_array();
    for (ptrdiff_t i = 0; i < a->row_count; i++)
        fp_json_append(&rows, json_row(a, &a->rows[i]));
    for (ptrdiff_t i = 0; i < a->warning_count; i++)
        fp_json_append(&warnings, fp_json_text(a->warnings[i]));
    fp_node_put(&to, "model", json_string("power"));
    fp_node_put(&to, "design", json_design(a));
    fp_node_put(&to, "variation", json_variation(a));
    fp_node_put(&to, "trials", json_trials(a));
    fp_node_put(&to, "results", rows);
    fp_node_put(&to, "target", fp_json_number(a->target));
    fp_node_put(&to, "closed_forms", json_closed(a));
    fp_node_put(&to, "solution", json_solution(a));
    fp_node_put(&to, "warnings", warnings);
    fp_node provenance = fp_node_create();
    fp_node_put(&provenance, "program", json_string("firstplace " FP_VERSION));
    fp_node_put(&provenance, "seed", json_integer((json_int_t)a->seed));
    fp_node_put(&to, "provenance", fp_node_finish(&provenance));
    return fp_node_finish(&to);
}

fp_status fp_power_json_text(const fp_power_answer *answer, fp_buf *out, fp_err *err)
{
    return fp_json_dump(fp_power_json(answer), out, err);
}
