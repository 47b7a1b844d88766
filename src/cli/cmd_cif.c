#include <math.h>

#include "cli/common.h"
#include "model/competing.h"

enum { TIMES, CENSORED, CONF_TYPE, RHO };

static const struct argp_option options[] = {
    {"times", FP_CLI_OWN(TIMES), "T,T,...", 0, "give the incidence at these times", 0},
    {"censored", FP_CLI_OWN(CENSORED), "CODE", 0,
     "the code that means censored (default 0, or the text \"censored\"); none: nobody is", 0},
    {"conf-type", FP_CLI_OWN(CONF_TYPE), "log|log-log|plain", 0,
     "scale on which the intervals are made (default log)", 0},
    {"rho", FP_CLI_OWN(RHO), "NUMBER", 0, "weight Gray's test by (1 - F(t-))^rho (default 0)", 0},
    {0}};

static fp_status run(fp_cli *cli, fp_err *err)
{
    static const char *const types[] = {"log", "log-log", "plain", NULL};
    fp_cif_model_options cif = fp_cif_model_defaults();
    const fp_table *table;
    fp_result result;
    int type;
    FP_TRY(fp_cli_choice(cli, CONF_TYPE, "--conf-type", types, FP_CONF_LOG, &type, err));
    FP_TRY(fp_cli_number(cli, RHO, "--rho", -HUGE_VAL, 0, &cif.rho, err));
    FP_TRY(fp_cli_numbers(cli, TIMES, "--times", 0, HUGE_VAL, &cif.times, &cif.time_count, err));
    cif.conf_type = (fp_conf_type)type;
    cif.censored = cli->own[CENSORED];
    FP_TRY(fp_cli_table(cli, &table, &cif.common, err));
    FP_TRY(fp_model_cif(table, cli->formula, &cif, cli->arena, &result, err));
    return fp_cli_result(cli, &result, err);
}

const fp_command fp_command_cif = {
    .name = "cif",
    .summary = "cumulative incidence of competing events and Gray's test",
    .args = "DATA",
    .arg_least = 1,
    .arg_most = 1,
    .shared = FP_CLI_ESTIMATE | FP_CLI_PLOT | FP_CLI_PERSONS,
    .options = options,
    .notes = "DATA is a .csv or .tsv file, or - for standard input. The second place in Surv() "
             "holds a code: which event ended the time, or that it was censored. The terms of the "
             "formula make the groups; strata() stratifies Gray's test alone.\n\n"
             "Example: firstplace cif trial.csv --formula \"Surv(day, event) ~ arm\" --times "
             "90,180,360 --plot events.svg",
    .run = run,
};
