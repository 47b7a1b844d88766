#ifndef FP_STORE_UNDONE_H
#define FP_STORE_UNDONE_H

#include "ledger/ledger.h"

/* What a backup undoes when it is put back, and protects somebody: it has to be done again. */
typedef enum {
    FP_UNDONE_ERASURE,    /* clients who are there again */
    FP_UNDONE_WITHDRAWAL, /* clients whose withdrawal nobody knows any more */
    FP_UNDONE_LINK,       /* clients whose personal link of then works again */
    FP_UNDONE_ACCOUNT,    /* sign-in names of accounts that are open again */
    FP_UNDONE_KINDS
} fp_undone_kind;

/* Find what only the log that is replaced says.
 * in   old       its events alone are read; of this schema or an older one
 * in   since     up to this event the two logs are the same
 * in   restored  the log that takes its place, of this schema
 * out  who       FP_UNDONE_KINDS lists, ids with ", " between; "" = nobody
 * Errors: FP_CHECK (a body that is none), as fp_ledger_fail. Cost: O(events after `since`). */
FP_MUST_USE fp_status fp_store_undone(fp_ledger *old, int64_t since, fp_ledger *restored,
                                      fp_buf who[FP_UNDONE_KINDS], fp_err *err);

#endif
