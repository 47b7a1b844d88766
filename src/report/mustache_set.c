/* Templates that are parsed once and rendered often. */
#include "report/mustache_priv.h"

#include <string.h>

struct fp_templates {
    ptrdiff_t count;
    fp_kept *items;
};

typedef struct {
    const fp_templates *set;
    const fp_mustache_options *options;
    fp_arena *arena;
    const char *name; /* of the template at hand */
} linker;

static const fp_kept *kept_of(const fp_templates *set, fp_str name)
{
    for (ptrdiff_t i = 0; i < set->count; i++)
        if (fp_str_is(name, set->items[i].name))
            return &set->items[i];
    return NULL;
}

/* What a lambda puts in the place of a section, parsed. */
static fp_status replace(const linker *l, fp_node *node, fp_err *err)
{
    fp_str text;
    if (!l->options || !l->options->lambda ||
        !l->options->lambda(l->options->user, node->text, node->inside, &text))
        return FP_OK;
    FP_TRY(fp_mustache_parse(l->name, text, l->arena, &node->replacement, err));
    node->replaced = true;
    return FP_OK;
}

static fp_status link_list(const linker *l, fp_node *node, fp_err *err)
{
    for (; node; node = node->next) {
        if (node->kind == FP_NODE_PARTIAL && !(node->linked = kept_of(l->set, node->text)))
            return fp_fail(err, FP_INPUT, "the template %s: there is no partial \"%.*s\"", l->name,
                           FP_STR_ARG(node->text));
        if (node->kind == FP_NODE_SECTION)
            FP_TRY(replace(l, node, err));
        FP_TRY(link_list(l, node->replaced ? node->replacement : node->child, err));
    }
    return FP_OK;
}

fp_status fp_templates_open(const fp_template *items, ptrdiff_t count,
                            const fp_mustache_options *options, fp_arena *arena,
                            const fp_templates **out, fp_err *err)
{
    fp_templates *set;
    FP_ARRAY(set, arena, 1, err);
    FP_ARRAY(set->items, arena, count, err);
    set->count = count;
    for (ptrdiff_t i = 0; i < count; i++) {
        set->items[i].name = items[i].name;
        FP_TRY(fp_mustache_parse(items[i].name, items[i].text, arena, &set->items[i].list, err));
    }
    for (ptrdiff_t i = 0; i < count; i++) {
        linker l = {set, options, arena, items[i].name};
        FP_TRY(link_list(&l, set->items[i].list, err));
    }
    *out = set;
    return FP_OK;
}

fp_status fp_templates_render(const fp_templates *set, const char *name, const json_t *data,
                              fp_arena *arena, fp_buf *out, fp_err *err)
{
    const fp_kept *kept = kept_of(set, fp_str_of(name));
    if (!kept)
        return fp_fail(err, FP_INTERNAL, "there is no template \"%s\"", name);
    return fp_mustache_render_list(name, kept->list, data, NULL, arena, out, err);
}
