#include "run/randomise_priv.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/num.h"
#include "stats/permutation.h"
#include "study/changes.h"

static void work_clear(fp_randomising *w)
{
    fp_ledger_cleanup(&w->ledger);
    explicit_bzero(w->secret, sizeof w->secret);
}

/* ---- what is there ------------------------------------------------------------------------- */

static fp_status read_plan(fp_randomising *w, fp_err *err)
{
    char path[PATH_MAX];
    fp_problems problems;
    FP_TRY(fp_study_need_folder(w->folder, err));
    FP_TRY(fp_study_path(w->folder, "study.yaml", path, err));
    fp_problems_init(&problems, 200, w->arena);
    FP_TRY(fp_protocol_read(path, w->arena, &w->protocol, &problems, err));
    FP_TRY(fp_problems_status(&problems, err));
    if (w->protocol.allocation.method != FP_ALLOCATION_ELSEWHERE)
        return FP_OK;
    (void)fp_fail_at(err, FP_INPUT, path, 0, 0, "the plan has nothing to draw");
    return fp_hint(err, FP_INPUT, "write for example design: { allocation: { method: complete } }");
}

/* The coaches of the draw; those who came later are not among them. */
static fp_status read_committed(fp_randomising *w, fp_err *err)
{
    const char *const *ids = w->source.cells[fp_source_role(&w->source, &w->protocol, "id")];
    ptrdiff_t *rows, n = 0;
    FP_ARRAY(rows, w->arena, w->source.rows, err);
    for (ptrdiff_t i = 0; i < w->source.rows; i++)
        if (!w->log.commit || fp_allocation_drew(&w->log, ids[i]))
            rows[n++] = i;
    FP_TRY(fp_source_pick(&w->source, rows, n, w->arena, &w->committed, err));
    return fp_draw_read(&w->protocol, &w->committed, w->arena, &w->draw, err);
}

static fp_status read_units(fp_randomising *w, fp_err *err)
{
    w->clusters = w->protocol.kind == FP_DESIGN_CLUSTER_RANDOMISED;
    FP_TRY(fp_source_read(w->folder, &w->protocol,
                          w->clusters ? FP_SOURCE_COACHES : FP_SOURCE_PEOPLE, w->arena, &w->source,
                          err));
    if (w->clusters)
        FP_TRY(read_committed(w, err));
    return fp_allocation_statement(&w->protocol, w->clusters ? &w->draw : NULL, w->arena,
                                   &w->statement, err);
}

static fp_status read_log(fp_randomising *w, bool create, fp_err *err)
{
    char path[PATH_MAX];
    FP_TRY(fp_study_path(w->folder, "study.db", path, err));
    if (!create && !fp_file_exists(path))
        return FP_OK;
    FP_TRY(fp_ledger_open(path, create, &w->ledger, err));
    return fp_allocation_read(w->ledger, w->arena, &w->log, err);
}

fp_status fp_randomise_need_commitment(const fp_randomising *w, fp_err *err)
{
    if (w->log.commit)
        return FP_OK;
    (void)fp_fail_at(err, FP_INPUT, w->folder, 0, 0, "nothing was drawn yet");
    return fp_hint(err, FP_INPUT, "begin with: firstplace randomise %s --commit --secret FILE",
                   w->folder);
}

fp_status fp_randomise_need_secret(fp_randomising *w, fp_err *err)
{
    if (!w->options->secret_file) {
        (void)fp_fail(err, FP_USAGE, "--secret FILE is missing");
        return fp_hint(err, FP_USAGE, "the file that --commit made, kept outside the study folder");
    }
    FP_TRY(fp_secret_read(w->options->secret_file, w->folder, w->protocol.id, w->secret, err));
    fp_sha256 sum = fp_allocation_commitment(w->log.statement, w->secret);
    if (strcmp(sum.hex, w->log.commitment) == 0)
        return FP_OK;
    (void)fp_fail_at(err, FP_INPUT, w->options->secret_file, 0, 0,
                     "is not the secret behind the commitment of this study");
    return fp_hint(err, FP_INPUT, "its hash with the plan is %.16s..., the log has %.16s...",
                   sum.hex, w->log.commitment);
}

