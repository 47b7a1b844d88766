#include "model/result.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "model/result_table_priv.h"

/* ---- head ---- */

static const char *s_of(ptrdiff_t n)
{
    return n == 1 ? "" : "s";
}

static void put_head(const fp_result *result, const char *title, fp_buf *out)
{
    char what[768];
    int n = snprintf(what, sizeof what, "%s: %td row%s, %td event%s",
                     result->data_name ? result->data_name : "data", result->n, s_of(result->n),
                     result->events, s_of(result->events));
    if (result->clusters > 0 && n > 0 && (size_t)n < sizeof what)
        (void)snprintf(what + n, sizeof what - (size_t)n, " in %td clusters of %s",
                       result->clusters, result->cluster_name ? result->cluster_name : "cluster");
    fp_buf_printf(out, "%s\n", title);
    fp_text_wrap(out, "  ", "    ", result->formula);
    fp_text_wrap(out, "  ", "    ", what);
    for (ptrdiff_t i = 0; i < result->warning_count; i++)
        fp_text_wrap(out, "  ! ", "    ", result->warnings[i]);
    fp_buf_put_char(out, '\n');
}

/* "95% from"; 99.9999 is not rounded to 100. */
static void level_head(const fp_result *result, char *out, size_t size)
{
    (void)snprintf(out, size, "%.10g%% from", 100 * result->level);
}

/* ---- Cox ---- */

/* Column `column` of the table from one field of every term. */
#define TERM_COLUMN(table, result, column, field, least, most, scratch, err)                       \
    do {                                                                                           \
        double *value_;                                                                            \
        FP_ARRAY(value_, (scratch), (result)->term_count, (err));                                  \
        for (ptrdiff_t j_ = 0; j_ < (result)->term_count; j_++)                                    \
            value_[j_] = (result)->field;                                                          \
        fp_text_table_numbers((table), (column), value_, (least), (most));                         \
    } while (0)

static void set_heads(fp_text_table *table, const char *const *heads)
{
    for (ptrdiff_t j = 0; heads[j]; j++)
        fp_text_table_set(table, 0, j, heads[j]);
}

static fp_status put_terms(const fp_result *result, fp_arena *scratch, fp_buf *out, fp_err *err)
{
    bool robust = result->robust;
    char from[32];
    level_head(result, from, sizeof from);
    const char *heads[] = {"",
                           "hazard ratio",
                           from,
                           "to",
                           "coef",
                           "se",
                           "z",
                           robust ? "robust se" : "p",
                           robust ? "p" : NULL,
                           NULL};
    if (robust) {
        heads[6] = "robust se";
        heads[7] = "z";
    }
    fp_text_table table;
    FP_TRY(fp_text_table_create(result->term_count + 1, robust ? 9 : 8, scratch, &table, err));
    set_heads(&table, heads);
    for (ptrdiff_t j = 0; j < result->term_count; j++)
        fp_text_table_set(&table, j + 1, 0, result->terms[j].term);
    TERM_COLUMN(&table, result, 1, terms[j_].exp_estimate, 3, 5, scratch, err);
    TERM_COLUMN(&table, result, 2, terms[j_].exp_lower, 3, 5, scratch, err);
    TERM_COLUMN(&table, result, 3, terms[j_].exp_upper, 3, 5, scratch, err);
    TERM_COLUMN(&table, result, 4, terms[j_].estimate, 3, 4, scratch, err);
    TERM_COLUMN(&table, result, 5, terms[j_].se, 3, 4, scratch, err);
    if (robust)
        TERM_COLUMN(&table, result, 6, terms[j_].robust_se, 3, 4, scratch, err);
    TERM_COLUMN(&table, result, robust ? 7 : 6, terms[j_].statistic, 2, 2, scratch, err);
    double *p;
    FP_ARRAY(p, scratch, result->term_count, err);
    for (ptrdiff_t j = 0; j < result->term_count; j++)
        p[j] = result->terms[j].p;
    fp_text_table_p(&table, robust ? 8 : 7, p);
    FP_TRY(fp_text_table_put(&table, out, err));
    if (robust)
        fp_buf_put(out, "Interval, z and p rest on the robust standard error.\n");
    return fp_buf_ok(out, err);
}

static const char *small_name(const char *method)
{
    static const char *const names[][2] = {{"md", "Mancl-DeRouen"},
                                           {"kc", "Kauermann-Carroll"},
                                           {"fg", "Fay-Graubard"},
                                           {"mbn", "Morel-Bokossa-Neerchal"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i][0], method) == 0)
            return names[i][1];
    return method;
}

