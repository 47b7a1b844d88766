#include <stdlib.h>
#include <string.h>

#define CK_FLOATING_DIG 17
#include <check.h>

#include "base/rng.h"
#include "ledger/fault_memory.h"
#include "ledger/scratch.h"
#include "run_suite.h"
#include "store/sample.h"
#include "store/store_priv.h"

/* Bytes that changed on the disk, memory that ran out, and mappings that are none. */

static char folder[SCRATCH_MAX], path[SCRATCH_MAX], before[SCRATCH_MAX];
static fp_arena *arena;
static fp_protocol protocol;
static fp_source people, episodes, coaches;

/* A database with all three sources, kept aside to start from. */
static void set_up(void)
{
    fp_ledger *ledger = NULL;
    fp_err err;
    scratch_make(folder);
    scratch_path(path, folder, "study.db");
    scratch_path(before, folder, "before.db");
    arena = fp_arena_create(FP_GIB);
    ck_assert_ptr_nonnull(arena);
    sample_protocol(&protocol);
    sample_people(&people, 200, 1, arena);
    sample_episodes(&episodes);
    sample_coaches(&coaches);
    scratch_ok(fp_ledger_open(path, true, &ledger, &err), &err);
    scratch_ok(sample_import(ledger, &protocol, &coaches, &err), &err);
    scratch_ok(sample_import(ledger, &protocol, &people, &err), &err);
    scratch_ok(sample_import(ledger, &protocol, &episodes, &err), &err);
    fp_ledger_close(ledger);
    scratch_copy(path, before);
}

static void tear_down(void)
{
    fp_arena_destroy(arena);
    scratch_remove(folder);
}

static void check_rows(fp_ledger *ledger)
{
    const fp_source *expected[] = {&coaches, &people, &episodes};
    fp_arena_point mark = fp_arena_mark(arena);
    for (int k = 0; k < (int)(sizeof expected / sizeof *expected); k++) {
        fp_source got;
        fp_err err;
        scratch_ok(fp_store_load(ledger, &protocol, (fp_source_kind)k, arena, &got, &err), &err);
        sample_same(&got, expected[k]);
    }
    fp_arena_rewind(arena, mark);
}

/* A place in the file that holds something: the pages of tables without rows are nearly all zeros.
 */
static uint32_t draw_used(const char *file, fp_rng *rng, uint32_t size)
{
    FILE *f = fopen(file, "rb");
    uint32_t at;
    int byte;
    ck_assert_ptr_nonnull(f);
    do {
        at = fp_rng_below(rng, size);
        ck_assert_int_eq(fseek(f, (long)at, SEEK_SET), 0);
        byte = fgetc(f);
        ck_assert_int_ne(byte, EOF);
    } while (byte == 0);
    ck_assert_int_eq(fclose(f), 0);
    return at;
}

static void flip(const char *file, uint32_t at, uint32_t mask)
{
    FILE *f = fopen(file, "r+b");
    ck_assert_ptr_nonnull(f);
    ck_assert_int_eq(fseek(f, (long)at, SEEK_SET), 0);
    int byte = fgetc(f);
    ck_assert_int_eq(fseek(f, (long)at, SEEK_SET), 0);
    ck_assert_int_ne(fputc((byte ^ (int)mask) & 0xff, f), EOF);
    ck_assert_int_eq(fclose(f), 0);
}

/* Any byte may change. Either it is found, or it carries nothing (unused space): then every row is
 * still what it was. Never a crash. */
