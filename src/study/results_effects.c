/* The plan carried out: every analysis as written, the effects at the margins, inside the table,
 * and the interaction. */
#include "study/results_priv.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "stats/dist.h"

fp_status fp_build_planned(fp_build *b, fp_err *err)
{
    const fp_protocol *plan = b->plan;
    fp_planned *planned;
    FP_ARRAY(planned, b->arena, plan->analysis_count, err);
    b->out->planned = planned;
    for (ptrdiff_t i = 0; i < plan->analysis_count; i++) {
        const fp_analysis_spec *spec = &plan->analyses[i];
        if (!spec->formula || spec->role == FP_ROLE_SUBGROUP)
            continue;
        ptrdiff_t outcome = fp_analysis_outcome(b, spec);
        if (outcome >= 0 && plan->outcomes[outcome].kind == FP_OUTCOME_ANSWER)
            continue; /* see fp_build_waves() */
        if (outcome < 0 || !b->tables[outcome]) {
            FP_TRY(fp_build_note(b, spec->id, err,
                                 "not carried out: nobody was followed for its outcome"));
            continue;
        }
        fp_planned *p = &planned[b->out->planned_count++];
        p->spec = spec;
        FP_TRY(fp_build_named(fp_build_cox(b, spec->id, outcome, spec->formula,
                                           spec->effect ? FP_PERMUTE_FACTORS : FP_PERMUTE_NONE,
                                           &p->result, err),
                              b, spec, err));
    }
    return FP_OK;
}

/* ---- Effects at the margins ---- */

/* The effect at the margin: `~ ips + pa + age`, `~ ips * pa + age` -> `~ ips + strata(pa) + age`.
 * The other factors become strata and what is added to them stays; a term in which a factor takes
 * part with something else would make the coefficient that of one cell, and is left out. */
static char *margin_formula(fp_build *b, const char *formula, ptrdiff_t factor, fp_err *err)
{
    FP_BUF_SCOPED(out, 1 << 17);
    const char *rest = fp_formula_rest(b, formula, err);
    if (!rest)
        return NULL;
    fp_buf_printf(&out, "~ %s", b->plan->factors[factor].name);
    for (ptrdiff_t f = 0; f < b->plan->factor_count; f++)
        if (f != factor)
            fp_buf_printf(&out, " + strata(%s)", b->plan->factors[f].name);
    fp_buf_put(&out, rest);
    if (fp_buf_ok(&out, err) != FP_OK)
        return NULL;
    return fp_arena_strdup(b->arena, out.p, err);
}

static const fp_result *planned_result(const fp_build *b, const fp_analysis_spec *spec)
{
    for (ptrdiff_t i = 0; i < b->out->planned_count; i++)
        if (b->out->planned[i].spec == spec)
            return &b->out->planned[i].result;
    return NULL;
}

static fp_status effect_facts(fp_build *b, const fp_effect *e, fp_err *err)
{
    fp_scope scope = {.group = fp_group_total(), .set = FP_SET_FOLLOWED};
    const char *id = e->spec->id;
    ptrdiff_t term = fp_term_find(&e->margin, e->term);
    fp_ratio r = fp_ratio_of(&e->margin, term);
    FP_TRY(fp_build_ratio_facts(b, id, e->term, "hr", r, &scope, err));
    FP_TRY(fp_build_beside_facts(b, id, &e->margin, term, &scope, err));
    FP_TRY(fp_build_permutation_facts(b, id, e->term, &e->margin, b->plan->factors[e->factor].name,
                                      "p_permutation", &scope, err));
    const fp_result *planned = planned_result(b, e->spec);
    if (!planned)
        return FP_OK;
    fp_ratio as_written = fp_ratio_of(planned, fp_term_find(planned, e->term));
    FP_TRY(fp_build_fact(b, FP_FACT_RATIO, as_written.ratio, &scope, id,
                         "ratio of hazards, formula as written in the plan", err,
                         "%s.%s.hr_planned", id, e->term));
    FP_TRY(fp_build_fact(b, FP_FACT_RATIO, as_written.lower, &scope, id, "its lower limit", err,
                         "%s.%s.lower_planned", id, e->term));
    return fp_build_fact(b, FP_FACT_RATIO, as_written.upper, &scope, id, "its upper limit", err,
                         "%s.%s.upper_planned", id, e->term);
}

