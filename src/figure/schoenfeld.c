#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "figure/smooth_priv.h"
#include "figure/svg_priv.h"

enum { MOST_TICKS = 40 };

/* A time and where it stands on the scale. */
typedef struct {
    double time, scale;
} moment;

typedef struct {
    ptrdiff_t count;
    double at[MOST_TICKS];
    const char *text[MOST_TICKS];
} ticks;

static int by_time(const void *a, const void *b)
{
    double x = ((const moment *)a)->time, y = ((const moment *)b)->time;
    return (x > y) - (x < y);
}

/* The scale at a time between two events. */
static double scale_at(const moment *m, ptrdiff_t n, double time)
{
    ptrdiff_t i = 1;
    while (i < n - 1 && m[i].time < time)
        i++;
    double width = m[i].time - m[i - 1].time;
    double share = width > 0 ? (time - m[i - 1].time) / width : 0;
    return m[i - 1].scale + share * (m[i].scale - m[i - 1].scale);
}

static fp_status add_tick(ticks *t, double time, double scale, const fp_numstyle *style,
                          int decimals, fp_arena *arena, fp_err *err)
{
    char text[512];
    if (t->count == MOST_TICKS || !isfinite(scale))
        return FP_OK;
    fp_num_format(time, decimals, style, text, sizeof text);
    t->at[t->count] = scale;
    t->text[t->count] = fp_arena_strdup(arena, text, err);
    return t->text[t->count++] ? FP_OK : FP_NOMEM;
}

/* Decimals that a round time needs. */
static int decimals_of(double time)
{
    return time < 1 ? (int)fmin(-floor(log10(time) + 1e-9), 9) : 0;
}

/* Times 1, 2 and 5 times powers of ten. */
static fp_status log_ticks(const moment *m, ptrdiff_t n, const fp_numstyle *style, ticks *t,
                           fp_arena *arena, fp_err *err)
{
    static const double factor[] = {1, 2, 5};
    for (double power = floor(log10(m[0].time)); power <= log10(m[n - 1].time); power++)
        for (int k = 0; k < 3; k++) {
            double time = factor[k] * pow(10, power);
            if (time >= m[0].time && time <= m[n - 1].time)
                FP_TRY(add_tick(t, time, log(time), style, decimals_of(time), arena, err));
        }
    return FP_OK;
}

/* Round times where they stand on a scale of ranks: multiples of a step, and below it 1, 2 and 5
 * times powers of ten, for early times may take up most of the axis. */
static fp_status round_ticks(const moment *m, ptrdiff_t n, const fp_numstyle *style, ticks *t,
                             fp_arena *arena, fp_err *err)
{
    static const double factor[] = {0.1, 0.2, 0.5};
    double last = m[n - 1].time, step = fp_svg_step(last - m[0].time, 24);
    double power = pow(10, ceil(log10(step) - 1e-9));
    for (int k = 0; k < 3; k++) {
        double time = factor[k] * power;
        if (time < step * (1 - 1e-9) && time >= m[0].time)
            FP_TRY(add_tick(t, time, scale_at(m, n, time), style, decimals_of(time), arena, err));
    }
    for (double k = ceil(m[0].time / step); k * step <= last; k++)
        FP_TRY(add_tick(t, k * step, scale_at(m, n, k * step), style, fp_svg_decimals(step), arena,
                        err));
    return FP_OK;
}

/* Ticks in time on a transformed axis; the identity needs none of its own. */
static fp_status make_ticks(const fp_residual_scatter *s, const fp_numstyle *style, fp_arena *arena,
                            ticks *t, fp_err *err)
{
    FP_ARENA_SCOPED(scratch, 16 * FP_GIB, err);
    moment *m;
    ptrdiff_t n = 0;
    if (strcmp(s->scale_name, "identity") == 0)
        return FP_OK;
    FP_ARRAY(m, scratch, s->events.n, err);
    for (ptrdiff_t i = 0; i < s->events.n; i++)
        if (isfinite(s->scale[i]))
            m[n++] = (moment){s->event_time[i], s->scale[i]};
    qsort(m, (size_t)n, sizeof *m, by_time);
    if (n < 2 || !(m[n - 1].time > m[0].time))
        return FP_OK;
    if (strcmp(s->scale_name, "log") == 0)
        return log_ticks(m, n, style, t, arena, err);
    return round_ticks(m, n, style, t, arena, err);
}

static const char *x_label_of(const char *scale)
{
    if (strcmp(scale, "identity") == 0)
        return "Time";
    if (strcmp(scale, "log") == 0)
        return "Time (log scale)";
    return strcmp(scale, "rank") == 0 ? "Time (scale of ranks)" : "Time (scale of Kaplan-Meier)";
}

