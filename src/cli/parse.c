#include "cli/parse.h"

#include <stdio.h>
#include <string.h>

#include "base/nearest.h"
#include "base/num.h"
#include "table/table.h"

enum {
    KEY_FORMULA = 0x100,
    KEY_NA,
    KEY_ENCODING,
    KEY_LEVEL,
    KEY_WEIGHTS,
    KEY_CLUSTER,
    KEY_ID,
    KEY_STRICT,
    KEY_SEED,
    KEY_THREADS,
    KEY_PLOT,
    KEY_JSON,
    KEY_QUIET,
    KEY_TIMINGS,
};

/* The flags that commands share, and with which set each goes (0 = every command). */
static const struct {
    unsigned with;
    struct argp_option option;
} shared[] = {
    {FP_CLI_MODEL,
     {"formula", KEY_FORMULA, "FORMULA", 0, "the model, as in R: \"Surv(time, event) ~ age + arm\"",
      1}},
    {FP_CLI_MODEL, {"weights", KEY_WEIGHTS, "COLUMN", 0, "case weights, above 0", 2}},
    {FP_CLI_MODEL, {"cluster", KEY_CLUSTER, "COLUMN", 0, "as cluster(COLUMN) in the formula", 2}},
    {FP_CLI_PERSONS,
     {"id", KEY_ID, "COLUMN", 0,
      "tells persons apart where they have several rows: their times may not overlap", 2}},
    {FP_CLI_IDS,
     {"id", KEY_ID, "COLUMN", 0,
      "whose rows depend on each other: the measurements of a person, the people of a coach", 2}},
    {FP_CLI_LEVEL,
     {"level", KEY_LEVEL, "LEVEL", 0, "coverage of the intervals, between 0 and 1 (default 0.95)",
      2}},
    {FP_CLI_MODEL,
     {"na", KEY_NA, "TEXT", 0,
      "a further text that means missing (empty, NA and . always do); may be repeated", 3}},
    {FP_CLI_MODEL,
     {"encoding", KEY_ENCODING, "utf-8|windows-1252", 0,
      "of the file (default: UTF-8, and where it is none Windows-1252, with a warning)", 3}},
    {FP_CLI_STRICT,
     {"strict", KEY_STRICT, NULL, 0,
      "exit with 4 when there is no usable estimate: no events, separated, not converged", 4}},
    {FP_CLI_RANDOM,
     {"seed", KEY_SEED, "NUMBER", 0,
      "of the random streams, where something is sampled (default 1)", 4}},
    {FP_CLI_RANDOM | FP_CLI_THREADS,
     {"threads", KEY_THREADS, "NUMBER", 0,
      "threads to use (default: all); the numbers do not depend on it", 4}},
    {FP_CLI_PLOT, {"plot", KEY_PLOT, "FILE.svg", 0, "draw the result into a file", 5}},
    {FP_CLI_JSON, {"json", KEY_JSON, NULL, 0, "print one JSON object", 5}},
    {0, {"quiet", KEY_QUIET, NULL, 0, "keep warnings from standard error", 5}},
    {FP_CLI_MODEL,
     {"timings", KEY_TIMINGS, NULL, 0,
      "tell on standard error how long reading, estimating and output took", 5}},
};

/* Options that argp adds by itself. */
static const char *const of_argp[] = {"help", "usage", "version", NULL};

/* ---- nearest name ---- */

const char *fp_cli_nearest(const char *name, const char *const *names)
{
    ptrdiff_t count = 0;
    while (names[count])
        count++;
    return fp_nearest(name, names, count);
}

/* ---- one list of options a command ---- */

fp_status fp_cli_options(const fp_command *command, fp_arena *arena, const struct argp_option **out,
                         fp_err *err)
{
    ptrdiff_t own = 0, n = 0;
    while (command->options && command->options[own].name)
        own++;
    struct argp_option *list;
    FP_ARRAY(list, arena, own + (ptrdiff_t)(sizeof shared / sizeof *shared) + 1, err);
    for (size_t i = 0; i < sizeof shared / sizeof *shared; i++)
        if (!shared[i].with || (shared[i].with & command->shared))
            list[n++] = shared[i].option;
    for (ptrdiff_t i = 0; i < own; i++) {
        list[n] = command->options[i];
        list[n++].group = 1;
    }
    *out = list;
    return FP_OK;
}

/* ---- a look over the words before argp sees them: its own messages are of several lines ---- */

