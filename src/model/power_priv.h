#ifndef FP_MODEL_POWER_PRIV_H
#define FP_MODEL_POWER_PRIV_H

#include "model/power.h"
#include "model/result_json_priv.h"

/* The keys of `design` and `variation` of what is measured. */
void fp_power_json_measure(fp_node *design, const fp_power_answer *answer);
json_t *fp_power_json_spread(const fp_power_answer *answer);
json_t *fp_power_json_numbers(const double *value, ptrdiff_t n);

#endif
