#include "model/standardised.h"

#include <math.h>
#include <string.h>

#include "base/num.h"
#include "model/formula_priv.h"
#include "model/linear_priv.h"
#include "model/model_priv.h"

enum { MOST_LEVELS = 20 };
#define SCRATCH_BYTES (16 * FP_GIB)

typedef struct {
    const fp_table *table;
    const fp_design *design;
    fp_design_options how;
    fp_arena *arena;
    const fp_result *result;
    fp_linear linear;
    fp_family family;
    fp_link link;
    fp_warnings warnings;
} work;

/* A variable and its levels that have rows, in the order of the column's. */
typedef struct {
    const char *name;
    ptrdiff_t column, levels;
    const char **level; /* levels */
    ptrdiff_t *row;     /* levels: a row of the table that has it */
    double *n;          /* levels: rows used, times their weights */
} variable;

/* A level's mean with its gradient by the coefficients. */
typedef struct {
    bool known;
    double mean;
    double *gradient; /* p */
} level_mean;

static double weight_of(const work *w, ptrdiff_t i)
{
    return w->design->weight ? w->design->weight[i] : 1;
}

/* ---- the variable ---- */

static fp_status fail_name(const char *name, ptrdiff_t count, const char *const *known, fp_err *err)
{
    (void)fp_fail(err, FP_INPUT, "--standardise: \"%s\" is no variable of the formula",
                  fp_shown_of(name).s);
    if (count == 0)
        return fp_hint(err, FP_INPUT, "the formula has none right of '~'");
    return fp_hint(err, FP_INPUT, "take one that it has, such as %s", fp_shown_of(known[0]).s);
}

/* factor(x) stands for x. */
static fp_status plain_name(const work *w, const char *text, const char **out, fp_err *err)
{
    size_t n = strlen(text);
    bool factor = strncmp(text, "factor(", 7) == 0 && text[n - 1] == ')';
    *out = factor ? fp_arena_strndup(w->arena, text + 7, n - 8, err)
                  : fp_arena_strdup(w->arena, text, err);
    return *out ? FP_OK : FP_NOMEM;
}

static fp_status find(const work *w, const char *text, variable *v, fp_err *err)
{
    ptrdiff_t count;
    const char *const *known;
    FP_TRY(plain_name(w, text, &v->name, err));
    FP_TRY(fp_design_covariates(w->design, w->table, &w->how, w->arena, &count, &known, err));
    for (ptrdiff_t k = 0; k < count; k++)
        if (strcmp(known[k], v->name) == 0) {
            v->column = fp_table_find(w->table, v->name);
            return FP_OK;
        }
    return fail_name(text, count, known, err);
}

static fp_status check_levels(const variable *v, fp_err *err)
{
    if (v->levels > MOST_LEVELS) {
        (void)fp_fail(err, FP_INPUT, "--standardise: %s has %td values, which is too many",
                      fp_shown_of(v->name).s, v->levels);
        return fp_hint(err, FP_INPUT, "name an arm or another variable with at most %d values",
                       MOST_LEVELS);
    }
    if (v->levels > 1)
        return FP_OK;
    (void)fp_fail(err, FP_INPUT, "--standardise: %s has one value in the rows used, \"%s\"",
                  fp_shown_of(v->name).s, fp_shown_of(v->level[0]).s);
    return fp_hint(err, FP_INPUT, "there is nothing to compare it with");
}

static fp_status load_levels(const work *w, variable *v, fp_err *err)
{
    FP_ARENA_SCOPED(scratch, SCRATCH_BYTES, err);
    const fp_design *d = w->design;
    ptrdiff_t levels, *first;
    const char *const *text;
    const int32_t *level;
    double *n;
    FP_TRY(fp_table_levels(w->table, v->column, scratch, &levels, &text, &level, err));
    FP_ARRAY(first, scratch, levels, err);
    FP_ARRAY(n, scratch, levels, err);
    for (ptrdiff_t i = 0; i < d->n; i++) {
        first[level[d->row[i]]] = d->row[i];
        n[level[d->row[i]]] += weight_of(w, i);
    }
    for (ptrdiff_t k = 0; k < levels; k++)
        v->levels += n[k] > 0;
    FP_ARRAY(v->level, w->arena, v->levels, err);
    FP_ARRAY(v->row, w->arena, v->levels, err);
    FP_ARRAY(v->n, w->arena, v->levels, err);
    for (ptrdiff_t k = 0, to = 0; k < levels; k++) {
        if (!(n[k] > 0))
            continue;
        v->level[to] = fp_arena_strdup(w->arena, text[k], err);
        if (!v->level[to])
            return FP_NOMEM;
        v->row[to] = first[k];
        v->n[to++] = n[k];
    }
    return check_levels(v, err);
}

