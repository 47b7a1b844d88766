#include "model/design.h"

#include <string.h>

#include "model/design_priv.h"

#define SCRATCH_BYTES (16 * FP_GIB)

/* ---- rows */

fp_status fp_builder_mark(const fp_builder *b, const fp_node *node, uint8_t *used)
{
    if (node->kind == FP_NODE_NAME) {
        ptrdiff_t j;
        FP_TRY(fp_node_column(b, node, &j));
        used[j] = 1;
    }
    if (node->left)
        FP_TRY(fp_builder_mark(b, node->left, used));
    if (node->right)
        FP_TRY(fp_builder_mark(b, node->right, used));
    return node->next ? fp_builder_mark(b, node->next, used) : FP_OK;
}

static fp_status mark_option(const fp_builder *b, const char *name, uint8_t *used)
{
    const fp_column *column;
    if (!name)
        return FP_OK;
    FP_TRY(fp_table_need(b->table, name, &column, b->err));
    used[fp_table_find(b->table, name)] = 1;
    return FP_OK;
}

static fp_status fail_no_rows(const fp_builder *b, const uint8_t *used)
{
    ptrdiff_t worst = -1, most = -1, rows = fp_table_rows(b->table);
    for (ptrdiff_t j = 0; j < fp_table_columns(b->table); j++) {
        if (used[j] && fp_table_column(b->table, j)->missing_count > most) {
            most = fp_table_column(b->table, j)->missing_count;
            worst = j;
        }
    }
    (void)fp_fail_at(b->err, FP_INPUT, fp_table_name(b->table), 0, 0,
                     "no row is left: each of %td has a missing value in a column of the formula",
                     rows);
    if (worst < 0)
        return FP_INPUT;
    return fp_hint(b->err, FP_INPUT, "\"%s\" is missing in %td",
                   fp_shown_of(fp_table_column(b->table, worst)->name).s, most);
}

static bool any_missing(const fp_builder *b, const uint8_t *used)
{
    for (ptrdiff_t j = 0; j < fp_table_columns(b->table); j++)
        if (used[j] && fp_table_column(b->table, j)->missing_count > 0)
            return true;
    return false;
}

/* Every row stays: the parts of the design then read the columns as they lie. */
static fp_status keep_all(fp_builder *b, fp_design *design)
{
    ptrdiff_t *row;
    b->n = design->n = fp_table_rows(b->table);
    if (b->options->groups_only)
        return FP_OK;
    FP_ARRAY(row, b->arena, b->n, b->err);
    for (ptrdiff_t i = 0; i < b->n; i++)
        row[i] = i;
    design->row = row;
    return FP_OK;
}

/* Keep the rows that have a value in every column used. R counts the columns of removed terms too
 * (y ~ . - id leaves out the rows without id). */
static fp_status keep_rows(fp_builder *b, const fp_terms *terms, fp_design *design)
{
    ptrdiff_t rows = fp_table_rows(b->table), columns = fp_table_columns(b->table), n = 0;
    uint8_t *used, *drop;
    ptrdiff_t *row;
    FP_ARRAY(used, b->scratch, columns, b->err);
    for (int32_t v = 0; v < terms->variables; v++)
        FP_TRY(fp_builder_mark(b, terms->variable[v], used));
    FP_TRY(mark_option(b, b->options->weights, used));
    FP_TRY(mark_option(b, b->options->cluster, used));
    FP_TRY(mark_option(b, b->options->id, used));
    FP_TRY(mark_option(b, b->options->subject, used));
    FP_TRY(mark_option(b, b->options->wave, used));
    for (ptrdiff_t i = 0; i < b->bars; i++) {
        FP_TRY(fp_builder_mark(b, b->bar[i].effects, used));
        FP_TRY(fp_builder_mark(b, b->bar[i].group, used));
    }
    if (!any_missing(b, used))
        return keep_all(b, design);
    FP_ARRAY(drop, b->scratch, rows, b->err);
    FP_ARRAY(row, b->arena, rows, b->err);
    for (ptrdiff_t j = 0; j < columns; j++) {
        const fp_column *column = fp_table_column(b->table, j);
        for (ptrdiff_t i = 0; used[j] && column->missing_count > 0 && i < rows; i++)
            drop[i] |= column->missing[i] != FP_PRESENT;
    }
    for (ptrdiff_t i = 0; i < rows; i++)
        if (!drop[i])
            row[n++] = i;
    if (n == 0)
        return fail_no_rows(b, used);
    b->n = design->n = n;
    b->row = design->row = row;
    design->dropped = rows - n;
    return FP_OK;
}

