#ifndef FP_STATS_SORT_H
#define FP_STATS_SORT_H

#include <stdint.h>
#include <string.h>

#include "base/arena.h"

/* Sort unsigned keys ascending, each with a number of its own that moves along; equal keys keep
 * their order, so that the answer does not depend on the threads.
 * Method: one scatter by the leading bits in which the keys differ, then each bucket by itself:
 *         insertion where it is short, else least significant digit first, over the bytes that
 *         vary.
 * in/out  key    n
 * in/out  item   n, or NULL
 * in      threads  0 = all
 * Errors: FP_NOMEM. Cost: O(n); scratch as large as key and item. Thread-safe: yes. */
FP_MUST_USE fp_status fp_sort_keys(uint64_t *key, uint32_t *item, ptrdiff_t n, int threads,
                                   fp_arena *scratch, fp_err *err);

/* Keys in the order of the numbers (no NaN); -0 and 0 are one key. */
static inline uint64_t fp_sort_key(double value)
{
    uint64_t bits;
    value += 0.0;
    memcpy(&bits, &value, sizeof bits);
    return bits >> 63 ? ~bits : bits | (uint64_t)1 << 63;
}

static inline double fp_sort_value(uint64_t key)
{
    uint64_t bits = key >> 63 ? key & ~((uint64_t)1 << 63) : ~key;
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

#endif
