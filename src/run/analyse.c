#include "run/run_priv.h"

#include <string.h>

static const char *role_name(fp_analysis_role role)
{
    switch (role) {
    case FP_ROLE_PRIMARY:
        return "primary";
    case FP_ROLE_SECONDARY:
        return "secondary";
    case FP_ROLE_SUBGROUP:
        return "subgroup";
    case FP_ROLE_EXPLORATORY:
        return "exploratory";
    }
    return "";
}

typedef struct {
    const fp_analysis_spec *spec;
    const fp_result *result;
} entry;

/* In the order of the plan: an analysis with a formula of its own, or a subgroup. */
static bool find_entry(const fp_results *r, const fp_analysis_spec *spec, entry *out)
{
    for (ptrdiff_t i = 0; i < r->planned_count; i++)
        if (r->planned[i].spec == spec) {
            *out = (entry){spec, &r->planned[i].result};
            return true;
        }
    for (ptrdiff_t i = 0; i < r->waves_count; i++)
        if (r->waves[i].spec == spec) {
            *out = (entry){spec, &r->waves[i].result};
            return true;
        }
    for (ptrdiff_t i = 0; i < r->subgroup_count; i++)
        if (r->subgroups[i].spec == spec && r->subgroups[i].formula) {
            *out = (entry){spec, &r->subgroups[i].fit};
            return true;
        }
    return false;
}

static bool usable(const fp_result *result)
{
    return strcmp(result->state, "converged") == 0 ||
           strcmp(result->state, "rank_deficient") == 0 || strcmp(result->state, "singular") == 0;
}

static fp_status add_json(json_t *list, const entry *e, fp_err *err)
{
    json_t *item = json_pack("{s:s, s:s, s:o}", "id", e->spec->id, "role", role_name(e->spec->role),
                             "result", fp_result_json(e->result));
    return item && json_array_append_new(list, item) == 0 ? FP_OK : fp_fail_nomem(err, 0);
}

static fp_status fill_json(const fp_study *study, const fp_results *results, json_t *root,
                           bool *unusable, fp_err *err)
{
    fp_plan_state plan;
    json_t *list = json_array();
    if (json_object_set_new(root, "analyses", list) != 0)
        return fp_fail_nomem(err, 0);
    for (ptrdiff_t i = 0; i < study->protocol.analysis_count; i++) {
        entry e;
        if (!find_entry(results, &study->protocol.analyses[i], &e))
            continue;
        *unusable = *unusable || !usable(e.result);
        FP_TRY(add_json(list, &e, err));
    }
    fp_beyond_json(results, root);
    if (study->left_out &&
        json_object_set_new(root, "left_out", json_integer(study->left_out)) != 0)
        return fp_fail_nomem(err, 0);
    FP_TRY(fp_study_plan_state(study, &plan, err));
    return fp_plan_json(&plan, root, err);
}

fp_status fp_analyse_json(const fp_study *study, const fp_results_options *options, json_t **out,
                          bool *unusable, fp_err *err)
{
    fp_results results;
    FP_TRY(fp_results_compute(&study->data, options, study->arena, &results, err));
    json_t *root = json_object();
    fp_status status =
        root ? fill_json(study, &results, root, unusable, err) : fp_fail_nomem(err, 0);
    if (status == FP_OK)
        *out = root;
    else
        json_decref(root);
    return status;
}

static fp_status put_text(const fp_study *study, const fp_results_options *options, fp_buf *out,
                          bool *unusable, fp_err *err)
{
    fp_results results;
    fp_plan_state plan;
    FP_TRY(fp_results_compute(&study->data, options, study->arena, &results, err));
    FP_TRY(fp_study_plan_state(study, &plan, err));
    fp_plan_words(&plan, out);
    if (study->left_out)
        fp_buf_printf(out, "Left out because they withdrew and asked for it: %td %s.\n",
                      study->left_out, fp_plural(study->left_out, "person", "people"));
    for (ptrdiff_t i = 0; i < study->protocol.analysis_count; i++) {
        entry e;
        if (!find_entry(&results, &study->protocol.analyses[i], &e))
            continue;
        *unusable = *unusable || !usable(e.result);
        fp_buf_printf(out, "\n== %s (%s) ==\n\n", e.spec->id, role_name(e.spec->role));
        FP_TRY(fp_result_text(e.result, out, err));
    }
    fp_beyond_text(&results, out);
    return fp_buf_ok(out, err);
}

fp_status fp_run_analyse(const fp_study *study, const fp_results_options *options, bool json,
                         fp_buf *out, bool *unusable, fp_err *err)
{
    json_t *root;
    *unusable = false;
    if (!json)
        return put_text(study, options, out, unusable, err);
    FP_TRY(fp_analyse_json(study, options, &root, unusable, err));
    return fp_run_json(root, out, err);
}
