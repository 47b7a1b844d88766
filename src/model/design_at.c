#include <string.h>

#include "model/design_priv.h"

#define SCRATCH_BYTES (16 * FP_GIB)

/* ---- names ---- */

typedef struct {
    const char **name;
    ptrdiff_t count, cap;
} name_list;

static void add_name(name_list *list, const char *name)
{
    for (ptrdiff_t k = 0; k < list->count; k++)
        if (strcmp(list->name[k], name) == 0)
            return;
    if (list->count < list->cap)
        list->name[list->count++] = name;
}

/* The names of one variable: a plain name is followed by its neighbours in a list of arguments, so
 * `next` of the variable itself is not looked at. */
static void add_variable(name_list *list, const fp_node *node)
{
    if (node->kind == FP_NODE_NAME)
        add_name(list, node->text);
    for (const fp_node *at = node->left; at; at = at->next)
        add_variable(list, at);
    for (const fp_node *at = node->right; at; at = at->next)
        add_variable(list, at);
}

static bool is_offset(const fp_terms *terms, int32_t t)
{
    const fp_term_set *term = &terms->term[t];
    return term->n == 1 && fp_node_is_call(terms->variable[term->variable[0]], "offset");
}

static fp_status list_names(const fp_builder *b, name_list *list)
{
    fp_terms all, plain;
    FP_TRY(fp_builder_terms(b, &all, &plain));
    for (int32_t t = 0; t < plain.terms; t++)
        for (int32_t i = 0; i < plain.term[t].n; i++)
            add_variable(list, plain.variable[plain.term[t].variable[i]]);
    for (int32_t t = 0; t < all.terms; t++)
        if (is_offset(&all, t))
            add_variable(list, all.variable[all.term[t].variable[0]]);
    return FP_OK;
}

/* What the design was built with; the formula without its random effects. */
static fp_status builder_of(const fp_design *design, const fp_table *table,
                            const fp_design_options *options, fp_arena *arena, fp_arena *scratch,
                            fp_builder *out, fp_err *err)
{
    static const fp_design_options none = {0};
    *out = (fp_builder){.formula = design->formula,
                        .table = table,
                        .options = options ? options : &none,
                        .arena = arena,
                        .scratch = scratch,
                        .n = design->n,
                        .row = design->row,
                        .err = err};
    if (!out->options->random)
        return FP_OK;
    return fp_formula_bars(design->formula, scratch, &out->formula, &out->bars, &out->bar, err);
}

fp_status fp_design_covariates(const fp_design *design, const fp_table *table,
                               const fp_design_options *options, fp_arena *arena, ptrdiff_t *count,
                               const char *const **name, fp_err *err)
{
    FP_ARENA_SCOPED(scratch, SCRATCH_BYTES, err);
    fp_builder b;
    FP_TRY(builder_of(design, table, options, arena, scratch, &b, err));
    name_list list = {.cap = fp_table_columns(table)};
    FP_ARRAY(list.name, arena, list.cap, err);
    FP_TRY(list_names(&b, &list));
    for (ptrdiff_t k = 0; k < list.count; k++) {
        list.name[k] = fp_arena_strdup(arena, list.name[k], err);
        if (!list.name[k])
            return FP_NOMEM;
    }
    *count = list.count;
    *name = list.name;
    return FP_OK;
}

/* ---- the table in the types of the model's ---- */

static const char *type_words(fp_column_type type)
{
    return type == FP_COLUMN_NUMBER ? "number" : type == FP_COLUMN_DATE ? "date" : "TRUE or FALSE";
}

static fp_status check_type(const fp_builder *at, const fp_column *there, const fp_column *model,
                            ptrdiff_t j)
{
    for (ptrdiff_t i = 0; i < at->n; i++)
        if (there->missing[i]) {
            (void)fp_builder_fail_row(at, i, NULL, "%s has no value", fp_shown_of(there->name).s);
            return fp_hint(at->err, FP_INPUT, "a curve needs a value of every covariate");
        }
    if (model->type == there->type || model->type == FP_COLUMN_TEXT)
        return FP_OK;
    ptrdiff_t stray = 0;
    double number;
    while (model->type == FP_COLUMN_NUMBER && stray + 1 < at->n &&
           fp_num_parse(fp_table_cell(at->table, stray, j), '.', &number))
        stray++;
    char *cell = fp_str_dup(at->scratch, fp_table_cell(at->table, stray, j), at->err);
    if (!cell)
        return FP_NOMEM;
    return fp_builder_fail_row(at, stray, NULL, "%s: \"%s\" is not a %s",
                               fp_shown_of(there->name).s, fp_shown_of(cell).s,
                               type_words(model->type));
}

