#include <math.h>

#include "base/num.h"
#include "model/contrasts_priv.h"
#include "model/formula_priv.h"
#include "model/linear_priv.h"
#include "stats/dist.h"

/* ---- of any model ---- */

fp_status fp_contrast_set_read(ptrdiff_t count, const char *const *text, ptrdiff_t p,
                               const char *const *name, fp_arena *scratch, fp_contrast_set *out,
                               fp_err *err)
{
    fp_contrast_set set = {.p = p, .count = count, .text = text, .name = name};
    if (p == 0) {
        (void)fp_fail(err, FP_INPUT, "--contrast \"%s\": the formula has no coefficients",
                      fp_shown_of(text[0]).s);
        return fp_hint(err, FP_INPUT, "put terms right of '~'");
    }
    FP_ARRAY(set.weight, scratch, count * p, err);
    FP_ARRAY(set.defined, scratch, count, err);
    for (ptrdiff_t k = 0; k < count; k++)
        FP_TRY(fp_contrast_read(text[k], p, name, scratch, set.weight + k * p, err));
    *out = set;
    return FP_OK;
}

fp_status fp_contrast_set_check(const fp_contrast_set *set, const bool *defined,
                                fp_warnings *warnings, fp_err *err)
{
    for (ptrdiff_t k = 0; k < set->count; k++) {
        set->defined[k] = true;
        for (ptrdiff_t j = 0; j < set->p && set->defined[k]; j++)
            if (set->weight[j + k * set->p] != 0 && !defined[j]) {
                set->defined[k] = false;
                FP_TRY(fp_warnings_add(warnings, err,
                                       "the contrast %s has no estimate, because %s has none",
                                       set->text[k], set->name[j]));
            }
    }
    return FP_OK;
}

fp_contrast fp_contrast_of(const char *text, double estimate, double se, double df, double level)
{
    fp_contrast c = {text,       estimate,   se,         FP_NUM_NAN, df,        FP_NUM_NAN,
                     FP_NUM_NAN, FP_NUM_NAN, FP_NUM_NAN, FP_NUM_NAN, FP_NUM_NAN};
    bool t = !isnan(df);
    c.exp_estimate = exp(estimate);
    if (!(se > 0) || (t && !(df > 0)))
        return c;
    double q = 0.5 + level / 2;
    double reach = se * (t ? fp_t_quantile(q, df) : fp_normal_quantile(q));
    c.statistic = estimate / se;
    c.p = t ? fp_t_two_sided(c.statistic, df) : fp_normal_two_sided(c.statistic);
    c.lower = estimate - reach;
    c.upper = estimate + reach;
    c.exp_lower = exp(c.lower);
    c.exp_upper = exp(c.upper);
    return c;
}

void fp_contrast_set_put(const fp_contrast_set *set, const fp_contrast *contrasts, double chisq,
                         double df, double denominator, fp_result *result)
{
    bool known = true;
    result->contrasts = contrasts;
    result->contrast_count = set->count;
    result->has_contrast_test = set->count > 1;
    result->contrast_denominator_df = denominator;
    result->contrast_test = (fp_test){FP_NUM_NAN, df, FP_NUM_NAN};
    for (ptrdiff_t k = 0; k < set->count; k++)
        known = known && !isnan(contrasts[k].p);
    if (!known)
        return;
    result->contrast_test.chisq = chisq;
    result->contrast_test.p =
        isnan(denominator) ? fp_chisq_upper(chisq, df) : fp_f_upper(chisq / df, df, denominator);
}

/* ---- of a regression on a mean ---- */

/* Degrees of freedom as a contrast has them: NaN where the normal distribution is behind p. */
static double freedom(double df)
{
    return isinf(df) ? FP_NUM_NAN : isnan(df) ? 0 : df;
}

static fp_status estimate_all(const fp_contrast_set *set, fp_arena *arena, fp_result *result,
                              fp_err *err)
{
    FP_ARENA_SCOPED(scratch, FP_GIB, err);
    fp_linear linear;
    fp_linear_value *value;
    fp_lmm_joint joint;
    fp_warnings warnings;
    fp_contrast *contrasts;
    bool ratio = fp_link_is_ratio(fp_result_link(result));
    FP_TRY(fp_warnings_resume(&warnings, result, arena, err));
    FP_TRY(fp_linear_open(result, scratch, &linear, err));
    FP_TRY(fp_contrast_set_check(set, linear.defined, &warnings, err));
    FP_ARRAY(contrasts, arena, set->count, err);
    FP_ARRAY(value, scratch, set->count, err);
    FP_TRY(fp_linear_estimate(&linear, set->count, set->weight, value, &joint, err));
    for (ptrdiff_t k = 0; k < set->count; k++) {
        bool known = set->defined[k];
        contrasts[k] =
            fp_contrast_of(set->text[k], known ? value[k].value : FP_NUM_NAN,
                           known ? value[k].se : FP_NUM_NAN, freedom(value[k].df), result->level);
        if (!ratio)
            contrasts[k].exp_estimate = contrasts[k].exp_lower = contrasts[k].exp_upper =
                FP_NUM_NAN;
    }
    fp_contrast_set_put(set, contrasts, joint.f * joint.df1, joint.df1, freedom(joint.df2), result);
    return fp_warnings_finish(&warnings, result, err);
}

fp_status fp_contrasts_add(ptrdiff_t count, const char *const *text, fp_arena *arena,
                           fp_result *result, fp_err *err)
{
    FP_ARENA_SCOPED(scratch, FP_GIB, err);
    fp_contrast_set set;
    if (count == 0)
        return FP_OK;
    FP_TRY(fp_contrast_set_read(count, text, result->design->p, result->design->column, scratch,
                                &set, err));
    if (result->term_count == 0) /* no estimates: the result says why */
        return FP_OK;
    return estimate_all(&set, arena, result, err);
}
