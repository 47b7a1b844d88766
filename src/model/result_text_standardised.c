#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "model/result_text_priv.h"

/* The levels of one variable: `count` from `level` on, the first one compared with. */
typedef struct {
    const fp_result *result;
    const fp_standardised *level;
    ptrdiff_t count;
    bool binomial;
} section;

static fp_status put_label(fp_text_table *table, ptrdiff_t row, const fp_standardised *s,
                           const char *what, fp_err *err)
{
    FP_BUF_SCOPED(text, FP_MIB);
    fp_buf_printf(&text, "%s=%s%s%s", s->term, s->level, what[0] ? ": " : "", what);
    FP_TRY(fp_buf_ok(&text, err));
    fp_text_table_set(table, row, 0, text.p);
    return FP_OK;
}

static fp_status put_means(const section *s, fp_arena *scratch, fp_buf *out, fp_err *err)
{
    char from[32];
    double *value[4];
    fp_text_table table;
    fp_text_level(s->result, from, sizeof from);
    const char *heads[] = {"", s->binomial ? "risk" : "mean", from, "to", "se", NULL};
    FP_TRY(fp_text_table_begin(heads, s->count, 4, scratch, &table, value, err));
    for (ptrdiff_t k = 0; k < s->count; k++) {
        const fp_standardised *level = &s->level[k];
        FP_TRY(put_label(&table, k + 1, level, "", err));
        value[0][k] = level->mean;
        value[1][k] = level->lower;
        value[2][k] = level->upper;
        value[3][k] = level->se;
    }
    for (int c = 0; c < 4; c++)
        fp_text_table_numbers(&table, c + 1, value[c], 3, 5);
    return fp_text_table_put(&table, out, err);
}

static fp_status put_effects(const section *s, fp_arena *scratch, fp_buf *out, fp_err *err)
{
    ptrdiff_t each = s->binomial ? 3 : 2, rows = (s->count - 1) * each;
    char from[32];
    double *value[4];
    fp_text_table table;
    fp_text_level(s->result, from, sizeof from);
    const char *heads[] = {"", "effect", from, "to", "p", NULL};
    const char *what[] = {s->binomial ? "risk difference" : "difference",
                          s->binomial ? "risk ratio" : "ratio of means", "odds ratio"};
    FP_TRY(fp_text_table_begin(heads, rows, 4, scratch, &table, value, err));
    for (ptrdiff_t r = 0; r < rows; r++) {
        const fp_standardised *level = &s->level[1 + r / each];
        const fp_standardised_effect *of[] = {&level->difference, &level->ratio,
                                              &level->odds_ratio};
        const fp_standardised_effect *effect = of[r % each];
        FP_TRY(put_label(&table, r + 1, level, what[r % each], err));
        value[0][r] = effect->estimate;
        value[1][r] = effect->lower;
        value[2][r] = effect->upper;
        value[3][r] = effect->p;
    }
    for (int c = 0; c < 3; c++)
        fp_text_table_numbers(&table, c + 1, value[c], 3, 5);
    fp_text_table_p(&table, 4, value[3]);
    return fp_text_table_put(&table, out, err);
}

static fp_status put_section(const section *s, fp_arena *scratch, fp_buf *out, fp_err *err)
{
    FP_BUF_SCOPED(line, FP_MIB);
    fp_buf_printf(&line, "%s standardised over the %td rows, by %s", s->binomial ? "Risk" : "Mean",
                  s->result->n, s->level->term);
    FP_TRY(fp_buf_ok(&line, err));
    fp_buf_put_char(out, '\n');
    fp_text_wrap(out, "", "  ", line.p);
    FP_TRY(put_means(s, scratch, out, err));
    FP_BUF_SCOPED(against, FP_MIB);
    fp_buf_printf(&against, "Against %s=%s", s->level->term, s->level->level);
    if (isfinite(s->level->df))
        fp_buf_printf(&against, ", t on %.4g degree%s of freedom", s->level->df,
                      s->level->df == 1 ? "" : "s");
    FP_TRY(fp_buf_ok(&against, err));
    fp_buf_put_char(out, '\n');
    fp_text_wrap(out, "", "  ", against.p);
    return put_effects(s, scratch, out, err);
}

fp_status fp_text_standardised(const fp_result *result, fp_arena *scratch, fp_buf *out, fp_err *err)
{
    section s = {.result = result};
    for (ptrdiff_t k = 0; k < result->standardised_count; k += s.count) {
        s.level = &result->standardised[k];
        s.count = 1;
        while (k + s.count < result->standardised_count && s.level[s.count].term == s.level->term)
            s.count++;
        s.binomial = strcmp(result->family, "binomial") == 0;
        FP_TRY(put_section(&s, scratch, out, err));
    }
    return fp_buf_ok(out, err);
}
