#include <math.h>
#include <string.h>

#include "model/formula_priv.h"

/* R's terms.formula(): the right-hand side as a list of sets of variables. The rules, and the order
 * in which sets are made, are those of EncodeVars(), PlusTerms(), InteractTerms(), CrossTerms(),
 * PowerTerms(), InTerms(), NestTerms() and DeleteTerms() in R's src/library/stats/src/model.c. */

#define MAX_TERMS    65536      /* distinct terms */
#define MAX_PRODUCTS (1L << 20) /* pairs looked at */
#define MAX_CELLS    (4L << 20) /* variables in all terms together */
#define FIRST_TABLE  16

/* A list of distinct terms in order of appearance, with an open-addressing index. */
typedef struct {
    int32_t n, cap;
    fp_term_set *set;
    int32_t slots;
    int32_t *slot; /* index + 1; 0 = free */
} term_list;

typedef struct {
    const char *const *columns;
    ptrdiff_t count;
    const char *const *without;
    const fp_node *response;
    fp_arena *arena;
    fp_err *err;
    bool intercept, parity;
    long products, cells;
    int32_t variables, cap;
    const fp_node **variable;
    const char **name;
    int32_t *by_name; /* open addressing over `name`: index + 1 */
    int32_t slots;
} expansion;

static uint32_t hash_bytes(const void *data, size_t n)
{
    const unsigned char *p = data;
    uint32_t h = 2166136261u; /* FNV-1a */
    for (size_t i = 0; i < n; i++)
        h = (h ^ p[i]) * 16777619u;
    return h;
}

static bool same_set(const fp_term_set *a, const fp_term_set *b)
{
    return a->n == b->n && memcmp(a->variable, b->variable, (size_t)a->n * sizeof(int32_t)) == 0;
}

/* The slot of a set, or the free one where it belongs. */
static int32_t *find_slot(const term_list *list, const fp_term_set *set)
{
    uint32_t mask = (uint32_t)list->slots - 1;
    uint32_t i = hash_bytes(set->variable, (size_t)set->n * sizeof(int32_t)) & mask;
    while (list->slot[i] && !same_set(&list->set[list->slot[i] - 1], set))
        i = (i + 1) & mask;
    return &list->slot[i];
}

static fp_status grow_list(expansion *x, term_list *list)
{
    term_list wider = {.n = list->n, .cap = list->cap ? 2 * list->cap : FIRST_TABLE / 2};
    wider.slots = 2 * wider.cap;
    FP_ARRAY(wider.set, x->arena, wider.cap, x->err);
    FP_ARRAY(wider.slot, x->arena, wider.slots, x->err);
    for (int32_t i = 0; i < list->n; i++) {
        wider.set[i] = list->set[i];
        *find_slot(&wider, &wider.set[i]) = i + 1;
    }
    *list = wider;
    return FP_OK;
}

static fp_status fail_many(const expansion *x, const fp_node *node)
{
    (void)fp_formula_fail(x->err, node->at, "the terms become too many from here on");
    return fp_hint(x->err, FP_INPUT, "at most %d terms", MAX_TERMS);
}

/* Add a set at the end unless it is there. */
static fp_status add(expansion *x, const fp_node *node, term_list *list, fp_term_set set)
{
    if (list->n == list->cap)
        FP_TRY(grow_list(x, list));
    int32_t *slot = find_slot(list, &set);
    if (*slot)
        return FP_OK;
    x->cells += set.n;
    if (list->n >= MAX_TERMS || x->cells > MAX_CELLS)
        return fail_many(x, node);
    list->set[list->n++] = set;
    *slot = list->n;
    return FP_OK;
}

static fp_status add_all(expansion *x, const fp_node *node, term_list *list, const term_list *more)
{
    for (int32_t i = 0; i < more->n; i++)
        FP_TRY(add(x, node, list, more->set[i]));
    return FP_OK;
}