static fp_status one_effect(fp_build *b, const fp_analysis_spec *spec, ptrdiff_t factor,
                            fp_effect *e, fp_err *err)
{
    const fp_factor *f = &b->plan->factors[factor];
    *e = (fp_effect){.spec = spec, .factor = factor, .other = -1};
    if (b->plan->factor_count == 2)
        e->other = 1 - factor;
    e->term = fp_arena_printf(b->arena, err, "%s%s", f->name, f->levels[1]);
    e->formula = margin_formula(b, spec->formula, factor, err);
    if (!e->term || !e->formula)
        return FP_NOMEM;
    FP_TRY(fp_build_named(
        fp_build_cox(b, spec->id, b->out->primary, e->formula, FP_PERMUTE_FACTORS, &e->margin, err),
        b, spec, err));
    fp_ratio r = fp_ratio_of(&e->margin, fp_term_find(&e->margin, e->term));
    e->verdict = fp_verdict_of(r.lower, r.upper, spec->margin);
    return effect_facts(b, e, err);
}

static fp_status interaction_of(fp_build *b, const fp_analysis_spec *spec, fp_interaction *x,
                                fp_err *err)
{
    const fp_factor *f = b->plan->factors;
    fp_scope scope = {.group = fp_group_total(), .set = FP_SET_FOLLOWED};
    *x = (fp_interaction){.spec = spec};
    x->term = fp_arena_printf(b->arena, err, "%s%s:%s%s", f[0].name, f[0].levels[1], f[1].name,
                              f[1].levels[1]);
    char *effect = fp_arena_printf(b->arena, err, "%s:%s", f[0].name, f[1].name);
    if (!x->term || !effect)
        return FP_NOMEM;
    const fp_result *planned = planned_result(b, spec);
    if (!planned)
        return fp_fail(err, FP_INTERNAL, "analysis %s was not fitted", spec->id);
    x->fit = *planned;
    ptrdiff_t term = fp_term_find(&x->fit, x->term);
    if (term < 0) {
        char *turned = fp_arena_printf(b->arena, err, "%s%s:%s%s", f[1].name, f[1].levels[1],
                                       f[0].name, f[0].levels[1]);
        if (!turned)
            return FP_NOMEM;
        term = fp_term_find(&x->fit, turned);
        x->term = turned;
    }
    fp_ratio r = fp_ratio_of(&x->fit, term);
    x->verdict = fp_verdict_of(r.lower, r.upper, spec->margin);
    FP_TRY(fp_build_ratio_facts(b, spec->id, x->term, "ratio", r, &scope, err));
    FP_TRY(fp_build_beside_facts(b, spec->id, &x->fit, term, &scope, err));
    return fp_build_permutation_facts(b, spec->id, x->term, &x->fit, effect, "p_permutation",
                                      &scope, err);
}

static bool anybody_in_arm(const fp_build *b, ptrdiff_t arm)
{
    for (ptrdiff_t i = 0; i < b->data->person_count; i++)
        if (b->data->people[i].arm == arm && fp_followed(b, i))
            return true;
    return false;
}

/* Each arm against the reference arm. */
static fp_status inside_the_table(fp_build *b, fp_err *err)
{
    if (b->data->arm_count < 3)
        return FP_OK;
    ptrdiff_t others = 0;
    for (ptrdiff_t a = 1; a < b->data->arm_count; a++)
        others += anybody_in_arm(b, a);
    if (others == 0 || !anybody_in_arm(b, 0))
        return fp_build_note(
            b, "inside", err, "the arms are not compared: nobody was followed in %s%s",
            others ? "the reference arm " : "any arm but ", fp_arm_key(b->data, 0));
    bool permute =
        b->randomised_arms && b->permutable[b->out->primary] && others == b->data->arm_count - 1;
    FP_TRY(fp_build_cox(b, "inside", b->out->primary, "~ arm",
                        permute ? FP_PERMUTE_ARMS : FP_PERMUTE_NONE, &b->out->inside, err));
    b->out->has_inside = true;
    for (ptrdiff_t a = 1; a < b->data->arm_count; a++) {
        fp_scope scope = {.group = {.key = fp_arm_key(b->data, a), .arm = a, .factor = -1},
                          .set = FP_SET_FOLLOWED};
        char term[200];
        (void)snprintf(term, sizeof term, "arm%s", scope.group.key);
        fp_ratio r = fp_ratio_of(&b->out->inside, fp_term_find(&b->out->inside, term));
        FP_TRY(fp_build_fact(b, FP_FACT_RATIO, r.ratio, &scope, NULL,
                             "ratio of hazards against the reference arm", err, "inside.%s.hr",
                             scope.group.key));
        FP_TRY(fp_build_fact(b, FP_FACT_RATIO, r.lower, &scope, NULL, "its lower limit", err,
                             "inside.%s.lower", scope.group.key));
        FP_TRY(fp_build_fact(b, FP_FACT_RATIO, r.upper, &scope, NULL, "its upper limit", err,
                             "inside.%s.upper", scope.group.key));
        FP_TRY(fp_build_permutation_facts(b, "inside", scope.group.key, &b->out->inside, term,
                                          "p_permutation", &scope, err));
    }
    return FP_OK;
}

