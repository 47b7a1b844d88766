/* From text to nodes. Source: the mustache(5) manual and its specification, release 1.1.3. */
#include "report/mustache_priv.h"

#include <string.h>

typedef struct {
    const char *name;
    fp_str text;
    size_t at;
    fp_str open, close;
    fp_arena *arena;
} parser;

/* One tag: where it stands and what it says. */
typedef struct {
    size_t start, end;
    char sigil; /* # ^ / ! > = & { or 0 */
    fp_str name;
} tag;

static fp_status fail_at(const parser *p, size_t at, const char *what, fp_err *err)
{
    long line = 1;
    for (size_t i = 0; i < at; i++)
        line += p->text.p[i] == '\n';
    return fp_fail_at(err, FP_INPUT, p->name, line, 0, "%s", what);
}

static bool starts_with(const parser *p, size_t at, fp_str what)
{
    return p->text.n - at >= what.n && memcmp(p->text.p + at, what.p, what.n) == 0;
}

/* First place of `what` from `at` on; text.n where there is none. */
static size_t find(const parser *p, size_t at, fp_str what)
{
    for (; at + what.n <= p->text.n; at++) {
        const char *hit = memchr(p->text.p + at, what.p[0], p->text.n - at);
        if (!hit)
            break;
        at = (size_t)(hit - p->text.p);
        if (starts_with(p, at, what))
            return at;
    }
    return p->text.n;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Read the tag at p->at. */
static fp_status read_tag(parser *p, tag *t, fp_err *err)
{
    size_t start = p->at, inside = start + p->open.n, close;
    char sigil = inside < p->text.n ? p->text.p[inside] : '\0';
    *t = (tag){.start = start};
    if (sigil && strchr("#^/!>=&{", sigil)) {
        t->sigil = sigil;
        inside++;
    }
    if (sigil == '{' || sigil == '=') {
        char ending[2 + 64];
        if (p->close.n > 64)
            return fail_at(p, start, "a delimiter longer than 64 bytes", err);
        ending[0] = sigil == '{' ? '}' : '=';
        memcpy(ending + 1, p->close.p, p->close.n);
        close = find(p, inside, (fp_str){ending, p->close.n + 1});
        t->end = close + p->close.n + 1;
    } else {
        close = find(p, inside, p->close);
        t->end = close + p->close.n;
    }
    if (close >= p->text.n)
        return fail_at(p, start, "a tag that is not closed", err);
    t->name = fp_str_trim((fp_str){p->text.p + inside, close - inside});
    if (t->name.n == 0 && t->sigil != '!')
        return fail_at(p, start, "a tag without a name", err);
    return FP_OK;
}

/* Whether nothing but the tag stands on its line(s); gives the start of the line and of the next
 * one. Variables never stand alone. */
static bool stands_alone(const parser *p, const tag *t, size_t *line, size_t *next)
{
    if (!t->sigil || t->sigil == '{' || t->sigil == '&')
        return false;
    size_t a = t->start, b = t->end;
    while (a > 0 && is_blank(p->text.p[a - 1]))
        a--;
    if (a > 0 && p->text.p[a - 1] != '\n')
        return false;
    while (b < p->text.n && is_blank(p->text.p[b]))
        b++;
    if (b < p->text.n && p->text.p[b] == '\r')
        b++;
    if (b < p->text.n && p->text.p[b] != '\n')
        return false;
    *line = a;
    *next = b + (b < p->text.n);
    return true;
}

static fp_status set_delimiters(parser *p, const tag *t, fp_err *err)
{
    size_t a = 0, b;
    while (a < t->name.n && !is_blank(t->name.p[a]) && t->name.p[a] != '\n')
        a++;
    b = a;
    while (b < t->name.n && (is_blank(t->name.p[b]) || t->name.p[b] == '\n'))
        b++;
    fp_str open = {t->name.p, a}, close = {t->name.p + b, t->name.n - b};
    bool bad = open.n == 0 || close.n == 0 || open.n > 64 || close.n > 64;
    for (size_t i = 0; i < close.n; i++)
        bad = bad || is_blank(close.p[i]) || close.p[i] == '\n';
    for (size_t i = 0; i < t->name.n; i++)
        bad = bad || t->name.p[i] == '=';
    if (bad)
        return fail_at(p, t->start, "a delimiter tag wants two delimiters", err);
    p->open = open;
    p->close = close;
    return FP_OK;
}

static fp_status add_node(parser *p, fp_node ***tail, fp_node_kind kind, fp_str text, fp_err *err)
{
    fp_node *node;
    FP_ARRAY(node, p->arena, 1, err);
    node->kind = kind;
    node->text = text;
    **tail = node;
    *tail = &node->next;
    return FP_OK;
}

static fp_status parse_list(parser *p, int depth, fp_str section, size_t section_at, fp_node **out,
                            size_t *end, fp_err *err);

/* A section: its content up to the tag that ends it. */
static fp_status add_section(parser *p, const tag *t, int depth, fp_node ***tail, fp_err *err)
{
    fp_node *node = NULL, **slot = *tail;
    size_t from = p->at, end = 0;
    if (depth >= FP_MUSTACHE_DEPTH)
        return fail_at(p, t->start, "sections too deep in each other", err);
    FP_TRY(add_node(p, tail, t->sigil == '#' ? FP_NODE_SECTION : FP_NODE_INVERTED, t->name, err));
    node = *slot;
    FP_TRY(parse_list(p, depth + 1, t->name, t->start, &node->child, &end, err));
    node->inside = (fp_str){p->text.p + from, end - from};
    return FP_OK;
}

static fp_status add_tag(parser *p, const tag *t, fp_str indent, int depth, fp_node ***tail,
                         fp_err *err)
{
    switch (t->sigil) {
    case '!':
        return FP_OK;
    case '=':
        return set_delimiters(p, t, err);
    case '#':
    case '^':
        return add_section(p, t, depth, tail, err);
    case '>': {
        fp_node **slot = *tail;
        FP_TRY(add_node(p, tail, FP_NODE_PARTIAL, t->name, err));
        (*slot)->indent = indent;
        return FP_OK;
    }
    case '{':
    case '&':
        return add_node(p, tail, FP_NODE_RAW, t->name, err);
    default:
        return add_node(p, tail, FP_NODE_ESCAPED, t->name, err);
    }
}

/* Everything up to the end of the text (section.p NULL) or of the section. `end` is where the
 * content of the section ends. */
static fp_status parse_list(parser *p, int depth, fp_str section, size_t section_at, fp_node **out,
                            size_t *end, fp_err *err)
{
    fp_node **tail = out;
    for (;;) {
        size_t open = find(p, p->at, p->open), line, next;
        tag t;
        if (open >= p->text.n)
            break;
        fp_str before = {p->text.p + p->at, open - p->at}, indent = {"", 0};
        p->at = open;
        FP_TRY(read_tag(p, &t, err));
        p->at = t.end;
        if (stands_alone(p, &t, &line, &next)) {
            indent = (fp_str){p->text.p + line, t.start - line};
            before.n -= indent.n;
            p->at = next;
        }
        if (before.n)
            FP_TRY(add_node(p, &tail, FP_NODE_TEXT, before, err));
        if (t.sigil == '/') {
            if (!section.p || !fp_str_eq(t.name, section))
                return fail_at(p, t.start, "a section ends that was not begun", err);
            *end = t.start;
            return FP_OK;
        }
        FP_TRY(add_tag(p, &t, indent, depth, &tail, err));
    }
    if (section.p)
        return fail_at(p, section_at, "a section that is not ended", err);
    if (p->at < p->text.n)
        FP_TRY(
            add_node(p, &tail, FP_NODE_TEXT, (fp_str){p->text.p + p->at, p->text.n - p->at}, err));
    p->at = p->text.n;
    return FP_OK;
}

fp_status fp_mustache_parse(const char *name, fp_str text, fp_arena *arena, fp_node **out,
                            fp_err *err)
{
    parser p = {name, text, 0, FP_STR("{{"), FP_STR("}}"), arena};
    fp_node *list = NULL;
    size_t end;
    FP_TRY(parse_list(&p, 0, (fp_str){NULL, 0}, 0, &list, &end, err));
    *out = list;
    return FP_OK;
}
