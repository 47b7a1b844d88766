/* What happens to coaches and people after the draw. */
#include <string.h>
#include <time.h>

#include "run/randomise_priv.h"
#include "study/changes.h"

static fp_day today(void)
{
    struct tm now;
    time_t clock = time(NULL);
    fp_day day = FP_DAY_NONE;
    if (!gmtime_r(&clock, &now) ||
        !fp_day_of(now.tm_year + 1900, now.tm_mon + 1, now.tm_mday, &day))
        return FP_DAY_NONE;
    return day;
}

static fp_status need_clusters(const fp_randomising *w, fp_err *err)
{
    FP_TRY(fp_randomise_need_commitment(w, err));
    if (w->clusters)
        return FP_OK;
    (void)fp_fail_at(err, FP_INPUT, w->folder, 0, 0, "people are drawn one by one in this study");
    return fp_hint(err, FP_INPUT,
                   "who comes later is revealed as the others; whoever changes coach "
                   "keeps the arm");
}

static ptrdiff_t row_of(const fp_source *source, const fp_protocol *plan, const char *id)
{
    const char *const *ids = source->cells[fp_source_role(source, plan, "id")];
    for (ptrdiff_t i = 0; i < source->rows; i++)
        if (strcmp(ids[i], id) == 0)
            return i;
    return -1;
}

/* ---- a late coach --------------------------------------------------------------------------- */

static fp_status may_add(const fp_randomising *w, fp_err *err)
{
    const char *coach = w->options->unit;
    const fp_reveal *told = fp_allocation_find(&w->log, coach);
    const char *place = fp_change_place(w->log.changes, w->log.change_count, coach);
    if (fp_allocation_drew(&w->log, coach)) {
        (void)fp_fail_at(err, FP_INPUT, w->folder, 0, 0, "%.80s was drawn with the others", coach);
        return fp_hint(err, FP_INPUT, "tell the arm with --reveal %.80s", coach);
    }
    if (told) {
        (void)fp_fail_at(err, FP_INPUT, w->folder, 0, 0, "%.80s was drawn on %s: %s", coach,
                         told->at_utc, told->arm);
        return fp_hint(err, FP_INPUT, "a unit is allocated once");
    }
    if (place != coach)
        return fp_fail_at(err, FP_INPUT, w->folder, 0, 0,
                          "%.80s took the place of %.80s and has that arm", coach, place);
    return FP_OK;
}

static fp_status draw_late(const fp_randomising *w, const char *stratum, int64_t place,
                           const char **arm, fp_err *err)
{
    const char *const *keys;
    ptrdiff_t arms;
    int32_t drawn;
    FP_TRY(fp_arm_keys(&w->protocol, w->arena, &arms, &keys, err));
    FP_TRY(fp_draw_late(&w->protocol, fp_allocation_seed, w->secret, stratum, place, &drawn, err));
    *arm = keys[drawn];
    return FP_OK;
}

/* Late coaches of a stratum among the first `count` reveals. */
static int64_t late_before(const fp_allocation_log *log, ptrdiff_t count, const char *stratum)
{
    int64_t n = 0;
    for (ptrdiff_t i = 0; i < count; i++)
        n += log->reveals[i].late && strcmp(log->reveals[i].stratum, stratum) == 0;
    return n;
}

static fp_status append_late(fp_randomising *w, fp_reveal *reveal, fp_err *err)
{
    char actor[256];
    /* who is added at the same moment must not get the same place */
    FP_TRY(fp_allocation_read(w->ledger, w->arena, &w->log, err));
    FP_TRY(may_add(w, err));
    reveal->place = late_before(&w->log, w->log.reveal_count, reveal->stratum);
    FP_TRY(draw_late(w, reveal->stratum, reveal->place, &reveal->arm, err));
    fp_study_actor(actor, sizeof actor);
    return fp_allocation_reveal(w->ledger, actor, w->options->why, w->log.commit, reveal, err);
}

