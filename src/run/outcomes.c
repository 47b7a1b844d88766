/* `outcomes`: what became of everybody, and how that depends on the rule. */
#include "run/run_priv.h"

#include <string.h>

static const char *at_start_words(fp_at_start at_start)
{
    switch (at_start) {
    case FP_AT_START_EXCLUDE:
        return "whoever is at work at the start is left out";
    case FP_AT_START_IGNORE_RUN:
        return "a run that reaches the start is passed over";
    case FP_AT_START_EVENT_AT_0:
        return "whoever is at work at the start counts on day 0";
    }
    return "";
}

void fp_rule_words(const fp_outcome_spec *spec, fp_buf *out)
{
    const fp_outcome_rule *rule = &spec->rule;
    if (spec->kind == FP_OUTCOME_ANSWER) {
        fp_buf_printf(out, "the answers to %s, wave by wave", spec->item);
        return;
    }
    if (spec->kind == FP_OUTCOME_STATUS_AT) {
        fp_buf_printf(out, "at least %g hours of work in month %d", spec->min_hours_per_month,
                      spec->month);
        return;
    }
    fp_buf_printf(out,
                  "first run of at least %d days on end with at least %g hours a week (%s of the "
                  "jobs held), gaps of at most %d days bridged, within %d days; dated on %s; %s",
                  rule->min_days, rule->min_hours_per_week,
                  rule->concurrent == FP_CONCURRENT_SUM ? "the sum" : "the largest", rule->gap_days,
                  spec->follow_up,
                  rule->date == FP_DATE_FIRST_DAY ? "the first day of the run"
                                                  : "the day on which the run is long enough",
                  at_start_words(rule->at_start));
}

typedef struct {
    ptrdiff_t fate[FP_FATE_UNOBSERVED + 1], changed;
    double days;
} tally;

static tally count(const fp_outcomes *outcomes, const fp_outcomes *planned)
{
    tally t = {0};
    for (ptrdiff_t i = 0; i < outcomes->n; i++) {
        const fp_person_outcome *o = &outcomes->people[i], *p = &planned->people[i];
        t.fate[o->fate]++;
        t.days += o->fate == FP_FATE_EVENT ? o->time : 0;
        t.changed += o->fate != p->fate || (o->fate != FP_FATE_EXCLUDED && o->time != p->time);
    }
    return t;
}

static void put_tally(const char *name, tally t, fp_buf *out)
{
    ptrdiff_t events = t.fate[FP_FATE_EVENT];
    ptrdiff_t followed = events + t.fate[FP_FATE_CENSORED] + t.fate[FP_FATE_COMPETING];
    fp_buf_printf(out, "%-38s %8td %7td %9td %9td ", name, followed, events,
                  t.fate[FP_FATE_CENSORED], t.fate[FP_FATE_EXCLUDED]);
    if (events)
        fp_buf_printf(out, "%9.0f %8td\n", t.days / (double)events, t.changed);
    else
        fp_buf_printf(out, "%9s %8td\n", "-", t.changed);
}

static fp_status sensitivity(const fp_study *study, const fp_outcome_spec *spec, fp_buf *out,
                             fp_err *err)
{
    fp_outcome_rule variants[4] = {spec->rule, spec->rule, spec->rule, spec->rule};
    const char *names[4] = {"as planned", "dated on the qualifying day",
                            "hours above 80 counted as 80", "unknown hours count as enough"};
    fp_outcomes outcomes[4];
    if (spec->kind != FP_OUTCOME_TIME_TO_EVENT)
        return fp_fail(err, FP_USAGE,
                       "sensitivity is for outcomes of kind time-to-event; \"%s\" is not",
                       spec->id);
    variants[1].date =
        spec->rule.date == FP_DATE_FIRST_DAY ? FP_DATE_QUALIFYING_DAY : FP_DATE_FIRST_DAY;
    if (variants[1].date == FP_DATE_FIRST_DAY)
        names[1] = "dated on the first day of the run";
    variants[2].cap_hours = true;
    variants[3].unknown_hours_qualify = true;
    fp_buf_printf(out, "Outcome %s: ", spec->id);
    fp_rule_words(spec, out);
    fp_buf_printf(out, "\n\n%-38s %8s %7s %9s %9s %9s %8s\n", "", "followed", "events", "censored",
                  "excluded", "mean days", "changed");
    for (int v = 0; v < 4; v++) {
        FP_TRY(
            fp_outcomes_derive(&study->data, spec, &variants[v], study->arena, &outcomes[v], err));
        put_tally(names[v], count(&outcomes[v], &outcomes[0]), out);
    }
    fp_buf_put(out,
               "\nMean days: among those with the event. Changed: people whose outcome differs "
               "from the plan's.\n");
    return FP_OK;
}

