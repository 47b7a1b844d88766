/* firstplace: the command line. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/common.h"
#include "cli/help.h"
#include "cli/manual.h"
#include "cli/parse.h"

/* Every command, in the order of the help. A new one is a row here and a file cmd_NAME.c. */
static const fp_command *const commands[] = {
    &fp_command_km,        &fp_command_cif,    &fp_command_cox,     &fp_command_finegray,
    &fp_command_glm,       &fp_command_gee,    &fp_command_lmm,     &fp_command_power,
    &fp_command_randomise, &fp_command_new,    &fp_command_check,   &fp_command_import,
    &fp_command_outcomes,  &fp_command_lock,   &fp_command_analyse, &fp_command_report,
    &fp_command_trace,     &fp_command_verify, &fp_command_backup,  &fp_command_restore,
    &fp_command_serve,     &fp_command_key,
};
enum { COMMANDS = sizeof commands / sizeof *commands };

#define VERSION_LINE "firstplace " FP_VERSION

static const fp_command *find(const char *name)
{
    for (size_t i = 0; i < COMMANDS; i++)
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    return NULL;
}

static void print_commands(FILE *out)
{
    (void)fprintf(out, "firstplace runs and evaluates supported-employment programmes.\n\n"
                       "usage: firstplace COMMAND ... [options]\n\n");
    for (size_t i = 0; i < COMMANDS; i++)
        (void)fprintf(out, "  %-9s %s\n", commands[i]->name, commands[i]->summary);
    (void)fprintf(out, "  %-9s %s\n", "help", "this list, or the options of a command");
    (void)fprintf(out, "\nfirstplace COMMAND --help tells the options of a command,\n"
                       "firstplace help --man prints the manual.\n"
                       "Exit codes: 0 done, 1 a check said no, 2 wrong use, 3 bad input,\n"
                       "4 no usable estimate under --strict, 5 internal error.\n");
}

static fp_status unknown_command(const char *name, fp_err *err)
{
    const char *names[COMMANDS + 2];
    for (size_t i = 0; i < COMMANDS; i++)
        names[i] = commands[i]->name;
    names[COMMANDS] = "help";
    names[COMMANDS + 1] = NULL;
    const char *near = fp_cli_nearest(name, names);
    (void)fp_fail(err, FP_USAGE, "unknown command \"%.100s\"", name);
    if (near)
        return fp_hint(err, FP_USAGE, "did you mean %s? firstplace help lists the commands", near);
    return fp_hint(err, FP_USAGE, "firstplace help lists the commands");
}

/* A page made from the table: the manual or the completion. */
static fp_status print_page(fp_status (*page)(const fp_command *const *, ptrdiff_t, fp_arena *,
                                              fp_buf *, fp_err *),
                            fp_arena *arena, fp_err *err)
{
    FP_BUF_SCOPED(out, FP_MIB);
    FP_TRY(page(commands, COMMANDS, arena, &out, err));
    return fp_cli_print(fp_buf_str(&out), err);
}

static fp_status help(int argc, char **argv, fp_arena *arena, fp_err *err)
{
    if (argc < 3) {
        print_commands(stdout);
        return FP_OK;
    }
    if (strcmp(argv[2], "--man") == 0)
        return print_page(fp_cli_manual, arena, err);
    if (strcmp(argv[2], "--completion") == 0)
        return print_page(fp_cli_completion, arena, err);
    if (strcmp(argv[2], "help") == 0 || strcmp(argv[2], "--help") == 0) {
        print_commands(stdout);
        return FP_OK;
    }
    const fp_command *command = find(argv[2]);
    return command ? fp_cli_help(command, arena, err) : unknown_command(argv[2], err);
}

static fp_status run_command(const fp_command *command, int argc, char **argv, fp_arena *arena,
                             fp_err *err)
{
    fp_cli cli = {.level = 0.95, .seed = 1, .arena = arena};
    if (fp_cli_asks_help(argc - 1, argv + 1))
        return fp_cli_help(command, arena, err);
    char *name = fp_arena_printf(arena, err, "firstplace %s", command->name);
    if (!name)
        return FP_NOMEM;
    argv[1] = name;
    FP_TRY(fp_cli_parse(command, argc - 1, argv + 1, &cli, err));
    fp_cli_phase(&cli, NULL);
    __attribute__((cleanup(fp_progress_cleanup))) fp_progress *progress =
        cli.quiet ? NULL : fp_progress_open(STDERR_FILENO, FP_PROGRESS_DELAY);
    cli.progress = progress;
    return command->run(&cli, err);
}

static fp_status run(int argc, char **argv, fp_err *err)
{
    FP_ARENA_SCOPED(arena, 64 * FP_GIB, err);
    const char *first = argc > 1 ? argv[1] : NULL;
    if (!first) {
        (void)fp_fail(err, FP_USAGE, "a command is missing");
        return fp_hint(err, FP_USAGE, "firstplace help lists the commands");
    }
    if (strcmp(first, "--version") == 0) {
        (void)puts(VERSION_LINE);
        return FP_OK;
    }
    if (strcmp(first, "help") == 0 || strcmp(first, "--help") == 0 || strcmp(first, "-h") == 0 ||
        strcmp(first, "-?") == 0)
        return help(argc, argv, arena, err);
    const fp_command *command = find(first);
    return command ? run_command(command, argc, argv, arena, err) : unknown_command(first, err);
}

int main(int argc, char **argv)
{
    fp_err err = {0};
    argp_program_version = VERSION_LINE;
    argp_err_exit_status = fp_status_exit(FP_USAGE);
    fp_status status = run(argc, argv, &err);
    /* what was printed without fp_cli_print() can fail at the last moment: a full disk */
    if (status == FP_OK && (fflush(stdout) != 0 || ferror(stdout)))
        status = fp_fail(&err, FP_IO, "standard output cannot be written");
    if (status == FP_OK)
        return 0;
    /* A place in a formula: its message names the character already. */
    if (!err.file[0] && !err.line)
        err.column = 0;
    char line[2048];
    fp_err_text(&err, line, sizeof line);
    (void)fprintf(stderr, "firstplace: %s\n", line);
    return fp_status_exit(status);
}
