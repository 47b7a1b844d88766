#include <math.h>

#include "base/num.h"
#include "model/contrasts_priv.h"
#include "model/survival_cox_priv.h"
#include "stats/contrast.h"

/* A standard error of rounding only: see fp_hazard_terms(). */
#define LEAST_SPREAD 1e-8

typedef struct {
    const fp_cox_made *made;
    fp_contrast_set set;
    ptrdiff_t p, count;
    double *beta;                     /* p: 0 where not defined */
    double *var, *model;              /* p x p: 0 where not defined */
    double *estimate, *se, *model_se; /* count */
    double df;                        /* NaN: normal */
} work;

static fp_status create(work *w, fp_arena *arena, fp_err *err)
{
    FP_ARRAY(w->beta, arena, w->p, err);
    FP_ARRAY(w->var, arena, w->p * w->p, err);
    FP_ARRAY(w->model, arena, w->p * w->p, err);
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

static fp_contrast contrast_of(const work *w, ptrdiff_t k)
{
    bool known = w->set.defined[k], spread = w->se[k] > LEAST_SPREAD * w->model_se[k];
    fp_contrast c = fp_contrast_of(w->set.text[k], known ? w->estimate[k] : FP_NUM_NAN,
                                   known && spread ? w->se[k] : FP_NUM_NAN, w->df,
                                   w->made->options->common.level);
    c.se = known ? w->se[k] : FP_NUM_NAN;
    return c;
}

static fp_status estimate_all(work *w, fp_arena *scratch, fp_result *result, fp_err *err)
{
    fp_contrast *contrasts;
    double chisq, ignored;
    ptrdiff_t df, none;
    FP_ARRAY(contrasts, w->made->arena, w->count, err);
    FP_TRY(fp_contrast_set_check(&w->set, w->made->defined, w->made->warnings, err));
    load_estimates(w);
    FP_TRY(fp_contrast_test(w->p, w->beta, w->model, w->count, w->set.weight, scratch, w->estimate,
                            w->model_se, &ignored, &none, err));
    FP_TRY(fp_contrast_test(w->p, w->beta, w->var, w->count, w->set.weight, scratch, w->estimate,
                            w->se, &chisq, &df, err));
    for (ptrdiff_t k = 0; k < w->count; k++)
        contrasts[k] = contrast_of(w, k);
    fp_contrast_set_put(&w->set, contrasts, chisq, (double)df, w->df, result);
    return FP_OK;
}

fp_status fp_cox_add_contrasts(const fp_cox_made *made, fp_result *result, fp_err *err)
{
    const fp_cox_model_options *o = made->options;
    work w = {.made = made, .p = made->design->p, .count = o->contrast_count};
    if (w.count == 0)
        return FP_OK;
    FP_ARENA_SCOPED(scratch, FP_GIB, err);
    FP_TRY(fp_contrast_set_read(w.count, o->contrasts, w.p, made->design->column, scratch, &w.set,
                                err));
    FP_TRY(create(&w, scratch, err));
    if (!made->has_estimates)
        return FP_OK;
    return estimate_all(&w, scratch, result, err);
}
