/* The size table of docs/methods/power.md: type I error of every analysis where a factor does
 * nothing. usage: size_table [TRIALS]    writes Markdown to standard output */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

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

static fp_power_plan plan_of(const cell *c)
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
    plan.scale = FP_POWER_ICC;
    plan.variation = 0.05;
    plan.analyses = (1u << FP_POWER_FRAILTY) - 1;
    plan.effects =
        FP_EFFECT_MARGINS | (c->factorial ? FP_EFFECT_INTERACTION : (unsigned)FP_EFFECT_MARGINS);
    return plan;
}

static void put_row(const cell *c, const fp_power_design *design, const fp_power_result *result,
                    ptrdiff_t q)
{
    (void)printf("| %s | %td | %s | ", c->factorial ? "2x2" : "parallel", c->clusters,
                 c->size_cv > 0 ? "unequal" : "equal");
    if (c->factorial)
        (void)printf("%.1f", c->other);
    (void)printf(" | %s |", q == 0 ? "margin" : "interaction");
    for (int a = 0; a < FP_POWER_FRAILTY; a++) {
        const fp_power_result *r = &result[q * FP_POWER_ANALYSES + a];
        if (a == FP_POWER_LOGRANK && design->question[q].permute == FP_PERMUTE_INTERACTION)
            (void)printf(" |");
        else
            (void)printf(" %.1f |", 100 * r->share);
    }
    (void)printf("\n");
}

static fp_status run(const cell *c, int64_t trials, fp_err *err)
{
    FP_ARENA_SCOPED(arena, FP_GIB, err);
    fp_power_plan plan = plan_of(c);
    fp_power_options options = fp_power_defaults();
    fp_power_design design;
    fp_power_derived derived;
    const fp_power_result *result;
    options.trials = trials;
    options.seed = 6;
    FP_TRY(fp_power_plan_design(&plan, arena, &design, &derived, err));
    FP_TRY(fp_power_simulate(&design, &options, -1, arena, &result, NULL, err));
    put_row(c, &design, result, 0);
    if (c->factorial)
        put_row(c, &design, result, 2);
    (void)fflush(stdout);
    return FP_OK;
}

int main(int argc, char **argv)
{
    int64_t trials = 10000;
    if (argc > 1 && !fp_int_parse(fp_str_of(argv[1]), 1, 100000000, &trials))
        return 2;
    (void)printf("| design | clusters | sizes | HR of the other factor | null |");
    for (int a = 0; a < FP_POWER_FRAILTY; a++)
        (void)printf(" %s |", fp_power_analysis_name[a]);
    (void)printf("\n|---|---|---|---|---|");
    for (int a = 0; a < FP_POWER_FRAILTY; a++)
        (void)printf("---|");
    (void)printf("\n");
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
        fp_err err;
        char line[1024];
        if (run(&cells[i], trials, &err) == FP_OK)
            continue;
        fp_err_text(&err, line, sizeof line);
        (void)fprintf(stderr, "size_table: %s\n", line);
        return 1;
    }
    return 0;
}
