/* The options of `firstplace power` for what is measured: --outcome binary, continuous, repeated.
 */
#include <math.h>
#include <string.h>

#include "base/num.h"
#include "cli/power.h"

enum { TIME = 1, BINARY = 2, CONTINUOUS = 4, WAVES = 8 };

/* ---- which options go with which outcome ---- */

static const struct {
    int own;
    const char *name;
    int with;
} options[] = {{FP_POWER_OWN_HR, "--hr", TIME},
               {FP_POWER_OWN_INTERACTION_HR, "--interaction-hr", TIME},
               {FP_POWER_OWN_SURVIVAL, "--survival", TIME},
               {FP_POWER_OWN_SHAPE, "--shape", TIME},
               {FP_POWER_OWN_FOLLOW_UP, "--follow-up", TIME},
               {FP_POWER_OWN_ACCRUAL, "--accrual", TIME},
               {FP_POWER_OWN_FRAILTY, "--frailty", TIME},
               {FP_POWER_OWN_COVARIATE, "--covariate", TIME},
               {FP_POWER_OWN_FRAILTY_VARIANCE, "--frailty-variance", TIME},
               {FP_POWER_OWN_EVENT_PROBABILITY, "--event-probability", TIME | BINARY},
               {FP_POWER_OWN_K, "--k", TIME | BINARY},
               {FP_POWER_OWN_ODDS_RATIO, "--odds-ratio", BINARY},
               {FP_POWER_OWN_RISK_RATIO, "--risk-ratio", BINARY},
               {FP_POWER_OWN_RISK_DIFFERENCE, "--risk-difference", BINARY},
               {FP_POWER_OWN_ICC_BY, "--icc-by", BINARY},
               {FP_POWER_OWN_INTERACTION, "--interaction", BINARY | CONTINUOUS},
               {FP_POWER_OWN_MEAN_DIFFERENCE, "--mean-difference", CONTINUOUS},
               {FP_POWER_OWN_SD, "--sd", CONTINUOUS},
               {FP_POWER_OWN_VARIANCE, "--variance", CONTINUOUS},
               {FP_POWER_OWN_WAVES, "--waves", WAVES},
               {FP_POWER_OWN_ESTIMAND, "--estimand", WAVES},
               {FP_POWER_OWN_ADJUST_FIRST, "--adjust-first", WAVES},
               {FP_POWER_OWN_ICC_BETWEEN, "--icc-between", WAVES},
               {FP_POWER_OWN_PERSON_CORRELATION, "--person-correlation", WAVES}};

static int kind_of(const fp_power_measure *m)
{
    int kind = m->outcome == FP_POWER_TIME     ? TIME
               : m->outcome == FP_POWER_BINARY ? BINARY
                                               : CONTINUOUS;
    return kind | (m->waves > 1 ? WAVES : 0);
}

static const char *kind_words(int with)
{
    return with == TIME                    ? "time"
           : with == WAVES                 ? "repeated"
           : with == CONTINUOUS            ? "continuous, or repeated with --mean-difference"
           : with == (BINARY | CONTINUOUS) ? "binary, continuous or repeated"
           : with == (TIME | BINARY) ? "time, binary, or repeated with --odds-ratio and the like"
                                     : "binary, or repeated with --odds-ratio and the like";
}

fp_status fp_cli_power_measure_options(const fp_cli *cli, const fp_power_plan *plan, fp_err *err)
{
    int kind = kind_of(&plan->measure);
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        if (cli->own[options[i].own] && !(options[i].with & kind))
            return fp_fail(err, FP_USAGE, "%s goes with --outcome %s", options[i].name,
                           kind_words(options[i].with));
    return FP_OK;
}

/* ---- effects ---- */

static const struct {
    int own;
    const char *name;
    fp_power_effect effect;
} effects[] = {{FP_POWER_OWN_ODDS_RATIO, "--odds-ratio", FP_POWER_ODDS_RATIO},
               {FP_POWER_OWN_RISK_RATIO, "--risk-ratio", FP_POWER_RISK_RATIO},
               {FP_POWER_OWN_RISK_DIFFERENCE, "--risk-difference", FP_POWER_RISK_DIFFERENCE},
               {FP_POWER_OWN_MEAN_DIFFERENCE, "--mean-difference", FP_POWER_MEAN_DIFFERENCE}};