static fp_status put_small(const fp_result *result, fp_arena *scratch, fp_buf *out, fp_err *err)
{
    char from[32], title[192];
    double df = result->term_count ? result->small_terms[0].df : 0;
    level_head(result, from, sizeof from);
    const char *heads[] = {"", "hazard ratio", from, "to", "corrected se", "p", NULL};
    (void)snprintf(title, sizeof title,
                   "Corrected for %td clusters (%s, t on %.4g degree%s of freedom)",
                   result->clusters, small_name(result->small_sample), df, df == 1 ? "" : "s");
    fp_buf_put_char(out, '\n');
    fp_text_wrap(out, "", "  ", title);
    fp_text_table table;
    FP_TRY(fp_text_table_create(result->term_count + 1, 6, scratch, &table, err));
    set_heads(&table, heads);
    for (ptrdiff_t j = 0; j < result->term_count; j++)
        fp_text_table_set(&table, j + 1, 0, result->small_terms[j].term);
    TERM_COLUMN(&table, result, 1, terms[j_].exp_estimate, 3, 5, scratch, err);
    double *value;
    FP_ARRAY(value, scratch, result->term_count, err);
    for (ptrdiff_t j = 0; j < result->term_count; j++)
        value[j] = exp(result->small_terms[j].lower);
    fp_text_table_numbers(&table, 2, value, 3, 5);
    for (ptrdiff_t j = 0; j < result->term_count; j++)
        value[j] = exp(result->small_terms[j].upper);
    fp_text_table_numbers(&table, 3, value, 3, 5);
    TERM_COLUMN(&table, result, 4, small_terms[j_].se, 3, 4, scratch, err);
    for (ptrdiff_t j = 0; j < result->term_count; j++)
        value[j] = result->small_terms[j].p;
    fp_text_table_p(&table, 5, value);
    return fp_text_table_put(&table, out, err);
}

typedef struct {
    const char *name;
    fp_test test;
} test_row;

static fp_status put_test_rows(const char *title, const test_row *rows, ptrdiff_t n,
                               fp_arena *scratch, fp_buf *out, fp_err *err)
{
    const char *heads[] = {title, "chisq", "df", "p", NULL};
    double *value;
    FP_ARRAY(value, scratch, n, err);
    fp_text_table table;
    FP_TRY(fp_text_table_create(n + 1, 4, scratch, &table, err));
    set_heads(&table, heads);
    for (ptrdiff_t i = 0; i < n; i++) {
        fp_text_table_set(&table, i + 1, 0, rows[i].name);
        value[i] = rows[i].test.chisq;
    }
    fp_text_table_numbers(&table, 1, value, 2, 3);
    for (ptrdiff_t i = 0; i < n; i++)
        value[i] = rows[i].test.df;
    fp_text_table_times(&table, 2, value);
    for (ptrdiff_t i = 0; i < n; i++)
        value[i] = rows[i].test.p;
    fp_text_table_p(&table, 3, value);
    fp_buf_put_char(out, '\n');
    return fp_text_table_put(&table, out, err);
}

static fp_status put_tests(const fp_result *result, fp_arena *scratch, fp_buf *out, fp_err *err)
{
    test_row rows[] = {{"likelihood ratio", result->likelihood_ratio},
                       {result->robust ? "Wald (robust)" : "Wald", result->wald},
                       {"score", result->score},
                       {"score (robust)", result->robust_score}};
    return put_test_rows("Test of all terms", rows, result->robust_score.df > 0 ? 4 : 3, scratch,
                         out, err);
}

static fp_status put_ph(const fp_result *result, fp_arena *scratch, fp_buf *out, fp_err *err)
{
    test_row *rows;
    FP_ARRAY(rows, scratch, result->ph_count, err);
    for (ptrdiff_t i = 0; i < result->ph_count; i++)
        rows[i] = (test_row){result->ph[i].term,
                             {result->ph[i].chisq, result->ph[i].df, result->ph[i].p}};
    return put_test_rows("Proportional hazards", rows, result->ph_count, scratch, out, err);
}

