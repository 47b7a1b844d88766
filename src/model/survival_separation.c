#include "model/survival_priv.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { DIVERGING_SE = 30 };

static double deviation_of(const double *x, ptrdiff_t n)
{
    double mean = 0, sum = 0;
    for (ptrdiff_t i = 0; i < n; i++)
        mean += (x[i] - mean) / (double)(i + 1);
    for (ptrdiff_t i = 0; i < n; i++)
        sum += (x[i] - mean) * (x[i] - mean);
    return sqrt(sum / (double)n);
}

fp_status fp_separation_find(const fp_design *design, const fp_cox_fit *fit, fp_arena *arena,
                             const bool **diverges, fp_err *err)
{
    bool *flag, any = false;
    ptrdiff_t largest = -1;
    double most = -1;
    FP_ARRAY(flag, arena, design->p, err);
    for (ptrdiff_t j = 0; j < design->p; j++) {
        if (isnan(fit->beta[j]))
            continue;
        double scale = deviation_of(design->columns[j], design->n);
        double se = sqrt(fit->var[j + j * design->p]) * scale;
        double size = fabs(fit->beta[j]) * scale;
        /* a variance of 0: the information on it was gone before the fit stopped */
        flag[j] = !(se > 0 && se <= DIVERGING_SE) || !isfinite(fit->beta[j]);
        any = any || flag[j];
        if (size > most) {
            most = size;
            largest = j;
        }
    }
    if (!any && largest >= 0)
        flag[largest] = true;
    *diverges = flag;
    return FP_OK;
}

/* Rows and events of a column of 0 and 1 by its value; false for any other column. */
static bool count_dummy(const fp_design *design, ptrdiff_t j, ptrdiff_t rows[2],
                        ptrdiff_t events[2])
{
    const double *x = design->columns[j];
    rows[0] = rows[1] = events[0] = events[1] = 0;
    for (ptrdiff_t i = 0; i < design->n; i++) {
        if (x[i] != 0 && x[i] != 1)
            return false;
        rows[x[i] == 1]++;
        events[x[i] == 1] += design->event[i];
    }
    return true;
}

/* "arm = both" for column armboth of term arm, "ips = 1" for a numeric column of 0 and 1. */
static void level_words(const fp_design *design, ptrdiff_t j, int value, char *out, size_t size)
{
    const char *term = design->term[design->column_term[j]], *column = design->column[j];
    size_t n = strlen(term);
    if (!strchr(term, ':') && strncmp(column, term, n) == 0 && column[n])
        (void)snprintf(out, size, value ? "%s = %s" : "%s other than %s", term, column + n);
    else
        (void)snprintf(out, size, "%s = %d", column, value);
}

/* A row in which every column of the term of column j is 0: the reference level of a factor.
 * events gets the events among such rows; -1 where there is no such row. */
static ptrdiff_t reference_row(const fp_design *design, int32_t term, ptrdiff_t *events)
{
    ptrdiff_t found = -1;
    *events = 0;
    for (ptrdiff_t i = 0; i < design->n; i++) {
        bool zero = true;
        for (ptrdiff_t j = 0; j < design->p && zero; j++)
            zero = design->column_term[j] != term || design->columns[j][i] == 0;
        if (!zero)
            continue;
        found = i;
        *events += design->event[i];
    }
    return found;
}

/* The term's value in a row as the table has it: "arm = usual"; false where the term is no plain
 * column or factor(column). */
static bool reference_words(const fp_design *design, const fp_table *table, int32_t term,
                            ptrdiff_t row, char *out, size_t size)
{
    char name[256];
    const char *label = design->term[term];
    size_t n = strlen(label);
    if (n >= sizeof name)
        return false;
    memcpy(name, label, n + 1);
    if (strncmp(label, "factor(", 7) == 0 && label[n - 1] == ')') {
        memcpy(name, label + 7, n - 8);
        name[n - 8] = '\0';
    }
    ptrdiff_t j = fp_table_find(table, name);
    if (j < 0)
        return false;
    fp_str cell = fp_table_cell(table, design->row[row], j);
    (void)snprintf(out, size, "%s = %.*s", label, FP_STR_ARG(cell));
    return true;
}

static bool is_factor(const fp_design *design, int32_t term)
{
    ptrdiff_t columns = 0;
    bool named = false;
    for (ptrdiff_t j = 0; j < design->p; j++) {
        columns += design->column_term[j] == term;
        named = named || (design->column_term[j] == term &&
                          strcmp(design->column[j], design->term[term]) != 0);
    }
    return named && columns > 0 && !strchr(design->term[term], ':');
}

/* Nobody at the reference level had an event: one warning for the whole factor. */
static fp_status warn_reference(const fp_design *design, const fp_table *table, int32_t term,
                                bool *said, fp_warnings *warnings, fp_err *err)
{
    char words[320];
    ptrdiff_t events, row = reference_row(design, term, &events);
    *said = row >= 0 && events == 0 && is_factor(design, term) &&
            reference_words(design, table, term, row, words, sizeof words);
    if (!*said)
        return FP_OK;
    return fp_warnings_add(warnings, err,
                           "no events among the people with %s, the reference: the hazard ratios "
                           "of %s tend to infinity and cannot be estimated",
                           words, design->term[term]);
}

static fp_status warn_column(const fp_design *design, const fp_cox_fit *fit, ptrdiff_t j,
                             fp_warnings *warnings, fp_err *err)
{
    char words[320];
    ptrdiff_t rows[2], events[2];
    bool dummy = count_dummy(design, j, rows, events);
    const char *limit = fit->beta[j] < 0 ? "0" : "infinity";
    for (int value = 1; dummy && value >= 0; value--)
        if (rows[value] > 0 && events[value] == 0) {
            level_words(design, j, value, words, sizeof words);
            return fp_warnings_add(warnings, err,
                                   "no events among the people with %s: %s hazard ratio tends to "
                                   "%s and cannot be estimated",
                                   words, value ? "its" : "the", value ? "0" : "infinity");
        }
    return fp_warnings_add(warnings, err,
                           "the likelihood keeps growing with the coefficient of %s (separation): "
                           "its hazard ratio tends to %s and cannot be estimated",
                           design->column[j], limit);
}

fp_status fp_separation_warn(const fp_design *design, const fp_table *table, const fp_cox_fit *fit,
                             const bool *diverges, fp_warnings *warnings, fp_err *err)
{
    int32_t last = -1;
    bool said = false;
    for (ptrdiff_t j = 0; j < design->p; j++) {
        if (!diverges[j])
            continue;
        if (design->column_term[j] != last)
            FP_TRY(warn_reference(design, table, design->column_term[j], &said, warnings, err));
        last = design->column_term[j];
        if (!said)
            FP_TRY(warn_column(design, fit, j, warnings, err));
    }
    return FP_OK;
}
