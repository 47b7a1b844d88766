#include "study/power.h"

#include <math.h>
#include <string.h>

#include "base/num.h"
#include "model/formula.h"
#include "stats/sandwich.h"
#include "study/power_answers_priv.h"
#include "study/protocol_priv.h"

typedef struct {
    const fp_protocol *plan;
    const fp_power_options *options;
    double target;
    fp_arena *arena;
    const char **notes;
    fp_study_power *out;
    fp_err *err;
} building;

/* ---- which analyses ---- */

/* A formula that cannot be read counts as one with an interaction: nothing is simulated of it. */
static bool interacts(const char *formula)
{
    bool any = true;
    return fp_formula_crosses(formula, NULL, NULL, &any, NULL) != FP_OK || any;
}

/* The primary analysis that sets outcome and horizon. */
static const fp_analysis_spec *leading(const fp_protocol *plan)
{
    for (ptrdiff_t i = 0; i < plan->analysis_count; i++) {
        const fp_analysis_spec *spec = &plan->analyses[i];
        const fp_outcome_spec *outcome =
            spec->outcome ? fp_protocol_outcome(plan, spec->outcome) : NULL;
        if (spec->role == FP_ROLE_PRIMARY && outcome && outcome->kind == FP_OUTCOME_TIME_TO_EVENT &&
            spec->effect && spec->formula)
            return spec;
    }
    return NULL;
}

static ptrdiff_t factor_of(const fp_protocol *plan, const char *name)
{
    for (ptrdiff_t f = 0; f < plan->factor_count; f++)
        if (strcmp(plan->factors[f].name, name) == 0)
            return f;
    return -1;
}

/* "ips:pa" in either order. */
static bool is_interaction(const fp_protocol *plan, const char *effect)
{
    const char *colon = strchr(effect, ':');
    if (!colon || plan->factor_count != 2)
        return false;
    for (int f = 0; f < 2; f++) {
        const char *a = plan->factors[f].name, *b = plan->factors[1 - f].name;
        if (strlen(a) == (size_t)(colon - effect) && strncmp(effect, a, strlen(a)) == 0 &&
            strcmp(colon + 1, b) == 0)
            return true;
    }
    return false;
}

/* Only an effect of the factors on the leading outcome can be simulated: of one factor without
 * interaction in the formula, or of the interaction. */
static bool can_simulate(const fp_protocol *plan, const fp_analysis_spec *spec)
{
    const fp_analysis_spec *lead = leading(plan);
    if (!lead || spec->role == FP_ROLE_SUBGROUP || !spec->effect || !spec->formula ||
        !spec->outcome || strcmp(spec->outcome, lead->outcome) != 0)
        return false;
    if (is_interaction(plan, spec->effect))
        return true;
    return factor_of(plan, spec->effect) >= 0 && !interacts(spec->formula);
}

/* ---- the plan ---- */

static fp_status lacks(const fp_protocol *plan, const char *key, fp_err *err)
{
    (void)fp_fail_at(err, FP_INPUT, plan->path, plan->planned.line, 0,
                     "the plan does not say \"%s\" of design.planned", key);
    return fp_hint(err, FP_INPUT,
                   "planned: { people: 120, clusters: 12, hazard_ratio: 2.25, event_probability: "
                   "0.3, icc: 0.03 }; see docs/study-yaml.md");
}

/* Whether a time to an event, and whether answers by wave are simulated. */
static bool has_time(const fp_protocol *plan)
{
    return leading(plan) && can_simulate(plan, leading(plan));
}

static bool has_answers(const fp_protocol *plan)
{
    for (ptrdiff_t i = 0; i < plan->analysis_count; i++)
        if (fp_study_power_simulates(plan, &plan->analyses[i], NULL))
            return true;
    return false;
}

