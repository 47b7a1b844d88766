#ifndef FP_TEST_STATS_DATA_H
#define FP_TEST_STATS_DATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stats/cox.h"
#include "stats/km.h"
#include "stats/logrank.h"

/* A table of numbers with named columns, from tests/data/stats. Ends the test program where the
 * file or a column is missing. All memory is the arena's. */
typedef struct {
    ptrdiff_t n, columns;
    char **name;
    double **value; /* columns x n */
} test_table;

test_table test_table_read(const char *file, fp_arena *arena);
double *test_column(const test_table *t, const char *name);
int32_t *test_codes(const test_table *t, const char *name, fp_arena *arena);
/* Columns named in a blank-separated list, side by side. */
double *test_matrix(const test_table *t, const char *names, ptrdiff_t *p, fp_arena *arena);

/* Lines "case quantity value ...". */
typedef struct {
    char *group, *what;
    double *value;
    ptrdiff_t n;
} test_expected;
test_expected *test_expected_read(const char *file, ptrdiff_t *lines, fp_arena *arena);

/* The fixture of a test program against a file of them: an arena, and the file read into `expected`
 * anew for each test. */
#define TEST_EXPECTED(file)                                                                        \
    static fp_arena *arena;                                                                        \
    static test_expected *expected;                                                                \
    static ptrdiff_t expected_lines;                                                               \
    static void set_up(void)                                                                       \
    {                                                                                              \
        arena = fp_arena_create(FP_GIB);                                                           \
        ck_assert_ptr_nonnull(arena);                                                              \
        expected = test_expected_read((file), &expected_lines, arena);                             \
    }                                                                                              \
    static void tear_down(void)                                                                    \
    {                                                                                              \
        fp_arena_destroy(arena);                                                                   \
    }                                                                                              \
    static fp_arena *arena

/* Matching decimal digits of two numbers, up to 17; numbers below `floor` in size are compared on
 * that scale. NaN matches NaN. */
double test_digits(double got, double want, double floor);

/* That `got` agrees with the line "group what" of `expected` in at least so many digits, numbers
 * below `floor` compared on that scale; the test fails otherwise, or where there is no such line.
 */
void test_must(const test_expected *expected, ptrdiff_t lines, const char *group, const char *what,
               const double *got, ptrdiff_t n, double floor, double least);

#endif
