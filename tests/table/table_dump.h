#ifndef FP_TESTS_TABLE_TABLE_DUMP_H
#define FP_TESTS_TABLE_TABLE_DUMP_H

#include "table/table.h"

/* A table as text, one line a column:  NAME TYPE VALUE VALUE ...  with numbers as %.17g, dates as
 * 2021-02-28, texts between slashes, and (empty) (NA) (dot) (user) for what is missing. A text
 * column ends with its levels in brackets, and with stray=ROW where most values are numbers. */
void dump_table(const fp_table *table, fp_buf *out);

#endif