static const char *missing_key(const fp_protocol *plan)
{
    const fp_planned_spread *p = &plan->planned;
    bool clusters = plan->kind == FP_DESIGN_CLUSTER_RANDOMISED;
    if (!p->people)
        return "people";
    if (clusters && !p->clusters)
        return "clusters";
    if (!has_time(plan))
        return NULL;
    if (isnan(p->hazard_ratio))
        return "hazard_ratio";
    if (isnan(p->event_probability))
        return "event_probability";
    return clusters && isnan(p->icc) && isnan(p->k) ? "icc" : NULL;
}

static bool right_kind(const fp_protocol *plan)
{
    bool randomised = plan->kind == FP_DESIGN_CLUSTER_RANDOMISED ||
                      plan->kind == FP_DESIGN_INDIVIDUALLY_RANDOMISED;
    bool crossed = plan->factor_count >= 2 && plan->factor_count <= FP_POWER_FACTORS;
    for (ptrdiff_t f = 0; crossed && f < plan->factor_count; f++)
        crossed = plan->factors[f].level_count == 2;
    bool parallel = plan->factor_count == 1 && plan->factors[0].level_count <= FP_POWER_ARMS;
    return randomised && (crossed || parallel);
}

bool fp_study_power_known(const fp_protocol *plan)
{
    for (ptrdiff_t i = 0; i < plan->analysis_count; i++)
        if (fp_study_power_simulates(plan, &plan->analyses[i], NULL) &&
            !fp_study_power_ready(plan, &plan->analyses[i]))
            return false;
    return plan->planned.line && right_kind(plan) && !missing_key(plan) &&
           (has_time(plan) || has_answers(plan));
}

static fp_status check(const fp_protocol *plan, fp_err *err)
{
    const char *key = missing_key(plan);
    if (!right_kind(plan))
        return fp_fail(err, FP_INPUT,
                       "power is simulated for a randomised study with one factor, "
                       "or two or three of two levels; %s is of another design",
                       plan->path);
    if (!has_time(plan) && !has_answers(plan))
        return fp_fail(err, FP_INPUT,
                       "%s has no primary analysis of the effect of a factor on a time-to-event "
                       "outcome, and no analysis of an answer that says what was planned",
                       plan->path);
    return key ? lacks(plan, key, err) : FP_OK;
}

/* What the plan's analyses make of a fit with so many clusters. */
static fp_power_analysis analysis_of(const fp_protocol *plan, const fp_analysis_spec *spec)
{
    if (plan->kind == FP_DESIGN_INDIVIDUALLY_RANDOMISED)
        return FP_POWER_NAIVE;
    for (int a = FP_POWER_KC; spec->small_sample && a <= FP_POWER_MBN; a++)
        if (strcmp(fp_power_analysis_name[a], spec->small_sample) == 0)
            return (fp_power_analysis)a;
    return plan->planned.clusters < FP_FEW_CLUSTERS ? FP_POWER_MD : FP_POWER_ROBUST;
}

fp_power_plan fp_study_power_layout(const fp_protocol *plan)
{
    const fp_planned_spread *p = &plan->planned;
    fp_power_plan out = fp_power_plan_defaults();
    out.factorial = plan->factor_count > 1;
    out.individual = plan->kind == FP_DESIGN_INDIVIDUALLY_RANDOMISED;
    out.arms = out.factorial ? 1 << plan->factor_count : (int32_t)plan->factors[0].level_count;
    for (ptrdiff_t f = 0; f < plan->factor_count; f++) {
        out.factor[f] = plan->factors[f].name;
        out.levels[f] = 2;
    }
    out.clusters = out.individual ? p->people : p->clusters;
    out.people = p->people;
    out.size_cv = isnan(p->size_cv) ? 0 : p->size_cv;
    return out;
}

