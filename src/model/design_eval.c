#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "model/design_priv.h"

const fp_node *fp_node_inside(const fp_node *node)
{
    while (node->kind == FP_NODE_PAREN)
        node = node->left;
    return node;
}

bool fp_node_is_call(const fp_node *node, const char *name)
{
    return node->kind == FP_NODE_CALL && strcmp(node->text, name) == 0;
}

fp_status fp_builder_fail_row(const fp_builder *b, ptrdiff_t i, const fp_node *node,
                              const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)fp_fail_list(b->err, FP_INPUT, fp_table_name(b->table),
                       fp_table_line(b->table, fp_builder_row(b, i)), 0, format, args);
    va_end(args);
    if (node && fp_node_inside(node)->kind == FP_NODE_NAME)
        fp_err_field(b->err, fp_node_inside(node)->text);
    return FP_INPUT;
}

/* ---- columns */

static fp_status hint_columns(const fp_builder *b, const char *name)
{
    int best = 2 + (int)strlen(name) / 4;
    const char *nearest = NULL;
    char list[300] = "";
    size_t used = 0;
    for (ptrdiff_t j = 0; j < fp_table_columns(b->table); j++) {
        const char *other = fp_table_column(b->table, j)->name;
        int d = fp_name_distance(name, other);
        if (d < best && d < (int)strlen(name)) {
            best = d;
            nearest = other;
        }
        int n =
            snprintf(list + used, sizeof list - used, "%s%s", j ? ", " : "", fp_shown_of(other).s);
        if (n < 0 || (size_t)n >= sizeof list - used - 4) {
            (void)snprintf(list + used, sizeof list - used, "%s",
                           used < sizeof list - 6 ? ", ..." : "");
            break;
        }
        used += (size_t)n;
    }
    if (nearest)
        return fp_hint(b->err, FP_INPUT, "did you mean \"%s\"?", fp_shown_of(nearest).s);
    return fp_hint(b->err, FP_INPUT, "the columns are %s", list);
}

fp_status fp_node_column(const fp_builder *b, const fp_node *node, ptrdiff_t *j)
{
    *j = fp_table_find(b->table, node->text);
    if (*j >= 0)
        return FP_OK;
    (void)fp_formula_fail(b->err, node->at, "there is no column \"%s\" in %s",
                          fp_shown_of(node->text).s, fp_shown_of(fp_table_name(b->table)).s);
    return hint_columns(b, node->text);
}

static fp_status fail_date(const fp_builder *b, const fp_node *node)
{
    (void)fp_formula_fail(b->err, node->at,
                          "\"%s\" is a date, which is neither a number nor a group",
                          fp_shown_of(node->text).s);
    return fp_hint(b->err, FP_INPUT,
                   "make a column with the number of days since a fixed date, or use factor(%s)",
                   fp_shown_of(node->text).s);
}

static fp_status number_column(const fp_builder *b, const fp_column *column, fp_value *out)
{
    double *number;
    out->kind = column->type == FP_COLUMN_LOGICAL ? FP_VALUE_LOGICAL : FP_VALUE_NUMBER;
    out->number = column->number;
    if (!b->row)
        return FP_OK;
    FP_ARRAY(number, b->options->lean ? b->arena : b->scratch, b->n, b->err);
    for (ptrdiff_t i = 0; i < b->n; i++)
        number[i] = column->number[b->row[i]];
    out->number = number;
    return FP_OK;
}

static fp_status coded_column(const fp_builder *b, ptrdiff_t count, const char *const *levels,
                              const int32_t *level, fp_value *out)
{
    int32_t *code;
    *out = (fp_value){.kind = FP_VALUE_FACTOR, .code = level, .levels = count, .level = levels};
    if (!b->row)
        return FP_OK;
    FP_ARRAY(code, b->scratch, b->n, b->err);
    for (ptrdiff_t i = 0; i < b->n; i++)
        code[i] = level[b->row[i]];
    out->code = code;
    return FP_OK;
}

