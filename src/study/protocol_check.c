#include <ctype.h>
#include <string.h>

#include "model/formula.h"
#include "study/protocol_priv.h"

/* Columns that a study knows: what coaches and people carry along. */
typedef struct {
    const char **names;
    ptrdiff_t count;
} columns;

typedef struct {
    const fp_reading *r;
    const fp_node *root;
    fp_protocol *p;
    columns known;  /* of coaches and people */
    columns people; /* of people alone */
} check;

/* The value of a key, NULL where it is left out or null. */
static const fp_node *given(const fp_node *map, const char *key)
{
    const fp_node *node = fp_node_get(map, key);
    return node && !fp_node_is_null(node) ? node : NULL;
}

static const fp_node *at(const check *c, const char *map, const char *key)
{
    const fp_node *node = given(c->root, map);
    return node && key ? given(node, key) : node;
}

static long line_at(const fp_node *node)
{
    return node ? node->line : 1;
}

static long column_at(const fp_node *node)
{
    return node ? node->column : 1;
}

/* Line and column of the key, where an absent part would have stood. */
static void lacks(const check *c, const fp_node *map, const char *hint, const char *message)
{
    fp_reading_error(c->r, map && map->key ? map->key_line : line_at(map),
                     map && map->key ? map->key_column : column_at(map), hint, "%s", message);
}

static bool has_text(const char *const *names, ptrdiff_t count, const char *name)
{
    for (ptrdiff_t i = 0; i < count; i++)
        if (!strcmp(names[i], name))
            return true;
    return false;
}

static void add_columns(columns *to, const fp_source_spec *source)
{
    for (ptrdiff_t i = 0; i < source->column_count; i++)
        to->names[to->count++] = source->columns[i];
}

static fp_status gather_columns(check *c)
{
    const fp_protocol *p = c->p;
    ptrdiff_t most = p->people.column_count + p->coaches.column_count;
    FP_ARRAY(c->known.names, c->r->arena, most, c->r->err);
    FP_ARRAY(c->people.names, c->r->arena, most, c->r->err);
    add_columns(&c->known, &p->people);
    add_columns(&c->known, &p->coaches);
    add_columns(&c->people, &p->people);
    return FP_OK;
}

/* An error about a column that no source carries, with the nearest that one does. */
static void unknown_column(const check *c, const fp_node *node, const columns *known,
                           const char *where, const char *name)
{
    char hint[256];
    fp_nearest_hint(name, known->names, known->count, hint, sizeof hint);
    if (!hint[0])
        (void)snprintf(hint, sizeof hint, "add it to the columns of %s", where);
    fp_reading_error(c->r, line_at(node), column_at(node), hint,
                     "\"%.80s\" is not among the columns of %s", name, where);
}

static bool randomises(const fp_protocol *p)
{
    return p->kind == FP_DESIGN_CLUSTER_RANDOMISED || p->kind == FP_DESIGN_INDIVIDUALLY_RANDOMISED;
}

/* Also where the method is misspelt: that is an error of its own. */
static bool drawn_here(const check *c)
{
    const fp_node *allocation = at(c, "design", "allocation");
    const fp_node *method = allocation ? given(allocation, "method") : NULL;
    return method && strcmp(method->text, "elsewhere") != 0;
}

static void check_factors(const check *c)
{
    const fp_protocol *p = c->p;
    const fp_node *design = at(c, "design", NULL), *factors = at(c, "design", "factors");
    bool wanted = randomises(p) || p->kind == FP_DESIGN_COMPARISON_GROUP;
    if (wanted && (!factors || !factors->count))
        lacks(c, design, "write for example factors: { ips: [without, with] }",
              "this kind of design needs \"factors\"");
    if (!wanted && p->factor_count > 0)
        lacks(c, factors, "leave them out, or choose another kind",
              "a single-group design has no factors");
    ptrdiff_t arms = 1;
    for (ptrdiff_t i = 0; i < p->factor_count; i++) {
        const fp_factor *factor = &p->factors[i];
        const fp_node *node = given(factors, factor->name);
        if (!drawn_here(c) && !has_text(c->known.names, c->known.count, factor->name))
            unknown_column(c, node, &c->known, "coaches or people", factor->name);
        arms = arms > 1024 ? arms : arms * factor->level_count;
    }
    if (arms > 64)
        lacks(c, factors, NULL, "the factors make more than 64 arms");
}

