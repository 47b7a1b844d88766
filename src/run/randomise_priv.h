#ifndef FP_RUN_RANDOMISE_PRIV_H
#define FP_RUN_RANDOMISE_PRIV_H

#include "run/run_priv.h"
#include "run/secret_priv.h"
#include "store/allocation.h"

/* What the actions of `randomise` share. */

/* One call on its way. */
typedef struct {
    const char *folder;
    const fp_randomise_options *options;
    fp_arena *arena;
    fp_buf *out;
    fp_protocol protocol;
    bool clusters;
    fp_source source; /* of the units: coaches or people, all rows */
    fp_draw draw;     /* clusters: those that were committed; before that, all */
    const char *statement;
    fp_ledger *ledger; /* NULL where there is no study.db */
    fp_allocation_log log;
    char secret[FP_SECRET_DIGITS + 1]; /* "" = not known */
    fp_source committed;               /* clusters: the coaches of the draw, once it is committed */
} fp_randomising;

/* FP_INPUT where nothing was drawn yet. */
FP_MUST_USE fp_status fp_randomise_need_commitment(const fp_randomising *w, fp_err *err);
/* Read the secret, which must be the one behind the commitment. */
FP_MUST_USE fp_status fp_randomise_need_secret(fp_randomising *w, fp_err *err);
/* The plan and the coaches must be those of the commitment: a draw is made once. */
FP_MUST_USE fp_status fp_randomise_same_plan(const fp_randomising *w, fp_err *err);

/* A coach who comes after the draw: drawn, told and logged at once. */
FP_MUST_USE fp_status fp_randomise_add(fp_randomising *w, fp_err *err);
/* Log that a coach left or was replaced, that a person moved or was registered wrongly. */
FP_MUST_USE fp_status fp_randomise_change(fp_randomising *w, fp_err *err);
/* The arm of every late coach from the secret against the one that was told. FP_CHECK. */
FP_MUST_USE fp_status fp_randomise_verify_late(const fp_randomising *w, fp_err *err);
/* The changes, a line each. */
void fp_randomise_say_changes(const fp_randomising *w);

#endif
