#include <math.h>
#include <string.h>

#include "base/num.h"
#include "model/formula_priv.h"
#include "model/regression_lmm_priv.h"
#include "stats/dist.h"

/* One analysis on its way from options to result. */
typedef struct {
    const fp_table *table;
    const fp_lmm_model_options *options;
    fp_arena *arena;
    fp_design *design;
    fp_lmm_data *data;
    fp_lmm_fit *fit;
    fp_lmm_df method;
    double *df; /* p: behind the terms */
    fp_lmm_result *lmm;
    fp_warnings warnings;
    fp_result result;
} work;

fp_lmm_model_options fp_lmm_model_defaults(void)
{
    return (fp_lmm_model_options){.common = fp_model_common_defaults(), .residuals = -1};
}

/* ---- checks before any computing ---- */

static fp_status check_options(const fp_lmm_model_options *o, fp_err *err)
{
    if (o->common.id) {
        (void)fp_fail(err, FP_USAGE, "lmm takes no id: the formula names the groups of the rows");
        return fp_hint(err, FP_USAGE, "(1 | %s) in the formula", o->common.id);
    }
    if (o->residual == FP_LMM_INDEPENDENT && (o->subject || o->wave)) {
        (void)fp_fail(err, FP_USAGE, "%s goes with a residual structure",
                      o->subject ? "--subject" : "--wave");
        return fp_hint(err, FP_USAGE, "add --residual unstructured, ar1, cs or diag");
    }
    if (o->residual != FP_LMM_INDEPENDENT && (!o->subject || !o->wave)) {
        (void)fp_fail(err, FP_USAGE, "a residual structure needs to know who was measured when");
        return fp_hint(err, FP_USAGE, "add --subject COLUMN and --wave COLUMN");
    }
    if (o->ml && o->df == FP_LMM_KR) {
        (void)fp_fail(err, FP_USAGE, "the degrees of freedom of Kenward and Roger rest on REML");
        return fp_hint(err, FP_USAGE, "leave --ml out, or take --df satterthwaite");
    }
    return FP_OK;
}

static fp_status check_roles(const work *w, fp_err *err)
{
    const fp_design *d = w->design;
    if (d->cluster || d->stratum) {
        (void)fp_fail(err, FP_INPUT, "a mixed model takes no %s",
                      d->cluster ? "cluster()" : "strata()");
        return fp_hint(err, FP_INPUT, "groups are random effects: (1 | coach)");
    }
    if (d->random_count > 0 || w->options->residual != FP_LMM_INDEPENDENT)
        return FP_OK;
    (void)fp_fail_at(err, FP_INPUT, NULL, 0, 1,
                     "formula, character 1: there is no random effect such as (1 | coach)");
    return fp_hint(err, FP_INPUT, "or ask for --residual by wave; glm is the model without either");
}

/* ---- subjects and waves ---- */

static fp_status check_twice(const work *w, const ptrdiff_t *seen, fp_err *err)
{
    const fp_design *d = w->design;
    for (ptrdiff_t i = 0; i < d->n; i++) {
        ptrdiff_t first = seen[(ptrdiff_t)d->subject[i] * d->waves + d->wave[i]] - 1;
        const char *who;
        if (first == i)
            continue;
        FP_TRY(fp_random_label(w->table, d->subject_group, d->subject[i], w->arena, &who, err));
        (void)fp_fail_at(err, FP_INPUT, fp_table_name(w->table), fp_table_line(w->table, d->row[i]),
                         0, "%s has wave %s a second time; the first is on line %ld",
                         fp_shown_of(who).s, fp_shown_of(d->wave_label[d->wave[i]]).s,
                         fp_table_line(w->table, d->row[first]));
        return fp_hint(err, FP_INPUT, "keep one row a subject and wave");
    }
    return FP_OK;
}

/* That each pair of waves is seen together, where its covariance is a parameter of its own; for the
 * others that any is. */