enum { EFFECTS = sizeof effects / sizeof *effects };

static fp_status missing_effect(const fp_power_plan *plan, int named, fp_err *err)
{
    bool continuous = named == CONTINUOUS;
    (void)fp_fail(err, FP_USAGE, "%s is missing",
                  continuous ? "--mean-difference"
                  : named    ? "--odds-ratio, --risk-ratio or --risk-difference"
                          : "--odds-ratio, --risk-ratio, --risk-difference or --mean-difference");
    return fp_hint(err, FP_USAGE, "for example %s",
                   continuous ? plan->factorial ? "--mean-difference 2,0" : "--mean-difference 2"
                   : plan->factorial ? "--odds-ratio 2,1"
                                     : "--odds-ratio 2");
}

/* named: BINARY, CONTINUOUS, or 0 where the effect tells which. */
static fp_status read_effects(fp_cli *cli, int named, fp_power_plan *plan, fp_err *err)
{
    int which = -1;
    for (int i = 0; i < EFFECTS; i++) {
        if (!cli->own[effects[i].own])
            continue;
        if (which >= 0)
            return fp_fail(err, FP_USAGE, "%s and %s are two scales of one effect: give one",
                           effects[which].name, effects[i].name);
        which = i;
    }
    if (which < 0)
        return missing_effect(plan, named, err);
    fp_power_measure *m = &plan->measure;
    m->effect = effects[which].effect;
    bool continuous = m->effect == FP_POWER_MEAN_DIFFERENCE;
    m->outcome = named == BINARY                     ? FP_POWER_BINARY
                 : named == CONTINUOUS || continuous ? FP_POWER_CONTINUOUS
                                                     : FP_POWER_BINARY;
    if (continuous != (m->outcome == FP_POWER_CONTINUOUS))
        return missing_effect(plan, named, err);
    double least = fp_power_is_ratio(m->effect) ? 0 : -1e9;
    FP_TRY(fp_cli_power_effects(cli, effects[which].own, effects[which].name, least, 1e9, plan,
                                plan->effect, err));
    return fp_cli_number(cli, FP_POWER_OWN_INTERACTION, "--interaction",
                         fp_power_is_ratio(m->effect) ? 0 : -HUGE_VAL,
                         fp_power_effect_out(m->effect, 0), &plan->interaction, err);
}

/* ---- waves ---- */

static fp_status read_waves(fp_cli *cli, fp_power_measure *m, fp_err *err)
{
    static const char *const estimands[] = {"last", "slope", "overall", NULL};
    const double *time;
    ptrdiff_t count;
    int estimand;
    FP_TRY(fp_cli_numbers(cli, FP_POWER_OWN_WAVES, "--waves", -1e6, 1e6, &time, &count, err));
    FP_TRY(fp_cli_choice(cli, FP_POWER_OWN_ESTIMAND, "--estimand", estimands, 0, &estimand, err));
    if (!count)
        return fp_cli_power_missing("--waves", "0,6,12", err);
    if (count < 2 || count > FP_POWER_WAVES)
        return fp_fail(err, FP_USAGE, "--waves is a list of 2 to %d times, such as 0,6,12",
                       FP_POWER_WAVES);
    for (ptrdiff_t t = 1; t < count; t++)
        if (!(time[t] > time[t - 1]))
            return fp_fail(err, FP_USAGE, "--waves goes on in time: %g does not come after %g",
                           time[t], time[t - 1]);
    for (ptrdiff_t t = 0; t < count; t++)
        m->at[t] = (time[t] - time[0]) / (time[count - 1] - time[0]);
    m->waves = (int32_t)count;
    m->estimand = (fp_power_estimand)estimand;
    m->adjusted = cli->own[FP_POWER_OWN_ADJUST_FIRST] != NULL;
    m->law = FP_POWER_LOGIT_NORMAL;
    return FP_OK;
}

