#ifndef FP_STORE_SIGN_IN_H
#define FP_STORE_SIGN_IN_H

#include <stdint.h>

#include "ledger/ledger.h"

/* Counts of what failed at the door, a row a subject: a typed sign-in name (of an account or not),
 * an address, an account whose second factor is tried. They survive a restart. After some free
 * failures each one doubles the wait, up to a quarter of an hour: never for good. A subject stands
 * in the table as a keyed hash: neither a name that was typed (it may have been a password) nor an
 * address is kept. */

typedef enum {
    FP_TRIED_NAME,    /* 5 failures are free, then 30 s, 60 s, ... 15 minutes */
    FP_TRIED_ADDRESS, /* 20 failures are free: an office may share one address */
    FP_TRIED_CODE,    /* as a name */
} fp_tried;

enum { FP_SIGN_IN_LONGEST = 15 * 60 /* [s] */, FP_SIGN_IN_FORGOTTEN = 24 * 3600 /* [s] */ };

/* Make the key that subjects are hashed with, where there is none; inside a transaction. */
FP_MUST_USE fp_status fp_sign_in_prepare(fp_ledger *ledger, fp_err *err);

/* The wait after `failures` of them, [s]; 0 while they are free. */
int64_t fp_sign_in_delay(fp_tried what, int64_t failures);
/* How long a subject has to wait, [s]; 0 = not.
 * out  failures  that are remembered; may be NULL */
FP_MUST_USE fp_status fp_sign_in_wait(fp_ledger *ledger, fp_tried what, const char *subject,
                                      int64_t now, int64_t *wait, int64_t *failures, fp_err *err);
/* A try that counts as failed until it is taken back. */
typedef struct {
    int64_t failures; /* with this one */
    int64_t before;   /* [s] when it failed last before this one; 0 = never */
} fp_sign_in_charged;

/* Count a try as failed, before it is looked at, so that tries at the same moment count too; inside
 * a transaction. Counts whose last failure is older than a day are removed on the way. */
FP_MUST_USE fp_status fp_sign_in_charge(fp_ledger *ledger, fp_tried what, const char *subject,
                                        int64_t now, fp_sign_in_charged *charged, fp_err *err);
/* It was right, or was not looked at: take that charge back, and with it the moment of the last
 * failure, unless others were counted meanwhile; inside a transaction. One right password does not
 * wash an address clean, for whoever guesses may have an account too; nor does it keep the failures
 * of others alive. */
FP_MUST_USE fp_status fp_sign_in_take_back(fp_ledger *ledger, fp_tried what, const char *subject,
                                           fp_sign_in_charged charged, fp_err *err);
/* It was right: forget all failures; inside a transaction. */
FP_MUST_USE fp_status fp_sign_in_forget(fp_ledger *ledger, fp_tried what, const char *subject,
                                        fp_err *err);

#endif