static fp_status unite(expansion *x, const fp_term_set *a, const fp_term_set *b, fp_term_set *out)
{
    int32_t *variable, n = 0;
    FP_ARRAY(variable, x->arena, a->n + b->n, x->err);
    for (int32_t i = 0, j = 0; i < a->n || j < b->n;) {
        int32_t u = i < a->n ? a->variable[i] : INT32_MAX;
        int32_t v = j < b->n ? b->variable[j] : INT32_MAX;
        variable[n++] = u < v ? u : v;
        i += u <= v;
        j += v <= u;
    }
    *out = (fp_term_set){n, variable};
    return FP_OK;
}

static fp_status add_products(expansion *x, const fp_node *node, const term_list *left,
                              const term_list *right, term_list *out)
{
    x->products += (long)left->n * right->n;
    if (x->products > MAX_PRODUCTS)
        return fail_many(x, node);
    for (int32_t i = 0; i < left->n; i++) {
        for (int32_t j = 0; j < right->n; j++) {
            fp_term_set both;
            fp_arena_point before = fp_arena_mark(x->arena);
            FP_TRY(unite(x, &left->set[i], &right->set[j], &both));
            if (out->cap && *find_slot(out, &both))
                fp_arena_rewind(x->arena, before);
            else
                FP_TRY(add(x, node, out, both));
        }
    }
    return FP_OK;
}

static fp_status all_of(expansion *x, const term_list *list, fp_term_set *out)
{
    *out = (fp_term_set){0, NULL};
    for (int32_t i = 0; i < list->n; i++) {
        fp_term_set both;
        FP_TRY(unite(x, out, &list->set[i], &both));
        *out = both;
    }
    return FP_OK;
}

/* ---- variables */

static int32_t *find_name(const expansion *x, const char *name)
{
    uint32_t mask = (uint32_t)x->slots - 1;
    uint32_t i = hash_bytes(name, strlen(name)) & mask;
    while (x->by_name[i] && strcmp(x->name[x->by_name[i] - 1], name) != 0)
        i = (i + 1) & mask;
    return &x->by_name[i];
}

static fp_status grow_variables(expansion *x)
{
    int32_t cap = x->cap ? 2 * x->cap : FIRST_TABLE;
    const fp_node **variable;
    const char **name;
    FP_ARRAY(variable, x->arena, cap, x->err);
    FP_ARRAY(name, x->arena, cap, x->err);
    FP_ARRAY(x->by_name, x->arena, 2 * cap, x->err);
    for (int32_t i = 0; i < x->variables; i++) {
        variable[i] = x->variable[i];
        name[i] = x->name[i];
    }
    x->variable = variable;
    x->name = name;
    x->cap = cap;
    x->slots = 2 * cap;
    for (int32_t i = 0; i < x->variables; i++)
        *find_name(x, x->name[i]) = i + 1;
    return FP_OK;
}

/* The index of the variable; the same expression is the same variable. */
static fp_status install(expansion *x, const fp_node *node, int32_t *index)
{
    const char *name;
    FP_TRY(fp_node_text(node, x->arena, &name, x->err));
    if (x->variables == x->cap)
        FP_TRY(grow_variables(x));
    int32_t *slot = find_name(x, name);
    if (!*slot) {
        if (x->variables >= MAX_TERMS)
            return fail_many(x, node);
        x->variable[x->variables] = node;
        x->name[x->variables++] = name;
        *slot = x->variables;
    }
    *index = *slot - 1;
    return FP_OK;
}

static fp_status add_variable(expansion *x, const fp_node *node, term_list *out)
{
    int32_t *variable;
    FP_ARRAY(variable, x->arena, 1, x->err);
    FP_TRY(install(x, node, variable));
    return add(x, node, out, (fp_term_set){1, variable});
}

static bool names(const fp_node *node, const char *name)
{
    if (!node)
        return false;
    if (node->kind == FP_NODE_NAME && strcmp(node->text, name) == 0)
        return true;
    return names(node->left, name) || names(node->right, name) || names(node->next, name);
}

static bool left_out(const expansion *x, const char *name)
{
    for (int i = 0; i < FP_FORMULA_WITHOUT; i++)
        if (x->without[i] && strcmp(name, x->without[i]) == 0)
            return true;
    return false;
}

