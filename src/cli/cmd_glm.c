#include "cli/common.h"
#include "cli/means.h"
#include "cli/regression.h"
#include "model/regression.h"

enum {
    FAMILY,
    LINK,
    ROBUST,
    SANDWICH,
    SMALL_SAMPLE,
    RANDOMISED,
    ALLOCATIONS,
    STATISTIC,
    FIRTH,
    STANDARDISE,
    CONTRAST,
    PLOT_KIND,
    MEANS
};

static const struct argp_option options[] = {
    {"family", FP_CLI_OWN(FAMILY), "gaussian|binomial|poisson|gamma", 0,
     "distribution of the outcome (default gaussian)", 0},
    {"link", FP_CLI_OWN(LINK), "identity|log|logit|probit|cloglog|inverse|sqrt", 0,
     "what is linear in the terms (default: the family's own)", 0},
    FP_CLI_STANDARDISE(STANDARDISE),
    FP_CLI_CONTRAST(CONTRAST),
    {"firth", FP_CLI_OWN(FIRTH), NULL, 0,
     "Firth's penalised likelihood (binomial, logit): finite where an odds ratio tends to 0 or "
     "infinity",
     0},
    {"robust", FP_CLI_OWN(ROBUST), NULL, 0,
     "standard errors robust to unequal variances (HC3) where there are no clusters", 0},
    {"sandwich", FP_CLI_OWN(SANDWICH), "hc0|hc1|hc2|hc3|cr0|cr1|cr1s", 0,
     "which robust standard errors: by row, or by cluster (default hc3; with clusters cr0)", 0},
    {"small-sample", FP_CLI_OWN(SMALL_SAMPLE), "md|kc|fg|mbn|cr2|none", 0,
     "correct for few clusters (default: md below 40 clusters, else none)", 0},
    {"randomised", FP_CLI_OWN(RANDOMISED), "DESIGN", 0,
     "permutation tests; what was randomised and on what: \"arm | coach\" (see firstplace cox "
     "--help)",
     0},
    {"allocations", FP_CLI_OWN(ALLOCATIONS), "NUMBER", 0,
     "allocations sampled where there are more than ten million (default 100,000)", 0},
    {"statistic", FP_CLI_OWN(STATISTIC), "residuals|means", 0,
     "what the permutation tests compare: sums of residuals over the people (default), or means of "
     "the clusters, every cluster counted alike",
     0},
    FP_CLI_MEANS(MEANS),
    FP_CLI_MEANS_PLOT(PLOT_KIND),
    {0}};

static fp_status read_statistic(const fp_cli *cli, bool *means, fp_err *err)
{
    static const char *const names[] = {"residuals", "means", NULL};
    int chosen;
    FP_TRY(fp_cli_choice(cli, STATISTIC, "--statistic", names, 0, &chosen, err));
    if (cli->own[STATISTIC] && !cli->own[RANDOMISED]) {
        (void)fp_fail(err, FP_USAGE, "--statistic is for the permutation tests of --randomised");
        return fp_hint(err, FP_USAGE, "add --randomised \"arm | coach\"");
    }
    *means = chosen == 1;
    return FP_OK;
}

static fp_status run(fp_cli *cli, fp_err *err)
{
    fp_glm_model_options glm = fp_glm_model_defaults();
    fp_means_request means;
    const fp_table *table;
    fp_result result;
    static const char *const sandwiches[] = {"hc0", "hc1", "hc2",  "hc3",
                                             "cr0", "cr1", "cr1s", NULL};
    static const char *const methods[] = {"md", "kc", "fg", "mbn", "cr2", "none", NULL};
    int family, sandwich, method;
    FP_TRY(fp_cli_choice(cli, SANDWICH, "--sandwich", sandwiches, -1, &sandwich, err));
    FP_TRY(fp_cli_choice(cli, SMALL_SAMPLE, "--small-sample", methods, -1, &method, err));
    glm.firth = cli->own[FIRTH] != NULL;
    glm.robust = cli->own[ROBUST] != NULL;
    glm.sandwich = sandwich < 0 ? NULL : sandwiches[sandwich];
    glm.small_sample = method < 0 ? NULL : methods[method];
    FP_TRY(fp_cli_choice(cli, FAMILY, "--family", fp_family_names(), FP_FAMILY_GAUSSIAN, &family,
                         err));
    FP_TRY(fp_cli_choice(cli, LINK, "--link", fp_link_names(), -1, &glm.link, err));
    FP_TRY(fp_cli_means(cli, MEANS, &means, err));
    FP_TRY(fp_cli_means_plot(cli, PLOT_KIND, &means, err));
    glm.family = (fp_family)family;
    glm.randomised = cli->own[RANDOMISED];
    FP_TRY(fp_cli_allocations(cli, ALLOCATIONS, RANDOMISED, &glm.allocations, err));
    FP_TRY(read_statistic(cli, &glm.cluster_means, err));
    FP_TRY(fp_cli_table(cli, &table, &glm.common, err));
    FP_TRY(fp_model_glm(table, cli->formula, &glm, cli->arena, &result, err));
    FP_TRY(fp_cli_regression_add(cli, STANDARDISE, CONTRAST, table, &glm.common, &result, err));
    FP_TRY(fp_means_add(table, &glm.common, &means, cli->arena, &result, err));
    return fp_cli_result(cli, &result, err);
}

const fp_command fp_command_glm = {
    .name = "glm",
    .summary = "generalised linear model",
    .args = "DATA",
    .arg_least = 1,
    .arg_most = 1,
    .shared = FP_CLI_ESTIMATE | FP_CLI_PLOT,
    .options = options,
    .notes = "DATA is a .csv or .tsv file, or - for standard input. The outcome is a number, TRUE "
             "or FALSE; another coding is said in the formula: I(work == 2) ~ arm.\n\n"
             "Example: firstplace glm jobs.csv --formula \"employed ~ treat + age\" --family "
             "binomial",
    .run = run,
};
