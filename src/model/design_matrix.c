#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/parallel.h"
#include "model/design_priv.h"

/* Numbers of a matrix above which options.lean spares the copy. */
#define LEAN_FROM 4e6

/* A variable of the matrix: numbers, or a factor. */
typedef struct {
    bool used;
    bool factor;
    fp_value value;
} matrix_variable;

typedef struct {
    const fp_builder *b;
    const fp_terms *terms;
    matrix_variable *variable;
    bool **full; /* terms x variables of the term: all levels, not one less */
    ptrdiff_t columns;
    bool intercept;
} matrix;

/* A level of the column besides `level` that rows have which were left out; NULL where there is
 * none, or no plain column. */
static fp_status level_left_out(const fp_builder *b, const fp_node *node, const char *level,
                                const char **out)
{
    const char *const *all;
    const int32_t *code;
    ptrdiff_t j, levels;
    *out = NULL;
    node = fp_node_inside(node);
    if (fp_node_is_call(node, "factor") && node->count == 1)
        node = fp_node_inside(node->left);
    if (node->kind != FP_NODE_NAME || b->n == fp_table_rows(b->table))
        return FP_OK;
    FP_TRY(fp_node_column(b, node, &j));
    FP_TRY(fp_table_levels(b->table, j, b->scratch, &levels, &all, &code, b->err));
    for (ptrdiff_t i = 0; i < fp_table_rows(b->table) && !*out; i++)
        if (code[i] >= 0 && strcmp(all[code[i]], level) != 0)
            *out = all[code[i]];
    return FP_OK;
}

static fp_status fail_one_level(const fp_builder *b, const fp_node *node, const char *name,
                                const char *level)
{
    const char *other;
    FP_TRY(level_left_out(b, node, level, &other));
    (void)fp_formula_fail(b->err, node->at, "%s has one level in the rows used, \"%s\"",
                          fp_shown_of(name).s, fp_shown_of(level).s);
    if (!other)
        return fp_hint(b->err, FP_INPUT, "a factor needs two levels or more: leave it out");
    return fp_hint(
        b->err, FP_INPUT,
        "every row with another, as \"%s\", has a missing value: leave out the factor or "
        "the column that is missing",
        fp_shown_of(other).s);
}

static fp_status load_variable(matrix *m, int32_t v)
{
    const fp_builder *b = m->b;
    matrix_variable *variable = &m->variable[v];
    fp_value value;
    if (variable->used)
        return FP_OK;
    variable->used = true;
    FP_TRY(fp_value_eval(b, m->terms->variable[v], &value));
    variable->value = value;
    variable->factor = value.kind != FP_VALUE_NUMBER;
    if (!variable->factor)
        return FP_OK;
    if (value.kind == FP_VALUE_LOGICAL) { /* both levels, as R has it, whether they occur or not */
        static const char *const truth[] = {"FALSE", "TRUE"};
        int32_t *code;
        FP_ARRAY(code, b->scratch, b->n, b->err);
        for (ptrdiff_t i = 0; i < b->n; i++)
            code[i] = value.number[i] > 0;
        variable->value =
            (fp_value){.kind = FP_VALUE_FACTOR, .code = code, .levels = 2, .level = truth};
        return FP_OK;
    }
    FP_TRY(fp_value_levels(b, &value, &variable->value));
    if (variable->value.levels > 1)
        return FP_OK;
    return fail_one_level(b, m->terms->variable[v], m->terms->name[v], variable->value.level[0]);
}

/* Whether a is contained in b, both ascending; `skip` of a left out. */
static bool contained(const fp_term_set *a, int32_t skip, const fp_term_set *b)
{
    int32_t j = 0;
    for (int32_t i = 0; i < a->n; i++) {
        if (i == skip)
            continue;
        while (j < b->n && b->variable[j] < a->variable[i])
            j++;
        if (j == b->n || b->variable[j] != a->variable[i])
            return false;
    }
    return true;
}

/* R's TermCode(): a variable has contrasts in a term when the rest of the term is empty or lies
 * within an earlier term, else all its levels. */
static bool needs_all(const fp_terms *terms, int32_t t, int32_t i)
{
    const fp_term_set *term = &terms->term[t];
    if (term->n == 1)
        return false;
    for (int32_t s = 0; s < t; s++)
        if (contained(term, i, &terms->term[s]))
            return false;
    return true;
}