/* "estimate -0.51; change over time: p 0.043", and of which term where it has several columns. */
static const char *note_of(const fp_result *result, ptrdiff_t j, const fp_numstyle *style,
                           fp_arena *arena, fp_err *err)
{
    char estimate[512], p[64] = "";
    ptrdiff_t row = result->scatter->ph[j];
    double value = result->terms[j].estimate, size = fabs(value);
    int decimals = size > 0 ? (int)fmin(fmax(2, 1 - floor(log10(size))), 6) : 2;
    fp_num_format(value, decimals, style, estimate, sizeof estimate);
    if (row < 0 || isnan(result->ph[row].p))
        return fp_arena_printf(arena, err, "estimate %s", estimate);
    fp_num_format_p(result->ph[row].p, style, p, sizeof p);
    bool whole = result->ph[row].df <= 1;
    return fp_arena_printf(arena, err, "estimate %s; change over time%s%s: p %s%s", estimate,
                           whole ? "" : " of ", whole ? "" : result->ph[row].term,
                           p[0] == '<' ? "" : "= ", p);
}

static fp_status make_panel(const fp_result *result, ptrdiff_t j, const ticks *t,
                            const fp_numstyle *style, fp_arena *arena, fp_figure_panel *panel,
                            fp_err *err)
{
    const fp_residual_scatter *s = result->scatter;
    ptrdiff_t n = s->events.n;
    *panel = (fp_figure_panel){.title = result->terms[j].term,
                               .note = note_of(result, j, style, arena, err),
                               .x_label = x_label_of(s->scale_name),
                               .n = n,
                               .x = s->scale,
                               .y = s->events.residual + j * n,
                               .reference = result->terms[j].estimate,
                               .tick_count = t->count,
                               .tick_x = t->at,
                               .tick_text = t->text};
    if (!panel->note)
        return FP_NOMEM;
    double se = result->terms[j].se;
    return fp_panel_smooth(panel, (double)n * se * se, result->level, arena, err);
}

static fp_status check(const fp_result *result, fp_err *err)
{
    if (result->model != FP_MODEL_COX || !result->scatter)
        return fp_fail(err, FP_ARG, "the result holds no Schoenfeld residuals");
    if (result->scatter->events.n == 0)
        return fp_fail(err, FP_INPUT, "nothing to draw: %s",
                       result->events == 0 ? "nobody had an event"
                                           : "this fit has no Schoenfeld residuals");
    for (ptrdiff_t j = 0; j < result->term_count; j++)
        if (!isnan(result->terms[j].estimate))
            return FP_OK;
    return fp_fail(err, FP_INPUT, "nothing to draw: there is no coefficient with an estimate");
}

static void describe(const fp_figure_panel *panels, ptrdiff_t count, fp_buf *desc)
{
    fp_buf_printf(desc,
                  "Scaled Schoenfeld residuals plus the estimate, by the time of the event, with a "
                  "smooth line and its band, in %td %s; the dashed line is the estimate. A line "
                  "that is level means proportional hazards.",
                  count, count == 1 ? "panel" : "panels");
    for (ptrdiff_t i = 0; i < count; i++)
        fp_buf_printf(desc, " %s: %s.", panels[i].title, panels[i].note);
}

fp_status fp_figure_schoenfeld(const fp_figure_frame *frame, const fp_result *result, fp_buf *out,
                               fp_err *err)
{
    FP_TRY(check(result, err));
    FP_ARENA_SCOPED(arena, FP_GIB, err);
    FP_BUF_SCOPED(desc, FP_MIB);
    fp_figure_scatter_options o = {
        .y_label = "Coefficient over time", .point = "one event", .reference = "estimate"};
    if (frame)
        o.frame = *frame;
    const fp_numstyle *style = fp_svg_numstyle(&o.frame);
    fp_figure_panel *panels;
    ticks t = {0};
    ptrdiff_t count = 0;
    FP_ARRAY(panels, arena, result->term_count, err);
    FP_TRY(make_ticks(result->scatter, style, arena, &t, err));
    for (ptrdiff_t j = 0; j < result->term_count; j++)
        if (!isnan(result->terms[j].estimate))
            FP_TRY(make_panel(result, j, &t, style, arena, &panels[count++], err));
    describe(panels, count, &desc);
    return fp_figure_smooth(&o, result->level, "Do the coefficients change over time?", &desc,
                            panels, count, arena, out, err);
}
