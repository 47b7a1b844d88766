#include <string.h>
#include <strings.h>

#include "web/decode_priv.h"

/* Where `needle` begins in `text`, NULL = nowhere. */
static const char *find(fp_str text, fp_str needle)
{
    return text.n >= needle.n ? memmem(text.p, text.n, needle.p, needle.n) : NULL;
}

static fp_str from(fp_str text, const char *p)
{
    return (fp_str){p, text.n - (size_t)(p - text.p)};
}

/* A quoted value, its backslashes removed, or one up to the next ';'. */
static fp_status parameter_value(fp_str rest, fp_arena *arena, fp_str *value, fp_err *err)
{
    char *copy = fp_arena_array(arena, (ptrdiff_t)rest.n + 1, 1, err);
    if (!copy)
        return FP_NOMEM;
    bool quoted = rest.n && rest.p[0] == '"';
    size_t n = 0;
    for (size_t i = quoted; i < rest.n && rest.p[i] != (quoted ? '"' : ';'); i++) {
        i += quoted && rest.p[i] == '\\' && i + 1 < rest.n;
        copy[n++] = rest.p[i];
    }
    *value = quoted ? (fp_str){copy, n} : fp_str_trim((fp_str){copy, n});
    return FP_OK;
}

/* The end of a parameter: the next ';' that is not between quotes. */
static size_t parameter_end(fp_str text)
{
    bool quoted = false;
    size_t i = 0;
    for (; i < text.n && (quoted || text.p[i] != ';'); i++) {
        if (quoted && text.p[i] == '\\')
            i++;
        else if (text.p[i] == '"')
            quoted = !quoted;
    }
    return i < text.n ? i : text.n;
}

fp_status fp_header_parameter(fp_str header, const char *name, fp_arena *arena, bool *found,
                              fp_str *value, fp_err *err)
{
    size_t n = strlen(name), used = parameter_end(header);
    *found = false;
    while (used < header.n) {
        fp_str rest = {header.p + used + 1, header.n - used - 1};
        size_t length = parameter_end(rest);
        fp_str one = fp_str_trim((fp_str){rest.p, length});
        if (one.n > n && strncasecmp(one.p, name, n) == 0 && one.p[n] == '=') {
            *found = true;
            return parameter_value((fp_str){one.p + n + 1, one.n - n - 1}, arena, value, err);
        }
        used += 1 + length;
    }
    return FP_OK;
}

/* The headers of a part: only Content-Disposition counts. */
static fp_str disposition_of(fp_str head)
{
    static const char name[] = "content-disposition:";
    while (head.n) {
        const char *end = find(head, FP_STR("\r\n"));
        fp_str line = {head.p, end ? (size_t)(end - head.p) : head.n};
        if (line.n >= sizeof name - 1 && strncasecmp(line.p, name, sizeof name - 1) == 0)
            return fp_str_trim((fp_str){line.p + sizeof name - 1, line.n - (sizeof name - 1)});
        head = end ? from(head, end + 2) : (fp_str){0};
    }
    return (fp_str){0};
}

static fp_status add_part(fp_str head, fp_str value, fp_arena *arena, fp_field_list *list,
                          fp_refusal *refusal, fp_err *err)
{
    bool named, file;
    fp_str disposition = disposition_of(head), name, file_name;
    FP_TRY(fp_header_parameter(disposition, "name", arena, &named, &name, err));
    FP_TRY(fp_header_parameter(disposition, "filename", arena, &file, &file_name, err));
    if (!named)
        fp_refuse(refusal, 400, "A part of this form has no name.");
    else if (file && value.n)
        fp_refuse(refusal, 415, "This form takes no file.");
    else if (!fp_str_utf8(name) || !fp_str_utf8(value))
        fp_refuse(refusal, 400, "This address or form is not UTF-8 text.");
    else if (!file)
        fp_field_list_add(list, (fp_field){name, value}, refusal);
    return FP_OK;
}

/* RFC 2046, 5.1.1: a delimiter is the line "--boundary", the last one ends in "--". The first may
 * stand at the very beginning, so the body is read as if a line end preceded it. */
fp_status fp_multipart_decode(fp_str body, fp_str boundary, fp_arena *arena, fp_field_list *list,
                              fp_refusal *refusal, fp_err *err)
{
    char *text = fp_arena_array(arena, (ptrdiff_t)(boundary.n + 5), 1, err);
    if (!text)
        return FP_NOMEM;
    memcpy(text, "\r\n--", 4);
    memcpy(text + 4, boundary.p, boundary.n);
    fp_str delimiter = {text, boundary.n + 4}, first = {text + 2, boundary.n + 2};
    const char *at =
        body.n >= first.n && memcmp(body.p, first.p, first.n) == 0 ? body.p : find(body, delimiter);
    size_t skip = at == body.p ? first.n : delimiter.n;
    while (at && !refusal->status) {
        fp_str rest = from(body, at + skip);
        if (rest.n >= 2 && memcmp(rest.p, "--", 2) == 0)
            return FP_OK;
        const char *blank = find(rest, FP_STR("\r\n\r\n"));
        const char *end = find(rest, delimiter);
        if (!blank || !end || end < blank + 4)
            break;
        fp_str head = {rest.p, (size_t)(blank - rest.p)};
        fp_str value = {blank + 4, (size_t)(end - (blank + 4))};
        FP_TRY(add_part(head, value, arena, list, refusal, err));
        at = end;
        skip = delimiter.n;
    }
    fp_refuse(refusal, 400, "This form ends in the middle of a part.");
    return FP_OK;
}