static fp_power_plan plan_of(const fp_protocol *plan)
{
    const fp_planned_spread *p = &plan->planned;
    fp_power_plan out = fp_study_power_layout(plan);
    for (int i = 0; i < fp_power_plan_effects(&out); i++)
        out.hr[i] = p->hazard_ratio;
    out.scale = isnan(p->icc) ? FP_POWER_K : FP_POWER_ICC;
    out.variation = out.individual ? 0 : isnan(p->icc) ? p->k : p->icc;
    out.event_probability = p->event_probability;
    out.drop_out = isnan(p->drop_out) ? 0 : p->drop_out;
    out.accrual = p->accrual;
    out.follow_up = fp_protocol_outcome(plan, leading(plan)->outcome)->follow_up;
    out.analyses = 0;
    for (ptrdiff_t i = 0; i < plan->analysis_count; i++)
        if (can_simulate(plan, &plan->analyses[i]))
            out.analyses |= 1u << analysis_of(plan, &plan->analyses[i]);
    if (!out.individual)
        out.analyses |= 1u << FP_POWER_PERMUTATION;
    out.effects = FP_EFFECT_MARGINS;
    return out;
}

/* ---- the tests ---- */

static fp_status detect(const building *b, const fp_power_answer *answer, const fp_power_row *row,
                        double *ratio)
{
    fp_power_wish wish = {FP_SOLVE_EFFECT, b->target, row->index, row->analysis};
    fp_power_solution solution;
    *ratio = FP_NUM_NAN;
    if (b->target <= 0 || row->question->joint)
        return FP_OK;
    FP_TRY(fp_power_solve(&answer->plan, &wish, b->options, &solution, b->err));
    if (solution.reached)
        *ratio = solution.value;
    return FP_OK;
}

/* The rows of an answer that test an analysis of the plan. */
static fp_status add_tests(building *b, const fp_analysis_spec *spec, const fp_power_answer *answer,
                           fp_study_power_test *tests)
{
    bool interaction = is_interaction(b->plan, spec->effect);
    fp_power_analysis analysis = analysis_of(b->plan, spec);
    for (ptrdiff_t i = 0; i < answer->row_count; i++) {
        const fp_power_row *row = &answer->rows[i];
        const fp_power_question *q = row->question;
        bool about = interaction              ? q->permute == FP_PERMUTE_INTERACTION
                     : answer->plan.factorial ? q->permute == FP_PERMUTE_MARGIN &&
                                                    q->factor == factor_of(b->plan, spec->effect)
                                              : true;
        if (!about || (row->analysis != analysis && row->analysis != FP_POWER_PERMUTATION))
            continue;
        fp_study_power_test *test = &tests[b->out->test_count++];
        *test = (fp_study_power_test){spec, answer, row, FP_NUM_NAN};
        FP_TRY(detect(b, answer, row, &test->detectable));
    }
    return FP_OK;
}

static fp_status note(building *b, const char *format, const char *name)
{
    char *text = fp_arena_printf(b->arena, b->err, "%s: %s", name, format);
    if (!text)
        return FP_NOMEM;
    b->notes[b->out->note_count++] = text;
    return FP_OK;
}

/* The first variable of a formula that is no factor and not what was randomised. */
static bool first_covariate(const fp_protocol *plan, const char *formula, fp_str *name)
{
    for (size_t pos = 0; fp_protocol_next_variable(formula, &pos, name);) {
        bool known =
            (plan->cluster && fp_str_is(*name, plan->cluster)) || fp_protocol_of_answers(*name);
        for (ptrdiff_t f = 0; f < plan->factor_count; f++)
            known = known || fp_str_is(*name, plan->factors[f].name);
        if (!known)
            return true;
    }
    return false;
}

/* One line for all analyses with covariates: they are in the model that will run. */
static fp_status note_covariates(building *b)
{
    for (ptrdiff_t i = 0; i < b->plan->analysis_count; i++) {
        const fp_analysis_spec *spec = &b->plan->analyses[i];
        fp_str name;
        bool simulated =
            can_simulate(b->plan, spec) || fp_study_power_simulates(b->plan, spec, NULL);
        if (simulated && first_covariate(b->plan, spec->formula, &name))
            return note(b,
                        "trials are simulated without the covariates of the formula; those that "
                        "foretell the outcome make the power a little higher",
                        spec->id);
    }
    return FP_OK;
}

