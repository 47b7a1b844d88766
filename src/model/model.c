#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "base/num.h"
#include "model/model_priv.h"
#include "stats/dist.h"

fp_model_common fp_model_common_defaults(void)
{
    return (fp_model_common){.level = 0.95, .seed = 1, .data_sha256 = ""};
}

fp_status fp_warnings_init(fp_warnings *list, fp_arena *arena, fp_err *err)
{
    const char **text;
    FP_ARRAY(text, arena, FP_WARNINGS_MAX, err);
    *list = (fp_warnings){arena, text, 0, 0};
    return FP_OK;
}

fp_status fp_warnings_add(fp_warnings *list, fp_err *err, const char *format, ...)
{
    if (list->count + 1 >= FP_WARNINGS_MAX) {
        list->lost++;
        return FP_OK;
    }
    char line[2048];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(line, sizeof line, format, args);
    va_end(args);
    char *copy = fp_arena_strdup(list->arena, line, err);
    if (!copy)
        return FP_NOMEM;
    list->text[list->count++] = copy;
    return FP_OK;
}

fp_status fp_warnings_resume(fp_warnings *list, const fp_result *result, fp_arena *arena,
                             fp_err *err)
{
    FP_TRY(fp_warnings_init(list, arena, err));
    for (ptrdiff_t i = 0; i < result->warning_count; i++)
        list->text[list->count++] = result->warnings[i];
    return FP_OK;
}

fp_status fp_warnings_finish(fp_warnings *list, fp_result *result, fp_err *err)
{
    if (list->lost) {
        char *copy =
            fp_arena_printf(list->arena, err, "%td more warnings are not shown", list->lost);
        if (!copy)
            return FP_NOMEM;
        list->text[list->count++] = copy;
    }
    result->warnings = list->text;
    result->warning_count = list->count;
    return FP_OK;
}

fp_design_options fp_model_design_options(const fp_model_common *common)
{
    return (fp_design_options){.weights = common->weights,
                               .cluster = common->cluster,
                               .id = common->id,
                               .threads = common->threads};
}

fp_result fp_model_begin(fp_model model, const fp_table *table, const fp_design *design,
                         const fp_model_common *common)
{
    return (fp_result){.model = model,
                       .formula = design->text,
                       .level = common->level,
                       .n = design->n,
                       .dropped = design->dropped,
                       .clusters = design->cluster ? design->clusters : 0,
                       .cluster_name = design->cluster_name,
                       .data_name = fp_table_name(table),
                       .data_sha256 = common->data_sha256,
                       .seed = common->seed};
}

const char *fp_conf_type_name(fp_conf_type type)
{
    static const char *const names[] = {
        [FP_CONF_LOG] = "log", [FP_CONF_LOGLOG] = "log-log", [FP_CONF_PLAIN] = "plain"};
    return names[type];
}

fp_term fp_term_undefined(const char *name)
{
    return (fp_term){.term = name,
                     .estimate = FP_NUM_NAN,
                     .se = FP_NUM_NAN,
                     .robust_se = FP_NUM_NAN,
                     .statistic = FP_NUM_NAN,
                     .p = FP_NUM_NAN,
                     .lower = FP_NUM_NAN,
                     .upper = FP_NUM_NAN,
                     .exp_estimate = FP_NUM_NAN,
                     .exp_lower = FP_NUM_NAN,
                     .exp_upper = FP_NUM_NAN,
                     .naive_se = FP_NUM_NAN};
}

void fp_term_normal(fp_term *term, double se, double level)
{
    double z = fp_normal_quantile(0.5 + level / 2);
    term->statistic = term->estimate / se;
    term->p = fp_normal_two_sided(term->statistic);
    term->lower = term->estimate - z * se;
    term->upper = term->estimate + z * se;
    term->exp_lower = exp(term->lower);
    term->exp_upper = exp(term->upper);
}

fp_status fp_model_check_clusters(const fp_table *table, const fp_design *design,
                                  const char *small_sample, fp_err *err)
{
    if (small_sample && !design->cluster && strcmp(small_sample, "none") != 0) {
        (void)fp_fail(err, FP_USAGE, "a small-sample correction needs clusters");
        return fp_hint(err, FP_USAGE, "add cluster(COLUMN) to the formula, or --cluster COLUMN");
    }
    if (!design->cluster || design->clusters > 1)
        return FP_OK;
    (void)fp_fail_at(err, FP_INPUT, fp_table_name(table), 0, 0,
                     "only one cluster (%s): a cluster-robust standard error needs at least two",
                     design->cluster_label[0]);
    fp_err_field(err, design->cluster_name);
    return fp_hint(err, FP_INPUT, "leave the clusters out, or take the column that tells them");
}

fp_link fp_result_link(const fp_result *result)
{
    for (int k = 0; result->link && fp_link_names()[k]; k++)
        if (strcmp(result->link, fp_link_names()[k]) == 0)
            return (fp_link)k;
    return FP_LINK_IDENTITY;
}

fp_family fp_result_family(const fp_result *result)
{
    for (int k = 0; result->family && fp_family_names()[k]; k++)
        if (strcmp(result->family, fp_family_names()[k]) == 0)
            return (fp_family)k;
    return FP_FAMILY_GAUSSIAN;
}

fp_status fp_firth_warn_ends(const fp_design *design, const double *beta,
                             const fp_firth_part *firth, fp_warnings *warnings, fp_err *err)
{
    for (ptrdiff_t j = 0; j < design->p; j++)
        if (!isnan(beta[j]) && (isnan(firth->terms[j].lower) || isnan(firth->terms[j].upper)))
            FP_TRY(fp_warnings_add(warnings, err,
                                   "the profile interval of %s has no end within reach",
                                   design->column[j]));
    return FP_OK;
}
