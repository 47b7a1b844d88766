#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "model/result_text_priv.h"

static bool is_linear(const fp_result *result)
{
    return !result->link || strcmp(result->link, "identity") == 0;
}

/* ---- what the means are of ---- */

/* "Estimated means by arm | wave (age at its mean 37.2; sex averaged with equal weights)" */
static fp_status put_title(const fp_result *result, fp_buf *out, fp_err *err)
{
    const fp_means *means = result->means;
    FP_BUF_SCOPED(line, FP_MIB);
    fp_buf_printf(&line, "Estimated means of %s", means->text);
    ptrdiff_t named = means->left_count + means->by_count, averaged = 0;
    for (ptrdiff_t v = named; v < means->variable_count; v++) {
        const fp_means_variable *variable = &means->variable[v];
        if (variable->level_count == 0)
            fp_buf_printf(&line, "; %s at its mean %.5g", variable->name, variable->mean);
        else
            fp_buf_printf(&line, "%s%s", averaged++ ? ", " : "; averaged over ", variable->name);
        bool last = v + 1 == means->variable_count || means->variable[v + 1].level_count == 0;
        if (variable->level_count && last)
            fp_buf_put(&line, means->observed ? " as they occur" : " with equal weights");
    }
    FP_TRY(fp_buf_ok(&line, err));
    fp_buf_put_char(out, '\n');
    fp_text_wrap(out, "", "  ", line.p);
    return FP_OK;
}

/* One field of every row as a column of the table. */
#define ROWS_COLUMN(table, column, rows, count, field, least, most, scratch, err)                  \
    do {                                                                                           \
        double *value_;                                                                            \
        FP_ARRAY(value_, (scratch), (count), (err));                                               \
        for (ptrdiff_t k_ = 0; k_ < (count); k_++)                                                 \
            value_[k_] = (rows)[k_].field;                                                         \
        fp_text_table_numbers((table), (column), value_, (least), (most));                         \
    } while (0)

static fp_status put_means(const fp_result *result, fp_arena *scratch, fp_buf *out, fp_err *err)
{
    const fp_mean *mean = result->means->mean;
    ptrdiff_t n = result->means->count;
    char from[32];
    fp_text_level(result, from, sizeof from);
    const char *heads[] = {"", "rows", "mean", from, "to", "se", NULL};
    fp_text_table table;
    FP_TRY(fp_text_table_begin(heads, n, 0, scratch, &table, NULL, err));
    for (ptrdiff_t c = 0; c < n; c++)
        fp_text_table_set(&table, c + 1, 0, mean[c].label);
    double *rows;
    FP_ARRAY(rows, scratch, n, err);
    for (ptrdiff_t c = 0; c < n; c++)
        rows[c] = mean[c].n;
    fp_text_table_times(&table, 1, rows);
    ROWS_COLUMN(&table, 2, mean, n, response, 2, 4, scratch, err);
    ROWS_COLUMN(&table, 3, mean, n, response_lower, 2, 4, scratch, err);
    ROWS_COLUMN(&table, 4, mean, n, response_upper, 2, 4, scratch, err);
    ROWS_COLUMN(&table, 5, mean, n, response_se, 2, 4, scratch, err);
    return fp_text_table_put(&table, out, err);
}

/* ---- comparisons ---- */

/* The comparisons of one kind, from `first` on. */
typedef struct {
    const fp_result *result;
    const fp_mean_contrast *row;
    ptrdiff_t count;
    bool t; /* degrees of freedom */
} section;

static const char *kind_title(const char *kind)
{
    static const struct {
        const char *kind, *title;
    } titles[] = {{"difference", "Differences"},
                  {"interaction", "Interaction"},
                  {"change", "Changes"},
                  {"difference of changes", "Differences of changes"},
                  {"interaction of changes", "Interaction of changes"},
                  {"trend", "Trends"},
                  {"difference of trends", "Differences of trends"},
                  {"interaction of trends", "Interaction of trends"}};
    for (size_t k = 0; k < sizeof titles / sizeof *titles; k++)
        if (strcmp(titles[k].kind, kind) == 0)
            return titles[k].title;
    return kind;
}

