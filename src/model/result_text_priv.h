#ifndef FP_MODEL_RESULT_TEXT_PRIV_H
#define FP_MODEL_RESULT_TEXT_PRIV_H

#include <stddef.h>

#include "model/result.h"
#include "model/result_table_priv.h"

/* Title, formula, rows, warnings: what every text begins with. */
void fp_text_head(const fp_result *result, const char *title, fp_buf *out);
/* "95% from"; 99.9999 is not rounded to 100. */
void fp_text_level(const fp_result *result, char *out, size_t size);
/* A table of `rows` rows below its heads (NULL ends them), and `values` arrays of as many numbers
 * to fill its columns from; value may be NULL where there are none. */
FP_MUST_USE fp_status fp_text_table_begin(const char *const *heads, ptrdiff_t rows, int values,
                                          fp_arena *scratch, fp_text_table *table, double **value,
                                          fp_err *err);

/* One column of a table of terms: a field of fp_term, with at least and at most so many decimals;
 * most 0 = a p-value. */
typedef struct {
    const char *head;
    size_t field;
    int least, most;
} fp_text_term_column;
#define FP_TERM_FIELD(name) offsetof(fp_term, name)

/* A table of the terms, their names first and then `n` columns. */
FP_MUST_USE fp_status fp_text_term_table(const fp_result *result,
                                         const fp_text_term_column *columns, ptrdiff_t n,
                                         fp_arena *scratch, fp_buf *out, fp_err *err);

/* Column `column` of the table from one field of every term. */
#define FP_TERM_COLUMN(table, result, column, field, least, most, scratch, err)                    \
    do {                                                                                           \
        double *value_;                                                                            \
        FP_ARRAY(value_, (scratch), (result)->term_count, (err));                                  \
        for (ptrdiff_t j_ = 0; j_ < (result)->term_count; j_++)                                    \
            value_[j_] = (result)->field;                                                          \
        fp_text_table_numbers((table), (column), value_, (least), (most));                         \
    } while (0)

typedef struct {
    const char *name;
    fp_test test;
} fp_text_test;

/* A table of tests after an empty line: chisq, df, p. */
FP_MUST_USE fp_status fp_text_tests(const char *title, const fp_text_test *rows, ptrdiff_t n,
                                    fp_arena *scratch, fp_buf *out, fp_err *err);

/* The distance of three to six round times up to `last`: 1, 2 or 5 times a power of ten. */
double fp_text_round_step(double last);

/* The parts that the regressions on a mean share: coefficients with t or z; joint tests of the
 * terms of the formula, where one has several columns. */
FP_MUST_USE fp_status fp_text_coefficients(const fp_result *result, fp_arena *scratch, fp_buf *out,
                                           fp_err *err);
FP_MUST_USE fp_status fp_text_term_tests(const fp_result *result, fp_arena *scratch, fp_buf *out,
                                         fp_err *err);
/* What exp(coefficient) is: "odds ratio", ...; NULL where it says nothing. */
const char *fp_text_ratio_name(const fp_result *result);
/* Estimated means and what compares them, where they were asked for. */
FP_MUST_USE fp_status fp_text_means(const fp_result *result, fp_arena *scratch, fp_buf *out,
                                    fp_err *err);

/* One function a model, one file a function. */
FP_MUST_USE fp_status fp_text_cif(const fp_result *result, fp_arena *scratch, fp_buf *out,
                                  fp_err *err);
FP_MUST_USE fp_status fp_text_cox(const fp_result *result, fp_arena *scratch, fp_buf *out,
                                  fp_err *err);
/* The table of corrected standard errors, of a result that has terms and small_sample. */
FP_MUST_USE fp_status fp_text_small_sample(const fp_result *result, fp_arena *scratch, fp_buf *out,
                                           fp_err *err);
/* Frailty of a Cox model, where it has one. */
void fp_text_frailty(const fp_result *result, fp_buf *out);
/* Tests and intervals under Firth's penalty, where there is one. */
FP_MUST_USE fp_status fp_text_firth(const fp_result *result, fp_arena *scratch, fp_buf *out,
                                    fp_err *err);
/* Contrasts and predicted curves of a Cox model. */
FP_MUST_USE fp_status fp_text_cox_outputs(const fp_result *result, fp_arena *scratch, fp_buf *out,
                                          fp_err *err);
/* Linear contrasts, where there are any. */
FP_MUST_USE fp_status fp_text_contrasts(const fp_result *result, fp_arena *scratch, fp_buf *out,
                                        fp_err *err);
/* Standardised means, where there are any. */
FP_MUST_USE fp_status fp_text_standardised(const fp_result *result, fp_arena *scratch, fp_buf *out,
                                           fp_err *err);
/* Permutation tests, where there are any. */
FP_MUST_USE fp_status fp_text_permutation(const fp_result *result, fp_arena *scratch, fp_buf *out,
                                          fp_err *err);
FP_MUST_USE fp_status fp_text_finegray(const fp_result *result, fp_arena *scratch, fp_buf *out,
                                       fp_err *err);
FP_MUST_USE fp_status fp_text_gee(const fp_result *result, fp_arena *scratch, fp_buf *out,
                                  fp_err *err);
FP_MUST_USE fp_status fp_text_glm(const fp_result *result, fp_arena *scratch, fp_buf *out,
                                  fp_err *err);
FP_MUST_USE fp_status fp_text_lmm(const fp_result *result, fp_arena *scratch, fp_buf *out,
                                  fp_err *err);
FP_MUST_USE fp_status fp_text_km(const fp_result *result, fp_arena *scratch, fp_buf *out,
                                 fp_err *err);
/* The parts of it that compare groups: restricted means; tests. */
FP_MUST_USE fp_status fp_text_km_contrasts(const fp_result *result, fp_arena *scratch, fp_buf *out,
                                           fp_err *err);
FP_MUST_USE fp_status fp_text_km_tests(const fp_result *result, fp_arena *scratch, fp_buf *out,
                                       fp_err *err);

#endif
