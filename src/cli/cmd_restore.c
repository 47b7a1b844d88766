#include "cli/study.h"

static const struct argp_option options[] = {
    {"replace", FP_CLI_OWN(0), NULL, 0,
     "put it in the place of the database that is there, which is kept beside it", 0},
    {0}};

static fp_status run(fp_cli *cli, fp_err *err)
{
    FP_BUF_SCOPED(out, FP_MIB);
    FP_TRY(fp_run_restore(cli->arg[0], cli->arg[1], cli->own[0] != NULL, cli->arena, &out, err));
    return fp_cli_print(fp_buf_str(&out), err);
}

const fp_command fp_command_restore = {
    .name = "restore",
    .summary = "put a backup back into a study folder",
    .args = "FILE STUDY",
    .arg_least = 2,
    .arg_most = 2,
    .options = options,
    .notes = "The backup is verified before anything is changed. Events that only the replaced "
             "database held are told, and the log says that it was restored. Exit code 1 where the "
             "backup does not fit, 3 where there is none, where the study has a database already, "
             "or where a server or another command has that open.\n\n"
             "Example: firstplace restore /backups/amsterdam-2026-02-03.db amsterdam --replace",
    .run = run,
};