/* A column of text gets the levels of the model's. */
static fp_status take_levels(fp_builder *at, const fp_column *model, ptrdiff_t j)
{
    for (ptrdiff_t i = 0; i < at->n; i++) {
        fp_str cell = fp_table_cell(at->table, i, j);
        ptrdiff_t k = 0;
        while (k < model->level_count && !fp_str_is(cell, model->levels[k]))
            k++;
        if (k < model->level_count)
            continue;
        char *text = fp_str_dup(at->scratch, cell, at->err);
        if (!text)
            return FP_NOMEM;
        return fp_builder_fail_level(at, model->name, text, model->level_count, model->levels);
    }
    return fp_table_with_levels(at->table, j, model->level_count, model->levels, at->scratch,
                                &at->table, at->err);
}

static fp_status adopt_types(const fp_builder *b, fp_builder *at)
{
    for (ptrdiff_t j = 0; j < fp_table_columns(at->table); j++) {
        const fp_column *there = fp_table_column(at->table, j), *model;
        FP_TRY(fp_table_need(b->table, there->name, &model, at->err));
        FP_TRY(check_type(at, there, model, j));
        if (model->type == FP_COLUMN_TEXT)
            FP_TRY(take_levels(at, model, j));
    }
    return FP_OK;
}

/* ---- the rows ---- */

static fp_status offset_at(const fp_builder *at, const fp_terms *all, const double **out)
{
    double *sum = NULL;
    for (int32_t t = 0; t < all->terms; t++) {
        const double *number;
        if (!is_offset(all, t))
            continue;
        FP_TRY(fp_value_numbers(at, all->variable[all->term[t].variable[0]]->left, &number));
        if (!sum)
            FP_ARRAY(sum, at->arena, at->n, at->err);
        for (ptrdiff_t i = 0; i < at->n; i++)
            sum[i] += number[i];
    }
    *out = sum;
    return FP_OK;
}

/* The matrix and the offset on the rows of `there`. */
static fp_status evaluate(const fp_design *design, const fp_builder *b, const fp_builder *there,
                          const double **x, const double **offset)
{
    fp_terms all, plain;
    FP_TRY(fp_builder_terms(b, &all, &plain));
    FP_TRY(fp_design_matrix_at(b, there, design->response == FP_RESPONSE_SURVIVAL, &plain, x));
    return offset_at(there, &all, offset);
}

fp_status fp_design_with(const fp_design *design, const fp_table *table,
                         const fp_design_options *options, const fp_table *set, fp_arena *arena,
                         const double **x, const double **offset, fp_err *err)
{
    FP_ARENA_SCOPED(scratch, SCRATCH_BYTES, err);
    fp_builder b, there;
    FP_TRY(builder_of(design, table, options, arena, scratch, &b, err));
    there = b;
    there.table = set;
    return evaluate(design, &b, &there, x, offset);
}

fp_status fp_design_at(const fp_design *design, const fp_table *table,
                       const fp_design_options *options, const fp_table *at, fp_arena *arena,
                       const double **x, const double **offset, fp_err *err)
{
    FP_ARENA_SCOPED(scratch, SCRATCH_BYTES, err);
    fp_builder b, there;
    ptrdiff_t *row;
    FP_TRY(builder_of(design, table, options, arena, scratch, &b, err));
    there = b;
    there.table = at;
    there.n = fp_table_rows(at);
    FP_ARRAY(row, scratch, there.n, err);
    for (ptrdiff_t i = 0; i < there.n; i++)
        row[i] = i;
    there.row = row;
    FP_TRY(adopt_types(&b, &there));
    return evaluate(design, &b, &there, x, offset);
}
