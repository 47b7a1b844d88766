/* What was randomised, read from a table or from a draw that is known. */
#include "model/randomised_priv.h"

#include <math.h>
#include <string.h>

enum { MOST_CLUSTERS = 512 };

/* Levels of a column of the table by row. */
typedef struct {
    const char *name;
    ptrdiff_t count;
    const char *const *levels;
    const int32_t *of_row; /* rows of the table, -1 = missing */
} coded;

static fp_status read_coded(const fp_table *table, const char *name, fp_arena *arena, coded *out,
                            fp_err *err)
{
    const fp_column *column;
    FP_TRY(fp_table_need(table, name, &column, err));
    out->name = name;
    return fp_table_levels(table, fp_table_find(table, name), arena, &out->count, &out->levels,
                           &out->of_row, err);
}

static fp_status two_values(const fp_table *table, const coded *cluster, const coded *factor,
                            ptrdiff_t first, ptrdiff_t row, fp_err *err)
{
    (void)fp_fail_at(err, FP_INPUT, fp_table_name(table), fp_table_line(table, row), 0,
                     "%s %s has %s = %s here and %s = %s on line %ld", cluster->name,
                     cluster->levels[cluster->of_row[row]], factor->name,
                     factor->levels[factor->of_row[row]], factor->name,
                     factor->levels[factor->of_row[first]], fp_table_line(table, first));
    fp_err_field(err, factor->name);
    return fp_hint(err, FP_INPUT, "what is randomised by %s must be the same in all its rows",
                   cluster->name);
}

/* A level may stand only in rows without a cluster. */
static fp_status all_levels(const fp_table *table, const coded *cluster, const coded *factor,
                            const int32_t *level, fp_err *err)
{
    ptrdiff_t count[FP_ALLOCATION_ARMS] = {0};
    for (ptrdiff_t c = 0; c < cluster->count; c++)
        count[level[c]]++;
    for (ptrdiff_t l = 0; l < factor->count; l++)
        if (count[l] == 0) {
            (void)fp_fail_at(err, FP_INPUT, fp_table_name(table), 0, 0, "no %s has %s = %s",
                             cluster->name, factor->name, factor->levels[l]);
            fp_err_field(err, factor->name);
            return FP_INPUT;
        }
    return FP_OK;
}

/* What a column says of each cluster, which is the same in all its rows.
 * out  first  clusters: the first row that says it */
static fp_status values_of_clusters(const fp_table *table, const coded *cluster,
                                    const coded *column, fp_arena *arena, int32_t **code,
                                    ptrdiff_t **first_row, fp_err *err)
{
    int32_t *level;
    ptrdiff_t *first; /* row that told the level, plus 1 */
    FP_ARRAY(level, arena, cluster->count, err);
    FP_ARRAY(first, arena, cluster->count, err);
    for (ptrdiff_t i = 0; i < fp_table_rows(table); i++) {
        int32_t c = cluster->of_row[i], l = column->of_row[i];
        if (c < 0 || l < 0)
            continue;
        if (first[c] && level[c] != l)
            return two_values(table, cluster, column, first[c] - 1, i, err);
        if (!first[c])
            first[c] = i + 1;
        level[c] = l;
    }
    for (ptrdiff_t c = 0; c < cluster->count; c++) {
        if (!first[c]--) {
            (void)fp_fail_at(err, FP_INPUT, fp_table_name(table), 0, 0,
                             "%s %s has no value in any row", cluster->name, cluster->levels[c]);
            fp_err_field(err, column->name);
            return FP_INPUT;
        }
    }
    *code = level;
    if (first_row)
        *first_row = first;
    return FP_OK;
}

static fp_status levels_of_clusters(const fp_table *table, const coded *cluster,
                                    const coded *factor, fp_arena *arena, const int32_t **out,
                                    fp_err *err)
{
    int32_t *level;
    if (factor->count < 2 || factor->count > FP_ALLOCATION_ARMS) {
        (void)fp_fail_at(err, FP_INPUT, fp_table_name(table), 0, 0,
                         "a randomised factor has 2 to %d levels; this column has %td",
                         FP_ALLOCATION_ARMS, factor->count);
        fp_err_field(err, factor->name);
        return FP_INPUT;
    }
    FP_TRY(values_of_clusters(table, cluster, factor, arena, &level, NULL, err));
    FP_TRY(all_levels(table, cluster, factor, level, err));
    *out = level;
    return FP_OK;
}

/* The cluster of each row of the design. */
static fp_status clusters_of_rows(const fp_table *table, const fp_design *design,
                                  const coded *cluster, fp_arena *arena, const int32_t **out,
                                  fp_err *err)
{
    int32_t *of_row;
    FP_ARRAY(of_row, arena, design->n, err);
    for (ptrdiff_t i = 0; i < design->n; i++) {
        ptrdiff_t row = design->row ? design->row[i] : i;
        of_row[i] = cluster->of_row[row];
        if (of_row[i] >= 0)
            continue;
        (void)fp_fail_at(err, FP_INPUT, fp_table_name(table), fp_table_line(table, row), 0,
                         "the cluster that was randomised is missing");
        fp_err_field(err, cluster->name);
        return FP_INPUT;
    }
    *out = of_row;
    return FP_OK;
}

