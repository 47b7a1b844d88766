#include "stats/allocation_set_priv.h"

#include <math.h>
#include <string.h>

#include "stats/permutation.h"

#define MOST_REFUSALS 1000000 /* draws above the limit, one after another, before we give up */
#define MOST_STRATA   100000000

/* ---- checks -------------------------------------------------------------------------------- */

static fp_status check_labels(const char *name, const int32_t *label, ptrdiff_t n, int32_t levels,
                              fp_err *err)
{
    for (ptrdiff_t j = 0; j < n; j++)
        if (label[j] < 0 || label[j] >= levels)
            return fp_fail(err, FP_ARG, "allocation: %s of unit %td is not in 0..%d", name, j + 1,
                           (int)levels - 1);
    return FP_OK;
}

static fp_status check_finite(const double *value, ptrdiff_t n, fp_err *err)
{
    for (ptrdiff_t i = 0; i < n; i++)
        if (!isfinite(value[i]))
            return fp_fail(err, FP_ARG, "allocation: value %td is not finite", i + 1);
    return FP_OK;
}

static fp_status check_covariates(const fp_allocation_rule *rule, fp_err *err)
{
    if (rule->covariates < 0 || rule->covariates > 1000)
        return fp_fail(err, FP_ARG, "allocation: %td covariates", rule->covariates);
    if (rule->balanced < 0 || rule->balanced == 1 || rule->balanced > rule->units)
        return fp_fail(err, FP_ARG, "allocation: %td of %td units are balanced", rule->balanced,
                       rule->units);
    if (rule->covariates)
        FP_TRY(check_finite(rule->covariate, rule->covariates * rule->units, err));
    for (ptrdiff_t k = 0; rule->weight && k < rule->covariates; k++)
        if (!(rule->weight[k] > 0) || !isfinite(rule->weight[k]))
            return fp_fail(err, FP_ARG, "allocation: the weight of covariate %td is not above 0",
                           k + 1);
    return FP_OK;
}

/* The sizes of each stratum add up to its units. */
static fp_status check_sizes(const fp_allocation_rule *rule, fp_err *err)
{
    for (int32_t s = 0; s < rule->strata; s++) {
        int64_t members = 0, placed = 0;
        for (ptrdiff_t j = 0; j < rule->units; j++)
            members += !rule->stratum || rule->stratum[j] == s;
        for (int32_t g = 0; g < rule->arms; g++) {
            int32_t size = rule->size[s * rule->arms + g];
            if (size < 0)
                return fp_fail(err, FP_ARG, "allocation: a negative size");
            placed += size;
        }
        if (placed != members)
            return fp_fail(err, FP_ARG,
                           "allocation: the arms of stratum %d hold %lld units of its %lld",
                           (int)s + 1, (long long)placed, (long long)members);
    }
    return FP_OK;
}

fp_status fp_alloc_check(const fp_allocation_rule *rule, bool sizes, fp_err *err)
{
    if (rule->units < 2 || rule->units > FP_ALLOCATION_UNITS)
        return fp_fail(err, FP_ARG, "allocation: %td units, wanted 2 to %d", rule->units,
                       FP_ALLOCATION_UNITS);
    if (rule->arms < 2 || rule->arms > FP_ALLOCATION_ARMS)
        return fp_fail(err, FP_ARG, "allocation: %d arms, wanted 2 to %d", (int)rule->arms,
                       FP_ALLOCATION_ARMS);
    if (rule->strata < 1 || rule->strata > rule->units)
        return fp_fail(err, FP_ARG, "allocation: %d strata of %td units", (int)rule->strata,
                       rule->units);
    if (rule->stratum)
        FP_TRY(check_labels("stratum", rule->stratum, rule->units, rule->strata, err));
    FP_TRY(check_covariates(rule, err));
    return sizes ? check_sizes(rule, err) : FP_OK;
}

/* ---- the set ------------------------------------------------------------------------------- */