static void check_cluster(const check *c)
{
    const fp_protocol *p = c->p;
    const fp_node *node = at(c, "design", "cluster");
    if (p->cluster) {
        if (!has_text(c->people.names, c->people.count, p->cluster))
            unknown_column(c, node, &c->people, "people", p->cluster);
        return;
    }
    if (node)
        return; /* reported already */
    if (p->kind == FP_DESIGN_CLUSTER_RANDOMISED)
        lacks(c, at(c, "design", NULL), "name the column of people that holds the coach",
              "a cluster-randomised design needs \"cluster\"");
    else if (p->coaches.file)
        lacks(c, at(c, "design", NULL), "name the column of people that holds the coach",
              "there is a source of coaches but no \"cluster\" that links people to it");
}

static void check_strata(const check *c)
{
    const fp_node *list = at(c, "design", "strata");
    for (const fp_node *node = list ? list->first : NULL; node; node = node->next)
        if (node->text[0] && !has_text(c->known.names, c->known.count, node->text))
            unknown_column(c, node, &c->known, "coaches or people", node->text);
}

static void check_recruitment(const check *c)
{
    const fp_protocol *p = c->p;
    const fp_node *map = at(c, "sources", "recruitment");
    if (p->recruitment.file && p->kind == FP_DESIGN_CLUSTER_RANDOMISED && !p->recruitment.coach &&
        !given(map, "coach"))
        lacks(c, map, "name the column with the coach who offered the place",
              "with coaches drawn by lot, sources.recruitment needs \"coach\"");
}

/* What the outcomes need of the sources. */
static void check_sources(const check *c)
{
    const fp_protocol *p = c->p;
    const fp_node *people = at(c, "sources", "people");
    bool spells = false;
    for (ptrdiff_t i = 0; i < p->outcome_count; i++)
        spells = spells || p->outcomes[i].kind != FP_OUTCOME_ANSWER;
    if (!spells || !p->people.file)
        return;
    if (!p->people.start && !given(people, "start"))
        lacks(c, people, "name the column with the day on which a person's time starts",
              "outcomes need \"start\" of sources.people");
    if (!p->people.end && !given(people, "end"))
        lacks(c, people, "name the column with the last day that the register covers",
              "outcomes need \"end\" of sources.people");
    if (!p->episodes.file && !at(c, "sources", "episodes"))
        lacks(c, at(c, "sources", NULL), "add episodes: { file: data/episodes.csv, ... }",
              "outcomes are derived from spells, and sources lacks \"episodes\"");
}

static void same_id(const check *c, const fp_node *list, const char *what)
{
    for (const fp_node *node = list ? list->first : NULL; node; node = node->next) {
        const fp_node *id = given(node, "id");
        for (const fp_node *before = list->first; id && before != node; before = before->next) {
            const fp_node *other = given(before, "id");
            if (other && other->text[0] && !strcmp(other->text, id->text)) {
                fp_reading_error(c->r, id->line, id->column, "give each its own id",
                                 "%s \"%.80s\" stands there twice, first in line %ld", what,
                                 id->text, other->line);
                break;
            }
        }
    }
}