static fp_status unknown_option(const char *name, const struct argp_option *options, fp_err *err)
{
    const char *names[FP_CLI_OWN_MAX + 32];
    size_t n = 0;
    for (; options[n].name; n++)
        names[n] = options[n].name;
    for (size_t i = 0; of_argp[i]; i++)
        names[n++] = of_argp[i];
    names[n] = NULL;
    const char *near = fp_cli_nearest(name, names);
    (void)fp_fail(err, FP_USAGE, "unknown option --%s", name);
    if (near)
        return fp_hint(err, FP_USAGE, "did you mean --%s?", near);
    return fp_hint(err, FP_USAGE, "--help lists the options");
}

/* The option of that name, or the only one that begins with it. */
static fp_status find_option(const char *name, const struct argp_option *options,
                             const struct argp_option **out, fp_err *err)
{
    static const struct argp_option plain = {.name = "help"};
    const struct argp_option *found = NULL;
    int matches = 0;
    for (size_t i = 0; options[i].name; i++) {
        if (strcmp(options[i].name, name) == 0) {
            *out = &options[i];
            return FP_OK;
        }
        if (strncmp(options[i].name, name, strlen(name)) == 0) {
            found = &options[i];
            matches++;
        }
    }
    for (size_t i = 0; of_argp[i]; i++)
        if (strncmp(of_argp[i], name, strlen(name)) == 0) {
            found = &plain;
            matches++;
        }
    if (matches == 0)
        return unknown_option(name, options, err);
    if (matches > 1)
        return fp_fail(err, FP_USAGE, "option --%s is ambiguous", name);
    *out = found;
    return FP_OK;
}

static fp_status check_long(const char *word, bool last, const struct argp_option *options,
                            bool *skip, fp_err *err)
{
    char name[256];
    size_t n = strcspn(word, "=");
    if (n >= sizeof name)
        return fp_fail(err, FP_USAGE, "unknown option --%.60s...", word);
    memcpy(name, word, n);
    name[n] = '\0';
    const struct argp_option *option = NULL;
    FP_TRY(find_option(name, options, &option, err));
    if (!option->arg && word[n])
        return fp_fail(err, FP_USAGE, "option --%s takes no value", name);
    if (option->arg && !word[n] && last)
        return fp_fail(err, FP_USAGE, "option --%s needs a value: --%s %s", option->name,
                       option->name, option->arg);
    *skip = option->arg && !word[n];
    return FP_OK;
}

static fp_status check_words(int argc, char **argv, const struct argp_option *options, fp_err *err)
{
    for (int i = 1; i < argc; i++) {
        const char *word = argv[i];
        bool skip = false;
        if (strcmp(word, "--") == 0)
            return FP_OK;
        if (strncmp(word, "--", 2) == 0)
            FP_TRY(check_long(word + 2, i + 1 == argc, options, &skip, err));
        else if (word[0] == '-' && word[1] && strcmp(word, "-?") != 0) {
            (void)fp_fail(err, FP_USAGE, "unknown option %s", word);
            return fp_hint(err, FP_USAGE, "--help lists the options");
        }
        i += skip;
    }
    return FP_OK;
}

/* ---- values ---- */

typedef struct {
    const fp_command *command;
    fp_cli *cli;
    fp_err *err;
    fp_status status;
} parsing;

static fp_status set_level(fp_cli *cli, const char *text, fp_err *err)
{
    double level;
    if (fp_num_parse(fp_str_of(text), '.', &level) && level > 0 && level < 1) {
        cli->level = level;
        return FP_OK;
    }
    (void)fp_fail(err, FP_USAGE, "--level is between 0 and 1, not \"%s\"", text);
    return fp_hint(err, FP_USAGE, "0.95 gives 95%% intervals");
}

static fp_status set_whole(const char *option, const char *text, int64_t most, int64_t *out,
                           fp_err *err)
{
    if (fp_int_parse(fp_str_of(text), 0, most, out))
        return FP_OK;
    return fp_fail(err, FP_USAGE, "%s is a whole number from 0 to %lld, not \"%s\"", option,
                   (long long)most, text);
}

static fp_status set_na(fp_cli *cli, const char *text, fp_err *err)
{
    if (cli->na_count == FP_CLI_NA_MAX)
        return fp_fail(err, FP_USAGE, "--na at most %d times", FP_CLI_NA_MAX);
    cli->na[cli->na_count++] = text;
    return FP_OK;
}

static fp_status set_plot(fp_cli *cli, const char *text, fp_err *err)
{
    size_t n = strlen(text);
    cli->plot = text;
    if (n > 4 && strcmp(text + n - 4, ".svg") == 0)
        return FP_OK;
    return fp_fail(err, FP_USAGE, "--plot draws SVG: the name of its file ends in .svg, not \"%s\"",
                   text);
}

