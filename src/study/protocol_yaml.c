#include <string.h>
#include <yaml.h>

#include "study/protocol_priv.h"

#define MAX_DEPTH 16
#define MAX_NODES 20000
#define MAX_KEYS  500 /* of one map: keys are compared pair by pair */

/* The parser's state: the chain of open lists and maps, and the key that waits for its value. */
typedef struct {
    const fp_reading *reading;
    fp_node *open[MAX_DEPTH];
    fp_node *pending[MAX_DEPTH]; /* of an open map: the node that has its key and no value yet */
    int depth;
    ptrdiff_t nodes;
    fp_node *root;
    bool over;   /* no more events are wanted */
    bool broken; /* because a bound was passed: the tree is of no use */
    int documents;
} tree;

static long line_of(const yaml_mark_t *mark)
{
    return (long)mark->line + 1;
}

static long column_of(const yaml_mark_t *mark)
{
    return (long)mark->column + 1;
}

/* Link a node to what it stands in. */
static void attach(tree *t, fp_node *node)
{
    if (t->depth == 0) {
        t->root = node;
        return;
    }
    fp_node *parent = t->open[t->depth - 1];
    if (parent->last)
        parent->last->next = node;
    else
        parent->first = node;
    parent->last = node;
    parent->count++;
}

static const fp_node *find_key(const fp_node *map, const char *key)
{
    for (const fp_node *child = map->first; child; child = child->next)
        if (child->key && strcmp(child->key, key) == 0)
            return child;
    return NULL;
}

/* A bound was passed: say so and read no further. */
static void give_up(tree *t, const yaml_event_t *event, const char *message)
{
    fp_reading_error(t->reading, line_of(&event->start_mark), column_of(&event->start_mark), NULL,
                     "%s", message);
    t->over = t->broken = true;
}

/* A node for this event: the one that has its key already, or a new one. */
static fp_status node_for(tree *t, const yaml_event_t *event, fp_node **out)
{
    fp_node *node = NULL;
    fp_node *parent = t->depth ? t->open[t->depth - 1] : NULL;
    if (++t->nodes > MAX_NODES) {
        give_up(t, event, "more values than the 20000 that are read");
        return FP_OK;
    }
    if (parent && parent->kind == FP_NODE_MAP && t->pending[t->depth - 1]) {
        node = t->pending[t->depth - 1];
        t->pending[t->depth - 1] = NULL;
    } else {
        FP_ARRAY(node, t->reading->arena, 1, t->reading->err);
    }
    node->line = line_of(&event->start_mark);
    node->column = column_of(&event->start_mark);
    node->text = "";
    attach(t, node);
    *out = node;
    return FP_OK;
}

/* Whether the next event of the open collection is a key. */
static bool expects_key(const tree *t)
{
    return t->depth > 0 && t->open[t->depth - 1]->kind == FP_NODE_MAP && !t->pending[t->depth - 1];
}

static fp_status take_key(tree *t, const yaml_event_t *event, const char *text)
{
    fp_node *map = t->open[t->depth - 1];
    fp_node *node;
    if (map->count == MAX_KEYS) {
        give_up(t, event, "more keys in one map than the 500 that are read");
        return FP_OK;
    }
    FP_ARRAY(node, t->reading->arena, 1, t->reading->err);
    node->key = text;
    node->key_line = line_of(&event->start_mark);
    node->key_column = column_of(&event->start_mark);
    const fp_node *before = find_key(map, text);
    node->refused = before != NULL;
    if (before)
        fp_reading_error(t->reading, node->key_line, node->key_column, "keep one of the two",
                         "key \"%.100s\" stands there twice, first in line %ld", text,
                         before->key_line);
    t->pending[t->depth - 1] = node;
    return FP_OK;
}

static void refuse(const tree *t, const yaml_event_t *event, const char *what, const char *name,
                   const char *hint)
{
    fp_reading_error(t->reading, line_of(&event->start_mark), column_of(&event->start_mark), hint,
                     "%s \"%.100s\" cannot be used in study.yaml", what, name);
}

/* Anchors and tags are refused wherever they stand; true when the value is unusable. */
static bool refuse_extras(const tree *t, const yaml_event_t *event, const yaml_char_t *anchor,
                          const yaml_char_t *tag)
{
    if (anchor)
        refuse(t, event, "the anchor", (const char *)anchor, "write the value out");
    if (tag)
        refuse(t, event, "the tag", (const char *)tag, "leave it out: every value is text");
    return tag != NULL;
}

static fp_status on_scalar(tree *t, const yaml_event_t *event)
{
    const char *text = fp_arena_strndup(t->reading->arena, (const char *)event->data.scalar.value,
                                        event->data.scalar.length, t->reading->err);
    if (!text)
        return FP_NOMEM;
    if (memchr(event->data.scalar.value, '\0', event->data.scalar.length)) {
        give_up(t, event, "a NUL character cannot be used in study.yaml");
        return FP_OK;
    }
    bool refused = refuse_extras(t, event, event->data.scalar.anchor, event->data.scalar.tag);
    if (expects_key(t))
        return take_key(t, event, text);
    fp_node *node = NULL;
    FP_TRY(node_for(t, event, &node));
    if (!node)
        return FP_OK;
    node->kind = FP_NODE_TEXT;
    node->text = text;
    node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    node->refused = node->refused || refused;
    return FP_OK;
}

