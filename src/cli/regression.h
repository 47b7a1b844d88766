#ifndef FP_CLI_REGRESSION_H
#define FP_CLI_REGRESSION_H

#include "cli/common.h"
#include "model/result.h"

/* What the regressions on a mean (glm, gee, lmm) share: contrasts and standardised means. */

/* Rows of the table of options. */
#define FP_CLI_STANDARDISE(i)                                                                      \
    {                                                                                              \
        "standardise", FP_CLI_OWN(i), "TERM", 0,                                                   \
            "means or risks at each level of TERM over all rows, with differences and ratios; "    \
            "may be "                                                                              \
            "repeated",                                                                            \
            0                                                                                      \
    }
#define FP_CLI_CONTRAST(i)                                                                         \
    {                                                                                              \
        "contrast", FP_CLI_OWN(i), "EXPRESSION", 0,                                                \
            "a sum of coefficients with its interval and test: \"2*a - b\"; may be repeated", 0    \
    }

/* Add to the result what the two options ask for. in  standardise  own option, -1 = none.
 * Errors: fp_standardised_add, fp_contrasts_add. */
FP_MUST_USE fp_status fp_cli_regression_add(const fp_cli *cli, int standardise, int contrast,
                                            const fp_table *table, const fp_model_common *common,
                                            fp_result *result, fp_err *err);

#endif
