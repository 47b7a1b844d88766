/* A Cox model with covariates, person by person: eq. 44 of docs/methods/power.md. The risk sets are
 * summed from the last death day back, so that every person is met once a step. */
#include <math.h>
#include <string.h>

#include "stats/power_priv.h"

enum {
    A = FP_POWER_ARMS,
    P = FP_POWER_TERMS,
    PAIRS = P * (P + 1) / 2,
};
#define LARGEST 16.0 /* |eta| beyond which a fit may be on its way to infinity */

fp_status fp_power_cox_create(const fp_power_design *design, const fp_power_counts *counts,
                              fp_arena *arena, fp_power_cox *cox, fp_err *err)
{
    fp_power_cox made = {.room = fp_power_most_people(design)};
    FP_ARRAY(made.order, arena, made.room, err);
    FP_ARRAY(made.last, arena, made.room, err);
    FP_ARRAY(made.row, arena, made.room * P, err);
    FP_ARRAY(made.risk, arena, made.room, err);
    FP_ARRAY(made.stratum, arena, made.room, err);
    FP_ARRAY(made.one, arena, counts->room, err);
    FP_ARRAY(made.mean, arena, counts->room * P, err);
    FP_ARRAY(made.cross, arena, counts->room * PAIRS, err);
    FP_ARRAY(made.hazard, arena, counts->room * A, err);
    FP_ARRAY(made.own, arena, counts->room * A, err);
    *cox = made;
    return FP_OK;
}

/* Counting sort by the last death day at which a person is at risk, the last first. */
static void sort_people(const fp_power_trial *trial, const fp_power_counts *counts,
                        fp_power_cox *cox)
{
    int32_t *place = cox->last; /* of each death day, before it is what its name says */
    memset(place, 0, (size_t)counts->events * sizeof *place);
    for (ptrdiff_t i = 0; i < trial->n; i++) {
        int32_t slot = counts->slot[trial->day[i]];
        if (slot >= 0)
            place[slot]++;
    }
    int32_t met = 0;
    for (ptrdiff_t e = counts->events - 1; e >= 0; e--) {
        int32_t here = place[e];
        place[e] = met;
        met += here;
    }
    for (ptrdiff_t i = 0; i < trial->n; i++) {
        int32_t slot = counts->slot[trial->day[i]];
        if (slot >= 0)
            cox->order[place[slot]++] = (int32_t)i;
    }
    cox->n = met;
    for (ptrdiff_t t = 0; t < met; t++)
        cox->last[t] = counts->slot[trial->day[cox->order[t]]];
}

void fp_power_cox_fill(const fp_power_design *design, const fp_power_trial *trial,
                       const fp_power_counts *counts, const fp_power_model *model,
                       const int32_t *stratum, fp_power_cox *cox)
{
    int32_t arms = model ? model->p : 0, covariates = design->covariates;
    cox->p = arms + covariates;
    cox->strata = 1;
    for (int32_t g = 0; stratum && g < design->arms; g++)
        cox->strata = stratum[g] >= cox->strata ? stratum[g] + 1 : cox->strata;
    for (ptrdiff_t j = 0; j < design->clusters; j++) {
        int32_t g = design->arm[j];
        for (ptrdiff_t i = trial->first[j]; i < trial->first[j + 1]; i++) {
            double *row = cox->row + i * cox->p;
            cox->stratum[i] = stratum ? stratum[g] : 0;
            for (int32_t k = 0; k < arms; k++)
                row[k] = model->x[g * P + k];
            for (int32_t c = 0; c < covariates; c++)
                row[arms + c] = trial->x[i * covariates + c];
        }
    }
    sort_people(trial, counts, cox);
}

/* ---- one step ---- */

/* Sums over people: of risks, of risk x, of risk x x'; deaths and their x. */
typedef struct {
    double total, first[P], second[PAIRS];
} sums;

typedef struct {
    double score[P], information[P * P];
} step;

static inline void add(int32_t p, double w, const double *x, sums *to)
{
    to->total += w;
    for (int32_t k = 0, i = 0; k < p; k++) {
        double part = w * x[k];
        to->first[k] += part;
        for (int32_t l = 0; l <= k; l++)
            to->second[i++] += part * x[l];
    }
}

/* Efron's sub-events of the deaths of one day in one stratum. */
static void take_deaths(fp_power_cox *cox, int32_t deaths, const sums *at_risk, const sums *dead,
                        ptrdiff_t sub, double *hazard, double *own, step *s)
{
    int32_t p = cox->p, pairs = p * (p + 1) / 2;
    for (int32_t d = 0; d < deaths; d++) {
        double part = (double)d / deaths, u = 1 / (at_risk->total - part * dead->total);
        double *m = cox->mean + (sub + d) * p, *v = cox->cross + (sub + d) * pairs;
        cox->one[sub + d] = u;
        *hazard += u;
        *own += part * u;
        for (int32_t k = 0, i = 0; k < p; k++) {
            m[k] = (at_risk->first[k] - part * dead->first[k]) * u;
            s->score[k] -= m[k];
            for (int32_t l = 0; l <= k; l++, i++) {
                v[i] = (at_risk->second[i] - part * dead->second[i]) * u - m[k] * m[l];
                s->information[l + k * p] += v[i];
            }
        }
    }
}