static fp_status set_encoding(fp_cli *cli, const char *text, fp_err *err)
{
    bool windows = strcmp(text, "windows-1252") == 0;
    if (!windows && strcmp(text, "utf-8") != 0)
        return fp_fail(err, FP_USAGE, "--encoding is one of utf-8, windows-1252, not \"%s\"", text);
    cli->encoding = windows ? FP_ENCODING_WINDOWS_1252 : FP_ENCODING_UTF8;
    return FP_OK;
}

static fp_status set_shared(fp_cli *cli, int key, const char *text, fp_err *err)
{
    int64_t whole = 0;
    switch (key) {
    case KEY_FORMULA:
        cli->formula = text;
        return FP_OK;
    case KEY_NA:
        return set_na(cli, text, err);
    case KEY_LEVEL:
        return set_level(cli, text, err);
    case KEY_WEIGHTS:
        cli->weights = text;
        return FP_OK;
    case KEY_CLUSTER:
        cli->cluster = text;
        return FP_OK;
    case KEY_SEED:
        FP_TRY(set_whole("--seed", text, INT64_MAX, &whole, err));
        cli->seed = (uint64_t)whole;
        return FP_OK;
    case KEY_THREADS:
        FP_TRY(set_whole("--threads", text, 256, &whole, err));
        cli->threads = (int)whole;
        return FP_OK;
    case KEY_ENCODING:
        return set_encoding(cli, text, err);
    case KEY_ID:
        cli->id = text;
        return FP_OK;
    case KEY_PLOT:
        return set_plot(cli, text, err);
    case KEY_STRICT:
        cli->strict = true;
        return FP_OK;
    case KEY_JSON:
        cli->json = true;
        return FP_OK;
    case KEY_TIMINGS:
        cli->timings = true;
        return FP_OK;
    default:
        cli->quiet = true;
        return FP_OK;
    }
}

static fp_status add_arg(parsing *p, const char *text)
{
    if (p->cli->arg_count >= p->command->arg_most) {
        (void)fp_fail(p->err, FP_USAGE, "unexpected argument \"%s\"", text);
        return fp_hint(p->err, FP_USAGE, "usage: firstplace %s %s [options]", p->command->name,
                       p->command->args);
    }
    if (!text[0]) { /* an unset variable in a script: "" would be the root of the file system */
        (void)fp_fail(p->err, FP_USAGE, "an argument is empty");
        return fp_hint(p->err, FP_USAGE, "usage: firstplace %s %s [options]", p->command->name,
                       p->command->args);
    }
    p->cli->arg[p->cli->arg_count++] = text;
    return FP_OK;
}

static fp_status set_own(fp_cli *cli, int own, const char *text, fp_err *err)
{
    if (cli->given_count == FP_CLI_GIVEN_MAX)
        return fp_fail(err, FP_USAGE, "more than %d options", FP_CLI_GIVEN_MAX);
    cli->own[own] = text ? text : "";
    cli->given[cli->given_count].own = own;
    cli->given[cli->given_count++].text = cli->own[own];
    return FP_OK;
}

static error_t on_key(int key, char *text, struct argp_state *state)
{
    parsing *p = state->input;
    if (key == ARGP_KEY_ARG)
        p->status = add_arg(p, text);
    else if (key >= FP_CLI_OWN(0) && key < FP_CLI_OWN(FP_CLI_OWN_MAX))
        p->status = set_own(p->cli, key - FP_CLI_OWN(0), text, p->err);
    else if (key >= KEY_FORMULA && key <= KEY_TIMINGS)
        p->status = set_shared(p->cli, key, text, p->err);
    else
        return ARGP_ERR_UNKNOWN;
    return p->status == FP_OK ? 0 : EINVAL;
}

fp_status fp_cli_parse(const fp_command *command, int argc, char **argv, fp_cli *cli, fp_err *err)
{
    const struct argp_option *options;
    parsing p = {command, cli, err, FP_OK};
    FP_TRY(fp_cli_options(command, cli->arena, &options, err));
    FP_TRY(check_words(argc, argv, options, err));
    const struct argp argp = {.options = options, .parser = on_key, .args_doc = command->args};
    error_t failed = argp_parse(&argp, argc, argv, 0, NULL, &p);
    if (p.status != FP_OK)
        return p.status;
    if (failed)
        return fp_fail(err, FP_USAGE, "these options cannot be read: %s", strerror(failed));
    if (cli->arg_count < command->arg_least) {
        (void)fp_fail(err, FP_USAGE, "%s is missing", command->args);
        return fp_hint(err, FP_USAGE, "usage: firstplace %s %s [options]", command->name,
                       command->args);
    }
    return FP_OK;
}
