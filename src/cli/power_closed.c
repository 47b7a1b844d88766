/* `firstplace power --closed-form`: formulas in place of simulated trials. */
#include <math.h>

#include "base/num.h"
#include "cli/power.h"
#include "model/power_closed.h"

static const char *const outcomes[] = {"time", "rates", "proportions", "means", NULL};

enum {
    TIME = 1 << FP_CLOSED_TIME,
    RATES = 1 << FP_CLOSED_RATES,
    PROPORTIONS = 1 << FP_CLOSED_PROPORTIONS,
    MEANS = 1 << FP_CLOSED_MEANS
};

/* The own options that each outcome hears; the others go with a simulation. */
static const struct {
    int option;
    unsigned outcomes; /* bits 1 << fp_closed_outcome */
} heard[] = {
    {FP_POWER_OWN_RANDOMISED, TIME | RATES | PROPORTIONS | MEANS},
    {FP_POWER_OWN_CLUSTERS, TIME | RATES | PROPORTIONS | MEANS},
    {FP_POWER_OWN_PEOPLE, TIME | RATES | PROPORTIONS | MEANS},
    {FP_POWER_OWN_ALPHA, TIME | RATES | PROPORTIONS | MEANS},
    {FP_POWER_OWN_TARGET, TIME | RATES | PROPORTIONS | MEANS},
    {FP_POWER_OWN_CLOSED_FORM, TIME | RATES | PROPORTIONS | MEANS},
    {FP_POWER_OWN_CLUSTER_SIZE, TIME | PROPORTIONS | MEANS},
    {FP_POWER_OWN_SIZE_CV, TIME | PROPORTIONS | MEANS},
    {FP_POWER_OWN_HR, TIME},
    {FP_POWER_OWN_EVENT_PROBABILITY, TIME},
    {FP_POWER_OWN_SURVIVAL, TIME},
    {FP_POWER_OWN_SHAPE, TIME},
    {FP_POWER_OWN_FOLLOW_UP, TIME},
    {FP_POWER_OWN_ACCRUAL, TIME},
    {FP_POWER_OWN_DROP_OUT, TIME},
    {FP_POWER_OWN_ICC, TIME | PROPORTIONS | MEANS},
    {FP_POWER_OWN_K, TIME | RATES | PROPORTIONS | MEANS},
    {FP_POWER_OWN_FRAILTY_VARIANCE, TIME},
    {FP_POWER_OWN_FRAILTY, TIME},
    {FP_POWER_OWN_VALUES, RATES | PROPORTIONS | MEANS},
    {FP_POWER_OWN_SD, MEANS},
    {FP_POWER_OWN_PERSON_TIME, RATES},
};

static fp_status check_options(const fp_cli *cli, fp_closed_outcome outcome, fp_err *err)
{
    if (cli->plot)
        return fp_fail(err, FP_USAGE, "--plot goes with simulated trials, not with --closed-form");
    for (int o = 0; fp_command_power.options[o].name; o++) {
        bool hears = !cli->own[o];
        for (size_t i = 0; i < sizeof heard / sizeof *heard; i++)
            hears = hears || (heard[i].option == o && heard[i].outcomes & 1u << outcome);
        if (hears)
            continue;
        (void)fp_fail(err, FP_USAGE, "--%s does not go with --closed-form %s",
                      fp_command_power.options[o].name, outcomes[outcome]);
        return o >= FP_POWER_OWN_SOLVE && o <= FP_POWER_OWN_SOLVE_BY
                   ? fp_hint(err, FP_USAGE, "every size and effect is solved for already")
                   : FP_USAGE;
    }
    return FP_OK;
}