double fp_alloc_count(const int32_t *size, int32_t strata, int32_t arms)
{
    double n = 1;
    for (int32_t s = 0; s < strata; s++) {
        int64_t placed = 0;
        for (int32_t g = 0; g < arms; g++) {
            placed += size[s * arms + g];
            n *= fp_choose(placed, size[s * arms + g]);
        }
    }
    return n;
}

void fp_alloc_members(ptrdiff_t units, const int32_t *stratum, int32_t strata, int32_t *member,
                      int32_t *first)
{
    for (ptrdiff_t j = 0; j < units; j++)
        first[(stratum ? stratum[j] : 0) + 1]++;
    for (int32_t s = 0; s < strata; s++)
        first[s + 1] += first[s];
    /* the fronts move up to the next bucket and are put back */
    for (ptrdiff_t j = 0; j < units; j++)
        member[first[stratum ? stratum[j] : 0]++] = (int32_t)j;
    for (int32_t s = strata; s > 0; s--)
        first[s] = first[s - 1];
    first[0] = 0;
}

ptrdiff_t fp_alloc_balanced(const fp_allocation_rule *rule)
{
    return rule->balanced ? rule->balanced : rule->units;
}

fp_status fp_alloc_standardise(const fp_allocation_rule *rule, fp_arena *arena, double **out,
                               fp_err *err)
{
    ptrdiff_t n = fp_alloc_balanced(rule), covariates = rule->covariates;
    double *z;
    FP_ARRAY(z, arena, rule->units * covariates, err);
    for (ptrdiff_t k = 0; k < covariates; k++) {
        const double *x = rule->covariate + k * rule->units;
        double mean = 0, squares = 0, largest = 0;
        for (ptrdiff_t j = 0; j < n; j++)
            mean += x[j] / (double)n;
        for (ptrdiff_t j = 0; j < n; j++) {
            squares += (x[j] - mean) * (x[j] - mean);
            largest = fmax(largest, fabs(x[j]));
        }
        double sd = sqrt(squares / (double)(n - 1));
        double scale = sd > 1e-12 * largest ? sqrt(rule->weight ? rule->weight[k] : 1) / sd : 0;
        for (ptrdiff_t j = 0; j < n; j++)
            z[j * covariates + k] = (x[j] - mean) * scale;
    }
    *out = z;
    return FP_OK;
}

/* Strata of the draw crossed with what is held fixed. */
static fp_status make_strata(const fp_alloc_spec *spec, fp_arena *arena, fp_alloc_set *set,
                             fp_err *err)
{
    const int32_t *drawn = spec->rule ? spec->rule->stratum : NULL;
    int32_t levels = set->levels, *stratum, *size, *member, *first;
    int32_t strata = drawn ? spec->rule->strata : 1;
    if (strata > MOST_STRATA / levels)
        return fp_fail(err, FP_ARG, "allocation: %d strata at %d fixed levels are too many",
                       (int)strata, (int)levels);
    set->strata = strata * levels;
    FP_ARRAY(stratum, arena, set->units, err);
    FP_ARRAY(size, arena, (ptrdiff_t)set->strata * set->arms, err);
    FP_ARRAY(member, arena, set->units, err);
    FP_ARRAY(first, arena, (ptrdiff_t)set->strata + 1, err);
    for (ptrdiff_t j = 0; j < set->units; j++) {
        stratum[j] = (drawn ? drawn[j] : 0) * levels + (spec->fixed ? spec->fixed[j] : 0);
        size[stratum[j] * set->arms + set->arm[j]]++;
    }
    fp_alloc_members(set->units, stratum, set->strata, member, first);
    set->stratum = stratum;
    set->size = size;
    set->member = member;
    set->first = first;
    return FP_OK;
}

