/* A form that is not taken, and what was typed in it. */
#include "web/page.h"
#include "web/route.h"

/* What somebody wrote, and would have to write again; no password, no code, no choice. */
static bool is_written(const fp_input *input)
{
    switch (input->kind) {
    case FP_FIELD_LINE:
    case FP_FIELD_TEXT:
    case FP_FIELD_DATE:
    case FP_FIELD_PAST:
    case FP_FIELD_EMAIL:
    case FP_FIELD_PHONE:
    case FP_FIELD_BSN:
        return true;
    default:
        return false;
    }
}

/* Fetch metadata (https://www.w3.org/TR/fetch-metadata/): set by browsers, by no page. What anybody
 * may post holds names and codes for the door only. */
static json_t *typed_of(const fp_exchange *x)
{
    json_t *list = json_array();
    bool own = fp_str_is(fp_fields_header(x->request->headers, "Sec-Fetch-Site"), "same-origin");
    const fp_input *input = x->route->permission == FP_MAY_ANYONE ? NULL : x->route->inputs;
    for (; own && input && input->name; input++) {
        fp_str text = fp_str_trim(fp_fields_value(x->request->form, input->name));
        if (text.n && is_written(input))
            (void)json_array_append_new(list, json_stringn(text.p, text.n));
    }
    return list;
}

/* Where the form is shown anew; "" where its page has another address. */
static const char *page_of(const fp_exchange *x)
{
    fp_str values[FP_PATH_VALUES];
    unsigned methods;
    if (!fp_route_find(FP_GET, x->request->path, values, &methods))
        return "";
    const char *path = fp_str_dup(x->arena, x->request->path, NULL);
    return path ? path : "";
}

fp_status fp_page_not_taken(fp_exchange *x, fp_err *err)
{
    FP_JSON_SCOPED(context);
    bool out = x->session.role == FP_ROLE_NOBODY && x->route->permission != FP_MAY_ANYONE;
    json_t *typed = typed_of(x);
    (void)json_object_set_new(context, "some", json_boolean(json_array_size(typed) > 0));
    (void)json_object_set_new(context, "typed", typed);
    (void)json_object_set_new(context, "out", json_boolean(out));
    fp_put_text(context, "again", out ? "" : page_of(x));
    x->response->status = 403;
    return fp_page(x, "not-taken",
                   out ? FP_MSG("You are not signed in any more")
                       : FP_MSG("This form is out of date"),
                   context, err);
}
