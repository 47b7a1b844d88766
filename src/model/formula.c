#include "model/formula.h"

#include <string.h>

#include "model/formula_priv.h"

/* Recursive descent with precedence climbing; R's grammar (?Syntax) without assignment, subscripts
 * and blocks. */
typedef struct {
    fp_lexer lexer;
    fp_token token; /* the one ahead */
    fp_token last;  /* the one before, for messages; END at the beginning */
    int nodes;
    int depth;
    bool in_paren; /* directly, not as an argument of a function */
    fp_arena *arena;
    fp_err *err;
} parser;

static fp_status parse_binary(parser *p, int lowest, fp_node **out);

static fp_status advance(parser *p)
{
    p->last = p->token;
    return fp_lexer_next(&p->lexer, &p->token, p->err);
}

static fp_status new_node(parser *p, fp_node_kind kind, long at, fp_node **out)
{
    fp_node *node;
    if (++p->nodes > FP_FORMULA_NODES)
        return fp_formula_fail(p->err, at, "the formula has more than %d parts", FP_FORMULA_NODES);
    FP_ARRAY(node, p->arena, 1, p->err);
    node->kind = kind;
    node->at = at;
    *out = node;
    return FP_OK;
}

static fp_status enter(parser *p, long at)
{
    if (++p->depth > FP_FORMULA_DEPTH)
        return fp_formula_fail(p->err, at, "the formula is nested deeper than %d levels",
                               FP_FORMULA_DEPTH);
    return FP_OK;
}

/* A token as it is quoted in messages. */
static fp_shown token_text(const fp_token *token)
{
    fp_shown shown = {"the number"};
    switch (token->kind) {
    case FP_TOKEN_NAME:
        return fp_shown_of(token->text);
    case FP_TOKEN_STRING:
        return fp_shown_of(token->text);
    case FP_TOKEN_OP:
        return fp_shown_of(fp_op_text(token->op));
    case FP_TOKEN_NUMBER:
        fp_num_shortest(token->number, 15, shown.s);
        return shown;
    case FP_TOKEN_OPEN:
        return fp_shown_of("(");
    case FP_TOKEN_CLOSE:
        return fp_shown_of(")");
    case FP_TOKEN_COMMA:
        return fp_shown_of(",");
    case FP_TOKEN_END:
        break;
    }
    return fp_shown_of("the end");
}

/* Hint: the last 40 characters of the formula up to and with character `at`, where the reader
 * should look. */
static fp_status point(parser *p, long at)
{
    fp_str text = p->lexer.text;
    size_t from = 0, to = 0;
    long character = 0;
    for (size_t i = 0; i < text.n; i++) {
        bool begins = ((unsigned char)text.p[i] & 0xc0) != 0x80;
        character += begins;
        if (begins && character == at - 39)
            from = i;
        if (character <= at)
            to = i + 1;
    }
    fp_str part = fp_str_trim((fp_str){text.p + from, to - from});
    char line[200] = "";
    for (size_t i = 0; i < part.n && i + 1 < sizeof line; i++)
        line[i] = (unsigned char)part.p[i] < ' ' ? ' ' : part.p[i];
    return fp_hint(p->err, FP_INPUT, "up to there: %s%s", from ? "..." : "", line);
}

/* The token ahead cannot begin a term. */
static fp_status fail_no_term(parser *p)
{
    const fp_token *last = &p->last;
    long at = p->token.at;
    if (last->kind == FP_TOKEN_OP || last->kind == FP_TOKEN_COMMA || last->kind == FP_TOKEN_OPEN) {
        at = last->at;
        (void)fp_formula_fail(p->err, at, "a term is missing after '%s'", token_text(last).s);
    } else if (p->token.kind == FP_TOKEN_END) {
        return fp_formula_fail(p->err, at, "the formula is empty");
    } else {
        (void)fp_formula_fail(p->err, at, "a term is missing before '%s'", token_text(&p->token).s);
    }
    return point(p, at);
}

