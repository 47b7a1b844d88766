#ifndef FP_BASE_PROGRESS_H
#define FP_BASE_PROGRESS_H

#include <stdint.h>

#include "base/arena.h"

/* A line on a terminal that tells how far a long piece of work is and how long it will still take:
 *
 *     reading data/episodes.csv  [##########..............]  42%  8 s left
 *
 * Handed down by whoever owns the terminal; NULL, allowed everywhere, tells nothing. It is drawn
 * only once the command has run for `delay` seconds, at most five times a second, with nothing but
 * ASCII and carriage returns, and wiped out at the end of each piece of work, so that it never
 * stays among the words of a command. No number depends on it. */
typedef struct fp_progress fp_progress;

#define FP_PROGRESS_DELAY 2.0 /* [s] */

/* A meter on file descriptor `fd`; NULL where that is no terminal, TERM is "dumb" or there is no
 * memory: then there is nothing to tell. Borrows `fd`; the clock starts here.
 * in    delay   [s] nothing is drawn before; FP_PROGRESS_DELAY for people, 0 for tests */
fp_progress *fp_progress_open(int fd, double delay);
/* Wipe the line out and free the meter. */
void fp_progress_close(fp_progress *progress);
void fp_progress_cleanup(fp_progress **progress); /* for a cleanup attribute */

/* A piece of work of `total` units begins, one at a time: a second begin ends the first.
 * in    what    "reading", for people; copied
 * in    of      what it is done to, such as a file; NULL = nothing
 * in    total   units; 0 = not known: then the units done and the seconds gone are told */
void fp_progress_begin(fp_progress *progress, const char *what, const char *of, int64_t total);
/* So many units more are done. Thread-safe, and draws now and then; costs a look at the clock, so
 * call it once for a few thousand rows. */
void fp_progress_add(fp_progress *progress, int64_t done);
/* The piece of work is done: wipe the line out. */
void fp_progress_end(fp_progress *progress);

#endif
