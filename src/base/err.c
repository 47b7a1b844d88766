#include "base/err.h"

#include <string.h>

#include "base/str.h"

static void copy_text(char *to, size_t size, const char *from)
{
    (void)snprintf(to, size, "%s", from ? from : "");
}

static void set(fp_err *err, fp_status status, const char *file, long line, long column)
{
    memset(err, 0, sizeof *err);
    err->status = status;
    copy_text(err->file, sizeof err->file, file);
    err->line = line;
    err->column = column;
}

/* Bytes of the character that begins here; 0 where it is none, or cut off by the end. */
static size_t character(const char *text)
{
    unsigned char lead = (unsigned char)*text;
    size_t n = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    return strnlen(text, n) == n && fp_str_utf8((fp_str){text, n}) ? n : 0;
}

/* A message is one line of print: what a file or a user put into it moves no cursor, and what is no
 * UTF-8 is shown as a question mark. */
static void flatten(char *text)
{
    while (*text) {
        size_t n = character(text);
        if (!n)
            *text = '?';
        else if ((unsigned char)*text < ' ' || *text == 0x7f)
            *text = ' ';
        text += n ? n : 1;
    }
}

fp_status fp_fail_list(fp_err *err, fp_status status, const char *file, long line, long column,
                       const char *format, va_list args)
{
    if (!err)
        return status;
    set(err, status, file, line, column);
    (void)vsnprintf(err->message, sizeof err->message, format, args);
    flatten(err->message);
    return status;
}

fp_status fp_fail(fp_err *err, fp_status status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)fp_fail_list(err, status, NULL, 0, 0, format, args);
    va_end(args);
    return status;
}

fp_status fp_fail_at(fp_err *err, fp_status status, const char *file, long line, long column,
                     const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)fp_fail_list(err, status, file, line, column, format, args);
    va_end(args);
    return status;
}

fp_status fp_hint(fp_err *err, fp_status status, const char *format, ...)
{
    if (!err)
        return status;
    va_list args;
    va_start(args, format);
    (void)vsnprintf(err->hint, sizeof err->hint, format, args);
    va_end(args);
    flatten(err->hint);
    return status;
}

void fp_err_field(fp_err *err, const char *field)
{
    if (err)
        copy_text(err->field, sizeof err->field, field);
}

fp_status fp_fail_nomem(fp_err *err, size_t bytes)
{
    return fp_fail(err, FP_NOMEM, "%zu bytes could not be had within the memory limit", bytes);
}

void fp_err_text(const fp_err *err, char *out, size_t size)
{
    char place[512] = "";
    size_t used = 0;
    if (err->file[0])
        used += (size_t)snprintf(place, sizeof place, "%s", err->file);
    if (err->line > 0 && used < sizeof place)
        used += (size_t)snprintf(place + used, sizeof place - used, "%sline %ld", used ? ", " : "",
                                 err->line);
    if (err->field[0] && used < sizeof place)
        used += (size_t)snprintf(place + used, sizeof place - used, "%scolumn \"%s\"",
                                 used ? ", " : "", err->field);
    else if (err->column > 0 && used > 0 && used < sizeof place)
        used += (size_t)snprintf(place + used, sizeof place - used, "%scolumn %ld",
                                 used ? ", " : "", err->column);
    (void)snprintf(out, size, "%s%s%s%s%s%s", place, used ? ": " : "", err->message,
                   err->hint[0] ? " (" : "", err->hint, err->hint[0] ? ")" : "");
    for (char *p = out; size && *p; p++) /* one line, whatever names and texts it quotes */
        if ((unsigned char)*p < ' ' || *p == 0x7f)
            *p = ' ';
}
