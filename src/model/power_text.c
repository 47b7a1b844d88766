#include "model/power_priv.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "model/result_table_priv.h"

/* How many, drawn by lot to how many arms. */
static void put_layout(const fp_power_answer *a, fp_buf *out)
{
    const fp_power_plan *plan = &a->plan;
    const fp_power_design *d = &a->design;
    char text[512], shape[16], of[48] = "";
    fp_power_plan_shape(plan, shape, sizeof shape);
    if (plan->factorial)
        (void)snprintf(of, sizeof of, " of a %s factorial design", shape);
    if (plan->individual)
        (void)snprintf(text, sizeof text, "%.0f people drawn by lot to %d arms%s.",
                       a->derived.people, (int)d->arms, of);
    else
        (void)snprintf(text, sizeof text,
                       "%td clusters drawn by lot to %d arms%s, %s%.4g people each%s: %.5g people.",
                       d->clusters, (int)d->arms, of, d->dealt || !d->size ? "on average " : "",
                       d->mean_size,
                       !d->size      ? " (sizes drawn)"
                       : plan->sizes ? " (sizes given)"
                                     : "",
                       a->derived.people);
    fp_text_wrap(out, "", "", text);
}

static void put_covariates(const fp_power_plan *plan, fp_buf *out)
{
    char text[256];
    for (int32_t c = 0; c < plan->covariates; c++) {
        const fp_power_covariate *of = &plan->covariate[c];
        if (of->share > 0)
            (void)snprintf(text, sizeof text,
                           "Covariate %s: %.4g%% of people have it, hazard ratio %.4g.", of->name,
                           100 * of->share, exp(of->beta));
        else
            (void)snprintf(text, sizeof text,
                           "Covariate %s: normal, hazard ratio %.4g a standard deviation.",
                           of->name, exp(of->beta));
        fp_text_wrap(out, "", "", text);
    }
}

void fp_power_text_design(const fp_power_answer *a, fp_buf *out)
{
    const fp_power_plan *plan = &a->plan;
    const fp_power_design *d = &a->design;
    char text[512];
    put_layout(a, out);
    if (fp_power_plan_measures(plan)) {
        fp_power_text_measure(a, out);
        return;
    }
    int n = snprintf(text, sizeof text,
                     "In the reference arm %.4g%% have the event within %g days (%s).",
                     100 * (1 - a->derived.survival), d->follow_up,
                     plan->curve        ? "along the survival curve that was given"
                     : plan->shape == 1 ? "at a constant hazard"
                                        : "Weibull");
    if (d->accrual > 0)
        n += snprintf(text + n, sizeof text - (size_t)n, " People enter over %g days.", d->accrual);
    if (d->drop_out > 0)
        (void)snprintf(text + n, sizeof text - (size_t)n,
                       " Of all, %.4g%% drop out within that "
                       "time.",
                       100 * plan->drop_out);
    fp_text_wrap(out, "", "", text);
    put_covariates(plan, out);
    if (plan->individual)
        return;
    (void)snprintf(text, sizeof text,
                   "Clusters differ: k = %.4g, %s frailty with variance %.4g, ICC of the event "
                   "%.4g (%s was given).",
                   a->derived.k, plan->law == FP_FRAILTY_GAMMA ? "gamma" : "log-normal",
                   a->derived.theta, a->derived.icc,
                   plan->scale == FP_POWER_ICC ? "the ICC"
                   : plan->scale == FP_POWER_K ? "k"
                                               : "the frailty variance");
    fp_text_wrap(out, "", "", text);
}