static fp_status check_pairs(const work *w, const ptrdiff_t *seen, fp_err *err)
{
    const fp_design *d = w->design;
    bool any = false;
    for (int32_t a = 0; a < d->waves; a++)
        for (int32_t b = 0; b < a; b++) {
            bool both = false;
            for (int32_t s = 0; s < d->subjects && !both; s++)
                both = seen[(ptrdiff_t)s * d->waves + a] && seen[(ptrdiff_t)s * d->waves + b];
            any = any || both;
            if (both || w->options->residual != FP_LMM_UNSTRUCTURED)
                continue;
            (void)fp_fail(err, FP_INPUT,
                          "nobody was seen at both wave %s and wave %s: their "
                          "covariance cannot be estimated",
                          fp_shown_of(d->wave_label[b]).s, fp_shown_of(d->wave_label[a]).s);
            return fp_hint(err, FP_INPUT, "take --residual ar1 or cs");
        }
    if (any || w->options->residual == FP_LMM_DIAGONAL)
        return FP_OK;
    (void)fp_fail(err, FP_INPUT, "no %s has more than one wave: there is no covariance to estimate",
                  w->options->subject);
    return fp_hint(err, FP_INPUT, "glm takes independent rows");
}

/* Distances between waves in units of the smallest; waves that are no numbers are one apart. */
static fp_status wave_distances(const work *w, const double **out, fp_err *err)
{
    const fp_design *d = w->design;
    double *at, least = (double)INFINITY;
    bool numbers = true;
    FP_ARRAY(at, w->arena, d->waves, err);
    for (int32_t t = 0; t < d->waves; t++)
        numbers = numbers && fp_num_parse(fp_str_of(d->wave_label[t]), '.', &at[t]);
    for (int32_t t = 0; numbers && t + 1 < d->waves; t++)
        least = fmin(least, at[t + 1] - at[t]);
    for (int32_t t = d->waves - 1; t >= 0; t--)
        at[t] = numbers ? (at[t] - at[0]) / least : t;
    *out = at;
    return FP_OK;
}

enum { WAVES_MOST = 12 };

static fp_status load_structure(work *w, fp_err *err)
{
    const fp_design *d = w->design;
    ptrdiff_t *seen;
    if (w->options->residual == FP_LMM_INDEPENDENT)
        return FP_OK;
    if (d->waves < 2 || d->waves > WAVES_MOST) {
        (void)fp_fail(err, FP_INPUT,
                      "%s has %d different values; a residual structure takes 2 to "
                      "%d waves",
                      w->options->wave, d->waves, WAVES_MOST);
        return fp_hint(err, FP_INPUT, "a random slope (1 + time | person) takes any times");
    }
    FP_ARRAY(seen, w->arena, (ptrdiff_t)d->subjects * d->waves, err);
    for (ptrdiff_t i = 0; i < d->n; i++) {
        ptrdiff_t *s = &seen[(ptrdiff_t)d->subject[i] * d->waves + d->wave[i]];
        *s = *s ? *s : i + 1;
    }
    FP_TRY(check_twice(w, seen, err));
    FP_TRY(check_pairs(w, seen, err));
    w->data->residual = w->options->residual;
    w->data->subject = d->subject;
    w->data->subjects = d->subjects;
    w->data->wave = d->wave;
    w->data->waves = d->waves;
    return wave_distances(w, &w->data->wave_at, err);
}

/* ---- data ---- */

