#ifndef FP_CLI_PARSE_H
#define FP_CLI_PARSE_H

#include "cli/command.h"

/* Parse what follows the name of a command. argv[0] is shown as the program in --usage, which, like
 * --version, prints and exits with 0.
 * Errors: FP_USAGE (unknown option, with the nearest one; missing or senseless value; too few or
 *         too many arguments), FP_NOMEM. */
FP_MUST_USE fp_status fp_cli_parse(const fp_command *command, int argc, char **argv, fp_cli *cli,
                                   fp_err *err);
/* Every option of a command, the shared ones that it takes included; ends with {0}. In the arena.
 * Errors: FP_NOMEM. */
FP_MUST_USE fp_status fp_cli_options(const fp_command *command, fp_arena *arena,
                                     const struct argp_option **out, fp_err *err);
/* The one of `names` (NULL-terminated) that is nearest to `name`, NULL where none is near. */
const char *fp_cli_nearest(const char *name, const char *const *names);

#endif
