#ifndef FP_BASE_PARALLEL_H
#define FP_BASE_PARALLEL_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/progress.h"

/* One piece of a fold: chunk `i` of `n`. Writes only to its own slot of `context`. */
typedef void (*fp_chunk_fn)(void *context, long i);

/* Run chunks 0..n-1 on `threads` threads (0 = all processors), each chunk once. Which thread runs
 * which chunk is not defined; a fold that writes per chunk and merges in chunk order afterwards
 * gives the same bits for any number of threads. Falls back to fewer threads when the system
 * refuses one. */
void fp_parallel(int threads, long n, fp_chunk_fn run, void *context);
/* How many threads `threads` asks for: itself, or the number of processors where it is 0. */
int fp_threads(int threads);

/* Work beside the caller's own: started, then waited for. Where the system refuses a thread, start
 * runs it on the spot. */
typedef struct {
    void (*run)(void *context);
    void *context;
    pthread_t id;
    bool running;
} fp_aside;
void fp_aside_start(fp_aside *aside, void (*run)(void *context), void *context);
void fp_aside_wait(fp_aside *aside);

/* Elements first..last - 1: piece i when n elements are cut in `pieces` of nearly equal length. */
typedef struct {
    ptrdiff_t first, last;
} fp_piece;
static inline fp_piece fp_piece_of(ptrdiff_t n, long pieces, long i)
{
    ptrdiff_t each = n / pieces, more = n % pieces;
    ptrdiff_t first = each * i + (i < more ? i : more);
    return (fp_piece){first, first + each + (i < more)};
}

/* In how many pieces a pass over n elements is cut: by n alone, so that what is added up per piece
 * has the same bits on any number of threads. */
static inline long fp_pieces(ptrdiff_t n)
{
    return n < 65536 ? 1 : n < 1048576 ? 16 : 64;
}

/* How a long piece of work is done; no number depends on it. Zeroed, or NULL where a function takes
 * a pointer to it: all processors, in silence. */
typedef struct {
    int threads; /* 0 = all processors */
    fp_progress *progress;
} fp_work;

#endif
