#include "model/result_json_priv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

fp_node fp_node_create(void)
{
    json_t *object = json_object();
    return (fp_node){object, !object};
}

void fp_node_put(fp_node *to, const char *key, json_t *value)
{
    if (to->failed)
        json_decref(value);
    else if (json_object_set_new(to->object, key, value) != 0)
        to->failed = true;
}

json_t *fp_node_finish(fp_node *from)
{
    if (!from->failed)
        return from->object;
    json_decref(from->object);
    return NULL;
}

void fp_json_append(json_t **list, json_t *value)
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
json_t *fp_json_count(double value)
{
    if (isfinite(value) && fabs(value) < 9e15 && floor(value) == value)
        return json_integer((json_int_t)value);
    return fp_json_number(value);
}

/* A text; the name of a file may be no UTF-8, which JSON cannot hold. */
json_t *fp_json_text(const char *text)
{
    if (!text)
        return json_null();
    return json_string(fp_str_utf8(fp_str_of(text)) ? text : "(a name that is not UTF-8)");
}

json_t *fp_json_test(fp_test test)
{
    fp_node to = fp_node_create();
    fp_node_put(&to, "chisq", fp_json_number(test.chisq));
    fp_node_put(&to, "df", fp_json_count(test.df));
    fp_node_put(&to, "p", fp_json_number(test.p));
    return fp_node_finish(&to);
}

static json_t *json_warnings(const fp_result *result)
{
    json_t *list = json_array();
    for (ptrdiff_t i = 0; i < result->warning_count; i++)
        fp_json_append(&list, fp_json_text(result->warnings[i]));
    return list;
}

static json_t *json_info(const fp_result *result)
{
    fp_node to = fp_node_create();
    fp_node_put(&to, "state", fp_json_text(result->state));
    fp_node_put(&to, "iterations", json_integer(result->iterations));
    return fp_node_finish(&to);
}

static json_t *json_provenance(const fp_result *result)
{
    fp_node to = fp_node_create();
    fp_node_put(&to, "program", json_string("firstplace " FP_VERSION));
    fp_node_put(&to, "data", fp_json_text(result->data_name));
    fp_node_put(&to, "data_sha256", fp_json_text(result->data_sha256 ? result->data_sha256 : ""));
    fp_node_put(&to, "seed", json_integer((json_int_t)result->seed));
    return fp_node_finish(&to);
}

json_t *fp_result_json(const fp_result *result)
{
    static const char *const names[] = {[FP_MODEL_KM] = "km",   [FP_MODEL_COX] = "cox",
                                        [FP_MODEL_CIF] = "cif", [FP_MODEL_FINEGRAY] = "finegray",
                                        [FP_MODEL_GLM] = "glm", [FP_MODEL_GEE] = "gee",
                                        [FP_MODEL_LMM] = "lmm"};
    fp_node to = fp_node_create();
    fp_node_put(&to, "model", json_string(names[result->model]));
    fp_node_put(&to, "formula", fp_json_text(result->formula));
    fp_node_put(&to, "n", json_integer(result->n));
    fp_node_put(&to, "dropped", json_integer(result->dropped));
    if (!fp_result_is_regression(result))
        fp_node_put(&to, "events", json_integer(result->events));
    fp_node_put(&to, "level", fp_json_number(result->level));
    if (result->model == FP_MODEL_KM)
        fp_json_put_km(&to, result);
    else if (result->model == FP_MODEL_CIF)
        fp_json_put_cif(&to, result);
    else if (result->model == FP_MODEL_FINEGRAY)
        fp_json_put_finegray(&to, result);
    else if (result->model == FP_MODEL_LMM)
        fp_json_put_lmm(&to, result);
    else if (result->model == FP_MODEL_GLM)
        fp_json_put_glm(&to, result);
    else if (result->model == FP_MODEL_GEE)
        fp_json_put_gee(&to, result);
    else
        fp_json_put_cox(&to, result);
    if (fp_result_is_regression(result))
        fp_json_put_contrasts(&to, result);
    fp_json_put_standardised(&to, result);
    fp_json_put_means(&to, result);
    fp_node_put(&to, "warnings", json_warnings(result));
    fp_node_put(&to, "info", json_info(result));
    fp_node_put(&to, "provenance", json_provenance(result));
    return fp_node_finish(&to);
}

fp_status fp_json_dump(json_t *root, fp_buf *out, fp_err *err)
{
    /* jansson keeps the order in which keys were set. */
    char *text = root ? json_dumps(root, JSON_INDENT(2) | JSON_REAL_PRECISION(17)) : NULL;
    json_decref(root);
    if (!text)
        return fp_fail(err, FP_NOMEM, "no memory for the JSON of the result");
    fp_buf_put(out, text);
    fp_buf_put_char(out, '\n');
    free(text);
    return fp_buf_ok(out, err);
}

fp_status fp_result_json_text(const fp_result *result, fp_buf *out, fp_err *err)
{
    return fp_json_dump(fp_result_json(result), out, err);
}