static fp_status make_notes(building *b)
{
    const fp_protocol *plan = b->plan;
    FP_ARRAY(b->notes, b->arena, plan->analysis_count + 2, b->err); /* strata, covariates */
    b->out->notes = b->notes;
    for (ptrdiff_t i = 0; i < plan->analysis_count; i++) {
        const fp_analysis_spec *spec = &plan->analyses[i];
        const char *why;
        if (spec->role != FP_ROLE_SUBGROUP && !can_simulate(plan, spec) &&
            !fp_study_power_simulates(plan, spec, &why))
            FP_TRY(note(b, why, spec->id));
    }
    if (plan->strata_count || plan->allocation.balance_count)
        FP_TRY(
            note(b, "not simulated: trials are drawn without the strata or the balance", "design"));
    return note_covariates(b);
}

static bool wants_interaction(const fp_protocol *plan)
{
    for (ptrdiff_t i = 0; i < plan->analysis_count; i++)
        if (can_simulate(plan, &plan->analyses[i]) &&
            is_interaction(plan, plan->analyses[i].effect))
            return true;
    return false;
}

static fp_status simulate(building *b, const fp_power_plan *plan, fp_power_answer **out)
{
    FP_ARRAY(*out, b->arena, 1, b->err);
    return fp_model_power(plan, b->options, b->target > 0 ? b->target : 0.8, NULL, b->arena, *out,
                          b->err);
}

/* The factors without interaction, and the interaction where the plan analyses it. */
static fp_status simulate_time(building *b, const fp_power_answer **answers,
                               fp_power_answer *made[2])
{
    fp_power_plan main_plan = plan_of(b->plan);
    FP_TRY(simulate(b, &main_plan, &made[0]));
    answers[b->out->answer_count++] = made[0];
    if (!wants_interaction(b->plan))
        return FP_OK;
    fp_power_plan other = main_plan;
    other.effects = FP_EFFECT_INTERACTION;
    if (!isnan(b->plan->planned.interaction))
        other.interaction_hr = b->plan->planned.interaction;
    FP_TRY(simulate(b, &other, &made[1]));
    answers[b->out->answer_count++] = made[1];
    return FP_OK;
}

fp_status fp_study_power_of(const fp_protocol *plan, const fp_power_options *options, double target,
                            fp_arena *arena, fp_study_power *power, fp_err *err)
{
    fp_study_power out = {0};
    building b = {plan, options, target, arena, NULL, &out, err};
    fp_study_power_test *tests;
    fp_power_answer *made[2] = {NULL, NULL};
    const fp_power_answer **answers;
    FP_TRY(check(plan, err));
    FP_TRY(make_notes(&b));
    FP_ARRAY(answers, arena, 2 + plan->analysis_count, err);
    FP_ARRAY(tests, arena, plan->analysis_count * FP_POWER_QUESTIONS * 2, err);
    if (has_time(plan))
        FP_TRY(simulate_time(&b, answers, made));
    for (ptrdiff_t i = 0; i < plan->analysis_count; i++) {
        const fp_analysis_spec *spec = &plan->analyses[i];
        fp_power_answer *answer;
        if (can_simulate(plan, spec))
            FP_TRY(add_tests(&b, spec, made[is_interaction(plan, spec->effect)], tests));
        else if (fp_study_power_simulates(plan, spec, NULL)) {
            FP_TRY(fp_study_power_answers(plan, spec, options, target, arena, &answer, tests,
                                          &out.test_count, err));
            answers[out.answer_count++] = answer;
        }
    }
    out.answers = answers;
    out.tests = tests;
    *power = out;
    return FP_OK;
}
