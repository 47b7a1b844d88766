#include <math.h>
#include <string.h>

#include "base/num.h"
#include "model/formula_priv.h"
#include "model/means_priv.h"

/* Comparisons of the cells left of |, made once and then laid on what stands right of it. */
typedef struct {
    const char *effect;
    const char *kind; /* "difference" or "interaction" */
    ptrdiff_t count;
    const char **words; /* count: "ips - usual" */
    double *weight;     /* count x left cells */
} effect;

typedef struct {
    const fp_means_names *names;
    const fp_means_grid *grid;
    fp_arena *arena;
    fp_err *err;
    ptrdiff_t left, by; /* cells on either side */
    ptrdiff_t effects;
    effect effect[3];
    fp_means_plans *plans;
    ptrdiff_t most_contrasts;
} work;

static fp_status join(const work *w, const char **out, const char *a, const char *between,
                      const char *b)
{
    *out = fp_arena_printf(w->arena, w->err, "%s%s%s", a, between, b);
    return *out ? FP_OK : FP_NOMEM;
}

/* ---- effects left of | ---- */

/* Each level against each one before it, averaged over the other variable with equal weights. */
static fp_status add_main(work *w, ptrdiff_t v)
{
    const fp_means_variable *variable = &w->grid->variable[v];
    ptrdiff_t levels = variable->level_count, other = w->left / levels;
    ptrdiff_t stride = v == 0 ? 1 : w->grid->variable[0].level_count, k = 0;
    effect *e = &w->effect[w->effects++];
    *e = (effect){
        .effect = variable->name, .kind = "difference", .count = levels * (levels - 1) / 2};
    FP_ARRAY(e->words, w->arena, e->count, w->err);
    FP_ARRAY(e->weight, w->arena, e->count * w->left, w->err);
    for (ptrdiff_t a = 0; a < levels; a++)
        for (ptrdiff_t b = a + 1; b < levels; b++, k++) {
            FP_TRY(join(w, &e->words[k], variable->level[b], " - ", variable->level[a]));
            for (ptrdiff_t c = 0; c < w->left; c++) {
                ptrdiff_t level = c / stride % levels;
                double sign = level == b ? 1 : level == a ? -1 : 0;
                e->weight[c + k * w->left] = sign / (double)other;
            }
        }
    return FP_OK;
}

/* (b,d) - (a,d) - (b,c) + (a,c) with a and c the first levels. */
static fp_status add_interaction(work *w)
{
    const fp_means_variable *x = &w->grid->variable[0], *y = &w->grid->variable[1];
    ptrdiff_t n = x->level_count, k = 0;
    effect *e = &w->effect[w->effects++];
    *e = (effect){.kind = "interaction", .count = (n - 1) * (y->level_count - 1)};
    FP_TRY(join(w, &e->effect, x->name, ":", y->name));
    FP_ARRAY(e->words, w->arena, e->count, w->err);
    FP_ARRAY(e->weight, w->arena, e->count * w->left, w->err);
    for (ptrdiff_t d = 1; d < y->level_count; d++)
        for (ptrdiff_t b = 1; b < n; b++, k++) {
            double *c = e->weight + k * w->left;
            const char *first, *second;
            FP_TRY(join(w, &first, x->level[b], " - ", x->level[0]));
            FP_TRY(join(w, &second, y->level[d], " - ", y->level[0]));
            FP_TRY(join(w, &e->words[k], first, " x ", second));
            c[b + d * n] = c[0] = 1;
            c[d * n] = c[b] = -1;
        }
    return FP_OK;
}

/* ---- comparisons ---- */

static fp_status add_contrast(work *w, fp_mean_contrast shell, double **weight)
{
    fp_means_plans *p = w->plans;
    if (p->contrasts == w->most_contrasts) {
        (void)fp_fail(w->err, FP_INPUT, "--means %s: these levels make more than %d comparisons",
                      fp_shown_of(w->names->text).s, FP_MEANS_CONTRASTS);
        return fp_hint(w->err, FP_INPUT, "compare fewer levels at a time");
    }
    FP_ARRAY(*weight, w->arena, w->grid->cells, w->err);
    p->contrast[p->contrasts++] = (fp_means_plan){.shell = shell, .weight = *weight};
    return FP_OK;
}

