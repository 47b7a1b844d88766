#ifndef FP_STATS_CHOLMOD_PRIV_H
#define FP_STATS_CHOLMOD_PRIV_H

#include <suitesparse/cholmod.h>

#include "base/err.h"

/* CHOLMOD, loaded when a fit needs it: with it come BLAS and LAPACK, whose libraries take longer to
 * load than most commands run, and OpenBLAS starts threads as soon as it is there. */

/* The functions used, under CHOLMOD's own names without `cholmod_`. */
#define FP_CHOLMOD_FUNCTIONS(X)                                                                    \
    X(start)                                                                                       \
    X(finish)                                                                                      \
    X(allocate_triplet)                                                                            \
    X(triplet_to_sparse)                                                                           \
    X(free_triplet)                                                                                \
    X(copy_sparse)                                                                                 \
    X(free_sparse)                                                                                 \
    X(allocate_dense)                                                                              \
    X(free_dense)                                                                                  \
    X(analyze)                                                                                     \
    X(factorize)                                                                                   \
    X(solve)                                                                                       \
    X(free_factor)

#define FP_CHOLMOD_MEMBER(name) __typeof__(&cholmod_##name) name;
typedef struct {
    FP_CHOLMOD_FUNCTIONS(FP_CHOLMOD_MEMBER)
} fp_cholmod;

/* Fill the table. The library stays loaded. Errors: FP_INTERNAL where it is not installed.
 * Thread-safe: yes. */
FP_MUST_USE fp_status fp_cholmod_load(fp_cholmod *out, fp_err *err);

#endif