static fp_status load_data(work *w, fp_err *err)
{
    const fp_design *d = w->design;
    fp_lmm_block *block;
    FP_ARRAY(w->data, w->arena, 1, err);
    FP_ARRAY(block, w->arena, d->random_count, err);
    *w->data = (fp_lmm_data){.n = d->n,
                             .p = d->p,
                             .x = d->columns,
                             .intercept = d->p > 0 && d->column_term[0] < 0,
                             .y = d->stop,
                             .weight = d->weight,
                             .blocks = d->random_count,
                             .block = block};
    for (ptrdiff_t b = 0; b < d->random_count; b++) {
        const fp_random *r = &d->random[b];
        if (r->width > FP_LMM_WIDTH) {
            (void)fp_formula_fail(err, r->at, "%td random effects a group, at most %d are possible",
                                  r->width, FP_LMM_WIDTH);
            return fp_hint(err, FP_INPUT, "for many waves take --residual");
        }
        block[b] = (fp_lmm_block){r->groups, r->code, r->width, r->effect};
    }
    if (d->offset) {
        double *y;
        FP_ARRAY(y, w->arena, d->n, err);
        for (ptrdiff_t i = 0; i < d->n; i++)
            y[i] = d->stop[i] - d->offset[i];
        w->data->y = y;
    }
    return load_structure(w, err);
}

/* ---- degrees of freedom ---- */

/* Degrees of freedom of rounding, where a variance is not told apart from the terms. */
#define LEAST_DF 1e-6

static bool has_fit(const work *w)
{
    return w->fit->state != FP_LMM_NO_SPREAD;
}

/* Whether column j of X is the same in all rows of each group. */
static fp_status constant_within(const work *w, const fp_random *r, ptrdiff_t j, bool *out,
                                 fp_err *err)
{
    double *first;
    bool *seen;
    FP_ARENA_SCOPED(scratch, 4 * FP_GIB, err);
    FP_ARRAY(first, scratch, r->groups, err);
    FP_ARRAY(seen, scratch, r->groups, err);
    *out = true;
    for (ptrdiff_t i = 0; i < w->design->n && *out; i++) {
        double x = w->design->columns[j][i];
        int32_t g = r->code[i];
        if (!seen[g])
            first[g] = x;
        seen[g] = true;
        *out = !(x < first[g] || x > first[g]);
    }
    return FP_OK;
}

/* The groupings whose intercepts have a variance of 0. */
static bool is_zero(const work *w, ptrdiff_t b)
{
    const fp_random *r = &w->design->random[b];
    return r->width == 1 && strcmp(r->name[0], "(Intercept)") == 0 &&
           !(w->fit->covariance[b][0] > 0);
}

/* df = min(Kenward-Roger, J - 1 - p) for the columns that do not vary within groups of variance 0:
 * their level is kept (docs/methods/lmm.md, eq. 22). */
static fp_status keep_level(work *w, ptrdiff_t b, const double *kr, fp_err *err)
{
    const fp_random *r = &w->design->random[b];
    ptrdiff_t p = w->design->p, constant = 0;
    bool *within;
    FP_ARRAY(within, w->arena, p, err);
    for (ptrdiff_t j = 0; j < p; j++) {
        FP_TRY(constant_within(w, r, j, &within[j], err));
        constant += within[j] && !isnan(w->fit->beta[j]) && w->design->column_term[j] >= 0;
    }
    double most = (double)(r->groups - 1 - constant);
    for (ptrdiff_t j = 0; j < p; j++)
        if (within[j])
            w->df[j] = fmin(fmin(w->df[j], kr[j]), most);
    if (!w->lmm->kept_group || r->groups < w->lmm->kept_groups) {
        w->lmm->kept_group = r->group;
        w->lmm->kept_groups = r->groups;
        w->lmm->kept_columns = constant;
        w->lmm->kept = within;
    }
    FP_TRY(fp_warnings_add(
        &w->warnings, err,
        "the variance between the %d groups of %s is estimated 0: degrees of freedom of terms that "
        "do not vary within them stay at their level, the lesser of Kenward and Roger's and %d - 1 "
        "- %td = %.0f; --df satterthwaite gives those of the rows",
        r->groups, r->group, r->groups, constant, most));
    if (most > 0)
        return FP_OK;
    return fp_warnings_add(&w->warnings, err,
                           "%d groups of %s are too few for these terms: no degrees of freedom are "
                           "left, so there is no p-value and no interval",
                           r->groups, r->group);
}

