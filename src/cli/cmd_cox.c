#include "cli/common.h"
#include "model/survival.h"

enum {
    TIES,
    FIRTH,
    ROBUST,
    SMALL_SAMPLE,
    RANDOMISED,
    ALLOCATIONS,
    PH,
    AT,
    BASELINE,
    CONF_TYPE,
    CONTRAST,
    RESIDUALS,
    PLOT_KIND,
    EVENT,
};

static const struct argp_option options[] = {
    {"ties", FP_CLI_OWN(TIES), "efron|breslow|exact", 0,
     "how tied times are counted (default efron)", 0},
    {"firth", FP_CLI_OWN(FIRTH), NULL, 0,
     "Firth's penalised likelihood: finite where a hazard ratio tends to 0 or infinity", 0},
    {"robust", FP_CLI_OWN(ROBUST), NULL, 0,
     "robust standard errors, by row where there are no clusters", 0},
    {"small-sample", FP_CLI_OWN(SMALL_SAMPLE), "md|kc|fg|mbn|none", 0,
     "correct for few clusters (default: md below 40 clusters, else none)", 0},
    {"randomised", FP_CLI_OWN(RANDOMISED), "DESIGN", 0,
     "permutation tests; what was randomised and on what: \"ips * pa | coach\"; how it was drawn "
     "may follow: \"ips * pa | coach | strata(team) + balance(caseload; keep 0.1)\"",
     0},
    {"allocations", FP_CLI_OWN(ALLOCATIONS), "NUMBER", 0,
     "allocations sampled where there are more than ten million (default 100,000)", 0},
    {"ph", FP_CLI_OWN(PH), "km|identity|log|rank", 0,
     "time scale of the proportional-hazards test (default km)", 0},
    {"at", FP_CLI_OWN(AT), "VALUES", 0,
     "predicted curves for these covariates: \"age=60, arm=with\"; may be repeated, or several "
     "apart "
     "by ';'",
     0},
    {"baseline", FP_CLI_OWN(BASELINE), NULL, 0,
     "the predicted curve at covariates 0 and the reference levels", 0},
    {"conf-type", FP_CLI_OWN(CONF_TYPE), "log|log-log|plain", 0,
     "intervals of the predicted curves (default log)", 0},
    {"contrast", FP_CLI_OWN(CONTRAST), "EXPRESSION", 0,
     "a sum of coefficients with its interval and test: \"2*a - b\"; may be repeated", 0},
    {"residuals", FP_CLI_OWN(RESIDUALS), "KIND", 0,
     "print residuals as CSV instead: martingale, deviance, score, dfbeta, dfbetas, schoenfeld or "
     "scaled-schoenfeld",
     0},
    {"plot-kind", FP_CLI_OWN(PLOT_KIND), "forest|schoenfeld|curves|residuals", 0,
     "what --plot draws: hazard ratios (default), coefficients over time, predicted curves or "
     "residuals",
     0},
    {"event", FP_CLI_OWN(EVENT), "CODE", 0,
     "the code that is the event; every other one counts as censored (cause-specific hazard)", 0},
    {0}};

/* What comes out besides the coefficients. */
static fp_status read_outputs(fp_cli *cli, fp_cox_model_options *cox, fp_err *err)
{
    static const char *const types[] = {"log", "log-log", "plain", NULL};
    int type, kind;
    FP_TRY(fp_cli_choice(cli, CONF_TYPE, "--conf-type", types, FP_CONF_LOG, &type, err));
    FP_TRY(fp_cli_choice(cli, RESIDUALS, "--residuals", fp_residual_names(), -1, &kind, err));
    FP_TRY(fp_cli_repeated(cli, AT, &cox->at, &cox->at_count, err));
    FP_TRY(fp_cli_repeated(cli, CONTRAST, &cox->contrasts, &cox->contrast_count, err));
    cox->conf_type = (fp_conf_type)type;
    cox->baseline = cli->own[BASELINE] != NULL;
    cox->residuals = kind < 0 ? FP_RESIDUAL_NONE : (fp_residual_kind)(kind + 1);
    if (kind >= 0 && cli->json) {
        (void)fp_fail(err, FP_USAGE, "--residuals prints CSV, --json an object: choose one");
        return fp_hint(err, FP_USAGE, "run the command twice for both");
    }
    return FP_OK;
}

