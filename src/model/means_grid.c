#include <math.h>
#include <string.h>

#include "base/nearest.h"
#include "base/num.h"
#include "model/formula_priv.h"
#include "model/means_priv.h"

/* A variable on its way into the grid. */
typedef struct {
    fp_means_variable shown;
    const int32_t *code; /* n of the design: level of each row; NULL for a number held */
    bool offset;         /* in offset() alone, which is held at its own mean */
} variable;

typedef struct {
    const fp_table *table;
    const fp_design *design;
    fp_design_options how;
    const fp_means_names *names;
    fp_arena *arena;
    fp_err *err;
    ptrdiff_t count, named;
    variable *variable;  /* the named first, then the other factors, then numbers held */
    ptrdiff_t rows;      /* of the grid */
    const double *share; /* rows / cells: weight of each combination of the other factors */
} work;

/* ---- which variables, and their levels ---- */

/* Whether the formula takes the column as factor(name) somewhere. */
static bool made_factor(const fp_node *node, const char *name)
{
    for (; node; node = node->next) {
        if (node->kind == FP_NODE_CALL && strcmp(node->text, "factor") == 0 && node->left &&
            node->left->kind == FP_NODE_NAME && strcmp(node->left->text, name) == 0)
            return true;
        if (made_factor(node->left, name) || made_factor(node->right, name))
            return true;
    }
    return false;
}

/* Whether the formula has the column elsewhere than in offset(). */
static bool outside_offset(const fp_node *node, const char *name)
{
    for (; node; node = node->next) {
        if (node->kind == FP_NODE_CALL && strcmp(node->text, "offset") == 0)
            continue;
        if (node->kind == FP_NODE_NAME && strcmp(node->text, name) == 0)
            return true;
        if (outside_offset(node->left, name) || outside_offset(node->right, name))
            return true;
    }
    return false;
}

/* Whether a number takes two values in the rows used: an indicator, which has no use of a mean. */
static bool two_values(const work *w, const fp_column *column)
{
    const fp_design *d = w->design;
    double first = column->number[d->row[0]], second = first;
    for (ptrdiff_t i = 1; i < d->n; i++) {
        double v = column->number[d->row[i]];
        if (v != first && v != second) {
            if (second != first)
                return false;
            second = v;
        }
    }
    return second != first;
}

static double weight_of(const work *w, ptrdiff_t i)
{
    return w->design->weight ? w->design->weight[i] : 1;
}

static double mean_of(const work *w, const fp_column *column)
{
    double sum = 0, all = 0;
    for (ptrdiff_t i = 0; i < w->design->n; i++) {
        sum += weight_of(w, i) * column->number[w->design->row[i]];
        all += weight_of(w, i);
    }
    return sum / all;
}

static fp_status fail_levels(const work *w, const char *name, ptrdiff_t levels)
{
    (void)fp_fail(w->err, FP_INPUT, "--means: %s has %td values, which is too many for means",
                  fp_shown_of(name).s, levels);
    return fp_hint(w->err, FP_INPUT, "name factors, or numbers with at most %d values",
                   FP_MEANS_LEVELS);
}

/* Levels that have rows, in the order of the column's. */
static fp_status load_levels(work *w, ptrdiff_t j, variable *v)
{
    ptrdiff_t levels, kept = 0;
    const char *const *text;
    const int32_t *level;
    int32_t *code;
    ptrdiff_t *place;
    FP_TRY(fp_table_levels(w->table, j, w->arena, &levels, &text, &level, w->err));
    FP_ARRAY(place, w->arena, levels, w->err);
    FP_ARRAY(code, w->arena, w->design->n, w->err);
    for (ptrdiff_t i = 0; i < w->design->n; i++)
        place[level[w->design->row[i]]] = 1;
    for (ptrdiff_t k = 0; k < levels; k++)
        place[k] = place[k] ? ++kept : 0;
    if (v->shown.named && kept > FP_MEANS_LEVELS)
        return fail_levels(w, v->shown.name, kept);
    const char **label;
    double *number;
    FP_ARRAY(label, w->arena, kept, w->err);
    FP_ARRAY(number, w->arena, kept, w->err);
    for (ptrdiff_t k = 0; k < levels; k++) {
        if (place[k] == 0)
            continue;
        label[place[k] - 1] = text[k];
        if (!fp_num_parse(fp_str_of(text[k]), '.', &number[place[k] - 1]))
            number[place[k] - 1] = FP_NUM_NAN;
    }
    for (ptrdiff_t i = 0; i < w->design->n; i++)
        code[i] = (int32_t)(place[level[w->design->row[i]]] - 1);
    v->code = code;
    v->shown.level_count = kept;
    v->shown.level = label;
    v->shown.number = number;
    v->shown.mean = FP_NUM_NAN;
    return FP_OK;
}