fp_status fp_randomise_add(fp_randomising *w, fp_err *err)
{
    fp_reveal reveal = {.unit = w->options->unit, .late = true};
    FP_TRY(need_clusters(w, err));
    FP_TRY(fp_randomise_same_plan(w, err));
    FP_TRY(may_add(w, err));
    ptrdiff_t row = row_of(&w->source, &w->protocol, reveal.unit);
    if (row < 0) {
        (void)fp_fail_at(err, FP_INPUT, w->source.file, 0, 0, "there is no coach \"%.80s\"",
                         reveal.unit);
        return fp_hint(err, FP_INPUT,
                       "add the row of the coach first, with the strata of the draw");
    }
    FP_TRY(fp_draw_stratum(&w->protocol, &w->source, row, w->arena, &reveal.stratum, err));
    FP_TRY(fp_randomise_need_secret(w, err));
    FP_TRY(fp_ledger_begin(w->ledger, err));
    FP_TRY(fp_ledger_finish(w->ledger, append_late(w, &reveal, err), err));
    fp_buf_printf(w->out, "%s: %s\n", reveal.unit, reveal.arm);
    return fp_buf_ok(w->out, err);
}

fp_status fp_randomise_verify_late(const fp_randomising *w, fp_err *err)
{
    const fp_allocation_log *log = &w->log;
    for (ptrdiff_t i = 0; i < log->reveal_count; i++) {
        const fp_reveal *told = &log->reveals[i];
        const char *arm;
        if (!told->late && !fp_allocation_drew(log, told->unit))
            return fp_fail(err, FP_CHECK, "%.80s was told an arm (event %lld) but not drawn",
                           told->unit, (long long)told->seq);
        if (!told->late)
            continue;
        int64_t place = late_before(log, i, told->stratum);
        if (place != told->place)
            return fp_fail(err, FP_CHECK, "%.80s has place %lld of stratum %.80s, not %lld",
                           told->unit, (long long)told->place, told->stratum, (long long)place);
        FP_TRY(draw_late(w, told->stratum, place, &arm, err));
        if (strcmp(told->arm, arm) != 0)
            return fp_fail(err, FP_CHECK, "%.80s was told %s (event %lld); the secret gives %s",
                           told->unit, told->arm, (long long)told->seq, arm);
    }
    return FP_OK;
}

/* ---- leaving, replacing, moving ------------------------------------------------------------- */

typedef struct {
    const char *person;
    fp_arena *arena;
    const char *coach;
} looking;

static fp_status first_of(void *context, int64_t import, fp_str id, fp_str value, fp_err *err)
{
    looking *l = context;
    (void)import;
    if (l->coach || value.n == 0 || !fp_str_is(id, l->person))
        return FP_OK;
    l->coach = fp_str_dup(l->arena, value, err);
    return l->coach ? FP_OK : FP_NOMEM;
}

static fp_status take_registered(fp_randomising *w, fp_change *change, fp_err *err)
{
    looking first = {.person = change->unit, .arena = w->arena};
    FP_TRY(fp_store_seen(w->ledger, FP_SOURCE_PEOPLE, w->protocol.cluster, w->log.commit, first_of,
                         &first, err));
    change->from = first.coach;
    return FP_OK;
}

/* The coach of a person by the draw: of the events so far, of the first import, of the file. */
static fp_status take_from(fp_randomising *w, fp_change *change, fp_err *err)
{
    const fp_protocol *plan = &w->protocol;
    fp_source people;
    FP_TRY(fp_source_read(w->folder, plan, FP_SOURCE_PEOPLE, w->arena, &people, err));
    ptrdiff_t row = row_of(&people, plan, change->unit);
    ptrdiff_t column = fp_source_column(&people, plan, plan->cluster);
    if (row < 0 || column < 0)
        return fp_fail_at(err, FP_INPUT, people.file, 0, 0, "there is no person \"%.80s\"",
                          change->unit);
    for (ptrdiff_t k = 0; k < w->log.change_count && !change->from; k++)
        if (w->log.changes[k].kind >= FP_CHANGE_MOVE &&
            strcmp(w->log.changes[k].unit, change->unit) == 0)
            change->from = w->log.changes[k].from;
    if (!change->from)
        FP_TRY(take_registered(w, change, err));
    if (change->from)
        return FP_OK;
    change->from = people.cells[column][row];
    if (strcmp(change->from, change->to) != 0)
        return FP_OK;
    (void)fp_fail_at(err, FP_INPUT, people.file, fp_source_line(&people, row), 0,
                     "%.80s stands with coach %.80s already, and was never imported with another",
                     change->unit, change->to);
    return fp_hint(err, FP_INPUT,
                   "put the coach of the draw back, log the move, and change the "
                   "file after that");
}

