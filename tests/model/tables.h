#ifndef FP_TEST_TABLES_H
#define FP_TEST_TABLES_H

#include <check.h>

#include "table/table.h"

/* A table from the text of a CSV file, and one from a file below tests/data; the test fails where
 * it cannot be read. All memory is the arena's. */
static inline const fp_table *test_table_of(const char *text, fp_arena *arena)
{
    const fp_table *table;
    fp_err err = {0};
    fp_status status = fp_table_read_text("t.csv", fp_str_of(text), NULL, arena, &table, &err);
    ck_assert_msg(status == FP_OK, "%s", err.message);
    return table;
}

static inline const fp_table *test_table_at(const char *path, fp_arena *arena)
{
    const fp_table *table;
    fp_err err = {0};
    fp_status status = fp_table_read(path, NULL, arena, &table, &err);
    ck_assert_msg(status == FP_OK, "%s", err.message);
    return table;
}

#endif
