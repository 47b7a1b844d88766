#include "stats/permutation_joint.h"

#include <math.h>
#include <string.h>

#include <gsl/gsl_statistics_double.h>

#include "base/num.h"
#include "base/parallel.h"
#include "stats/permutation_priv.h"

/* Equation numbers refer to docs/methods/permutation.md. */

#define TIE 1e-9

/* What a chunk of the set adds up to. */
typedef struct {
    int64_t met, far, median_far; /* far: by the largest |z|, by the median */
    double *t;                    /* columns: of the allocation at hand */
    double *z;                    /* columns: those that vary, moved about */
    double *sum, *squares;
    int64_t *column_far;
    fp_status status;
    fp_err err;
} chunk;

typedef struct {
    const fp_alloc_set *set;
    ptrdiff_t columns;
    const double *value; /* columns x units, a unit's side by side, each column less its mean */
    double *mean, *sd;   /* columns; of the deviations T - (what the means of the columns give) */
    double *observed;    /* columns */
    double joint;        /* max |z| of the observed allocation */
    double median;       /* of its z */
    bool counting;       /* the second pass */
    chunk *chunk;        /* set->chunks */
} fold;

static void statistics(const fold *f, const uint8_t *label, double *t)
{
    memset(t, 0, (size_t)f->columns * sizeof *t);
    for (ptrdiff_t j = 0; j < f->set->units; j++) {
        const double *row = f->value + j * f->columns;
        for (ptrdiff_t k = 0; label[j] && k < f->columns; k++)
            t[k] += row[k];
    }
}

static double largest(const fold *f, const double *t)
{
    double most = 0;
    for (ptrdiff_t k = 0; k < f->columns; k++)
        if (f->sd[k] > 0)
            most = fmax(most, fabs(t[k] - f->mean[k]) / f->sd[k]);
    return most;
}

/* The median of z over the columns that vary; 0 where none does. z: columns of scratch. */
static double middle(const fold *f, const double *t, double *z)
{
    size_t n = 0;
    for (ptrdiff_t k = 0; k < f->columns; k++)
        if (f->sd[k] > 0)
            z[n++] = (t[k] - f->mean[k]) / f->sd[k];
    return n ? gsl_stats_median(z, 1, n) : 0;
}

typedef struct {
    const fold *f;
    chunk *at;
} context;

static void look(void *user, const fp_allocation *a)
{
    const context *c = user;
    const fold *f = c->f;
    chunk *at = c->at;
    statistics(f, a->label, at->t);
    at->met++;
    for (ptrdiff_t k = 0; k < f->columns; k++) {
        if (f->counting) {
            double bound = fabs(f->observed[k] - f->mean[k]) - TIE;
            at->column_far[k] += fabs(at->t[k] - f->mean[k]) >= bound;
        } else {
            at->sum[k] += at->t[k];
            at->squares[k] += at->t[k] * at->t[k];
        }
    }
    if (!f->counting)
        return;
    at->far += largest(f, at->t) >= f->joint - TIE * fmax(1, f->joint);
    at->median_far += fabs(middle(f, at->t, at->z)) >= fabs(f->median) - TIE;
}

static void run_chunk(void *user, long i)
{
    fold *f = user;
    context c = {f, &f->chunk[i]};
    c.at->met = c.at->far = c.at->median_far = 0;
    c.at->status = fp_alloc_visit(f->set, i, look, &c, &c.at->err);
}

static fp_status run_pass(fold *f, const fp_permutation_options *options, fp_err *err)
{
    fp_parallel(options->threads, f->set->chunks, run_chunk, f);
    for (long i = 0; i < f->set->chunks; i++)
        if (f->chunk[i].status != FP_OK) {
            if (err)
                *err = f->chunk[i].err;
            return f->chunk[i].status;
        }
    return FP_OK;
}

/* Mean and standard deviation of each column over the set; with a sample, the observed allocation
 * is one of it. A spread of no more than rounding is none. */
static void set_moments(fold *f)
{
    for (ptrdiff_t k = 0; k < f->columns; k++) {
        double n = f->set->exact ? 0 : 1, size = 0;
        double sum = n * f->observed[k], squares = n * f->observed[k] * f->observed[k];
        for (long i = 0; i < f->set->chunks; i++) {
            n += (double)f->chunk[i].met;
            sum += f->chunk[i].sum[k];
            squares += f->chunk[i].squares[k];
        }
        for (ptrdiff_t j = 0; j < f->set->units; j++)
            size += f->value[j * f->columns + k] * f->value[j * f->columns + k];
        double variance = squares / n - sum / n * (sum / n);
        f->mean[k] = sum / n;
        f->sd[k] = variance > 1e-24 * size ? sqrt(variance) : 0;
    }
}