/* All people of one death day, from place t on; returns the place after them. */
static ptrdiff_t take_day(const fp_power_trial *trial, const fp_power_cox *cox, ptrdiff_t t,
                          int32_t day, sums *at_risk, sums *dead, int32_t *deaths, step *s)
{
    int32_t p = cox->p;
    for (; t < cox->n && cox->last[t] == day; t++) {
        ptrdiff_t i = cox->order[t];
        int32_t stratum = cox->stratum[i];
        const double *x = cox->row + i * p;
        add(p, cox->risk[i], x, &at_risk[stratum]);
        if (!trial->event[i])
            continue;
        if (!deaths[stratum]++)
            dead[stratum] = (sums){0};
        add(p, cox->risk[i], x, &dead[stratum]);
        for (int32_t k = 0; k < p; k++)
            s->score[k] += x[k];
    }
    return t;
}

/* Score and information at the risks, and what is kept of each sub-event. */
static void evaluate(const fp_power_trial *trial, const fp_power_counts *counts, fp_power_cox *cox,
                     step *s)
{
    sums at_risk[A], dead[A];
    int32_t p = cox->p, strata = cox->strata;
    ptrdiff_t t = 0;
    memset(s->score, 0, sizeof s->score);
    memset(s->information, 0, (size_t)(p * p) * sizeof *s->information);
    for (int32_t g = 0; g < strata; g++)
        at_risk[g] = (sums){0};
    for (ptrdiff_t e = counts->events - 1; e >= 0; e--) {
        int32_t deaths[A] = {0};
        ptrdiff_t sub = counts->first_sub[e];
        double *hazard = cox->hazard + e * strata, *own = cox->own + e * strata;
        t = take_day(trial, cox, t, (int32_t)e, at_risk, dead, deaths, s);
        for (int32_t g = 0; g < strata; sub += deaths[g++]) {
            hazard[g] = own[g] = 0;
            if (deaths[g])
                take_deaths(cox, deaths[g], &at_risk[g], &dead[g], sub, &hazard[g], &own[g], s);
        }
    }
    for (int32_t k = 0; k < p; k++)
        for (int32_t l = 0; l < k; l++)
            s->information[k + l * p] = s->information[l + k * p];
}

static bool set_risks(const fp_power_trial *trial, const double *beta, fp_power_cox *cox)
{
    double most = 0;
    for (ptrdiff_t i = 0; i < trial->n; i++) {
        double eta = 0;
        for (int32_t k = 0; k < cox->p; k++)
            eta += cox->row[i * cox->p + k] * beta[k];
        most = fmax(most, fabs(eta));
        cox->risk[i] = exp(eta);
    }
    return most <= LARGEST;
}

/* Hazards of a day become those up to and with it. */
static void accumulate(const fp_power_counts *counts, fp_power_cox *cox)
{
    int32_t strata = cox->strata;
    for (ptrdiff_t k = strata; k < counts->events * strata; k++)
        cox->hazard[k] += cox->hazard[k - strata];
}

bool fp_power_cox_newton(const fp_power_trial *trial, const fp_power_counts *counts,
                         fp_power_cox *cox, fp_power_fit *fit)
{
    double before = (double)INFINITY;
    int32_t p = cox->p;
    step s;
    *fit = (fp_power_fit){0};
    for (int i = 0; i < FP_POWER_STEPS && counts->deaths; i++) {
        if (!set_risks(trial, fit->beta, cox))
            return false;
        evaluate(trial, counts, cox, &s);
        if (!fp_power_step(i, counts, p, s.score, s.information, &before, fit))
            break;
    }
    if (fit->usable)
        accumulate(counts, cox);
    return fit->usable;
}

void fp_power_cox_residuals(const fp_power_trial *trial, const fp_power_counts *counts,
                            const fp_power_cox *cox, ptrdiff_t clusters, double *residual)
{
    int32_t strata = cox->strata;
    for (ptrdiff_t j = 0; j < clusters; j++) {
        double sum = 0;
        for (ptrdiff_t i = trial->first[j]; i < trial->first[j + 1]; i++) {
            ptrdiff_t slot = counts->slot[trial->day[i]];
            if (slot < 0)
                continue;
            ptrdiff_t at = slot * strata + cox->stratum[i];
            sum -= cox->risk[i] * (cox->hazard[at] - (trial->event[i] ? cox->own[at] : 0));
            sum += trial->event[i];
        }
        residual[j] = sum;
    }
}
