#ifndef FP_MODEL_COMMON_H
#define FP_MODEL_COMMON_H

#include <stdint.h>

#include "base/progress.h"

/* What every estimator on a table is told, whichever it is. All texts are borrowed. */
typedef struct {
    double level;        /* of intervals; 0.95 */
    const char *weights; /* column of case weights or NULL */
    const char *cluster; /* column; as cluster() in the formula */
    const char *id;      /* column that tells persons apart; as fp_design_options */
    int threads;         /* 0 = all; no result depends on it */
    uint64_t seed;
    fp_progress *progress;   /* whom to tell how far it is; NULL = nobody */
    const char *data_sha256; /* of the data file; "" = not known */
} fp_model_common;
fp_model_common fp_model_common_defaults(void);

#endif
