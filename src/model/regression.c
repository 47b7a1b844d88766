#include <math.h>

#include "base/num.h"
#include "model/formula_priv.h"
#include "model/regression_priv.h"
#include "model/separation_priv.h"
#include "stats/contrast.h"
#include "stats/dist.h"

/* ---- the design ---- */

static bool varies(const double *y, ptrdiff_t n)
{
    for (ptrdiff_t i = 1; i < n; i++)
        if (y[i] < y[0] || y[i] > y[0])
            return true;
    return false;
}

static fp_status fail_response(const fp_design *design, fp_err *err)
{
    if (design->response == FP_RESPONSE_NONE)
        (void)fp_fail_at(err, FP_INPUT, NULL, 0, 1, "formula, character 1: the outcome is missing");
    else
        (void)fp_fail_at(err, FP_INPUT, NULL, 0, 1,
                         "formula, character 1: a survival time is no outcome of this model");
    return fp_hint(err, FP_INPUT, "write y ~ ..., y a number; cox takes Surv(time, event) ~ ...");
}

fp_status fp_regression_design(const fp_table *table, const char *formula,
                               const fp_design_options *options, fp_arena *arena, fp_design *design,
                               fp_warnings *warnings, fp_err *err)
{
    const fp_formula *parsed;
    char text[40];
    if (fp_table_warning(table))
        FP_TRY(fp_warnings_add(warnings, err, "%s", fp_table_warning(table)));
    FP_TRY(fp_formula_parse(formula, arena, &parsed, err));
    FP_TRY(fp_design_build(parsed, table, options, arena, design, err));
    if (design->response != FP_RESPONSE_NUMBER)
        return fail_response(design, err);
    if (design->dropped > 0)
        FP_TRY(fp_warnings_add(warnings, err,
                               "%td row%s left out: a value that the formula needs is missing",
                               design->dropped, design->dropped == 1 ? " was" : "s were"));
    if (varies(design->stop, design->n))
        return FP_OK;
    fp_num_shortest(design->stop[0], 15, text);
    (void)fp_fail_at(err, FP_INPUT, fp_table_name(table), 0, 0,
                     "the outcome %s is %s in every row used: there is nothing to explain",
                     fp_shown_of(design->response_label).s, text);
    return fp_hint(err, FP_INPUT, "look at the rows that were left out, or take another outcome");
}

fp_link fp_regression_link(fp_family family, int link)
{
    return link < 0 ? fp_family_link(family) : (fp_link)link;
}

static bool can_occur(fp_family family, double y, bool weighted)
{
    switch (family) {
    case FP_FAMILY_BINOMIAL:
        return weighted ? y >= 0 && y <= 1 : y == 0 || y == 1;
    case FP_FAMILY_POISSON:
        return y >= 0;
    case FP_FAMILY_GAMMA:
        return y > 0;
    case FP_FAMILY_GAUSSIAN:
        break;
    }
    return true;
}

static fp_status fail_outcome(const fp_design *design, const fp_table *table, ptrdiff_t i,
                              fp_family family, fp_err *err)
{
    static const char *const wants[] = {
        [FP_FAMILY_GAUSSIAN] = "a number",
        [FP_FAMILY_BINOMIAL] = "0 or 1",
        [FP_FAMILY_POISSON] = "a count, 0 or more",
        [FP_FAMILY_GAMMA] = "a number above 0",
    };
    char text[40];
    const char *label = fp_shown_of(design->response_label).s;
    fp_num_shortest(design->stop[i], 15, text);
    (void)fp_fail_at(err, FP_INPUT, fp_table_name(table), fp_table_line(table, design->row[i]), 0,
                     "the outcome is %s; that of the %s family is %s", text,
                     fp_family_names()[family], wants[family]);
    fp_err_field(err, label);
    if (family == FP_FAMILY_BINOMIAL)
        return fp_hint(err, FP_INPUT,
                       "say which value is the event, as in  I(%s == %s) ~ ...; shares take "
                       "--weights with the number that each is of",
                       fp_shown_of(design->response_label).s, text);
    return fp_hint(err, FP_INPUT, "correct it, or take another --family");
}

