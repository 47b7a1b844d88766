#include "stats/allocation.h"

#include <math.h>
#include <string.h>

#include <gsl/gsl_statistics_double.h>

#include "base/parallel.h"
#include "stats/allocation_set_priv.h"

/* Equation numbers refer to docs/methods/allocation.md. */

#define SCRATCH      (4 * FP_GIB)
#define LIMIT_SLACK  1e-9 /* a limit is passed on as a number: rounding must not decide */
#define MOST_REFUSED 1000000

enum { STREAM_DRAW = 0, STREAM_SIZES = 1 };

fp_allocation_options fp_allocation_defaults(void)
{
    return (fp_allocation_options){
        .keep = 0.1, .exact_limit = 10000000, .samples = 100000, .seed = 1, .threads = 0};
}

/* The parts of a set that a score needs, for labels in hand. */
static fp_status scorer(const fp_allocation_rule *rule, const int32_t *arm, fp_arena *arena,
                        fp_alloc_set *set, fp_err *err)
{
    double *z, *cell_size;
    FP_TRY(fp_alloc_standardise(rule, arena, &z, err));
    FP_ARRAY(cell_size, arena, rule->arms, err);
    *set = (fp_alloc_set){.units = rule->units,
                          .arms = rule->arms,
                          .covariates = rule->covariates,
                          .z = z,
                          .cells = rule->arms,
                          .cell_size = cell_size};
    for (ptrdiff_t j = 0; j < fp_alloc_balanced(rule); j++)
        cell_size[arm[j]] += 1;
    return FP_OK;
}

fp_status fp_allocation_score(const fp_allocation_rule *rule, const int32_t *arm, double *score,
                              fp_err *err)
{
    FP_ARENA_SCOPED(scratch, SCRATCH, err);
    fp_alloc_set set;
    uint8_t *label;
    double *sum;
    FP_TRY(fp_alloc_check(rule, false, err));
    FP_ARRAY(label, scratch, rule->units, err);
    FP_ARRAY(sum, scratch, rule->arms * rule->covariates, err);
    for (ptrdiff_t j = 0; j < rule->units; j++) {
        if (arm[j] < 0 || arm[j] >= rule->arms)
            return fp_fail(err, FP_ARG, "allocation: arm of unit %td is not in 0..%d", j + 1,
                           (int)rule->arms - 1);
        label[j] = (uint8_t)arm[j];
    }
    FP_TRY(scorer(rule, arm, scratch, &set, err));
    *score = fp_alloc_score(&set, label, sum);
    return FP_OK;
}

/* ---- sizes and draws ----------------------------------------------------------------------- */

fp_status fp_allocation_sizes(ptrdiff_t units, const int32_t *stratum, int32_t strata, int32_t arms,
                              const int32_t *ratio, uint64_t seed, int32_t *size, fp_err *err)
{
    fp_allocation_rule rule = {.units = units, .arms = arms, .stratum = stratum, .strata = strata};
    FP_TRY(fp_alloc_check(&rule, false, err));
    int32_t share = 0;
    for (int32_t g = 0; g < arms; g++)
        share += ratio ? ratio[g] : 1;
    fp_rng rng;
    fp_rng_init(&rng, seed, FP_RNG_ALLOCATION, STREAM_SIZES);
    for (int32_t s = 0; s < strata; s++) {
        ptrdiff_t members = 0;
        for (ptrdiff_t j = 0; j < units; j++)
            members += !stratum || stratum[j] == s;
        int32_t whole = (int32_t)(members / share), over = (int32_t)(members % share);
        /* what is left over goes to places of the ratio, drawn without replacement */
        int32_t places = share;
        for (int32_t g = 0; g < arms; g++) {
            int32_t of_arm = ratio ? ratio[g] : 1;
            size[s * arms + g] = whole * of_arm;
            for (int32_t i = 0; i < of_arm; i++, places--) {
                if (fp_rng_below(&rng, (uint32_t)places) < (uint32_t)over) {
                    size[s * arms + g]++;
                    over--;
                }
            }
        }
    }
    return FP_OK;
}

