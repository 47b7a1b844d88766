#include "web/form.h"

#include <string.h>

#include "base/catalog.h"
#include "web/field_priv.h"

enum { USUAL_MOST = 200 };

/* count where the form has no such field */
static int place_of(const fp_form *form, const char *name)
{
    int i = 0;
    while (i < form->count && strcmp(form->fields[i].input->name, name) != 0)
        i++;
    return i;
}

const fp_form_field *fp_form_find(const fp_form *form, const char *name)
{
    int i = place_of(form, name);
    return i < form->count ? &form->fields[i] : NULL;
}

void fp_form_retype(fp_form *form, const char *name, fp_str text)
{
    int i = place_of(form, name);
    if (i < form->count)
        form->fields[i].typed = text;
}

static void set_problem(fp_form *form, fp_form_field *field, const char *problem, long number)
{
    if (!problem || field->problem)
        return;
    field->problem = problem;
    field->number = number;
    field->value = (fp_str){"", 0};
    form->problems++;
}

void fp_form_problem_number(fp_form *form, const char *name, const char *problem, long number)
{
    int i = place_of(form, name);
    if (i < form->count)
        set_problem(form, &form->fields[i], problem, number);
}

void fp_form_problem(fp_form *form, const char *name, const char *problem)
{
    fp_form_problem_number(form, name, problem, 0);
}

static fp_status read_field(fp_form *form, fp_form_field *field, fp_str given, int64_t today,
                            fp_arena *arena, fp_err *err)
{
    const fp_input *input = field->input;
    bool password = input->kind == FP_FIELD_PASSWORD;
    fp_str text = password ? given : fp_str_trim(given);
    field->typed = password || !given.n ? (fp_str){"", 0} : given;
    field->value = (fp_str){"", 0};
    if (!text.n) {
        if (input->required)
            set_problem(form, field, FP_MSG("Fill this in."), 0);
        return FP_OK;
    }
    long most = input->least == 0 && input->most == 0 ? USUAL_MOST : input->most;
    fp_field_outcome outcome = {.value = text};
    FP_TRY(fp_field_check(input, most, text, today, arena, &outcome, err));
    if (outcome.problem)
        set_problem(form, field, outcome.problem, outcome.number);
    else
        field->value = outcome.value;
    return FP_OK;
}

fp_status fp_form_read(const fp_input *inputs, fp_fields given, int64_t today, fp_arena *arena,
                       fp_form *form, fp_err *err)
{
    *form = (fp_form){0};
    for (const fp_input *input = inputs; input && input->name; input++) {
        if (form->count == FP_FORM_FIELDS)
            return fp_fail(err, FP_ARG, "a form of more than %d fields", FP_FORM_FIELDS);
        fp_form_field *field = &form->fields[form->count++];
        field->input = input;
        FP_TRY(read_field(form, field, fp_fields_value(given, input->name), today, arena, err));
    }
    return FP_OK;
}
