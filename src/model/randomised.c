/* The permutation tests of a randomised design, whatever the estimator. */
#include "model/randomised_priv.h"

#include <math.h>

#include "base/num.h"

/* One test on its way to a row of the result. */
typedef struct {
    const fp_randomised *design;
    const fp_null_estimator *estimator;
    const fp_permutation_options *options;
    fp_arena *arena;
    fp_warnings *warnings;
    fp_permutation_row *rows;
    fp_result *result;
    fp_err *err;
} work;

/* ---- words ---- */

/* The names of the factors that are flagged, or of the others: "ips", "ips and pa", "a, b and c".
 */
static const char *names_of(const work *w, const bool *flag, bool flagged)
{
    const char *list = NULL;
    int last = -1;
    for (int f = 0; f < w->design->factors; f++)
        last = flag[f] == flagged ? f : last;
    for (int f = 0; f <= last; f++) {
        if (flag[f] != flagged)
            continue;
        if (!list)
            list = w->design->factor[f];
        else
            list = fp_arena_printf(w->arena, w->err, "%s%s%s", list, f == last ? " and " : ", ",
                                   w->design->factor[f]);
        if (!list)
            return NULL;
    }
    return list ? list : "";
}

/* What every allocation of the set keeps, besides the sizes. */
static const char *set_words(const work *w, const char *what, const char *fixed)
{
    const fp_randomised *d = w->design;
    FP_BUF_SCOPED(words, FP_MIB);
    fp_buf_printf(&words, "every allocation of %s to the %td clusters (%s) with as many of each%s",
                  what, d->clusters, d->cluster, fixed ? fixed : "");
    if (d->strata)
        fp_buf_printf(&words, "%s within each stratum of the draw (%s)", fixed ? " and" : "",
                      d->strata);
    if (d->rule && d->rule->covariates && d->balance)
        fp_buf_printf(&words, ", with a balance score of %s of at most %.6g", d->balance,
                      d->rule->limit);
    if (fp_buf_ok(&words, w->err) != FP_OK)
        return NULL;
    return fp_str_dup(w->arena, fp_buf_str(&words), w->err);
}

static const char *statistic_words(const work *w, const char *what, const char *fixed,
                                   const char *terms)
{
    const fp_null_estimator *e = w->estimator;
    FP_BUF_SCOPED(words, FP_MIB);
    fp_buf_printf(&words, "%s of %s", what, e->residual);
    if (fixed)
        fp_buf_printf(&words, " %s %s", e->by, fixed);
    if (terms || e->covariates)
        fp_buf_printf(&words, "%s with %s%s%s", fixed ? "," : "", terms ? terms : "",
                      terms && e->covariates ? ", " : "", e->covariates ? e->covariates : "");
    if (fp_buf_ok(&words, w->err) != FP_OK)
        return NULL;
    return fp_str_dup(w->arena, fp_buf_str(&words), w->err);
}

/* ---- fits ---- */

static double unit_of(const fp_null_estimator *e)
{
    return e->unit > 0 ? e->unit : 1;
}

/* The sums or means of the clusters, in units of the residuals. A cluster without rows counts 0. */
static fp_status fit_null(const work *w, const fp_null_model *null, fp_null_fit *fit, fp_err *err)
{
    const fp_null_estimator *e = w->estimator;
    FP_TRY(e->fit(e->context, null, fit, err));
    for (ptrdiff_t j = 0; fit->fitted && j < w->design->clusters; j++) {
        double size = e->weight ? e->weight[j] : 1;
        fit->sum[j] = size > 0 ? fit->sum[j] / unit_of(e) / size : 0;
    }
    return FP_OK;
}

static fp_status sums_of(const work *w, const fp_null_model *null, fp_null_fit *fit)
{
    *fit = (fp_null_fit){.estimate = FP_NUM_NAN, .se = FP_NUM_NAN};
    FP_ARRAY(fit->sum, w->arena, w->design->clusters, w->err);
    return fit_null(w, null, fit, w->err);
}

/* ---- the statistic as it is shown ---- */

static void put_units(const work *w, double power, fp_permutation_result *test)
{
    double scale = pow(unit_of(w->estimator), power);
    test->statistic *= scale;
    test->mean *= scale;
}

/* Eq. 13: the sum over the treated clusters, told as the difference of means. It grows with the
 * sum, so that p is the same. */
