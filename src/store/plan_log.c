#include "store/plan_log.h"

#include <string.h>

#include "ledger/canonical.h"
#include "store/body_priv.h"
#include "store/store_priv.h"

static const char kind_lock[] = "plan-lock";

/* ---- writing ------------------------------------------------------------------------------- */

static void put_value(fp_buf *out, const fp_plan_field *field)
{
    if (field->count == 1) {
        fp_canonical_string(out, fp_str_of(field->text[0]));
        return;
    }
    fp_buf_put_char(out, '[');
    for (ptrdiff_t i = 0; i < field->count; i++) {
        if (i)
            fp_buf_put_char(out, ',');
        fp_canonical_string(out, fp_str_of(field->text[i]));
    }
    fp_buf_put_char(out, ']');
}

fp_status fp_plan_log_text(const fp_plan_copy *copy, fp_arena *arena, const char **text,
                           fp_sha256 *sum, fp_err *err)
{
    FP_BUF_SCOPED(out, 16 * FP_MIB);
    FP_BUF_SCOPED(value, 4 * FP_MIB);
    fp_canonical_member *members;
    FP_ARRAY(members, arena, copy->count, err);
    for (ptrdiff_t i = 0; i < copy->count; i++) {
        value.n = 0;
        put_value(&value, &copy->fields[i]);
        FP_TRY(fp_buf_ok(&value, err));
        members[i] =
            (fp_canonical_member){copy->fields[i].path, fp_str_dup(arena, fp_buf_str(&value), err)};
        if (!members[i].json)
            return FP_NOMEM;
    }
    FP_TRY(fp_canonical_object(&out, members, copy->count, err));
    *text = fp_str_dup(arena, fp_buf_str(&out), err);
    if (!*text)
        return FP_NOMEM;
    *sum = fp_sha256_of(fp_buf_str(&out));
    return FP_OK;
}

fp_status fp_plan_log_append(fp_ledger *ledger, const char *actor, const char *why,
                             const fp_plan_copy *copy, const fp_plan_state *state,
                             const char *study_yaml_sha256, fp_arena *arena, int64_t *seq,
                             fp_err *err)
{
    FP_BUF_SCOPED(body, 32 * FP_MIB);
    const char *text;
    fp_sha256 sum;
    FP_TRY(fp_plan_log_text(copy, arena, &text, &sum, err));
    /* the keys in their sorted order, as canonical JSON has them */
    fp_buf_put(&body, "{\"amends\":");
    fp_canonical_integer(&body, state->lock_count ? state->locks[state->lock_count - 1].seq : 0);
    fp_buf_put(&body, ",\"outcomes_import\":");
    fp_canonical_integer(&body, state->outcomes_import);
    fp_buf_printf(&body, ",\"plan\":%s,\"plan_sha256\":\"%s\",\"study_yaml_sha256\":\"%s\"}", text,
                  sum.hex, study_yaml_sha256);
    FP_TRY(fp_buf_ok(&body, err));
    return fp_ledger_append(ledger, actor, kind_lock, why, body.p, seq, err);
}

/* ---- reading ------------------------------------------------------------------------------- */

typedef struct {
    fp_arena *arena;
    fp_plan_state *state;
    fp_plan_lock *locks;
    ptrdiff_t capacity;
    fp_ledger *ledger;
} reader;

static const char *take_text(fp_str *rest, fp_arena *arena)
{
    FP_BUF_SCOPED(text, 4 * FP_MIB);
    if (!fp_canonical_take_string(rest, &text) || fp_buf_ok(&text, NULL) != FP_OK)
        return NULL;
    return fp_str_dup(arena, fp_buf_str(&text), NULL);
}

/* A text, or a list of them. */
static bool take_value(fp_str *rest, fp_arena *arena, fp_plan_field *field)
{
    const char **list = NULL;
    ptrdiff_t capacity = 0;
    bool many = fp_canonical_take(rest, "[");
    do {
        if (field->count == capacity) {
            const char **larger = fp_arena_array(arena, 2 * capacity + 1, sizeof *larger, NULL);
            if (!larger)
                return false;
            if (capacity)
                memcpy(larger, list, (size_t)capacity * sizeof *larger);
            list = larger;
            capacity = 2 * capacity + 1;
        }
        if (!(list[field->count++] = take_text(rest, arena)))
            return false;
    } while (many && fp_canonical_take(rest, ","));
    field->text = list;
    return !many || fp_canonical_take(rest, "]");
}