/* ---- terms */

static bool is_special(const fp_builder *b, const fp_node *node)
{
    if (b->options->frailty && fp_node_is_call(node, "frailty"))
        return true;
    return fp_node_is_call(node, "strata") || fp_node_is_call(node, "cluster") ||
           fp_node_is_call(node, "offset");
}

/* Whether the formula can be built at all is clear before a row is read: functions exist, and the
 * special ones stand as terms of their own. */
static fp_status check_terms(const fp_builder *b, const fp_terms *terms)
{
    for (int32_t t = 0; t < terms->terms; t++) {
        for (int32_t i = 0; i < terms->term[t].n; i++) {
            const fp_node *node = terms->variable[terms->term[t].variable[i]];
            if (terms->term[t].n == 1 || !is_special(b, node))
                continue;
            (void)fp_formula_fail(b->err, node->at, "%s() cannot be part of an interaction",
                                  node->text);
            return fp_hint(b->err, FP_INPUT, "add it to the other terms: + %s(...)", node->text);
        }
    }
    return FP_OK;
}

/* The terms with columns in the matrix. */
static fp_status plain_terms(const fp_builder *b, const fp_terms *all, fp_terms *plain)
{
    fp_term_set *kept;
    FP_ARRAY(kept, b->scratch, all->terms, b->err);
    *plain = *all;
    plain->terms = 0;
    plain->term = kept;
    for (int32_t t = 0; t < all->terms; t++)
        if (!is_special(b, all->variable[all->term[t].variable[0]]))
            kept[plain->terms++] = all->term[t];
    return FP_OK;
}

static fp_status expand(const fp_builder *b, fp_terms *terms)
{
    ptrdiff_t columns = fp_table_columns(b->table);
    const char **name;
    const char *const without[FP_FORMULA_WITHOUT] = {b->options->weights, b->options->cluster,
                                                     b->options->id};
    FP_ARRAY(name, b->scratch, columns, b->err);
    for (ptrdiff_t j = 0; j < columns; j++)
        name[j] = fp_table_column(b->table, j)->name;
    FP_TRY(fp_formula_terms(b->formula, name, columns, without, b->scratch, terms, b->err));
    return check_terms(b, terms);
}

fp_status fp_builder_terms(const fp_builder *b, fp_terms *all, fp_terms *plain)
{
    FP_TRY(expand(b, all));
    return plain_terms(b, all, plain);
}

fp_status fp_design_build(const fp_formula *formula, const fp_table *table,
                          const fp_design_options *options, fp_arena *arena, fp_design *design,
                          fp_err *err)
{
    static const fp_design_options none = {0};
    FP_ARENA_SCOPED(scratch, SCRATCH_BYTES, err);
    fp_builder b = {.formula = formula,
                    .table = table,
                    .options = options ? options : &none,
                    .arena = arena,
                    .scratch = scratch,
                    .err = err};
    fp_design built = {.formula = formula, .text = fp_formula_text(formula)};
    fp_terms all, plain;
    if (b.options->random)
        FP_TRY(fp_formula_bars(formula, arena, &b.formula, &b.bars, &b.bar, err));
    FP_TRY(expand(&b, &all));
    FP_TRY(keep_rows(&b, &all, &built));
    bool counted;
    FP_TRY(fp_design_days(&b, &all, &built, &counted));
    if (counted) {
        *design = built;
        return FP_OK;
    }
    FP_TRY(fp_design_response(&b, &built));
    FP_TRY(fp_design_roles(&b, &all, &built));
    FP_TRY(fp_design_person(&b, &built));
    FP_TRY(plain_terms(&b, &all, &plain));
    FP_TRY(fp_design_matrix(&b, &plain, &built));
    FP_TRY(fp_design_random(&b, b.bars, b.bar, &built));
    FP_TRY(fp_design_wave(&b, &built));
    if (b.options->groups_only)
        FP_TRY(fp_design_groups(&b, &plain, &built));
    *design = built;
    return FP_OK;
}
