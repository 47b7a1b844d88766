/* `check`: a dry run with a report of rows, problems and ranges. */
#include "run/run_priv.h"

#include "base/nearest.h"

#include <math.h>
#include <string.h>

const char *fp_plural(ptrdiff_t n, const char *one, const char *many)
{
    return n == 1 ? one : many;
}

static void put_day_range(fp_buf *out, const char *what, fp_day first, fp_day last)
{
    char a[16], z[16];
    if (first > last)
        return;
    fp_day_format(first, a);
    fp_day_format(last, z);
    fp_buf_printf(out, "  %-10s %s to %s\n", what, a, z);
}

static void check_coaches(const fp_study *study, fp_buf *out)
{
    const fp_study_data *data = &study->data;
    if (!data->coach_count)
        return;
    fp_buf_printf(out, "%s: %td %s\n", data->sources[FP_SOURCE_COACHES].file, data->coach_count,
                  fp_plural(data->coach_count, "coach", "coaches"));
    for (ptrdiff_t a = 0; study->protocol.factor_count && a < data->arm_count; a++) {
        ptrdiff_t coaches = 0, people = 0;
        for (ptrdiff_t c = 0; c < data->coach_count; c++)
            coaches += data->coaches[c].arm == a;
        for (ptrdiff_t i = 0; i < data->person_count; i++)
            people += data->people[i].arm == a;
        fp_buf_printf(out, "  %-10s %td %s, %td %s\n", fp_arm_key(data, a), coaches,
                      fp_plural(coaches, "coach", "coaches"), people,
                      fp_plural(people, "person", "people"));
    }
}

static void check_people(const fp_study *study, fp_buf *out)
{
    const fp_study_data *data = &study->data;
    fp_day first = INT32_MAX, last = INT32_MIN, end_first = INT32_MAX, end_last = INT32_MIN;
    for (ptrdiff_t i = 0; i < data->person_count; i++) {
        const fp_person *p = &data->people[i];
        first = p->start < first ? p->start : first;
        last = p->start > last ? p->start : last;
        end_first = p->end < end_first ? p->end : end_first;
        end_last = p->end > end_last ? p->end : end_last;
    }
    fp_buf_printf(out, "%s: %td %s\n", data->sources[FP_SOURCE_PEOPLE].file, data->person_count,
                  fp_plural(data->person_count, "person", "people"));
    put_day_range(out, "start", first, last);
    put_day_range(out, "end", end_first, end_last);
}

static fp_status check_spells(const fp_study *study, fp_buf *out, fp_err *err)
{
    const fp_study_data *data = &study->data;
    fp_day first = INT32_MAX, last = INT32_MIN;
    double least = (double)INFINITY, most = -(double)INFINITY;
    ptrdiff_t open_ended = 0, unknown = 0, *of_kind;
    if (!data->sources[FP_SOURCE_EPISODES].file)
        return FP_OK;
    FP_ARRAY(of_kind, study->arena, data->kind_count, err);
    for (ptrdiff_t s = 0; s < data->spell_count; s++) {
        const fp_spell *spell = &data->spells[s];
        first = spell->start < first ? spell->start : first;
        last = spell->start > last ? spell->start : last;
        open_ended += spell->end == FP_DAY_NONE;
        unknown += isnan(spell->hours);
        least = isnan(spell->hours) ? least : fmin(least, spell->hours);
        most = isnan(spell->hours) ? most : fmax(most, spell->hours);
    }
    fp_buf_printf(out, "%s: %td %s\n", data->sources[FP_SOURCE_EPISODES].file, data->spell_count,
                  fp_plural(data->spell_count, "row", "rows"));
    put_day_range(out, "start", first, last);
    fp_buf_printf(out, "  %-10s %td still running (no end)\n", "end", open_ended);
    if (least <= most)
        fp_buf_printf(out, "  %-10s %g to %g a week, %td not known\n", "hours", least, most,
                      unknown);
    for (ptrdiff_t s = 0; s < data->spell_count; s++)
        if (data->spells[s].kind >= 0)
            of_kind[data->spells[s].kind]++;
    for (ptrdiff_t k = 0; k < data->kind_count; k++)
        fp_buf_printf(out, "  %-10s %td %s\n", data->kinds[k], of_kind[k],
                      fp_plural(of_kind[k], "row", "rows"));
    return FP_OK;
}

static void check_recruitment(const fp_study *study, fp_buf *out)
{
    const fp_study_data *data = &study->data;
    fp_day first = INT32_MAX, last = INT32_MIN;
    ptrdiff_t eligible = 0, consented = 0, included = 0;
    if (!data->sources[FP_SOURCE_RECRUITMENT].file)
        return;
    for (ptrdiff_t i = 0; i < data->recruit_count; i++) {
        const fp_recruit *r = &data->recruits[i];
        first = r->offered < first ? r->offered : first;
        last = r->offered > last ? r->offered : last;
        eligible += r->eligible;
        consented += r->consented;
        included += r->included != FP_DAY_NONE;
    }
    fp_buf_printf(out, "%s: %td %s\n", data->sources[FP_SOURCE_RECRUITMENT].file,
                  data->recruit_count, fp_plural(data->recruit_count, "offer", "offers"));
    put_day_range(out, "offered", first, last);
    fp_buf_printf(out, "  %-10s %td eligible, %td consented, %td included\n", "of them", eligible,
                  consented, included);
}

