#include "cli/study.h"

static fp_status run(fp_cli *cli, fp_err *err)
{
    FP_STUDY_SCOPED(study);
    FP_BUF_SCOPED(out, FP_GIB);
    fp_results_options options = fp_cli_results(cli);
    FP_TRY(fp_cli_study_open(cli, FP_OPEN_STORE, "", &study, err));
    FP_TRY(fp_run_trace(&study, &options, cli->arg[1], &out, err));
    return fp_cli_print(fp_buf_str(&out), err);
}

const fp_command fp_command_trace = {
    .name = "trace",
    .summary = "from a number in the report down to the raw rows behind it",
    .args = "STUDY [ID]",
    .arg_least = 1,
    .arg_most = 2,
    .shared = FP_CLI_RANDOM,
    .notes =
        "ID stands in the appendix of the report, and appears on a number when you point at it. "
        "Without an ID, all ids are listed with their values.\n\n"
        "Example: firstplace trace amsterdam primary_ips.ipswith.hr",
    .run = run,
};
