#include "study/plan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "study/protocol_schema_priv.h"

/* The copy on its way: fields as they are met, sorted at the end. */
typedef struct {
    fp_arena *arena;
    fp_err *err;
    ptrdiff_t count, room;
    fp_plan_field *fields;
    bool written; /* the key at hand stands in study.yaml */
} copier;

static const void *at(const void *base, size_t offset)
{
    return (const char *)base + offset;
}

static ptrdiff_t count_at(const void *base, const fp_schema_key *key)
{
    return *(const ptrdiff_t *)at(base, key->count_offset);
}

static fp_status add(copier *c, const char *path, ptrdiff_t count, const char *const *text)
{
    if (count == 0)
        return FP_OK;
    if (c->count == c->room) {
        fp_plan_field *larger;
        c->room = c->room ? 2 * c->room : 64;
        FP_ARRAY(larger, c->arena, c->room, c->err);
        if (c->count)
            memcpy(larger, c->fields, (size_t)c->count * sizeof *larger);
        c->fields = larger;
    }
    c->fields[c->count++] = (fp_plan_field){path, count, text, c->written};
    return FP_OK;
}

static fp_status add_one(copier *c, const char *path, const char *text)
{
    const char **list;
    if (!text)
        return FP_OK;
    FP_ARRAY(list, c->arena, 1, c->err);
    list[0] = text;
    return add(c, path, 1, list);
}

static fp_status add_number(copier *c, const char *path, double value)
{
    char text[32];
    if (isnan(value))
        return FP_OK;
    fp_num_shortest(value, 17, text);
    const char *copy = fp_arena_strdup(c->arena, text, c->err);
    return copy ? add_one(c, path, copy) : FP_NOMEM;
}

static fp_status add_whole_numbers(copier *c, const char *path, ptrdiff_t count, const int *value)
{
    const char **list;
    FP_ARRAY(list, c->arena, count, c->err);
    for (ptrdiff_t i = 0; i < count; i++)
        if (!(list[i] = fp_arena_printf(c->arena, c->err, "%d", value[i])))
            return FP_NOMEM;
    return add(c, path, count, list);
}

/* The names of the factors in their order, and the levels of each. */
static fp_status add_factors(copier *c, const char *path, ptrdiff_t count, const fp_factor *factor)
{
    const char **names;
    FP_ARRAY(names, c->arena, count, c->err);
    for (ptrdiff_t f = 0; f < count; f++) {
        const char *of = fp_arena_printf(c->arena, c->err, "%s.%s", path, factor[f].name);
        if (!of)
            return FP_NOMEM;
        names[f] = factor[f].name;
        FP_TRY(add(c, of, factor[f].level_count, factor[f].levels));
    }
    return add(c, path, count, names);
}

static fp_status copy_map(copier *c, const char *path, const fp_schema *of, const fp_node *node,
                          const void *base);

/* The ids in their order, and the fields of each element. The nodes stand in the order of the
 * elements: a plan without errors has left none out. */
static fp_status copy_maps(copier *c, const char *path, const fp_schema_key *key,
                           const fp_node *node, const void *base)
{
    ptrdiff_t count = count_at(base, key), i = 0;
    bool written = c->written;
    const char *items = *(const char *const *)at(base, key->offset);
    const char **ids;
    FP_ARRAY(ids, c->arena, count, c->err);
    for (const fp_node *item = node ? node->first : NULL; item && i < count; item = item->next) {
        const fp_node *id = fp_node_get(item, "id");
        ids[i] = id ? id->text : fp_arena_printf(c->arena, c->err, "%td", i + 1);
        const char *of = ids[i] ? fp_arena_printf(c->arena, c->err, "%s.%s", path, ids[i]) : NULL;
        if (!of)
            return FP_NOMEM;
        FP_TRY(copy_map(c, of, key->of->pick(item), item, items + (size_t)i++ * key->of->size));
    }
    c->written = written;
    return add(c, path, count, ids);
}

static fp_status copy_key(copier *c, const char *path, const fp_schema_key *key,
                          const fp_node *node, const void *base)
{
    switch (key->type) {
    case T_TEXT:
    case T_NAME:
    case T_WORD:
        /* what is not written is taken over from elsewhere, and no setting of its own */
        return node ? add_one(c, path, *(const char *const *)at(base, key->offset)) : FP_OK;
    case T_CHECKED:
        return node && node->kind == FP_NODE_TEXT ? add_one(c, path, node->text) : FP_OK;
    case T_INT:
    case T_DAYS:
    case T_SPAN:
        return add_whole_numbers(c, path, 1, at(base, key->offset));
    case T_NUMBER:
        return add_number(c, path, *(const double *)at(base, key->offset));
    case T_CHOICE:
        return add_one(c, path, key->choices[*(const int *)at(base, key->offset)]);
    case T_TEXTS:
        return add(c, path, count_at(base, key),
                   *(const char *const *const *)at(base, key->offset));
    case T_MONTHS:
    case T_COUNTS:
        return add_whole_numbers(c, path, count_at(base, key),
                                 *(const int *const *)at(base, key->offset));
    case T_FACTORS:
        return add_factors(c, path, count_at(base, key),
                           *(const fp_factor *const *)at(base, key->offset));
    case T_MAP:
        return copy_map(c, path, key->of, node, base);
    case T_MAPS:
        return copy_maps(c, path, key, node, base);
    }
    return fp_fail(c->err, FP_INTERNAL, "unknown type of key \"%s\"", key->key);
}

/* What only people read, and what is no part of the plan. */
static bool is_left_out(const char *path)
{
    static const char *const out[] = {"study.title", "study.language", "study.registration",
                                      "consent", "retention"};
    for (size_t i = 0; i < sizeof out / sizeof *out; i++)
        if (strcmp(out[i], path) == 0)
            return true;
    return false;
}

static fp_status copy_map(copier *c, const char *path, const fp_schema *of, const fp_node *node,
                          const void *base)
{
    for (ptrdiff_t i = 0; i < of->count; i++) {
        const char *name =
            fp_arena_printf(c->arena, c->err, "%s%s%s", path, path[0] ? "." : "", of->keys[i].key);
        if (!name)
            return FP_NOMEM;
        const fp_node *child = fp_node_get(node, of->keys[i].key);
        if (child && fp_node_is_null(child))
            child = NULL;
        c->written = child != NULL;
        if (!is_left_out(name))
            FP_TRY(copy_key(c, name, &of->keys[i], child, base));
    }
    return FP_OK;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const fp_plan_field *)a)->path, ((const fp_plan_field *)b)->path);
}

fp_status fp_plan_copy_of(const fp_protocol *protocol, fp_arena *arena, fp_plan_copy *copy,
                          fp_err *err)
{
    copier c = {.arena = arena, .err = err};
    FP_TRY(copy_map(&c, "", &fp_schema_root, protocol->tree, protocol));
    if (c.count)
        qsort(c.fields, (size_t)c.count, sizeof *c.fields, by_path);
    *copy = (fp_plan_copy){c.count, c.fields};
    return FP_OK;
}

const char *fp_plan_text(const fp_plan_field *field, fp_arena *arena, fp_err *err)
{
    FP_BUF_SCOPED(out, 4 * FP_MIB);
    if (field->count == 1)
        return field->text[0];
    for (ptrdiff_t i = 0; i < field->count; i++)
        fp_buf_printf(&out, "%s%s", i ? ", " : "", field->text[i]);
    return fp_buf_ok(&out, err) == FP_OK ? fp_str_dup(arena, fp_buf_str(&out), err) : NULL;
}
