/* Outcomes measured at several waves: mixed models and marginal models on the answers, and their
 * estimated means by arm and wave. */
#include "study/results_priv.h"

#include <string.h>

#include "model/means.h"
#include "model/regression.h"

/* ---- the model ---- */

static ptrdiff_t item_index(const fp_study_data *data, const char *item)
{
    for (ptrdiff_t k = 0; k < data->item_count; k++)
        if (strcmp(data->items[k], item) == 0)
            return k;
    return -1;
}

/* `value ~ ...`; a mixed model without random effects gets those of the design: people, within
 * coaches where these are the unit. */
static char *formula_of(fp_build *b, const fp_analysis_spec *spec, fp_err *err)
{
    bool bare = strcmp(spec->model, "lmm") == 0 && !strchr(spec->formula, '|');
    if (!bare)
        return fp_arena_printf(b->arena, err, "value %s", spec->formula);
    if (b->clustered)
        return fp_arena_printf(b->arena, err, "value %s + (1 | `%s`/person)", spec->formula,
                               b->plan->cluster);
    return fp_arena_printf(b->arena, err, "value %s + (1 | person)", spec->formula);
}

static fp_model_common common_of(const fp_build *b)
{
    fp_model_common common = fp_model_common_defaults();
    common.level = b->options->level;
    common.seed = b->options->seed;
    common.threads = b->options->threads;
    common.progress = b->options->progress;
    return common;
}

static fp_family family_of(const fp_analysis_spec *spec)
{
    for (int k = 0; spec->family && fp_family_names()[k]; k++)
        if (strcmp(spec->family, fp_family_names()[k]) == 0)
            return (fp_family)k;
    return FP_FAMILY_GAUSSIAN;
}

/* Marginal models: the unit of the design is the cluster. glm takes rows as independent for its
 * estimates; its standard errors are those of the clusters all the same. */
static fp_status fit_marginal(fp_build *b, const fp_analysis_spec *spec, const fp_table *table,
                              const char *formula, fp_model_common *common, fp_result *result,
                              fp_err *err)
{
    fp_gee_model_options options = fp_gee_model_defaults();
    common->id = b->clustered ? b->plan->cluster : "person";
    options.common = *common;
    options.family = family_of(spec);
    options.corr = strcmp(spec->model, "glm") == 0 ? FP_CORR_INDEPENDENCE : FP_CORR_EXCHANGEABLE;
    options.small_sample = spec->small_sample;
    return fp_model_gee(table, formula, &options, b->arena, result, err);
}

static fp_status fit_mixed(fp_build *b, const fp_table *table, const char *formula,
                           const fp_model_common *common, fp_result *result, fp_err *err)
{
    fp_lmm_model_options options = fp_lmm_model_defaults();
    options.common = *common;
    options.df = FP_LMM_KR;
    return fp_model_lmm(table, formula, &options, b->arena, result, err);
}

/* A warning where the random effects of the formula leave out the unit of the design. */
static fp_status warn_without_unit(const fp_build *b, fp_result *result, fp_err *err)
{
    const char *unit = b->plan->cluster, **warnings;
    bool has = false;
    for (ptrdiff_t k = 0; k < result->design->random_count; k++)
        has = has || strcmp(result->design->random[k].group, unit) == 0;
    if (has)
        return FP_OK;
    FP_ARRAY(warnings, b->arena, result->warning_count + 1, err);
    for (ptrdiff_t i = 0; i < result->warning_count; i++)
        warnings[i] = result->warnings[i];
    warnings[result->warning_count] =
        fp_arena_printf(b->arena, err,
                        "the mixed model has no random effect of %s, the unit of the design: "
                        "people of one %s count as independent, and its intervals are likely too "
                        "narrow; write (1 | %s/person), or no random effect at all",
                        unit, unit, unit);
    if (!warnings[result->warning_count])
        return FP_NOMEM;
    result->warnings = warnings;
    result->warning_count++;
    return FP_OK;
}