static fp_status keep_levels(work *w, const double *identity, fp_err *err)
{
    ptrdiff_t p = w->design->p;
    double *estimate, *se, *kr;
    bool any = false;
    for (ptrdiff_t b = 0; b < w->design->random_count; b++)
        any = any || is_zero(w, b);
    if (!any || w->options->df == FP_LMM_AS_R || w->options->df == FP_LMM_Z)
        return FP_OK;
    FP_ARRAY(estimate, w->arena, p, err);
    FP_ARRAY(se, w->arena, p, err);
    FP_ARRAY(kr, w->arena, p, err);
    FP_TRY(fp_lmm_contrast(w->fit, FP_LMM_DF_KR, p, identity, estimate, se, kr, NULL, err));
    for (ptrdiff_t b = 0; b < w->design->random_count; b++)
        if (is_zero(w, b))
            FP_TRY(keep_level(w, b, kr, err));
    return FP_OK;
}

/* ---- terms ---- */

static fp_status add_terms(work *w, fp_err *err)
{
    ptrdiff_t p = w->design->p;
    double *identity, *estimate, *se;
    const double *var;
    fp_term *terms;
    FP_ARRAY(terms, w->arena, p, err);
    FP_ARRAY(identity, w->arena, p * p, err);
    FP_ARRAY(estimate, w->arena, p, err);
    FP_ARRAY(se, w->arena, p, err);
    FP_ARRAY(w->df, w->arena, p, err);
    for (ptrdiff_t j = 0; j < p; j++) {
        identity[j + j * p] = 1;
        terms[j] = fp_term_undefined(w->design->column[j]);
    }
    if (has_fit(w)) {
        FP_TRY(fp_lmm_contrast(w->fit, w->method, p, identity, estimate, se, w->df, NULL, err));
        FP_TRY(keep_levels(w, identity, err));
    }
    for (ptrdiff_t j = 0; j < p; j++) {
        terms[j].estimate = w->fit->beta[j];
        terms[j].df = w->method == FP_LMM_DF_Z ? 0 : FP_NUM_NAN;
        if (isnan(w->fit->beta[j]) || !has_fit(w))
            continue;
        terms[j].se = se[j];
        if (w->method == FP_LMM_DF_Z)
            fp_term_test_of(&terms[j], se[j], 0, w->options->common.level);
        else if (w->df[j] > LEAST_DF)
            fp_term_test_of(&terms[j], se[j], w->df[j], w->options->common.level);
        else if (!(w->df[j] <= 0)) /* no level was kept, which has a warning of its own */
            FP_TRY(
                fp_warnings_add(&w->warnings, err,
                                "%s has no degrees of freedom: the data do not tell the variance "
                                "that it rests on, so there is no p-value and no interval",
                                w->design->column[j]));
    }
    w->result.terms = terms;
    w->result.term_count = p;
    if (has_fit(w)) {
        FP_TRY(fp_lmm_covariance(w->fit, w->method, w->arena, &var, err));
        return fp_regression_covariance(p, w->fit->beta, var, w->arena, &w->result, err);
    }
    for (ptrdiff_t j = 0; j < p; j++)
        estimate[j] = FP_NUM_NAN;
    return fp_regression_covariance(p, estimate, identity, w->arena, &w->result, err);
}