static fp_status eval_column(const fp_builder *b, const fp_node *node, fp_value *out)
{
    ptrdiff_t j;
    FP_TRY(fp_node_column(b, node, &j));
    const fp_column *column = fp_table_column(b->table, j);
    switch (column->type) {
    case FP_COLUMN_NUMBER:
    case FP_COLUMN_LOGICAL:
        return number_column(b, column, out);
    case FP_COLUMN_DATE:
        return fail_date(b, node);
    case FP_COLUMN_TEXT:
        break;
    }
    if (column->mostly_numbers)
        return fp_table_not_number(b->table, j, column->stray_row, b->err);
    return coded_column(b, column->level_count, column->levels, column->level, out);
}

/* ---- arithmetic */

static fp_status want_numbers(const fp_builder *b, const fp_node *node, const fp_value *value)
{
    if (value->kind != FP_VALUE_FACTOR)
        return FP_OK;
    const char *text;
    FP_TRY(fp_node_text(node, b->scratch, &text, b->err));
    (void)fp_formula_fail(b->err, node->at, "%s is %s, where a number is needed",
                          fp_shown_of(text).s, value->made ? "a factor" : "text");
    if (value->levels > 0 && !value->made)
        return fp_hint(b->err, FP_INPUT, "for a column of 0 and 1 compare: %s == \"%s\"",
                       fp_shown_of(text).s, fp_shown_of(value->level[0]).s);
    return FP_INPUT;
}

/* The first row with a result that is not finite ends the evaluation: it is not a missing value. */
static fp_status check_finite(const fp_builder *b, const fp_node *node, const double *y)
{
    for (ptrdiff_t i = 0; i < b->n; i++) {
        if (isfinite(y[i]))
            continue;
        const char *text;
        FP_TRY(fp_node_text(node, b->scratch, &text, b->err));
        (void)fp_builder_fail_row(b, i, NULL, "%s is %s", fp_shown_of(text).s,
                                  isnan(y[i]) ? "not defined" : "infinite");
        return fp_hint(b->err, FP_INPUT,
                       "formula, character %ld: leave such rows out or change "
                       "the expression",
                       node->at);
    }
    return FP_OK;
}

static double apply_function(int which, double x)
{
    switch (which) {
    case 0:
        return log(x);
    case 1:
        return log2(x);
    case 2:
        return log10(x);
    case 3:
        return log1p(x);
    case 4:
        return exp(x);
    case 5:
        return sqrt(x);
    default:
        return fabs(x);
    }
}

static fp_status eval_function(const fp_builder *b, const fp_node *node, int which, fp_value *out)
{
    const double *x;
    double *y;
    FP_TRY(fp_value_numbers(b, node->left, &x));
    FP_ARRAY(y, b->scratch, b->n, b->err);
    for (ptrdiff_t i = 0; i < b->n; i++)
        y[i] = apply_function(which, x[i]);
    *out = (fp_value){.kind = FP_VALUE_NUMBER, .number = y};
    return check_finite(b, node, y);
}

static fp_status fail_function(const fp_builder *b, const fp_node *node)
{
    const char *name = node->text;
    bool frailty = b->options->frailty && strcmp(name, "frailty") == 0;
    if (strcmp(name, "strata") == 0 || strcmp(name, "cluster") == 0 ||
        strcmp(name, "offset") == 0 || frailty) {
        (void)fp_formula_fail(b->err, node->at, "%s() is a term of its own", name);
        return fp_hint(b->err, FP_INPUT, "it is added to the others, as in  age + %s(x)", name);
    }
    if (strcmp(name, "frailty") == 0 || strncmp(name, "frailty.", 8) == 0) {
        if (b->options->frailty) {
            (void)fp_formula_fail(b->err, node->at, "of the frailties there is the gamma alone");
            return fp_hint(b->err, FP_INPUT, "write frailty(g)");
        }
        (void)fp_formula_fail(b->err, node->at, "frailty() is not available for this model");
        return fp_hint(b->err, FP_INPUT,
                       "strata(g) or cluster(g) also deal with groups of like people");
    }
    if (strcmp(name, "Surv") == 0) {
        (void)fp_formula_fail(b->err, node->at, "Surv() stands alone, left of '~'");
        return FP_INPUT;
    }
    (void)fp_formula_fail(b->err, node->at, "there is no function %s()", fp_shown_of(name).s);
    return fp_hint(b->err, FP_INPUT,
                   "the functions are log, log2, log10, log1p, exp, sqrt, abs, I and factor; "
                   "strata, cluster and offset as terms");
}

