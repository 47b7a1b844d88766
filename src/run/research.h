#ifndef FP_RUN_RESEARCH_H
#define FP_RUN_RESEARCH_H

#include "run/run.h"
#include "store/pseudonym.h"

/* The data of a study as research may see them: a row a person, under a keyed pseudonym and in the
 * order of the pseudonyms; no name, no study id, no date, no coach's id. Columns: person, coach
 * (where the design has coaches), arm (where it has arms), the columns of the people source but
 * factors and the coach, and for each outcome OUTCOME_time, OUTCOME_event, OUTCOME_reason. Whoever
 * withdrew with the rule "remove" is left out. Until the arms are unlocked they are called A, B,
 * C, ... in the order of their pseudonyms, which tells nothing. */
typedef struct {
    const char *label; /* "A", or the arm's own key */
    ptrdiff_t people, coaches;
} fp_research_arm;

typedef struct {
    ptrdiff_t column_count, row_count, arm_count;
    const char *const *columns;
    const char *const *const *rows; /* [row][column]; "" = missing */
    const fp_research_arm *arms;    /* in the order of their labels */
    ptrdiff_t removed;              /* people left out */
    bool registered;                /* rows of the log; false: of the files, nothing is imported */
    fp_unlocking unlocking;
} fp_research;

/* Read it. The pseudonyms must have a key (fp_pseudonyms_make).
 * in   ledger  to read; only the rows of the log are used where it has them. It is shut
 *              (fp_vault_shut) from here on: the caller opens it again once research is done with
 * it out  research  in `arena` Errors: FP_INPUT (no key of pseudonyms; study.yaml or a source with
 * errors), FP_CHECK, FP_NOMEM. Cost: that of deriving every outcome. */
FP_MUST_USE fp_status fp_run_research(const char *folder, fp_ledger *ledger, const fp_vault *vault,
                                      fp_arena *arena, fp_research *research, fp_err *err);
/* As CSV (RFC 4180) with a header. A cell that a spreadsheet would take for a formula (it begins
 * with = + - @, a tab or a line end, and is no number) gets an apostrophe in front (OWASP, CSV
 * injection). */
void fp_research_csv(const fp_research *research, fp_buf *out);

#endif