/* The F test of the columns of one term; its denominator is no larger than their own df. */
static fp_status test_term(const work *w, int32_t t, double *rows, fp_term_test *test, fp_err *err)
{
    ptrdiff_t p = w->design->p, count = 0;
    double least = (double)INFINITY, *out;
    fp_lmm_joint joint;
    FP_ARENA_SCOPED(scratch, FP_GIB, err);
    FP_ARRAY(out, scratch, 3 * p, err);
    *test = (fp_term_test){w->design->term[t], FP_NUM_NAN, 0, FP_NUM_NAN, FP_NUM_NAN};
    memset(rows, 0, (size_t)(p * p) * sizeof *rows);
    for (ptrdiff_t j = 0; j < p; j++)
        if (w->design->column_term[j] == t && !isnan(w->fit->beta[j])) {
            rows[j + count++ * p] = 1;
            least = fmin(least, w->df[j]);
        }
    if (count == 0)
        return FP_OK;
    FP_TRY(fp_lmm_contrast(w->fit, w->method, count, rows, out, out + p, out + 2 * p, &joint, err));
    test->df = joint.df1;
    test->chisq = joint.f * joint.df1;
    if (w->method == FP_LMM_DF_Z) {
        test->df2 = 0;
        test->p = fp_chisq_upper(test->chisq, test->df);
        return FP_OK;
    }
    test->df2 = w->lmm->kept_group ? fmin(joint.df2, least) : joint.df2;
    test->p = test->df2 > LEAST_DF ? fp_f_upper(joint.f, joint.df1, test->df2) : FP_NUM_NAN;
    return FP_OK;
}

static fp_status add_tests(work *w, fp_err *err)
{
    fp_term_test *tests;
    double *rows;
    if (!has_fit(w))
        return FP_OK;
    FP_ARRAY(tests, w->arena, w->design->terms, err);
    FP_ARRAY(rows, w->arena, w->design->p * w->design->p, err);
    for (int32_t t = 0; t < w->design->terms; t++)
        FP_TRY(test_term(w, t, rows, &tests[t], err));
    w->result.term_tests = tests;
    w->result.term_test_count = w->design->terms;
    return FP_OK;
}

/* ---- variances ---- */

static fp_status add_random(work *w, fp_err *err)
{
    fp_random_row *rows;
    ptrdiff_t most = 0, n = 0;
    for (ptrdiff_t b = 0; b < w->design->random_count; b++)
        most += w->design->random[b].width * (w->design->random[b].width + 1) / 2;
    FP_ARRAY(rows, w->arena, most, err);
    for (ptrdiff_t b = 0; b < w->design->random_count; b++) {
        const fp_random *r = &w->design->random[b];
        const double *v = w->fit->covariance[b];
        ptrdiff_t width = r->width;
        for (ptrdiff_t i = 0; i < width; i++)
            rows[n++] = (fp_random_row){r->group,   r->name[i], NULL, sqrt(v[i + i * width]),
                                        FP_NUM_NAN, FP_NUM_NAN};
        for (ptrdiff_t i = 0; i < width; i++)
            for (ptrdiff_t j = i + 1; j < width; j++)
                rows[n++] = (fp_random_row){
                    r->group,   r->name[i],
                    r->name[j], v[i + j * width] / sqrt(v[i + i * width] * v[j + j * width]),
                    FP_NUM_NAN, FP_NUM_NAN};
    }
    for (ptrdiff_t k = 0; k < n && !has_fit(w); k++)
        rows[k].value = FP_NUM_NAN;
    w->lmm->random = rows;
    w->lmm->random_count = n;
    return FP_OK;
}

/* The effect of a block that is its intercept, -1 without one. */
static ptrdiff_t intercept_of(const fp_random *r)
{
    for (ptrdiff_t i = 0; i < r->width; i++)
        if (strcmp(r->name[i], "(Intercept)") == 0)
            return i;
    return -1;
}

/* The variance of the intercepts of a block, NaN without one. */
static double intercept_variance(const work *w, ptrdiff_t b)
{
    const fp_random *r = &w->design->random[b];
    ptrdiff_t i = intercept_of(r);
    return i < 0 ? FP_NUM_NAN : w->fit->covariance[b][i + i * r->width];
}

