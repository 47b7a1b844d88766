#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "cli/common.h"
#include "cli/study.h"
#include "model/power.h"
#include "report/report.h"

enum {
    DESIGN,
    ARMS,
    FACTORS,
    RANDOMISED,
    CLUSTERS,
    CLUSTER_SIZE,
    SIZE_CV,
    PEOPLE,
    HR,
    INTERACTION_HR,
    EVENT_PROBABILITY,
    SURVIVAL,
    SHAPE,
    FOLLOW_UP,
    ACCRUAL,
    DROP_OUT,
    ICC,
    K,
    FRAILTY_VARIANCE,
    FRAILTY,
    ANALYSES,
    EFFECTS,
    ALPHA,
    TRIALS,
    SOLVE,
    TARGET,
    SOLVE_EFFECT,
    SOLVE_BY,
    AS_PLANNED,
    PARAGRAPH,
};

static const struct argp_option options[] = {
    {"design", FP_CLI_OWN(DESIGN), "factorial|parallel", 0,
     "two factors crossed (default), or arms beside each other", 0},
    {"arms", FP_CLI_OWN(ARMS), "NUMBER", 0, "arms of a parallel design (default 2)", 0},
    {"factors", FP_CLI_OWN(FACTORS), "NAME,NAME", 0,
     "names of the two factors (default a,b), or of what differs between parallel arms", 0},
    {"randomised", FP_CLI_OWN(RANDOMISED), "clusters|people", 0,
     "what is drawn by lot (default clusters)", 0},
    {"clusters", FP_CLI_OWN(CLUSTERS), "NUMBER", 0, "clusters in all arms together", 0},
    {"cluster-size", FP_CLI_OWN(CLUSTER_SIZE), "NUMBER|LIST", 0,
     "people in a cluster, or the size of each: 4,8,12,16", 0},
    {"size-cv", FP_CLI_OWN(SIZE_CV), "CV", 0,
     "draw cluster sizes with this coefficient of variation", 0},
    {"people", FP_CLI_OWN(PEOPLE), "NUMBER", 0, "people in all, in place of --cluster-size", 0},
    {"hr", FP_CLI_OWN(HR), "HR,...", 0,
     "hazard ratio of each factor, or of each parallel arm against the first", 0},
    {"interaction-hr", FP_CLI_OWN(INTERACTION_HR), "HR", 0,
     "by what both together differ from the product of the two (default 1)", 0},
    {"event-probability", FP_CLI_OWN(EVENT_PROBABILITY), "P", 0,
     "share of the reference arm that has the event by the end of follow-up", 0},
    {"survival", FP_CLI_OWN(SURVIVAL), "TIME:S,...", 0,
     "in its place, points of the reference arm's survival; the hazard is constant in between: "
     "90:0.95,350:0.7",
     0},
    {"shape", FP_CLI_OWN(SHAPE), "NUMBER", 0, "Weibull shape (default 1: a constant hazard)", 0},
    {"follow-up", FP_CLI_OWN(FOLLOW_UP), "TIME", 0, "of everyone: 350d, 50w, 12m or 1y", 0},
    {"accrual", FP_CLI_OWN(ACCRUAL), "TIME", 0,
     "people enter over this time, and are followed until --follow-up after the last entry", 0},
    {"drop-out", FP_CLI_OWN(DROP_OUT), "P", 0, "share that has left by the end of --follow-up", 0},
    {"icc", FP_CLI_OWN(ICC), "ICC", 0,
     "intracluster correlation of having the event by the end of follow-up", 0},
    {"k", FP_CLI_OWN(K), "K", 0, "in its place, coefficient of variation of the clusters' hazards",
     0},
    {"frailty-variance", FP_CLI_OWN(FRAILTY_VARIANCE), "VARIANCE", 0,
     "in its place, variance of the clusters' frailty (k squared)", 0},
    {"frailty", FP_CLI_OWN(FRAILTY), "gamma|lognormal", 0, "its distribution (default gamma)", 0},
    {"analyses", FP_CLI_OWN(ANALYSES), "NAME,...", 0,
     "of naive, robust, kc, md, fg, mbn, permutation, logrank, frailty (default "
     "robust,md,permutation)",
     0},
    {"effects", FP_CLI_OWN(EFFECTS), "NAME,...", 0,
     "of margins, interaction, table, global (default margins,interaction; parallel "
     "margins,global)",
     0},
    {"alpha", FP_CLI_OWN(ALPHA), "ALPHA", 0, "two-sided level of the tests (default 0.05)", 0},
    {"trials", FP_CLI_OWN(TRIALS), "NUMBER", 0, "simulated trials (default 10000)", 0},
    {"solve", FP_CLI_OWN(SOLVE), "clusters|cluster-size|people|effect", 0,
     "find the least that has the power of --target; effect: the hazard ratio nearest to 1", 0},
    {"target", FP_CLI_OWN(TARGET), "POWER", 0, "power asked for (default 0.8)", 0},
    {"solve-effect", FP_CLI_OWN(SOLVE_EFFECT), "NAME", 0,
     "the effect that --solve is about (default: the first with a hazard ratio other than 1)", 0},
    {"solve-by", FP_CLI_OWN(SOLVE_BY), "ANALYSIS", 0,
     "the analysis that --solve is about (default md, else the first)", 0},
    {"as-planned", FP_CLI_OWN(AS_PLANNED), NULL, 0,
     "of the study in the folder STUDY: its size from design.planned of study.yaml, its tests from "
     "its analysis plan; no other option of the design then",
     0},
    {"paragraph", FP_CLI_OWN(PARAGRAPH), "en|nl", 0,
     "print a paragraph for a protocol, in English or Dutch", 0},
    {0}};

