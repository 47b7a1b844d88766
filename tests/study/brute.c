#include "study/brute.h"

#include <math.h>
#include <string.h>

static bool same_row(const brute_row *a, const brute_row *b)
{
    for (int j = 0; j < 5; j++)
        if (strcmp(a->text[j], b->text[j]) != 0)
            return false;
    return true;
}

/* "Repairs, in this order, each with a name, each row counted under its first: unknown person;
 * exact duplicate (one kept); reversed dates; begins after the person's `end` (outside the
 * register); hours missing or not above 0; hours above 80 a week. [...] A row whose kind is not
 * among the rule's `kinds` (free text, compared as written) is not counted and reported apart." */
void brute_repairs(const fp_outcome_rule *rule, const brute_person *person, brute_row *rows, int n)
{
    for (int i = 0; i < n; i++) {
        bool duplicate = false, wanted = rule->kind_count == 0;
        for (int j = 0; j < i; j++)
            duplicate = duplicate || same_row(&rows[i], &rows[j]);
        for (ptrdiff_t k = 0; k < rule->kind_count; k++)
            wanted = wanted || strcmp(rule->kinds[k], rows[i].kind) == 0;
        if (duplicate)
            rows[i].repair = FP_REPAIR_DUPLICATE;
        else if (rows[i].end != FP_DAY_NONE && rows[i].end < rows[i].start)
            rows[i].repair = FP_REPAIR_REVERSED;
        else if (rows[i].start > person->end)
            rows[i].repair = FP_REPAIR_AFTER_END;
        else if (isnan(rows[i].hours) || !(rows[i].hours > 0))
            rows[i].repair = FP_REPAIR_NO_HOURS;
        else if (rows[i].hours > 80)
            rows[i].repair = FP_REPAIR_TOO_MANY_HOURS;
        else
            rows[i].repair = wanted ? FP_REPAIR_NONE : FP_REPAIR_OTHER_KIND;
    }
}

/* "A job counts on every day from start to end, both included; an empty end means it runs to the
 * person's `end`, the last day that the register covers; days after `end` are cut. Hours on a day:
 * the sum over jobs (`concurrent: sum`) or the largest (`largest`). A day meets the rule when they
 * reach `min_hours_per_week` (within 1e-9)." */
void brute_fill(const fp_outcome_rule *rule, const brute_person *person, const brute_row *rows,
                int n, brute_calendar *calendar)
{
    fp_day origin = person->start;
    for (int i = 0; i < n; i++)
        if (rows[i].start < origin)
            origin = rows[i].start;
    calendar->origin = origin;
    calendar->count = person->end - origin + 1;
    for (int d = 0; d < calendar->count; d++) {
        double hours = 0;
        for (int i = 0; i < n; i++) {
            fp_day day = origin + d;
            bool on = rows[i].repair == FP_REPAIR_NONE && day >= rows[i].start &&
                      (rows[i].end == FP_DAY_NONE || day <= rows[i].end);
            if (on && rule->concurrent == FP_CONCURRENT_SUM)
                hours += rows[i].hours;
            else if (on && rows[i].hours > hours)
                hours = rows[i].hours;
        }
        calendar->hours[d] = hours;
        calendar->meets[d] = hours >= rule->min_hours_per_week - 1e-9;
    }
}

/* "Runs are formed without regard to the start: meeting days bridged over interruptions of at most
 * `gap_days` days." Last meeting day of the run whose first day is `first`. */
static int run_end(const fp_outcome_rule *rule, const brute_calendar *c, int first)
{
    int last = first, idle = 0;
    for (int d = first + 1; d < c->count; d++) {
        idle = c->meets[d] ? 0 : idle + 1;
        if (idle > rule->gap_days)
            break;
        if (c->meets[d])
            last = d;
    }
    return last;
}

static int day_reached(const fp_outcome_rule *rule, const brute_calendar *c, int first)
{
    int d = first + rule->min_days - 1;
    while (!c->meets[d])
        d++;
    return d;
}

brute_outcome brute_judge(const fp_outcome_rule *rule, int follow_up, const char *competing,
                          const brute_person *person, const brute_calendar *c)
{
    bool reached = rule->date == FP_DATE_QUALIFYING_DAY;
    int start = person->start - c->origin, end = person->end - c->origin;
    /* "Limit for onsets = the earlier of start + `follow_up` and `end` - (`min_days` - 1) -
     * `gap_days`"; "`date: qualifying-day` [...] the limit the earlier of `end` and start +
     * `follow_up`". */
    int by_register = reached ? end : end - (rule->min_days - 1) - rule->gap_days;
    int by_follow_up = start + follow_up;
    int limit = by_register < by_follow_up ? by_register : by_follow_up;
    brute_outcome out = {.time = -1};
    int event = -1;
    for (int d = 0; d < c->count; d++) {
        if (!c->meets[d])
            continue;
        /* "A run's length is from its first to its last meeting day, both included; it qualifies
         * when that is at least `min_days`." */
        int first = d, last = run_end(rule, c, first);
        d = last;
        if (last - first + 1 < rule->min_days)
            continue;
        /* "A qualifying run that began before the start and has its last meeting day on or after
         * it: the person is at work at the start." */
        if (first < start && last >= start)
            out.at_work = true;
        /* "Event: the first qualifying run that begins in [start, limit]"; the variant: "the event
         * is the day on which the run reaches `min_days`". */
        int when = reached ? day_reached(rule, c, first) : first;
        if (event < 0 && first >= start && when <= limit)
            event = when;
    }
    if (out.at_work && rule->at_start == FP_AT_START_EXCLUDE) {
        out.fate = FP_FATE_EXCLUDED;
        out.reason = "at-work-at-start";
    } else if (out.at_work && rule->at_start == FP_AT_START_EVENT_AT_0) {
        out.fate = FP_FATE_EVENT;
        out.time = 0;
        out.reason = "at-work-at-start";
    } else if (event >= 0) {
        out.fate = FP_FATE_EVENT;
        out.time = event - start;
        out.reason = "sustained-work";
    } else if (strcmp(person->end_reason, competing) == 0 && end <= start + follow_up) {
        /* "Otherwise, where `end_reason` is one of `competing` and `end` is no later than start +
         * `follow_up`: a competing event at `end`." */
        out.fate = FP_FATE_COMPETING;
        out.time = end - start;
        out.reason = person->end_reason;
    } else {
        /* "Everyone else is censored at the limit, never below 0." */
        out.fate = FP_FATE_CENSORED;
        out.time = limit - start < 0 ? 0 : limit - start;
        out.reason = by_register >= by_follow_up     ? "end-of-follow-up"
                     : person->end_reason[0] != '\0' ? person->end_reason
                                                     : "end-of-register";
    }
    return out;
}
