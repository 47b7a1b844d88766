#ifndef FP_REPORT_MUSTACHE_PRIV_H
#define FP_REPORT_MUSTACHE_PRIV_H

#include "report/mustache.h"

#define FP_MUSTACHE_DEPTH 64

typedef enum {
    FP_NODE_TEXT,
    FP_NODE_ESCAPED,
    FP_NODE_RAW,
    FP_NODE_SECTION,
    FP_NODE_INVERTED,
    FP_NODE_PARTIAL,
} fp_node_kind;

/* One piece of a parsed template; a list by `next`, a tree by `child`. */
typedef struct fp_node {
    fp_node_kind kind;
    fp_str text;   /* text, or the name */
    fp_str inside; /* section: its text as written */
    fp_str indent; /* partial on a line of its own: the white space before it */
    struct fp_node *child, *next;
    struct fp_node *replacement; /* section: the parsed text of a lambda, once known */
    bool replaced;
    const struct fp_kept *linked; /* partial of a kept set: the template of that name */
} fp_node;

/* One template of a kept set. */
typedef struct fp_kept {
    const char *name;
    fp_node *list;
} fp_kept;

/* Parse a template into a list of nodes; NULL for an empty one. Texts point into `text`. */
FP_MUST_USE fp_status fp_mustache_parse(const char *name, fp_str text, fp_arena *arena,
                                        fp_node **out, fp_err *err);
/* Render a parsed template. With `linked` and `replaced` filled in beforehand it changes no node.
 */
FP_MUST_USE fp_status fp_mustache_render_list(const char *name, fp_node *list, const json_t *data,
                                              const fp_mustache_options *options, fp_arena *arena,
                                              fp_buf *out, fp_err *err);

#endif
