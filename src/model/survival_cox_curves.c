#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/nearest.h"
#include "base/num.h"
#include "model/formula_priv.h"
#include "model/survival_cox_priv.h"

#define AT_NAME "--at"

typedef struct {
    const fp_cox_made *made;
    ptrdiff_t covariates;
    const char *const *covariate;
    ptrdiff_t rows;
    fp_at_row *row;
} work;

/* ---- the rows that were asked for ---- */

static bool has_name(ptrdiff_t count, const char *const *names, const char *name)
{
    for (ptrdiff_t k = 0; k < count; k++)
        if (strcmp(names[k], name) == 0)
            return true;
    return false;
}

/* "a, b, c" of the names that are not in the row (NULL = of all). */
static void list_names(const work *w, const fp_at_row *row, char *out, size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    for (ptrdiff_t k = 0; k < w->covariates && used + 190 < size; k++)
        if (!row || !has_name(row->count, row->name, w->covariate[k]))
            used += (size_t)snprintf(out + used, size - used, "%s%s", used ? ", " : "",
                                     fp_shown_of(w->covariate[k]).s);
}

static fp_status fail_extra(const work *w, const fp_at_row *row, const char *name, fp_err *err)
{
    char list[320];
    const char *nearest = fp_nearest(name, w->covariate, w->covariates);
    list_names(w, NULL, list, sizeof list);
    (void)fp_fail(err, FP_INPUT, AT_NAME " \"%s\": \"%s\" is no covariate of the formula",
                  fp_shown_of(row->label).s, fp_shown_of(name).s);
    if (nearest)
        return fp_hint(err, FP_INPUT, "did you mean \"%s\"?", fp_shown_of(nearest).s);
    if (w->made->design->stratum && fp_table_find(w->made->table, name) >= 0)
        return fp_hint(err, FP_INPUT, "the covariates are %s; every stratum has a curve of its own",
                       list);
    if (w->covariates == 0)
        return fp_hint(err, FP_INPUT, "it has none: ask for --baseline");
    return fp_hint(err, FP_INPUT, "the covariates are %s", list);
}

static fp_status check_row(const work *w, const fp_at_row *row, fp_err *err)
{
    char list[320];
    for (ptrdiff_t k = 0; k < row->count; k++)
        if (!has_name(w->covariates, w->covariate, row->name[k]))
            return fail_extra(w, row, row->name[k], err);
    list_names(w, row, list, sizeof list);
    if (!list[0])
        return FP_OK;
    (void)fp_fail(err, FP_INPUT, AT_NAME " \"%s\": no value for %s", fp_shown_of(row->label).s,
                  list);
    return fp_hint(err, FP_INPUT, "a curve needs a value of every covariate");
}

/* The value of covariate k in a row. */
static const char *value_of(const work *w, const fp_at_row *row, ptrdiff_t k)
{
    for (ptrdiff_t i = 0; i < row->count; i++)
        if (strcmp(row->name[i], w->covariate[k]) == 0)
            return row->value[i];
    return NULL;
}

static fp_status make_table(const work *w, fp_arena *scratch, const fp_table **table, fp_err *err)
{
    const char *const **cells;
    FP_ARRAY(cells, scratch, w->covariates, err);
    for (ptrdiff_t k = 0; k < w->covariates; k++) {
        const char **cell;
        FP_ARRAY(cell, scratch, w->rows, err);
        for (ptrdiff_t i = 0; i < w->rows; i++)
            cell[i] = value_of(w, &w->row[i], k);
        cells[k] = cell;
    }
    return fp_table_make(AT_NAME, w->rows, w->covariates, w->covariate, cells, scratch, table, err);
}

/* A message with a line speaks of that row of the table: say which row of --at it is. */
static void name_row(const work *w, fp_err *err)
{
    if (!err || strcmp(err->file, AT_NAME) != 0)
        return;
    ptrdiff_t i = err->line - 2; /* line 1 is the head */
    if (i < 0 || i >= w->rows)
        i = 0;
    (void)snprintf(
        err->file, sizeof err->file, AT_NAME " \"%s\"",
        fp_shown_of(err->line || w->rows == 1 ? w->row[i].label : w->made->options->at[0]).s);
    if (strncmp(err->hint, "formula", 7) == 0) /* an expression without a value there */
        (void)snprintf(err->hint, sizeof err->hint, "give values at which it has one");
    err->line = 0;
    err->column = 0;
    err->field[0] = '\0';
}

static fp_status read_rows(work *w, const double **x, const double **offset, fp_err *err)
{
    const fp_cox_made *made = w->made;
    FP_TRY(fp_at_read(made->options->at, made->options->at_count, made->arena, &w->rows, &w->row,
                      err));
    for (ptrdiff_t i = 0; i < w->rows; i++)
        FP_TRY(check_row(w, &w->row[i], err));
    FP_ARENA_SCOPED(scratch, FP_GIB, err);
    const fp_table *table;
    FP_TRY(make_table(w, scratch, &table, err));
    fp_status status =
        fp_design_at(made->design, made->table, made->how, table, made->arena, x, offset, err);
    if (status != FP_OK)
        name_row(w, err);
    return status;
}

