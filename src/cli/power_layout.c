/* The arms of a trial: --design, --arms, --levels, --factors and --randomised. */
#include <math.h>
#include <string.h>

#include "cli/power.h"

static fp_status read_levels(fp_cli *cli, fp_power_plan *plan, fp_err *err)
{
    const double *number;
    ptrdiff_t count;
    FP_TRY(fp_cli_numbers(cli, FP_POWER_OWN_LEVELS, "--levels", 2, FP_POWER_ARMS, &number, &count,
                          err));
    if (count && !plan->factorial)
        return fp_fail(err, FP_USAGE, "--levels goes with --design factorial; parallel has --arms");
    if (count == 1 || count > FP_POWER_FACTORS)
        return fp_fail(err, FP_USAGE,
                       "--levels is of two or three factors, as 2,2,2 or 3,2, not \"%s\"",
                       cli->own[FP_POWER_OWN_LEVELS]);
    if (!count)
        return FP_OK;
    plan->arms = 1;
    for (ptrdiff_t f = 0; f < count; f++) {
        if (rint(number[f]) != number[f])
            return fp_fail(err, FP_USAGE, "a factor has a whole number of levels, not %g",
                           number[f]);
        plan->levels[f] = (int32_t)number[f];
        plan->arms *= plan->levels[f];
    }
    if (plan->arms > FP_POWER_ARMS)
        return fp_fail(err, FP_USAGE, "--levels %s makes %d arms; at most %d",
                       cli->own[FP_POWER_OWN_LEVELS], (int)plan->arms, FP_POWER_ARMS);
    return FP_OK;
}

/* One name a factor, or that of what differs between parallel arms. */
static fp_status read_names(fp_cli *cli, fp_power_plan *plan, fp_err *err)
{
    static const char *const wanted[] = {"", "one name", "two names with a comma between",
                                         "three names with commas between"};
    int32_t count = fp_power_plan_factors(plan), found = 0;
    const char *given = cli->own[FP_POWER_OWN_FACTORS];
    if (!given)
        return FP_OK;
    char *at = fp_arena_strdup(cli->arena, given, err);
    if (!at)
        return FP_NOMEM;
    bool good = strlen(given) <= 24;
    while (at && good) {
        char *comma = strchr(at, ',');
        if (comma)
            *comma = '\0';
        good = *at != '\0' && found < count;
        if (good)
            plan->factor[found++] = at;
        at = comma ? comma + 1 : NULL;
    }
    if (good && found == count)
        return FP_OK;
    return fp_fail(err, FP_USAGE, "--factors is %s, at most 24 characters in all, not \"%s\"",
                   wanted[count], given);
}

fp_status fp_cli_power_layout(fp_cli *cli, fp_power_plan *plan, fp_err *err)
{
    static const char *const designs[] = {"factorial", "parallel", NULL};
    static const char *const units[] = {"clusters", "people", NULL};
    int design, unit;
    int64_t arms = 2;
    FP_TRY(fp_cli_choice(cli, FP_POWER_OWN_DESIGN, "--design", designs, 0, &design, err));
    FP_TRY(fp_cli_choice(cli, FP_POWER_OWN_RANDOMISED, "--randomised", units, 0, &unit, err));
    FP_TRY(fp_cli_power_count(cli, FP_POWER_OWN_ARMS, "--arms", FP_POWER_ARMS, &arms, err));
    plan->factorial = design == 0;
    plan->individual = unit == 1;
    if (plan->factorial && cli->own[FP_POWER_OWN_ARMS])
        return fp_fail(err, FP_USAGE, "--arms goes with --design parallel: two factors have four");
    if (!plan->factorial && arms < 2)
        return fp_fail(err, FP_USAGE, "a trial has at least 2 arms");
    plan->arms = plan->factorial ? 4 : (int32_t)arms;
    if (!plan->factorial)
        plan->factor[0] = "arm";
    FP_TRY(read_levels(cli, plan, err));
    return read_names(cli, plan, err);
}
