#include "base/base_cases.h"

#include <string.h>

#include "base/arena.h"

static int all_zero(const unsigned char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i])
            return 0;
    return 1;
}

START_TEST(test_blocks)
{
    fp_arena *arena = fp_arena_create(64 * FP_MIB);
    static const ptrdiff_t sizes[] = {0, 1, 63, 64, 65, 1000, 16384, 16385, 300000, 5, 3000000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        unsigned char *p = fp_arena_array(arena, sizes[i], 1, NULL);
        ck_assert_ptr_nonnull(p);
        ck_assert_uint_eq((uintptr_t)p % 64, 0);
        ck_assert(all_zero(p, (size_t)sizes[i]));
        memset(p, 0xff, (size_t)sizes[i]);
    }
    fp_arena_destroy(arena);
    fp_arena_destroy(NULL);
}
END_TEST

START_TEST(test_limit)
{
    fp_err err;
    fp_arena *arena = fp_arena_create(1024);
    ck_assert_ptr_nonnull(fp_arena_array(arena, 960, 1, &err));
    ck_assert_uint_eq(fp_arena_used(arena), 960);
    ck_assert_ptr_null(fp_arena_array(arena, 65, 1, &err));
    ck_assert_int_eq(err.status, FP_NOMEM);
    ck_assert_str_eq(err.message, "65 bytes could not be had within the memory limit");
    ck_assert_ptr_nonnull(fp_arena_array(arena, 64, 1, &err)); /* the last of it */
    ck_assert_ptr_null(fp_arena_array(arena, 0, 1, &err));
    ck_assert_uint_eq(fp_arena_used(arena), 1024);
    fp_arena_destroy(arena);
}
END_TEST

START_TEST(test_overflow)
{
    fp_err err;
    fp_arena *arena = fp_arena_create(SIZE_MAX);
    ck_assert_ptr_null(fp_arena_array(arena, -1, 8, &err));
    ck_assert_int_eq(err.status, FP_NOMEM);
    ck_assert_ptr_null(fp_arena_array(arena, PTRDIFF_MAX, 8, &err));
    ck_assert_ptr_null(fp_arena_array(arena, PTRDIFF_MAX, 1, &err));
    ck_assert_ptr_null(fp_arena_array(arena, (ptrdiff_t)1 << 33, (size_t)1 << 33, &err));
    ck_assert_uint_eq(fp_arena_used(arena), 0);
    fp_arena_destroy(arena);
}
END_TEST

START_TEST(test_failure)
{
    fp_err err;
    fp_arena *arena = fp_arena_create(FP_MIB);
    fp_arena_fail_at(arena, 3);
    ck_assert_ptr_nonnull(fp_arena_array(arena, 1, 1, &err));
    ck_assert_ptr_nonnull(fp_arena_array(arena, 1, 1, &err));
    ck_assert_ptr_null(fp_arena_array(arena, 1, 1, &err));
    ck_assert_ptr_null(fp_arena_array(arena, 1, 1, &err)); /* and all after it */
    ck_assert_ptr_null(fp_arena_strdup(arena, "x", &err));
    ck_assert_ptr_null(fp_arena_printf(arena, &err, "%d", 1));
    ck_assert_int_eq(err.status, FP_NOMEM);
    fp_arena_fail_at(arena, 0);
    ck_assert_ptr_nonnull(fp_arena_array(arena, 1, 1, &err));
    fp_arena_destroy(arena);
}
END_TEST

START_TEST(test_rewind)
{
    fp_arena *arena = fp_arena_create(64 * FP_MIB);
    fp_arena_point empty = fp_arena_mark(arena);
    char *kept = fp_arena_strdup(arena, "kept", NULL);
    fp_arena_point point = fp_arena_mark(arena);
    size_t used = fp_arena_used(arena);
    for (int round = 0; round < 3; round++) {
        /* small enough for the same block, and large enough for three new ones */
        static const ptrdiff_t sizes[] = {100, 100000, 1000000, 9000000};
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            unsigned char *p = fp_arena_array(arena, sizes[i], 1, NULL);
            ck_assert(all_zero(p, (size_t)sizes[i])); /* also where it was used before */
            memset(p, 0xff, (size_t)sizes[i]);
        }
        fp_arena_rewind(arena, point);
        ck_assert_uint_eq(fp_arena_used(arena), used);
        ck_assert_str_eq(kept, "kept");
    }
    fp_arena_rewind(arena, empty);
    ck_assert_uint_eq(fp_arena_used(arena), 0);
    ck_assert_ptr_nonnull(fp_arena_array(arena, 1, 1, NULL));
    fp_arena_destroy(arena);
}
END_TEST