/* The constraint of the draw speaks of whole arms: what is held fixed is part of them. */
static fp_status make_constraint(const fp_alloc_spec *spec, fp_arena *arena, fp_alloc_set *set,
                                 fp_err *err)
{
    double *z, *cell_size;
    set->limit = HUGE_VAL;
    if (!spec->rule || spec->rule->covariates == 0)
        return FP_OK;
    FP_TRY(fp_alloc_standardise(spec->rule, arena, &z, err));
    set->covariates = spec->rule->covariates;
    set->z = z;
    set->fixed = spec->fixed;
    set->cells = set->arms * set->levels;
    set->limit = spec->rule->limit;
    FP_ARRAY(cell_size, arena, set->cells, err);
    for (ptrdiff_t j = 0; j < fp_alloc_balanced(spec->rule); j++)
        cell_size[set->arm[j] + set->arms * (set->fixed ? set->fixed[j] : 0)] += 1;
    set->cell_size = cell_size;
    return FP_OK;
}

static double score_of_sums(const fp_alloc_set *set, const double *sum)
{
    double score = 0;
    for (int32_t c = 0; c < set->cells; c++) {
        double squares = 0;
        for (ptrdiff_t k = 0; k < set->covariates; k++)
            squares += sum[c * set->covariates + k] * sum[c * set->covariates + k];
        score += set->cell_size[c] > 0 ? squares / set->cell_size[c] : 0;
    }
    return score;
}

static int32_t cell_of(const fp_alloc_set *set, ptrdiff_t j, int32_t label)
{
    return label + (set->fixed ? set->arms * set->fixed[j] : 0);
}

double fp_alloc_score(const fp_alloc_set *set, const uint8_t *label, double *sum)
{
    memset(sum, 0, (size_t)(set->cells * set->covariates) * sizeof *sum);
    for (ptrdiff_t j = 0; j < set->units; j++) {
        double *at = sum + cell_of(set, j, label[j]) * set->covariates;
        for (ptrdiff_t k = 0; k < set->covariates; k++)
            at[k] += set->z[j * set->covariates + k];
    }
    return score_of_sums(set, sum);
}

/* ---- the way through ----------------------------------------------------------------------- */

/* One chunk's way through the set. */
typedef struct {
    const fp_alloc_set *set;
    fp_alloc_visit_fn visit;
    void *context;
    long prefix, chunk; /* prefixes met so far; the one to follow */
    int32_t *left;      /* strata x arms */
    double *covariate;  /* cells x covariates: sums of z */
    double *kept;       /* units x covariates: sums to be put back */
    fp_allocation now;
} walk;

static fp_status walk_create(walk *w, fp_arena *arena, fp_err *err)
{
    const fp_alloc_set *set = w->set;
    FP_ARRAY(w->left, arena, (ptrdiff_t)set->strata * set->arms, err);
    FP_ARRAY(w->covariate, arena, set->cells * set->covariates, err);
    FP_ARRAY(w->kept, arena, set->exact ? set->units * set->covariates : 0, err);
    FP_ARRAY(w->now.label, arena, set->units, err);
    memcpy(w->left, set->size, (size_t)(set->strata * set->arms) * sizeof *w->left);
    return FP_OK;
}

static void leaf(walk *w)
{
    const fp_alloc_set *set = w->set;
    w->now.score = set->covariates ? score_of_sums(set, w->covariate) : 0;
    if (w->now.score <= set->limit)
        w->visit(w->context, &w->now);
}

/* Allocate unit j in every way that is left, then those after it. Sums are put back, not
 * subtracted, so that they do not drift. */
static void descend(walk *w, ptrdiff_t j)
{
    const fp_alloc_set *set = w->set;
    if (j == set->depth && w->prefix++ != w->chunk)
        return;
    if (j == set->units) {
        leaf(w);
        return;
    }
    int32_t *left = w->left + set->stratum[j] * set->arms;
    size_t bytes = (size_t)set->covariates * sizeof(double);
    for (int32_t g = 0; g < set->arms; g++) {
        if (left[g] == 0)
            continue;
        double sum = w->now.sum[g], second = w->now.second[g];
        double *at = w->covariate + cell_of(set, j, g) * set->covariates;
        double *kept = w->kept + j * set->covariates;
        left[g]--;
        w->now.label[j] = (uint8_t)g;
        w->now.sum[g] += set->value[j];
        if (set->second)
            w->now.second[g] += set->second[j];
        if (bytes) {
            memcpy(kept, at, bytes);
            for (ptrdiff_t k = 0; k < set->covariates; k++)
                at[k] += set->z[j * set->covariates + k];
        }
        descend(w, j + 1);
        if (bytes)
            memcpy(at, kept, bytes);
        w->now.sum[g] = sum;
        w->now.second[g] = second;
        left[g]++;
    }
}

