#include "cli/common.h"
#include "cli/means.h"
#include "cli/regression.h"
#include "model/regression.h"

enum {
    WAVE,
    FAMILY,
    LINK,
    CORSTR,
    SMALL_SAMPLE,
    RANDOMISED,
    STANDARDISE,
    CONTRAST,
    PLOT_KIND,
    MEANS
};

static const struct argp_option options[] = {
    {"wave", FP_CLI_OWN(WAVE), "COLUMN", 0,
     "tells the measurements of an id apart, in order (default: the order of the rows)", 0},
    {"family", FP_CLI_OWN(FAMILY), "gaussian|binomial|poisson|gamma", 0,
     "distribution of the outcome (default gaussian)", 0},
    {"link", FP_CLI_OWN(LINK), "identity|log|logit|probit|cloglog|inverse|sqrt", 0,
     "what is linear in the terms (default: the family's own)", 0},
    {"corstr", FP_CLI_OWN(CORSTR), "independence|exchangeable|ar1|unstructured", 0,
     "working correlation within an id (default exchangeable)", 0},
    {"small-sample", FP_CLI_OWN(SMALL_SAMPLE), "md|kc|fg|mbn|none", 0,
     "correct for few clusters (default below 40: kc where their sizes vary little, else md)", 0},
    {"randomised", FP_CLI_OWN(RANDOMISED), "DESIGN", 0,
     "what was randomised, on what: \"arm | coach\"; the standard errors are then of those "
     "clusters",
     0},
    FP_CLI_STANDARDISE(STANDARDISE),
    FP_CLI_CONTRAST(CONTRAST),
    FP_CLI_MEANS(MEANS),
    FP_CLI_MEANS_PLOT(PLOT_KIND),
    {0}};

static fp_status run(fp_cli *cli, fp_err *err)
{
    static const char *const structures[] = {[FP_CORR_INDEPENDENCE] = "independence",
                                             [FP_CORR_EXCHANGEABLE] = "exchangeable",
                                             [FP_CORR_AR1] = "ar1",
                                             [FP_CORR_UNSTRUCTURED] = "unstructured",
                                             NULL};
    static const char *const methods[] = {"md", "kc", "fg", "mbn", "none", NULL};
    fp_gee_model_options gee = fp_gee_model_defaults();
    fp_means_request means;
    const fp_table *table;
    fp_result result;
    int family, corr, method;
    FP_TRY(fp_cli_choice(cli, FAMILY, "--family", fp_family_names(), FP_FAMILY_GAUSSIAN, &family,
                         err));
    FP_TRY(fp_cli_choice(cli, LINK, "--link", fp_link_names(), -1, &gee.link, err));
    FP_TRY(fp_cli_choice(cli, CORSTR, "--corstr", structures, FP_CORR_EXCHANGEABLE, &corr, err));
    FP_TRY(fp_cli_choice(cli, SMALL_SAMPLE, "--small-sample", methods, -1, &method, err));
    gee.family = (fp_family)family;
    gee.corr = (fp_corr)corr;
    gee.small_sample = method < 0 ? NULL : methods[method];
    gee.wave = cli->own[WAVE];
    gee.randomised = cli->own[RANDOMISED];
    FP_TRY(fp_cli_means(cli, MEANS, &means, err));
    FP_TRY(fp_cli_means_plot(cli, PLOT_KIND, &means, err));
    FP_TRY(fp_cli_table(cli, &table, &gee.common, err));
    FP_TRY(fp_model_gee(table, cli->formula, &gee, cli->arena, &result, err));
    FP_TRY(fp_cli_regression_add(cli, STANDARDISE, CONTRAST, table, &gee.common, &result, err));
    FP_TRY(fp_means_add(table, &gee.common, &means, cli->arena, &result, err));
    return fp_cli_result(cli, &result, err);
}

const fp_command fp_command_gee = {
    .name = "gee",
    .summary = "marginal model of repeated or clustered measurements",
    .args = "DATA",
    .arg_least = 1,
    .arg_most = 1,
    .shared = FP_CLI_ESTIMATE | FP_CLI_PLOT | FP_CLI_IDS,
    .options = options,
    .notes =
        "DATA is a .csv or .tsv file, or - for standard input. --id names the clusters: in a "
        "cluster trial what was randomised. Where --id is the person, --cluster names the larger "
        "clusters: the correlation is then that within a person, the standard errors are those of "
        "the clusters.\n\n"
        "Example: firstplace gee waves.csv --formula \"work ~ arm * month\" --family binomial "
        "--id person --wave month --corstr ar1 --cluster coach",
    .run = run,
};