static fp_status as_difference(const work *w, const double *mean, const int32_t *treated,
                               const int32_t *fixed, int32_t cells, fp_permutation_result *test)
{
    double *sum, *size, *taken, least = 0, all = 0;
    FP_ARRAY(sum, w->arena, cells, w->err);
    FP_ARRAY(size, w->arena, cells, w->err);
    FP_ARRAY(taken, w->arena, cells, w->err);
    for (ptrdiff_t j = 0; j < w->design->clusters; j++) {
        int32_t s = fixed ? fixed[j] : 0;
        sum[s] += mean[j];
        size[s] += 1;
        taken[s] += treated[j] == 1;
    }
    for (int32_t s = 0; s < cells; s++) {
        if (!(size[s] > 0))
            continue;
        least += taken[s] * sum[s] / size[s];
        all += taken[s] * (size[s] - taken[s]) / size[s];
    }
    test->statistic = (test->statistic - least) / all;
    test->mean = (test->mean - least) / all;
    return FP_OK;
}

/* Codes of clusters brought to the rows. */
static fp_status to_rows(const work *w, const int32_t *code, const int32_t **out)
{
    int32_t *of_row;
    *out = NULL;
    if (!code)
        return FP_OK;
    FP_ARRAY(of_row, w->arena, w->estimator->n, w->err);
    for (ptrdiff_t i = 0; i < w->estimator->n; i++)
        of_row[i] = code[w->design->of_row[i]];
    *out = of_row;
    return FP_OK;
}

/* 1 in rows of clusters with a level of a factor. */
static fp_status column_of(const work *w, const int32_t *code, int32_t level, double **out)
{
    FP_ARRAY(*out, w->arena, w->estimator->n, w->err);
    for (ptrdiff_t i = 0; i < w->estimator->n; i++)
        (*out)[i] = code[w->design->of_row[i]] == level;
    return FP_OK;
}

static fp_status add_row(work *w, fp_permutation_row row)
{
    if (!row.effect || !row.null || !row.set || !row.statistic)
        return FP_NOMEM;
    w->rows[w->result->permutation_count++] = row;
    return FP_OK;
}

static fp_status no_fit(work *w, const char *effect, const char *terms)
{
    if (!effect)
        return FP_NOMEM;
    return fp_warnings_add(w->warnings, w->err,
                           "no permutation test of %s: the model with %s as terms could not be "
                           "fitted",
                           effect, terms);
}

/* ---- the interval of an effect of two levels ---- */

typedef struct {
    const work *w;
    fp_null_model null;
    const double *x; /* n */
    double *offset;  /* n */
} inversion;

static fp_status residuals_at(void *context, double effect, double *sum, bool *defined, fp_err *err)
{
    inversion *v = context;
    fp_null_fit fit = {.sum = sum};
    for (ptrdiff_t i = 0; i < v->w->estimator->n; i++)
        v->offset[i] = effect * v->x[i];
    FP_TRY(fit_null(v->w, &v->null, &fit, err));
    *defined = fit.fitted;
    return FP_OK;
}

/* Eq. 11. The estimate in the null model plus the effect is where the search begins. */
static fp_status add_interval(const work *w, const fp_null_model *null, const double *x,
                              const int32_t *treated, const int32_t *fixed, fp_permutation_row *row)
{
    const fp_null_estimator *e = w->estimator;
    fp_null_model with = *null;
    fp_null_fit fit;
    inversion v = {.w = w, .null = *null, .x = x};
    if (!e->has_effect)
        return FP_OK;
    with.terms = 1;
    with.term[0] = x;
    FP_TRY(sums_of(w, &with, &fit));
    bool found = fit.fitted && isfinite(fit.estimate) && fit.se > 0 && isfinite(fit.se);
    fp_inversion how = {.start = found ? fit.estimate : 0,
                        .step = found ? fit.se : 1,
                        .far = e->far,
                        .level = e->level};
    FP_ARRAY(v.offset, w->arena, e->n, w->err);
    v.null.offset = v.offset;
    FP_TRY(fp_permutation_invert(w->design->clusters, treated, fixed, &how, residuals_at, &v,
                                 w->options, &row->interval, w->err));
    row->has_interval = true;
    row->interval_label = e->label;
    row->is_log = e->is_log;
    if (!row->interval.hull)
        return FP_OK;
    return fp_warnings_add(w->warnings, w->err,
                           "the effects of %s that the permutation test keeps are no interval: "
                           "between its limits there are some that it refuses",
                           row->effect);
}