/* ---- reading ---- */

static fp_status missing(const char *option, const char *example, fp_err *err)
{
    (void)fp_fail(err, FP_USAGE, "%s is missing", option);
    return fp_hint(err, FP_USAGE, "for example %s %s", option, example);
}

static fp_status read_time(const fp_cli *cli, int i, const char *option, double *days, fp_err *err)
{
    static const struct {
        char unit;
        double days;
    } units[] = {{'d', 1}, {'w', 7}, {'m', 30.4375}, {'y', 365.25}};
    if (!cli->own[i])
        return FP_OK;
    fp_str text = fp_str_of(cli->own[i]);
    double number = 0;
    for (size_t u = 0; text.n > 1 && u < sizeof units / sizeof *units; u++)
        if (text.p[text.n - 1] == units[u].unit &&
            fp_num_parse((fp_str){text.p, text.n - 1}, '.', &number) && number >= 0) {
            *days = rint(number * units[u].days);
            return FP_OK;
        }
    return fp_fail(err, FP_USAGE, "%s is a time such as 350d, 50w, 12m or 1y, not \"%s\"", option,
                   cli->own[i]);
}

/* A whole number in own option i. */
static fp_status read_count(const fp_cli *cli, int i, const char *option, int64_t most,
                            int64_t *out, fp_err *err)
{
    if (!cli->own[i] || fp_int_parse(fp_str_of(cli->own[i]), 1, most, out))
        return FP_OK;
    return fp_fail(err, FP_USAGE, "%s is a whole number from 1 to %lld, not \"%s\"", option,
                   (long long)most, cli->own[i]);
}

/* Bits of the words of a list with commas. */
static fp_status read_words(const fp_cli *cli, int i, const char *option, const char *const *names,
                            unsigned *bits, fp_err *err)
{
    if (!cli->own[i])
        return FP_OK;
    *bits = 0;
    for (const char *at = cli->own[i];; at++) {
        size_t n = strcspn(at, ",");
        int k = 0;
        while (names[k] && !fp_str_is((fp_str){at, n}, names[k]))
            k++;
        if (!names[k]) {
            (void)fp_fail(err, FP_USAGE, "%s does not know \"%.*s\"", option, (int)n, at);
            return fp_hint(err, FP_USAGE, "--help lists what there is");
        }
        *bits |= 1u << k;
        at += n;
        if (!*at)
            return FP_OK;
    }
}

