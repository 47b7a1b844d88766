#ifndef FP_STORE_PLAN_LOG_H
#define FP_STORE_PLAN_LOG_H

#include "ledger/ledger.h"
#include "study/plan.h"

/* The locks of the plan in the log, events of the kind plan-lock:
 *   {amends, outcomes_import, plan, plan_sha256, study_yaml_sha256}
 * plan is the copy, an object of path and value (a text, or a list of texts); plan_sha256 the hash
 * of its text; amends the lock before it (0: the first); outcomes_import the first import of
 * episodes with rows that the log had then (0: none). docs/ledger.md, docs/methods/plan-lock.md. */

/* The canonical text of a copy and its hash. Errors: FP_NOMEM, FP_ARG (a path twice). */
FP_MUST_USE fp_status fp_plan_log_text(const fp_plan_copy *copy, fp_arena *arena, const char **text,
                                       fp_sha256 *sum, fp_err *err);
/* Read the locks and the first import of episodes: fills lock_count, locks, outcomes_import and
 * outcomes_at of `state`, zeroes the rest. Errors: FP_CHECK (an event that is not of this form, or
 * whose copy does not have its hash), FP_NOMEM. Cost: O(events). */
FP_MUST_USE fp_status fp_plan_log_read(fp_ledger *ledger, fp_arena *arena, fp_plan_state *state,
                                       fp_err *err);
/* Append a lock, inside a transaction.  in state  as fp_plan_log_read filled it in that
 * transaction.  Errors: as fp_ledger_append. */
FP_MUST_USE fp_status fp_plan_log_append(fp_ledger *ledger, const char *actor, const char *why,
                                         const fp_plan_copy *copy, const fp_plan_state *state,
                                         const char *study_yaml_sha256, fp_arena *arena,
                                         int64_t *seq, fp_err *err);
/* Every lock: its form, the hash of its copy, the lock that it amends, and the import that it names
 * against the log. FP_CHECK names the first that does not fit. */
FP_MUST_USE fp_status fp_plan_log_verify(fp_ledger *ledger, fp_err *err);

#endif
