#include "model/power_closed.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "model/result_json_priv.h"
#include "model/result_table_priv.h"

fp_status fp_model_power_closed(const fp_closed_plan *plan, double target,
                                fp_power_formulas *answer, fp_err *err)
{
    fp_power_formulas made = {.plan = *plan, .target = target};
    FP_TRY(fp_closed_check(&made.plan, err));
    if (!(target > plan->alpha) || !(target < 1)) {
        (void)fp_fail(err, FP_INPUT, "the power asked for is %g; it lies between alpha and 1",
                      target);
        return fp_hint(err, FP_INPUT, "0.8 is usual");
    }
    for (int m = 0; m < FP_CLOSED_METHODS; m++) {
        fp_closed_method method = (fp_closed_method)m;
        const fp_closed_plan *p = &made.plan;
        if (!fp_closed_applies(p, method))
            continue;
        made.row[made.count++] = (fp_power_formula){
            method,
            fp_closed_power(p, method),
            fp_closed_solve(p, method, FP_CLOSED_UNITS, target),
            p->individual ? FP_NUM_NAN : fp_closed_solve(p, method, FP_CLOSED_SIZE, target),
            fp_closed_solve(p, method, FP_CLOSED_VALUE, target),
            fp_closed_limit(p, method),
        };
    }
    *answer = made;
    return FP_OK;
}

/* ---- JSON ---- */

static const char *const outcomes[] = {"time", "rates", "proportions", "means"};

static json_t *json_row(const fp_power_formulas *a, const fp_power_formula *row)
{
    bool individual = a->plan.individual;
    fp_node to = fp_node_create();
    fp_node_put(&to, "method", json_string(fp_closed_method_name[row->method]));
    fp_node_put(&to, "power", fp_json_number(row->power));
    fp_node_put(&to, individual ? "people_needed" : "clusters_needed", fp_json_number(row->units));
    if (!individual)
        fp_node_put(&to, "cluster_size_needed", fp_json_number(row->size));
    fp_node_put(&to, "detectable", fp_json_number(row->effect));
    if (!individual)
        fp_node_put(&to, "power_limit", fp_json_number(row->limit));
    return fp_node_finish(&to);
}

static json_t *json_design(const fp_closed_plan *plan)
{
    fp_node to = fp_node_create();
    json_t *values = json_array();
    bool time = plan->outcome == FP_CLOSED_TIME;
    for (int g = 0; g < 2 && !time; g++)
        fp_json_append(&values, fp_json_number(plan->value[g]));
    fp_node_put(&to, "randomised", json_string(plan->individual ? "people" : "clusters"));
    fp_node_put(&to, plan->individual ? "people" : "clusters", fp_json_number(plan->units));
    fp_node_put(&to, plan->outcome == FP_CLOSED_RATES ? "person_time" : "cluster_size",
                fp_json_number(plan->size));
    fp_node_put(&to, "size_cv", fp_json_number(plan->size_cv));
    if (time) {
        fp_node_put(&to, "hazard_ratio", fp_json_number(plan->value[1]));
        double events, days;
        for (int g = 0; g < 2; g++) {
            fp_closed_expected(plan->design, plan->value[g], &events, &days);
            fp_json_append(&values, fp_json_number(events));
        }
        fp_node_put(&to, "event_probabilities", values);
    } else {
        fp_node_put(&to, "values", values);
    }
    fp_node_put(&to, "sd",
                plan->outcome == FP_CLOSED_MEANS ? fp_json_number(plan->sd) : json_null());
    fp_node_put(&to, "icc", plan->individual ? json_null() : fp_json_number(plan->icc));
    fp_node_put(&to, "k", plan->individual ? json_null() : fp_json_number(plan->k));
    fp_node_put(&to, "alpha", fp_json_number(plan->alpha));
    return fp_node_finish(&to);
}