/* ---- a level ---- */

/* One row of the design at the level: x (p) is room. */
static void add_row(const work *w, const double *matrix, const double *offset, ptrdiff_t i,
                    double *x, level_mean *out)
{
    ptrdiff_t p = w->linear.p, n = w->design->n;
    double eta = offset ? offset[i] : 0, by = weight_of(w, i);
    for (ptrdiff_t j = 0; j < p; j++) {
        x[j] = matrix[i + j * n];
        eta += x[j] * w->linear.beta[j];
    }
    out->known = out->known && (w->linear.lost == 0 || fp_linear_known(&w->linear, x));
    out->mean += by * fp_link_mu(w->link, eta);
    by *= fp_link_slope(w->link, eta);
    for (ptrdiff_t j = 0; j < p; j++)
        out->gradient[j] += by * x[j];
}

/* eq. 1 and 2. */
static fp_status make_level(const work *w, const variable *v, ptrdiff_t k, level_mean *out,
                            fp_err *err)
{
    FP_ARENA_SCOPED(scratch, SCRATCH_BYTES, err);
    const fp_table *set;
    const double *matrix, *offset;
    double *x, total = 0;
    FP_TRY(fp_table_with_value(w->table, v->column, v->row[k], scratch, &set, err));
    FP_TRY(fp_design_with(w->design, w->table, &w->how, set, scratch, &matrix, &offset, err));
    FP_ARRAY(x, scratch, w->linear.p, err);
    FP_ARRAY(out->gradient, w->arena, w->linear.p, err);
    out->known = true;
    for (ptrdiff_t i = 0; i < w->design->n; i++) {
        add_row(w, matrix, offset, i, x, out);
        total += weight_of(w, i);
    }
    out->mean /= total;
    for (ptrdiff_t j = 0; j < w->linear.p; j++)
        out->gradient[j] /= total;
    out->known = out->known && isfinite(out->mean);
    return FP_OK;
}

/* ---- what is estimated ---- */

/* The scale on which a mean or an effect has its interval: its value there, and the derivative by
 * the mean. */
typedef enum { PLAIN, LOG, LOGIT } scale;

static double on_scale(scale s, double mean)
{
    return s == PLAIN ? mean : s == LOG ? log(mean) : log(mean / (1 - mean));
}

static double scale_slope(scale s, double mean)
{
    return s == PLAIN ? 1 : s == LOG ? 1 / mean : 1 / (mean * (1 - mean));
}

static double from_scale(scale s, double value)
{
    return s == PLAIN ? value : s == LOG ? exp(value) : 1 / (1 + exp(-value));
}

/* eq. 3-5: a mean on a scale, less another (NULL = none). */
static fp_status difference(const work *w, scale s, const level_mean *a, const level_mean *b,
                            fp_linear_value *out, fp_err *err)
{
    FP_ARENA_SCOPED(scratch, FP_GIB, err);
    double *l, value = on_scale(s, a->mean) - (b ? on_scale(s, b->mean) : 0);
    *out = (fp_linear_value){FP_NUM_NAN, FP_NUM_NAN, FP_NUM_NAN};
    if (!a->known || (b && !b->known) || !isfinite(value))
        return FP_OK;
    FP_ARRAY(l, scratch, w->linear.p, err);
    for (ptrdiff_t j = 0; j < w->linear.p; j++)
        l[j] = scale_slope(s, a->mean) * a->gradient[j] -
               (b ? scale_slope(s, b->mean) * b->gradient[j] : 0);
    FP_TRY(fp_linear_estimate(&w->linear, 1, l, out, NULL, err));
    out->value = value;
    return FP_OK;
}

static fp_standardised_effect undefined_effect(void)
{
    return (fp_standardised_effect){FP_NUM_NAN, FP_NUM_NAN, FP_NUM_NAN, FP_NUM_NAN, FP_NUM_NAN};
}

