#ifndef FP_STORE_ALLOCATION_PRIV_H
#define FP_STORE_ALLOCATION_PRIV_H

#include "store/allocation.h"

/* The kind of change of an event, FP_CHANGE_COUNT where it is none. */
fp_change_kind fp_change_of(const char *event_kind);
/* The body of such an event; false where it is not of that form. */
bool fp_allocation_take_change(fp_str body, int64_t commit, fp_arena *arena, fp_change *change);

#endif
