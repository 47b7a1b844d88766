#include "model/small_sample_priv.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "stats/dist.h"
#include "stats/glm_robust.h"

static const struct {
    const char *name;
    int method;
} known[] = {{"md", FP_SMALL_MD},
             {"kc", FP_SMALL_KC},
             {"fg", FP_SMALL_FG},
             {"mbn", FP_SMALL_MBN},
             {"none", -1}};

fp_status fp_small_method(const char *name, int *method, fp_err *err)
{
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(name, known[i].name) == 0) {
            *method = known[i].method;
            return FP_OK;
        }
    (void)fp_fail(err, FP_USAGE, "unknown small-sample correction \"%s\"", name);
    return fp_hint(err, FP_USAGE, "one of md, kc, fg, mbn, none");
}

static const char *name_of(fp_small_sample method)
{
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].method == (int)method)
            return known[i].name;
    return "none";
}

static fp_small_term term_of(const fp_small_request *r, const fp_corrected *corrected, ptrdiff_t j)
{
    ptrdiff_t d = j + j * r->parts->p;
    fp_small_term term = {r->column[j], FP_NUM_NAN, corrected->df,
                          FP_NUM_NAN,   FP_NUM_NAN, FP_NUM_NAN};
    if (!r->defined[j])
        return term;
    term.se = sqrt(corrected->var[d]);
    if (!(corrected->df > 0) || !(term.se > FP_NO_SPREAD * sqrt(r->model_var[d])))
        return term;
    double t = fp_t_quantile(0.5 + r->level / 2, corrected->df);
    term.p = fp_t_two_sided(r->estimate[j] / term.se, corrected->df);
    term.lower = r->estimate[j] - t * term.se;
    term.upper = r->estimate[j] + t * term.se;
    return term;
}

static fp_status terms_of(const fp_small_request *r, const fp_corrected *corrected, fp_arena *arena,
                          const fp_small_term **out, fp_err *err)
{
    fp_small_term *terms;
    FP_ARRAY(terms, arena, r->parts->p, err);
    for (ptrdiff_t j = 0; j < r->parts->p; j++)
        terms[j] = term_of(r, corrected, j);
    *out = terms;
    return FP_OK;
}

/* MD, KC and MBN, but the one that is asked for. */
static fp_status add_beside(const fp_small_request *r, fp_arena *arena, fp_result *result,
                            fp_err *err)
{
    static const fp_small_sample shown[] = {FP_SMALL_MD, FP_SMALL_KC, FP_SMALL_MBN};
    fp_small_beside *beside;
    ptrdiff_t count = 0;
    FP_ARRAY(beside, arena, sizeof shown / sizeof *shown, err);
    for (size_t k = 0; k < sizeof shown / sizeof *shown; k++) {
        if (shown[k] == r->method)
            continue;
        fp_corrected corrected;
        beside[count].method = name_of(shown[k]);
        FP_TRY(fp_sandwich_correct(r->parts, shown[k], arena, &corrected, err));
        FP_TRY(terms_of(r, &corrected, arena, &beside[count++].terms, err));
    }
    result->small_beside = beside;
    result->small_beside_count = count;
    return FP_OK;
}

static fp_status add_covariance(const fp_small_request *r, const fp_corrected *corrected,
                                fp_arena *arena, fp_result *result, fp_err *err)
{
    ptrdiff_t p = r->parts->p;
    double *covariance;
    FP_ARRAY(covariance, arena, p * p, err);
    for (ptrdiff_t j = 0; j < p; j++)
        for (ptrdiff_t i = 0; i < p; i++)
            covariance[i + j * p] =
                r->defined[i] && r->defined[j] ? corrected->var[i + j * p] : FP_NUM_NAN;
    result->small_covariance = covariance;
    return FP_OK;
}

/* ---- warnings ---- */

static fp_status warn_few(const fp_small_request *r, fp_warnings *warnings, fp_err *err)
{
    static const char *const names[] = {[FP_SMALL_MD] = "Mancl and DeRouen",
                                        [FP_SMALL_KC] = "Kauermann and Carroll",
                                        [FP_SMALL_FG] = "Fay and Graubard",
                                        [FP_SMALL_MBN] = "Morel, Bokossa and Neerchal"};
    double df = r->parts->df;
    if (!(df > 0))
        return fp_warnings_add(warnings, err,
                               "%td clusters are too few for these terms: after the correction no "
                               "degrees of freedom are left, so it gives no p-value and no "
                               "interval; do not use those of the plain robust standard errors",
                               r->parts->clusters);
    if (r->parts->clusters >= FP_FEW_CLUSTERS)
        return FP_OK;
    return fp_warnings_add(warnings, err,
                           "with %td clusters the plain robust standard errors are too small: the "
                           "corrected ones are those of %s, with t on %.4g degree%s of freedom",
                           r->parts->clusters, names[r->method], df, df == 1 ? "" : "s");
}

static fp_status warn_coding(const fp_small_request *r, fp_warnings *warnings, fp_err *err)
{
    if (r->method != FP_SMALL_FG)
        return FP_OK;
    return fp_warnings_add(warnings, err,
                           "the correction of Fay and Graubard depends on how the columns are "
                           "coded: another reference level gives other standard errors");
}

