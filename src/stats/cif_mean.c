#include <math.h>

#include "stats/cif.h"
#include "stats/km_priv.h"

/* The integral of a step function from 0 to t; 0 before the first step, area[i] up to time[i]. */
static double area_to(const fp_cif_curves *c, const double *step, const double *area, double t)
{
    ptrdiff_t i = fp_count_upto(c->time, c->length, t, true) - 1;
    return i < 0 ? 0 : area[i] + step[i] * (t - c->time[i]);
}

static void integrate(const fp_cif_curves *c, const double *step, double *area)
{
    area[0] = 0;
    for (ptrdiff_t i = 1; i < c->length; i++)
        area[i] = area[i - 1] + step[i - 1] * (c->time[i] - c->time[i - 1]);
}

/* g and b of docs/methods/competing-events.md: the influence of a row that is still there. */
static void common(const fp_cif_curves *c, const double *event, double *g, double *b)
{
    double sum_g = 0, sum_b = 0, survival = 1;
    for (ptrdiff_t i = 0; i < c->length; i++) {
        double y = c->at_risk[i], d = 0;
        for (int32_t k = 0; k < c->causes; k++)
            d += c->event[i + k * c->length];
        sum_b += survival * (sum_g - 1 / y) * event[i] / y;
        sum_g += d < y ? d / (y * (y - d)) : 0;
        survival = c->free[i];
        g[i] = sum_g;
        b[i] = sum_b;
    }
}

fp_status fp_cif_lost(const fp_survdata *data, const fp_cif_curves *c, int32_t cause,
                      double horizon, fp_arena *arena, fp_cif_mean *mean, fp_err *err)
{
    if (data->start || cause < 0 || cause >= c->causes)
        return fp_fail(err, FP_ARG, "time lost to cause %d of %d", (int)cause, (int)c->causes);
    fp_arena_point mark = fp_arena_mark(arena);
    const double *f = c->cif + cause * c->length, *event = c->event + cause * c->length;
    double *g, *b, *area_f, *area_b, squares = 0;
    FP_ARRAY(g, arena, c->length, err);
    FP_ARRAY(b, arena, c->length, err);
    FP_ARRAY(area_f, arena, c->length, err);
    FP_ARRAY(area_b, arena, c->length, err);
    common(c, event, g, b);
    integrate(c, f, area_f);
    integrate(c, b, area_b);
    double whole = area_to(c, f, area_f, horizon);
    for (ptrdiff_t i = 0; i < data->n; i++) {
        double x = data->stop[i], weight = data->weight ? data->weight[i] : 1;
        if (x > horizon) {
            squares += pow(weight * area_to(c, b, area_b, horizon), 2);
            continue;
        }
        ptrdiff_t t = fp_count_upto(c->time, c->length, x, false);
        double y = c->at_risk[t], before = t > 0 ? c->free[t - 1] : 1;
        double now = before * (t > 0 ? g[t - 1] : 0), own = t > 0 ? b[t - 1] : 0;
        double stay = c->free[t] / before, h = event[t] / y;
        own += now * h + before * ((data->event[i] == cause + 1) - h) / y;
        now = now * stay - before * ((data->event[i] > 0) - (1 - stay)) / y;
        double later = whole - area_to(c, f, area_f, x) - f[t] * (horizon - x);
        double part = area_to(c, b, area_b, x) + own * (horizon - x);
        if (c->free[t] > 0)
            part += now / c->free[t] * later;
        squares += pow(weight * part, 2);
    }
    *mean = (fp_cif_mean){horizon, whole, sqrt(squares)};
    fp_arena_rewind(arena, mark);
    return FP_OK;
}
