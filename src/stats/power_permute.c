/* Permutation tests inside the simulation: eq. 8 of docs/methods/power.md. The allocations are the
 * same in every trial, so they are enumerated once and written as bytes of a few clusters each; a
 * table of what a byte adds to the sums of the arms then takes the place of the product of the
 * matrix of allocations with the residuals. */
#include <math.h>
#include <string.h>

#include "stats/permutation_priv.h"
#include "stats/power_priv.h"

enum { A = FP_POWER_ARMS, BYTE = 256 };

/* ---- the set ---- */

typedef struct {
    const fp_power_set *set;
    uint8_t *at;
    int64_t met;
} packing;

static void pack(void *context, const fp_allocation *a)
{
    packing *p = context;
    int bits = 8 / p->set->per_byte;
    for (ptrdiff_t j = 0; j < p->set->clusters; j++)
        p->at[j / p->set->per_byte] |=
            (uint8_t)(a->label[j] << (bits * (int)(j % p->set->per_byte)));
    p->at += p->set->bytes;
    p->met++;
}

/* The labels that are dealt, and what is held fixed. */
static fp_status make_labels(const fp_power_design *design, const fp_power_question *question,
                             fp_arena *arena, fp_power_set *set, fp_err *err)
{
    int32_t *label, *fixed = NULL, f = question->factor;
    bool factor = fp_power_of_factor(question);
    set->groups = factor ? design->levels[f] : design->arms;
    set->strata = factor ? design->arms / design->levels[f] : 1;
    set->per_byte = set->groups == 2 ? 8 : set->groups <= 4 ? 4 : 2;
    set->bytes = (set->clusters + set->per_byte - 1) / set->per_byte;
    FP_ARRAY(label, arena, set->clusters, err);
    if (set->strata > 1)
        FP_ARRAY(fixed, arena, set->clusters, err);
    for (ptrdiff_t j = 0; j < set->clusters; j++) {
        int32_t arm = design->arm[j];
        label[j] = factor ? fp_power_level(design, arm, f) : arm;
        if (fixed)
            fixed[j] = fp_power_others(design, arm, f);
        set->size[label[j]] += 1;
    }
    set->label = label;
    set->fixed = fixed;
    return FP_OK;
}

/* The smallest p that the test itself can give, whatever is sampled here. */
static fp_status smallest(fp_power_set *set, const double *value, fp_arena *arena, fp_err *err)
{
    fp_permutation_options options = fp_permutation_defaults();
    fp_permutation_result result;
    int32_t *b, *a;
    options.threads = 1;
    FP_ARRAY(a, arena, set->clusters, err);
    FP_ARRAY(b, arena, set->clusters, err);
    for (ptrdiff_t j = 0; j < set->clusters; j++) {
        a[j] = set->label[j] % 2;
        b[j] = set->label[j] / 2;
    }
    if (set->kind == FP_PERMUTE_MARGIN)
        FP_TRY(fp_permutation_margin(set->clusters, value, set->label, set->fixed, &options,
                                     &result, err));
    else if (set->kind == FP_PERMUTE_LEVELS)
        FP_TRY(fp_permutation_levels(set->clusters, value, set->label, set->groups, set->fixed,
                                     &options, &result, err));
    else if (set->kind == FP_PERMUTE_INTERACTION)
        FP_TRY(
            fp_permutation_interaction(set->clusters, value, a, b, NULL, &options, &result, err));
    else
        FP_TRY(fp_permutation_global(set->clusters, value, set->label, set->groups, &options,
                                     &result, err));
    set->smallest_p = result.smallest_p;
    return FP_OK;
}

static fp_status enumerate(fp_power_set *set, const double *value, const fp_power_options *options,
                           fp_arena *arena, fp_err *err)
{
    bool interaction = set->kind == FP_PERMUTE_INTERACTION;
    fp_alloc_set all;
    fp_alloc_spec spec = {.units = set->clusters,
                          .value = value,
                          .arm = set->label,
                          .arms = set->groups,
                          .fixed = set->fixed,
                          .exact_limit =
                              (double)(interaction ? options->interaction : options->exact_most),
                          .samples = interaction ? options->interaction : options->samples,
                          .seed = options->seed};
    uint8_t *code;
    FP_TRY(fp_alloc_set_create(&spec, arena, &all, err));
    FP_ARRAY(code, arena, all.n * set->bytes, err);
    packing p = {set, code, 0};
    for (long chunk = 0; chunk < all.chunks; chunk++)
        FP_TRY(fp_alloc_visit(&all, chunk, pack, &p, err));
    set->code = code;
    set->allocations = p.met;
    set->exact = all.exact;
    return FP_OK;
}