/* The cluster that alone has another value of a column, which is the same in all others and within
 * each; -1 = none. row: slots, some row of each cluster, -1 = none. */
static ptrdiff_t alone(const fp_small_request *r, const double *x, const ptrdiff_t *row)
{
    ptrdiff_t slots = r->parts->slots, first = -1, lone[2] = {-1, -1}, count[2] = {0, 0};
    for (ptrdiff_t i = 0; i < r->n; i++)
        if (x[i] != x[row[r->cluster[i]]])
            return -1;
    for (ptrdiff_t k = 0; k < slots; k++) {
        if (row[k] < 0)
            continue;
        first = first < 0 ? k : first;
        int other = x[row[k]] != x[row[first]];
        if (other && lone[1] >= 0 && x[row[k]] != x[row[lone[1]]])
            return -1;
        lone[other] = k;
        count[other]++;
    }
    return count[1] == 1 ? lone[1] : count[0] == 1 && count[1] > 1 ? lone[0] : -1;
}

static fp_status warn_alone(const fp_small_request *r, fp_arena *arena, fp_warnings *warnings,
                            fp_err *err)
{
    fp_arena_point mark = fp_arena_mark(arena);
    ptrdiff_t *row;
    FP_ARRAY(row, arena, r->parts->slots, err);
    for (ptrdiff_t k = 0; k < r->parts->slots; k++)
        row[k] = -1;
    for (ptrdiff_t i = 0; i < r->n; i++)
        row[r->cluster[i]] = i;
    ptrdiff_t found[FP_WARNINGS_MAX], terms[FP_WARNINGS_MAX], count = 0;
    for (ptrdiff_t j = 0; j < r->parts->p && r->n && count < FP_WARNINGS_MAX; j++) {
        ptrdiff_t k = r->defined[j] ? alone(r, r->x[j], row) : -1;
        if (k < 0)
            continue;
        terms[count] = j;
        found[count++] = k;
    }
    fp_arena_rewind(arena, mark);
    for (ptrdiff_t i = 0; i < count; i++)
        FP_TRY(fp_warnings_add(warnings, err,
                               "one cluster alone, %s, tells %s from the rest: what that cluster "
                               "does by itself cannot be told from the term, and no standard error "
                               "knows it",
                               r->cluster_label[found[i]], r->column[terms[i]]));
    return FP_OK;
}

static fp_status warn_bounded(const fp_small_request *r, const fp_corrected *corrected,
                              fp_warnings *warnings, fp_err *err)
{
    enum { NAMED = 3 };
    char names[160] = "";
    ptrdiff_t named = 0;
    if (corrected->bounded == 0)
        return FP_OK;
    for (ptrdiff_t k = 0; k < r->parts->slots && named < NAMED; k++)
        if (corrected->is_bounded[k]) {
            size_t n = strlen(names);
            (void)snprintf(names + n, sizeof names - n, "%s%.40s", named++ ? ", " : "",
                           r->cluster_label[k]);
        }
    if (corrected->bounded > NAMED)
        (void)snprintf(names + strlen(names), sizeof names - strlen(names), " and %td more",
                       corrected->bounded - NAMED);
    return fp_warnings_add(warnings, err,
                           "without cluster %s the other clusters do not determine the terms: its "
                           "part of the corrected standard errors is held at a bound, and these "
                           "may be far too small",
                           names);
}

fp_status fp_small_add(const fp_small_request *request, fp_arena *arena, fp_warnings *warnings,
                       fp_result *result, fp_err *err)
{
    fp_corrected corrected;
    FP_TRY(fp_sandwich_correct(request->parts, request->method, arena, &corrected, err));
    FP_TRY(terms_of(request, &corrected, arena, &result->small_terms, err));
    FP_TRY(add_covariance(request, &corrected, arena, result, err));
    FP_TRY(add_beside(request, arena, result, err));
    result->small_sample = name_of(request->method);
    FP_TRY(warn_few(request, warnings, err));
    FP_TRY(warn_coding(request, warnings, err));
    FP_TRY(warn_alone(request, arena, warnings, err));
    return warn_bounded(request, &corrected, warnings, err);
}

fp_status fp_small_add_cr2(const fp_small_request *request, fp_arena *arena, fp_warnings *warnings,
                           fp_result *result, fp_err *err)
{
    const double *var, *df;
    fp_small_term *terms;
    fp_small_request other = *request;
    other.method = FP_SMALL_NONE; /* all the others stand beside it */
    FP_TRY(fp_sandwich_cr2(request->parts, arena, &var, &df, err));
    FP_ARRAY(terms, arena, request->parts->p, err);
    for (ptrdiff_t j = 0; j < request->parts->p; j++) {
        fp_corrected own = {.clusters = request->parts->clusters, .df = df[j], .var = var};
        terms[j] = term_of(request, &own, j);
    }
    fp_corrected corrected = {.var = var};
    result->small_terms = terms;
    FP_TRY(add_covariance(request, &corrected, arena, result, err));
    FP_TRY(add_beside(&other, arena, result, err));
    result->small_sample = "cr2";
    return warn_alone(request, arena, warnings, err);
}
