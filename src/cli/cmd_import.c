#include "cli/study.h"

enum { WHY };

static const struct argp_option options[] = {
    {"why", FP_CLI_OWN(WHY), "TEXT", 0, "the reason, kept in the log with the import", 0}, {0}};

static fp_status run(fp_cli *cli, fp_err *err)
{
    FP_STUDY_SCOPED(study);
    FP_BUF_SCOPED(out, FP_MIB);
    FP_TRY(fp_cli_study_open(cli, FP_OPEN_STORE, cli->own[WHY] ? cli->own[WHY] : "", &study, err));
    FP_TRY(fp_run_import(&study, &out, err));
    return fp_cli_print(fp_buf_str(&out), err);
}

const fp_command fp_command_import = {
    .name = "import",
    .summary = "log the sources that are new or changed in study.db",
    .args = "STUDY",
    .arg_least = 1,
    .arg_most = 1,
    .options = options,
    .notes =
        "The same file twice changes nothing; a changed file is a new version, and the old one "
        "stays. All sources or none: a fault leaves study.db as it was. outcomes, analyse, "
        "report and trace import by themselves.\n\n"
        "Example: firstplace import amsterdam --why \"register of March\"",
    .run = run,
};
