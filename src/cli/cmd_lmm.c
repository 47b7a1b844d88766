#include <string.h>

#include "cli/common.h"
#include "cli/means.h"
#include "cli/regression.h"
#include "model/regression.h"

enum {
    ML,
    DF,
    RESIDUAL,
    SUBJECT,
    WAVE,
    PROFILE,
    VARIANCE_TESTS,
    EFFECTS,
    RESIDUALS,
    PLOT_KIND,
    CONTRAST,
    MEANS
};

static const struct argp_option options[] = {
    {"ml", FP_CLI_OWN(ML), NULL, 0, "maximum likelihood (default: restricted, REML)", 0},
    {"df", FP_CLI_OWN(DF), "satterthwaite|kr|z", 0,
     "degrees of freedom: Satterthwaite's, Kenward and Roger's, or none (default: Satterthwaite's, "
     "kept at the level of groups whose variance is estimated 0)",
     0},
    {"residual", FP_CLI_OWN(RESIDUAL), "unstructured|ar1|cs|diag", 0,
     "covariance of the residuals of a subject by wave (default: independent)", 0},
    {"subject", FP_CLI_OWN(SUBJECT), "COLUMN", 0, "who was measured, with --residual", 0},
    {"wave", FP_CLI_OWN(WAVE), "COLUMN", 0, "when, with --residual", 0},
    {"profile", FP_CLI_OWN(PROFILE), NULL, 0,
     "intervals of the variances and correlations with more than 10,000 rows too", 0},
    {"variance-tests", FP_CLI_OWN(VARIANCE_TESTS), NULL, 0,
     "likelihood-ratio tests against the model without each random effect", 0},
    {"effects", FP_CLI_OWN(EFFECTS), NULL, 0,
     "print the effect of each group with its standard error as CSV instead", 0},
    {"residuals", FP_CLI_OWN(RESIDUALS), "response|pearson", 0,
     "print fitted values and residuals as CSV instead", 0},
    {"plot-kind", FP_CLI_OWN(PLOT_KIND), "effects|residuals|means", 0,
     "what --plot draws: the effects of the groups in order (default), residuals against fitted "
     "values, or estimated means (default with --means)",
     0},
    FP_CLI_CONTRAST(CONTRAST),
    FP_CLI_MEANS(MEANS),
    {0}};

/* What comes out besides the coefficients. */
static fp_status read_outputs(fp_cli *cli, fp_lmm_model_options *lmm, fp_err *err)
{
    static const char *const kinds[] = {"effects", "residuals", "means", NULL};
    FP_TRY(fp_cli_choice(cli, RESIDUALS, "--residuals", fp_lmm_residual_names(), -1,
                         &lmm->residuals, err));
    FP_TRY(fp_cli_plot_kind(cli, PLOT_KIND, kinds,
                            cli->own[MEANS] ? FP_PLOT_LMM_MEANS : FP_PLOT_LMM_EFFECTS, err));
    lmm->profile = cli->own[PROFILE] != NULL;
    lmm->variance_tests = cli->own[VARIANCE_TESTS] != NULL;
    lmm->effects = cli->own[EFFECTS] != NULL;
    lmm->scatter = cli->plot != NULL;
    if ((lmm->effects || lmm->residuals >= 0) && cli->json) {
        (void)fp_fail(err, FP_USAGE, "%s prints CSV, --json an object: choose one",
                      lmm->effects ? "--effects" : "--residuals");
        return fp_hint(err, FP_USAGE, "run the command twice for both");
    }
    if (lmm->effects && lmm->residuals >= 0)
        return fp_fail(err, FP_USAGE, "--effects and --residuals are two tables: choose one");
    return FP_OK;
}

/* That the table asked for was made: a fit without residual variance has none. */
static fp_status check_made(const fp_lmm_model_options *lmm, const fp_result *result, fp_err *err)
{
    bool none = strcmp(result->state, "no_spread") == 0;
    if ((!lmm->effects || result->lmm->effect_count > 0) &&
        (lmm->residuals < 0 || result->residuals))
        return FP_OK;
    (void)fp_fail(err, FP_INPUT, "there are no %s to print",
                  lmm->effects ? "effects of groups" : "residuals");
    return fp_hint(err, FP_INPUT,
                   none ? "no residual variance is left beside the terms and groups"
                        : "the formula needs a random effect such as (1 | coach)");
}

static fp_status print_effects(const fp_cli *cli, const fp_result *result, fp_err *err)
{
    FP_BUF_SCOPED(text, FP_GIB);
    for (ptrdiff_t i = 0; !cli->quiet && i < result->warning_count; i++)
        (void)fprintf(stderr, "firstplace: warning: %s\n", result->warnings[i]);
    FP_TRY(fp_result_effects_csv(result, &text, err));
    return fp_cli_print(fp_buf_str(&text), err);
}

static fp_status run(fp_cli *cli, fp_err *err)
{
    static const char *const methods[] = {"satterthwaite", "kr", "z", NULL};
    static const fp_lmm_df_choice chosen[] = {FP_LMM_AS_R, FP_LMM_KR, FP_LMM_Z};
    static const char *const structures[] = {"unstructured", "ar1", "cs", "diag", NULL};
    static const fp_lmm_residual residuals[] = {FP_LMM_UNSTRUCTURED, FP_LMM_AR1, FP_LMM_SYMMETRIC,
                                                FP_LMM_DIAGONAL};
    fp_lmm_model_options lmm = fp_lmm_model_defaults();
    fp_means_request means;
    const fp_table *table;
    fp_result result;
    int method, structure;
    FP_TRY(fp_cli_choice(cli, DF, "--df", methods, -1, &method, err));
    FP_TRY(fp_cli_choice(cli, RESIDUAL, "--residual", structures, -1, &structure, err));
    FP_TRY(fp_cli_means(cli, MEANS, &means, err));
    lmm.ml = cli->own[ML] != NULL;
    lmm.df = method < 0 ? FP_LMM_AUTO : chosen[method];
    lmm.residual = structure < 0 ? FP_LMM_INDEPENDENT : residuals[structure];
    lmm.subject = cli->own[SUBJECT];
    lmm.wave = cli->own[WAVE];
    FP_TRY(read_outputs(cli, &lmm, err));
    FP_TRY(fp_cli_table(cli, &table, &lmm.common, err));
    FP_TRY(fp_model_lmm(table, cli->formula, &lmm, cli->arena, &result, err));
    FP_TRY(check_made(&lmm, &result, err));
    FP_TRY(fp_cli_regression_add(cli, -1, CONTRAST, table, &lmm.common, &result, err));
    FP_TRY(fp_means_add(table, &lmm.common, &means, cli->arena, &result, err));
    return lmm.effects ? print_effects(cli, &result, err) : fp_cli_result(cli, &result, err);
}

const fp_command fp_command_lmm = {
    .name = "lmm",
    .summary = "linear mixed model, repeated measures",
    .args = "DATA",
    .arg_least = 1,
    .arg_most = 1,
    .shared = FP_CLI_ESTIMATE | FP_CLI_PLOT,
    .options = options,
    .notes = "DATA is a .csv or .tsv file, or - for standard input. Random effects are written as "
             "in R: (1 | coach/person), (1 + time | person), (time || person), (1 | a) + (1 | b). "
             "--weights are inverse variances of the residuals.\n\n"
             "Example: firstplace lmm waves.csv --formula \"score ~ factor(wave) * arm + (1 | "
             "coach)\" --residual unstructured --subject person --wave wave",
    .run = run,
};
