/* Subgroups: the interaction of an effect with a column, and the effect inside each level. */
#include "study/results_priv.h"

#include <math.h>
#include <string.h>

#include "stats/dist.h"

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
    FP_TRY(fp_build_named(
        fp_build_cox(b, s->spec->id, b->out->primary, formula, FP_PERMUTE_NONE, &fit, err), b,
        s->spec, err));
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
    *s = (fp_subgroup){.spec = spec, .factor = of->factor, .verdict = FP_VERDICT_NONE};
    FP_TRY(fp_column_values(b, spec->by, &s->level_count, &s->levels, err));
    if (s->level_count < 2)
        return fp_build_note(b, spec->id, err,
                             "not carried out: %td values of \"%.80s\" among the people followed",
                             s->level_count, spec->by);
    const char *other = of->other >= 0 ? b->plan->factors[of->other].name : NULL;
    const char *by_factor = as_factor(b, spec->by, err);
    if (!by_factor)
        return FP_NOMEM;
    s->formula =
        fp_arena_printf(b->arena, err, "~ %s * %s%s%s%s", b->plan->factors[of->factor].name,
                        by_factor, other ? " + strata(" : "", other ? other : "", other ? ")" : "");
    if (!s->formula)
        return FP_NOMEM;
    FP_TRY(fp_build_named(
        fp_build_cox(b, spec->id, b->out->primary, s->formula, FP_PERMUTE_NONE, &s->fit, err), b,
        spec, err));
    fp_scope scope = {.group = fp_group_total(), .set = FP_SET_FOLLOWED};
    for (ptrdiff_t t = 0; t < s->fit.term_count; t++) {
        const char *term = s->fit.terms[t].term;
        if (!strchr(term, ':'))
            continue;
        fp_ratio r = fp_ratio_of(&s->fit, t);
        FP_TRY(fp_build_ratio_facts(b, spec->id, term, "ratio", r, &scope, err));
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
        const fp_effect *of = NULL;
        for (ptrdiff_t e = 0; e < b->out->effect_count && !of; e++)
            if (strcmp(b->out->effects[e].spec->id, spec->of) == 0)
                of = &b->out->effects[e];
        if (of)
            FP_TRY(one_subgroup(b, spec, of, &subgroups[b->out->subgroup_count++], err));
        else
            FP_TRY(fp_build_note(b, spec->id, err,
                                 "not carried out: \"%.80s\" is not the effect of a factor of two "
                                 "levels on the primary outcome",
                                 spec->of));
    }
    return FP_OK;
}
