#ifndef FP_CLI_COMMON_H
#define FP_CLI_COMMON_H

#include "cli/command.h"
#include "model/common.h"
#include "model/result.h"
#include "table/table.h"

/* What the commands on a table (km, cox, ...) have in common. */

/* Read the table named by the first argument, with --na, and the shared flags as the estimators
 * take them, with the hash of the table's bytes. Errors: FP_USAGE (no --formula), FP_INPUT,
 * FP_NOMEM. */
FP_MUST_USE fp_status fp_cli_table(fp_cli *cli, const fp_table **table, fp_model_common *common,
                                   fp_err *err);
/* --plot-kind in own option i: which of `names` --plot draws, into cli->plot_kind; `otherwise`
 * where it was not given. Errors: FP_USAGE (another name, or no --plot). */
FP_MUST_USE fp_status fp_cli_plot_kind(fp_cli *cli, int i, const char *const *names, int otherwise,
                                       fp_err *err);
/* Which of `names` (NULL-terminated) the command's own option i holds; `otherwise` where it was not
 * given. Errors: FP_USAGE, with the names. */
FP_MUST_USE fp_status fp_cli_choice(const fp_cli *cli, int i, const char *option,
                                    const char *const *names, int otherwise, int *out, fp_err *err);
/* A finite number in own option i, above `above`; `otherwise` where it was not given. */
FP_MUST_USE fp_status fp_cli_number(const fp_cli *cli, int i, const char *option, double above,
                                    double otherwise, double *out, fp_err *err);
/* --allocations in own option i: a whole number from 1 to a thousand million; 0 where it was not
 * given. Errors: FP_USAGE (no such number, or no --randomised in own option `randomised`). */
FP_MUST_USE fp_status fp_cli_allocations(const fp_cli *cli, int i, int randomised, int64_t *out,
                                         fp_err *err);
/* All values of own option i, which may be repeated, in their order; in the arena of the run. */
FP_MUST_USE fp_status fp_cli_repeated(const fp_cli *cli, int i, const char *const **values,
                                      ptrdiff_t *count, fp_err *err);
/* Finite numbers in [least, most] with commas between them in own option i; count 0 where it was
 * not given. Errors: FP_USAGE (no number, out of range, more than 1000), FP_NOMEM. */
FP_MUST_USE fp_status fp_cli_numbers(const fp_cli *cli, int i, const char *option, double least,
                                     double most, const double **out, ptrdiff_t *count,
                                     fp_err *err);
/* Print the result (text or JSON), its warnings on standard error under --json, draw --plot, and
 * under --strict turn an unusable outcome into FP_OUTCOME. */
FP_MUST_USE fp_status fp_cli_result(fp_cli *cli, const fp_result *result, fp_err *err);
/* A phase of the command ends here and the next one begins: under --timings a line on standard
 * error says how long it took; name NULL only starts the clock. Never part of the result, whose
 * bytes are the same run after run. */
void fp_cli_phase(fp_cli *cli, const char *name);
/* Write to standard output. Errors: FP_IO. */
FP_MUST_USE fp_status fp_cli_print(fp_str text, fp_err *err);

#endif
