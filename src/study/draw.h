#ifndef FP_STUDY_DRAW_H
#define FP_STUDY_DRAW_H

#include "stats/allocation.h"
#include "study/data.h"

/* The draw of a study: which units go to which arms by lot, from design.allocation and the sources.
 * Everything random here follows from one secret of 64 hex digits and the plan, so that the list
 * can be derived again by anybody to whom the secret is opened. docs/methods/allocation.md. */

#define FP_SECRET_DIGITS 64

/* The number behind a stream: the first 8 bytes, most significant first, of SHA-256 over
 * "firstplace draw", the study's id, `purpose` and the secret, a line each. The hash is the
 * caller's, because study/ does not know libsodium. */
typedef uint64_t (*fp_seed_fn)(const char *study, const char *purpose, const char *secret);

/* Clusters that are drawn at once. All texts live in the arena. */
typedef struct {
    ptrdiff_t units, arms;
    const char *const *unit;    /* units: id of the coach */
    const char *const *arm_key; /* arms: fp_arm_key() of each */
    const int32_t *stratum;     /* units */
    ptrdiff_t strata;
    const char *const *stratum_label; /* strata: "team=north", "all" where there are none */
    ptrdiff_t covariates;
    const char *const *covariate;   /* names */
    const double *value;            /* units x covariates, column-major */
    const char *const *const *text; /* covariates: the values as written */
} fp_draw;

/* Read the units of a cluster-randomised study from its source of coaches.
 * Errors: FP_INPUT with file and line (a coach twice, no id, a missing stratum, a covariate that is
 * no number, fewer coaches than arms, a stratum with fewer coaches than arms under `complete` or
 * `constrained` where that leaves an arm without any coach), FP_NOMEM. */
FP_MUST_USE fp_status fp_draw_read(const fp_protocol *protocol, const fp_source *coaches,
                                   fp_arena *arena, fp_draw *draw, fp_err *err);

/* What came out, and what the constraint left. */
typedef struct {
    const int32_t *arm; /* units */
    bool constrained;
    fp_allocation_space space; /* where constrained */
    double score;              /* balance score of the allocation, where constrained */
    fp_allocation_rule rule;   /* for the permutation tests */
} fp_drawn;

/* Draw. The same secret, plan and coaches give the same arms on any machine.
 * Errors: FP_INPUT (no candidate within the limit), FP_NOMEM. Cost: as fp_allocation_explore. */
FP_MUST_USE fp_status fp_draw_allocate(const fp_protocol *protocol, const fp_draw *draw,
                                       fp_seed_fn seed, const char *secret, int threads,
                                       fp_arena *arena, fp_drawn *drawn, fp_err *err);

/* People who come in one by one: arm of number `place` (from 0) of a stratum, by `simple` or by
 * permuted blocks whose sizes are drawn too. Errors: FP_NOMEM. Cost: O(place). */
FP_MUST_USE fp_status fp_draw_place(const fp_protocol *protocol, fp_seed_fn seed,
                                    const char *secret, const char *stratum, int64_t place,
                                    int32_t *arm, fp_err *err);

/* A coach who comes after the draw: arm of number `place` (from 0) among the late ones of a
 * stratum, from a stream of its own. Under `simple` by the ratio; else in permuted blocks that hold
 * each arm as often as the ratio says, so that late coaches cannot unbalance the arms. Errors:
 * FP_NOMEM. */
FP_MUST_USE fp_status fp_draw_late(const fp_protocol *protocol, fp_seed_fn seed, const char *secret,
                                   const char *stratum, int64_t place, int32_t *arm, fp_err *err);
/* Places of such a block: the sum of the ratio. */
int32_t fp_draw_late_block(const fp_protocol *protocol, ptrdiff_t arms);

/* The coaches of a draw that is in the log with the arms they were told, and the set of allocations
 * it could have given: strata, late coaches in their own blocks, and the constraint. */
typedef struct {
    ptrdiff_t units;
    const char *const *unit;
    const int32_t *arm;             /* units; -1 = not told */
    const fp_allocation_rule *rule; /* without sizes */
} fp_drawn_set;
/* Errors: as fp_draw_read. */
FP_MUST_USE fp_status fp_drawn_set_of(const fp_study_data *data, fp_arena *arena, fp_drawn_set *set,
                                      fp_err *err);

/* "sex=f, age=old" of one row of a source; "all" without strata. Errors: FP_INPUT (a value is
 * missing), FP_NOMEM. */
FP_MUST_USE fp_status fp_draw_stratum(const fp_protocol *protocol, const fp_source *source,
                                      ptrdiff_t row, fp_arena *arena, const char **label,
                                      fp_err *err);

#endif
