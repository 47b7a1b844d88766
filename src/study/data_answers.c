/* Answers by wave: who said what when. */
#include <string.h>

#include "base/num.h"
#include "study/data_priv.h"

typedef struct {
    const fp_linking *l;
    const fp_source *source;
    ptrdiff_t person, wave, item, value; /* columns */
    fp_textmap items;
    ptrdiff_t strangers, stranger; /* rows of people who are not in the people; the first of them */
} answering;

#define SAY(a, row, at, hint, ...)                                                                 \
    fp_linking_problem((a)->l, true, (a)->source, row, (a)->source->names[at], hint, __VA_ARGS__)

static const char *cell_of(const answering *a, ptrdiff_t column, ptrdiff_t row)
{
    const char *cell = a->source->cells[column][row];
    return fp_cell_missing(fp_str_of(cell)) ? "" : cell;
}

/* "6m" or "6": its place among the waves of the plan; -1 where it has none. */
static int32_t wave_of(const answering *a, ptrdiff_t row)
{
    const fp_protocol *p = a->l->protocol;
    const char *cell = cell_of(a, a->wave, row);
    size_t n = strlen(cell);
    int64_t months = -1;
    char list[200] = "";
    size_t used = 0;
    if (fp_int_parse((fp_str){cell, n > 0 && cell[n - 1] == 'm' ? n - 1 : n}, 0, INT32_MAX,
                     &months))
        for (ptrdiff_t w = 0; w < p->wave_count; w++)
            if (p->wave_months[w] == months)
                return (int32_t)w;
    for (ptrdiff_t w = 0; w < p->wave_count && used < sizeof list - 20; w++)
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%dm", w ? ", " : "",
                                 p->wave_months[w]);
    SAY(a, row, a->wave, "correct the row, or schedule.waves in study.yaml",
        "\"%.40s\" is none of the waves of the schedule (%s)", cell, list);
    return -1;
}

/* -1: not in the people, and counted. */
static int32_t person_of(answering *a, ptrdiff_t row)
{
    const char *id = cell_of(a, a->person, row);
    ptrdiff_t person = fp_textmap_find(&a->l->people, fp_str_of(id));
    if (person >= 0 && person < a->l->data->person_count)
        return (int32_t)person;
    if (a->strangers++ == 0)
        a->stranger = row;
    return -1;
}

/* The number in a cell; false where there is none, and says so where something else stands there.
 */
static bool value_of(const answering *a, ptrdiff_t row, double *out)
{
    const char *cell = cell_of(a, a->value, row);
    if (!cell[0])
        return false;
    if (fp_num_parse(fp_str_of(cell), '.', out) || fp_num_parse(fp_str_of(cell), ',', out))
        return true;
    SAY(a, row, a->value, "write a number, or leave the cell empty", "\"%.80s\" is not a number",
        cell);
    return false;
}

/* An item that is new gets the next number. Errors: FP_INPUT (too many), FP_NOMEM. */
static fp_status item_of(answering *a, ptrdiff_t row, int32_t *out)
{
    const char *cell = cell_of(a, a->item, row);
    ptrdiff_t number;
    *out = -1;
    if (!cell[0]) {
        SAY(a, row, a->item, "write which item was answered", "there is no item");
        return FP_OK;
    }
    FP_TRY(fp_textmap_keep(&a->items, fp_str_of(cell), &number, a->l->err));
    *out = (int32_t)number;
    return FP_OK;
}

/* Each person answers an item once at a wave: marks the row, or says which came first. */
static fp_status check_once(answering *a, const fp_answer *answers, ptrdiff_t count)
{
    ptrdiff_t waves = a->l->protocol->wave_count, people = a->l->data->person_count;
    ptrdiff_t *seen;
    FP_ARENA_SCOPED(scratch, 64 * FP_GIB, a->l->err);
    FP_ARRAY(seen, scratch, people * waves * a->items.count, a->l->err);
    for (ptrdiff_t i = 0; i < count; i++) {
        const fp_answer *answer = &answers[i];
        ptrdiff_t *at =
            &seen[((ptrdiff_t)answer->item * waves + answer->wave) * people + answer->person];
        if (*at)
            SAY(a, answer->row, a->value, "keep one of the two",
                "person %.80s answered %.80s twice at month %d, first in line %ld",
                a->l->data->people[answer->person].id, a->items.texts[answer->item],
                a->l->protocol->wave_months[answer->wave], fp_source_line(a->source, *at - 1));
        else
            *at = answer->row + 1;
    }
    return FP_OK;
}

fp_status fp_link_answers(fp_linking *l)
{
    const fp_source *source = &l->data->sources[FP_SOURCE_ANSWERS];
    answering a = {.l = l, .source = source};
    fp_answer *answers;
    ptrdiff_t count = 0;
    bool people_stand = l->problems->errors == 0; /* else everybody would be unknown here */
    if (!source->file || l->protocol->wave_count == 0 || !people_stand)
        return FP_OK;
    a.person = fp_source_role(source, l->protocol, "person");
    a.wave = fp_source_role(source, l->protocol, "wave");
    a.item = fp_source_role(source, l->protocol, "item");
    a.value = fp_source_role(source, l->protocol, "value");
    FP_TRY(fp_textmap_init(&a.items, 64, l->arena, l->err));
    FP_ARRAY(answers, l->arena, source->rows, l->err);
    for (ptrdiff_t row = 0; row < source->rows; row++) {
        fp_answer answer = {.row = row, .person = person_of(&a, row), .wave = wave_of(&a, row)};
        FP_TRY(item_of(&a, row, &answer.item));
        bool answered = value_of(&a, row, &answer.value);
        if (answered && answer.person >= 0 && answer.wave >= 0 && answer.item >= 0)
            answers[count++] = answer;
    }
    if (a.strangers)
        fp_linking_problem(l, false, source, a.stranger, source->names[a.person],
                           "add them to the people, or take the rows out",
                           "%td %s left out: the person is not in the people (first: \"%.80s\")",
                           a.strangers, a.strangers == 1 ? "row was" : "rows were",
                           cell_of(&a, a.person, a.stranger));
    FP_TRY(check_once(&a, answers, count));
    l->data->items = a.items.texts;
    l->data->item_count = a.items.count;
    l->data->answers = answers;
    l->data->answer_count = count;
    return FP_OK;
}