/* Whether every group of `inner` lies in one of `outer`. */
static fp_status lies_within(const work *w, const fp_random *inner, const fp_random *outer,
                             bool *out, fp_err *err)
{
    int32_t *place;
    FP_ARENA_SCOPED(scratch, 4 * FP_GIB, err);
    FP_ARRAY(place, scratch, inner->groups, err);
    *out = true;
    for (ptrdiff_t i = 0; i < w->design->n && *out; i++) {
        int32_t *g = &place[inner->code[i]];
        *out = *g == 0 || *g == outer->code[i] + 1;
        *g = outer->code[i] + 1;
    }
    return FP_OK;
}

/* The grouping of block b: shares of the variance, the correlation of two rows of one group. above:
 * room for the blocks that count in it. */
static fp_status make_group(const work *w, ptrdiff_t b, double total, fp_lmm_ratio *ratio,
                            bool *above, fp_group_row *row, fp_err *err)
{
    static const char *const methods[] = {[FP_LMM_RATIO_NONE] = NULL,
                                          [FP_LMM_RATIO_PROFILE] = "profile",
                                          [FP_LMM_RATIO_DELTA] = "delta",
                                          [FP_LMM_RATIO_BOUNDARY] = "boundary"};
    const fp_design *d = w->design;
    double own = intercept_variance(w, b), sum = own;
    fp_lmm_ratio_method method = FP_LMM_RATIO_NONE;
    for (ptrdiff_t c = 0; c < d->random_count; c++) {
        above[c] = c == b;
        if (c == b || ratio->intercept[c] < 0)
            continue;
        FP_TRY(lies_within(w, &d->random[b], &d->random[c], &above[c], err));
        sum += above[c] ? intercept_variance(w, c) : 0;
    }
    *row = (fp_group_row){.group = d->random[b].group,
                          .groups = d->random[b].groups,
                          .share = own / total,
                          .icc = sum / total,
                          .lower = FP_NUM_NAN,
                          .upper = FP_NUM_NAN};
    ratio->above = above;
    if (!isnan(own) && has_fit(w))
        FP_TRY(fp_lmm_ratio_interval(w->fit, ratio, w->options->common.level, &row->lower,
                                     &row->upper, &method, err));
    row->interval = methods[method];
    return FP_OK;
}

static fp_status add_groups(work *w, fp_err *err)
{
    const fp_design *d = w->design;
    double total = w->lmm->residual_sd * w->lmm->residual_sd;
    ptrdiff_t *intercept, n = 0;
    fp_lmm_ratio ratio;
    fp_group_row *rows;
    bool *above;
    FP_ARRAY(rows, w->arena, d->random_count, err);
    FP_ARRAY(intercept, w->arena, d->random_count, err);
    FP_ARRAY(above, w->arena, d->random_count, err);
    for (ptrdiff_t b = 0; b < d->random_count; b++) {
        intercept[b] = intercept_of(&d->random[b]);
        total += intercept[b] < 0 ? 0 : intercept_variance(w, b);
    }
    ratio.intercept = intercept;
    for (ptrdiff_t b = 0; b < d->random_count; b++) {
        bool again = false;
        for (ptrdiff_t c = 0; c < n; c++)
            again = again || strcmp(rows[c].group, d->random[b].group) == 0;
        if (!again)
            FP_TRY(make_group(w, b, total, &ratio, above, &rows[n++], err));
    }
    w->lmm->groups = rows;
    w->lmm->group_count = n;
    return FP_OK;
}

static void add_residual(work *w)
{
    static const char *const names[] = {[FP_LMM_INDEPENDENT] = NULL,
                                        [FP_LMM_DIAGONAL] = "diag",
                                        [FP_LMM_SYMMETRIC] = "cs",
                                        [FP_LMM_AR1] = "ar1",
                                        [FP_LMM_UNSTRUCTURED] = "unstructured"};
    fp_lmm_result *r = w->lmm;
    r->residual = names[w->options->residual];
    r->residual_sd =
        sqrt(w->fit->residual_covariance ? w->fit->residual_covariance[0] : w->fit->sigma2);
    r->residual_lower = r->residual_upper = FP_NUM_NAN;
    r->subject = w->options->subject;
    r->subjects = w->design->subjects;
    r->waves = w->fit->residual_covariance ? w->fit->waves : 0;
    r->wave_label = w->design->wave_label;
    r->residual_covariance = w->fit->residual_covariance;
}