static fp_status summary(const fp_study *study, fp_buf *out, fp_err *err)
{
    fp_buf_printf(out, "%-38s %8s %7s %9s %9s %9s\n", "outcome", "followed", "events", "censored",
                  "excluded", "mean days");
    for (ptrdiff_t o = 0; o < study->protocol.outcome_count; o++) {
        const fp_outcome_spec *spec = &study->protocol.outcomes[o];
        fp_outcomes outcomes;
        FP_TRY(fp_outcomes_derive(&study->data, spec, NULL, study->arena, &outcomes, err));
        tally t = count(&outcomes, &outcomes);
        if (spec->kind == FP_OUTCOME_ANSWER) {
            fp_buf_printf(out, "%-38s %8td  answered at least once\n", spec->id,
                          t.fate[FP_FATE_CENSORED]);
            continue;
        }
        ptrdiff_t events = t.fate[FP_FATE_EVENT];
        fp_buf_printf(out, "%-38s %8td %7td %9td %9td ", spec->id,
                      outcomes.n - t.fate[FP_FATE_EXCLUDED] - t.fate[FP_FATE_UNOBSERVED], events,
                      t.fate[FP_FATE_CENSORED], t.fate[FP_FATE_EXCLUDED]);
        if (events && spec->kind == FP_OUTCOME_TIME_TO_EVENT)
            fp_buf_printf(out, "%9.0f\n", t.days / (double)events);
        else
            fp_buf_printf(out, "%9s\n", "-");
    }
    fp_buf_put(out, "\n--csv gives a row a person, --explain PERSON says why, --counts shows the "
                    "repairs.\n");
    return FP_OK;
}

static fp_status all_csv(const fp_study *study, const char *only, fp_buf *out, fp_err *err)
{
    fp_outcomes_csv_header(out);
    for (ptrdiff_t o = 0; o < study->protocol.outcome_count; o++) {
        fp_outcomes outcomes;
        if (only && strcmp(only, study->protocol.outcomes[o].id) != 0)
            continue;
        FP_TRY(fp_outcomes_derive(&study->data, &study->protocol.outcomes[o], NULL, study->arena,
                                  &outcomes, err));
        fp_outcomes_csv(&study->data, &outcomes, out);
    }
    return FP_OK;
}

static fp_status find_person(const fp_study *study, const char *id, ptrdiff_t *person, fp_err *err)
{
    for (ptrdiff_t i = 0; i < study->data.person_count; i++)
        if (strcmp(study->data.people[i].id, id) == 0) {
            *person = i;
            return FP_OK;
        }
    (void)fp_fail(err, FP_USAGE, "there is no person \"%s\" in %s", id,
                  study->data.sources[FP_SOURCE_PEOPLE].file);
    return fp_hint(err, FP_USAGE, "the first one there is \"%s\"", study->data.people[0].id);
}

static fp_status one_outcome(const fp_study *study, fp_outcomes_view view,
                             const fp_outcome_spec *spec, const char *person, fp_buf *out,
                             fp_err *err)
{
    fp_outcomes outcomes;
    ptrdiff_t i = 0;
    if (view == FP_OUTCOMES_SENSITIVITY)
        return sensitivity(study, spec, out, err);
    FP_TRY(fp_outcomes_derive(&study->data, spec, NULL, study->arena, &outcomes, err));
    if (view == FP_OUTCOMES_COUNTS) {
        fp_outcomes_counts(&study->data, &outcomes, false, out);
        return FP_OK;
    }
    FP_TRY(find_person(study, person, &i, err));
    return fp_outcome_explain(&study->data, &outcomes, i, study->arena, out, err);
}

fp_status fp_run_outcomes(const fp_study *study, fp_outcomes_view view, const char *outcome,
                          const char *person, fp_buf *out, fp_err *err)
{
    const fp_protocol *plan = &study->protocol;
    if (plan->outcome_count == 0) {
        (void)fp_fail_at(err, FP_INPUT, plan->path, 0, 0, "the study has no outcomes");
        return fp_hint(err, FP_INPUT, "add a list `outcomes` to study.yaml");
    }
    const fp_outcome_spec *spec = outcome ? fp_protocol_outcome(plan, outcome) : plan->outcomes;
    if (!spec) {
        (void)fp_fail(err, FP_USAGE, "there is no outcome \"%s\"", outcome);
        return fp_hint(err, FP_USAGE, "the first one in study.yaml is \"%s\"",
                       plan->outcomes[0].id);
    }
    if (view == FP_OUTCOMES_SUMMARY)
        FP_TRY(summary(study, out, err));
    else if (view == FP_OUTCOMES_CSV)
        FP_TRY(all_csv(study, outcome, out, err));
    else
        FP_TRY(one_outcome(study, view, spec, person, out, err));
    return fp_buf_ok(out, err);
}