/* How many answered each item at each wave. */
static fp_status check_answers(fp_study *study, fp_buf *out, fp_err *err)
{
    const fp_study_data *data = &study->data;
    const fp_protocol *plan = &study->protocol;
    ptrdiff_t *count;
    if (!data->sources[FP_SOURCE_ANSWERS].file)
        return FP_OK;
    FP_ARRAY(count, study->arena, data->item_count * plan->wave_count, err);
    for (ptrdiff_t i = 0; i < data->answer_count; i++)
        count[data->answers[i].item * plan->wave_count + data->answers[i].wave]++;
    fp_buf_printf(out, "%s: %td %s\n", data->sources[FP_SOURCE_ANSWERS].file, data->answer_count,
                  fp_plural(data->answer_count, "answer", "answers"));
    for (ptrdiff_t k = 0; k < data->item_count; k++) {
        fp_buf_printf(out, "  %-10s", data->items[k]);
        for (ptrdiff_t w = 0; w < plan->wave_count; w++)
            fp_buf_printf(out, "%s %td at %dm", w ? "," : "", count[k * plan->wave_count + w],
                          plan->wave_months[w]);
        fp_buf_put_char(out, '\n');
    }
    return FP_OK;
}

/* An item that nobody answered is probably a typing error. */
static void check_items(fp_study *study)
{
    const fp_study_data *data = &study->data;
    for (ptrdiff_t o = 0; o < study->protocol.outcome_count; o++) {
        const fp_outcome_spec *spec = &study->protocol.outcomes[o];
        bool seen = spec->kind != FP_OUTCOME_ANSWER;
        for (ptrdiff_t k = 0; k < data->item_count && !seen; k++)
            seen = strcmp(data->items[k], spec->item) == 0;
        if (seen)
            continue;
        fp_err note = {0};
        const char *nearest = fp_nearest(spec->item, data->items, data->item_count);
        (void)fp_fail_at(&note, FP_INPUT, study->protocol.path, spec->line, 0,
                         "outcome %s is the item \"%.80s\", which nobody answered", spec->id,
                         spec->item);
        if (nearest)
            (void)fp_hint(&note, FP_INPUT, "did you mean \"%.80s\"?", nearest);
        fp_problems_add(&study->problems, false, &note);
    }
}

/* A kind in the rule that no row has is probably a typing error. */
static void check_kinds(fp_study *study)
{
    for (ptrdiff_t o = 0; o < study->protocol.outcome_count; o++) {
        const fp_outcome_spec *spec = &study->protocol.outcomes[o];
        for (ptrdiff_t k = 0; k < spec->rule.kind_count; k++) {
            bool seen = study->data.spell_count == 0;
            for (ptrdiff_t d = 0; d < study->data.kind_count && !seen; d++)
                seen = strcmp(study->data.kinds[d], spec->rule.kinds[k]) == 0;
            if (seen)
                continue;
            fp_err note = {0};
            (void)fp_fail_at(&note, FP_INPUT, study->protocol.path, spec->line, 0,
                             "outcome %s counts the kind \"%s\", which no row has", spec->id,
                             spec->rule.kinds[k]);
            (void)fp_hint(&note, FP_INPUT, "kinds are compared as written");
            fp_problems_add(&study->problems, false, &note);
        }
    }
}

static fp_status check_outcomes(const fp_study *study, fp_buf *out, fp_err *err)
{
    for (ptrdiff_t o = 0; o < study->protocol.outcome_count; o++) {
        const fp_outcome_spec *spec = &study->protocol.outcomes[o];
        fp_outcomes outcomes;
        FP_TRY(fp_outcomes_derive(&study->data, spec, NULL, study->arena, &outcomes, err));
        fp_buf_printf(out, "outcome %s: ", spec->id);
        fp_rule_words(spec, out);
        fp_buf_put(out, "\n");
        if (spec->kind == FP_OUTCOME_ANSWER)
            continue;
        fp_outcomes_counts(&study->data, &outcomes, false, out);
    }
    return FP_OK;
}

fp_status fp_run_check(const char *folder, fp_arena *arena, fp_study *study, fp_buf *out,
                       fp_err *err)
{
    FP_TRY(fp_study_open(folder, NULL, arena, study, err));
    check_kinds(study);
    check_items(study);
    fp_buf_printf(out, "%s: %td %s, %td %s\n", study->protocol.path, study->protocol.outcome_count,
                  fp_plural(study->protocol.outcome_count, "outcome", "outcomes"),
                  study->protocol.analysis_count,
                  fp_plural(study->protocol.analysis_count, "analysis", "analyses"));
    check_coaches(study, out);
    check_people(study, out);
    FP_TRY(check_spells(study, out, err));
    check_recruitment(study, out);
    FP_TRY(check_answers(study, out, err));
    FP_TRY(check_outcomes(study, out, err));
    for (ptrdiff_t i = 0; i < study->problems.kept; i++) {
        char text[1600];
        fp_err_text(&study->problems.items[i].at, text, sizeof text);
        fp_buf_printf(out, "note: %s\n", text);
    }
    fp_plan_state plan;
    FP_TRY(fp_study_plan_state(study, &plan, err));
    fp_plan_words(&plan, out);
    fp_buf_put(out, "No errors. Nothing was written.\n");
    return fp_buf_ok(out, err);
}
