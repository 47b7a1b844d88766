#include <math.h>
#include <string.h>

#include "base/num.h"
#include "model/formula_priv.h"
#include "model/survival_km_priv.h"

/* ---- scores of the trend test ---- */

/* The number that a group with the label "dose=2.5" is. */
static fp_status label_number(const char *label, double *out, fp_err *err)
{
    const char *last = strrchr(label, '=');
    if (last && !strstr(label, ", ") && fp_num_parse(fp_str_of(last + 1), '.', out))
        return FP_OK;
    (void)fp_fail(err, FP_INPUT, "the group %s is not one number: it has no score of its own",
                  fp_shown_of(label).s);
    return fp_hint(err, FP_INPUT, "--trend alone scores the groups 1, 2, ... in their order");
}

#define SCORE_MOST 1e100 /* squares of it are numbers still */

static fp_status check_scores(const double *score, int32_t groups, fp_err *err)
{
    bool differ = false;
    for (int32_t g = 0; g < groups; g++) {
        if (fabs(score[g]) > SCORE_MOST)
            return fp_fail(err, FP_INPUT, "the score %g of the trend is too large to compute with",
                           score[g]);
        differ = differ || score[g] < score[0] || score[g] > score[0];
    }
    if (differ)
        return FP_OK;
    (void)fp_fail(err, FP_INPUT, "every group has the score %g: there is no trend to test",
                  score[0]);
    return fp_hint(err, FP_INPUT, "the scores say how far apart the groups are, as in 0,1,5");
}

static fp_status make_scores(const fp_km_analysis *k, double **score, fp_err *err)
{
    const fp_design *design = k->design;
    fp_trend_scores trend = k->options->trend;
    *score = NULL;
    if (trend == FP_TREND_NONE)
        return FP_OK;
    if (trend == FP_TREND_GIVEN && k->options->score_count != design->groups)
        return fp_fail(err, FP_INPUT, "%td score%s given for the trend, but there are %d groups",
                       k->options->score_count, k->options->score_count == 1 ? " is" : "s are",
                       (int)design->groups);
    FP_ARRAY(*score, k->arena, design->groups, err);
    for (int32_t g = 0; g < design->groups; g++) {
        (*score)[g] = trend == FP_TREND_GIVEN ? k->options->scores[g] : g + 1;
        if (trend == FP_TREND_VALUES)
            FP_TRY(label_number(design->group_label[g], &(*score)[g], err));
    }
    return check_scores(*score, design->groups, err);
}

/* ---- the tests ---- */

static fp_status add_pairs(const fp_km_analysis *k, const fp_tally *tally,
                           const fp_logrank_options *how, fp_result *result, fp_err *err)
{
    ptrdiff_t groups = k->design->groups;
    if (!k->options->pairwise)
        return FP_OK;
    if (groups > FP_PAIRWISE_MOST)
        return fp_fail(err, FP_INPUT, "%td groups are not compared in pairs: at most %d", groups,
                       FP_PAIRWISE_MOST);
    FP_TRY(fp_logrank_pairs(&k->data, k->design->group, k->design->groups, tally, how, k->arena,
                            &result->pairs, err));
    result->pair_count = groups * (groups - 1) / 2;
    return FP_OK;
}

fp_status fp_km_tests(const fp_km_analysis *k, fp_result *result, fp_err *err)
{
    const fp_design *design = k->design;
    double *score;
    if (design->groups < 2) {
        if (!k->options->pairwise && k->options->trend == FP_TREND_NONE)
            return FP_OK;
        return fp_warnings_add(k->warnings, err,
                               "there is one group: no test between groups is made");
    }
    FP_TRY(make_scores(k, &score, err));
    fp_logrank_options how = {.rho = k->options->rho,
                              .gamma = k->options->gamma,
                              .score = score,
                              .clustered = k->how.robust,
                              .cluster = k->how.cluster,
                              .clusters = k->how.clusters,
                              .threads = k->how.threads};
    const fp_tally *tally = k->data.strata > 1 ? NULL : k->tally;
    FP_TRY(fp_logrank(&k->data, design->group, design->groups, tally, &how, k->arena,
                      &result->logrank, err));
    result->has_logrank = true;
    result->trend_scores = score;
    result->clustered_test = how.clustered;
    return add_pairs(k, tally, &how, result, err);
}