static fp_status load_variable(work *w, const char *name, bool named, variable *v)
{
    ptrdiff_t j = fp_table_find(w->table, name);
    const fp_column *column = fp_table_column(w->table, j);
    bool number = column->type == FP_COLUMN_NUMBER;
    const fp_node *right = w->design->formula->right;
    v->shown = (fp_means_variable){.name = name, .named = named};
    v->offset = number && !named && !outside_offset(right, name);
    if (!number || named || made_factor(right, name) || (two_values(w, column) && !v->offset))
        return load_levels(w, j, v);
    v->shown.mean = mean_of(w, column);
    return FP_OK;
}

static fp_status fail_name(const work *w, const char *name, ptrdiff_t count,
                           const char *const *names)
{
    const char *nearest = fp_nearest(name, names, count);
    (void)fp_fail(w->err, FP_INPUT, "--means: \"%s\" is no variable of the formula",
                  fp_shown_of(name).s);
    if (nearest)
        return fp_hint(w->err, FP_INPUT, "did you mean \"%s\"?", fp_shown_of(nearest).s);
    if (count == 0)
        return fp_hint(w->err, FP_INPUT, "the formula has none right of '~'");
    return fp_hint(w->err, FP_INPUT, "name it in the formula too: means are those of the model");
}

static bool is_named(const fp_means_names *names, const char *name)
{
    for (ptrdiff_t k = 0; k < names->left + names->by; k++)
        if (strcmp(names->name[k], name) == 0)
            return true;
    return false;
}

/* The named, then the other factors, then the numbers held. */
static fp_status load_variables(work *w)
{
    ptrdiff_t count, at;
    const char *const *names;
    variable *held;
    FP_TRY(fp_design_covariates(w->design, w->table, &w->how, w->arena, &count, &names, w->err));
    FP_ARRAY(w->variable, w->arena, count + FP_MEANS_NAMED, w->err);
    FP_ARRAY(held, w->arena, count, w->err);
    w->named = w->names->left + w->names->by;
    for (ptrdiff_t k = 0; k < w->named; k++) {
        for (at = 0; at < count && strcmp(names[at], w->names->name[k]) != 0; at++)
            ;
        if (at == count)
            return fail_name(w, w->names->name[k], count, names);
        FP_TRY(load_variable(w, names[at], true, &w->variable[k]));
    }
    ptrdiff_t n = w->named, numbers = 0;
    for (at = 0; at < count; at++) {
        variable v = {0};
        if (is_named(w->names, names[at]))
            continue;
        FP_TRY(load_variable(w, names[at], false, &v));
        if (v.code)
            w->variable[n++] = v;
        else
            held[numbers++] = v;
    }
    memcpy(w->variable + n, held, (size_t)numbers * sizeof *held);
    w->count = n + numbers;
    return FP_OK;
}

/* ---- the rows of the grid ---- */

static fp_status count_rows(work *w, fp_means_grid *grid)
{
    ptrdiff_t rows = 1;
    grid->cells = grid->left_cells = 1;
    for (ptrdiff_t k = 0; k < w->count; k++) {
        const variable *v = &w->variable[k];
        if (!v->code)
            continue;
        rows *= v->shown.level_count;
        if (k < w->names->left)
            grid->left_cells = rows;
        if (k < w->named)
            grid->cells = rows;
        if (rows > FP_MEANS_GRID || (k < w->named && rows > FP_MEANS_CELLS)) {
            (void)fp_fail(w->err, FP_INPUT,
                          "--means: with the levels of %s there are too many "
                          "combinations of levels",
                          fp_shown_of(v->shown.name).s);
            return fp_hint(w->err, FP_INPUT, "at most %d means and %d combinations of factors",
                           FP_MEANS_CELLS, FP_MEANS_GRID);
        }
    }
    w->rows = rows;
    return FP_OK;
}

/* A table with a row a combination; the first variable varies fastest. */
static fp_status make_table(const work *w, const fp_table **table)
{
    const char **name, ***cell;
    ptrdiff_t stride = 1;
    FP_ARRAY(name, w->arena, w->count, w->err);
    FP_ARRAY(cell, w->arena, w->count, w->err);
    for (ptrdiff_t k = 0; k < w->count; k++) {
        const fp_means_variable *v = &w->variable[k].shown;
        char text[32];
        const char *held = NULL;
        name[k] = v->name;
        FP_ARRAY(cell[k], w->arena, w->rows, w->err);
        if (v->level_count == 0) {
            fp_num_shortest(v->mean, 17, text);
            held = fp_arena_strdup(w->arena, text, w->err);
            if (!held)
                return FP_NOMEM;
        }
        for (ptrdiff_t i = 0; i < w->rows; i++)
            cell[k][i] = held ? held : v->level[i / stride % v->level_count];
        stride *= held ? 1 : v->level_count;
    }
    return fp_table_make("the reference grid of --means", w->rows, w->count, name,
                         (const char *const *const *)cell, w->arena, table, w->err);
}

