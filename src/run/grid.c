/* `analyse --rules grid`: the curve, its figure, and its JSON. */
#include "run/run_priv.h"

#include <math.h>
#include <string.h>

#include "figure/specification.h"
#include "report/report.h"

/* ---- JSON ---------------------------------------------------------------------------------- */

static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *rule_json(const fp_grid *grid, ptrdiff_t i)
{
    const fp_grid_rule *r = &grid->rules[i];
    return json_pack("{s:i, s:f, s:i, s:s, s:s, s:b, s:I, s:I, s:s, s:o, s:o, s:o, s:o, s:o}",
                     "min_days", r->rule.min_days, "min_hours_per_week", r->rule.min_hours_per_week,
                     "gap_days", r->rule.gap_days, "concurrent",
                     grid->values[FP_GRID_CONCURRENT][r->value[FP_GRID_CONCURRENT]], "at_start",
                     grid->values[FP_GRID_AT_START][r->value[FP_GRID_AT_START]], "pre_registered",
                     i == grid->planned, "n", (json_int_t)r->followed, "events",
                     (json_int_t)r->events, "state", r->state, "hr", number(r->hr), "lower",
                     number(r->lower), "upper", number(r->upper), "p", number(r->p),
                     "p_permutation", number(r->p_permutation));
}

static json_t *test_json(const char *statistic, const fp_permutation_result *test,
                         const fp_grid *grid)
{
    return json_pack("{s:s, s:s, s:f, s:I, s:I, s:o, s:b, s:f, s:f}", "statistic_name", statistic,
                     "null", grid->null, "statistic", test->statistic, "rules",
                     (json_int_t)grid->tested, "allocations", (json_int_t)test->allocations,
                     "set_size", number(test->set_size), "exact", test->exact, "p", test->p,
                     "smallest_p", test->smallest_p);
}

json_t *fp_grid_json(const fp_grid *grid)
{
    json_t *rules = json_array();
    bool whole = rules != NULL;
    for (ptrdiff_t i = 0; i < grid->count; i++)
        whole = whole && json_array_append_new(rules, rule_json(grid, i)) == 0;
    bool joint = !grid->no_joint;
    json_t *root = json_pack(
        "{s:s, s:s, s:s, s:s, s:o, s:I, s:I, s:I, s:o, s:o, s:o, s:I, s:o, s:o, s:o}", "analysis",
        grid->spec->id, "outcome", grid->outcome->id, "formula", grid->formula, "term", grid->term,
        "rules", rules, "pre_registered", (json_int_t)grid->planned, "rank", (json_int_t)grid->rank,
        "estimated", (json_int_t)grid->estimated, "median", number(grid->median), "lowest",
        number(grid->lowest), "highest", number(grid->highest), "above_1", (json_int_t)grid->above,
        "joint", joint ? test_json("median", &grid->joint, grid) : json_null(), "largest",
        joint ? test_json("largest", &grid->largest, grid) : json_null(), "no_joint",
        joint ? json_null() : json_string(grid->no_joint));
    if (whole || !root)
        return root;
    json_decref(root);
    return NULL;
}

/* ---- the figure ---------------------------------------------------------------------------- */

/* In the language of the study; keys and values of the rules stay those of study.yaml. */
static fp_status draw(const fp_grid *grid, bool registered, const char *language, fp_arena *arena,
                      fp_buf *out, fp_err *err)
{
    const fp_catalog *words;
    bool dutch = strcmp(language, "nl") == 0;
    FP_TRY(fp_share_words(language, arena, &words, err));
    fp_figure_specification *specs;
    fp_figure_choice choices[FP_GRID_CHOICES];
    FP_ARRAY(specs, arena, grid->count, err);
    for (ptrdiff_t i = 0; i < grid->count; i++) {
        const fp_grid_rule *r = &grid->rules[i];
        specs[i] = (fp_figure_specification){r->hr, r->lower, r->upper, r->value};
    }
    for (int c = 0; c < FP_GRID_CHOICES; c++)
        choices[c] = (fp_figure_choice){fp_grid_key((fp_grid_choice)c), grid->value_count[c],
                                        grid->values[c]};
    const char *label =
        fp_arena_printf(arena, err, "%s: %s, %s", fp_text(words, "Hazard ratio (log scale)"),
                        grid->term, grid->outcome->id);
    if (!label)
        return FP_NOMEM;
    fp_figure_specification_options options = {
        .frame = {.title = fp_text(words, "The effect under each outcome rule"),
                  .numstyle = dutch ? &fp_numstyle_nl : &fp_numstyle_en},
        .y_label = label,
        .mark = fp_text(words, registered ? "pre-registered" : "as planned"),
        .marked = grid->planned};
    return fp_figure_specifications(&options, specs, grid->count, choices, FP_GRID_CHOICES, out,
                                    err);
}

/* Whether the rule in study.yaml is the one that was locked before outcomes were imported. */
static bool is_registered(const fp_plan_state *plan)
{
    bool same = plan->before_outcomes;
    for (ptrdiff_t i = 0; i < plan->deviation_count; i++)
        same = same && plan->deviations[i].kind != FP_DEVIATION_RULE &&
               plan->deviations[i].kind != FP_DEVIATION_POPULATION;
    return same;
}

/* ---- the verb ------------------------------------------------------------------------------ */

static fp_status put_json(const fp_study *study, const fp_results_options *options,
                          const fp_grid *grid, fp_buf *out, fp_err *err)
{
    json_t *root;
    bool unusable = false;
    FP_TRY(fp_analyse_json(study, options, &root, &unusable, err));
    if (json_object_set_new(root, "grid", fp_grid_json(grid)) != 0) {
        json_decref(root);
        return fp_fail_nomem(err, 0);
    }
    return fp_run_json(root, out, err);
}

fp_status fp_run_grid(const fp_study *study, const fp_results_options *results,
                      const fp_grid_options *options, fp_buf *out, bool *unusable, fp_err *err)
{
    fp_grid grid;
    fp_plan_state plan;
    FP_TRY(fp_grid_compute(&study->data, results, options->analysis, study->arena, &grid, err));
    *unusable = isnan(grid.rules[grid.planned].hr);
    FP_TRY(fp_study_plan_state(study, &plan, err));
    bool registered = is_registered(&plan);
    if (options->figure)
        FP_TRY(
            draw(&grid, registered, study->protocol.language, study->arena, options->figure, err));
    if (options->view == FP_GRID_JSON)
        return put_json(study, results, &grid, out, err);
    if (options->view == FP_GRID_CSV) {
        fp_grid_rows(&grid, out);
        return fp_buf_ok(out, err);
    }
    fp_plan_words(&plan, out);
    fp_buf_put_char(out, '\n');
    fp_grid_words(&grid, registered, out);
    return fp_buf_ok(out, err);
}