static fp_status put_permutation(const fp_result *result, fp_arena *scratch, fp_buf *out,
                                 fp_err *err)
{
    const char *heads[] = {"Permutation test", "p", "smallest possible", "allocations", "", NULL};
    ptrdiff_t n = result->permutation_count;
    bool sampled = false;
    fp_text_table table;
    FP_TRY(fp_text_table_create(n + 1, 5, scratch, &table, err));
    set_heads(&table, heads);
    for (ptrdiff_t i = 0; i < n; i++) {
        const fp_permutation_row *row = &result->permutation[i];
        char text[64];
        fp_text_table_set(&table, i + 1, 0, row->effect);
        fp_num_format(row->test.p, row->test.p < 0.001 ? 6 : 4, &fp_numstyle_plain, text,
                      sizeof text);
        fp_text_table_set(&table, i + 1, 1, text);
        (void)snprintf(text, sizeof text, "%.3g", row->test.smallest_p);
        fp_text_table_set(&table, i + 1, 2, text);
        fp_num_format((double)row->test.allocations, 0, &fp_numstyle_en, text, sizeof text);
        fp_text_table_set(&table, i + 1, 3, text);
        fp_text_table_set(&table, i + 1, 4,
                          row->approximate  ? "approximate"
                          : row->test.exact ? "exact"
                                            : "sampled");
        sampled = sampled || !row->test.exact;
    }
    fp_buf_put_char(out, '\n');
    FP_TRY(fp_text_table_put(&table, out, err));
    for (ptrdiff_t i = 0; i < n; i++) {
        const fp_permutation_row *row = &result->permutation[i];
        char first[160];
        (void)snprintf(first, sizeof first, "  %s tests that ", row->effect);
        fp_text_wrap(out, first, "    ", row->null);
    }
    if (sampled)
        fp_buf_printf(out, "  Allocations were sampled with seed %llu.\n",
                      (unsigned long long)result->seed);
    fp_text_wrap(out, "  ", "  ",
                 "These tests take the enrolled people as given: they do not repair recruitment "
                 "after allocation.");
    return fp_buf_ok(out, err);
}

static fp_status put_cox(const fp_result *result, fp_arena *scratch, fp_buf *out, fp_err *err)
{
    char title[96], text[2][32];
    (void)snprintf(title, sizeof title, "Cox proportional-hazards model, %s ties", result->ties);
    put_head(result, title, out);
    if (result->term_count)
        FP_TRY(put_terms(result, scratch, out, err));
    if (result->small_sample && result->term_count)
        FP_TRY(put_small(result, scratch, out, err));
    if (result->term_count && isfinite(result->loglik_fitted))
        FP_TRY(put_tests(result, scratch, out, err));
    if (result->ph_count)
        FP_TRY(put_ph(result, scratch, out, err));
    fp_buf_put_char(out, '\n');
    if (isfinite(result->concordance.estimate)) {
        fp_num_format(result->concordance.estimate, 3, &fp_numstyle_plain, text[0], 32);
        fp_num_format(result->concordance.se, 3, &fp_numstyle_plain, text[1], 32);
        fp_buf_printf(out, "Concordance %s (se %s)\n", text[0], text[1]);
    }
    fp_num_format(result->loglik_null, 3, &fp_numstyle_plain, text[0], 32);
    fp_num_format(result->loglik_fitted, 3, &fp_numstyle_plain, text[1], 32);
    fp_buf_printf(out, "Log-likelihood %s without and %s with the terms\n", text[0], text[1]);
    if (result->permutation_count)
        FP_TRY(put_permutation(result, scratch, out, err));
    return fp_buf_ok(out, err);
}

/* ---- Kaplan-Meier ---- */

static fp_status put_groups(const fp_result *result, fp_arena *scratch, fp_buf *out, fp_err *err)
{
    char from[32], mean[64] = "";
    level_head(result, from, sizeof from);
    double horizon = result->strata[0].rmst.horizon;
    bool rmst = isfinite(horizon);
    if (rmst)
        (void)snprintf(mean, sizeof mean, "mean to %.6g", horizon);
    const char *heads[] = {"", "n", "events", "median", from, "to", rmst ? mean : NULL, "se", NULL};
    ptrdiff_t n = result->stratum_count;
    fp_text_table table;
    FP_TRY(fp_text_table_create(n + 1, rmst ? 8 : 6, scratch, &table, err));
    set_heads(&table, heads);
    double *value[7];
    for (int j = 0; j < 7; j++)
        FP_ARRAY(value[j], scratch, n, err);
    for (ptrdiff_t i = 0; i < n; i++) {
        const fp_km_stratum *s = &result->strata[i];
        const double row[7] = {(double)s->curve.n, (double)s->curve.events, s->median.estimate,
                               s->median.lower,    s->median.upper,         s->rmst.estimate,
                               s->rmst.se};
        fp_text_table_set(&table, i + 1, 0, s->label);
        for (int j = 0; j < 7; j++)
            value[j][i] = row[j];
    }
    for (int j = 0; j < 5; j++)
        fp_text_table_times(&table, j + 1, value[j]);
    for (int j = 5; rmst && j < 7; j++)
        fp_text_table_numbers(&table, j + 1, value[j], 1, 3);
    FP_TRY(fp_text_table_put(&table, out, err));
    bool dash = false;
    for (ptrdiff_t i = 0; i < n; i++)
        dash = dash || isnan(value[2][i]) || isnan(value[3][i]) || isnan(value[4][i]);
    if (dash)
        fp_buf_put(out, "\u2013: not reached within the follow-up\n");
    return fp_buf_ok(out, err);
}

