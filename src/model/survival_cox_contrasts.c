#include <math.h>
#include <string.h>

#include "base/num.h"
#include "model/formula_priv.h"
#include "model/survival_cox_priv.h"
#include "stats/contrast.h"
#include "stats/dist.h"

/* A standard error of rounding only: see has_spread() in survival_cox.c. */
#define LEAST_SPREAD 1e-8

typedef struct {
    const fp_cox_made *made;
    ptrdiff_t p, count;
    double *weight;                   /* count x p, row after row */
    double *beta;                     /* p: 0 where not defined */
    double *var, *model;              /* p x p: 0 where not defined */
    bool *defined;                    /* count */
    double *estimate, *se, *model_se; /* count */
    double df;                        /* NaN: normal */
} work;

static fp_status create(work *w, fp_arena *arena, fp_err *err)
{
    FP_ARRAY(w->weight, arena, w->count * w->p, err);
    FP_ARRAY(w->beta, arena, w->p, err);
    FP_ARRAY(w->var, arena, w->p * w->p, err);
    FP_ARRAY(w->model, arena, w->p * w->p, err);
    FP_ARRAY(w->defined, arena, w->count, err);
    FP_ARRAY(w->estimate, arena, w->count, err);
    FP_ARRAY(w->se, arena, w->count, err);
    FP_ARRAY(w->model_se, arena, w->count, err);
    return FP_OK;
}

/* Estimates and covariances with 0 for a coefficient that has none. */
static void load_estimates(work *w)
{
    const fp_cox_made *made = w->made;
    const double *var = made->small_var ? made->small_var : made->var;
    w->df = made->small_var ? made->small_df : FP_NUM_NAN;
    for (ptrdiff_t j = 0; j < w->p; j++) {
        if (!made->defined[j])
            continue;
        w->beta[j] = made->fit->beta[j];
        for (ptrdiff_t i = 0; i < w->p; i++) {
            if (!made->defined[i])
                continue;
            w->var[i + j * w->p] = var[i + j * w->p];
            w->model[i + j * w->p] = made->fit->var[i + j * w->p];
        }
    }
}

/* A contrast is defined when all coefficients in it are. */
static fp_status check_defined(work *w, fp_err *err)
{
    for (ptrdiff_t k = 0; k < w->count; k++) {
        w->defined[k] = true;
        for (ptrdiff_t j = 0; j < w->p && w->defined[k]; j++)
            if (w->weight[j + k * w->p] != 0 && !w->made->defined[j]) {
                w->defined[k] = false;
                FP_TRY(fp_warnings_add(w->made->warnings, err,
                                       "the contrast %s has no estimate, because %s has none",
                                       w->made->options->contrasts[k], w->made->design->column[j]));
            }
    }
    return FP_OK;
}

static fp_contrast contrast_of(const work *w, ptrdiff_t k)
{
    fp_contrast c = {w->made->options->contrasts[k],
                     FP_NUM_NAN,
                     FP_NUM_NAN,
                     FP_NUM_NAN,
                     w->df,
                     FP_NUM_NAN,
                     FP_NUM_NAN,
                     FP_NUM_NAN,
                     FP_NUM_NAN,
                     FP_NUM_NAN,
                     FP_NUM_NAN};
    if (!w->defined[k])
        return c;
    c.estimate = w->estimate[k];
    c.se = w->se[k];
    c.exp_estimate = exp(c.estimate);
    bool t = !isnan(w->df);
    if (!(c.se > LEAST_SPREAD * w->model_se[k]) || (t && !(w->df > 0)))
        return c;
    double q = 0.5 + w->made->options->common.level / 2;
    double reach = c.se * (t ? fp_t_quantile(q, w->df) : fp_normal_quantile(q));
    c.statistic = c.estimate / c.se;
    c.p = t ? fp_t_two_sided(c.statistic, w->df) : fp_normal_two_sided(c.statistic);
    c.lower = c.estimate - reach;
    c.upper = c.estimate + reach;
    c.exp_lower = exp(c.lower);
    c.exp_upper = exp(c.upper);
    return c;
}

/* All contrasts together; missing where one of them is. */
static void joint_test(const work *w, double chisq, ptrdiff_t df, const fp_contrast *contrasts,
                       fp_result *result)
{
    result->has_contrast_test = w->count > 1;
    result->contrast_denominator_df = w->df;
    result->contrast_test = (fp_test){FP_NUM_NAN, (double)df, FP_NUM_NAN};
    for (ptrdiff_t k = 0; k < w->count; k++)
        if (isnan(contrasts[k].p))
            return;
    result->contrast_test.chisq = chisq;
    result->contrast_test.p = isnan(w->df) ? fp_chisq_upper(chisq, (double)df)
                                           : fp_f_upper(chisq / (double)df, (double)df, w->df);
}

static fp_status estimate_all(work *w, fp_arena *scratch, fp_result *result, fp_err *err)
{
    fp_contrast *contrasts;
    double chisq, ignored;
    ptrdiff_t df, none;
    FP_ARRAY(contrasts, w->made->arena, w->count, err);
    FP_TRY(check_defined(w, err));
    load_estimates(w);
    FP_TRY(fp_contrast_test(w->p, w->beta, w->model, w->count, w->weight, scratch, w->estimate,
                            w->model_se, &ignored, &none, err));
    FP_TRY(fp_contrast_test(w->p, w->beta, w->var, w->count, w->weight, scratch, w->estimate, w->se,
                            &chisq, &df, err));
    for (ptrdiff_t k = 0; k < w->count; k++)
        contrasts[k] = contrast_of(w, k);
    joint_test(w, chisq, df, contrasts, result);
    result->contrasts = contrasts;
    result->contrast_count = w->count;
    return FP_OK;
}

fp_status fp_cox_add_contrasts(const fp_cox_made *made, fp_result *result, fp_err *err)
{
    const fp_cox_model_options *o = made->options;
    work w = {.made = made, .p = made->design->p, .count = o->contrast_count};
    if (w.count == 0)
        return FP_OK;
    if (w.p == 0) {
        (void)fp_fail(err, FP_INPUT, "--contrast \"%s\": the formula has no coefficients",
                      fp_shown_of(o->contrasts[0]).s);
        return fp_hint(err, FP_INPUT, "put terms right of '~'");
    }
    FP_ARENA_SCOPED(scratch, FP_GIB, err);
    FP_TRY(create(&w, scratch, err));
    for (ptrdiff_t k = 0; k < w.count; k++)
        FP_TRY(fp_contrast_read(o->contrasts[k], w.p, made->design->column, scratch,
                                w.weight + k * w.p, err));
    if (!made->has_estimates)
        return FP_OK;
    return estimate_all(&w, scratch, result, err);
}
