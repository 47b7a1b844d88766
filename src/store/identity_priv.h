#ifndef FP_STORE_IDENTITY_PRIV_H
#define FP_STORE_IDENTITY_PRIV_H

#include "store/client_priv.h"
#include "store/identity.h"

/* Open the sealed text of a version. Errors: FP_CHECK (it does not open), FP_NOMEM. */
FP_MUST_USE fp_status fp_identity_unseal(fp_ledger *ledger, const unsigned char key[FP_KEY_BYTES],
                                         const char *study, const char *client, int64_t version,
                                         fp_str sealed, fp_arena *arena, fp_identity *out,
                                         fp_err *err);

#endif