static fp_status load_terms(matrix *m)
{
    const fp_builder *b = m->b;
    bool first = !m->intercept; /* without intercept the first factor has all its levels */
    FP_ARRAY(m->variable, b->scratch, m->terms->variables, b->err);
    FP_ARRAY(m->full, b->scratch, m->terms->terms, b->err);
    for (int32_t t = 0; t < m->terms->terms; t++) {
        const fp_term_set *term = &m->terms->term[t];
        FP_ARRAY(m->full[t], b->scratch, term->n, b->err);
        for (int32_t i = 0; i < term->n; i++) {
            FP_TRY(load_variable(m, term->variable[i]));
            m->full[t][i] = needs_all(m->terms, t, i);
            if (first && m->variable[term->variable[i]].factor) {
                m->full[t][i] = true;
                first = false;
            }
        }
    }
    return FP_OK;
}

static ptrdiff_t width_of(const matrix *m, int32_t t, int32_t i)
{
    const matrix_variable *v = &m->variable[m->terms->term[t].variable[i]];
    return v->factor ? v->value.levels - !m->full[t][i] : 1;
}

static ptrdiff_t columns_of(const matrix *m, int32_t t)
{
    ptrdiff_t columns = 1;
    for (int32_t i = 0; i < m->terms->term[t].n && columns <= FP_DESIGN_COLUMNS; i++)
        columns *= width_of(m, t, i);
    return columns;
}

static fp_status count_columns(matrix *m, bool shown)
{
    m->columns = shown;
    for (int32_t t = 0; t < m->terms->terms; t++) {
        m->columns += columns_of(m, t);
        if (m->columns <= FP_DESIGN_COLUMNS)
            continue;
        const fp_term_set *term = &m->terms->term[t];
        (void)fp_formula_fail(m->b->err, m->terms->variable[term->variable[0]]->at,
                              "with this term the model has more than %d columns",
                              FP_DESIGN_COLUMNS);
        return fp_hint(m->b->err, FP_INPUT,
                       "a text column with a value of its own in each row is "
                       "no covariate");
    }
    return FP_OK;
}

/* Multiply column x by variable i of term t at level `level` (0 = the first that has a column). */
static void multiply(const matrix *m, int32_t t, int32_t i, ptrdiff_t level, double *x)
{
    const matrix_variable *v = &m->variable[m->terms->term[t].variable[i]];
    if (!v->factor) {
        for (ptrdiff_t k = 0; k < m->b->n; k++)
            x[k] *= v->value.number[k];
        return;
    }
    int32_t code = (int32_t)(level + !m->full[t][i]);
    for (ptrdiff_t k = 0; k < m->b->n; k++)
        x[k] = v->value.code[k] == code ? x[k] : 0;
}

static void put_name(const matrix *m, int32_t t, int32_t i, ptrdiff_t level, fp_buf *name)
{
    int32_t index = m->terms->term[t].variable[i];
    const matrix_variable *v = &m->variable[index];
    fp_buf_put(name, i ? ":" : "");
    fp_buf_put(name, m->terms->name[index]);
    if (v->factor)
        fp_buf_put(name, v->value.level[level + !m->full[t][i]]);
}

/* The numbers of a term that is a plain column: the table's own, or a copy without the rows left
 * out that is as lasting. Only under options.lean. */
static const double *own_column(const matrix *m, int32_t t)
{
    const fp_term_set *term = &m->terms->term[t];
    const matrix_variable *v = &m->variable[term->variable[0]];
    const fp_node *node = fp_node_inside(m->terms->variable[term->variable[0]]);
    if (term->n != 1 || v->factor || node->kind != FP_NODE_NAME)
        return NULL;
    return v->value.number;
}

/* Name of column c of term t; the first factor varies fastest. */
static fp_status name_column(const matrix *m, int32_t t, ptrdiff_t c, const char **name)
{
    FP_BUF_SCOPED(text, 16 * FP_MIB);
    for (int32_t i = 0; i < m->terms->term[t].n; i++) {
        ptrdiff_t width = width_of(m, t, i);
        put_name(m, t, i, c % width, &text);
        c /= width;
    }
    FP_TRY(fp_buf_ok(&text, m->b->err));
    *name = fp_str_dup(m->b->arena, fp_buf_str(&text), m->b->err);
    return *name ? FP_OK : FP_NOMEM;
}

