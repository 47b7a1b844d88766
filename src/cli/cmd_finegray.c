#include "cli/common.h"
#include "model/competing.h"

enum { EVENT, CENSORED };

static const struct argp_option options[] = {
    {"event", FP_CLI_OWN(EVENT), "CODE", 0, "the event that the model is of", 0},
    {"censored", FP_CLI_OWN(CENSORED), "CODE", 0,
     "the code that means censored (default 0, or the text \"censored\"); none: nobody is", 0},
    {0}};

static fp_status run(fp_cli *cli, fp_err *err)
{
    fp_finegray_model_options finegray = fp_finegray_model_defaults();
    const fp_table *table;
    fp_result result;
    finegray.event = cli->own[EVENT];
    finegray.censored = cli->own[CENSORED];
    FP_TRY(fp_cli_table(cli, &table, &finegray.common, err));
    FP_TRY(fp_model_finegray(table, cli->formula, &finegray, cli->arena, &result, err));
    return fp_cli_result(cli, &result, err);
}

const fp_command fp_command_finegray = {
    .name = "finegray",
    .summary = "Fine-Gray regression of competing events",
    .args = "DATA",
    .arg_least = 1,
    .arg_most = 1,
    .shared = FP_CLI_ESTIMATE | FP_CLI_PLOT | FP_CLI_PERSONS,
    .options = options,
    .notes = "DATA is a .csv or .tsv file, or - for standard input. strata() makes the groups in "
             "which the time to censoring is estimated; cluster() or --cluster makes the standard "
             "errors cluster-robust. The cause-specific hazard is that of cox --event CODE.\n\n"
             "Example: firstplace finegray trial.csv --formula \"Surv(day, event) ~ ips + pa\" "
             "--event 1",
    .run = run,
};
