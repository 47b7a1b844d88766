#include <math.h>

#include "model/result_json_priv.h"

static json_t *json_array_of(const double *value, ptrdiff_t n, bool count)
{
    json_t *list = json_array();
    for (ptrdiff_t i = 0; i < n; i++)
        fp_json_append(&list, count ? fp_json_count(value[i]) : fp_json_number(value[i]));
    return list;
}

static json_t *json_at(const fp_predicted_curve *curve)
{
    fp_node to = fp_node_create();
    for (ptrdiff_t k = 0; k < curve->at_count; k++)
        fp_node_put(&to, curve->at_name[k],
                    isnan(curve->at_number[k]) ? fp_json_text(curve->at_value[k])
                                               : fp_json_count(curve->at_number[k]));
    return fp_node_finish(&to);
}

static json_t *json_curve(const fp_predicted_curve *curve)
{
    const fp_cox_curve *c = &curve->curve;
    fp_node to = fp_node_create();
    fp_node_put(&to, "label", fp_json_text(curve->label));
    fp_node_put(&to, "at", json_at(curve));
    fp_node_put(&to, "stratum", fp_json_text(curve->stratum));
    fp_node_put(&to, "time", json_array_of(c->time, c->length, true));
    fp_node_put(&to, "at_risk", json_array_of(c->at_risk, c->length, true));
    fp_node_put(&to, "events", json_array_of(c->event, c->length, true));
    fp_node_put(&to, "cumulative_hazard", json_array_of(c->cumulative_hazard, c->length, false));
    fp_node_put(&to, "survival", json_array_of(c->survival, c->length, false));
    fp_node_put(&to, "se", json_array_of(c->se, c->length, false));
    fp_node_put(&to, "lower", json_array_of(c->lower, c->length, false));
    fp_node_put(&to, "upper", json_array_of(c->upper, c->length, false));
    return fp_node_finish(&to);
}

static json_t *json_curves(const fp_predicted_curve *curves, ptrdiff_t n)
{
    json_t *list = json_array();
    for (ptrdiff_t i = 0; i < n; i++)
        fp_json_append(&list, json_curve(&curves[i]));
    return list;
}

void fp_json_put_cox_outputs(fp_node *to, const fp_result *result)
{
    fp_json_put_contrasts(to, result);
    if (!result->curve_conf_type)
        return;
    fp_node_put(to, "conf_type", fp_json_text(result->curve_conf_type));
    if (result->curve_count > 0)
        fp_node_put(to, "curves", json_curves(result->curves, result->curve_count));
    if (result->baseline_count > 0)
        fp_node_put(to, "baseline", json_curves(result->baseline, result->baseline_count));
}
