#ifndef FP_WEB_DEMO_H
#define FP_WEB_DEMO_H

#include <limits.h>

#include "store/role.h"

/* A workbench to look at: the Amsterdam example in a temporary folder, with a master key of its
 * own, an account of each role, and identities that are made up and say so. */
typedef struct {
    char root[PATH_MAX];   /* what goes when it ends */
    char folder[PATH_MAX]; /* of the study, in it */
    char key[PATH_MAX];    /* of the identities, beside the study */
    char password[24];     /* of every account; random */
} fp_demo;

typedef struct {
    const char *name; /* to sign in with */
    const char *what; /* one line */
    fp_role role;
    const char *coach; /* id among the study's coaches; "" */
} fp_demo_account;
enum { FP_DEMO_ACCOUNTS = 5 };
extern const fp_demo_account fp_demo_accounts[FP_DEMO_ACCOUNTS];

/* Make it under $TMPDIR, or where the system keeps temporary files: files, import, accounts,
 * clients with identity and consent. To be removed with fp_demo_remove whatever the outcome.
 * Errors: FP_IO (no such folder, disk full), FP_NOMEM. Cost: five password hashes, about a second.
 */
FP_MUST_USE fp_status fp_demo_make(fp_demo *demo, fp_err *err);
/* Remove the folder and all in it. A demo that was not made is fine. */
void fp_demo_remove(fp_demo *demo);

#endif
