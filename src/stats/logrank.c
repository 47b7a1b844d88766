#include "stats/logrank.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/num.h"
#include "stats/dense_priv.h"
#include "stats/dist.h"
#include "stats/logrank_priv.h"
#include "stats/risk_priv.h"
#include "stats/sort.h"

/* ---- the slices that are counted ---- */

fp_status fp_logrank_slices(const fp_survdata *data, const int32_t *group, int32_t groups,
                            fp_arena *arena, const int32_t **slice, fp_err *err)
{
    int32_t *made;
    *slice = group;
    if (fp_strata_of(data) < 2)
        return FP_OK;
    FP_ARRAY(made, arena, data->n, err);
    for (ptrdiff_t i = 0; i < data->n; i++) {
        int32_t s = data->stratum[i];
        if (s < 0 || s >= data->strata || group[i] < 0 || group[i] >= groups)
            return fp_fail(err, FP_ARG, "row %td: stratum %d, group %d", i, (int)s, (int)group[i]);
        made[i] = s * groups + group[i];
    }
    *slice = made;
    return FP_OK;
}

static fp_status count(const fp_survdata *data, const int32_t *group, int32_t groups,
                       const fp_logrank_options *options, fp_arena *scratch, const fp_tally **tally,
                       fp_err *err)
{
    const int32_t *slice;
    if (*tally)
        return FP_OK;
    if (groups < 1 || (int64_t)groups * fp_strata_of(data) > INT32_MAX / 4)
        return fp_fail(err, FP_ARG, "a log-rank test of %d groups", (int)groups);
    FP_TRY(fp_logrank_slices(data, group, groups, scratch, &slice, err));
    return fp_tally_create(data, slice, groups * fp_strata_of(data), options->threads, scratch,
                           tally, err);
}

/* ---- observed, expected and variance ---- */

/* One stratum on its way through the death times. */
typedef struct {
    const fp_tally *tally; /* all groups of the stratum */
    ptrdiff_t *at;         /* groups: first element at or after the time */
    ptrdiff_t *next;       /* groups: next element with an event */
    double *y, *d;         /* groups: at risk, events at the time */
} walk;

static ptrdiff_t next_event(const fp_tally *t, ptrdiff_t k)
{
    while (k < t->length && !(t->event[k] > 0))
        k++;
    return k;
}

/* The next death time of any group; false at the end. */
static bool step(const fp_logrank_work *w, walk *s, double *time)
{
    double t = HUGE_VAL;
    bool found = false;
    for (int32_t a = 0; a < w->groups; a++) {
        const fp_tally *tally = &s->tally[w->of[a]];
        if (s->next[a] < tally->length && tally->time[s->next[a]] < t) {
            t = tally->time[s->next[a]];
            found = true;
        }
    }
    for (int32_t a = 0; found && a < w->groups; a++) {
        const fp_tally *tally = &s->tally[w->of[a]];
        while (s->at[a] < tally->length && tally->time[s->at[a]] < t)
            s->at[a]++;
        bool dies = s->next[a] < tally->length && tally->time[s->next[a]] <= t;
        s->y[a] = s->at[a] < tally->length ? tally->at_risk[s->at[a]] : 0;
        s->d[a] = dies ? tally->event[s->next[a]] : 0;
        if (dies)
            s->next[a] = next_event(tally, s->next[a] + 1);
    }
    *time = t;
    return found;
}

/* One death time, with weight c: eq. 11 and 12 of docs/methods/kaplan-meier.md. */
static void add_time(const fp_logrank_work *w, const walk *s, double y, double d, double c)
{
    double spread = y > 1 ? c * c * d * ((y - d) / (y - 1)) : 0;
    for (int32_t a = 0; a < w->groups; a++) {
        double share = s->y[a] / y;
        w->observed[a] += c * s->d[a];
        w->expected[a] += c * d * share;
        w->var[a + a * w->groups] += spread * share;
        for (int32_t b = 0; b < w->groups; b++)
            w->var[a + b * w->groups] -= spread * share * (s->y[b] / y);
    }
}

/* Keep what the residuals of rows need: eq. 14. */
static void keep_time(const fp_logrank_work *w, const walk *s, ptrdiff_t k, bool begins, double t,
                      double y, double d, double c)
{
    ptrdiff_t g = w->groups;
    w->time[k] = t;
    w->weight[k] = c;
    w->hazard[k] = c * (d / y) + (begins ? 0 : w->hazard[k - 1]);
    for (ptrdiff_t a = 0; a < g; a++) {
        double share = s->y[a] / y;
        w->share[k * g + a] = share;
        w->passed[k * g + a] = c * (d / y) * share + (begins ? 0 : w->passed[(k - 1) * g + a]);
    }
}

