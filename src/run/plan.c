/* The lock of the plan and the deviations from it, for those who print them. */
#include "run/run_priv.h"

#include <stdlib.h>
#include <string.h>

#include "store/plan_log.h"

static fp_status read_log(const fp_study *study, fp_plan_state *state, fp_err *err)
{
    __attribute__((cleanup(fp_ledger_cleanup))) fp_ledger *own = NULL;
    fp_ledger *log;
    *state = (fp_plan_state){0};
    FP_TRY(fp_study_log(study, &log, &own, err));
    return log ? fp_plan_log_read(log, study->arena, state, err) : FP_OK;
}

fp_status fp_study_plan_state(const fp_study *study, fp_plan_state *state, fp_err *err)
{
    fp_plan_copy now;
    FP_TRY(read_log(study, state, err));
    FP_TRY(fp_plan_copy_of(&study->protocol, study->arena, &now, err));
    return fp_plan_compare(&now, study->arena, state, err);
}

/* ---- words --------------------------------------------------------------------------------- */

/* The warning where the plan was not locked in time; "" where it was. */
static void put_warning(const fp_plan_state *state, fp_buf *out)
{
    if (!state->base)
        fp_buf_put(out, "the plan was not locked before outcomes were seen: firstplace lock "
                        "records it");
    else if (!state->before_outcomes)
        fp_buf_printf(out,
                      "the plan was not locked before outcomes were seen: it was locked on %.10s "
                      "(event %lld), episodes were imported on %.10s (event %lld)",
                      state->base->at_utc, (long long)state->base->seq, state->outcomes_at,
                      (long long)state->outcomes_import);
}

static void put_deviation(const fp_deviation *d, fp_buf *out)
{
    fp_buf_printf(out, "  %s (%s)\n    planned  %s\n    now      %s\n", d->what,
                  fp_deviation_key(d->kind), d->planned ? d->planned : "-", d->now ? d->now : "-");
    if (d->kind == FP_DEVIATION_DATES)
        return;
    if (!d->since)
        fp_buf_put(out, "    since    in no lock\n");
    else
        fp_buf_printf(out, "    since    %.10s, event %lld: %s\n", d->since->at_utc,
                      (long long)d->since->seq, d->since->why);
}

void fp_plan_words(const fp_plan_state *state, fp_buf *out)
{
    const fp_plan_lock *base = state->base;
    FP_BUF_SCOPED(warning, FP_MIB);
    put_warning(state, &warning);
    if (warning.n)
        fp_buf_printf(out, "! %s\n", warning.p);
    else
        fp_buf_printf(
            out, "Plan locked on %.10s as event %lld (%.12s), before outcomes were imported.\n",
            base->at_utc, (long long)base->seq, base->sha256);
    if (!base)
        return;
    if (state->deviation_count == 0)
        fp_buf_put(out, "No deviation from the plan as locked.\n");
    else
        fp_buf_printf(out, "%td %s from the plan as locked:\n", state->deviation_count,
                      fp_plural(state->deviation_count, "deviation", "deviations"));
    for (ptrdiff_t i = 0; i < state->deviation_count; i++)
        put_deviation(&state->deviations[i], out);
}

/* ---- JSON ---------------------------------------------------------------------------------- */

static json_t *text_or_null(const char *text)
{
    return text ? json_string(text) : json_null();
}

static json_t *lock_json(const fp_plan_lock *lock)
{
    return json_pack("{s:I, s:s, s:s, s:s, s:s, s:b}", "event", (json_int_t)lock->seq, "at",
                     lock->at_utc, "actor", lock->actor, "why", lock->why, "sha256", lock->sha256,
                     "before_outcomes", lock->outcomes_import == 0);
}

static json_t *plan_json(const fp_plan_state *state)
{
    const fp_plan_lock *base = state->base;
    json_t *locks = json_array();
    bool whole = locks != NULL;
    for (ptrdiff_t i = 0; i < state->lock_count; i++)
        whole = whole && json_array_append_new(locks, lock_json(&state->locks[i])) == 0;
    if (!whole) {
        json_decref(locks);
        return NULL;
    }
    return json_pack("{s:b, s:b, s:o, s:o, s:o, s:o, s:o}", "locked", base != NULL,
                     "before_outcomes", state->before_outcomes, "event",
                     base ? json_integer((json_int_t)base->seq) : json_null(), "at",
                     text_or_null(base ? base->at_utc : NULL), "sha256",
                     text_or_null(base ? base->sha256 : NULL), "outcomes_imported",
                     state->outcomes_import
                         ? json_pack("{s:I, s:s}", "event", (json_int_t)state->outcomes_import,
                                     "at", state->outcomes_at)
                         : json_null(),
                     "locks", locks);
}

static json_t *deviation_json(const fp_deviation *d)
{
    return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o}", "what", d->what, "kind",
                     fp_deviation_key(d->kind), "planned", text_or_null(d->planned), "now",
                     text_or_null(d->now), "since",
                     text_or_null(d->since ? d->since->at_utc : NULL), "event",
                     d->since ? json_integer((json_int_t)d->since->seq) : json_null(), "why",
                     text_or_null(d->since ? d->since->why : NULL));
}

fp_status fp_plan_json(const fp_plan_state *state, json_t *root, fp_err *err)
{
    FP_BUF_SCOPED(warning, FP_MIB);
    json_t *list = json_array(), *warnings = json_array();
    bool whole = list && warnings;
    put_warning(state, &warning);
    FP_TRY(fp_buf_ok(&warning, err));
    for (ptrdiff_t i = 0; i < state->deviation_count; i++)
        whole = whole && json_array_append_new(list, deviation_json(&state->deviations[i])) == 0;
    if (warning.n)
        whole = whole && json_array_append_new(warnings, json_string(warning.p)) == 0;
    whole = json_object_set_new(root, "plan", plan_json(state)) == 0 && whole;
    whole = json_object_set_new(root, "deviations", list) == 0 && whole;
    whole = json_object_set_new(root, "warnings", warnings) == 0 && whole;
    return whole ? FP_OK : fp_fail_nomem(err, 0);
}

fp_status fp_run_json(json_t *root, fp_buf *out, fp_err *err)
{
    char *text = root ? json_dumps(root, JSON_INDENT(2) | JSON_REAL_PRECISION(17)) : NULL;
    json_decref(root);
    if (!text)
        return fp_fail_nomem(err, 0);
    fp_buf_put(out, text);
    fp_buf_put(out, "\n");
    free(text);
    return fp_buf_ok(out, err);
}
