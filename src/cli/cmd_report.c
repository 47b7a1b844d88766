#include <limits.h>
#include <stdio.h>

#include "base/file.h"

#include "cli/study.h"

enum { LANG, OUT, CHECK, NO_STORE, BLINDED };

static const struct argp_option options[] = {
    {"lang", FP_CLI_OWN(LANG), "en|nl", 0, "language of the report (default: that of the study)",
     0},
    {"out", FP_CLI_OWN(OUT), "FILE", 0,
     "where it goes (default STUDY/out/report.html, or report-blinded.html)", 0},
    {"check", FP_CLI_OWN(CHECK), NULL, 0,
     "compare the report with what the data give now; exit with 1 where they differ", 0},
    {"blinded", FP_CLI_OWN(BLINDED), NULL, 0,
     "with the arms shuffled among the allocations that the design could have produced, to settle "
     "tables before unblinding",
     0},
    FP_CLI_NO_STORE(NO_STORE),
    {0}};

/* Where the report is, its folder made when it is to be written in the study. */
static fp_status report_path(const fp_cli *cli, bool make, char out[PATH_MAX], fp_err *err)
{
    int n = cli->own[OUT] ? snprintf(out, PATH_MAX, "%s", cli->own[OUT])
                          : snprintf(out, PATH_MAX, "%s/out", cli->arg[0]);
    if (n < 0 || n >= PATH_MAX - 32)
        return fp_fail(err, FP_INPUT, "the name of the report is too long");
    if (cli->own[OUT])
        return FP_OK;
    if (make)
        FP_TRY(fp_dir_make(out, err));
    (void)snprintf(out + n, PATH_MAX - (size_t)n, "/%s",
                   cli->own[BLINDED] ? "report-blinded.html" : "report.html");
    return FP_OK;
}

static fp_status check(const fp_cli *cli, fp_err *err)
{
    FP_STUDY_SCOPED(study);
    FP_BUF_SCOPED(out, 16 * FP_MIB);
    fp_results_options options_ = fp_cli_results(cli);
    char path[PATH_MAX];
    FP_TRY(report_path(cli, false, path, err));
    FP_TRY(fp_cli_study_open(cli, FP_OPEN_FILES, "", &study, err));
    fp_status status = fp_run_report_check(&study, &options_, path, &out, err);
    if (status == FP_OK || status == FP_CHECK) {
        fp_err other;
        fp_status printed = fp_cli_print(fp_buf_str(&out), &other);
        if (printed != FP_OK && err)
            *err = other;
        status = printed != FP_OK ? printed : status;
    }
    return status;
}

static fp_status run(fp_cli *cli, fp_err *err)
{
    FP_STUDY_SCOPED(study);
    FP_BUF_SCOPED(html, 256 * FP_MIB);
    fp_results_options results = fp_cli_results(cli);
    char path[PATH_MAX];
    if (cli->own[OUT] && !cli->own[OUT][0])
        return fp_fail(err, FP_USAGE, "--out needs the name of a file");
    if (cli->own[CHECK])
        return check(cli, err);
    FP_TRY(fp_cli_study_open(cli, fp_cli_open_mode(cli, NO_STORE), "", &study, err));
    FP_TRY(fp_run_report(&study, &results, cli->own[LANG], cli->own[BLINDED] != NULL, &html, err));
    FP_TRY(report_path(cli, true, path, err));
    FP_TRY(fp_file_write(path, fp_buf_str(&html), err));
    if (!cli->quiet && path[0] != '-')
        (void)printf("%s\n", path);
    return FP_OK;
}

const fp_command fp_command_report = {
    .name = "report",
    .summary = "from raw rows to the report, in one HTML file",
    .args = "STUDY",
    .arg_least = 1,
    .arg_most = 1,
    .shared = FP_CLI_RANDOM,
    .options = options,
    .notes =
        "The file needs nothing else: no script, no network. --check reads the sources only and "
        "changes nothing.\n\nExample: firstplace report amsterdam --lang nl",
    .run = run,
};
