#ifndef FP_CLI_HELP_H
#define FP_CLI_HELP_H

#include "cli/command.h"

/* Whether --help or -? is among the words, as in `firstplace cox --help`. */
bool fp_cli_asks_help(int argc, char **argv);
/* Print the help of a command on standard output. Errors: FP_IO, FP_NOMEM. */
FP_MUST_USE fp_status fp_cli_help(const fp_command *command, fp_arena *arena, fp_err *err);

#endif
