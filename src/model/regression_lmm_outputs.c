#include <math.h>
#include <string.h>

#include "base/num.h"
#include "model/regression_lmm_priv.h"

static const char *const names[] = {"response", "pearson", NULL};

const char *const *fp_lmm_residual_names(void)
{
    return names;
}

typedef struct {
    const fp_table *table;
    const fp_lmm_model_options *options;
    const fp_design *design;
    fp_arena *arena;
    fp_lmm_result *lmm;
    fp_lmm_effects made;
} work;

static fp_status add_tests(work *w, fp_err *err)
{
    const fp_design *d = w->design;
    fp_variance_test *tests;
    ptrdiff_t most = 0, n = 0;
    for (ptrdiff_t b = 0; b < d->random_count; b++)
        most += d->random[b].width;
    FP_ARRAY(tests, w->arena, most, err);
    for (ptrdiff_t b = 0; b < d->random_count; b++)
        for (ptrdiff_t e = 0; e < d->random[b].width; e++, n++) {
            tests[n] = (fp_variance_test){.group = d->random[b].group,
                                          .term = d->random[b].name[e],
                                          .df = (double)d->random[b].width};
            FP_TRY(fp_lmm_without(w->lmm->fit, b, e, &tests[n].chisq, &tests[n].p, err));
        }
    w->lmm->tests = tests;
    w->lmm->test_count = n;
    return FP_OK;
}

/* ---- intervals of the variances ---- */

enum { PROFILE_ROWS = 10000 }; /* up to these without being asked */

static ptrdiff_t effect_named(const fp_random *r, const char *name)
{
    ptrdiff_t e = 0;
    while (e + 1 < r->width && strcmp(r->name[e], name) != 0)
        e++;
    return e;
}

static fp_status add_intervals(work *w, double level, fp_err *err)
{
    const fp_design *d = w->design;
    fp_lmm_result *lmm = w->lmm;
    fp_random_row *rows;
    ptrdiff_t n = 0;
    FP_ARRAY(rows, w->arena, lmm->random_count, err);
    for (ptrdiff_t b = 0; b < d->random_count; b++) {
        const fp_random *r = &d->random[b];
        for (ptrdiff_t e = r->width * (r->width + 1) / 2; e > 0; e--, n++) {
            rows[n] = lmm->random[n];
            fp_lmm_component what = {
                .kind = FP_LMM_SD, .block = b, .i = effect_named(r, rows[n].term)};
            if (rows[n].term2) {
                what.kind = FP_LMM_CORRELATION;
                what.j = effect_named(r, rows[n].term2);
            }
            FP_TRY(fp_lmm_interval(lmm->fit, what, level, &rows[n].lower, &rows[n].upper, err));
        }
    }
    lmm->random = rows;
    lmm->profiled = true;
    if (lmm->residual && strcmp(lmm->residual, "cs") == 0)
        return FP_OK;
    return fp_lmm_interval(lmm->fit, (fp_lmm_component){.kind = FP_LMM_RESIDUAL_SD}, level,
                           &lmm->residual_lower, &lmm->residual_upper, err);
}

static fp_status add_effects(work *w, fp_err *err)
{
    const fp_design *d = w->design;
    fp_effect_row *rows;
    ptrdiff_t most = 0, n = 0;
    for (ptrdiff_t b = 0; b < d->random_count; b++)
        most += d->random[b].groups * d->random[b].width;
    FP_ARRAY(rows, w->arena, most, err);
    for (ptrdiff_t b = 0; b < d->random_count; b++) {
        const fp_random *r = &d->random[b];
        for (int32_t g = 0; g < r->groups; g++) {
            const char *label;
            FP_TRY(fp_random_label(w->table, r, g, w->arena, &label, err));
            for (ptrdiff_t e = 0; e < r->width; e++)
                rows[n++] = (fp_effect_row){r->group, label, r->name[e],
                                            w->made.effect[b][g * r->width + e],
                                            w->made.se[b][g * r->width + e]};
        }
    }
    w->lmm->effects = rows;
    w->lmm->effect_count = n;
    return FP_OK;
}

/* Standard deviation of the residual of row i. */
static double spread_of(const work *w, ptrdiff_t i)
{
    const fp_lmm_result *lmm = w->lmm;
    double v = lmm->residual_sd * lmm->residual_sd;
    if (lmm->residual)
        v = lmm->residual_covariance[w->design->wave[i] * (lmm->waves + 1)];
    return sqrt(w->design->weight ? v / w->design->weight[i] : v);
}

static fp_status add_fitted(work *w, fp_err *err)
{
    const fp_design *d = w->design;
    double *residual, *fitted;
    FP_ARRAY(residual, w->arena, d->n, err);
    FP_ARRAY(fitted, w->arena, d->n, err);
    for (ptrdiff_t i = 0; i < d->n; i++) {
        fitted[i] = w->made.fitted[i] + (d->offset ? d->offset[i] : 0);
        residual[i] = d->stop[i] - fitted[i];
    }
    w->lmm->fitted = fitted;
    w->lmm->rest = residual;
    return FP_OK;
}

/* The table of --residuals: fixed, fitted, residual. */
static fp_status add_residuals(work *w, fp_result *result, fp_err *err)
{
    static const char *const columns[2][3] = {{"fixed", "fitted", "response"},
                                              {"fixed", "fitted", "pearson"}};
    const fp_design *d = w->design;
    bool pearson = w->options->residuals == 1;
    fp_residual_table *t;
    double *value;
    long *line;
    FP_ARRAY(t, w->arena, 1, err);
    FP_ARRAY(value, w->arena, 3 * d->n, err);
    FP_ARRAY(line, w->arena, d->n, err);
    for (ptrdiff_t i = 0; i < d->n; i++) {
        line[i] = fp_table_line(w->table, d->row[i]);
        value[i] = w->made.fixed[i] + (d->offset ? d->offset[i] : 0);
        value[i + d->n] = w->lmm->fitted[i];
        value[i + 2 * d->n] = w->lmm->rest[i] / (pearson ? spread_of(w, i) : 1);
    }
    *t = (fp_residual_table){.kind = names[w->options->residuals],
                             .n = d->n,
                             .columns = 3,
                             .line = line,
                             .column = columns[pearson],
                             .value = value};
    result->residuals = t;
    return FP_OK;
}

fp_status fp_lmm_add_outputs(const fp_table *table, const fp_lmm_model_options *options,
                             fp_arena *arena, fp_result *result, fp_lmm_result *lmm, fp_err *err)
{
    work w = {table, options, result->design, arena, lmm, {0}};
    if (options->profile || w.design->n <= PROFILE_ROWS)
        FP_TRY(add_intervals(&w, options->common.level, err));
    if (options->variance_tests)
        FP_TRY(add_tests(&w, err));
    if (!options->effects && !options->scatter && options->residuals < 0)
        return FP_OK;
    FP_TRY(fp_lmm_random_effects(lmm->fit, arena, &w.made, err));
    FP_TRY(add_fitted(&w, err));
    if (options->effects || options->scatter)
        FP_TRY(add_effects(&w, err));
    return options->residuals >= 0 ? add_residuals(&w, result, err) : FP_OK;
}
