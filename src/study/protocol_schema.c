#include <math.h>
#include <stddef.h>
#include <string.h>

#include "base/num.h"
#include "study/protocol_priv.h"

#define DAYS_PER_MONTH  30.4375
#define LONGEST_MONTHS  1200
#define LONGEST_DAYS    36525
#define MOST_KEYS       24
#define COUNT_OF(array) (ptrdiff_t)(sizeof(array) / sizeof *(array))

/* What a key holds. The struct member at `offset` has the type that stands behind it. */
typedef enum {
    T_TEXT,    /* const char *: not empty */
    T_NAME,    /* const char *: letters, digits, - and _ */
    T_INT,     /* int in [low, high] */
    T_NUMBER,  /* double in [low, high], above low where low is 0 */
    T_DAYS,    /* int: a duration in days in [low, high] */
    T_CHOICE,  /* enum (int): index in choices */
    T_WORD,    /* const char *: one of the choices */
    T_TEXTS,   /* ptrdiff_t count and const char *const *: distinct, not empty */
    T_MONTHS,  /* ptrdiff_t count and const int *: rising numbers of whole months */
    T_FACTORS, /* ptrdiff_t count and fp_factor *: name: [levels] */
    T_MAP,     /* the keys of `of`, in the struct that the parent fills */
    T_MAPS,    /* ptrdiff_t count and array: a list of maps of `of` */
    T_CHECKED, /* a text that is checked and not kept */
} value_type;

typedef struct schema schema;
typedef struct {
    const char *key;
    value_type type;
    bool required;
    size_t offset, count_offset;
    double low, high;
    const char *const *choices; /* NULL-terminated */
    const schema *of;
} schema_key;

/* A map: its keys, and for the elements of a list the size, defaults and where the line goes. */
struct schema {
    const char *what; /* "an outcome" */
    const schema_key *keys;
    ptrdiff_t count;
    size_t size;
    void (*defaults)(void *item);
    const schema *(*pick)(const fp_node *map); /* the schema by kind, where there are several */
    size_t line;                               /* offset of the element's line */
};

static const char *const languages[] = {"en", "nl", NULL};
const char *const fp_design_kinds[] = {"cluster-randomised", "individually-randomised",
                                       "comparison-group", "single-group", NULL};
static const char *const outcome_kinds[] = {"time-to-event", "status-at", NULL};
static const char *const concurrents[] = {"sum", "largest", NULL};
static const char *const event_dates[] = {"first-day", "qualifying-day", NULL};
static const char *const at_starts[] = {"exclude", "ignore-run", "event-at-0", NULL};
static const char *const roles[] = {"primary", "secondary", "subgroup", "exploratory", NULL};
static const char *const models[] = {"cox", NULL};

#define AT(type, member) offsetof(type, member)
#define SCHEMA(name, words, list)                                                                  \
    static const schema name = {.what = (words), .keys = (list), .count = COUNT_OF(list)}
#define REQUIRED true
#define OPTIONAL false

static const schema_key study_keys[] = {
    {"id", T_NAME, REQUIRED, .offset = AT(fp_protocol, id)},
    {"title", T_TEXT, OPTIONAL, .offset = AT(fp_protocol, title)},
    {"language", T_WORD, OPTIONAL, .offset = AT(fp_protocol, language), .choices = languages},
    {"registration", T_TEXT, OPTIONAL, .offset = AT(fp_protocol, registration)},
};
SCHEMA(study_schema, "study", study_keys);

static const schema_key design_keys[] = {
    {"kind", T_CHOICE, REQUIRED, .offset = AT(fp_protocol, kind), .choices = fp_design_kinds},
    {"factors", T_FACTORS, OPTIONAL, .offset = AT(fp_protocol, factors),
     .count_offset = AT(fp_protocol, factor_count)},
    {"cluster", T_TEXT, OPTIONAL, .offset = AT(fp_protocol, cluster)},
    {"strata", T_TEXTS, OPTIONAL, .offset = AT(fp_protocol, strata),
     .count_offset = AT(fp_protocol, strata_count)},
};
SCHEMA(design_schema, "design", design_keys);

static const schema_key schedule_keys[] = {
    {"waves", T_MONTHS, OPTIONAL, .offset = AT(fp_protocol, wave_months),
     .count_offset = AT(fp_protocol, wave_count)},
    {"window", T_DAYS, OPTIONAL, .offset = AT(fp_protocol, window_days), .low = 0,
     .high = LONGEST_DAYS},
};
SCHEMA(schedule_schema, "schedule", schedule_keys);