/* The plan and the coaches must be those of the commitment: a draw is made once. */
fp_status fp_randomise_same_plan(const fp_randomising *w, fp_err *err)
{
    if (strcmp(w->statement, w->log.statement) == 0)
        return FP_OK;
    (void)fp_fail_at(err, FP_INPUT, w->folder, 0, 0,
                     "the allocation in study.yaml or the %s changed since the commitment",
                     w->clusters ? "coaches" : "strata");
    return fp_hint(err, FP_INPUT,
                   "put back what was committed; `firstplace randomise %s` shows when", w->folder);
}

/* ---- words --------------------------------------------------------------------------------- */

static void say_space(const fp_randomising *w, const fp_drawn *drawn)
{
    const fp_allocation_space *space = &drawn->space;
    char count[32];
    fp_num_format(space->candidates, 0, &fp_numstyle_en, count, sizeof count);
    fp_buf_printf(w->out,
                  "%s possible allocations%s; %lld of %lld have a balance score of at most %.4g\n",
                  count, space->exact ? ", all looked at" : ", a sample looked at",
                  (long long)space->kept, (long long)space->looked_at, space->limit);
    fp_buf_printf(w->out, "scores: best %.4g, median %.4g, worst %.4g\n", space->best,
                  space->median, space->worst);
    if (space->never_together)
        fp_buf_printf(w->out,
                      "! %td pair%s of coaches can never be in one arm, for example %s and %s: ask "
                      "for less balance\n",
                      space->never_together, space->never_together == 1 ? "" : "s",
                      w->draw.unit[space->never[0]], w->draw.unit[space->never[1]]);
    if (space->always_together)
        fp_buf_printf(w->out,
                      "! %td pair%s of coaches are always in one arm, for example %s and %s: ask "
                      "for less balance\n",
                      space->always_together, space->always_together == 1 ? "" : "s",
                      w->draw.unit[space->always[0]], w->draw.unit[space->always[1]]);
}

/* How small the p-values of the design can be: known before anything is seen. */
static fp_status say_tests(const fp_randomising *w, const fp_drawn *drawn, fp_err *err)
{
    ptrdiff_t factors = w->protocol.factor_count, n = w->draw.units;
    int32_t *level[2];
    double *zero;
    if (factors > 2 || w->draw.arms != (1 << factors))
        return FP_OK;
    FP_ARRAY(zero, w->arena, n, err);
    fp_permutation_options options = fp_permutation_defaults();
    options.threads = w->options->threads;
    options.rule = drawn->rule.lot == FP_LOT_SIZES ? &drawn->rule : NULL;
    for (ptrdiff_t f = 0; f < factors; f++) {
        FP_ARRAY(level[f], w->arena, n, err);
        for (ptrdiff_t i = 0; i < n; i++)
            level[f][i] = drawn->arm[i] >> f & 1;
    }
    for (ptrdiff_t f = 0; f < factors; f++) {
        fp_permutation_result test;
        char count[32];
        if (fp_permutation_margin(n, zero, level[f], factors == 2 ? level[1 - f] : NULL, &options,
                                  &test, err) != FP_OK)
            continue; /* a simple draw may leave a factor with one level */
        fp_num_format((double)test.allocations, 0, &fp_numstyle_en, count, sizeof count);
        fp_buf_printf(w->out, "test of %s: %s%s allocations, smallest possible p %.3g\n",
                      w->protocol.factors[f].name, test.exact ? "" : "more than ", count,
                      test.smallest_p);
        if (test.exact && test.allocations < 40)
            fp_buf_printf(w->out,
                          "! fewer than 40 allocations share the other columns: the test of %s can "
                          "hardly find anything\n",
                          w->protocol.factors[f].name);
    }
    return fp_buf_ok(w->out, err);
}

