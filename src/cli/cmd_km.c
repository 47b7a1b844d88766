#include <math.h>
#include <string.h>

#include "cli/common.h"
#include "figure/figure.h"
#include "model/survival.h"

enum {
    CONF_TYPE,
    ESTIMATE,
    QUANTILES,
    TIMES,
    RMST,
    RHO,
    GAMMA,
    TREND,
    SCORES,
    PAIRWISE,
    REVERSE,
    PLOT_KIND,
    RANDOMISED,
    ALLOCATIONS,
};

static const struct argp_option options[] = {
    {"conf-type", FP_CLI_OWN(CONF_TYPE), "log|log-log|plain", 0,
     "scale on which the intervals are made (default log)", 0},
    {"estimate", FP_CLI_OWN(ESTIMATE), "kaplan-meier|fleming-harrington", 0,
     "survival as a product (default) or as exp(-Nelson-Aalen hazard)", 0},
    {"quantiles", FP_CLI_OWN(QUANTILES), "P,...", 0,
     "times by which these shares have had the event, as 0.25,0.5,0.75", 0},
    {"times", FP_CLI_OWN(TIMES), "TIME,...", 0, "survival and hazard at these times", 0},
    {"rmst", FP_CLI_OWN(RMST), "TIME", 0,
     "restricted mean survival time up to TIME; differences and ratios between the groups", 0},
    {"rho", FP_CLI_OWN(RHO), "NUMBER", 0,
     "weight the log-rank test by S(t-)^rho (default 0; 1 is the Peto-Peto test)", 0},
    {"gamma", FP_CLI_OWN(GAMMA), "NUMBER", 0,
     "and by (1 - S(t-))^gamma (default 0): late differences weigh more", 0},
    {"trend", FP_CLI_OWN(TREND), NULL, 0, "test for trend over the groups, scored 1, 2, ...", 0},
    {"scores", FP_CLI_OWN(SCORES), "SCORES", 0,
     "scores of the trend test: values (the groups' own numbers), or one for each group: 0,1,5", 0},
    {"pairwise", FP_CLI_OWN(PAIRWISE), NULL, 0,
     "log-rank test of each pair of groups, with Holm's correction", 0},
    {"reverse", FP_CLI_OWN(REVERSE), NULL, 0,
     "exchange events and censorings: how long people were followed", 0},
    {"plot-kind", FP_CLI_OWN(PLOT_KIND), "survival|events|cumulative-hazard", 0,
     "what --plot draws: survival (default), 1 - survival, or the Nelson-Aalen hazard", 0},
    {"randomised", FP_CLI_OWN(RANDOMISED), "DESIGN", 0,
     "permutation tests of the log-rank test; what was randomised and on what: \"arm | coach\" "
     "(see firstplace cox --help)",
     0},
    {"allocations", FP_CLI_OWN(ALLOCATIONS), "NUMBER", 0,
     "allocations sampled where there are more than ten million (default 100,000)", 0},
    {0}};

static fp_status read_trend(fp_cli *cli, fp_km_model_options *km, fp_err *err)
{
    if (cli->own[TREND])
        km->trend = FP_TREND_ORDER;
    if (!cli->own[SCORES])
        return FP_OK;
    km->trend = FP_TREND_VALUES;
    if (strcmp(cli->own[SCORES], "values") == 0)
        return FP_OK;
    km->trend = FP_TREND_GIVEN;
    return fp_cli_numbers(cli, SCORES, "--scores", -HUGE_VAL, HUGE_VAL, &km->scores,
                          &km->score_count, err);
}

/* Powers and times beyond these have no meaning any more, and soon are no numbers. */
#define POWER_MOST 100
#define TIME_MOST  1e100

static fp_status check_range(const fp_cli *cli, int i, const char *option, double value,
                             double least, double most, fp_err *err)
{
    if (!cli->own[i] || (value >= least && value <= most))
        return FP_OK;
    return fp_fail(err, FP_USAGE, "%s is a number from %g to %g, not \"%s\"", option, least, most,
                   cli->own[i]);
}

static fp_status read_options(fp_cli *cli, fp_km_model_options *km, fp_err *err)
{
    static const char *const types[] = {"log", "log-log", "plain", NULL};
    static const char *const estimates[] = {"kaplan-meier", "fleming-harrington", NULL};
    int type, estimate;
    FP_TRY(fp_cli_choice(cli, CONF_TYPE, "--conf-type", types, FP_CONF_LOG, &type, err));
    FP_TRY(fp_cli_choice(cli, ESTIMATE, "--estimate", estimates, 0, &estimate, err));
    FP_TRY(fp_cli_numbers(cli, QUANTILES, "--quantiles", 0, 1, &km->quantiles, &km->quantile_count,
                          err));
    FP_TRY(fp_cli_numbers(cli, TIMES, "--times", 0, TIME_MOST, &km->times, &km->time_count, err));
    FP_TRY(fp_cli_number(cli, RHO, "--rho", -HUGE_VAL, 0, &km->rho, err));
    FP_TRY(fp_cli_number(cli, RMST, "--rmst", 0, km->rmst_horizon, &km->rmst_horizon, err));
    FP_TRY(fp_cli_number(cli, GAMMA, "--gamma", -HUGE_VAL, 0, &km->gamma, err));
    FP_TRY(check_range(cli, RHO, "--rho", km->rho, -POWER_MOST, POWER_MOST, err));
    FP_TRY(check_range(cli, GAMMA, "--gamma", km->gamma, 0, POWER_MOST, err));
    FP_TRY(check_range(cli, RMST, "--rmst", km->rmst_horizon, 0, TIME_MOST, err));
    km->conf_type = (fp_conf_type)type;
    km->exp_hazard = estimate == 1;
    km->randomised = cli->own[RANDOMISED];
    FP_TRY(fp_cli_allocations(cli, ALLOCATIONS, RANDOMISED, &km->allocations, err));
    km->pairwise = cli->own[PAIRWISE] != NULL;
    km->reverse = cli->own[REVERSE] != NULL;
    return read_trend(cli, km, err);
}

static fp_status read_plot(fp_cli *cli, fp_err *err)
{
    static const char *const kinds[] = {[FP_KM_SURVIVAL] = "survival",
                                        [FP_KM_EVENTS] = "events",
                                        [FP_KM_HAZARD] = "cumulative-hazard",
                                        NULL};
    return fp_cli_plot_kind(cli, PLOT_KIND, kinds, FP_KM_SURVIVAL, err);
}

static fp_status run(fp_cli *cli, fp_err *err)
{
    fp_km_model_options km = fp_km_model_defaults();
    const fp_table *table;
    fp_result result;
    FP_TRY(read_options(cli, &km, err));
    FP_TRY(read_plot(cli, err));
    FP_TRY(fp_cli_table(cli, &table, &km.common, err));
    FP_TRY(fp_model_km(table, cli->formula, &km, cli->arena, &result, err));
    return fp_cli_result(cli, &result, err);
}

const fp_command fp_command_km = {
    .name = "km",
    .summary = "Kaplan-Meier curves and the log-rank test",
    .args = "DATA",
    .arg_least = 1,
    .arg_most = 1,
    .shared = FP_CLI_ESTIMATE | FP_CLI_PLOT | FP_CLI_PERSONS,
    .options = options,
    .notes =
        "DATA is a .csv or .tsv file, or - for standard input. The terms of the formula make the "
        "groups; strata() stratifies the log-rank test alone.\n\n"
        "Example: firstplace km lung.csv --formula \"Surv(time, event) ~ sex\" --rmst 365",
    .run = run,
};