static fp_status add_dot(expansion *x, const fp_node *dot, term_list *out)
{
    for (ptrdiff_t j = 0; j < x->count; j++) {
        const char *name = x->columns[j];
        if (names(x->response, name) || left_out(x, name))
            continue;
        fp_node *node;
        FP_ARRAY(node, x->arena, 1, x->err);
        node->kind = FP_NODE_NAME;
        node->at = dot->at;
        node->text = name;
        FP_TRY(add_variable(x, node, out));
    }
    return FP_OK;
}

/* ---- the tree */

static fp_status encode(expansion *x, const fp_node *node, bool additive, term_list *out);

static fp_status encode_constant(expansion *x, const fp_node *node, bool additive)
{
    bool one = node->kind == FP_NODE_NUMBER && fabs(node->number - 1) <= 0;
    bool zero = node->kind == FP_NODE_NUMBER && fabs(node->number) <= 0;
    if ((one || zero) && additive) {
        x->intercept = one ? x->parity : !x->parity;
        return FP_OK;
    }
    if (one || zero)
        return fp_formula_fail(x->err, node->at, "%d, the intercept, can only be added or removed",
                               one ? 1 : 0);
    (void)fp_formula_fail(x->err, node->at,
                          "a term names a column; of the numbers, 0 and 1 stand "
                          "for the intercept");
    return fp_hint(x->err, FP_INPUT, "arithmetic goes inside I(), as in I(2 * x)");
}

static fp_status encode_power(expansion *x, const fp_node *node, term_list *out)
{
    const fp_node *power = node->right;
    term_list base = {0};
    FP_TRY(encode(x, node->left, false, &base));
    if (power->kind != FP_NODE_NUMBER || power->number < 1 || power->number > 64 ||
        floor(power->number) < power->number) {
        (void)fp_formula_fail(x->err, node->at,
                              "the power of terms is a whole number from 1 to 64");
        return fp_hint(x->err, FP_INPUT, "the square of a column is I(x^2)");
    }
    *out = base;
    for (int i = 1; i < (int)power->number; i++) {
        term_list next = {0};
        FP_TRY(add_products(x, node, out, &base, &next));
        bool settled = next.n == out->n; /* a set of sets that no longer grows has all unions */
        *out = next;
        if (settled)
            break;
    }
    return FP_OK;
}

static fp_status encode_nested(expansion *x, const fp_node *node, term_list *left,
                               const term_list *right, term_list *out)
{
    bool in = node->op == FP_OP_IN;
    const term_list *inner = in ? left : right;
    fp_term_set all;
    FP_TRY(all_of(x, in ? right : left, &all));
    if (!in)
        *out = *left;
    for (int32_t i = 0; i < inner->n; i++) {
        fp_term_set both;
        FP_TRY(unite(x, &inner->set[i], &all, &both));
        FP_TRY(add(x, node, out, both));
    }
    return FP_OK;
}

static fp_status encode_product(expansion *x, const fp_node *node, term_list *out)
{
    term_list left = {0}, right = {0};
    FP_TRY(encode(x, node->left, false, &left));
    FP_TRY(encode(x, node->right, false, &right));
    if (node->op == FP_OP_IN || node->op == FP_OP_DIVIDE)
        return encode_nested(x, node, &left, &right, out);
    if (node->op == FP_OP_TIMES) {
        term_list products = {0};
        FP_TRY(add_products(x, node, &left, &right, &products));
        *out = left;
        FP_TRY(add_all(x, node, out, &right));
        return add_all(x, node, out, &products);
    }
    return add_products(x, node, &left, &right, out);
}

static fp_status encode_sum(expansion *x, const fp_node *node, term_list *out)
{
    term_list right = {0};
    if (node->kind == FP_NODE_BINARY)
        FP_TRY(encode(x, node->left, true, out));
    bool minus = node->op == FP_OP_MINUS;
    x->parity = x->parity != minus;
    FP_TRY(encode(x, node->kind == FP_NODE_BINARY ? node->right : node->left, true, &right));
    x->parity = x->parity != minus;
    if (!minus)
        return add_all(x, node, out, &right);
    term_list kept = {0};
    for (int32_t i = 0; i < out->n; i++)
        if (right.n == 0 || !*find_slot(&right, &out->set[i]))
            FP_TRY(add(x, node, &kept, out->set[i]));
    *out = kept;
    return FP_OK;
}

