/* What groups, columns and reasons are called in the language of the report. */
#include "report/page_priv.h"

#include <string.h>

const char *fp_page_factor(fp_page *page, ptrdiff_t factor)
{
    const char *name = page->plan->factors[factor].name;
    if (strcmp(name, "ips") == 0)
        return "IPS";
    return strcmp(name, "pa") == 0 ? "PA" : name;
}

static bool is_with_without(const fp_factor *factor)
{
    return factor->level_count == 2 && strcmp(factor->levels[0], "without") == 0 &&
           strcmp(factor->levels[1], "with") == 0;
}

const char *fp_page_level(fp_page *page, ptrdiff_t factor, int level)
{
    const fp_factor *f = &page->plan->factors[factor];
    const char *name = fp_page_factor(page, factor);
    if (is_with_without(f) || strcmp(f->levels[level], "without") == 0)
        return fp_page_plain(page, level ? FP_MSG("with {{{name}}}") : FP_MSG("without {{{name}}}"),
                             fp_page_with(page, "name", name));
    return fp_page_plain(
        page, FP_MSG("{{{name}}}: {{{level}}}"),
        json_pack("{s:s, s:s}", "name", name, "level", fp_page_value(page, f->levels[level])));
}

const char *fp_page_with_without(fp_page *page, ptrdiff_t factor)
{
    return fp_page_plain(page,
                         is_with_without(&page->plan->factors[factor])
                             ? FP_MSG("With and without {{{name}}}")
                             : FP_MSG("By {{{name}}}"),
                         fp_page_with(page, "name", fp_page_factor(page, factor)));
}

/* The level of each factor: "with IPS, dose: high". */
static const char *arm_by_levels(fp_page *page, ptrdiff_t arm)
{
    const fp_protocol *plan = page->plan;
    FP_BUF_SCOPED(name, 4096);
    for (ptrdiff_t f = 0, rest = arm; f < plan->factor_count; f++) {
        fp_buf_put(&name, f ? ", " : "");
        fp_buf_put(&name, fp_page_level(page, f, (int)(rest % plan->factors[f].level_count)));
        rest /= plan->factors[f].level_count;
    }
    const char *copy = name.p ? fp_arena_strndup(page->arena, name.p, name.n, page->err) : NULL;
    if (!copy)
        fp_page_fail(page, FP_NOMEM, "not enough memory for the report");
    return copy ? copy : "";
}

/* Arms of factors that are with or without: what somebody gets, "usual guidance" for nothing. */
const char *fp_page_arm(fp_page *page, ptrdiff_t arm)
{
    const fp_protocol *plan = page->plan;
    FP_BUF_SCOPED(name, 4096);
    ptrdiff_t rest = arm;
    for (ptrdiff_t f = 0; f < plan->factor_count; f++) {
        ptrdiff_t level = rest % plan->factors[f].level_count;
        rest /= plan->factors[f].level_count;
        if (!is_with_without(&plan->factors[f]))
            return arm_by_levels(page, arm);
        if (level) {
            fp_buf_put(&name, name.n ? "+" : "");
            fp_buf_put(&name, fp_page_factor(page, f));
        }
    }
    if (name.n == 0)
        return fp_page_word(page, FP_MSG("usual guidance"));
    const char *copy = fp_arena_strndup(page->arena, name.p, name.n, page->err);
    if (!copy)
        fp_page_fail(page, FP_NOMEM, "not enough memory for the report");
    return copy ? copy : "";
}

/* A name that people chose: the catalogue's word for it where it has one (ids "column:age"),
 * otherwise as written, with spaces for underscores. */
static const char *chosen(fp_page *page, const char *prefix, const char *name)
{
    char *id = fp_arena_printf(page->arena, page->err, "%s:%s", prefix, name);
    char *copy = fp_arena_strdup(page->arena, name, page->err);
    if (!id || !copy) {
        fp_page_fail(page, FP_NOMEM, "not enough memory for the report");
        return "";
    }
    if (fp_catalog_has(page->words, id))
        return fp_page_word(page, id);
    for (char *c = copy; *c; c++)
        *c = *c == '_' ? ' ' : *c;
    return copy;
}

const char *fp_page_column(fp_page *page, const char *column)
{
    return chosen(page, "column", column);
}

const char *fp_page_value(fp_page *page, const char *value)
{
    return chosen(page, "value", value);
}

const char *fp_page_reason(fp_page *page, const char *reason)
{
    return chosen(page, "reason", reason);
}

const char *fp_page_repair(fp_page *page, fp_repair repair)
{
    return fp_page_word(page, fp_repair_words(repair));
}

const char *fp_page_group(fp_page *page, const fp_group *group)
{
    if (group->arm >= 0)
        return fp_page_arm(page, group->arm);
    const char *level =
        group->factor >= 0 ? fp_page_level(page, group->factor, group->level) : NULL;
    if (!group->column)
        return level ? level : fp_page_word(page, FP_MSG("everybody"));
    const char *column = fp_page_column(page, group->column);
    const char *value = fp_page_value(page, group->value);
    if (level)
        return fp_page_plain(
            page, FP_MSG("{{{column}}} {{{value}}}, {{{level}}}"),
            json_pack("{s:s, s:s, s:s}", "column", column, "value", value, "level", level));
    return fp_page_plain(page, FP_MSG("{{{column}}}: {{{value}}}"),
                         json_pack("{s:s, s:s}", "column", column, "value", value));
}

const char *fp_page_list(fp_page *page, const char *const *names, ptrdiff_t count)
{
    FP_BUF_SCOPED(list, FP_MIB);
    const char *between = ", ";
    for (ptrdiff_t i = 0; i < count; i++)
        between = strchr(names[i], ',') ? "; " : between;
    for (ptrdiff_t i = 0; i < count; i++) {
        if (i && i == count - 1)
            fp_buf_printf(&list, " %s ", fp_page_word(page, FP_MSG("and")));
        else if (i)
            fp_buf_put(&list, between);
        fp_buf_put(&list, names[i]);
    }
    const char *copy = fp_arena_strndup(page->arena, list.p, list.n, page->err);
    if (!copy)
        fp_page_fail(page, FP_NOMEM, "not enough memory for the report");
    return copy ? copy : "";
}

const char *fp_page_correction(const char *method)
{
    static const char *const names[][2] = {{"md", "Mancl-DeRouen"},
                                           {"kc", "Kauermann-Carroll"},
                                           {"fg", "Fay-Graubard"},
                                           {"mbn", "Morel-Bokossa-Neerchal"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i][0], method) == 0)
            return names[i][1];
    return method;
}

const char *fp_page_corrections(fp_page *page)
{
    enum { MOST = 4 };
    const char *used[MOST];
    ptrdiff_t count = 0;
    for (ptrdiff_t e = 0; e < page->results->effect_count; e++) {
        const char *method = page->results->effects[e].margin.small_sample;
        bool seen = !method;
        for (ptrdiff_t i = 0; i < count && !seen; i++)
            seen = strcmp(used[i], fp_page_correction(method)) == 0;
        if (!seen && count < MOST)
            used[count++] = fp_page_correction(method);
    }
    return fp_page_list(page, used, count);
}