/* ---- one factor ---- */

static const char *margin_null(const work *w, int factor, const bool *is_factor)
{
    const fp_randomised *d = w->design;
    const char *name = d->factor[factor], *others = names_of(w, is_factor, false);
    if (!others)
        return NULL;
    if (d->factors == 1)
        return fp_arena_printf(w->arena, w->err, "no person's outcome depends on %s", name);
    if (d->factors == 2 && d->levels[1 - factor] == 2)
        return fp_arena_printf(w->arena, w->err,
                               "no person's outcome depends on %s at either level of %s, whatever "
                               "%s does",
                               name, others, others);
    return fp_arena_printf(w->arena, w->err,
                           "no person's outcome depends on %s at any level of %s, whatever %s %s",
                           name, others, others, d->factors == 2 ? "does" : "do");
}

/* What is held fixed beside a test, by cluster and by row and in words. */
typedef struct {
    const int32_t *cluster;
    fp_null_model null;
    const char *names; /* NULL = nothing */
    const char *set;   /* " at each level of pa" */
} held;

static fp_status hold_others(const work *w, const bool *tested, held *out)
{
    bool others[FP_RANDOMISED_FACTORS];
    for (int f = 0; f < w->design->factors; f++)
        others[f] = !tested[f];
    *out = (held){0};
    FP_TRY(
        fp_randomised_cross(w->design, others, w->arena, &out->cluster, &out->null.cells, w->err));
    FP_TRY(to_rows(w, out->cluster, &out->null.cell));
    if (!out->cluster)
        return FP_OK;
    out->names = names_of(w, others, true);
    out->set =
        out->names ? fp_arena_printf(w->arena, w->err, ", at each level of %s", out->names) : NULL;
    return out->set ? FP_OK : FP_NOMEM;
}

static const char LEVELS[] = "sum over levels of (sum - its mean)^2 / clusters, sums";

static const char *margin_words(const work *w, bool within)
{
    if (!w->estimator->weight)
        return "sum over the clusters with the second level";
    return within ? "difference between arms (second level less first, within what is held fixed)"
                  : "difference between arms (second level less first)";
}

static fp_status test_factor(work *w, int factor)
{
    const fp_randomised *d = w->design;
    bool tested[FP_RANDOMISED_FACTORS] = {false};
    held fixed;
    fp_null_fit fit;
    tested[factor] = true;
    FP_TRY(hold_others(w, tested, &fixed));
    FP_TRY(sums_of(w, &fixed.null, &fit));
    if (!fit.fitted)
        return no_fit(w, d->factor[factor], w->estimator->covariates);
    bool two = d->levels[factor] == 2;
    fp_permutation_row row = {
        .effect = d->factor[factor],
        .null = margin_null(w, factor, tested),
        .set = set_words(w, d->factor[factor], fixed.set),
        .is_of_means = w->estimator->weight != NULL,
        .statistic = statistic_words(w, !two ? LEVELS : margin_words(w, fixed.names != NULL),
                                     fixed.names, NULL)};
    if (two)
        FP_TRY(fp_permutation_margin(d->clusters, fit.sum, d->level[factor], fixed.cluster,
                                     w->options, &row.test, w->err));
    else
        FP_TRY(fp_permutation_levels(d->clusters, fit.sum, d->level[factor], d->levels[factor],
                                     fixed.cluster, w->options, &row.test, w->err));
    if (two && w->estimator->weight)
        FP_TRY(as_difference(w, fit.sum, d->level[factor], fixed.cluster,
                             fixed.cluster ? fixed.null.cells : 1, &row.test));
    put_units(w, two ? 1 : 2, &row.test);
    if (two) {
        double *x;
        FP_TRY(column_of(w, d->level[factor], 1, &x));
        FP_TRY(add_interval(w, &fixed.null, x, d->level[factor], fixed.cluster, &row));
    }
    return add_row(w, row);
}

/* One level of a factor of several against the first: the clusters of the other levels stay as they
 * are. */
