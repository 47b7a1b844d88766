#include <math.h>
#include <string.h>

#include "study/outcome_priv.h"

/* ---- csv ------------------------------------------------------------------------------------- */

/* A field with quotes where it needs them. */
static void put_field(fp_buf *out, const char *text)
{
    if (!strpbrk(text, ",\"\r\n")) {
        fp_buf_put(out, text);
        return;
    }
    fp_buf_put_char(out, '"');
    for (const char *p = text; *p; p++) {
        if (*p == '"')
            fp_buf_put_char(out, '"');
        fp_buf_put_char(out, *p);
    }
    fp_buf_put_char(out, '"');
}

void fp_outcomes_csv_header(fp_buf *out)
{
    fp_buf_put(out, "person,outcome,time,event,reason\n");
}

/* ",", a whole number >= 0 or nothing below 0. */
static void put_number(fp_buf *out, int number)
{
    char text[16], *at = text + sizeof text;
    for (int rest = number; rest > 0 || (number == 0 && at == text + sizeof text); rest /= 10)
        *--at = (char)('0' + rest % 10);
    fp_buf_put_char(out, ',');
    fp_buf_put_n(out, at, (size_t)(text + sizeof text - at));
}

void fp_outcomes_csv(const fp_study_data *data, const fp_outcomes *outcomes, fp_buf *out)
{
    if (outcomes->spec->kind == FP_OUTCOME_ANSWER)
        return; /* many numbers a person, and no fate */
    for (ptrdiff_t i = 0; i < outcomes->n; i++) {
        const fp_person_outcome *o = &outcomes->people[i];
        put_field(out, data->people[i].id);
        fp_buf_put_char(out, ',');
        put_field(out, outcomes->spec->id);
        put_number(out, o->time);
        put_number(out, o->fate <= FP_FATE_COMPETING ? (int)o->fate : -1);
        fp_buf_put_char(out, ',');
        put_field(out, o->reason);
        fp_buf_put_char(out, '\n');
    }
}

/* ---- counts ---------------------------------------------------------------------------------- */

typedef struct {
    ptrdiff_t rows, people;
} tally;

/* Rows under a repair, and the people they belong to; arm -1 = all. */
static tally count_repair(const fp_study_data *data, const fp_outcomes *outcomes, int repair,
                          ptrdiff_t arm)
{
    tally t = {0, 0};
    ptrdiff_t last = -1;
    for (ptrdiff_t i = 0; i < data->spell_count; i++) {
        ptrdiff_t person = data->spells[i].person;
        if (outcomes->repair[i] != repair ||
            (arm >= 0 && (person < 0 || data->people[person].arm != arm)))
            continue;
        t.rows++;
        t.people += person >= 0 && person != last;
        last = person;
    }
    return t;
}

void fp_outcomes_counts(const fp_study_data *data, const fp_outcomes *outcomes, bool by_arm,
                        fp_buf *out)
{
    ptrdiff_t arms = by_arm && data->protocol->factor_count ? data->arm_count : 0;
    fp_buf_printf(out, "%-24s%9s%9s", outcomes->spec->id, "rows", "people");
    for (ptrdiff_t a = 0; a < arms; a++)
        fp_buf_printf(out, "  %16s", data->arm_keys[a]);
    fp_buf_put_char(out, '\n');
    for (int r = 0; r < FP_REPAIR_COUNT; r++) {
        tally all = count_repair(data, outcomes, r, -1);
        fp_buf_printf(out, "%-24s%9td%9td", fp_repair_key((fp_repair)r), all.rows, all.people);
        for (ptrdiff_t a = 0; a < arms; a++) {
            tally t = count_repair(data, outcomes, r, a);
            fp_buf_printf(out, "  %8td / %5td", t.rows, t.people);
        }
        fp_buf_put_char(out, '\n');
    }
    fp_buf_printf(out, "%-24s%9td\n", "all rows", data->spell_count);
    if (arms)
        fp_buf_put(out, "By arm: rows / people.\n");
}

/* ---- explain --------------------------------------------------------------------------------- */

static void put_day(fp_buf *out, fp_day day)
{
    char text[16];
    fp_day_format(day, text);
    fp_buf_put(out, text);
}

static const char *plural(long n)
{
    return n == 1 ? "" : "s";
}

