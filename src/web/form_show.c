/* A form as its template shows it. */
#include <stdio.h>
#include <string.h>

#include "web/page_priv.h"
#include "web/route.h"

/* How each kind of field is typed in. */
typedef struct {
    const char *part; /* of share/templates/web/field.mustache */
    const char *type, *mode, *width;
    bool plain; /* no capitals and no spelling by the browser */
} look;

static look look_of(fp_field_kind kind)
{
    switch (kind) {
    case FP_FIELD_TEXT:
        return (look){.part = "area"};
    case FP_FIELD_PASSWORD:
        return (look){"line", "password", "", "", true};
    case FP_FIELD_ID:
        return (look){"line", "text", "", "", true};
    case FP_FIELD_WHOLE:
    case FP_FIELD_DATE:
    case FP_FIELD_PAST:
    case FP_FIELD_BSN:
    case FP_FIELD_CODE:
        return (look){"line", "text", "numeric", "short", true};
    case FP_FIELD_CHOICE:
        return (look){.part = "radio"};
    case FP_FIELD_TICK:
        return (look){.part = "tick"};
    case FP_FIELD_EMAIL:
        return (look){"line", "email", "email", "", true};
    case FP_FIELD_PHONE:
        return (look){"line", "tel", "tel", "short", true};
    case FP_FIELD_LINE:
        break;
    }
    return (look){"line", "text", "", "", false};
}

static bool is_date(const fp_input *input)
{
    return input->kind == FP_FIELD_DATE || input->kind == FP_FIELD_PAST;
}

/* 2026-02-03 as people type it. */
static const char *typed_day(const char *text, char out[16])
{
    fp_day day;
    int year, month, mday;
    if (!fp_day_parse(fp_str_of(text), &day))
        return text;
    fp_day_split(day, &year, &month, &mday);
    (void)snprintf(out, 16, "%02d-%02d-%04d", mday, month, year);
    return out;
}

static void put_value(json_t *field, const fp_input *input, const fp_form_field *typed,
                      const json_t *values)
{
    char day[16];
    const char *given = json_string_value(json_object_get(values, input->name));
    if (input->kind == FP_FIELD_PASSWORD)
        fp_put_text(field, "value", "");
    else if (typed)
        fp_put_str(field, "value", typed->typed);
    else if (given && is_date(input))
        fp_put_text(field, "value", typed_day(given, day));
    else
        fp_put_text(field, "value", given);
}

/* A problem's text with its number, or "". */
static fp_status put_problem(const fp_exchange *x, json_t *field, const fp_form_field *typed,
                             fp_err *err)
{
    const char *text = typed ? fp_word(x, typed->problem) : "";
    const char *mark = strstr(text, "{n}");
    if (mark) {
        text = fp_arena_printf(x->arena, err, "%.*s%ld%s", (int)(mark - text), text, typed->number,
                               mark + 3);
        if (!text)
            return FP_NOMEM;
    }
    fp_put_text(field, "problem", text);
    return FP_OK;
}

static void put_choice(json_t *list, const json_t *field, fp_str code, const char *text)
{
    char id[128];
    json_t *choice = json_object();
    const char *value = json_string_value(json_object_get(field, "value"));
    (void)snprintf(id, sizeof id, "%s-%zu", json_string_value(json_object_get(field, "id")),
                   json_array_size(list) + 1);
    fp_put_text(choice, "id", id);
    fp_put_str(choice, "code", code);
    fp_put_text(choice, "text", text);
    (void)json_object_set_new(choice, "chosen",
                              json_boolean(value && value[0] && fp_str_is(code, value)));
    (void)json_array_append_new(list, choice);
}

/* "a|b|c" and their words. */
static void put_fixed(const fp_exchange *x, json_t *list, const json_t *field, const fp_show *show,
                      const char *choices)
{
    for (ptrdiff_t i = 0; choices; i++) {
        const char *bar = strchr(choices, '|');
        fp_str code = {choices, bar ? (size_t)(bar - choices) : strlen(choices)};
        char text[128];
        (void)snprintf(text, sizeof text, "%.*s", FP_STR_ARG(code));
        put_choice(list, field, code, show->words ? fp_word(x, show->words[i]) : text);
        choices = bar ? bar + 1 : NULL;
    }
}

static void put_choices(const fp_exchange *x, json_t *field, const fp_show *show,
                        const fp_input *input, const json_t *values)
{
    char key[128];
    size_t i;
    json_t *list = json_array(), *item;
    (void)snprintf(key, sizeof key, "%s_choices", show->name);
    if (input->kind == FP_FIELD_CHOICE)
        put_fixed(x, list, field, show, input->choices);
    json_array_foreach(json_object_get(values, key), i, item)
    {
        const char *code = json_string_value(json_object_get(item, "code"));
        put_choice(list, field, fp_str_of(code), json_string_value(json_object_get(item, "text")));
    }
    (void)json_object_set_new(field, "empty", json_true());
    (void)json_object_set_new(field, "choices", list);
}

