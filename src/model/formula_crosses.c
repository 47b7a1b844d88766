#include <string.h>

#include "base/arena.h"
#include "model/formula_priv.h"

/* Whether the name stands anywhere in the expression. */
static bool stands_in(const fp_node *node, const char *name)
{
    if (!node)
        return false;
    if (node->kind == FP_NODE_NAME && strcmp(node->text, name) == 0)
        return true;
    for (const fp_node *part = node->left; part; part = part->next)
        if (stands_in(part, name))
            return true;
    return stands_in(node->right, name);
}

/* Whether a and b stand in two variables of the term. */
static bool has_both(const fp_terms *terms, const fp_term_set *term, const char *a, const char *b)
{
    for (int32_t i = 0; i < term->n; i++)
        for (int32_t j = 0; j < term->n; j++)
            if (i != j && (!a || stands_in(terms->variable[term->variable[i]], a)) &&
                (!b || stands_in(terms->variable[term->variable[j]], b)))
                return true;
    return false;
}

fp_status fp_formula_crosses(const char *text, const char *a, const char *b, bool *out, fp_err *err)
{
    static const char *const without[FP_FORMULA_WITHOUT] = {NULL};
    FP_ARENA_SCOPED(scratch, 64 * FP_MIB, err);
    const fp_formula *parsed, *fixed;
    const fp_bar *bars;
    ptrdiff_t count;
    fp_terms terms;
    bool found = false;
    FP_TRY(fp_formula_parse(text, scratch, &parsed, err));
    FP_TRY(fp_formula_bars(parsed, scratch, &fixed, &count, &bars, err));
    FP_TRY(fp_formula_terms(fixed, NULL, 0, without, scratch, &terms, err));
    for (int32_t t = 0; t < terms.terms && !found; t++)
        found = has_both(&terms, &terms.term[t], a, b);
    *out = found;
    return FP_OK;
}