static void check_outcomes(const check *c)
{
    const fp_protocol *p = c->p;
    const fp_node *list = at(c, "outcomes", NULL);
    same_id(c, list, "outcome");
    for (const fp_node *node = list ? list->first : NULL; node; node = node->next) {
        const fp_node *item = given(node, "item");
        if (item && !p->answers.file && !at(c, "sources", "answers"))
            lacks(c, item, "add answers: { file: data/answers.csv, ... } to sources",
                  "an outcome of kind answer needs \"answers\" in sources");
        if (item && p->wave_count == 0 && !at(c, "schedule", "waves"))
            lacks(c, item, "add schedule: { waves: [0m, 6m, 12m] }",
                  "an outcome of kind answer needs \"waves\" in schedule");
        const fp_node *competing = given(node, "competing");
        const fp_node *kinds = given(given(node, "rule"), "kinds");
        if (competing && competing->count > 0 && p->people.file && !p->people.end_reason)
            lacks(c, competing, "add end_reason to sources.people",
                  "competing events need \"end_reason\" of sources.people");
        if (kinds && kinds->count > 0 && p->episodes.file && !p->episodes.kind)
            lacks(c, kinds, "add kind to sources.episodes",
                  "the rule names kinds, and sources.episodes has no \"kind\"");
    }
}

/* ---- analyses -------------------------------------------------------------------------------- */

bool fp_protocol_next_variable(const char *formula, size_t *pos, fp_str *name)
{
    const char *s = formula;
    size_t i = *pos;
    while (s[i]) {
        char c = s[i];
        if (c == '"' || c == '\'' || c == '`' || c == '%') {
            const char *close = strchr(s + i + 1, c);
            size_t end = close ? (size_t)(close - s) : strlen(s);
            *name = (fp_str){s + i + 1, end - i - 1};
            i = end + (close != NULL);
            *pos = i;
            if (c == '`')
                return true;
            continue;
        }
        size_t begin = i;
        while (s[i] == '_' || s[i] == '.' || isalnum((unsigned char)s[i]) || (s[i] & 0x80))
            i++;
        if (i == begin) {
            i++;
            continue;
        }
        size_t after = i;
        while (s[after] == ' ')
            after++;
        bool number = isdigit((unsigned char)c) || (c == '.' && i - begin == 1) ||
                      (c == '.' && isdigit((unsigned char)s[begin + 1]));
        if (number || s[after] == '(')
            continue;
        *name = (fp_str){s + begin, i - begin};
        *pos = i;
        return true;
    }
    return false;
}

static bool is_factor(const fp_protocol *p, const char *name)
{
    for (ptrdiff_t i = 0; i < p->factor_count; i++)
        if (!strcmp(p->factors[i].name, name))
            return true;
    return false;
}

/* Column in study.yaml of character `offset` of a text on one line. */
static long place_in(const fp_node *node, size_t offset)
{
    return node->column + (node->plain ? 0 : 1) + (long)offset;
}

static bool is_constant(const char *name)
{
    return !strcmp(name, "TRUE") || !strcmp(name, "FALSE") || !strcmp(name, "T") ||
           !strcmp(name, "F") || !strcmp(name, "pi");
}

/* The formula is one, and begins with ~. */
static fp_status parse_formula(const check *c, const fp_node *node, bool *good)
{
    const fp_formula *parsed;
    fp_err at;
    *good = false;
    if (node->text[strspn(node->text, " ")] != '~') {
        fp_reading_error(c->r, node->line, node->column, "write for example \"~ ips + pa\"",
                         "the formula of an analysis begins with ~; what is explained stands in "
                         "\"outcome\"");
        return FP_OK;
    }
    fp_status status = fp_formula_parse(node->text, c->r->arena, &parsed, &at);
    if (status == FP_NOMEM)
        return fp_fail_nomem(c->r->err, strlen(node->text));
    *good = status == FP_OK;
    if (!*good)
        fp_reading_error(c->r, node->line,
                         place_in(node, at.column > 0 ? (size_t)at.column - 1 : 0), at.hint, "%s",
                         at.message);
    return FP_OK;
}