fp_status fp_regression_check(const fp_design *design, const fp_table *table, fp_family family,
                              fp_link link, fp_err *err)
{
    char list[128] = "";
    size_t used = 0;
    for (ptrdiff_t i = 0; i < design->n; i++)
        if (!can_occur(family, design->stop[i], design->weight != NULL))
            return fail_outcome(design, table, i, family, err);
    if (fp_family_has_link(family, link))
        return FP_OK;
    for (int k = 0; fp_link_names()[k]; k++)
        if (fp_family_has_link(family, (fp_link)k))
            used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", used ? ", " : "",
                                     fp_link_names()[k]);
    (void)fp_fail(err, FP_USAGE, "the %s family has no %s link", fp_family_names()[family],
                  fp_link_names()[link]);
    return fp_hint(err, FP_USAGE, "one of %s", list);
}

static bool has_intercept(const fp_design *design)
{
    return design->p > 0 && design->column_term[0] < 0;
}

fp_regression fp_regression_view(const fp_design *design, fp_family family, fp_link link,
                                 int threads)
{
    return (fp_regression){.n = design->n,
                           .p = design->p,
                           .column = design->columns,
                           .y = design->stop,
                           .weight = design->weight,
                           .offset = design->offset,
                           .family = family,
                           .link = link,
                           .intercept = has_intercept(design),
                           .threads = threads};
}

/* ---- terms ---- */

void fp_term_test_of(fp_term *term, double se, double df, double level)
{
    if (df == 0) {
        fp_term_normal(term, se, level);
        return;
    }
    term->df = df;
    if (!(df > 0))
        return;
    double t = fp_t_quantile(0.5 + level / 2, df);
    term->statistic = term->estimate / se;
    term->p = fp_t_two_sided(term->statistic, df);
    term->lower = term->estimate - t * se;
    term->upper = term->estimate + t * se;
    term->exp_lower = exp(term->lower);
    term->exp_upper = exp(term->upper);
}

/* The columns of one term that have an estimate, as contrasts of their own. */
static ptrdiff_t pick(const fp_design *design, int32_t term, const double *beta, double *weight)
{
    ptrdiff_t count = 0, p = design->p;
    for (ptrdiff_t j = 0; j < p; j++) {
        if (design->column_term[j] != term || isnan(beta[j]))
            continue;
        for (ptrdiff_t k = 0; k < p; k++)
            weight[k + count * p] = k == j ? 1 : 0;
        count++;
    }
    return count;
}

static fp_term_test test_of(const char *term, double chisq, double rank, double df)
{
    fp_term_test test = {term, FP_NUM_NAN, rank, df, FP_NUM_NAN};
    if (!(rank > 0) || !isfinite(chisq) || df < 0 || isnan(df))
        return test;
    test.chisq = chisq;
    test.p = df > 0 ? fp_f_upper(chisq / rank, rank, df) : fp_chisq_upper(chisq, rank);
    return test;
}

fp_status fp_regression_tests(const fp_design *design, const double *beta, const double *var,
                              double df, fp_arena *arena, fp_result *result, fp_err *err)
{
    ptrdiff_t p = design->p, rank;
    fp_term_test *tests;
    double *weight, *estimate, *se, *known, *known_var, chisq;
    FP_ARRAY(tests, arena, design->terms, err);
    FP_ARENA_SCOPED(scratch, FP_GIB, err);
    FP_ARRAY(weight, scratch, p * p, err);
    FP_ARRAY(estimate, scratch, p, err);
    FP_ARRAY(se, scratch, p, err);
    FP_ARRAY(known, scratch, p, err);
    FP_ARRAY(known_var, scratch, p * p, err);
    for (ptrdiff_t j = 0; j < p; j++) {
        known[j] = isnan(beta[j]) ? 0 : beta[j];
        for (ptrdiff_t i = 0; i < p; i++)
            known_var[i + j * p] = isnan(beta[j]) || isnan(beta[i]) ? 0 : var[i + j * p];
    }
    for (int32_t t = 0; t < design->terms; t++) {
        ptrdiff_t count = pick(design, t, beta, weight);
        chisq = FP_NUM_NAN;
        rank = 0;
        if (count > 0)
            FP_TRY(fp_contrast_test(p, known, known_var, count, weight, scratch, estimate, se,
                                    &chisq, &rank, err));
        tests[t] = test_of(design->term[t], chisq, (double)rank, df);
    }
    result->term_tests = tests;
    result->term_test_count = design->terms;
    return FP_OK;
}

