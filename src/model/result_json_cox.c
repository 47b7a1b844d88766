#include "model/result_json_priv.h"

static json_t *json_term(const fp_result *result, ptrdiff_t j)
{
    const fp_term *term = &result->terms[j];
    fp_node to = fp_node_create();
    fp_node_put(&to, "term", fp_json_text(term->term));
    fp_node_put(&to, "estimate", fp_json_number(term->estimate));
    fp_node_put(&to, "se", fp_json_number(term->se));
    if (result->frailty)
        fp_node_put(&to, "se2", fp_json_number(result->frailty->part.se2[j]));
    if (result->robust)
        fp_node_put(&to, "robust_se", fp_json_number(term->robust_se));
    fp_node_put(&to, "statistic", fp_json_number(term->statistic));
    fp_node_put(&to, "p", fp_json_number(term->p));
    fp_node_put(&to, "lower", fp_json_number(term->lower));
    fp_node_put(&to, "upper", fp_json_number(term->upper));
    fp_node_put(&to, "exp_estimate", fp_json_number(term->exp_estimate));
    fp_node_put(&to, "exp_lower", fp_json_number(term->exp_lower));
    fp_node_put(&to, "exp_upper", fp_json_number(term->exp_upper));
    return fp_node_finish(&to);
}

static json_t *json_terms(const fp_result *result)
{
    json_t *list = json_array();
    for (ptrdiff_t j = 0; j < result->term_count; j++)
        fp_json_append(&list, json_term(result, j));
    return list;
}

json_t *fp_json_covariance(const fp_result *result)
{
    json_t *rows = json_array();
    for (ptrdiff_t i = 0; i < result->term_count; i++) {
        json_t *row = json_array();
        for (ptrdiff_t j = 0; j < result->term_count; j++)
            fp_json_append(&row, fp_json_number(result->covariance[i + j * result->term_count]));
        fp_json_append(&rows, row);
    }
    return rows;
}

static json_t *json_tests(const fp_result *result)
{
    fp_node to = fp_node_create();
    fp_node_put(&to, "likelihood_ratio", fp_json_test(result->likelihood_ratio));
    fp_node_put(&to, "wald", fp_json_test(result->wald));
    fp_node_put(&to, "score", fp_json_test(result->score));
    fp_node_put(&to, "robust_score",
                result->robust_score.df > 0 ? fp_json_test(result->robust_score) : json_null());
    return fp_node_finish(&to);
}

static json_t *json_ph(const fp_result *result)
{
    json_t *list = json_array();
    for (ptrdiff_t i = 0; i < result->ph_count; i++) {
        const fp_ph_row *row = &result->ph[i];
        fp_node to = fp_node_create();
        fp_node_put(&to, "term", fp_json_text(row->term));
        fp_node_put(&to, "chisq", fp_json_number(row->chisq));
        fp_node_put(&to, "df", fp_json_count(row->df));
        fp_node_put(&to, "p", fp_json_number(row->p));
        fp_json_append(&list, fp_node_finish(&to));
    }
    return list;
}

static json_t *json_small_term(const fp_small_term *term)
{
    fp_node to = fp_node_create();
    fp_node_put(&to, "term", fp_json_text(term->term));
    fp_node_put(&to, "se", fp_json_number(term->se));
    fp_node_put(&to, "df", fp_json_count(term->df));
    fp_node_put(&to, "p", fp_json_number(term->p));
    fp_node_put(&to, "lower", fp_json_number(term->lower));
    fp_node_put(&to, "upper", fp_json_number(term->upper));
    return fp_node_finish(&to);
}

static json_t *json_small_terms(const fp_result *result, const fp_small_term *terms)
{
    json_t *list = json_array();
    for (ptrdiff_t j = 0; j < result->term_count; j++)
        fp_json_append(&list, json_small_term(&terms[j]));
    return list;
}

json_t *fp_json_small_sample(const fp_result *result)
{
    fp_node to = fp_node_create();
    json_t *beside = json_array();
    for (ptrdiff_t k = 0; k < result->small_beside_count; k++) {
        const fp_small_beside *other = &result->small_beside[k];
        fp_node one = fp_node_create();
        fp_node_put(&one, "method", fp_json_text(other->method));
        fp_node_put(&one, "terms", json_small_terms(result, other->terms));
        fp_json_append(&beside, fp_node_finish(&one));
    }
    fp_node_put(&to, "method", fp_json_text(result->small_sample));
    fp_node_put(&to, "terms", json_small_terms(result, result->small_terms));
    fp_node_put(&to, "beside", beside);
    return fp_node_finish(&to);
}

void fp_json_put_cox(fp_node *to, const fp_result *result)
{
    fp_node loglik = fp_node_create(), concordance = fp_node_create();
    fp_node_put(&loglik, "null", fp_json_number(result->loglik_null));
    fp_node_put(&loglik, "fitted", fp_json_number(result->loglik_fitted));
    fp_node_put(&concordance, "estimate", fp_json_number(result->concordance.estimate));
    fp_node_put(&concordance, "se", fp_json_number(result->concordance.se));
    if (result->event_code)
        fp_node_put(to, "event", fp_json_text(result->event_code));
    fp_node_put(to, "ties", fp_json_text(result->ties));
    fp_node_put(to, "terms", json_terms(result));
    fp_node_put(to, "covariance", fp_json_covariance(result));
    fp_node_put(to, "robust", json_boolean(result->robust));
    fp_node_put(to, "clusters",
                result->clusters > 0 ? json_integer(result->clusters) : json_null());
    fp_node_put(to, "loglik", fp_node_finish(&loglik));
    fp_node_put(to, "tests", json_tests(result));
    fp_node_put(to, "concordance", fp_node_finish(&concordance));
    fp_node_put(to, "proportional_hazards", json_ph(result));
    if (result->small_sample)
        fp_node_put(to, "small_sample", fp_json_small_sample(result));
    fp_json_put_permutation(to, result);
    fp_json_put_frailty(to, result);
    fp_json_put_firth(to, result);
    fp_json_put_cox_outputs(to, result);
}