static fp_status label_rows(const section *s, fp_text_table *table, fp_err *err)
{
    for (ptrdiff_t k = 0; k < s->count; k++) {
        const fp_mean_contrast *c = &s->row[k];
        FP_BUF_SCOPED(text, FP_MIB);
        fp_buf_printf(&text, "%s%s%s%s%s", c->effect, c->effect[0] ? ": " : "", c->contrast,
                      c->at[0] ? ", " : "", c->at);
        FP_TRY(fp_buf_ok(&text, err));
        fp_text_table_set(table, k + 1, 0, text.p);
    }
    return FP_OK;
}

/* p and Holm's, of the model's scale or the outcome's. */
static fp_status put_p(const section *s, bool response, ptrdiff_t column, fp_text_table *table,
                       fp_arena *scratch, fp_err *err)
{
    double *p;
    FP_ARRAY(p, scratch, s->count, err);
    for (ptrdiff_t k = 0; k < s->count; k++)
        p[k] = response ? s->row[k].response_p : s->row[k].p;
    fp_text_table_p(table, column, p);
    for (ptrdiff_t k = 0; k < s->count; k++)
        p[k] = response ? s->row[k].response_p_holm : s->row[k].p_holm;
    fp_text_table_p(table, column + 1, p);
    return FP_OK;
}

/* On the scale of the model. */
static fp_status put_model_scale(const section *s, fp_arena *scratch, fp_buf *out, fp_err *err)
{
    char from[32];
    const char *ratio = isfinite(s->row[0].exp_estimate) ? fp_text_ratio_name(s->result) : NULL;
    fp_text_level(s->result, from, sizeof from);
    const char *heads[] = {
        kind_title(s->row[0].kind), ratio ? ratio : "estimate", from, "to",       "se",
        s->t ? "df" : "",           s->t ? "t" : "z",           "p",  "p (Holm)", NULL};
    fp_text_table table;
    FP_TRY(fp_text_table_begin(heads, s->count, 0, scratch, &table, NULL, err));
    FP_TRY(label_rows(s, &table, err));
    if (ratio) {
        ROWS_COLUMN(&table, 1, s->row, s->count, exp_estimate, 3, 5, scratch, err);
        ROWS_COLUMN(&table, 2, s->row, s->count, exp_lower, 3, 5, scratch, err);
        ROWS_COLUMN(&table, 3, s->row, s->count, exp_upper, 3, 5, scratch, err);
    } else {
        ROWS_COLUMN(&table, 1, s->row, s->count, estimate, 2, 4, scratch, err);
        ROWS_COLUMN(&table, 2, s->row, s->count, lower, 2, 4, scratch, err);
        ROWS_COLUMN(&table, 3, s->row, s->count, upper, 2, 4, scratch, err);
    }
    ROWS_COLUMN(&table, 4, s->row, s->count, se, 2, 4, scratch, err);
    if (s->t)
        ROWS_COLUMN(&table, 5, s->row, s->count, df, 1, 1, scratch, err);
    ROWS_COLUMN(&table, 6, s->row, s->count, statistic, 2, 2, scratch, err);
    FP_TRY(put_p(s, false, 7, &table, scratch, err));
    fp_buf_put_char(out, '\n');
    return fp_text_table_put(&table, out, err);
}

/* On that of the outcome, where it is another. */
static fp_status put_outcome_scale(const section *s, fp_arena *scratch, fp_buf *out, fp_err *err)
{
    char from[32], head[96];
    fp_text_level(s->result, from, sizeof from);
    (void)snprintf(head, sizeof head, "%s, scale of the outcome", kind_title(s->row[0].kind));
    const char *heads[] = {head, "estimate", from, "to", "se", "p", "p (Holm)", NULL};
    fp_text_table table;
    FP_TRY(fp_text_table_begin(heads, s->count, 0, scratch, &table, NULL, err));
    FP_TRY(label_rows(s, &table, err));
    ROWS_COLUMN(&table, 1, s->row, s->count, response, 3, 5, scratch, err);
    ROWS_COLUMN(&table, 2, s->row, s->count, response_lower, 3, 5, scratch, err);
    ROWS_COLUMN(&table, 3, s->row, s->count, response_upper, 3, 5, scratch, err);
    ROWS_COLUMN(&table, 4, s->row, s->count, response_se, 3, 5, scratch, err);
    FP_TRY(put_p(s, true, 5, &table, scratch, err));
    fp_buf_put_char(out, '\n');
    return fp_text_table_put(&table, out, err);
}

