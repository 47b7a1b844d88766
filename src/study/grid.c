#include "study/grid.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_statistics_double.h>

#include "study/grid_priv.h"

const char *fp_grid_key(fp_grid_choice choice)
{
    static const char *const keys[] = {"min_days", "min_hours_per_week", "gap_days", "concurrent",
                                       "at_start"};
    return keys[choice];
}

/* ---- the grid ------------------------------------------------------------------------------ */

static const char *const concurrents[] = {"sum", "largest"};
static const char *const at_starts[] = {"exclude", "ignore-run", "event-at-0"};

/* The values of each choice as numbers. */
typedef struct {
    double value[FP_GRID_CHOICES][FP_GRID_MOST];
    ptrdiff_t count[FP_GRID_CHOICES];
} axes;

static void add_value(axes *a, fp_grid_choice choice, double value)
{
    double *list = a->value[choice];
    ptrdiff_t at = 0, n = a->count[choice];
    while (at < n && list[at] < value)
        at++;
    if (at < n && list[at] == value)
        return;
    memmove(list + at + 1, list + at, (size_t)(n - at) * sizeof *list);
    list[at] = value;
    a->count[choice]++;
}

static axes axes_of(const fp_outcome_rule *planned)
{
    static const double days[] = {14, 28, 42, 60, 90}, hours[] = {8, 12, 16, 20, 24};
    axes a = {0};
    for (size_t i = 0; i < sizeof days / sizeof *days; i++)
        add_value(&a, FP_GRID_MIN_DAYS, days[i]);
    for (size_t i = 0; i < sizeof hours / sizeof *hours; i++)
        add_value(&a, FP_GRID_HOURS, hours[i]);
    add_value(&a, FP_GRID_GAP_DAYS, 0);
    add_value(&a, FP_GRID_GAP_DAYS, 7);
    for (int i = 0; i < 2; i++)
        add_value(&a, FP_GRID_CONCURRENT, i);
    for (int i = 0; i < 3; i++)
        add_value(&a, FP_GRID_AT_START, i);
    add_value(&a, FP_GRID_MIN_DAYS, planned->min_days);
    add_value(&a, FP_GRID_HOURS, planned->min_hours_per_week);
    add_value(&a, FP_GRID_GAP_DAYS, planned->gap_days);
    return a;
}

static fp_status name_values(const axes *a, fp_arena *arena, fp_grid *grid, fp_err *err)
{
    for (int c = 0; c < FP_GRID_CHOICES; c++) {
        grid->value_count[c] = a->count[c];
        for (ptrdiff_t v = 0; v < a->count[c]; v++) {
            int whole = (int)a->value[c][v];
            grid->values[c][v] = c == FP_GRID_CONCURRENT ? concurrents[whole]
                                 : c == FP_GRID_AT_START
                                     ? at_starts[whole]
                                     : fp_arena_printf(arena, err, "%g", a->value[c][v]);
            if (!grid->values[c][v])
                return FP_NOMEM;
        }
    }
    return FP_OK;
}

static void set_rule(const axes *a, const fp_outcome_rule *planned, fp_grid_rule *r)
{
    r->rule = *planned;
    r->rule.min_days = (int)a->value[FP_GRID_MIN_DAYS][r->value[FP_GRID_MIN_DAYS]];
    r->rule.min_hours_per_week = a->value[FP_GRID_HOURS][r->value[FP_GRID_HOURS]];
    r->rule.gap_days = (int)a->value[FP_GRID_GAP_DAYS][r->value[FP_GRID_GAP_DAYS]];
    r->rule.concurrent = (fp_concurrent)r->value[FP_GRID_CONCURRENT];
    r->rule.at_start = (fp_at_start)r->value[FP_GRID_AT_START];
}

static bool is_planned(const fp_outcome_rule *rule, const fp_outcome_rule *planned)
{
    return rule->min_days == planned->min_days &&
           fabs(rule->min_hours_per_week - planned->min_hours_per_week) <= 0 &&
           rule->gap_days == planned->gap_days && rule->concurrent == planned->concurrent &&
           rule->at_start == planned->at_start;
}

/* Every combination, the first choice slowest. */
static fp_status cross(const axes *a, fp_arena *arena, fp_grid *grid, fp_grid_rule **out,
                       fp_err *err)
{
    const fp_outcome_rule *planned = &grid->outcome->rule;
    fp_grid_rule *rules;
    grid->count = 1;
    for (int c = 0; c < FP_GRID_CHOICES; c++)
        grid->count *= a->count[c];
    FP_ARRAY(rules, arena, grid->count, err);
    for (ptrdiff_t i = 0; i < grid->count; i++) {
        ptrdiff_t rest = i;
        for (int c = FP_GRID_CHOICES; c-- > 0;) {
            rules[i].value[c] = (int)(rest % a->count[c]);
            rest /= a->count[c];
        }
        set_rule(a, planned, &rules[i]);
        rules[i].hr = rules[i].lower = rules[i].upper = rules[i].p = FP_NUM_NAN;
        rules[i].p_permutation = FP_NUM_NAN;
        if (is_planned(&rules[i].rule, planned))
            grid->planned = i;
    }
    grid->rules = *out = rules;
    return FP_OK;
}

