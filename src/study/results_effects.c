/* The plan carried out: every analysis as written, the effects at the margins, inside the table,
 * the interaction, and the subgroups. */
#include "study/results_priv.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "stats/dist.h"

ptrdiff_t fp_term_find(const fp_result *result, const char *term)
{
    for (ptrdiff_t i = 0; i < result->term_count; i++)
        if (strcmp(result->terms[i].term, term) == 0)
            return i;
    return -1;
}

/* exp of a bound on the log scale; an undefined bound stays undefined. */
fp_ratio fp_ratio_of(const fp_result *result, ptrdiff_t term)
{
    fp_ratio r = {FP_NUM_NAN, FP_NUM_NAN, FP_NUM_NAN, FP_NUM_NAN, FP_NUM_NAN, FP_NUM_NAN,
                  FP_NUM_NAN, FP_NUM_NAN, FP_NUM_NAN, FP_NUM_NAN, FP_NUM_NAN};
    if (term < 0)
        return r;
    const fp_term *t = &result->terms[term];
    double z = fp_normal_quantile(0.5 + result->level / 2);
    r.ratio = t->exp_estimate;
    r.lower_model = exp(t->estimate - z * t->se);
    r.upper_model = exp(t->estimate + z * t->se);
    r.p_model = fp_normal_two_sided(t->estimate / t->se);
    r.lower = t->exp_lower;
    r.upper = t->exp_upper;
    r.p = t->p;
    if (result->robust) {
        r.lower_robust = t->exp_lower;
        r.upper_robust = t->exp_upper;
        r.p_robust = t->p;
    }
    if (result->small_sample) {
        const fp_small_term *s = &result->small_terms[term];
        r.lower = exp(s->lower);
        r.upper = exp(s->upper);
        r.p = s->p;
        r.df = s->df;
    }
    return r;
}

fp_verdict fp_verdict_of(double lower, double upper, double margin)
{
    if (isnan(lower) || isnan(upper))
        return FP_VERDICT_NONE;
    if (margin > 1 && lower > 1 / margin && upper < margin)
        return FP_VERDICT_EQUIVALENT;
    if (lower > 1)
        return FP_VERDICT_MORE;
    if (upper < 1)
        return FP_VERDICT_FEWER;
    return FP_VERDICT_INCONCLUSIVE;
}

fp_status fp_build_cox(fp_build *b, const char *analysis, const char *right_hand_side, bool permute,
                       fp_result *result, fp_err *err)
{
    fp_cox_model_options options = fp_cox_model_defaults();
    options.level = b->options->level;
    options.seed = b->options->seed;
    options.threads = b->options->threads;
    options.cluster = b->clustered ? b->plan->cluster : NULL;
    options.randomised = permute ? b->randomised : NULL;
    char *formula = fp_arena_printf(b->arena, err, "Surv(time, event) %s", right_hand_side);
    if (!formula)
        return FP_NOMEM;
    FP_TRY(fp_model_cox(b->table, formula, &options, b->arena, result, err));
    return fp_build_warn(b, analysis, result, err);
}

static fp_status named(fp_status status, const fp_build *b, const fp_analysis_spec *spec,
                       fp_err *err)
{
    if (status == FP_INPUT && err && !err->file[0]) {
        (void)snprintf(err->file, sizeof err->file, "%s", b->plan->path);
        err->line = spec->line;
        (void)snprintf(err->field, sizeof err->field, "analysis %s", spec->id);
    }
    return status;
}

fp_status fp_build_planned(fp_build *b, fp_err *err)
{
    const fp_protocol *plan = b->plan;
    fp_planned *planned;
    FP_ARRAY(planned, b->arena, plan->analysis_count, err);
    for (ptrdiff_t i = 0; i < plan->analysis_count; i++) {
        const fp_analysis_spec *spec = &plan->analyses[i];
        bool other_outcome = spec->outcome && strcmp(spec->outcome, b->spec->id) != 0;
        if (!spec->formula || spec->role == FP_ROLE_SUBGROUP || other_outcome)
            continue;
        fp_planned *p = &planned[b->out->planned_count++];
        p->spec = spec;
        FP_TRY(
            named(fp_build_cox(b, spec->id, spec->formula, true, &p->result, err), b, spec, err));
    }
    b->out->planned = planned;
    return FP_OK;
}