static void sum_by_arm(const fp_alloc_set *set, fp_allocation *a)
{
    memset(a->sum, 0, sizeof a->sum);
    memset(a->second, 0, sizeof a->second);
    for (ptrdiff_t j = 0; j < set->units; j++) {
        a->sum[a->label[j]] += set->value[j];
        if (set->second)
            a->second[a->label[j]] += set->second[j];
    }
}

void fp_alloc_observed(const fp_alloc_set *set, uint8_t *label, fp_allocation *a)
{
    a->label = label;
    a->score = 0;
    for (ptrdiff_t j = 0; j < set->units; j++)
        label[j] = (uint8_t)set->arm[j];
    sum_by_arm(set, a);
}

void fp_alloc_shuffle(const int32_t *member, int32_t count, uint8_t *label, fp_rng *rng)
{
    for (int32_t i = count - 1; i > 0; i--) {
        int32_t k = member[fp_rng_below(rng, (uint32_t)i + 1)];
        uint8_t kept = label[member[i]];
        label[member[i]] = label[k];
        label[k] = kept;
    }
}

/* Shuffle until the allocation is within the limit. */
static fp_status next_sample(walk *w, fp_rng *rng, fp_err *err)
{
    const fp_alloc_set *set = w->set;
    for (int tries = 0; tries < MOST_REFUSALS; tries++) {
        for (int32_t s = 0; s < set->strata; s++)
            fp_alloc_shuffle(set->member + set->first[s], set->first[s + 1] - set->first[s],
                             w->now.label, rng);
        w->now.score = set->covariates ? fp_alloc_score(set, w->now.label, w->covariate) : 0;
        if (w->now.score <= set->limit)
            return FP_OK;
    }
    (void)fp_fail(err, FP_INPUT,
                  "not one of %d allocations drawn is as balanced as the design asks",
                  MOST_REFUSALS);
    return fp_hint(err, FP_INPUT, "ask for less balance, or for fewer covariates");
}

static fp_status sample(walk *w, fp_err *err)
{
    const fp_alloc_set *set = w->set;
    int64_t per_chunk = set->n / set->chunks;
    int64_t draws = per_chunk + (w->chunk < set->n % set->chunks ? 1 : 0);
    fp_rng rng;
    fp_rng_init(&rng, set->seed, FP_RNG_PERMUTATION, (uint64_t)w->chunk);
    fp_alloc_observed(set, w->now.label, &w->now);
    for (int64_t i = 0; i < draws; i++) {
        FP_TRY(next_sample(w, &rng, err));
        sum_by_arm(set, &w->now);
        w->visit(w->context, &w->now);
    }
    return FP_OK;
}

fp_status fp_alloc_visit(const fp_alloc_set *set, long chunk, fp_alloc_visit_fn visit,
                         void *context, fp_err *err)
{
    FP_ARENA_SCOPED(scratch, FP_GIB, err);
    walk w = {.set = set, .visit = visit, .context = context, .chunk = chunk};
    FP_TRY(walk_create(&w, scratch, err));
    if (!set->exact)
        return sample(&w, err);
    descend(&w, 0);
    return FP_OK;
}

/* How many ways there are to allocate the first set->depth units. */
static fp_status count_prefixes(const fp_alloc_set *set, long *count, fp_err *err)
{
    FP_ARENA_SCOPED(scratch, FP_GIB, err);
    walk w = {.set = set, .chunk = -1};
    FP_TRY(walk_create(&w, scratch, err));
    descend(&w, 0);
    *count = w.prefix;
    return FP_OK;
}

