#ifndef FP_CLI_STUDY_H
#define FP_CLI_STUDY_H

#include "cli/common.h"
#include "run/run.h"

/* What the commands on a study folder have in common. */

/* Open the study named by the first argument; every problem is one line on standard error. To be
 * closed with fp_study_close whatever the outcome. */
FP_MUST_USE fp_status fp_cli_study_open(const fp_cli *cli, fp_open_mode mode, const char *why,
                                        fp_study *study, fp_err *err);
/* The option --no-store of the commands that only read, as own option `own`, and the mode that it
 * means. */
#define FP_CLI_NO_STORE(own)                                                                       \
    {                                                                                              \
        "no-store", FP_CLI_OWN(own), NULL, 0,                                                      \
            "read the source files as they are; neither make nor change study.db", 0               \
    }
fp_open_mode fp_cli_open_mode(const fp_cli *cli, int own);
/* The same list for a study that a verb opened itself: returns `status`, with `err` a summing-up
 * where there was more than one problem. */
fp_status fp_cli_problems(const fp_study *study, fp_status status, fp_err *err);
/* The options of a computation from the shared flags. */
fp_results_options fp_cli_results(const fp_cli *cli);

/* Declare a study that is closed at the end of the scope. */
#define FP_STUDY_SCOPED(name) __attribute__((cleanup(fp_study_close))) fp_study name = {0}

#endif
