/* The power of a plan as text and JSON. */
#include "study/power.h"

#include <math.h>
#include <stdio.h>

#include "base/num.h"
#include "model/result.h"

static const char *number(double value, int digits, char out[32])
{
    fp_num_format(value, digits, &fp_numstyle_plain, out, 32);
    return out;
}

static void put_tests(const fp_study_power *power, fp_buf *out)
{
    char ratio[32], share[32], size[32], found[32];
    fp_buf_printf(out, "%-20s %-12s %-12s %6s %7s %7s %10s %8s\n", "analysis", "effect", "test",
                  "HR", "power", "type I", "smallest p", "HR found");
    for (ptrdiff_t i = 0; i < power->test_count; i++) {
        const fp_study_power_test *t = &power->tests[i];
        char smallest[32] = "\u2013";
        double planned = t->row->question->is_null ? FP_NUM_NAN : 100 * t->row->power.share;
        if (t->row->analysis == FP_POWER_PERMUTATION)
            (void)snprintf(smallest, sizeof smallest, "%.2g", t->row->power.smallest_p);
        /* a dash has three bytes and one column */
        fp_buf_printf(out, "%-20s %-12s %-12s %6s %6s%s %6s%% %*s %8s\n", t->spec->id,
                      t->row->question->name, fp_power_analysis_name[t->row->analysis],
                      number(exp(t->row->question->truth), 2, ratio), number(planned, 1, share),
                      isnan(planned) ? "   " : "%", number(100 * t->row->null.share, 1, size),
                      t->row->analysis == FP_POWER_PERMUTATION ? 10 : 12, smallest,
                      number(t->detectable, 2, found));
    }
}

fp_status fp_study_power_text(const fp_study_power *power, fp_buf *out, fp_err *err)
{
    const fp_power_answer *first = power->answers[0];
    fp_buf_put(out, "Power of the plan by simulation\n");
    fp_power_text_design(first, out);
    fp_buf_printf(out, "%lld simulated trials a row (seed %llu), on average %.1f events each.\n\n",
                  (long long)first->trials, (unsigned long long)first->seed, first->met.events);
    put_tests(power, out);
    fp_buf_printf(out,
                  "\nHR found: the hazard ratio that the test finds with a power of %g%%; a dash: "
                  "none up to 100.\n",
                  100 * first->target);
    for (ptrdiff_t i = 0; i < power->note_count; i++)
        fp_buf_printf(out, "Note: %s.\n", power->notes[i]);
    for (ptrdiff_t a = 0; a < power->answer_count; a++)
        for (ptrdiff_t i = 0; i < power->answers[a]->warning_count; i++)
            fp_buf_printf(out, "Warning: %s.\n", power->answers[a]->warnings[i]);
    return fp_buf_ok(out, err);
}

static json_t *json_test(const fp_study_power_test *t)
{
    const fp_power_row *row = t->row;
    bool null = row->question->is_null, permuted = row->analysis == FP_POWER_PERMUTATION;
    return json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "analysis", t->spec->id,
                     "effect", row->question->name, "test", fp_power_analysis_name[row->analysis],
                     "hazard_ratio", fp_json_number(exp(row->question->truth)), "power",
                     null ? json_null() : fp_json_number(row->power.share), "power_error",
                     null ? json_null() : fp_json_number(row->power.share_error), "type_1_error",
                     fp_json_number(row->null.share), "smallest_p",
                     permuted ? fp_json_number(row->power.smallest_p) : json_null(), "detectable",
                     fp_json_number(t->detectable));
}

json_t *fp_study_power_json(const fp_study_power *power)
{
    json_t *tests = json_array(), *notes = json_array(), *answers = json_array();
    bool failed = !tests || !notes || !answers;
    for (ptrdiff_t i = 0; !failed && i < power->test_count; i++)
        failed = json_array_append_new(tests, json_test(&power->tests[i])) != 0;
    for (ptrdiff_t i = 0; !failed && i < power->note_count; i++)
        failed = json_array_append_new(notes, json_string(power->notes[i])) != 0;
    for (ptrdiff_t i = 0; !failed && i < power->answer_count; i++)
        failed = json_array_append_new(answers, fp_power_json(power->answers[i])) != 0;
    if (!failed)
        return json_pack("{s:s, s:o, s:o, s:o}", "model", "power", "tests", tests, "simulations",
                         answers, "notes", notes);
    json_decref(tests);
    json_decref(notes);
    json_decref(answers);
    return NULL;
}
