#include "model/result_json_priv.h"

static json_t *json_series(const double *value, ptrdiff_t n, bool count)
{
    json_t *list = json_array();
    for (ptrdiff_t i = 0; i < n; i++)
        fp_json_append(&list, count ? fp_json_count(value[i]) : fp_json_number(value[i]));
    return list;
}

static json_t *json_curve(const fp_km_curve *curve)
{
    fp_node to = fp_node_create();
    fp_node_put(&to, "time", json_series(curve->time, curve->length, false));
    fp_node_put(&to, "at_risk", json_series(curve->at_risk, curve->length, true));
    fp_node_put(&to, "events", json_series(curve->event, curve->length, true));
    fp_node_put(&to, "censored", json_series(curve->censored, curve->length, true));
    fp_node_put(&to, "survival", json_series(curve->survival, curve->length, false));
    fp_node_put(&to, "se", json_series(curve->se, curve->length, false));
    fp_node_put(&to, "lower", json_series(curve->lower, curve->length, false));
    fp_node_put(&to, "upper", json_series(curve->upper, curve->length, false));
    if (!curve->hazard)
        return fp_node_finish(&to);
    fp_node_put(&to, "cumulative_hazard", json_series(curve->hazard, curve->length, false));
    fp_node_put(&to, "cumulative_hazard_se", json_series(curve->hazard_se, curve->length, false));
    return fp_node_finish(&to);
}

static void put_quantile(fp_node *to, fp_km_quantile quantile)
{
    fp_node_put(to, "estimate", fp_json_number(quantile.estimate));
    fp_node_put(to, "lower", fp_json_number(quantile.lower));
    fp_node_put(to, "upper", fp_json_number(quantile.upper));
}

static json_t *json_quantiles(const fp_result *result, const fp_km_stratum *stratum)
{
    json_t *list = json_array();
    for (ptrdiff_t i = 0; i < result->quantile_count; i++) {
        fp_node to = fp_node_create();
        fp_node_put(&to, "probability", fp_json_number(result->quantile_at[i]));
        put_quantile(&to, stratum->quantiles[i]);
        fp_json_append(&list, fp_node_finish(&to));
    }
    return list;
}

static json_t *json_times(const fp_result *result, const fp_km_stratum *stratum)
{
    json_t *list = json_array();
    for (ptrdiff_t i = 0; i < result->time_count; i++) {
        const fp_km_time *at = &stratum->times[i];
        fp_node to = fp_node_create();
        fp_node_put(&to, "time", fp_json_number(at->time));
        fp_node_put(&to, "at_risk", fp_json_count(at->at_risk));
        fp_node_put(&to, "events", fp_json_count(at->events));
        fp_node_put(&to, "survival", fp_json_number(at->survival));
        fp_node_put(&to, "se", fp_json_number(at->se));
        fp_node_put(&to, "lower", fp_json_number(at->lower));
        fp_node_put(&to, "upper", fp_json_number(at->upper));
        fp_node_put(&to, "cumulative_hazard", fp_json_number(at->hazard));
        fp_node_put(&to, "cumulative_hazard_se", fp_json_number(at->hazard_se));
        fp_json_append(&list, fp_node_finish(&to));
    }
    return list;
}

static json_t *json_stratum(const fp_result *result, const fp_km_stratum *stratum)
{
    fp_node to = fp_node_create(), median = fp_node_create(), rmst = fp_node_create();
    put_quantile(&median, stratum->median);
    fp_node_put(&rmst, "horizon", fp_json_number(stratum->rmst.horizon));
    fp_node_put(&rmst, "estimate", fp_json_number(stratum->rmst.estimate));
    fp_node_put(&rmst, "se", fp_json_number(stratum->rmst.se));
    fp_node_put(&to, "label", fp_json_text(stratum->label));
    fp_node_put(&to, "n", json_integer(stratum->curve.n));
    fp_node_put(&to, "events", json_integer(stratum->curve.events));
    fp_node_put(&to, "median", fp_node_finish(&median));
    if (result->quantile_count)
        fp_node_put(&to, "quantiles", json_quantiles(result, stratum));
    if (result->time_count)
        fp_node_put(&to, "times", json_times(result, stratum));
    fp_node_put(&to, "rmst", fp_node_finish(&rmst));
    fp_node_put(&to, "curve", json_curve(&stratum->curve));
    return fp_node_finish(&to);
}

/* ---- contrasts and tests ---- */

