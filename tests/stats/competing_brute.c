#include "competing_brute.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

static double weight_of(const fp_survdata *d, ptrdiff_t i)
{
    return d->weight ? d->weight[i] : 1;
}

static bool at_risk(const fp_survdata *d, ptrdiff_t i, double t)
{
    return d->stop[i] >= t && (!d->start || d->start[i] < t);
}

static int32_t stratum_of(const fp_survdata *d, ptrdiff_t i)
{
    return d->stratum ? d->stratum[i] : 0;
}

/* The smallest stop time above t; infinite after the last. */
static double next_time(const fp_survdata *d, double t)
{
    double next = HUGE_VAL;
    for (ptrdiff_t i = 0; i < d->n; i++)
        if (d->stop[i] > t)
            next = fmin(next, d->stop[i]);
    return next;
}

/* ---- cumulative incidence: the recursion of eq. 3, row by row ---- */

void brute_cif(const fp_survdata *d, double time, double cif[2], double se[2])
{
    double u[BRUTE_ROWS][3] = {{0}}, s = 1;
    cif[0] = cif[1] = se[0] = se[1] = 0;
    for (double t = next_time(d, -1); t <= time; t = next_time(d, t)) {
        double y = 0, dk[3] = {0};
        for (ptrdiff_t i = 0; i < d->n; i++) {
            y += at_risk(d, i, t) ? weight_of(d, i) : 0;
            if (d->stop[i] <= t && d->stop[i] >= t)
                dk[d->event[i]] += weight_of(d, i);
        }
        double all = dk[1] + dk[2];
        for (ptrdiff_t i = 0; i < d->n; i++) {
            bool here = d->stop[i] <= t && d->stop[i] >= t;
            double risk = at_risk(d, i, t), before = u[i][0];
            for (int k = 1; k <= 2; k++)
                u[i][k] +=
                    before * dk[k] / y + s * ((here && d->event[i] == k) - risk * dk[k] / y) / y;
            u[i][0] = before * (1 - all / y) - s * ((here && d->event[i]) - risk * all / y) / y;
        }
        for (int k = 1; k <= 2; k++)
            cif[k - 1] += s * dk[k] / y;
        s *= 1 - all / y;
    }
    for (int k = 1; k <= 2; k++) {
        for (ptrdiff_t i = 0; i < d->n; i++)
            se[k - 1] += pow(weight_of(d, i) * u[i][k], 2);
        se[k - 1] = sqrt(se[k - 1]);
    }
}

/* ---- Gray's test of one stratum: everything at a time from scratch ---- */

typedef struct {
    const fp_survdata *d;
    int32_t cause, groups, stratum;
    const int32_t *group;
} gray_view;

static double count(const gray_view *v, int32_t k, double t, int what)
{
    double n = 0;
    for (ptrdiff_t i = 0; i < v->d->n; i++) {
        if (v->group[i] != k || stratum_of(v->d, i) != v->stratum)
            continue;
        bool here = v->d->stop[i] <= t && v->d->stop[i] >= t;
        int32_t e = v->d->event[i];
        n += what == 0 ? v->d->stop[i] >= t
                       : here && (what == 1 ? e == v->cause : e && e != v->cause);
    }
    return n;
}

/* Survival and incidence of a group just before t, or just after. */
static void group_curves(const gray_view *v, int32_t k, double t, bool after, double *s, double *f)
{
    *s = 1;
    *f = 0;
    for (double u = next_time(v->d, -1); u < t || (after && u <= t); u = next_time(v->d, u)) {
        double y = count(v, k, u, 0);
        if (!(y > 0))
            return;
        *f += *s * count(v, k, u, 1) / y;
        *s *= 1 - (count(v, k, u, 1) + count(v, k, u, 2)) / y;
    }
}

static double sum_h(const gray_view *v, double t)
{
    double h = 0, s, f;
    for (int32_t k = 0; k < v->groups; k++) {
        group_curves(v, k, t, false, &s, &f);
        double y = count(v, k, t, 0);
        h += y > 0 ? y / s : 0;
    }
    return h;
}

static double deaths(const gray_view *v, double t)
{
    double n = 0;
    for (int32_t k = 0; k < v->groups; k++)
        n += count(v, k, t, 1);
    return n;
}

static double pooled(const gray_view *v, double t, bool after)
{
    double f = 0;
    for (double u = next_time(v->d, -1); u < t || (after && u <= t); u = next_time(v->d, u))
        if (deaths(v, u) > 0)
            f += deaths(v, u) / sum_h(v, u);
    return f;
}