static fp_status read_alike(fp_cli *cli, const fp_power_plan *plan, fp_power_measure *m,
                            fp_err *err)
{
    FP_TRY(fp_cli_number(cli, FP_POWER_OWN_ICC_BETWEEN, "--icc-between", -HUGE_VAL, FP_NUM_NAN,
                         &m->between, err));
    FP_TRY(fp_cli_number(cli, FP_POWER_OWN_PERSON_CORRELATION, "--person-correlation", -HUGE_VAL, 0,
                         &m->person, err));
    if (plan->individual && cli->own[FP_POWER_OWN_ICC_BETWEEN])
        return fp_fail(err, FP_USAGE, "with --randomised people no clusters differ");
    return cli->own[FP_POWER_OWN_PERSON_CORRELATION]
               ? FP_OK
               : fp_cli_power_missing("--person-correlation", "0.6", err);
}

/* ---- answers ---- */

static fp_status read_risks(fp_cli *cli, fp_power_measure *m, fp_err *err)
{
    static const char *const laws[] = {"beta-binomial", "logit-normal", NULL};
    const double *risk;
    ptrdiff_t count;
    int law;
    FP_TRY(fp_cli_numbers(cli, FP_POWER_OWN_EVENT_PROBABILITY, "--event-probability", -1e9, 1e9,
                          &risk, &count, err));
    FP_TRY(fp_cli_choice(cli, FP_POWER_OWN_ICC_BY, "--icc-by", laws, (int)m->law, &law, err));
    m->law = (fp_power_binary_law)law;
    if (!count)
        return fp_cli_power_missing("--event-probability", "0.3", err);
    if (count != 1 && count != m->waves)
        return fp_fail(err, FP_USAGE, "--event-probability has %td numbers for %d %s", count,
                       (int)m->waves, m->waves == 1 ? "measurement" : "waves");
    for (int32_t t = 0; t < m->waves; t++)
        m->risk[t] = risk[count == 1 ? 0 : t];
    return FP_OK;
}

static fp_status read_sd(fp_cli *cli, fp_power_measure *m, fp_err *err)
{
    double variance = 0;
    bool sd = cli->own[FP_POWER_OWN_SD] != NULL;
    if (sd == (cli->own[FP_POWER_OWN_VARIANCE] != NULL))
        return sd ? fp_fail(err, FP_USAGE, "--sd and --variance say the same: give one")
                  : fp_cli_power_missing("--sd", "10", err);
    FP_TRY(fp_cli_number(cli, FP_POWER_OWN_SD, "--sd", -HUGE_VAL, 0, &m->sd, err));
    FP_TRY(fp_cli_number(cli, FP_POWER_OWN_VARIANCE, "--variance", -HUGE_VAL, 0, &variance, err));
    if (!sd && !(variance > 0))
        return fp_fail(err, FP_INPUT, "the variance is %g; it is above 0", variance);
    m->sd = sd ? m->sd : sqrt(variance);
    return FP_OK;
}

fp_status fp_cli_power_measure(fp_cli *cli, fp_power_plan *plan, fp_err *err)
{
    static const char *const outcomes[] = {"time", "binary", "continuous", "repeated", NULL};
    static const int named[] = {TIME, BINARY, CONTINUOUS, 0};
    fp_power_measure *m = &plan->measure;
    int which;
    FP_TRY(fp_cli_choice(cli, FP_POWER_OWN_OUTCOME, "--outcome", outcomes, 0, &which, err));
    if (named[which] == TIME)
        return FP_OK;
    *m = (fp_power_measure){.waves = 1, .at = {1}, .law = FP_POWER_BETA, .between = FP_NUM_NAN};
    if (!named[which])
        FP_TRY(read_waves(cli, m, err));
    FP_TRY(read_effects(cli, named[which], plan, err));
    FP_TRY(fp_cli_power_measure_options(cli, plan, err));
    if (m->waves > 1)
        FP_TRY(read_alike(cli, plan, m, err));
    FP_TRY(
        fp_cli_number(cli, FP_POWER_OWN_DROP_OUT, "--drop-out", -HUGE_VAL, 0, &m->drop_out, err));
    return m->outcome == FP_POWER_BINARY ? read_risks(cli, m, err) : read_sd(cli, m, err);
}
