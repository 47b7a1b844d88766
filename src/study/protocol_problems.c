#include "study/protocol.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "study/protocol_priv.h"

void fp_problems_init(fp_problems *problems, ptrdiff_t max, fp_arena *arena)
{
    *problems = (fp_problems){.arena = arena, .capacity = max};
}

/* Room for one more: a free place or, for an error, that of a note. */
static fp_problem *place_for(fp_problems *problems, bool is_error)
{
    if (!problems->items)
        problems->items =
            fp_arena_array(problems->arena, problems->capacity, sizeof *problems->items, NULL);
    if (!problems->items)
        return NULL; /* counted all the same */
    if (problems->kept < problems->capacity)
        return &problems->items[problems->kept++];
    if (is_error)
        for (ptrdiff_t i = 0; i < problems->kept; i++)
            if (!problems->items[i].is_error)
                return &problems->items[i];
    return NULL;
}

void fp_problems_add(fp_problems *problems, bool is_error, const fp_err *at)
{
    problems->count++;
    problems->errors += is_error;
    fp_problem *place = place_for(problems, is_error);
    if (!place)
        return;
    place->is_error = is_error;
    place->at = *at;
}

void fp_problems_append(fp_problems *problems, const fp_problems *more)
{
    for (ptrdiff_t i = 0; i < more->kept; i++)
        fp_problems_add(problems, more->items[i].is_error, &more->items[i].at);
    ptrdiff_t errors = 0;
    for (ptrdiff_t i = 0; i < more->kept; i++)
        errors += more->items[i].is_error;
    problems->count += more->count - more->kept;
    problems->errors += more->errors - errors;
}

fp_status fp_problems_status(const fp_problems *problems, fp_err *err)
{
    if (problems->errors == 0)
        return FP_OK;
    const fp_problem *first = NULL;
    for (ptrdiff_t i = 0; i < problems->kept && !first; i++)
        if (problems->items[i].is_error)
            first = &problems->items[i];
    if (!first)
        return fp_fail(err, FP_INPUT, "%td errors", problems->errors);
    if (!err)
        return FP_INPUT;
    *err = first->at;
    err->status = FP_INPUT;
    size_t used = strlen(err->message);
    if (problems->errors > 1)
        (void)snprintf(err->message + used, sizeof err->message - used, "; and %td more",
                       problems->errors - 1);
    return FP_INPUT;
}

/* Bytes of the UTF-8 character at p, 0 where there is none. */
static size_t character_at(const char *p)
{
    unsigned char lead = (unsigned char)*p;
    size_t n = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    return strnlen(p, n) == n && fp_str_utf8((fp_str){p, n}) ? n : 0;
}

static void one_line(char *text)
{
    char *to = text;
    for (const char *p = text; *p;) {
        size_t n = character_at(p);
        if (n == 1 && ((unsigned char)*p < 0x20 || *p == 0x7f))
            *to++ = ' ';
        else
            for (size_t i = 0; i < n; i++)
                *to++ = p[i];
        p += n ? n : 1;
    }
    *to = '\0';
}

void fp_err_one_line(fp_err *at)
{
    one_line(at->message);
    one_line(at->hint);
    one_line(at->field);
    one_line(at->file);
}

void fp_reading_error(const fp_reading *reading, long line, long column, const char *hint,
                      const char *format, ...)
{
    fp_err at;
    va_list args;
    va_start(args, format);
    (void)fp_fail_list(&at, FP_INPUT, reading->path, line, column, format, args);
    va_end(args);
    if (hint && hint[0])
        (void)fp_hint(&at, FP_INPUT, "%s", hint);
    fp_err_one_line(&at);
    fp_problems_add(reading->problems, true, &at);
}

void fp_nearest_hint(const char *name, const char *const *names, ptrdiff_t count, char *out,
                     size_t size)
{
    const char *nearest = fp_nearest(name, names, count);
    if (nearest)
        (void)snprintf(out, size, "did you mean \"%s\"?", nearest);
    else
        out[0] = '\0';
}
