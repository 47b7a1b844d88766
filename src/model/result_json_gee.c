#include "model/result_json_priv.h"

static json_t *json_correlation(const fp_result *result)
{
    fp_node to = fp_node_create();
    json_t *alpha = json_array();
    for (ptrdiff_t k = 0; k < result->alpha_count; k++)
        fp_json_append(&alpha, fp_json_number(result->alpha[k]));
    fp_node_put(&to, "structure", fp_json_text(result->corr));
    fp_node_put(&to, "alpha", alpha);
    return fp_node_finish(&to);
}

static json_t *json_sizes(const fp_result *result)
{
    fp_node to = fp_node_create();
    fp_node_put(&to, "smallest", fp_json_count(result->smallest_cluster));
    fp_node_put(&to, "largest", fp_json_count(result->largest_cluster));
    fp_node_put(&to, "variation", fp_json_number(result->cluster_variation));
    return fp_node_finish(&to);
}

void fp_json_put_gee(fp_node *to, const fp_result *result)
{
    fp_node_put(to, "family", fp_json_text(result->family));
    fp_node_put(to, "link", fp_json_text(result->link));
    fp_node_put(to, "terms", fp_json_regression_terms(result));
    fp_node_put(to, "covariance", fp_json_covariance(result));
    fp_node_put(to, "id", fp_json_text(result->id_name));
    fp_node_put(to, "ids", json_integer(result->ids));
    fp_node_put(to, "clusters", json_integer(result->clusters));
    fp_node_put(to, "rows_per_cluster", json_sizes(result));
    fp_node_put(to, "working_correlation", json_correlation(result));
    fp_node_put(to, "scale", fp_json_number(result->scale));
    fp_node_put(to, "qic", fp_json_number(result->qic));
    fp_node_put(to, "quasi_likelihood", fp_json_number(result->quasi));
    fp_node_put(to, "term_tests", fp_json_term_tests(result));
    if (result->small_sample)
        fp_node_put(to, "small_sample", fp_json_small_sample(result));
}
