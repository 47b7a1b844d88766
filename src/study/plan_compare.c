/* How two copies of the plan differ, and since when. */
#include <string.h>

#include "study/plan.h"
#include "study/results_priv.h"

const char *fp_deviation_key(fp_deviation_kind kind)
{
    static const char *const keys[] = {
#define X(name, key) [FP_DEVIATION_##name] = (key),
        FP_DEVIATION_MAP(X)
#undef X
    };
    return keys[kind];
}

/* ---- fields -------------------------------------------------------------------------------- */

static const fp_plan_field *find(const fp_plan_copy *copy, const char *path)
{
    ptrdiff_t low = 0, high = copy->count;
    while (low < high) {
        ptrdiff_t middle = low + (high - low) / 2;
        int order = strcmp(path, copy->fields[middle].path);
        if (order == 0)
            return &copy->fields[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

static bool ends_in(const char *path, const char *end)
{
    size_t n = strlen(path), m = strlen(end);
    return n >= m && strcmp(path + n - m, end) == 0;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Equal but for white space; `n`, `m` bytes. */
static bool same_words(const char *a, size_t n, const char *b, size_t m)
{
    for (size_t i = 0, j = 0;;) {
        while (i < n && is_space(a[i]))
            i++;
        while (j < m && is_space(b[j]))
            j++;
        if (i == n || j == m)
            return i == n && j == m;
        if (a[i++] != b[j++])
            return false;
    }
}

static bool same_field(const fp_plan_field *a, const fp_plan_field *b)
{
    if (!a || !b)
        return !a && !b;
    bool loose = ends_in(a->path, ".formula") || ends_in(a->path, ".effect");
    bool same = a->count == b->count;
    for (ptrdiff_t i = 0; same && i < a->count; i++)
        same = loose ? same_words(a->text[i], strlen(a->text[i]), b->text[i], strlen(b->text[i]))
                     : strcmp(a->text[i], b->text[i]) == 0;
    return same;
}

static bool lists(const fp_plan_field *field, const char *id, size_t n)
{
    for (ptrdiff_t i = 0; field && i < field->count; i++)
        if (strlen(field->text[i]) == n && strncmp(field->text[i], id, n) == 0)
            return true;
    return false;
}

/* ---- what kind of difference ----------------------------------------------------------------- */

static const char *after_tilde(const char *formula)
{
    const char *tilde = strchr(formula, '~');
    return tilde ? tilde + 1 : formula;
}

/* The next term of a sum, up to a + outside brackets; false at the end. */
static bool next_term(const char **rest, fp_str *term)
{
    const char *p = *rest;
    size_t n = 0;
    if (!*p)
        return false;
    for (int depth = 0; p[n] && (p[n] != '+' || depth > 0); n++)
        depth += p[n] == '(' ? 1 : p[n] == ')' ? -1 : 0;
    *term = (fp_str){p, n};
    *rest = p + n + (p[n] == '+');
    return true;
}

static bool has_term(const char *formula, fp_str wanted)
{
    fp_str term;
    for (const char *rest = after_tilde(formula); next_term(&rest, &term);)
        if (same_words(term.p, term.n, wanted.p, wanted.n))
            return true;
    return false;
}

/* Whether every term of `a` that `b` lacks is free of factors. */
static bool lacks_no_factor(const char *a, const char *b, const fp_plan_field *factors)
{
    fp_str term;
    for (const char *rest = after_tilde(a); next_term(&rest, &term);) {
        char text[512];
        if (has_term(b, term))
            continue;
        if (term.n >= sizeof text)
            return false;
        memcpy(text, term.p, term.n);
        text[term.n] = '\0';
        for (ptrdiff_t f = 0; factors && f < factors->count; f++)
            if (fp_formula_names(text, factors->text[f]))
                return false;
    }
    return true;
}

static fp_deviation_kind kind_of_analysis(const char *path, const fp_plan_field *planned,
                                          const fp_plan_field *now, const fp_plan_field *factors)
{
    static const char *const models[] = {".model", ".family", ".link", ".corstr", ".ties"};
    if (ends_in(path, ".formula")) {
        bool covariates = planned && now &&
                          lacks_no_factor(planned->text[0], now->text[0], factors) &&
                          lacks_no_factor(now->text[0], planned->text[0], factors);
        return covariates ? FP_DEVIATION_COVARIATES : FP_DEVIATION_FORMULA;
    }
    if (ends_in(path, ".prognostic"))
        return FP_DEVIATION_COVARIATES;
    if (ends_in(path, ".effect"))
        return FP_DEVIATION_EFFECT;
    if (strstr(path, "small_sample"))
        return FP_DEVIATION_SMALL_SAMPLE;
    if (strstr(path, ".prognostic"))
        return FP_DEVIATION_COVARIATES;
    for (size_t i = 0; i < sizeof models / sizeof *models; i++)
        if (ends_in(path, models[i]))
            return FP_DEVIATION_MODEL;
    return FP_DEVIATION_ANALYSIS;
}

static bool begins(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

static fp_deviation_kind kind_of(const char *path, const fp_plan_field *planned,
                                 const fp_plan_field *now, const fp_plan_field *factors)
{
    if (begins(path, "analysis"))
        return kind_of_analysis(path, planned, now, factors);
    if (strstr(path, "small_sample"))
        return FP_DEVIATION_SMALL_SAMPLE;
    if (begins(path, "outcomes.") && strstr(path, ".rule."))
        return FP_DEVIATION_RULE;
    if (begins(path, "design") || begins(path, "study") || strstr(path, ".planned."))
        return FP_DEVIATION_DESIGN;
    return FP_DEVIATION_POPULATION;
}

/* ---- the list ------------------------------------------------------------------------------ */

typedef struct {
    const fp_plan_copy *planned, *now;
    const fp_plan_field *factors;
    const fp_plan_state *state;
    fp_arena *arena;
    fp_deviation *list;
    ptrdiff_t count;
    fp_err *err;
} comparison;

/* The first lock after the base from which on all say what is said now. */
static const fp_plan_lock *since(const comparison *c, const char *path)
{
    const fp_plan_field *now = find(c->now, path);
    const fp_plan_lock *found = NULL;
    for (ptrdiff_t i = c->state->lock_count - 1; i >= 0; i--) {
        const fp_plan_lock *lock = &c->state->locks[i];
        if (lock == c->state->base || !same_field(find(&lock->copy, path), now))
            break;
        found = lock;
    }
    return found;
}

static fp_status text_of(const comparison *c, const fp_plan_field *field, const char **out)
{
    *out = NULL;
    if (field && !(*out = fp_plan_text(field, c->arena, c->err)))
        return FP_NOMEM;
    return FP_OK;
}

static fp_status add(comparison *c, fp_deviation_kind kind, const char *path,
                     const fp_plan_field *planned, const fp_plan_field *now, const char *key)
{
    fp_deviation d = {.kind = kind, .what = path, .since = since(c, key)};
    FP_TRY(text_of(c, planned, &d.planned));
    FP_TRY(text_of(c, now, &d.now));
    c->list[c->count++] = d;
    return FP_OK;
}

/* An element of a list of maps that only one of the two has: said once, with its formula or its
 * kind. */
static fp_status add_element(comparison *c, const char *list, const char *id, bool added)
{
    const fp_plan_copy *copy = added ? c->now : c->planned;
    bool analysis = strcmp(list, "analysis") == 0;
    const char *path = fp_arena_printf(c->arena, c->err, "%s.%s", list, id);
    const char *key = path ? fp_arena_printf(c->arena, c->err, "%s.id", path) : NULL;
    if (!key)
        return FP_NOMEM;
    static const char *const shown[] = {"formula", "by", "kind", "id"};
    const fp_plan_field *field = NULL;
    for (size_t i = 0; i < sizeof shown / sizeof *shown && !field; i++) {
        const char *name = fp_arena_printf(c->arena, c->err, "%s.%s", path, shown[i]);
        if (!name)
            return FP_NOMEM;
        field = find(copy, name);
    }
    fp_deviation_kind kind = !analysis ? FP_DEVIATION_POPULATION
                             : added   ? FP_DEVIATION_ADDED
                                       : FP_DEVIATION_REMOVED;
    return add(c, kind, path, added ? NULL : field, added ? field : NULL, key);
}

/* A list of ids: what came, what went, and the order of those that stayed. */
static fp_status compare_ids(comparison *c, const char *path, const fp_plan_field *planned,
                             const fp_plan_field *now)
{
    for (ptrdiff_t i = 0; planned && i < planned->count; i++)
        if (!lists(now, planned->text[i], strlen(planned->text[i])))
            FP_TRY(add_element(c, path, planned->text[i], false));
    for (ptrdiff_t i = 0; now && i < now->count; i++)
        if (!lists(planned, now->text[i], strlen(now->text[i])))
            FP_TRY(add_element(c, path, now->text[i], true));
    bool moved = false;
    ptrdiff_t j = 0;
    for (ptrdiff_t i = 0; planned && now && i < planned->count; i++) {
        if (!lists(now, planned->text[i], strlen(planned->text[i])))
            continue;
        while (j < now->count && !lists(planned, now->text[j], strlen(now->text[j])))
            j++;
        moved = moved || strcmp(planned->text[i], now->text[j++]) != 0;
    }
    return moved ? add(c, kind_of(path, planned, now, c->factors), path, planned, now, path)
                 : FP_OK;
}

/* Whether the path lies in an element that only one of the two has. */
static bool in_lone_element(const comparison *c, const char *path)
{
    static const char *const names[] = {"analysis", "outcomes"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t n = strlen(names[i]);
        if (strncmp(path, names[i], n) != 0 || path[n] != '.')
            continue;
        const char *id = path + n + 1;
        size_t m = strcspn(id, ".");
        return !lists(find(c->planned, names[i]), id, m) || !lists(find(c->now, names[i]), id, m);
    }
    return false;
}

static fp_status compare_field(comparison *c, const char *path, const fp_plan_field *planned,
                               const fp_plan_field *now)
{
    if (same_field(planned, now) || (!planned && now && !now->written))
        return FP_OK;
    if (strcmp(path, "analysis") == 0 || strcmp(path, "outcomes") == 0)
        return compare_ids(c, path, planned, now);
    if (in_lone_element(c, path))
        return FP_OK;
    return add(c, kind_of(path, planned, now, c->factors), path, planned, now, path);
}

/* Both lists side by side, in the order of the path. */
static fp_status compare_all(comparison *c)
{
    const fp_plan_field *a = c->planned->fields, *b = c->now->fields;
    const fp_plan_field *a_end = a + c->planned->count, *b_end = b + c->now->count;
    while (a < a_end || b < b_end) {
        int order = a == a_end ? 1 : b == b_end ? -1 : strcmp(a->path, b->path);
        if (order < 0)
            FP_TRY(compare_field(c, a->path, a, NULL));
        else
            FP_TRY(compare_field(c, b->path, order ? NULL : a, b));
        a += order <= 0;
        b += order >= 0;
    }
    return FP_OK;
}

/* The plan was locked only after outcomes had been imported. */
static fp_status compare_dates(comparison *c)
{
    const fp_plan_state *s = c->state;
    if (s->before_outcomes)
        return FP_OK;
    const char *now = fp_arena_printf(
        c->arena, c->err, "episodes imported %.10s (event %lld), plan locked %.10s (event %lld)",
        s->outcomes_at ? s->outcomes_at : "", (long long)s->outcomes_import, s->base->at_utc,
        (long long)s->base->seq);
    if (!now)
        return FP_NOMEM;
    c->list[c->count++] = (fp_deviation){.kind = FP_DEVIATION_DATES,
                                         .what = "order of dates",
                                         .planned = "plan locked before outcomes are seen",
                                         .now = now,
                                         .since = s->base};
    return FP_OK;
}

fp_status fp_plan_compare(const fp_plan_copy *now, fp_arena *arena, fp_plan_state *state,
                          fp_err *err)
{
    state->base = state->lock_count ? &state->locks[0] : NULL;
    for (ptrdiff_t i = 0; i < state->lock_count; i++)
        if (state->locks[i].outcomes_import == 0)
            state->base = &state->locks[i];
    state->before_outcomes = state->base && state->base->outcomes_import == 0;
    if (!state->base)
        return FP_OK;
    comparison c = {.planned = &state->base->copy,
                    .now = now,
                    .factors = find(&state->base->copy, "design.factors"),
                    .state = state,
                    .arena = arena,
                    .err = err};
    FP_ARRAY(c.list, arena, c.planned->count + now->count + 1, err);
    FP_TRY(compare_dates(&c));
    FP_TRY(compare_all(&c));
    state->deviations = c.list;
    state->deviation_count = c.count;
    return FP_OK;
}