fp_status fp_regression_covariance(ptrdiff_t p, const double *beta, const double *var,
                                   fp_arena *arena, fp_result *result, fp_err *err)
{
    double *covariance;
    FP_ARRAY(covariance, arena, p * p, err);
    for (ptrdiff_t j = 0; j < p; j++)
        for (ptrdiff_t i = 0; i < p; i++)
            covariance[i + j * p] = isnan(beta[i]) || isnan(beta[j]) ? FP_NUM_NAN : var[i + j * p];
    result->covariance = covariance;
    return FP_OK;
}

fp_status fp_regression_warn_aliased(const fp_design *design, const double *beta,
                                     fp_warnings *warnings, fp_err *err)
{
    for (ptrdiff_t j = 0; j < design->p; j++)
        if (isnan(beta[j]))
            FP_TRY(fp_warnings_add(warnings, err,
                                   "%s follows from the terms before it: it has no coefficient of "
                                   "its own",
                                   design->column[j]));
    return FP_OK;
}

fp_status fp_regression_warn_unsolved(const fp_unsolved *fit, fp_warnings *warnings, fp_err *err)
{
    if (fit->no_start)
        return fp_warnings_add(warnings, err,
                               "no coefficients were found with which every mean is one of the %s "
                               "family: take another --link",
                               fit->family);
    if (fit->edge)
        return fp_warnings_add(warnings, err,
                               "the fit did not converge: the best coefficients lie where a fitted "
                               "mean leaves the range of the %s family; do not use the numbers",
                               fit->family);
    return fp_warnings_add(warnings, err,
                           "the fit did not converge in %d iterations: do not use the numbers",
                           fit->iterations);
}

fp_status fp_regression_warn_exact(double df_residual, fp_warnings *warnings, fp_err *err)
{
    if (df_residual > 0)
        return fp_warnings_add(warnings, err,
                               "the terms give every outcome exactly: no residuals are left to "
                               "estimate a standard error from");
    return fp_warnings_add(warnings, err,
                           "there are as many coefficients as rows: nothing is left to estimate a "
                           "standard error from");
}

const char *fp_ratio_name(fp_family family, fp_link link)
{
    if (link == FP_LINK_LOGIT)
        return "odds ratio";
    if (link == FP_LINK_CLOGLOG)
        return "hazard ratio";
    if (link != FP_LINK_LOG)
        return NULL;
    return family == FP_FAMILY_BINOMIAL  ? "risk ratio"
           : family == FP_FAMILY_POISSON ? "rate ratio"
                                         : "ratio of means";
}

fp_status fp_regression_warn_separated(const fp_design *design, const fp_table *table,
                                       fp_family family, fp_link link, const double *beta,
                                       const bool *diverges, fp_warnings *warnings, fp_err *err)
{
    const char *ratio = fp_ratio_name(family, link);
    int32_t *event;
    FP_ARENA_SCOPED(scratch, 16 * FP_GIB, err);
    FP_ARRAY(event, scratch, design->n, err);
    for (ptrdiff_t i = 0; i < design->n; i++)
        event[i] = design->stop[i] > 0;
    fp_separation separation = {.design = design,
                                .table = table,
                                .beta = beta,
                                .diverges = diverges,
                                .event = event,
                                .what = ratio ? ratio : "coefficient",
                                .is_ratio = ratio != NULL,
                                .binary = family == FP_FAMILY_BINOMIAL};
    return fp_separation_say(&separation, warnings, err);
}
