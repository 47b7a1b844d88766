/* A small checker for the HTML that the templates write; no parser for any other. */
#include "html.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define MOST_OPEN 64
#define MOST_IDS  4000
#define MOST_REFS 2000

typedef struct {
    fp_str html;
    size_t at;
    bool served; /* a page of the workbench: links within the server, style sheets, forms */
    fp_str open[MOST_OPEN];
    int depth;
    fp_str ids[MOST_IDS];
    int id_count;
    fp_str refs[MOST_REFS]; /* ids that other elements name */
    int ref_count;
    int heading;
} page;

static bool is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == ':' || c == '_';
}

static char here(const page *p)
{
    return p->at < p->html.n ? p->html.p[p->at] : '\0';
}

static fp_str name_at(page *p)
{
    size_t from = p->at;
    while (is_name(here(p)))
        p->at++;
    return (fp_str){p->html.p + from, p->at - from};
}

static void check_entity(const char *at)
{
    static const char *const known[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;", "&apos;"};
    bool found = false;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        found = found || strncmp(at, known[i], strlen(known[i])) == 0;
    ck_assert_msg(found, "a bare & in the page: %.40s", at);
}

static void add_ref(page *p, fp_str id)
{
    ck_assert_int_lt(p->ref_count, MOST_REFS);
    p->refs[p->ref_count++] = id;
}

/* A list of ids between spaces. */
static void add_refs(page *p, fp_str ids)
{
    while (ids.n) {
        const char *space = memchr(ids.p, ' ', ids.n);
        size_t n = space ? (size_t)(space - ids.p) : ids.n;
        add_ref(p, (fp_str){ids.p, n});
        ids = (fp_str){ids.p + n + (space ? 1 : 0), ids.n - n - (space ? 1 : 0)};
    }
}

static void check_link(page *p, fp_str value)
{
    bool here_in = value.n && value.p[0] == '#';
    bool own = p->served && value.n && value.p[0] == '/' && (value.n < 2 || value.p[1] != '/');
    ck_assert_msg(here_in || own, "a link outside: %.*s", FP_STR_ARG(value));
    if (here_in)
        add_ref(p, (fp_str){value.p + 1, value.n - 1});
}

static void check_attribute(page *p, fp_str name, fp_str value)
{
    ck_assert_msg(!(p->served && fp_str_is(name, "style")), "an inline style: %.*s",
                  FP_STR_ARG(value));
    if (fp_str_is(name, "for") || fp_str_is(name, "aria-describedby") ||
        fp_str_is(name, "aria-labelledby"))
        add_refs(p, value);
    ck_assert_msg(!(name.n > 2 && name.p[0] == 'o' && name.p[1] == 'n'), "an inline event: %.*s",
                  FP_STR_ARG(name));
    ck_assert_msg(!fp_str_is(name, "src"), "something from outside: %.*s", FP_STR_ARG(value));
    if (fp_str_is(name, "href") || fp_str_is(name, "action"))
        check_link(p, value);
    for (size_t i = 0; i < value.n; i++) {
        ck_assert_msg(value.p[i] != '<', "a bare < in an attribute: %.*s", FP_STR_ARG(value));
        if (value.p[i] == '&')
            check_entity(value.p + i);
    }
    if (!fp_str_is(name, "id"))
        return;
    for (int i = 0; i < p->id_count; i++)
        ck_assert_msg(!fp_str_eq(p->ids[i], value), "the id %.*s twice", FP_STR_ARG(value));
    ck_assert_int_lt(p->id_count, MOST_IDS);
    p->ids[p->id_count++] = value;
}

static void skip_space(page *p)
{
    while (here(p) == ' ' || here(p) == '\n')
        p->at++;
}

static bool is_one_of(fp_str name, const char *const *names)
{
    while (*names && !fp_str_is(name, *names))
        names++;
    return *names != NULL;
}

/* An attribute that is there or not. */
static bool is_switch(fp_str name)
{
    static const char *const names[] = {"checked", "selected", "novalidate", "disabled", NULL};
    return is_one_of(name, names);
}

/* An element without content and end tag. */
static bool is_void(const page *p, fp_str name)
{
    static const char *const names[] = {"meta", "br", "input", "link", "hr", NULL};
    return is_one_of(name, names) && (p->served || name.n < 5);
}

/* The attributes up to > or />; gives whether the element closes itself. */
static bool attributes(page *p)
{
    for (;;) {
        skip_space(p);
        if (here(p) == '>') {
            p->at++;
            return false;
        }
        if (here(p) == '/') {
            p->at += 2;
            ck_assert_int_eq(p->html.p[p->at - 1], '>');
            return true;
        }
        fp_str name = name_at(p);
        ck_assert_msg(name.n > 0, "a broken tag: %.60s", p->html.p + p->at);
        if (p->served && is_switch(name) && here(p) != '=')
            continue;
        ck_assert_msg(here(p) == '=' && p->html.p[p->at + 1] == '"', "%.*s without a value",
                      FP_STR_ARG(name));
        p->at += 2;
        size_t from = p->at;
        while (p->at < p->html.n && here(p) != '"')
            p->at++;
        check_attribute(p, name, (fp_str){p->html.p + from, p->at - from});
        p->at++;
    }
}

static void check_heading(page *p, fp_str name)
{
    if (name.n != 2 || name.p[0] != 'h' || name.p[1] < '1' || name.p[1] > '6')
        return;
    int level = name.p[1] - '0';
    ck_assert_msg(level <= p->heading + 1, "a heading h%d after h%d", level, p->heading);
    p->heading = level;
}

static void open_element(page *p)
{
    fp_str name = name_at(p);
    ck_assert_msg(!fp_str_is(name, "script"), "a script");
    ck_assert_msg((p->served || !fp_str_is(name, "link")) && !fp_str_is(name, "iframe"),
                  "something from outside");
    check_heading(p, name);
    if (attributes(p) || is_void(p, name))
        return;
    ck_assert_int_lt(p->depth, MOST_OPEN);
    p->open[p->depth++] = name;
    if (!fp_str_is(name, "style"))
        return;
    const char *end = strstr(p->html.p + p->at, "</style>");
    ck_assert_ptr_nonnull(end);
    p->at = (size_t)(end - p->html.p);
}

static void close_element(page *p)
{
    p->at += 2;
    fp_str name = name_at(p);
    ck_assert_msg(p->depth > 0 && fp_str_eq(p->open[p->depth - 1], name),
                  "</%.*s> where <%.*s> is open", FP_STR_ARG(name),
                  FP_STR_ARG(p->open[p->depth > 0 ? p->depth - 1 : 0]));
    p->depth--;
    ck_assert_int_eq(here(p), '>');
    p->at++;
}

static void check_refs(const page *p)
{
    for (int r = 0; r < p->ref_count; r++) {
        bool found = false;
        for (int i = 0; i < p->id_count; i++)
            found = found || fp_str_eq(p->refs[r], p->ids[i]);
        ck_assert_msg(found, "nothing has the id \"%.*s\"", FP_STR_ARG(p->refs[r]));
    }
}

static void check(fp_str html, bool served)
{
    static const char start[] = "<!DOCTYPE html>\n";
    page *p = calloc(1, sizeof *p);
    ck_assert_ptr_nonnull(p);
    ck_assert_msg(fp_str_utf8(html), "not UTF-8");
    ck_assert_int_eq(strncmp(html.p, start, strlen(start)), 0);
    p->html = html;
    p->served = served;
    p->at = strlen(start);
    while (p->at < html.n) {
        if (here(p) == '<' && html.p[p->at + 1] == '/')
            close_element(p);
        else if (here(p) == '<') {
            p->at++;
            open_element(p);
        } else {
            if (here(p) == '&')
                check_entity(html.p + p->at);
            p->at++;
        }
    }
    ck_assert_msg(p->depth == 0, "<%.*s> is not closed",
                  FP_STR_ARG(p->open[p->depth > 0 ? p->depth - 1 : 0]));
    ck_assert_msg(served || strstr(html.p, "{{") == NULL, /* somebody may have typed one */
                  "a tag of the templates is left: %.60s", strstr(html.p, "{{"));
    check_refs(p);
    free(p);
}

void check_html(fp_str html)
{
    check(html, false);
}

void check_served_html(fp_str html)
{
    check(html, true);
}

void plain_text(fp_str html, fp_buf *out)
{
    bool space = false;
    for (size_t i = 0; i < html.n; i++) {
        if (html.n - i > 7 && strncmp(html.p + i, "<style>", 7) == 0)
            i = (size_t)(strstr(html.p + i, "</style>") - html.p);
        if (html.p[i] == '<') {
            while (i < html.n && html.p[i] != '>')
                i++;
            continue; /* inline elements do not part words */
        }
        char c = html.p[i] >= 'A' && html.p[i] <= 'Z' ? (char)(html.p[i] + 32) : html.p[i];
        if (c == ' ' || c == '\n') {
            space = true;
            continue;
        }
        if (space)
            fp_buf_put_char(out, ' ');
        space = false;
        fp_buf_put_char(out, c);
    }
}