static json_t *json_contrasts(const fp_result *result)
{
    json_t *list = json_array();
    for (ptrdiff_t i = 0; i < result->rmst_contrast_count; i++) {
        const fp_rmst_contrast *c = &result->rmst_contrasts[i];
        fp_node to = fp_node_create(), difference = fp_node_create(), ratio = fp_node_create();
        fp_node_put(&difference, "estimate", fp_json_number(c->difference));
        fp_node_put(&difference, "se", fp_json_number(c->difference_se));
        fp_node_put(&difference, "lower", fp_json_number(c->difference_lower));
        fp_node_put(&difference, "upper", fp_json_number(c->difference_upper));
        fp_node_put(&difference, "p", fp_json_number(c->difference_p));
        fp_node_put(&ratio, "estimate", fp_json_number(c->ratio));
        fp_node_put(&ratio, "lower", fp_json_number(c->ratio_lower));
        fp_node_put(&ratio, "upper", fp_json_number(c->ratio_upper));
        fp_node_put(&ratio, "p", fp_json_number(c->ratio_p));
        fp_node_put(&to, "a", fp_json_text(result->strata[c->a].label));
        fp_node_put(&to, "b", fp_json_text(result->strata[c->b].label));
        fp_node_put(&to, "horizon", fp_json_number(result->strata[c->b].rmst.horizon));
        fp_node_put(&to, "difference", fp_node_finish(&difference));
        fp_node_put(&to, "ratio", fp_node_finish(&ratio));
        fp_json_append(&list, fp_node_finish(&to));
    }
    return list;
}

static json_t *json_pairs(const fp_result *result)
{
    json_t *list = json_array();
    for (ptrdiff_t i = 0; i < result->pair_count; i++) {
        const fp_logrank_pair *pair = &result->pairs[i];
        fp_node to = fp_node_create();
        fp_node_put(&to, "a", fp_json_text(result->strata[pair->a].label));
        fp_node_put(&to, "b", fp_json_text(result->strata[pair->b].label));
        fp_node_put(&to, "chisq", fp_json_number(pair->chisq));
        fp_node_put(&to, "p", fp_json_number(pair->p));
        fp_node_put(&to, "p_holm", fp_json_number(pair->p_holm));
        fp_json_append(&list, fp_node_finish(&to));
    }
    return list;
}

static void put_test(fp_node *to, fp_logrank_test test)
{
    fp_node_put(to, "chisq", fp_json_number(test.chisq));
    fp_node_put(to, "df", json_integer(test.df));
    fp_node_put(to, "p", fp_json_number(test.p));
}

static json_t *json_scores(const fp_result *result)
{
    json_t *list = json_array();
    for (ptrdiff_t i = 0; i < result->stratum_count; i++)
        fp_json_append(&list, fp_json_number(result->trend_scores[i]));
    return list;
}

static json_t *json_trend(const fp_result *result)
{
    fp_node to = fp_node_create();
    fp_node_put(&to, "scores", json_scores(result));
    put_test(&to, result->logrank.trend);
    return fp_node_finish(&to);
}

/* The tests with cluster sums; `clusters` is n where every row is one. */
static json_t *json_clustered(const fp_result *result)
{
    fp_node to = fp_node_create();
    put_test(&to, result->logrank.clustered);
    fp_node_put(&to, "clusters", json_integer(result->clusters ? result->clusters : result->n));
    if (result->trend_scores) {
        fp_node trend = fp_node_create();
        put_test(&trend, result->logrank.clustered_trend);
        fp_node_put(&to, "trend", fp_node_finish(&trend));
    }
    return fp_node_finish(&to);
}

static void put_tests(fp_node *to, const fp_result *result)
{
    const fp_logrank_result *test = &result->logrank;
    fp_node_put(to, "logrank",
                result->has_logrank ? fp_json_test((fp_test){test->chisq, test->df, test->p})
                                    : json_null());
    if (result->trend_scores)
        fp_node_put(to, "trend", json_trend(result));
    if (result->clustered_test)
        fp_node_put(to, "logrank_clustered", json_clustered(result));
    if (result->pair_count)
        fp_node_put(to, "pairwise", json_pairs(result));
    if (result->rmst_contrast_count)
        fp_node_put(to, "rmst_contrasts", json_contrasts(result));
}

void fp_json_put_km(fp_node *to, const fp_result *result)
{
    json_t *strata = json_array();
    for (ptrdiff_t i = 0; i < result->stratum_count; i++)
        fp_json_append(&strata, json_stratum(result, &result->strata[i]));
    fp_node_put(to, "conf_type", fp_json_text(result->conf_type));
    fp_node_put(to, "estimate",
                json_string(result->exp_hazard ? "fleming-harrington" : "kaplan-meier"));
    fp_node_put(to, "reverse", json_boolean(result->reverse));
    fp_node_put(to, "variance", json_string(result->robust_curves ? "robust" : "greenwood"));
    fp_node_put(to, "clusters", result->clusters ? json_integer(result->clusters) : json_null());
    fp_node_put(to, "rho", fp_json_number(result->rho));
    fp_node_put(to, "gamma", fp_json_number(result->gamma));
    fp_node_put(to, "terms", json_array());
    fp_node_put(to, "covariance", json_array());
    fp_node_put(to, "strata", strata);
    put_tests(to, result);
    fp_json_put_permutation(to, result);
}
