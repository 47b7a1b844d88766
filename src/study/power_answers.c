#include "study/power_answers_priv.h"

#include <math.h>
#include <string.h>

#include "base/num.h"
#include "model/formula.h"
#include "stats/sandwich.h"
#include "study/results_priv.h"

/* ---- what can be simulated ---- */

static bool names_factor(const fp_protocol *plan, const char *text)
{
    for (ptrdiff_t f = 0; f < plan->factor_count; f++)
        if (fp_formula_names(text, plan->factors[f].name))
            return true;
    return fp_formula_names(text, "arm");
}

static bool crossed(const char *formula, const char *factor, const char *name)
{
    bool both = false; /* the plan was checked: its formulas can be read */
    return fp_formula_crosses(formula, factor, name, &both, NULL) == FP_OK && both;
}

/* Whether a term of the formula has a factor and `name` together: "ips * pa * wave". */
static bool crosses(const fp_protocol *plan, const char *formula, const char *name)
{
    for (ptrdiff_t f = 0; f < plan->factor_count; f++)
        if (crossed(formula, plan->factors[f].name, name))
            return true;
    return crossed(formula, "arm", name);
}

static bool is_binary(const fp_analysis_spec *spec)
{
    return spec->family && strcmp(spec->family, "binomial") == 0;
}

/* Why not; NULL where it can be. */
static const char *obstacle(const fp_protocol *plan, const fp_analysis_spec *spec)
{
    const fp_outcome_spec *outcome =
        spec->outcome ? fp_protocol_outcome(plan, spec->outcome) : NULL;
    if (spec->role == FP_ROLE_SUBGROUP || !outcome || outcome->kind != FP_OUTCOME_ANSWER ||
        !spec->formula || !spec->model)
        return "not simulated: another outcome, or an effect that no factor has";
    if (!outcome->planned.line)
        return "not simulated: its outcome does not say what was planned";
    if (!names_factor(plan, spec->formula))
        return "not simulated: no factor stands in its formula";
    if (strchr(spec->formula, '|'))
        return "not simulated: the random effects of its formula are its own";
    if (spec->family && !is_binary(spec) && strcmp(spec->family, "gaussian") != 0)
        return "not simulated: of this family no trials are drawn";
    if (strcmp(spec->model, "gee") == 0 && spec->small_sample &&
        (strcmp(spec->small_sample, "fg") == 0 || strcmp(spec->small_sample, "mbn") == 0))
        return "not simulated: gee is simulated with the corrections md and kc";
    if (!crosses(plan, spec->formula, "wave") && !crosses(plan, spec->formula, "month") &&
        !fp_formula_names(spec->formula, "baseline"))
        return "not simulated: an effect over all waves, the first included, is none of a trial";
    return plan->wave_count < 2 || plan->wave_count > FP_POWER_WAVES
               ? "not simulated: too many waves, or only one"
               : NULL;
}

bool fp_study_power_simulates(const fp_protocol *plan, const fp_analysis_spec *spec,
                              const char **why)
{
    const char *found = obstacle(plan, spec);
    if (why)
        *why = found;
    return !found;
}

/* ---- the plan ---- */

static const char *missing_key(const fp_protocol *plan, const fp_analysis_spec *spec,
                               const fp_planned_answer *p)
{
    bool clusters = plan->kind == FP_DESIGN_CLUSTER_RANDOMISED;
    if (is_binary(spec) && isnan(p->event_probability))
        return "event_probability";
    if (is_binary(spec) && isnan(p->odds_ratio))
        return "odds_ratio";
    if (!is_binary(spec) && isnan(p->sd))
        return "sd";
    if (!is_binary(spec) && isnan(p->difference))
        return "difference";
    if (clusters && isnan(p->icc))
        return "icc";
    return isnan(p->person_correlation) ? "person_correlation" : NULL;
}

static fp_status check(const fp_protocol *plan, const fp_analysis_spec *spec, fp_err *err)
{
    const fp_outcome_spec *outcome = fp_protocol_outcome(plan, spec->outcome);
    const char *key = missing_key(plan, spec, &outcome->planned);
    if (!key)
        return FP_OK;
    (void)fp_fail_at(err, FP_INPUT, plan->path, outcome->planned.line, 0,
                     "the plan does not say \"%s\" in \"planned\" of outcome %s", key, outcome->id);
    return fp_hint(err, FP_INPUT,
                   is_binary(spec)
                       ? "planned: { event_probability: 0.3, odds_ratio: 2, icc: 0.03, "
                         "person_correlation: 0.4 }; see docs/study-yaml.md"
                       : "planned: { difference: 8, sd: 20, icc: 0.03, person_correlation: 0.6 }; "
                         "see docs/study-yaml.md");
}

/* What the plan's analyses make of a fit with so many clusters. */
static fp_power_analysis analysis_of(const fp_protocol *plan, const fp_analysis_spec *spec)
{
    static const char *const methods[] = {"kc", "md", "fg", "mbn"};
    static const fp_power_analysis glm[] = {FP_POWER_KC, FP_POWER_MD, FP_POWER_FG, FP_POWER_MBN};
    static const fp_power_analysis gee[] = {FP_POWER_GEE_KC, FP_POWER_GEE_MD};
    static const fp_power_analysis usual[] = {[FP_SMALL_KC] = FP_POWER_KC,
                                              [FP_SMALL_MD] = FP_POWER_MD,
                                              [FP_SMALL_NONE] = FP_POWER_ROBUST};
    bool independent = strcmp(spec->model, "glm") == 0;
    double cv = plan->planned.size_cv;
    if (strcmp(spec->model, "lmm") == 0)
        return FP_POWER_LMM_KR;
    for (int k = 0; spec->small_sample && k < 4; k++)
        if (strcmp(spec->small_sample, methods[k]) == 0)
            return independent ? glm[k] : gee[k];
    if (!independent)
        return FP_POWER_GEE;
    return usual[fp_small_usual(plan->cluster ? plan->planned.clusters : plan->planned.people,
                                isnan(cv) ? 0 : cv)];
}

