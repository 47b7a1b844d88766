#ifndef FP_TABLE_LEVELS_PRIV_H
#define FP_TABLE_LEVELS_PRIV_H

#include "table/table_priv.h"

/* One distinct value of a column: sorted by key or, where all keys are equal, by text. */
typedef struct {
    double key;
    fp_str text;
    int32_t met; /* rank in order of first meeting, or what the caller makes of it */
} fp_distinct;

/* A set of values that grows in an arena. All zero = empty. */
typedef struct {
    fp_distinct *item;
    int32_t count;
    int32_t *slot; /* open addressing; rank + 1, 0 = free */
    size_t mask;   /* slots - 1 */
} fp_level_set;

/* The item of a value, NULL where it is none of the set. */
fp_distinct *fp_level_find(const fp_level_set *set, fp_str text, double key);
/* Add a value that is not in the set; its text is borrowed. Errors: FP_NOMEM. */
FP_MUST_USE fp_status fp_level_add(fp_level_set *set, fp_str text, double key, int32_t met,
                                   fp_arena *arena, fp_err *err);
/* Sort the set; code[i] = rank in order of meeting becomes the rank in sorted order, -1 stays. The
 * texts are copied to `arena`. */
FP_MUST_USE fp_status fp_level_sort(fp_level_set *set, ptrdiff_t rows, int32_t *code,
                                    fp_arena *scratch, fp_arena *arena, const char *const **levels,
                                    fp_err *err);

#endif
