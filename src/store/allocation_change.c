/* Changes after a draw: their events, and which of them can be. */
#include <string.h>

#include "ledger/canonical.h"
#include "store/allocation_priv.h"
#include "store/body_priv.h"
#include "study/changes.h"

static const char *const words[FP_CHANGE_COUNT] = {"leave", "replace", "move", "correct"};
static const char prefix[] = "allocation-";

const char *fp_change_word(fp_change_kind kind)
{
    return words[kind];
}

fp_change_kind fp_change_of(const char *event_kind)
{
    int kind = 0;
    if (strncmp(event_kind, prefix, sizeof prefix - 1) != 0)
        return FP_CHANGE_COUNT;
    while (kind < FP_CHANGE_COUNT && strcmp(event_kind + sizeof prefix - 1, words[kind]) != 0)
        kind++;
    return (fp_change_kind)kind;
}

fp_status fp_allocation_change(fp_ledger *ledger, const char *actor, const char *why,
                               int64_t commit, const fp_change *change, fp_err *err)
{
    FP_BUF_SCOPED(body, FP_MIB);
    char day[16] = "", kind[32];
    if (change->date != FP_DAY_NONE)
        fp_day_format(change->date, day);
    fp_body_put_integer(&body, "commit", commit);
    fp_body_put_text(&body, "date", day);
    fp_body_put_text(&body, "from", change->from);
    fp_body_put_text(&body, "to", change->to);
    fp_body_put_text(&body, "unit", change->unit);
    (void)snprintf(kind, sizeof kind, "%s%s", prefix, words[change->kind]);
    return fp_body_append(ledger, actor, kind, why, &body, NULL, err);
}

bool fp_allocation_take_change(fp_str body, int64_t commit, fp_arena *arena, fp_change *change)
{
    int64_t of;
    const char *day;
    bool fits = fp_body_take_integer(&body, "{\"commit\":", &of) && of == commit &&
                fp_body_take_text(&body, ",\"date\":", arena, &day) &&
                fp_body_take_text(&body, ",\"from\":", arena, &change->from) &&
                fp_body_take_text(&body, ",\"to\":", arena, &change->to) &&
                fp_body_take_text(&body, ",\"unit\":", arena, &change->unit) &&
                fp_canonical_take(&body, "}") && body.n == 0;
    if (!fits)
        return false;
    change->date = FP_DAY_NONE;
    return !day[0] || fp_day_parse(fp_str_of(day), &change->date);
}

fp_day fp_event_day(const char *at_utc)
{
    fp_day day = FP_DAY_NONE;
    if (strlen(at_utc) < 10 || !fp_day_parse((fp_str){at_utc, 10}, &day))
        return FP_DAY_NONE;
    return day;
}

/* ---- which can be --------------------------------------------------------------------------- */

bool fp_allocation_drew(const fp_allocation_log *log, const char *coach)
{
    FP_BUF_SCOPED(wanted, FP_MIB);
    if (!log->commit)
        return false;
    /* a quote inside a text is escaped, so that this can stand nowhere else in the statement */
    fp_buf_put(&wanted, "\"id\":");
    fp_canonical_string(&wanted, fp_str_of(coach));
    fp_buf_put(&wanted, ",\"stratum\":");
    return fp_buf_ok(&wanted, NULL) == FP_OK && strstr(log->statement, wanted.p) != NULL;
}

typedef struct {
    const fp_allocation_log *log;
    ptrdiff_t before;
    const fp_change *change;
    fp_err *err;
} checking;

/* A coach of the draw, a late one, or one who took a place. */
static bool is_coach(const checking *c, const char *coach)
{
    const char *place = fp_change_place(c->log->changes, c->before, coach);
    if (fp_allocation_drew(c->log, place))
        return true;
    const fp_reveal *told = fp_allocation_find(c->log, place);
    return told && told->late;
}

static bool happened(const checking *c, fp_change_kind kind, const char *coach)
{
    for (ptrdiff_t k = 0; k < c->before; k++)
        if (c->log->changes[k].kind == kind && strcmp(c->log->changes[k].unit, coach) == 0)
            return true;
    return false;
}