static fp_status read_layout(fp_cli *cli, fp_power_plan *plan, fp_err *err)
{
    static const char *const designs[] = {"factorial", "parallel", NULL};
    static const char *const units[] = {"clusters", "people", NULL};
    int design, unit;
    int64_t arms = 2;
    FP_TRY(fp_cli_choice(cli, DESIGN, "--design", designs, 0, &design, err));
    FP_TRY(fp_cli_choice(cli, RANDOMISED, "--randomised", units, 0, &unit, err));
    FP_TRY(read_count(cli, ARMS, "--arms", FP_POWER_ARMS, &arms, err));
    plan->factorial = design == 0;
    plan->individual = unit == 1;
    if (plan->factorial && cli->own[ARMS])
        return fp_fail(err, FP_USAGE, "--arms goes with --design parallel: two factors have four");
    if (!plan->factorial && arms < 2)
        return fp_fail(err, FP_USAGE, "a trial has at least 2 arms");
    plan->arms = plan->factorial ? 4 : (int32_t)arms;
    plan->factor[0] = plan->factorial ? "a" : "arm";
    if (!cli->own[FACTORS])
        return FP_OK;
    char *names = fp_arena_strdup(cli->arena, cli->own[FACTORS], err);
    if (!names)
        return FP_NOMEM;
    char *comma = strchr(names, ',');
    if ((comma != NULL) != plan->factorial || names[0] == '\0' || (comma && comma[1] == '\0') ||
        (comma && strchr(comma + 1, ',')) || strlen(names) > 24)
        return fp_fail(err, FP_USAGE, "--factors is %s, at most 24 characters in all, not \"%s\"",
                       plan->factorial ? "two names with a comma between" : "one name",
                       cli->own[FACTORS]);
    plan->factor[0] = names;
    if (comma) {
        *comma = '\0';
        plan->factor[1] = comma + 1;
    }
    return FP_OK;
}

static fp_status read_sizes(fp_cli *cli, fp_power_plan *plan, fp_err *err)
{
    const double *number;
    ptrdiff_t count;
    FP_TRY(fp_cli_numbers(cli, CLUSTER_SIZE, "--cluster-size", 0, 1e6, &number, &count, err));
    plan->cluster_size = count ? number[0] : 0;
    if (count < 2)
        return FP_OK;
    if (cli->own[SIZE_CV] || cli->own[PEOPLE])
        return fp_fail(err, FP_USAGE,
                       "the size of each cluster is given; --size-cv and --people "
                       "have nothing to say");
    int32_t *size;
    FP_ARRAY(size, cli->arena, count, err);
    for (ptrdiff_t j = 0; j < count; j++) {
        if (rint(number[j]) != number[j])
            return fp_fail(err, FP_USAGE, "a cluster has a whole number of people, not %g",
                           number[j]);
        size[j] = (int32_t)number[j];
    }
    plan->size = size;
    plan->sizes = count;
    return FP_OK;
}

static fp_status read_people(fp_cli *cli, fp_power_plan *plan, fp_err *err)
{
    int64_t clusters = 0, people = 0;
    FP_TRY(read_count(cli, CLUSTERS, "--clusters", 100000, &clusters, err));
    FP_TRY(read_count(cli, PEOPLE, "--people", 1000000, &people, err));
    FP_TRY(fp_cli_number(cli, SIZE_CV, "--size-cv", -HUGE_VAL, 0, &plan->size_cv, err));
    FP_TRY(read_sizes(cli, plan, err));
    if (plan->individual) {
        if (!people)
            return missing("--people", "240", err);
        if (clusters || cli->own[CLUSTER_SIZE] || cli->own[SIZE_CV])
            return fp_fail(err, FP_USAGE,
                           "with --randomised people there are no clusters: give --people alone");
        plan->clusters = people;
        return FP_OK;
    }
    plan->clusters = clusters ? clusters : plan->sizes;
    plan->people = (double)people;
    if (!plan->clusters)
        return missing("--clusters", "12", err);
    if (!people && !cli->own[CLUSTER_SIZE])
        return missing("--cluster-size", "10", err);
    if (people && cli->own[CLUSTER_SIZE])
        return fp_fail(err, FP_USAGE, "give --people or --cluster-size, not both");
    return FP_OK;
}

