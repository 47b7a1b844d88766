#ifndef FP_WEB_WEB_PRIV_H
#define FP_WEB_WEB_PRIV_H

#include "base/catalog.h"
#include "ledger/pool.h"
#include "store/vault.h"
#include "study/protocol.h"
#include "web/page.h"
#include "web/password.h"
#include "web/web.h"

/* What the requests of one server share. Everything but the pool is read only after fp_web_open, or
 * guards itself. */
struct fp_web {
    fp_web_options options;
    fp_arena *arena; /* of the server: used while opening only */
    fp_pool *pool;
    fp_vault
        *vault; /* master key of the identities; NULL = none was given and none is needed yet */
    const fp_pages *pages;
    const fp_protocol *plan; /* study.yaml; NULL where it has mistakes */
    const char *title;       /* of the study; "" without a plan */
    char mark[9]; /* hexadecimal, of this study in this folder: in the names of cookies */
    fp_passwords *passwords;
};

/* [s] since 1970, by the clock of the options. */
int64_t fp_web_now(const fp_web *web);

#endif