static fp_status on_alias(tree *t, const yaml_event_t *event)
{
    refuse(t, event, "the alias", (const char *)event->data.alias.anchor, "write the value out");
    if (expects_key(t))
        return take_key(t, event, "*");
    fp_node *node = NULL;
    FP_TRY(node_for(t, event, &node));
    if (node)
        node->refused = true;
    return FP_OK;
}

static fp_status on_start(tree *t, const yaml_event_t *event, fp_node_kind kind)
{
    bool map = kind == FP_NODE_MAP;
    if (expects_key(t)) {
        give_up(t, event, map ? "a map cannot be a key" : "a list cannot be a key");
        return FP_OK;
    }
    (void)refuse_extras(t, event,
                        map ? event->data.mapping_start.anchor : event->data.sequence_start.anchor,
                        map ? event->data.mapping_start.tag : event->data.sequence_start.tag);
    if (t->depth == MAX_DEPTH) {
        give_up(t, event, "nested deeper than the 16 levels that are read");
        return FP_OK;
    }
    fp_node *node = NULL;
    FP_TRY(node_for(t, event, &node));
    if (!node)
        return FP_OK;
    node->kind = kind;
    t->open[t->depth] = node;
    t->pending[t->depth] = NULL;
    t->depth++;
    return FP_OK;
}

static fp_status on_event(tree *t, const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_STREAM_END_EVENT:
        t->over = true;
        return FP_OK;
    case YAML_DOCUMENT_START_EVENT:
        if (++t->documents > 1) {
            fp_reading_error(t->reading, line_of(&event->start_mark), column_of(&event->start_mark),
                             "leave the second --- out", "a second document begins here");
            t->over = true;
        }
        return FP_OK;
    case YAML_SCALAR_EVENT:
        return on_scalar(t, event);
    case YAML_ALIAS_EVENT:
        return on_alias(t, event);
    case YAML_SEQUENCE_START_EVENT:
        return on_start(t, event, FP_NODE_LIST);
    case YAML_MAPPING_START_EVENT:
        return on_start(t, event, FP_NODE_MAP);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        t->depth--;
        return FP_OK;
    default:
        return FP_OK;
    }
}

/* The YAML itself is broken: say where, and the usual cause. */
static fp_status syntax_error(const fp_reading *reading, const yaml_parser_t *parser, fp_str text)
{
    if (parser->error == YAML_MEMORY_ERROR)
        return fp_fail_nomem(reading->err, text.n);
    long line = line_of(&parser->problem_mark), column = column_of(&parser->problem_mark);
    const char *problem = parser->problem ? parser->problem : "it cannot be read";
    char hint[160];
    if (parser->context && parser->context_mark.line + 1 < (size_t)line)
        (void)snprintf(hint, sizeof hint,
                       "check the brackets, quotes and indentation from line %ld on",
                       line_of(&parser->context_mark));
    else
        (void)snprintf(hint, sizeof hint, "check the brackets, quotes and indentation");
    if (strstr(problem, "cannot start any token"))
        (void)snprintf(
            hint, sizeof hint,
            "indent with spaces, not tabs; put a text that begins with @, ` or %% in quotes");
    else if (strstr(problem, "tab character"))
        (void)snprintf(hint, sizeof hint, "indent with spaces, not tabs");
    else if (strstr(problem, "mapping values are not allowed"))
        (void)snprintf(hint, sizeof hint,
                       "put a text that holds a colon in quotes, and check the indentation");
    fp_reading_error(reading, line, column, hint, "not valid YAML: %s", problem);
    return FP_OK;
}

static fp_status run(tree *t, yaml_parser_t *parser, fp_str text)
{
    while (!t->over) {
        yaml_event_t event;
        if (!yaml_parser_parse(parser, &event)) {
            t->root = NULL;
            return syntax_error(t->reading, parser, text);
        }
        fp_status status = on_event(t, &event);
        yaml_event_delete(&event);
        FP_TRY(status);
    }
    return FP_OK;
}

fp_status fp_node_parse(const fp_reading *reading, fp_str text, const fp_node **root)
{
    yaml_parser_t parser;
    tree t = {.reading = reading};
    *root = NULL;
    if (!yaml_parser_initialize(&parser))
        return fp_fail_nomem(reading->err, sizeof parser);
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)text.p, text.n);
    fp_status status = run(&t, &parser, text);
    yaml_parser_delete(&parser);
    FP_TRY(status);
    *root = t.broken ? NULL : t.root;
    return FP_OK;
}

const fp_node *fp_node_get(const fp_node *map, const char *key)
{
    return map && map->kind == FP_NODE_MAP ? find_key(map, key) : NULL;
}

bool fp_node_is_null(const fp_node *node)
{
    return node->kind == FP_NODE_TEXT && node->plain && !node->refused &&
           (!node->text[0] || !strcmp(node->text, "null") || !strcmp(node->text, "~"));
}