static fp_status read_plot(fp_cli *cli, fp_cox_model_options *cox, fp_err *err)
{
    static const char *const kinds[] = {[FP_PLOT_FOREST] = "forest",
                                        [FP_PLOT_SCHOENFELD] = "schoenfeld",
                                        [FP_PLOT_CURVES] = "curves",
                                        [FP_PLOT_RESIDUALS] = "residuals",
                                        NULL};
    FP_TRY(fp_cli_plot_kind(cli, PLOT_KIND, kinds, FP_PLOT_FOREST, err));
    if (cli->plot_kind == FP_PLOT_CURVES && cox->at_count == 0 && !cox->baseline) {
        (void)fp_fail(err, FP_USAGE, "--plot-kind curves draws those of --at, which is missing");
        return fp_hint(err, FP_USAGE,
                       "a value of every covariate, as in --at \"age=60, arm=with\"");
    }
    cox->scatter = cli->plot_kind == FP_PLOT_SCHOENFELD || cli->plot_kind == FP_PLOT_RESIDUALS;
    return FP_OK;
}

static fp_status run(fp_cli *cli, fp_err *err)
{
    static const char *const ties[] = {"efron", "breslow", "exact", NULL};
    static const char *const scales[] = {"km", "identity", "log", "rank", NULL};
    static const char *const methods[] = {"md", "kc", "fg", "mbn", "none", NULL};
    fp_cox_model_options cox = fp_cox_model_defaults();
    const fp_table *table;
    fp_result result;
    int tie, scale, method;
    FP_TRY(fp_cli_choice(cli, TIES, "--ties", ties, FP_TIES_EFRON, &tie, err));
    FP_TRY(fp_cli_choice(cli, PH, "--ph", scales, FP_PH_KM, &scale, err));
    FP_TRY(fp_cli_choice(cli, SMALL_SAMPLE, "--small-sample", methods, -1, &method, err));
    cox.ties = (fp_ties)tie;
    cox.firth = cli->own[FIRTH] != NULL;
    cox.ph = (fp_ph_transform)scale;
    cox.small_sample = method < 0 ? NULL : methods[method];
    cox.randomised = cli->own[RANDOMISED];
    FP_TRY(fp_cli_allocations(cli, ALLOCATIONS, RANDOMISED, &cox.allocations, err));
    cox.event = cli->own[EVENT];
    cox.robust = cli->own[ROBUST] != NULL;
    FP_TRY(read_outputs(cli, &cox, err));
    FP_TRY(read_plot(cli, &cox, err));
    FP_TRY(fp_cli_table(cli, &table, &cox.common, err));
    FP_TRY(fp_model_cox(table, cli->formula, &cox, cli->arena, &result, err));
    return fp_cli_result(cli, &result, err);
}

const fp_command fp_command_cox = {
    .name = "cox",
    .summary = "Cox proportional-hazards regression",
    .args = "DATA",
    .arg_least = 1,
    .arg_most = 1,
    .shared = FP_CLI_ESTIMATE | FP_CLI_PLOT | FP_CLI_PERSONS,
    .options = options,
    .notes =
        "DATA is a .csv or .tsv file, or - for standard input. With cluster() or --cluster the "
        "standard errors are cluster-robust; below 40 clusters a correction is printed beside "
        "them.\n\n"
        "DESIGN names the randomised factors (any number of levels) and, after |, the column of "
        "the units. Without more, every allocation that keeps the number of units in each arm is "
        "as likely. After a second |, strata(A, B) keeps these numbers within the columns A and B; "
        "balance(A, 2*B; keep 0.1) keeps to the 10% of allocations that balance A and, with twice "
        "the weight, B best (balance(A; limit 3.2): to balance scores of at most 3.2). The other "
        "terms of the formula stay in the null models.\n\n"
        "Example: firstplace cox trial.csv --formula \"Surv(day, event) ~ ips + pa + "
        "cluster(coach)\" --randomised \"ips * pa | coach\"",
    .run = run,
};
