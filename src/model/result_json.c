#include "model/result.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Every builder below hands over a new reference, or NULL on lack of memory; `put` and `append`
 * take the reference over and pass the NULL on, so that only the caller of the whole has to look.
 */
typedef struct {
    json_t *object;
    bool failed;
} node;

static node node_create(void)
{
    json_t *object = json_object();
    return (node){object, !object};
}

static void put(node *to, const char *key, json_t *value)
{
    if (to->failed)
        json_decref(value);
    else if (json_object_set_new(to->object, key, value) != 0)
        to->failed = true;
}

static json_t *node_finish(node *from)
{
    if (!from->failed)
        return from->object;
    json_decref(from->object);
    return NULL;
}

static void append(json_t **list, json_t *value)
{
    if (!*list) {
        json_decref(value);
        return;
    }
    if (json_array_append_new(*list, value) != 0) {
        json_decref(*list);
        *list = NULL;
    }
}

json_t *fp_json_number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

/* A whole number as a JSON integer; anything else as fp_json_number. */
static json_t *json_count(double value)
{
    if (isfinite(value) && fabs(value) < 9e15 && floor(value) == value)
        return json_integer((json_int_t)value);
    return fp_json_number(value);
}

/* A text; the name of a file may be no UTF-8, which JSON cannot hold. */
static json_t *json_text(const char *text)
{
    if (!text)
        return json_null();
    return json_string(fp_str_utf8(fp_str_of(text)) ? text : "(a name that is not UTF-8)");
}

static json_t *json_test(fp_test test)
{
    node to = node_create();
    put(&to, "chisq", fp_json_number(test.chisq));
    put(&to, "df", json_count(test.df));
    put(&to, "p", fp_json_number(test.p));
    return node_finish(&to);
}

static json_t *json_term(const fp_term *term, bool robust)
{
    node to = node_create();
    put(&to, "term", json_text(term->term));
    put(&to, "estimate", fp_json_number(term->estimate));
    put(&to, "se", fp_json_number(term->se));
    if (robust)
        put(&to, "robust_se", fp_json_number(term->robust_se));
    put(&to, "statistic", fp_json_number(term->statistic));
    put(&to, "p", fp_json_number(term->p));
    put(&to, "lower", fp_json_number(term->lower));
    put(&to, "upper", fp_json_number(term->upper));
    put(&to, "exp_estimate", fp_json_number(term->exp_estimate));
    put(&to, "exp_lower", fp_json_number(term->exp_lower));
    put(&to, "exp_upper", fp_json_number(term->exp_upper));
    return node_finish(&to);
}

static json_t *json_terms(const fp_result *result)
{
    json_t *list = json_array();
    for (ptrdiff_t j = 0; j < result->term_count; j++)
        append(&list, json_term(&result->terms[j], result->robust));
    return list;
}

static json_t *json_covariance(const fp_result *result)
{
    json_t *rows = json_array();
    for (ptrdiff_t i = 0; i < result->term_count; i++) {
        json_t *row = json_array();
        for (ptrdiff_t j = 0; j < result->term_count; j++)
            append(&row, fp_json_number(result->covariance[i + j * result->term_count]));
        append(&rows, row);
    }
    return rows;
}

static json_t *json_warnings(const fp_result *result)
{
    json_t *list = json_array();
    for (ptrdiff_t i = 0; i < result->warning_count; i++)
        append(&list, json_text(result->warnings[i]));
    return list;
}

static json_t *json_info(const fp_result *result)
{
    node to = node_create();
    put(&to, "state", json_text(result->state));
    put(&to, "iterations", json_integer(result->iterations));
    return node_finish(&to);
}

static json_t *json_provenance(const fp_result *result)
{
    node to = node_create();
    put(&to, "program", json_string("firstplace " FP_VERSION));
    put(&to, "data", json_text(result->data_name));
    put(&to, "data_sha256", json_text(result->data_sha256 ? result->data_sha256 : ""));
    put(&to, "seed", json_integer((json_int_t)result->seed));
    return node_finish(&to);
}