static void draw_simple(const fp_allocation_rule *rule, fp_rng *rng, int32_t *arm)
{
    uint32_t share = 0;
    for (int32_t g = 0; g < rule->arms; g++)
        share += rule->ratio ? (uint32_t)rule->ratio[g] : 1;
    for (ptrdiff_t j = 0; j < rule->units; j++) {
        uint32_t at = fp_rng_below(rng, share);
        int32_t g = 0;
        for (uint32_t of_arm; at >= (of_arm = rule->ratio ? (uint32_t)rule->ratio[g] : 1); g++)
            at -= of_arm;
        arm[j] = g;
    }
}

static fp_status draw_sizes(const fp_allocation_rule *rule, fp_rng *rng, fp_arena *scratch,
                            int32_t *arm, fp_err *err)
{
    int32_t *member, *first;
    uint8_t *label;
    double *sum;
    fp_alloc_set set;
    FP_ARRAY(member, scratch, rule->units, err);
    FP_ARRAY(first, scratch, (ptrdiff_t)rule->strata + 1, err);
    FP_ARRAY(label, scratch, rule->units, err);
    FP_ARRAY(sum, scratch, rule->arms * rule->covariates, err);
    fp_alloc_members(rule->units, rule->stratum, rule->strata, member, first);
    for (int32_t s = 0; s < rule->strata; s++) {
        int32_t at = first[s];
        for (int32_t g = 0; g < rule->arms; g++)
            for (int32_t i = 0; i < rule->size[s * rule->arms + g]; i++)
                label[member[at++]] = (uint8_t)g;
    }
    for (ptrdiff_t j = 0; j < rule->units; j++)
        arm[j] = label[j];
    FP_TRY(scorer(rule, arm, scratch, &set, err));
    for (int tries = 0;; tries++) {
        for (int32_t s = 0; s < rule->strata; s++)
            fp_alloc_shuffle(member + first[s], first[s + 1] - first[s], label, rng);
        if (!rule->covariates || fp_alloc_score(&set, label, sum) <= rule->limit)
            break;
        if (tries < MOST_REFUSED)
            continue;
        (void)fp_fail(err, FP_INPUT,
                      "not one of %d allocations drawn is as balanced as the limit asks",
                      MOST_REFUSED);
        return fp_hint(err, FP_INPUT, "ask for less balance, or for fewer covariates");
    }
    for (ptrdiff_t j = 0; j < rule->units; j++)
        arm[j] = label[j];
    return FP_OK;
}

fp_status fp_allocation_draw(const fp_allocation_rule *rule, uint64_t seed, int32_t *arm,
                             fp_err *err)
{
    FP_ARENA_SCOPED(scratch, SCRATCH, err);
    FP_TRY(fp_alloc_check(rule, rule->lot == FP_LOT_SIZES, err));
    fp_rng rng;
    fp_rng_init(&rng, seed, FP_RNG_ALLOCATION, STREAM_DRAW);
    if (rule->lot == FP_LOT_SIZES)
        return draw_sizes(rule, &rng, scratch, arm, err);
    if (rule->covariates)
        return fp_fail(err, FP_ARG, "allocation: a covariate constraint needs arms of given sizes");
    for (int32_t g = 0; rule->ratio && g < rule->arms; g++)
        if (rule->ratio[g] < 1 || rule->ratio[g] > 1000)
            return fp_fail(err, FP_ARG, "allocation: the ratio of arm %d is not in 1..1000", g + 1);
    draw_simple(rule, &rng, arm);
    return FP_OK;
}

/* ---- the space of a constrained design ------------------------------------------------------ */

/* One chunk: first the scores, then the pairs of the kept ones. */
typedef struct {
    double *score; /* where those of the chunk go */
    int64_t met;
    int64_t *together; /* units x units, only i < j; NULL in the first pass */
    fp_status status;
    fp_err err;
} space_chunk;

typedef struct {
    const fp_alloc_set *set;
    space_chunk *chunk;
    int64_t *first; /* chunks + 1: where the scores of each begin; NULL while they are counted */
    double *score;
} space_fold;

typedef struct {
    const fp_alloc_set *set;
    space_chunk *at;
} space_context;