#define IN_SOURCE(source, member)                                                                  \
    .offset = offsetof(fp_protocol, source) + offsetof(fp_source_spec, member)
#define COLUMNS_OF(source)                                                                         \
    {                                                                                              \
        "columns", T_TEXTS, OPTIONAL, IN_SOURCE(source, columns),                                  \
            .count_offset = offsetof(fp_protocol, source) + offsetof(fp_source_spec, column_count) \
    }
static const schema_key coaches_keys[] = {
    {"file", T_TEXT, REQUIRED, IN_SOURCE(coaches, file)},
    {"id", T_TEXT, REQUIRED, IN_SOURCE(coaches, id)},
    COLUMNS_OF(coaches),
};
static const schema_key people_keys[] = {
    {"file", T_TEXT, REQUIRED, IN_SOURCE(people, file)},
    {"id", T_TEXT, REQUIRED, IN_SOURCE(people, id)},
    {"start", T_TEXT, OPTIONAL, IN_SOURCE(people, start)},
    {"end", T_TEXT, OPTIONAL, IN_SOURCE(people, end)},
    {"end_reason", T_TEXT, OPTIONAL, IN_SOURCE(people, end_reason)},
    COLUMNS_OF(people),
};
static const schema_key episodes_keys[] = {
    {"file", T_TEXT, REQUIRED, IN_SOURCE(episodes, file)},
    {"person", T_TEXT, REQUIRED, IN_SOURCE(episodes, person)},
    {"start", T_TEXT, REQUIRED, IN_SOURCE(episodes, start)},
    {"end", T_TEXT, REQUIRED, IN_SOURCE(episodes, end)},
    {"hours", T_TEXT, REQUIRED, IN_SOURCE(episodes, hours)},
    {"kind", T_TEXT, OPTIONAL, IN_SOURCE(episodes, kind)},
    COLUMNS_OF(episodes),
};
/* Answers are described here and read by the commands that need them. */
static const schema_key answers_keys[] = {
    {"file", T_CHECKED, REQUIRED, .offset = SIZE_MAX},
    {"person", T_CHECKED, REQUIRED, .offset = SIZE_MAX},
    {"wave", T_CHECKED, REQUIRED, .offset = SIZE_MAX},
    {"item", T_CHECKED, REQUIRED, .offset = SIZE_MAX},
    {"value", T_CHECKED, REQUIRED, .offset = SIZE_MAX},
};
SCHEMA(coaches_schema, "sources.coaches", coaches_keys);
SCHEMA(people_schema, "sources.people", people_keys);
SCHEMA(episodes_schema, "sources.episodes", episodes_keys);
SCHEMA(answers_schema, "sources.answers", answers_keys);

static const schema_key sources_keys[] = {
    {"coaches", T_MAP, OPTIONAL, .of = &coaches_schema,
     .offset = AT(fp_protocol, coaches) + AT(fp_source_spec, line)},
    {"people", T_MAP, REQUIRED, .of = &people_schema,
     .offset = AT(fp_protocol, people) + AT(fp_source_spec, line)},
    {"episodes", T_MAP, OPTIONAL, .of = &episodes_schema,
     .offset = AT(fp_protocol, episodes) + AT(fp_source_spec, line)},
    {"answers", T_MAP, OPTIONAL, .of = &answers_schema, .offset = SIZE_MAX},
};
SCHEMA(sources_schema, "sources", sources_keys);

#define IN_RULE(member)                                                                            \
    .offset = offsetof(fp_outcome_spec, rule) + offsetof(fp_outcome_rule, member)
#define KINDS                                                                                      \
    {                                                                                              \
        "kinds", T_TEXTS, OPTIONAL, IN_RULE(kinds),                                                \
            .count_offset =                                                                        \
                offsetof(fp_outcome_spec, rule) + offsetof(fp_outcome_rule, kind_count)            \
    }
static const schema_key event_rule_keys[] = {
    {"min_days", T_INT, OPTIONAL, IN_RULE(min_days), .low = 1, .high = LONGEST_DAYS},
    {"min_hours_per_week", T_NUMBER, OPTIONAL, IN_RULE(min_hours_per_week), .low = 0, .high = 168},
    {"concurrent", T_CHOICE, OPTIONAL, IN_RULE(concurrent), .choices = concurrents},
    {"gap_days", T_INT, OPTIONAL, IN_RULE(gap_days), .low = 0, .high = LONGEST_DAYS},
    KINDS,
    {"date", T_CHOICE, OPTIONAL, IN_RULE(date), .choices = event_dates},
    {"at_start", T_CHOICE, OPTIONAL, IN_RULE(at_start), .choices = at_starts},
};
static const schema_key status_rule_keys[] = {
    {"min_hours_per_month", T_NUMBER, OPTIONAL, .offset = AT(fp_outcome_spec, min_hours_per_month),
     .low = 0, .high = 744},
    KINDS,
};
SCHEMA(event_rule_schema, "the rule of a time-to-event outcome", event_rule_keys);
SCHEMA(status_rule_schema, "the rule of a status-at outcome", status_rule_keys);