/* ---- outcomes in words ---- */

static const char *state_name(const work *w)
{
    static const char *const names[] = {[FP_LMM_CONVERGED] = "converged",
                                        [FP_LMM_SINGULAR] = "singular",
                                        [FP_LMM_MAX_ITER] = "max_iter",
                                        [FP_LMM_NO_SPREAD] = "no_spread"};
    if (w->fit->state == FP_LMM_CONVERGED && w->fit->rank < w->fit->p)
        return "rank_deficient";
    return names[w->fit->state];
}

static fp_status warn_singular(work *w, fp_err *err)
{
    for (ptrdiff_t k = 0; k < w->lmm->random_count; k++) {
        const fp_random_row *r = &w->lmm->random[k];
        if (!r->term2 && !(r->value > 0))
            FP_TRY(fp_warnings_add(&w->warnings, err,
                                   "the fit is singular: the standard deviation of %s between the "
                                   "groups of %s is estimated 0",
                                   r->term, r->group));
        else if (r->term2 && fabs(r->value) > 0.9999)
            FP_TRY(fp_warnings_add(&w->warnings, err,
                                   "the fit is singular: the correlation of %s and %s between the "
                                   "groups of %s is estimated %d",
                                   r->term, r->term2, r->group, r->value > 0 ? 1 : -1));
    }
    return FP_OK;
}

/* Where the fit found no end and each wave has a variance of its own: waves at which everyone has
 * the same outcome, so that theirs has none. */
static fp_status warn_constant_waves(work *w, bool *any, fp_err *err)
{
    const fp_lmm_data *d = w->data;
    bool own = d->residual == FP_LMM_DIAGONAL || d->residual == FP_LMM_UNSTRUCTURED;
    bool ended = w->fit->state == FP_LMM_CONVERGED || w->fit->state == FP_LMM_SINGULAR;
    *any = false;
    for (int32_t t = 0; own && !ended && t < d->waves; t++) {
        bool same = true;
        ptrdiff_t first = -1;
        for (ptrdiff_t i = 0; i < d->n && same; i++) {
            if (d->wave[i] != t)
                continue;
            first = first < 0 ? i : first;
            same = !(fabs(d->y[i] - d->y[first]) > 0);
        }
        if (!same)
            continue;
        *any = true;
        FP_TRY(fp_warnings_add(&w->warnings, err,
                               "everyone has the same outcome at wave %s: no residual standard "
                               "deviation of that wave alone can be estimated; leave the wave out "
                               "or take another residual structure",
                               w->design->wave_label[t]));
    }
    return FP_OK;
}

/* A wave that is fitted exactly: its variance went towards 0, and the criterion with it without
 * bound. */
static fp_status warn_exact_waves(work *w, fp_err *err)
{
    const fp_lmm_result *r = w->lmm;
    double most = 0;
    if (!has_fit(w)) /* no variance was estimated at all */
        return FP_OK;
    for (int32_t t = 0; t < r->waves; t++)
        most = fmax(most, r->residual_covariance[t + (ptrdiff_t)t * r->waves]);
    for (int32_t t = 0; t < r->waves; t++)
        if (!(r->residual_covariance[t + (ptrdiff_t)t * r->waves] > 1e-12 * most))
            FP_TRY(fp_warnings_add(&w->warnings, err,
                                   "the residual standard deviation of wave %s is estimated 0: "
                                   "that wave is fitted exactly, and no standard error holds; "
                                   "leave the wave out or take another residual structure",
                                   r->wave_label[t]));
    return FP_OK;
}

