#ifndef FP_STATS_GEE_WHITE_PRIV_H
#define FP_STATS_GEE_WHITE_PRIV_H

#include "stats/gee_priv.h"

/* Rows first..first + rows - 1, ids from `id` on, of which the first may have begun earlier. */
typedef struct {
    ptrdiff_t first, rows, id;
} fp_gee_stretch;

/* The working correlation as weights of a row and of those before it in its id. */
typedef struct {
    const fp_reg *reg;
    const fp_gee_rows *rows;
    const fp_gee_moments *moments;
    ptrdiff_t bands;        /* weights that a row can have; 0 = by running sums */
    double *shrink, *scale; /* exchangeable: by rows before, largest; ar1: by distance, positions */
} fp_gee_white;

enum { FP_GEE_PATTERNS = 32 };

/* The inverse Cholesky factor of the correlation among the positions of one pattern. */
typedef struct {
    uint64_t mask;   /* 0 = empty */
    double *inverse; /* positions x positions, row t: weights of the rows up to t */
} fp_gee_pattern;

/* Room for one block after another. */
typedef struct {
    double *root;  /* FP_REG_LD: W^1/2 with the sign of the slope */
    double *white; /* q x FP_REG_LD: columns times L W^1/2 */
    double *shrink, *scale, *band;
    ptrdiff_t *end; /* FP_REG_BLOCK: ends of the ids in the block */
    double *carry;  /* q: of an id that goes on in the next block */
    fp_gee_pattern pattern[FP_GEE_PATTERNS];
    double *factor; /* positions x positions */
} fp_gee_room;

FP_MUST_USE fp_status fp_gee_white_create(const fp_reg *reg, const fp_gee_rows *rows,
                                          fp_arena *arena, fp_gee_white *white, fp_err *err);
FP_MUST_USE fp_status fp_gee_room_create(const fp_gee_white *white, fp_arena *arena,
                                         fp_gee_room *room, fp_err *err);
/* The weights of a pass. */
void fp_gee_white_prepare(fp_gee_white *white, const fp_gee_moments *moments);
/* Before the first block of a pass. */
void fp_gee_room_clear(const fp_gee_white *white, fp_gee_room *room);
/* room->white from the q = p + 1 columns z of a block and room->root. Blocks of an id that is
 * longer than a block come one after the other. */
void fp_gee_whiten(const fp_gee_white *white, const fp_gee_stretch *s, const double *z,
                   fp_gee_room *room);

#endif