bool fp_protocol_of_answers(fp_str name)
{
    static const char *const names[] = {"wave", "month", "baseline", "person", "arm"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (fp_str_is(name, names[i]))
            return true;
    return false;
}

static fp_status check_formula(const check *c, const fp_node *node, bool answers)
{
    const char *formula = node->text;
    size_t pos = 0;
    fp_str found;
    bool good;
    FP_TRY(parse_formula(c, node, &good));
    if (!good)
        return FP_OK;
    while (fp_protocol_next_variable(formula, &pos, &found)) {
        char name[96], hint[256];
        (void)snprintf(name, sizeof name, "%.*s", FP_STR_ARG(found));
        if (is_factor(c->p, name) || is_constant(name) ||
            (answers && fp_protocol_of_answers(found)) ||
            has_text(c->known.names, c->known.count, name))
            continue;
        fp_nearest_hint(name, c->known.names, c->known.count, hint, sizeof hint);
        if (!hint[0])
            (void)snprintf(hint, sizeof hint, "add it to the columns of coaches or people");
        fp_reading_error(c->r, node->line, place_in(node, (size_t)(found.p - formula)), hint,
                         "the formula uses \"%.80s\", which is no factor and no column", name);
    }
    return FP_OK;
}

static bool formula_has(const char *formula, fp_str name)
{
    size_t pos = 0;
    fp_str found;
    while (fp_protocol_next_variable(formula, &pos, &found))
        if (fp_str_eq(found, name))
            return true;
    return false;
}

/* "ips" or "ips:pa": each of the names stands in the formula. */
static void check_effect(const check *c, const fp_node *node, const char *formula)
{
    const char *effect = node->text;
    for (const char *p = effect; p;) {
        const char *colon = strchr(p, ':');
        fp_str name = {p, colon ? (size_t)(colon - p) : strlen(p)};
        if (!formula_has(formula, name)) {
            fp_reading_error(c->r, node->line, node->column, "name a term of the formula",
                             "the effect \"%.*s\" does not stand in the formula \"%.100s\"",
                             name.n > 80 ? 80 : (int)name.n, name.p, formula);
            return;
        }
        p = colon ? colon + 1 : NULL;
    }
    if (strchr(effect, ':') && !strpbrk(formula, "*:^"))
        fp_reading_error(c->r, node->line, node->column, "write * between the two in the formula",
                         "the effect \"%.80s\" is an interaction, and the formula \"%.100s\" has "
                         "none",
                         effect, formula);
}

static void check_reference(const check *c, const fp_node *node, const char *list, const char *what)
{
    const char *names[64];
    ptrdiff_t count = 0;
    const fp_node *all = at(c, list, NULL);
    for (const fp_node *item = all ? all->first : NULL; item; item = item->next) {
        const fp_node *id = given(item, "id");
        if (!id)
            continue;
        if (!strcmp(id->text, node->text))
            return;
        if (count < 64)
            names[count++] = id->text;
    }
    char hint[128];
    fp_nearest_hint(node->text, names, count, hint, sizeof hint);
    fp_reading_error(c->r, node->line, node->column, hint, "there is no %s \"%.80s\"", what,
                     node->text);
}

/* A subgroup analysis takes what it does not say itself from the analysis it is `of`. */
static void check_subgroup(const check *c, const fp_node *map, fp_analysis_spec *spec)
{
    const fp_node *of = given(map, "of"), *by = given(map, "by");
    if (!of)
        lacks(c, map, "name the analysis that is repeated by subgroup",
              "a subgroup analysis lacks \"of\"");
    if (!by)
        lacks(c, map, "name the column that makes the subgroups",
              "a subgroup analysis lacks \"by\"");
    if (spec->by && !has_text(c->known.names, c->known.count, spec->by))
        unknown_column(c, by, &c->known, "coaches or people", spec->by);
    if (!spec->of)
        return;
    check_reference(c, of, "analysis", "analysis");
    const fp_analysis_spec *main_one = fp_protocol_analysis(c->p, spec->of);
    if (!main_one)
        return;
    if (main_one->role == FP_ROLE_SUBGROUP)
        fp_reading_error(c->r, of->line, of->column, "name the analysis that both repeat",
                         "\"%.80s\" is a subgroup analysis itself", spec->of);
    spec->outcome = spec->outcome ? spec->outcome : main_one->outcome;
    spec->model = spec->model ? spec->model : main_one->model;
    spec->formula = spec->formula ? spec->formula : main_one->formula;
    spec->effect = spec->effect ? spec->effect : main_one->effect;
    spec->small_sample = spec->small_sample ? spec->small_sample : main_one->small_sample;
}

static void check_ordinary(const check *c, const fp_node *map)
{
    static const char *const needed[] = {"outcome", "model", "formula"};
    static const char *const others[] = {"of", "by"};
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if (!given(map, needed[i]))
            fp_reading_error(c->r, map->line, map->column, NULL, "an analysis lacks \"%s\"",
                             needed[i]);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        const fp_node *node = given(map, others[i]);
        if (node)
            fp_reading_error(c->r, node->key_line, node->key_column,
                             "leave it out, or write role: subgroup",
                             "\"%s\" belongs to a subgroup analysis", others[i]);
    }
}

