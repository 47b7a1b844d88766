#include <math.h>

#include "base/num.h"
#include "model/result_json_priv.h"

static json_t *series(const double *value, ptrdiff_t n)
{
    json_t *list = json_array();
    for (ptrdiff_t i = 0; i < n; i++)
        fp_json_append(&list, fp_json_number(value[i]));
    return list;
}

/* The curve of one cause at the times asked for. */
static void put_at_times(fp_node *to, const fp_result *result, const fp_cif_curves *curves,
                         int32_t cause)
{
    static const char *const keys[] = {"cif", "se", "lower", "upper"};
    json_t *list[4];
    for (int j = 0; j < 4; j++)
        list[j] = json_array();
    for (ptrdiff_t i = 0; i < result->cif_time_count; i++) {
        fp_cif_point at = fp_cif_at(curves, cause, result->cif_times[i]);
        const double value[4] = {at.cif, at.se, at.lower, at.upper};
        for (int j = 0; j < 4; j++)
            fp_json_append(&list[j], fp_json_number(value[j]));
    }
    fp_node_put(to, "time", series(result->cif_times, result->cif_time_count));
    for (int j = 0; j < 4; j++)
        fp_node_put(to, keys[j], list[j]);
}

static json_t *json_cause(const fp_result *result, const fp_cif_curves *curves, int32_t cause)
{
    fp_node to = fp_node_create();
    ptrdiff_t n = curves->length, at = cause * n;
    fp_node_put(&to, "cause", fp_json_text(result->cause[cause]));
    fp_node_put(&to, "events", json_integer(curves->events[cause]));
    if (result->cif_time_count > 0) {
        put_at_times(&to, result, curves, cause);
        return fp_node_finish(&to);
    }
    fp_node_put(&to, "time", series(curves->time, n));
    fp_node_put(&to, "cif", series(curves->cif + at, n));
    fp_node_put(&to, "se", series(curves->se + at, n));
    fp_node_put(&to, "lower", series(curves->lower + at, n));
    fp_node_put(&to, "upper", series(curves->upper + at, n));
    return fp_node_finish(&to);
}

/* The probability of no event at all. */
static json_t *json_free(const fp_cif_curves *curves)
{
    fp_node to = fp_node_create();
    fp_node_put(&to, "time", series(curves->time, curves->length));
    fp_node_put(&to, "at_risk", series(curves->at_risk, curves->length));
    fp_node_put(&to, "probability", series(curves->free, curves->length));
    fp_node_put(&to, "se", series(curves->free_se, curves->length));
    return fp_node_finish(&to);
}

static json_t *json_stratum(const fp_result *result, const fp_cif_stratum *stratum)
{
    fp_node to = fp_node_create();
    json_t *causes = json_array();
    for (int32_t k = 0; k < result->cause_count; k++)
        fp_json_append(&causes, json_cause(result, &stratum->curves, k));
    fp_node_put(&to, "label", fp_json_text(stratum->label));
    fp_node_put(&to, "n", json_integer(stratum->curves.n));
    fp_node_put(&to, "causes", causes);
    if (result->cif_time_count == 0)
        fp_node_put(&to, "event_free", json_free(&stratum->curves));
    return fp_node_finish(&to);
}

static json_t *json_gray(const fp_gray_row *row)
{
    fp_node to = fp_node_create();
    fp_node_put(&to, "cause", fp_json_text(row->cause));
    fp_node_put(&to, "chisq", fp_json_number(row->test.chisq));
    fp_node_put(&to, "df", json_integer(row->test.df));
    fp_node_put(&to, "p", fp_json_number(row->test.p));
    return fp_node_finish(&to);
}

void fp_json_put_cif(fp_node *to, const fp_result *result)
{
    json_t *strata = json_array(), *gray = json_array();
    for (ptrdiff_t i = 0; i < result->cif_count; i++)
        fp_json_append(&strata, json_stratum(result, &result->cif[i]));
    for (ptrdiff_t i = 0; i < result->gray_count; i++)
        fp_json_append(&gray, json_gray(&result->gray[i]));
    fp_node_put(to, "conf_type", fp_json_text(result->conf_type));
    fp_node_put(to, "rho", fp_json_number(result->rho));
    fp_node_put(to, "terms", json_array());
    fp_node_put(to, "covariance", json_array());
    fp_node_put(to, "strata", strata);
    fp_node_put(to, "gray", gray);
}

void fp_json_put_finegray(fp_node *to, const fp_result *result)
{
    fp_node_put(to, "competing_events", json_integer(result->competing_events));
    fp_node_put(to, "censored", json_integer(result->censored));
    fp_node_put(to, "censoring_groups", json_integer(result->censoring_groups));
    fp_json_put_cox(to, result);
}
