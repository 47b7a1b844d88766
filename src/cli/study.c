#include "cli/study.h"

#include <stdio.h>

fp_status fp_cli_problems(const fp_study *study, fp_status status, fp_err *err)
{
    if (status != FP_INPUT || study->problems.errors < 2)
        return status;
    for (ptrdiff_t i = 0; i < study->problems.kept; i++) {
        char line[2048];
        if (!study->problems.items[i].is_error)
            continue;
        fp_err_text(&study->problems.items[i].at, line, sizeof line);
        (void)fprintf(stderr, "firstplace: %s\n", line);
    }
    (void)fp_fail(err, FP_INPUT, "%td problems in %s", study->problems.errors, study->folder);
    return fp_hint(err, FP_INPUT, "nothing was written; mend them and try again");
}

fp_status fp_cli_study_open(const fp_cli *cli, fp_open_mode mode, const char *why, fp_study *study,
                            fp_err *err)
{
    fp_open_options options = {
        .mode = mode, .why = why, .work = {.threads = cli->threads, .progress = cli->progress}};
    fp_status status = fp_study_open(cli->arg[0], &options, cli->arena, study, err);
    return fp_cli_problems(study, status, err);
}

fp_open_mode fp_cli_open_mode(const fp_cli *cli, int own)
{
    return cli->own[own] ? FP_OPEN_NOSTORE : FP_OPEN_STORE;
}

fp_results_options fp_cli_results(const fp_cli *cli)
{
    return (fp_results_options){
        .level = cli->level, .seed = cli->seed, .threads = cli->threads, .progress = cli->progress};
}