/* A difference, or with another scale than PLAIN the ratio that it is the logarithm of. */
static fp_status effect(const work *w, scale s, const level_mean *a, const level_mean *b,
                        fp_standardised_effect *out, fp_err *err)
{
    fp_linear_value v;
    *out = undefined_effect();
    FP_TRY(difference(w, s, a, b, &v, err));
    double half = fp_linear_reach(&w->linear, v);
    scale back = s == PLAIN ? PLAIN : LOG;
    if (isnan(v.value))
        return FP_OK;
    out->estimate = from_scale(back, v.value);
    if (!(v.se > 0))
        return FP_OK;
    out->se = v.se;
    out->p = fp_linear_p(v);
    out->lower = from_scale(back, v.value - half);
    out->upper = from_scale(back, v.value + half);
    return FP_OK;
}

/* The mean of a level: its interval stays within the range of the family. */
static fp_status fill_mean(const work *w, const level_mean *a, fp_standardised *out, fp_err *err)
{
    scale s = w->family == FP_FAMILY_BINOMIAL   ? LOGIT
              : w->family == FP_FAMILY_GAUSSIAN ? PLAIN
                                                : LOG;
    fp_linear_value plain, v;
    out->mean = a->known ? a->mean : FP_NUM_NAN;
    FP_TRY(difference(w, PLAIN, a, NULL, &plain, err));
    FP_TRY(difference(w, s, a, NULL, &v, err));
    double half = fp_linear_reach(&w->linear, v);
    out->se = plain.se > 0 ? plain.se : FP_NUM_NAN;
    out->df = plain.df;
    out->lower = out->upper = FP_NUM_NAN;
    if (!(v.se > 0))
        return FP_OK;
    out->lower = from_scale(s, v.value - half);
    out->upper = from_scale(s, v.value + half);
    return FP_OK;
}

static fp_status fill_effects(const work *w, const level_mean *a, const level_mean *first,
                              fp_standardised *out, fp_err *err)
{
    out->difference = out->ratio = out->odds_ratio = undefined_effect();
    if (a == first)
        return FP_OK;
    FP_TRY(effect(w, PLAIN, a, first, &out->difference, err));
    FP_TRY(effect(w, LOG, a, first, &out->ratio, err));
    if (w->family == FP_FAMILY_BINOMIAL)
        FP_TRY(effect(w, LOGIT, a, first, &out->odds_ratio, err));
    return FP_OK;
}

static fp_status make(work *w, const variable *v, fp_standardised *out, fp_err *err)
{
    level_mean *level;
    FP_ARRAY(level, w->arena, v->levels, err);
    for (ptrdiff_t k = 0; k < v->levels; k++) {
        FP_TRY(make_level(w, v, k, &level[k], err));
        out[k] = (fp_standardised){.term = v->name, .level = v->level[k], .n = v->n[k]};
        FP_TRY(fill_mean(w, &level[k], &out[k], err));
        FP_TRY(fill_effects(w, &level[k], &level[0], &out[k], err));
        if (!level[k].known)
            FP_TRY(fp_warnings_add(&w->warnings, err,
                                   "the data do not tell the standardised mean at %s=%s: it rests "
                                   "on a coefficient without an estimate",
                                   v->name, v->level[k]));
    }
    return FP_OK;
}

fp_status fp_standardised_add(const fp_table *table, const fp_model_common *common, ptrdiff_t count,
                              const char *const *name, fp_arena *arena, fp_result *result,
                              fp_err *err)
{
    work w = {.table = table,
              .design = result->design,
              .how = fp_model_design_options(common),
              .arena = arena,
              .result = result,
              .family = fp_result_family(result),
              .link = fp_result_link(result)};
    variable *v;
    fp_standardised *out;
    ptrdiff_t rows = 0;
    if (count == 0)
        return FP_OK;
    FP_ARRAY(v, arena, count, err);
    for (ptrdiff_t k = 0; k < count; k++) {
        FP_TRY(find(&w, name[k], &v[k], err));
        FP_TRY(load_levels(&w, &v[k], err));
        rows += v[k].levels;
    }
    if (result->term_count == 0) /* no estimates: the result says why */
        return FP_OK;
    FP_TRY(fp_warnings_resume(&w.warnings, result, arena, err));
    FP_TRY(fp_linear_open(result, arena, &w.linear, err));
    FP_ARRAY(out, arena, rows, err);
    for (ptrdiff_t k = 0, at = 0; k < count; at += v[k++].levels)
        FP_TRY(make(&w, &v[k], out + at, err));
    FP_TRY(fp_warnings_finish(&w.warnings, result, err));
    result->standardised = out;
    result->standardised_count = rows;
    return FP_OK;
}
