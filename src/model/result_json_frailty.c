#include "model/result_json_priv.h"

static json_t *json_numbers(const double *value, ptrdiff_t n)
{
    json_t *list = json_array();
    for (ptrdiff_t i = 0; i < n; i++)
        fp_json_append(&list, fp_json_number(value[i]));
    return list;
}

static json_t *json_frailty_test(const fp_cox_frailty_part *part)
{
    fp_node to = fp_node_create();
    fp_node_put(&to, "chisq", fp_json_number(part->chisq));
    fp_node_put(&to, "p", fp_json_number(part->p));
    return fp_node_finish(&to);
}

static json_t *json_frailty_loglik(const fp_cox_frailty_part *part)
{
    fp_node to = fp_node_create();
    fp_node_put(&to, "marginal", fp_json_number(part->loglik));
    fp_node_put(&to, "without_frailty", fp_json_number(part->loglik_zero));
    fp_node_put(&to, "without_terms", fp_json_number(part->loglik_null));
    return fp_node_finish(&to);
}

static json_t *json_frailty(const fp_frailty_result *frailty)
{
    fp_node to = fp_node_create();
    json_t *level = json_array();
    for (ptrdiff_t g = 0; g < frailty->groups; g++)
        fp_json_append(&level, fp_json_text(frailty->label[g]));
    fp_node_put(&to, "group", fp_json_text(frailty->group));
    fp_node_put(&to, "distribution", fp_json_text("gamma"));
    fp_node_put(&to, "groups", json_integer(frailty->groups));
    fp_node_put(&to, "theta", fp_json_number(frailty->part.theta));
    fp_node_put(&to, "se", fp_json_number(frailty->part.theta_se));
    fp_node_put(&to, "kendall_tau", fp_json_number(frailty->kendall_tau));
    fp_node_put(&to, "test", json_frailty_test(&frailty->part));
    fp_node_put(&to, "loglik", json_frailty_loglik(&frailty->part));
    fp_node_put(&to, "level", level);
    fp_node_put(&to, "events", json_numbers(frailty->part.events, frailty->groups));
    fp_node_put(&to, "log_frailty", json_numbers(frailty->part.log_frailty, frailty->groups));
    return fp_node_finish(&to);
}

void fp_json_put_frailty(fp_node *to, const fp_result *result)
{
    if (result->frailty)
        fp_node_put(to, "frailty", json_frailty(result->frailty));
}