/* A correction for few clusters where there are clusters; cluster() may stand in the formula. */
static void check_small_sample(const check *c, const fp_node *map, const fp_analysis_spec *spec)
{
    const fp_node *node = given(map, "small_sample");
    if (!node || c->p->cluster || !spec->formula || strstr(spec->formula, "cluster("))
        return;
    fp_reading_error(c->r, node->key_line, node->key_column,
                     "leave it out, or name the column of the coach in design.cluster",
                     "\"small_sample\" corrects for few clusters, and the design has none");
}

/* What was expected of the spread between coaches wants coaches. */
static void check_planned(const check *c)
{
    static const char *const of_clusters[] = {"icc", "k", "clusters", "size_cv"};
    const fp_node *node = at(c, "design", "planned");
    for (size_t i = 0; node && !c->p->cluster && i < sizeof of_clusters / sizeof *of_clusters; i++)
        if (given(node, of_clusters[i])) {
            lacks(c, node, "leave it out, or name the column of the coach in \"cluster\"",
                  "\"planned\" is about the spread between clusters, and the design has none");
            return;
        }
}

/* Columns that adjust an effect: known, no factor, and not in the formula already. */
static void check_prognostic(const check *c, const fp_node *list, const fp_analysis_spec *spec)
{
    if (!spec->effect || spec->role == FP_ROLE_SUBGROUP || !is_factor(c->p, spec->effect))
        fp_reading_error(
            c->r, list->key_line, list->key_column,
            "give them to the analysis with the effect of one factor",
            "\"prognostic\" adjusts the effect of a factor, and this analysis has none");
    for (const fp_node *node = list->first; node; node = node->next) {
        if (!node->text[0])
            continue;
        if (is_factor(c->p, node->text) || (c->p->cluster && !strcmp(c->p->cluster, node->text)))
            fp_reading_error(
                c->r, node->line, node->column, "name what is known of people at the start",
                "\"%.80s\" belongs to the design and is no prognostic covariate", node->text);
        else if (!has_text(c->known.names, c->known.count, node->text))
            unknown_column(c, node, &c->known, "coaches or people", node->text);
        else if (spec->formula && formula_has(spec->formula, fp_str_of(node->text)))
            fp_reading_error(c->r, node->line, node->column, "leave it out in one of the two",
                             "\"%.80s\" stands in the formula already", node->text);
    }
}

/* Hazards are of times, means are of answers. */
static void check_model(const check *c, const fp_node *node, const fp_outcome_spec *outcome,
                        const char *model)
{
    static const char *const kinds[] = {[FP_OUTCOME_TIME_TO_EVENT] = "a time-to-event outcome",
                                        [FP_OUTCOME_STATUS_AT] = "a status-at outcome",
                                        [FP_OUTCOME_ANSWER] = "an answer outcome"};
    bool cox = !strcmp(model, "cox");
    fp_outcome_kind wanted = cox ? FP_OUTCOME_TIME_TO_EVENT : FP_OUTCOME_ANSWER;
    if (outcome->kind != wanted)
        fp_reading_error(c->r, node->line, node->column,
                         cox ? "name a time-to-event outcome" : "name an outcome of kind answer",
                         "model %s cannot analyse \"%.80s\", which is %s", model, outcome->id,
                         kinds[outcome->kind]);
}

