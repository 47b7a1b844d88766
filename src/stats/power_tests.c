/* Tests that need no fit: the residuals behind permutation tests, and log-rank tests. Eq. 8 and 9
 * of docs/methods/power.md. */
#include <math.h>
#include <string.h>

#include "stats/dense_priv.h"
#include "stats/power_priv.h"

enum { A = FP_POWER_ARMS };

/* Nelson-Aalen with Efron's treatment of ties in each of at most A strata. */
static void hazards(const fp_power_counts *c, const int32_t *stratum, int32_t strata,
                    double *cumulative, double *own)
{
    double now[A] = {0};
    for (ptrdiff_t e = 0; e < c->events; e++) {
        double at_risk[A] = {0}, dead[A] = {0};
        for (int32_t g = 0; g < c->arms; g++) {
            at_risk[stratum[g]] += c->at_risk[e * c->arms + g];
            dead[stratum[g]] += c->dead[e * c->arms + g];
        }
        for (int32_t s = 0; s < strata; s++) {
            double back = 0;
            for (double k = 0; k < dead[s]; k++) {
                double u = 1 / (at_risk[s] - k);
                now[s] += u;
                back += k / dead[s] * u;
            }
            cumulative[e * A + s] = now[s];
            own[e * A + s] = back;
        }
    }
}

void fp_power_null_residuals(const fp_power_design *design, const fp_power_trial *trial,
                             const fp_power_counts *c, const int32_t *stratum, double *cumulative,
                             double *own, double *residual)
{
    int32_t strata = 0;
    for (int32_t g = 0; g < c->arms; g++)
        strata = stratum[g] >= strata ? stratum[g] + 1 : strata;
    hazards(c, stratum, strata, cumulative, own);
    for (ptrdiff_t j = 0; j < design->clusters; j++) {
        int32_t s = stratum[design->arm[j]];
        double sum = 0;
        for (ptrdiff_t i = trial->first[j]; i < trial->first[j + 1]; i++) {
            ptrdiff_t slot = c->slot[trial->day[i]];
            if (slot < 0)
                continue;
            sum -= cumulative[slot * A + s];
            if (trial->event[i])
                sum += 1 + own[slot * A + s];
        }
        residual[j] = sum;
    }
}

/* What one death day adds to O - E and its covariance within one stratum. */
static void add_table(const double *n, const double *d, int32_t groups, double *gap,
                      double *variance)
{
    double at_risk = 0, dead = 0;
    for (int32_t g = 0; g < groups; g++) {
        at_risk += n[g];
        dead += d[g];
    }
    if (dead <= 0)
        return;
    double spread = at_risk > 1 ? dead * (at_risk - dead) / (at_risk - 1) : 0;
    for (int32_t g = 0; g < groups; g++) {
        double share = n[g] / at_risk;
        gap[g] += d[g] - dead * share;
        for (int32_t h = 0; h < groups; h++)
            variance[g + h * groups] += spread * share * ((g == h) - n[h] / at_risk);
    }
}

int fp_power_logrank(const fp_power_counts *c, const int32_t *group, int32_t groups,
                     const int32_t *stratum, double *chisq)
{
    double gap[A] = {0}, variance[A * A] = {0}, work[A];
    int32_t strata = 1;
    for (int32_t g = 0; g < c->arms; g++)
        strata = stratum && stratum[g] >= strata ? stratum[g] + 1 : strata;
    for (ptrdiff_t e = 0; e < c->events; e++)
        for (int32_t s = 0; s < strata; s++) {
            double n[A] = {0}, d[A] = {0};
            for (int32_t g = 0; g < c->arms; g++)
                if (!stratum || stratum[g] == s) {
                    n[group[g]] += c->at_risk[e * c->arms + g];
                    d[group[g]] += c->dead[e * c->arms + g];
                }
            add_table(n, d, groups, gap, variance);
        }
    int df = -1;
    for (int32_t g = 0; g < groups; g++)
        df += variance[g + g * groups] > 0;
    if (df < 1)
        return 0;
    *chisq = fp_quadratic_inverse(variance, groups, gap, 1e-10, NULL, work);
    return df;
}
