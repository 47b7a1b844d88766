/* The options of `power` that describe a trial. Each line is an option of the command, with = and
 * its value, as on the command line without the dashes. What they make is a plan whose design can
 * be derived, or one line of what is wrong with them. */
#include <math.h>
#include <string.h>

#include "cli/power.h"
#include "fuzz.h"
#include "model/power.h"

#define LIMIT (256 * FP_MIB)

static const char *const names[] = {
    [FP_POWER_OWN_DESIGN] = "design",
    [FP_POWER_OWN_ARMS] = "arms",
    [FP_POWER_OWN_FACTORS] = "factors",
    [FP_POWER_OWN_RANDOMISED] = "randomised",
    [FP_POWER_OWN_CLUSTERS] = "clusters",
    [FP_POWER_OWN_CLUSTER_SIZE] = "cluster-size",
    [FP_POWER_OWN_SIZE_CV] = "size-cv",
    [FP_POWER_OWN_PEOPLE] = "people",
    [FP_POWER_OWN_OUTCOME] = "outcome",
    [FP_POWER_OWN_HR] = "hr",
    [FP_POWER_OWN_INTERACTION_HR] = "interaction-hr",
    [FP_POWER_OWN_ODDS_RATIO] = "odds-ratio",
    [FP_POWER_OWN_RISK_RATIO] = "risk-ratio",
    [FP_POWER_OWN_RISK_DIFFERENCE] = "risk-difference",
    [FP_POWER_OWN_MEAN_DIFFERENCE] = "mean-difference",
    [FP_POWER_OWN_INTERACTION] = "interaction",
    [FP_POWER_OWN_EVENT_PROBABILITY] = "event-probability",
    [FP_POWER_OWN_SHAPE] = "shape",
    [FP_POWER_OWN_FOLLOW_UP] = "follow-up",
    [FP_POWER_OWN_ACCRUAL] = "accrual",
    [FP_POWER_OWN_DROP_OUT] = "drop-out",
    [FP_POWER_OWN_SD] = "sd",
    [FP_POWER_OWN_VARIANCE] = "variance",
    [FP_POWER_OWN_WAVES] = "waves",
    [FP_POWER_OWN_ESTIMAND] = "estimand",
    [FP_POWER_OWN_ICC] = "icc",
    [FP_POWER_OWN_K] = "k",
    [FP_POWER_OWN_FRAILTY_VARIANCE] = "frailty-variance",
    [FP_POWER_OWN_FRAILTY] = "frailty",
    [FP_POWER_OWN_ICC_BY] = "icc-by",
    [FP_POWER_OWN_ICC_BETWEEN] = "icc-between",
    [FP_POWER_OWN_PERSON_CORRELATION] = "person-correlation",
    [FP_POWER_OWN_ANALYSES] = "analyses",
    [FP_POWER_OWN_EFFECTS] = "effects",
    [FP_POWER_OWN_ALPHA] = "alpha",
    [FP_POWER_OWN_COVARIATE] = "covariate",
    [FP_POWER_OWN_LEVELS] = "levels",
};

static void read_line(fp_cli *cli, char *line)
{
    char *value = strchr(line, '=');
    if (value)
        *value++ = '\0';
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i] && strcmp(names[i], line) == 0) {
            cli->own[i] = value ? value : "";
            if (cli->given_count < FP_CLI_GIVEN_MAX) {
                cli->given[cli->given_count].own = (int)i;
                cli->given[cli->given_count++].text = cli->own[i];
            }
        }
}

static void check_error(fp_status status, const fp_err *err)
{
    FUZZ_CHECK(status == FP_USAGE || status == FP_INPUT || status == FP_NOMEM);
    FUZZ_CHECK(err->message[0] && !strchr(err->message, '\n') && !strchr(err->hint, '\n'));
    FUZZ_CHECK(fp_str_utf8(fp_str_of(err->message)) && fp_str_utf8(fp_str_of(err->hint)));
}

/* A few trials of a plan that is small enough. */
static void simulate(const fp_power_plan *plan, fp_arena *arena)
{
    fp_power_options options = fp_power_defaults();
    fp_power_answer answer;
    fp_err err = {0};
    options.trials = 3;
    if (plan->clusters > 40 || plan->people > 200 || plan->cluster_size > 20)
        return;
    fp_status status = fp_model_power(plan, &options, 0.8, NULL, arena, &answer, &err);
    if (status != FP_OK) {
        check_error(status, &err);
        return;
    }
    for (ptrdiff_t i = 0; i < answer.row_count; i++)
        FUZZ_CHECK(answer.rows[i].power.share >= 0 && answer.rows[i].power.share <= 1);
    FP_BUF_SCOPED(text, 16 * FP_MIB);
    FUZZ_CHECK(fp_power_text(&answer, &text, &err) == FP_OK && text.n > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fp_arena *arena = fp_arena_create(LIMIT);
    FUZZ_CHECK(arena);
    fp_cli cli = {.level = 0.95, .threads = 1, .arena = arena};
    char *rest = fp_arena_strndup(arena, size ? (const char *)data : "", size, NULL), *line;
    fp_power_plan plan;
    fp_err err = {0};
    FUZZ_CHECK(rest);
    while ((line = strsep(&rest, "\n")) != NULL)
        read_line(&cli, line);
    fp_status status = fp_cli_power_plan(&cli, &plan, &err);
    if (status == FP_OK)
        simulate(&plan, arena);
    else
        check_error(status, &err);
    fp_arena_destroy(arena);
    return 0;
}