static fp_status eval_call(const fp_builder *b, const fp_node *node, fp_value *out)
{
    static const char *const names[] = {"log",  "log2", "log10", "log1p", "exp",
                                        "sqrt", "abs",  "I",     "factor"};
    int which = 0, count = (int)(sizeof names / sizeof *names);
    while (which < count && strcmp(node->text, names[which]) != 0)
        which++;
    if (which == count)
        return fail_function(b, node);
    if (node->count != 1)
        return fp_formula_fail(b->err, node->at, "%s() takes one argument, not %d", node->text,
                               node->count);
    if (which == count - 2)
        return fp_value_eval(b, node->left, out);
    if (which == count - 1)
        return fp_value_factor(b, node->left, out);
    return eval_function(b, node, which, out);
}

static fp_status eval_unary(const fp_builder *b, const fp_node *node, fp_value *out)
{
    const double *x;
    double *y;
    FP_TRY(fp_value_numbers(b, node->left, &x));
    FP_ARRAY(y, b->scratch, b->n, b->err);
    for (ptrdiff_t i = 0; i < b->n; i++)
        y[i] = node->op == FP_OP_MINUS ? -x[i] : node->op == FP_OP_PLUS ? x[i] : x[i] == 0;
    *out =
        (fp_value){.kind = node->op == FP_OP_NOT ? FP_VALUE_LOGICAL : FP_VALUE_NUMBER, .number = y};
    return FP_OK;
}

static double combine(fp_op op, double x, double y)
{
    switch (op) {
    case FP_OP_PLUS:
        return x + y;
    case FP_OP_MINUS:
        return x - y;
    case FP_OP_TIMES:
        return x * y;
    case FP_OP_DIVIDE:
        return x / y;
    case FP_OP_POWER:
        return pow(x, y);
    case FP_OP_AND:
        return x != 0 && y != 0;
    case FP_OP_OR:
        return x != 0 || y != 0;
    default:
        return (double)NAN;
    }
}

/* Whether `order` (negative, 0, positive: left against right) satisfies the comparison. */
static bool holds(fp_op op, int order)
{
    switch (op) {
    case FP_OP_EQ:
        return order == 0;
    case FP_OP_NE:
        return order != 0;
    case FP_OP_LT:
        return order < 0;
    case FP_OP_LE:
        return order <= 0;
    case FP_OP_GT:
        return order > 0;
    default:
        return order >= 0;
    }
}

static fp_status eval_arithmetic(const fp_builder *b, const fp_node *node, fp_value *out)
{
    const double *x, *y;
    double *z;
    if (node->op == FP_OP_BARS) {
        (void)fp_formula_fail(b->err, node->at, "'||' has no meaning here");
        return fp_hint(b->err, FP_INPUT, "write | for 'or'");
    }
    FP_TRY(fp_value_numbers(b, node->left, &x));
    FP_TRY(fp_value_numbers(b, node->right, &y));
    FP_ARRAY(z, b->scratch, b->n, b->err);
    for (ptrdiff_t i = 0; i < b->n; i++)
        z[i] = combine(node->op, x[i], y[i]);
    bool logical = node->op == FP_OP_AND || node->op == FP_OP_OR;
    *out = (fp_value){.kind = logical ? FP_VALUE_LOGICAL : FP_VALUE_NUMBER, .number = z};
    return check_finite(b, node, z);
}

static fp_status fail_comparison(const fp_builder *b, const fp_node *node, const fp_value *left)
{
    const fp_node *number = left->kind == FP_VALUE_FACTOR ? node->right : node->left;
    (void)fp_formula_fail(b->err, node->at, "'%s' compares text with a number",
                          fp_op_text(node->op));
    if (fp_node_inside(number)->kind == FP_NODE_NUMBER)
        return fp_hint(b->err, FP_INPUT, "a text is written between quotes, as in  == \"work\"");
    return fp_hint(b->err, FP_INPUT, "a number is written without quotes, as in  == 2");
}

