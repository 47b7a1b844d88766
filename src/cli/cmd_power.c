#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "cli/power.h"
#include "cli/study.h"
#include "figure/figure.h"
#include "model/power.h"
#include "report/report.h"

static const struct argp_option options[] = {
    {"design", FP_CLI_OWN(FP_POWER_OWN_DESIGN), "factorial|parallel", 0,
     "factors crossed (default: two of two levels), or arms beside each other", 0},
    {"arms", FP_CLI_OWN(FP_POWER_OWN_ARMS), "NUMBER", 0, "arms of a parallel design (default 2)",
     0},
    {"factors", FP_CLI_OWN(FP_POWER_OWN_FACTORS), "NAME,NAME,...", 0,
     "names of the factors (default a,b,c), or of what differs between parallel arms", 0},
    {"randomised", FP_CLI_OWN(FP_POWER_OWN_RANDOMISED), "clusters|people", 0,
     "what is drawn by lot (default clusters)", 0},
    {"clusters", FP_CLI_OWN(FP_POWER_OWN_CLUSTERS), "NUMBER", 0, "clusters in all arms together",
     0},
    {"cluster-size", FP_CLI_OWN(FP_POWER_OWN_CLUSTER_SIZE), "NUMBER|LIST", 0,
     "people in a cluster, or the size of each: 4,8,12,16", 0},
    {"size-cv", FP_CLI_OWN(FP_POWER_OWN_SIZE_CV), "CV", 0,
     "draw cluster sizes with this coefficient of variation", 0},
    {"people", FP_CLI_OWN(FP_POWER_OWN_PEOPLE), "NUMBER", 0,
     "people in all, in place of --cluster-size", 0},
    {"outcome", FP_CLI_OWN(FP_POWER_OWN_OUTCOME), "time|binary|continuous|repeated", 0,
     "time to an event (default), an event or a number measured once, or either at several waves",
     0},
    {"hr", FP_CLI_OWN(FP_POWER_OWN_HR), "HR,...", 0,
     "time: hazard ratio of each factor, or of each parallel arm against the first", 0},
    {"interaction-hr", FP_CLI_OWN(FP_POWER_OWN_INTERACTION_HR), "HR", 0,
     "by what both together differ from the product of the two (default 1)", 0},
    {"odds-ratio", FP_CLI_OWN(FP_POWER_OWN_ODDS_RATIO), "OR,...", 0,
     "binary: the effects as odds ratios, over all clusters", 0},
    {"risk-ratio", FP_CLI_OWN(FP_POWER_OWN_RISK_RATIO), "RR,...", 0, "or as risk ratios", 0},
    {"risk-difference", FP_CLI_OWN(FP_POWER_OWN_RISK_DIFFERENCE), "RD,...", 0,
     "or as risk differences", 0},
    {"mean-difference", FP_CLI_OWN(FP_POWER_OWN_MEAN_DIFFERENCE), "MD,...", 0,
     "continuous: the effects as differences between means", 0},
    {"interaction", FP_CLI_OWN(FP_POWER_OWN_INTERACTION), "NUMBER", 0,
     "as --interaction-hr, on the scale of these effects (default none)", 0},
    {"event-probability", FP_CLI_OWN(FP_POWER_OWN_EVENT_PROBABILITY), "P,...", 0,
     "share of the reference arm that has the event (time: by the end of follow-up; at waves: one "
     "for all or one a wave)",
     0},
    {"survival", FP_CLI_OWN(FP_POWER_OWN_SURVIVAL), "TIME:S,...|FILE.csv", 0,
     "in its place, points of the reference arm's survival, in days: 90:0.95,350:0.7, or the "
     "columns "
     "time and survival of a file, as a Kaplan-Meier curve; the hazard is constant in between",
     0},
    {"shape", FP_CLI_OWN(FP_POWER_OWN_SHAPE), "NUMBER", 0,
     "Weibull shape (default 1: a constant hazard)", 0},
    {"follow-up", FP_CLI_OWN(FP_POWER_OWN_FOLLOW_UP), "TIME", 0,
     "of everyone: 350d, 50w, 12m or 1y", 0},
    {"accrual", FP_CLI_OWN(FP_POWER_OWN_ACCRUAL), "TIME", 0,
     "people enter over this time, and are followed until --follow-up after the last entry", 0},
    {"drop-out", FP_CLI_OWN(FP_POWER_OWN_DROP_OUT), "P", 0,
     "share that has left by the end of --follow-up, or has no answer at the last wave", 0},
    {"sd", FP_CLI_OWN(FP_POWER_OWN_SD), "SD", 0,
     "continuous, or --closed-form means: standard deviation of an answer, all clusters of an arm "
     "together",
     0},
    {"variance", FP_CLI_OWN(FP_POWER_OWN_VARIANCE), "VARIANCE", 0, "in its place, its square", 0},
    {"waves", FP_CLI_OWN(FP_POWER_OWN_WAVES), "TIME,...", 0,
     "repeated: when is measured, in any unit: 0,6,12; the first before anything differs between "
     "arms",
     0},
    {"estimand", FP_CLI_OWN(FP_POWER_OWN_ESTIMAND), "last|slope|overall", 0,
     "repeated: the effect at the last wave, every wave with a mean of its own (default); the "
     "change from first to last along a straight line; or an effect that is the same from the "
     "second wave on",
     0},
    {"adjust-first", FP_CLI_OWN(FP_POWER_OWN_ADJUST_FIRST), NULL, 0,
     "repeated: the answer at the first wave is a covariate, and that wave no row of its own", 0},
    {"icc", FP_CLI_OWN(FP_POWER_OWN_ICC), "ICC", 0,
     "intracluster correlation of having the event by the end of follow-up", 0},
    {"k", FP_CLI_OWN(FP_POWER_OWN_K), "K", 0,
     "in its place, coefficient of variation of the clusters' hazards (binary: probabilities)", 0},
    {"frailty-variance", FP_CLI_OWN(FP_POWER_OWN_FRAILTY_VARIANCE), "VARIANCE", 0,
     "in its place, variance of the clusters' frailty (k squared)", 0},
    {"frailty", FP_CLI_OWN(FP_POWER_OWN_FRAILTY), "gamma|lognormal", 0,
     "its distribution (default gamma)", 0},
    {"icc-by", FP_CLI_OWN(FP_POWER_OWN_ICC_BY), "beta-binomial|logit-normal", 0,
     "binary: how the probabilities of clusters are distributed (default beta-binomial; at waves "
     "logit-normal)",
     0},
    {"icc-between", FP_CLI_OWN(FP_POWER_OWN_ICC_BETWEEN), "ICC", 0,
     "repeated: of two people of one cluster at different waves (default as --icc)", 0},
    {"person-correlation", FP_CLI_OWN(FP_POWER_OWN_PERSON_CORRELATION), "R", 0,
     "repeated: of two answers of one person", 0},
    {"analyses", FP_CLI_OWN(FP_POWER_OWN_ANALYSES), "NAME,...", 0,
     "of naive, robust, kc, md, fg, mbn, permutation, and for time logrank, frailty (default "
     "robust,md,permutation), else gee, gee-robust, gee-kc, gee-md, permutation-means, ttest, and "
     "for numbers lmm, lmm-kr (default once md,gee,lmm,permutation,ttest, at waves "
     "gee,lmm,permutation)",
     0},
    {"effects", FP_CLI_OWN(FP_POWER_OWN_EFFECTS), "NAME,...", 0,
     "of margins, interaction, table, global (default margins,interaction; parallel "
     "margins,global)",
     0},
    {"alpha", FP_CLI_OWN(FP_POWER_OWN_ALPHA), "ALPHA", 0,
     "two-sided level of the tests (default 0.05)", 0},
    {"trials", FP_CLI_OWN(FP_POWER_OWN_TRIALS), "NUMBER", 0, "simulated trials (default 10000)", 0},
    {"solve", FP_CLI_OWN(FP_POWER_OWN_SOLVE), "clusters|cluster-size|people|effect", 0,
     "find the least that has the power of --target; effect: the least one, on the side of --hr "
     "and "
     "the like",
     0},
    {"target", FP_CLI_OWN(FP_POWER_OWN_TARGET), "POWER", 0, "power asked for (default 0.8)", 0},
    {"solve-effect", FP_CLI_OWN(FP_POWER_OWN_SOLVE_EFFECT), "NAME", 0,
     "the effect that --solve is about (default: the first that has one)", 0},
    {"solve-by", FP_CLI_OWN(FP_POWER_OWN_SOLVE_BY), "ANALYSIS", 0,
     "the analysis that --solve is about (default md, else the first)", 0},
    {"as-planned", FP_CLI_OWN(FP_POWER_OWN_AS_PLANNED), NULL, 0,
     "of the study in the folder STUDY: its size from design.planned of study.yaml, its tests from "
     "its analysis plan; no other option of the design then",
     0},
    {"paragraph", FP_CLI_OWN(FP_POWER_OWN_PARAGRAPH), "en|nl", 0,
     "print a paragraph for a protocol, in English or Dutch", 0},
    {"closed-form", FP_CLI_OWN(FP_POWER_OWN_CLOSED_FORM), "time|rates|proportions|means", 0,
     "no simulation: power of two groups by formulas, with the clusters, cluster size and effect "
     "for the power of --target",
     0},
    {"values", FP_CLI_OWN(FP_POWER_OWN_VALUES), "A,B", 0,
     "with --closed-form, rates, proportions or means of the reference group and the other", 0},
    {"person-time", FP_CLI_OWN(FP_POWER_OWN_PERSON_TIME), "TIME", 0,
     "with --closed-form rates, person-time of a cluster (of a person, with --randomised people), "
     "in the unit of the rates",
     0},
    {"covariate", FP_CLI_OWN(FP_POWER_OWN_COVARIATE), "NAME:HR[:SHARE]", 0,
     "time: what people bring along, in the hazard and in the model: age:1.5 (normal, by standard "
     "deviation) or woman:0.8:0.5 (0/1, that share of ones); may be repeated",
     0},
    {"levels", FP_CLI_OWN(FP_POWER_OWN_LEVELS), "NUMBER,...", 0,
     "factorial: levels of two or three factors, at most eight arms: 2,2,2 or 3,2 (default 2,2); "
     "--hr then has a ratio for every level but the first, factor by factor",
     0},
    {0}};

