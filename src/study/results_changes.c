/* What happened to coaches and people after a draw that is in the log. */
#include "study/results_priv.h"

#include <string.h>

#include "study/changes.h"
#include "study/data_priv.h"

uint8_t fp_set_bit(fp_set set)
{
    if (set < FP_SET_COACHES_LATE || set > FP_SET_CORRECTED)
        return 0;
    return (uint8_t)(1U << (unsigned)(set - FP_SET_COACHES_LATE));
}

fp_set fp_change_set(fp_change_kind kind)
{
    static const fp_set sets[FP_CHANGE_COUNT] = {FP_SET_COACHES_LEFT, FP_SET_COACHES_REPLACED,
                                                 FP_SET_MOVED, FP_SET_CORRECTED};
    return sets[kind];
}

bool fp_scope_has_coach(const fp_results *results, const fp_scope *scope, ptrdiff_t coach)
{
    const fp_coach *c = &results->data->coaches[coach];
    if (scope->group.arm >= 0 && c->arm != scope->group.arm)
        return false;
    if (scope->group.factor >= 0 &&
        (!c->level || c->level[scope->group.factor] != scope->group.level))
        return false;
    uint8_t bit = fp_set_bit(scope->set);
    return bit == 0 || (results->coach_changes && (results->coach_changes[coach] & bit));
}

static void put_bit(uint8_t *bits, fp_set set)
{
    *bits = (uint8_t)(*bits | fp_set_bit(set));
}

/* Ids of the data -> bits of the changes. A coach who took a place and then left, or was replaced,
 * counts at the place of the draw. */
static void mark_coaches(const fp_build *b, uint8_t *bits)
{
    const fp_draw_record *draw = &b->data->draw;
    for (ptrdiff_t c = 0; c < b->data->coach_count; c++) {
        const fp_coach *coach = &b->data->coaches[c];
        if (draw->late && draw->late[coach->row] >= 0)
            put_bit(&bits[c], FP_SET_COACHES_LATE);
        for (ptrdiff_t k = 0; k < draw->change_count; k++) {
            const fp_change *change = &draw->changes[k];
            if (change->kind < FP_CHANGE_MOVE &&
                strcmp(fp_change_place(draw->changes, k, change->unit), coach->id) == 0)
                put_bit(&bits[c], fp_change_set(change->kind));
        }
    }
}

static fp_status mark_people(const fp_build *b, uint8_t *bits, fp_err *err)
{
    FP_ARENA_SCOPED(scratch, FP_GIB, err);
    const fp_draw_record *draw = &b->data->draw;
    fp_textmap people;
    uint8_t *of;
    FP_TRY(fp_textmap_init(&people, draw->change_count, scratch, err));
    FP_ARRAY(of, scratch, draw->change_count, err);
    for (ptrdiff_t k = 0; k < draw->change_count; k++)
        if (draw->changes[k].kind >= FP_CHANGE_MOVE)
            put_bit(&of[fp_textmap_put(&people, draw->changes[k].unit, NULL)],
                    fp_change_set(draw->changes[k].kind));
    for (ptrdiff_t i = 0; i < b->data->person_count; i++) {
        ptrdiff_t at = fp_textmap_find(&people, fp_str_of(b->data->people[i].id));
        bits[i] = at < 0 ? 0 : of[at];
    }
    return FP_OK;
}

fp_status fp_build_changes(fp_build *b, fp_err *err)
{
    uint8_t *coaches, *people;
    if (!b->data->draw.drawn || b->plan->kind != FP_DESIGN_CLUSTER_RANDOMISED)
        return FP_OK;
    FP_ARRAY(coaches, b->arena, b->data->coach_count, err);
    FP_ARRAY(people, b->arena, b->data->person_count, err);
    mark_coaches(b, coaches);
    FP_TRY(mark_people(b, people, err));
    b->out->coach_changes = coaches;
    b->out->person_changes = people;
    return FP_OK;
}

fp_status fp_build_group_changes(fp_build *b, const fp_group *group, fp_err *err)
{
    static const struct {
        fp_set set;
        const char *quantity, *what;
    } rows[] = {
        {FP_SET_COACHES_LATE, "coaches_late", "coaches who came after the draw"},
        {FP_SET_COACHES_LEFT, "coaches_left", "coaches who left"},
        {FP_SET_COACHES_REPLACED, "coaches_replaced", "coaches in whose place another came"},
        {FP_SET_MOVED, "people_moved", "people who went on with another coach"},
        {FP_SET_CORRECTED, "people_corrected",
         "people whose coach was registered wrongly at first"},
    };
    if (!b->out->coach_changes)
        return FP_OK;
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        fp_scope scope = {.group = *group, .set = rows[r].set};
        double n = 0;
        for (ptrdiff_t i = 0; scope.set >= FP_SET_MOVED && i < b->data->person_count; i++)
            n += fp_scope_has_person(b->out, &scope, i);
        for (ptrdiff_t c = 0; scope.set < FP_SET_MOVED && c < b->data->coach_count; c++)
            n += fp_scope_has_coach(b->out, &scope, c);
        FP_TRY(fp_build_fact(b, FP_FACT_COUNT, n, &scope, NULL, rows[r].what, err, "flow.%s.%s",
                             group->key, rows[r].quantity));
    }
    return FP_OK;
}
