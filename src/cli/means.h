#ifndef FP_CLI_MEANS_H
#define FP_CLI_MEANS_H

#include "cli/common.h"
#include "model/means.h"

/* What the regressions on a mean (glm, gee, lmm) share: estimated means. */

/* Rows of the table of options, own options i to i + 2. */
#define FP_CLI_MEANS(i)                                                                            \
    {"means",                                                                                      \
     FP_CLI_OWN(i),                                                                                \
     "FACTORS",                                                                                    \
     0,                                                                                            \
     "estimated means and their differences: \"arm | wave\", \"ips * pa | wave\"",                 \
     0},                                                                                           \
        {"compare",                                                                                \
         FP_CLI_OWN((i) + 1),                                                                      \
         "WHAT",                                                                                   \
         0,                                                                                        \
         "of the means: differences (default), changes from the first level right of |, trends; "  \
         "several with commas",                                                                    \
         0},                                                                                       \
    {                                                                                              \
        "means-weights", FP_CLI_OWN((i) + 2), "equal|observed", 0,                                 \
            "how the means are averaged over factors that are not named (default equal)", 0        \
    }
/* Where means are all that --plot draws: own option i. */
#define FP_CLI_MEANS_PLOT(i)                                                                       \
    {                                                                                              \
        "plot-kind", FP_CLI_OWN(i), "means", 0, "what --plot draws: the estimated means", 0        \
    }

/* The request in them. Errors: FP_USAGE (a word that is none, --compare without --means). */
FP_MUST_USE fp_status fp_cli_means(const fp_cli *cli, int i, fp_means_request *request,
                                   fp_err *err);
/* --plot-kind of FP_CLI_MEANS_PLOT. Errors: FP_USAGE (--plot without --means). */
FP_MUST_USE fp_status fp_cli_means_plot(fp_cli *cli, int i, const fp_means_request *request,
                                        fp_err *err);

#endif