fp_status fp_power_set_create(const fp_power_design *design, const fp_power_question *question,
                              const fp_power_options *options, fp_arena *arena, fp_power_set *set,
                              fp_err *err)
{
    fp_power_set made = {.kind = question->permute, .clusters = design->clusters};
    double *value;
    FP_TRY(make_labels(design, question, arena, &made, err));
    FP_ARRAY(value, arena, made.clusters, err);
    for (ptrdiff_t j = 0; j < made.clusters; j++)
        value[j] = sqrt((double)j + 1); /* no two sums alike */
    FP_TRY(smallest(&made, value, arena, err));
    FP_TRY(enumerate(&made, value, options, arena, err));
    double n = (double)made.allocations, alpha = design->alpha;
    made.most_far =
        made.exact ? (int64_t)floor(alpha * n + 1e-9) : (int64_t)floor(alpha * (n + 1) + 1e-9) - 1;
    *set = made;
    return FP_OK;
}

/* ---- one trial ---- */

static int width_of(const fp_power_set *set)
{
    return set->kind == FP_PERMUTE_MARGIN ? 1 : A;
}

ptrdiff_t fp_power_set_room(const fp_power_set *set)
{
    return set->bytes * BYTE * width_of(set) + set->clusters;
}

/* Values about their mean within each level of what is fixed. */
static void centre(const fp_power_set *set, const double *residual, double *value)
{
    double sum[A] = {0}, size[A] = {0};
    for (ptrdiff_t j = 0; j < set->clusters; j++) {
        sum[set->fixed ? set->fixed[j] : 0] += residual[j];
        size[set->fixed ? set->fixed[j] : 0] += 1;
    }
    for (ptrdiff_t j = 0; j < set->clusters; j++) {
        int32_t s = set->fixed ? set->fixed[j] : 0;
        value[j] = residual[j] - sum[s] / size[s];
    }
}

/* What every value of every byte adds: to the sum of the treated, or to the sums (and for the
 * interaction the sums of squares) of the groups. A byte is another one with its highest cluster
 * moved out of group 0. */
static void make_table(const fp_power_set *set, const double *value, double *table)
{
    int width = width_of(set), bits = 8 / set->per_byte;
    bool groups = width > 1, squares = set->kind == FP_PERMUTE_INTERACTION;
    for (ptrdiff_t b = 0; b < set->bytes; b++) {
        double *at = table + b * BYTE * width;
        const double *v = value + b * set->per_byte;
        ptrdiff_t here = set->clusters - b * set->per_byte;
        memset(at, 0, (size_t)width * sizeof *at);
        for (ptrdiff_t j = 0; groups && j < here && j < set->per_byte; j++) {
            at[0] += v[j];
            at[4] += squares ? v[j] * v[j] : 0;
        }
        for (int code = 1; code < BYTE; code++) {
            int place = (31 - __builtin_clz((unsigned)code)) / bits;
            int group = code >> (place * bits), rest = code & ((1 << (place * bits)) - 1);
            double *to = at + code * width, x = place < here ? v[place] : 0;
            memcpy(to, at + rest * width, (size_t)width * sizeof *at);
            to[0] += groups ? -x : x;
            if (groups && group < A)
                to[group] += x;
            if (squares) {
                to[4] -= x * x;
                to[4 + group] += x * x;
            }
        }
    }
}

static int64_t margin_far(const fp_power_set *set, const double *value, const double *table)
{
    double observed = 0;
    int64_t far = 0;
    for (ptrdiff_t j = 0; j < set->clusters; j++)
        observed += set->label[j] ? value[j] : 0;
    double bound = fp_perm_bound(fabs(observed), false);
    const uint8_t *code = set->code;
    for (int64_t i = 0; i < set->allocations; i++, code += set->bytes) {
        double sum = 0;
        for (ptrdiff_t b = 0; b < set->bytes; b++)
            sum += table[b * BYTE + code[b]];
        far += fabs(sum) >= bound;
    }
    return far;
}

/* Eq. 5 of docs/methods/permutation.md from the sums of the groups. */
static double between(const fp_power_set *set, const double *sum)
{
    double total = 0;
    for (int32_t g = 0; g < set->groups; g++)
        total += sum[g] * sum[g] / set->size[g];
    return total;
}

