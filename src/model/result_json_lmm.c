#include <math.h>

#include "model/result_json_priv.h"

static json_t *json_random(const fp_lmm_result *lmm)
{
    json_t *list = json_array();
    for (ptrdiff_t k = 0; k < lmm->random_count; k++) {
        const fp_random_row *row = &lmm->random[k];
        fp_node to = fp_node_create();
        fp_node_put(&to, "group", fp_json_text(row->group));
        fp_node_put(&to, "term", fp_json_text(row->term));
        if (row->term2)
            fp_node_put(&to, "term2", fp_json_text(row->term2));
        fp_node_put(&to, row->term2 ? "corr" : "sd", fp_json_number(row->value));
        fp_node_put(&to, "lower", fp_json_number(row->lower));
        fp_node_put(&to, "upper", fp_json_number(row->upper));
        fp_json_append(&list, fp_node_finish(&to));
    }
    return list;
}

static json_t *json_groups(const fp_lmm_result *lmm)
{
    json_t *list = json_array();
    for (ptrdiff_t k = 0; k < lmm->group_count; k++) {
        fp_node to = fp_node_create();
        fp_node_put(&to, "group", fp_json_text(lmm->groups[k].group));
        fp_node_put(&to, "n", json_integer(lmm->groups[k].groups));
        fp_json_append(&list, fp_node_finish(&to));
    }
    return list;
}

static json_t *json_icc(const fp_lmm_result *lmm)
{
    json_t *list = json_array();
    for (ptrdiff_t k = 0; k < lmm->group_count; k++) {
        fp_node to = fp_node_create();
        fp_node_put(&to, "group", fp_json_text(lmm->groups[k].group));
        fp_node_put(&to, "share", fp_json_number(lmm->groups[k].share));
        fp_node_put(&to, "icc", fp_json_number(lmm->groups[k].icc));
        fp_node_put(&to, "lower", fp_json_number(lmm->groups[k].lower));
        fp_node_put(&to, "upper", fp_json_number(lmm->groups[k].upper));
        fp_node_put(&to, "interval", fp_json_text(lmm->groups[k].interval));
        fp_json_append(&list, fp_node_finish(&to));
    }
    return list;
}

static json_t *json_structure(const fp_lmm_result *lmm)
{
    fp_node to = fp_node_create();
    json_t *waves = json_array(), *sds = json_array(), *rows = json_array();
    const double *v = lmm->residual_covariance;
    ptrdiff_t n = lmm->waves;
    for (ptrdiff_t i = 0; i < n; i++) {
        json_t *row = json_array();
        fp_json_append(&waves, fp_json_text(lmm->wave_label[i]));
        fp_json_append(&sds, fp_json_number(sqrt(v[i + i * n])));
        for (ptrdiff_t j = 0; j < n; j++)
            fp_json_append(&row, fp_json_number(v[i + j * n] / sqrt(v[i + i * n] * v[j + j * n])));
        fp_json_append(&rows, row);
    }
    fp_node_put(&to, "structure", fp_json_text(lmm->residual));
    fp_node_put(&to, "subject", fp_json_text(lmm->subject));
    fp_node_put(&to, "subjects", json_integer(lmm->subjects));
    fp_node_put(&to, "waves", waves);
    fp_node_put(&to, "sd", sds);
    fp_node_put(&to, "correlation", rows);
    return fp_node_finish(&to);
}

static json_t *json_kept(const fp_lmm_result *lmm)
{
    fp_node to = fp_node_create();
    fp_node_put(&to, "group", fp_json_text(lmm->kept_group));
    fp_node_put(&to, "groups", json_integer(lmm->kept_groups));
    fp_node_put(&to, "columns", json_integer(lmm->kept_columns));
    fp_node_put(&to, "most", json_integer(lmm->kept_groups - 1 - lmm->kept_columns));
    return fp_node_finish(&to);
}

static json_t *json_tests(const fp_lmm_result *lmm)
{
    json_t *list = json_array();
    for (ptrdiff_t k = 0; k < lmm->test_count; k++) {
        const fp_variance_test *test = &lmm->tests[k];
        fp_node to = fp_node_create();
        fp_node_put(&to, "group", fp_json_text(test->group));
        fp_node_put(&to, "term", fp_json_text(test->term));
        fp_node_put(&to, "chisq", fp_json_number(test->chisq));
        fp_node_put(&to, "df", fp_json_count(test->df));
        fp_node_put(&to, "p", fp_json_number(test->p));
        fp_json_append(&list, fp_node_finish(&to));
    }
    return list;
}

void fp_json_put_lmm(fp_node *to, const fp_result *result)
{
    const fp_lmm_result *lmm = result->lmm;
    fp_node criterion = fp_node_create();
    fp_node_put(&criterion, "name", json_string(lmm->ml ? "ML deviance" : "REML"));
    fp_node_put(&criterion, "value", fp_json_number(lmm->criterion));
    fp_node_put(&criterion, "gradient", fp_json_number(lmm->gradient));
    fp_node_put(to, "terms", fp_json_regression_terms(result));
    fp_node_put(to, "covariance", fp_json_covariance(result));
    fp_node_put(to, "df_method", fp_json_text(lmm->df_method));
    if (lmm->kept_group)
        fp_node_put(to, "df_kept", json_kept(lmm));
    fp_node_put(to, "random", json_random(lmm));
    fp_node_put(to, "residual_sd", fp_json_number(lmm->residual_sd));
    fp_node_put(to, "residual_sd_lower", fp_json_number(lmm->residual_lower));
    fp_node_put(to, "residual_sd_upper", fp_json_number(lmm->residual_upper));
    if (lmm->residual)
        fp_node_put(to, "residual", json_structure(lmm));
    fp_node_put(to, "criterion", fp_node_finish(&criterion));
    fp_node_put(to, "icc", json_icc(lmm));
    fp_node_put(to, "groups", json_groups(lmm));
    if (lmm->test_count > 0)
        fp_node_put(to, "variance_tests", json_tests(lmm));
    fp_node_put(to, "term_tests", fp_json_term_tests(result));
}