static fp_status read_change(fp_randomising *w, fp_change *change, fp_err *err)
{
    const fp_randomise_options *o = w->options;
    bool replaces = change->kind == FP_CHANGE_REPLACE, corrects = change->kind == FP_CHANGE_CORRECT;
    if (change->kind != FP_CHANGE_LEAVE && !o->to)
        return fp_fail(err, FP_USAGE, "%s COACH is missing", replaces ? "--by" : "--to");
    if (corrects && !o->why[0])
        return fp_fail(err, FP_USAGE, "--why TEXT is missing: a correction needs a reason");
    if (!corrects && !o->date)
        return fp_fail(err, FP_USAGE, "--date DAY is missing: the day on which it happened");
    if (!corrects && !fp_day_parse(fp_str_of(o->date), &change->date))
        return fp_fail(err, FP_USAGE, "\"%.40s\" is not a day such as 2027-02-28", o->date);
    change->unit = o->unit;
    change->to = o->to ? o->to : "";
    if (change->kind >= FP_CHANGE_MOVE)
        return take_from(w, change, err);
    change->from = "";
    return FP_OK;
}

static fp_status append_change(fp_randomising *w, const fp_change *change, fp_err *err)
{
    char actor[256];
    FP_TRY(fp_allocation_read(w->ledger, w->arena, &w->log, err));
    FP_TRY(fp_allocation_admits(&w->log, w->log.change_count, change, today(), err));
    fp_study_actor(actor, sizeof actor);
    return fp_allocation_change(w->ledger, actor, w->options->why, w->log.commit, change, err);
}

static void say_change(const fp_randomising *w, const fp_change *c)
{
    switch (c->kind) {
    case FP_CHANGE_LEAVE:
        fp_buf_printf(w->out, "coach %s left", c->unit);
        break;
    case FP_CHANGE_REPLACE:
        fp_buf_printf(w->out, "coach %s took the place of %s: one cluster, in the same arm", c->to,
                      c->unit);
        break;
    case FP_CHANGE_MOVE:
        fp_buf_printf(w->out, "person %s went on with coach %s, and is analysed with coach %s",
                      c->unit, c->to, c->from);
        break;
    default:
        fp_buf_printf(w->out, "person %s belongs to coach %s: corrected from %s", c->unit, c->to,
                      c->from);
    }
}

fp_status fp_randomise_change(fp_randomising *w, fp_err *err)
{
    static const fp_change_kind kinds[] = {[FP_RANDOMISE_LEAVE] = FP_CHANGE_LEAVE,
                                           [FP_RANDOMISE_REPLACE] = FP_CHANGE_REPLACE,
                                           [FP_RANDOMISE_MOVE] = FP_CHANGE_MOVE,
                                           [FP_RANDOMISE_CORRECT] = FP_CHANGE_CORRECT};
    fp_change change = {.kind = kinds[w->options->action], .date = FP_DAY_NONE};
    FP_TRY(need_clusters(w, err));
    FP_TRY(read_change(w, &change, err));
    FP_TRY(fp_ledger_begin(w->ledger, err));
    FP_TRY(fp_ledger_finish(w->ledger, append_change(w, &change, err), err));
    say_change(w, &change);
    fp_buf_put_char(w->out, '\n');
    return fp_buf_ok(w->out, err);
}

void fp_randomise_say_changes(const fp_randomising *w)
{
    for (ptrdiff_t k = 0; k < w->log.change_count; k++) {
        const fp_change *c = &w->log.changes[k];
        char day[16] = "";
        if (c->date != FP_DAY_NONE)
            fp_day_format(c->date, day);
        fp_buf_printf(w->out, "  %-10s ", day);
        say_change(w, c);
        fp_buf_printf(w->out, " (event %lld, %s by %s)\n", (long long)c->seq, c->at_utc, c->actor);
    }
}