static void visit_space(void *context, const fp_allocation *a)
{
    space_context *c = context;
    space_chunk *at = c->at;
    if (at->score)
        at->score[at->met] = a->score;
    at->met++;
    for (ptrdiff_t i = 0; at->together && i < c->set->units; i++)
        for (ptrdiff_t j = i + 1; j < c->set->units; j++)
            at->together[i * c->set->units + j] += a->label[i] == a->label[j];
}

static void run_space_chunk(void *context, long i)
{
    space_fold *fold = context;
    space_chunk *at = &fold->chunk[i];
    space_context c = {fold->set, at};
    at->met = 0;
    at->score = fold->first ? fold->score + fold->first[i] : NULL;
    at->status = fp_alloc_visit(fold->set, i, visit_space, &c, &at->err);
}

static fp_status run_space(space_fold *fold, int threads, int64_t *met, fp_err *err)
{
    fp_parallel(threads, fold->set->chunks, run_space_chunk, fold);
    *met = 0;
    for (long i = 0; i < fold->set->chunks; i++) {
        if (fold->chunk[i].status != FP_OK) {
            if (err)
                *err = fold->chunk[i].err;
            return fold->chunk[i].status;
        }
        *met += fold->chunk[i].met;
    }
    return FP_OK;
}

/* All scores, in the order of the set. */
static fp_status collect_scores(space_fold *fold, int threads, fp_arena *scratch, int64_t *met,
                                fp_err *err)
{
    int64_t *first;
    FP_TRY(run_space(fold, threads, met, err));
    FP_ARRAY(first, scratch, fold->set->chunks + 1, err);
    for (long i = 0; i < fold->set->chunks; i++)
        first[i + 1] = first[i] + fold->chunk[i].met;
    FP_ARRAY(fold->score, scratch, *met, err);
    fold->first = first;
    FP_TRY(run_space(fold, threads, met, err));
    fold->first = NULL;
    return FP_OK;
}

/* The value of which there are `rank` (from 1) at or below; moves the values about. */
static double ranked(double *value, int64_t n, int64_t rank)
{
    rank = rank < 1 ? 1 : rank > n ? n : rank;
    return gsl_stats_select(value, 1, (size_t)n, (size_t)rank - 1);
}

static void summarise_scores(double *score, int64_t n, double keep, fp_allocation_space *space)
{
    space->looked_at = n;
    space->best = ranked(score, n, 1);
    space->median = ranked(score, n, (n + 1) / 2);
    space->worst = ranked(score, n, n);
    double limit = ranked(score, n, (int64_t)ceil(keep * (double)n - 1e-9));
    space->limit = limit + LIMIT_SLACK * (1 + limit);
}

/* Whether two units of one stratum can be in one arm, and apart, by the sizes alone. */
static bool can_vary(const fp_alloc_set *set, ptrdiff_t i, ptrdiff_t j)
{
    const int32_t *size = set->size + set->stratum[i] * set->arms;
    int32_t filled = 0, largest = 0;
    if (set->stratum[i] != set->stratum[j])
        return false;
    for (int32_t g = 0; g < set->arms; g++) {
        filled += size[g] > 0;
        largest = size[g] > largest ? size[g] : largest;
    }
    return filled > 1 && largest > 1;
}

static void summarise_pairs(const fp_alloc_set *set, const int64_t *together, int64_t kept,
                            fp_allocation_space *space)
{
    space->least_together = 1;
    space->never[0] = space->never[1] = space->always[0] = space->always[1] = -1;
    for (ptrdiff_t i = 0; i < set->units; i++)
        for (ptrdiff_t j = i + 1; j < set->units; j++) {
            if (!can_vary(set, i, j))
                continue;
            int64_t count = together[i * set->units + j];
            double share = (double)count / (double)kept;
            space->least_together = fmin(space->least_together, share);
            space->most_together = fmax(space->most_together, share);
            int32_t *first = count == 0 ? space->never : space->always;
            if (count > 0 && count < kept)
                continue;
            ptrdiff_t *pairs = count == 0 ? &space->never_together : &space->always_together;
            if ((*pairs)++ == 0) {
                first[0] = (int32_t)i;
                first[1] = (int32_t)j;
            }
        }
}