/* The sums of every group in one allocation. */
static inline void add_bytes(const fp_power_set *set, const double *table, const uint8_t *code,
                             double *all)
{
    for (int k = 0; k < A; k++)
        all[k] = table[code[0] * A + k];
    for (ptrdiff_t b = 1; b < set->bytes; b++)
        for (int k = 0; k < A; k++)
            all[k] += table[(b * BYTE + code[b]) * A + k];
}

static int64_t global_far(const fp_power_set *set, const double *value, const double *table)
{
    double sum[A] = {0}, all[A];
    int64_t far = 0;
    for (ptrdiff_t j = 0; j < set->clusters; j++)
        sum[set->label[j]] += value[j];
    double bound = fp_perm_bound(between(set, sum), false);
    const uint8_t *code = set->code;
    for (int64_t i = 0; i < set->allocations; i++, code += set->bytes) {
        add_bytes(set, table, code, all);
        far += between(set, all) >= bound;
    }
    return far;
}

/* Weights with which the contrast and its variance are linear in the sums of the arms and in the
 * squares about their means (eq. 7-9 of docs/methods/permutation.md). */
typedef struct {
    double contrast[FP_PERM_FACTORIAL], inverse[FP_PERM_FACTORIAL], variance[FP_PERM_FACTORIAL];
    double constant; /* the variance where there is none */
} weights;

static weights weights_of(const fp_perm_contrast *m)
{
    weights w = {.constant = m->denominator == FP_PERM_BARE};
    double inverse = 0;
    for (int g = 0; g < FP_PERM_FACTORIAL; g++) {
        w.inverse[g] = 1 / m->size[g];
        w.contrast[g] = (g == 0 || g == 3 ? 1 : -1) * w.inverse[g];
        inverse += w.inverse[g];
    }
    for (int g = 0; g < FP_PERM_FACTORIAL; g++) {
        if (m->denominator == FP_PERM_BY_ARM)
            w.variance[g] = w.inverse[g] / (m->size[g] - 1);
        if (m->denominator == FP_PERM_POOLED)
            w.variance[g] = inverse / (double)(m->clusters - FP_PERM_FACTORIAL);
    }
    return w;
}

/* Whether the squared contrast reaches `bound` times its variance: no root, no division. */
static inline bool reaches(const weights *w, const double *all, double bound)
{
    double contrast = 0, variance = w->constant;
    for (int g = 0; g < FP_PERM_FACTORIAL; g++) {
        contrast += w->contrast[g] * all[g];
        variance += w->variance[g] * (all[4 + g] - all[g] * all[g] * w->inverse[g]);
    }
    return contrast * contrast >= bound * variance;
}

static int64_t interaction_far(const fp_power_set *set, const double *value, const double *table)
{
    fp_perm_contrast m = {0};
    double sum[A] = {0}, within[A] = {0}, all[A];
    int64_t far = 0, size[A] = {0};
    for (ptrdiff_t j = 0; j < set->clusters; j++) {
        sum[set->label[j]] += value[j];
        m.scale += value[j] * value[j];
        size[set->label[j]]++;
    }
    for (ptrdiff_t j = 0; j < set->clusters; j++) {
        int32_t g = set->label[j];
        double off = value[j] - sum[g] / (double)size[g];
        within[g] += off * off;
    }
    m.scale = sqrt(m.scale);
    if (fp_perm_contrast_init(&m, size, NULL) != FP_OK)
        return set->allocations;
    double bound = fp_perm_bound(fabs(fp_perm_contrast_ratio(&m, sum, within)), true);
    if (bound <= 0)
        return set->allocations;
    weights w = weights_of(&m);
    const uint8_t *code = set->code;
    for (int64_t i = 0; i < set->allocations; i++, code += set->bytes) {
        add_bytes(set, table, code, all);
        far += reaches(&w, all, bound * bound);
    }
    return far;
}

int64_t fp_power_set_far(const fp_power_set *set, const double *residual, double *table)
{
    double *value = table + set->bytes * BYTE * width_of(set);
    centre(set, residual, value);
    make_table(set, value, table);
    if (set->kind == FP_PERMUTE_MARGIN)
        return margin_far(set, value, table);
    if (set->kind == FP_PERMUTE_INTERACTION)
        return interaction_far(set, value, table);
    return global_far(set, value, table);
}
