#ifndef FP_STATS_POWER_RUN_PRIV_H
#define FP_STATS_POWER_RUN_PRIV_H

#include "stats/power_rows_priv.h"

/* A simulation under way. */

/* One analysis of one question in one trial. */
typedef struct {
    bool usable;
    double estimate, se;
    double df; /* of t; infinite = normal */
} fp_power_test;

/* ---- sums over trials ---- */

typedef struct {
    int64_t usable, rejected, covered;
    double sum, squares, se; /* of estimate - truth (0 where there is none) */
} fp_power_tally;

typedef struct {
    fp_power_tally of[FP_POWER_QUESTIONS][FP_POWER_ANALYSES];
    double people, events, answers, events_arm[FP_POWER_ARMS], people_arm[FP_POWER_ARMS],
        time_arm[FP_POWER_ARMS];
    int64_t by_general;
    fp_status status;
    fp_err err;
} fp_power_sums;

typedef struct {
    const fp_power_design *design;
    const fp_power_options *options;
    ptrdiff_t only; /* question, -1 = all */
    const double *eta;
    fp_power_set set[FP_POWER_QUESTIONS];
    bool has_set[FP_POWER_QUESTIONS];
    double critical[FP_POWER_MODELS]; /* of t, by model; NaN: no degrees of freedom */
    double critical_z;
    double df[FP_POWER_MODELS];
    fp_power_sums_fn sums;
    size_t scratch;
    fp_power_scheme scheme; /* of what is measured */
    fp_power_sums *chunk;
} fp_power_run;

/* What one thread works with. */
typedef struct {
    const fp_power_run *sim;
    fp_arena *arena;
    fp_power_trial trial;
    fp_power_counts counts;
    fp_power_parts parts;
    fp_power_cox cox; /* where there are covariates */
    double *cumulative, *own, *residual, *table;
    fp_power_estimates estimates[FP_POWER_MODELS], frailty[FP_POWER_MODELS];
    double *fitted;       /* clusters: residuals at model 0 */
    fp_power_rows rows;   /* of what is measured */
    fp_power_test *tests; /* questions x FP_POWER_ANALYSES, the same */
    fp_power_sums *sums;
} fp_power_worker;

/* Whether this run asks a question, and whether the design has an analysis. */
static inline bool fp_power_asked(const fp_power_run *sim, ptrdiff_t q)
{
    return sim->only < 0 || sim->only == q;
}
static inline bool fp_power_analysed(const fp_power_run *sim, fp_power_analysis a)
{
    return sim->design->analyses & 1u << a;
}

/* What permutation and log-rank tests of a margin compare (group) and hold fixed (stratum), by arm.
 */
void fp_power_split_arms(const fp_power_design *design, const fp_power_question *q, int32_t *group,
                         int32_t *stratum);

/* Draw trial `number`, analyse it and count what came out. Errors: FP_NOMEM. */
FP_MUST_USE fp_status fp_power_one_trial(fp_power_worker *w, int64_t number, fp_err *err);

#endif