static fp_status refuse_random(const expansion *x, const fp_node *node)
{
    (void)fp_formula_fail(x->err, node->at,
                          "random effects such as (1 | g) are not available for this model");
    return fp_hint(x->err, FP_INPUT,
                   "cluster(g) gives cluster-robust standard errors; 'or' is I(a | b)");
}

static fp_status encode_binary(expansion *x, const fp_node *node, term_list *out)
{
    switch (node->op) {
    case FP_OP_PLUS:
    case FP_OP_MINUS:
        return encode_sum(x, node, out);
    case FP_OP_TIMES:
    case FP_OP_DIVIDE:
    case FP_OP_IN:
    case FP_OP_COLON:
        return encode_product(x, node, out);
    case FP_OP_POWER:
        return encode_power(x, node, out);
    case FP_OP_OR:
    case FP_OP_BARS:
        return refuse_random(x, node);
    default:
        return add_variable(x, node, out);
    }
}

/* The terms of a node into `out`, which is empty. */
static fp_status encode(expansion *x, const fp_node *node, bool additive, term_list *out)
{
    switch (node->kind) {
    case FP_NODE_PAREN:
        return encode(x, node->left, additive, out);
    case FP_NODE_NUMBER:
    case FP_NODE_STRING:
    case FP_NODE_LOGICAL:
        return encode_constant(x, node, additive);
    case FP_NODE_NAME:
        return strcmp(node->text, ".") == 0 ? add_dot(x, node, out) : add_variable(x, node, out);
    case FP_NODE_CALL:
        return add_variable(x, node, out);
    case FP_NODE_UNARY:
        return node->op == FP_OP_NOT ? add_variable(x, node, out) : encode_sum(x, node, out);
    case FP_NODE_BINARY:
        break;
    }
    return encode_binary(x, node, out);
}

/* By degree, then by appearance; without the response. */
static fp_status sort_terms(expansion *x, const term_list *list, fp_terms *terms)
{
    fp_term_set *sorted;
    int32_t n = 0, highest = 0;
    FP_ARRAY(sorted, x->arena, list->n, x->err);
    for (int32_t i = 0; i < list->n; i++)
        highest = list->set[i].n > highest ? list->set[i].n : highest;
    int32_t *first;
    FP_ARRAY(first, x->arena, highest + 2, x->err);
    for (int32_t i = 0; i < list->n; i++)
        first[list->set[i].n + 1]++;
    for (int32_t d = 0; d <= highest; d++)
        first[d + 1] += first[d];
    for (int32_t i = 0; i < list->n; i++)
        sorted[first[list->set[i].n]++] = list->set[i];
    for (int32_t i = 0; i < list->n; i++)
        if (!x->response || sorted[i].n != 1 || sorted[i].variable[0] != 0)
            sorted[n++] = sorted[i];
    terms->terms = n;
    terms->term = sorted;
    return FP_OK;
}

fp_status fp_formula_terms(const fp_formula *formula, const char *const *columns, ptrdiff_t count,
                           const char *const without[FP_FORMULA_WITHOUT], fp_arena *arena,
                           fp_terms *terms, fp_err *err)
{
    expansion x = {.columns = columns,
                   .count = count,
                   .without = without,
                   .response = formula->left,
                   .arena = arena,
                   .err = err,
                   .intercept = true,
                   .parity = true};
    term_list list = {0};
    int32_t index;
    if (formula->left)
        FP_TRY(install(&x, formula->left, &index));
    FP_TRY(encode(&x, formula->right, true, &list));
    FP_TRY(sort_terms(&x, &list, terms));
    terms->intercept = x.intercept;
    terms->variables = x.variables;
    terms->variable = x.variable;
    terms->name = x.name;
    return FP_OK;
}
