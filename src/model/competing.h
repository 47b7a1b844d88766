#ifndef FP_MODEL_COMPETING_H
#define FP_MODEL_COMPETING_H

#include "model/common.h"
#include "model/design.h"
#include "model/result.h"

/* Front ends of the analyses of competing events: Surv(time, code), where the code says which of
 * several events ended the time (docs/methods/competing-events.md). */

typedef struct {
    fp_model_common common; /* clusters are not used, with a warning */
    fp_conf_type conf_type;
    double rho;           /* weight of Gray's test, 0 */
    const char *censored; /* the code that means censored; NULL as fp_design_options */
    const double *times;  /* from 0; the result is then given at these; NULL = every time */
    ptrdiff_t time_count;
} fp_cif_model_options;
fp_cif_model_options fp_cif_model_defaults(void);

/* Cumulative incidence of every cause by the groups of the formula, with Gray's test of each cause
 * (strata() stratifies the test alone). The test is left out, with a warning, where there are
 * weights or late entries. Outcomes: state "no_events" with a warning.
 * Errors: as fp_design_build. */
FP_MUST_USE fp_status fp_model_cif(const fp_table *table, const char *formula,
                                   const fp_cif_model_options *options, fp_arena *arena,
                                   fp_result *result, fp_err *err);

typedef struct {
    fp_model_common common; /* weights are refused: FP_USAGE */
    const char *event;      /* code of the event; NULL = the only one there is */
    const char *censored;   /* as above */
} fp_finegray_model_options;
fp_finegray_model_options fp_finegray_model_defaults(void);

/* Fine & Gray's model of the subdistribution hazard of one event. strata() makes the groups of the
 * censoring distribution. Statistic, p and interval rest on the robust standard error, by clusters
 * where there are any.
 * Errors: as fp_design_build; FP_USAGE where the event is not said or weights are given, FP_INPUT
 * where it does not occur (names those that do), for late entry, an offset or one cluster. */
FP_MUST_USE fp_status fp_model_finegray(const fp_table *table, const char *formula,
                                        const fp_finegray_model_options *options, fp_arena *arena,
                                        fp_result *result, fp_err *err);

#endif
