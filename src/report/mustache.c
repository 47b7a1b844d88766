/* From nodes and data to text. */
#include "report/mustache_priv.h"

#include <stdio.h>
#include <string.h>

#include "base/num.h"

#define STACK 256

/* A partial that was parsed before: with the white space it was set in by. */
typedef struct cached {
    fp_str name, indent;
    fp_node *list;
    struct cached *next;
} cached;

typedef struct {
    const char *name;
    const fp_mustache_options *options;
    fp_arena *arena;
    fp_buf *out;
    const json_t *stack[STACK];
    int top;   /* contexts on the stack */
    int depth; /* lists within lists */
    long steps;
    cached *cache;
} renderer;

/* ---- Looking up ---- */

static const json_t *member(const json_t *object, fp_str key)
{
    char name[256];
    if (!json_is_object(object) || key.n >= sizeof name)
        return NULL;
    memcpy(name, key.p, key.n);
    name[key.n] = '\0';
    return json_object_get(object, name);
}

static fp_str first_part(fp_str *name)
{
    const char *dot = memchr(name->p, '.', name->n);
    fp_str part = {name->p, dot ? (size_t)(dot - name->p) : name->n};
    size_t skip = part.n + (dot ? 1 : 0);
    *name = (fp_str){name->p + skip, name->n - skip};
    return part;
}

static const json_t *look_up(const renderer *r, fp_str name)
{
    if (fp_str_is(name, "."))
        return r->stack[r->top - 1];
    fp_str rest = name, part = first_part(&rest);
    const json_t *value = NULL;
    for (int i = r->top - 1; i >= 0 && !value; i--)
        value = member(r->stack[i], part);
    while (value && rest.n) {
        part = first_part(&rest);
        value = member(value, part);
    }
    return value;
}

static bool is_true(const json_t *value)
{
    if (!value || json_is_null(value) || json_is_false(value))
        return false;
    if (json_is_array(value))
        return json_array_size(value) > 0;
    return !json_is_string(value) || json_string_length(value) > 0;
}

static void put_value(renderer *r, const json_t *value, bool escape)
{
    char number[32];
    const char *text = "";
    if (json_is_string(value))
        text = json_string_value(value);
    else if (json_is_integer(value)) {
        (void)snprintf(number, sizeof number, "%lld", (long long)json_integer_value(value));
        text = number;
    } else if (json_is_real(value)) {
        fp_num_shortest(json_real_value(value), 17, number);
        text = number;
    } else if (json_is_boolean(value))
        text = json_is_true(value) ? "true" : "false";
    if (escape)
        fp_buf_put_xml(r->out, text);
    else
        fp_buf_put(r->out, text);
}

/* ---- Rendering ---- */

static fp_status render_list(renderer *r, fp_node *node, fp_err *err);

static fp_status render_with(renderer *r, fp_node *list, const json_t *context, fp_err *err)
{
    if (r->top == STACK)
        return fp_fail(err, FP_INPUT, "the template %s: sections too deep in each other", r->name);
    r->stack[r->top++] = context;
    fp_status status = render_list(r, list, err);
    r->top--;
    return status;
}

static fp_status render_lambda(renderer *r, fp_node *node, bool *done, fp_err *err)
{
    fp_str text;
    *done = false;
    if (!node->replaced) {
        if (!r->options->lambda ||
            !r->options->lambda(r->options->user, node->text, node->inside, &text))
            return FP_OK;
        fp_node *list = NULL;
        FP_TRY(fp_mustache_parse(r->name, text, r->arena, &list, err));
        node->replacement = list;
        node->replaced = true;
    }
    *done = true;
    return render_list(r, node->replacement, err);
}

static fp_status render_section(renderer *r, fp_node *node, fp_err *err)
{
    bool done;
    FP_TRY(render_lambda(r, node, &done, err));
    if (done)
        return FP_OK;
    const json_t *value = look_up(r, node->text);
    if (!is_true(value))
        return FP_OK;
    if (!json_is_array(value))
        return render_with(r, node->child, value, err);
    for (size_t i = 0; i < json_array_size(value); i++)
        FP_TRY(render_with(r, node->child, json_array_get(value, i), err));
    return FP_OK;
}