/* ---- curves ---- */

static fp_status describe(const work *w, const fp_at_row *row, fp_predicted_curve *out, fp_err *err)
{
    double *number;
    FP_ARRAY(number, w->made->arena, row->count, err);
    for (ptrdiff_t k = 0; k < row->count; k++) {
        ptrdiff_t j = fp_table_find(w->made->table, row->name[k]);
        bool is_number = fp_table_column(w->made->table, j)->type == FP_COLUMN_NUMBER;
        if (!is_number || !fp_num_parse(fp_str_of(row->value[k]), '.', &number[k]))
            number[k] = FP_NUM_NAN;
    }
    *out = (fp_predicted_curve){.label = row->label,
                                .at_count = row->count,
                                .at_name = row->name,
                                .at_value = row->value,
                                .at_number = number};
    return FP_OK;
}

/* Covariates far from the data give a hazard that is no number any more. */
static fp_status warn_endless(const work *w, const fp_predicted_curve *curve, fp_err *err)
{
    ptrdiff_t last = curve->curve.length - 1;
    if (last < 0 ||
        (isfinite(curve->curve.cumulative_hazard[last]) && isfinite(curve->curve.se[last])))
        return FP_OK;
    return fp_warnings_add(w->made->warnings, err,
                           "the hazard at %s is too large to compute with: the curve there has no "
                           "interval",
                           curve->label);
}

/* The curves of `count` rows in every stratum, a row after the other. */
static fp_status predict(const work *w, ptrdiff_t count, const fp_at_row *rows, const double *x,
                         const double *offset, const fp_predicted_curve **out, fp_err *err)
{
    const fp_cox_made *made = w->made;
    const fp_design *design = made->design;
    ptrdiff_t strata = design->stratum ? design->strata : 1;
    fp_km_options options = {.conf_type = made->options->conf_type,
                             .level = made->options->common.level};
    fp_cox_curve *curves;
    fp_predicted_curve *list;
    FP_TRY(fp_cox_curves(made->data, design->p, design->x, made->fit, made->options->ties,
                         made->var ? made->var : made->fit->var, x, offset, count, &options,
                         made->arena, &curves, err));
    FP_ARRAY(list, made->arena, count * strata, err);
    for (ptrdiff_t i = 0; i < count; i++)
        for (ptrdiff_t s = 0; s < strata; s++) {
            fp_predicted_curve *curve = &list[s + i * strata];
            *curve = (fp_predicted_curve){.label = "baseline"};
            if (rows)
                FP_TRY(describe(w, &rows[i], curve, err));
            curve->stratum = design->stratum ? design->stratum_label[s] : NULL;
            curve->curve = curves[i + s * count];
            FP_TRY(warn_endless(w, curve, err));
        }
    *out = list;
    return FP_OK;
}

/* Whether the fit gives curves at all; else a warning says why not. */
static fp_status check_fit(const fp_cox_made *made, bool *possible, fp_err *err)
{
    *possible = false;
    if (made->fit->events == 0)
        return fp_warnings_add(made->warnings, err, "no curves are predicted: nobody had an event");
    for (ptrdiff_t j = 0; made->has_estimates && j < made->design->p; j++)
        if (!made->defined[j] && !isnan(made->fit->beta[j]))
            return fp_warnings_add(made->warnings, err,
                                   "no curves are predicted: the coefficient of %s has no finite "
                                   "estimate",
                                   made->design->column[j]);
    *possible = true;
    return FP_OK;
}

fp_status fp_cox_add_curves(const fp_cox_made *made, fp_result *result, fp_err *err)
{
    static const char *const types[] = {
        [FP_CONF_LOG] = "log", [FP_CONF_LOGLOG] = "log-log", [FP_CONF_PLAIN] = "plain"};
    const fp_cox_model_options *o = made->options;
    work w = {.made = made};
    const double *x = NULL, *offset = NULL;
    bool possible;
    if (o->at_count == 0 && !o->baseline)
        return FP_OK;
    result->curve_conf_type = types[o->conf_type];
    FP_TRY(fp_design_covariates(made->design, made->table, made->how, made->arena, &w.covariates,
                                &w.covariate, err));
    if (o->at_count > 0)
        FP_TRY(read_rows(&w, &x, &offset, err));
    FP_TRY(check_fit(made, &possible, err));
    if (!possible)
        return FP_OK;
    ptrdiff_t strata = made->design->stratum ? made->design->strata : 1;
    if (o->at_count > 0) {
        FP_TRY(predict(&w, w.rows, w.row, x, offset, &result->curves, err));
        result->curve_count = w.rows * strata;
    }
    if (!o->baseline)
        return FP_OK;
    double *zero;
    FP_ARRAY(zero, made->arena, made->design->p, err);
    FP_TRY(predict(&w, 1, NULL, zero, NULL, &result->baseline, err));
    result->baseline_count = strata;
    return FP_OK;
}