static fp_status say_status(const fp_randomising *w, fp_err *err)
{
    const fp_allocation_log *log = &w->log;
    if (!log->commit) {
        fp_buf_put(w->out, "Nothing was drawn yet.\n");
        return fp_buf_ok(w->out, err);
    }
    fp_buf_printf(w->out, "Committed %s by %s, event %lld\ncommitment %s\n", log->at_utc,
                  log->actor, (long long)log->commit, log->commitment);
    ptrdiff_t late = 0;
    for (ptrdiff_t i = 0; i < log->reveal_count; i++)
        late += log->reveals[i].late;
    if (w->clusters)
        fp_buf_printf(w->out, "%td of %td coaches revealed\n", log->reveal_count - late,
                      w->draw.units);
    else
        fp_buf_printf(w->out, "%td %s revealed\n", log->reveal_count,
                      log->reveal_count == 1 ? "person" : "people");
    for (ptrdiff_t i = 0; i < log->reveal_count; i++) {
        const fp_reveal *r = &log->reveals[i];
        fp_buf_printf(w->out, "  %-16s %-12s %s by %s%s%s%s\n", r->unit, r->arm, r->at_utc,
                      r->actor, r->late ? ", late" : "", r->stratum[0] ? ", " : "", r->stratum);
    }
    fp_randomise_say_changes(w);
    fp_buf_put(w->out, log->secret ? "The secret is open: anybody can derive the list.\n"
                                   : "The secret is closed.\n");
    return fp_buf_ok(w->out, err);
}

/* ---- actions ------------------------------------------------------------------------------- */

static fp_status allocate(fp_randomising *w, fp_drawn *drawn, fp_err *err)
{
    return fp_draw_allocate(&w->protocol, &w->draw, fp_allocation_seed, w->secret,
                            w->options->threads, w->arena, drawn, err);
}

static fp_status append_commit(fp_randomising *w, double limit, const char *list, fp_err *err)
{
    char actor[256];
    fp_sha256 sum = fp_allocation_commitment(w->statement, w->secret);
    fp_study_actor(actor, sizeof actor);
    FP_TRY(fp_ledger_begin(w->ledger, err));
    fp_status status = fp_allocation_commit(w->ledger, actor, w->options->why, sum.hex, limit, list,
                                            w->statement, err);
    FP_TRY(fp_ledger_finish(w->ledger, status, err));
    fp_buf_printf(w->out,
                  "commitment %s\nPublish this line before anybody learns an arm. The list can be "
                  "derived only with the secret in %s: keep it safe, and out of sight of who "
                  "enrols.\n",
                  sum.hex, w->options->secret_file);
    return fp_buf_ok(w->out, err);
}

/* What is asked before anything is made: no database for a draw that cannot be. */
static fp_status may_commit(const fp_randomising *w, fp_err *err)
{
    if (w->log.commit) {
        (void)fp_fail_at(err, FP_INPUT, w->folder, 0, 0,
                         "the draw was committed on %s already, as event %lld", w->log.at_utc,
                         (long long)w->log.commit);
        return fp_hint(err, FP_INPUT, "a study is drawn once");
    }
    if (!w->options->secret_file) {
        (void)fp_fail(err, FP_USAGE, "--secret FILE is missing");
        return fp_hint(err, FP_USAGE,
                       "the draw makes this file: name one outside the study folder");
    }
    return fp_secret_check(w->options->secret_file, w->folder, err);
}