static json_t *json_tests(const fp_result *result)
{
    node to = node_create();
    put(&to, "likelihood_ratio", json_test(result->likelihood_ratio));
    put(&to, "wald", json_test(result->wald));
    put(&to, "score", json_test(result->score));
    put(&to, "robust_score",
        result->robust_score.df > 0 ? json_test(result->robust_score) : json_null());
    return node_finish(&to);
}

static json_t *json_ph(const fp_result *result)
{
    json_t *list = json_array();
    for (ptrdiff_t i = 0; i < result->ph_count; i++) {
        const fp_ph_row *row = &result->ph[i];
        node to = node_create();
        put(&to, "term", json_text(row->term));
        put(&to, "chisq", fp_json_number(row->chisq));
        put(&to, "df", json_count(row->df));
        put(&to, "p", fp_json_number(row->p));
        append(&list, node_finish(&to));
    }
    return list;
}

static json_t *json_small_term(const fp_small_term *term)
{
    node to = node_create();
    put(&to, "term", json_text(term->term));
    put(&to, "se", fp_json_number(term->se));
    put(&to, "df", json_count(term->df));
    put(&to, "p", fp_json_number(term->p));
    put(&to, "lower", fp_json_number(term->lower));
    put(&to, "upper", fp_json_number(term->upper));
    return node_finish(&to);
}

static json_t *json_small_sample(const fp_result *result)
{
    node to = node_create();
    json_t *terms = json_array();
    for (ptrdiff_t j = 0; j < result->term_count; j++)
        append(&terms, json_small_term(&result->small_terms[j]));
    put(&to, "method", json_text(result->small_sample));
    put(&to, "terms", terms);
    return node_finish(&to);
}

static json_t *json_permutation_row(const fp_permutation_row *row)
{
    node to = node_create();
    put(&to, "effect", json_text(row->effect));
    put(&to, "null", json_text(row->null));
    put(&to, "allocations", json_integer((json_int_t)row->test.allocations));
    put(&to, "at_least_as_far", json_integer((json_int_t)row->test.at_least_as_far));
    put(&to, "exact", json_boolean(row->test.exact && !row->approximate));
    put(&to, "enumerated", json_boolean(row->test.exact));
    put(&to, "statistic", fp_json_number(row->test.statistic));
    put(&to, "mean", fp_json_number(row->test.mean));
    put(&to, "p", fp_json_number(row->test.p));
    put(&to, "smallest_p", fp_json_number(row->test.smallest_p));
    return node_finish(&to);
}

static json_t *json_permutation(const fp_result *result)
{
    json_t *list = json_array();
    for (ptrdiff_t i = 0; i < result->permutation_count; i++)
        append(&list, json_permutation_row(&result->permutation[i]));
    return list;
}

static void put_cox(node *to, const fp_result *result)
{
    node loglik = node_create(), concordance = node_create();
    put(&loglik, "null", fp_json_number(result->loglik_null));
    put(&loglik, "fitted", fp_json_number(result->loglik_fitted));
    put(&concordance, "estimate", fp_json_number(result->concordance.estimate));
    put(&concordance, "se", fp_json_number(result->concordance.se));
    put(to, "ties", json_text(result->ties));
    put(to, "terms", json_terms(result));
    put(to, "covariance", json_covariance(result));
    put(to, "robust", json_boolean(result->robust));
    put(to, "clusters", result->clusters > 0 ? json_integer(result->clusters) : json_null());
    put(to, "loglik", node_finish(&loglik));
    put(to, "tests", json_tests(result));
    put(to, "concordance", node_finish(&concordance));
    put(to, "proportional_hazards", json_ph(result));
    if (result->small_sample)
        put(to, "small_sample", json_small_sample(result));
    if (result->permutation_count > 0)
        put(to, "permutation", json_permutation(result));
}