/* What tells about the field stands in the texts of these ids. */
static void put_described(json_t *field, const char *id, const char *hint)
{
    char text[300];
    const char *problem = json_string_value(json_object_get(field, "problem"));
    bool wrong = problem && problem[0];
    (void)snprintf(text, sizeof text, "%s%s%s%s%s", hint[0] ? id : "", hint[0] ? "-hint" : "",
                   hint[0] && wrong ? " " : "", wrong ? id : "", wrong ? "-problem" : "");
    fp_put_text(field, "described", text);
}

static void put_look(json_t *field, const fp_show *show, const fp_input *input)
{
    look how = look_of(input->kind);
    const char *part = show->hidden ? "hidden" : show->list ? "select" : how.part;
    (void)json_object_set_new(field, part, json_true());
    fp_put_text(field, "type", how.type);
    fp_put_text(field, "mode", how.mode);
    fp_put_text(field, "width", how.width);
    (void)json_object_set_new(field, "plain", json_boolean(how.plain));
    fp_put_text(field, "autocomplete", show->autocomplete ? show->autocomplete : "off");
}

static fp_status field_of(fp_exchange *x, const fp_show *show, const fp_input *input,
                          const fp_form_field *typed, const json_t *values, json_t *field,
                          fp_err *err)
{
    char id[80];
    const char *hint = show->hint       ? fp_word(x, show->hint)
                       : is_date(input) ? fp_word(x, FP_MSG("Day-month-year: 3-2-2026"))
                                        : "";
    bool tick = input->kind == FP_FIELD_TICK;
    (void)snprintf(id, sizeof id, "f-%s", show->name);
    fp_put_text(field, "id", id);
    fp_put_text(field, "name", show->name);
    fp_put_word(x, field, "label", show->label);
    fp_put_text(field, "hint", hint);
    put_value(field, input, typed, values);
    FP_TRY(put_problem(x, field, typed, err));
    put_described(field, id, hint);
    put_look(field, show, input);
    put_choices(x, field, show, input, values);
    (void)json_object_set_new(field, "required", json_boolean(input->required && !tick));
    (void)json_object_set_new(field, "optional", json_boolean(!input->required && !tick));
    return FP_OK;
}

static const fp_input *input_of(const fp_input *inputs, const char *name)
{
    while (inputs->name && strcmp(inputs->name, name) != 0)
        inputs++;
    return inputs->name ? inputs : NULL;
}

static fp_status fields_of(fp_exchange *x, const fp_form_look *form, const json_t *values,
                           json_t *fields, fp_err *err)
{
    bool sent = x->route && x->route->method == FP_POST && x->route->inputs == form->inputs;
    for (const fp_show *show = form->fields; show->name; show++) {
        const fp_input *input = input_of(form->inputs, show->name);
        if (!input)
            return fp_fail(err, FP_INTERNAL, "a form shows \"%s\", which it does not take",
                           show->name);
        json_t *field = json_object();
        if (json_array_append_new(fields, field) != 0)
            return fp_fail(err, FP_NOMEM, "not enough memory for a form");
        FP_TRY(field_of(x, show, input, sent ? fp_form_find(&x->form, show->name) : NULL, values,
                        field, err));
    }
    return FP_OK;
}

fp_status fp_form_show(fp_exchange *x, json_t *context, const fp_form_look *shown,
                       const json_t *values, fp_err *err)
{
    json_t *form = json_object(), *fields = json_array();
    if (json_object_set_new(form, "fields", fields) != 0 ||
        json_object_set_new(context, "form", form) != 0)
        return fp_fail(err, FP_NOMEM, "not enough memory for a form");
    fp_put_text(form, "action", shown->action);
    fp_put_word(x, form, "button", shown->button);
    (void)json_object_set_new(form, "danger", json_boolean(shown->danger));
    fp_put_text(form, "cancel", shown->cancel);
    return fields_of(x, shown, values, fields, err);
}

/* ---- The list above the page ---- */

static void gather(const json_t *form, json_t *problems)
{
    size_t i;
    json_t *field;
    json_array_foreach(json_object_get(form, "fields"), i, field)
    {
        const char *problem = json_string_value(json_object_get(field, "problem"));
        if (problem && problem[0])
            (void)json_array_append(problems, field);
    }
}

json_t *fp_form_problems(json_t *context)
{
    const char *key;
    json_t *part, *problems = json_array();
    gather(json_object_get(context, "form"), problems);
    json_object_foreach(context, key, part)
    {
        if (json_is_object(part) && strcmp(key, "form") != 0)
            gather(json_object_get(part, "form"), problems);
    }
    return problems;
}
