#ifndef FP_MODEL_POWER_PRIV_H
#define FP_MODEL_POWER_PRIV_H

#include "model/power.h"
#include "model/result_json_priv.h"

/* What is measured, in words: some lines of fp_power_text_design(). */
void fp_power_text_measure(const fp_power_answer *answer, fp_buf *out);
/* The keys of `design` and `variation` of what is measured. */
void fp_power_json_measure(fp_node *design, const fp_power_answer *answer);
json_t *fp_power_json_spread(const fp_power_answer *answer);
json_t *fp_power_json_numbers(const double *value, ptrdiff_t n);

#endif