/* A column of codes such as 1, 2, 2b may be compared with a text, though nearly all are numbers. */
static fp_status eval_compared(const fp_builder *b, const fp_node *node, const fp_node *other,
                               fp_value *out)
{
    ptrdiff_t j;
    node = fp_node_inside(node);
    if (node->kind == FP_NODE_NAME && fp_node_inside(other)->kind == FP_NODE_STRING) {
        FP_TRY(fp_node_column(b, node, &j));
        if (fp_table_column(b->table, j)->type == FP_COLUMN_TEXT)
            return fp_value_factor(b, node, out);
    }
    return fp_value_eval(b, node, out);
}

static fp_status eval_comparison(const fp_builder *b, const fp_node *node, fp_value *out)
{
    fp_value x, y;
    double *z;
    FP_TRY(eval_compared(b, node->left, node->right, &x));
    FP_TRY(eval_compared(b, node->right, node->left, &y));
    bool text = x.kind == FP_VALUE_FACTOR;
    if (text != (y.kind == FP_VALUE_FACTOR))
        return fail_comparison(b, node, &x);
    FP_ARRAY(z, b->scratch, b->n, b->err);
    for (ptrdiff_t i = 0; i < b->n; i++) {
        int order = text ? strcmp(x.level[x.code[i]], y.level[y.code[i]])
                         : (x.number[i] > y.number[i]) - (x.number[i] < y.number[i]);
        z[i] = holds(node->op, order);
    }
    *out = (fp_value){.kind = FP_VALUE_LOGICAL, .number = z};
    return FP_OK;
}

static fp_status eval_constant(const fp_builder *b, const fp_node *node, fp_value *out)
{
    if (node->kind == FP_NODE_STRING) {
        const char **level;
        int32_t *code;
        FP_ARRAY(level, b->scratch, 1, b->err);
        FP_ARRAY(code, b->scratch, b->n, b->err);
        level[0] = node->text;
        *out = (fp_value){.kind = FP_VALUE_FACTOR, .code = code, .levels = 1, .level = level};
        return FP_OK;
    }
    double *number;
    FP_ARRAY(number, b->scratch, b->n, b->err);
    for (ptrdiff_t i = 0; i < b->n; i++)
        number[i] = node->number;
    *out = (fp_value){.kind = node->kind == FP_NODE_LOGICAL ? FP_VALUE_LOGICAL : FP_VALUE_NUMBER,
                      .number = number};
    return FP_OK;
}

static fp_status eval_binary(const fp_builder *b, const fp_node *node, fp_value *out)
{
    if (node->op == FP_OP_COLON || node->op == FP_OP_IN) {
        (void)fp_formula_fail(b->err, node->at, "'%s' joins terms, not numbers",
                              fp_op_text(node->op));
        return fp_hint(b->err, FP_INPUT, "inside functions there is + - * / ^ and comparison");
    }
    if (fp_op_precedence(node->op) == FP_PREC_COMPARE)
        return eval_comparison(b, node, out);
    return eval_arithmetic(b, node, out);
}

fp_status fp_value_eval(const fp_builder *b, const fp_node *node, fp_value *out)
{
    *out = (fp_value){.kind = FP_VALUE_NUMBER};
    switch (node->kind) {
    case FP_NODE_NAME:
        return eval_column(b, node, out);
    case FP_NODE_NUMBER:
    case FP_NODE_STRING:
    case FP_NODE_LOGICAL:
        return eval_constant(b, node, out);
    case FP_NODE_CALL:
        return eval_call(b, node, out);
    case FP_NODE_PAREN:
        return fp_value_eval(b, node->left, out);
    case FP_NODE_UNARY:
        return eval_unary(b, node, out);
    case FP_NODE_BINARY:
        break;
    }
    return eval_binary(b, node, out);
}

fp_status fp_value_numbers(const fp_builder *b, const fp_node *node, const double **out)
{
    fp_value value;
    FP_TRY(fp_value_eval(b, node, &value));
    FP_TRY(want_numbers(b, node, &value));
    *out = value.number;
    return FP_OK;
}
