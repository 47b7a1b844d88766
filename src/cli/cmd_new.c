#include "cli/study.h"

static fp_status run(fp_cli *cli, fp_err *err)
{
    FP_BUF_SCOPED(out, FP_MIB);
    FP_TRY(fp_run_new(cli->arg[0], &out, err));
    return fp_cli_print(fp_buf_str(&out), err);
}

const fp_command fp_command_new = {
    .name = "new",
    .summary = "write a commented starting folder for a study",
    .args = "STUDY",
    .arg_least = 1,
    .arg_most = 1,
    .notes = "STUDY is the name of a folder that does not exist yet. What is written is a small "
             "made-up study that can be checked and reported at once.\n\n"
             "Example: firstplace new my-study",
    .run = run,
};