static fp_status act_commit(fp_randomising *w, fp_err *err)
{
    const char *list = "";
    double limit = FP_NUM_NAN;
    FP_TRY(fp_secret_make(w->options->secret_file, w->folder, w->protocol.id, w->secret, err));
    fp_status status = FP_OK;
    if (w->clusters) {
        fp_drawn drawn;
        status = allocate(w, &drawn, err);
        if (status == FP_OK)
            status = fp_allocation_seal(&w->draw, drawn.arm, w->secret, w->arena, &list, err);
        if (status == FP_OK && drawn.constrained) {
            limit = drawn.rule.limit;
            say_space(w, &drawn);
        }
        if (status == FP_OK)
            status = say_tests(w, &drawn, err);
    }
    if (status == FP_OK)
        status = append_commit(w, limit, list, err);
    if (status != FP_OK)
        (void)unlink(w->options->secret_file);
    return status;
}

/* The arm of a coach from the list in the log, which must be what the secret gives. */
static fp_status reveal_cluster(fp_randomising *w, fp_reveal *reveal, fp_err *err)
{
    fp_drawn drawn;
    int32_t *sealed;
    ptrdiff_t at = 0;
    while (at < w->draw.units && strcmp(w->draw.unit[at], reveal->unit) != 0)
        at++;
    if (at == w->draw.units) {
        (void)fp_fail_at(err, FP_INPUT, w->source.file, 0, 0, "there is no coach \"%.80s\"",
                         reveal->unit);
        return fp_hint(err, FP_INPUT,
                       "only coaches of the commitment have an arm; one who came later is drawn "
                       "with --add");
    }
    FP_ARRAY(sealed, w->arena, w->draw.units, err);
    FP_TRY(allocate(w, &drawn, err));
    FP_TRY(fp_allocation_unseal(&w->draw, w->log.list, w->secret, w->arena, sealed, err));
    for (ptrdiff_t i = 0; i < w->draw.units; i++)
        if (sealed[i] != drawn.arm[i])
            return fp_fail(err, FP_CHECK,
                           "the list in the log is not what its secret gives (coach %td)", i + 1);
    reveal->arm = w->draw.arm_key[drawn.arm[at]];
    reveal->stratum = "";
    reveal->place = -1;
    return FP_OK;
}

static fp_status reveal_person(fp_randomising *w, fp_reveal *reveal, fp_err *err)
{
    const char *const *ids = w->source.cells[fp_source_role(&w->source, &w->protocol, "id")];
    const char *const *keys;
    ptrdiff_t row = 0, arms;
    int32_t arm;
    while (row < w->source.rows && strcmp(ids[row], reveal->unit) != 0)
        row++;
    if (row == w->source.rows) {
        (void)fp_fail_at(err, FP_INPUT, w->source.file, 0, 0, "there is no person \"%.80s\"",
                         reveal->unit);
        return fp_hint(err, FP_INPUT, "register the person first, with the strata of the draw");
    }
    FP_TRY(fp_draw_stratum(&w->protocol, &w->source, row, w->arena, &reveal->stratum, err));
    reveal->place = 0;
    for (ptrdiff_t i = 0; i < w->log.reveal_count; i++)
        reveal->place += strcmp(w->log.reveals[i].stratum, reveal->stratum) == 0;
    FP_TRY(fp_draw_place(&w->protocol, fp_allocation_seed, w->secret, reveal->stratum,
                         reveal->place, &arm, err));
    FP_TRY(fp_arm_keys(&w->protocol, w->arena, &arms, &keys, err));
    reveal->arm = keys[arm];
    return FP_OK;
}

