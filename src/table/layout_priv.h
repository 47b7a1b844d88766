#ifndef FP_TABLE_LAYOUT_PRIV_H
#define FP_TABLE_LAYOUT_PRIV_H

#include "table/table_priv.h"

/* Find where the records begin that stand behind the header, which ends at byte `data` of the body.
 * Method: the body is cut into spans of `span_bytes`; each is counted on its own for both cases,
 * that it begins inside or outside quotes (kernel_priv.h), and the counts are put together in
 * order. Where the quotes of a span are not regular, fp_scan walks through it. The outcome does not
 * depend on threads nor, but for the cut itself, on span_bytes. out   table->span, span_count,
 * rows, regular; in `arena` Errors: FP_INPUT (fp_view_read), FP_NOMEM. A quote that is never closed
 * and the like is left as `doubt` in the span of its record, behind which nothing is counted. Cost:
 * O(bytes); 64 bytes a span. */
FP_MUST_USE fp_status fp_table_layout(fp_table *table, size_t data, size_t span_bytes,
                                      const fp_kernel *kernel, fp_arena *arena, fp_err *err);

#endif