static fp_status read_solve(fp_cli *cli, double *target, fp_power_solve_for *unknown, bool *asked,
                            fp_err *err)
{
    static const char *const unknowns[] = {"clusters", "cluster-size", "people", "effect", NULL};
    int what, by;
    FP_TRY(fp_cli_choice(cli, FP_POWER_OWN_SOLVE, "--solve", unknowns, 0, &what, err));
    FP_TRY(fp_cli_choice(cli, FP_POWER_OWN_SOLVE_BY, "--solve-by", fp_power_analysis_name,
                         FP_POWER_ANALYSES, &by, err));
    FP_TRY(fp_cli_number(cli, FP_POWER_OWN_TARGET, "--target", 0, 0.8, target, err));
    if (*target >= 1)
        return fp_fail(err, FP_USAGE, "--target is a power between 0 and 1, not \"%s\"",
                       cli->own[FP_POWER_OWN_TARGET]);
    *asked = cli->own[FP_POWER_OWN_SOLVE] != NULL;
    if (!*asked && (cli->own[FP_POWER_OWN_SOLVE_BY] || cli->own[FP_POWER_OWN_SOLVE_EFFECT]))
        return fp_fail(err, FP_USAGE, "--solve-by and --solve-effect go with --solve");
    *unknown = (fp_power_solve_for){(fp_power_unknown)what, cli->own[FP_POWER_OWN_SOLVE_EFFECT],
                                    (fp_power_analysis)by};
    return FP_OK;
}

