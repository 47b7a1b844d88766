#include "web/client.h"

#include <stdlib.h>
#include <string.h>

#include "ledger/scratch.h"

static const char plan[] = "study: { id: example, title: Example, language: en }\n"
                           "design: { kind: single-group }\n"
                           "sources:\n"
                           "  people: { file: data/people.csv, id: person }\n";

static int64_t stand_still(void *user)
{
    return ((client *)user)->now;
}

static void open_web(client *c)
{
    fp_err err = {0};
    fp_web_options options = {
        .folder = c->folder, .now = stand_still, .now_user = c, .cost = {1, 8192}};
    if (fp_web_open(&options, &c->web, &err) != FP_OK) {
        char line[1024];
        fp_err_text(&err, line, sizeof line);
        (void)fprintf(stderr, "%s\n", line);
        abort();
    }
}

void client_open(client *c)
{
    char path[SCRATCH_MAX];
    *c = (client){.now = 1790000000};
    scratch_make(c->folder);
    scratch_path(path, c->folder, "study.yaml");
    scratch_write(path, plan);
    open_web(c);
    c->arena = fp_arena_create(64 * FP_MIB);
    fp_response_init(&c->response, 16 * FP_MIB);
}

void client_reopen(client *c)
{
    fp_web_close(c->web);
    open_web(c);
}

void client_close(client *c)
{
    fp_response_clear(&c->response);
    fp_arena_destroy(c->arena);
    fp_web_close(c->web);
    scratch_remove(c->folder);
}

/* "a=b&c=d" or "a=b; c=d" as fields. */
static fp_fields split(client *c, const char *text, const char *between)
{
    fp_field *items = fp_arena_array(c->arena, 64, sizeof *items, NULL);
    ptrdiff_t count = 0;
    while (text && *text && count < 64) {
        const char *end = strstr(text, between), *equals = strchr(text, '=');
        size_t n = end ? (size_t)(end - text) : strlen(text);
        if (equals && equals < text + n)
            items[count++] = (fp_field){{text, (size_t)(equals - text)},
                                        {equals + 1, n - (size_t)(equals + 1 - text)}};
        text = end ? end + strlen(between) : NULL;
    }
    return (fp_fields){items, count};
}

int client_ask(client *c, fp_method method, const char *path, const char *cookie, const char *form)
{
    fp_response_clear(&c->response);
    fp_arena_destroy(c->arena);
    c->arena = fp_arena_create(64 * FP_MIB);
    fp_response_init(&c->response, 16 * FP_MIB);
    fp_request request = {.method = method,
                          .path = fp_str_of(path),
                          .cookies = split(c, cookie, "; "),
                          .form = split(c, form, "&"),
                          .headers = c->headers,
                          .peer = fp_str_of(c->peer ? c->peer : "127.0.0.1")};
    fp_web_answer(c->web, &request, c->arena, &c->response);
    return c->response.status;
}

void client_cookie(const client *c, const char *name, const char *value, char out[256])
{
    char full[FP_COOKIE_NAME];
    fp_web_cookie_name(c->web, name, full);
    (void)snprintf(out, 256, "%s=%s", full, value);
}

const char *client_header(const client *c, const char *name)
{
    for (int i = 0; i < c->response.header_count; i++)
        if (fp_str_is(c->response.headers[i].name, name))
            return c->response.headers[i].value.p;
    return "";
}
