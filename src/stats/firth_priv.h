#ifndef FP_STATS_FIRTH_PRIV_H
#define FP_STATS_FIRTH_PRIV_H

#include "stats/firth.h"

/* A penalised likelihood as its profiles see it. */
typedef struct {
    void *context;
    /* Twice the loss of penalised log-likelihood with coefficient j held at b, the others at their
     * best; the search for it starts where the last one ended. NaN where it fails. */
    double (*loss)(void *context, ptrdiff_t j, double b);
    /* Searches start at the estimate again. */
    void (*restart)(void *context);
} fp_firth_likelihood;

/* The test of 0 and the ends of the interval of coefficient j: the signed root of the loss is
 * nearly linear in b, so a few secants find where it is the normal quantile.
 * in  se  the standard error at the estimate, where the search for the ends begins */
fp_firth_term fp_firth_profile(const fp_firth_likelihood *of, ptrdiff_t j, double estimate,
                               double se, double level);

#endif
