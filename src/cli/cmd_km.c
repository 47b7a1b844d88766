#include <math.h>

#include "cli/common.h"
#include "model/survival.h"

enum { CONF_TYPE, RHO, RMST };

static const struct argp_option options[] = {
    {"conf-type", FP_CLI_OWN(CONF_TYPE), "log|log-log|plain", 0,
     "scale on which the intervals are made (default log)", 0},
    {"rho", FP_CLI_OWN(RHO), "NUMBER", 0,
     "weight the log-rank test by S(t-)^rho (default 0; 1 is the Peto-Peto test)", 0},
    {"rmst", FP_CLI_OWN(RMST), "TIME", 0, "give the restricted mean survival time up to TIME", 0},
    {0}};

static fp_status run(fp_cli *cli, fp_err *err)
{
    static const char *const types[] = {"log", "log-log", "plain", NULL};
    fp_km_model_options km = fp_km_model_defaults();
    const fp_table *table;
    fp_result result;
    int type;
    FP_TRY(fp_cli_choice(cli, CONF_TYPE, "--conf-type", types, FP_CONF_LOG, &type, err));
    FP_TRY(fp_cli_number(cli, RHO, "--rho", -HUGE_VAL, 0, &km.rho, err));
    FP_TRY(fp_cli_number(cli, RMST, "--rmst", 0, km.rmst_horizon, &km.rmst_horizon, err));
    km.conf_type = (fp_conf_type)type;
    km.level = cli->level;
    km.weights = cli->weights;
    km.cluster = cli->cluster;
    km.id = cli->id;
    km.seed = cli->seed;
    FP_TRY(fp_cli_table(cli, &table, &km.data_sha256, err));
    FP_TRY(fp_model_km(table, cli->formula, &km, cli->arena, &result, err));
    return fp_cli_result(cli, &result, err);
}

const fp_command fp_command_km = {
    .name = "km",
    .summary = "Kaplan-Meier curves and the log-rank test",
    .args = "DATA",
    .arg_least = 1,
    .arg_most = 1,
    .shared = FP_CLI_ESTIMATE | FP_CLI_PLOT,
    .options = options,
    .notes =
        "DATA is a .csv or .tsv file, or - for standard input. The terms of the formula make the "
        "groups; strata() stratifies the log-rank test alone.\n\n"
        "Example: firstplace km lung.csv --formula \"Surv(time, event) ~ sex\" --rmst 365",
    .run = run,
};
