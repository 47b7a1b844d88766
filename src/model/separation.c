#include "model/separation_priv.h"

#include <stdio.h>
#include <string.h>

/* Rows and events of a column of 0 and 1 by its value; false for any other column. */
static bool count_dummy(const fp_separation *s, ptrdiff_t j, ptrdiff_t rows[2], ptrdiff_t events[2])
{
    const double *x = s->design->columns[j];
    rows[0] = rows[1] = events[0] = events[1] = 0;
    for (ptrdiff_t i = 0; i < s->design->n; i++) {
        if (x[i] != 0 && x[i] != 1)
            return false;
        rows[x[i] == 1]++;
        events[x[i] == 1] += s->event[i];
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
static ptrdiff_t reference_row(const fp_separation *s, int32_t term, ptrdiff_t *events)
{
    const fp_design *design = s->design;
    ptrdiff_t found = -1;
    *events = 0;
    for (ptrdiff_t i = 0; i < design->n; i++) {
        bool zero = true;
        for (ptrdiff_t j = 0; j < design->p && zero; j++)
            zero = design->column_term[j] != term || design->columns[j][i] == 0;
        if (!zero)
            continue;
        found = i;
        *events += s->event[i];
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
static fp_status warn_reference(const fp_separation *s, int32_t term, bool *said,
                                fp_warnings *warnings, fp_err *err)
{
    char words[320];
    ptrdiff_t events, row = reference_row(s, term, &events);
    *said = row >= 0 && events == 0 && is_factor(s->design, term) &&
            reference_words(s->design, s->table, term, row, words, sizeof words);
    if (!*said)
        return FP_OK;
    return fp_warnings_add(warnings, err,
                           "no events among the people with %s, the reference: the %ss of %s tend "
                           "to infinity and cannot be estimated",
                           words, s->what, s->design->term[term]);
}

static const char *limit_of(const fp_separation *s, bool grows)
{
    return grows ? "infinity" : s->is_ratio ? "0" : "minus infinity";
}

static fp_status warn_column(const fp_separation *s, ptrdiff_t j, fp_warnings *warnings,
                             fp_err *err)
{
    char words[320];
    ptrdiff_t rows[2], events[2];
    bool dummy = count_dummy(s, j, rows, events);
    for (int value = 1; dummy && value >= 0; value--) {
        bool none = rows[value] > 0 && events[value] == 0;
        bool all = s->binary && rows[value] > 0 && events[value] == rows[value];
        if (!none && !all)
            continue;
        level_words(s->design, j, value, words, sizeof words);
        return fp_warnings_add(warnings, err,
                               "%s events among the people with %s: %s %s tends to %s and cannot "
                               "be estimated",
                               none ? "no" : "only", words, value ? "its" : "the", s->what,
                               limit_of(s, none ? !value : value));
    }
    return fp_warnings_add(warnings, err,
                           "the likelihood keeps growing with the coefficient of %s (separation): "
                           "its %s tends to %s and cannot be estimated",
                           s->design->column[j], s->what, limit_of(s, !(s->beta[j] < 0)));
}

fp_status fp_separation_say(const fp_separation *s, fp_warnings *warnings, fp_err *err)
{
    int32_t last = -1;
    bool said = false;
    for (ptrdiff_t j = 0; j < s->design->p; j++) {
        int32_t term = s->design->column_term[j];
        if (!s->diverges[j] || term < 0) /* an intercept alone cannot diverge */
            continue;
        if (term != last)
            FP_TRY(warn_reference(s, term, &said, warnings, err));
        last = term;
        if (!said)
            FP_TRY(warn_column(s, j, warnings, err));
    }
    return FP_OK;
}
