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

/* "HR 2.25" */
static const char *planned_effect(const fp_study_power_test *t, char out[64])
{
    char value[32];
    fp_power_effect scale = fp_power_plan_scale(&t->answer->plan);
    number(fp_power_effect_out(scale, t->row->question->truth), fp_power_text_digits(t->answer),
           value);
    (void)snprintf(out, 64, "%s %s", fp_power_effect_short(scale), value);
    return out;
}

static void put_tests(const fp_study_power *power, fp_buf *out)
{
    char ratio[64], share[32], size[32], found[32];
    fp_buf_printf(out, "%-20s %-12s %-12s %9s %7s %7s %10s %8s\n", "analysis", "effect", "test",
                  "planned", "power", "type I", "smallest p", "found");
    for (ptrdiff_t i = 0; i < power->test_count; i++) {
        const fp_study_power_test *t = &power->tests[i];
        char smallest[32] = "\u2013";
        double planned = t->row->question->is_null ? FP_NUM_NAN : 100 * t->row->power.share;
        if (t->row->analysis == FP_POWER_PERMUTATION)
            (void)snprintf(smallest, sizeof smallest, "%.2g", t->row->power.smallest_p);
        /* a dash has three bytes and one column */
        fp_buf_printf(out, "%-20s %-12s %-12s %9s %6s%s %6s%% %*s %8s\n", t->spec->id,
                      t->row->question->name, fp_power_analysis_name[t->row->analysis],
                      planned_effect(t, ratio), number(planned, 1, share),
                      isnan(planned) ? "   " : "%", number(100 * t->row->null.share, 1, size),
                      t->row->analysis == FP_POWER_PERMUTATION ? 10 : 12, smallest,
                      number(t->detectable, fp_power_text_digits(t->answer), found));
    }
}

/* All of the first one; of another outcome what is its own. */
static void put_design(const fp_power_answer *answer, bool first, fp_buf *out)
{
    if (answer->about)
        fp_buf_printf(out, "%s:\n", answer->about);
    if (first)
        fp_power_text_design(answer, out);
    else
        fp_power_text_measure(answer, out);
}

fp_status fp_study_power_text(const fp_study_power *power, fp_buf *out, fp_err *err)
{
    const fp_power_answer *first = power->answers[0];
    fp_buf_put(out, "Power of the plan by simulation\n");
    for (ptrdiff_t a = 0; a < power->answer_count; a++)
        if (a == 0 || power->answers[a]->about)
            put_design(power->answers[a], a == 0, out);
    fp_buf_printf(out, "%lld simulated trials a row (seed %llu)", (long long)first->trials,
                  (unsigned long long)first->seed);
    if (!fp_power_plan_measures(&first->plan))
        fp_buf_printf(out, ", on average %.1f events each", first->met.events);
    fp_buf_put(out, ".\n\n");
    put_tests(power, out);
    fp_buf_printf(
        out,
        "\nFound: the effect that the test finds with a power of %g%%; a dash: none, ratios "
        "up to 100.\n",
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
    fp_power_effect scale = fp_power_plan_scale(&t->answer->plan);
    bool null = row->question->is_null, permuted = row->analysis == FP_POWER_PERMUTATION;
    return json_pack(
        "{s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "analysis", t->spec->id,
        "effect", row->question->name, "test", fp_power_analysis_name[row->analysis], "scale",
        fp_power_effect_words(scale), "planned",
        fp_json_number(fp_power_effect_out(scale, row->question->truth)), "hazard_ratio",
        scale == FP_POWER_HAZARD_RATIO ? fp_json_number(exp(row->question->truth)) : json_null(),
        "power", null ? json_null() : fp_json_number(row->power.share), "power_error",
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