static fp_status test_level(work *w, int factor, int32_t level)
{
    const fp_randomised *d = w->design;
    const char *name = d->factor[factor];
    const char *one = d->level_name[factor][level], *first = d->level_name[factor][0];
    bool tested[FP_RANDOMISED_FACTORS] = {false};
    held others;
    int32_t *treated, *cell, cells;
    double *x;
    fp_null_fit fit;
    tested[factor] = true;
    FP_TRY(hold_others(w, tested, &others));
    FP_ARRAY(treated, w->arena, d->clusters, w->err);
    FP_ARRAY(cell, w->arena, d->clusters, w->err);
    cells = (others.cluster ? others.null.cells : 1) * d->levels[factor];
    for (ptrdiff_t c = 0; c < d->clusters; c++) {
        int32_t at = d->level[factor][c];
        treated[c] = at == level;
        cell[c] =
            (others.cluster ? others.cluster[c] : 0) * d->levels[factor] + (at == level ? 0 : at);
    }
    fp_null_model null = {.cells = cells};
    FP_TRY(to_rows(w, cell, &null.cell));
    FP_TRY(sums_of(w, &null, &fit));
    fp_permutation_row row = {
        .effect = fp_arena_printf(w->arena, w->err, "%s%s", name, one),
        .null = fp_arena_printf(w->arena, w->err,
                                "for no person does the outcome differ between %s = %s and %s = %s",
                                name, one, name, first),
        .set = set_words(w, fp_arena_printf(w->arena, w->err, "%s = %s and %s", name, one, first),
                         ", the other clusters as they are"),
        .is_of_means = w->estimator->weight != NULL,
        .statistic = statistic_words(w,
                                     w->estimator->weight
                                         ? "difference between arms (that level less the first)"
                                         : "sum over the clusters with the level",
                                     name, NULL)};
    if (!fit.fitted)
        return no_fit(w, row.effect, w->estimator->covariates);
    FP_TRY(
        fp_permutation_margin(d->clusters, fit.sum, treated, cell, w->options, &row.test, w->err));
    if (w->estimator->weight)
        FP_TRY(as_difference(w, fit.sum, treated, cell, cells, &row.test));
    put_units(w, 1, &row.test);
    FP_TRY(column_of(w, d->level[factor], level, &x));
    FP_TRY(add_interval(w, &null, x, treated, cell, &row));
    return add_row(w, row);
}

/* ---- all factors, and pairs of them ---- */

static fp_status test_neither(work *w)
{
    const fp_randomised *d = w->design;
    static const bool all[FP_RANDOMISED_FACTORS] = {true, true, true, true, true, true};
    const int32_t *arm;
    int32_t arms;
    fp_null_fit fit;
    FP_TRY(fp_randomised_cross(d, all, w->arena, &arm, &arms, w->err));
    if (arms > FP_ALLOCATION_ARMS)
        return fp_warnings_add(w->warnings, w->err,
                               "no permutation test of neither: %d arms, and at most %d are taken",
                               (int)arms, FP_ALLOCATION_ARMS);
    fp_null_model null = {.cells = 1};
    FP_TRY(sums_of(w, &null, &fit));
    if (!fit.fitted)
        return no_fit(w, "neither", w->estimator->covariates);
    fp_permutation_row row = {
        .effect = "neither",
        .null = d->factors == 2
                    ? fp_arena_printf(w->arena, w->err,
                                      "no person's outcome depends on %s or on %s, alone or "
                                      "together",
                                      d->factor[0], d->factor[1])
                    : fp_arena_printf(w->arena, w->err,
                                      "no person's outcome depends on any of %s, alone or together",
                                      names_of(w, all, true)),
        .set = set_words(w, fp_arena_printf(w->arena, w->err, "the %d arms", (int)arms), NULL),
        .is_of_means = w->estimator->weight != NULL,
        .statistic = statistic_words(w, "sum over arms of sum^2 / clusters, sums", NULL, NULL)};
    FP_TRY(fp_permutation_global(d->clusters, fit.sum, arm, arms, w->options, &row.test, w->err));
    put_units(w, 2, &row.test);
    return add_row(w, row);
}

static bool all_four_arms(const fp_randomised *d, int a, int b)
{
    bool present[4] = {false};
    for (ptrdiff_t c = 0; c < d->clusters; c++)
        present[2 * d->level[a][c] + d->level[b][c]] = true;
    return present[0] && present[1] && present[2] && present[3];
}