/* The distance of three to six round times up to `last`: 1, 2 or 5 times a power of ten. */
static double round_step(double last)
{
    double power = pow(10, floor(log10(last / 3)));
    if (last / (5 * power) >= 3)
        return 5 * power;
    return last / (2 * power) >= 3 ? 2 * power : power;
}

static double last_time(const fp_result *result)
{
    double last = 0;
    for (ptrdiff_t i = 0; i < result->stratum_count; i++) {
        const fp_km_curve *curve = &result->strata[i].curve;
        if (curve->length && curve->time[curve->length - 1] > last)
            last = curve->time[curve->length - 1];
    }
    return last;
}

static fp_status put_survival(const fp_result *result, const fp_km_stratum *stratum, double step,
                              fp_arena *scratch, fp_buf *out, fp_err *err)
{
    const fp_km_curve *curve = &stratum->curve;
    double end = curve->length ? curve->time[curve->length - 1] : 0;
    ptrdiff_t n = (ptrdiff_t)floor(end / step + 1e-9);
    if (n < 1)
        return FP_OK;
    char from[32];
    level_head(result, from, sizeof from);
    const char *heads[] = {stratum->label, "at risk", "survival", "se", from, "to", NULL};
    fp_text_table table;
    FP_TRY(fp_text_table_create(n + 1, 6, scratch, &table, err));
    set_heads(&table, heads);
    double *value[5];
    for (int j = 0; j < 5; j++)
        FP_ARRAY(value[j], scratch, n, err);
    for (ptrdiff_t i = 0; i < n; i++) {
        char text[32];
        fp_km_point at = fp_km_at(curve, step * (double)(i + 1));
        const double row[5] = {at.at_risk, at.survival, at.se, at.lower, at.upper};
        (void)snprintf(text, sizeof text, "  at %.6g", at.time);
        fp_text_table_set(&table, i + 1, 0, text);
        for (int j = 0; j < 5; j++)
            value[j][i] = row[j];
    }
    fp_text_table_times(&table, 1, value[0]);
    for (int j = 1; j < 5; j++)
        fp_text_table_numbers(&table, j + 1, value[j], 3, 3);
    fp_buf_put_char(out, '\n');
    return fp_text_table_put(&table, out, err);
}

static fp_status put_logrank(const fp_result *result, fp_arena *scratch, fp_buf *out, fp_err *err)
{
    const fp_logrank_result *test = &result->logrank;
    const char *heads[] = {"", "n", "events", "expected", NULL};
    ptrdiff_t n = result->stratum_count;
    char title[64] = "Log-rank test";
    if (result->rho != 0)
        (void)snprintf(title, sizeof title, "Log-rank test, weight S^%.4g", result->rho);
    fp_buf_put_char(out, '\n');
    if (test->df < 1) {
        fp_buf_printf(out, "%s: cannot be made with these events.\n", title);
        return fp_buf_ok(out, err);
    }
    char chisq[32], p[32];
    fp_num_format(test->chisq, 2, &fp_numstyle_plain, chisq, sizeof chisq);
    fp_num_format_p(test->p, &fp_numstyle_plain, p, sizeof p);
    fp_buf_printf(out, "%s: chisq %s on %d df, p %s\n", title, chisq, test->df, p);
    fp_text_table table;
    FP_TRY(fp_text_table_create(n + 1, 4, scratch, &table, err));
    set_heads(&table, heads);
    for (ptrdiff_t i = 0; i < n; i++)
        fp_text_table_set(&table, i + 1, 0, result->strata[i].label);
    fp_text_table_times(&table, 1, test->n);
    fp_text_table_times(&table, 2, test->observed);
    fp_text_table_numbers(&table, 3, test->expected, 1, 3);
    return fp_text_table_put(&table, out, err);
}

static fp_status put_km(const fp_result *result, fp_arena *scratch, fp_buf *out, fp_err *err)
{
    char title[64];
    (void)snprintf(title, sizeof title, "Kaplan-Meier curves, %s intervals", result->conf_type);
    put_head(result, title, out);
    FP_TRY(put_groups(result, scratch, out, err));
    double last = last_time(result);
    for (ptrdiff_t i = 0; last > 0 && i < result->stratum_count; i++)
        FP_TRY(put_survival(result, &result->strata[i], round_step(last), scratch, out, err));
    if (result->has_logrank)
        FP_TRY(put_logrank(result, scratch, out, err));
    return fp_buf_ok(out, err);
}

fp_status fp_result_text(const fp_result *result, fp_buf *out, fp_err *err)
{
    FP_ARENA_SCOPED(scratch, 256 * FP_MIB, err);
    if (result->model == FP_MODEL_KM)
        return put_km(result, scratch, out, err);
    return put_cox(result, scratch, out, err);
}
