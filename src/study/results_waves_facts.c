/* The numbers of an analysis of answers by wave: estimated means by arm and wave, and what compares
 * them. */
#include "study/results_priv.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"

/* What all facts of one analysis have. */
typedef struct {
    fp_build *b;
    const fp_analysis_spec *spec;
    const fp_means *means;
    fp_scope scope;
    bool shares;  /* means are of 0 and 1 */
    int decimals; /* of means and differences that are no shares */
    fp_err *err;
} facts;

static fp_status put(const facts *f, fp_fact_kind kind, double value, const char *part,
                     const char *middle, const char *quantity, const char *what)
{
    return fp_build_fact(f->b, kind, value, &f->scope, f->spec->id, what, f->err, "%s.%s.%s.%s",
                         f->spec->id, part, middle, quantity);
}

/* On the scale of the answers: a share and a difference of shares, or a number with the decimals of
 * its analysis. */
static fp_status put_answer(const facts *f, fp_fact_kind share, double value, const char *part,
                            const char *middle, const char *quantity, const char *what)
{
    FP_TRY(put(f, f->shares ? share : FP_FACT_NUMBER, value, part, middle, quantity, what));
    if (!f->shares)
        f->b->facts[f->b->out->fact_count - 1].digits = f->decimals;
    return FP_OK;
}

/* An estimate and its interval. */
static fp_status put_interval(const facts *f, fp_fact_kind share, const double value[3],
                              const char *part, const char *middle, const char *quantity,
                              const char *what)
{
    FP_TRY(put_answer(f, share, value[0], part, middle, quantity, what));
    FP_TRY(put_answer(f, share, value[1], part, middle, "lower", "lower limit of its interval"));
    return put_answer(f, share, value[2], part, middle, "upper", "upper limit of its interval");
}

/* So many that the half of an interval has two digits, on the average: 1 for a score of 0 to 100, 2
 * for a scale of 1 to 5. */
static int decimals_of(const fp_means *means)
{
    double sum = 0, count = 0;
    for (ptrdiff_t k = 0; k < means->count; k++) {
        double half = (means->mean[k].response_upper - means->mean[k].response_lower) / 2;
        if (!(half > 0) || !isfinite(half))
            continue;
        sum += half;
        count++;
    }
    return count > 0 ? (int)fmin(fmax(1 - floor(log10(sum / count)), 1), 6) : 1;
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
        const double value[] = {m->response, m->response_lower, m->response_upper};
        FP_TRY(put_interval(f, FP_FACT_SHARE, value, part, key, "mean",
                            f->shares
                                ? "estimated share, people alike in what the formula adjusts for"
                                : "estimated mean, people alike in what the formula adjusts for"));
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
        const double value[] = {c->response, c->response_lower, c->response_upper};
        FP_TRY(put_interval(f, FP_FACT_POINTS, value, part, term, "difference",
                            f->shares ? "difference between estimated shares"
                                      : "difference between estimated means"));
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

fp_status fp_build_waves_facts(fp_build *b, const fp_outcomes *outcomes, fp_waves *w, fp_err *err)
{
    const fp_means *means = w->result.means;
    facts f = {.b = b,
               .spec = w->spec,
               .means = means,
               .scope = {.group = fp_group_total(), .set = FP_SET_FOLLOWED, .outcomes = outcomes},
               .shares = w->shares,
               .decimals = decimals_of(means),
               .err = err};
    FP_TRY(name_parts(&f, w));
    FP_TRY(mean_facts(&f, w));
    FP_TRY(contrast_facts(&f, w));
    return test_facts(&f);
}
