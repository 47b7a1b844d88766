#include <string.h>

#include "model/design_priv.h"

/* Random-effects terms: groups from the right of the bar, columns from the left. */

enum { NESTED_MOST = 16, RANDOM_MOST = 64 };

/* The columns of a/b/c or a:b in the order in which they are written. */
static fp_status list_factors(const fp_builder *b, const fp_node *node, ptrdiff_t *factor,
                              ptrdiff_t *count, bool *nested)
{
    node = fp_node_inside(node);
    bool slash = node->kind == FP_NODE_BINARY && node->op == FP_OP_DIVIDE;
    if (slash || (node->kind == FP_NODE_BINARY && node->op == FP_OP_COLON)) {
        *nested = *nested || slash;
        FP_TRY(list_factors(b, node->left, factor, count, nested));
        return list_factors(b, node->right, factor, count, nested);
    }
    if (fp_node_is_call(node, "factor") && node->count == 1)
        node = fp_node_inside(node->left);
    if (node->kind != FP_NODE_NAME) {
        (void)fp_formula_fail(b->err, node->at, "the groups of a random effect are columns");
        return fp_hint(b->err, FP_INPUT, "as in (1 | coach), (1 | coach/person) or (1 | a:b)");
    }
    if (*count == NESTED_MOST)
        return fp_formula_fail(b->err, node->at, "more than %d columns make these groups",
                               NESTED_MOST);
    return fp_node_column(b, node, &factor[(*count)++]);
}

static fp_status check_groups(const fp_builder *b, const fp_random *r)
{
    if (r->groups < 2) {
        const char *label;
        FP_TRY(fp_random_label(b->table, r, 0, b->scratch, &label, b->err));
        (void)fp_formula_fail(b->err, r->at, "%s has one group in the rows used, \"%s\"",
                              fp_shown_of(r->group).s, fp_shown_of(label).s);
        return fp_hint(b->err, FP_INPUT, "a random effect needs several groups: leave it out");
    }
    if (r->groups * (double)r->width < (double)b->n)
        return FP_OK;
    (void)fp_formula_fail(b->err, r->at,
                          "%s has %d groups with %td random effect%s each, no fewer than the %td "
                          "rows used",
                          fp_shown_of(r->group).s, r->groups, r->width, r->width == 1 ? "" : "s",
                          b->n);
    return fp_hint(b->err, FP_INPUT,
                   "the effects cannot be told from the residuals: take fewer, or another column");
}

static bool all_ones(const double *x, ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i < n; i++)
        if (x[i] < 1 || x[i] > 1)
            return false;
    return true;
}

/* The columns that a set of terms makes. */
static fp_status read_effects(const fp_builder *b, const fp_terms *terms, fp_random *r)
{
    fp_design made = {.response = FP_RESPONSE_NUMBER};
    const double **effect;
    FP_TRY(fp_design_matrix(b, terms, &made));
    FP_ARRAY(effect, b->arena, made.p, b->err);
    for (ptrdiff_t j = 0; j < made.p; j++)
        effect[j] =
            made.column_term[j] < 0 || all_ones(made.columns[j], b->n) ? NULL : made.columns[j];
    r->width = made.p;
    r->effect = effect;
    r->name = made.column;
    return FP_OK;
}

/* The intercept alone needs no matrix. */
static fp_status plain_intercept(const fp_builder *b, fp_random *r)
{
    static const char *const name[] = {"(Intercept)"};
    const double **effect;
    FP_ARRAY(effect, b->arena, 1, b->err);
    r->width = 1;
    r->effect = effect;
    r->name = name;
    return FP_OK;
}

static fp_status add(const fp_builder *b, fp_random *list, ptrdiff_t *count, const fp_random *r)
{
    if (*count == RANDOM_MOST)
        return fp_formula_fail(b->err, r->at, "more than %d random-effects terms", RANDOM_MOST);
    FP_TRY(check_groups(b, r));
    list[(*count)++] = *r;
    return FP_OK;
}