/* The cluster of each row of the table by its number among the units drawn. */
static fp_status units_of_levels(const fp_table *table, const fp_drawn_units *drawn,
                                 const coded *cluster, fp_arena *arena, coded *out, fp_err *err)
{
    int32_t *unit, *of_row;
    FP_ARRAY(unit, arena, cluster->count, err);
    FP_ARRAY(of_row, arena, fp_table_rows(table), err);
    for (ptrdiff_t c = 0; c < cluster->count; c++) {
        ptrdiff_t u = 0;
        while (u < drawn->units && strcmp(drawn->unit[u], cluster->levels[c]) != 0)
            u++;
        if (u == drawn->units) {
            (void)fp_fail_at(err, FP_INPUT, fp_table_name(table), 0, 0, "%s %s was not drawn",
                             cluster->name, cluster->levels[c]);
            fp_err_field(err, cluster->name);
            return FP_INPUT;
        }
        unit[c] = (int32_t)u;
    }
    for (ptrdiff_t i = 0; i < fp_table_rows(table); i++)
        of_row[i] = cluster->of_row[i] < 0 ? -1 : unit[cluster->of_row[i]];
    *out = (coded){cluster->name, drawn->units, drawn->unit, of_row};
    return FP_OK;
}

/* ---- how the units were drawn ---- */

/* Names apart by commas. */
static const char *listed(const char *const *name, ptrdiff_t count, fp_arena *arena, fp_err *err)
{
    const char *list = count ? name[0] : "";
    for (ptrdiff_t i = 1; list && i < count; i++)
        list = fp_arena_printf(arena, err, "%s, %s", list, name[i]);
    return list;
}

/* The strata of the draw: columns of the clusters, crossed; combinations numbered as they come. */
static fp_status read_strata(const fp_table *table, const fp_randomised_text *text,
                             const coded *cluster, fp_arena *arena, fp_allocation_rule *rule,
                             fp_err *err)
{
    int32_t *stratum;
    FP_ARRAY(stratum, arena, cluster->count, err);
    for (ptrdiff_t k = 0; k < text->strata; k++) {
        coded column;
        int32_t *code, *crossed;
        FP_ARRAY(crossed, arena, cluster->count, err);
        FP_TRY(read_coded(table, text->stratum[k], arena, &column, err));
        FP_TRY(values_of_clusters(table, cluster, &column, arena, &code, NULL, err));
        rule->strata = 0;
        for (ptrdiff_t c = 0; c < cluster->count; c++) {
            ptrdiff_t same = 0;
            while (same < c && (stratum[same] != stratum[c] || code[same] != code[c]))
                same++;
            crossed[c] = same < c ? crossed[same] : rule->strata++;
        }
        stratum = crossed;
    }
    rule->stratum = stratum;
    return FP_OK;
}

static fp_status read_covariates(const fp_table *table, const fp_randomised_text *text,
                                 const coded *cluster, fp_arena *arena, fp_allocation_rule *rule,
                                 fp_err *err)
{
    double *value;
    FP_ARRAY(value, arena, cluster->count * text->covariates, err);
    for (ptrdiff_t k = 0; k < text->covariates; k++) {
        coded column;
        int32_t *code;
        ptrdiff_t *first;
        FP_TRY(read_coded(table, text->covariate[k], arena, &column, err));
        const fp_column *numbers = fp_table_column(table, fp_table_find(table, column.name));
        if (numbers->type != FP_COLUMN_NUMBER) {
            (void)fp_fail_at(err, FP_INPUT, fp_table_name(table), 0, 0,
                             "a column of balance() is numbers, and this one is not");
            fp_err_field(err, column.name);
            return FP_INPUT;
        }
        FP_TRY(values_of_clusters(table, cluster, &column, arena, &code, &first, err));
        for (ptrdiff_t c = 0; c < cluster->count; c++)
            value[k * cluster->count + c] = numbers->number[first[c]];
    }
    rule->covariates = text->covariates;
    rule->covariate = value;
    rule->weight = text->weight;
    return FP_OK;
}

/* The score that keeps the share asked for, found as the draw found it: all factors together are
 * the arms. */
