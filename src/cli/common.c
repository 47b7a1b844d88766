#include "cli/common.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/file.h"
#include "base/num.h"
#include "figure/figure.h"

/* ---- how long ---- */

static double seconds_now(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

void fp_cli_phase(fp_cli *cli, const char *name)
{
    double now = seconds_now();
    if (cli->timings && name)
        (void)fprintf(stderr, "firstplace: %s %.4f s\n", name, now - cli->phase_began);
    cli->phase_began = now;
}

/* ---- in ---- */

/* Whether a formula has a `.` of its own, which stands for all columns. */
static bool asks_all(const char *formula)
{
    static const char of_names[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._`";
    for (const char *dot = strchr(formula, '.'); dot; dot = strchr(dot + 1, '.')) {
        bool before = dot > formula && strchr(of_names, dot[-1]);
        if (!before && (!dot[1] || !strchr(of_names, dot[1])))
            return true;
    }
    return false;
}

/* The texts in which a command can name a column: only those columns are read. */
static fp_status mention(const fp_cli *cli, const char *const **out, fp_err *err)
{
    const char **texts;
    ptrdiff_t n = 0;
    *out = NULL;
    if (asks_all(cli->formula))
        return FP_OK;
    FP_ARRAY(texts, cli->arena, cli->given_count + 5, err);
    const char *shared[] = {cli->formula, cli->weights, cli->cluster, cli->id};
    for (size_t i = 0; i < sizeof shared / sizeof *shared; i++)
        if (shared[i])
            texts[n++] = shared[i];
    for (int i = 0; i < cli->given_count; i++)
        texts[n++] = cli->given[i].text;
    *out = texts;
    return FP_OK;
}

fp_status fp_cli_table(fp_cli *cli, const fp_table **table, fp_model_common *common, fp_err *err)
{
    fp_table_options options = fp_table_defaults();
    if (!cli->formula) {
        (void)fp_fail(err, FP_USAGE, "--formula is missing");
        return fp_hint(err, FP_USAGE, "for example --formula \"Surv(time, event) ~ arm\"");
    }
    if (cli->na_count)
        options.na = cli->na;
    options.threads = cli->threads;
    options.encoding = (fp_encoding)cli->encoding;
    options.sha256 = cli->json; /* the one place that shows it */
    FP_TRY(mention(cli, &options.mentioned, err));
    FP_TRY(fp_table_read(cli->arg[0], &options, cli->arena, table, err));
    *common = (fp_model_common){.level = cli->level,
                                .weights = cli->weights,
                                .cluster = cli->cluster,
                                .id = cli->id,
                                .threads = cli->threads,
                                .seed = cli->seed,
                                .progress = cli->progress,
                                .data_sha256 = fp_table_sha256(*table)};
    fp_cli_phase(cli, "reading");
    return FP_OK;
}

fp_status fp_cli_plot_kind(fp_cli *cli, int i, const char *const *names, int otherwise, fp_err *err)
{
    FP_TRY(fp_cli_choice(cli, i, "--plot-kind", names, otherwise, &cli->plot_kind, err));
    if (!cli->own[i] || cli->plot)
        return FP_OK;
    (void)fp_fail(err, FP_USAGE, "--plot-kind says what --plot draws, and --plot is missing");
    return fp_hint(err, FP_USAGE, "add --plot FILE.svg");
}

fp_status fp_cli_choice(const fp_cli *cli, int i, const char *option, const char *const *names,
                        int otherwise, int *out, fp_err *err)
{
    char list[256] = "";
    size_t used = 0;
    if (!cli->own[i]) {
        *out = otherwise;
        return FP_OK;
    }
    for (int k = 0; names[k]; k++) {
        if (strcmp(names[k], cli->own[i]) == 0) {
            *out = k;
            return FP_OK;
        }
        if (used < sizeof list)
            used +=
                (size_t)snprintf(list + used, sizeof list - used, "%s%s", k ? ", " : "", names[k]);
    }
    return fp_fail(err, FP_USAGE, "%s is one of %s, not \"%s\"", option, list, cli->own[i]);
}

fp_status fp_cli_number(const fp_cli *cli, int i, const char *option, double above,
                        double otherwise, double *out, fp_err *err)
{
    if (!cli->own[i]) {
        *out = otherwise;
        return FP_OK;
    }
    if (fp_num_parse(fp_str_of(cli->own[i]), '.', out) && *out > above)
        return FP_OK;
    if (isfinite(above))
        return fp_fail(err, FP_USAGE, "%s is a number above %g, not \"%s\"", option, above,
                       cli->own[i]);
    return fp_fail(err, FP_USAGE, "%s is a number, not \"%s\"", option, cli->own[i]);
}

fp_status fp_cli_allocations(const fp_cli *cli, int i, int randomised, int64_t *out, fp_err *err)
{
    double number;
    *out = 0;
    if (!cli->own[i])
        return FP_OK;
    if (!fp_num_parse(fp_str_of(cli->own[i]), '.', &number) || !(number >= 1) || number > 1e9 ||
        floor(number) < number)
        return fp_fail(err, FP_USAGE,
                       "--allocations is a whole number from 1 to 1000000000, not \"%s\"",
                       cli->own[i]);
    if (!cli->own[randomised]) {
        (void)fp_fail(err, FP_USAGE, "--allocations is for the permutation tests of --randomised");
        return fp_hint(err, FP_USAGE, "add --randomised \"arm | coach\"");
    }
    *out = (int64_t)number;
    return FP_OK;
}

fp_status fp_cli_repeated(const fp_cli *cli, int i, const char *const **values, ptrdiff_t *count,
                          fp_err *err)
{
    const char **list;
    ptrdiff_t n = 0;
    FP_ARRAY(list, cli->arena, cli->given_count, err);
    for (int k = 0; k < cli->given_count; k++)
        if (cli->given[k].own == i)
            list[n++] = cli->given[k].text;
    *values = list;
    *count = n;
    return FP_OK;
}

static fp_status fail_numbers(const fp_cli *cli, int i, const char *option, double least,
                              double most, fp_err *err)
{
    if (isfinite(most))
        return fp_fail(err, FP_USAGE,
                       "%s is one or more numbers from %g to %g with commas between, not \"%s\"",
                       option, least, most, cli->own[i]);
    if (isfinite(least))
        return fp_fail(err, FP_USAGE,
                       "%s is one or more numbers from %g on with commas between, not \"%s\"",
                       option, least, cli->own[i]);
    return fp_fail(err, FP_USAGE, "%s is one or more numbers with commas between, not \"%s\"",
                   option, cli->own[i]);
}

fp_status fp_cli_numbers(const fp_cli *cli, int i, const char *option, double least, double most,
                         const double **out, ptrdiff_t *count, fp_err *err)
{
    enum { MOST_NUMBERS = 1000 };
    *count = 0;
    if (!cli->own[i])
        return FP_OK;
    double *number;
    FP_ARRAY(number, cli->arena, MOST_NUMBERS, err);
    for (const char *at = cli->own[i];; at++) {
        size_t n = strcspn(at, ",");
        if (*count == MOST_NUMBERS)
            return fp_fail(err, FP_USAGE, "%s takes at most %d numbers", option, MOST_NUMBERS);
        double *value = &number[*count];
        if (!fp_num_parse((fp_str){at, n}, '.', value) || !(*value >= least && *value <= most))
            return fail_numbers(cli, i, option, least, most, err);
        ++*count;
        at += n;
        if (!*at)
            break;
    }
    *out = number;
    return FP_OK;
}

/* ---- out ---- */

fp_status fp_cli_print(fp_str text, fp_err *err)
{
    if (fwrite(text.p, 1, text.n, stdout) != text.n || fflush(stdout) != 0)
        return fp_fail(err, FP_IO, "standard output cannot be written: %s", strerror(errno));
    return FP_OK;
}

/* Curves of survival, events or hazard. */
static fp_status plot_curves(const fp_cli *cli, const fp_result *result, fp_buf *out, fp_err *err)
{
    fp_figure_km_options options = fp_figure_km_defaults();
    options.kind = (fp_figure_km_kind)cli->plot_kind;
    if (options.kind == FP_KM_EVENTS) {
        options.y_label = result->reverse ? "Follow-up ended (%)" : "With the event (%)";
    } else if (options.kind == FP_KM_HAZARD) {
        options.y_label =
            result->reverse ? "Cumulative hazard of the end of follow-up" : "Cumulative hazard";
    } else if (result->reverse) {
        options.y_label = "Still followed";
    }
    return fp_figure_km_result(&options, result, out, err);
}

/* Hazard ratios of a Cox model; the interval is the corrected one where there is one. */
static fp_status plot_forest(const fp_cli *cli, const fp_result *result, fp_buf *out, fp_err *err)
{
    fp_figure_forest_options options = fp_figure_forest_defaults();
    fp_figure_forest_row *rows;
    if (result->term_count == 0)
        return fp_fail(err, FP_INPUT, "nothing to draw: the formula has no terms");
    FP_ARRAY(rows, cli->arena, result->term_count, err);
    for (ptrdiff_t j = 0; j < result->term_count; j++) {
        const fp_term *term = &result->terms[j];
        rows[j] = (fp_figure_forest_row){.label = term->term,
                                         .estimate = term->exp_estimate,
                                         .lower = term->exp_lower,
                                         .upper = term->exp_upper};
        if (result->small_sample) {
            rows[j].lower = exp(result->small_terms[j].lower);
            rows[j].upper = exp(result->small_terms[j].upper);
        }
    }
    char head[64];
    (void)snprintf(head, sizeof head, "Ratio (%.10g%%%s)", 100 * result->level,
                   result->small_sample ? ", corrected" : "");
    options.text_head = head;
    options.x_label = result->model == FP_MODEL_FINEGRAY
                          ? "Subdistribution hazard ratio (log scale)"
                          : "Hazard ratio (log scale)";
    return fp_figure_forest(&options, rows, result->term_count, out, err);
}

/* The kinds of --plot-kind. */
static fp_status plot_cox(const fp_cli *cli, const fp_result *result, fp_buf *out, fp_err *err)
{
    if (cli->plot_kind == FP_PLOT_SCHOENFELD)
        return fp_figure_schoenfeld(NULL, result, out, err);
    if (cli->plot_kind == FP_PLOT_CURVES)
        return fp_figure_predicted(NULL, result, out, err);
    if (cli->plot_kind == FP_PLOT_RESIDUALS)
        return fp_figure_residuals(NULL, result, out, err);
    return plot_forest(cli, result, out, err);
}

static fp_status plot(const fp_cli *cli, const fp_result *result, fp_err *err)
{
    FP_BUF_SCOPED(svg, 256 * FP_MIB);
    if (result->model == FP_MODEL_KM)
        FP_TRY(plot_curves(cli, result, &svg, err));
    else if (result->model == FP_MODEL_CIF)
        FP_TRY(fp_figure_cif_result(NULL, result, &svg, err));
    else if (result->model == FP_MODEL_LMM && cli->plot_kind != FP_PLOT_LMM_MEANS)
        FP_TRY(cli->plot_kind ? fp_figure_lmm_residuals(NULL, result, &svg, err)
                              : fp_figure_lmm_effects(NULL, result, &svg, err));
    else if (fp_result_is_regression(result))
        FP_TRY(fp_figure_means_result(NULL, result, &svg, err));
    else
        FP_TRY(plot_cox(cli, result, &svg, err));
    fp_buf_put_char(&svg, '\n');
    FP_TRY(fp_buf_ok(&svg, err));
    return fp_file_write(cli->plot, fp_buf_str(&svg), err);
}

static fp_status strict(const fp_result *result, fp_err *err)
{
    static const struct {
        const char *state, *words;
    } unusable[] = {{"no_events", "nobody had an event"},
                    {"separated", "an estimate is not finite (separation)"},
                    {"not_positive", "the working correlation is that of no possible outcomes"},
                    {"no_spread", "no residual variance is left"},
                    {"max_iter", "the fit did not converge"}};
    for (size_t i = 0; i < sizeof unusable / sizeof *unusable; i++)
        if (strcmp(result->state, unusable[i].state) == 0) {
            (void)fp_fail(err, FP_OUTCOME, "%s", unusable[i].words);
            return fp_hint(err, FP_OUTCOME, "--strict makes this an error");
        }
    return FP_OK;
}

/* Residuals in pieces, so that a large table needs no second copy as text. */
static fp_status print_residuals(const fp_result *result, fp_err *err)
{
    enum { PIECE = 16384 };
    FP_BUF_SCOPED(text, 4 * FP_GIB);
    for (ptrdiff_t from = 0; from == 0 || from < result->residuals->n; from += PIECE) {
        fp_buf_clear(&text);
        FP_TRY(fp_result_residuals_csv(result, from, from + PIECE, &text, err));
        FP_TRY(fp_cli_print(fp_buf_str(&text), err));
    }
    return FP_OK;
}

/* Text or JSON; warnings go to standard error where the text does not hold them. */
static fp_status print_result(const fp_cli *cli, const fp_result *result, fp_err *err)
{
    FP_BUF_SCOPED(text, FP_GIB);
    if (result->residuals)
        return print_residuals(result, err);
    if (cli->json)
        FP_TRY(fp_result_json_text(result, &text, err));
    else
        FP_TRY(fp_result_text(result, &text, err));
    return fp_cli_print(fp_buf_str(&text), err);
}

fp_status fp_cli_result(fp_cli *cli, const fp_result *result, fp_err *err)
{
    fp_cli_phase(cli, "estimating");
    if (cli->plot)
        FP_TRY(plot(cli, result, err));
    FP_TRY(print_result(cli, result, err));
    fp_cli_phase(cli, "output");
    bool aside = (cli->json || result->residuals) && !cli->quiet;
    for (ptrdiff_t i = 0; aside && i < result->warning_count; i++)
        (void)fprintf(stderr, "firstplace: warning: %s\n", result->warnings[i]);
    return cli->strict ? strict(result, err) : FP_OK;
}