/* ---- Effects at the margins --------------------------------------------------------------------
 */

/* `~ ips + pa + age` -> `~ ips + strata(pa) + age`: a term that is just the other factor becomes a
 * stratum; anything else stays as it is. */
static char *margin_formula(fp_build *b, const char *formula, const char *other, fp_err *err)
{
    FP_BUF_SCOPED(out, 1 << 16);
    const char *p = strchr(formula, '~');
    p = p ? p + 1 : formula;
    fp_buf_put(&out, "~ ");
    for (bool first = true; *p; first = false) {
        size_t n = 0;
        for (int depth = 0; p[n] && (p[n] != '+' || depth > 0); n++)
            depth += p[n] == '(' ? 1 : p[n] == ')' ? -1 : 0;
        fp_str term = fp_str_trim((fp_str){p, n});
        fp_buf_put(&out, first ? "" : " + ");
        if (fp_str_is(term, other))
            fp_buf_printf(&out, "strata(%s)", other);
        else
            fp_buf_put_n(&out, term.p, term.n);
        p += n + (p[n] == '+');
    }
    if (fp_buf_ok(&out, err) != FP_OK)
        return NULL;
    return fp_arena_strdup(b->arena, out.p, err);
}

static fp_status ratio_facts(fp_build *b, const char *id, const char *term, const char *name,
                             fp_ratio r, const fp_scope *scope, fp_err *err)
{
    const struct {
        const char *quantity, *what;
        fp_fact_kind kind;
        double value;
    } rows[] = {
        {name, "ratio of hazards", FP_FACT_RATIO, r.ratio},
        {"lower", "lower limit of its interval", FP_FACT_RATIO, r.lower},
        {"upper", "upper limit of its interval", FP_FACT_RATIO, r.upper},
        {"p", "p-value that goes with the interval", FP_FACT_P, r.p},
        {"df", "degrees of freedom of t", FP_FACT_COUNT, r.df},
        {"lower_model", "lower limit, coaches ignored", FP_FACT_RATIO, r.lower_model},
        {"upper_model", "upper limit, coaches ignored", FP_FACT_RATIO, r.upper_model},
        {"p_model", "p-value, coaches ignored", FP_FACT_P, r.p_model},
        {"lower_robust", "lower limit, uncorrected sandwich", FP_FACT_RATIO, r.lower_robust},
        {"upper_robust", "upper limit, uncorrected sandwich", FP_FACT_RATIO, r.upper_robust},
        {"p_robust", "p-value, uncorrected sandwich", FP_FACT_P, r.p_robust},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        FP_TRY(fp_build_fact(b, rows[i].kind, rows[i].value, scope, id, rows[i].what, err,
                             "%s.%s.%s", id, term, rows[i].quantity));
    return FP_OK;
}

static fp_status permutation_facts(fp_build *b, const char *id, const char *term,
                                   const fp_result *result, const char *effect, const char *p_name,
                                   const fp_scope *scope, fp_err *err)
{
    for (ptrdiff_t i = 0; i < result->permutation_count; i++) {
        const fp_permutation_row *row = &result->permutation[i];
        if (strcmp(row->effect, effect) != 0)
            continue;
        FP_TRY(fp_build_fact(b, FP_FACT_P, row->test.p, scope, id, "permutation p-value", err,
                             "%s.%s.%s", id, term, p_name));
        FP_TRY(fp_build_fact(b, FP_FACT_COUNT, (double)row->test.allocations, scope, id,
                             "allocations that the test counts over", err, "%s.%s.allocations", id,
                             term));
        FP_TRY(fp_build_fact(b, FP_FACT_P, row->test.smallest_p, scope, id,
                             "smallest p-value that this test can give", err, "%s.%s.smallest_p",
                             id, term));
    }
    return FP_OK;
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
    fp_ratio r = fp_ratio_of(&e->margin, fp_term_find(&e->margin, e->term));
    FP_TRY(ratio_facts(b, id, e->term, "hr", r, &scope, err));
    FP_TRY(permutation_facts(b, id, e->term, &e->margin, b->plan->factors[e->factor].name,
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
    if (f->level_count != 2)
        return fp_fail_at(err, FP_INPUT, b->plan->path, f->line, 0,
                          "the report compares two levels of a factor; \"%s\" has %td", f->name,
                          f->level_count);
    if (b->plan->factor_count == 2)
        e->other = 1 - factor;
    e->term = fp_arena_printf(b->arena, err, "%s%s", f->name, f->levels[1]);
    e->formula = e->other < 0
                     ? spec->formula
                     : margin_formula(b, spec->formula, b->plan->factors[e->other].name, err);
    if (!e->term || !e->formula)
        return FP_NOMEM;
    FP_TRY(named(fp_build_cox(b, spec->id, e->formula, true, &e->margin, err), b, spec, err));
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
    FP_TRY(named(fp_build_cox(b, spec->id, spec->formula, true, &x->fit, err), b, spec, err));
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
    FP_TRY(ratio_facts(b, spec->id, x->term, "ratio", r, &scope, err));
    return permutation_facts(b, spec->id, x->term, &x->fit, effect, "p_permutation", &scope, err);
}

/* Each arm against the reference arm. */
static fp_status inside_the_table(fp_build *b, fp_err *err)
{
    if (b->data->arm_count < 3)
        return FP_OK;
    FP_TRY(fp_build_cox(b, "inside", "~ arm", false, &b->out->inside, err));
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
    }
    return FP_OK;
}

static bool of_primary_outcome(const fp_build *b, const fp_analysis_spec *spec)
{
    return spec->formula && spec->effect && spec->role != FP_ROLE_SUBGROUP && spec->outcome &&
           strcmp(spec->outcome, b->spec->id) == 0;
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
        if (!of_primary_outcome(b, spec))
            continue;
        ptrdiff_t factor = fp_factor_index(plan, spec->effect);
        if (factor >= 0)
            FP_TRY(one_effect(b, spec, factor, &effects[b->out->effect_count++], err));
        else if (strchr(spec->effect, ':') && plan->factor_count == 2)
            FP_TRY(interaction_of(b, spec, &interactions[b->out->interaction_count++], err));
    }
    if (b->out->effect_count && plan->factor_count == 2) {
        fp_scope scope = {.group = fp_group_total(), .set = FP_SET_FOLLOWED};
        FP_TRY(permutation_facts(b, "neither", "arms", &effects[0].margin, "neither", "p", &scope,
                                 err));
    }
    return inside_the_table(b, err);
}

/* ---- Subgroups ---------------------------------------------------------------------------------
 */

/* The subgroup column as it stands in a formula: a number is made a factor. */
static const char *as_factor(fp_build *b, const char *column, fp_err *err)
{
    ptrdiff_t j = fp_table_find(b->table, column);
    if (j >= 0 && fp_table_column(b->table, j)->type != FP_COLUMN_NUMBER)
        return column;
    return fp_arena_printf(b->arena, err, "factor(%s)", column);
}

/* The effect inside one level. The model is the one with the interaction, with other coefficients:
 * the factor, which has one value in a cluster, is the sum of its columns. So the degrees of
 * freedom are that model's, not the count of this one's columns. */
static fp_ratio level_ratio(const fp_result *fit, ptrdiff_t term, const fp_result *interaction)
{
    fp_ratio r = fp_ratio_of(fit, term);
    if (term < 0 || !fit->small_sample || !interaction->small_sample)
        return r;
    double estimate = fit->terms[term].estimate, se = fit->small_terms[term].se;
    r.df = interaction->small_terms[0].df;
    double half = fp_t_quantile(0.5 + fit->level / 2, r.df) * se;
    r.lower = exp(estimate - half);
    r.upper = exp(estimate + half);
    r.p = fp_t_two_sided(estimate / se, r.df);
    return r;
}

/* The effect inside each level: `by + by:factor` gives one coefficient a level. */
static fp_status level_facts(fp_build *b, const fp_subgroup *s, const fp_effect *of,
                             const char *by_factor, fp_err *err)
{
    const char *factor = b->plan->factors[of->factor].name, *by = s->spec->by;
    const char *other = of->other >= 0 ? b->plan->factors[of->other].name : NULL;
    char *formula =
        fp_arena_printf(b->arena, err, "~ %s + %s:%s%s%s%s", by_factor, by_factor, factor,
                        other ? " + strata(" : "", other ? other : "", other ? ")" : "");
    fp_result fit;
    if (!formula)
        return FP_NOMEM;
    FP_TRY(named(fp_build_cox(b, s->spec->id, formula, false, &fit, err), b, s->spec, err));
    for (ptrdiff_t l = 0; l < s->level_count; l++) {
        fp_scope scope = {.set = FP_SET_FOLLOWED};
        scope.group = (fp_group){.arm = -1, .factor = -1, .column = by, .value = s->levels[l]};
        char *term = fp_arena_printf(b->arena, err, "%s%s:%s", by_factor, s->levels[l], of->term);
        scope.group.key = fp_arena_printf(b->arena, err, "%s=%s", by, s->levels[l]);
        if (!term || !scope.group.key)
            return FP_NOMEM;
        fp_ratio r = level_ratio(&fit, fp_term_find(&fit, term), &s->fit);
        const char *id = s->spec->id;
        FP_TRY(fp_build_fact(b, FP_FACT_RATIO, r.ratio, &scope, id,
                             "ratio of hazards inside this level", err, "%s.%s.hr", id,
                             scope.group.key));
        FP_TRY(fp_build_fact(b, FP_FACT_RATIO, r.lower, &scope, id, "its lower limit", err,
                             "%s.%s.lower", id, scope.group.key));
        FP_TRY(fp_build_fact(b, FP_FACT_RATIO, r.upper, &scope, id, "its upper limit", err,
                             "%s.%s.upper", id, scope.group.key));
    }
    return FP_OK;
}

static fp_status one_subgroup(fp_build *b, const fp_analysis_spec *spec, const fp_effect *of,
                              fp_subgroup *s, fp_err *err)
{
    *s = (fp_subgroup){.spec = spec, .factor = of->factor};
    FP_TRY(fp_column_values(b, spec->by, &s->level_count, &s->levels, err));
    if (s->level_count < 2)
        return FP_OK;
    const char *other = of->other >= 0 ? b->plan->factors[of->other].name : NULL;
    const char *by_factor = as_factor(b, spec->by, err);
    if (!by_factor)
        return FP_NOMEM;
    s->formula =
        fp_arena_printf(b->arena, err, "~ %s * %s%s%s%s", b->plan->factors[of->factor].name,
                        spec->by, other ? " + strata(" : "", other ? other : "", other ? ")" : "");
    if (!s->formula)
        return FP_NOMEM;
    FP_TRY(named(fp_build_cox(b, spec->id, s->formula, false, &s->fit, err), b, spec, err));
    fp_scope scope = {.group = fp_group_total(), .set = FP_SET_FOLLOWED};
    for (ptrdiff_t t = 0; t < s->fit.term_count; t++) {
        const char *term = s->fit.terms[t].term;
        if (!strchr(term, ':'))
            continue;
        fp_ratio r = fp_ratio_of(&s->fit, t);
        FP_TRY(ratio_facts(b, spec->id, term, "ratio", r, &scope, err));
        s->term = s->level_count == 2 ? term : NULL;
        s->verdict =
            s->level_count == 2 ? fp_verdict_of(r.lower, r.upper, FP_NUM_NAN) : FP_VERDICT_NONE;
    }
    return level_facts(b, s, of, by_factor, err);
}

fp_status fp_build_subgroups(fp_build *b, fp_err *err)
{
    fp_subgroup *subgroups;
    FP_ARRAY(subgroups, b->arena, b->plan->analysis_count, err);
    b->out->subgroups = subgroups;
    for (ptrdiff_t i = 0; i < b->plan->analysis_count; i++) {
        const fp_analysis_spec *spec = &b->plan->analyses[i];
        if (spec->role != FP_ROLE_SUBGROUP || !spec->of || !spec->by)
            continue;
        for (ptrdiff_t e = 0; e < b->out->effect_count; e++)
            if (strcmp(b->out->effects[e].spec->id, spec->of) == 0)
                FP_TRY(one_subgroup(b, spec, &b->out->effects[e],
                                    &subgroups[b->out->subgroup_count++], err));
    }
    return FP_OK;
}