/* eq. 10: 1 for the plain test. */
static double weight_of(const fp_logrank_options *o, double survival)
{
    double c = 1;
    if (o->rho < 0 || o->rho > 0)
        c *= pow(survival, o->rho);
    if (o->gamma > 0)
        c *= pow(1 - survival, o->gamma);
    return isfinite(c) ? c : 0;
}

static void add_stratum(const fp_logrank_work *w, int32_t stratum, walk *s)
{
    double survival = 1, t; /* just before the time, pooled over the groups */
    ptrdiff_t k = w->first ? w->first[stratum] : 0;
    s->tally = w->tally + (ptrdiff_t)stratum * w->all;
    for (int32_t a = 0; a < w->groups; a++) {
        s->at[a] = 0;
        s->next[a] = next_event(&s->tally[w->of[a]], 0);
    }
    for (bool begins = true; step(w, s, &t); begins = false) {
        double y = 0, d = 0;
        for (int32_t a = 0; a < w->groups; a++) {
            y += s->y[a];
            d += s->d[a];
        }
        double c = weight_of(w->options, survival);
        add_time(w, s, y, d, c);
        if (w->first)
            keep_time(w, s, k++, begins, t, y, d, c);
        survival *= (y - d) / y;
    }
    if (w->first)
        w->first[stratum + 1] = k;
}

static fp_status make_room(fp_logrank_work *w, fp_arena *arena, fp_arena *scratch, fp_err *err)
{
    ptrdiff_t g = w->groups, times = 0;
    FP_ARRAY(w->observed, arena, g, err);
    FP_ARRAY(w->expected, arena, g, err);
    FP_ARRAY(w->var, arena, g * g, err);
    if (!w->options->clustered)
        return FP_OK;
    for (int32_t s = 0; s < w->strata; s++)
        for (ptrdiff_t a = 0; a < g; a++) {
            const fp_tally *tally = &w->tally[(ptrdiff_t)s * w->all + w->of[a]];
            for (ptrdiff_t k = 0; k < tally->length; k++)
                times += tally->event[k] > 0;
        }
    FP_ARRAY(w->first, scratch, w->strata + 1, err);
    FP_ARRAY(w->time, scratch, times, err);
    FP_ARRAY(w->weight, scratch, times, err);
    FP_ARRAY(w->hazard, scratch, times, err);
    FP_ARRAY(w->share, scratch, times * g, err);
    FP_ARRAY(w->passed, scratch, times * g, err);
    return FP_OK;
}

static fp_status add_strata(fp_logrank_work *w, fp_arena *arena, fp_arena *scratch, fp_err *err)
{
    walk s = {0};
    FP_TRY(make_room(w, arena, scratch, err));
    FP_ARRAY(s.at, scratch, w->groups, err);
    FP_ARRAY(s.next, scratch, w->groups, err);
    FP_ARRAY(s.y, scratch, w->groups, err);
    FP_ARRAY(s.d, scratch, w->groups, err);
    for (int32_t k = 0; k < w->strata; k++)
        add_stratum(w, k, &s);
    return FP_OK;
}

/* ---- tests ---- */

/* The first group with an expected event is left out: the differences sum to 0. */
static fp_status test(const fp_logrank_work *w, const double *variance, fp_arena *scratch,
                      fp_logrank_test *out, fp_err *err)
{
    int32_t g = w->groups, used = 0;
    double *var, *difference, *room, total = 0;
    bool *keep;
    FP_ARRAY(var, scratch, (ptrdiff_t)g * g, err);
    FP_ARRAY(difference, scratch, g, err);
    FP_ARRAY(room, scratch, g, err);
    FP_ARRAY(keep, scratch, g, err);
    memcpy(var, variance, (size_t)g * (size_t)g * sizeof *var);
    for (int32_t a = 0; a < g; a++) {
        bool counts = w->expected[a] > 0;
        keep[a] = counts && used > 0;
        used += counts;
        difference[a] = w->observed[a] - w->expected[a];
        total += var[a + a * g];
    }
    *out = (fp_logrank_test){FP_NUM_NAN, FP_NUM_NAN, used > 1 && total > 0 ? used - 1 : 0};
    if (out->df == 0)
        return FP_OK;
    out->chisq = fp_quadratic_inverse(var, g, difference, pow(DBL_EPSILON, 0.75), keep, room);
    out->p = fp_chisq_upper(out->chisq, out->df);
    return FP_OK;
}