static void put_place(fp_buf *out, const fp_source *source, ptrdiff_t row)
{
    fp_buf_printf(out, "%s, line %ld", source->file, fp_source_line(source, row));
}

static void put_rule(fp_buf *out, const fp_outcome_spec *spec, const fp_outcome_rule *rule)
{
    if (spec->kind == FP_OUTCOME_STATUS_AT) {
        fp_buf_printf(out, "Rule: at least %g hour%s of work in month %d after the start",
                      spec->min_hours_per_month, spec->min_hours_per_month == 1 ? "" : "s",
                      spec->month);
    } else {
        fp_buf_printf(out, "Rule: at least %d day%s on end with at least %g hours a week",
                      rule->min_days, plural(rule->min_days), rule->min_hours_per_week);
        fp_buf_put(out, rule->concurrent == FP_CONCURRENT_SUM
                            ? " (jobs held together are added up)"
                            : " (of jobs held together the largest counts)");
        if (rule->gap_days)
            fp_buf_printf(out, "; interruptions of at most %d day%s are bridged", rule->gap_days,
                          plural(rule->gap_days));
        if (rule->date == FP_DATE_QUALIFYING_DAY)
            fp_buf_put(out, "; the event is the day on which that is reached");
    }
    for (ptrdiff_t k = 0; k < rule->kind_count; k++)
        fp_buf_printf(out, "%s%s", k ? ", " : "; kinds that count: ", rule->kinds[k]);
    if (rule->cap_hours)
        fp_buf_printf(out, "; hours above %g count as %g", FP_HOURS_MOST, FP_HOURS_MOST);
    if (rule->unknown_hours_qualify)
        fp_buf_put(out, "; unknown hours count as enough");
    fp_buf_put(out, ".\n");
}

static void put_opening(fp_buf *out, const fp_study_data *data, const fp_outcomes *outcomes,
                        const fp_person *person)
{
    fp_buf_printf(out, "Person %s, outcome %s\n\nStart ", person->id, outcomes->spec->id);
    put_day(out, person->start);
    fp_buf_put(out, "; the register covers this person up to and including ");
    put_day(out, person->end);
    if (person->end_reason[0])
        fp_buf_printf(out, " (%s)", person->end_reason);
    fp_buf_put(out, " [");
    put_place(out, &data->sources[FP_SOURCE_PEOPLE], person->row);
    fp_buf_put(out, "].\n");
    put_rule(out, outcomes->spec, &outcomes->rule);
}

/* "2021-03-01 to 2021-05-31, 16 hours a week, regular" */
static void put_spell(fp_buf *out, const fp_study_data *data, const fp_spell *spell)
{
    put_day(out, spell->start);
    fp_buf_put(out, " to ");
    if (spell->end == FP_DAY_NONE)
        fp_buf_put(out, "now");
    else
        put_day(out, spell->end);
    if (isnan(spell->hours))
        fp_buf_put(out, ", hours unknown");
    else
        fp_buf_printf(out, ", %g hour%s a week", spell->hours, spell->hours == 1 ? "" : "s");
    if (spell->kind >= 0)
        fp_buf_printf(out, ", %s", data->kinds[spell->kind]);
}

static void put_verdict(fp_buf *out, const fp_outcomes *outcomes, const fp_person *person,
                        const fp_spell *spell, fp_repair repair)
{
    const fp_outcome_rule *rule = &outcomes->rule;
    if (repair != FP_REPAIR_NONE) {
        fp_buf_printf(out, "%s: %s (%s)",
                      repair == FP_REPAIR_OTHER_KIND ? "not counted" : "set aside",
                      fp_repair_words(repair), fp_repair_key(repair));
        return;
    }
    fp_buf_put(out, "counts");
    if (outcomes->spec->kind == FP_OUTCOME_TIME_TO_EVENT &&
        fp_hours_counted(rule, spell->hours) < rule->min_hours_per_week - FP_HOURS_SLACK)
        fp_buf_printf(out, ", but does not reach %g hours by itself", rule->min_hours_per_week);
    if (spell->end == FP_DAY_NONE || spell->end > person->end) {
        fp_buf_put(out, spell->end == FP_DAY_NONE ? ", running to " : ", cut at ");
        put_day(out, person->end);
        fp_buf_put(out, ", the last day that the register covers");
    }
}

