/* Facts and notes: kept in the order in which they arose, found by id. */
#include "study/results_priv.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static int digits_of(fp_fact_kind kind)
{
    switch (kind) {
    case FP_FACT_RATIO:
        return 2;
    case FP_FACT_P:
    case FP_FACT_SMALL_P:
    case FP_FACT_COEFFICIENT:
        return 3;
    case FP_FACT_NUMBER:
    case FP_FACT_POINTS:
        return 1;
    case FP_FACT_COUNT:
    case FP_FACT_SHARE:
    case FP_FACT_DAYS:
        return 0;
    }
    return 0;
}

/* FNV-1a. */
static uint64_t hash_of(const char *id)
{
    uint64_t h = 14695981039346656037u;
    for (; *id; id++)
        h = (h ^ (unsigned char)*id) * 1099511628211u;
    return h;
}

/* The slot that holds the id, or the free one where it belongs. */
static ptrdiff_t slot_of(const fp_results *r, const char *id)
{
    uint64_t mask = (uint64_t)r->fact_slots - 1, i = hash_of(id) & mask;
    while (r->fact_slot[i] && strcmp(r->facts[r->fact_slot[i] - 1].id, id) != 0)
        i = (i + 1) & mask;
    return (ptrdiff_t)i;
}

const fp_fact *fp_results_fact(const fp_results *results, const char *id)
{
    if (!results->fact_slots)
        return NULL;
    ptrdiff_t number = results->fact_slot[slot_of(results, id)];
    return number ? &results->facts[number - 1] : NULL;
}

/* Slots are four times the room, so that at most a quarter of them is taken. */
static fp_status room_for_fact(fp_build *b, fp_err *err)
{
    fp_results *out = b->out;
    if (out->fact_count < b->fact_room)
        return FP_OK;
    ptrdiff_t room = b->fact_room ? 2 * b->fact_room : 1024;
    fp_fact *facts;
    ptrdiff_t *slot;
    FP_ARRAY(facts, b->arena, room, err);
    FP_ARRAY(slot, b->arena, 4 * room, err);
    if (out->fact_count)
        memcpy(facts, b->facts, (size_t)out->fact_count * sizeof *facts);
    b->facts = facts;
    b->fact_room = room;
    b->fact_slot = slot;
    out->facts = facts;
    out->fact_slots = 4 * room;
    out->fact_slot = slot;
    for (ptrdiff_t i = 0; i < out->fact_count; i++)
        slot[slot_of(out, facts[i].id)] = i + 1;
    return FP_OK;
}

fp_status fp_build_fact(fp_build *b, fp_fact_kind kind, double value, const fp_scope *scope,
                        const char *analysis, const char *what, fp_err *err, const char *id_format,
                        ...)
{
    char id[256];
    va_list args;
    va_start(args, id_format);
    int n = vsnprintf(id, sizeof id, id_format, args);
    va_end(args);
    if (n < 0 || (size_t)n >= sizeof id)
        return fp_fail(err, FP_INPUT,
                       "the names of columns and levels in \"%.80s...\" are too long", id);
    FP_TRY(room_for_fact(b, err));
    ptrdiff_t slot = slot_of(b->out, id);
    if (b->fact_slot[slot]) {
        (void)fp_fail(err, FP_INPUT, "two numbers of the report would be called \"%s\"", id);
        return fp_hint(err, FP_INPUT, "rename the outcome, analysis, column or level in its name");
    }
    const fp_outcome_spec *of = scope->outcomes ? scope->outcomes->spec : b->spec;
    fp_fact fact = {.value = value,
                    .kind = kind,
                    .digits = digits_of(kind),
                    .analysis = analysis,
                    .outcome = of ? of->id : NULL,
                    .scope = *scope};
    fact.id = fp_arena_strdup(b->arena, id, err);
    fact.what = fp_arena_strdup(b->arena, what, err);
    if (!fact.id || !fact.what)
        return FP_NOMEM;
    b->facts[b->out->fact_count++] = fact;
    b->fact_slot[slot] = b->out->fact_count;
    return FP_OK;
}

/* Decimals down to the first digit that is not 0; at least those of other p-values. */
static int small_digits(const fp_fact *fact)
{
    if (!(fact->value > 0))
        return fact->digits;
    return (int)fmin(fmax(ceil(-log10(fact->value)), fact->digits), 15);
}

void fp_fact_text(const fp_fact *fact, const fp_numstyle *style, char out[64])
{
    char number[56];
    double scale = fact->kind == FP_FACT_SHARE || fact->kind == FP_FACT_POINTS ? 100 : 1;
    if (fact->kind == FP_FACT_P)
        fp_num_format_p(fact->value, style, number, sizeof number);
    else if (fact->kind == FP_FACT_SMALL_P)
        fp_num_format(fact->value, small_digits(fact), style, number, sizeof number);
    else if (isinf(fact->value))
        (void)snprintf(number, sizeof number, "%s", fact->value > 0 ? "\u221e" : "\u2212\u221e");
    else
        fp_num_format(scale * fact->value, fact->digits, style, number, sizeof number);
    (void)snprintf(out, 64, "%s%s", number,
                   fact->kind == FP_FACT_SHARE && isfinite(fact->value) ? "%" : "");
}

/* ---- Notes ---- */

static void keep_note(fp_build *b, const char *text)
{
    for (ptrdiff_t j = 0; j < b->out->warning_count; j++)
        if (strcmp(b->warnings[j], text) == 0)
            return;
    if (b->out->warning_count < b->warning_room)
        b->warnings[b->out->warning_count++] = text;
}

fp_status fp_build_note(fp_build *b, const char *about, fp_err *err, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    char *note = fp_arena_printf(b->arena, err, "%s: %s", about, text);
    if (!note)
        return FP_NOMEM;
    keep_note(b, note);
    return FP_OK;
}

fp_status fp_build_warn(fp_build *b, const char *analysis, const fp_result *result, fp_err *err)
{
    for (ptrdiff_t i = 0; i < result->warning_count; i++) {
        char *text = fp_arena_printf(b->arena, err, "%s: %s", analysis, result->warnings[i]);
        if (!text)
            return FP_NOMEM;
        keep_note(b, text);
    }
    return FP_OK;
}