/* How often each combination of the other factors counts; and the rows of each cell. */
static fp_status count_data(work *w, bool observed, fp_means_grid *grid)
{
    ptrdiff_t others = w->rows / grid->cells;
    double *share, *n, all = 0;
    FP_ARRAY(share, w->arena, others, w->err);
    FP_ARRAY(n, w->arena, grid->cells, w->err);
    for (ptrdiff_t i = 0; i < w->design->n; i++) {
        ptrdiff_t at = 0, stride = 1;
        for (ptrdiff_t k = 0; k < w->count && w->variable[k].code; k++) {
            at += stride * w->variable[k].code[i];
            stride *= w->variable[k].shown.level_count;
        }
        n[at % grid->cells] += weight_of(w, i);
        share[at / grid->cells] += weight_of(w, i);
        all += weight_of(w, i);
    }
    for (ptrdiff_t o = 0; o < others; o++)
        share[o] = observed ? share[o] / all : 1 / (double)others;
    w->share = share;
    grid->n = n;
    return FP_OK;
}

/* Cells as averages of the rows of the grid. */
static fp_status average(const work *w, const double *x, fp_means_grid *grid)
{
    double *l;
    FP_ARRAY(l, w->arena, grid->cells * grid->p, w->err);
    for (ptrdiff_t i = 0; i < w->rows; i++) {
        ptrdiff_t cell = i % grid->cells;
        double share = w->share[i / grid->cells];
        for (ptrdiff_t j = 0; j < grid->p; j++)
            l[j + cell * grid->p] += share * x[i + j * w->rows];
    }
    grid->l = l;
    return FP_OK;
}

static double mean_offset(const work *w)
{
    double sum = 0, all = 0;
    for (ptrdiff_t i = 0; w->design->offset && i < w->design->n; i++) {
        sum += weight_of(w, i) * w->design->offset[i];
        all += weight_of(w, i);
    }
    return all > 0 ? sum / all : 0;
}

fp_status fp_means_label(const fp_means_variable *variables, ptrdiff_t count, ptrdiff_t k,
                         fp_arena *arena, const char **out, fp_err *err)
{
    FP_BUF_SCOPED(text, FP_MIB);
    for (ptrdiff_t v = 0; v < count; v++) {
        fp_buf_printf(&text, "%s%s=%s", v ? ", " : "", variables[v].name,
                      variables[v].level[k % variables[v].level_count]);
        k /= variables[v].level_count;
    }
    FP_TRY(fp_buf_ok(&text, err));
    *out = fp_str_dup(arena, fp_buf_str(&text), err);
    return *out ? FP_OK : FP_NOMEM;
}

static fp_status put_words(const work *w, fp_means_grid *grid)
{
    fp_means_variable *shown;
    const char **label;
    FP_ARRAY(shown, w->arena, w->count, w->err);
    FP_ARRAY(label, w->arena, grid->cells, w->err);
    grid->variable = shown;
    for (ptrdiff_t k = 0; k < w->count; k++)
        if (!w->variable[k].offset)
            shown[grid->variables++] = w->variable[k].shown;
    for (ptrdiff_t c = 0; c < grid->cells; c++)
        FP_TRY(fp_means_label(shown, w->named, c, w->arena, &label[c], w->err));
    grid->label = label;
    return FP_OK;
}

fp_status fp_means_grid_make(const fp_table *table, const fp_model_common *common,
                             const fp_result *result, const fp_means_names *names, bool observed,
                             fp_arena *arena, fp_means_grid *grid, fp_err *err)
{
    work w = {.table = table,
              .design = result->design,
              .how = fp_model_design_options(common),
              .names = names,
              .arena = arena,
              .err = err};
    const fp_table *at;
    const double *x, *offset;
    *grid = (fp_means_grid){.p = result->design->p};
    w.how.random = result->model == FP_MODEL_LMM;
    FP_TRY(load_variables(&w));
    FP_TRY(count_rows(&w, grid));
    FP_TRY(make_table(&w, &at));
    FP_TRY(fp_design_at(result->design, table, &w.how, at, arena, &x, &offset, err));
    FP_TRY(count_data(&w, observed, grid));
    FP_TRY(average(&w, x, grid));
    grid->offset = mean_offset(&w);
    return put_words(&w, grid);
}
