/* The second size table of docs/methods/power.md: type I error of every analysis of what is
 * measured once or at waves, with twelve clusters. usage: size_table_measure [TRIALS]    writes
 * Markdown to standard output */
#include <stdio.h>

#include "base/num.h"
#include "stats/power_plan.h"

typedef struct {
    const char *words;
    fp_power_measure measure;
} outcome;

#define WAVES(of) .waves = 3, .at = {0, 0.5, 1}, .law = FP_POWER_LOGIT_NORMAL, .estimand = (of)
static const outcome outcomes[] = {
    {"binary, odds ratio",
     {.outcome = FP_POWER_BINARY,
      .effect = FP_POWER_ODDS_RATIO,
      .waves = 1,
      .at = {1},
      .risk = {0.4}}},
    {"binary, risk difference",
     {.outcome = FP_POWER_BINARY,
      .effect = FP_POWER_RISK_DIFFERENCE,
      .waves = 1,
      .at = {1},
      .risk = {0.4}}},
    {"continuous",
     {.outcome = FP_POWER_CONTINUOUS,
      .effect = FP_POWER_MEAN_DIFFERENCE,
      .waves = 1,
      .at = {1},
      .sd = 1}},
    {"three waves, last",
     {.outcome = FP_POWER_CONTINUOUS,
      .effect = FP_POWER_MEAN_DIFFERENCE,
      WAVES(FP_POWER_LAST),
      .sd = 1,
      .person = 0.6,
      .drop_out = 0.2}},
    {"three waves, slope",
     {.outcome = FP_POWER_CONTINUOUS,
      .effect = FP_POWER_MEAN_DIFFERENCE,
      WAVES(FP_POWER_SLOPE),
      .sd = 1,
      .person = 0.6,
      .drop_out = 0.2}},
    {"three waves, overall, adjusted",
     {.outcome = FP_POWER_CONTINUOUS,
      .effect = FP_POWER_MEAN_DIFFERENCE,
      WAVES(FP_POWER_OVERALL),
      .adjusted = true,
      .sd = 1,
      .person = 0.6,
      .drop_out = 0.2}},
    {"three waves, binary, last",
     {.outcome = FP_POWER_BINARY,
      .effect = FP_POWER_ODDS_RATIO,
      WAVES(FP_POWER_LAST),
      .risk = {0.4, 0.4, 0.4},
      .person = 0.4,
      .drop_out = 0.2}},
};

static const fp_power_analysis shown[] = {
    FP_POWER_NAIVE, FP_POWER_ROBUST, FP_POWER_KC,     FP_POWER_MD,          FP_POWER_FG,
    FP_POWER_MBN,   FP_POWER_GEE,    FP_POWER_GEE_KC, FP_POWER_GEE_MD,      FP_POWER_GEE_ROBUST,
    FP_POWER_LMM,   FP_POWER_LMM_KR, FP_POWER_TTEST,  FP_POWER_PERMUTATION, FP_POWER_MEANS,
};
enum { SHOWN = sizeof shown / sizeof *shown };

static fp_power_plan plan_of(const outcome *o, bool factorial, double size_cv)
{
    fp_power_plan plan = fp_power_plan_defaults();
    double none = fp_power_effect_out(o->measure.effect, 0);
    plan.factorial = factorial;
    plan.arms = factorial ? 4 : 2;
    plan.clusters = 12;
    plan.cluster_size = 10;
    plan.size_cv = size_cv;
    plan.variation = 0.05;
    plan.measure = o->measure;
    plan.measure.between = FP_NUM_NAN;
    plan.effect[0] = plan.effect[1] = plan.interaction = none;
    plan.analyses = fp_power_analyses_of(&plan.measure, false);
    plan.effects = FP_EFFECT_MARGINS;
    return plan;
}

static fp_status run(const outcome *o, bool factorial, double size_cv, int64_t trials, fp_err *err)
{
    FP_ARENA_SCOPED(arena, FP_GIB, err);
    fp_power_plan plan = plan_of(o, factorial, size_cv);
    fp_power_options options = fp_power_defaults();
    fp_power_design design;
    fp_power_derived derived;
    const fp_power_result *result;
    options.trials = trials;
    options.seed = 6;
    FP_TRY(fp_power_plan_design(&plan, arena, &design, &derived, err));
    FP_TRY(fp_power_simulate(&design, &options, -1, arena, &result, NULL, err));
    (void)printf("| %s | %s | %s |", o->words, factorial ? "2x2" : "parallel",
                 size_cv > 0 ? "unequal" : "equal");
    for (int a = 0; a < SHOWN; a++)
        if (design.analyses & 1u << shown[a])
            (void)printf(" %.1f |", 100 * result[shown[a]].share);
        else
            (void)printf(" |");
    (void)printf("\n");
    (void)fflush(stdout);
    return FP_OK;
}

int main(int argc, char **argv)
{
    int64_t trials = 10000;
    fp_err err;
    char line[1024];
    if (argc > 1 && !fp_int_parse(fp_str_of(argv[1]), 1, 100000000, &trials))
        return 2;
    (void)printf("| outcome | design | sizes |");
    for (int a = 0; a < SHOWN; a++)
        (void)printf(" %s |", fp_power_analysis_name[shown[a]]);
    (void)printf("\n|---|---|---|");
    for (int a = 0; a < SHOWN; a++)
        (void)printf("---|");
    (void)printf("\n");
    for (size_t i = 0; i < sizeof outcomes / sizeof *outcomes; i++)
        for (int cell = 0; cell < 4; cell++) {
            if (run(&outcomes[i], cell / 2, cell % 2 ? 0.7 : 0, trials, &err) == FP_OK)
                continue;
            fp_err_text(&err, line, sizeof line);
            (void)fprintf(stderr, "size_table_measure: %s\n", line);
            return 1;
        }
    return 0;
}
