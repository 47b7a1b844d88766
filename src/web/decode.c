#include <string.h>
#include <strings.h>

#include "web/decode_priv.h"

void fp_refuse(fp_refusal *refusal, int status, const char *line)
{
    if (!refusal->status)
        *refusal = (fp_refusal){status, line};
}

void fp_field_list_add(fp_field_list *list, fp_field field, fp_refusal *refusal)
{
    if (list->count == list->most)
        fp_refuse(refusal, 400, "This request has too many fields.");
    else
        list->items[list->count++] = field;
}

static int hex_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* %XX as bytes, and in forms + as a space. What it gives is never longer. */
static fp_status decode(fp_str text, bool form, fp_arena *arena, fp_str *out, fp_refusal *refusal,
                        fp_err *err)
{
    char *p = fp_arena_array(arena, (ptrdiff_t)text.n + 1, 1, err);
    if (!p)
        return FP_NOMEM;
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (c == '%') {
            int high = i + 2 < text.n ? hex_of(text.p[i + 1]) : -1;
            int low = i + 2 < text.n ? hex_of(text.p[i + 2]) : -1;
            if (high < 0 || low < 0) {
                fp_refuse(refusal, 400, "This address or form has a % without two hex digits.");
                break;
            }
            c = (char)(high << 4 | low);
            i += 2;
        } else if (form && c == '+') {
            c = ' ';
        }
        p[n++] = c;
    }
    *out = (fp_str){p, n};
    if (!fp_str_utf8(*out))
        fp_refuse(refusal, 400, "This address or form is not UTF-8 text.");
    return FP_OK;
}

/* "a=b&c=d" */
static fp_status decode_pairs(fp_str text, fp_arena *arena, fp_field_list *list,
                              fp_refusal *refusal, fp_err *err)
{
    while (text.n && !refusal->status) {
        const char *end = memchr(text.p, '&', text.n);
        size_t n = end ? (size_t)(end - text.p) : text.n;
        const char *equals = memchr(text.p, '=', n);
        size_t name = equals ? (size_t)(equals - text.p) : n;
        size_t value = equals ? n - name - 1 : 0;
        fp_field field = {0};
        FP_TRY(decode((fp_str){text.p, name}, true, arena, &field.name, refusal, err));
        FP_TRY(
            decode((fp_str){text.p + n - value, value}, true, arena, &field.value, refusal, err));
        if (n)
            fp_field_list_add(list, field, refusal);
        text = (fp_str){text.p + n + (end != NULL), text.n - n - (end != NULL)};
    }
    return FP_OK;
}

/* No segment "." or "..", no control character, no backslash. */
static bool is_plain_path(fp_str path)
{
    size_t begin = 1;
    for (size_t i = 0; i < path.n; i++)
        if ((unsigned char)path.p[i] < ' ' || path.p[i] == 0x7f || path.p[i] == '\\')
            return false;
    for (size_t i = 1; i <= path.n; i++) {
        if (i < path.n && path.p[i] != '/')
            continue;
        fp_str segment = {path.p + begin, i - begin};
        if (fp_str_is(segment, ".") || fp_str_is(segment, ".."))
            return false;
        begin = i + 1;
    }
    return true;
}

static bool has_encoded_slash(fp_str path)
{
    for (size_t i = 0; i + 2 < path.n; i++)
        if (path.p[i] == '%' && path.p[i + 1] == '2' && (path.p[i + 2] | 0x20) == 'f')
            return true;
    return false;
}

/* `http://host/path` is what a request to a proxy looks like: RFC 9112 wants it understood. */
static fp_str without_host(fp_str target)
{
    static const char *const schemes[] = {"http://", "https://"};
    for (int i = 0; i < 2; i++) {
        size_t n = strlen(schemes[i]);
        if (target.n <= n || strncasecmp(target.p, schemes[i], n) != 0)
            continue;
        const char *slash = memchr(target.p + n, '/', target.n - n);
        return slash ? (fp_str){slash, target.n - (size_t)(slash - target.p)} : FP_STR("/");
    }
    return target;
}

static fp_status decode_target(const fp_raw_request *raw, fp_arena *arena, fp_request *request,
                               fp_field_list *query, fp_refusal *refusal, fp_err *err)
{
    if (raw->target.n > FP_TARGET_MAX)
        fp_refuse(refusal, 414, "This address is too long.");
    fp_str target = without_host(raw->target);
    if (!target.n || target.p[0] != '/')
        fp_refuse(refusal, 400, "This is not the address of a page.");
    if (refusal->status)
        return FP_OK;
    const char *mark = memchr(target.p, '?', target.n);
    fp_str path = {target.p, mark ? (size_t)(mark - target.p) : target.n};
    if (has_encoded_slash(path))
        fp_refuse(refusal, 400, "This is not the address of a page.");
    FP_TRY(decode(path, false, arena, &request->path, refusal, err));
    if (!refusal->status && !is_plain_path(request->path))
        fp_refuse(refusal, 400, "This is not the address of a page.");
    if (mark)
        return decode_pairs((fp_str){mark + 1, target.n - path.n - 1}, arena, query, refusal, err);
    return FP_OK;
}