/* Weights of the cells: those of the left times those of the right. */
static void lay(const work *w, const double *left, const double *by, double *out)
{
    for (ptrdiff_t b = 0; b < w->by; b++)
        for (ptrdiff_t l = 0; l < w->left; l++)
            out[l + b * w->left] = left[l] * by[b];
}

static fp_status label_by(const work *w, ptrdiff_t b, const char **out)
{
    return fp_means_label(w->grid->variable + w->names->left, w->names->by, b, w->arena, out,
                          w->err);
}

static fp_status add_differences(work *w)
{
    double *by, *weight;
    FP_ARRAY(by, w->arena, w->by, w->err);
    for (ptrdiff_t e = 0; e < w->effects; e++)
        for (ptrdiff_t b = 0; b < w->by; b++) {
            const char *at;
            FP_TRY(label_by(w, b, &at));
            for (ptrdiff_t k = 0; k < w->effect[e].count; k++) {
                fp_mean_contrast shell = {.kind = w->effect[e].kind,
                                          .effect = w->effect[e].effect,
                                          .contrast = w->effect[e].words[k],
                                          .at = at};
                FP_TRY(add_contrast(w, shell, &weight));
                by[b] = 1;
                lay(w, w->effect[e].weight + k * w->left, by, weight);
                by[b] = 0;
            }
        }
    return FP_OK;
}

/* One comparison along the variable right of |, of each cell on the left and of each difference
 * between them. */
static fp_status add_along(work *w, const char *kind, const char *kinds, const char *words,
                           const double *by)
{
    double *one, *weight;
    const char *name;
    FP_ARRAY(one, w->arena, w->left, w->err);
    for (ptrdiff_t l = 0; l < w->left; l++) {
        fp_mean_contrast shell = {.kind = kind, .effect = "", .contrast = words};
        FP_TRY(fp_means_label(w->grid->variable, w->names->left, l, w->arena, &shell.at, w->err));
        FP_TRY(add_contrast(w, shell, &weight));
        one[l] = 1;
        lay(w, one, by, weight);
        one[l] = 0;
    }
    for (ptrdiff_t e = 0; e < w->effects; e++)
        for (ptrdiff_t k = 0; k < w->effect[e].count; k++) {
            FP_TRY(join(w, &name, w->effect[e].kind, " of ", kinds));
            fp_mean_contrast shell = {.kind = name,
                                      .effect = w->effect[e].effect,
                                      .contrast = w->effect[e].words[k],
                                      .at = words};
            FP_TRY(add_contrast(w, shell, &weight));
            lay(w, w->effect[e].weight + k * w->left, by, weight);
        }
    return FP_OK;
}

static fp_status add_changes(work *w)
{
    const fp_means_variable *v = &w->grid->variable[w->names->left];
    double *by;
    FP_ARRAY(by, w->arena, w->by, w->err);
    by[0] = -1;
    for (ptrdiff_t b = 1; b < w->by; b++) {
        const char *words;
        FP_TRY(join(w, &words, v->level[b], " - ", v->level[0]));
        by[b] = 1;
        FP_TRY(add_along(w, "change", "changes", words, by));
        by[b] = 0;
    }
    return FP_OK;
}

/* The least-squares slope of the means on the numbers of the variable. */
static fp_status add_trends(work *w)
{
    const fp_means_variable *v = &w->grid->variable[w->names->left];
    double *by, mean = 0, spread = 0;
    const char *words;
    FP_ARRAY(by, w->arena, w->by, w->err);
    for (ptrdiff_t b = 0; b < w->by; b++) {
        if (isnan(v->number[b])) {
            (void)fp_fail(w->err, FP_INPUT, "--compare trends: the level \"%s\" of %s is no number",
                          fp_shown_of(v->level[b]).s, fp_shown_of(v->name).s);
            return fp_hint(w->err, FP_INPUT, "a trend needs a column of numbers, as months");
        }
        mean += v->number[b] / (double)w->by;
    }
    for (ptrdiff_t b = 0; b < w->by; b++)
        spread += (v->number[b] - mean) * (v->number[b] - mean);
    for (ptrdiff_t b = 0; b < w->by; b++)
        by[b] = (v->number[b] - mean) / spread;
    FP_TRY(join(w, &words, "a unit", " of ", v->name));
    return add_along(w, "trend", "trends", words, by);
}

