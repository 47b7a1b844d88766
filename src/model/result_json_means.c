#include <math.h>

#include "model/result_json_priv.h"
#include "stats/family.h"

static json_t *json_df(double df)
{
    return isfinite(df) ? fp_json_count(df) : json_null();
}

/* {"arm": "ips", "wave": "6"} of one cell. */
static json_t *json_at(const fp_means *means, ptrdiff_t cell)
{
    fp_node to = fp_node_create();
    for (ptrdiff_t v = 0; v < means->left_count + means->by_count; v++) {
        const fp_means_variable *variable = &means->variable[v];
        fp_node_put(&to, variable->name,
                    fp_json_text(variable->level[cell % variable->level_count]));
        cell /= variable->level_count;
    }
    return fp_node_finish(&to);
}

static json_t *json_mean(const fp_means *means, ptrdiff_t cell)
{
    const fp_mean *mean = &means->mean[cell];
    fp_node to = fp_node_create();
    fp_node_put(&to, "at", json_at(means, cell));
    fp_node_put(&to, "n", fp_json_count(mean->n));
    fp_node_put(&to, "estimate", fp_json_number(mean->estimate));
    fp_node_put(&to, "se", fp_json_number(mean->se));
    fp_node_put(&to, "df", json_df(mean->df));
    fp_node_put(&to, "lower", fp_json_number(mean->lower));
    fp_node_put(&to, "upper", fp_json_number(mean->upper));
    fp_node_put(&to, "response", fp_json_number(mean->response));
    fp_node_put(&to, "response_se", fp_json_number(mean->response_se));
    fp_node_put(&to, "response_lower", fp_json_number(mean->response_lower));
    fp_node_put(&to, "response_upper", fp_json_number(mean->response_upper));
    return fp_node_finish(&to);
}

static json_t *json_contrast(const fp_mean_contrast *c)
{
    fp_node to = fp_node_create();
    fp_node_put(&to, "kind", fp_json_text(c->kind));
    fp_node_put(&to, "effect", fp_json_text(c->effect));
    fp_node_put(&to, "contrast", fp_json_text(c->contrast));
    fp_node_put(&to, "at", fp_json_text(c->at));
    fp_node_put(&to, "estimate", fp_json_number(c->estimate));
    fp_node_put(&to, "se", fp_json_number(c->se));
    fp_node_put(&to, "df", json_df(c->df));
    fp_node_put(&to, "statistic", fp_json_number(c->statistic));
    fp_node_put(&to, "p", fp_json_number(c->p));
    fp_node_put(&to, "p_holm", fp_json_number(c->p_holm));
    fp_node_put(&to, "lower", fp_json_number(c->lower));
    fp_node_put(&to, "upper", fp_json_number(c->upper));
    if (isfinite(c->exp_estimate)) {
        fp_node_put(&to, "exp_estimate", fp_json_number(c->exp_estimate));
        fp_node_put(&to, "exp_lower", fp_json_number(c->exp_lower));
        fp_node_put(&to, "exp_upper", fp_json_number(c->exp_upper));
    }
    fp_node_put(&to, "response", fp_json_number(c->response));
    fp_node_put(&to, "response_se", fp_json_number(c->response_se));
    fp_node_put(&to, "response_p", fp_json_number(c->response_p));
    fp_node_put(&to, "response_p_holm", fp_json_number(c->response_p_holm));
    fp_node_put(&to, "response_lower", fp_json_number(c->response_lower));
    fp_node_put(&to, "response_upper", fp_json_number(c->response_upper));
    return fp_node_finish(&to);
}

static json_t *json_test(const fp_mean_test *test)
{
    fp_node to = fp_node_create();
    fp_node_put(&to, "effect", fp_json_text(test->effect));
    fp_node_put(&to, "at", fp_json_text(test->at));
    fp_node_put(&to, "f", fp_json_number(test->f));
    fp_node_put(&to, "df1", fp_json_count(test->df1));
    fp_node_put(&to, "df2", json_df(test->df2));
    fp_node_put(&to, "p", fp_json_number(test->p));
    return fp_node_finish(&to);
}

/* Where the means are: what is named, averaged over or held. */
static json_t *json_grid(const fp_means *means)
{
    json_t *list = json_array();
    for (ptrdiff_t v = 0; v < means->variable_count; v++) {
        const fp_means_variable *variable = &means->variable[v];
        fp_node to = fp_node_create();
        fp_node_put(&to, "variable", fp_json_text(variable->name));
        fp_node_put(&to, "role",
                    json_string(variable->named         ? "named"
                                : variable->level_count ? "averaged"
                                                        : "mean"));
        if (variable->level_count == 0)
            fp_node_put(&to, "value", fp_json_number(variable->mean));
        json_t *levels = json_array();
        for (ptrdiff_t k = 0; k < variable->level_count; k++)
            fp_json_append(&levels, fp_json_text(variable->level[k]));
        if (variable->level_count)
            fp_node_put(&to, "levels", levels);
        else
            json_decref(levels);
        fp_json_append(&list, fp_node_finish(&to));
    }
    return list;
}

void fp_json_put_means(fp_node *to, const fp_result *result)
{
    const fp_means *means = result->means;
    if (!means)
        return;
    json_t *cells = json_array(), *contrasts = json_array(), *tests = json_array();
    for (ptrdiff_t c = 0; c < means->count; c++)
        fp_json_append(&cells, json_mean(means, c));
    for (ptrdiff_t k = 0; k < means->contrast_count; k++)
        fp_json_append(&contrasts, json_contrast(&means->contrast[k]));
    for (ptrdiff_t k = 0; k < means->test_count; k++)
        fp_json_append(&tests, json_test(&means->test[k]));
    fp_node_put(to, "means_by", fp_json_text(means->text));
    fp_node_put(to, "means_weights", json_string(means->observed ? "observed" : "equal"));
    fp_node_put(to, "means_grid", json_grid(means));
    fp_node_put(to, "means", cells);
    fp_node_put(to, "mean_contrasts", contrasts);
    fp_node_put(to, "joint_tests", tests);
}
