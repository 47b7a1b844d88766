#include "cli/power.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"

fp_status fp_cli_power_missing(const char *option, const char *example, fp_err *err)
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
fp_status fp_cli_power_count(const fp_cli *cli, int i, const char *option, int64_t most,
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

static fp_status read_sizes(fp_cli *cli, fp_power_plan *plan, fp_err *err)
{
    const double *number;
    ptrdiff_t count;
    FP_TRY(fp_cli_numbers(cli, FP_POWER_OWN_CLUSTER_SIZE, "--cluster-size", 0, 1e6, &number, &count,
                          err));
    plan->cluster_size = count ? number[0] : 0;
    if (count < 2)
        return FP_OK;
    if (cli->own[FP_POWER_OWN_SIZE_CV] || cli->own[FP_POWER_OWN_PEOPLE])
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
    FP_TRY(fp_cli_power_count(cli, FP_POWER_OWN_CLUSTERS, "--clusters", 100000, &clusters, err));
    FP_TRY(fp_cli_power_count(cli, FP_POWER_OWN_PEOPLE, "--people", 1000000, &people, err));
    FP_TRY(
        fp_cli_number(cli, FP_POWER_OWN_SIZE_CV, "--size-cv", -HUGE_VAL, 0, &plan->size_cv, err));
    FP_TRY(read_sizes(cli, plan, err));
    if (plan->individual) {
        if (!people)
            return fp_cli_power_missing("--people", "240", err);
        if (clusters || cli->own[FP_POWER_OWN_CLUSTER_SIZE] || cli->own[FP_POWER_OWN_SIZE_CV])
            return fp_fail(err, FP_USAGE,
                           "with --randomised people there are no clusters: give --people alone");
        plan->clusters = people;
        return FP_OK;
    }
    plan->clusters = clusters ? clusters : plan->sizes;
    plan->people = (double)people;
    if (!plan->clusters)
        return fp_cli_power_missing("--clusters", "12", err);
    if (!people && !cli->own[FP_POWER_OWN_CLUSTER_SIZE])
        return fp_cli_power_missing("--cluster-size", "10", err);
    if (people && cli->own[FP_POWER_OWN_CLUSTER_SIZE])
        return fp_fail(err, FP_USAGE, "give --people or --cluster-size, not both");
    return FP_OK;
}

fp_status fp_cli_power_effects(const fp_cli *cli, int i, const char *option, double least,
                               double most, const fp_power_plan *plan, double *out, fp_err *err)
{
    const double *number;
    ptrdiff_t count, wanted = fp_power_plan_effects(plan);
    FP_TRY(fp_cli_numbers(cli, i, option, least, most, &number, &count, err));
    if (!count)
        return fp_cli_power_missing(option, plan->factorial ? "2,1" : "2", err);
    if (count != wanted)
        return fp_fail(err, FP_USAGE, "%s has %td numbers; this design wants %td: %s", option,
                       count, wanted,
                       !plan->factorial ? "one an arm, but for the first"
                       : wanted == fp_power_plan_factors(plan)
                           ? "one a factor"
                           : "one a level, but for the first of each factor");
    memcpy(out, number, (size_t)count * sizeof *number);
    return FP_OK;
}

/* Which effects are asked about. */
static fp_status read_questions(fp_cli *cli, fp_power_plan *plan, fp_err *err)
{
    static const char *const effects[] = {"margins", "interaction", "table", "global", NULL};
    plan->effects = plan->factorial ? FP_EFFECT_MARGINS | FP_EFFECT_INTERACTION
                                    : FP_EFFECT_MARGINS | FP_EFFECT_GLOBAL;
    FP_TRY(read_words(cli, FP_POWER_OWN_EFFECTS, "--effects", effects, &plan->effects, err));
    if (!plan->factorial &&
        (cli->own[FP_POWER_OWN_INTERACTION_HR] || cli->own[FP_POWER_OWN_INTERACTION] ||
         plan->effects & (FP_EFFECT_INTERACTION | FP_EFFECT_TABLE)))
        return fp_fail(err, FP_USAGE, "an interaction and a table go with --design factorial");
    if (plan->factorial && plan->effects & FP_EFFECT_GLOBAL)
        return fp_fail(err, FP_USAGE, "the global test goes with --design parallel");
    return FP_OK;
}

static fp_status read_ratios(fp_cli *cli, fp_power_plan *plan, fp_err *err)
{
    FP_TRY(fp_cli_power_effects(cli, FP_POWER_OWN_HR, "--hr", 0, 1e4, plan, plan->hr, err));
    return fp_cli_number(cli, FP_POWER_OWN_INTERACTION_HR, "--interaction-hr", 0, 1,
                         &plan->interaction_hr, err);
}

static bool is_file(const char *text)
{
    size_t n = strlen(text);
    return n > 4 && strcmp(text + n - 4, ".csv") == 0;
}

/* Columns time and survival of a file: the points of a Kaplan-Meier curve. */
static fp_status read_curve(fp_cli *cli, fp_power_plan *plan, fp_err *err)
{
    fp_table_options table_options = fp_table_defaults();
    const fp_table *table;
    const fp_column *column[2];
    double *value[2];
    FP_TRY(fp_table_read(cli->own[FP_POWER_OWN_SURVIVAL], &table_options, cli->arena, &table, err));
    ptrdiff_t n = fp_table_rows(table), first = 0;
    FP_TRY(fp_table_need(table, "time", &column[0], err));
    FP_TRY(fp_table_need(table, "survival", &column[1], err));
    for (int c = 0; c < 2; c++) {
        if (column[c]->type != FP_COLUMN_NUMBER || column[c]->missing_count)
            return fp_fail_at(err, FP_INPUT, fp_table_name(table), 0, 0,
                              "the column \"%s\" of a survival curve is a number in every row",
                              column[c]->name);
        FP_ARRAY(value[c], cli->arena, n + 1, err);
        memcpy(value[c] + 1, column[c]->number, (size_t)n * sizeof *value[c]);
    }
    value[1][0] = 1;
    if (n && value[0][1] <= 0) /* the file has the beginning itself */
        first = 1;
    plan->curve = n + 1 - first;
    plan->curve_time = value[0] + first;
    plan->curve_survival = value[1] + first;
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
    for (const char *at = cli->own[FP_POWER_OWN_SURVIVAL];; at++) {
        size_t length = strcspn(at, ","), colon = strcspn(at, ":");
        if (n > MOST_POINTS || colon >= length ||
            !fp_num_parse((fp_str){at, colon}, '.', &time[n]) ||
            !fp_num_parse((fp_str){at + colon + 1, length - colon - 1}, '.', &survival[n])) {
            (void)fp_fail(err, FP_USAGE, "--survival is a list of TIME:SURVIVAL, not \"%s\"",
                          cli->own[FP_POWER_OWN_SURVIVAL]);
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
    FP_TRY(fp_cli_number(cli, FP_POWER_OWN_EVENT_PROBABILITY, "--event-probability", -HUGE_VAL, 0,
                         &plan->event_probability, err));
    FP_TRY(fp_cli_number(cli, FP_POWER_OWN_SHAPE, "--shape", 0, 1, &plan->shape, err));
    FP_TRY(fp_cli_number(cli, FP_POWER_OWN_DROP_OUT, "--drop-out", -HUGE_VAL, 0, &plan->drop_out,
                         err));
    FP_TRY(read_time(cli, FP_POWER_OWN_FOLLOW_UP, "--follow-up", &plan->follow_up, err));
    FP_TRY(read_time(cli, FP_POWER_OWN_ACCRUAL, "--accrual", &plan->accrual, err));
    if (!cli->own[FP_POWER_OWN_FOLLOW_UP])
        return fp_cli_power_missing("--follow-up", "350d", err);
    if (cli->own[FP_POWER_OWN_SURVIVAL] &&
        (cli->own[FP_POWER_OWN_EVENT_PROBABILITY] || cli->own[FP_POWER_OWN_SHAPE]))
        return fp_fail(err, FP_USAGE,
                       "--survival says all; leave out --event-probability and --shape");
    if (cli->own[FP_POWER_OWN_SURVIVAL])
        return is_file(cli->own[FP_POWER_OWN_SURVIVAL]) ? read_curve(cli, plan, err)
                                                        : read_survival(cli, plan, err);
    return cli->own[FP_POWER_OWN_EVENT_PROBABILITY]
               ? FP_OK
               : fp_cli_power_missing("--event-probability", "0.3", err);
}

static fp_status read_variation(fp_cli *cli, fp_power_plan *plan, fp_err *err)
{
    static const char *const laws[] = {"gamma", "lognormal", NULL};
    static const char *const names[] = {"--icc", "--k", "--frailty-variance"};
    int law, given = 0;
    FP_TRY(fp_cli_choice(cli, FP_POWER_OWN_FRAILTY, "--frailty", laws, 0, &law, err));
    plan->law = law ? FP_FRAILTY_LOGNORMAL : FP_FRAILTY_GAMMA;
    for (int s = 0; s < 3; s++) {
        if (!cli->own[FP_POWER_OWN_ICC + s])
            continue;
        given++;
        plan->scale = (fp_power_scale)s;
        FP_TRY(fp_cli_number(cli, FP_POWER_OWN_ICC + s, names[s], -HUGE_VAL, 0, &plan->variation,
                             err));
    }
    if (given > 1)
        return fp_fail(err, FP_USAGE, "--icc, --k and --frailty-variance say the same: give one");
    if (plan->individual && (given || cli->own[FP_POWER_OWN_FRAILTY]))
        return fp_fail(err, FP_USAGE, "with --randomised people no clusters differ");
    if (given || plan->individual)
        return FP_OK;
    (void)fp_fail(err, FP_USAGE, "--icc is missing");
    return fp_hint(err, FP_USAGE,
                   "how much clusters differ: --icc 0.03, --k 0.25 or "
                   "--frailty-variance 0.06; 0 says that they do not");
}

/* What is simulated where nobody says: no analysis that would not be planned. */
static unsigned usual_analyses(const fp_power_plan *plan)
{
    const fp_power_measure *m = &plan->measure;
    unsigned usual = 1u << FP_POWER_GEE | 1u << FP_POWER_LMM | 1u << FP_POWER_PERMUTATION;
    if (m->outcome == FP_POWER_TIME)
        return plan->individual ? 1u << FP_POWER_NAIVE | 1u << FP_POWER_LOGRANK : plan->analyses;
    if (m->waves == 1)
        usual |= 1u << FP_POWER_MD | 1u << FP_POWER_TTEST |
                 (plan->individual ? 1u << FP_POWER_NAIVE : 0);
    return usual & fp_power_analyses_of(m, plan->individual);
}

/* "naive, robust and logrank" */
static void list_analyses(unsigned bits, char *out, size_t room)
{
    size_t n = 0;
    for (int a = 0; a < FP_POWER_ANALYSES && n < room; a++)
        if (bits & 1u << a) {
            const char *between = n == 0 ? "" : bits >> (a + 1) ? ", " : " and ";
            n += (size_t)snprintf(out + n, room - n, "%s%s", between, fp_power_analysis_name[a]);
        }
}

static fp_status read_analyses(fp_cli *cli, fp_power_plan *plan, fp_err *err)
{
    unsigned there = fp_power_analyses_of(&plan->measure, plan->individual);
    char names[256];
    plan->analyses = usual_analyses(plan);
    FP_TRY(read_words(cli, FP_POWER_OWN_ANALYSES, "--analyses", fp_power_analysis_name,
                      &plan->analyses, err));
    FP_TRY(fp_cli_number(cli, FP_POWER_OWN_ALPHA, "--alpha", 0, 0.05, &plan->alpha, err));
    if (!(plan->analyses & ~there))
        return FP_OK;
    list_analyses(there, names, sizeof names);
    return fp_fail(err, FP_USAGE, "with this outcome%s the analyses are %s",
                   plan->individual ? " and --randomised people" : "", names);
}

fp_status fp_cli_power_plan(fp_cli *cli, fp_power_plan *plan, fp_err *err)
{
    fp_power_plan made = fp_power_plan_defaults();
    FP_TRY(fp_cli_power_layout(cli, &made, err));
    FP_TRY(read_people(cli, &made, err));
    FP_TRY(read_questions(cli, &made, err));
    FP_TRY(fp_cli_power_measure(cli, &made, err));
    FP_TRY(fp_cli_power_measure_options(cli, &made, err));
    if (!fp_power_plan_measures(&made)) {
        FP_TRY(read_ratios(cli, &made, err));
        FP_TRY(read_baseline(cli, &made, err));
        FP_TRY(fp_cli_power_covariates(cli, &made, err));
    }
    FP_TRY(read_variation(cli, &made, err));
    FP_TRY(read_analyses(cli, &made, err));
    *plan = made;
    return FP_OK;
}
