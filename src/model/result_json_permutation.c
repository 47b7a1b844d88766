#include "model/result_json_priv.h"

#include <math.h>

/* Infinite limits are null; `unbounded` says which. */
static void put_interval(fp_node *to, const fp_permutation_row *row)
{
    const fp_permutation_interval *i = &row->interval;
    bool below = isinf(i->lower), above = isinf(i->upper);
    if (!row->has_interval)
        return;
    fp_node_put(to, "lower", fp_json_number(i->lower));
    fp_node_put(to, "upper", fp_json_number(i->upper));
    if (row->is_log) {
        fp_node_put(to, "exp_lower", fp_json_number(below ? i->lower : exp(i->lower)));
        fp_node_put(to, "exp_upper", fp_json_number(above ? i->upper : exp(i->upper)));
    }
    fp_node_put(to, "unbounded",
                fp_json_text(below && above ? "both"
                             : below        ? "lower"
                             : above        ? "upper"
                                            : "none"));
    fp_node_put(to, "hull", json_boolean(i->hull));
    fp_node_put(to, "interval_allocations", json_integer((json_int_t)i->allocations));
    fp_node_put(to, "interval_label", fp_json_text(row->interval_label));
}

static json_t *json_row(const fp_permutation_row *row)
{
    fp_node to = fp_node_create();
    fp_node_put(&to, "effect", fp_json_text(row->effect));
    fp_node_put(&to, "null", fp_json_text(row->null));
    fp_node_put(&to, "set", fp_json_text(row->set));
    fp_node_put(&to, "set_size", fp_json_number(row->test.set_size));
    fp_node_put(&to, "allocations", json_integer((json_int_t)row->test.allocations));
    fp_node_put(&to, "at_least_as_far", json_integer((json_int_t)row->test.at_least_as_far));
    fp_node_put(&to, "exact", json_boolean(row->test.exact && !row->approximate));
    fp_node_put(&to, "enumerated", json_boolean(row->test.exact));
    fp_node_put(&to, "counted", fp_json_text(row->statistic));
    fp_node_put(&to, "clusters_by", fp_json_text(row->is_of_means ? "means" : "sums"));
    fp_node_put(&to, "statistic", fp_json_number(row->test.statistic));
    fp_node_put(&to, "mean", fp_json_number(row->test.mean));
    fp_node_put(&to, "p", fp_json_number(row->test.p));
    fp_node_put(&to, "smallest_p", fp_json_number(row->test.smallest_p));
    put_interval(&to, row);
    return fp_node_finish(&to);
}

void fp_json_put_permutation(fp_node *to, const fp_result *result)
{
    if (result->permutation_count == 0)
        return;
    json_t *list = json_array();
    for (ptrdiff_t i = 0; i < result->permutation_count; i++)
        fp_json_append(&list, json_row(&result->permutation[i]));
    fp_node_put(to, "permutation", list);
}