/* Every line of the partial set in by the white space before its tag. */
static fp_status set_in(renderer *r, fp_str text, fp_str indent, fp_str *out, fp_err *err)
{
    FP_BUF_SCOPED(buf, 16 * FP_MIB);
    for (size_t i = 0; i < text.n; i++) {
        if (i == 0 || text.p[i - 1] == '\n')
            fp_buf_put_n(&buf, indent.p, indent.n);
        fp_buf_put_char(&buf, text.p[i]);
    }
    FP_TRY(fp_buf_ok(&buf, err));
    char *copy = fp_arena_strndup(r->arena, buf.p, buf.n, err);
    if (!copy)
        return FP_NOMEM;
    *out = (fp_str){copy, buf.n};
    return FP_OK;
}

static fp_status partial_of(renderer *r, const fp_node *node, const cached **out, fp_err *err)
{
    fp_str text = {"", 0};
    for (const cached *c = r->cache; c; c = c->next)
        if (fp_str_eq(c->name, node->text) && fp_str_eq(c->indent, node->indent)) {
            *out = c;
            return FP_OK;
        }
    if (!r->options->partial || !r->options->partial(r->options->user, node->text, &text))
        text = (fp_str){"", 0};
    if (node->indent.n)
        FP_TRY(set_in(r, text, node->indent, &text, err));
    cached *c;
    FP_ARRAY(c, r->arena, 1, err);
    c->name = node->text;
    c->indent = node->indent;
    char *name = fp_str_dup(r->arena, node->text, err);
    if (!name)
        return FP_NOMEM;
    FP_TRY(fp_mustache_parse(name, text, r->arena, &c->list, err));
    c->next = r->cache;
    r->cache = c;
    *out = c;
    return FP_OK;
}

static fp_status render_partial(renderer *r, const fp_node *node, fp_err *err)
{
    const cached *c = NULL;
    if (node->linked)
        return render_list(r, node->linked->list, err);
    FP_TRY(partial_of(r, node, &c, err));
    return render_list(r, c->list, err);
}

static fp_status render_node(renderer *r, fp_node *node, fp_err *err)
{
    switch (node->kind) {
    case FP_NODE_TEXT:
        fp_buf_put_n(r->out, node->text.p, node->text.n);
        return FP_OK;
    case FP_NODE_ESCAPED:
    case FP_NODE_RAW:
        put_value(r, look_up(r, node->text), node->kind == FP_NODE_ESCAPED);
        return FP_OK;
    case FP_NODE_SECTION:
        return render_section(r, node, err);
    case FP_NODE_INVERTED:
        return is_true(look_up(r, node->text)) ? FP_OK : render_list(r, node->child, err);
    case FP_NODE_PARTIAL:
        return render_partial(r, node, err);
    }
    return FP_OK;
}

static fp_status render_list(renderer *r, fp_node *node, fp_err *err)
{
    long most = r->options->max_steps > 0 ? r->options->max_steps : 20000000;
    if (r->depth == STACK)
        return fp_fail(err, FP_INPUT, "the template %s: too deep", r->name);
    r->depth++;
    for (; node; node = node->next) {
        if (++r->steps > most)
            return fp_fail(err, FP_INPUT, "the template %s: more than %ld steps", r->name, most);
        if (r->out->failed)
            return fp_buf_ok(r->out, err);
        FP_TRY(render_node(r, node, err));
    }
    r->depth--;
    return FP_OK;
}

fp_status fp_mustache_render_list(const char *name, fp_node *list, const json_t *data,
                                  const fp_mustache_options *options, fp_arena *arena, fp_buf *out,
                                  fp_err *err)
{
    static const fp_mustache_options none = {0};
    renderer *r;
    FP_ARRAY(r, arena, 1, err);
    r->name = name;
    r->options = options ? options : &none;
    r->arena = arena;
    r->out = out;
    FP_TRY(render_with(r, list, data, err));
    return fp_buf_ok(out, err);
}

fp_status fp_mustache_render(const char *name, fp_str text, const json_t *data,
                             const fp_mustache_options *options, fp_arena *arena, fp_buf *out,
                             fp_err *err)
{
    fp_node *list = NULL;
    FP_TRY(fp_mustache_parse(name, text, arena, &list, err));
    return fp_mustache_render_list(name, list, data, options, arena, out, err);
}