static fp_status act_reveal(fp_randomising *w, fp_err *err)
{
    char actor[256];
    fp_reveal reveal = {.unit = w->options->unit};
    FP_TRY(fp_randomise_need_commitment(w, err));
    FP_TRY(fp_randomise_same_plan(w, err));
    const fp_reveal *before = fp_allocation_find(&w->log, reveal.unit);
    if (before) {
        (void)fp_fail_at(err, FP_INPUT, w->folder, 0, 0, "%.80s was revealed on %s: %s",
                         reveal.unit, before->at_utc, before->arm);
        return fp_hint(err, FP_INPUT, "a unit is allocated once");
    }
    FP_TRY(fp_randomise_need_secret(w, err));
    /* who comes in at the same moment must not get the same place */
    FP_TRY(fp_ledger_begin(w->ledger, err));
    fp_study_actor(actor, sizeof actor);
    fp_status status = fp_allocation_read(w->ledger, w->arena, &w->log, err);
    if (status == FP_OK && fp_allocation_find(&w->log, reveal.unit))
        status =
            fp_fail_at(err, FP_INPUT, w->folder, 0, 0, "%.80s was revealed just now", reveal.unit);
    if (status == FP_OK)
        status = w->clusters ? reveal_cluster(w, &reveal, err) : reveal_person(w, &reveal, err);
    if (status == FP_OK)
        status =
            fp_allocation_reveal(w->ledger, actor, w->options->why, w->log.commit, &reveal, err);
    FP_TRY(fp_ledger_finish(w->ledger, status, err));
    fp_buf_printf(w->out, "%s: %s\n", reveal.unit, reveal.arm);
    return fp_buf_ok(w->out, err);
}

static fp_status act_open(fp_randomising *w, fp_err *err)
{
    char actor[256];
    FP_TRY(fp_randomise_need_commitment(w, err));
    if (w->log.secret)
        return fp_fail_at(err, FP_INPUT, w->folder, 0, 0, "the secret is open already");
    FP_TRY(fp_randomise_need_secret(w, err));
    fp_study_actor(actor, sizeof actor);
    FP_TRY(fp_ledger_begin(w->ledger, err));
    fp_status status =
        fp_allocation_open(w->ledger, actor, w->options->why, w->log.commit, w->secret, err);
    FP_TRY(fp_ledger_finish(w->ledger, status, err));
    fp_buf_printf(w->out,
                  "secret %s\nFrom here on anybody can derive the list: firstplace randomise %s "
                  "--verify\n",
                  w->secret, w->folder);
    return fp_buf_ok(w->out, err);
}

/* ---- verify -------------------------------------------------------------------------------- */

static fp_status verify_clusters(fp_randomising *w, fp_err *err)
{
    fp_drawn drawn;
    int32_t *sealed;
    FP_ARRAY(sealed, w->arena, w->draw.units, err);
    FP_TRY(allocate(w, &drawn, err));
    FP_TRY(fp_allocation_unseal(&w->draw, w->log.list, w->secret, w->arena, sealed, err));
    for (ptrdiff_t i = 0; i < w->draw.units; i++) {
        const fp_reveal *told = fp_allocation_find(&w->log, w->draw.unit[i]);
        const char *arm = w->draw.arm_key[drawn.arm[i]];
        if (sealed[i] != drawn.arm[i])
            return fp_fail(err, FP_CHECK,
                           "the list in the log has another arm for %.80s than its "
                           "secret gives, %s",
                           w->draw.unit[i], arm);
        if (told && strcmp(told->arm, arm) != 0)
            return fp_fail(err, FP_CHECK, "%.80s was told %s (event %lld); the secret gives %s",
                           told->unit, told->arm, (long long)told->seq, arm);
    }
    return fp_randomise_verify_late(w, err);
}

static fp_status verify_people(fp_randomising *w, fp_err *err)
{
    const char *const *keys;
    ptrdiff_t arms;
    FP_TRY(fp_arm_keys(&w->protocol, w->arena, &arms, &keys, err));
    for (ptrdiff_t i = 0; i < w->log.reveal_count; i++) {
        const fp_reveal *told = &w->log.reveals[i];
        int64_t place = 0;
        int32_t arm;
        for (ptrdiff_t k = 0; k < i; k++)
            place += strcmp(w->log.reveals[k].stratum, told->stratum) == 0;
        if (place != told->place)
            return fp_fail(err, FP_CHECK, "%.80s has place %lld of stratum %.80s, not %lld",
                           told->unit, (long long)told->place, told->stratum, (long long)place);
        FP_TRY(fp_draw_place(&w->protocol, fp_allocation_seed, w->secret, told->stratum, place,
                             &arm, err));
        if (strcmp(told->arm, keys[arm]) != 0)
            return fp_fail(err, FP_CHECK, "%.80s was told %s (event %lld); the secret gives %s",
                           told->unit, told->arm, (long long)told->seq, keys[arm]);
    }
    return FP_OK;
}