static bool of_primary_outcome(const fp_build *b, const fp_analysis_spec *spec)
{
    return spec->formula && spec->effect && spec->role != FP_ROLE_SUBGROUP &&
           fp_analysis_outcome(b, spec) == b->out->primary;
}

/* "ips:pa" or "pa:ips" where these are the two factors of a 2 x 2 design. */
static bool is_interaction(const fp_protocol *plan, const char *effect)
{
    const char *colon = strchr(effect, ':');
    if (!colon || plan->factor_count != 2)
        return false;
    const fp_factor *f = plan->factors;
    fp_str a = fp_str_trim((fp_str){effect, (size_t)(colon - effect)});
    fp_str c = fp_str_trim(fp_str_of(colon + 1));
    bool named_both = (fp_str_is(a, f[0].name) && fp_str_is(c, f[1].name)) ||
                      (fp_str_is(a, f[1].name) && fp_str_is(c, f[0].name));
    return named_both && f[0].level_count == 2 && f[1].level_count == 2;
}

/* Whether a term belongs to the effect: "ips:age" has "ipswith:age", "ips" has "ipswith". */
static bool belongs(const char *term, const char *effect)
{
    for (;;) {
        size_t n = strcspn(effect, ":"), m = strcspn(term, ":");
        if (m < n || strncmp(term, effect, n) != 0 || (term[m] != effect[n]))
            return false;
        if (!effect[n])
            return true;
        effect += n + 1;
        term += m + 1;
    }
}

/* Analyses that are no effect at a margin and no interaction of the two factors (another outcome, a
 * factor of three levels, an effect that is a covariate): the terms of the fit as planned. */
static fp_status as_planned(fp_build *b, const fp_analysis_spec *spec, fp_err *err)
{
    const fp_result *fit = planned_result(b, spec);
    ptrdiff_t outcome = fp_analysis_outcome(b, spec);
    fp_scope scope = {.group = fp_group_total(), .set = FP_SET_FOLLOWED};
    if (outcome >= 0 && outcome != b->out->primary)
        scope.outcomes = &b->out->outcomes[outcome];
    if (fit)
        FP_TRY(fp_build_note(b, spec->id, err,
                             "shown term by term, as planned: it is not the effect of a factor of "
                             "two levels on the primary outcome"));
    for (ptrdiff_t t = 0; fit && t < fit->term_count; t++) {
        const char *term = fit->terms[t].term;
        if (!belongs(term, spec->effect))
            continue;
        FP_TRY(fp_build_ratio_facts(b, spec->id, term, strchr(term, ':') ? "ratio" : "hr",
                                    fp_ratio_of(fit, t), &scope, err));
        FP_TRY(fp_build_permutation_facts(b, spec->id, term, fit, spec->effect, "p_permutation",
                                          &scope, err));
    }
    return FP_OK;
}

static fp_status neither_facts(fp_build *b, fp_err *err)
{
    fp_scope scope = {.group = fp_group_total(), .set = FP_SET_FOLLOWED};
    if (b->out->effect_count == 0 || b->plan->factor_count != 2)
        return FP_OK;
    return fp_build_permutation_facts(b, "neither", "arms", &b->out->effects[0].margin, "neither",
                                      "p", &scope, err);
}

fp_status fp_build_effects(fp_build *b, fp_err *err)
{
    const fp_protocol *plan = b->plan;
    fp_effect *effects;
    fp_interaction *interactions;
    FP_ARRAY(effects, b->arena, plan->analysis_count, err);
    FP_ARRAY(interactions, b->arena, plan->analysis_count, err);
    b->out->effects = effects;
    b->out->interactions = interactions;
    for (ptrdiff_t i = 0; i < plan->analysis_count; i++) {
        const fp_analysis_spec *spec = &plan->analyses[i];
        if (!spec->formula || !spec->effect || spec->role == FP_ROLE_SUBGROUP)
            continue;
        bool primary = b->table && of_primary_outcome(b, spec);
        ptrdiff_t factor = fp_factor_index(plan, spec->effect);
        if (primary && factor >= 0 && plan->factors[factor].level_count == 2)
            FP_TRY(one_effect(b, spec, factor, &effects[b->out->effect_count++], err));
        else if (primary && is_interaction(plan, spec->effect))
            FP_TRY(interaction_of(b, spec, &interactions[b->out->interaction_count++], err));
        else
            FP_TRY(as_planned(b, spec, err));
    }
    if (!b->table)
        return FP_OK;
    FP_TRY(neither_facts(b, err));
    return inside_the_table(b, err);
}
