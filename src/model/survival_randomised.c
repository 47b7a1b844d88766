#include "model/survival_priv.h"

#include <stdio.h>
#include <string.h>

enum { MOST_CLUSTERS = 512 }; /* what stats/permutation.h takes */

/* ---- reading ---- */

static fp_status bad_text(const char *text, fp_err *err)
{
    (void)fp_fail(err, FP_USAGE, "cannot read what was randomised from \"%s\"", text);
    return fp_hint(err, FP_USAGE,
                   "write the factors and the column of the clusters: \"ips * pa | coach\"");
}

/* A name without the blanks and backquotes round it. */
static fp_str name_of(const char *from, const char *to)
{
    fp_str name = fp_str_trim((fp_str){from, (size_t)(to - from)});
    if (name.n >= 2 && name.p[0] == '`' && name.p[name.n - 1] == '`')
        name = (fp_str){name.p + 1, name.n - 2};
    return name;
}

static fp_status parse(const char *text, fp_arena *arena, fp_randomised *out, fp_err *err)
{
    const char *bar = strchr(text, '|');
    if (!bar || strchr(bar + 1, '|') || strchr(bar, '*'))
        return bad_text(text, err);
    const char *star = strchr(text, '*');
    fp_str names[3] = {name_of(text, star ? star : bar), {"", 0}, name_of(bar + 1, strchr(bar, 0))};
    if (star)
        names[1] = name_of(star + 1, bar);
    if (!names[0].n || !names[2].n || (star && !names[1].n) ||
        memchr(names[1].p, '*', names[1].n) || fp_str_eq(names[0], names[1]))
        return bad_text(text, err);
    out->factors = star ? 2 : 1;
    const char *copy[3] = {NULL, NULL, NULL};
    for (int i = 0; i < 3; i++)
        if (!(copy[i] = fp_str_dup(arena, names[i], err)))
            return FP_NOMEM;
    out->factor[0] = copy[0];
    out->factor[1] = star ? copy[1] : NULL;
    out->cluster = copy[2];
    return FP_OK;
}

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

