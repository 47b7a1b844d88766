#ifndef FP_MODEL_RESULT_JSON_PRIV_H
#define FP_MODEL_RESULT_JSON_PRIV_H

#include <stdbool.h>

#include "base/str.h"
#include "model/result.h"

/* Every builder below hands over a new reference, or NULL on lack of memory; fp_node_put and
 * fp_json_append take the reference over and pass the NULL on, so that only the caller of the whole
 * has to look. */
typedef struct {
    json_t *object;
    bool failed;
} fp_node;

fp_node fp_node_create(void);
void fp_node_put(fp_node *to, const char *key, json_t *value);
json_t *fp_node_finish(fp_node *from);
void fp_json_append(json_t **list, json_t *value);

/* Append a whole answer as text, numbers with 17 significant digits. Takes the reference over.
 * Errors: FP_NOMEM (NULL too). */
FP_MUST_USE fp_status fp_json_dump(json_t *root, fp_buf *out, fp_err *err);

/* A whole number as a JSON integer; anything else as fp_json_number. */
json_t *fp_json_count(double value);
/* A text; one that is not UTF-8, as the name of a file may be, is replaced. NULL: null. */
json_t *fp_json_text(const char *text);
json_t *fp_json_test(fp_test test);

/* Parts that several models have. */
json_t *fp_json_covariance(const fp_result *result);
json_t *fp_json_small_sample(const fp_result *result);
json_t *fp_json_regression_terms(const fp_result *result);
json_t *fp_json_term_tests(const fp_result *result);
/* Estimated means, where they were asked for. */
void fp_json_put_means(fp_node *to, const fp_result *result);

/* Linear contrasts of the coefficients, where they were asked for. */
void fp_json_put_contrasts(fp_node *to, const fp_result *result);
/* Standardised means, where they were asked for. */
void fp_json_put_standardised(fp_node *to, const fp_result *result);

/* The keys of one model: one function a model, one file a function. */
void fp_json_put_cox(fp_node *to, const fp_result *result);
/* Frailty of a Cox model, where it has one. */
void fp_json_put_frailty(fp_node *to, const fp_result *result);
/* Tests and intervals under Firth's penalty, where there is one. */
void fp_json_put_firth(fp_node *to, const fp_result *result);
/* Contrasts and curves of a Cox model. */
void fp_json_put_cox_outputs(fp_node *to, const fp_result *result);
/* Permutation tests, where there are any. */
void fp_json_put_permutation(fp_node *to, const fp_result *result);
void fp_json_put_cif(fp_node *to, const fp_result *result);
void fp_json_put_gee(fp_node *to, const fp_result *result);
void fp_json_put_glm(fp_node *to, const fp_result *result);
void fp_json_put_finegray(fp_node *to, const fp_result *result);
void fp_json_put_lmm(fp_node *to, const fp_result *result);
void fp_json_put_km(fp_node *to, const fp_result *result);

#endif
