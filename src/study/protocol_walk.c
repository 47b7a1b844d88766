#include "study/protocol_schema_priv.h"

#include <math.h>
#include <string.h>

#include "base/num.h"

#define DAYS_PER_MONTH 30.4375

static void put(void *base, size_t offset, const void *value, size_t size)
{
    memcpy((char *)base + offset, value, size);
}

static void put_list(void *base, const fp_schema_key *key, const void *list, ptrdiff_t count)
{
    put(base, key->offset, &list, sizeof list);
    put(base, key->count_offset, &count, sizeof count);
}

static const char *a_kind(const fp_node *node)
{
    return node->kind == FP_NODE_LIST ? "a list" : node->kind == FP_NODE_MAP ? "a map" : "a text";
}

/* Say that the value is no `wanted`; `example` shows one. */
static void wrong_type(const fp_reading *r, const fp_node *node, const char *key,
                       const char *wanted, const char *example)
{
    char hint[128] = "";
    if (example)
        (void)snprintf(hint, sizeof hint, "write for example %s", example);
    if (node->kind == FP_NODE_TEXT)
        fp_reading_error(r, node->line, node->column, hint, "\"%s\" should be %s, not \"%.80s\"",
                         key, wanted, node->text);
    else
        fp_reading_error(r, node->line, node->column, hint, "\"%s\" should be %s, not %s", key,
                         wanted, a_kind(node));
}

static bool is_text(const fp_reading *r, const fp_node *node, const char *key)
{
    if (node->kind != FP_NODE_TEXT) {
        wrong_type(r, node, key, "a text", NULL);
        return false;
    }
    if (!node->text[0]) {
        fp_reading_error(r, node->line, node->column, NULL, "\"%s\" is empty", key);
        return false;
    }
    return true;
}