static const schema_key event_keys[] = {
    {"id", T_NAME, REQUIRED, .offset = AT(fp_outcome_spec, id)},
    {"kind", T_CHOICE, REQUIRED, .offset = AT(fp_outcome_spec, kind), .choices = outcome_kinds},
    {"rule", T_MAP, OPTIONAL, .of = &event_rule_schema, .offset = SIZE_MAX},
    {"follow_up", T_DAYS, REQUIRED, .offset = AT(fp_outcome_spec, follow_up), .low = 1,
     .high = LONGEST_DAYS},
    {"competing", T_TEXTS, OPTIONAL, .offset = AT(fp_outcome_spec, competing),
     .count_offset = AT(fp_outcome_spec, competing_count)},
};
static const schema_key status_keys[] = {
    {"id", T_NAME, REQUIRED, .offset = AT(fp_outcome_spec, id)},
    {"kind", T_CHOICE, REQUIRED, .offset = AT(fp_outcome_spec, kind), .choices = outcome_kinds},
    {"month", T_INT, REQUIRED, .offset = AT(fp_outcome_spec, month), .low = 1,
     .high = LONGEST_MONTHS},
    {"rule", T_MAP, OPTIONAL, .of = &status_rule_schema, .offset = SIZE_MAX},
};

static void outcome_defaults(void *item)
{
    fp_outcome_spec *spec = item;
    *spec = (fp_outcome_spec){.rule = {.min_days = 28, .min_hours_per_week = 12},
                              .min_hours_per_month = 1};
}

SCHEMA(event_schema, "a time-to-event outcome", event_keys);
SCHEMA(status_schema, "a status-at outcome", status_keys);

static const schema *outcome_schema(const fp_node *map)
{
    const fp_node *kind = fp_node_get(map, "kind");
    const char *nearest = kind ? fp_nearest(kind->text, outcome_kinds, 2) : NULL;
    return nearest == outcome_kinds[1] ? &status_schema : &event_schema;
}

static const schema_key analysis_keys[] = {
    {"id", T_NAME, REQUIRED, .offset = AT(fp_analysis_spec, id)},
    {"role", T_CHOICE, REQUIRED, .offset = AT(fp_analysis_spec, role), .choices = roles},
    {"outcome", T_TEXT, OPTIONAL, .offset = AT(fp_analysis_spec, outcome)},
    {"model", T_WORD, OPTIONAL, .offset = AT(fp_analysis_spec, model), .choices = models},
    {"formula", T_TEXT, OPTIONAL, .offset = AT(fp_analysis_spec, formula)},
    {"effect", T_TEXT, OPTIONAL, .offset = AT(fp_analysis_spec, effect)},
    {"of", T_TEXT, OPTIONAL, .offset = AT(fp_analysis_spec, of)},
    {"by", T_TEXT, OPTIONAL, .offset = AT(fp_analysis_spec, by)},
    {"margin", T_NUMBER, OPTIONAL, .offset = AT(fp_analysis_spec, margin), .low = 1, .high = 100},
};

static void analysis_defaults(void *item)
{
    fp_analysis_spec *spec = item;
    *spec = (fp_analysis_spec){.margin = (double)NAN};
}

SCHEMA(analysis_schema, "an analysis", analysis_keys);

static const schema *analysis_schema_of(const fp_node *map)
{
    (void)map;
    return &analysis_schema;
}

static const schema list_of_outcomes = {.what = "an outcome",
                                        .size = sizeof(fp_outcome_spec),
                                        .line = AT(fp_outcome_spec, line),
                                        .defaults = outcome_defaults,
                                        .pick = outcome_schema};
static const schema list_of_analyses = {.what = "an analysis",
                                        .size = sizeof(fp_analysis_spec),
                                        .line = AT(fp_analysis_spec, line),
                                        .defaults = analysis_defaults,
                                        .pick = analysis_schema_of};

