#ifndef FP_TEST_ARENA_FIXTURE_H
#define FP_TEST_ARENA_FIXTURE_H

#include <check.h>

#include "base/arena.h"

/* The fixture of a test program that needs nothing but memory: `arena`, which set_up() makes before
 * a test and tear_down() destroys after it. */
#define TEST_ARENA(bytes)                                                                          \
    static fp_arena *arena;                                                                        \
    static void set_up(void)                                                                       \
    {                                                                                              \
        arena = fp_arena_create(bytes);                                                            \
        ck_assert_ptr_nonnull(arena);                                                              \
    }                                                                                              \
    static void tear_down(void)                                                                    \
    {                                                                                              \
        fp_arena_destroy(arena);                                                                   \
    }                                                                                              \
    static fp_arena *arena

#endif