/* Clusters and their size, or people; NaN where they are not given. */
static fp_status read_sizes(const fp_cli *cli, fp_closed_plan *plan, fp_err *err)
{
    int64_t clusters = 0, people = 0;
    double size = 0;
    bool rates = plan->outcome == FP_CLOSED_RATES;
    int of = rates ? FP_POWER_OWN_PERSON_TIME : FP_POWER_OWN_CLUSTER_SIZE;
    FP_TRY(fp_cli_power_count(cli, FP_POWER_OWN_CLUSTERS, "--clusters", 1000000, &clusters, err));
    FP_TRY(fp_cli_power_count(cli, FP_POWER_OWN_PEOPLE, "--people", 1000000000, &people, err));
    FP_TRY(fp_cli_number(cli, of, rates ? "--person-time" : "--cluster-size", 0, FP_NUM_NAN, &size,
                         err));
    FP_TRY(
        fp_cli_number(cli, FP_POWER_OWN_SIZE_CV, "--size-cv", -HUGE_VAL, 0, &plan->size_cv, err));
    if (plan->individual && (clusters || (!rates && !isnan(size)) || plan->size_cv > 0))
        return fp_fail(err, FP_USAGE,
                       "with --randomised people there are no clusters: give --people alone");
    if (!plan->individual && people && !isnan(size))
        return fp_fail(err, FP_USAGE, "give --people or --%s, not both",
                       rates ? "person-time" : "cluster-size");
    if (!plan->individual && people && (!clusters || rates))
        return fp_fail(err, FP_USAGE, "--people goes with --clusters, and not with rates");
    if (plan->individual)
        plan->units = people ? (double)people : FP_NUM_NAN;
    else
        plan->units = clusters ? (double)clusters : FP_NUM_NAN;
    plan->size = plan->individual && !rates ? 1
                 : people && !rates         ? (double)people / (double)clusters
                                            : size;
    if (isnan(plan->size) && isnan(plan->units))
        return fp_cli_power_missing(plan->individual ? "--people" : "--clusters",
                                    plan->individual ? "240" : "12", err);
    if (plan->individual && isnan(plan->size))
        return fp_cli_power_missing("--person-time", "1.5", err);
    return FP_OK;
}

static fp_status read_variation(const fp_cli *cli, fp_closed_plan *plan, fp_err *err)
{
    bool icc = cli->own[FP_POWER_OWN_ICC] != NULL, k = cli->own[FP_POWER_OWN_K] != NULL;
    plan->scale = k ? FP_POWER_K : FP_POWER_ICC;
    FP_TRY(fp_cli_number(cli, FP_POWER_OWN_ICC, "--icc", -HUGE_VAL, FP_NUM_NAN, &plan->icc, err));
    FP_TRY(fp_cli_number(cli, FP_POWER_OWN_K, "--k", -HUGE_VAL, FP_NUM_NAN, &plan->k, err));
    if (icc && k)
        return fp_fail(err, FP_USAGE, "--icc and --k say the same: give one");
    if (plan->individual && (icc || k))
        return fp_fail(err, FP_USAGE, "with --randomised people no clusters differ");
    if (icc || k || plan->individual)
        return FP_OK;
    return plan->outcome == FP_CLOSED_RATES ? fp_cli_power_missing("--k", "0.25", err)
                                            : fp_cli_power_missing("--icc", "0.05", err);
}

static fp_status read_values(const fp_cli *cli, fp_closed_plan *plan, fp_err *err)
{
    const double *value;
    ptrdiff_t count;
    FP_TRY(fp_cli_numbers(cli, FP_POWER_OWN_VALUES, "--values", -HUGE_VAL, HUGE_VAL, &value, &count,
                          err));
    if (!count)
        return fp_cli_power_missing("--values", "0.3,0.5", err);
    if (count != 2)
        return fp_fail(err, FP_USAGE,
                       "--values has %td numbers; it wants 2: of the reference group and the other",
                       count);
    plan->value[0] = value[0];
    plan->value[1] = value[1];
    FP_TRY(fp_cli_number(cli, FP_POWER_OWN_SD, "--sd", -HUGE_VAL, 0, &plan->sd, err));
    if (plan->outcome == FP_CLOSED_MEANS && !cli->own[FP_POWER_OWN_SD])
        return fp_cli_power_missing("--sd", "10", err);
    return FP_OK;
}

