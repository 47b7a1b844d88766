#include "model/formula_priv.h"

typedef struct {
    fp_arena *arena;
    fp_err *err;
    ptrdiff_t count;
    fp_bar *bars; /* FP_FORMULA_NODES at most; as many as there are bars */
} search;

static const fp_node *inside(const fp_node *node)
{
    while (node->kind == FP_NODE_PAREN)
        node = node->left;
    return node;
}

static bool is_bar(const fp_node *node)
{
    return node->kind == FP_NODE_BINARY && (node->op == FP_OP_OR || node->op == FP_OP_BARS);
}

static ptrdiff_t count_bars(const fp_node *node)
{
    ptrdiff_t count = is_bar(node);
    if (node->kind == FP_NODE_CALL) /* I(a | b) is 'or' */
        return 0;
    if (node->left)
        count += count_bars(node->left);
    return node->right ? count + count_bars(node->right) : count;
}

static fp_status refuse(const search *s, const fp_node *node)
{
    (void)fp_formula_fail(s->err, node->at, "a random effect stands inside another term");
    return fp_hint(s->err, FP_INPUT, "add it to the other terms: + (1 | g)");
}

/* The first bar below a node that is no sum. */
static fp_status refuse_first(const search *s, const fp_node *node)
{
    if (is_bar(node))
        return refuse(s, node);
    if (node->left && count_bars(node->left))
        return refuse_first(s, node->left);
    return refuse_first(s, node->right);
}

/* What is left of a sum without its bars; NULL = nothing. */
static fp_status strip(search *s, const fp_node *node, const fp_node **out)
{
    const fp_node *within = inside(node);
    *out = node;
    if (!count_bars(node))
        return FP_OK;
    if (is_bar(within)) {
        if (count_bars(within->left) || count_bars(within->right))
            return refuse(s, within);
        s->bars[s->count++] = (fp_bar){.effects = within->left,
                                       .group = within->right,
                                       .apart = within->op == FP_OP_BARS,
                                       .at = within->at};
        *out = NULL;
        return FP_OK;
    }
    bool sum = within->kind == FP_NODE_BINARY && within->op == FP_OP_PLUS;
    bool less = within->kind == FP_NODE_BINARY && within->op == FP_OP_MINUS;
    if ((!sum && !less) || (less && count_bars(within->right)))
        return refuse_first(s, within);
    const fp_node *left, *right;
    FP_TRY(strip(s, within->left, &left));
    FP_TRY(strip(s, within->right, &right));
    if (!left || !right) {
        *out = left ? left : right;
        if (!less)
            return FP_OK;
    }
    fp_node *copy;
    FP_ARRAY(copy, s->arena, 1, s->err);
    *copy = *within;
    union { /* the tree is built with pointers that may be written to */
        const fp_node *in;
        fp_node *out;
    } l = {left}, r = {right};
    copy->left = l.out;
    copy->right = r.out;
    if (!left) { /* (1 | g) - 1 */
        copy->kind = FP_NODE_UNARY;
        copy->left = r.out;
        copy->right = NULL;
    }
    *out = copy;
    return FP_OK;
}

fp_status fp_formula_bars(const fp_formula *formula, fp_arena *arena, const fp_formula **fixed,
                          ptrdiff_t *count, const fp_bar **bars, fp_err *err)
{
    search s = {.arena = arena, .err = err};
    const fp_node *rest;
    fp_formula *left;
    FP_ARRAY(s.bars, arena, count_bars(formula->right), err);
    FP_TRY(strip(&s, formula->right, &rest));
    if (!rest) {
        fp_node *one;
        FP_ARRAY(one, arena, 1, err);
        *one = (fp_node){.kind = FP_NODE_NUMBER, .at = formula->right->at, .number = 1};
        rest = one;
    }
    FP_ARRAY(left, arena, 1, err);
    *left = *formula;
    left->right = rest;
    *fixed = left;
    *count = s.count;
    *bars = s.bars;
    return FP_OK;
}
