/* The part of a design whose terms do not name certain columns. */
#include <string.h>

#include "model/design_priv.h"

#define SCRATCH_BYTES (8 * FP_GIB)

static bool names_one(const fp_node *node, ptrdiff_t count, const char *const *name)
{
    if (!node)
        return false;
    for (ptrdiff_t i = 0; node->kind == FP_NODE_NAME && i < count; i++)
        if (strcmp(node->text, name[i]) == 0)
            return true;
    if (names_one(node->left, count, name) || names_one(node->right, count, name))
        return true;
    for (const fp_node *a = node->kind == FP_NODE_CALL && node->left ? node->left->next : NULL; a;
         a = a->next)
        if (names_one(a, count, name))
            return true;
    return false;
}

/* The columns of terms that stay. */
static fp_status keep_columns(const fp_builder *b, const fp_design *design, const fp_terms *plain,
                              ptrdiff_t count, const char *const *name, fp_design_part *out)
{
    bool *stays, *column;
    const char **words;
    FP_ARRAY(stays, b->scratch, plain->terms, b->err);
    FP_ARRAY(column, b->arena, design->p, b->err);
    FP_ARRAY(words, b->arena, plain->terms + 1, b->err);
    for (int32_t t = 0; t < plain->terms; t++) {
        stays[t] = true;
        for (int32_t v = 0; v < plain->term[t].n; v++)
            stays[t] =
                stays[t] && !names_one(plain->variable[plain->term[t].variable[v]], count, name);
        if (stays[t])
            words[out->words++] = design->term[t];
    }
    for (ptrdiff_t j = 0; j < design->p; j++)
        column[j] = design->column_term[j] < 0 || stays[design->column_term[j]];
    out->column = column;
    out->word = words;
    return FP_OK;
}

/* Arguments of strata() that stay, in `nodes`. */
static fp_status keep_strata(const fp_builder *b, const fp_terms *all, ptrdiff_t count,
                             const char *const *name, fp_design_part *out)
{
    const fp_node **nodes;
    int32_t n = 0, most = 0;
    FP_BUF_SCOPED(words, FP_MIB);
    for (int32_t t = 0; t < all->terms; t++) {
        const fp_node *call = all->variable[all->term[t].variable[0]];
        most += all->term[t].n == 1 && fp_node_is_call(call, "strata") ? call->count : 0;
    }
    FP_ARRAY(nodes, b->scratch, most, b->err);
    for (int32_t t = 0; t < all->terms; t++) {
        const fp_node *call = all->variable[all->term[t].variable[0]];
        if (all->term[t].n != 1 || !fp_node_is_call(call, "strata"))
            continue;
        for (const fp_node *a = call->left; a; a = a->next)
            if (!names_one(a, count, name)) {
                const char *text;
                FP_TRY(fp_node_text(a, b->scratch, &text, b->err));
                fp_buf_printf(&words, "%s%s", n ? ", " : "strata(", text);
                nodes[n++] = a;
            }
    }
    if (n == 0)
        return FP_OK;
    fp_buf_put_char(&words, ')');
    FP_TRY(fp_buf_ok(&words, b->err));
    out->strata_words = fp_str_dup(b->arena, fp_buf_str(&words), b->err);
    if (!out->strata_words)
        return FP_NOMEM;
    return fp_design_cross(b, n, nodes, &out->stratum, &out->strata);
}

fp_status fp_design_without(const fp_design *design, const fp_table *table,
                            const fp_design_options *options, ptrdiff_t count,
                            const char *const *name, fp_arena *arena, fp_design_part *part,
                            fp_err *err)
{
    FP_ARENA_SCOPED(scratch, SCRATCH_BYTES, err);
    fp_builder b = {.formula = design->formula,
                    .table = table,
                    .options = options,
                    .arena = arena,
                    .scratch = scratch,
                    .n = design->n,
                    .row = design->row,
                    .err = err};
    fp_design_part made = {.strata = 1};
    fp_terms all, plain;
    FP_TRY(fp_builder_terms(&b, &all, &plain));
    if (!design->group)
        FP_TRY(keep_columns(&b, design, &plain, count, name, &made));
    FP_TRY(keep_strata(&b, &all, count, name, &made));
    *part = made;
    return FP_OK;
}
