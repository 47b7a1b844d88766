/* One Cox model with what the design asks for, and its facts. */
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
    /* With few clusters the uncorrected interval is too narrow to stand in for the corrected one.
     */
    if (result->clusters > 0 && result->clusters < FP_FEW_CLUSTERS)
        r.lower = r.upper = r.p = FP_NUM_NAN;
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

/* The outcome of an analysis; the primary one where it names none, -1 where there is none. */
ptrdiff_t fp_analysis_outcome(const fp_build *b, const fp_analysis_spec *spec)
{
    for (ptrdiff_t j = 0; spec->outcome && j < b->plan->outcome_count; j++)
        if (strcmp(b->plan->outcomes[j].id, spec->outcome) == 0)
            return j;
    return spec->outcome ? -1 : b->out->primary;
}

fp_status fp_build_named(fp_status status, const fp_build *b, const fp_analysis_spec *spec,
                         fp_err *err)
{
    if (status == FP_INPUT && err && !err->file[0]) {
        (void)snprintf(err->file, sizeof err->file, "%s", b->plan->path);
        err->line = spec->line;
        (void)snprintf(err->field, sizeof err->field, "analysis %s", spec->id);
    }
    return status;
}

static bool is_name_character(char c)
{
    return c == '_' || c == '.' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
           (c >= 'a' && c <= 'z') || (unsigned char)c >= 128;
}

bool fp_formula_names(const char *formula, const char *name)
{
    for (const char *p = formula; *p;) {
        size_t n = 0;
        while (p[n] && is_name_character(p[n]))
            n++;
        if (n && fp_str_is((fp_str){p, n}, name))
            return true;
        p += n ? n : 1;
    }
    return false;
}

static bool has_a_factor(const fp_protocol *plan, fp_str term)
{
    char text[256];
    (void)snprintf(text, sizeof text, "%.*s", term.n < sizeof text ? (int)term.n : 255, term.p);
    for (ptrdiff_t f = 0; f < plan->factor_count; f++)
        if (fp_formula_names(text, plan->factors[f].name))
            return true;
    return false;
}

char *fp_formula_rest(fp_build *b, const char *formula, fp_err *err)
{
    FP_BUF_SCOPED(out, 1 << 16);
    const char *p = strchr(formula, '~');
    for (p = p ? p + 1 : formula; *p;) {
        size_t n = 0;
        for (int depth = 0; p[n] && (p[n] != '+' || depth > 0); n++)
            depth += p[n] == '(' ? 1 : p[n] == ')' ? -1 : 0;
        fp_str term = fp_str_trim((fp_str){p, n});
        if (term.n && !has_a_factor(b->plan, term)) {
            fp_buf_put(&out, " + ");
            fp_buf_put_n(&out, term.p, term.n);
        }
        p += n + (p[n] == '+');
    }
    if (fp_buf_ok(&out, err) != FP_OK)
        return NULL;
    return fp_str_dup(b->arena, fp_buf_str(&out), err);
}

/* Permutation tests look at the rows, the design and what of the formula names no factor: fits that
 * agree in these share them. */
static fp_status fit_permuted(fp_build *b, ptrdiff_t outcome, const char *formula,
                              fp_cox_model_options *options, fp_result *result, fp_err *err)
{
    const fp_permuted *known = b->permuted[outcome];
    const char *rest = fp_formula_rest(b, formula, err);
    if (!rest)
        return FP_NOMEM;
    if (known && strcmp(known->rest, rest) == 0) {
        FP_TRY(fp_model_cox(b->tables[outcome], formula, options, b->arena, result, err));
        if (result->dropped == 0) {
            result->permutation = known->result.permutation;
            result->permutation_count = known->result.permutation_count;
            return FP_OK;
        }
    }
    options->randomised = b->randomised;
    options->drawn = b->drawn;
    FP_TRY(fp_model_cox(b->tables[outcome], formula, options, b->arena, result, err));
    if (result->dropped)
        return FP_OK;
    fp_permuted *kept;
    FP_ARRAY(kept, b->arena, 1, err);
    *kept = (fp_permuted){rest, *result};
    b->permuted[outcome] = kept;
    return FP_OK;
}

