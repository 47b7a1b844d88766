#include <math.h>

#include "base/num.h"
#include "stats/dist.h"
#include "stats/firth_priv.h"

enum { MOST_PROFILE_STEPS = 60 };

/* The end of the interval on one side. */
static double profile_end(const fp_firth_likelihood *of, ptrdiff_t j, double estimate, double step,
                          double z)
{
    double b0 = 0, f0 = -z, b1 = step;
    of->restart(of->context);
    for (int k = 0; k < MOST_PROFILE_STEPS; k++) {
        double lost = of->loss(of->context, j, estimate + b1);
        if (isnan(lost)) {
            of->restart(of->context);
            b1 = (b0 + b1) / 2;
            continue;
        }
        double f1 = sqrt(fmax(lost, 0)) - z;
        if (fabs(f1) <= 1e-10)
            return estimate + b1;
        double next = b1 - f1 * (b1 - b0) / (f1 - f0);
        if (!(next / b1 > 0.2))
            next = 0.2 * b1;
        if (next / b1 > 3)
            next = 3 * b1;
        if (fabs(next - b1) <= 1e-13 * fabs(b1))
            return estimate + next;
        b0 = b1;
        f0 = f1;
        b1 = next;
    }
    return FP_NUM_NAN;
}

fp_firth_term fp_firth_profile(const fp_firth_likelihood *of, ptrdiff_t j, double estimate,
                               double se, double level)
{
    double z = fp_normal_quantile(0.5 + level / 2);
    fp_firth_term term;
    of->restart(of->context);
    term.chisq = fmax(of->loss(of->context, j, 0), 0);
    term.p = fp_chisq_upper(term.chisq, 1);
    term.lower = profile_end(of, j, estimate, -z * se, z);
    term.upper = profile_end(of, j, estimate, z * se, z);
    return term;
}