/* The token ahead follows a finished term, and is no operator. */
static fp_status fail_after_term(parser *p)
{
    const fp_token *t = &p->token;
    long at = t->at;
    if (t->kind == FP_TOKEN_CLOSE)
        (void)fp_formula_fail(p->err, at, "')' closes nothing");
    else if (t->kind == FP_TOKEN_COMMA)
        (void)fp_formula_fail(p->err, at, "',' stands outside a function");
    else if (t->kind == FP_TOKEN_OP && t->op == FP_OP_TILDE)
        (void)fp_formula_fail(p->err, at, "a formula has one '~'");
    else
        (void)fp_formula_fail(p->err, at, "an operator is missing before '%s'", token_text(t).s);
    return point(p, at);
}

/* `opened` is the place of the '(' that should be closed here. */
static fp_status close_paren(parser *p, long opened)
{
    if (p->token.kind == FP_TOKEN_CLOSE) {
        p->depth--;
        return advance(p);
    }
    if (p->token.kind == FP_TOKEN_END) {
        (void)fp_formula_fail(p->err, opened, "'(' is never closed");
        return point(p, opened);
    }
    if (p->token.kind == FP_TOKEN_OP && p->token.op == FP_OP_TILDE) {
        (void)fp_formula_fail(p->err, p->token.at, "'~' stands inside parentheses");
        return fp_hint(p->err, FP_INPUT, "the '(' at character %ld is not closed before it",
                       opened);
    }
    return fail_after_term(p);
}

static fp_status parse_arguments(parser *p, fp_node *call, long opened)
{
    fp_node **end = &call->left;
    p->in_paren = false;
    if (p->token.kind == FP_TOKEN_CLOSE)
        return close_paren(p, opened);
    for (;;) {
        FP_TRY(parse_binary(p, 1, end));
        end = &(*end)->next;
        call->count++;
        if (p->token.kind != FP_TOKEN_COMMA)
            return close_paren(p, opened);
        FP_TRY(advance(p));
    }
}

static fp_status parse_name(parser *p, fp_node **out)
{
    fp_token name = p->token;
    bool truth = !name.quoted && strcmp(name.text, "TRUE") == 0;
    bool logical = truth || (!name.quoted && strcmp(name.text, "FALSE") == 0);
    FP_TRY(advance(p));
    if (p->token.kind != FP_TOKEN_OPEN) {
        FP_TRY(new_node(p, logical ? FP_NODE_LOGICAL : FP_NODE_NAME, name.at, out));
        (*out)->text = name.text;
        (*out)->number = truth ? 1 : 0;
        return FP_OK;
    }
    if (logical || !fp_name_is_plain(name.text))
        return fp_formula_fail(p->err, name.at, "'%s' is not a function", fp_shown_of(name.text).s);
    long opened = p->token.at;
    FP_TRY(new_node(p, FP_NODE_CALL, name.at, out));
    (*out)->text = name.text;
    FP_TRY(enter(p, opened));
    FP_TRY(advance(p));
    bool before = p->in_paren;
    FP_TRY(parse_arguments(p, *out, opened));
    p->in_paren = before;
    return FP_OK;
}

static fp_status parse_paren(parser *p, fp_node *node)
{
    bool before = p->in_paren;
    FP_TRY(enter(p, node->at));
    FP_TRY(advance(p));
    p->in_paren = true;
    FP_TRY(parse_binary(p, 1, &node->left));
    p->in_paren = before;
    return close_paren(p, node->at);
}

static fp_status parse_primary(parser *p, fp_node **out)
{
    fp_token t = p->token;
    switch (t.kind) {
    case FP_TOKEN_NAME:
        return parse_name(p, out);
    case FP_TOKEN_NUMBER:
    case FP_TOKEN_STRING:
        FP_TRY(new_node(p, t.kind == FP_TOKEN_NUMBER ? FP_NODE_NUMBER : FP_NODE_STRING, t.at, out));
        (*out)->text = t.text;
        (*out)->number = t.number;
        (*out)->whole = t.whole;
        return advance(p);
    case FP_TOKEN_OPEN:
        FP_TRY(new_node(p, FP_NODE_PAREN, t.at, out));
        return parse_paren(p, *out);
    default:
        return fail_no_term(p);
    }
}