static bool is_name(const char *text)
{
    if (strlen(text) > 64)
        return false;
    for (const char *p = text; *p; p++)
        if (!((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9') ||
              *p == '_' || *p == '-'))
            return false;
    return true;
}

static void take_text(const fp_reading *r, const fp_node *node, const fp_schema_key *key,
                      void *base)
{
    if (!is_text(r, node, key->key))
        return;
    if (key->type == T_NAME && !is_name(node->text)) {
        fp_reading_error(r, node->line, node->column,
                         "use letters, digits, - and _, at most 64 of them",
                         "\"%.80s\" cannot be an id", node->text);
        return;
    }
    if (key->type != T_CHECKED)
        put(base, key->offset, &node->text, sizeof node->text);
}

/* Index of the text among the choices; -1 with an error that names them all. */
static int choice_of(const fp_reading *r, const fp_node *node, const fp_schema_key *key)
{
    char all[256] = "", hint[300];
    ptrdiff_t count = 0;
    if (!is_text(r, node, key->key))
        return -1;
    for (; key->choices[count]; count++) {
        if (!strcmp(key->choices[count], node->text))
            return (int)count;
        size_t used = strlen(all);
        (void)snprintf(all + used, sizeof all - used, "%s%s", count ? ", " : "",
                       key->choices[count]);
    }
    const char *near = fp_nearest(node->text, key->choices, count);
    if (near)
        (void)snprintf(hint, sizeof hint, "did you mean \"%s\"?", near);
    else
        (void)snprintf(hint, sizeof hint, "possible: %s", all);
    fp_reading_error(r, node->line, node->column, hint, "\"%s\" cannot be \"%.80s\"", key->key,
                     node->text);
    return -1;
}

static void take_choice(const fp_reading *r, const fp_node *node, const fp_schema_key *key,
                        void *base)
{
    int choice = choice_of(r, node, key);
    if (choice < 0)
        return;
    if (key->type == T_WORD)
        put(base, key->offset, &key->choices[choice], sizeof(const char *));
    else
        put(base, key->offset, &choice, sizeof choice);
}

static void out_of_range(const fp_reading *r, const fp_node *node, const fp_schema_key *key,
                         const char *unit)
{
    char hint[128];
    bool above = key->type == T_NUMBER;
    (void)snprintf(hint, sizeof hint, "%s %g and at most %g%s", above ? "above" : "at least",
                   key->low, key->high, unit);
    fp_reading_error(r, node->line, node->column, hint, "\"%s\" cannot be %.80s", key->key,
                     node->text);
}

static void take_int(const fp_reading *r, const fp_node *node, const fp_schema_key *key, void *base)
{
    int64_t value;
    if (node->kind != FP_NODE_TEXT ||
        !fp_int_parse(fp_str_of(node->text), -1000000000, 1000000000, &value)) {
        wrong_type(r, node, key->key, "a whole number", NULL);
        return;
    }
    if ((double)value < key->low || (double)value > key->high) {
        out_of_range(r, node, key, "");
        return;
    }
    int number = (int)value;
    put(base, key->offset, &number, sizeof number);
}

static void take_number(const fp_reading *r, const fp_node *node, const fp_schema_key *key,
                        void *base)
{
    double value;
    if (node->kind != FP_NODE_TEXT || !fp_num_parse(fp_str_of(node->text), '.', &value)) {
        wrong_type(r, node, key->key, "a number", NULL);
        return;
    }
    if (value <= key->low || value > key->high)
        out_of_range(r, node, key, "");
    else
        put(base, key->offset, &value, sizeof value);
}

/* Split 350d, 12w or 24m into number and unit. */
static bool split_duration(const fp_node *node, int64_t *number, char *unit)
{
    if (node->kind != FP_NODE_TEXT)
        return false;
    fp_str text = fp_str_of(node->text);
    if (text.n < 2)
        return false;
    *unit = text.p[text.n - 1];
    return (*unit == 'd' || *unit == 'w' || *unit == 'm') &&
           fp_int_parse((fp_str){text.p, text.n - 1}, -1000000000, 1000000000, number);
}

static void take_days(const fp_reading *r, const fp_node *node, const fp_schema_key *key,
                      void *base)
{
    int64_t number;
    char unit;
    if (!split_duration(node, &number, &unit)) {
        wrong_type(r, node, key->key, "a duration in days, weeks or months", "350d, 50w or 12m");
        return;
    }
    double factor = unit == 'd' ? 1 : unit == 'w' ? 7 : DAYS_PER_MONTH;
    double days = round((double)number * factor);
    if (days < key->low || days > key->high) {
        out_of_range(r, node, key, " days");
        return;
    }
    int whole = (int)days;
    put(base, key->offset, &whole, sizeof whole);
}

static void take_span(const fp_reading *r, const fp_node *node, const fp_schema_key *key,
                      void *base)
{
    fp_str text = node->kind == FP_NODE_TEXT ? fp_str_of(node->text) : (fp_str){"", 0};
    char unit = text.n ? text.p[text.n - 1] : 0;
    int64_t number;
    if ((unit != 'm' && unit != 'y') ||
        !fp_int_parse((fp_str){text.p, text.n - 1}, -1000000000, 1000000000, &number)) {
        wrong_type(r, node, key->key, "a duration in months or years", "18m or 10y");
        return;
    }
    number *= unit == 'y' ? 12 : 1;
    if ((double)number < key->low || (double)number > key->high) {
        out_of_range(r, node, key, " months");
        return;
    }
    int months = (int)number;
    put(base, key->offset, &months, sizeof months);
}

static bool is_list(const fp_reading *r, const fp_node *node, const char *key, const char *example)
{
    if (node->kind == FP_NODE_LIST)
        return true;
    wrong_type(r, node, key, "a list", example);
    return false;
}

/* The texts of a list: distinct and not empty. */
static fp_status texts_of(const fp_reading *r, const fp_node *node, const char *key,
                          const char ***out, ptrdiff_t *count)
{
    const char **list;
    ptrdiff_t n = 0;
    FP_ARRAY(list, r->arena, node->count, r->err);
    for (const fp_node *item = node->first; item; item = item->next) {
        if (item->refused)
            continue;
        if (item->kind != FP_NODE_TEXT || !item->text[0]) {
            fp_reading_error(r, item->line, item->column, NULL, "an entry of \"%.80s\" %s%s", key,
                             item->kind == FP_NODE_TEXT ? "is empty" : "should be a text, not ",
                             item->kind == FP_NODE_TEXT ? "" : a_kind(item));
            continue;
        }
        for (ptrdiff_t i = 0; i < n; i++)
            if (!strcmp(list[i], item->text)) {
                fp_reading_error(r, item->line, item->column, "keep one of the two",
                                 "\"%.80s\" stands twice in \"%.80s\"", item->text, key);
                break;
            }
        list[n++] = item->text;
    }
    *out = list;
    *count = n;
    return FP_OK;
}

static fp_status take_texts(const fp_reading *r, const fp_node *node, const fp_schema_key *key,
                            void *base)
{
    const char **list;
    ptrdiff_t count;
    if (!is_list(r, node, key->key, "[one, two]"))
        return FP_OK;
    FP_TRY(texts_of(r, node, key->key, &list, &count));
    put_list(base, key, list, count);
    return FP_OK;
}

static fp_status take_months(const fp_reading *r, const fp_node *node, const fp_schema_key *key,
                             void *base)
{
    int *list;
    ptrdiff_t n = 0;
    if (!is_list(r, node, key->key, "[0m, 6m, 12m]"))
        return FP_OK;
    FP_ARRAY(list, r->arena, node->count, r->err);
    for (const fp_node *item = node->first; item; item = item->next) {
        int64_t number;
        char unit;
        if (item->refused)
            continue;
        if (!split_duration(item, &number, &unit) || unit != 'm' || number < 0 ||
            number > FP_SCHEMA_LONGEST_MONTHS)
            wrong_type(r, item, key->key, "a list of whole months", "[0m, 6m, 12m]");
        else if (n > 0 && number <= list[n - 1])
            fp_reading_error(r, item->line, item->column, "put the waves in order",
                             "the wave %s does not come after the one before it", item->text);
        else
            list[n++] = (int)number;
    }
    put_list(base, key, list, n);
    return FP_OK;
}

static fp_status take_counts(const fp_reading *r, const fp_node *node, const fp_schema_key *key,
                             void *base)
{
    int *list;
    ptrdiff_t n = 0;
    if (!is_list(r, node, key->key, "[1, 1]"))
        return FP_OK;
    FP_ARRAY(list, r->arena, node->count, r->err);
    for (const fp_node *item = node->first; item; item = item->next) {
        int64_t number;
        if (item->refused)
            continue;
        if (item->kind != FP_NODE_TEXT ||
            !fp_int_parse(fp_str_of(item->text), -1000000000, 1000000000, &number))
            wrong_type(r, item, key->key, "a list of whole numbers", "[1, 1]");
        else if ((double)number < key->low || (double)number > key->high)
            out_of_range(r, item, key, "");
        else
            list[n++] = (int)number;
    }
    put_list(base, key, list, n);
    return FP_OK;
}

/* A factor is a variable of the formulas, so its name must be one. */
static bool is_variable(const char *text)
{
    char c = text[0];
    if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) || strlen(text) > 64)
        return false;
    for (const char *p = text; *p; p++)
        if (!((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9') ||
              *p == '_' || *p == '.'))
            return false;
    return true;
}