static void put_rows(fp_buf *out, const fp_study_data *data, const fp_outcomes *outcomes,
                     ptrdiff_t index)
{
    ptrdiff_t from = data->first_spell[index], to = data->first_spell[index + 1];
    fp_buf_printf(out, "\nRows of this person: %td.\n", to - from);
    for (ptrdiff_t i = from; i < to; i++) {
        fp_buf_put(out, "  ");
        put_place(out, &data->sources[FP_SOURCE_EPISODES], data->spells[i].row);
        fp_buf_put(out, ": ");
        put_spell(out, data, &data->spells[i]);
        fp_buf_put(out, "\n    ");
        put_verdict(out, outcomes, &data->people[index], &data->spells[i],
                    (fp_repair)outcomes->repair[i]);
        fp_buf_put(out, ".\n");
    }
}

/* What a run that is long enough means for this person. */
static void put_meaning(fp_buf *out, const fp_outcome_rule *rule, const fp_person *person,
                        const fp_person_outcome *o, const fp_run_of_work *run)
{
    if (run->first < person->start && run->last >= person->start)
        fp_buf_put(out, "; it began before the start and goes on after it");
    else if (run->first < person->start)
        fp_buf_put(out, "; it lies before the start");
    else if (run->first == o->run_first)
        fp_buf_put(out, "; this is the event");
    else if (o->fate == FP_FATE_EVENT)
        fp_buf_put(out, "; the event came before it");
    else if (o->fate != FP_FATE_EXCLUDED)
        fp_buf_put(out, rule->date == FP_DATE_FIRST_DAY ? "; it begins too late to count"
                                                        : "; it is long enough too late to count");
}

static void put_runs(fp_buf *out, const fp_outcome_rule *rule, const fp_person *person,
                     const fp_person_outcome *o, const fp_run_of_work *runs, ptrdiff_t n)
{
    fp_buf_printf(out, "\nRuns of days with at least %g hours a week: %td.\n",
                  rule->min_hours_per_week, n);
    for (ptrdiff_t i = 0; i < n; i++) {
        long days = runs[i].last - runs[i].first + 1;
        fp_buf_put(out, "  ");
        put_day(out, runs[i].first);
        fp_buf_put(out, " to ");
        put_day(out, runs[i].last);
        fp_buf_printf(out, ", %ld day%s: ", days, plural(days));
        if (runs[i].qualifies) {
            fp_buf_printf(out, "long enough (%d or more)", rule->min_days);
            put_meaning(out, rule, person, o, &runs[i]);
        } else {
            fp_buf_printf(out, "too short, %ld fewer than %d", rule->min_days - days,
                          rule->min_days);
        }
        fp_buf_put(out, ".\n");
    }
}

/* " (56 days after the start)" */
static void put_days_after(fp_buf *out, const fp_person *person, fp_day day)
{
    int days = day - person->start;
    int length = days < 0 ? -days : days;
    fp_buf_printf(out, " (%d day%s %s the start)", length, plural(length),
                  days < 0 ? "before" : "after");
}

static void put_limit(fp_buf *out, const fp_outcomes *outcomes, const fp_person *person,
                      const fp_person_outcome *o)
{
    const fp_outcome_rule *rule = &outcomes->rule;
    fp_buf_put(out, "\nThe latest day on which an event can be seen is ");
    put_day(out, o->limit);
    put_days_after(out, person, o->limit);
    fp_buf_printf(out, ": the earlier of the start + %d days and the last day of the register",
                  outcomes->spec->follow_up);
    if (rule->date == FP_DATE_FIRST_DAY)
        fp_buf_printf(out, " - %d days, which it takes to see that a run is long enough",
                      rule->min_days - 1 + rule->gap_days);
    fp_buf_put(out, ".\n");
}

static void put_at_start(fp_buf *out, const fp_outcome_rule *rule)
{
    static const char *const words[] = {
        "is left out of the analysis (at_start: exclude)",
        "stays in the analysis; that run is passed over (at_start: ignore-run)",
        "counts as an event on day 0 (at_start: event-at-0)"};
    fp_buf_printf(out, "The person is at work at the start, and %s.\n", words[rule->at_start]);
}

