/* From a template and a context to an answer. */
#include "web/page_priv.h"

#include <string.h>

#include "base/embedded.h"
#include "web/route.h"
#include "web/web_priv.h"

extern const fp_embedded fp_web_templates[];
extern const ptrdiff_t fp_web_templates_count;
extern const unsigned char fp_web_words_nl[];
extern const size_t fp_web_words_nl_size;

struct fp_pages {
    const fp_catalog *words[2]; /* en (NULL), nl */
    const fp_templates *templates[2];
    char style[17];
};

/* ---- Templates ---- */

typedef struct {
    const fp_catalog *words;
    fp_arena *arena;
    bool failed;
} translator;

/* {{#t}}Message{{/t}}: the message in the language of the set. */
static bool translate(void *user, fp_str name, fp_str text, fp_str *replacement)
{
    translator *t = user;
    if (!fp_str_is(name, "t"))
        return false;
    char *id = fp_str_dup(t->arena, text, NULL);
    t->failed = t->failed || !id;
    *replacement = id ? fp_str_of(fp_text(t->words, id)) : text;
    return true;
}

static fp_status open_language(fp_pages *pages, int language, const fp_template *items,
                               fp_arena *arena, fp_err *err)
{
    translator t = {pages->words[language], arena, false};
    fp_mustache_options options = {.lambda = translate, .user = &t};
    FP_TRY(fp_templates_open(items, fp_web_templates_count, &options, arena,
                             &pages->templates[language], err));
    return t.failed ? fp_fail(err, FP_NOMEM, "not enough memory for the pages") : FP_OK;
}

fp_status fp_pages_open(fp_arena *arena, const fp_pages **out, fp_err *err)
{
    fp_pages *pages;
    fp_template *items;
    FP_ARRAY(pages, arena, 1, err);
    FP_ARRAY(items, arena, fp_web_templates_count, err);
    for (ptrdiff_t i = 0; i < fp_web_templates_count; i++)
        items[i] = (fp_template){
            fp_web_templates[i].name,
            {(const char *)fp_web_templates[i].bytes, *fp_web_templates[i].size},
        };
    FP_TRY(fp_catalog_open(fp_web_words_nl, fp_web_words_nl_size, arena, &pages->words[1], err));
    for (int language = 0; language < 2; language++)
        FP_TRY(open_language(pages, language, items, arena, err));
    fp_style_hash(pages->style);
    *out = pages;
    return FP_OK;
}

const fp_catalog *fp_pages_words(const fp_pages *pages, const char *language)
{
    return pages->words[strcmp(language, "nl") == 0];
}

/* ---- A page ---- */

/* What every page has; the content is rendered last. */
static fp_status describe(fp_exchange *x, json_t *context, json_t *page, const char *title,
                          fp_err *err)
{
    const char *text = "";
    FP_TRY(fp_word_with(x, title, json_incref(context), &text, err));
    fp_put_text(page, "title", text);
    fp_put_text(page, "language", x->language);
    fp_put_text(page, "csrf", x->session.csrf);
    fp_put_str(page, "path", x->request->path);
    fp_put_text(page, "study", x->web->title);
    fp_put_text(page, "style", x->web->pages->style);
    (void)json_object_set(page, "back", json_object_get(context, "back"));
    json_t *problems = fp_form_problems(context);
    (void)json_object_set_new(page, "wrong", json_boolean(json_array_size(problems) > 0));
    (void)json_object_set_new(page, "problems", problems);
    fp_menu_put(x, page);
    const char *said = fp_exchange_to_say(x);
    if (!said[0])
        return FP_OK;
    fp_put_word(x, page, "said", said);
    return fp_exchange_said(x, err);
}

static fp_status render(fp_exchange *x, const char *template, json_t *context, json_t *page,
                        fp_err *err)
{
    const fp_templates *set = x->web->pages->templates[strcmp(x->language, "nl") == 0];
    FP_BUF_SCOPED(content, 16 * FP_MIB);
    FP_TRY(fp_templates_render(set, template, context, x->arena, &content, err));
    if (json_object_set_new(page, "content", json_stringn(content.p, content.n)) != 0)
        return fp_fail(err, FP_NOMEM, "not enough memory for a page");
    x->response->type = "text/html; charset=utf-8";
    return fp_templates_render(set, "layout", context, x->arena, &x->response->body, err);
}

fp_status fp_page(fp_exchange *x, const char *template, const char *title, json_t *context,
                  fp_err *err)
{
    FP_JSON_SCOPED(empty);
    FP_JSON_SCOPED(page);
    json_t *root = context ? context : empty;
    fp_status status = FP_NOMEM;
    if (json_object_set(root, "page", page) == 0)
        status = describe(x, root, page, title, err);
    if (status == FP_OK)
        status = render(x, template, root, page, err);
    if (status == FP_OK && !x->response->status)
        x->response->status = x->form.problems ? 422 : 200;
    return status;
}

/* ---- What went wrong ---- */

/* The words of a status: what happened, and what to do. */
static const struct {
    int status;
    const char *title, *advice;
} statuses[] = {
    {400, FP_MSG("This request is not right"), FP_MSG("Go back, open the page again and retry.")},
    {403, FP_MSG("You may not do this"),
     FP_MSG("Your account has no right to this page. Do you need it for your work? Ask the "
            "administrator.")},
    {404, FP_MSG("This page is not here"),
     FP_MSG("The address may be wrong, or the page is not there for your account.")},
    {405, FP_MSG("This page cannot be used like that"),
     FP_MSG("Go back and use the buttons on the page.")},
    {409, FP_MSG("Somebody was before you"),
     FP_MSG("Open the page again: you then see what has changed.")},
    {413, FP_MSG("This is too large"), FP_MSG("Send less text at a time. Nothing was saved.")},
    {414, FP_MSG("This address is too long"), FP_MSG("Go to the start and find the page there.")},
    {422, FP_MSG("Something is not filled in right"),
     FP_MSG("Go back and check what you filled in. Nothing was saved.")},
    {429, FP_MSG("Too many attempts"), FP_MSG("Wait a while and try again.")},
    {431, FP_MSG("Your browser sent too much"),
     FP_MSG("Remove the cookies of this site and try again.")},
    {503, FP_MSG("This does not work for the moment"),
     FP_MSG("Wait a minute and try again. Nothing was saved.")},
    {507, FP_MSG("There is no room left to save"),
     FP_MSG("Nothing was saved. Tell the administrator that the disk or the memory is full.")},
    {500, FP_MSG("Something went wrong here"),
     FP_MSG("It is not your doing. Nothing was saved. Try again; if it stays, tell the "
            "administrator at what time it happened.")},
};

fp_status fp_page_error(fp_exchange *x, int status, const char *detail, fp_err *err)
{
    size_t i = 0;
    while (statuses[i].status != status && i + 1 < sizeof statuses / sizeof *statuses)
        i++;
    FP_JSON_SCOPED(context);
    fp_put_word(x, context, "detail", detail);
    fp_put_word(x, context, "advice", statuses[i].advice);
    x->response->status = status;
    return fp_page(x, "problem", statuses[i].title, context, err);
}