static json_t *json_answer(const fp_power_formulas *a)
{
    fp_node to = fp_node_create(), provenance = fp_node_create();
    json_t *rows = json_array();
    for (ptrdiff_t i = 0; i < a->count; i++)
        fp_json_append(&rows, json_row(a, &a->row[i]));
    fp_node_put(&to, "model", json_string("power"));
    fp_node_put(&to, "closed_form", json_string(outcomes[a->plan.outcome]));
    fp_node_put(&to, "design", json_design(&a->plan));
    fp_node_put(&to, "target", fp_json_number(a->target));
    fp_node_put(&to, "closed_forms", rows);
    fp_node_put(&to, "warnings", json_array());
    fp_node_put(&provenance, "program", json_string("firstplace " FP_VERSION));
    fp_node_put(&to, "provenance", fp_node_finish(&provenance));
    return fp_node_finish(&to);
}

fp_status fp_power_formulas_json(const fp_power_formulas *answer, fp_buf *out, fp_err *err)
{
    return fp_json_dump(json_answer(answer), out, err);
}

/* ---- text ---- */

static void say_values(const fp_closed_plan *plan, char *text, size_t room)
{
    static const char *const what[] = {"", "rates", "proportions", "means"};
    double events[2], days;
    if (plan->outcome == FP_CLOSED_TIME) {
        for (int g = 0; g < 2; g++)
            fp_closed_expected(plan->design, plan->value[g], &events[g], &days);
        (void)snprintf(text, room,
                       "a hazard ratio of %g: %.4g%% and %.4g%% are seen to have the event, "
                       "accrual and drop-out counted",
                       plan->value[1], 100 * events[0], 100 * events[1]);
        return;
    }
    int n = snprintf(text, room, "%s of %g and %g", what[plan->outcome], plan->value[0],
                     plan->value[1]);
    if (plan->outcome == FP_CLOSED_MEANS && n > 0 && (size_t)n < room)
        (void)snprintf(text + n, room - (size_t)n, ", standard deviation %g", plan->sd);
}

static void put_design(const fp_power_formulas *a, fp_buf *out)
{
    const fp_closed_plan *plan = &a->plan;
    char values[160], text[512], units[32] = "any number of", size[64] = "of any size";
    bool rates = plan->outcome == FP_CLOSED_RATES;
    say_values(plan, values, sizeof values);
    (void)snprintf(text, sizeof text, "Two groups, %s; two-sided alpha %g.", values, plan->alpha);
    fp_text_wrap(out, "", "", text);
    if (!isnan(plan->units))
        (void)snprintf(units, sizeof units, "%g", plan->units);
    if (!isnan(plan->size))
        (void)snprintf(size, sizeof size, rates ? "with %g of person-time" : "of %g people",
                       plan->size);
    if (plan->individual)
        (void)snprintf(text, sizeof text, "%s people, drawn by lot one by one%s%s.", units,
                       rates ? ", each " : "", rates ? size : "");
    else
        (void)snprintf(text, sizeof text, "%s clusters %s%s, half of them in each group.", units,
                       size, plan->size_cv > 0 ? " on average" : "");
    if (text[0] == 'a')
        text[0] = 'A';
    fp_text_wrap(out, "", "", text);
    if (plan->individual)
        return;
    int n = snprintf(text, sizeof text, "Clusters differ: ");
    if (!isnan(plan->icc))
        n += snprintf(text + n, sizeof text - (size_t)n, "ICC %.4g%s", plan->icc,
                      plan->scale == FP_POWER_ICC ? " (given)" : "");
    if (!isnan(plan->k))
        n += snprintf(text + n, sizeof text - (size_t)n, "%sk %.4g%s in the reference group",
                      isnan(plan->icc) ? "" : ", ", plan->k,
                      plan->scale == FP_POWER_K ? " (given)" : "");
    if (plan->size_cv > 0)
        n += snprintf(text + n, sizeof text - (size_t)n, "; sizes with a cv of %g", plan->size_cv);
    (void)snprintf(text + n, sizeof text - (size_t)n, ".");
    fp_text_wrap(out, "", "", text);
}

/* Fill a cell with a number of so many significant digits, or a share as a percentage (digits 0);
 * a dash where there is none. */