static fp_status read_effects(fp_cli *cli, fp_power_plan *plan, fp_err *err)
{
    static const char *const effects[] = {"margins", "interaction", "table", "global", NULL};
    const double *hr;
    ptrdiff_t count, wanted = plan->factorial ? 2 : plan->arms - 1;
    FP_TRY(fp_cli_numbers(cli, HR, "--hr", 0, 1e4, &hr, &count, err));
    FP_TRY(
        fp_cli_number(cli, INTERACTION_HR, "--interaction-hr", 0, 1, &plan->interaction_hr, err));
    plan->effects = plan->factorial ? FP_EFFECT_MARGINS | FP_EFFECT_INTERACTION
                                    : FP_EFFECT_MARGINS | FP_EFFECT_GLOBAL;
    FP_TRY(read_words(cli, EFFECTS, "--effects", effects, &plan->effects, err));
    if (!plan->factorial &&
        (cli->own[INTERACTION_HR] || plan->effects & (FP_EFFECT_INTERACTION | FP_EFFECT_TABLE)))
        return fp_fail(err, FP_USAGE, "an interaction and a table go with --design factorial");
    if (plan->factorial && plan->effects & FP_EFFECT_GLOBAL)
        return fp_fail(err, FP_USAGE, "the global test goes with --design parallel");
    if (!count)
        return missing("--hr", plan->factorial ? "2,1" : "2", err);
    if (count != wanted)
        return fp_fail(err, FP_USAGE, "--hr has %td numbers; this design wants %td: %s", count,
                       wanted, plan->factorial ? "one a factor" : "one an arm, but for the first");
    memcpy(plan->hr, hr, (size_t)count * sizeof *hr);
    return FP_OK;
}

/* TIME:S,...: days and survival. */
static fp_status read_survival(fp_cli *cli, fp_power_plan *plan, fp_err *err)
{
    enum { MOST_POINTS = 1000 };
    double *time, *survival;
    FP_ARRAY(time, cli->arena, MOST_POINTS + 1, err);
    FP_ARRAY(survival, cli->arena, MOST_POINTS + 1, err);
    ptrdiff_t n = 1;
    survival[0] = 1;
    for (const char *at = cli->own[SURVIVAL];; at++) {
        size_t length = strcspn(at, ","), colon = strcspn(at, ":");
        if (n > MOST_POINTS || colon >= length ||
            !fp_num_parse((fp_str){at, colon}, '.', &time[n]) ||
            !fp_num_parse((fp_str){at + colon + 1, length - colon - 1}, '.', &survival[n])) {
            (void)fp_fail(err, FP_USAGE, "--survival is a list of TIME:SURVIVAL, not \"%s\"",
                          cli->own[SURVIVAL]);
            return fp_hint(err, FP_USAGE, "for example 90:0.95,180:0.85,350:0.7");
        }
        n += !(n == 1 && time[n] == 0 && survival[n] == 1);
        at += length;
        if (!*at)
            break;
    }
    plan->curve = n;
    plan->curve_time = time;
    plan->curve_survival = survival;
    return FP_OK;
}

static fp_status read_baseline(fp_cli *cli, fp_power_plan *plan, fp_err *err)
{
    FP_TRY(fp_cli_number(cli, EVENT_PROBABILITY, "--event-probability", -HUGE_VAL, 0,
                         &plan->event_probability, err));
    FP_TRY(fp_cli_number(cli, SHAPE, "--shape", 0, 1, &plan->shape, err));
    FP_TRY(fp_cli_number(cli, DROP_OUT, "--drop-out", -HUGE_VAL, 0, &plan->drop_out, err));
    FP_TRY(read_time(cli, FOLLOW_UP, "--follow-up", &plan->follow_up, err));
    FP_TRY(read_time(cli, ACCRUAL, "--accrual", &plan->accrual, err));
    if (!cli->own[FOLLOW_UP])
        return missing("--follow-up", "350d", err);
    if (cli->own[SURVIVAL] && (cli->own[EVENT_PROBABILITY] || cli->own[SHAPE]))
        return fp_fail(err, FP_USAGE,
                       "--survival says all; leave out --event-probability and --shape");
    if (cli->own[SURVIVAL])
        return read_survival(cli, plan, err);
    return cli->own[EVENT_PROBABILITY] ? FP_OK : missing("--event-probability", "0.3", err);
}

