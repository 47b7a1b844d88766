#include "cli/study.h"

static fp_status run(fp_cli *cli, fp_err *err)
{
    FP_BUF_SCOPED(out, FP_MIB);
    FP_TRY(fp_run_verify(cli->arg[0], cli->arena, &out, err));
    return fp_cli_print(fp_buf_str(&out), err);
}

const fp_command fp_command_verify = {
    .name = "verify",
    .summary = "check the log: the chain of events and the rows of every import",
    .args = "STUDY",
    .arg_least = 1,
    .arg_most = 1,
    .notes = "Exit code 1 where something does not fit, with the event or import it is about.\n\n"
             "Example: firstplace verify amsterdam",
    .run = run,
};
