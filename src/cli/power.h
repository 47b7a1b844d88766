#ifndef FP_CLI_POWER_H
#define FP_CLI_POWER_H

#include "cli/common.h"
#include "stats/power_plan.h"

/* The options of `firstplace power` that describe a trial. */

/* Own options of the command, in the order of their help. */
enum {
    FP_POWER_OWN_DESIGN,
    FP_POWER_OWN_ARMS,
    FP_POWER_OWN_FACTORS,
    FP_POWER_OWN_RANDOMISED,
    FP_POWER_OWN_CLUSTERS,
    FP_POWER_OWN_CLUSTER_SIZE,
    FP_POWER_OWN_SIZE_CV,
    FP_POWER_OWN_PEOPLE,
    FP_POWER_OWN_OUTCOME,
    FP_POWER_OWN_HR,
    FP_POWER_OWN_INTERACTION_HR,
    FP_POWER_OWN_ODDS_RATIO,
    FP_POWER_OWN_RISK_RATIO,
    FP_POWER_OWN_RISK_DIFFERENCE,
    FP_POWER_OWN_MEAN_DIFFERENCE,
    FP_POWER_OWN_INTERACTION,
    FP_POWER_OWN_EVENT_PROBABILITY,
    FP_POWER_OWN_SURVIVAL,
    FP_POWER_OWN_SHAPE,
    FP_POWER_OWN_FOLLOW_UP,
    FP_POWER_OWN_ACCRUAL,
    FP_POWER_OWN_DROP_OUT,
    FP_POWER_OWN_SD,
    FP_POWER_OWN_VARIANCE,
    FP_POWER_OWN_WAVES,
    FP_POWER_OWN_ESTIMAND,
    FP_POWER_OWN_ADJUST_FIRST,
    FP_POWER_OWN_ICC,
    FP_POWER_OWN_K,
    FP_POWER_OWN_FRAILTY_VARIANCE,
    FP_POWER_OWN_FRAILTY,
    FP_POWER_OWN_ICC_BY,
    FP_POWER_OWN_ICC_BETWEEN,
    FP_POWER_OWN_PERSON_CORRELATION,
    FP_POWER_OWN_ANALYSES,
    FP_POWER_OWN_EFFECTS,
    FP_POWER_OWN_ALPHA,
    FP_POWER_OWN_TRIALS,
    FP_POWER_OWN_SOLVE,
    FP_POWER_OWN_TARGET,
    FP_POWER_OWN_SOLVE_EFFECT,
    FP_POWER_OWN_SOLVE_BY,
    FP_POWER_OWN_AS_PLANNED,
    FP_POWER_OWN_PARAGRAPH,
    FP_POWER_OWN_CLOSED_FORM,
    FP_POWER_OWN_VALUES,
    FP_POWER_OWN_PERSON_TIME,
    FP_POWER_OWN_COVARIATE,
    FP_POWER_OWN_LEVELS,
};

/* The plan that the options describe. Errors: FP_USAGE (missing, contradicting or senseless
 * options), FP_INPUT (a file of a survival curve), FP_IO, FP_NOMEM. */
FP_MUST_USE fp_status fp_cli_power_plan(fp_cli *cli, fp_power_plan *plan, fp_err *err);
/* What is measured and how large the effects are, where --outcome says other than time; checks that
 * no option is given that goes with another outcome. */
FP_MUST_USE fp_status fp_cli_power_measure(fp_cli *cli, fp_power_plan *plan, fp_err *err);
FP_MUST_USE fp_status fp_cli_power_measure_options(const fp_cli *cli, const fp_power_plan *plan,
                                                   fp_err *err);
/* As many effects as the design wants, from own option i. */
FP_MUST_USE fp_status fp_cli_power_effects(const fp_cli *cli, int i, const char *option,
                                           double least, double most, const fp_power_plan *plan,
                                           double *out, fp_err *err);
/* Of --design, --arms, --levels, --factors and --randomised. */
FP_MUST_USE fp_status fp_cli_power_layout(fp_cli *cli, fp_power_plan *plan, fp_err *err);
/* What people bring along. */
FP_MUST_USE fp_status fp_cli_power_covariates(fp_cli *cli, fp_power_plan *plan, fp_err *err);
/* `--option` is missing, with an example. */
FP_MUST_USE fp_status fp_cli_power_missing(const char *option, const char *example, fp_err *err);
/* A whole number from 1 to `most` in own option i; untouched where it was not given. */
FP_MUST_USE fp_status fp_cli_power_count(const fp_cli *cli, int i, const char *option, int64_t most,
                                         int64_t *out, fp_err *err);

/* --closed-form: the answer, as text or JSON. Errors: FP_USAGE, FP_INPUT, FP_NOMEM. */
FP_MUST_USE fp_status fp_cli_power_closed(fp_cli *cli, double target, fp_buf *out, fp_err *err);

#endif
