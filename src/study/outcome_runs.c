#include <stdlib.h>
#include <string.h>

#include "study/outcome_priv.h"

fp_status fp_run_work_init(fp_run_work *work, ptrdiff_t capacity, fp_arena *arena, fp_err *err)
{
    fp_run_work w = {.capacity = capacity, .leaves = 1};
    while (w.leaves < capacity)
        w.leaves *= 2;
    FP_ARRAY(w.order, arena, capacity, err);
    FP_ARRAY(w.last, arena, capacity, err);
    FP_ARRAY(w.tree, arena, 2 * w.leaves, err);
    FP_ARRAY(w.runs, arena, 2 * capacity, err);
    *work = w;
    return FP_OK;
}

enum { FEW = 24 }; /* spells that are sorted by insertion */

static int by_last_day(const void *a, const void *b, void *context)
{
    const fp_day *last = context;
    ptrdiff_t i = *(const ptrdiff_t *)a, j = *(const ptrdiff_t *)b;
    if (last[i] != last[j])
        return last[i] < last[j] ? -1 : 1;
    return (i > j) - (i < j);
}

/* Last days, cut at the end of the register, and the spells in their order. */
static void sort_ends(const fp_spell *spells, ptrdiff_t n, fp_day register_end, fp_run_work *work)
{
    for (ptrdiff_t i = 0; i < n; i++) {
        fp_day end = spells[i].end;
        work->last[i] = end == FP_DAY_NONE || end > register_end ? register_end : end;
        work->order[i] = i;
    }
    if (n > FEW) {
        qsort_r(work->order, (size_t)n, sizeof *work->order, by_last_day, work->last);
        return;
    }
    for (ptrdiff_t i = 1; i < n; i++) {
        ptrdiff_t held = work->order[i], j = i;
        for (; j > 0 && work->last[work->order[j - 1]] > work->last[held]; j--)
            work->order[j] = work->order[j - 1];
        work->order[j] = held;
    }
}

/* Set a leaf and form the nodes above it anew. */
static void set_leaf(double *tree, ptrdiff_t leaves, ptrdiff_t i, double hours, bool largest)
{
    ptrdiff_t node = leaves + i;
    tree[node] = hours;
    for (node /= 2; node >= 1; node /= 2) {
        double left = tree[2 * node], right = tree[2 * node + 1];
        tree[node] = largest ? (left > right ? left : right) : left + right;
    }
}

/* Append the meeting days from..to: to the last run, over an interruption of at most gap_days, or
 * as a new one. */
static void append(const fp_outcome_rule *rule, fp_day from, fp_day to, fp_run *runs,
                   ptrdiff_t *count)
{
    fp_run *run = *count ? &runs[*count - 1] : NULL;
    if (!run || from - run->last - 1 > rule->gap_days) {
        run = &runs[(*count)++];
        *run = (fp_run){from, to, FP_DAY_NONE};
    }
    run->last = to;
    fp_day full = run->first + rule->min_days - 1;
    if (run->reached == FP_DAY_NONE && to >= full)
        run->reached = full > from ? full : from;
}

ptrdiff_t fp_runs_find(const fp_outcome_rule *rule, const fp_spell *spells, ptrdiff_t n,
                       fp_day register_end, fp_run_work *work)
{
    ptrdiff_t leaves = 1, begun = 0, ended = 0, count = 0;
    bool largest = rule->concurrent == FP_CONCURRENT_LARGEST;
    while (leaves < n)
        leaves *= 2;
    memset(work->tree, 0, 2 * (size_t)leaves * sizeof *work->tree);
    sort_ends(spells, n, register_end, work);
    /* Between two days on which something begins or has ended, the hours do not change. */
    while (ended < n) {
        fp_day day = work->last[work->order[ended]] + 1;
        if (begun < n && spells[begun].start < day)
            day = spells[begun].start;
        for (; ended < n && work->last[work->order[ended]] < day; ended++)
            set_leaf(work->tree, leaves, work->order[ended], 0, largest);
        for (; begun < n && spells[begun].start == day; begun++)
            if (work->last[begun] >= day)
                set_leaf(work->tree, leaves, begun, fp_hours_counted(rule, spells[begun].hours),
                         largest);
        if (ended == n)
            break;
        fp_day until = work->last[work->order[ended]];
        if (begun < n && spells[begun].start <= until)
            until = spells[begun].start - 1;
        if (work->tree[1] >= rule->min_hours_per_week - FP_HOURS_SLACK)
            append(rule, day, until, work->runs, &count);
    }
    return count;
}