static void put_cell(fp_text_table *table, ptrdiff_t row, ptrdiff_t column, double value,
                     int digits)
{
    char text[48] = "\u2013";
    if (isfinite(value) && digits)
        (void)snprintf(text, sizeof text, "%.*g", digits, value);
    else if (isfinite(value))
        (void)snprintf(text, sizeof text, "%.1f%%", 100 * value);
    fp_text_table_set(table, row, column, text);
}

/* As many of clusters or people in each group as are needed, whole. */
static double whole_pairs(double units)
{
    return 2 * fmax(1, ceil(units / 2 - 1e-9));
}

static fp_status put_rows(const fp_power_formulas *a, fp_buf *out, fp_err *err)
{
    FP_ARENA_SCOPED(scratch, FP_MIB, err);
    bool individual = a->plan.individual, rates = a->plan.outcome == FP_CLOSED_RATES;
    ptrdiff_t columns = individual ? 4 : 6;
    const char *const heads[] = {"method",
                                 "power",
                                 individual ? "people" : "clusters",
                                 a->plan.outcome == FP_CLOSED_TIME ? "HR found" : "found",
                                 rates ? "person-time" : "size",
                                 "limit"};
    fp_text_table table;
    FP_TRY(fp_text_table_create(a->count + 1, columns, scratch, &table, err));
    for (ptrdiff_t k = 0; k < columns; k++)
        fp_text_table_set(&table, 0, k, heads[k]);
    for (ptrdiff_t i = 0; i < a->count; i++) {
        const fp_power_formula *row = &a->row[i];
        double size = rates ? row->size : ceil(row->size - 1e-9);
        fp_text_table_set(&table, i + 1, 0, fp_closed_method_name[row->method]);
        put_cell(&table, i + 1, 1, row->power, 0);
        put_cell(&table, i + 1, 2, whole_pairs(row->units), 10);
        put_cell(&table, i + 1, 3, row->effect, 4);
        if (individual)
            continue;
        put_cell(&table, i + 1, 4, size, 6);
        put_cell(&table, i + 1, 5, row->limit, 0);
    }
    return fp_text_table_put(&table, out, err);
}

static void put_legend(const fp_power_formulas *a, fp_buf *out)
{
    char text[512];
    if (a->plan.individual)
        (void)snprintf(text, sizeof text,
                       "people: in all, for a power of %g%%; found: the value of the other group "
                       "that has this power, all else as planned.",
                       100 * a->target);
    else
        (void)snprintf(text, sizeof text,
                       "clusters: in all, for a power of %g%%; found: the value of the other group "
                       "that has this power; size: of a cluster, for it; each with all else as "
                       "planned. limit: the power that no cluster size exceeds: where it is below "
                       "%g%%, only more clusters help, and size is a dash.",
                       100 * a->target, 100 * a->target);
    fp_text_wrap(out, "", "", text);
    for (ptrdiff_t i = 0; i < a->count; i++) {
        const fp_power_formula *row = &a->row[i];
        if (!(row->limit < a->target))
            continue;
        (void)snprintf(text, sizeof text,
                       "No cluster size gives a power of %g%% by %s: %g clusters that differ this "
                       "much set a limit of %.1f%%.",
                       100 * a->target, fp_closed_method_name[row->method], a->plan.units,
                       100 * row->limit);
        fp_text_wrap(out, "", "", text);
    }
}

fp_status fp_power_formulas_text(const fp_power_formulas *a, fp_buf *out, fp_err *err)
{
    fp_buf_put(out, "Power by closed forms\n");
    put_design(a, out);
    fp_buf_put_char(out, '\n');
    FP_TRY(put_rows(a, out, err));
    fp_buf_put_char(out, '\n');
    put_legend(a, out);
    if (a->plan.size_cv > 0 && a->row[0].method == FP_CLOSED_HAYES)
        fp_text_wrap(out, "", "", "hayes-moulton takes the clusters as of one size.");
    return fp_buf_ok(out, err);
}