static fp_status put_rows(const fp_power_answer *a, fp_arena *scratch, fp_buf *out, fp_err *err)
{
    fp_power_effect scale = fp_power_plan_scale(&a->plan);
    const char *const heads[] = {"",
                                 fp_power_effect_short(scale),
                                 "analysis",
                                 "power",
                                 "type I error",
                                 "bias",
                                 "coverage",
                                 "mean se",
                                 "sd"};
    enum { COLUMNS = sizeof heads / sizeof *heads };
    fp_text_table table;
    FP_TRY(fp_text_table_create(a->row_count + 1, COLUMNS, scratch, &table, err));
    for (ptrdiff_t k = 0; k < COLUMNS; k++)
        fp_text_table_set(&table, 0, k, heads[k]);
    for (ptrdiff_t i = 0; i < a->row_count; i++) {
        const fp_power_row *row = &a->rows[i];
        bool first = i == 0 || a->rows[i - 1].question != row->question;
        double value[COLUMNS] = {[3] = row->question->is_null ? FP_NUM_NAN : 100 * row->power.share,
                                 [4] = 100 * row->null.share,
                                 [5] = row->power.bias,
                                 [6] = 100 * row->power.coverage,
                                 [7] = row->power.mean_se,
                                 [8] = row->power.sd};
        char text[64], number[32];
        if (first) {
            fp_num_format(fp_power_effect_out(scale, row->question->truth), 2, &fp_numstyle_plain,
                          text, sizeof text);
            fp_text_table_set(&table, i + 1, 0, row->question->name);
            fp_text_table_set(&table, i + 1, 1, text);
        }
        fp_text_table_set(&table, i + 1, 2, fp_power_analysis_name[row->analysis]);
        for (int k = 3; k < COLUMNS; k++) {
            bool percent = k == 3 || k == 4 || k == 6;
            fp_num_format(value[k], percent ? 1 : 3, &fp_numstyle_plain, number, sizeof number);
            (void)snprintf(text, sizeof text, "%s%s", number,
                           percent && isfinite(value[k]) ? "%" : "");
            fp_text_table_set(&table, i + 1, k, text);
        }
    }
    return fp_text_table_put(&table, out, err);
}

/* Whether a row before it had the same set of allocations. */
static bool said_smallest(const fp_power_answer *a, ptrdiff_t i)
{
    for (ptrdiff_t k = i - 1; k >= 0 && a->rows[k].question == a->rows[i].question; k--)
        if (fp_power_permutes((int)a->rows[k].analysis))
            return true;
    return false;
}

static void put_smallest(const fp_power_answer *a, fp_buf *out)
{
    char text[256];
    for (ptrdiff_t i = 0; i < a->row_count; i++) {
        const fp_power_row *row = &a->rows[i];
        if (!fp_power_permutes((int)row->analysis) || said_smallest(a, i))
            continue;
        (void)snprintf(text, sizeof text,
                       "Permutation test of %s: %lld allocations%s; the smallest p it can give "
                       "%sis %.2g.",
                       row->question->name, (long long)row->power.allocations,
                       row->power.exact ? "" : " sampled here",
                       row->power.exact ? "" : "in the analysis itself ", row->power.smallest_p);
        fp_text_wrap(out, "", "", text);
    }
}

static void put_closed(const fp_power_answer *a, fp_buf *out)
{
    char text[256];
    for (ptrdiff_t i = 0; i < a->closed_count; i++) {
        const fp_power_closed *c = &a->closed[i];
        (void)snprintf(
            text, sizeof text, "Closed form for %s, %s: power %.1f%%; %g%% takes %.0f %s.",
            c->question->name,
            c->method[0] == 'h'  ? "Hayes & Moulton"
            : a->plan.individual ? "Schoenfeld"
                                 : "Schoenfeld with the design effect",
            100 * c->power, 100 * a->target, fmax(ceil(c->needed - 1e-9), a->design.arms),
            a->plan.individual ? "people" : "clusters");
        fp_text_wrap(out, "", "", text);
    }
}

/* What was solved for, or the limit that stands in the way. */
static void put_solution(const fp_power_answer *a, fp_buf *out)
{
    static const char *const units[] = {"clusters", "people a cluster", "people", ""};
    const fp_power_solution *s = &a->solution;
    const char *by = fp_power_analysis_name[a->wish.analysis];
    bool effect = a->wish.unknown == FP_SOLVE_EFFECT;
    char text[384], value[64];
    if (effect)
        (void)snprintf(value, sizeof value, "%s %s of %.*f",
                       fp_power_plan_scale(&a->plan) == FP_POWER_ODDS_RATIO ? "an" : "a",
                       fp_power_effect_words(fp_power_plan_scale(&a->plan)),
                       fp_power_text_digits(a), s->value);
    else
        (void)snprintf(value, sizeof value, "%.0f %s", s->value, units[a->wish.unknown]);
    if (s->reached && effect)
        (void)snprintf(text, sizeof text, "%s: %s is found with a power of %.1f%% by %s.",
                       a->wished, value, 100 * s->power, by);
    else if (s->reached)
        (void)snprintf(text, sizeof text, "%s: %s give a power of %.1f%% by %s.", a->wished, value,
                       100 * s->power, by);
    else if (a->wish.unknown == FP_SOLVE_CLUSTER_SIZE)
        (void)snprintf(text, sizeof text,
                       "%s: no cluster size gives a power of %g%% by %s. %td clusters that differ "
                       "this much set a limit of about %.0f%% (%s): only more clusters help.",
                       a->wished, 100 * a->target, by, a->plan.clusters, 100 * s->power, value);
    else
        (void)snprintf(text, sizeof text, "%s: not even %s gives a power of %g%% by %s (%.1f%%).",
                       a->wished, value, 100 * a->target, by, 100 * s->power);
    fp_text_wrap(out, "", "", text);
}