/* The name of a factor in the formula (outside strata) that has one level among those followed. */
static const char *constant_factor(const fp_build *b, ptrdiff_t outcome, const char *formula)
{
    for (ptrdiff_t f = 0; f < b->plan->factor_count; f++) {
        const char *name = b->plan->factors[f].name;
        const fp_table *table = b->tables[outcome];
        const fp_column *column = fp_table_column(table, fp_table_find(table, name));
        bool varies = false;
        for (ptrdiff_t i = 1; i < fp_table_rows(table) && !varies; i++)
            varies = column->level[i] != column->level[0];
        if (!varies && fp_formula_names(formula, name))
            return name;
    }
    return NULL;
}

/* A result without estimates: a study in which the comparison cannot be made yet. */
static fp_result not_fitted(const fp_cox_model_options *options, const char *formula)
{
    const fp_test none = {FP_NUM_NAN, 0, FP_NUM_NAN};
    return (fp_result){.model = FP_MODEL_COX,
                       .formula = formula,
                       .level = options->common.level,
                       .state = "one_level",
                       .data_name = "",
                       .data_sha256 = "",
                       .seed = options->common.seed,
                       .ties = "efron",
                       .loglik_null = FP_NUM_NAN,
                       .loglik_fitted = FP_NUM_NAN,
                       .likelihood_ratio = none,
                       .wald = none,
                       .score = none,
                       .robust_score = none,
                       .concordance = {.estimate = FP_NUM_NAN, .se = FP_NUM_NAN}};
}

/* Whether a formula says cluster(...) itself. */
static bool names_its_clusters(const char *formula)
{
    for (const char *p = strstr(formula, "cluster("); p; p = strstr(p + 1, "cluster("))
        if (p == formula || !is_name_character(p[-1]))
            return true;
    return false;
}

/* The correction that the plan names for an analysis, where there are clusters. */
static const char *correction_of(const fp_build *b, const char *analysis, bool clusters)
{
    const fp_analysis_spec *spec = clusters ? fp_protocol_analysis(b->plan, analysis) : NULL;
    return spec ? spec->small_sample : NULL;
}

/* The options of a fit of an analysis. */
static fp_cox_model_options options_of(const fp_build *b, const char *analysis,
                                       const char *right_hand_side)
{
    fp_cox_model_options options = fp_cox_model_defaults();
    options.common.level = b->options->level;
    options.common.seed = b->options->seed;
    options.common.threads = b->options->threads;
    options.common.progress = b->options->progress;
    bool its_own = names_its_clusters(right_hand_side), by_design = b->clustered && !its_own;
    options.common.cluster = by_design ? b->plan->cluster : NULL;
    options.small_sample = correction_of(b, analysis, by_design || its_own);
    return options;
}

fp_status fp_build_null(fp_build *b, const char *analysis, ptrdiff_t outcome,
                        const char *right_hand_side, const char *factor, fp_null_sums *out,
                        fp_err *err)
{
    fp_cox_model_options options = options_of(b, analysis, right_hand_side);
    char *formula = fp_arena_printf(b->arena, err, "Surv(time, event) %s", right_hand_side);
    if (!formula)
        return FP_NOMEM;
    *out = (fp_null_sums){0};
    for (ptrdiff_t f = 0; f < b->plan->factor_count; f++)
        if (constant_factor(b, outcome, b->plan->factors[f].name))
            return FP_OK;
    options.randomised = b->randomised;
    options.drawn = b->drawn;
    return fp_model_cox_null(b->tables[outcome], formula, &options, factor, b->arena, out, err);
}

