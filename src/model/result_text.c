#include "model/result_text_priv.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"

/* ---- head ---- */

static const char *s_of(ptrdiff_t n)
{
    return n == 1 ? "" : "s";
}

void fp_text_head(const fp_result *result, const char *title, fp_buf *out)
{
    char what[768];
    const char *name = result->data_name ? result->data_name : "data";
    int n = fp_result_is_regression(result)
                ? snprintf(what, sizeof what, "%s: %td row%s", name, result->n, s_of(result->n))
                : snprintf(what, sizeof what, "%s: %td row%s, %td event%s", name, result->n,
                           s_of(result->n), result->events, s_of(result->events));
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
void fp_text_level(const fp_result *result, char *out, size_t size)
{
    (void)snprintf(out, size, "%.10g%% from", 100 * result->level);
}

fp_status fp_text_table_begin(const char *const *heads, ptrdiff_t rows, int values,
                              fp_arena *scratch, fp_text_table *table, double **value, fp_err *err)
{
    ptrdiff_t columns = 0;
    while (heads[columns])
        columns++;
    FP_TRY(fp_text_table_create(rows + 1, columns, scratch, table, err));
    for (ptrdiff_t j = 0; j < columns; j++)
        fp_text_table_set(table, 0, j, heads[j]);
    for (int k = 0; k < values; k++)
        FP_ARRAY(value[k], scratch, rows, err);
    return FP_OK;
}

double fp_text_round_step(double last)
{
    double power = pow(10, floor(log10(last / 3)));
    if (last / (5 * power) >= 3)
        return 5 * power;
    return last / (2 * power) >= 3 ? 2 * power : power;
}

/* Field `field` of every term. */
static void read_field(const fp_result *result, size_t field, double *value)
{
    for (ptrdiff_t j = 0; j < result->term_count; j++)
        memcpy(&value[j], (const char *)&result->terms[j] + field, sizeof *value);
}

fp_status fp_text_term_table(const fp_result *result, const fp_text_term_column *columns,
                             ptrdiff_t n, fp_arena *scratch, fp_buf *out, fp_err *err)
{
    fp_text_table table;
    double *value;
    FP_TRY(fp_text_table_create(result->term_count + 1, n + 1, scratch, &table, err));
    FP_ARRAY(value, scratch, result->term_count, err);
    fp_text_table_set(&table, 0, 0, "");
    for (ptrdiff_t j = 0; j < result->term_count; j++)
        fp_text_table_set(&table, j + 1, 0, result->terms[j].term);
    for (ptrdiff_t k = 0; k < n; k++) {
        fp_text_table_set(&table, 0, k + 1, columns[k].head);
        read_field(result, columns[k].field, value);
        if (columns[k].most > 0)
            fp_text_table_numbers(&table, k + 1, value, columns[k].least, columns[k].most);
        else
            fp_text_table_p(&table, k + 1, value);
    }
    return fp_text_table_put(&table, out, err);
}

fp_status fp_text_tests(const char *title, const fp_text_test *rows, ptrdiff_t n, fp_arena *scratch,
                        fp_buf *out, fp_err *err)
{
    const char *heads[] = {title, "chisq", "df", "p", NULL};
    double *value;
    FP_ARRAY(value, scratch, n, err);
    fp_text_table table;
    FP_TRY(fp_text_table_begin(heads, n, 0, scratch, &table, NULL, err));
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

/* What the model itself says. */
static fp_status put_model(const fp_result *result, fp_arena *scratch, fp_buf *out, fp_err *err)
{
    if (result->model == FP_MODEL_KM)
        return fp_text_km(result, scratch, out, err);
    if (result->model == FP_MODEL_CIF)
        return fp_text_cif(result, scratch, out, err);
    if (result->model == FP_MODEL_FINEGRAY)
        return fp_text_finegray(result, scratch, out, err);
    if (result->model == FP_MODEL_LMM)
        return fp_text_lmm(result, scratch, out, err);
    if (result->model == FP_MODEL_GLM)
        return fp_text_glm(result, scratch, out, err);
    if (result->model == FP_MODEL_GEE)
        return fp_text_gee(result, scratch, out, err);
    return fp_text_cox(result, scratch, out, err);
}

fp_status fp_result_text(const fp_result *result, fp_buf *out, fp_err *err)
{
    FP_ARENA_SCOPED(scratch, 256 * FP_MIB, err);
    FP_TRY(put_model(result, scratch, out, err));
    if (fp_result_is_regression(result))
        FP_TRY(fp_text_contrasts(result, scratch, out, err));
    FP_TRY(fp_text_standardised(result, scratch, out, err));
    return fp_text_means(result, scratch, out, err);
}