static fp_status warn_of_outcome(work *w, fp_err *err)
{
    fp_warnings *list = &w->warnings;
    bool constant;
    FP_TRY(fp_regression_warn_aliased(w->design, w->fit->beta, list, err));
    FP_TRY(warn_constant_waves(w, &constant, err));
    FP_TRY(warn_exact_waves(w, err));
    if (w->fit->state == FP_LMM_SINGULAR)
        return warn_singular(w, err);
    if (w->fit->state == FP_LMM_NO_SPREAD && !constant)
        return fp_warnings_add(list, err,
                               "no residual variance is left beside the terms and groups: there "
                               "are no standard errors; look at the outcome within the groups");
    if (w->fit->state == FP_LMM_MAX_ITER)
        return fp_regression_warn_unsolved(&(fp_unsolved){.iterations = w->fit->iterations}, list,
                                           err);
    return FP_OK;
}

static fp_status fill(work *w, fp_err *err)
{
    static const char *const methods[] = {
        [FP_LMM_DF_SATTERTHWAITE] = "satterthwaite", [FP_LMM_DF_KR] = "kr", [FP_LMM_DF_Z] = "z"};
    fp_lmm_result *r = w->lmm;
    r->ml = w->options->ml;
    r->criterion = w->fit->criterion;
    r->df_method = methods[w->method];
    r->gradient = w->fit->gradient;
    r->fit = w->fit;
    r->method = w->method;
    w->result.design = w->design;
    w->result.lmm = r;
    w->result.state = state_name(w);
    w->result.iterations = w->fit->iterations;
    add_residual(w);
    FP_TRY(add_random(w, err));
    return add_groups(w, err);
}

static fp_status fit(work *w, fp_err *err)
{
    static const fp_lmm_df methods[] = {[FP_LMM_AUTO] = FP_LMM_DF_SATTERTHWAITE,
                                        [FP_LMM_AS_R] = FP_LMM_DF_SATTERTHWAITE,
                                        [FP_LMM_KR] = FP_LMM_DF_KR,
                                        [FP_LMM_Z] = FP_LMM_DF_Z};
    fp_lmm_options options = fp_lmm_defaults();
    options.ml = w->options->ml;
    options.threads = w->options->common.threads;
    w->method = methods[w->options->df];
    FP_ARRAY(w->fit, w->arena, 1, err);
    FP_ARRAY(w->lmm, w->arena, 1, err);
    return fp_lmm(w->data, &options, w->arena, w->fit, err);
}

fp_status fp_model_lmm(const fp_table *table, const char *formula,
                       const fp_lmm_model_options *options, fp_arena *arena, fp_result *result,
                       fp_err *err)
{
    fp_lmm_model_options defaults = fp_lmm_model_defaults();
    const fp_lmm_model_options *o = options ? options : &defaults;
    work w = {.table = table, .options = o, .arena = arena};
    fp_design_options how = fp_model_design_options(&o->common);
    how.random = true;
    how.lean = true;
    how.subject = o->subject;
    how.wave = o->wave;
    FP_TRY(check_options(o, err));
    FP_ARRAY(w.design, arena, 1, err);
    FP_TRY(fp_warnings_init(&w.warnings, arena, err));
    FP_TRY(fp_regression_design(table, formula, &how, arena, w.design, &w.warnings, err));
    FP_TRY(check_roles(&w, err));
    FP_TRY(load_data(&w, err));
    FP_TRY(fit(&w, err));
    w.result = fp_model_begin(FP_MODEL_LMM, table, w.design, &o->common);
    FP_TRY(fill(&w, err));
    FP_TRY(warn_of_outcome(&w, err));
    FP_TRY(add_terms(&w, err));
    FP_TRY(add_tests(&w, err));
    if (has_fit(&w))
        FP_TRY(fp_lmm_add_outputs(table, o, w.arena, &w.result, w.lmm, err));
    FP_TRY(fp_warnings_finish(&w.warnings, &w.result, err));
    *result = w.result;
    return FP_OK;
}