START_TEST(test_changed_bytes)
{
    enum { FLIPS = 400 };
    fp_rng rng;
    int found = 0;
    uint32_t size = (uint32_t)scratch_size(before);
    fp_rng_init(&rng, scratch_seed("changed bytes"), FP_RNG_TEST, 1);
    for (int i = 0; i < FLIPS; i++) {
        fp_ledger *ledger = NULL;
        fp_err err;
        int64_t events, rows;
        /* A quarter in the header, where the odd things happen; half where something stands. */
        uint32_t at = i % 2        ? draw_used(before, &rng, size)
                      : i % 4 == 0 ? fp_rng_below(&rng, 4096)
                                   : fp_rng_below(&rng, size);
        uint32_t mask = 1 + fp_rng_below(&rng, 255);
        scratch_copy(before, path);
        flip(path, at, mask);
        fp_status status = fp_ledger_open(path, false, &ledger, &err);
        if (status == FP_OK)
            status = fp_store_verify(ledger, &events, &rows, &err);
        if (status == FP_OK) {
            ck_assert_int_eq(events, 3);
            ck_assert_int_eq(rows, 205);
            check_rows(ledger);
        } else {
            char text[1024];
            found++;
            fp_err_text(&err, text, sizeof text);
            ck_assert_msg(status == FP_CHECK || status == FP_INPUT, "byte %u, mask %u: %s", at,
                          mask, text);
        }
        fp_ledger_close(ledger);
    }
    (void)printf("%d of %d changes were found, the others carried nothing\n", found, FLIPS);
    ck_assert_int_gt(found, FLIPS / 4);
}
END_TEST

/* SQLite has no memory from its N-th allocation on: FP_NOMEM, nothing changed, nothing lost. */
START_TEST(test_no_memory_in_the_database)
{
    fault_memory *plan = fault_memory_install();
    fp_source second;
    long failed = 0;
    sample_people(&second, 60, 2, arena);
    for (long n = 1, passed = 0; !passed; n += 1 + n / 16) {
        fp_ledger *ledger = NULL;
        fp_err err;
        int64_t events, rows;
        scratch_copy(before, path);
        plan->fired = 0;
        plan->countdown = n;
        fp_status status = fp_ledger_open(path, false, &ledger, &err);
        if (status == FP_OK)
            status = sample_import(ledger, &protocol, &second, &err);
        if (status == FP_OK)
            status = fp_store_verify(ledger, &events, &rows, &err);
        passed = plan->fired == 0;
        plan->countdown = 0;
        fp_ledger_close(ledger);
        ck_assert_msg(status == FP_NOMEM || status == FP_OK, "allocation %ld: %s", n, err.message);
        failed += status != FP_OK;
        ledger = NULL;
        scratch_ok(fp_ledger_open(path, false, &ledger, &err), &err);
        scratch_ok(fp_store_verify(ledger, &events, &rows, &err), &err);
        ck_assert(events == 3 || events == 4);
        ck_assert_int_eq(rows, events == 3 ? 205 : 265);
        if (events == 3)
            check_rows(ledger);
        fp_ledger_close(ledger);
    }
    (void)printf("%ld runs had no memory\n", failed);
    ck_assert_int_gt(failed, 20);
}
END_TEST

START_TEST(test_mapping_that_is_none)
{
    static const char *const bad[] = {
        "",
        "{}",
        "{\"columns\":[]",
        "{\"columns\":[]}x",
        "{\"columns\":[1]}",
        "{\"columns\":[\"a\"}",
        "{\"columns\":[\"a\",]}",
        "{\"columns\":[\"a\" ,\"b\"]}",
        "{\"columns\":[],\"id\"}",
        "{\"columns\":[],\"id\":}",
        "{\"columns\":[],\"id\":\"person\"",
        "{\"columns\":[],\"hours\":\"h\"}", /* no role of people */
        "{\"columns\":[\"\\u0041\"]}",
    };
    fp_err err;
    fp_store_layout layout;
    const fp_store_table *table = fp_store_table_of(FP_SOURCE_PEOPLE);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_msg(fp_store_layout_read(bad[i], table, arena, &layout, &err) == FP_CHECK,
                      "taken: %s", bad[i]);
    scratch_ok(fp_store_layout_read("{\"columns\":[\"b\",\"a\"],\"id\":\"person\"}", table, arena,
                                    &layout, &err),
               &err);
    ck_assert_int_eq(layout.column_count, 3);
    ck_assert_int_eq(layout.role_count, 1);
    ck_assert_str_eq(layout.names[1], "b");
    ck_assert_int_eq(layout.sorted[0], 2);
    ck_assert_ptr_null(fp_store_table_named("interviews"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("store/damage");
    TCase *tests = tcase_create("damage");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, test_changed_bytes);
    tcase_add_test(tests, test_no_memory_in_the_database);
    tcase_add_test(tests, test_mapping_that_is_none);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
