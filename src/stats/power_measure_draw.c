/* Trials of what is measured, drawn from a design: eq. 21-27 of docs/methods/power.md. */
#include <math.h>
#include <string.h>

#include "stats/power_measure_priv.h"

enum { WAVES = FP_POWER_WAVES };

/* ---- what is drawn from ---- */

static double logit(double p)
{
    return log(p / (1 - p));
}

fp_status fp_power_scheme_make(const fp_power_design *design, const double *eta,
                               fp_power_scheme *scheme, fp_err *err)
{
    const fp_power_measure *m = &design->measure;
    fp_power_scheme out = {.leaving = m->drop_out > 0 ? -log1p(-m->drop_out) : 0};
    FP_TRY(fp_power_spread_of(m, &out.spread, err));
    double variance = out.spread.cluster * out.spread.cluster +
                      out.spread.period * out.spread.period + out.spread.person * out.spread.person;
    if (m->outcome == FP_POWER_BINARY && m->law == FP_POWER_BETA && m->icc > 0)
        out.shapes = (1 - m->icc) / m->icc;
    for (int32_t g = 0; g < design->arms; g++)
        for (int32_t t = 0; t < m->waves; t++) {
            double risk, there = eta[g] * fp_power_share_at(m, t);
            if (m->outcome == FP_POWER_CONTINUOUS) {
                out.centre[g][t] = there;
                continue;
            }
            risk = fp_power_risk(m->effect, m->risk[t], there);
            out.centre[g][t] = out.shapes > 0 ? risk
                               : variance > 0 ? fp_logit_normal_intercept(risk, variance)
                                              : logit(risk);
        }
    *scheme = out;
    return FP_OK;
}

/* ---- rows ---- */

fp_status fp_power_rows_create(const fp_power_design *design, fp_arena *arena, fp_power_rows *rows,
                               fp_err *err)
{
    fp_power_rows made = {.room = fp_power_most_people(design) * design->measure.waves};
    FP_ARRAY(made.cluster, arena, made.room, err);
    FP_ARRAY(made.person, arena, made.room, err);
    FP_ARRAY(made.wave, arena, made.room, err);
    FP_ARRAY(made.block, arena, made.room, err);
    FP_ARRAY(made.arm, arena, design->clusters, err);
    FP_ARRAY(made.y, arena, made.room, err);
    FP_ARRAY(made.first, arena, made.room, err);
    *rows = made;
    return FP_OK;
}

/* ---- a trial ---- */

typedef struct {
    const fp_power_measure *m;
    const fp_power_scheme *s;
    fp_rng rng;
    fp_power_rows *rows;
} drawing;

/* A gamma variate on the log scale, where those of small shape do not become 0: G(a) = G(a + 1)
 * U^(1/a). */
static double log_gamma_variate(fp_rng *rng, double shape)
{
    double one_more = log(fp_power_gamma(rng, shape + 1));
    return one_more + log(fp_rng_unit(rng)) / shape;
}

static double normal_part(fp_rng *rng, double sd)
{
    return sd > 0 ? sd * fp_power_normal(rng) : 0;
}

/* What all of a cluster have in common at each wave: means, logits, or under FP_POWER_BETA the
 * probability itself. */
static void draw_cluster(drawing *d, int32_t arm, double level[WAVES])
{
    double alike = normal_part(&d->rng, d->s->spread.cluster);
    for (int32_t t = 0; t < d->m->waves; t++)
        level[t] = d->s->centre[arm][t] + alike + normal_part(&d->rng, d->s->spread.period);
    if (d->s->shapes <= 0)
        return;
    double risk = d->s->centre[arm][0];
    double with = log_gamma_variate(&d->rng, risk * d->s->shapes);
    double without = log_gamma_variate(&d->rng, (1 - risk) * d->s->shapes);
    level[0] = 1 / (1 + exp(without - with));
}

static double draw_answer(drawing *d, double level, double own)
{
    if (d->m->outcome == FP_POWER_CONTINUOUS)
        return level + own + normal_part(&d->rng, d->s->spread.residual);
    double risk = d->s->shapes > 0 ? level : 1 / (1 + exp(-level - own));
    return fp_rng_unit(&d->rng) < risk;
}

/* A person's answers until it leaves. */
static void draw_person(drawing *d, int32_t cluster, const double level[WAVES])
{
    fp_power_rows *rows = d->rows;
    double own = normal_part(&d->rng, d->s->spread.person);
    double stays = d->s->leaving > 0 ? -log(fp_rng_unit(&d->rng)) / d->s->leaving : 2;
    ptrdiff_t from = rows->n;
    double first = 0;
    for (int32_t t = 0; t < d->m->waves; t++) {
        double answer = draw_answer(d, level[t], own);
        first = t == 0 ? answer : first;
        if (d->m->at[t] > stays || (d->m->adjusted && t == 0))
            continue;
        ptrdiff_t i = rows->n++;
        rows->y[i] = answer;
        rows->first[i] = first;
        rows->wave[i] = t;
        rows->person[i] = rows->people;
        rows->cluster[i] = cluster;
        rows->block[i] = rows->clusters;
    }
    rows->people += rows->n > from;
}

void fp_power_rows_draw(const fp_power_design *design, const fp_power_scheme *scheme, uint64_t seed,
                        uint64_t number, fp_power_trial *trial, fp_power_rows *rows)
{
    drawing d = {.m = &design->measure, .s = scheme, .rows = rows};
    double level[WAVES];
    fp_rng_init(&d.rng, seed, FP_RNG_POWER, number);
    fp_power_draw_sizes(design, &d.rng, trial);
    rows->n = 0;
    rows->people = rows->clusters = 0;
    for (ptrdiff_t j = 0; j < design->clusters; j++) {
        ptrdiff_t from = rows->n;
        draw_cluster(&d, design->arm[j], level);
        for (int32_t i = 0; i < trial->size[j]; i++)
            draw_person(&d, (int32_t)j, level);
        if (rows->n == from)
            continue;
        rows->arm[rows->clusters++] = design->arm[j];
    }
}
