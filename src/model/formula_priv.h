#ifndef FP_MODEL_FORMULA_PRIV_H
#define FP_MODEL_FORMULA_PRIV_H

#include <stdint.h>

#include "base/num.h"
#include "model/formula.h"

/* The parsed formula as a tree. Nodes are immutable once parsed and live in the formula's arena. */

#define FP_FORMULA_BYTES ((size_t)64 * 1024)
#define FP_FORMULA_DEPTH 64
#define FP_FORMULA_NODES 4096

/* One table of operators: text, precedence as binary (R's ?Syntax, higher binds tighter), the
 * spaces that deparse() puts around it. */
#define FP_OP_MAP(X)                                                                               \
    /* name    text   precedence spaced */                                                         \
    X(TILDE, "~", 0, true)                                                                         \
    X(OR, "|", 1, true)                                                                            \
    X(BARS, "||", 1, true) /* uncorrelated random effects */                                       \
    X(AND, "&", 2, true)                                                                           \
    X(NOT, "!", 3, false)                                                                          \
    X(EQ, "==", 4, true)                                                                           \
    X(NE, "!=", 4, true)                                                                           \
    X(LE, "<=", 4, true)                                                                           \
    X(LT, "<", 4, true)                                                                            \
    X(GE, ">=", 4, true)                                                                           \
    X(GT, ">", 4, true)                                                                            \
    X(PLUS, "+", 5, true)                                                                          \
    X(MINUS, "-", 5, true)                                                                         \
    X(TIMES, "*", 6, true)                                                                         \
    X(DIVIDE, "/", 6, false)                                                                       \
    X(IN, "%in%", 7, true)                                                                         \
    X(COLON, ":", 8, false)                                                                        \
    X(POWER, "^", 10, false)

typedef enum {
#define X(name, text, precedence, spaced) FP_OP_##name,
    FP_OP_MAP(X)
#undef X
} fp_op;

enum { FP_PREC_NOT = 3, FP_PREC_COMPARE = 4, FP_PREC_UNARY = 9 };

const char *fp_op_text(fp_op op);
int fp_op_precedence(fp_op op);

typedef enum {
    FP_NODE_NAME,    /* text */
    FP_NODE_NUMBER,  /* number, whole where written 2L */
    FP_NODE_STRING,  /* text, without quotes and escapes */
    FP_NODE_LOGICAL, /* number 1 or 0 */
    FP_NODE_CALL,    /* text; arguments from `left` on, linked by `next`, `count` of them */
    FP_NODE_PAREN,   /* left */
    FP_NODE_UNARY,   /* op, left */
    FP_NODE_BINARY,  /* op, left, right */
} fp_node_kind;

typedef struct fp_node fp_node;
struct fp_node {
    fp_node_kind kind;
    fp_op op;
    bool whole;
    int count;
    long at; /* character of the formula, 1-based: of the operator for FP_NODE_BINARY */
    const char *text;
    double number;
    fp_node *left, *right, *next;
};

struct fp_formula {
    const fp_node *left; /* NULL where one-sided */
    const fp_node *right;
    long tilde_at;
    const char *text;
};

typedef enum {
    FP_TOKEN_END,
    FP_TOKEN_NAME,
    FP_TOKEN_NUMBER,
    FP_TOKEN_STRING,
    FP_TOKEN_OP,
    FP_TOKEN_OPEN,
    FP_TOKEN_CLOSE,
    FP_TOKEN_COMMA,
} fp_token_kind;

typedef struct {
    fp_token_kind kind;
    fp_op op;
    bool whole;
    bool quoted; /* a name between backquotes */
    long at;
    const char *text; /* NAME, STRING: in the arena */
    double number;
} fp_token;

/* A place in the text of a formula. */
typedef struct {
    fp_str text;
    size_t pos;
    long at; /* character at `pos`, 1-based */
    fp_arena *arena;
} fp_lexer;

/* The next token. Errors: FP_INPUT at the character, FP_NOMEM. */
FP_MUST_USE fp_status fp_lexer_next(fp_lexer *lexer, fp_token *token, fp_err *err);
/* Whether R reads the name without backquotes. */
bool fp_name_is_plain(const char *name);

/* FP_INPUT with `formula, character AT: ...` and the column. */
fp_status fp_formula_fail(fp_err *err, long at, const char *format, ...) FP_PRINTF(3, 4);
/* A text of the user for a message: at most 40 characters, on one line. */
typedef struct {
    char s[176];
} fp_shown;
fp_shown fp_shown_of(const char *text);

/* R's deparse() of an expression. */
FP_MUST_USE fp_status fp_node_text(const fp_node *node, fp_arena *arena, const char **out,
                                   fp_err *err);
FP_MUST_USE fp_status fp_formula_deparse(fp_formula *formula, fp_arena *arena, fp_err *err);

/* A term: the variables in it, ascending. */
typedef struct {
    int32_t n;
    const int32_t *variable;
} fp_term_set;

/* What R's terms() makes of a formula. Variables in order of appearance, the response first where
 * there is one; terms by degree, then by appearance; the response and the intercept are no terms.
 */
typedef struct {
    bool intercept;
    int32_t variables;
    const fp_node *const *variable;
    const char *const *name; /* of each variable, as deparsed */
    int32_t terms;
    const fp_term_set *term;
} fp_terms;

enum { FP_FORMULA_WITHOUT = 3 };
/* Expand a formula; `.` stands for the given columns except those named left of ~ or in `without`.
 * Method: EncodeVars() and its fellows in R's src/library/stats/src/model.c.
 * Errors: FP_INPUT at the character, FP_NOMEM. */
FP_MUST_USE fp_status fp_formula_terms(const fp_formula *formula, const char *const *columns,
                                       ptrdiff_t count,
                                       const char *const without[FP_FORMULA_WITHOUT],
                                       fp_arena *arena, fp_terms *terms, fp_err *err);

/* A random-effects term: (effects | group) or, uncorrelated, (effects || group). */
typedef struct {
    const fp_node *effects, *group;
    bool apart; /* || */
    long at;    /* of the bar */
} fp_bar;

/* Take the random-effects terms out of a formula, as lme4's findbars() and nobars() do.
 * out  fixed  what is left; `~ 1` where nothing is
 * Errors: FP_INPUT (a bar within another term, with its character), FP_NOMEM. */
FP_MUST_USE fp_status fp_formula_bars(const fp_formula *formula, fp_arena *arena,
                                      const fp_formula **fixed, ptrdiff_t *count,
                                      const fp_bar **bars, fp_err *err);

#endif
