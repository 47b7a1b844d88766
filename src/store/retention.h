#ifndef FP_STORE_RETENTION_H
#define FP_STORE_RETENTION_H

#include "base/date.h"
#include "ledger/ledger.h"
#include "study/protocol.h"

/* How long what is kept, by the rules of study.yaml (`retention`), and what is due. Nothing is
 * removed by itself: somebody reads the list and acts.
 * identity  of each client who has one: from the day of a withdrawal that still stands, or else the
 *           person's `end` in the current import of people
 * research  from the last `end` of all people
 * log       from the last event */
typedef enum { FP_RETAIN_IDENTITY, FP_RETAIN_RESEARCH, FP_RETAIN_LOG } fp_retained;

typedef struct {
    fp_retained what;
    const char *client; /* of an identity; "" */
    const char *coach;
    fp_day since; /* FP_DAY_NONE: the day from which it counts is not known yet */
    fp_day due;   /* FP_DAY_NONE: not known yet, or there is no rule */
    bool withdrawn;
} fp_retention_row;

/* Every row, the earliest due first, those without a date last; then in byte order of clients.
 * Errors: as fp_ledger_fail, FP_NOMEM.  Cost: O(clients log clients + people). */
FP_MUST_USE fp_status fp_retention_list(fp_ledger *ledger, const fp_retention_spec *rules,
                                        fp_arena *arena, ptrdiff_t *count,
                                        const fp_retention_row **rows, fp_err *err);

#endif
