/* How the programme is going: figures of coaches, no client to be recognised. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "store/client.h"
#include "web/page.h"
#include "web/route.h"

/* Disclosure control, as Statistics Netherlands does it for tables: no count of 1 to 9 is shown,
 * and where only one of a column would be hidden, and follow from the total, the smallest of the
 * others is hidden with it. */
enum { LEAST = 10 };

typedef enum { COUNT_CLIENTS, COUNT_GIVEN, COUNT_WITHDRAWN, COUNTS } count_kind;

typedef struct {
    const char *coach;
    ptrdiff_t n[COUNTS];
    bool hidden[COUNTS];
} row;

static row *row_of(row *rows, ptrdiff_t *count, const char *coach)
{
    for (ptrdiff_t r = 0; r < *count; r++)
        if (strcmp(rows[r].coach, coach) == 0)
            return &rows[r];
    rows[*count] = (row){.coach = coach};
    return &rows[(*count)++];
}

static int by_coach(const void *a, const void *b)
{
    return strcmp(((const row *)a)->coach, ((const row *)b)->coach);
}

static fp_status count_rows(fp_exchange *x, ptrdiff_t *count, row **rows, fp_err *err)
{
    ptrdiff_t clients;
    const fp_client *list;
    FP_TRY(fp_client_list(x->reader, NULL, x->arena, &clients, &list, err));
    FP_ARRAY(*rows, x->arena, clients, err);
    *count = 0;
    for (ptrdiff_t i = 0; i < clients; i++) {
        if (list[i].erased)
            continue;
        row *r = row_of(*rows, count, list[i].coach);
        r->n[COUNT_CLIENTS]++;
        r->n[COUNT_GIVEN] += list[i].consent == FP_CONSENT_GIVEN;
        r->n[COUNT_WITHDRAWN] += list[i].consent == FP_CONSENT_WITHDRAWN;
    }
    if (*count)
        qsort(*rows, (size_t)*count, sizeof **rows, by_coach);
    return FP_OK;
}

static void hide_small(row *rows, ptrdiff_t count, count_kind kind)
{
    ptrdiff_t hidden = 0, smallest = -1;
    for (ptrdiff_t r = 0; r < count; r++) {
        rows[r].hidden[kind] = rows[r].n[kind] > 0 && rows[r].n[kind] < LEAST;
        hidden += rows[r].hidden[kind];
        if (!rows[r].hidden[kind] && rows[r].n[kind] > 0 &&
            (smallest < 0 || rows[r].n[kind] < rows[smallest].n[kind]))
            smallest = r;
    }
    if (hidden == 1 && smallest >= 0)
        rows[smallest].hidden[kind] = true;
}

static void put_count(fp_exchange *x, json_t *cell, const char *key, const row *r, count_kind kind)
{
    char text[32];
    (void)snprintf(text, sizeof text, "%td", r->n[kind]);
    fp_put_text(cell, key, r->hidden[kind] ? fp_word(x, FP_MSG("not shown")) : text);
}

/* Consent of every hundred clients; only of ten clients or more. */
static void put_share(fp_exchange *x, json_t *cell, const row *r)
{
    char number[24] = "", text[32] = "–";
    const fp_numstyle *style = strcmp(x->language, "nl") == 0 ? &fp_numstyle_nl : &fp_numstyle_en;
    if (r->n[COUNT_CLIENTS] >= LEAST && !r->hidden[COUNT_CLIENTS] && !r->hidden[COUNT_GIVEN]) {
        fp_num_format(100.0 * (double)r->n[COUNT_GIVEN] / (double)r->n[COUNT_CLIENTS], 0, style,
                      number, sizeof number);
        (void)snprintf(text, sizeof text, "%s%%", number);
    }
    fp_put_text(cell, "share", text);
}

static json_t *cells_of(fp_exchange *x, const row *r, const char *name)
{
    json_t *cell = json_object();
    fp_put_text(cell, "coach", name);
    put_count(x, cell, "clients", r, COUNT_CLIENTS);
    put_count(x, cell, "given", r, COUNT_GIVEN);
    put_count(x, cell, "withdrawn", r, COUNT_WITHDRAWN);
    put_share(x, cell, r);
    return cell;
}

fp_status fp_fidelity_get(fp_exchange *x, fp_err *err)
{
    ptrdiff_t count;
    row *rows, all = {.coach = ""};
    FP_TRY(count_rows(x, &count, &rows, err));
    for (int k = 0; k < COUNTS; k++) {
        hide_small(rows, count, (count_kind)k);
        for (ptrdiff_t r = 0; r < count; r++)
            all.n[k] += rows[r].n[k];
        all.hidden[k] = all.n[k] > 0 && all.n[k] < LEAST;
    }
    FP_JSON_SCOPED(context);
    json_t *list = json_array();
    for (ptrdiff_t r = 0; r < count; r++)
        (void)json_array_append_new(
            list, cells_of(x, &rows[r],
                           rows[r].coach[0] ? rows[r].coach : fp_word(x, FP_MSG("no coach yet"))));
    (void)json_object_set_new(context, "some", json_boolean(count > 0));
    (void)json_object_set_new(context, "rows", list);
    (void)json_object_set_new(context, "all", cells_of(x, &all, fp_word(x, FP_MSG("All coaches"))));
    return fp_page(x, "fidelity", FP_MSG("Programme"), context, err);
}