/* Keys that say nothing to an analysis of answers. */
static void check_answers(const check *c, const fp_node *map, const fp_analysis_spec *spec)
{
    static const char *const others[] = {"prognostic", "margin"};
    const fp_node *role = given(map, "role"), *small = given(map, "small_sample");
    const fp_node *family = given(map, "family");
    bool mixed = spec->model && !strcmp(spec->model, "lmm");
    if (role && (spec->role == FP_ROLE_PRIMARY || spec->role == FP_ROLE_SUBGROUP))
        fp_reading_error(c->r, role->line, role->column, "write secondary or exploratory",
                         "an analysis of answers has the role secondary or exploratory");
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        const fp_node *node = given(map, others[i]);
        if (node)
            fp_reading_error(c->r, node->key_line, node->key_column, "leave it out",
                             "\"%s\" belongs to an analysis with model cox", others[i]);
    }
    if (mixed && small)
        fp_reading_error(c->r, small->key_line, small->key_column, "leave it out",
                         "\"small_sample\" corrects models gee, glm and cox; lmm has degrees of "
                         "freedom by Kenward and Roger");
    if (mixed && family)
        fp_reading_error(c->r, family->key_line, family->key_column, "take model gee or glm",
                         "model lmm is for numbers with normal residuals and takes no \"family\"");
}

static fp_status check_analysis(const check *c, const fp_node *map, fp_analysis_spec *spec)
{
    if (spec->role == FP_ROLE_SUBGROUP)
        check_subgroup(c, map, spec);
    else
        check_ordinary(c, map);
    check_small_sample(c, map, spec);
    const fp_node *outcome = given(map, "outcome"), *formula = given(map, "formula");
    const fp_node *effect = given(map, "effect");
    if (outcome && spec->outcome)
        check_reference(c, outcome, "outcomes", "outcome");
    const fp_outcome_spec *of = spec->outcome ? fp_protocol_outcome(c->p, spec->outcome) : NULL;
    if (outcome && of && spec->model)
        check_model(c, outcome, of, spec->model);
    if (of && of->kind == FP_OUTCOME_ANSWER)
        check_answers(c, map, spec);
    if (effect && spec->effect && spec->formula)
        check_effect(c, effect, spec->formula);
    if (given(map, "prognostic"))
        check_prognostic(c, given(map, "prognostic"), spec);
    return formula && spec->formula ? check_formula(c, formula, of && of->kind == FP_OUTCOME_ANSWER)
                                    : FP_OK;
}

static fp_status check_analyses(const check *c, fp_analysis_spec *analyses)
{
    const fp_node *list = at(c, "analysis", NULL);
    same_id(c, list, "analysis");
    /* Main analyses first: a subgroup takes over what was checked there. */
    for (int subgroups = 0; subgroups < 2; subgroups++) {
        ptrdiff_t i = 0;
        for (const fp_node *node = list ? list->first : NULL; node; node = node->next) {
            if (node->kind != FP_NODE_MAP || node->refused || i >= c->p->analysis_count)
                continue;
            fp_analysis_spec *spec = &analyses[i++];
            if ((spec->role == FP_ROLE_SUBGROUP) == subgroups && given(node, "role"))
                FP_TRY(check_analysis(c, node, spec));
        }
    }
    return FP_OK;
}

fp_status fp_protocol_check(const fp_reading *reading, const fp_node *root, fp_protocol *protocol)
{
    check c = {.r = reading, .root = root, .p = protocol};
    FP_TRY(gather_columns(&c));
    const fp_node *kind = at(&c, "design", "kind");
    if (kind && has_text(fp_design_kinds, 4, kind->text)) {
        check_factors(&c);
        check_cluster(&c);
    }
    check_strata(&c);
    check_planned(&c);
    fp_allocation_check(reading, root, protocol);
    check_sources(&c);
    check_recruitment(&c);
    check_outcomes(&c);
    fp_analysis_spec *analyses;
    FP_ARRAY(analyses, reading->arena, protocol->analysis_count, reading->err);
    if (protocol->analysis_count > 0)
        memcpy(analyses, protocol->analyses, (size_t)protocol->analysis_count * sizeof *analyses);
    protocol->analyses = analyses;
    return check_analyses(&c, analyses);
}
