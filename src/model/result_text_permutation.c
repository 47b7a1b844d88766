#include "model/result_text_priv.h"

#include <math.h>
#include <stdio.h>

#include "base/num.h"

static void set_limit(fp_text_table *table, ptrdiff_t i, ptrdiff_t j, double value, bool is_log)
{
    char text[64];
    if (isinf(value))
        (void)snprintf(text, sizeof text, "%s", value > 0 ? "Inf" : is_log ? "0" : "-Inf");
    else
        fp_num_format(is_log ? exp(value) : value, 3, &fp_numstyle_plain, text, sizeof text);
    fp_text_table_set(table, i, j, text);
}

static void set_row(fp_text_table *table, ptrdiff_t i, const fp_permutation_row *row,
                    bool intervals)
{
    char text[64];
    fp_text_table_set(table, i, 0, row->effect);
    fp_num_format(row->test.p, row->test.p < 0.001 ? 6 : 4, &fp_numstyle_plain, text, sizeof text);
    fp_text_table_set(table, i, 1, text);
    (void)snprintf(text, sizeof text, "%.3g", row->test.smallest_p);
    fp_text_table_set(table, i, 2, text);
    fp_num_format((double)row->test.allocations, 0, &fp_numstyle_en, text, sizeof text);
    fp_text_table_set(table, i, 3, text);
    fp_text_table_set(table, i, 4,
                      row->approximate  ? "approximate"
                      : row->test.exact ? "exact"
                                        : "sampled");
    if (!intervals || !row->has_interval || isnan(row->interval.lower))
        return;
    set_limit(table, i, 5, row->interval.lower, row->is_log);
    set_limit(table, i, 6, row->interval.upper, row->is_log);
}

/* The null, the set with its size and the smallest p of one test. */
static void put_words(const fp_permutation_row *row, fp_buf *out)
{
    char first[160], size[64];
    (void)snprintf(first, sizeof first, "  %s tests that ", row->effect);
    fp_text_wrap(out, first, "    ", row->null);
    FP_BUF_SCOPED(set, FP_MIB);
    if (row->test.exact) {
        fp_num_format((double)row->test.allocations, 0, &fp_numstyle_en, size, sizeof size);
        fp_buf_printf(&set, "%s: %s", row->set, size);
    } else if (isnan(row->test.set_size)) {
        fp_buf_printf(&set, "a sample of %s", row->set);
    } else {
        if (row->test.set_size < 1e15)
            fp_num_format(row->test.set_size, 0, &fp_numstyle_en, size, sizeof size);
        else
            (void)snprintf(size, sizeof size, "%.3g", row->test.set_size);
        fp_buf_printf(&set, "a sample of %s: of %s", row->set, size);
    }
    fp_buf_printf(&set, "; p is at least %.3g.", row->test.smallest_p);
    fp_text_wrap(out, "    over ", "      ", set.p);
    fp_buf_clear(&set);
    fp_buf_printf(&set, "%s.", row->statistic);
    fp_text_wrap(out, "    by the ", "      ", set.p);
}

static void put_notes(const fp_result *result, const char *label, bool sampled, bool is_log,
                      fp_buf *out)
{
    if (label) {
        FP_BUF_SCOPED(note, FP_MIB);
        fp_buf_printf(&note,
                      "Limits%s: the effects that one-sided tests at %.3g%% do not refuse, by "
                      "inversion; %s.",
                      is_log ? " (of exp(coefficient))" : "", 50 * (1 - result->level), label);
        fp_text_wrap(out, "  ", "  ", note.p);
    }
    if (sampled)
        fp_buf_printf(out, "  Allocations were sampled with seed %llu.\n",
                      (unsigned long long)result->seed);
    fp_text_wrap(out, "  ", "  ",
                 "These tests take the enrolled people as given: they do not repair recruitment "
                 "after allocation.");
}

fp_status fp_text_permutation(const fp_result *result, fp_arena *scratch, fp_buf *out, fp_err *err)
{
    char level[32];
    fp_text_level(result, level, sizeof level);
    ptrdiff_t n = result->permutation_count;
    bool sampled = false, is_log = false;
    const char *label = NULL;
    fp_text_table table;
    if (n == 0)
        return FP_OK;
    for (ptrdiff_t i = 0; i < n; i++) {
        const fp_permutation_row *row = &result->permutation[i];
        sampled = sampled || !row->test.exact;
        label = row->has_interval ? row->interval_label : label;
        is_log = is_log || row->is_log;
    }
    const char *heads[] = {"Permutation test",   "p",  "smallest p", "allocations", "",
                           label ? level : NULL, "to", NULL};
    FP_TRY(fp_text_table_begin(heads, n, 0, scratch, &table, NULL, err));
    for (ptrdiff_t i = 0; i < n; i++)
        set_row(&table, i + 1, &result->permutation[i], label != NULL);
    fp_buf_put_char(out, '\n');
    FP_TRY(fp_text_table_put(&table, out, err));
    for (ptrdiff_t i = 0; i < n; i++)
        put_words(&result->permutation[i], out);
    put_notes(result, label, sampled, is_log, out);
    return fp_buf_ok(out, err);
}
