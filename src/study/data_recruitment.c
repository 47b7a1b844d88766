/* Who was offered a place, and what became of it. */
#include <string.h>
#include <strings.h>

#include "study/data_priv.h"

typedef struct {
    ptrdiff_t person, coach, offered, eligible, consented, reason, included;
} recruit_columns;

typedef struct {
    const fp_linking *l;
    const fp_source *source;
    recruit_columns columns;
    ptrdiff_t *row_of; /* person_count: the row that includes the person, plus 1 */
} recruiting;

static const char *cell_of(const recruiting *r, ptrdiff_t column, ptrdiff_t row)
{
    const char *cell = column < 0 ? "" : r->source->cells[column][row];
    return fp_cell_missing(fp_str_of(cell)) ? "" : cell;
}

#define SAY(r, row, at, hint, ...)                                                                 \
    fp_linking_problem((r)->l, true, (r)->source, row, (r)->source->names[at], hint, __VA_ARGS__)

/* yes or no; says what else it is. An empty cell is no where `optional`. */
static bool answer_of(const recruiting *r, ptrdiff_t column, ptrdiff_t row, bool optional)
{
    static const char *const yes[] = {"yes", "ja", "true", "1"};
    static const char *const no[] = {"no", "nee", "false", "0"};
    const char *cell = cell_of(r, column, row);
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++) {
        if (strcasecmp(cell, yes[i]) == 0)
            return true;
        if (strcasecmp(cell, no[i]) == 0)
            return false;
    }
    if (cell[0] || !optional)
        SAY(r, row, column, "write yes or no", cell[0] ? "\"%.80s\" is neither yes nor no" : "%s",
            cell[0] ? cell : "there is neither yes nor no");
    return false;
}

static ptrdiff_t coach_of(const recruiting *r, ptrdiff_t row)
{
    const char *id = cell_of(r, r->columns.coach, row);
    if (r->columns.coach < 0)
        return -1;
    ptrdiff_t coach = id[0] ? fp_textmap_find(&r->l->coaches, fp_str_of(id)) : -1;
    if (!id[0])
        SAY(r, row, r->columns.coach, "write the coach who offered the place", "there is no coach");
    else if (coach < 0)
        SAY(r, row, r->columns.coach, "correct the row, or add the coach",
            "coach \"%.80s\" is not in the coaches", id);
    return coach;
}

/* The person behind a row that includes one; each is included once, with the same coach. */
static ptrdiff_t person_of(const recruiting *r, ptrdiff_t row, const fp_recruit *recruit)
{
    const char *id = cell_of(r, r->columns.person, row);
    ptrdiff_t column = r->columns.person;
    if (!id[0]) {
        SAY(r, row, column, "write the id that the person has in people",
            "somebody was included who has no id");
        return -1;
    }
    ptrdiff_t person = fp_textmap_find(&r->l->people, fp_str_of(id));
    if (person < 0 || person >= r->l->data->person_count) {
        SAY(r, row, column, "add the person to the people, or correct the row",
            "person %.80s was included and is not in the people", id);
        return -1;
    }
    const fp_person *p = &r->l->data->people[person];
    if (r->row_of[person])
        SAY(r, row, column, "keep one row a person",
            "person %.80s stands there twice, first in line %ld", id,
            fp_source_line(r->source, r->row_of[person] - 1));
    else if (recruit->coach >= 0 && p->coach >= 0 && p->coach != recruit->coach)
        SAY(r, row, r->columns.coach, "correct one of the two",
            "person %.80s was included by coach %.80s and belongs to coach %.80s", id,
            r->l->data->coaches[recruit->coach].id, r->l->data->coaches[p->coach].id);
    r->row_of[person] = row + 1;
    return person;
}

/* What one cell says must not contradict another. */
static void check_order(const recruiting *r, ptrdiff_t row, const fp_recruit *recruit)
{
    const recruit_columns *c = &r->columns;
    bool included = recruit->included != FP_DAY_NONE;
    if (recruit->consented && !recruit->eligible)
        SAY(r, row, c->consented, "correct one of the two", "consented, and not eligible");
    if (included && (!recruit->consented || !recruit->eligible))
        SAY(r, row, c->included, "correct one of the two", "included without consent");
    if (included && recruit->offered != FP_DAY_NONE && recruit->included < recruit->offered)
        SAY(r, row, c->included, "correct one of the two", "included before it was offered");
}

static void take_recruit(const recruiting *r, ptrdiff_t row, fp_recruit *recruit)
{
    const recruit_columns *c = &r->columns;
    *recruit = (fp_recruit){.row = row, .coach = -1, .person = -1};
    (void)fp_linking_date(r->l, r->source, c->offered, row, fp_str_of(cell_of(r, c->offered, row)),
                          false, &recruit->offered);
    (void)fp_linking_date(r->l, r->source, c->included, row,
                          fp_str_of(cell_of(r, c->included, row)), true, &recruit->included);
    recruit->eligible = answer_of(r, c->eligible, row, false);
    recruit->consented = answer_of(r, c->consented, row, !recruit->eligible);
    recruit->reason = cell_of(r, c->reason, row);
    recruit->coach = coach_of(r, row);
    check_order(r, row, recruit);
    if (recruit->included != FP_DAY_NONE)
        recruit->person = person_of(r, row, recruit);
}

/* People of whom nobody says that they were offered a place: the numbers would not add up. */
static void check_everybody(const recruiting *r)
{
    ptrdiff_t missing = 0, first = -1;
    for (ptrdiff_t i = r->l->data->person_count; i-- > 0;)
        if (!r->row_of[i]) {
            missing++;
            first = i;
        }
    if (missing)
        fp_linking_problem(r->l, true, r->source, -1, NULL,
                           "add a row for each person who was included",
                           "%td of the people %s not included here, for example %.80s", missing,
                           missing == 1 ? "is" : "are", r->l->data->people[first].id);
}

fp_status fp_link_recruitment(fp_linking *l)
{
    const fp_source *source = &l->data->sources[FP_SOURCE_RECRUITMENT];
    recruiting r = {.l = l, .source = source};
    fp_recruit *recruits;
    if (!source->file)
        return FP_OK;
    r.columns = (recruit_columns){
        fp_source_role(source, l->protocol, "person"),
        fp_source_role(source, l->protocol, "coach"),
        fp_source_role(source, l->protocol, "offered"),
        fp_source_role(source, l->protocol, "eligible"),
        fp_source_role(source, l->protocol, "consented"),
        fp_source_role(source, l->protocol, "reason"),
        fp_source_role(source, l->protocol, "included"),
    };
    FP_ARRAY(recruits, l->arena, source->rows, l->err);
    FP_ARRAY(r.row_of, l->arena, l->data->person_count, l->err);
    for (ptrdiff_t row = 0; row < source->rows; row++)
        take_recruit(&r, row, &recruits[row]);
    if (l->problems->errors == 0)
        check_everybody(&r);
    l->data->recruits = recruits;
    l->data->recruit_count = source->rows;
    return FP_OK;
}