static fp_status find_limit(const fp_randomised *made, const fp_randomised_text *text,
                            const fp_permutation_options *options, fp_arena *arena,
                            fp_allocation_rule *rule, fp_err *err)
{
    fp_allocation_space space;
    fp_allocation_options explore = fp_allocation_defaults();
    int32_t *size, *arm;
    int64_t arms = 1;
    for (int f = 0; f < made->factors; f++)
        arms *= made->levels[f];
    if (arms > FP_ALLOCATION_ARMS)
        return fp_fail(err, FP_INPUT, "%lld arms; balance() takes at most %d", (long long)arms,
                       FP_ALLOCATION_ARMS);
    rule->arms = (int32_t)arms;
    FP_ARRAY(size, arena, rule->strata * rule->arms, err);
    FP_ARRAY(arm, arena, rule->units, err);
    for (ptrdiff_t c = 0; c < rule->units; c++) {
        for (int f = 0; f < made->factors; f++)
            arm[c] = arm[c] * made->levels[f] + made->level[f][c];
        size[rule->stratum[c] * rule->arms + arm[c]]++;
    }
    rule->size = size;
    rule->limit = text->limit;
    if (!isnan(text->limit))
        return FP_OK;
    explore.keep = text->keep;
    explore.seed = options->seed;
    explore.threads = options->threads;
    FP_TRY(fp_allocation_explore(rule, &explore, &space, err));
    rule->limit = space.limit;
    return FP_OK;
}

static fp_status read_rule(const fp_table *table, const fp_randomised_text *text,
                           const coded *cluster, const fp_permutation_options *options,
                           fp_arena *arena, fp_randomised *made, fp_err *err)
{
    fp_allocation_rule *rule;
    if (!text->strata && !text->covariates)
        return FP_OK;
    FP_ARRAY(rule, arena, 1, err);
    *rule = (fp_allocation_rule){.units = cluster->count, .strata = 1, .limit = HUGE_VAL};
    FP_TRY(read_strata(table, text, cluster, arena, rule, err));
    if (text->covariates) {
        FP_TRY(read_covariates(table, text, cluster, arena, rule, err));
        FP_TRY(find_limit(made, text, options, arena, rule, err));
        made->balance = listed(text->covariate, text->covariates, arena, err);
    }
    made->strata = text->strata ? listed(text->stratum, text->strata, arena, err) : NULL;
    made->rule = rule;
    return (text->strata && !made->strata) || (text->covariates && !made->balance) ? FP_NOMEM
                                                                                   : FP_OK;
}

/* ---- all of it ---- */

static fp_status check_clusters(const fp_table *table, const coded *cluster, fp_err *err)
{
    if (cluster->count >= 2 && cluster->count <= MOST_CLUSTERS)
        return FP_OK;
    if (cluster->count < 2)
        (void)fp_fail_at(err, FP_INPUT, fp_table_name(table), 0, 0,
                         "only one cluster: nothing was randomised between clusters");
    else
        (void)fp_fail_at(err, FP_INPUT, fp_table_name(table), 0, 0,
                         "%td clusters; a permutation test takes at most %d", cluster->count,
                         MOST_CLUSTERS);
    fp_err_field(err, cluster->name);
    return FP_INPUT;
}

static fp_status read_factor(const fp_table *table, const fp_drawn_units *drawn,
                             const coded *cluster, int f, fp_arena *arena, fp_randomised *made,
                             fp_err *err)
{
    coded factor;
    FP_TRY(read_coded(table, made->factor[f], arena, &factor, err));
    made->levels[f] = (int32_t)factor.count;
    made->level_name[f] = factor.levels;
    if (!drawn)
        return levels_of_clusters(table, cluster, &factor, arena, &made->level[f], err);
    made->level[f] = drawn->level[f];
    return FP_OK;
}

fp_status fp_randomised_read(const char *text, const fp_drawn_units *drawn, const fp_table *table,
                             const fp_design *design, const fp_permutation_options *options,
                             fp_arena *arena, fp_randomised *out, fp_err *err)
{
    fp_randomised made = {0};
    fp_randomised_text written;
    coded cluster;
    FP_TRY(fp_randomised_parse(text, arena, &written, err));
    made.factors = written.factors;
    made.cluster = written.cluster;
    memcpy(made.factor, written.factor, sizeof made.factor);
    FP_TRY(read_coded(table, made.cluster, arena, &cluster, err));
    if (drawn)
        FP_TRY(units_of_levels(table, drawn, &cluster, arena, &cluster, err));
    FP_TRY(check_clusters(table, &cluster, err));
    for (int f = 0; f < made.factors; f++)
        FP_TRY(read_factor(table, drawn, &cluster, f, arena, &made, err));
    FP_TRY(clusters_of_rows(table, design, &cluster, arena, &made.of_row, err));
    made.clusters = cluster.count;
    made.labels = cluster.levels;
    if (drawn) {
        made.rule = drawn->rule;
        made.strata = drawn->strata;
        made.balance = drawn->balance;
    } else {
        FP_TRY(read_rule(table, &written, &cluster, options, arena, &made, err));
    }
    *out = made;
    return FP_OK;
}
