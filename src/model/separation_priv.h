#ifndef FP_MODEL_SEPARATION_PRIV_H
#define FP_MODEL_SEPARATION_PRIV_H

#include "model/model_priv.h"

/* Separation in words about people, for any model of events. */
typedef struct {
    const fp_design *design;
    const fp_table *table;
    const double *beta;   /* p: of the last iteration */
    const bool *diverges; /* p */
    const int32_t *event; /* n, 0/1 */
    const char *what;     /* that cannot be estimated: "hazard ratio", "odds ratio" */
    bool is_ratio;        /* it tends to 0 rather than minus infinity */
    bool binary;          /* only events in a group is separation too */
} fp_separation;

/* A warning a diverging term. Errors: FP_NOMEM. */
FP_MUST_USE fp_status fp_separation_say(const fp_separation *separation, fp_warnings *warnings,
                                        fp_err *err);

#endif