static json_t *json_series(const double *value, ptrdiff_t n, bool count)
{
    json_t *list = json_array();
    for (ptrdiff_t i = 0; i < n; i++)
        append(&list, count ? json_count(value[i]) : fp_json_number(value[i]));
    return list;
}

static json_t *json_curve(const fp_km_curve *curve)
{
    node to = node_create();
    put(&to, "time", json_series(curve->time, curve->length, false));
    put(&to, "at_risk", json_series(curve->at_risk, curve->length, true));
    put(&to, "events", json_series(curve->event, curve->length, true));
    put(&to, "censored", json_series(curve->censored, curve->length, true));
    put(&to, "survival", json_series(curve->survival, curve->length, false));
    put(&to, "se", json_series(curve->se, curve->length, false));
    put(&to, "lower", json_series(curve->lower, curve->length, false));
    put(&to, "upper", json_series(curve->upper, curve->length, false));
    return node_finish(&to);
}

static json_t *json_stratum(const fp_km_stratum *stratum)
{
    node to = node_create(), median = node_create(), rmst = node_create();
    put(&median, "estimate", fp_json_number(stratum->median.estimate));
    put(&median, "lower", fp_json_number(stratum->median.lower));
    put(&median, "upper", fp_json_number(stratum->median.upper));
    put(&rmst, "horizon", fp_json_number(stratum->rmst.horizon));
    put(&rmst, "estimate", fp_json_number(stratum->rmst.estimate));
    put(&rmst, "se", fp_json_number(stratum->rmst.se));
    put(&to, "label", json_text(stratum->label));
    put(&to, "n", json_integer(stratum->curve.n));
    put(&to, "events", json_integer(stratum->curve.events));
    put(&to, "median", node_finish(&median));
    put(&to, "rmst", node_finish(&rmst));
    put(&to, "curve", json_curve(&stratum->curve));
    return node_finish(&to);
}

static void put_km(node *to, const fp_result *result)
{
    json_t *strata = json_array();
    for (ptrdiff_t i = 0; i < result->stratum_count; i++)
        append(&strata, json_stratum(&result->strata[i]));
    put(to, "conf_type", json_text(result->conf_type));
    put(to, "rho", fp_json_number(result->rho));
    put(to, "terms", json_array());
    put(to, "covariance", json_array());
    put(to, "strata", strata);
    const fp_logrank_result *test = &result->logrank;
    put(to, "logrank",
        result->has_logrank ? json_test((fp_test){test->chisq, test->df, test->p}) : json_null());
}

json_t *fp_result_json(const fp_result *result)
{
    node to = node_create();
    put(&to, "model", json_string(result->model == FP_MODEL_KM ? "km" : "cox"));
    put(&to, "formula", json_text(result->formula));
    put(&to, "n", json_integer(result->n));
    put(&to, "dropped", json_integer(result->dropped));
    put(&to, "events", json_integer(result->events));
    put(&to, "level", fp_json_number(result->level));
    if (result->model == FP_MODEL_KM)
        put_km(&to, result);
    else
        put_cox(&to, result);
    put(&to, "warnings", json_warnings(result));
    put(&to, "info", json_info(result));
    put(&to, "provenance", json_provenance(result));
    return node_finish(&to);
}

fp_status fp_result_json_text(const fp_result *result, fp_buf *out, fp_err *err)
{
    json_t *object = fp_result_json(result);
    if (!object)
        return fp_fail(err, FP_NOMEM, "no memory for the JSON of the result");
    /* jansson keeps the order in which keys were set. */
    char *text = json_dumps(object, JSON_INDENT(2) | JSON_REAL_PRECISION(17));
    json_decref(object);
    if (!text)
        return fp_fail(err, FP_NOMEM, "no memory for the text of the JSON");
    fp_buf_put(out, text);
    fp_buf_put_char(out, '\n');
    free(text);
    return fp_buf_ok(out, err);
}
