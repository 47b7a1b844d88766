#ifndef FP_CLI_MANUAL_H
#define FP_CLI_MANUAL_H

#include "base/str.h"
#include "cli/command.h"

/* Pages that are written from the table of commands, so that they cannot fall behind it. Each is
 * appended to `out`; commands and their options come in the order of the table.
 * Errors: FP_NOMEM. Cost: linear in the table. Thread-safe: yes. */

/* The manual page, firstplace(1), in the man macros of roff. The Example: paragraphs of the notes
 * are gathered under EXAMPLES. */
FP_MUST_USE fp_status fp_cli_manual(const fp_command *const *commands, ptrdiff_t count,
                                    fp_arena *arena, fp_buf *out, fp_err *err);

/* A script that completes commands, options, choices ("a|b" in an option's argument), files and
 * folders in bash 4 or later, without the library of bash-completion. */
FP_MUST_USE fp_status fp_cli_completion(const fp_command *const *commands, ptrdiff_t count,
                                        fp_arena *arena, fp_buf *out, fp_err *err);

#endif
