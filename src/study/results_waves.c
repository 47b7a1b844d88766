/* Outcomes measured at several waves: mixed models and marginal models on the answers, and their
 * estimated means by arm and wave. */
#include "study/results_priv.h"

#include <math.h>
#include <stdio.h>
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

/* ---- facts ---- */

/* What all facts of one analysis have. */
typedef struct {
    fp_build *b;
    const fp_analysis_spec *spec;
    const fp_means *means;
    fp_scope scope;
    fp_err *err;
} facts;

static fp_status put(const facts *f, fp_fact_kind kind, double value, const char *part,
                     const char *middle, const char *quantity, const char *what)
{
    return fp_build_fact(f->b, kind, value, &f->scope, f->spec->id, what, f->err, "%s.%s.%s.%s",
                         f->spec->id, part, middle, quantity);
}

/* "wave=6m"; "all" without waves. */
static const char *part_of(const facts *f, ptrdiff_t by)
{
    const fp_means_variable *v = &f->means->variable[f->means->left_count];
    if (f->means->by_count == 0)
        return "all";
    return fp_arena_printf(f->b->arena, f->err, "%s=%s", v->name, v->level[by]);
}

static ptrdiff_t left_cells(const fp_means *means)
{
    ptrdiff_t n = 1;
    for (ptrdiff_t k = 0; k < means->left_count; k++)
        n *= means->variable[k].level_count;
    return n;
}

/* The arm where the cell is one, else "ips=with". */
static const char *cell_key(const facts *f, ptrdiff_t cell)
{
    const fp_means_variable *v = f->means->variable;
    bool arms = f->means->left_count == f->b->plan->factor_count;
    for (ptrdiff_t k = 0; arms && k < f->means->left_count; k++)
        arms = v[k].level_count == f->b->plan->factors[k].level_count;
    if (arms || strcmp(v[0].name, "arm") == 0)
        return arms ? fp_arm_key(f->b->data, cell) : v[0].level[cell];
    const char *second = f->means->left_count > 1 ? v[1].level[cell / v[0].level_count] : NULL;
    return fp_arena_printf(f->b->arena, f->err, "%s=%s%s%s%s%s", v[0].name,
                           v[0].level[cell % v[0].level_count], second ? "," : "",
                           second ? v[1].name : "", second ? "=" : "", second ? second : "");
}

/* The middles of the ids, for who prints the facts. */
static fp_status name_parts(const facts *f, fp_waves *w)
{
    const char **parts, **keys;
    ptrdiff_t left = left_cells(f->means), by = f->means->count / left;
    FP_ARRAY(parts, f->b->arena, by, f->err);
    FP_ARRAY(keys, f->b->arena, left, f->err);
    for (ptrdiff_t k = 0; k < by; k++)
        if (!(parts[k] = part_of(f, k)))
            return FP_NOMEM;
    for (ptrdiff_t k = 0; k < left; k++)
        if (!(keys[k] = cell_key(f, k)))
            return FP_NOMEM;
    w->parts = parts;
    w->part_count = by;
    w->keys = keys;
    w->key_count = left;
    return FP_OK;
}

static fp_status mean_facts(const facts *f, const fp_waves *w)
{
    for (ptrdiff_t c = 0; c < f->means->count; c++) {
        const fp_mean *m = &f->means->mean[c];
        const char *part = w->parts[c / w->key_count], *key = w->keys[c % w->key_count];
        FP_TRY(put(f, FP_FACT_NUMBER, m->response, part, key, "mean",
                   "estimated mean, people alike in what the formula adjusts for"));
        FP_TRY(put(f, FP_FACT_NUMBER, m->response_lower, part, key, "lower",
                   "lower limit of its interval"));
        FP_TRY(put(f, FP_FACT_NUMBER, m->response_upper, part, key, "upper",
                   "upper limit of its interval"));
        FP_TRY(put(f, FP_FACT_COUNT, m->n, part, key, "n", "answers used"));
    }
    return FP_OK;
}

