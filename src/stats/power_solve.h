#ifndef FP_STATS_POWER_SOLVE_H
#define FP_STATS_POWER_SOLVE_H

#include "stats/power_plan.h"

/* The least size or effect with which one test of a plan has the power asked for. */

typedef enum {
    FP_SOLVE_CLUSTERS,     /* people a cluster as planned */
    FP_SOLVE_CLUSTER_SIZE, /* clusters as planned */
    FP_SOLVE_PEOPLE,       /* drawn by lot one by one */
    FP_SOLVE_EFFECT,       /* of the question, on the side of none where it is */
} fp_power_unknown;

typedef struct {
    fp_power_unknown unknown;
    double target; /* power, alpha < target < 1 */
    ptrdiff_t question;
    fp_power_analysis analysis;
} fp_power_wish;

typedef struct {
    bool reached;
    double value; /* clusters, people a cluster, people, or effect (a ratio or difference); where it
                     is not reached the largest that was tried */
    double power; /* at `value` */
    fp_power_plan plan; /* the plan with it */
} fp_power_solution;

/* Search by simulation.
 * Method: doubling from the plan, then halving the bracket; every size is simulated from the same
 *         streams. Clusters go up by whole rounds of the arms, sizes by one; ratios are found to
 * 1%, differences to half a hundredth of a standard deviation. A cluster size that does not reach
 * the target is one beyond which power grows by less than half a point when clusters double: the
 * limit that the number of clusters sets. in    plan      of which question `wish.question` of its
 * design is asked Errors: FP_INPUT (a target out of range; a question without effect; an unknown
 * that the plan does not have), and those of fp_power_plan_design and fp_power_simulate. Cost: 10
 * to 20 simulations. */
FP_MUST_USE fp_status fp_power_solve(const fp_power_plan *plan, const fp_power_wish *wish,
                                     const fp_power_options *options, fp_power_solution *solution,
                                     fp_err *err);

/* Power over one unknown, for a figure. */
enum { FP_POWER_POINTS = 12 };
typedef struct {
    fp_power_unknown unknown;
    ptrdiff_t n;                                      /* points, at most FP_POWER_POINTS */
    double x[FP_POWER_POINTS];                        /* clusters, size, people or effect */
    double power[FP_POWER_ANALYSES][FP_POWER_POINTS]; /* of the analyses of the plan */
} fp_power_curve;

/* Simulate the plan's question at sizes up to twice the planned ones, or at effects from none to
 * half as far again as the planned one, ratios on the log scale. Errors: as fp_power_solve. Cost:
 * FP_POWER_POINTS simulations. */
FP_MUST_USE fp_status fp_power_curve_of(const fp_power_plan *plan, fp_power_unknown unknown,
                                        ptrdiff_t question, const fp_power_options *options,
                                        fp_power_curve *curve, fp_err *err);

#endif
