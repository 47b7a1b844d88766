#include "base/file.h"
#include "cli/study.h"

enum { NO_STORE, RULES, ANALYSIS, CSV };

static const struct argp_option options[] = {
    {"rules", FP_CLI_OWN(RULES), "plan|grid", 0,
     "the outcome rules: as planned, or one analysis under a grid of them", 0},
    {"analysis", FP_CLI_OWN(ANALYSIS), "ID", 0,
     "with --rules grid: which analysis (default: the first primary one)", 0},
    {"csv", FP_CLI_OWN(CSV), NULL, 0, "with --rules grid: a row a rule", 0},
    FP_CLI_NO_STORE(NO_STORE),
    {0}};

static fp_status check(const fp_cli *cli, bool grid, fp_err *err)
{
    const char *needs = cli->own[ANALYSIS] ? "--analysis" : cli->own[CSV] ? "--csv" : "--plot";
    if (!grid && (cli->own[ANALYSIS] || cli->own[CSV] || cli->plot)) {
        (void)fp_fail(err, FP_USAGE, "%s goes with --rules grid", needs);
        return fp_hint(err, FP_USAGE, "add --rules grid, or leave %s out", needs);
    }
    if (cli->own[CSV] && cli->json)
        return fp_fail(err, FP_USAGE, "choose one of --csv and --json");
    return FP_OK;
}

static fp_status run_grid(const fp_cli *cli, const fp_study *study,
                          const fp_results_options *results, fp_buf *out, bool *unusable,
                          fp_err *err)
{
    FP_BUF_SCOPED(figure, 64 * FP_MIB);
    fp_grid_options grid = {.view = cli->json       ? FP_GRID_JSON
                                    : cli->own[CSV] ? FP_GRID_CSV
                                                    : FP_GRID_TEXT,
                            .analysis = cli->own[ANALYSIS],
                            .figure = cli->plot ? &figure : NULL};
    FP_TRY(fp_run_grid(study, results, &grid, out, unusable, err));
    return cli->plot ? fp_file_write(cli->plot, fp_buf_str(&figure), err) : FP_OK;
}

static fp_status run(fp_cli *cli, fp_err *err)
{
    FP_STUDY_SCOPED(study);
    FP_BUF_SCOPED(out, 512 * FP_MIB);
    fp_results_options results = fp_cli_results(cli);
    bool unusable = false;
    static const char *const rules[] = {"plan", "grid", NULL};
    int grid = 0;
    FP_TRY(fp_cli_choice(cli, RULES, "--rules", rules, 0, &grid, err));
    FP_TRY(check(cli, grid, err));
    FP_TRY(fp_cli_study_open(cli, fp_cli_open_mode(cli, NO_STORE), "", &study, err));
    if (grid)
        FP_TRY(run_grid(cli, &study, &results, &out, &unusable, err));
    else
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
    .shared = FP_CLI_JSON | FP_CLI_LEVEL | FP_CLI_STRICT | FP_CLI_RANDOM | FP_CLI_PLOT,
    .options = options,
    .notes =
        "Each analysis with the formula as it stands in study.yaml, with the inference that "
        "the design asks for. With --rules grid the effect of one analysis under each of a grid "
        "of outcome rules, with one permutation test of them all; --plot draws the "
        "curve.\n\nExample: firstplace analyse amsterdam --json",
    .run = run,
};