static fp_status read_variation(fp_cli *cli, fp_power_plan *plan, fp_err *err)
{
    static const char *const laws[] = {"gamma", "lognormal", NULL};
    static const char *const names[] = {"--icc", "--k", "--frailty-variance"};
    int law, given = 0;
    FP_TRY(fp_cli_choice(cli, FRAILTY, "--frailty", laws, 0, &law, err));
    plan->law = law ? FP_FRAILTY_LOGNORMAL : FP_FRAILTY_GAMMA;
    for (int s = 0; s < 3; s++) {
        if (!cli->own[ICC + s])
            continue;
        given++;
        plan->scale = (fp_power_scale)s;
        FP_TRY(fp_cli_number(cli, ICC + s, names[s], -HUGE_VAL, 0, &plan->variation, err));
    }
    if (given > 1)
        return fp_fail(err, FP_USAGE, "--icc, --k and --frailty-variance say the same: give one");
    if (plan->individual && (given || cli->own[FRAILTY]))
        return fp_fail(err, FP_USAGE, "with --randomised people no clusters differ");
    if (given || plan->individual)
        return FP_OK;
    (void)missing("--icc", "0.03", err);
    return fp_hint(err, FP_USAGE,
                   "how much clusters differ: --icc 0.03, --k 0.25 or "
                   "--frailty-variance 0.06; 0 says that they do not");
}

static fp_status read_analyses(fp_cli *cli, fp_power_plan *plan, fp_err *err)
{
    unsigned clustered = ~(1u << FP_POWER_NAIVE | 1u << FP_POWER_ROBUST | 1u << FP_POWER_LOGRANK);
    if (plan->individual)
        plan->analyses = 1u << FP_POWER_NAIVE | 1u << FP_POWER_LOGRANK;
    FP_TRY(read_words(cli, ANALYSES, "--analyses", fp_power_analysis_name, &plan->analyses, err));
    FP_TRY(fp_cli_number(cli, ALPHA, "--alpha", 0, 0.05, &plan->alpha, err));
    if (plan->individual && plan->analyses & clustered)
        return fp_fail(err, FP_USAGE,
                       "with --randomised people the analyses are naive, robust and logrank");
    return FP_OK;
}

static fp_status read_solve(fp_cli *cli, double *target, fp_power_solve_for *unknown, bool *asked,
                            fp_err *err)
{
    static const char *const unknowns[] = {"clusters", "cluster-size", "people", "effect", NULL};
    int what, by;
    FP_TRY(fp_cli_choice(cli, SOLVE, "--solve", unknowns, 0, &what, err));
    FP_TRY(fp_cli_choice(cli, SOLVE_BY, "--solve-by", fp_power_analysis_name, FP_POWER_ANALYSES,
                         &by, err));
    FP_TRY(fp_cli_number(cli, TARGET, "--target", 0, 0.8, target, err));
    if (*target >= 1)
        return fp_fail(err, FP_USAGE, "--target is a power between 0 and 1, not \"%s\"",
                       cli->own[TARGET]);
    *asked = cli->own[SOLVE] != NULL;
    if (!*asked && (cli->own[SOLVE_BY] || cli->own[SOLVE_EFFECT]))
        return fp_fail(err, FP_USAGE, "--solve-by and --solve-effect go with --solve");
    *unknown =
        (fp_power_solve_for){(fp_power_unknown)what, cli->own[SOLVE_EFFECT], (fp_power_analysis)by};
    return FP_OK;
}

