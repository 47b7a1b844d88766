/* --covariate: what people bring along in a simulated survival trial. */
#include <math.h>
#include <string.h>

#include "base/num.h"
#include "cli/power.h"

/* NAME:HR, of a standard normal one by standard deviation; NAME:HR:SHARE, of a 0/1 one. */
static fp_status read_one(fp_cli *cli, const char *text, fp_power_covariate *out, fp_err *err)
{
    double ratio = 0, share = 0;
    char *name = fp_arena_strdup(cli->arena, text, err);
    if (!name)
        return FP_NOMEM;
    char *first = strchr(name, ':'), *second = first ? strchr(first + 1, ':') : NULL;
    bool good = first && first > name && strlen(name) < FP_POWER_NAME;
    if (good) {
        *first++ = '\0';
        if (second)
            *second++ = '\0';
        good = fp_num_parse(fp_str_of(first), '.', &ratio) && ratio > 0 &&
               (!second || (fp_num_parse(fp_str_of(second), '.', &share) && share > 0));
    }
    if (!good) {
        (void)fp_fail(err, FP_USAGE, "--covariate is NAME:HR or NAME:HR:SHARE, not \"%s\"", text);
        return fp_hint(
            err, FP_USAGE,
            "age:1.5 (normal, the ratio of one standard deviation) or woman:0.8:0.5 (0/1, "
            "half of the people with it)");
    }
    *out = (fp_power_covariate){name, log(ratio), share};
    return FP_OK;
}

fp_status fp_cli_power_covariates(fp_cli *cli, fp_power_plan *plan, fp_err *err)
{
    const char *const *text;
    ptrdiff_t count;
    FP_TRY(fp_cli_repeated(cli, FP_POWER_OWN_COVARIATE, &text, &count, err));
    if (count > FP_POWER_COVARIATES)
        return fp_fail(err, FP_USAGE, "--covariate was given %td times; at most %d", count,
                       FP_POWER_COVARIATES);
    for (ptrdiff_t c = 0; c < count; c++) {
        FP_TRY(read_one(cli, text[c], &plan->covariate[c], err));
        for (ptrdiff_t other = 0; other < c; other++)
            if (strcmp(plan->covariate[c].name, plan->covariate[other].name) == 0)
                return fp_fail(err, FP_USAGE, "two covariates are called %s",
                               plan->covariate[c].name);
    }
    plan->covariates = (int32_t)count;
    return FP_OK;
}
