#ifndef FP_STATS_COX_ROWS_PRIV_H
#define FP_STATS_COX_ROWS_PRIV_H

#include "stats/cox_kernel_priv.h"
#include "stats/cox_priv.h"

/* Columns whose sums stand together, in vectors of so many numbers. */
enum { FP_COX_GROUP = 4 };

/* Most weightings of the death times in one pass: for the test of proportional hazards. */
enum { FP_COX_WEIGHTINGS = 2 };

/* Room of a call that makes rows of its own. */
#define FP_COX_SCRATCH (64 * FP_GIB)

/* The rows of a matrix n x p, column-major: as fp_cox_rows_create, whose columns these are. */
FP_MUST_USE fp_status fp_cox_rows_of(const fp_survdata *data, ptrdiff_t p, const double *x,
                                     const double *offset, fp_ties ties, int threads,
                                     fp_arena *arena, fp_cox_rows **rows, fp_err *err);

/* Scratch of one fixed chunk of rows: what it sums is merged in the order of the chunks, so that no
 * result depends on the number of threads. */
typedef struct {
    double *z;       /* FP_COX_LD x p: a block of centred columns */
    double *table;   /* 2 length x (p + 1): r, r z of the rows censored and dying at each element;
                        NULL where the grid is too long for it */
    double *partial; /* FP_COX_WEIGHTINGS x room of kernel->square */
    double *score;   /* FP_COX_WEIGHTINGS x p */
    double eta[FP_COX_LD], r[FP_COX_LD], back[FP_COX_LD];
    double v[FP_COX_WEIGHTINGS][FP_COX_LD], u[FP_COX_WEIGHTINGS][FP_COX_LD];
    int32_t segment[FP_COX_BLOCK], entry[FP_COX_BLOCK];
    double deaths;              /* sum of w (eta - shift) over the deaths */
    double largest;             /* |eta - shift| */
    double *least, *most, *sum; /* p: of the columns */
} fp_cox_chunk;

/* See cox.h. `sums` are those at one linear predictor. */
struct fp_cox_rows {
    fp_survdata data;
    fp_risk risk;
    fp_cox_problem q; /* without x */
    fp_arena *arena;
    fp_arena_point after_grid; /* what comes later in the arena are sums */
    const double *const *column;
    const double *offset;
    int threads;
    const fp_cox_kernel *kernel;
    double *mean, *least, *most; /* p */
    ptrdiff_t chunks, per_chunk; /* rows a chunk, a multiple of FP_COX_BLOCK */
    fp_cox_chunk *chunk;
    bool tables;         /* chunks have tables */
    bool any_tied;       /* Efron, and two deaths at one time somewhere: E1 counts */
    bool any_shift;      /* some shift is not 0 */
    bool have_columns;   /* s1 and e1 are those of r */
    fp_cox_sums sums;    /* without s1 and e1: */
    ptrdiff_t groups;    /* of columns */
    const int32_t *tied; /* length: place among the elements where several die, -1 = one death */
    ptrdiff_t tied_length;
    double *s1,
        *e1; /* groups x length, and x tied_length, x FP_COX_GROUP; e1 NULL unless any_tied */
    double *grid_partial; /* grid chunks x FP_COX_WEIGHTINGS x room of kernel->square */
    double *grid_block;   /* grid chunks x FP_COX_LD x p */
    double *grid_loglik;  /* grid chunks */
    ptrdiff_t grid_chunks;
    double *h[FP_COX_WEIGHTINGS]; /* length: cumulative hazard with weighted death times */
    const double *at; /* eta of the fit for which sums and info are those; NULL = of none */
    double *info;     /* p x p */
};

/* Sums at the linear predictor (x - mean)'beta + offset, which is written to eta (n). sums.loglik
 * is NaN where eta is not finite. Does not make s1 and e1 where the grid is long:
 * fp_cox_rows_columns does. */
void fp_cox_rows_sums(fp_cox_rows *w, const double *beta, double *eta);
/* The same at a linear predictor that is given. */
void fp_cox_rows_sums_at(fp_cox_rows *w, const double *eta);
/* s1 and e1, where they are not there yet. */
void fp_cox_rows_columns(fp_cox_rows *w);
/* Score and information, with each death time counted weight[k][g] times (weight[k] NULL = once)
 * for k = 0..count - 1; after fp_cox_rows_sums.
 * out   score  count of p, or NULL;  info  count of p x p;  base  p or NULL: fp_cox_information */
void fp_cox_rows_derive(fp_cox_rows *w, int count, const double *const *weight,
                        double *const *score, double *const *info, double *base);
/* Make the sums those of a fit, s1 and e1 too, unless they are. */
void fp_cox_rows_at(fp_cox_rows *w, const fp_cox_fit *fit);

/* sums (clusters x p) = weight times the score residuals (eq. 5), summed in clusters, at the linear
 * predictor of now; after fp_cox_rows_columns. */
FP_MUST_USE fp_status fp_cox_rows_clustered(fp_cox_rows *w, const int32_t *cluster,
                                            ptrdiff_t clusters, fp_arena *arena, double *sums,
                                            fp_err *err);

/* S1 and E1 of column j at element g. E1 counts only where several die together. */
static inline double fp_cox_e1_at(const fp_cox_rows *w, ptrdiff_t j, ptrdiff_t g)
{
    if (!w->e1 || w->tied[g] < 0)
        return 0;
    ptrdiff_t at = j / FP_COX_GROUP * w->tied_length + w->tied[g];
    return w->e1[at * FP_COX_GROUP + j % FP_COX_GROUP];
}

static inline double fp_cox_s1_at(const fp_cox_rows *w, ptrdiff_t j, ptrdiff_t g)
{
    ptrdiff_t group = j / FP_COX_GROUP;
    return w->s1[(group * w->risk.length + g) * FP_COX_GROUP + j % FP_COX_GROUP];
}

static inline ptrdiff_t fp_cox_chunk_end(const fp_cox_rows *w, long chunk)
{
    ptrdiff_t end = (chunk + 1) * w->per_chunk;
    return end < w->risk.n ? end : w->risk.n;
}

#endif
