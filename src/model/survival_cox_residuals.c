#include <math.h>
#include <string.h>

#include "base/num.h"
#include "model/survival_cox_priv.h"

static const char *const names[] = {"martingale", "deviance",          "score", "dfbeta", "dfbetas",
                                    "schoenfeld", "scaled-schoenfeld", NULL};

const char *const *fp_residual_names(void)
{
    return names;
}

typedef struct {
    const fp_cox_made *made;
    fp_residual_kind kind;
    fp_residual_table *table;
} work;

static bool is_of_events(fp_residual_kind kind)
{
    return kind == FP_RESIDUAL_SCHOENFELD || kind == FP_RESIDUAL_SCALED_SCHOENFELD;
}

static bool is_of_coefficients(fp_residual_kind kind)
{
    return kind >= FP_RESIDUAL_SCORE;
}

/* Kinds that rest on the covariance of the estimates, which one without end does not have. */
static bool needs_variance(fp_residual_kind kind)
{
    return kind == FP_RESIDUAL_DFBETA || kind == FP_RESIDUAL_DFBETAS ||
           kind == FP_RESIDUAL_SCALED_SCHOENFELD;
}

/* ---- which rows, of whom ---- */

static fp_status name_rows(work *w, const ptrdiff_t *row, fp_err *err)
{
    const fp_design *design = w->made->design;
    fp_residual_table *t = w->table;
    long *line;
    int32_t *cluster = NULL;
    FP_ARRAY(line, w->made->arena, t->n, err);
    if (design->cluster)
        FP_ARRAY(cluster, w->made->arena, t->n, err);
    for (ptrdiff_t i = 0; i < t->n; i++) {
        ptrdiff_t k = row ? row[i] : i;
        line[i] = fp_table_line(w->made->table, design->row[k]);
        if (cluster)
            cluster[i] = design->cluster[k];
    }
    t->line = line;
    t->cluster = cluster;
    t->cluster_label = design->cluster_label;
    return FP_OK;
}

static fp_status name_events(work *w, const ptrdiff_t *row, fp_err *err)
{
    const fp_design *design = w->made->design;
    fp_residual_table *t = w->table;
    double *time;
    int32_t *stratum = NULL;
    FP_TRY(name_rows(w, row, err));
    FP_ARRAY(time, w->made->arena, t->n, err);
    if (design->stratum)
        FP_ARRAY(stratum, w->made->arena, t->n, err);
    for (ptrdiff_t i = 0; i < t->n; i++) {
        time[i] = w->made->data->stop[row[i]];
        if (stratum)
            stratum[i] = design->stratum[row[i]];
    }
    t->time = time;
    t->stratum = stratum;
    t->stratum_label = design->stratum_label;
    return FP_OK;
}

/* ---- values ---- */

static fp_status of_rows(work *w, fp_err *err)
{
    const fp_cox_made *made = w->made;
    static const char *const column[] = {"martingale", "deviance"};
    double *value;
    FP_TRY(fp_cox_martingale(made->data, made->fit->eta, made->options->ties, made->arena, &value,
                             err));
    if (w->kind == FP_RESIDUAL_DEVIANCE)
        fp_cox_deviance(made->data->n, made->data->event, value, value);
    w->table->columns = 1;
    w->table->column = &column[w->kind == FP_RESIDUAL_DEVIANCE];
    w->table->value = value;
    return FP_OK;
}

/* Columns of coefficients that these residuals do not exist for become NaN. */
static void blank(const work *w, double *value)
{
    const fp_cox_made *made = w->made;
    for (ptrdiff_t j = 0; j < made->design->p; j++) {
        bool aliased = !made->has_estimates || isnan(made->fit->beta[j]);
        if (!aliased && (made->defined[j] || !needs_variance(w->kind)))
            continue;
        for (ptrdiff_t i = 0; i < w->table->n; i++)
            value[i + j * w->table->n] = FP_NUM_NAN;
    }
}

static fp_status of_scores(work *w, fp_err *err)
{
    const fp_cox_made *made = w->made;
    ptrdiff_t p = made->design->p;
    double *value, *row;
    if (!made->has_estimates)
        FP_ARRAY(value, made->arena, made->data->n * p, err);
    else
        FP_TRY(fp_cox_score_residuals(made->data, p, made->design->x, made->fit,
                                      made->options->ties, made->arena, &value, err));
    FP_ARRAY(row, made->arena, p, err);
    if (made->has_estimates && w->kind != FP_RESIDUAL_SCORE)
        fp_cox_dfbeta(made->data, p, made->fit->var, w->kind == FP_RESIDUAL_DFBETAS, value, row);
    blank(w, value);
    w->table->value = value;
    return FP_OK;
}

static fp_status of_events(work *w, fp_err *err)
{
    const fp_cox_made *made = w->made;
    fp_cox_events events;
    double *value;
    FP_TRY(fp_cox_schoenfeld(made->data, made->design->p, made->design->x, made->fit,
                             made->options->ties, w->kind == FP_RESIDUAL_SCALED_SCHOENFELD,
                             made->arena, &events, err));
    w->table->n = events.n;
    FP_ARRAY(value, made->arena, events.n * made->design->p, err);
    memcpy(value, events.residual, (size_t)(events.n * made->design->p) * sizeof *value);
    blank(w, value);
    w->table->value = value;
    return name_events(w, events.row, err);
}

static fp_status warn_blank(const work *w, fp_err *err)
{
    const fp_cox_made *made = w->made;
    for (ptrdiff_t j = 0; needs_variance(w->kind) && made->has_estimates && j < made->design->p;
         j++)
        if (!made->defined[j] && !isnan(made->fit->beta[j]))
            FP_TRY(fp_warnings_add(made->warnings, err,
                                   "no %s residuals for %s: its coefficient has no finite estimate",
                                   names[w->kind - 1], made->design->column[j]));
    return FP_OK;
}

static fp_status check_kind(const work *w, fp_err *err)
{
    if (!is_of_coefficients(w->kind) || w->made->design->p > 0)
        return FP_OK;
    (void)fp_fail(err, FP_INPUT, "--residuals %s: the formula has no coefficients",
                  names[w->kind - 1]);
    return fp_hint(err, FP_INPUT, "martingale and deviance residuals need none");
}

static fp_status make_table(work *w, fp_err *err)
{
    const fp_design *design = w->made->design;
    w->table->kind = names[w->kind - 1];
    w->table->n = design->n;
    w->table->columns = design->p;
    w->table->column = design->column;
    FP_TRY(warn_blank(w, err));
    if (is_of_events(w->kind))
        return of_events(w, err);
    FP_TRY(is_of_coefficients(w->kind) ? of_scores(w, err) : of_rows(w, err));
    return name_rows(w, NULL, err);
}

fp_status fp_cox_add_residuals(const fp_cox_made *made, fp_result *result, fp_err *err)
{
    fp_residual_table *table;
    if (made->options->residuals == FP_RESIDUAL_NONE)
        return FP_OK;
    FP_ARRAY(table, made->arena, 1, err);
    work w = {made, made->options->residuals, table};
    FP_TRY(check_kind(&w, err));
    FP_TRY(make_table(&w, err));
    result->residuals = table;
    return FP_OK;
}
