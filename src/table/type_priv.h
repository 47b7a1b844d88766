#ifndef FP_TABLE_TYPE_PRIV_H
#define FP_TABLE_TYPE_PRIV_H

#include "table/table_priv.h"

/* What a value could be. A whole number is a number with either decimal mark. */
enum { FP_KIND_POINT = 1, FP_KIND_COMMA = 2, FP_KIND_LOGICAL = 4, FP_KIND_DATE = 8 };

/* How many values of a column could be what. Sums and first rows: the order in which rows are
 * counted does not matter. */
typedef struct {
    ptrdiff_t present;
    ptrdiff_t number; /* with either mark */
    ptrdiff_t point;
    ptrdiff_t comma;
    ptrdiff_t logical;
    ptrdiff_t date;
    ptrdiff_t not_point; /* first row of a present value that is not a number with a point; -1 */
    ptrdiff_t not_comma;
} fp_tally;

fp_tally fp_tally_none(void);
void fp_tally_count(fp_tally *tally, unsigned kind, ptrdiff_t row);
void fp_tally_add(fp_tally *tally, const fp_tally *more);
/* Type, decimal mark and stray row that follow. */
void fp_tally_decide(const fp_tally *tally, fp_column *column);

/* Why a text is missing, FP_PRESENT where it is not. in  na  may be NULL */
fp_missing fp_missing_kind(fp_str text, const char *const *na);
/* TRUE, T, FALSE, F. */
bool fp_logical(fp_str text, double *value);
/* Which kinds a value that is present could be, as bits. in  decimal  0 = either mark */
unsigned fp_value_kind(const fp_table *table, fp_value value, char decimal);

#endif