static double a_of(const gray_view *v, int32_t i, int32_t k, double t, double rho)
{
    double si, sk, f, yi = count(v, i, t, 0), yk = count(v, k, t, 0);
    if (!(yi > 0) || !(yk > 0))
        return 0;
    group_curves(v, i, t, false, &si, &f);
    group_curves(v, k, t, false, &sk, &f);
    return pow(1 - pooled(v, t, false), rho) * yi / si * ((i == k) - yk / sk / sum_h(v, t));
}

/* c up to and with t. */
static double c_of(const gray_view *v, int32_t i, int32_t k, double t, double rho)
{
    double c = 0;
    for (double u = next_time(v->d, -1); u <= t && isfinite(u); u = next_time(v->d, u))
        if (deaths(v, u) > 0)
            c += a_of(v, i, k, u, rho) * deaths(v, u) / (sum_h(v, u) * (1 - pooled(v, u, false)));
    return c;
}

/* The influences of group k's martingales at t on the scores, and the share they weigh. */
static void gray_time(const gray_view *v, double t, double rho, double *score, double *var)
{
    int32_t n = v->groups;
    double d = deaths(v, t), h = sum_h(v, t), r = 0, s, f, s1, f1, z[BRUTE_GROUPS];
    double after = pooled(v, t, true), end = HUGE_VAL;
    for (int32_t k = 0; k < n; k++) {
        group_curves(v, k, t, false, &s, &f);
        r += count(v, k, t, 0) > 0 ? count(v, k, t, 0) * (1 - f) / s : 0;
    }
    for (int32_t k = 0; k < n; k++) {
        double y = count(v, k, t, 0), other = count(v, k, t, 2);
        if (!(y > 0))
            continue;
        group_curves(v, k, t, false, &s, &f);
        group_curves(v, k, t, true, &s1, &f1);
        score[k] +=
            pow(1 - pooled(v, t, false), rho) * (count(v, k, t, 1) - d * y * (1 - f) / (s * r));
        double q = s1 > 0 ? 1 - (1 - after) / s1 : 1;
        double share = d > 0 ? (d > 1 ? 1 - (d - 1) / (h * s - 1) : 1) * s * d / (h * y) : 0;
        for (int32_t i = 0; i < n; i++)
            z[i] = a_of(v, i, k, t, rho) + q * (c_of(v, i, k, end, rho) - c_of(v, i, k, t, rho));
        for (int32_t i = 0; i < n * n; i++)
            var[i] += z[i % n] * z[i / n] * share;
        if (!(s1 > 0) || !(other > 0))
            continue;
        q = (1 - after) / s1;
        share = (other > 1 ? 1 - (other - 1) / (y - 1) : 1) * s * s * other / (y * y);
        for (int32_t i = 0; i < n; i++)
            z[i] = q * (c_of(v, i, k, end, rho) - c_of(v, i, k, t, rho));
        for (int32_t i = 0; i < n * n; i++)
            var[i] += z[i % n] * z[i / n] * share;
    }
}

void brute_gray(const fp_survdata *d, int32_t cause, const int32_t *group, int32_t groups,
                double rho, double *score, double *var)
{
    memset(score, 0, (size_t)groups * sizeof *score);
    memset(var, 0, (size_t)(groups * groups) * sizeof *var);
    for (int32_t s = 0; s < (d->stratum ? d->strata : 1); s++) {
        gray_view v = {d, cause, groups, s, group};
        for (double t = next_time(d, -1); isfinite(t); t = next_time(d, t)) {
            double events = deaths(&v, t);
            for (int32_t k = 0; k < groups; k++)
                events += count(&v, k, t, 2);
            if (events > 0)
                gray_time(&v, t, rho, score, var);
        }
    }
}

/* ---- Fine & Gray: weights of every pair of a row and a time ---- */

/* Kaplan-Meier of the time to censoring in a group, just before t. */
static double censoring(const fp_survdata *d, int32_t k, double t)
{
    double g = 1, last = -1;
    for (ptrdiff_t i = 0; i < d->n; i++)
        if (stratum_of(d, i) == k)
            last = fmax(last, d->stop[i]);
    for (double u = next_time(d, -1); u < t; u = next_time(d, u)) {
        double y = 0, c = 0;
        for (ptrdiff_t i = 0; i < d->n; i++) {
            if (stratum_of(d, i) != k || d->stop[i] < u)
                continue;
            y++;
            c += d->stop[i] <= u && d->event[i] == 0;
        }
        if (y > 0)
            g *= 1 - c / y;
    }
    return t > last ? 0 : g;
}

typedef struct {
    const fp_survdata *d;
    int32_t cause;
    ptrdiff_t p;
    const double *x, *beta;
} model_view;

