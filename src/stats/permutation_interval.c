#include "stats/permutation_interval.h"

#include <math.h>
#include <string.h>

#include <gsl/gsl_statistics_double.h>

#include "base/num.h"
#include "stats/permutation_priv.h"

/* Equation numbers refer to docs/methods/permutation.md. */

enum {
    EXACT_MOST = 1000000,
    SAMPLED_MOST = 100000,
    STEPS = 8,            /* of the grid, on each side */
    GRID = 2 * STEPS + 3, /* with the middle and both far ends */
    ROOT_STEPS = 11,
};
#define TIE 1e-9

static const double step_at[STEPS] = {1, 2, 3, 4, 6, 8, 12, 18};

/* Effect `b` looked at: how far the observed statistic is beyond what each one-sided test at most
 * keeps; > TIE = refused. */
typedef struct {
    double b;
    double gap[2]; /* [0]: too large for b, bounds b from below; [1]: too small */
    bool defined;
} look;

typedef struct {
    fp_alloc_set set;
    int64_t n;       /* allocations besides the observed one */
    ptrdiff_t bytes; /* of an allocation: a bit a cluster */
    uint8_t *label;  /* n x bytes */
    const int32_t *treated;
    double *statistic;      /* n */
    double (*of_byte)[256]; /* bytes: what the clusters of a byte add up to */
    double *sum;            /* units */
    int64_t refused;        /* most others at least as far where b is refused; -1: it never is */
    fp_residuals_at at;
    void *context;
    int refits;
} search;

/* ---- the allocations, kept as bits ---- */

/* Of a whole set the observed allocation is left out: it is always as far as itself, and without it
 * a set of N is counted as a sample of N - 1. */
static void keep_bits(void *context, const fp_allocation *a)
{
    search *s = context;
    uint8_t *bits = s->label + s->n * s->bytes;
    bool is_observed = s->set.exact;
    for (ptrdiff_t j = 0; j < s->set.units; j++) {
        bits[j / 8] = (uint8_t)((j % 8 ? bits[j / 8] : 0) | a->label[j] << j % 8);
        is_observed = is_observed && a->label[j] == s->treated[j];
    }
    s->n += !is_observed;
}

static fp_status keep_allocations(search *s, fp_arena *scratch, fp_err *err)
{
    s->bytes = (s->set.units + 7) / 8;
    FP_ARRAY(s->label, scratch, s->set.n * s->bytes, err);
    FP_ARRAY(s->of_byte, scratch, s->bytes, err);
    FP_ARRAY(s->sum, scratch, s->set.units, err);
    for (long i = 0; i < s->set.chunks; i++)
        FP_TRY(fp_alloc_visit(&s->set, i, keep_bits, s, err));
    FP_ARRAY(s->statistic, scratch, s->n, err);
    return FP_OK;
}

/* ---- the test of one effect ---- */

static void fill_bytes(search *s)
{
    for (ptrdiff_t k = 0; k < s->bytes; k++) {
        s->of_byte[k][0] = 0;
        for (int code = 1; code < 256; code++) {
            ptrdiff_t last = 8 * k + (31 - __builtin_clz((unsigned)code));
            int rest = code & ~(1 << (last - 8 * k));
            s->of_byte[k][code] = s->of_byte[k][rest] + (last < s->set.units ? s->sum[last] : 0);
        }
    }
}

static double statistic_of(const search *s, const uint8_t *bits)
{
    double t = 0;
    for (ptrdiff_t k = 0; k < s->bytes; k++)
        t += s->of_byte[k][bits[k]];
    return t;
}

/* The statistic of the allocation as it was, added up as those of the set are. */
static double observed(const search *s)
{
    double t = 0;
    for (ptrdiff_t k = 0; k < s->bytes; k++) {
        int code = 0;
        for (ptrdiff_t j = 8 * k; j < s->set.units && j < 8 * k + 8; j++)
            code |= s->treated[j] << (j - 8 * k);
        t += s->of_byte[k][code];
    }
    return t;
}

/* Eq. 11. Where not even the farthest allocation of all would be refused, nothing is. */
static fp_status look_at(search *s, double b, look *out, fp_err *err)
{
    *out = (look){.b = b};
    s->refits++;
    FP_TRY(s->at(s->context, b, s->sum, &out->defined, err));
    for (ptrdiff_t j = 0; j < s->set.units; j++)
        out->defined = out->defined && isfinite(s->sum[j]);
    if (!out->defined)
        return FP_OK;
    fill_bytes(s);
    double t = observed(s);
    for (int64_t i = 0; i < s->n; i++)
        s->statistic[i] = statistic_of(s, s->label + i * s->bytes);
    out->gap[0] = out->gap[1] = 0;
    if (s->refused < 0 || s->refused >= s->n)
        return FP_OK;
    size_t n = (size_t)s->n, k = (size_t)s->refused;
    out->gap[1] = gsl_stats_select(s->statistic, 1, n, k) - t;
    out->gap[0] = t - gsl_stats_select(s->statistic, 1, n, n - 1 - k);
    return FP_OK;
}

static bool keeps(const look *at, int side)
{
    return at->gap[side] <= TIE;
}