/* What bias and coverage are about. */
static void put_bias(const fp_power_answer *a, fp_buf *out)
{
    char text[256];
    fp_power_effect scale = fp_power_plan_scale(&a->plan);
    if (!fp_power_plan_measures(&a->plan)) {
        fp_text_wrap(
            out, "", "",
            "Bias and coverage are about the log hazard ratio within a cluster; where clusters "
            "differ, the ratio over all clusters is a little nearer to 1.");
        return;
    }
    (void)snprintf(text, sizeof text, "Bias and coverage are about the %s%s%s.",
                   fp_power_is_ratio(scale) ? "logarithm of the " : "",
                   fp_power_effect_words(scale), a->plan.individual ? "" : " over all clusters");
    fp_text_wrap(out, "", "", text);
}

/* Fits without an estimate, however few. */
static void put_failed(const fp_power_answer *a, fp_buf *out)
{
    char text[512] = "Fits without a usable estimate, which count as not significant:";
    size_t n = strlen(text), begin = n;
    for (ptrdiff_t i = 0; i < a->row_count && n < sizeof text - 96; i++) {
        const fp_power_row *row = &a->rows[i];
        int64_t failed = a->trials - row->power.usable, null = a->trials - row->null.usable;
        if (failed || null)
            n += (size_t)snprintf(text + n, sizeof text - n,
                                  "%s %s of %.24s %lld (%lld under its null)", n > begin ? "," : "",
                                  fp_power_analysis_name[row->analysis], row->question->name,
                                  (long long)failed, (long long)null);
    }
    if (n == begin || !fp_power_plan_measures(&a->plan))
        return;
    (void)snprintf(text + n, sizeof text - n, ".");
    fp_text_wrap(out, "", "", text);
}

static void put_trials(const fp_power_answer *a, fp_buf *out)
{
    char text[320], met[64] = "";
    if (a->design.measure.outcome != FP_POWER_CONTINUOUS)
        (void)snprintf(met, sizeof met, ", on average %.1f events each", a->met.events);
    if (fp_power_plan_measures(&a->plan))
        (void)snprintf(met + strlen(met), sizeof met - strlen(met), "%s %.1f answers",
                       met[0] ? " among" : ", on average", a->met.answers);
    (void)snprintf(text, sizeof text,
                   "%lld simulated trials (seed %llu)%s. A share near 5%% is known to within %.1f "
                   "points, one near 50%% to within %.1f.",
                   (long long)a->trials, (unsigned long long)a->seed, met,
                   196 * sqrt(0.05 * 0.95 / (double)a->trials),
                   196 * sqrt(0.25 / (double)a->trials));
    fp_text_wrap(out, "", "", text);
}

fp_status fp_power_text(const fp_power_answer *a, fp_buf *out, fp_err *err)
{
    FP_ARENA_SCOPED(scratch, 64 * FP_MIB, err);
    fp_buf_put(out, "Power by simulation\n");
    if (a->solved)
        put_solution(a, out);
    fp_power_text_design(a, out);
    put_trials(a, out);
    fp_buf_put_char(out, '\n');
    FP_TRY(put_rows(a, scratch, out, err));
    fp_buf_put_char(out, '\n');
    put_smallest(a, out);
    put_closed(a, out);
    put_bias(a, out);
    put_failed(a, out);
    for (ptrdiff_t i = 0; i < a->warning_count; i++)
        fp_text_wrap(out, "Warning: ", "  ", a->warnings[i]);
    return fp_buf_ok(out, err);
}