/* A time to an event: the plan of a simulation with two parallel arms, of which clusters or their
 * size need not be given. */
static fp_status read_time(fp_cli *cli, fp_closed_plan *plan, fp_err *err)
{
    fp_power_plan trial;
    fp_power_design *design;
    fp_power_derived derived;
    bool people = cli->own[FP_POWER_OWN_PEOPLE] != NULL, one_size = people;
    bool clusters = cli->own[FP_POWER_OWN_CLUSTERS] != NULL;
    const double *sizes;
    ptrdiff_t count;
    FP_TRY(fp_cli_numbers(cli, FP_POWER_OWN_CLUSTER_SIZE, "--cluster-size", 0, 1e6, &sizes, &count,
                          err));
    if (count > 1)
        return fp_fail(err, FP_USAGE,
                       "closed forms know clusters by the mean and --size-cv of their sizes");
    one_size = one_size || count;
    if (!clusters && !one_size)
        return fp_cli_power_missing("--clusters", "12", err);
    cli->own[FP_POWER_OWN_DESIGN] = "parallel";
    if (!plan->individual && !clusters)
        cli->own[FP_POWER_OWN_CLUSTERS] = "2";
    if (!plan->individual && !one_size)
        cli->own[FP_POWER_OWN_CLUSTER_SIZE] = "1";
    FP_TRY(fp_cli_power_plan(cli, &trial, err));
    FP_ARRAY(design, cli->arena, 1, err);
    FP_TRY(fp_power_plan_design(&trial, cli->arena, design, &derived, err));
    *plan = (fp_closed_plan){.outcome = FP_CLOSED_TIME,
                             .individual = trial.individual,
                             .alpha = trial.alpha,
                             .units =
                                 clusters || trial.individual ? (double)trial.clusters : FP_NUM_NAN,
                             .size = trial.individual ? 1
                                     : one_size       ? design->mean_size
                                                      : FP_NUM_NAN,
                             .size_cv = trial.size_cv,
                             .value = {1, trial.hr[0]},
                             .scale = trial.scale,
                             .icc = derived.icc,
                             .k = derived.k,
                             .design = design};
    return FP_OK;
}

fp_status fp_cli_power_closed(fp_cli *cli, double target, fp_buf *out, fp_err *err)
{
    static const char *const units[] = {"clusters", "people", NULL};
    fp_closed_plan plan = {.icc = FP_NUM_NAN, .k = FP_NUM_NAN};
    fp_power_formulas answer;
    int outcome, unit;
    FP_TRY(
        fp_cli_choice(cli, FP_POWER_OWN_CLOSED_FORM, "--closed-form", outcomes, 0, &outcome, err));
    FP_TRY(fp_cli_choice(cli, FP_POWER_OWN_RANDOMISED, "--randomised", units, 0, &unit, err));
    plan.outcome = (fp_closed_outcome)outcome;
    plan.individual = unit == 1;
    FP_TRY(check_options(cli, plan.outcome, err));
    if (plan.outcome == FP_CLOSED_TIME) {
        FP_TRY(read_time(cli, &plan, err));
    } else {
        FP_TRY(fp_cli_number(cli, FP_POWER_OWN_ALPHA, "--alpha", 0, 0.05, &plan.alpha, err));
        FP_TRY(read_values(cli, &plan, err));
        FP_TRY(read_sizes(cli, &plan, err));
        FP_TRY(read_variation(cli, &plan, err));
    }
    FP_TRY(fp_model_power_closed(&plan, target, &answer, err));
    return cli->json ? fp_power_formulas_json(&answer, out, err)
                     : fp_power_formulas_text(&answer, out, err);
}