static fp_status take_factors(const fp_reading *r, const fp_node *node, const fp_schema_key *key,
                              void *base)
{
    fp_factor *list;
    ptrdiff_t n = 0;
    if (node->kind != FP_NODE_MAP) {
        wrong_type(r, node, key->key, "a map of factors and their levels",
                   "{ ips: [without, with] }");
        return FP_OK;
    }
    FP_ARRAY(list, r->arena, node->count, r->err);
    for (const fp_node *item = node->first; item; item = item->next) {
        fp_factor *factor = &list[n];
        const char **levels;
        if (!is_variable(item->key))
            fp_reading_error(r, item->key_line, item->key_column,
                             "begin with a letter; then letters, digits, . and _",
                             "\"%.80s\" cannot be the name of a factor", item->key);
        if (item->refused || !is_list(r, item, item->key, "[without, with]"))
            continue;
        FP_TRY(texts_of(r, item, item->key, &levels, &factor->level_count));
        if (factor->level_count < 2)
            fp_reading_error(r, item->line, item->column, "write for example [without, with]",
                             "factor \"%.80s\" needs at least two levels", item->key);
        factor->levels = levels;
        factor->name = item->key;
        factor->line = item->key_line;
        n++;
    }
    put_list(base, key, list, n);
    return FP_OK;
}

static fp_status walk_map(const fp_reading *r, const fp_node *node, const fp_schema *of, long line,
                          long column, void *base);

static fp_status take_maps(const fp_reading *r, const fp_node *node, const fp_schema_key *key,
                           void *base)
{
    char *list;
    ptrdiff_t n = 0;
    if (!is_list(r, node, key->key, NULL))
        return FP_OK;
    list = fp_arena_array(r->arena, node->count, key->of->size, r->err);
    if (!list)
        return FP_NOMEM;
    for (const fp_node *item = node->first; item; item = item->next) {
        if (item->refused)
            continue;
        if (item->kind != FP_NODE_MAP) {
            fp_reading_error(r, item->line, item->column, NULL,
                             "%s should be a map of keys and values, not %s", key->of->what,
                             a_kind(item));
            continue;
        }
        void *to = list + (size_t)n++ * key->of->size;
        key->of->defaults(to);
        put(to, key->of->line, &item->line, sizeof item->line);
        FP_TRY(walk_map(r, item, key->of->pick(item), item->line, item->column, to));
    }
    put_list(base, key, list, n);
    return FP_OK;
}

