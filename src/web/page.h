#ifndef FP_WEB_PAGE_H
#define FP_WEB_PAGE_H

#include <jansson.h>

#include "report/mustache.h"
#include "web/words.h"

/* Pages: a template of share/templates/web and a context, set in the layout. The layout adds what
 * every page has: title, navigation by role, who is signed in, what is said once, the list of
 * problems, the switch of language. A template finds under `page`: title, language, csrf (every
 * form carries {{page.csrf}} in a hidden field `csrf`), path, study, wrong and problems.
 *
 * A page with a form, in full:
 *
 *     static const fp_input new_inputs[] = {{"name", FP_FIELD_LINE, 1, 80, true, NULL}, {0}};
 *     static const fp_show new_fields[] = {{.name = "name", .label = FP_MSG("Name")}, {0}};
 *     ...
 *     json_t *context = json_object();
 *     FP_TRY(fp_form_show(x, context, &(fp_form_look){.inputs = new_inputs, .fields = new_fields,
 *                         .action = "/accounts/new", .button = FP_MSG("Make the account")},
 *                         values, err));
 *     return fp_page(x, "account-new", FP_MSG("A new account"), context, err);
 *
 * and share/templates/web/account-new.mustache holds {{>form}}. */

/* The templates in both languages, parsed once; shared by all requests of a server. */
typedef struct fp_pages fp_pages;
/* in   arena  the set lives there.  Errors: FP_INPUT (a template that does not parse), FP_NOMEM. */
FP_MUST_USE fp_status fp_pages_open(fp_arena *arena, const fp_pages **out, fp_err *err);
/* The words of the pages in "en" or "nl"; any other gives English, which is NULL: ids are English.
 */
const fp_catalog *fp_pages_words(const fp_pages *pages, const char *language);

/* Answer with a page: status 422 where x->form has problems, else 200.
 * in   template  the name of a file in share/templates/web
 * in   title     message id; {{name}} in it is looked up in the context
 * in   context   an object, borrowed; NULL = empty. `back` {"path", "text"} in it is printed as a
 *                link above the title. "page" is put in it.
 * Errors: FP_NOMEM, FP_INTERNAL (no such template). */
FP_MUST_USE fp_status fp_page(fp_exchange *x, const char *template, const char *title,
                              json_t *context, fp_err *err);

/* Answer with a plain page that says what went wrong; needs no session and no database.
 * in   status  of HTTP: 400, 403, 404, 405, 409, 413, 414, 422, 429, 431, 500, 503, 507; others as
 *              500
 * in   detail  message id or text: what, and what to do; NULL = the words of the status alone
 * Errors: FP_NOMEM. */
FP_MUST_USE fp_status fp_page_error(fp_exchange *x, int status, const char *detail, fp_err *err);

/* Answer 403 to a form that is not taken: the session is over, or the form is from before somebody
 * signed in or out in this browser. The page says how to go on, and shows what was typed, to be
 * copied, where the browser says that the form was one of ours: nobody else's words get here.
 * Errors: FP_NOMEM. */
FP_MUST_USE fp_status fp_page_not_taken(fp_exchange *x, fp_err *err);

/* ---- Forms ---- */

/* How a field of a form is shown; what it may hold stands in its fp_input. */
typedef struct {
    const char *name;         /* as in the inputs; NULL ends a list */
    const char *label;        /* message id */
    const char *hint;         /* message id; NULL = none (a date gets one by itself) */
    const char *autocomplete; /* HTML token ("username", "given-name"); NULL = "off" */
    const char *const *words; /* FP_FIELD_CHOICE: message ids, in the order of the choices */
    bool hidden;              /* not shown: carried along with its value */
    bool list;                /* one of a list given as values["NAME_choices"], an array of
                                 {"code", "text"}; also FP_FIELD_CHOICE as a list to open */
} fp_show;

typedef struct {
    const fp_input *inputs; /* of the post's route; ends with {0} */
    const fp_show *fields;  /* in the order shown; ends with {0} */
    const char *action;     /* path of the post; already escaped where it holds other than names */
    const char *button;     /* message id: a verb */
    bool danger;            /* the button destroys something */
    const char *cancel;     /* path; NULL = none */
} fp_form_look;

/* Put a form in a context under "form", for {{>form}}, or
 * {{#form.fields}}{{>field}}{{/form.fields}} in a form of one's own. What was typed is shown again
 * with its problem beside it, but for a password; before anything was typed, values[NAME]. A second
 * form on a page goes into an object of its own: context["other"], printed as
 * {{#other}}{{>form}}{{/other}}; give its fields names that the first form has not.
 * in   values   texts by name; borrowed; NULL = none. Days as 2026-02-03.
 * Errors: FP_NOMEM; FP_INTERNAL (a field that the inputs do not have). */
FP_MUST_USE fp_status fp_form_show(fp_exchange *x, json_t *context, const fp_form_look *shown,
                                   const json_t *values, fp_err *err);
/* The password now, and the new one twice; &fp_password_fields[1]: a new one only. In
 * own_account.c. */
extern const fp_show fp_password_fields[];
#endif
