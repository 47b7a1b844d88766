#ifndef FP_BASE_PARALLEL_H
#define FP_BASE_PARALLEL_H

#include "base/err.h"

/* One piece of a fold: chunk `i` of `n`. Writes only to its own slot of `context`. */
typedef void (*fp_chunk_fn)(void *context, long i);

/* Run chunks 0..n-1 on `threads` threads (0 = all processors), each chunk once. Which thread runs
 * which chunk is not defined; a fold that writes per chunk and merges in chunk order afterwards
 * gives the same bits for any number of threads. Falls back to fewer threads when the system
 * refuses one. */
void fp_parallel(int threads, long n, fp_chunk_fn run, void *context);

#endif
