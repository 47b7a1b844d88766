#include "model/result_json_priv.h"

#include <math.h>

static json_t *json_firth_term(const char *name, const fp_firth_term *term)
{
    fp_node to = fp_node_create();
    fp_node_put(&to, "term", fp_json_text(name));
    fp_node_put(&to, "chisq", fp_json_number(term->chisq));
    fp_node_put(&to, "p", fp_json_number(term->p));
    fp_node_put(&to, "lower", fp_json_number(term->lower));
    fp_node_put(&to, "upper", fp_json_number(term->upper));
    fp_node_put(&to, "exp_lower", fp_json_number(exp(term->lower)));
    fp_node_put(&to, "exp_upper", fp_json_number(exp(term->upper)));
    return fp_node_finish(&to);
}

static json_t *json_firth(const fp_result *result)
{
    fp_node to = fp_node_create();
    json_t *terms = json_array();
    for (ptrdiff_t j = 0; j < result->term_count; j++)
        fp_json_append(&terms, json_firth_term(result->terms[j].term, &result->firth->terms[j]));
    fp_node_put(&to, "terms", terms);
    fp_node_put(&to, "loglik", fp_json_number(result->firth->loglik));
    return fp_node_finish(&to);
}

void fp_json_put_firth(fp_node *to, const fp_result *result)
{
    if (result->firth)
        fp_node_put(to, "firth", json_firth(result));
}