/* ---- one rule ------------------------------------------------------------------------------ */

typedef struct {
    fp_build *b;
    const fp_study_data *data; /* one thread each */
    fp_results_options options;
    fp_grid *grid;
    fp_grid_rule *rules;
    ptrdiff_t outcome, factor; /* factor -1 = the effect is none */
    fp_grid_sums sums;
    fp_status *status;
    fp_err *err;
} work;

static void count_fates(const fp_outcomes *outcomes, fp_grid_rule *r)
{
    for (ptrdiff_t i = 0; i < outcomes->n; i++) {
        fp_fate fate = outcomes->people[i].fate;
        r->events += fate == FP_FATE_EVENT;
        r->followed += fate != FP_FATE_EXCLUDED && fate != FP_FATE_UNOBSERVED;
    }
}

/* The fit of the plan on the outcome of this rule. */
static fp_status fit(const work *w, const fp_outcomes *outcomes, fp_arena *scratch, ptrdiff_t i,
                     fp_err *err)
{
    fp_grid_rule *r = &w->rules[i];
    ptrdiff_t coaches = w->data->coach_count;
    fp_results out = {.primary = w->outcome};
    fp_result result;
    fp_build b = *w->b;
    bool none = false;
    b.data = w->data;
    b.options = &w->options;
    b.arena = scratch;
    b.out = &out;
    b.warning_room = 64;
    FP_ARRAY(b.warnings, scratch, b.warning_room, err);
    FP_ARRAY(b.tables, scratch, b.plan->outcome_count, err);
    FP_TRY(fp_analysis_table(w->data, outcomes, scratch, &b.tables[w->outcome], err));
    if (!b.tables[w->outcome]) {
        (void)snprintf(r->state, sizeof r->state, "nobody_followed");
        return FP_OK;
    }
    if (w->factor >= 0 && coaches)
        FP_TRY(fp_grid_residuals(&b, w->grid->spec, w->outcome, w->factor,
                                 w->sums.sums + i * coaches, w->sums.followed + i * coaches, err));
    fp_status status =
        fp_build_cox(&b, w->grid->spec->id, w->outcome, w->grid->spec->formula, none, &result, err);
    if (status == FP_INPUT && r != &w->rules[w->grid->planned]) {
        (void)snprintf(r->state, sizeof r->state, "not_fitted");
        return FP_OK;
    }
    FP_TRY(fp_build_named(status, &b, w->grid->spec, err));
    fp_ratio ratio = fp_ratio_of(&result, fp_term_find(&result, w->grid->term));
    (void)snprintf(r->state, sizeof r->state, "%s", result.state);
    if (strcmp(result.state, "converged") != 0 && strcmp(result.state, "rank_deficient") != 0)
        return FP_OK;
    r->hr = ratio.ratio;
    r->lower = ratio.lower;
    r->upper = ratio.upper;
    r->p = ratio.p;
    return FP_OK;
}

static fp_status one_rule(const work *w, ptrdiff_t i, fp_err *err)
{
    FP_ARENA_SCOPED(scratch, 64 * FP_GIB, err);
    fp_grid_rule *r = &w->rules[i];
    fp_outcomes outcomes;
    FP_TRY(fp_outcomes_derive(w->data, w->grid->outcome, &r->rule, scratch, &outcomes, err));
    count_fates(&outcomes, r);
    return fit(w, &outcomes, scratch, i, err);
}

static void run_rule(void *context, long i)
{
    work *w = context;
    w->status[i] = one_rule(w, i, &w->err[i]);
    fp_progress_add(w->b->options->progress, 1);
}

/* All rules, in parallel; the first failure in their order. */
static fp_status run_all(work *w, fp_err *err)
{
    fp_arena *arena = w->b->arena;
    fp_progress *progress = w->b->options->progress;
    ptrdiff_t n = w->grid->count, coaches = w->data->coach_count;
    FP_ARRAY(w->status, arena, n, err);
    FP_ARRAY(w->err, arena, n, err);
    FP_ARRAY(w->sums.sums, arena, n * coaches, err);
    FP_ARRAY(w->sums.followed, arena, n * coaches, err);
    fp_progress_begin(progress, "outcome rules", NULL, n);
    fp_parallel(w->b->options->threads, n, run_rule, w);
    fp_progress_end(progress);
    for (ptrdiff_t i = 0; i < n; i++)
        if (w->status[i] != FP_OK) {
            if (err)
                *err = w->err[i];
            return w->status[i];
        }
    return FP_OK;
}

/* ---- which analysis ------------------------------------------------------------------------ */

static const char *term_of(const fp_protocol *plan, const char *effect, fp_arena *arena,
                           fp_err *err)
{
    FP_BUF_SCOPED(out, 4096);
    for (const char *rest = effect; *rest;) {
        size_t n = strcspn(rest, ":");
        fp_str name = fp_str_trim((fp_str){rest, n});
        const char *level = "";
        for (ptrdiff_t f = 0; f < plan->factor_count; f++)
            if (fp_str_is(name, plan->factors[f].name))
                level = plan->factors[f].levels[1];
        fp_buf_printf(&out, "%s%.*s%s", out.n ? ":" : "", FP_STR_ARG(name), level);
        rest += n + (rest[n] == ':');
    }
    return fp_buf_ok(&out, err) == FP_OK ? fp_str_dup(arena, fp_buf_str(&out), err) : NULL;
}