/* With a study only these of the command's own options have a say. */
static fp_status check_as_planned(const fp_cli *cli, fp_err *err)
{
    if (cli->plot)
        return fp_fail(err, FP_USAGE, "--plot does not go with --as-planned");
    for (int i = 0; options[i].name; i++)
        if (cli->own[i] && i != FP_POWER_OWN_TRIALS && i != FP_POWER_OWN_TARGET &&
            i != FP_POWER_OWN_AS_PLANNED && i != FP_POWER_OWN_PARAGRAPH)
            return fp_fail(err, FP_USAGE, "--%s does not go with --as-planned: study.yaml says it",
                           options[i].name);
    if (!cli->own[FP_POWER_OWN_AS_PLANNED]) {
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

/* Draw the power of one question over what is unknown. */
static fp_status plot(const fp_cli *cli, const fp_power_answer *answer,
                      const fp_power_options *power, fp_err *err)
{
    static const char *const x_labels[] = {"Clusters in all", "People in a cluster",
                                           "People in all", NULL};
    FP_BUF_SCOPED(svg, FP_MIB);
    fp_power_curve curve;
    fp_figure_power_line lines[FP_POWER_ANALYSES];
    const char *question;
    ptrdiff_t count = 0;
    FP_TRY(fp_model_power_curve(answer, power, &curve, &question, err));
    for (ptrdiff_t i = 0; i < answer->row_count; i++)
        if (strcmp(answer->rows[i].question->name, question) == 0) {
            lines[count].label = fp_power_analysis_name[answer->rows[i].analysis];
            lines[count++].power = curve.power[answer->rows[i].analysis];
        }
    char *y_label = fp_arena_printf(cli->arena, err, "Power for %s (%%)", question);
    if (!y_label)
        return FP_NOMEM;
    fp_power_effect scale = fp_power_plan_scale(&answer->plan);
    char *effect = fp_arena_strdup(cli->arena, fp_power_effect_words(scale), err);
    if (!effect)
        return FP_NOMEM;
    effect[0] = (char)toupper((unsigned char)effect[0]);
    bool by_effect = curve.unknown == FP_SOLVE_EFFECT;
    fp_figure_power_options options_of = {.x_label = by_effect ? effect : x_labels[curve.unknown],
                                          .y_label = y_label,
                                          .from = by_effect && fp_power_is_ratio(scale) ? 1 : 0,
                                          .target = answer->target};
    FP_TRY(fp_figure_power(&options_of, curve.x, curve.n, lines, count, &svg, err));
    return fp_file_write(cli->plot, fp_buf_str(&svg), err);
}

static fp_status run_plan(fp_cli *cli, const fp_power_options *power, double target,
                          const fp_power_solve_for *unknown, const char *language, fp_buf *out,
                          fp_err *err)
{
    fp_power_plan plan;
    fp_power_answer answer;
    const fp_power_answer *only = &answer;
    FP_TRY(fp_cli_power_plan(cli, &plan, err));
    FP_TRY(fp_model_power(&plan, power, target, unknown, cli->arena, &answer, err));
    if (cli->plot)
        FP_TRY(plot(cli, &answer, power, err));
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
    FP_TRY(fp_cli_choice(cli, FP_POWER_OWN_PARAGRAPH, "--paragraph", languages, 0, &which, err));
    const char *language = cli->own[FP_POWER_OWN_PARAGRAPH] ? languages[which] : NULL;
    if (language && cli->json)
        return fp_fail(err, FP_USAGE, "--paragraph is text: give it or --json");
    FP_TRY(fp_cli_power_count(cli, FP_POWER_OWN_TRIALS, "--trials", 100000000, &power.trials, err));
    FP_TRY(read_solve(cli, &target, &unknown, &solve, err));
    power.seed = cli->seed;
    power.work = (fp_work){cli->threads, cli->progress};
    if (cli->arg_count == 0 && cli->own[FP_POWER_OWN_AS_PLANNED])
        return fp_fail(err, FP_USAGE,
                       "--as-planned of which study? firstplace power STUDY "
                       "--as-planned");
    if (cli->own[FP_POWER_OWN_CLOSED_FORM]) {
        if (cli->arg_count)
            return fp_fail(err, FP_USAGE, "--closed-form takes no study");
        FP_TRY(fp_cli_power_closed(cli, target, &out, err));
        return fp_cli_print(fp_buf_str(&out), err);
    }
    for (int i = FP_POWER_OWN_VALUES; i <= FP_POWER_OWN_PERSON_TIME; i++)
        if (cli->own[i])
            return fp_fail(err, FP_USAGE, "--%s goes with --closed-form", options[i].name);
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
    .shared = FP_CLI_RANDOM | FP_CLI_JSON | FP_CLI_PLOT,
    .options = options,
    .notes =
        "Trials are drawn as planned and analysed as they will be. Type I error: the effect taken "
        "away, all else as planned.\n\n"
        "Example: firstplace power --factors ips,pa --clusters 12 --cluster-size 10 --hr 2.25,1 "
        "--event-probability 0.3 --follow-up 350d --icc 0.03\n"
        "         firstplace power --outcome binary --design parallel --clusters 20 --cluster-size "
        "15 --event-probability 0.3 --odds-ratio 2 --icc 0.05\n"
        "         firstplace power amsterdam --as-planned\n"
        "         firstplace power --closed-form proportions --values 0.3,0.5 --clusters 24 "
        "--cluster-size 10 --icc 0.05",
    .run = run,
};