/* With a study only these of the command's own options have a say. */
static fp_status check_as_planned(const fp_cli *cli, fp_err *err)
{
    for (int i = 0; i <= SOLVE_BY; i++)
        if (cli->own[i] && i != TRIALS && i != TARGET)
            return fp_fail(err, FP_USAGE, "--%s does not go with --as-planned: study.yaml says it",
                           options[i].name);
    if (!cli->own[AS_PLANNED]) {
        (void)fp_fail(err, FP_USAGE, "a folder was named, but not what to do with it");
        return fp_hint(err, FP_USAGE, "firstplace power %s --as-planned", cli->arg[0]);
    }
    return FP_OK;
}

static fp_status run_study(fp_cli *cli, const fp_power_options *power, double target,
                           const char *language, fp_buf *out, fp_err *err)
{
    FP_TRY(check_as_planned(cli, err));
    return fp_run_power(cli->arg[0], power, target, cli->json, language, cli->arena, out, err);
}

static fp_status run_plan(fp_cli *cli, const fp_power_options *power, double target,
                          const fp_power_solve_for *unknown, const char *language, fp_buf *out,
                          fp_err *err)
{
    fp_power_plan plan = fp_power_plan_defaults();
    fp_power_answer answer;
    const fp_power_answer *only = &answer;
    FP_TRY(read_layout(cli, &plan, err));
    FP_TRY(read_people(cli, &plan, err));
    FP_TRY(read_effects(cli, &plan, err));
    FP_TRY(read_baseline(cli, &plan, err));
    FP_TRY(read_variation(cli, &plan, err));
    FP_TRY(read_analyses(cli, &plan, err));
    FP_TRY(fp_model_power(&plan, power, target, unknown, cli->arena, &answer, err));
    if (language)
        return fp_report_power_paragraph(&only, 1, language, "firstplace " FP_VERSION, cli->arena,
                                         out, err);
    FP_TRY(cli->json ? fp_power_json_text(&answer, out, err) : fp_power_text(&answer, out, err));
    for (ptrdiff_t i = 0; cli->json && !cli->quiet && i < answer.warning_count; i++)
        (void)fprintf(stderr, "firstplace: warning: %s\n", answer.warnings[i]);
    return FP_OK;
}

static fp_status run(fp_cli *cli, fp_err *err)
{
    static const char *const languages[] = {"en", "nl", NULL};
    FP_BUF_SCOPED(out, FP_GIB);
    fp_power_options power = fp_power_defaults();
    fp_power_solve_for unknown;
    double target;
    bool solve = false;
    int which;
    FP_TRY(fp_cli_choice(cli, PARAGRAPH, "--paragraph", languages, 0, &which, err));
    const char *language = cli->own[PARAGRAPH] ? languages[which] : NULL;
    if (language && cli->json)
        return fp_fail(err, FP_USAGE, "--paragraph is text: give it or --json");
    FP_TRY(read_count(cli, TRIALS, "--trials", 100000000, &power.trials, err));
    FP_TRY(read_solve(cli, &target, &unknown, &solve, err));
    power.seed = cli->seed;
    power.work = (fp_work){cli->threads, cli->progress};
    if (cli->arg_count == 0 && cli->own[AS_PLANNED])
        return fp_fail(err, FP_USAGE,
                       "--as-planned of which study? firstplace power STUDY "
                       "--as-planned");
    FP_TRY(cli->arg_count
               ? run_study(cli, &power, target, language, &out, err)
               : run_plan(cli, &power, target, solve ? &unknown : NULL, language, &out, err));
    return fp_cli_print(fp_buf_str(&out), err);
}

const fp_command fp_command_power = {
    .name = "power",
    .summary = "power of a planned trial, by simulating its analysis",
    .args = "[STUDY]",
    .arg_least = 0,
    .arg_most = 1,
    .shared = FP_CLI_RANDOM | FP_CLI_JSON,
    .options = options,
    .notes =
        "Trials with a time to an event are drawn as planned and analysed as they will be. Type I "
        "error: the effect taken away, all else as planned.\n\n"
        "Example: firstplace power --factors ips,pa --clusters 12 --cluster-size 10 --hr 2.25,1 "
        "--event-probability 0.3 --follow-up 350d --icc 0.03\n"
        "         firstplace power amsterdam --as-planned",
    .run = run,
};