static fp_status fold_create(fold *f, fp_arena *arena, fp_arena *scratch, fp_err *err)
{
    FP_ARRAY(f->mean, scratch, f->columns, err);
    FP_ARRAY(f->sd, arena, f->columns, err);
    FP_ARRAY(f->observed, scratch, f->columns, err);
    FP_ARRAY(f->chunk, scratch, f->set->chunks, err);
    for (long i = 0; i < f->set->chunks; i++) {
        FP_ARRAY(f->chunk[i].t, scratch, f->columns, err);
        FP_ARRAY(f->chunk[i].z, scratch, f->columns, err);
        FP_ARRAY(f->chunk[i].sum, scratch, f->columns, err);
        FP_ARRAY(f->chunk[i].squares, scratch, f->columns, err);
        FP_ARRAY(f->chunk[i].column_far, scratch, f->columns, err);
    }
    return FP_OK;
}

/* A unit's values side by side, less the mean of their column: sums of squares then lose nothing.
 * out  base  columns: what the means add up to over the treated clusters, in every allocation */
static fp_status centre(fold *f, const double *residual, double *base, fp_arena *scratch,
                        fp_err *err)
{
    ptrdiff_t units = f->set->units;
    double *value;
    FP_ARRAY(value, scratch, units * f->columns, err);
    for (ptrdiff_t k = 0; k < f->columns; k++) {
        double mean = 0;
        for (ptrdiff_t j = 0; j < units; j++)
            mean += residual[k * units + j] / (double)units;
        for (ptrdiff_t j = 0; j < units; j++)
            value[j * f->columns + k] = residual[k * units + j] - mean;
        base[k] = mean * (double)fp_perm_arm_size(f->set, 1);
    }
    f->value = value;
    return FP_OK;
}

static fp_permutation_result count_of(const fold *f, int64_t far, double statistic, double mean)
{
    const fp_alloc_set *set = f->set;
    fp_permutation_result r = {.exact = set->exact, .statistic = statistic, .mean = mean};
    for (long i = 0; i < set->chunks; i++)
        r.allocations += f->chunk[i].met;
    double all = (double)r.allocations + (set->exact ? 0 : 1);
    r.set_size = fp_perm_set_size(set, r.allocations);
    r.at_least_as_far = far + (set->exact ? 0 : 1);
    r.p = (double)r.at_least_as_far / all;
    r.smallest_p = fmin(1, (set->exact ? fp_perm_mirrors(set) : 1) / all);
    return r;
}

static fp_status collect(const fold *f, const double *base, fp_arena *arena,
                         fp_permutation_many *result, fp_err *err)
{
    fp_permutation_result *column;
    int64_t joint = 0, median = 0;
    FP_ARRAY(column, arena, f->columns, err);
    for (long i = 0; i < f->set->chunks; i++) {
        joint += f->chunk[i].far;
        median += f->chunk[i].median_far;
    }
    for (ptrdiff_t k = 0; k < f->columns; k++) {
        int64_t far = 0;
        for (long i = 0; i < f->set->chunks; i++)
            far += f->chunk[i].column_far[k];
        column[k] = count_of(f, far, f->observed[k] + base[k], f->mean[k] + base[k]);
    }
    *result = (fp_permutation_many){count_of(f, joint, f->joint, FP_NUM_NAN),
                                    count_of(f, median, f->median, 0), column, f->sd};
    return FP_OK;
}

fp_status fp_permutation_joint(ptrdiff_t clusters, ptrdiff_t columns, const double *residual,
                               const int32_t *treated, const int32_t *fixed,
                               const fp_permutation_options *options, fp_arena *arena,
                               fp_permutation_many *result, fp_err *err)
{
    FP_ARENA_SCOPED(scratch, FP_PERM_SCRATCH, err);
    fp_perm_frame frame = {.scratch = scratch};
    uint8_t *label;
    double *base;
    if (columns < 1)
        return fp_fail(err, FP_ARG, "permutation: no column to test");
    FP_TRY(fp_perm_frame_init(&frame, clusters, residual, treated, 2, fixed, options, err));
    FP_TRY(fp_perm_check_finite(residual, clusters * columns, err));
    fold f = {.set = &frame.set, .columns = columns};
    FP_ARRAY(label, scratch, clusters, err);
    FP_ARRAY(base, scratch, columns, err);
    for (ptrdiff_t j = 0; j < clusters; j++)
        label[j] = (uint8_t)treated[j];
    FP_TRY(centre(&f, residual, base, scratch, err));
    FP_TRY(fold_create(&f, arena, scratch, err));
    statistics(&f, label, f.observed);
    FP_TRY(run_pass(&f, &frame.options, err));
    set_moments(&f);
    f.joint = largest(&f, f.observed);
    f.median = middle(&f, f.observed, f.chunk[0].z);
    f.counting = true;
    FP_TRY(run_pass(&f, &frame.options, err));
    return collect(&f, base, arena, result, err);
}
