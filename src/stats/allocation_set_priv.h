#ifndef FP_STATS_ALLOCATION_SET_PRIV_H
#define FP_STATS_ALLOCATION_SET_PRIV_H

#include "base/rng.h"
#include "stats/allocation.h"

/* The allocations of one set and the way through them: all of them in a fixed order, or a sample.
 * A set is cut into chunks that do not depend on the threads; whoever folds over it keeps a result
 * a chunk and merges them in chunk order. Equation numbers: docs/methods/allocation.md. */

enum {
    FP_SET_UNITS_EXACT = 4096,               /* bounds the recursion */
    FP_SET_CHUNKS_MIN = 64,                  /* a constant, never the thread count */
    FP_SET_CHUNKS = 64 * FP_ALLOCATION_ARMS, /* one level deeper than the last one below 64 */
};

/* Immutable while chunks run. */
typedef struct {
    ptrdiff_t units;
    int32_t arms, strata;
    const double *value;    /* units: summed by arm */
    const double *second;   /* units: a second value summed by arm, or NULL */
    const int32_t *arm;     /* units: the observed allocation, where a sample begins */
    const int32_t *stratum; /* units; never NULL */
    const int32_t *size;    /* strata x arms */
    const int32_t *member;  /* units, stratum after stratum */
    const int32_t *first;   /* strata + 1: where each stratum begins in `member` */
    /* the covariate constraint; covariates 0 = none */
    ptrdiff_t covariates;
    const double *z;      /* covariates x units, a unit's side by side: centred, scaled, weighted */
    const int32_t *fixed; /* units: cell of the score = label + arms fixed; NULL = 0 */
    int32_t levels;       /* of fixed; 1 where it is NULL */
    int32_t cells;
    const double *cell_size; /* cells */
    double limit;
    bool exact;
    int64_t n; /* allocations without the constraint, or samples within it */
    uint64_t seed;
    int depth;   /* exact: a chunk is one way to allocate the first `depth` units */
    long chunks; /* <= FP_SET_CHUNKS */
} fp_alloc_set;

typedef struct {
    double sum[FP_ALLOCATION_ARMS], second[FP_ALLOCATION_ARMS]; /* by arm */
    uint8_t *label;                                             /* units */
    double score;                                               /* 0 without covariates */
} fp_allocation;

typedef void (*fp_alloc_visit_fn)(void *context, const fp_allocation *a);

/* What a set is made of. */
typedef struct {
    ptrdiff_t units;
    const double *value, *second;
    const int32_t *arm; /* units, 0..arms-1 */
    int32_t arms;
    const int32_t *fixed;           /* units, small codes: held fixed, as strata; NULL */
    const fp_allocation_rule *rule; /* strata and constraint of the draw; NULL. Its `arms` and
                                       `size` are not looked at */
    double exact_limit;
    int64_t samples;
    uint64_t seed;
} fp_alloc_spec;

/* Check the input, count the sizes that every allocation keeps, choose exact or sampled.
 * Errors: FP_ARG, FP_NOMEM; FP_INPUT where the observed allocation is above the limit. */
FP_MUST_USE fp_status fp_alloc_set_create(const fp_alloc_spec *spec, fp_arena *arena,
                                          fp_alloc_set *set, fp_err *err);
/* Visit the allocations of one chunk that are within the limit, always in the same order. Errors:
 * FP_NOMEM; FP_INPUT where sampling finds none within the limit in a million draws. */
FP_MUST_USE fp_status fp_alloc_visit(const fp_alloc_set *set, long chunk, fp_alloc_visit_fn visit,
                                     void *context, fp_err *err);
/* The observed allocation; its label array (units) is the caller's. */
void fp_alloc_observed(const fp_alloc_set *set, uint8_t *label, fp_allocation *a);
/* Number of allocations of the sizes: over strata, a multinomial coefficient. Eq. 1. */
double fp_alloc_count(const int32_t *size, int32_t strata, int32_t arms);
/* Shuffle `count` labels at the places `member` (Fisher & Yates; Durstenfeld 1964). */
void fp_alloc_shuffle(const int32_t *member, int32_t count, uint8_t *label, fp_rng *rng);
/* Covariates centred at their mean, divided by their standard deviation, times the root of the
 * weight: covariates x units. A covariate that does not vary gives 0, and so does a unit that
 * the constraint does not speak of. */
FP_MUST_USE fp_status fp_alloc_standardise(const fp_allocation_rule *rule, fp_arena *arena,
                                           double **z, fp_err *err);
/* Units that the balance score speaks of. */
ptrdiff_t fp_alloc_balanced(const fp_allocation_rule *rule);
/* Refuse a rule that cannot be used. `sizes`: also look at rule->size. */
FP_MUST_USE fp_status fp_alloc_check(const fp_allocation_rule *rule, bool sizes, fp_err *err);
/* Units bucketed by stratum. member: units; first: strata + 1, zeroed. */
void fp_alloc_members(ptrdiff_t units, const int32_t *stratum, int32_t strata, int32_t *member,
                      int32_t *first);
/* Eq. 2 from labels. sum: cells x covariates of scratch. */
double fp_alloc_score(const fp_alloc_set *set, const uint8_t *label, double *sum);

#endif
