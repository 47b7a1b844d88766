#include "stats/cif.h"

#include <math.h>
#include <stdbool.h>

#include "base/num.h"
#include "stats/dist.h"
#include "stats/km_priv.h"
#include "stats/risk_priv.h"
#include "stats/sort.h"

fp_cif_options fp_cif_defaults(void)
{
    return (fp_cif_options){.conf_type = FP_CONF_LOG, .level = 0.95};
}

ptrdiff_t fp_cif_index(const fp_cif_curves *curves, double time)
{
    return fp_count_upto(curves->time, curves->length, time, true) - 1;
}

/* Influence of rows on the probability of no event (0) and on F_k (k): sums over a set of rows of
 * the square of the row's weight times the influences' products. */
typedef struct {
    double free2;  /* with itself */
    double *cross; /* causes: of no event with cause k */
    double *own2;  /* causes: of cause k with itself */
} moments;

/* A row entered at time L: its influences at t are S(t) (g(t) - gl) and b_k(t) - gl F_k(t) - e_k,
 * with gl = g(L) and e_k = b_k(L) - gl F_k(L), both 0 for a row that is there from the start. The
 * sums of the squared weights times 1, gl, gl^2, e_k, gl e_k and e_k^2 over the rows at risk. */
typedef struct {
    double one, g, gg;
    double *e, *ge, *ee; /* causes */
} entries;

typedef struct {
    const fp_survdata *data;
    int32_t causes;
    ptrdiff_t length;
    double *time, *at_risk, *censored, *event; /* as fp_cif_curves */
    double *squares;                           /* length: squared weights at risk, no late entry */
    double *free, *free_se, *cif, *se, *lower, *upper;
    int32_t *lo, *hi;        /* n: at risk at the times lo..hi */
    int32_t *leave, *enter;  /* n: rows in the order of hi, of lo */
    int32_t *left, *entered; /* length + 1: where each time begins in them */
    double *g;               /* length: sum of d / (Y (Y - d)) */
    double *b;               /* length x causes */
    moments gone;            /* rows that left */
    entries here;            /* rows at risk */
    double *hazard;          /* causes: at the time that is worked on */
} work;

/* Rows in the order of their time (counting sort). `begin` gets where every time begins. */
static void sort_rows(ptrdiff_t n, const int32_t *at, ptrdiff_t length, int32_t *begin,
                      int32_t *row)
{
    for (ptrdiff_t i = 0; i < n; i++)
        begin[at[i] + 1]++;
    for (ptrdiff_t k = 0; k < length; k++)
        begin[k + 1] += begin[k];
    for (ptrdiff_t i = 0; i < n; i++)
        row[begin[at[i]]++] = (int32_t)i;
    for (ptrdiff_t k = length; k > 0; k--)
        begin[k] = begin[k - 1];
    begin[0] = 0;
}

static void count_rows(work *w)
{
    const fp_survdata *data = w->data;
    for (ptrdiff_t i = 0; i < data->n; i++) {
        double weight = fp_row_weight(data, i);
        ptrdiff_t k = fp_count_upto(w->time, w->length, data->stop[i], false);
        ptrdiff_t l = data->start ? fp_count_upto(w->time, w->length, data->start[i], true) : 0;
        w->hi[i] = (int32_t)k;
        w->lo[i] = (int32_t)l;
        w->at_risk[k] += weight;
        w->squares[k] += weight * weight;
        if (l > 0)
            w->at_risk[l - 1] -= weight;
        if (data->event[i])
            w->event[k + (data->event[i] - 1) * w->length] += weight;
        else
            w->censored[k] += weight;
    }
    for (ptrdiff_t k = w->length - 2; k >= 0; k--) {
        w->at_risk[k] += w->at_risk[k + 1];
        w->squares[k] += w->squares[k + 1];
    }
    sort_rows(data->n, w->hi, w->length, w->left, w->leave);
    if (data->start)
        sort_rows(data->n, w->lo, w->length, w->entered, w->enter);
}

/* What a row brings to the sums over the rows at risk; `sign` -1 takes it away again. */
static void move_entry(work *w, ptrdiff_t i, double sign)
{
    double square = sign * fp_row_weight(w->data, i) * fp_row_weight(w->data, i);
    ptrdiff_t l = w->lo[i] - 1;
    w->here.one += square;
    if (l < 0)
        return;
    double gl = w->g[l];
    w->here.g += square * gl;
    w->here.gg += square * gl * gl;
    for (int32_t k = 0; k < w->causes; k++) {
        double e = w->b[l + k * w->length] - gl * w->cif[l + k * w->length];
        w->here.e[k] += square * e;
        w->here.ge[k] += square * gl * e;
        w->here.ee[k] += square * e * e;
    }
}

/* eq. 3 for the rows that left before: one step of the recursion on their sums. */
static void step_gone(work *w, double stay)
{
    for (int32_t k = 0; k < w->causes; k++) {
        double h = w->hazard[k];
        w->gone.own2[k] += h * (2 * w->gone.cross[k] + h * w->gone.free2);
        w->gone.cross[k] = stay * (w->gone.cross[k] + h * w->gone.free2);
    }
    w->gone.free2 *= stay * stay;
}