/* ---- joint tests ---- */

static fp_status add_test(work *w, const char *name, const char *at, ptrdiff_t most,
                          double **weight)
{
    fp_means_plans *p = w->plans;
    FP_ARRAY(*weight, w->arena, most * w->grid->cells, w->err);
    p->test[p->tests++] = (fp_means_joint){name, at, most, *weight};
    return FP_OK;
}

/* All comparisons of an effect with weights `by` right of |, from row `row` on. */
static void lay_all(const work *w, const effect *e, const double *by, ptrdiff_t row, double *weight)
{
    for (ptrdiff_t k = 0; k < e->count; k++)
        lay(w, e->weight + k * w->left, by, weight + (row + k) * w->grid->cells);
}

/* At each level right of |, at all of them together, and, of one variable there, whether it is the
 * same at all. */
static fp_status add_tests(work *w, const effect *e)
{
    double *by, *weight, *all, *same = NULL;
    const char *at, *name;
    FP_ARRAY(by, w->arena, w->by, w->err);
    for (ptrdiff_t b = 0; b < w->by; b++) {
        FP_TRY(label_by(w, b, &at));
        FP_TRY(add_test(w, e->effect, at, e->count, &weight));
        by[b] = 1;
        lay_all(w, e, by, 0, weight);
        by[b] = 0;
    }
    if (w->by == 1)
        return FP_OK;
    FP_TRY(add_test(w, e->effect, "all", e->count * w->by, &all));
    if (w->names->by == 1) {
        FP_TRY(join(w, &name, e->effect, ":", w->names->name[w->names->left]));
        FP_TRY(add_test(w, name, "", e->count * (w->by - 1), &same));
    }
    for (ptrdiff_t b = 0; b < w->by; b++) {
        by[b] = 1;
        lay_all(w, e, by, b * e->count, all);
        if (b && same) {
            by[0] = -1;
            lay_all(w, e, by, (b - 1) * e->count, same);
        }
        by[b] = by[0] = 0;
    }
    return FP_OK;
}

/* ---- all of it ---- */

static fp_status check_right(const work *w, unsigned compare)
{
    if (!(compare & (FP_MEANS_CHANGES | FP_MEANS_TRENDS)) || (w->names->by == 1 && w->by > 1))
        return FP_OK;
    (void)fp_fail(w->err, FP_USAGE,
                  "--compare changes and trends need one variable with two levels right of |");
    return fp_hint(w->err, FP_USAGE, "as in --means \"arm | wave\"");
}

fp_status fp_means_plan_make(const fp_means_names *names, const fp_means_grid *grid,
                             unsigned compare, fp_arena *arena, fp_means_plans *plans, fp_err *err)
{
    work w = {.names = names,
              .grid = grid,
              .arena = arena,
              .err = err,
              .left = grid->left_cells,
              .by = grid->cells / grid->left_cells,
              .plans = plans,
              .most_contrasts = FP_MEANS_CONTRASTS};
    FP_TRY(check_right(&w, compare));
    *plans = (fp_means_plans){0};
    FP_ARRAY(plans->contrast, arena, w.most_contrasts, err);
    FP_ARRAY(plans->test, arena, 3 * (w.by + 2), err);
    for (ptrdiff_t v = 0; v < names->left; v++)
        FP_TRY(add_main(&w, v));
    if (names->left == 2)
        FP_TRY(add_interaction(&w));
    if (compare & FP_MEANS_DIFFERENCES)
        FP_TRY(add_differences(&w));
    if (compare & FP_MEANS_CHANGES)
        FP_TRY(add_changes(&w));
    if (compare & FP_MEANS_TRENDS)
        FP_TRY(add_trends(&w));
    for (ptrdiff_t e = 0; e < w.effects; e++)
        FP_TRY(add_tests(&w, &w.effect[e]));
    return FP_OK;
}