/* A column to be filled. */
typedef struct {
    int32_t term;
    ptrdiff_t level; /* column of the term */
    const double *own;
    double *x;
    ptrdiff_t bad; /* first row that is not finite, -1 = none */
} fill_job;

typedef struct {
    const matrix *m;
    fill_job *job;
} fill_work;

static void fill_column(void *context, long k)
{
    const fill_work *w = context;
    const matrix *m = w->m;
    fill_job *job = &w->job[k];
    ptrdiff_t n = m->b->n, level = job->level;
    job->bad = -1;
    if (job->own || !job->x)
        return;
    for (ptrdiff_t i = 0; i < n; i++)
        job->x[i] = 1;
    for (int32_t i = 0; i < m->terms->term[job->term].n; i++) {
        ptrdiff_t width = width_of(m, job->term, i);
        multiply(m, job->term, i, level % width, job->x);
        level /= width;
    }
    for (ptrdiff_t i = n - 1; i >= 0; i--)
        job->bad = isfinite(job->x[i]) ? job->bad : i;
}

static fp_status label_terms(const fp_builder *b, const fp_terms *terms, fp_design *design)
{
    const char **label;
    FP_ARRAY(label, b->arena, terms->terms, b->err);
    for (int32_t t = 0; t < terms->terms; t++) {
        FP_BUF_SCOPED(text, 16 * FP_MIB);
        for (int32_t i = 0; i < terms->term[t].n; i++) {
            fp_buf_put(&text, i ? ":" : "");
            fp_buf_put(&text, terms->name[terms->term[t].variable[i]]);
        }
        FP_TRY(fp_buf_ok(&text, b->err));
        label[t] = fp_str_dup(b->arena, fp_buf_str(&text), b->err);
        if (!label[t])
            return FP_NOMEM;
    }
    design->terms = terms->terms;
    design->term = label;
    return FP_OK;
}

/* Names and places of all columns; those of the table stay where they are unless x is wanted. */
static fp_status plan(const matrix *m, bool shown, bool lean, fp_design *design, fill_job *job)
{
    const fp_builder *b = m->b;
    const char **column;
    int32_t *column_term;
    const double **columns;
    double *x = NULL;
    ptrdiff_t p = 0;
    FP_ARRAY(column, b->arena, m->columns, b->err);
    FP_ARRAY(column_term, b->arena, m->columns, b->err);
    FP_ARRAY(columns, b->arena, m->columns, b->err);
    if (!lean) {
        x = fp_arena_array(b->arena, m->columns, (size_t)b->n * sizeof *x, b->err);
        if (!x)
            return FP_NOMEM;
    }
    if (shown) {
        column[p] = "(Intercept)";
        column_term[p] = -1;
        job[p++] = (fill_job){.term = -1};
    }
    for (int32_t t = 0; t < m->terms->terms; t++)
        for (ptrdiff_t c = 0, width = columns_of(m, t); c < width; c++, p++) {
            column_term[p] = t;
            FP_TRY(name_column(m, t, c, &column[p]));
            job[p] = (fill_job){.term = t, .level = c, .own = lean ? own_column(m, t) : NULL};
        }
    for (ptrdiff_t j = 0; j < p; j++) {
        if (x)
            job[j].x = x + j * b->n;
        else if (!job[j].own)
            FP_ARRAY(job[j].x, b->arena, b->n, b->err);
        columns[j] = job[j].own ? job[j].own : job[j].x;
    }
    design->p = p;
    design->x = x;
    design->columns = columns;
    design->column = column;
    design->column_term = column_term;
    return FP_OK;
}

static fp_status fill(const matrix *m, bool shown, bool lean, fp_design *design)
{
    const fp_builder *b = m->b;
    fill_work w = {.m = m};
    FP_ARRAY(w.job, b->scratch, m->columns, b->err);
    FP_TRY(plan(m, shown, lean, design, w.job));
    for (ptrdiff_t i = 0; shown && i < b->n; i++)
        w.job[0].x[i] = 1;
    /* the intercept has no term to fill it from */
    fill_work terms = {m, w.job + shown};
    fp_parallel(b->options->threads, (long)(m->columns - shown), fill_column, &terms);
    for (ptrdiff_t j = shown; j < m->columns; j++)
        if (w.job[j].bad >= 0)
            return fp_builder_fail_row(b, w.job[j].bad, NULL, "the product %s is infinite",
                                       fp_shown_of(design->column[j]).s);
    return FP_OK;
}