static fp_power_measure measure_of(const fp_protocol *plan, const fp_analysis_spec *spec)
{
    const fp_planned_answer *p = &fp_protocol_outcome(plan, spec->outcome)->planned;
    const int *month = plan->wave_months;
    ptrdiff_t last = plan->wave_count - 1;
    bool binary = is_binary(spec);
    fp_power_measure m = {.outcome = binary ? FP_POWER_BINARY : FP_POWER_CONTINUOUS,
                          .effect = binary ? FP_POWER_ODDS_RATIO : FP_POWER_MEAN_DIFFERENCE,
                          .law = FP_POWER_LOGIT_NORMAL,
                          .waves = (int32_t)plan->wave_count,
                          .sd = p->sd,
                          .between = p->icc_between,
                          .person = p->person_correlation,
                          .drop_out = isnan(p->drop_out) ? 0 : p->drop_out};
    m.adjusted = !binary && fp_formula_names(spec->formula, "baseline");
    m.estimand = crosses(plan, spec->formula, "wave")    ? FP_POWER_LAST
                 : crosses(plan, spec->formula, "month") ? FP_POWER_SLOPE
                                                         : FP_POWER_OVERALL;
    for (ptrdiff_t t = 0; t <= last; t++) {
        m.at[t] = (double)(month[t] - month[0]) / (double)(month[last] - month[0]);
        m.risk[t] = p->event_probability;
    }
    return m;
}

static bool about_interaction(const fp_analysis_spec *spec)
{
    return spec->effect && strchr(spec->effect, ':');
}

static fp_power_plan plan_of(const fp_protocol *plan, const fp_analysis_spec *spec)
{
    const fp_planned_answer *p = &fp_protocol_outcome(plan, spec->outcome)->planned;
    fp_power_plan out = fp_study_power_layout(plan);
    double none = is_binary(spec) ? 1 : 0;
    out.scale = FP_POWER_ICC;
    out.variation = out.individual ? 0 : p->icc;
    out.measure = measure_of(plan, spec);
    for (int i = 0; i < fp_power_plan_effects(&out); i++)
        out.effect[i] = is_binary(spec) ? p->odds_ratio : p->difference;
    out.interaction = about_interaction(spec) && !isnan(p->interaction) ? p->interaction : none;
    out.effects = about_interaction(spec) ? FP_EFFECT_INTERACTION : FP_EFFECT_MARGINS;
    out.analyses = 1u << analysis_of(plan, spec);
    return out;
}

bool fp_study_power_ready(const fp_protocol *plan, const fp_analysis_spec *spec)
{
    __attribute__((cleanup(fp_arena_cleanup))) fp_arena *scratch = fp_arena_create(FP_GIB);
    fp_power_design design;
    fp_power_derived derived;
    if (!scratch || check(plan, spec, NULL) != FP_OK)
        return false;
    fp_power_plan planned = plan_of(plan, spec);
    return fp_power_plan_design(&planned, scratch, &design, &derived, NULL) == FP_OK;
}

/* ---- the tests ---- */

/* The factor that the analysis names as its effect, else those of its formula; others are not asked
 * about. */
static bool is_about(const fp_protocol *plan, const fp_analysis_spec *spec,
                     const fp_power_answer *answer, const fp_power_question *q)
{
    if (!answer->plan.factorial || q->permute != FP_PERMUTE_MARGIN)
        return true;
    const char *factor = plan->factors[q->factor].name;
    if (spec->effect)
        return strcmp(factor, spec->effect) == 0;
    return fp_formula_names(spec->formula, factor) || fp_formula_names(spec->formula, "arm");
}

static fp_status detect(const fp_power_answer *answer, const fp_power_row *row,
                        const fp_power_options *options, double target, double *effect, fp_err *err)
{
    fp_power_options fewer = *options;
    fp_power_wish wish = {FP_SOLVE_EFFECT, target, row->index, row->analysis};
    fp_power_solution solution;
    *effect = FP_NUM_NAN;
    if (target <= 0 || row->question->joint)
        return FP_OK;
    fewer.trials = options->trials / 10;
    fewer.trials = fewer.trials < 200 ? 200 : fewer.trials > 1000 ? 1000 : fewer.trials;
    FP_TRY(fp_power_solve(&answer->plan, &wish, &fewer, &solution, err));
    if (solution.reached)
        *effect = solution.value;
    return FP_OK;
}

fp_status fp_study_power_answers(const fp_protocol *plan, const fp_analysis_spec *spec,
                                 const fp_power_options *options, double target, fp_arena *arena,
                                 fp_power_answer **answer, fp_study_power_test *tests,
                                 ptrdiff_t *count, fp_err *err)
{
    FP_TRY(check(plan, spec, err));
    fp_power_plan planned = plan_of(plan, spec);
    FP_ARRAY(*answer, arena, 1, err);
    FP_TRY(fp_model_power(&planned, options, target > 0 ? target : 0.8, NULL, arena, *answer, err));
    (*answer)->about = spec->outcome;
    for (ptrdiff_t i = 0; i < (*answer)->row_count; i++) {
        const fp_power_row *row = &(*answer)->rows[i];
        if (!is_about(plan, spec, *answer, row->question))
            continue;
        fp_study_power_test *test = &tests[(*count)++];
        *test = (fp_study_power_test){spec, *answer, row, FP_NUM_NAN};
        FP_TRY(detect(*answer, row, options, target, &test->detectable, err));
    }
    return FP_OK;
}
