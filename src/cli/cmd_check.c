#include "cli/study.h"

static fp_status run(fp_cli *cli, fp_err *err)
{
    FP_STUDY_SCOPED(study);
    FP_BUF_SCOPED(out, 64 * FP_MIB);
    fp_status status = fp_run_check(cli->arg[0], cli->arena, &study, &out, err);
    FP_TRY(fp_cli_problems(&study, status, err));
    return fp_cli_print(fp_buf_str(&out), err);
}

const fp_command fp_command_check = {
    .name = "check",
    .summary = "try study.yaml and the sources: rows, ranges, problems; writes nothing",
    .args = "STUDY",
    .arg_least = 1,
    .arg_most = 1,
    .notes = "Every problem is one line with file, line and column; the exit code is then 3.\n\n"
             "Example: firstplace check amsterdam",
    .run = run,
};
