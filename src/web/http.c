#include "web/http.h"

#include <strings.h>

const char *fp_method_text(fp_method method)
{
    static const char *const texts[] = {"GET", "POST", "HEAD", "OTHER"};
    return texts[method];
}

fp_str fp_fields_value(fp_fields fields, const char *name)
{
    for (ptrdiff_t i = 0; i < fields.count; i++)
        if (fp_str_is(fields.items[i].name, name))
            return fields.items[i].value;
    return (fp_str){0};
}

fp_str fp_fields_header(fp_fields fields, const char *name)
{
    fp_str wanted = fp_str_of(name);
    for (ptrdiff_t i = 0; i < fields.count; i++) {
        fp_str have = fields.items[i].name;
        if (have.n == wanted.n && strncasecmp(have.p, wanted.p, wanted.n) == 0)
            return fields.items[i].value;
    }
    return (fp_str){0};
}

void fp_response_init(fp_response *response, size_t max_body)
{
    *response = (fp_response){.type = "text/html; charset=utf-8", .route = "", .role = "nobody"};
    fp_buf_init(&response->body, max_body);
}

void fp_response_clear(fp_response *response)
{
    fp_buf_clear(&response->body);
}

fp_status fp_response_header(fp_response *response, fp_arena *arena, const char *name, fp_str value,
                             fp_err *err)
{
    if (response->header_count == FP_RESPONSE_HEADERS)
        return fp_fail(err, FP_INTERNAL, "too many headers in one answer");
    for (size_t i = 0; i < value.n; i++)
        if ((unsigned char)value.p[i] < ' ' || value.p[i] == 0x7f)
            return fp_fail(err, FP_INTERNAL, "a control character in the header %s", name);
    const char *copy = fp_arena_strndup(arena, value.p, value.n, err);
    if (!copy)
        return FP_NOMEM;
    response->headers[response->header_count++] =
        (fp_field){.name = fp_str_of(name), .value = {copy, value.n}};
    return FP_OK;
}

void fp_response_reset(fp_response *response)
{
    size_t max = response->body.max;
    fp_buf_clear(&response->body);
    fp_buf_init(&response->body, max);
    response->header_count = 0;
}

void fp_response_plain(fp_response *response, int status, const char *line)
{
    fp_response_reset(response);
    response->status = status;
    response->type = "text/plain; charset=utf-8";
    fp_buf_put(&response->body, line);
    fp_buf_put_char(&response->body, '\n');
}