static const schema_key root_keys[] = {
    {"study", T_MAP, REQUIRED, .of = &study_schema, .offset = SIZE_MAX},
    {"design", T_MAP, REQUIRED, .of = &design_schema, .offset = SIZE_MAX},
    {"schedule", T_MAP, OPTIONAL, .of = &schedule_schema, .offset = SIZE_MAX},
    {"sources", T_MAP, REQUIRED, .of = &sources_schema, .offset = SIZE_MAX},
    {"outcomes", T_MAPS, OPTIONAL, .of = &list_of_outcomes, .offset = AT(fp_protocol, outcomes),
     .count_offset = AT(fp_protocol, outcome_count)},
    {"analysis", T_MAPS, OPTIONAL, .of = &list_of_analyses, .offset = AT(fp_protocol, analyses),
     .count_offset = AT(fp_protocol, analysis_count)},
};
SCHEMA(root_schema, "study.yaml", root_keys);

/* ---- the walker ---------------------------------------------------------------------------- */

static void put(void *base, size_t offset, const void *value, size_t size)
{
    memcpy((char *)base + offset, value, size);
}

static void put_list(void *base, const schema_key *key, const void *list, ptrdiff_t count)
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

static void take_text(const fp_reading *r, const fp_node *node, const schema_key *key, void *base)
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
static int choice_of(const fp_reading *r, const fp_node *node, const schema_key *key)
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

static void take_choice(const fp_reading *r, const fp_node *node, const schema_key *key, void *base)
{
    int choice = choice_of(r, node, key);
    if (choice < 0)
        return;
    if (key->type == T_WORD)
        put(base, key->offset, &key->choices[choice], sizeof(const char *));
    else
        put(base, key->offset, &choice, sizeof choice);
}

static void out_of_range(const fp_reading *r, const fp_node *node, const schema_key *key,
                         const char *unit)
{
    char hint[128];
    bool above = key->type == T_NUMBER;
    (void)snprintf(hint, sizeof hint, "%s %g and at most %g%s", above ? "above" : "at least",
                   key->low, key->high, unit);
    fp_reading_error(r, node->line, node->column, hint, "\"%s\" cannot be %.80s", key->key,
                     node->text);
}

static void take_int(const fp_reading *r, const fp_node *node, const schema_key *key, void *base)
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

static void take_number(const fp_reading *r, const fp_node *node, const schema_key *key, void *base)
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

static void take_days(const fp_reading *r, const fp_node *node, const schema_key *key, void *base)
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

static fp_status take_texts(const fp_reading *r, const fp_node *node, const schema_key *key,
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

static fp_status take_months(const fp_reading *r, const fp_node *node, const schema_key *key,
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
            number > LONGEST_MONTHS)
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

static fp_status take_factors(const fp_reading *r, const fp_node *node, const schema_key *key,
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

static fp_status walk_map(const fp_reading *r, const fp_node *node, const schema *of, long line,
                          long column, void *base);

static fp_status take_maps(const fp_reading *r, const fp_node *node, const schema_key *key,
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

static fp_status take_map(const fp_reading *r, const fp_node *node, const schema_key *key,
                          void *base)
{
    if (key->offset != SIZE_MAX)
        put(base, key->offset, &node->line, sizeof node->line);
    if (node->kind == FP_NODE_MAP)
        return walk_map(r, node, key->of, node->key_line, node->key_column, base);
    wrong_type(r, node, key->key, "a map of keys and values", NULL);
    return FP_OK;
}

static fp_status take(const fp_reading *r, const fp_node *node, const schema_key *key, void *base)
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
    case T_CHOICE:
    case T_WORD:
        take_choice(r, node, key, base);
        return FP_OK;
    case T_TEXTS:
        return take_texts(r, node, key, base);
    case T_MONTHS:
        return take_months(r, node, key, base);
    case T_FACTORS:
        return take_factors(r, node, key, base);
    case T_MAP:
        return take_map(r, node, key, base);
    case T_MAPS:
        return take_maps(r, node, key, base);
    }
    return fp_fail(r->err, FP_INTERNAL, "unknown type of key \"%s\"", key->key);
}

static const schema_key *known_key(const schema *of, const char *name)
{
    for (ptrdiff_t i = 0; i < of->count; i++)
        if (!strcmp(of->keys[i].key, name))
            return &of->keys[i];
    return NULL;
}

/* An unknown key: the nearest known one, or all of them. */
static void unknown_key(const fp_reading *r, const fp_node *node, const schema *of)
{
    const char *names[MOST_KEYS];
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
static fp_status walk_map(const fp_reading *r, const fp_node *node, const schema *of, long line,
                          long column, void *base)
{
    bool seen[MOST_KEYS] = {false};
    for (const fp_node *item = node->first; item; item = item->next) {
        const schema_key *key = known_key(of, item->key);
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
    return walk_map(reading, root, &root_schema, 1, 1, protocol);
}
