#include "cli/study.h"

enum { CSV, EXPLAIN, COUNTS, SENSITIVITY, OUTCOME, NO_STORE };

static const struct argp_option options[] = {
    {"csv", FP_CLI_OWN(CSV), NULL, 0, "a row a person: person,outcome,time,event,reason", 0},
    {"explain", FP_CLI_OWN(EXPLAIN), "PERSON", 0, "why, in plain words, spell by spell", 0},
    {"counts", FP_CLI_OWN(COUNTS), NULL, 0, "the repair table: rows set aside and why", 0},
    {"sensitivity", FP_CLI_OWN(SENSITIVITY), NULL, 0, "the same under other readings of the rule",
     0},
    {"outcome", FP_CLI_OWN(OUTCOME), "ID", 0, "which outcome of study.yaml (default: the first)",
     0},
    FP_CLI_NO_STORE(NO_STORE),
    {0}};

static fp_status choose(const fp_cli *cli, fp_outcomes_view *view, fp_err *err)
{
    const struct {
        int option;
        fp_outcomes_view view;
    } views[] = {{CSV, FP_OUTCOMES_CSV},
                 {EXPLAIN, FP_OUTCOMES_EXPLAIN},
                 {COUNTS, FP_OUTCOMES_COUNTS},
                 {SENSITIVITY, FP_OUTCOMES_SENSITIVITY}};
    int given = 0;
    *view = FP_OUTCOMES_SUMMARY;
    for (size_t i = 0; i < sizeof views / sizeof *views; i++)
        if (cli->own[views[i].option]) {
            *view = views[i].view;
            given++;
        }
    return given > 1
               ? fp_fail(err, FP_USAGE, "give one of --csv, --explain, --counts and --sensitivity")
               : FP_OK;
}

static fp_status run(fp_cli *cli, fp_err *err)
{
    FP_STUDY_SCOPED(study);
    FP_BUF_SCOPED(out, 4 * FP_GIB);
    fp_outcomes_view view;
    FP_TRY(choose(cli, &view, err));
    FP_TRY(fp_cli_study_open(cli, fp_cli_open_mode(cli, NO_STORE), "", &study, err));
    FP_TRY(fp_run_outcomes(&study, view, cli->own[OUTCOME], cli->own[EXPLAIN], &out, err));
    return fp_cli_print(fp_buf_str(&out), err);
}

const fp_command fp_command_outcomes = {
    .name = "outcomes",
    .summary = "derive the outcomes from the raw job spells",
    .args = "STUDY",
    .arg_least = 1,
    .arg_most = 1,
    .shared = FP_CLI_THREADS,
    .options = options,
    .notes =
        "None of this shows an arm. Without --no-store the sources are first logged in study.db, "
        "and "
        "read from there; with it a register of ten million spells takes less than a gigabyte of "
        "memory, and the folder may be read-only.\n\n"
        "Example: firstplace outcomes amsterdam --explain p004",
    .run = run,
};