/* ---- the ends ---- */

static fp_status fill_grid(search *s, const fp_inversion *how, look *grid, int *count, fp_err *err)
{
    double b[GRID];
    int n = 0;
    b[n++] = fmin(-how->far, how->start - 2 * step_at[STEPS - 1] * how->step);
    for (int k = STEPS - 1; k >= 0; k--)
        b[n++] = how->start - step_at[k] * how->step;
    b[n++] = how->start;
    for (int k = 0; k < STEPS; k++)
        b[n++] = how->start + step_at[k] * how->step;
    b[n++] = fmax(how->far, how->start + 2 * step_at[STEPS - 1] * how->step);
    *count = 0;
    for (int i = 0; i < n; i++) {
        FP_TRY(look_at(s, b[i], &grid[*count], err));
        *count += grid[*count].defined;
    }
    return FP_OK;
}

/* Between an effect that is kept and one that is refused: regula falsi, the end that stays losing
 * half of its weight (the Illinois rule), or the middle where there is no fit. */
static fp_status find_end(search *s, look kept, look refused, int side, double step, double *end,
                          fp_err *err)
{
    double low = kept.gap[side], high = refused.gap[side];
    bool last_kept = false, first = true;
    for (int i = 0; i < ROOT_STEPS; i++) {
        look at;
        double share = low / (low - high);
        if (!(share > 0 && share < 1))
            share = 0.5;
        FP_TRY(look_at(s, kept.b + share * (refused.b - kept.b), &at, err));
        if (!at.defined)
            break;
        bool is_kept = keeps(&at, side);
        if (is_kept) {
            kept = at;
            low = at.gap[side];
            high = !first && last_kept ? high / 2 : high;
        } else {
            refused = at;
            high = at.gap[side];
            low = !first && !last_kept ? low / 2 : low;
        }
        last_kept = is_kept;
        first = false;
        if (fabs(at.gap[side]) <= TIE || fabs(kept.b - refused.b) <= 1e-9 * step)
            break;
    }
    double width = refused.gap[side] - kept.gap[side];
    *end = width > 0 ? kept.b - kept.gap[side] / width * (refused.b - kept.b) : kept.b;
    return FP_OK;
}

/* The end on one side: the outermost effect of the grid that is kept, and what is refused next to
 * it. Side 0 goes down from the far right, side 1 up from the far left. */
static fp_status one_end(search *s, const look *grid, int count, int side, double step,
                         fp_permutation_interval *out, fp_err *err)
{
    double *end = side == 0 ? &out->lower : &out->upper;
    int outward = side == 0 ? -1 : 1, outermost = -1, changes = 0;
    for (int i = side == 0 ? count - 1 : 0; i >= 0 && i < count; i += outward) {
        if (!keeps(&grid[i], side))
            continue;
        changes += outermost >= 0 && outermost + outward != i;
        outermost = i;
    }
    out->hull = out->hull || changes > 0;
    if (outermost < 0) {
        *end = FP_NUM_NAN;
        return FP_OK;
    }
    int next = outermost + outward;
    if (next < 0 || next >= count) {
        *end = outward * (double)INFINITY;
        return FP_OK;
    }
    return find_end(s, grid[outermost], grid[next], side, step, end, err);
}

fp_status fp_permutation_invert(ptrdiff_t clusters, const int32_t *treated, const int32_t *fixed,
                                const fp_inversion *how, fp_residuals_at at, void *context,
                                const fp_permutation_options *options,
                                fp_permutation_interval *interval, fp_err *err)
{
    FP_ARENA_SCOPED(scratch, FP_PERM_SCRATCH, err);
    fp_permutation_options o = options ? *options : fp_permutation_defaults();
    fp_perm_frame frame = {.scratch = scratch};
    fp_permutation_interval made = {0};
    look grid[GRID];
    double *zero;
    int count;
    if (!(how->step > 0) || !isfinite(how->step) || !(how->level > 0) || !(how->level < 1))
        return fp_fail(err, FP_ARG, "permutation: an interval needs a step and a level");
    o.exact_limit = o.exact_limit < EXACT_MOST ? o.exact_limit : EXACT_MOST;
    o.samples = o.samples < SAMPLED_MOST ? o.samples : SAMPLED_MOST;
    FP_ARRAY(zero, scratch, clusters > 0 ? clusters : 1, err);
    FP_TRY(fp_perm_frame_init(&frame, clusters, zero, treated, 2, fixed, &o, err));
    search s = {.set = frame.set, .treated = treated, .at = at, .context = context};
    FP_TRY(keep_allocations(&s, scratch, err));
    double tail = (1 - how->level) / 2;
    s.refused = (int64_t)floor(tail * (double)(s.n + 1) + TIE) - 1;
    FP_TRY(fill_grid(&s, how, grid, &count, err));
    FP_TRY(one_end(&s, grid, count, 0, how->step, &made, err));
    FP_TRY(one_end(&s, grid, count, 1, how->step, &made, err));
    made.refits = s.refits;
    made.allocations = s.n + (s.set.exact ? 1 : 0);
    made.exact = s.set.exact;
    *interval = made;
    return FP_OK;
}
