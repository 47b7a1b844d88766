/* Cluster sums of a fit on the arms: eq. 6 and 7 of docs/methods/power.md. What a person adds
 * depends on arm, day and outcome alone, so it is made once a death day. */
#include <string.h>

#include "stats/power_priv.h"

enum {
    A = FP_POWER_ARMS,
    P = FP_POWER_TERMS,
    PAIRS = P * (P + 1) / 2,
    RECORD = 1 + 2 * P + 2 * PAIRS
};

/* Where the parts of a record begin: H, Q (p), mean (p), W (pairs), covariance (pairs). */
typedef struct {
    int32_t p, pairs, pull, mean, curve, covariance, stride;
} layout;

static layout layout_of(int32_t p, bool curvature)
{
    int32_t pairs = curvature ? p * (p + 1) / 2 : 0;
    return (layout){p, pairs, 1, 1 + p, 1 + 2 * p, 1 + 2 * p + pairs, 1 + 2 * p + 2 * pairs};
}

fp_status fp_power_parts_create(const fp_power_design *design, const fp_power_counts *counts,
                                fp_arena *arena, fp_power_parts *parts, fp_err *err)
{
    fp_power_parts made = {.clusters = design->clusters, .room = counts->room};
    int32_t p = 0;
    for (int m = 0; m < design->models; m++)
        p = design->model[m].p > p ? design->model[m].p : p;
    p += design->covariates;
    made.stride = layout_of(p, true).stride;
    FP_ARRAY(made.left, arena, made.room * made.stride, err);
    FP_ARRAY(made.dead, arena, made.room * made.stride, err);
    FP_ARRAY(made.score, arena, made.clusters * p, err);
    FP_ARRAY(made.omega, arena, made.clusters * p * p, err);
    FP_ARRAY(made.residual, arena, made.clusters, err);
    *parts = made;
    return FP_OK;
}

/* Where the moments of sub-events come from: of the arms, or kept at the fit. */
typedef struct {
    const fp_power_counts *counts;
    const fp_power_model *model;
    const double *w;
    const fp_power_cox *cox;
} source;

/* One sub-event: its mean and covariance of x, and 1 / T. */
static double moments_of_arms(const source *of, ptrdiff_t s, const layout *at, double *m, double *v)
{
    const fp_power_counts *c = of->counts;
    const fp_power_model *model = of->model;
    const double *w = of->w;
    double total = 0, share[A];
    for (int32_t g = 0; g < c->arms; g++)
        total += share[g] = w[g] * c->sub[g * c->room + s];
    double u = 1 / total;
    for (int32_t k = 0; k < at->p; k++)
        m[k] = 0;
    for (int32_t i = 0; i < at->pairs; i++)
        v[i] = 0;
    for (int32_t g = 0; g < c->arms; g++) {
        const double *x = model->x + g * P;
        for (int32_t k = 0, i = 0; k < at->p; k++) {
            double part = share[g] * u * x[k];
            m[k] += part;
            for (int32_t l = 0; at->pairs && l <= k; l++)
                v[i++] += part * x[l];
        }
    }
    for (int32_t k = 0, i = 0; at->pairs && k < at->p; k++)
        for (int32_t l = 0; l <= k; l++)
            v[i++] -= m[k] * m[l];
    return u;
}

static double moments_kept(const source *of, ptrdiff_t s, const layout *at, double *m, double *v)
{
    int32_t pairs = at->p * (at->p + 1) / 2;
    memcpy(m, of->cox->mean + s * at->p, (size_t)at->p * sizeof *m);
    memcpy(v, of->cox->cross + s * pairs, (size_t)at->pairs * sizeof *v);
    return of->cox->one[s];
}

/* Add a sub-event to the running sums, and what is taken off them at an own death. */
static void add_moments(const layout *at, double u, double a, double ties, const double *m,
                        const double *v, double *run, double *own)
{
    run[0] += u;
    own[0] += a * u;
    for (int32_t k = 0, i = 0; k < at->p; k++) {
        run[at->pull + k] += u * m[k];
        own[at->pull + k] += a * u * m[k];
        own[at->mean + k] += m[k] / ties;
        for (int32_t l = 0; at->pairs && l <= k; l++, i++) {
            double curve = u * (m[k] * m[l] - v[i]);
            run[at->curve + i] += curve;
            own[at->curve + i] += a * curve;
            own[at->covariance + i] += v[i] / ties;
        }
    }
}

static void make_records(const source *of, const layout *at, fp_power_parts *parts)
{
    const fp_power_counts *c = of->counts;
    double run[RECORD] = {0}, own[RECORD], m[P], v[PAIRS];
    size_t bytes = (size_t)at->stride * sizeof *own;
    for (ptrdiff_t e = 0; e < c->events; e++) {
        double ties = c->ties[e];
        double *left = parts->left + e * at->stride, *dead = parts->dead + e * at->stride;
        memset(own, 0, bytes);
        for (int32_t k = 0; k < c->ties[e]; k++) {
            ptrdiff_t s = c->first_sub[e] + k;
            double u = of->cox ? moments_kept(of, s, at, m, v) : moments_of_arms(of, s, at, m, v);
            add_moments(at, u, k / ties, ties, m, v, run, own);
        }
        for (int32_t i = 0; i < at->stride; i++) {
            left[i] = run[i];
            dead[i] = run[i] - own[i];
        }
        for (int32_t k = 0; k < at->p; k++)
            dead[at->mean + k] = own[at->mean + k];
        for (int32_t i = 0; i < at->pairs; i++)
            dead[at->covariance + i] = own[at->covariance + i];
    }
}