/* "a=b; c=d"; a cookie with other characters than a server may set is left out. */
static void decode_cookies(fp_str text, fp_field_list *list, fp_refusal *refusal)
{
    while (text.n) {
        const char *end = memchr(text.p, ';', text.n);
        fp_str pair = fp_str_trim((fp_str){text.p, end ? (size_t)(end - text.p) : text.n});
        const char *equals = pair.n ? memchr(pair.p, '=', pair.n) : NULL;
        bool plain = equals && equals > pair.p;
        for (size_t i = 0; i < pair.n; i++)
            plain = plain && pair.p[i] > ' ' && pair.p[i] < 0x7f;
        if (plain) {
            size_t n = (size_t)(equals - pair.p);
            fp_field_list_add(list, (fp_field){{pair.p, n}, {equals + 1, pair.n - n - 1}}, refusal);
        }
        size_t used = end ? (size_t)(end - text.p) + 1 : text.n;
        text = (fp_str){text.p + used, text.n - used};
    }
}

static void check_headers(const fp_raw_request *raw, fp_field_list *cookies, fp_refusal *refusal)
{
    size_t bytes = 0;
    for (ptrdiff_t i = 0; i < raw->headers.count; i++) {
        const fp_field *header = &raw->headers.items[i];
        bytes += header->name.n + header->value.n;
        if (bytes > FP_HEADERS_MAX)
            break;
        if (header->name.n == 6 && strncasecmp(header->name.p, "cookie", 6) == 0)
            decode_cookies(header->value, cookies, refusal);
    }
    if (bytes > FP_HEADERS_MAX || raw->headers.count > FP_FIELDS_MAX)
        fp_refuse(refusal, 431, "The headers of this request are too large.");
}

static bool is_type(fp_str header, const char *type)
{
    size_t n = strlen(type);
    return header.n >= n && strncasecmp(header.p, type, n) == 0 &&
           (header.n == n || header.p[n] == ';' || header.p[n] == ' ');
}

static fp_status decode_body(const fp_raw_request *raw, fp_arena *arena, fp_field_list *form,
                             fp_refusal *refusal, fp_err *err)
{
    fp_str type = fp_fields_header(raw->headers, "Content-Type"), boundary;
    bool found = false;
    if (raw->body.n > FP_BODY_MAX)
        fp_refuse(refusal, 413, "This form is too large.");
    if (refusal->status || !raw->body.n)
        return FP_OK;
    if (is_type(type, "application/x-www-form-urlencoded"))
        return decode_pairs(raw->body, arena, form, refusal, err);
    if (is_type(type, "multipart/form-data")) {
        FP_TRY(fp_header_parameter(type, "boundary", arena, &found, &boundary, err));
        if (found && boundary.n >= 1 && boundary.n <= 70)
            return fp_multipart_decode(raw->body, boundary, arena, form, refusal, err);
        fp_refuse(refusal, 400, "This form does not say where its parts begin.");
        return FP_OK;
    }
    fp_refuse(refusal, 415, "This is not a form.");
    return FP_OK;
}

/* The last address is the one that our own proxy added, be it to the list that came or as a header
 * of its own after those that came (RFC 9110, 5.3: they are one list); those before it anybody can
 * write. */
static fp_str forwarded_peer(const fp_raw_request *raw)
{
    static const char name[] = "X-Forwarded-For";
    fp_str list = {"", 0};
    for (ptrdiff_t i = 0; i < raw->headers.count; i++)
        if (raw->headers.items[i].name.n == sizeof name - 1 &&
            strncasecmp(raw->headers.items[i].name.p, name, sizeof name - 1) == 0)
            list = raw->headers.items[i].value;
    const char *comma = list.n ? memrchr(list.p, ',', list.n) : NULL;
    fp_str last = comma ? (fp_str){comma + 1, list.n - (size_t)(comma + 1 - list.p)} : list;
    last = fp_str_trim(last);
    return last.n && last.n <= 64 && fp_str_utf8(last) ? last : raw->peer;
}

static fp_method method_of(fp_str text)
{
    for (int i = 0; i < FP_OTHER; i++)
        if (fp_str_is(text, fp_method_text((fp_method)i)))
            return (fp_method)i;
    return FP_OTHER;
}

static fp_status new_list(fp_arena *arena, fp_field_list *list, fp_err *err)
{
    *list = (fp_field_list){.most = FP_FIELDS_MAX};
    FP_ARRAY(list->items, arena, FP_FIELDS_MAX, err);
    return FP_OK;
}

fp_status fp_request_decode(const fp_raw_request *raw, bool behind_proxy, fp_arena *arena,
                            fp_request *request, fp_refusal *refusal, fp_err *err)
{
    fp_field_list query, form, cookies;
    *refusal = (fp_refusal){0};
    FP_TRY(new_list(arena, &query, err));
    FP_TRY(new_list(arena, &form, err));
    FP_TRY(new_list(arena, &cookies, err));
    *request = (fp_request){.method = method_of(raw->method),
                            .headers = raw->headers,
                            .peer = behind_proxy ? forwarded_peer(raw) : raw->peer};
    check_headers(raw, &cookies, refusal);
    FP_TRY(decode_target(raw, arena, request, &query, refusal, err));
    if (request->method == FP_POST)
        FP_TRY(decode_body(raw, arena, &form, refusal, err));
    request->query = (fp_fields){query.items, query.count};
    request->form = (fp_fields){form.items, form.count};
    request->cookies = (fp_fields){cookies.items, cookies.count};
    return FP_OK;
}