fp_status fp_build_cox(fp_build *b, const char *analysis, ptrdiff_t outcome,
                       const char *right_hand_side, fp_permute permute, fp_result *result,
                       fp_err *err)
{
    fp_cox_model_options options = options_of(b, analysis, right_hand_side);
    char *formula = fp_arena_printf(b->arena, err, "Surv(time, event) %s", right_hand_side);
    if (!formula)
        return FP_NOMEM;
    const char *constant = constant_factor(b, outcome, right_hand_side);
    if (constant) {
        *result = not_fitted(&options, formula);
        return fp_build_note(b, analysis, err,
                             "not fitted: all people followed have one level of %s", constant);
    }
    if (permute == FP_PERMUTE_ARMS) {
        options.randomised = b->randomised_arms;
        options.drawn = b->drawn_arms;
    }
    if (permute == FP_PERMUTE_FACTORS && b->permutable[outcome])
        FP_TRY(fit_permuted(b, outcome, formula, &options, result, err));
    else
        FP_TRY(fp_model_cox(b->tables[outcome], formula, &options, b->arena, result, err));
    return fp_build_warn(b, analysis, result, err);
}

/* ---- Facts of a fit ---- */

fp_status fp_build_ratio_facts(fp_build *b, const char *id, const char *term, const char *name,
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

/* The other corrections beside the one in use. */
fp_status fp_build_beside_facts(fp_build *b, const char *id, const fp_result *result,
                                ptrdiff_t term, const fp_scope *scope, fp_err *err)
{
    static const char *const what[][4] = {
        {"md", "lower limit, sandwich corrected by Mancl and DeRouen",
         "upper limit, sandwich corrected by Mancl and DeRouen",
         "p-value, sandwich corrected by Mancl and DeRouen"},
        {"kc", "lower limit, sandwich corrected by Kauermann and Carroll",
         "upper limit, sandwich corrected by Kauermann and Carroll",
         "p-value, sandwich corrected by Kauermann and Carroll"},
        {"mbn", "lower limit, sandwich corrected by Morel, Bokossa and Neerchal",
         "upper limit, sandwich corrected by Morel, Bokossa and Neerchal",
         "p-value, sandwich corrected by Morel, Bokossa and Neerchal"},
    };
    for (ptrdiff_t k = 0; term >= 0 && k < result->small_beside_count; k++) {
        const char *method = result->small_beside[k].method, *const *words = what[0];
        const fp_small_term *t = &result->small_beside[k].terms[term];
        for (size_t i = 0; i < sizeof what / sizeof *what; i++)
            if (strcmp(method, what[i][0]) == 0)
                words = what[i];
        FP_TRY(fp_build_fact(b, FP_FACT_RATIO, exp(t->lower), scope, id, words[1], err,
                             "%s.%s.lower_%s", id, t->term, method));
        FP_TRY(fp_build_fact(b, FP_FACT_RATIO, exp(t->upper), scope, id, words[2], err,
                             "%s.%s.upper_%s", id, t->term, method));
        FP_TRY(fp_build_fact(b, FP_FACT_P, t->p, scope, id, words[3], err, "%s.%s.p_%s", id,
                             t->term, method));
    }
    return FP_OK;
}

fp_status fp_build_permutation_facts(fp_build *b, const char *id, const char *term,
                                     const fp_result *result, const char *effect,
                                     const char *p_name, const fp_scope *scope, fp_err *err)
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
        FP_TRY(fp_build_fact(b, FP_FACT_SMALL_P, row->test.smallest_p, scope, id,
                             "smallest p-value that this test can give", err, "%s.%s.smallest_p",
                             id, term));
        if (!row->has_interval)
            continue;
        FP_TRY(fp_build_fact(b, FP_FACT_RATIO, exp(row->interval.lower), scope, id,
                             "lower limit by inversion of the permutation test", err,
                             "%s.%s.permutation_lower", id, term));
        FP_TRY(fp_build_fact(b, FP_FACT_RATIO, exp(row->interval.upper), scope, id,
                             "upper limit by inversion of the permutation test", err,
                             "%s.%s.permutation_upper", id, term));
    }
    return FP_OK;
}