/* "ipswith", "ipswith:pawith": the level against the first one; NULL where a comparison is between
 * two others or 0 by the formula. */
static const char *term_of(const facts *f, const fp_mean_contrast *c)
{
    const fp_means_variable *v = f->means->variable;
    char words[512];
    if (c->estimate == 0 && isnan(c->se)) /* the formula has no such term */
        return NULL;
    if (strcmp(c->kind, "interaction") == 0 && v[0].level_count == 2 && v[1].level_count == 2)
        return fp_arena_printf(f->b->arena, f->err, "%s%s:%s%s", v[0].name, v[0].level[1],
                               v[1].name, v[1].level[1]);
    for (ptrdiff_t k = 0; k < f->means->left_count; k++)
        for (ptrdiff_t l = 1; strcmp(v[k].name, c->effect) == 0 && l < v[k].level_count; l++) {
            (void)snprintf(words, sizeof words, "%s - %s", v[k].level[l], v[k].level[0]);
            if (strcmp(words, c->contrast) == 0)
                return fp_arena_printf(f->b->arena, f->err, "%s%s", v[k].name, v[k].level[l]);
        }
    return NULL;
}

static fp_status contrast_facts(const facts *f, fp_waves *w)
{
    const char **terms;
    FP_ARRAY(terms, f->b->arena, f->means->contrast_count, f->err);
    w->terms = terms;
    for (ptrdiff_t k = 0; k < f->means->contrast_count; k++) {
        const fp_mean_contrast *c = &f->means->contrast[k];
        const char *term = terms[k] = term_of(f, c), *part = c->at[0] ? c->at : "all";
        if (!term)
            continue;
        FP_TRY(put(f, FP_FACT_NUMBER, c->response, part, term, "difference",
                   "difference between estimated means"));
        FP_TRY(put(f, FP_FACT_NUMBER, c->response_lower, part, term, "lower",
                   "lower limit of its interval"));
        FP_TRY(put(f, FP_FACT_NUMBER, c->response_upper, part, term, "upper",
                   "upper limit of its interval"));
        FP_TRY(put(f, FP_FACT_P, c->response_p, part, term, "p", "p-value that goes with it"));
        FP_TRY(put(f, FP_FACT_P, c->response_p_holm, part, term, "p_holm",
                   "p-value corrected for the number of waves (Holm)"));
        FP_TRY(put(f, FP_FACT_NUMBER, isfinite(c->df) ? c->df : FP_NUM_NAN, part, term, "df",
                   "degrees of freedom of t"));
    }
    return FP_OK;
}

/* All waves together, and whether the effect is the same at all of them. */
static fp_status test_facts(const facts *f)
{
    for (ptrdiff_t k = 0; f->means->by_count && k < f->means->test_count; k++) {
        const fp_mean_test *t = &f->means->test[k];
        bool all = strcmp(t->at, "all") == 0;
        if (!all && t->at[0])
            continue;
        FP_TRY(put(f, FP_FACT_P, t->p, all ? "all" : "change", t->effect, "p",
                   all ? "p-value of no difference at any wave"
                       : "p-value of the same difference at all waves"));
    }
    return FP_OK;
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
    request.means = means_of(b, spec->formula, w->result.design, err);
    if (!request.means)
        return FP_NOMEM;
    if (request.means[0])
        FP_TRY(fp_means_add(table, &common, &request, b->arena, &w->result, err));
    FP_TRY(fp_build_warn(b, spec->id, &w->result, err));
    facts f = {
        b,
        spec,
        w->result.means,
        {.group = fp_group_total(), .set = FP_SET_FOLLOWED, .outcomes = &b->out->outcomes[outcome]},
        err};
    if (!f.means)
        return FP_OK;
    FP_TRY(name_parts(&f, w));
    FP_TRY(mean_facts(&f, w));
    FP_TRY(contrast_facts(&f, w));
    return test_facts(&f);
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
