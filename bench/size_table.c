/* The size table of docs/methods/power.md: type I error of every analysis where a factor does
 * nothing, and whether the bars hold. usage: size_table [TRIALS [THREADS [frailty]]]    writes
 * Markdown to standard output; frailty: the frailty model too, which takes some hundred times as
 * long as all others together */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "stats/power_plan.h"

typedef struct {
    bool factorial;
    ptrdiff_t clusters;
    double size_cv, other;
} cell;

static const cell cells[] = {
    {false, 6, 0, 1},   {false, 6, 0.7, 1},   {true, 12, 0, 1}, {true, 12, 0, 2.5},
    {true, 12, 0.7, 1}, {true, 12, 0.7, 2.5}, {true, 20, 0, 1}, {true, 20, 0, 2.5},
    {true, 20, 0.7, 1}, {true, 20, 0.7, 2.5}, {true, 40, 0, 1}, {true, 40, 0, 2.5},
    {true, 40, 0.7, 1}, {true, 40, 0.7, 2.5},
};
static const double variations[] = {0.25, 0.5}; /* k, of gamma frailties */

/* The extremes on which the bars stand, in shares. */
typedef struct {
    double permutation_least, permutation_most; /* 2x2, at the margins */
    double parallel_most;                       /* permutation of six clusters */
    double corrected_most;                      /* MD at 12, 20 and 40 clusters, at the margins */
    double interaction_most;                    /* MD, of the interaction */
} bars;

static fp_power_plan plan_of(const cell *c, double k)
{
    fp_power_plan plan = fp_power_plan_defaults();
    plan.factorial = c->factorial;
    plan.arms = c->factorial ? 4 : 2;
    plan.clusters = c->clusters;
    plan.cluster_size = 10;
    plan.size_cv = c->size_cv;
    plan.hr[1] = c->factorial ? c->other : 1;
    plan.event_probability = 0.4;
    plan.follow_up = 350;
    plan.scale = FP_POWER_K;
    plan.variation = k;
    plan.analyses = (1u << FP_POWER_FRAILTY) - 1;
    plan.effects =
        FP_EFFECT_MARGINS | (c->factorial ? FP_EFFECT_INTERACTION : (unsigned)FP_EFFECT_MARGINS);
    return plan;
}

/* The analyses that a plan has a column for. */
static int columns_of(const fp_power_design *design)
{
    return design->analyses & 1u << FP_POWER_FRAILTY ? FP_POWER_FRAILTY + 1 : FP_POWER_FRAILTY;
}

static void put_row(const cell *c, double k, const fp_power_design *design,
                    const fp_power_result *result, ptrdiff_t q)
{
    (void)printf("| %s | %td | %.2f | %s | ", c->factorial ? "2x2" : "parallel", c->clusters, k,
                 c->size_cv > 0 ? "unequal" : "equal");
    if (c->factorial)
        (void)printf("%.1f", c->other);
    (void)printf(" | %s |", q == 0 ? "margin" : "interaction");
    for (int a = 0; a < columns_of(design); a++) {
        const fp_power_result *r = &result[q * FP_POWER_ANALYSES + a];
        if (a == FP_POWER_LOGRANK && design->question[q].permute == FP_PERMUTE_INTERACTION)
            (void)printf(" |");
        else
            (void)printf(" %.1f |", 100 * r->share);
    }
    (void)printf("\n");
}

static void keep_extremes(const cell *c, const fp_power_result *margin,
                          const fp_power_result *interaction, bars *b)
{
    double permuted = margin[FP_POWER_PERMUTATION].share;
    if (!c->factorial) {
        b->parallel_most = fmax(b->parallel_most, permuted);
        return;
    }
    b->permutation_least = fmin(b->permutation_least, permuted);
    b->permutation_most = fmax(b->permutation_most, permuted);
    b->corrected_most = fmax(b->corrected_most, margin[FP_POWER_MD].share);
    b->interaction_most = fmax(b->interaction_most, interaction[FP_POWER_MD].share);
}

static fp_status run(const cell *c, double k, bool frailty, const fp_power_options *options,
                     bars *b, fp_err *err)
{
    FP_ARENA_SCOPED(arena, FP_GIB, err);
    fp_power_plan plan = plan_of(c, k);
    plan.analyses |= frailty ? 1u << FP_POWER_FRAILTY : 0;
    fp_power_design design;
    fp_power_derived derived;
    const fp_power_result *result;
    FP_TRY(fp_power_plan_design(&plan, arena, &design, &derived, err));
    FP_TRY(fp_power_simulate(&design, options, -1, arena, &result, NULL, err));
    put_row(c, k, &design, result, 0);
    if (c->factorial)
        put_row(c, k, &design, result, 2);
    keep_extremes(c, result, result + 2 * FP_POWER_ANALYSES, b);
    (void)fflush(stdout);
    return FP_OK;
}

static void put_bars(const bars *b)
{
    (void)printf(
        "\n- Permutation at the margins of the 2x2: %.1f to %.1f%% (bar 4.4 to 5.6): %s.\n",
        100 * b->permutation_least, 100 * b->permutation_most,
        b->permutation_least >= 0.044 && b->permutation_most <= 0.056 ? "held" : "not held");
    (void)printf("- Permutation of six parallel clusters: at most %.1f%%.\n",
                 100 * b->parallel_most);
    (void)printf("- MD with t at 12, 20 and 40 clusters: at most %.1f%% at the margins, %.1f%% of "
                 "the interaction (bar 6.5): %s.\n",
                 100 * b->corrected_most, 100 * b->interaction_most,
                 fmax(b->corrected_most, b->interaction_most) <= 0.065 ? "held" : "not held");
}

int main(int argc, char **argv)
{
    fp_power_options options = fp_power_defaults();
    int64_t threads = 0;
    bars b = {.permutation_least = 1};
    if (argc > 1 && !fp_int_parse(fp_str_of(argv[1]), 1, 100000000, &options.trials))
        return 2;
    if (argc > 2 && !fp_int_parse(fp_str_of(argv[2]), 1, 1000, &threads))
        return 2;
    bool frailty = argc > 3 && strcmp(argv[3], "frailty") == 0;
    int columns = frailty ? FP_POWER_FRAILTY + 1 : FP_POWER_FRAILTY;
    if (argc > 3 && !frailty)
        return 2;
    options.seed = 6;
    options.work.threads = (int)threads;
    (void)printf("| design | clusters | k | sizes | HR of the other factor | null |");
    for (int a = 0; a < columns; a++)
        (void)printf(" %s |", fp_power_analysis_name[a]);
    (void)printf("\n|---|---|---|---|---|---|");
    for (int a = 0; a < columns; a++)
        (void)printf("---|");
    (void)printf("\n");
    for (size_t i = 0; i < 2 * (sizeof cells / sizeof *cells); i++) {
        fp_err err;
        char line[1024];
        if (run(&cells[i / 2], variations[i % 2], frailty, &options, &b, &err) == FP_OK)
            continue;
        fp_err_text(&err, line, sizeof line);
        (void)fprintf(stderr, "size_table: %s\n", line);
        return 1;
    }
    put_bars(&b);
    return 0;
}
