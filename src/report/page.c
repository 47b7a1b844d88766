/* The page and what its parts have in common. */
#include "report/page_priv.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "report/mustache.h"

void fp_page_fail(fp_page *page, fp_status status, const char *what)
{
    if (page->status == FP_OK)
        page->status = fp_fail(page->err, status, "%s", what);
}

static void out_of_memory(fp_page *page)
{
    fp_page_fail(page, FP_NOMEM, "not enough memory for the report");
}

void fp_page_put(fp_page *page, json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, value) != 0)
        out_of_memory(page);
}

void fp_page_add(fp_page *page, json_t *list, json_t *value)
{
    if (json_array_append_new(list, value) != 0)
        out_of_memory(page);
}

void fp_page_put_text(fp_page *page, json_t *object, const char *key, const char *text)
{
    fp_page_put(page, object, key, json_string(text));
}

const char *fp_page_word(const fp_page *page, const char *message)
{
    return fp_text(page->words, message);
}

static bool partial_of(void *user, fp_str name, fp_str *text)
{
    (void)user;
    return fp_share_template(name, text);
}

/* A message into `out`; false on failure, which then stands in the page. */
static bool fill(fp_page *page, const char *message, const json_t *values, fp_buf *out)
{
    fp_mustache_options options = {.partial = partial_of};
    if (page->status != FP_OK)
        return false;
    page->status = fp_mustache_render("a message", fp_str_of(fp_page_word(page, message)), values,
                                      &options, page->arena, out, page->err);
    return page->status == FP_OK;
}

json_t *fp_page_say(fp_page *page, const char *message, json_t *values)
{
    FP_BUF_SCOPED(out, FP_MIB);
    bool filled = fill(page, message, values, &out);
    json_decref(values);
    return filled ? json_stringn(out.p, out.n) : NULL;
}

const char *fp_page_plain(fp_page *page, const char *message, json_t *values)
{
    FP_BUF_SCOPED(out, FP_MIB);
    bool filled = fill(page, message, values, &out);
    json_decref(values);
    const char *text = filled ? fp_arena_strndup(page->arena, out.p, out.n, page->err) : NULL;
    if (!text)
        out_of_memory(page);
    return text ? text : "";
}

json_t *fp_page_with(fp_page *page, const char *key, const char *text)
{
    json_t *values = json_object();
    fp_page_put_text(page, values, key, text);
    return values;
}

static ptrdiff_t index_of(const fp_page *page, const char *id)
{
    ptrdiff_t low = 0, high = page->results->fact_count;
    while (low < high) {
        ptrdiff_t middle = low + (high - low) / 2;
        int order = strcmp(id, page->by_id[middle]->id);
        if (order == 0)
            return middle;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return -1;
}

FP_PRINTF(2, 0)
static const fp_fact *find(const fp_page *page, const char *format, va_list args)
{
    char id[256];
    (void)vsnprintf(id, sizeof id, format, args);
    ptrdiff_t i = index_of(page, id);
    return i < 0 ? NULL : page->by_id[i];
}

const fp_fact *fp_page_fact(fp_page *page, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const fp_fact *fact = find(page, format, args);
    va_end(args);
    return fact;
}

bool fp_page_known(fp_page *page, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const fp_fact *fact = find(page, format, args);
    va_end(args);
    return fact && !isnan(fact->value);
}

json_t *fp_page_number_of(fp_page *page, const fp_fact *fact)
{
    char text[64];
    fp_fact_text(fact, page->style, text);
    ptrdiff_t i = index_of(page, fact->id);
    if (i >= 0)
        page->printed[i] = true;
    return json_pack("{s:s, s:s}", "id", fact->id, "text", text);
}

json_t *fp_page_number(fp_page *page, const char *format, ...)
{
    char id[256], what[320];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(id, sizeof id, format, args);
    va_end(args);
    ptrdiff_t i = index_of(page, id);
    if (i >= 0)
        return fp_page_number_of(page, page->by_id[i]);
    (void)snprintf(what, sizeof what, "the report needs the number %s, which is not there", id);
    fp_page_fail(page, FP_INTERNAL, what);
    return NULL;
}

const char *fp_page_setting(fp_page *page, double value, int digits)
{
    char text[64];
    fp_num_format(value, digits, page->style, text, sizeof text);
    const char *copy = fp_arena_strdup(page->arena, text, page->err);
    if (!copy)
        out_of_memory(page);
    return copy ? copy : "";
}

const char *fp_page_outcome_id(const fp_page *page)
{
    return page->plan->outcomes[page->results->primary].id;
}

int fp_page_horizon(const fp_page *page)
{
    return page->plan->outcomes[page->results->primary].follow_up;
}
