#include <stdio.h>
#include <string.h>

#include "study/protocol_priv.h"

/* What design.allocation asks of the rest of the plan. */

typedef struct {
    const fp_reading *r;
    const fp_node *map;
    const fp_protocol *p;
} check;

/* Line and column of a key of design.allocation, of the map where it is left out. */
static void wrong(const check *c, const char *key, const char *hint, const char *message)
{
    const fp_node *node = key ? fp_node_get(c->map, key) : NULL;
    fp_reading_error(c->r, node ? node->key_line : c->map->key_line,
                     node ? node->key_column : c->map->key_column, hint, "%s", message);
}

static bool has(const check *c, const char *key)
{
    const fp_node *node = fp_node_get(c->map, key);
    return node && !fp_node_is_null(node);
}

static ptrdiff_t arms_of(const fp_protocol *p)
{
    ptrdiff_t arms = 1;
    for (ptrdiff_t f = 0; f < p->factor_count && arms <= 64; f++)
        arms *= p->factors[f].level_count;
    return arms;
}

static void check_kind(const check *c)
{
    fp_allocation_method method = c->p->allocation.method;
    bool clusters = c->p->kind == FP_DESIGN_CLUSTER_RANDOMISED;
    if (!clusters && c->p->kind != FP_DESIGN_INDIVIDUALLY_RANDOMISED)
        wrong(c, "method", "leave the allocation out, or choose a randomised kind",
              "this kind of design draws nothing by lot");
    else if (!clusters && (method == FP_ALLOCATION_COMPLETE || method == FP_ALLOCATION_CONSTRAINED))
        wrong(c, "method", "use simple or blocks",
              "people come in one by one: this method needs all units beforehand");
    else if (clusters && method == FP_ALLOCATION_BLOCKS)
        wrong(c, "method", "use complete, constrained or simple",
              "permuted blocks are for people who come in one by one");
    if (clusters && !c->p->coaches.file)
        wrong(c, NULL, "add coaches: { file: data/coaches.csv, id: coach }",
              "an allocation of coaches needs \"sources.coaches\"");
}

static void check_ratio(const check *c)
{
    const fp_allocation_spec *spec = &c->p->allocation;
    ptrdiff_t arms = arms_of(c->p);
    char message[128];
    if (arms > 16)
        wrong(c, NULL, NULL, "at most 16 arms can be drawn");
    if (!spec->ratio_count || spec->ratio_count == arms)
        return;
    (void)snprintf(message, sizeof message, "\"ratio\" has %td numbers for %td arms",
                   spec->ratio_count, arms);
    wrong(c, "ratio", "one number an arm, the first factor varying fastest", message);
}

static void check_blocks(const check *c)
{
    const fp_allocation_spec *spec = &c->p->allocation;
    int share = 0;
    if ((spec->method == FP_ALLOCATION_BLOCKS) != has(c, "block_sizes")) {
        wrong(c, has(c, "block_sizes") ? "block_sizes" : "method",
              "write for example block_sizes: [4, 8]",
              has(c, "block_sizes") ? "\"block_sizes\" belongs to method: blocks"
                                    : "method blocks needs \"block_sizes\"");
        return;
    }
    for (ptrdiff_t g = 0; g < arms_of(c->p); g++)
        share += spec->ratio_count ? spec->ratio[g % spec->ratio_count] : 1;
    for (ptrdiff_t b = 0; b < spec->block_count; b++)
        if (spec->block_sizes[b] % share != 0) {
            char message[128];
            (void)snprintf(message, sizeof message,
                           "a block of %d cannot hold every arm in its share: %d is not a multiple "
                           "of %d",
                           spec->block_sizes[b], spec->block_sizes[b], share);
            wrong(c, "block_sizes", NULL, message);
        }
}

static bool is_column(const fp_source_spec *source, const char *name)
{
    for (ptrdiff_t i = 0; i < source->column_count; i++)
        if (!strcmp(source->columns[i], name))
            return true;
    return false;
}

static void check_balance(const check *c)
{
    static const char *const keys[] = {"balance", "weights", "keep"};
    const fp_allocation_spec *spec = &c->p->allocation;
    bool constrained = spec->method == FP_ALLOCATION_CONSTRAINED;
    for (size_t i = 0; i < sizeof keys / sizeof *keys && !constrained; i++)
        if (has(c, keys[i]))
            wrong(c, keys[i], "leave it out, or write method: constrained",
                  "only a constrained allocation is balanced by covariates");
    if (constrained && !spec->balance_count)
        wrong(c, "method", "write for example balance: [caseload]",
              "a constrained allocation needs \"balance\"");
    if (spec->weight_count && spec->weight_count != spec->balance_count)
        wrong(c, "weights", "one whole number a covariate",
              "\"weights\" and \"balance\" have different lengths");
    for (ptrdiff_t i = 0; constrained && i < spec->balance_count; i++)
        if (!is_column(&c->p->coaches, spec->balance[i])) {
            char message[192];
            (void)snprintf(message, sizeof message, "\"%.80s\" is not among the columns of coaches",
                           spec->balance[i]);
            wrong(c, "balance", "add it to the columns of sources.coaches", message);
        }
}

/* One truth: the arms come from the log of the draw. */
static void check_factor_columns(const check *c)
{
    for (ptrdiff_t f = 0; f < c->p->factor_count; f++) {
        const char *name = c->p->factors[f].name;
        char message[192];
        if (!is_column(&c->p->coaches, name) && !is_column(&c->p->people, name))
            continue;
        (void)snprintf(message, sizeof message,
                       "the factor \"%.80s\" is drawn here and is a column of a source as well",
                       name);
        wrong(c, NULL, "leave the column out, or write method: elsewhere", message);
    }
}

/* The strata of the draw are known when a unit is drawn. */
static void check_strata(const check *c)
{
    bool clusters = c->p->kind == FP_DESIGN_CLUSTER_RANDOMISED;
    const fp_source_spec *source = clusters ? &c->p->coaches : &c->p->people;
    for (ptrdiff_t i = 0; i < c->p->strata_count; i++)
        if (!is_column(source, c->p->strata[i])) {
            char message[192];
            (void)snprintf(message, sizeof message,
                           "the stratum \"%.80s\" is not among the columns of %s", c->p->strata[i],
                           clusters ? "coaches" : "people");
            wrong(c, NULL, NULL, message);
        }
}

void fp_allocation_check(const fp_reading *reading, const fp_node *root,
                         const fp_protocol *protocol)
{
    const fp_node *design = fp_node_get(root, "design");
    const fp_node *map =
        design && design->kind == FP_NODE_MAP ? fp_node_get(design, "allocation") : NULL;
    const check c = {reading, map, protocol};
    if (!map || map->kind != FP_NODE_MAP || protocol->allocation.method == FP_ALLOCATION_ELSEWHERE)
        return;
    check_kind(&c);
    check_ratio(&c);
    check_blocks(&c);
    check_balance(&c);
    check_strata(&c);
    check_factor_columns(&c);
}
