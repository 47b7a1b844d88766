#include "cli/study.h"

static fp_status run(fp_cli *cli, fp_err *err)
{
    FP_BUF_SCOPED(out, FP_MIB);
    FP_TRY(fp_run_backup(cli->arg[0], cli->arg[1], cli->arena, &out, err));
    return fp_cli_print(fp_buf_str(&out), err);
}

const fp_command fp_command_backup = {
    .name = "backup",
    .summary = "copy the database of a study, also while it is served",
    .args = "STUDY FILE",
    .arg_least = 2,
    .arg_most = 2,
    .notes = "The copy is of one moment, verified, and readable by its owner only; its SHA-256 is "
             "printed. study.yaml, the source files and the keys are not in it. Exit code 1 where "
             "the log does not fit, 3 where FILE exists or cannot be written; then no FILE is "
             "made.\n\n"
             "Example: firstplace backup amsterdam /backups/amsterdam-2026-02-03.db",
    .run = run,
};
