#include <string.h>

#include "stats/lmm_nested_priv.h"

/* Units that are subjects with a residual structure. */

typedef struct {
    ptrdiff_t *first; /* subjects + 1 */
    ptrdiff_t *row;   /* n: by subject and wave */
    double *rows;     /* n x (q + above), row after row in that order */
    double *key;      /* subjects x (1 + width + width x above) */
    const double **sum;
} subject_pass;

static fp_status order_rows(const fp_nested *e, fp_arena *arena, subject_pass *w, fp_err *err)
{
    const fp_lmm_data *data = e->rows->data;
    ptrdiff_t *count, *sorted;
    FP_ARRAY(w->first, arena, data->subjects + 2, err);
    FP_ARRAY(w->row, arena, data->n, err);
    FP_ARRAY(sorted, arena, data->n, err);
    FP_ARRAY(count, arena, data->waves + 1, err);
    for (ptrdiff_t i = 0; i < data->n; i++) /* by wave, then stably by subject */
        count[data->wave[i] + 1]++;
    for (int32_t t = 0; t < data->waves; t++)
        count[t + 1] += count[t];
    for (ptrdiff_t i = 0; i < data->n; i++)
        sorted[count[data->wave[i]]++] = i;
    ptrdiff_t *at = w->first + 1;
    for (ptrdiff_t i = 0; i < data->n; i++)
        at[data->subject[i] + 1]++;
    for (int32_t s = 0; s < data->subjects; s++)
        at[s + 1] += at[s];
    for (ptrdiff_t i = 0; i < data->n; i++)
        w->row[at[data->subject[sorted[i]]]++] = sorted[i];
    return FP_OK;
}

/* The rows of each subject as matrices: A column-major, and its key: how many, which waves, the
 * random columns above. */
static fp_status gather_subjects(fp_nested *e, const fp_lmm_nest *nest, fp_arena *arena,
                                 subject_pass *w, ptrdiff_t width, fp_err *err)
{
    const fp_lmm_data *data = e->rows->data;
    fp_random_columns list;
    double *value;
    FP_TRY(fp_nested_columns(e, nest, arena, &list, err));
    FP_ARRAY(w->rows, arena, data->n * e->q, err);
    FP_ARRAY(w->key, arena, data->subjects * width, err);
    FP_ARRAY(w->sum, arena, data->subjects, err);
    FP_ARRAY(value, arena, e->q, err);
    for (int32_t s = 0; s < data->subjects; s++) {
        ptrdiff_t from = w->first[s], size = w->first[s + 1] - from;
        double *a = w->rows + from * e->q, *key = w->key + s * width;
        w->sum[s] = a;
        key[0] = (double)size;
        for (ptrdiff_t i = 0; i < size; i++) {
            ptrdiff_t row = w->row[from + i];
            fp_lmm_rows_read(e->rows, row, 1, value);
            for (ptrdiff_t c = 0; c < e->q; c++)
                a[i + c * size] = value[c];
            key[1 + i] = data->wave[row];
            for (ptrdiff_t v = 0; v < e->above; v++)
                fp_lmm_rows_random(e->rows, list.block[v], list.effect[v], row, 1,
                                   &key[1 + e->width + i + v * size]);
        }
    }
    return FP_OK;
}

fp_status fp_nested_structured(fp_nested *e, const fp_lmm_nest *nest, fp_arena *arena, fp_err *err)
{
    const fp_lmm_data *data = e->rows->data;
    ptrdiff_t width = 1 + e->width + e->width * e->above;
    ptrdiff_t size = fp_packed_size(e->width) * fp_packed_size(e->q);
    subject_pass w;
    fp_key_table table;
    int32_t *pattern;
    FP_TRY(order_rows(e, arena, &w, err));
    FP_TRY(gather_subjects(e, nest, arena, &w, width, err));
    FP_TRY(fp_key_table_create(data->subjects, width, arena, &table, err));
    FP_ARRAY(pattern, arena, data->subjects, err);
    for (int32_t s = 0; s < data->subjects; s++)
        pattern[s] = fp_key_number(&table, w.key + s * width);
    e->patterns = table.count;
    FP_ARRAY(e->size, arena, e->patterns, err);
    FP_ARRAY(e->wave, arena, e->patterns * e->width, err);
    FP_ARRAY(e->up, arena, e->patterns * e->width * e->above, err);
    FP_ARRAY(e->count, arena, e->patterns, err);
    FP_ARRAY(e->product, arena, e->patterns * size, err);
    for (int32_t s = 0; s < data->subjects; s++) {
        int32_t t = pattern[s];
        const double *key = w.key + s * width;
        ptrdiff_t rows = (ptrdiff_t)key[0];
        fp_nested_products(rows, e->q, w.sum[s], e->product + t * size);
        if (e->count[t]++ > 0)
            continue;
        e->size[t] = (int32_t)rows;
        for (ptrdiff_t i = 0; i < rows; i++)
            e->wave[t * e->width + i] = (int32_t)key[1 + i];
        memcpy(e->up + t * e->width * e->above, key + 1 + e->width,
               (size_t)(rows * e->above) * sizeof *key);
    }
    if (nest->levels == 0)
        return FP_OK;
    return fp_nested_cells(e, nest->parent, nest->level[0].groups, pattern, w.sum, arena, err);
}
