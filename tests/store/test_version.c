#include <stdlib.h>
#include <string.h>

#define CK_FLOATING_DIG 17
#include <check.h>

#include "ledger/pool.h"
#include "ledger/scratch.h"
#include "run_suite.h"
#include "store/sample.h"
#include "store/version.h"

/* Two people save the same record: the second is told by whom, when and how it was changed. */

static int64_t told_time(void *context)
{
    return *(int64_t *)context;
}

/* Save as `actor`, who saw version `shown` of the record; the version is the last event. */
static fp_status save(fp_pool *pool, const char *actor, int64_t shown, int64_t *now,
                      fp_arena *arena, fp_version_change *change, fp_err *err)
{
    fp_ledger *writer = NULL;
    fp_sha256 hash;
    int64_t current;
    FP_TRY(fp_pool_write(pool, &writer, err));
    fp_status status = fp_ledger_head(writer, &current, &hash, err);
    if (status == FP_OK)
        status = fp_version_check(writer, "the record", shown, current, arena, change, err);
    if (status == FP_OK)
        status = fp_ledger_append(writer, actor, "record-saved", "", "{}", now, err);
    if (status == FP_OK)
        status = fp_pool_commit(pool, &writer, err);
    fp_pool_rollback(pool, &writer);
    return status;
}

START_TEST(test_second_is_told)
{
    char folder[SCRATCH_MAX], path[SCRATCH_MAX], text[1024];
    int64_t clock = 1770110520, first = 0, second = 0; /* 2026-02-03 09:22 */
    fp_err err;
    fp_pool *pool = NULL;
    fp_version_change change = {0};
    fp_arena *arena = fp_arena_create(FP_MIB);
    scratch_make(folder);
    scratch_path(path, folder, "study.db");
    scratch_ok(fp_pool_open(path, &(fp_pool_options){.now = told_time, .now_context = &clock},
                            &pool, &err),
               &err);
    scratch_ok(save(pool, "account:1", 0, &first, arena, &change, &err), &err);
    scratch_ok(save(pool, "account:7", first, &second, arena, &change, &err), &err);
    ck_assert_int_eq(change.seq, 0);
    ck_assert_int_eq(save(pool, "account:9", first, &second, arena, &change, &err), FP_CONFLICT);
    fp_err_text(&err, text, sizeof text);
    ck_assert_str_eq(text, "the record was changed by account:7 on 2026-02-03 at 09:22 UTC (event "
                           "2, record-saved), after it was shown (look at what changed, and save "
                           "again what is still needed)");
    ck_assert_int_eq(change.seq, 2);
    ck_assert_str_eq(change.actor, "account:7");
    ck_assert_str_eq(change.kind, "record-saved");
    ck_assert_str_eq(change.at_utc, "2026-02-03T09:22:00Z");
    scratch_ok(save(pool, "account:9", change.seq, &second, arena, NULL, &err), &err);
    ck_assert_int_eq(second, 3);
    fp_pool_close(pool);
    fp_arena_destroy(arena);
    scratch_remove(folder);
}
END_TEST

START_TEST(test_event_that_is_not_there)
{
    char folder[SCRATCH_MAX], path[SCRATCH_MAX];
    fp_err err;
    fp_ledger *ledger = NULL;
    fp_arena *arena = fp_arena_create(FP_MIB);
    scratch_make(folder);
    scratch_path(path, folder, "study.db");
    scratch_ok(fp_ledger_open(path, true, &ledger, &err), &err);
    ck_assert_int_eq(fp_version_check(ledger, "the record", 1, 2, arena, NULL, &err), FP_CHECK);
    ck_assert_ptr_nonnull(strstr(err.message, "event 2 is missing"));
    fp_ledger_close(ledger);
    fp_arena_destroy(arena);
    scratch_remove(folder);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("store/version");
    TCase *tests = tcase_create("version");
    tcase_add_test(tests, test_second_is_told);
    tcase_add_test(tests, test_event_that_is_not_there);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