static fp_status need_coach(const checking *c, const char *coach)
{
    if (is_coach(c, coach))
        return FP_OK;
    (void)fp_fail(c->err, FP_INPUT, "coach \"%.80s\" is not in the draw", coach);
    return fp_hint(c->err, FP_INPUT,
                   "draw a late coach with --add, or put one in another's place "
                   "with --replace OLD --by NEW");
}

static fp_status may_leave(const checking *c)
{
    const char *coach = c->change->unit;
    FP_TRY(need_coach(c, coach));
    if (happened(c, FP_CHANGE_REPLACE, coach))
        return fp_fail(c->err, FP_INPUT, "coach %.80s was replaced already", coach);
    if (c->change->kind == FP_CHANGE_LEAVE && happened(c, FP_CHANGE_LEAVE, coach))
        return fp_fail(c->err, FP_INPUT, "coach %.80s has left already", coach);
    return FP_OK;
}

static fp_status may_replace(const checking *c)
{
    FP_TRY(may_leave(c));
    if (strcmp(c->change->unit, c->change->to) == 0)
        return fp_fail(c->err, FP_INPUT, "coach %.80s cannot replace himself or herself",
                       c->change->to);
    if (!is_coach(c, c->change->to))
        return FP_OK;
    (void)fp_fail(c->err, FP_INPUT, "coach %.80s has a place in the draw already", c->change->to);
    return fp_hint(c->err, FP_INPUT,
                   "people who go on with another coach of the study have moved: --move PERSON "
                   "--to COACH");
}

static fp_status may_move(const checking *c)
{
    const fp_change *m = c->change;
    ptrdiff_t n = c->before;
    FP_TRY(need_coach(c, m->from));
    FP_TRY(need_coach(c, m->to));
    const char *now = m->from;
    for (ptrdiff_t k = 0; k < n; k++)
        if (c->log->changes[k].kind >= FP_CHANGE_MOVE &&
            strcmp(c->log->changes[k].unit, m->unit) == 0)
            now = c->log->changes[k].to;
    if (strcmp(fp_change_place(c->log->changes, n, now),
               fp_change_place(c->log->changes, n, m->to)) == 0)
        return fp_fail(c->err, FP_INPUT, "person %.80s is with coach %.80s already", m->unit,
                       m->to);
    return FP_OK;
}

fp_status fp_allocation_admits(const fp_allocation_log *log, ptrdiff_t before,
                               const fp_change *change, fp_day today, fp_err *err)
{
    const checking c = {log, before, change, err};
    fp_day draw = fp_event_day(log->at_utc);
    char day[16];
    if (change->date != FP_DAY_NONE && today != FP_DAY_NONE && change->date > today + 1) {
        fp_day_format(change->date, day);
        return fp_fail(err, FP_INPUT, "%s lies in the future", day);
    }
    if (change->date != FP_DAY_NONE && draw != FP_DAY_NONE && change->date < draw - 1) {
        fp_day_format(change->date, day);
        (void)fp_fail(err, FP_INPUT, "%s lies before the draw of %.10s", day, log->at_utc);
        return fp_hint(err, FP_INPUT,
                       "who left or moved before the draw is registered so in the "
                       "sources");
    }
    return change->kind == FP_CHANGE_LEAVE     ? may_leave(&c)
           : change->kind == FP_CHANGE_REPLACE ? may_replace(&c)
                                               : may_move(&c);
}

fp_status fp_allocation_check_changes(const fp_allocation_log *log, fp_err *err)
{
    for (ptrdiff_t k = 0; k < log->change_count; k++) {
        fp_err why = {0};
        fp_status status = fp_allocation_admits(log, k, &log->changes[k], FP_DAY_NONE, &why);
        if (status != FP_OK)
            return fp_fail(err, FP_CHECK, "event %lld (%s%s) cannot be: %s",
                           (long long)log->changes[k].seq, prefix, words[log->changes[k].kind],
                           why.message);
    }
    return FP_OK;
}
