#include "model/result_json_priv.h"

static json_t *json_contrast(const fp_contrast *c)
{
    fp_node to = fp_node_create();
    fp_node_put(&to, "contrast", fp_json_text(c->contrast));
    fp_node_put(&to, "estimate", fp_json_number(c->estimate));
    fp_node_put(&to, "se", fp_json_number(c->se));
    fp_node_put(&to, "statistic", fp_json_number(c->statistic));
    fp_node_put(&to, "df", fp_json_count(c->df));
    fp_node_put(&to, "p", fp_json_number(c->p));
    fp_node_put(&to, "lower", fp_json_number(c->lower));
    fp_node_put(&to, "upper", fp_json_number(c->upper));
    fp_node_put(&to, "exp_estimate", fp_json_number(c->exp_estimate));
    fp_node_put(&to, "exp_lower", fp_json_number(c->exp_lower));
    fp_node_put(&to, "exp_upper", fp_json_number(c->exp_upper));
    return fp_node_finish(&to);
}

static json_t *json_contrast_test(const fp_result *result)
{
    fp_node to = fp_node_create();
    fp_node_put(&to, "chisq", fp_json_number(result->contrast_test.chisq));
    fp_node_put(&to, "df", fp_json_count(result->contrast_test.df));
    fp_node_put(&to, "denominator_df", fp_json_count(result->contrast_denominator_df));
    fp_node_put(&to, "p", fp_json_number(result->contrast_test.p));
    return fp_node_finish(&to);
}

void fp_json_put_contrasts(fp_node *to, const fp_result *result)
{
    if (result->contrast_count == 0)
        return;
    json_t *list = json_array();
    for (ptrdiff_t k = 0; k < result->contrast_count; k++)
        fp_json_append(&list, json_contrast(&result->contrasts[k]));
    fp_node_put(to, "contrasts", list);
    if (result->has_contrast_test)
        fp_node_put(to, "contrast_test", json_contrast_test(result));
}
