#ifndef FP_STUDY_CHANGES_H
#define FP_STUDY_CHANGES_H

#include "study/data.h"

/* Coaches who left or were replaced and people who changed coach, in a study that drew its arms
 * here: everybody is analysed in the cluster and the arm of the draw (docs/methods/allocation.md).
 */

/* The coach of the draw in whose place a coach is: the coach itself unless it replaced another.
 * Cost: O(count) for each replacement on the way. */
const char *fp_change_place(const fp_change *changes, ptrdiff_t count, const char *coach);

/* With whom a person was when the lots were drawn, or when first registered after. */
typedef struct {
    const char *person, *coach;
    int64_t import;
} fp_first_coach;

/* Put everybody back where the draw had them, in the rows that the study is built from: coaches who
 * replaced another lose their own row, and the cluster column of people names the coach of the
 * draw. A person whose coach is another than the first, and no event says why, is a problem; so is
 * one whose coach is none of those that the events name.
 * in      first    first_count, oldest first: the first of a person counts; those that were never
 *                  imported are missing
 * in/out  sources  coaches and people; what changes is copied into `arena`
 * Errors: FP_NOMEM. Cost: O(people + changes). */
FP_MUST_USE fp_status fp_changes_apply(const fp_protocol *protocol, const fp_change *changes,
                                       ptrdiff_t change_count, const fp_first_coach *first,
                                       ptrdiff_t first_count, fp_source *sources, fp_arena *arena,
                                       fp_problems *problems, fp_err *err);

/* A source with only these of its rows. Errors: FP_NOMEM. */
FP_MUST_USE fp_status fp_source_pick(const fp_source *source, const ptrdiff_t *rows,
                                     ptrdiff_t count, fp_arena *arena, fp_source *out, fp_err *err);

#endif