static fp_status test_pair(work *w, int a, int b)
{
    const fp_randomised *d = w->design;
    const char *effect = fp_arena_printf(w->arena, w->err, "%s:%s", d->factor[a], d->factor[b]);
    const char *both = fp_arena_printf(w->arena, w->err, "%s and %s", d->factor[a], d->factor[b]);
    bool tested[FP_RANDOMISED_FACTORS] = {false};
    held fixed;
    double *x[2];
    fp_null_fit fit;
    if (!effect || !both)
        return FP_NOMEM;
    if (!all_four_arms(d, a, b))
        return fp_warnings_add(w->warnings, w->err,
                               "no permutation test of %s: an arm has no cluster in the data",
                               effect);
    tested[a] = tested[b] = true;
    FP_TRY(hold_others(w, tested, &fixed));
    FP_TRY(column_of(w, d->level[a], 1, &x[0]));
    FP_TRY(column_of(w, d->level[b], 1, &x[1]));
    fixed.null.terms = 2;
    fixed.null.term[0] = x[0];
    fixed.null.term[1] = x[1];
    FP_TRY(sums_of(w, &fixed.null, &fit));
    if (!fit.fitted)
        return no_fit(w, effect, both);
    fp_permutation_row row = {
        .effect = effect,
        .null = fp_arena_printf(w->arena, w->err,
                                "the effect of %s is the same at both levels of %s (approximate: "
                                "the main effects are estimated, and projected out anew in every "
                                "allocation)",
                                d->factor[a], d->factor[b]),
        .set = set_words(w, both, fixed.set),
        .statistic =
            statistic_words(w, "t of the contrast between the four arms", fixed.names, both),
        .is_of_means = w->estimator->weight != NULL,
        .approximate = true};
    FP_TRY(fp_permutation_interaction(d->clusters, fit.sum, d->level[a], d->level[b], fixed.cluster,
                                      w->options, &row.test, w->err));
    if (d->clusters == 4) /* the bare contrast */
        put_units(w, 1, &row.test);
    return add_row(w, row);
}

static fp_status test_pairs(work *w)
{
    const fp_randomised *d = w->design;
    for (int a = 0; w->estimator->has_effect && a < d->factors; a++)
        for (int b = a + 1; b < d->factors; b++) {
            if (d->levels[a] == 2 && d->levels[b] == 2)
                FP_TRY(test_pair(w, a, b));
            else
                FP_TRY(fp_warnings_add(w->warnings, w->err,
                                       "no permutation test of %s:%s: both would need two levels",
                                       d->factor[a], d->factor[b]));
        }
    return FP_OK;
}

fp_status fp_randomised_tests(const fp_randomised *design, const fp_null_estimator *estimator,
                              const fp_permutation_options *options, fp_arena *arena,
                              fp_warnings *warnings, fp_result *result, fp_err *err)
{
    fp_permutation_options within = *options;
    ptrdiff_t most = 1 + (ptrdiff_t)design->factors * design->factors;
    within.rule = design->rule;
    work w = {design, estimator, &within, arena, warnings, NULL, result, err};
    for (int f = 0; f < design->factors; f++)
        most += design->levels[f];
    FP_ARRAY(w.rows, arena, most, err);
    result->permutation = w.rows;
    result->permutation_count = 0;
    for (int f = 0; f < design->factors; f++) {
        FP_TRY(test_factor(&w, f));
        for (int32_t l = 1; design->levels[f] > 2 && l < design->levels[f]; l++)
            FP_TRY(test_level(&w, f, l));
    }
    if (design->factors == 1)
        return FP_OK;
    FP_TRY(test_neither(&w));
    return test_pairs(&w);
}

fp_status fp_randomised_sums(const fp_randomised *design, const fp_null_estimator *estimator,
                             int factor, fp_arena *arena, const double **sum, fp_err *err)
{
    work w = {.design = design, .estimator = estimator, .arena = arena, .err = err};
    bool tested[FP_RANDOMISED_FACTORS] = {false};
    held fixed;
    fp_null_fit fit;
    tested[factor] = true;
    FP_TRY(hold_others(&w, tested, &fixed));
    FP_TRY(sums_of(&w, &fixed.null, &fit));
    *sum = fit.fitted ? fit.sum : NULL;
    return FP_OK;
}
