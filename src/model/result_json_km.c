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
    return fp_node_finish(&to);
}

static json_t *json_stratum(const fp_km_stratum *stratum)
{
    fp_node to = fp_node_create(), median = fp_node_create(), rmst = fp_node_create();
    fp_node_put(&median, "estimate", fp_json_number(stratum->median.estimate));
    fp_node_put(&median, "lower", fp_json_number(stratum->median.lower));
    fp_node_put(&median, "upper", fp_json_number(stratum->median.upper));
    fp_node_put(&rmst, "horizon", fp_json_number(stratum->rmst.horizon));
    fp_node_put(&rmst, "estimate", fp_json_number(stratum->rmst.estimate));
    fp_node_put(&rmst, "se", fp_json_number(stratum->rmst.se));
    fp_node_put(&to, "label", fp_json_text(stratum->label));
    fp_node_put(&to, "n", json_integer(stratum->curve.n));
    fp_node_put(&to, "events", json_integer(stratum->curve.events));
    fp_node_put(&to, "median", fp_node_finish(&median));
    fp_node_put(&to, "rmst", fp_node_finish(&rmst));
    fp_node_put(&to, "curve", json_curve(&stratum->curve));
    return fp_node_finish(&to);
}

void fp_json_put_km(fp_node *to, const fp_result *result)
{
    json_t *strata = json_array();
    for (ptrdiff_t i = 0; i < result->stratum_count; i++)
        fp_json_append(&strata, json_stratum(&result->strata[i]));
    fp_node_put(to, "conf_type", fp_json_text(result->conf_type));
    fp_node_put(to, "rho", fp_json_number(result->rho));
    fp_node_put(to, "terms", json_array());
    fp_node_put(to, "covariance", json_array());
    fp_node_put(to, "strata", strata);
    const fp_logrank_result *test = &result->logrank;
    fp_node_put(to, "logrank",
                result->has_logrank ? fp_json_test((fp_test){test->chisq, test->df, test->p})
                                    : json_null());
}