static fp_status cut_into_chunks(fp_alloc_set *set, fp_err *err)
{
    set->chunks = FP_SET_CHUNKS_MIN;
    if (!set->exact)
        return FP_OK;
    FP_TRY(count_prefixes(set, &set->chunks, err));
    while (set->chunks < FP_SET_CHUNKS_MIN && set->depth < set->units) {
        set->depth++;
        FP_TRY(count_prefixes(set, &set->chunks, err));
    }
    return FP_OK;
}

/* ---- set-up -------------------------------------------------------------------------------- */

static fp_status check_spec(const fp_alloc_spec *spec, fp_err *err)
{
    if (spec->samples < 1 || spec->exact_limit < 0)
        return fp_fail(err, FP_ARG, "allocation: samples must be at least 1, exact_limit 0");
    fp_allocation_rule bare = {.units = spec->units, .arms = spec->arms, .strata = 1};
    FP_TRY(fp_alloc_check(&bare, false, err));
    if (spec->rule && spec->rule->units != spec->units)
        return fp_fail(err, FP_ARG, "allocation: the rule is one of %td units, not %td",
                       spec->rule->units, spec->units);
    if (spec->rule) {
        fp_allocation_rule rule = *spec->rule;
        rule.arms = spec->arms;
        FP_TRY(fp_alloc_check(&rule, false, err));
    }
    FP_TRY(check_labels("arm", spec->arm, spec->units, spec->arms, err));
    if (spec->fixed)
        FP_TRY(check_labels("fixed factor", spec->fixed, spec->units, FP_ALLOCATION_UNITS, err));
    return check_finite(spec->value, spec->units, err);
}

static fp_status check_observed(const fp_alloc_set *set, fp_err *err)
{
    FP_ARENA_SCOPED(scratch, FP_GIB, err);
    uint8_t *label;
    double *sum;
    fp_allocation observed;
    if (!set->covariates)
        return FP_OK;
    FP_ARRAY(label, scratch, set->units, err);
    FP_ARRAY(sum, scratch, set->cells * set->covariates, err);
    fp_alloc_observed(set, label, &observed);
    double score = fp_alloc_score(set, label, sum);
    if (score <= set->limit)
        return FP_OK;
    (void)fp_fail(err, FP_INPUT,
                  "the allocation has balance score %.6g, above the limit %.6g of the design: the "
                  "draw cannot have given it",
                  score, set->limit);
    return fp_hint(err, FP_INPUT, "check the covariates and the limit against those of the draw");
}

fp_status fp_alloc_set_create(const fp_alloc_spec *spec, fp_arena *arena, fp_alloc_set *set,
                              fp_err *err)
{
    FP_TRY(check_spec(spec, err));
    *set = (fp_alloc_set){.units = spec->units,
                          .arms = spec->arms,
                          .value = spec->value,
                          .second = spec->second,
                          .arm = spec->arm,
                          .levels = 1,
                          .seed = spec->seed};
    for (ptrdiff_t j = 0; spec->fixed && j < set->units; j++)
        set->levels = spec->fixed[j] >= set->levels ? spec->fixed[j] + 1 : set->levels;
    FP_TRY(make_strata(spec, arena, set, err));
    FP_TRY(make_constraint(spec, arena, set, err));
    int32_t filled = 0;
    for (int32_t g = 0; g < set->arms; g++) {
        int64_t members = 0;
        for (int32_t s = 0; s < set->strata; s++)
            members += set->size[s * set->arms + g];
        filled += members > 0;
    }
    if (filled < 2)
        return fp_fail(err, FP_ARG, "allocation: all units are in one arm");
    FP_TRY(check_observed(set, err));
    double n = fp_alloc_count(set->size, set->strata, set->arms);
    set->exact = n <= spec->exact_limit && set->units <= FP_SET_UNITS_EXACT;
    set->n = set->exact ? (int64_t)n : spec->samples;
    return cut_into_chunks(set, err);
}
