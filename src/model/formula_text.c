#include <stdlib.h>
#include <string.h>

#include "model/formula_priv.h"

#define TEXT_BYTES (4 * FP_FORMULA_BYTES)

static void put_quoted(fp_buf *out, const char *text, char quote)
{
    fp_buf_put_char(out, quote);
    for (const char *p = text; *p; p++) {
        const char *special = strchr("\n\t\r", *p);
        if (*p == quote || *p == '\\')
            fp_buf_put_char(out, '\\');
        if (special) {
            fp_buf_put_char(out, '\\');
            fp_buf_put_char(out, "ntr"[special - "\n\t\r"]);
        } else {
            fp_buf_put_char(out, *p);
        }
    }
    fp_buf_put_char(out, quote);
}

static void put_node(fp_buf *out, const fp_node *node);

static void put_number(fp_buf *out, const fp_node *node)
{
    char text[40];
    if (node->whole)
        (void)snprintf(text, sizeof text, "%.0f", node->number);
    else
        fp_num_shortest(node->number, 15, text);
    fp_buf_put(out, text);
    if (node->whole)
        fp_buf_put_char(out, 'L');
}

static void put_call(fp_buf *out, const fp_node *node)
{
    fp_buf_put(out, node->text);
    fp_buf_put_char(out, '(');
    for (const fp_node *a = node->left; a; a = a->next) {
        put_node(out, a);
        if (a->next)
            fp_buf_put(out, ", ");
    }
    fp_buf_put_char(out, ')');
}

static void put_binary(fp_buf *out, const fp_node *node)
{
    static const bool spaced[] = {
#define X(name, text, precedence, spaced) spaced,
        FP_OP_MAP(X)
#undef X
    };
    put_node(out, node->left);
    fp_buf_put(out, spaced[node->op] ? " " : "");
    fp_buf_put(out, fp_op_text(node->op));
    fp_buf_put(out, spaced[node->op] ? " " : "");
    put_node(out, node->right);
}

static void put_node(fp_buf *out, const fp_node *node)
{
    switch (node->kind) {
    case FP_NODE_NAME:
        if (fp_name_is_plain(node->text))
            fp_buf_put(out, node->text);
        else
            put_quoted(out, node->text, '`');
        break;
    case FP_NODE_NUMBER:
        put_number(out, node);
        break;
    case FP_NODE_STRING:
        put_quoted(out, node->text, '"');
        break;
    case FP_NODE_LOGICAL:
        fp_buf_put(out, node->number > 0 ? "TRUE" : "FALSE");
        break;
    case FP_NODE_CALL:
        put_call(out, node);
        break;
    case FP_NODE_PAREN:
        fp_buf_put_char(out, '(');
        put_node(out, node->left);
        fp_buf_put_char(out, ')');
        break;
    case FP_NODE_UNARY:
        fp_buf_put(out, fp_op_text(node->op));
        put_node(out, node->left);
        break;
    case FP_NODE_BINARY:
        put_binary(out, node);
        break;
    }
}

static fp_status finish(const fp_buf *text, fp_arena *arena, const char **out, fp_err *err)
{
    FP_TRY(fp_buf_ok(text, err));
    const char *copy = fp_str_dup(arena, fp_buf_str(text), err);
    if (!copy)
        return FP_NOMEM;
    *out = copy;
    return FP_OK;
}

fp_status fp_node_text(const fp_node *node, fp_arena *arena, const char **out, fp_err *err)
{
    FP_BUF_SCOPED(text, TEXT_BYTES);
    put_node(&text, node);
    return finish(&text, arena, out, err);
}

fp_status fp_formula_deparse(fp_formula *formula, fp_arena *arena, fp_err *err)
{
    FP_BUF_SCOPED(text, TEXT_BYTES);
    if (formula->left) {
        put_node(&text, formula->left);
        fp_buf_put(&text, " ~ ");
    } else {
        fp_buf_put_char(&text, '~');
    }
    put_node(&text, formula->right);
    return finish(&text, arena, &formula->text, err);
}
