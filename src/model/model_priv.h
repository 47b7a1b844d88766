#ifndef FP_MODEL_MODEL_PRIV_H
#define FP_MODEL_MODEL_PRIV_H

#include "model/common.h"
#include "model/design.h"
#include "model/result.h"
#include "stats/family.h"

/* What the front ends of the estimators have in common. */

/* Warnings of one result, in the order in which they came up. Past the maximum they are counted
 * and not kept: a thousand aliased columns need no thousand lines. */
typedef struct {
    fp_arena *arena;
    const char **text; /* FP_WARNINGS_MAX */
    ptrdiff_t count;
    ptrdiff_t lost;
} fp_warnings;

enum { FP_WARNINGS_MAX = 40 };

FP_MUST_USE fp_status fp_warnings_init(fp_warnings *list, fp_arena *arena, fp_err *err);
FP_MUST_USE fp_status fp_warnings_add(fp_warnings *list, fp_err *err, const char *format, ...)
    FP_PRINTF(3, 4);
/* A list that begins with the warnings of a result, which more are to be added to. */
FP_MUST_USE fp_status fp_warnings_resume(fp_warnings *list, const fp_result *result,
                                         fp_arena *arena, fp_err *err);
/* Hand the list to the result, with a last line on those that were lost. */
FP_MUST_USE fp_status fp_warnings_finish(fp_warnings *list, fp_result *result, fp_err *err);

/* Weights, cluster, id and threads as the design takes them; the rest of it zeroed. */
fp_design_options fp_model_design_options(const fp_model_common *common);
/* A result with what every model says of itself: formula, level, rows, clusters, provenance. */
fp_result fp_model_begin(fp_model model, const fp_table *table, const fp_design *design,
                         const fp_model_common *common);
/* Whether there are clusters enough for a robust standard error, and for a correction of it (NULL =
 * none is asked for).
 * Errors: FP_USAGE (a correction without clusters), FP_INPUT (one cluster alone). */
FP_MUST_USE fp_status fp_model_check_clusters(const fp_table *table, const fp_design *design,
                                              const char *small_sample, fp_err *err);
/* The link of a regression on a mean; identity where it has none. */
fp_link fp_result_link(const fp_result *result);
/* The family of a regression on a mean; gaussian where it names none. */
fp_family fp_result_family(const fp_result *result);
/* "log", "log-log" or "plain". */
const char *fp_conf_type_name(fp_conf_type type);

/* A warning for every profile interval without an end. */
FP_MUST_USE fp_status fp_firth_warn_ends(const fp_design *design, const double *beta,
                                         const fp_firth_part *firth, fp_warnings *warnings,
                                         fp_err *err);

/* A row of the table of coefficients of which only the name is known. */
fp_term fp_term_undefined(const char *name);
/* Statistic, p and interval of a term from its estimate and the standard error `se` behind p, by
 * the normal distribution; the ratio exp(estimate) and its interval likewise. */
void fp_term_normal(fp_term *term, double se, double level);

#endif
