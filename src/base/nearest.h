#ifndef FP_BASE_NEAREST_H
#define FP_BASE_NEAREST_H

#include <stddef.h>

/* For hints: which existing name was probably meant. */

/* Optimal string alignment distance without regard to ASCII case: insertions, deletions,
 * substitutions and swaps of neighbours, each 1. A text of more than 96 bytes is 97 from any other.
 */
int fp_name_distance(const char *a, const char *b);
/* The first of `names` that is nearest to `name`, when it is near enough to be a slip of the pen
 * (at most a third of the length of `name`, at least 1, and less than the other's length); else
 * NULL. Borrowed from `names`. Cost: O(count length^2). */
const char *fp_nearest(const char *name, const char *const *names, ptrdiff_t count);

#endif
