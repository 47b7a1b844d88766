#ifndef FP_TABLE_CHECK_PRIV_H
#define FP_TABLE_CHECK_PRIV_H

#include "table/table_priv.h"

/* Errors of a file, in the order of its bytes, by the plain scanner. */

/* What a field can be refused for: too long, a NUL byte, not UTF-8. */
FP_MUST_USE fp_status fp_table_check_field(const fp_table *table, const fp_field *field,
                                           ptrdiff_t j, fp_err *err);
/* Files that are often taken for a text file, by their first bytes. */
FP_MUST_USE fp_status fp_table_check_kind(const char *file, fp_str text, fp_err *err);
/* The fields of the header, at most FP_TABLE_COLUMNS_MAX. */
FP_MUST_USE fp_status fp_table_check_header(const fp_table *table, ptrdiff_t *columns, fp_err *err);
/* The first error in the records of span k; FP_OK where there is none. */
FP_MUST_USE fp_status fp_table_check_span(const fp_table *table, ptrdiff_t k, fp_err *err);
/* The next record; stops at its first error. */
FP_MUST_USE fp_status fp_table_check_record(const fp_table *table, fp_scan *scan, fp_err *err);
FP_MUST_USE fp_status fp_table_too_many_columns(const fp_table *table, fp_err *err);

#endif
