/* `lock`: the plan as an event of the log. */
#include "run/run_priv.h"

#include <string.h>

#include "store/plan_log.h"

/* What changed since the last lock, as a state of that lock alone. */
static fp_status since_last(const fp_study *study, const fp_plan_state *state,
                            const fp_plan_copy *now, fp_plan_lock *last, fp_plan_state *changes,
                            fp_err *err)
{
    *last = state->locks[state->lock_count - 1];
    last->outcomes_import = 0;
    *changes = (fp_plan_state){.lock_count = 1, .locks = last};
    return fp_plan_compare(now, study->arena, changes, err);
}

static fp_status need_reason(const fp_plan_state *changes, fp_err *err)
{
    const fp_plan_lock *last = changes->base;
    (void)fp_fail(
        err, FP_USAGE,
        "the plan differs from the lock of %.10s (event %lld) in %td %s, first \"%.100s\": "
        "an amendment needs a reason",
        last->at_utc, (long long)last->seq, changes->deviation_count,
        fp_plural(changes->deviation_count, "setting", "settings"), changes->deviations[0].what);
    return fp_hint(err, FP_USAGE,
                   "say it with --why TEXT; `firstplace lock STUDY --status` lists "
                   "what differs");
}

static void say_locked(const fp_plan_state *state, const fp_plan_state *changes, int64_t seq,
                       const fp_sha256 *sum, fp_buf *out)
{
    fp_buf_printf(out, "%s as event %lld, hash %s.\n",
                  state->lock_count ? "Amendment of the plan locked" : "Plan locked",
                  (long long)seq, sum->hex);
    for (ptrdiff_t i = 0; state->lock_count && i < changes->deviation_count; i++) {
        const fp_deviation *d = &changes->deviations[i];
        fp_buf_printf(out, "  %s: %s -> %s\n", d->what, d->planned ? d->planned : "-",
                      d->now ? d->now : "-");
    }
    if (state->outcomes_import)
        fp_buf_printf(
            out,
            "! Episodes were imported on %.10s (event %lld): this lock does not show that "
            "the plan was made before outcomes were seen.\n",
            state->outcomes_at, (long long)state->outcomes_import);
    else
        fp_buf_put(out, "The log holds no episodes yet: the plan is locked before outcomes are "
                        "imported.\n");
}

/* Inside a transaction: compare with the last lock, and append. */
static fp_status lock_now(const fp_study *study, const fp_lock_options *options, fp_buf *out,
                          fp_err *err)
{
    fp_plan_state state, changes = {0};
    fp_plan_lock last;
    fp_plan_copy now;
    const char *text;
    fp_sha256 sum;
    char actor[256];
    int64_t seq;
    FP_TRY(fp_plan_copy_of(&study->protocol, study->arena, &now, err));
    FP_TRY(fp_plan_log_read(study->ledger, study->arena, &state, err));
    if (state.lock_count) {
        FP_TRY(since_last(study, &state, &now, &last, &changes, err));
        if (changes.deviation_count == 0) {
            fp_buf_printf(out,
                          "The plan is as it was locked on %.10s (event %lld). Nothing was "
                          "written.\n",
                          last.at_utc, (long long)last.seq);
            return fp_buf_ok(out, err);
        }
        if (!options->why[0])
            return need_reason(&changes, err);
    }
    fp_study_actor(actor, sizeof actor);
    FP_TRY(fp_plan_log_text(&now, study->arena, &text, &sum, err));
    FP_TRY(fp_plan_log_append(study->ledger, actor, options->why, &now, &state,
                              study->protocol_sha256.hex, study->arena, &seq, err));
    say_locked(&state, &changes, seq, &sum, out);
    return fp_buf_ok(out, err);
}

static fp_status act_lock(fp_study *study, const fp_lock_options *options, fp_buf *out, fp_err *err)
{
    char path[PATH_MAX];
    FP_TRY(fp_study_path(study->folder, "study.db", path, err));
    FP_TRY(fp_ledger_open(path, true, &study->ledger, err));
    FP_TRY(fp_ledger_begin(study->ledger, err));
    return fp_ledger_finish(study->ledger, lock_now(study, options, out, err), err);
}

static void put_locks(const fp_plan_state *state, fp_buf *out)
{
    for (ptrdiff_t i = 0; i < state->lock_count; i++) {
        const fp_plan_lock *lock = &state->locks[i];
        fp_buf_printf(out, "event %-5lld %s  %.12s  %s%s%s%s\n", (long long)lock->seq, lock->at_utc,
                      lock->sha256, i ? "amendment" : "lock",
                      lock->outcomes_import ? ", after episodes were imported" : "",
                      lock->why[0] ? ": " : "", lock->why);
    }
}

static fp_status act_status(const fp_study *study, const fp_lock_options *options, fp_buf *out,
                            fp_err *err)
{
    fp_plan_state state;
    FP_TRY(fp_study_plan_state(study, &state, err));
    if (!options->json) {
        put_locks(&state, out);
        fp_plan_words(&state, out);
        return fp_buf_ok(out, err);
    }
    json_t *root = json_object();
    fp_status status = root ? fp_plan_json(&state, root, err) : fp_fail_nomem(err, 0);
    if (status == FP_OK)
        status = fp_run_json(root, out, err);
    else
        json_decref(root);
    return status;
}

fp_status fp_run_lock(const char *folder, const fp_lock_options *options, fp_arena *arena,
                      fp_buf *out, fp_err *err)
{
    __attribute__((cleanup(fp_study_close))) fp_study study = {0};
    FP_TRY(fp_study_open_plan(folder, arena, &study, err));
    if (!options->status) {
        FP_BUF_SCOPED(words, FP_MIB);
        FP_TRY(act_lock(&study, options, &words, err));
        if (!options->json)
            fp_buf_put(out, words.p);
    }
    return options->status || options->json ? act_status(&study, options, out, err)
                                            : fp_buf_ok(out, err);
}