static void put_fate(fp_buf *out, const fp_outcomes *outcomes, const fp_person *person,
                     const fp_person_outcome *o)
{
    fp_buf_put_char(out, '\n');
    if (o->at_work_at_start)
        put_at_start(out, &outcomes->rule);
    fp_buf_put(out, "Outcome: ");
    switch (o->fate) {
    case FP_FATE_EVENT:
        fp_buf_put(out, "event, sustained work on ");
        put_day(out, person->start + o->time);
        fp_buf_printf(out, ", day %d", o->time);
        break;
    case FP_FATE_COMPETING:
        fp_buf_printf(out, "competing event (%s) on ", o->reason);
        put_day(out, person->end);
        fp_buf_printf(out, ", day %d", o->time);
        break;
    case FP_FATE_CENSORED:
        fp_buf_printf(out, "no event seen, censored at day %d (%s)", o->time, o->reason);
        break;
    default:
        fp_buf_put(out, "none, the person is not in the risk set");
    }
    fp_buf_put(out, ".\n");
}

static void put_status(fp_buf *out, const fp_outcome_spec *spec, const fp_person *person,
                       const fp_person_outcome *o)
{
    int first, last;
    fp_status_month(spec->month, &first, &last);
    fp_buf_printf(out, "\nMonth %d runs from ", spec->month);
    put_day(out, person->start + first);
    fp_buf_put(out, " to ");
    put_day(out, person->start + last);
    fp_buf_put(out, ".\n");
    if (o->fate == FP_FATE_UNOBSERVED)
        fp_buf_printf(out, "Outcome: not observed, the register ends before its last day (%s).\n",
                      o->reason);
    else
        fp_buf_printf(out, "Hours in that month: %.2f.\nOutcome: %s.\n", o->hours,
                      o->fate == FP_FATE_EVENT ? "yes" : "no");
}

/* The rows with an answer of this person, in the order of the file. */
static void put_answers(fp_buf *out, const fp_study_data *data, const fp_outcomes *outcomes,
                        ptrdiff_t index)
{
    const fp_source *source = &data->sources[FP_SOURCE_ANSWERS];
    ptrdiff_t n = 0;
    fp_buf_printf(out, "Person %s, outcome %s: the answers to %s\n", data->people[index].id,
                  outcomes->spec->id, outcomes->spec->item);
    for (ptrdiff_t i = 0; i < data->answer_count; i++) {
        const fp_answer *answer = &data->answers[i];
        if (answer->person != index || strcmp(data->items[answer->item], outcomes->spec->item) != 0)
            continue;
        fp_buf_put(out, "  ");
        put_place(out, source, answer->row);
        fp_buf_printf(out, ": %g at month %d\n", answer->value,
                      data->protocol->wave_months[answer->wave]);
        n++;
    }
    if (n == 0)
        fp_buf_put(out, "  no answers\n");
}

fp_status fp_outcome_explain(const fp_study_data *data, const fp_outcomes *outcomes,
                             ptrdiff_t index, fp_arena *arena, fp_buf *out, fp_err *err)
{
    const fp_person *person = &data->people[index];
    const fp_person_outcome *o = &outcomes->people[index];
    if (outcomes->spec->kind == FP_OUTCOME_ANSWER) {
        put_answers(out, data, outcomes, index);
        return fp_buf_ok(out, err);
    }
    put_opening(out, data, outcomes, person);
    put_rows(out, data, outcomes, index);
    if (outcomes->spec->kind == FP_OUTCOME_STATUS_AT) {
        put_status(out, outcomes->spec, person, o);
        return fp_buf_ok(out, err);
    }
    fp_spell *counted;
    ptrdiff_t n = 0, run_count;
    const fp_run_of_work *runs;
    fp_person_outcome again;
    FP_ARRAY(counted, arena, data->first_spell[index + 1] - data->first_spell[index], err);
    for (ptrdiff_t i = data->first_spell[index]; i < data->first_spell[index + 1]; i++)
        if (outcomes->repair[i] == FP_REPAIR_NONE)
            counted[n++] = data->spells[i];
    FP_TRY(fp_outcome_of_person(outcomes->spec, &outcomes->rule, person, counted, n, arena, &again,
                                &runs, &run_count, err));
    put_limit(out, outcomes, person, o);
    put_runs(out, &outcomes->rule, person, o, runs, run_count);
    put_fate(out, outcomes, person, o);
    return fp_buf_ok(out, err);
}
