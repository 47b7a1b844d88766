#ifndef FP_MODEL_RANDOMISED_H
#define FP_MODEL_RANDOMISED_H

#include "stats/allocation.h"

/* What was randomised, on what, and how: in words for an analysis of a table,
 *
 *   "ips * pa | coach"
 *   "ips * pa | coach | strata(team) + balance(caseload, 2*experience; keep 0.1)"
 *
 * and from the log of a study that drew its arms itself. Factors stand apart by *, after the bar
 * the column of the units. The third part says what every allocation of the draw kept to: strata()
 * the numbers of each arm within the levels of these columns (crossed), balance() a balance score
 * of these columns (docs/methods/allocation.md, eq. 2; a number and * before a column is its
 * weight) among the best share `keep` (default 0.1) of all allocations, or of at most `limit`. */

enum { FP_RANDOMISED_FACTORS = 6 };

/* The draw behind a `randomised` design, where it is known: every unit drawn, also those without a
 * row in the table, and the rule that the permutation tests keep to. Borrowed. */
typedef struct {
    ptrdiff_t units;
    const char *const *unit;                     /* as the column of the clusters writes them */
    const int32_t *level[FP_RANDOMISED_FACTORS]; /* units: codes, in the order of the factors */
    const fp_allocation_rule *rule;
    const char *strata, *balance; /* the columns that the rule holds to, in words; NULL = none */
} fp_drawn_units;

#endif
