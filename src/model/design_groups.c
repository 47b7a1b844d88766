#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/parallel.h"
#include "model/design_priv.h"

/* Factors crossed, the first one slowest, as strata() and survfit() do; combinations without rows
 * are left out. */
typedef struct {
    int32_t count;       /* combinations so far */
    const int32_t *code; /* n; in the arena of the design */
    int32_t factors, cap;
    fp_value *factor;
    const char **name;
} crossing;

static int by_code(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static fp_status begin_crossing(const fp_builder *b, int32_t cap, crossing *c)
{
    *c = (crossing){.count = 1, .cap = cap};
    FP_ARRAY(c->factor, b->scratch, cap, b->err);
    FP_ARRAY(c->name, b->scratch, cap, b->err);
    return FP_OK;
}

/* So many possible combinations are numbered by a table of all of them, more by sorting. */
#define TABLE_MOST ((int64_t)1 << 22)

typedef struct {
    ptrdiff_t n;
    long pieces;
    const int32_t *left, *right;
    int64_t levels;
    int32_t *place, *code;
} crossing_pass;

static void number_rows(void *context, long i)
{
    crossing_pass *w = context;
    fp_piece rows = fp_piece_of(w->n, w->pieces, i);
    for (ptrdiff_t k = rows.first; k < rows.last; k++)
        w->code[k] = w->place[w->left[k] * w->levels + w->right[k]];
}

static fp_status cross_by_table(const fp_builder *b, const fp_value *factor, int32_t *code,
                                crossing *c)
{
    crossing_pass w = {b->n, fp_pieces(b->n), c->code, factor->code, factor->levels, NULL, code};
    int64_t possible = c->count * w.levels;
    int32_t count = 0;
    FP_ARRAY(w.place, b->scratch, possible, b->err);
    for (ptrdiff_t i = 0; i < b->n; i++)
        w.place[w.left[i] * w.levels + w.right[i]] = 1;
    for (int64_t k = 0; k < possible; k++)
        if (w.place[k])
            w.place[k] = count++;
    fp_parallel(b->options->threads, w.pieces, number_rows, &w);
    c->count = count;
    return FP_OK;
}

static fp_status cross_by_sorting(const fp_builder *b, const fp_value *factor, int32_t *code,
                                  crossing *c)
{
    int64_t *both, *sorted;
    ptrdiff_t count = 0;
    FP_ARRAY(both, b->scratch, b->n, b->err);
    FP_ARRAY(sorted, b->scratch, b->n, b->err);
    for (ptrdiff_t i = 0; i < b->n; i++)
        sorted[i] = both[i] = (int64_t)c->code[i] * factor->levels + factor->code[i];
    qsort(sorted, (size_t)b->n, sizeof *sorted, by_code);
    for (ptrdiff_t i = 0; i < b->n; i++)
        if (count == 0 || sorted[i] > sorted[count - 1])
            sorted[count++] = sorted[i];
    for (ptrdiff_t i = 0; i < b->n; i++) {
        const int64_t *at = bsearch(&both[i], sorted, (size_t)count, sizeof *sorted, by_code);
        code[i] = (int32_t)(at - sorted);
    }
    c->count = (int32_t)count;
    return FP_OK;
}

static fp_status cross(const fp_builder *b, const fp_node *node, crossing *c)
{
    fp_builder keeping = *b;
    fp_value factor;
    int32_t *code;
    keeping.scratch = b->arena; /* the codes of the first factor are those of the crossing */
    FP_TRY(fp_value_factor(c->factors ? b : &keeping, node, &factor));
    c->factor[c->factors] = factor;
    FP_TRY(fp_node_text(node, b->scratch, &c->name[c->factors], b->err));
    if (c->factors++ == 0) {
        c->code = factor.code;
        c->count = (int32_t)factor.levels;
        return FP_OK;
    }
    FP_ARRAY(code, b->arena, b->n, b->err);
    FP_TRY(c->count * (int64_t)factor.levels <= TABLE_MOST ? cross_by_table(b, &factor, code, c)
                                                           : cross_by_sorting(b, &factor, code, c));
    c->code = code;
    return FP_OK;
}

/* Everybody in one group where there is no factor. */
static fp_status end_crossing(const fp_builder *b, crossing *c)
{
    int32_t *code;
    if (c->factors > 0)
        return FP_OK;
    FP_ARRAY(code, b->arena, b->n, b->err);
    c->code = code;
    return FP_OK;
}

/* "a=1, b=2" of each combination; "all" where nothing was crossed. */
static fp_status label_crossing(const fp_builder *b, const crossing *c, const char *const **out)
{
    const char **label;
    int32_t found = 0;
    FP_ARRAY(label, b->arena, c->count, b->err);
    for (ptrdiff_t i = 0; i < b->n && found < c->count; i++) {
        if (label[c->code[i]])
            continue;
        found++;
        FP_BUF_SCOPED(text, FP_MIB * 16);
        for (int32_t k = 0; k < c->factors; k++) {
            const fp_value *f = &c->factor[k];
            fp_buf_put(&text, k ? ", " : "");
            fp_buf_put(&text, c->name[k]);
            fp_buf_put_char(&text, '=');
            fp_buf_put(&text, f->level[f->code[i]]);
        }
        fp_buf_put(&text, c->factors ? "" : "all");
        FP_TRY(fp_buf_ok(&text, b->err));
        label[c->code[i]] = fp_str_dup(b->arena, fp_buf_str(&text), b->err);
        if (!label[c->code[i]])
            return FP_NOMEM;
    }
    *out = label;
    return FP_OK;
}

/* ---- strata(), cluster(), offset(), weights */

static const fp_node *single_call(const fp_terms *terms, int32_t t, const char *name)
{
    const fp_term_set *term = &terms->term[t];
    const fp_node *node = terms->variable[term->variable[0]];
    return term->n == 1 && fp_node_is_call(node, name) ? node : NULL;
}

fp_status fp_design_cross(const fp_builder *b, int32_t count, const fp_node *const *node,
                          const int32_t **code, int32_t *levels)
{
    crossing c;
    FP_TRY(begin_crossing(b, count, &c));
    for (int32_t i = 0; i < count; i++)
        FP_TRY(cross(b, node[i], &c));
    *code = c.code;
    *levels = c.count;
    return FP_OK;
}

static fp_status read_strata(const fp_builder *b, const fp_terms *terms, fp_design *design)
{
    int32_t arguments = 0;
    for (int32_t t = 0; t < terms->terms; t++) {
        const fp_node *call = single_call(terms, t, "strata");
        if (call && call->count == 0)
            return fp_formula_fail(b->err, call->at, "strata() names no column");
        arguments += call ? call->count : 0;
    }
    if (arguments == 0)
        return FP_OK;
    crossing c;
    FP_TRY(begin_crossing(b, arguments, &c));
    for (int32_t t = 0; t < terms->terms; t++) {
        const fp_node *call = single_call(terms, t, "strata");
        for (const fp_node *a = call ? call->left : NULL; a; a = a->next)
            FP_TRY(cross(b, a, &c));
    }
    design->stratum = c.code;
    design->strata = c.count;
    return label_crossing(b, &c, &design->stratum_label);
}

typedef struct {
    const int32_t *code;
    int32_t count;
    const char *const *label;
    const char *name;
} grouping;

static fp_status read_groups(const fp_builder *b, const fp_node *node, grouping *out)
{
    fp_value factor;
    int32_t *code;
    const char **label;
    FP_TRY(fp_value_factor(b, node, &factor));
    FP_ARRAY(code, b->arena, b->n, b->err);
    FP_ARRAY(label, b->arena, factor.levels, b->err);
    memcpy(code, factor.code, (size_t)b->n * sizeof *code);
    for (ptrdiff_t k = 0; k < factor.levels; k++) {
        label[k] = fp_arena_strdup(b->arena, factor.level[k], b->err);
        if (!label[k])
            return FP_NOMEM;
    }
    *out = (grouping){code, (int32_t)factor.levels, label, NULL};
    if (fp_node_inside(node)->kind == FP_NODE_NAME) {
        out->name = fp_arena_strdup(b->arena, fp_node_inside(node)->text, b->err);
        return out->name ? FP_OK : FP_NOMEM;
    }
    return fp_node_text(node, b->arena, &out->name, b->err);
}

static fp_status use_cluster(const fp_builder *b, const fp_node *node, fp_design *design)
{
    grouping groups;
    FP_TRY(read_groups(b, node, &groups));
    design->cluster = groups.code;
    design->clusters = groups.count;
    design->cluster_label = groups.label;
    design->cluster_name = groups.name;
    return FP_OK;
}

static fp_status read_frailty(const fp_builder *b, const fp_terms *terms, fp_design *design)
{
    for (int32_t t = 0; b->options->frailty && t < terms->terms; t++) {
        const fp_node *call = single_call(terms, t, "frailty");
        grouping groups;
        if (!call)
            continue;
        if (call->count != 1) {
            (void)fp_formula_fail(b->err, call->at, "frailty() takes one argument, not %d",
                                  call->count);
            return fp_hint(b->err, FP_INPUT,
                           "frailty(g): its distribution is the gamma, its variance is estimated");
        }
        if (design->frailty)
            return fp_formula_fail(b->err, call->at, "there is one frailty() already");
        FP_TRY(read_groups(b, call->left, &groups));
        design->frailty = groups.code;
        design->frailties = groups.count;
        design->frailty_label = groups.label;
        design->frailty_name = groups.name;
    }
    return FP_OK;
}

static fp_status read_cluster(const fp_builder *b, const fp_terms *terms, fp_design *design)
{
    const char *named = b->options->cluster;
    for (int32_t t = 0; t < terms->terms; t++) {
        const fp_node *call = single_call(terms, t, "cluster");
        if (!call)
            continue;
        if (call->count != 1)
            return fp_formula_fail(b->err, call->at, "cluster() takes one argument, not %d",
                                   call->count);
        if (design->cluster || named) {
            (void)fp_formula_fail(b->err, call->at, "the clusters are given twice");
            return fp_hint(b->err, FP_INPUT, "one cluster() in the formula, or one cluster column");
        }
        FP_TRY(use_cluster(b, call->left, design));
    }
    if (!named)
        return FP_OK;
    fp_node node = {.kind = FP_NODE_NAME, .at = 1, .text = named};
    return use_cluster(b, &node, design);
}

/* Hazards e^600 times as large as others are no hazards any more, and soon no numbers either. */
#define OFFSETS_APART 600

static fp_status check_offsets(const fp_builder *b, const double *sum)
{
    ptrdiff_t least = 0, most = 0;
    for (ptrdiff_t i = 0; i < b->n; i++) {
        if (!isfinite(sum[i]))
            return fp_builder_fail_row(b, i, NULL, "the sum of the offsets is infinite");
        least = sum[i] < sum[least] ? i : least;
        most = sum[i] > sum[most] ? i : most;
    }
    if (sum[most] - sum[least] <= OFFSETS_APART)
        return FP_OK;
    (void)fp_builder_fail_row(b, most, NULL,
                              "the offset is %g and on line %ld it is %g: hazards that far apart "
                              "cannot be computed with",
                              sum[most], fp_table_line(b->table, fp_builder_row(b, least)),
                              sum[least]);
    return fp_hint(b->err, FP_INPUT, "an offset is the logarithm of a hazard ratio");
}

static fp_status read_offset(const fp_builder *b, const fp_terms *terms, fp_design *design)
{
    double *sum = NULL;
    for (int32_t t = 0; t < terms->terms; t++) {
        const fp_node *call = single_call(terms, t, "offset");
        const double *number;
        if (!call)
            continue;
        if (call->count != 1)
            return fp_formula_fail(b->err, call->at, "offset() takes one argument, not %d",
                                   call->count);
        if (b->options->groups_only)
            return fp_formula_fail(b->err, call->at, "an offset has no place among groups");
        FP_TRY(fp_value_numbers(b, call->left, &number));
        if (!sum)
            FP_ARRAY(sum, b->arena, b->n, b->err);
        for (ptrdiff_t i = 0; i < b->n; i++)
            sum[i] += number[i];
    }
    design->offset = sum;
    return sum && design->response == FP_RESPONSE_SURVIVAL ? check_offsets(b, sum) : FP_OK;
}

/* The first row kept that holds no number. */
static ptrdiff_t stray_row(const fp_builder *b, ptrdiff_t j)
{
    const fp_column *column = fp_table_column(b->table, j);
    double value;
    if (column->mostly_numbers)
        return column->stray_row;
    for (ptrdiff_t i = 0; i < b->n; i++)
        if (!fp_num_parse(fp_table_cell(b->table, fp_builder_row(b, i), j), '.', &value))
            return fp_builder_row(b, i);
    return fp_builder_row(b, 0);
}

static fp_status read_weights(const fp_builder *b, fp_design *design)
{
    if (!b->options->weights)
        return FP_OK;
    fp_node node = {.kind = FP_NODE_NAME, .at = 1, .text = b->options->weights};
    const double *number;
    double *weight;
    ptrdiff_t j = fp_table_find(b->table, node.text); /* keep_rows() has found it */
    const fp_column *column = fp_table_column(b->table, j);
    if (column->type == FP_COLUMN_TEXT || column->type == FP_COLUMN_DATE)
        return fp_table_not_number(b->table, j, stray_row(b, j), b->err);
    FP_TRY(fp_value_numbers(b, &node, &number));
    FP_ARRAY(weight, b->arena, b->n, b->err);
    for (ptrdiff_t i = 0; i < b->n; i++) {
        if (!(number[i] > 0))
            return fp_builder_fail_row(b, i, &node, "a weight must be above 0");
        if (number[i] > FP_DESIGN_MOST || number[i] < 1 / FP_DESIGN_MOST)
            return fp_builder_fail_row(b, i, &node, "the weight %g is too %s to compute with",
                                       number[i], number[i] > 1 ? "large" : "small");
        weight[i] = number[i];
    }
    design->weight = weight;
    return FP_OK;
}

fp_status fp_design_roles(const fp_builder *b, const fp_terms *terms, fp_design *design)
{
    FP_TRY(read_strata(b, terms, design));
    FP_TRY(read_cluster(b, terms, design));
    FP_TRY(read_frailty(b, terms, design));
    FP_TRY(read_offset(b, terms, design));
    return read_weights(b, design);
}

/* ---- groups of a Kaplan-Meier analysis */

fp_status fp_design_groups(const fp_builder *b, const fp_terms *terms, fp_design *design)
{
    crossing c;
    FP_TRY(begin_crossing(b, terms->terms, &c));
    for (int32_t t = 0; t < terms->terms; t++) {
        const fp_term_set *term = &terms->term[t];
        const fp_node *node = terms->variable[term->variable[term->n - 1]];
        if (term->n > 1) {
            (void)fp_formula_fail(b->err, node->at, "groups are not multiplied");
            return fp_hint(b->err, FP_INPUT, "a + b makes a group of each combination");
        }
        FP_TRY(cross(b, node, &c));
    }
    FP_TRY(end_crossing(b, &c));
    design->group = c.code;
    design->groups = c.count;
    return label_crossing(b, &c, &design->group_label);
}