/* One grouping of one bar: a term, or with || a term for each of its own. */
static fp_status add_bar(const fp_builder *b, const fp_bar *bar, const fp_terms *terms, fp_random r,
                         fp_random *list, ptrdiff_t *count)
{
    if (terms->intercept && (bar->apart || terms->terms == 0)) {
        FP_TRY(plain_intercept(b, &r));
        FP_TRY(add(b, list, count, &r));
    }
    if (!bar->apart) {
        if (terms->terms == 0)
            return FP_OK;
        FP_TRY(read_effects(b, terms, &r));
        return add(b, list, count, &r);
    }
    for (int32_t t = 0; t < terms->terms; t++) {
        fp_terms own = *terms;
        own.intercept = false;
        own.terms = 1;
        own.term = terms->term + t;
        FP_TRY(read_effects(b, &own, &r));
        FP_TRY(add(b, list, count, &r));
    }
    return FP_OK;
}

static fp_status read_bar(const fp_builder *b, const fp_bar *bar, fp_random *list, ptrdiff_t *count)
{
    static const char *const without[FP_FORMULA_WITHOUT] = {NULL};
    const fp_formula side = {.right = bar->effects, .tilde_at = bar->at};
    ptrdiff_t factor[NESTED_MOST];
    ptrdiff_t factors = 0;
    bool nested = false;
    fp_terms terms;
    FP_TRY(fp_formula_terms(&side, NULL, 0, without, b->scratch, &terms, b->err));
    if (terms.terms == 0 && !terms.intercept)
        return fp_formula_fail(b->err, bar->at, "there is nothing random left of the bar");
    FP_TRY(list_factors(b, bar->group, factor, &factors, &nested));
    for (ptrdiff_t f = nested ? 1 : factors; f <= factors; f++) {
        fp_random r = {.at = bar->at};
        FP_TRY(fp_design_grouping(b, f, factor, &r));
        FP_TRY(add_bar(b, bar, &terms, r, list, count));
    }
    return FP_OK;
}

/* The same effect of the same groups twice has no variance of its own. */
static fp_status check_twice(const fp_builder *b, const fp_random *list, ptrdiff_t count)
{
    for (ptrdiff_t i = 0; i < count; i++)
        for (ptrdiff_t k = 0; k < i; k++)
            for (ptrdiff_t u = 0; u < list[i].width; u++)
                for (ptrdiff_t v = 0; v < list[k].width; v++)
                    if (strcmp(list[i].group, list[k].group) == 0 &&
                        strcmp(list[i].name[u], list[k].name[v]) == 0) {
                        (void)fp_formula_fail(b->err, list[i].at, "%s varies by %s twice",
                                              fp_shown_of(list[i].name[u]).s,
                                              fp_shown_of(list[i].group).s);
                        return fp_hint(b->err, FP_INPUT,
                                       "(x | g) has the intercept already: (0 + x | g) has not");
                    }
    return FP_OK;
}

fp_status fp_design_random(const fp_builder *b, ptrdiff_t count, const fp_bar *bars,
                           fp_design *design)
{
    fp_random *list;
    ptrdiff_t terms = 0;
    if (count == 0)
        return FP_OK;
    FP_ARRAY(list, b->arena, RANDOM_MOST, b->err);
    for (ptrdiff_t i = 0; i < count; i++)
        FP_TRY(read_bar(b, &bars[i], list, &terms));
    FP_TRY(check_twice(b, list, terms));
    design->random = list;
    design->random_count = terms;
    return FP_OK;
}

static fp_status read_column(const fp_builder *b, const char *name, fp_random *r)
{
    ptrdiff_t j = fp_table_find(b->table, name); /* keep_rows() has found it */
    return fp_design_grouping(b, 1, &j, r);
}

fp_status fp_design_wave(const fp_builder *b, fp_design *design)
{
    fp_random wave = {0}, *subject;
    const char **label;
    if (b->options->subject) {
        FP_ARRAY(subject, b->arena, 1, b->err);
        FP_TRY(read_column(b, b->options->subject, subject));
        design->subject = subject->code;
        design->subjects = subject->groups;
        design->subject_group = subject;
    }
    if (!b->options->wave)
        return FP_OK;
    FP_TRY(read_column(b, b->options->wave, &wave));
    FP_ARRAY(label, b->arena, wave.groups, b->err);
    for (int32_t t = 0; t < wave.groups; t++)
        FP_TRY(fp_random_label(b->table, &wave, t, b->arena, &label[t], b->err));
    design->wave = wave.code;
    design->waves = wave.groups;
    design->wave_label = label;
    return FP_OK;
}
