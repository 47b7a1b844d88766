#include "model/linear_priv.h"

#include <math.h>
#include <string.h>

#include "base/num.h"
#include "model/design.h"
#include "stats/contrast.h"
#include "stats/dist.h"
#include "stats/estimable.h"

/* As FP_NO_SPREAD, of a sum of coefficients that may cancel. */
#define LEAST_SPREAD 1e-10

fp_status fp_linear_open(const fp_result *result, fp_arena *arena, fp_linear *out, fp_err *err)
{
    const fp_result *r = result;
    fp_linear linear = {.result = result, .p = result->term_count}, *w = &linear;
    const double *var = r->small_sample ? r->small_covariance : r->covariance;
    FP_ARRAY(w->beta, arena, w->p, err);
    FP_ARRAY(w->var, arena, w->p * w->p, err);
    FP_ARRAY(w->defined, arena, w->p, err);
    bool cr2 = r->small_sample && strcmp(r->small_sample, "cr2") == 0;
    w->df = HUGE_VAL;
    for (ptrdiff_t j = 0; j < w->p; j++) {
        double df = r->small_sample ? r->small_terms[j].df : r->terms[j].df;
        w->defined[j] = isfinite(r->terms[j].estimate);
        if (!w->defined[j])
            continue;
        w->beta[j] = r->terms[j].estimate;
        if (r->small_sample || df > 0)
            w->df = cr2 ? HUGE_VAL : df;
        for (ptrdiff_t i = 0; i < w->p; i++)
            if (isfinite(r->terms[i].estimate))
                w->var[i + j * w->p] = var[i + j * w->p];
    }
    w->quantile_at = 0.5 + r->level / 2;
    FP_TRY(fp_estimable_basis(r->design->n, w->p, r->design->columns, w->defined, arena, &w->lost,
                              &w->basis, err));
    *out = linear;
    return FP_OK;
}

bool fp_linear_known(const fp_linear *from, const double *l)
{
    return fp_estimable(from->p, from->lost, from->basis, l);
}

double fp_linear_reach(const fp_linear *from, fp_linear_value value)
{
    return value.df > 0 ? fp_t_quantile(from->quantile_at, value.df) * value.se : FP_NUM_NAN;
}

double fp_linear_p(fp_linear_value value)
{
    return value.df > 0 && value.se > 0 ? fp_t_two_sided(value.value / value.se, value.df)
                                        : FP_NUM_NAN;
}

/* One number for all; under CR2, where each coefficient has its own, the smallest of those in the
 * function. */
static double least_df(const fp_linear *w, const double *l)
{
    const fp_result *r = w->result;
    double df = w->df;
    if (!r->small_sample || strcmp(r->small_sample, "cr2") != 0)
        return df;
    for (ptrdiff_t j = 0; j < w->p; j++)
        if (w->defined[j] && fabs(l[j]) > 1e-10)
            df = fmin(df, r->small_terms[j].df);
    return df;
}

/* One covariance for all. */
static fp_status by_wald(const fp_linear *w, ptrdiff_t count, const double *l, fp_arena *scratch,
                         double *value, double *se, double *df, fp_lmm_joint *joint, fp_err *err)
{
    double chisq;
    ptrdiff_t rank;
    FP_TRY(
        fp_contrast_test(w->p, w->beta, w->var, count, l, scratch, value, se, &chisq, &rank, err));
    double least = w->df;
    for (ptrdiff_t k = 0; k < count; k++) {
        df[k] = least_df(w, l + k * w->p);
        least = fmin(least, df[k]);
    }
    *joint = (fp_lmm_joint){chisq / (double)rank, (double)rank, least, FP_NUM_NAN};
    return FP_OK;
}

/* Those of a mixed model. Where groups with a variance of 0 keep their level, so does a function
 * with weight on columns that are constant within them (docs/methods/lmm.md, eq. 22). */
static fp_status by_lmm(const fp_linear *w, ptrdiff_t count, const double *l, fp_arena *scratch,
                        double *value, double *se, double *df, fp_lmm_joint *joint, fp_err *err)
{
    const fp_lmm_result *r = w->result->lmm;
    double *kr, most;
    FP_TRY(fp_lmm_contrast(r->fit, r->method, count, l, value, se, df, joint, err));
    if (!r->kept_group)
        return FP_OK;
    most = (double)(r->kept_groups - 1 - r->kept_columns);
    FP_ARRAY(kr, scratch, 3 * count, err);
    FP_TRY(
        fp_lmm_contrast(r->fit, FP_LMM_DF_KR, count, l, kr, kr + count, kr + 2 * count, NULL, err));
    for (ptrdiff_t k = 0; k < count; k++) {
        bool between = false;
        for (ptrdiff_t j = 0; j < w->p; j++)
            between = between || (r->kept[j] && fabs(l[j + k * w->p]) > 1e-10);
        if (!between)
            continue;
        df[k] = fmin(fmin(df[k], kr[k + 2 * count]), most);
        joint->df2 = fmin(joint->df2, df[k]);
    }
    return FP_OK;
}

/* A standard error of rounding only, beside those of the model: the clusters do not tell it. */
static bool has_spread(const fp_linear *w, const double *l, double se)
{
    double sum = 0;
    for (ptrdiff_t j = 0; j < w->p; j++) {
        const fp_term *term = &w->result->terms[j];
        double own = isfinite(term->naive_se) ? term->naive_se : term->se;
        if (w->defined[j] && isfinite(own))
            sum += l[j] * l[j] * own * own;
    }
    return se > LEAST_SPREAD * sqrt(sum);
}

fp_status fp_linear_estimate(const fp_linear *w, ptrdiff_t count, const double *l,
                             fp_linear_value *out, fp_lmm_joint *joint, fp_err *err)
{
    FP_ARENA_SCOPED(scratch, FP_GIB, err);
    double *own, *value, *se, *df;
    fp_lmm_joint all;
    FP_ARRAY(own, scratch, count * w->p, err);
    FP_ARRAY(value, scratch, count, err);
    FP_ARRAY(se, scratch, count, err);
    FP_ARRAY(df, scratch, count, err);
    for (ptrdiff_t i = 0; i < count * w->p; i++)
        own[i] = w->defined[i % w->p] ? l[i] : 0;
    if (w->result->lmm)
        FP_TRY(by_lmm(w, count, own, scratch, value, se, df, &all, err));
    else
        FP_TRY(by_wald(w, count, own, scratch, value, se, df, &all, err));
    all.p = fp_f_upper(all.f, all.df1, all.df2);
    for (ptrdiff_t k = 0; out && k < count; k++)
        out[k] = (fp_linear_value){value[k], has_spread(w, l + k * w->p, se[k]) ? se[k] : 0, df[k]};
    if (joint)
        *joint = all;
    return FP_OK;
}
