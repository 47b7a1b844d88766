#include <stdlib.h>

#include "model/design_priv.h"

/* When a row was at risk, and whose it is. */
typedef struct {
    int32_t person, stratum;
    double start, stop;
    ptrdiff_t row; /* among the rows kept */
} stay;

static int by_person_and_start(const void *a, const void *b)
{
    const stay *x = a, *y = b;
    if (x->person != y->person)
        return x->person < y->person ? -1 : 1;
    if (x->stratum != y->stratum)
        return x->stratum < y->stratum ? -1 : 1;
    if (x->start < y->start || x->start > y->start)
        return x->start < y->start ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

static fp_status fail_overlap(const fp_builder *b, const fp_node *id, const char *person,
                              const stay *one, const stay *other)
{
    const stay *first = one->row < other->row ? one : other;
    const stay *second = first == one ? other : one;
    char text[4][40];
    fp_num_shortest(first->start, 15, text[0]);
    fp_num_shortest(first->stop, 15, text[1]);
    fp_num_shortest(second->start, 15, text[2]);
    fp_num_shortest(second->stop, 15, text[3]);
    (void)fp_builder_fail_row(
        b, second->row, id, "the time of %s from %s to %s overlaps that from %s to %s on line %ld",
        fp_shown_of(person).s, text[2], text[3], text[0], text[1],
        fp_table_line(b->table, fp_builder_row(b, first->row)));
    return fp_hint(b->err, FP_INPUT, "nobody is at risk twice at a time");
}

fp_status fp_design_person(const fp_builder *b, const fp_design *design)
{
    if (!b->options->id || design->response != FP_RESPONSE_SURVIVAL)
        return FP_OK;
    fp_node node = {.kind = FP_NODE_NAME, .at = 1, .text = b->options->id};
    fp_value person;
    stay *stays;
    FP_TRY(fp_value_factor(b, &node, &person));
    FP_ARRAY(stays, b->scratch, b->n, b->err);
    for (ptrdiff_t i = 0; i < b->n; i++)
        stays[i] = (stay){.person = person.code[i],
                          .stratum = design->stratum ? design->stratum[i] : 0,
                          .start = design->start ? design->start[i] : 0,
                          .stop = design->stop[i],
                          .row = i};
    qsort(stays, (size_t)b->n, sizeof *stays, by_person_and_start);
    for (ptrdiff_t i = 1; i < b->n; i++) {
        const stay *before = &stays[i - 1], *now = &stays[i];
        if (now->person == before->person && now->stratum == before->stratum &&
            now->start < before->stop)
            return fail_overlap(b, &node, person.level[now->person], before, now);
    }
    return FP_OK;
}