fp_status fp_design_dense(fp_design *design, fp_arena *arena, fp_err *err)
{
    double *x;
    if (design->x)
        return FP_OK;
    x = fp_arena_array(arena, design->p, (size_t)design->n * sizeof *x, err);
    if (!x)
        return FP_NOMEM;
    for (ptrdiff_t j = 0; j < design->p; j++)
        memcpy(x + j * design->n, design->columns[j], (size_t)design->n * sizeof *x);
    design->x = x;
    return FP_OK;
}

fp_status fp_design_matrix(const fp_builder *b, const fp_terms *terms, fp_design *design)
{
    bool survival = design->response == FP_RESPONSE_SURVIVAL;
    matrix m = {.b = b, .terms = terms, .intercept = survival || terms->intercept};
    bool shown = m.intercept && !survival;
    FP_TRY(label_terms(b, terms, design));
    if (b->options->groups_only)
        return FP_OK;
    FP_TRY(load_terms(&m));
    FP_TRY(count_columns(&m, shown));
    return fill(&m, shown, b->options->lean && (double)b->n * (double)m.columns > LEAN_FROM,
                design);
}

/* ---- other rows ---- */

fp_status fp_builder_fail_level(const fp_builder *b, const char *name, const char *value,
                                ptrdiff_t levels, const char *const *level)
{
    char list[480] = "";
    size_t used = 0;
    for (ptrdiff_t k = 0; k < levels && used < sizeof list - 180; k++)
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", k ? ", " : "",
                                 fp_shown_of(level[k]).s);
    (void)fp_fail_at(b->err, FP_INPUT, fp_table_name(b->table), 0, 0, "%s has no level \"%s\"",
                     fp_shown_of(name).s, fp_shown_of(value).s);
    return fp_hint(b->err, FP_INPUT, "the levels are %s%s", list,
                   used < sizeof list - 180 ? "" : ", ...");
}

/* The codes of a factor on other rows, in the levels of `model`. */
static fp_status match_levels(const fp_builder *at, const char *name, const fp_value *model,
                              const fp_value *there, fp_value *out)
{
    int32_t *code;
    FP_ARRAY(code, at->scratch, at->n, at->err);
    for (ptrdiff_t i = 0; i < at->n; i++) {
        const char *text = there->level[there->code[i]];
        ptrdiff_t k = 0;
        while (k < model->levels && strcmp(model->level[k], text) != 0)
            k++;
        if (k == model->levels)
            return fp_builder_fail_level(at, name, text, model->levels, model->level);
        code[i] = (int32_t)k;
    }
    *out = *model;
    out->code = code;
    return FP_OK;
}

static fp_status move_variable(matrix *m, const fp_builder *at, int32_t v)
{
    matrix_variable *variable = &m->variable[v];
    const fp_node *node = m->terms->variable[v];
    fp_value value, levels;
    if (!variable->factor) {
        FP_TRY(fp_value_numbers(at, node, &variable->value.number));
        return FP_OK;
    }
    FP_TRY(fp_value_eval(at, node, &value));
    FP_TRY(fp_value_levels(at, &value, &levels));
    return match_levels(at, m->terms->name[v], &variable->value, &levels, &variable->value);
}

fp_status fp_design_matrix_at(const fp_builder *b, const fp_builder *at, bool survival,
                              const fp_terms *terms, const double **x)
{
    fp_design design = {0};
    matrix m = {.b = b, .terms = terms, .intercept = survival || terms->intercept};
    bool shown = m.intercept && !survival;
    FP_TRY(load_terms(&m));
    FP_TRY(count_columns(&m, shown));
    for (int32_t v = 0; v < terms->variables; v++)
        if (m.variable[v].used)
            FP_TRY(move_variable(&m, at, v));
    m.b = at;
    FP_TRY(fill(&m, shown, false, &design));
    *x = design.x;
    return FP_OK;
}
