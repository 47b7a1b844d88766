/* The corrected standard errors of few clusters: the ones in use, and others beside them. */
#include "model/result_text_priv.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *small_name(const char *method)
{
    static const char *const names[][2] = {{"md", "Mancl-DeRouen"},
                                           {"kc", "Kauermann-Carroll"},
                                           {"fg", "Fay-Graubard"},
                                           {"mbn", "Morel-Bokossa-Neerchal"},
                                           {"cr2", "Bell-McCaffrey CR2"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i][0], method) == 0)
            return names[i][1];
    return method;
}

/* The numbers of one correction in columns 2 to 5: interval, standard error, p. */
static fp_status put_terms(fp_text_table *table, const fp_small_term *terms, ptrdiff_t n,
                           bool ratio, fp_arena *scratch, fp_err *err)
{
    double *value;
    FP_ARRAY(value, scratch, n, err);
    for (ptrdiff_t j = 0; j < n; j++)
        value[j] = ratio ? exp(terms[j].lower) : terms[j].lower;
    fp_text_table_numbers(table, 2, value, 3, 5);
    for (ptrdiff_t j = 0; j < n; j++)
        value[j] = ratio ? exp(terms[j].upper) : terms[j].upper;
    fp_text_table_numbers(table, 3, value, 3, 5);
    for (ptrdiff_t j = 0; j < n; j++)
        value[j] = terms[j].se;
    fp_text_table_numbers(table, 4, value, 3, 4);
    for (ptrdiff_t j = 0; j < n; j++)
        value[j] = terms[j].p;
    fp_text_table_p(table, 5, value);
    return FP_OK;
}

static fp_status put_used(const fp_result *result, fp_arena *scratch, fp_buf *out, fp_err *err)
{
    char from[32], title[192];
    ptrdiff_t n = result->term_count;
    double df = result->small_terms[0].df;
    fp_text_level(result, from, sizeof from);
    const char *ratio = fp_text_ratio_name(result);
    const char *heads[] = {"", ratio ? ratio : "coef", from, "to", "corrected se", "p", NULL, NULL};
    bool own = strcmp(result->small_sample, "cr2") == 0;
    if (own)
        (void)snprintf(title, sizeof title,
                       "Corrected for %td clusters (%s, t on Satterthwaite's degrees of freedom)",
                       result->clusters, small_name(result->small_sample));
    else
        (void)snprintf(title, sizeof title,
                       "Corrected for %td clusters (%s, t on %.4g degree%s of freedom)",
                       result->clusters, small_name(result->small_sample), df, df == 1 ? "" : "s");
    fp_buf_put_char(out, '\n');
    fp_text_wrap(out, "", "  ", title);
    fp_text_table table;
    heads[6] = own ? "df" : NULL;
    FP_TRY(fp_text_table_begin(heads, n, 0, scratch, &table, NULL, err));
    for (ptrdiff_t j = 0; j < n; j++)
        fp_text_table_set(&table, j + 1, 0, result->small_terms[j].term);
    if (ratio)
        FP_TERM_COLUMN(&table, result, 1, terms[j_].exp_estimate, 3, 5, scratch, err);
    else
        FP_TERM_COLUMN(&table, result, 1, terms[j_].estimate, 3, 5, scratch, err);
    FP_TRY(put_terms(&table, result->small_terms, n, ratio != NULL, scratch, err));
    if (own)
        FP_TERM_COLUMN(&table, result, 6, small_terms[j_].df, 1, 3, scratch, err);
    return fp_text_table_put(&table, out, err);
}

/* A row a term and correction. */
static fp_status put_beside(const fp_result *result, fp_arena *scratch, fp_buf *out, fp_err *err)
{
    char from[32];
    ptrdiff_t n = result->term_count, others = result->small_beside_count;
    fp_text_level(result, from, sizeof from);
    const char *heads[] = {"Beside it", "", from, "to", "corrected se", "p", NULL};
    fp_small_term *terms;
    fp_text_table table;
    FP_ARRAY(terms, scratch, n * others, err);
    FP_TRY(fp_text_table_begin(heads, n * others, 0, scratch, &table, NULL, err));
    for (ptrdiff_t j = 0; j < n; j++)
        for (ptrdiff_t k = 0; k < others; k++) {
            ptrdiff_t row = j * others + k;
            terms[row] = result->small_beside[k].terms[j];
            fp_text_table_set(&table, row + 1, 0, k ? "" : terms[row].term);
            fp_text_table_set(&table, row + 1, 1, small_name(result->small_beside[k].method));
        }
    FP_TRY(put_terms(&table, terms, n * others, fp_text_ratio_name(result) != NULL, scratch, err));
    return fp_text_table_put(&table, out, err);
}

fp_status fp_text_small_sample(const fp_result *result, fp_arena *scratch, fp_buf *out, fp_err *err)
{
    FP_TRY(put_used(result, scratch, out, err));
    return result->small_beside_count ? put_beside(result, scratch, out, err) : FP_OK;
}