/* One table a kind of comparison, in their order. */
static fp_status put_contrasts(const fp_result *result, fp_arena *scratch, fp_buf *out, fp_err *err)
{
    const fp_means *means = result->means;
    bool *done;
    fp_mean_contrast *rows;
    FP_ARRAY(done, scratch, means->contrast_count, err);
    for (ptrdiff_t first = 0; first < means->contrast_count; first++) {
        section s = {.result = result};
        if (done[first])
            continue;
        FP_ARRAY(rows, scratch, means->contrast_count - first, err);
        for (ptrdiff_t k = first; k < means->contrast_count; k++) {
            if (done[k] || strcmp(means->contrast[k].kind, means->contrast[first].kind) != 0)
                continue;
            done[k] = true;
            s.t = s.t || isfinite(means->contrast[k].df);
            rows[s.count++] = means->contrast[k];
        }
        s.row = rows;
        FP_TRY(put_model_scale(&s, scratch, out, err));
        if (!is_linear(result))
            FP_TRY(put_outcome_scale(&s, scratch, out, err));
    }
    return FP_OK;
}

/* ---- joint tests ---- */

/* A test of one difference at one place repeats its line. */
static fp_status put_tests(const fp_result *result, fp_arena *scratch, fp_buf *out, fp_err *err)
{
    const fp_means *means = result->means;
    fp_mean_test *rows;
    double *p;
    ptrdiff_t n = 0;
    bool f = false;
    FP_ARRAY(rows, scratch, means->test_count, err);
    FP_ARRAY(p, scratch, means->test_count, err);
    for (ptrdiff_t k = 0; k < means->test_count; k++) {
        if (means->test[k].df1 <= 1)
            continue;
        f = f || isfinite(means->test[k].df2);
        p[n] = means->test[k].p;
        rows[n++] = means->test[k];
    }
    if (n == 0)
        return FP_OK;
    const char *heads[] = {"Joint tests", "F", "df", f ? "df 2" : "", "p", NULL};
    fp_text_table table;
    FP_TRY(fp_text_table_begin(heads, n, 0, scratch, &table, NULL, err));
    for (ptrdiff_t k = 0; k < n; k++) {
        FP_BUF_SCOPED(text, FP_MIB);
        bool all = strcmp(rows[k].at, "all") == 0;
        fp_buf_printf(&text, "%s%s%s", rows[k].effect, rows[k].at[0] ? ", " : "",
                      all ? "at all levels right of |" : rows[k].at);
        FP_TRY(fp_buf_ok(&text, err));
        fp_text_table_set(&table, k + 1, 0, text.p);
    }
    ROWS_COLUMN(&table, 1, rows, n, f, 2, 3, scratch, err);
    ROWS_COLUMN(&table, 2, rows, n, df1, 0, 0, scratch, err);
    if (f)
        ROWS_COLUMN(&table, 3, rows, n, df2, 1, 1, scratch, err);
    fp_text_table_p(&table, 4, p);
    fp_buf_put_char(out, '\n');
    return fp_text_table_put(&table, out, err);
}

fp_status fp_text_means(const fp_result *result, fp_arena *scratch, fp_buf *out, fp_err *err)
{
    if (!result->means)
        return FP_OK;
    FP_TRY(put_title(result, out, err));
    FP_TRY(put_means(result, scratch, out, err));
    FP_TRY(put_contrasts(result, scratch, out, err));
    return put_tests(result, scratch, out, err);
}