/* eq. 13. */
static fp_logrank_test trend(const fp_logrank_work *w, const double *variance, const double *score)
{
    double sum = 0, spread = 0;
    for (int32_t a = 0; a < w->groups; a++) {
        sum += score[a] * (w->observed[a] - w->expected[a]);
        for (int32_t b = 0; b < w->groups; b++)
            spread += score[a] * score[b] * variance[a + b * w->groups];
    }
    fp_logrank_test out = {FP_NUM_NAN, FP_NUM_NAN, 0};
    double size = 0; /* equal scores leave nothing but rounding */
    for (int32_t a = 0; a < w->groups; a++)
        size += score[a] * score[a] * variance[a + a * w->groups];
    if (!(spread > 1e-12 * size))
        return out;
    out.chisq = sum * sum / spread;
    out.p = fp_chisq_upper(out.chisq, 1);
    out.df = 1;
    return out;
}

static fp_status run_tests(const fp_logrank_work *w, fp_arena *scratch, fp_logrank_result *out,
                           fp_err *err)
{
    const fp_logrank_options *o = w->options;
    const fp_logrank_test none = {FP_NUM_NAN, FP_NUM_NAN, 0};
    fp_logrank_test plain;
    out->trend = out->clustered = out->clustered_trend = none;
    FP_TRY(test(w, w->var, scratch, &plain, err));
    out->chisq = plain.chisq;
    out->p = plain.p;
    out->df = plain.df;
    if (o->score)
        out->trend = trend(w, w->var, o->score);
    if (!o->clustered)
        return FP_OK;
    double *var;
    FP_ARRAY(var, scratch, (ptrdiff_t)w->groups * w->groups, err);
    FP_TRY(fp_logrank_cluster_variance(w, scratch, var, err));
    FP_TRY(test(w, var, scratch, &out->clustered, err));
    if (o->score)
        out->clustered_trend = trend(w, var, o->score);
    return FP_OK;
}

static fp_status check(const fp_survdata *data, const int32_t *group, int32_t groups,
                       const fp_logrank_options *o, fp_err *err)
{
    FP_TRY(fp_survdata_check(data, err));
    if (groups < 1)
        return fp_fail(err, FP_ARG, "a log-rank test of %d groups", (int)groups);
    if (!isfinite(o->rho) || !(o->gamma >= 0 && isfinite(o->gamma)))
        return fp_fail(err, FP_ARG, "log-rank weights of rho %g, gamma %g", o->rho, o->gamma);
    for (ptrdiff_t i = 0; o->clustered && i < data->n; i++)
        if (group[i] < 0 || group[i] >= groups)
            return fp_fail(err, FP_ARG, "row %td: group %d of %d", i, (int)group[i], (int)groups);
    return FP_OK;
}

static fp_status run(const fp_survdata *data, const int32_t *group, int32_t groups,
                     const fp_tally *tally, const fp_logrank_options *o, fp_arena *arena,
                     fp_logrank_result *result, fp_err *err)
{
    FP_TRY(check(data, group, groups, o, err));
    FP_ARENA_SCOPED(scratch, 64 * FP_GIB, err);
    FP_TRY(count(data, group, groups, o, scratch, &tally, err));
    int32_t *of;
    double *n;
    FP_ARRAY(of, scratch, groups, err);
    FP_ARRAY(n, arena, groups, err);
    for (int32_t a = 0; a < groups; a++)
        of[a] = a;
    fp_logrank_work w = {.data = data,
                         .options = o,
                         .tally = tally,
                         .all = groups,
                         .strata = fp_strata_of(data),
                         .groups = groups,
                         .of = of,
                         .place = of,
                         .group = group};
    for (int32_t s = 0; s < w.strata; s++)
        for (int32_t a = 0; a < groups; a++)
            n[a] += tally[(ptrdiff_t)s * groups + a].weight;
    FP_TRY(add_strata(&w, arena, scratch, err));
    fp_logrank_result out = {
        .n = n, .observed = w.observed, .expected = w.expected, .variance = w.var};
    FP_TRY(run_tests(&w, scratch, &out, err));
    *result = out;
    return FP_OK;
}