static fp_status take_map(const fp_reading *r, const fp_node *node, const fp_schema_key *key,
                          void *base)
{
    if (key->offset != SIZE_MAX)
        put(base, key->offset, &node->line, sizeof node->line);
    if (node->kind == FP_NODE_MAP)
        return walk_map(r, node, key->of, node->key_line, node->key_column, base);
    wrong_type(r, node, key->key, "a map of keys and values", NULL);
    return FP_OK;
}

static fp_status take(const fp_reading *r, const fp_node *node, const fp_schema_key *key,
                      void *base)
{
    switch (key->type) {
    case T_TEXT:
    case T_NAME:
    case T_CHECKED:
        take_text(r, node, key, base);
        return FP_OK;
    case T_INT:
        take_int(r, node, key, base);
        return FP_OK;
    case T_NUMBER:
        take_number(r, node, key, base);
        return FP_OK;
    case T_DAYS:
        take_days(r, node, key, base);
        return FP_OK;
    case T_SPAN:
        take_span(r, node, key, base);
        return FP_OK;
    case T_CHOICE:
    case T_WORD:
        take_choice(r, node, key, base);
        return FP_OK;
    case T_TEXTS:
        return take_texts(r, node, key, base);
    case T_MONTHS:
        return take_months(r, node, key, base);
    case T_COUNTS:
        return take_counts(r, node, key, base);
    case T_FACTORS:
        return take_factors(r, node, key, base);
    case T_MAP:
        return take_map(r, node, key, base);
    case T_MAPS:
        return take_maps(r, node, key, base);
    }
    return fp_fail(r->err, FP_INTERNAL, "unknown type of key \"%s\"", key->key);
}

static const fp_schema_key *known_key(const fp_schema *of, const char *name)
{
    for (ptrdiff_t i = 0; i < of->count; i++)
        if (!strcmp(of->keys[i].key, name))
            return &of->keys[i];
    return NULL;
}

/* An unknown key: the nearest known one, or all of them. */
static void unknown_key(const fp_reading *r, const fp_node *node, const fp_schema *of)
{
    const char *names[FP_SCHEMA_MOST_KEYS];
    char hint[384] = "";
    for (ptrdiff_t i = 0; i < of->count; i++)
        names[i] = of->keys[i].key;
    fp_nearest_hint(node->key, names, of->count, hint, sizeof hint);
    if (!hint[0]) {
        size_t used = (size_t)snprintf(hint, sizeof hint, "%s knows: ", of->what);
        for (ptrdiff_t i = 0; i < of->count && used < sizeof hint; i++)
            used +=
                (size_t)snprintf(hint + used, sizeof hint - used, "%s%s", i ? ", " : "", names[i]);
    }
    fp_reading_error(r, node->key_line, node->key_column, hint, "unknown key \"%.100s\"",
                     node->key);
}

/* All keys of one map: what stands there, then what is missing. */
static fp_status walk_map(const fp_reading *r, const fp_node *node, const fp_schema *of, long line,
                          long column, void *base)
{
    bool seen[FP_SCHEMA_MOST_KEYS] = {false};
    for (const fp_node *item = node->first; item; item = item->next) {
        const fp_schema_key *key = known_key(of, item->key);
        if (!key) {
            unknown_key(r, item, of);
            continue;
        }
        if (fp_node_is_null(item))
            continue;
        seen[key - of->keys] = true;
        if (!item->refused)
            FP_TRY(take(r, item, key, base));
    }
    for (ptrdiff_t i = 0; i < of->count; i++)
        if (of->keys[i].required && !seen[i])
            fp_reading_error(r, line, column, NULL, "%s lacks \"%s\"", of->what, of->keys[i].key);
    return FP_OK;
}

fp_status fp_schema_walk(const fp_reading *reading, const fp_node *root, fp_protocol *protocol)
{
    if (root->kind != FP_NODE_MAP) {
        fp_reading_error(reading, root->line, root->column, "begin with study:",
                         "study.yaml should be a map of keys and values, not %s", a_kind(root));
        return FP_OK;
    }
    return walk_map(reading, root, &fp_schema_root, 1, 1, protocol);
}