/* Count how often each pair is together among the kept allocations. */
static fp_status count_pairs(space_fold *fold, const fp_allocation_options *options,
                             fp_arena *scratch, fp_allocation_space *space, fp_err *err)
{
    fp_alloc_set set = *fold->set;
    ptrdiff_t pairs = set.units * set.units;
    int64_t *together;
    set.limit = space->limit;
    fold->set = &set;
    FP_ARRAY(together, scratch, pairs, err);
    for (long i = 0; i < set.chunks; i++)
        FP_ARRAY(fold->chunk[i].together, scratch, pairs, err);
    FP_TRY(run_space(fold, options->threads, &space->kept, err));
    for (long i = 0; i < set.chunks; i++)
        for (ptrdiff_t k = 0; k < pairs; k++)
            together[k] += fold->chunk[i].together[k];
    summarise_pairs(&set, together, space->kept, space);
    return FP_OK;
}

/* Any allocation of the sizes, to begin with. */
static void first_allocation(const fp_allocation_rule *rule, int32_t *left, int32_t *arm)
{
    for (ptrdiff_t j = 0; j < rule->units; j++) {
        int32_t *size = left + (rule->stratum ? rule->stratum[j] : 0) * rule->arms;
        int32_t g = 0;
        while (size[g] == 0)
            g++;
        size[g]--;
        arm[j] = g;
    }
}

enum { SPACE_UNITS = 512 }; /* pairs are counted a chunk */

static fp_status check_space(const fp_allocation_rule *rule, const fp_allocation_options *options,
                             fp_err *err)
{
    FP_TRY(fp_alloc_check(rule, true, err));
    if (rule->lot != FP_LOT_SIZES || rule->covariates == 0)
        return fp_fail(err, FP_ARG, "allocation: a space to look at has sizes and covariates");
    if (rule->units > SPACE_UNITS)
        return fp_fail(err, FP_ARG, "allocation: %td units, a constraint takes at most %d",
                       rule->units, SPACE_UNITS);
    if (!(options->keep > 0) || options->keep > 1)
        return fp_fail(err, FP_ARG, "allocation: the share to keep is %g, not above 0 and up to 1",
                       options->keep);
    return FP_OK;
}

fp_status fp_allocation_explore(const fp_allocation_rule *rule,
                                const fp_allocation_options *options, fp_allocation_space *space,
                                fp_err *err)
{
    FP_ARENA_SCOPED(scratch, SCRATCH, err);
    fp_allocation_options o = options ? *options : fp_allocation_defaults();
    fp_allocation_rule open;
    fp_allocation_space made = {0};
    fp_alloc_set set;
    int32_t *left, *arm;
    double *zero;
    FP_TRY(check_space(rule, &o, err));
    open = *rule;
    open.limit = HUGE_VAL;
    FP_ARRAY(left, scratch, (ptrdiff_t)rule->strata * rule->arms, err);
    FP_ARRAY(arm, scratch, rule->units, err);
    FP_ARRAY(zero, scratch, rule->units, err);
    memcpy(left, rule->size, (size_t)(rule->strata * rule->arms) * sizeof *left);
    first_allocation(rule, left, arm);
    fp_alloc_spec spec = {.units = rule->units,
                          .value = zero,
                          .arm = arm,
                          .arms = rule->arms,
                          .rule = &open,
                          .exact_limit = (double)o.exact_limit,
                          .samples = o.samples,
                          .seed = o.seed};
    FP_TRY(fp_alloc_set_create(&spec, scratch, &set, err));
    space_fold fold = {.set = &set};
    FP_ARRAY(fold.chunk, scratch, set.chunks, err);
    FP_TRY(collect_scores(&fold, o.threads, scratch, &made.looked_at, err));
    made.candidates = fp_alloc_count(rule->size, rule->strata, rule->arms);
    made.exact = set.exact;
    summarise_scores(fold.score, made.looked_at, o.keep, &made);
    FP_TRY(count_pairs(&fold, &o, scratch, &made, err));
    *space = made;
    return FP_OK;
}
