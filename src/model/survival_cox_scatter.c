#include <math.h>
#include <string.h>

#include "base/num.h"
#include "model/survival_cox_priv.h"

static const char *const scales[] = {
    [FP_PH_KM] = "km", [FP_PH_IDENTITY] = "identity", [FP_PH_LOG] = "log", [FP_PH_RANK] = "rank"};

/* Whether a column has more than two different values: a cloud of points says nothing of others. */
static bool is_measured(const double *x, ptrdiff_t n)
{
    double second = FP_NUM_NAN;
    for (ptrdiff_t i = 1; i < n; i++) {
        if (x[i] == x[0] || x[i] == second)
            continue;
        if (!isnan(second))
            return true;
        second = x[i];
    }
    return false;
}

static fp_status list_covariates(const fp_cox_made *made, fp_residual_scatter *s, fp_err *err)
{
    const fp_design *design = made->design;
    const char **name;
    const double **x;
    FP_ARRAY(name, made->arena, design->p, err);
    FP_ARRAY(x, made->arena, design->p, err);
    for (ptrdiff_t j = 0; j < design->p; j++) {
        const double *column = design->x + j * design->n;
        if (!is_measured(column, design->n))
            continue;
        name[s->covariates] = design->column[j];
        x[s->covariates++] = column;
    }
    s->covariate = name;
    s->x = x;
    return FP_OK;
}

static fp_status add_events(const fp_cox_made *made, const fp_result *result,
                            fp_residual_scatter *s, fp_err *err)
{
    ptrdiff_t p = made->design->p, *row;
    double *time;
    FP_TRY(fp_cox_schoenfeld(made->data, p, made->design->x, made->fit, made->options->ties, true,
                             made->arena, &s->events, err));
    FP_TRY(fp_cox_ph_scale(made->data, made->options->ph, &s->events, made->arena, &s->scale, err));
    FP_ARRAY(time, made->arena, s->events.n, err);
    FP_ARRAY(row, made->arena, p, err);
    for (ptrdiff_t i = 0; i < s->events.n; i++)
        time[i] = made->data->stop[s->events.row[i]];
    for (ptrdiff_t j = 0; j < p; j++)
        row[j] = result->ph_count ? made->design->column_term[j] : -1;
    s->event_time = time;
    s->ph = row;
    s->scale_name = scales[made->options->ph];
    return FP_OK;
}

fp_status fp_cox_add_scatter(const fp_cox_made *made, fp_result *result, fp_err *err)
{
    fp_residual_scatter *s;
    double *martingale;
    if (!made->options->scatter)
        return FP_OK;
    FP_ARRAY(s, made->arena, 1, err);
    FP_TRY(fp_cox_martingale(made->data, made->fit->eta, made->options->ties, made->arena,
                             &martingale, err));
    s->martingale = martingale;
    s->linear_predictor = made->fit->eta;
    FP_TRY(list_covariates(made, s, err));
    if (made->has_estimates && !fp_cox_is_variant(made->options, made->design))
        FP_TRY(add_events(made, result, s, err));
    result->scatter = s;
    return FP_OK;
}
