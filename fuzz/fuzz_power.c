/* The options of `power` that describe a trial. Each line is an option of the command, with = and
 * its value, as on the command line without the dashes. What they make is a plan whose design can
 * be derived, or one line of what is wrong with them. */
#include <math.h>
#include <string.h>

#include "cli/command.h"
#include "cli/power.h"
#include "fuzz.h"
#include "model/power.h"

#define LIMIT (256 * FP_MIB)

static void give(fp_cli *cli, int own, const char *value)
{
    if (own < 0 || own >= FP_CLI_OWN_MAX || own == FP_POWER_OWN_SURVIVAL) /* that reads a file */
        return;
    cli->own[own] = value;
    if (cli->given_count < FP_CLI_GIVEN_MAX) {
        cli->given[cli->given_count].own = own;
        cli->given[cli->given_count++].text = value;
    }
}

static void read_line(fp_cli *cli, char *line)
{
    char *value = strchr(line, '=');
    if (value)
        *value++ = '\0';
    for (int i = 0; fp_command_power.options[i].name; i++)
        if (strcmp(fp_command_power.options[i].name, line) == 0)
            give(cli, fp_command_power.options[i].key - FP_CLI_OWN(0), value ? value : "");
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
