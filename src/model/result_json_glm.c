#include <math.h>
#include <string.h>

#include "model/result_json_priv.h"

static bool is_ratio(const fp_result *result)
{
    return result->link &&
           (strcmp(result->link, "log") == 0 || strcmp(result->link, "logit") == 0 ||
            strcmp(result->link, "cloglog") == 0);
}

static json_t *json_term(const fp_result *result, const fp_term *term)
{
    fp_node to = fp_node_create();
    fp_node_put(&to, "term", fp_json_text(term->term));
    fp_node_put(&to, "estimate", fp_json_number(term->estimate));
    fp_node_put(&to, "se", fp_json_number(term->se));
    if (result->robust)
        fp_node_put(&to, "robust_se", fp_json_number(term->robust_se));
    if (result->model == FP_MODEL_GEE)
        fp_node_put(&to, "naive_se", fp_json_number(term->naive_se));
    fp_node_put(&to, "df", term->df > 0 ? fp_json_count(term->df) : json_null());
    fp_node_put(&to, "statistic", fp_json_number(term->statistic));
    fp_node_put(&to, "p", fp_json_number(term->p));
    fp_node_put(&to, "lower", fp_json_number(term->lower));
    fp_node_put(&to, "upper", fp_json_number(term->upper));
    if (!is_ratio(result))
        return fp_node_finish(&to);
    fp_node_put(&to, "exp_estimate", fp_json_number(term->exp_estimate));
    fp_node_put(&to, "exp_lower", fp_json_number(term->exp_lower));
    fp_node_put(&to, "exp_upper", fp_json_number(term->exp_upper));
    return fp_node_finish(&to);
}

json_t *fp_json_regression_terms(const fp_result *result)
{
    json_t *list = json_array();
    for (ptrdiff_t j = 0; j < result->term_count; j++)
        fp_json_append(&list, json_term(result, &result->terms[j]));
    return list;
}

json_t *fp_json_term_tests(const fp_result *result)
{
    json_t *list = json_array();
    for (ptrdiff_t t = 0; t < result->term_test_count; t++) {
        const fp_term_test *test = &result->term_tests[t];
        fp_node to = fp_node_create();
        fp_node_put(&to, "term", fp_json_text(test->term));
        fp_node_put(&to, "chisq", fp_json_number(test->chisq));
        fp_node_put(&to, "df", fp_json_count(test->df));
        fp_node_put(&to, "df2", test->df2 > 0 ? fp_json_count(test->df2) : json_null());
        fp_node_put(&to, "p", fp_json_number(test->p));
        fp_json_append(&list, fp_node_finish(&to));
    }
    return list;
}

void fp_json_put_glm(fp_node *to, const fp_result *result)
{
    fp_node_put(to, "family", fp_json_text(result->family));
    fp_node_put(to, "link", fp_json_text(result->link));
    fp_node_put(to, "terms", fp_json_regression_terms(result));
    fp_node_put(to, "covariance", fp_json_covariance(result));
    fp_node_put(to, "robust", fp_json_text(result->robust_kind));
    fp_node_put(to, "clusters",
                result->clusters > 0 ? json_integer(result->clusters) : json_null());
    fp_node_put(to, "deviance", fp_json_number(result->deviance));
    fp_node_put(to, "null_deviance", fp_json_number(result->null_deviance));
    fp_node_put(to, "df_residual", fp_json_count(result->df_residual));
    fp_node_put(to, "df_null", fp_json_count(result->df_null));
    fp_node_put(to, "aic", fp_json_number(result->aic));
    fp_node_put(to, "loglik", fp_json_number(result->loglik_fitted));
    fp_node_put(to, "dispersion", fp_json_number(result->dispersion));
    fp_node_put(to, "term_tests", fp_json_term_tests(result));
    if (result->small_sample)
        fp_node_put(to, "small_sample", fp_json_small_sample(result));
    fp_json_put_firth(to, result);
    fp_json_put_permutation(to, result);
}
