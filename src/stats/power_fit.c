/* A Cox model on the arms of a trial: eq. 5 of docs/methods/power.md. */
#include <math.h>
#include <string.h>

#include "stats/dense_priv.h"
#include "stats/power_priv.h"

enum { A = FP_POWER_ARMS, P = FP_POWER_TERMS };
#define SETTLED  1e-20 /* g' I^-1 g: what is left of beta is its root */
#define LARGEST  8.0   /* |eta| beyond which a fit may be on its way to infinity */
#define SINGULAR 1e-10

typedef struct {
    const fp_power_counts *counts;
    const fp_power_model *model;
    double score[P], information[P * P];
} step;

/* Score and information of the coefficients from those of the arms. */
static void gather(step *s, const double *w, const double *one, const double *two)
{
    int32_t p = s->model->p, arms = s->counts->arms;
    double pull[A], curve[A * A];
    for (int32_t g = 0; g < arms; g++) {
        pull[g] = s->counts->by_arm[g] - w[g] * one[g];
        for (int32_t h = 0; h <= g; h++)
            curve[g + h * A] = curve[h + g * A] =
                (g == h ? w[g] * one[g] : 0) - w[g] * w[h] * two[g + h * arms];
    }
    for (int32_t k = 0; k < p; k++)
        s->score[k] = 0;
    for (int32_t i = 0; i < p * p; i++)
        s->information[i] = 0;
    for (int32_t g = 0; g < arms; g++) {
        const double *x = s->model->x + g * P;
        for (int32_t k = 0; k < p; k++) {
            double row = 0;
            for (int32_t h = 0; h < arms; h++)
                row += curve[g + h * A] * s->model->x[h * P + k];
            s->score[k] += x[k] * pull[g];
            for (int32_t l = 0; l < p; l++)
                s->information[l + k * p] += x[l] * row;
        }
    }
}

static bool too_far(const step *s, const double *beta, double *w)
{
    for (int32_t g = 0; g < s->counts->arms; g++) {
        double eta = 0;
        for (int32_t k = 0; k < s->model->p; k++)
            eta += s->model->x[g * P + k] * beta[k];
        w[g] = exp(eta);
        if (!(fabs(eta) <= LARGEST))
            return true;
    }
    return false;
}

bool fp_power_step(int number, const fp_power_counts *counts, int32_t p, const double *score,
                   double *information, double *before, fp_power_fit *fit)
{
    double move[P], decrement = 0;
    if (fp_chol(information, p, NULL, SINGULAR, NULL) < p)
        return false;
    memcpy(move, score, sizeof move);
    fp_chol_solve(information, p, move);
    for (int32_t k = 0; k < p; k++)
        decrement += move[k] * score[k];
    if (decrement <= SETTLED * fmax(1, (double)counts->deaths)) {
        fp_chol_inverse(information, p, fit->var);
        fit->usable = true;
        return false;
    }
    if (!(decrement < *before) && number > 1)
        return false;
    *before = decrement;
    for (int32_t k = 0; k < p; k++)
        fit->beta[k] += move[k];
    return true;
}

bool fp_power_newton(const fp_power_counts *counts, const fp_power_model *model,
                     fp_power_sums_fn sums, fp_power_fit *fit)
{
    step s = {.counts = counts, .model = model};
    double one[A], two[A * A], before = (double)INFINITY;
    int32_t p = model->p;
    ptrdiff_t length = (counts->deaths + 7) / 8 * 8;
    *fit = (fp_power_fit){0};
    for (int i = 0; i < FP_POWER_STEPS && counts->deaths; i++) {
        if (too_far(&s, fit->beta, fit->w))
            return false;
        sums(counts->arms, fit->w, counts->sub, counts->room, counts->mask, length, one, two);
        gather(&s, fit->w, one, two);
        if (!fp_power_step(i, counts, p, s.score, s.information, &before, fit))
            break;
    }
    return fit->usable;
}