static fp_status two_arms(const fp_table *table, const coded *cluster, const coded *factor,
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
static fp_status both_levels(const fp_table *table, const coded *cluster, const coded *factor,
                             const int32_t *level, fp_err *err)
{
    ptrdiff_t count[2] = {0, 0};
    for (ptrdiff_t c = 0; c < cluster->count; c++)
        count[level[c]]++;
    for (int l = 0; l < 2; l++)
        if (count[l] == 0) {
            (void)fp_fail_at(err, FP_INPUT, fp_table_name(table), 0, 0, "no %s has %s = %s",
                             cluster->name, factor->name, factor->levels[l]);
            fp_err_field(err, factor->name);
            return FP_INPUT;
        }
    return FP_OK;
}

/* The level of a factor in each cluster. */
static fp_status levels_of_clusters(const fp_table *table, const coded *cluster,
                                    const coded *factor, fp_arena *arena, const int32_t **out,
                                    fp_err *err)
{
    if (factor->count != 2) {
        (void)fp_fail_at(err, FP_INPUT, fp_table_name(table), 0, 0,
                         "a randomised factor has two levels; this column has %td", factor->count);
        fp_err_field(err, factor->name);
        return FP_INPUT;
    }
    int32_t *level;
    ptrdiff_t *first; /* row that told the level, plus 1 */
    FP_ARRAY(level, arena, cluster->count, err);
    FP_ARRAY(first, arena, cluster->count, err);
    for (ptrdiff_t i = 0; i < fp_table_rows(table); i++) {
        int32_t c = cluster->of_row[i], l = factor->of_row[i];
        if (c < 0 || l < 0)
            continue;
        if (first[c] && level[c] != l)
            return two_arms(table, cluster, factor, first[c] - 1, i, err);
        if (!first[c])
            first[c] = i + 1;
        level[c] = l;
    }
    for (ptrdiff_t c = 0; c < cluster->count; c++)
        if (!first[c]) {
            (void)fp_fail_at(err, FP_INPUT, fp_table_name(table), 0, 0,
                             "%s %s has no value in any row", cluster->name, cluster->levels[c]);
            fp_err_field(err, factor->name);
            return FP_INPUT;
        }
    *out = level;
    return both_levels(table, cluster, factor, level, err);
}

/* The cluster of each row of the design. */
static fp_status clusters_of_rows(const fp_table *table, const fp_design *design,
                                  const coded *cluster, fp_arena *arena, const int32_t **out,
                                  fp_err *err)
{
    int32_t *of_row;
    FP_ARRAY(of_row, arena, design->n, err);
    for (ptrdiff_t i = 0; i < design->n; i++) {
        of_row[i] = cluster->of_row[design->row[i]];
        if (of_row[i] >= 0)
            continue;
        (void)fp_fail_at(err, FP_INPUT, fp_table_name(table), fp_table_line(table, design->row[i]),
                         0, "the cluster that was randomised is missing");
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

fp_status fp_randomised_read(const char *text, const fp_drawn_units *drawn, const fp_table *table,
                             const fp_design *design, fp_arena *arena, fp_randomised *out,
                             fp_err *err)
{
    fp_randomised made = {0};
    coded cluster, factor;
    FP_TRY(parse(text, arena, &made, err));
    FP_TRY(read_coded(table, made.cluster, arena, &cluster, err));
    if (drawn)
        FP_TRY(units_of_levels(table, drawn, &cluster, arena, &cluster, err));
    if (cluster.count < 2) {
        (void)fp_fail_at(err, FP_INPUT, fp_table_name(table), 0, 0,
                         "only one cluster: nothing was randomised between clusters");
        fp_err_field(err, made.cluster);
        return FP_INPUT;
    }
    if (cluster.count > MOST_CLUSTERS) {
        (void)fp_fail_at(err, FP_INPUT, fp_table_name(table), 0, 0,
                         "%td clusters; a permutation test takes at most %d", cluster.count,
                         MOST_CLUSTERS);
        fp_err_field(err, made.cluster);
        return FP_INPUT;
    }
    for (int f = 0; f < made.factors; f++) {
        if (drawn) {
            made.level[f] = drawn->level[f];
            continue;
        }
        FP_TRY(read_coded(table, made.factor[f], arena, &factor, err));
        FP_TRY(levels_of_clusters(table, &cluster, &factor, arena, &made.level[f], err));
    }
    FP_TRY(clusters_of_rows(table, design, &cluster, arena, &made.of_row, err));
    made.clusters = cluster.count;
    made.labels = cluster.levels;
    made.rule = drawn ? drawn->rule : NULL;
    *out = made;
    return FP_OK;
}

/* ---- testing ---- */

typedef struct {
    const fp_randomised *design;
    const fp_survdata *data;
    fp_ties ties;
    const fp_permutation_options *options;
    fp_arena *arena;
} work;

/* Sums by cluster of the martingale residuals of a model with linear predictor `eta`, stratified
 * by `stratum` (NULL = not). */
static fp_status residual_sums(const work *w, const double *eta, const int32_t *stratum,
                               double **sums, fp_err *err)
{
    FP_ARENA_SCOPED(scratch, 8 * FP_GIB, err);
    fp_survdata data = *w->data;
    data.stratum = stratum;
    data.strata = stratum ? 2 : 1;
    double *residual, *sum;
    FP_TRY(fp_cox_martingale(&data, eta, w->ties, scratch, &residual, err));
    FP_ARRAY(sum, w->arena, w->design->clusters, err);
    for (ptrdiff_t i = 0; i < data.n; i++)
        sum[w->design->of_row[i]] += residual[i] * (data.weight ? data.weight[i] : 1.0);
    *sums = sum;
    return FP_OK;
}

static fp_status add_row(fp_result *result, fp_permutation_row *rows, const char *effect,
                         const char *null, bool approximate, const fp_permutation_result *test,
                         fp_err *err)
{
    if (!effect || !null)
        return fp_fail_nomem(err, 0);
    rows[result->permutation_count++] = (fp_permutation_row){effect, null, *test, approximate};
    return FP_OK;
}

/* One factor; the other one's column stays as it was. */
static fp_status test_margin(const work *w, int factor, fp_permutation_row *rows, fp_result *result,
                             fp_err *err)
{
    const fp_randomised *design = w->design;
    const char *name = design->factor[factor], *other = design->factor[1 - factor];
    const int32_t *fixed = design->factors == 2 ? design->level[1 - factor] : NULL;
    int32_t *stratum = NULL;
    double *zero, *sums;
    FP_ARRAY(zero, w->arena, w->data->n, err);
    if (fixed) {
        FP_ARRAY(stratum, w->arena, w->data->n, err);
        for (ptrdiff_t i = 0; i < w->data->n; i++)
            stratum[i] = fixed[design->of_row[i]];
    }
    FP_TRY(residual_sums(w, zero, stratum, &sums, err));
    fp_permutation_result test;
    FP_TRY(fp_permutation_margin(design->clusters, sums, design->level[factor], fixed, w->options,
                                 &test, err));
    const char *null =
        fixed ? fp_arena_printf(w->arena, err,
                                "no person's outcome depends on %s at either level of %s, whatever "
                                "%s does",
                                name, other, other)
              : fp_arena_printf(w->arena, err, "no person's outcome depends on %s", name);
    return add_row(result, rows, name, null, false, &test, err);
}

static fp_status test_neither(const work *w, fp_permutation_row *rows, fp_result *result,
                              fp_err *err)
{
    const fp_randomised *design = w->design;
    int32_t *arm, code[4], arms = 0;
    bool present[4] = {false};
    double *zero, *sums;
    FP_ARRAY(zero, w->arena, w->data->n, err);
    FP_ARRAY(arm, w->arena, design->clusters, err);
    for (ptrdiff_t c = 0; c < design->clusters; c++)
        present[2 * design->level[0][c] + design->level[1][c]] = true;
    for (int i = 0; i < 4; i++)
        code[i] = present[i] ? arms++ : -1;
    for (ptrdiff_t c = 0; c < design->clusters; c++)
        arm[c] = code[2 * design->level[0][c] + design->level[1][c]];
    FP_TRY(residual_sums(w, zero, NULL, &sums, err));
    fp_permutation_result test;
    FP_TRY(fp_permutation_global(design->clusters, sums, arm, arms, w->options, &test, err));
    const char *null = fp_arena_printf(
        w->arena, err, "no person's outcome depends on %s or on %s, alone or together",
        design->factor[0], design->factor[1]);
    return add_row(result, rows, "neither", null, false, &test, err);
}

static fp_status test_interaction(const work *w, fp_permutation_row *rows, fp_warnings *warnings,
                                  fp_result *result, fp_err *err)
{
    const fp_randomised *design = w->design;
    const char *a = design->factor[0], *b = design->factor[1];
    ptrdiff_t n = w->data->n;
    fp_survdata data = *w->data;
    fp_cox_options cox = fp_cox_defaults();
    fp_cox_fit fit;
    double *x, *sums;
    cox.ties = w->ties;
    data.stratum = NULL;
    data.strata = 1;
    FP_ARRAY(x, w->arena, 2 * n, err);
    for (ptrdiff_t i = 0; i < 2 * n; i++)
        x[i] = design->level[i >= n][design->of_row[i % n]];
    FP_TRY(fp_cox(&data, 2, x, NULL, &cox, w->arena, &fit, err));
    if (fit.state != FP_COX_CONVERGED || fit.rank < 2)
        return fp_warnings_add(warnings, err,
                               "no permutation test of %s:%s: the model with %s and %s as terms "
                               "could not be fitted",
                               a, b, a, b);
    FP_TRY(residual_sums(w, fit.eta, NULL, &sums, err));
    fp_permutation_result test;
    FP_TRY(fp_permutation_interaction(design->clusters, sums, design->level[0], design->level[1],
                                      NULL, w->options, &test, err));
    const char *effect = fp_arena_printf(w->arena, err, "%s:%s", a, b);
    const char *null = fp_arena_printf(
        w->arena, err,
        "the effect of %s is the same at both levels of %s (approximate: the main effects are "
        "estimated, and projected out anew in every allocation)",
        a, b);
    return add_row(result, rows, effect, null, true, &test, err);
}

static bool all_arms_present(const fp_randomised *design)
{
    bool present[4] = {false};
    for (ptrdiff_t c = 0; c < design->clusters; c++)
        present[2 * design->level[0][c] + design->level[1][c]] = true;
    return present[0] && present[1] && present[2] && present[3];
}

fp_status fp_survival_permutation(const fp_randomised *design, const fp_survdata *data,
                                  fp_ties ties, const fp_permutation_options *options,
                                  fp_arena *arena, fp_warnings *warnings, fp_result *result,
                                  fp_err *err)
{
    fp_permutation_options within = *options;
    within.rule = design->rule;
    work w = {design, data, ties, &within, arena};
    fp_permutation_row *rows;
    FP_ARRAY(rows, arena, 4, err);
    for (int f = 0; f < design->factors; f++)
        FP_TRY(test_margin(&w, f, rows, result, err));
    if (design->factors == 2) {
        FP_TRY(test_neither(&w, rows, result, err));
        if (all_arms_present(design))
            FP_TRY(test_interaction(&w, rows, warnings, result, err));
        else
            FP_TRY(fp_warnings_add(
                warnings, err, "no permutation test of %s:%s: an arm has no cluster in the data",
                design->factor[0], design->factor[1]));
    }
    result->permutation = rows;
    return FP_OK;
}
