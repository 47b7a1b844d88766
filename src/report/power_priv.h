#ifndef FP_REPORT_POWER_PRIV_H
#define FP_REPORT_POWER_PRIV_H

#include "report/page_priv.h"

/* Sentences on the size of a study that measures something, once or at waves (power_measure.c). */
void fp_power_say_measure(fp_page *page, const fp_power_answer *answer, json_t *list);
/* "an odds ratio", of an interaction "a ratio of odds ratios", in the language of the page. */
const char *fp_power_say_scale(fp_page *page, const fp_power_answer *answer, bool interaction);

/* A share as a percentage; a setting with the decimals that it needs, at most `most`. */
const char *fp_power_percent(fp_page *page, double share, int digits);
const char *fp_power_short(fp_page *page, double value, int most);

#endif