/* eq. 3 for one row that leaves at time t, with or without an event. */
static void add_gone(work *w, ptrdiff_t t, ptrdiff_t i, double survival, double stay)
{
    double y = w->at_risk[t], square = fp_row_weight(w->data, i) * fp_row_weight(w->data, i);
    int32_t cause = w->data->event[i];
    ptrdiff_t l = w->lo[i] - 1;
    double g = (t > 0 ? w->g[t - 1] : 0) - (l < 0 ? 0 : w->g[l]), free = survival * g;
    double now = free * stay - survival * ((cause > 0) - (1 - stay)) / y;
    w->gone.free2 += square * now * now;
    for (int32_t k = 0; k < w->causes; k++) {
        ptrdiff_t column = k * w->length;
        double own = 0;
        if (t > 0)
            own = w->b[t - 1 + column] - (l < 0 ? 0 : w->g[l] * w->cif[t - 1 + column]);
        if (l >= 0)
            own -= w->b[l + column] - w->g[l] * w->cif[l + column];
        own += free * w->hazard[k] + survival * ((cause == k + 1) - w->hazard[k]) / y;
        w->gone.cross[k] += square * now * own;
        w->gone.own2[k] += square * own * own;
    }
}

/* Variances just after time t: those who left and those still at risk. */
static void put_errors(work *w, ptrdiff_t t)
{
    const entries *e = &w->here;
    double g = w->g[t], s = w->free[t];
    bool some = e->one > 0;
    double v = some ? s * s * (g * g * e->one - 2 * g * e->g + e->gg) : 0;
    w->free_se[t] = sqrt(fmax(w->gone.free2 + v, 0));
    for (int32_t k = 0; k < w->causes; k++) {
        double b = w->b[t + k * w->length], f = w->cif[t + k * w->length];
        v = b * b * e->one + f * f * e->gg + e->ee[k] - 2 * b * f * e->g - 2 * b * e->e[k] +
            2 * f * e->ge[k];
        w->se[t + k * w->length] = sqrt(fmax(w->gone.own2[k] + (some ? v : 0), 0));
    }
}

/* Estimates and their variances at time t from those just before it. */
static void step(work *w, ptrdiff_t t)
{
    double y = w->at_risk[t], d = 0, survival = t > 0 ? w->free[t - 1] : 1;
    double g = t > 0 ? w->g[t - 1] : 0;
    for (int32_t k = 0; k < w->causes; k++) {
        double count = w->event[t + k * w->length];
        w->hazard[k] = count / y;
        d += count;
    }
    double stay = (y - d) / y;
    step_gone(w, stay);
    for (int32_t at = w->left[t]; at < w->left[t + 1]; at++) {
        add_gone(w, t, w->leave[at], survival, stay);
        if (w->data->start)
            move_entry(w, w->leave[at], -1);
    }
    if (!w->data->start)
        w->here.one = t + 1 < w->length ? w->squares[t + 1] : 0;
    w->free[t] = survival * stay;
    w->g[t] = d < y ? g + d / (y * (y - d)) : g;
    for (int32_t k = 0; k < w->causes; k++) {
        ptrdiff_t at = t + k * w->length;
        double before = t > 0 ? w->cif[at - 1] : 0, b = t > 0 ? w->b[at - 1] : 0;
        w->cif[at] = before + survival * w->hazard[k];
        w->b[at] = b + survival * w->hazard[k] * (g - 1 / y);
    }
    put_errors(w, t);
}

/* Nobody is event-free any more: the curves stay as they are whoever enters. */
static void stay(work *w, ptrdiff_t t)
{
    w->free[t] = 0;
    w->free_se[t] = w->free_se[t - 1];
    w->g[t] = w->g[t - 1];
    for (int32_t k = 0; k < w->causes; k++) {
        ptrdiff_t at = t + k * w->length;
        w->cif[at] = w->cif[at - 1];
        w->se[at] = w->se[at - 1];
    }
}

static void run_times(work *w)
{
    for (ptrdiff_t t = 0; t < w->length; t++) {
        if (w->data->start)
            for (int32_t at = w->entered[t]; at < w->entered[t + 1]; at++)
                move_entry(w, w->enter[at], 1);
        if (t > 0 && !(w->free[t - 1] > 0))
            stay(w, t);
        else
            step(w, t);
    }
}

/* eq. 4 */
static void bounds(fp_conf_type type, double z, double f, double se, double *lower, double *upper)
{
    *lower = *upper = FP_NUM_NAN;
    if (type == FP_CONF_PLAIN) {
        *lower = fmax(f - z * se, 0);
        *upper = fmin(f + z * se, 1);
    } else if (type == FP_CONF_LOG && f > 0) {
        *lower = exp(log(f) - z * se / f);
        *upper = fmin(exp(log(f) + z * se / f), 1);
    } else if (type == FP_CONF_LOGLOG && f > 0 && f < 1) {
        double centre = log(-log(f)), half = z * se / (f * fabs(log(f)));
        *lower = exp(-exp(centre + half));
        *upper = exp(-exp(centre - half));
    }
}