/* - and + bind looser than ^ and tighter than all else; ! looser than a comparison. */
static fp_status parse_unary(parser *p, fp_node **out)
{
    fp_token t = p->token;
    if (t.kind != FP_TOKEN_OP || (t.op != FP_OP_PLUS && t.op != FP_OP_MINUS && t.op != FP_OP_NOT))
        return parse_primary(p, out);
    FP_TRY(new_node(p, FP_NODE_UNARY, t.at, out));
    (*out)->op = t.op;
    FP_TRY(enter(p, t.at));
    FP_TRY(advance(p));
    FP_TRY(parse_binary(p, t.op == FP_OP_NOT ? FP_PREC_NOT : FP_PREC_UNARY, &(*out)->left));
    p->depth--;
    return FP_OK;
}

static fp_status parse_right(parser *p, fp_op op, fp_node **out)
{
    if (op != FP_OP_POWER)
        return parse_binary(p, fp_op_precedence(op) + 1, out);
    FP_TRY(enter(p, p->last.at));
    FP_TRY(parse_binary(p, FP_PREC_UNARY, out)); /* from the right: a^b^c is a^(b^c) */
    p->depth--;
    return FP_OK;
}

static fp_status parse_binary(parser *p, int lowest, fp_node **out)
{
    fp_node *left = NULL;
    FP_TRY(parse_unary(p, &left));
    while (p->token.kind == FP_TOKEN_OP && p->token.op != FP_OP_NOT && p->token.op != FP_OP_TILDE &&
           fp_op_precedence(p->token.op) >= lowest) {
        fp_op op = p->token.op;
        fp_node *node;
        if (op == FP_OP_BARS && !p->in_paren) {
            (void)fp_formula_fail(p->err, p->token.at, "'||' has no meaning here");
            return fp_hint(p->err, FP_INPUT, "write | for 'or'");
        }
        if (fp_op_precedence(op) == FP_PREC_COMPARE && left->kind == FP_NODE_BINARY &&
            fp_op_precedence(left->op) == FP_PREC_COMPARE)
            return fp_formula_fail(p->err, p->token.at,
                                   "one comparison follows another: join them with &");
        FP_TRY(new_node(p, FP_NODE_BINARY, p->token.at, &node));
        node->op = op;
        node->left = left;
        FP_TRY(advance(p));
        FP_TRY(parse_right(p, op, &node->right));
        left = node;
    }
    *out = left;
    return FP_OK;
}

static fp_status parse_sides(parser *p, fp_formula *formula)
{
    fp_node *side = NULL;
    FP_TRY(advance(p));
    if (p->token.kind != FP_TOKEN_OP || p->token.op != FP_OP_TILDE) {
        FP_TRY(parse_binary(p, 1, &side));
        formula->left = side;
        if (p->token.kind == FP_TOKEN_END) {
            (void)fp_formula_fail(p->err, p->token.at, "'~' is missing");
            return fp_hint(p->err, FP_INPUT, "a formula reads  Surv(time, event) ~ age + sex");
        }
        if (p->token.kind != FP_TOKEN_OP || p->token.op != FP_OP_TILDE)
            return fail_after_term(p);
    }
    formula->tilde_at = p->token.at;
    FP_TRY(advance(p));
    FP_TRY(parse_binary(p, 1, &side));
    formula->right = side;
    return p->token.kind == FP_TOKEN_END ? FP_OK : fail_after_term(p);
}

fp_status fp_formula_parse(const char *text, fp_arena *arena, const fp_formula **out, fp_err *err)
{
    fp_str s = fp_str_of(text);
    fp_formula *formula;
    if (s.n > FP_FORMULA_BYTES)
        return fp_formula_fail(err, 1, "the formula is longer than %zu bytes", FP_FORMULA_BYTES);
    if (!fp_str_utf8(s))
        return fp_formula_fail(err, 1, "the formula is not UTF-8 text");
    parser p = {.lexer = {.text = s, .at = 1, .arena = arena}, .arena = arena, .err = err};
    p.token.kind = FP_TOKEN_END;
    FP_ARRAY(formula, arena, 1, err);
    FP_TRY(parse_sides(&p, formula));
    FP_TRY(fp_formula_deparse(formula, arena, err));
    *out = formula;
    return FP_OK;
}

const char *fp_formula_text(const fp_formula *formula)
{
    return formula->text;
}
