#include <math.h>
#include <string.h>

#include "model/result_json_priv.h"

static json_t *json_effect(const fp_standardised_effect *effect, const char *se)
{
    fp_node to = fp_node_create();
    fp_node_put(&to, "estimate", fp_json_number(effect->estimate));
    fp_node_put(&to, se, fp_json_number(effect->se));
    fp_node_put(&to, "lower", fp_json_number(effect->lower));
    fp_node_put(&to, "upper", fp_json_number(effect->upper));
    fp_node_put(&to, "p", fp_json_number(effect->p));
    return fp_node_finish(&to);
}

static json_t *json_level(const fp_result *result, const fp_standardised *s, bool first)
{
    bool binomial = strcmp(result->family, "binomial") == 0;
    fp_node to = fp_node_create();
    fp_node_put(&to, "term", fp_json_text(s->term));
    fp_node_put(&to, "level", fp_json_text(s->level));
    fp_node_put(&to, "n", fp_json_count(s->n));
    fp_node_put(&to, binomial ? "risk" : "mean", fp_json_number(s->mean));
    fp_node_put(&to, "se", fp_json_number(s->se));
    fp_node_put(&to, "df", fp_json_count(s->df));
    fp_node_put(&to, "lower", fp_json_number(s->lower));
    fp_node_put(&to, "upper", fp_json_number(s->upper));
    if (first)
        return fp_node_finish(&to);
    fp_node_put(&to, "difference", json_effect(&s->difference, "se"));
    fp_node_put(&to, "ratio", json_effect(&s->ratio, "log_se"));
    if (binomial)
        fp_node_put(&to, "odds_ratio", json_effect(&s->odds_ratio, "log_se"));
    return fp_node_finish(&to);
}

void fp_json_put_standardised(fp_node *to, const fp_result *result)
{
    json_t *list;
    if (result->standardised_count == 0)
        return;
    list = json_array();
    for (ptrdiff_t k = 0; k < result->standardised_count; k++) {
        const fp_standardised *s = &result->standardised[k];
        fp_json_append(&list, json_level(result, s, k == 0 || s->term != s[-1].term));
    }
    fp_node_put(to, "standardised", list);
}