static double risk_weight(const model_view *v, ptrdiff_t i, double t)
{
    const fp_survdata *d = v->d;
    double eta = 0;
    for (ptrdiff_t j = 0; j < v->p; j++)
        eta += v->beta[j] * v->x[i + j * d->n];
    if (d->stop[i] >= t)
        return exp(eta);
    if (d->event[i] == 0 || d->event[i] == v->cause)
        return 0;
    int32_t k = stratum_of(d, i);
    return exp(eta) * censoring(d, k, t) / censoring(d, k, d->stop[i]);
}

/* S0 and the mean of x at t. */
static double means(const model_view *v, double t, double *mean)
{
    double s0 = 0;
    for (ptrdiff_t j = 0; j < v->p; j++)
        mean[j] = 0;
    for (ptrdiff_t i = 0; i < v->d->n; i++) {
        double w = risk_weight(v, i, t);
        s0 += w;
        for (ptrdiff_t j = 0; j < v->p; j++)
            mean[j] += w * v->x[i + j * v->d->n];
    }
    for (ptrdiff_t j = 0; j < v->p; j++)
        mean[j] /= s0;
    return s0;
}

/* q(u) of the rows and events of one censoring group. */
static void q_of(const model_view *v, int32_t k, double u, double *q)
{
    const fp_survdata *d = v->d;
    double mean[BRUTE_TERMS];
    for (ptrdiff_t j = 0; j < v->p; j++)
        q[j] = 0;
    for (ptrdiff_t e = 0; e < d->n; e++) {
        if (d->event[e] != v->cause || d->stop[e] < u || stratum_of(d, e) != k)
            continue;
        double s0 = means(v, d->stop[e], mean);
        for (ptrdiff_t i = 0; i < d->n; i++) {
            if (!(d->stop[i] < u) || d->event[i] == 0 || d->event[i] == v->cause ||
                stratum_of(d, i) != k)
                continue;
            for (ptrdiff_t j = 0; j < v->p; j++)
                q[j] += risk_weight(v, i, d->stop[e]) * (v->x[i + j * d->n] - mean[j]) / s0;
        }
    }
}

static void add_influence(const model_view *v, ptrdiff_t i, double *u)
{
    const fp_survdata *d = v->d;
    double mean[BRUTE_TERMS], q[BRUTE_TERMS];
    int32_t k = stratum_of(d, i);
    for (ptrdiff_t e = 0; e < d->n; e++) {
        if (d->event[e] == v->cause) {
            double s0 = means(v, d->stop[e], mean), w = risk_weight(v, i, d->stop[e]);
            for (ptrdiff_t j = 0; j < v->p; j++)
                u[j] -= w * (v->x[i + j * d->n] - mean[j]) / s0 -
                        (e == i ? v->x[i + j * d->n] - mean[j] : 0);
        }
        if (d->event[e] || stratum_of(d, e) != k || d->stop[e] > d->stop[i])
            continue;
        double y = 0;
        for (ptrdiff_t r = 0; r < d->n; r++)
            y += stratum_of(d, r) == k && d->stop[r] >= d->stop[e];
        q_of(v, k, d->stop[e], q);
        for (ptrdiff_t j = 0; j < v->p; j++)
            u[j] += q[j] * ((e == i) / y - 1 / (y * y));
    }
}

void brute_finegray(const fp_survdata *d, int32_t cause, ptrdiff_t p, const double *x,
                    const int32_t *cluster, const double *beta, double *score, double *info,
                    double *meat)
{
    model_view v = {d, cause, p, x, beta};
    double u[BRUTE_ROWS][BRUTE_TERMS] = {{0}}, mean[BRUTE_TERMS];
    memset(score, 0, (size_t)p * sizeof *score);
    memset(info, 0, (size_t)(p * p) * sizeof *info);
    memset(meat, 0, (size_t)(p * p) * sizeof *meat);
    for (ptrdiff_t e = 0; e < d->n; e++) {
        if (d->event[e] != cause)
            continue;
        double s0 = means(&v, d->stop[e], mean);
        for (ptrdiff_t j = 0; j < p; j++)
            score[j] += x[e + j * d->n] - mean[j];
        for (ptrdiff_t i = 0; i < d->n; i++)
            for (ptrdiff_t j = 0; j < p * p; j++)
                info[j] += risk_weight(&v, i, d->stop[e]) / s0 *
                           (x[i + j % p * d->n] - mean[j % p]) *
                           (x[i + j / p * d->n] - mean[j / p]);
    }
    for (ptrdiff_t i = 0; i < d->n; i++)
        add_influence(&v, i, u[cluster ? cluster[i] : i]);
    for (ptrdiff_t i = 0; i < d->n; i++)
        for (ptrdiff_t j = 0; j < p * p; j++)
            meat[j] += u[i][j % p] * u[i][j / p];
}