static bool take_plan(fp_str *rest, fp_arena *arena, fp_plan_copy *copy)
{
    fp_plan_field *fields = NULL;
    ptrdiff_t capacity = 0;
    if (!fp_canonical_take(rest, "{"))
        return false;
    do {
        fields = fp_arena_grow(arena, fields, copy->count, &capacity, sizeof *fields, NULL);
        if (!fields)
            return false;
        fp_plan_field *field = &fields[copy->count];
        *field = (fp_plan_field){.path = take_text(rest, arena)};
        if (!field->path || !fp_canonical_take(rest, ":") || !take_value(rest, arena, field))
            return false;
        /* keys come in the order of the hash; paths are ASCII but for names of factors */
        if (copy->count && strcmp(fields[copy->count - 1].path, field->path) >= 0)
            return false;
        copy->count++;
    } while (fp_canonical_take(rest, ","));
    copy->fields = fields;
    return fp_canonical_take(rest, "}");
}

static bool take_lock(reader *r, fp_str body, fp_plan_lock *lock, int64_t *amends)
{
    if (!fp_body_take_integer(&body, "{\"amends\":", amends) ||
        !fp_body_take_integer(&body, ",\"outcomes_import\":", &lock->outcomes_import) ||
        !fp_canonical_take(&body, ",\"plan\":"))
        return false;
    const char *from = body.p;
    if (!take_plan(&body, r->arena, &lock->copy))
        return false;
    fp_sha256 sum = fp_sha256_of((fp_str){from, (size_t)(body.p - from)});
    if (!fp_canonical_take(&body, ",\"plan_sha256\":") ||
        !(lock->sha256 = take_text(&body, r->arena)) ||
        !fp_canonical_take(&body, ",\"study_yaml_sha256\":") || !take_text(&body, r->arena) ||
        !fp_canonical_take(&body, "}") || body.n > 0)
        return false;
    return strcmp(sum.hex, lock->sha256) == 0;
}

/* Whether an import was of episodes, with rows. */
static bool brings_outcomes(const fp_event *event)
{
    return strcmp(event->kind, "import") == 0 && strstr(event->body, ",\"source\":\"episodes\"}") &&
           !strstr(event->body, ",\"rows\":0,");
}

static fp_status take_event(reader *r, const fp_event *event, fp_err *err)
{
    fp_plan_state *state = r->state;
    int64_t amends = 0;
    FP_GROW(r->locks, r->arena, state->lock_count, &r->capacity, err);
    state->locks = r->locks;
    fp_plan_lock *lock = &r->locks[state->lock_count];
    *lock = (fp_plan_lock){.seq = event->seq,
                           .at_utc = fp_arena_strdup(r->arena, event->at_utc, err),
                           .actor = fp_arena_strdup(r->arena, event->actor, err),
                           .why = fp_arena_strdup(r->arena, event->why, err)};
    if (!lock->at_utc || !lock->actor || !lock->why)
        return FP_NOMEM;
    int64_t before = state->lock_count ? r->locks[state->lock_count - 1].seq : 0;
    if (!take_lock(r, fp_str_of(event->body), lock, &amends))
        return fp_store_changed(r->ledger, err,
                                "event %lld is not a lock of the plan, or its copy "
                                "of the plan does not have its hash",
                                (long long)event->seq);
    if (amends != before || lock->outcomes_import != state->outcomes_import)
        return fp_store_changed(r->ledger, err,
                                "event %lld, a lock of the plan, names another lock or import than "
                                "those before it",
                                (long long)event->seq);
    state->lock_count++;
    return FP_OK;
}

static fp_status each_event(void *context, const fp_event *event, fp_err *err)
{
    reader *r = context;
    if (strcmp(event->kind, kind_lock) == 0)
        return take_event(r, event, err);
    if (r->state->outcomes_import == 0 && brings_outcomes(event)) {
        r->state->outcomes_import = event->seq;
        r->state->outcomes_at = fp_arena_strdup(r->arena, event->at_utc, err);
        return r->state->outcomes_at ? FP_OK : FP_NOMEM;
    }
    return FP_OK;
}

fp_status fp_plan_log_read(fp_ledger *ledger, fp_arena *arena, fp_plan_state *state, fp_err *err)
{
    fp_plan_state made = {0};
    reader r = {.arena = arena, .state = &made, .ledger = ledger};
    FP_TRY(fp_ledger_each(ledger, each_event, &r, err));
    *state = made;
    return FP_OK;
}

fp_status fp_plan_log_verify(fp_ledger *ledger, fp_err *err)
{
    FP_ARENA_SCOPED(scratch, FP_GIB, err);
    fp_plan_state state;
    return fp_plan_log_read(ledger, scratch, &state, err);
}
