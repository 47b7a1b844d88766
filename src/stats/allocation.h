#ifndef FP_STATS_ALLOCATION_H
#define FP_STATS_ALLOCATION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

/* How units (coaches, or people) came or will come to arms: by lot among the allocations that the
 * rule admits, each of them equally likely. docs/methods/allocation.md. */

typedef enum {
    FP_LOT_SIZES,  /* every stratum keeps the number of units in each arm: complete, stratified or
                      blocked randomisation (a block is a stratum) */
    FP_LOT_SIMPLE, /* every unit on its own, by `ratio` */
} fp_lot;

/* The rule of a draw. All arrays borrowed. */
typedef struct {
    fp_lot lot;
    ptrdiff_t units;        /* 2..FP_ALLOCATION_UNITS */
    int32_t arms;           /* 2..FP_ALLOCATION_ARMS */
    const int32_t *stratum; /* units, 0..strata-1; NULL = one stratum */
    int32_t strata;         /* 1 where stratum is NULL */
    const int32_t *size;    /* FP_LOT_SIZES: strata x arms, the arms of a stratum side by side */
    const int32_t *ratio;   /* FP_LOT_SIMPLE: arms, >= 1; NULL = equal */
    /* Covariate constraint: allocations whose balance score is above `limit` are not drawn. */
    ptrdiff_t covariates;    /* 0 = none */
    const double *covariate; /* units x covariates, column-major */
    const double *weight;    /* covariates, > 0; NULL = 1 */
    double limit;
    ptrdiff_t balanced; /* only the first so many units are scored: later ones came when the
                           constraint had been met; 0 = all */
} fp_allocation_rule;

enum { FP_ALLOCATION_UNITS = 1000000, FP_ALLOCATION_ARMS = 16 };

/* Balance score of an allocation: over covariates k, w_k times the between-arm sum of squares of
 * the standardised covariate, eq. 2; 0 is perfect balance.
 * Source: Raab & Butcher 2001 for two arms, doi
 * 10.1002/1097-0258(20010215)20:3<351::AID-SIM797>3.0.CO;2-C. A covariate that does not vary adds
 * 0. Errors: FP_ARG as fp_allocation_draw, FP_NOMEM. Cost: O(units covariates). */
FP_MUST_USE fp_status fp_allocation_score(const fp_allocation_rule *rule, const int32_t *arm,
                                          double *score, fp_err *err);

typedef struct {
    double keep;         /* share of the candidates kept, 0 < keep <= 1; default 0.1 */
    int64_t exact_limit; /* candidates enumerated up to this number, default 10,000,000 */
    int64_t samples;     /* candidates drawn above it, default 100,000 */
    uint64_t seed;
    int threads; /* 0 = all; the result does not depend on it */
} fp_allocation_options;
fp_allocation_options fp_allocation_defaults(void);

/* What a constrained design leaves to chance. */
typedef struct {
    double candidates;          /* allocations without the constraint (exact below 2^53) */
    bool exact;                 /* all were looked at */
    int64_t looked_at, kept;    /* of those looked at, how many have score <= limit */
    double limit;               /* score that keeps the share `keep`, ties included */
    double best, median, worst; /* scores */
    /* Pairs of units of one stratum that could be together and apart without the constraint but
     * are never, or always, in one arm under it. */
    ptrdiff_t never_together, always_together;
    int32_t never[2], always[2];          /* the first such pair, -1 where there is none */
    double least_together, most_together; /* smallest and largest share of kept allocations in which
                                             such a pair is together */
} fp_allocation_space;

/* Look at every allocation of a rule (without its limit), score it, and find the limit that keeps
 * the share `options->keep` of them.
 * Method: depth-first enumeration in chunks, or Philox samples above exact_limit; the limit is the
 *         type-1 quantile of the scores; a second pass over the kept ones counts pairs (Moulton
 *         2004, doi 10.1191/1740774504cn024oa, on validity).
 * Errors: FP_ARG (a rule without covariates, keep outside (0, 1], as fp_allocation_draw), FP_NOMEM.
 * Cost: O(N (covariates arms + units)) + O(kept units^2); 8 bytes an allocation. */
FP_MUST_USE fp_status fp_allocation_explore(const fp_allocation_rule *rule,
                                            const fp_allocation_options *options,
                                            fp_allocation_space *space, fp_err *err);

/* Draw one allocation.
 * Method: strata are shuffled (Fisher & Yates; Durstenfeld 1964) from Philox stream (seed,
 *         allocation, 0) until the score is within the limit: uniform on the admitted set. The same
 *         seed and rule give the same allocation on any machine.
 * out   arm   units
 * Errors: FP_ARG (units or arms out of range, sizes that do not add up to the stratum, a covariate
 *         that is not finite, a weight that is not above 0), FP_INPUT (a million draws without one
 *         within the limit), FP_NOMEM. Cost: O(units covariates) a draw. */
FP_MUST_USE fp_status fp_allocation_draw(const fp_allocation_rule *rule, uint64_t seed,
                                         int32_t *arm, fp_err *err);

/* Sizes that share every stratum as evenly as `ratio` allows: whole multiples of the ratio, and the
 * units left over one to an arm in the order that the seed shuffles (stream (seed, allocation, 1)).
 * out   size   strata x arms.   Errors: FP_ARG, FP_NOMEM. */
FP_MUST_USE fp_status fp_allocation_sizes(ptrdiff_t units, const int32_t *stratum, int32_t strata,
                                          int32_t arms, const int32_t *ratio, uint64_t seed,
                                          int32_t *size, fp_err *err);

#endif