/* A block that is mapped is zero by itself, and made so where it was written before. */
START_TEST(test_mapped)
{
    fp_arena *arena = fp_arena_create(64 * FP_MIB);
    const ptrdiff_t large = 20000000, half = 9000000;
    fp_arena_point empty = fp_arena_mark(arena);
    unsigned char *p = fp_arena_array(arena, large, 1, NULL);
    ck_assert_uint_eq((uintptr_t)p % 64, 0);
    ck_assert(all_zero(p, (size_t)large));
    fp_arena_rewind(arena, empty);
    ck_assert_ptr_nonnull(fp_arena_strdup(arena, "small", NULL));
    p = fp_arena_array(arena, large, 1, NULL);
    fp_arena_point point = fp_arena_mark(arena);
    p[large - 1] = 1;
    for (int round = 0; round < 3; round++) {
        p = fp_arena_array(arena, half, 1, NULL);
        ck_assert(all_zero(p, (size_t)half));
        memset(p, 0xff, (size_t)(half / (round + 1)));
        fp_arena_rewind(arena, point);
    }
    fp_arena_destroy(arena);
}
END_TEST

START_TEST(test_texts)
{
    fp_arena *arena = fp_arena_create(FP_MIB);
    ck_assert_str_eq(fp_arena_strdup(arena, "", NULL), "");
    ck_assert_str_eq(fp_arena_strndup(arena, "abcdef", 3, NULL), "abc");
    ck_assert_str_eq(fp_arena_strndup(arena, NULL, 0, NULL), "");
    ck_assert_str_eq(fp_arena_printf(arena, NULL, "%s-%03d", "x", 7), "x-007");
    fp_arena_destroy(arena);
}
END_TEST

static fp_status scoped(fp_err *err, size_t limit)
{
    FP_ARENA_SCOPED(scratch, limit, err);
    double *x;
    FP_ARRAY(x, scratch, 100, err);
    x[99] = 1;
    return FP_OK;
}

START_TEST(test_scoped)
{
    fp_err err;
    ck_assert_int_eq(scoped(&err, 1024), FP_OK);
    ck_assert_int_eq(scoped(&err, 512), FP_NOMEM);
    ck_assert_int_eq(err.status, FP_NOMEM);
}
END_TEST

static void mark_one(void *context)
{
    int *order = context;
    order[order[0]++] = 1;
}

static void mark_two(void *context)
{
    int *order = context;
    order[order[0]++] = 2;
}

/* What is deferred runs once, the last first, at the rewind to before it or at the end. */
START_TEST(test_defer)
{
    int order[4] = {1};
    fp_arena *arena = fp_arena_create(FP_MIB);
    ck_assert_int_eq(fp_arena_defer(arena, mark_one, order, NULL), FP_OK);
    fp_arena_point point = fp_arena_mark(arena);
    ck_assert_int_eq(fp_arena_defer(arena, mark_two, order, NULL), FP_OK);
    fp_arena_rewind(arena, point);
    ck_assert_int_eq(order[0], 2);
    ck_assert_int_eq(order[1], 2);
    fp_arena_rewind(arena, point);
    ck_assert_int_eq(order[0], 2);
    fp_arena_fail_at(arena, 1);
    ck_assert_int_eq(fp_arena_defer(arena, mark_two, order, NULL), FP_NOMEM);
    fp_arena_destroy(arena);
    ck_assert_int_eq(order[0], 3);
}
END_TEST

TCase *case_arena(void)
{
    TCase *tc = tcase_create("arena");
    tcase_add_test(tc, test_blocks);
    tcase_add_test(tc, test_limit);
    tcase_add_test(tc, test_overflow);
    tcase_add_test(tc, test_failure);
    tcase_add_test(tc, test_rewind);
    tcase_add_test(tc, test_mapped);
    tcase_add_test(tc, test_texts);
    tcase_add_test(tc, test_scoped);
    tcase_add_test(tc, test_defer);
    return tc;
}