static fp_status act_verify(fp_randomising *w, fp_err *err)
{
    int64_t events;
    FP_TRY(fp_randomise_need_commitment(w, err));
    FP_TRY(fp_ledger_verify(w->ledger, &events, err));
    fp_buf_printf(w->out, "%lld events in the chain: all fit.\n", (long long)events);
    if (strcmp(w->statement, w->log.statement) != 0)
        return fp_fail_at(err, FP_CHECK, w->folder, 0, 0,
                          "the allocation in study.yaml or the %s changed since the commitment",
                          w->clusters ? "coaches" : "strata");
    FP_TRY(fp_allocation_check_changes(&w->log, err));
    if (w->log.change_count)
        fp_buf_printf(w->out, "%td %s after the draw: all can be.\n", w->log.change_count,
                      fp_plural(w->log.change_count, "change", "changes"));
    if (w->log.secret)
        (void)snprintf(w->secret, sizeof w->secret, "%s", w->log.secret);
    else if (w->options->secret_file)
        FP_TRY(fp_randomise_need_secret(w, err));
    if (!w->secret[0]) {
        fp_buf_put(w->out, "The plan and the coaches are those of the commitment. The list itself "
                           "can be derived once the secret is opened, or with --secret FILE.\n");
        return fp_buf_ok(w->out, err);
    }
    fp_sha256 sum = fp_allocation_commitment(w->log.statement, w->secret);
    if (strcmp(sum.hex, w->log.commitment) != 0)
        return fp_fail(err, FP_CHECK, "the secret is not the one of the commitment");
    FP_TRY(w->clusters ? verify_clusters(w, err) : verify_people(w, err));
    fp_buf_printf(w->out,
                  "The secret gives commitment %s and the arm that each of the %td revealed units "
                  "was told.\n",
                  sum.hex, w->log.reveal_count);
    return fp_buf_ok(w->out, err);
}

fp_status fp_run_randomise(const char *folder, const fp_randomise_options *options, fp_arena *arena,
                           fp_buf *out, fp_err *err)
{
    static fp_status (*const actions[])(fp_randomising *, fp_err *) = {
        [FP_RANDOMISE_COMMIT] = act_commit,
        [FP_RANDOMISE_REVEAL] = act_reveal,
        [FP_RANDOMISE_OPEN] = act_open,
        [FP_RANDOMISE_VERIFY] = act_verify,
        [FP_RANDOMISE_ADD] = fp_randomise_add,
        [FP_RANDOMISE_LEAVE] = fp_randomise_change,
        [FP_RANDOMISE_REPLACE] = fp_randomise_change,
        [FP_RANDOMISE_MOVE] = fp_randomise_change,
        [FP_RANDOMISE_CORRECT] = fp_randomise_change,
    };
    __attribute__((cleanup(work_clear)))
    fp_randomising w = {.folder = folder, .options = options, .arena = arena, .out = out};
    FP_TRY(read_plan(&w, err));
    FP_TRY(read_log(&w, false, err));
    FP_TRY(read_units(&w, err));
    if (options->action == FP_RANDOMISE_COMMIT)
        FP_TRY(may_commit(&w, err));
    if (options->action == FP_RANDOMISE_COMMIT && !w.ledger)
        FP_TRY(read_log(&w, true, err));
    return options->action == FP_RANDOMISE_STATUS ? say_status(&w, err)
                                                  : actions[options->action](&w, err);
}
