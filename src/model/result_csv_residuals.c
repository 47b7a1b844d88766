#include <math.h>
#include <string.h>

#include "model/result.h"

/* RFC 4180: a text with a comma, a quote or a line end stands between quotes. */
static void put_field(fp_buf *out, const char *text)
{
    if (!strpbrk(text, ",\"\r\n")) {
        fp_buf_put(out, text);
        return;
    }
    fp_buf_put_char(out, '"');
    for (; *text; text++) {
        if (*text == '"')
            fp_buf_put_char(out, '"');
        fp_buf_put_char(out, *text);
    }
    fp_buf_put_char(out, '"');
}

static void put_number(fp_buf *out, double value)
{
    fp_buf_put_char(out, ',');
    if (isfinite(value))
        fp_buf_printf(out, "%.17g", value);
}

static void put_head(const fp_residual_table *t, fp_buf *out)
{
    fp_buf_put(out, "line");
    if (t->cluster)
        fp_buf_put(out, ",cluster");
    if (t->stratum)
        fp_buf_put(out, ",stratum");
    if (t->time)
        fp_buf_put(out, ",time");
    for (ptrdiff_t j = 0; j < t->columns; j++) {
        fp_buf_put_char(out, ',');
        put_field(out, t->column[j]);
    }
    fp_buf_put_char(out, '\n');
}

fp_status fp_result_residuals_csv(const fp_result *result, ptrdiff_t from, ptrdiff_t to,
                                  fp_buf *out, fp_err *err)
{
    const fp_residual_table *t = result->residuals;
    if (!t)
        return fp_fail(err, FP_ARG, "the result holds no residuals");
    if (from == 0)
        put_head(t, out);
    for (ptrdiff_t i = from; i < to && i < t->n; i++) {
        fp_buf_printf(out, "%ld", t->line[i]);
        if (t->cluster) {
            fp_buf_put_char(out, ',');
            put_field(out, t->cluster_label[t->cluster[i]]);
        }
        if (t->stratum) {
            fp_buf_put_char(out, ',');
            put_field(out, t->stratum_label[t->stratum[i]]);
        }
        if (t->time)
            put_number(out, t->time[i]);
        for (ptrdiff_t j = 0; j < t->columns; j++)
            put_number(out, t->value[i + j * t->n]);
        fp_buf_put_char(out, '\n');
    }
    return fp_buf_ok(out, err);
}

fp_status fp_result_effects_csv(const fp_result *result, fp_buf *out, fp_err *err)
{
    if (!result->lmm || !result->lmm->effects)
        return fp_fail(err, FP_ARG, "the result holds no random effects");
    fp_buf_put(out, "group,level,term,effect,se\n");
    for (ptrdiff_t i = 0; i < result->lmm->effect_count; i++) {
        const fp_effect_row *row = &result->lmm->effects[i];
        put_field(out, row->group);
        fp_buf_put_char(out, ',');
        put_field(out, row->level);
        fp_buf_put_char(out, ',');
        put_field(out, row->term);
        put_number(out, row->effect);
        put_number(out, row->se);
        fp_buf_put_char(out, '\n');
    }
    return fp_buf_ok(out, err);
}