static fp_status check(const fp_survdata *data, int32_t causes, const fp_cif_options *options,
                       fp_err *err)
{
    FP_TRY(fp_survdata_check(data, err));
    if (causes < 1)
        return fp_fail(err, FP_ARG, "cumulative incidence of %d causes", (int)causes);
    if (!(options->level > 0 && options->level < 1))
        return fp_fail(err, FP_ARG, "confidence level %g", options->level);
    for (ptrdiff_t i = 0; i < data->n; i++)
        if (data->event[i] < 0 || data->event[i] > causes)
            return fp_fail(err, FP_ARG, "row %td: cause %d of %d", i, (int)data->event[i],
                           (int)causes);
    return FP_OK;
}

/* The distinct stop times. */
static fp_status make_times(work *w, int threads, fp_arena *arena, fp_arena *scratch, fp_err *err)
{
    ptrdiff_t n = w->data->n;
    uint64_t *key;
    FP_ARRAY(key, scratch, n, err);
    for (ptrdiff_t i = 0; i < n; i++)
        key[i] = fp_sort_key(w->data->stop[i]);
    FP_TRY(fp_sort_keys(key, NULL, n, threads, scratch, err));
    for (ptrdiff_t i = 0; i < n; i++)
        if (i == 0 || key[i] > key[i - 1])
            key[w->length++] = key[i];
    FP_ARRAY(w->time, arena, w->length, err);
    for (ptrdiff_t k = 0; k < w->length; k++)
        w->time[k] = fp_sort_value(key[k]);
    return FP_OK;
}

static fp_status make_curves(work *w, fp_arena *arena, fp_err *err)
{
    double **one[] = {&w->at_risk, &w->censored, &w->free, &w->free_se};
    double **each[] = {&w->event, &w->cif, &w->se, &w->lower, &w->upper};
    for (size_t k = 0; k < sizeof one / sizeof *one; k++)
        FP_ARRAY(*one[k], arena, w->length, err);
    for (size_t k = 0; k < sizeof each / sizeof *each; k++)
        FP_ARRAY(*each[k], arena, w->length * w->causes, err);
    return FP_OK;
}

static fp_status make_scratch(work *w, fp_arena *scratch, fp_err *err)
{
    int32_t **rows[] = {&w->lo, &w->hi, &w->leave, &w->enter};
    double **causes[] = {&w->gone.cross, &w->gone.own2, &w->here.e,
                         &w->here.ge,    &w->here.ee,   &w->hazard};
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++)
        FP_ARRAY(*rows[k], scratch, w->data->n, err);
    for (size_t k = 0; k < sizeof causes / sizeof *causes; k++)
        FP_ARRAY(*causes[k], scratch, w->causes, err);
    FP_ARRAY(w->left, scratch, w->length + 1, err);
    FP_ARRAY(w->entered, scratch, w->length + 1, err);
    FP_ARRAY(w->squares, scratch, w->length, err);
    FP_ARRAY(w->g, scratch, w->length, err);
    FP_ARRAY(w->b, scratch, w->length * w->causes, err);
    return FP_OK;
}

static fp_status run(const fp_survdata *data, int32_t causes, const fp_cif_options *options,
                     fp_arena *arena, fp_cif_curves *curves, fp_err *err)
{
    FP_TRY(check(data, causes, options, err));
    FP_ARENA_SCOPED(scratch, 16 * FP_GIB, err);
    work w = {.data = data, .causes = causes};
    ptrdiff_t *events;
    FP_TRY(make_times(&w, options->threads, arena, scratch, err));
    FP_TRY(make_curves(&w, arena, err));
    FP_TRY(make_scratch(&w, scratch, err));
    FP_ARRAY(events, arena, causes, err);
    count_rows(&w);
    run_times(&w);
    double z = fp_normal_quantile((1 + options->level) / 2);
    for (ptrdiff_t at = 0; at < w.length * causes; at++)
        bounds(options->conf_type, z, w.cif[at], w.se[at], &w.lower[at], &w.upper[at]);
    for (ptrdiff_t i = 0; i < data->n; i++)
        if (data->event[i])
            events[data->event[i] - 1]++;
    *curves = (fp_cif_curves){data->n,   causes, w.length, w.time, w.at_risk, w.censored, w.free,
                              w.free_se, events, w.event,  w.cif,  w.se,      w.lower,    w.upper};
    return FP_OK;
}

fp_status fp_cif(const fp_survdata *data, int32_t causes, const fp_cif_options *options,
                 fp_arena *arena, fp_cif_curves *curves, fp_err *err)
{
    fp_cif_options defaults = fp_cif_defaults();
    fp_arena_point mark = fp_arena_mark(arena);
    fp_status status = run(data, causes, options ? options : &defaults, arena, curves, err);
    if (status != FP_OK)
        fp_arena_rewind(arena, mark);
    return status;
}
