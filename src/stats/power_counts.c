/* A trial as counts by day: eq. 4 of docs/methods/power.md. */
#include <string.h>

#include "stats/power_priv.h"

fp_status fp_power_counts_create(const fp_power_design *design, fp_arena *arena,
                                 fp_power_counts *counts, fp_err *err)
{
    int32_t days = fp_power_days(design), arms = design->arms;
    ptrdiff_t people = fp_power_most_people(design), room = (people + 7) / 8 * 8;
    fp_power_counts made = {.arms = arms, .days = days, .room = room};
    FP_ARRAY(made.leaves, arena, days / 64 + 1, err);
    FP_ARRAY(made.left, arena, (ptrdiff_t)(days + 1) * arms, err);
    FP_ARRAY(made.died, arena, (ptrdiff_t)(days + 1) * arms, err);
    FP_ARRAY(made.slot, arena, days + 1, err);
    FP_ARRAY(made.list, arena, days + 1, err);
    FP_ARRAY(made.at_risk, arena, room * arms, err);
    FP_ARRAY(made.dead, arena, room * arms, err);
    FP_ARRAY(made.ties, arena, room, err);
    FP_ARRAY(made.first_sub, arena, room + 1, err);
    FP_ARRAY(made.sub, arena, room * arms, err);
    FP_ARRAY(made.mask, arena, room, err);
    *counts = made;
    return FP_OK;
}

static void count_people(const fp_power_design *design, const fp_power_trial *trial,
                         fp_power_counts *c)
{
    memset(c->by_arm, 0, sizeof c->by_arm);
    memset(c->people, 0, sizeof c->people);
    memset(c->time, 0, sizeof c->time);
    for (ptrdiff_t j = 0; j < design->clusters; j++) {
        int32_t arm = design->arm[j], dead = 0;
        int64_t time = 0;
        for (ptrdiff_t i = trial->first[j]; i < trial->first[j + 1]; i++) {
            int32_t day = trial->day[i];
            ptrdiff_t at = (ptrdiff_t)day * c->arms + arm;
            c->leaves[day / 64] |= UINT64_C(1) << (day % 64);
            c->left[at]++;
            c->died[at] += trial->event[i];
            dead += trial->event[i];
            time += day;
        }
        c->by_arm[arm] += dead;
        c->time[arm] += (double)time;
        c->people[arm] += trial->size[j];
    }
}

static int32_t died_on(const fp_power_counts *c, int32_t day)
{
    uint32_t dead = 0;
    for (int32_t g = 0; g < c->arms; g++)
        dead += c->died[(ptrdiff_t)day * c->arms + g];
    return (int32_t)dead;
}

/* The days on which somebody leaves, and their places among the death days. */
static ptrdiff_t list_days(fp_power_counts *c)
{
    ptrdiff_t n = 0;
    c->events = c->deaths = 0;
    for (int32_t word = 0; word <= c->days / 64; word++) {
        uint64_t bits = c->leaves[word];
        c->leaves[word] = 0;
        for (; bits; bits &= bits - 1) {
            int32_t day = word * 64 + __builtin_ctzll(bits), dead = died_on(c, day);
            c->list[n++] = day;
            if (dead) {
                c->first_sub[c->events] = (int32_t)c->deaths;
                c->ties[c->events++] = dead;
                c->deaths += dead;
            }
            c->slot[day] = (int32_t)c->events - 1;
        }
    }
    c->first_sub[c->events] = (int32_t)c->deaths;
    return n;
}

/* One death day: who is at risk, and its sub-events. */
static void add_event(fp_power_counts *c, const double *now, const uint32_t *died, ptrdiff_t e)
{
    int32_t from = c->first_sub[e], ties = c->ties[e];
    for (int32_t g = 0; g < c->arms; g++) {
        double dead = died[g];
        c->at_risk[e * c->arms + g] = now[g];
        c->dead[e * c->arms + g] = dead;
        for (int32_t k = 0; k < ties; k++)
            c->sub[g * c->room + from + k] = now[g] - (double)k / ties * dead;
    }
}

/* A whole number of eights: what is too much counts for nothing. */
static void pad(fp_power_counts *c)
{
    ptrdiff_t end = (c->deaths + 7) / 8 * 8;
    for (ptrdiff_t s = 0; s < end; s++)
        c->mask[s] = s < c->deaths;
    for (int32_t g = 0; g < c->arms; g++)
        for (ptrdiff_t s = c->deaths; s < end; s++)
            c->sub[g * c->room + s] = 1;
}

void fp_power_counts_fill(const fp_power_design *design, const fp_power_trial *trial,
                          fp_power_counts *c)
{
    double now[FP_POWER_ARMS] = {0};
    count_people(design, trial, c);
    ptrdiff_t n = list_days(c);
    ptrdiff_t e = c->events;
    for (ptrdiff_t i = n - 1; i >= 0; i--) {
        int32_t day = c->list[i];
        uint32_t *left = c->left + (ptrdiff_t)day * c->arms;
        uint32_t *died = c->died + (ptrdiff_t)day * c->arms;
        for (int32_t g = 0; g < c->arms; g++)
            now[g] += left[g];
        if (died_on(c, day))
            add_event(c, now, died, --e);
        for (int32_t g = 0; g < c->arms; g++)
            left[g] = died[g] = 0;
    }
    pad(c);
}
