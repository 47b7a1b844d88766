#ifndef FP_STATS_FIRTH_H
#define FP_STATS_FIRTH_H

#include <stddef.h>

/* What Firth's penalised likelihood gives beside the estimates of a model. */

/* The penalised-likelihood-ratio test of one coefficient, and its profile interval. */
typedef struct {
    double chisq, p;     /* of 0, on 1 degree of freedom */
    double lower, upper; /* NaN where no end was found */
} fp_firth_term;

typedef struct {
    const fp_firth_term *terms; /* p; NaN where aliased or not converged */
    double loglik;              /* ordinary, at the estimate */
} fp_firth_part;

#endif