/* Sum of the records of a cluster's people; returns its deaths. */
static int32_t sum_people(const fp_power_trial *trial, const fp_power_counts *c, ptrdiff_t j,
                          const fp_power_parts *parts, int32_t stride, double *sum)
{
    int32_t dead = 0, last = (int32_t)c->events - 1;
    double to_the_end = 0;
    memset(sum, 0, (size_t)stride * sizeof *sum);
    for (ptrdiff_t i = trial->first[j]; i < trial->first[j + 1]; i++) {
        int32_t slot = c->slot[trial->day[i]];
        if (slot == last && !trial->event[i]) {
            to_the_end++;
            continue;
        }
        if (slot < 0)
            continue;
        const double *record = (trial->event[i] ? parts->dead : parts->left) + slot * stride;
        for (int32_t k = 0; k < stride; k++)
            sum[k] += record[k];
        dead += trial->event[i];
    }
    for (int32_t k = 0; last >= 0 && k < stride; k++)
        sum[k] += to_the_end * parts->left[last * stride + k];
    return dead;
}

/* Eq. 6 and 7 of one cluster from the sum of its records. */
static void put_cluster(const fp_power_design *design, const layout *at, const double *x, double w,
                        int32_t dead, const double *sum, ptrdiff_t j, fp_power_parts *parts)
{
    int32_t p = at->p;
    parts->residual[j] = dead - w * sum[0];
    for (int32_t k = 0, i = 0; k < p; k++) {
        parts->score[j + k * design->clusters] =
            x[k] * parts->residual[j] - sum[at->mean + k] + w * sum[at->pull + k];
        for (int32_t l = 0; at->pairs && l <= k; l++, i++) {
            double share =
                sum[at->covariance + i] + w * (x[k] * x[l] * sum[0] - x[k] * sum[at->pull + l] -
                                               x[l] * sum[at->pull + k] + sum[at->curve + i]);
            double *omega = parts->omega + j * p * p;
            omega[k + l * p] = omega[l + k * p] = share;
        }
    }
}

void fp_power_parts_fill(const fp_power_design *design, const fp_power_trial *trial,
                         const fp_power_counts *counts, const fp_power_model *model,
                         const fp_power_fit *fit, bool curvature, fp_power_parts *parts)
{
    layout at = layout_of(model->p, curvature);
    double sum[RECORD];
    source of = {counts, model, fit->w, NULL};
    make_records(&of, &at, parts);
    for (ptrdiff_t j = 0; j < design->clusters; j++) {
        int32_t arm = design->arm[j];
        int32_t dead = sum_people(trial, counts, j, parts, at.stride, sum);
        put_cluster(design, &at, model->x + arm * P, fit->w[arm], dead, sum, j, parts);
    }
}

/* ---- person by person ---- */

/* What a person adds to its cluster. */
static void add_person(const layout *at, const double *x, double w, bool event, const double *sum,
                       ptrdiff_t clusters, ptrdiff_t j, fp_power_parts *parts)
{
    double martingale = event - w * sum[0], *omega = parts->omega + j * at->p * at->p;
    parts->residual[j] += martingale;
    for (int32_t k = 0, i = 0; k < at->p; k++) {
        parts->score[j + k * clusters] +=
            x[k] * martingale - (event ? sum[at->mean + k] : 0) + w * sum[at->pull + k];
        for (int32_t l = 0; at->pairs && l <= k; l++, i++)
            omega[l + k * at->p] += (event ? sum[at->covariance + i] : 0) +
                                    w * (x[k] * x[l] * sum[0] - x[k] * sum[at->pull + l] -
                                         x[l] * sum[at->pull + k] + sum[at->curve + i]);
    }
}

void fp_power_cox_parts(const fp_power_design *design, const fp_power_trial *trial,
                        const fp_power_counts *counts, const fp_power_cox *cox, bool curvature,
                        fp_power_parts *parts)
{
    layout at = layout_of(cox->p, curvature);
    source of = {counts, NULL, NULL, cox};
    int32_t p = at.p;
    make_records(&of, &at, parts);
    memset(parts->residual, 0, (size_t)design->clusters * sizeof *parts->residual);
    memset(parts->score, 0, (size_t)(design->clusters * p) * sizeof *parts->score);
    memset(parts->omega, 0, (size_t)(design->clusters * p * p) * sizeof *parts->omega);
    for (ptrdiff_t j = 0; j < design->clusters; j++) {
        for (ptrdiff_t i = trial->first[j]; i < trial->first[j + 1]; i++) {
            int32_t slot = counts->slot[trial->day[i]];
            const double *record = trial->event[i] ? parts->dead : parts->left;
            if (slot >= 0)
                add_person(&at, cox->row + i * p, cox->risk[i], trial->event[i],
                           record + slot * at.stride, design->clusters, j, parts);
        }
        double *omega = parts->omega + j * p * p;
        for (int32_t k = 0; k < p; k++)
            for (int32_t l = 0; l < k; l++)
                omega[k + l * p] = omega[l + k * p];
    }
}