fp_status fp_logrank(const fp_survdata *data, const int32_t *group, int32_t groups,
                     const fp_tally *tally, const fp_logrank_options *options, fp_arena *arena,
                     fp_logrank_result *result, fp_err *err)
{
    static const fp_logrank_options plain = {0};
    fp_arena_point mark = fp_arena_mark(arena);
    fp_status status =
        run(data, group, groups, tally, options ? options : &plain, arena, result, err);
    if (status != FP_OK)
        fp_arena_rewind(arena, mark);
    return status;
}

/* ---- pairs ---- */

fp_status fp_holm(const double *p, ptrdiff_t n, fp_arena *scratch, double *out, fp_err *err)
{
    uint64_t *key;
    uint32_t *item;
    ptrdiff_t tests = 0;
    double largest = 0;
    FP_ARRAY(key, scratch, n, err);
    FP_ARRAY(item, scratch, n, err);
    for (ptrdiff_t i = 0; i < n; i++) {
        out[i] = FP_NUM_NAN;
        if (isnan(p[i]))
            continue;
        key[tests] = fp_sort_key(p[i]);
        item[tests++] = (uint32_t)i;
    }
    FP_TRY(fp_sort_keys(key, item, tests, 1, scratch, err));
    for (ptrdiff_t k = 0; k < tests; k++) {
        largest = fmin(fmax(largest, (double)(tests - k) * p[item[k]]), 1);
        out[item[k]] = largest;
    }
    return FP_OK;
}

static fp_status run_pair(const fp_logrank_work *all, int32_t a, int32_t b, int32_t *place,
                          fp_arena *scratch, fp_logrank_pair *pair, fp_err *err)
{
    const int32_t of[2] = {a, b};
    fp_logrank_work w = *all;
    fp_logrank_test result;
    fp_arena_point mark = fp_arena_mark(scratch);
    w.of = of;
    w.place = place;
    place[a] = 0;
    place[b] = 1;
    FP_TRY(add_strata(&w, scratch, scratch, err));
    if (w.options->clustered)
        FP_TRY(fp_logrank_cluster_variance(&w, scratch, w.var, err));
    FP_TRY(test(&w, w.var, scratch, &result, err));
    place[a] = place[b] = -1;
    *pair = (fp_logrank_pair){a, b, result.chisq, result.p, FP_NUM_NAN};
    fp_arena_rewind(scratch, mark);
    return FP_OK;
}

static fp_status run_pairs(const fp_survdata *data, const int32_t *group, int32_t groups,
                           const fp_tally *tally, const fp_logrank_options *o,
                           fp_logrank_pair *pair, fp_err *err)
{
    FP_ARENA_SCOPED(scratch, 64 * FP_GIB, err);
    FP_TRY(check(data, group, groups, o, err));
    FP_TRY(count(data, group, groups, o, scratch, &tally, err));
    ptrdiff_t pairs = (ptrdiff_t)groups * (groups - 1) / 2, k = 0;
    int32_t *place;
    double *p, *holm;
    FP_ARRAY(place, scratch, groups, err);
    FP_ARRAY(p, scratch, pairs, err);
    FP_ARRAY(holm, scratch, pairs, err);
    for (int32_t a = 0; a < groups; a++)
        place[a] = -1;
    fp_logrank_work w = {.data = data,
                         .options = o,
                         .tally = tally,
                         .all = groups,
                         .strata = fp_strata_of(data),
                         .groups = 2,
                         .group = group};
    for (int32_t a = 0; a < groups; a++)
        for (int32_t b = a + 1; b < groups; b++, k++) {
            FP_TRY(run_pair(&w, a, b, place, scratch, &pair[k], err));
            p[k] = pair[k].p;
        }
    FP_TRY(fp_holm(p, pairs, scratch, holm, err));
    for (k = 0; k < pairs; k++)
        pair[k].p_holm = holm[k];
    return FP_OK;
}

fp_status fp_logrank_pairs(const fp_survdata *data, const int32_t *group, int32_t groups,
                           const fp_tally *tally, const fp_logrank_options *options,
                           fp_arena *arena, const fp_logrank_pair **pair, fp_err *err)
{
    static const fp_logrank_options plain = {0};
    fp_arena_point mark = fp_arena_mark(arena);
    fp_logrank_pair *made;
    FP_ARRAY(made, arena, (ptrdiff_t)groups * (groups - 1) / 2, err);
    fp_status status = run_pairs(data, group, groups, tally, options ? options : &plain, made, err);
    if (status != FP_OK) {
        fp_arena_rewind(arena, mark);
        return status;
    }
    *pair = made;
    return FP_OK;
}
