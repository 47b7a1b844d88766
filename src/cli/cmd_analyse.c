#include "cli/study.h"

enum { NO_STORE };

static const struct argp_option options[] = {FP_CLI_NO_STORE(NO_STORE), {0}};

static fp_status run(fp_cli *cli, fp_err *err)
{
    FP_STUDY_SCOPED(study);
    FP_BUF_SCOPED(out, 512 * FP_MIB);
    fp_results_options results = fp_cli_results(cli);
    bool unusable = false;
    FP_TRY(fp_cli_study_open(cli, fp_cli_open_mode(cli, NO_STORE), "", &study, err));
    FP_TRY(fp_run_analyse(&study, &results, cli->json, &out, &unusable, err));
    FP_TRY(fp_cli_print(fp_buf_str(&out), err));
    if (unusable && cli->strict)
        return fp_fail(err, FP_OUTCOME, "an analysis of the plan could not be estimated");
    return FP_OK;
}

const fp_command fp_command_analyse = {
    .name = "analyse",
    .summary = "carry out the analysis plan of a study",
    .args = "STUDY",
    .arg_least = 1,
    .arg_most = 1,
    .shared = FP_CLI_JSON | FP_CLI_LEVEL | FP_CLI_STRICT | FP_CLI_RANDOM,
    .options = options,
    .notes = "Each analysis with the formula as it stands in study.yaml, with the inference that "
             "the design asks for.\n\nExample: firstplace analyse amsterdam --json",
    .run = run,
};