static bool can_vary(const fp_protocol *plan, const fp_analysis_spec *spec)
{
    const fp_outcome_spec *outcome =
        spec->outcome ? fp_protocol_outcome(plan, spec->outcome) : NULL;
    return spec->formula && spec->effect && spec->role != FP_ROLE_SUBGROUP && outcome &&
           outcome->kind == FP_OUTCOME_TIME_TO_EVENT &&
           (!spec->model || !strcmp(spec->model, "cox"));
}

static fp_status choose(const fp_protocol *plan, const char *id, const fp_analysis_spec **out,
                        fp_err *err)
{
    const fp_analysis_spec *named = id ? fp_protocol_analysis(plan, id) : NULL;
    for (ptrdiff_t i = 0; !id && i < plan->analysis_count && !named; i++)
        if (plan->analyses[i].role == FP_ROLE_PRIMARY && can_vary(plan, &plan->analyses[i]))
            named = &plan->analyses[i];
    if (named && can_vary(plan, named)) {
        *out = named;
        return FP_OK;
    }
    if (id && !named) {
        (void)fp_fail(err, FP_USAGE, "there is no analysis \"%.80s\"", id);
        return plan->analysis_count
                   ? fp_hint(err, FP_USAGE, "the first one in study.yaml is \"%s\"",
                             plan->analyses[0].id)
                   : FP_USAGE;
    }
    (void)fp_fail_at(err, FP_USAGE, plan->path, named ? named->line : 0, 0,
                     id ? "the analysis has no curve over outcome rules"
                        : "no primary analysis has a curve over outcome rules");
    return fp_hint(err, FP_USAGE,
                   "it takes a cox model with a formula and an effect on a time-to-event outcome");
}

/* ---- summing up ---------------------------------------------------------------------------- */

static fp_status sum_up(fp_grid *grid, fp_arena *arena, fp_err *err)
{
    const fp_grid_rule *planned = &grid->rules[grid->planned];
    double *hr;
    size_t n = 0;
    FP_ARRAY(hr, arena, grid->count, err);
    grid->lowest = grid->highest = grid->median = FP_NUM_NAN;
    grid->rank = !isnan(planned->hr);
    for (ptrdiff_t i = 0; i < grid->count; i++) {
        const fp_grid_rule *r = &grid->rules[i];
        if (isnan(r->hr))
            continue;
        hr[n++] = r->hr;
        grid->lowest = fmin(grid->lowest, r->hr);
        grid->highest = fmax(grid->highest, r->hr);
        grid->above += r->hr > 1;
        grid->rank += r->hr < planned->hr;
    }
    grid->estimated = (ptrdiff_t)n;
    if (n)
        grid->median = gsl_stats_median(hr, 1, n);
    return FP_OK;
}

fp_status fp_grid_compute(const fp_study_data *data, const fp_results_options *options,
                          const char *analysis, fp_arena *arena, fp_grid *grid, fp_err *err)
{
    fp_results_options defaults = fp_results_defaults();
    fp_results out = {.primary = -1};
    fp_study_data local = *data;
    fp_build b = {.data = data,
                  .plan = data->protocol,
                  .options = options ? options : &defaults,
                  .arena = arena,
                  .out = &out};
    fp_grid made = {0};
    fp_grid_rule *rules;
    FP_TRY(choose(b.plan, analysis, &made.spec, err));
    made.outcome = fp_protocol_outcome(b.plan, made.spec->outcome);
    made.formula = made.spec->formula;
    if (!(made.term = term_of(b.plan, made.spec->effect, arena, err)))
        return FP_NOMEM;
    axes a = axes_of(&made.outcome->rule);
    FP_TRY(name_values(&a, arena, &made, err));
    FP_TRY(cross(&a, arena, &made, &rules, err));
    b.warning_room = 64;
    FP_ARRAY(b.warnings, arena, b.warning_room, err);
    FP_ARRAY(b.permutable, arena, b.plan->outcome_count, err);
    FP_ARRAY(b.permuted, arena, b.plan->outcome_count, err);
    FP_TRY(fp_build_design(&b, err));
    local.work = (fp_work){.threads = 1};
    work w = {.b = &b,
              .data = &local,
              .options = *b.options,
              .grid = &made,
              .rules = rules,
              .outcome = made.outcome - b.plan->outcomes,
              .factor = fp_factor_index(b.plan, made.spec->effect)};
    w.options.threads = 1;
    w.options.progress = NULL;
    FP_TRY(run_all(&w, err));
    FP_TRY(fp_grid_test(&b, &w.sums, w.factor, rules, &made, err));
    FP_TRY(sum_up(&made, arena, err));
    *grid = made;
    return FP_OK;
}