/* Whether an interaction of the model has this variable in it: "ips:wave" has wave. */
static bool interacts(const fp_design *design, const char *name)
{
    size_t n = strlen(name);
    for (int32_t t = 0; t < design->terms; t++) {
        const char *term = design->term[t];
        for (const char *at = strstr(term, name); at; at = strstr(at + 1, name)) {
            bool begins = at == term || at[-1] == ':', ends = !at[n] || at[n] == ':';
            if (begins && ends && strchr(term, ':'))
                return true;
        }
    }
    return false;
}

/* Factors of the design that stand in the formula, two at most; by wave where the effects may
 * differ between waves. */
static char *means_of(fp_build *b, const char *formula, const fp_design *design, fp_err *err)
{
    FP_BUF_SCOPED(text, 1 << 16);
    ptrdiff_t factors = 0;
    for (ptrdiff_t f = 0; f < b->plan->factor_count && factors < 2; f++)
        if (fp_formula_names(formula, b->plan->factors[f].name))
            fp_buf_printf(&text, "%s`%s`", factors++ ? " * " : "", b->plan->factors[f].name);
    if (factors == 0 && fp_formula_names(formula, "arm")) {
        fp_buf_put(&text, "arm");
        factors = 1;
    }
    if (factors && interacts(design, "wave"))
        fp_buf_put(&text, " | wave");
    else if (factors && interacts(design, "month"))
        fp_buf_put(&text, " | month");
    if (fp_buf_ok(&text, err) != FP_OK)
        return NULL;
    return fp_arena_strdup(b->arena, text.p, err);
}

/* ---- all of it ---- */

static fp_status one(fp_build *b, const fp_analysis_spec *spec, ptrdiff_t outcome, fp_waves *w,
                     fp_err *err)
{
    const fp_outcome_spec *of = &b->plan->outcomes[outcome];
    const fp_table *table;
    fp_model_common common = common_of(b);
    fp_means_request request = {.compare = FP_MEANS_DIFFERENCES, .observed = true};
    bool baseline = fp_formula_names(spec->formula, "baseline");
    *w = (fp_waves){.spec = spec, .outcome = of};
    FP_TRY(
        fp_answer_table(b->data, item_index(b->data, of->item), baseline, b->arena, &table, err));
    if (!table)
        return fp_build_note(b, spec->id, err, "not carried out: nobody answered \"%s\"", of->item);
    char *formula = formula_of(b, spec, err);
    if (!formula)
        return FP_NOMEM;
    if (strcmp(spec->model, "lmm") == 0)
        FP_TRY(fit_mixed(b, table, formula, &common, &w->result, err));
    else
        FP_TRY(fit_marginal(b, spec, table, formula, &common, &w->result, err));
    w->made = true;
    w->shares = family_of(spec) == FP_FAMILY_BINOMIAL;
    request.means = means_of(b, spec->formula, w->result.design, err);
    if (!request.means)
        return FP_NOMEM;
    if (request.means[0])
        FP_TRY(fp_means_add(table, &common, &request, b->arena, &w->result, err));
    if (b->clustered && strcmp(spec->model, "lmm") == 0)
        FP_TRY(warn_without_unit(b, &w->result, err));
    FP_TRY(fp_build_warn(b, spec->id, &w->result, err));
    return w->result.means ? fp_build_waves_facts(b, &b->out->outcomes[outcome], w, err) : FP_OK;
}

fp_status fp_build_waves(fp_build *b, fp_err *err)
{
    fp_waves *waves;
    FP_ARRAY(waves, b->arena, b->plan->analysis_count, err);
    b->out->waves = waves;
    for (ptrdiff_t i = 0; i < b->plan->analysis_count; i++) {
        const fp_analysis_spec *spec = &b->plan->analyses[i];
        ptrdiff_t outcome = fp_analysis_outcome(b, spec);
        if (outcome < 0 || b->plan->outcomes[outcome].kind != FP_OUTCOME_ANSWER)
            continue;
        fp_waves *w = &waves[b->out->waves_count];
        FP_TRY(fp_build_named(one(b, spec, outcome, w, err), b, spec, err));
        b->out->waves_count += w->made;
    }
    return FP_OK;
}
