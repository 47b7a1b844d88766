#ifndef FP_STORE_VERSION_H
#define FP_STORE_VERSION_H

#include "ledger/ledger.h"

/* Two people who change one record at the same time. The version of a record is the number of the
 * last event that changed it; a form carries the version that it shows, and whoever saves asks,
 * within the transaction, whether it is still that one. */

/* The event that came in between, for the page that shows what changed. Texts in the arena. */
typedef struct {
    int64_t seq;
    const char *at_utc, *actor, *kind;
} fp_version_change;

/* Whether a record still is as it was shown.
 * in   what      the record, for the message: "account 7"
 * in   shown     version in the form        in  current  version now, read in this transaction
 * out  change    what came in between; NULL = not asked. Written with FP_CONFLICT only
 * Errors: FP_CONFLICT (it is not: the message says who changed it, when and by which event),
 * FP_NOMEM, as fp_ledger_event. */
FP_MUST_USE fp_status fp_version_check(fp_ledger *ledger, const char *what, int64_t shown,
                                       int64_t current, fp_arena *arena, fp_version_change *change,
                                       fp_err *err);

#endif
