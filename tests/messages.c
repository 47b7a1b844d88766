#include "messages.h"

#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"

typedef struct {
    void (*each)(void *user, const char *where, const char *id);
    void *user;
    const char *path;
} visitor;

/* The string literals that follow, put together. */
static void literals(const char *at, fp_buf *out)
{
    for (;;) {
        at += strspn(at, " \n\t");
        if (*at != '"')
            return;
        for (at++; *at && *at != '"'; at++) {
            if (*at == '\\')
                at++;
            fp_buf_put_char(out, *at);
        }
        at += *at == '"';
    }
}

static void visit_code(const visitor *v, const char *text)
{
    for (const char *at = strstr(text, "FP_MSG("); at; at = strstr(at + 1, "FP_MSG(")) {
        FP_BUF_SCOPED(id, 1 << 16);
        literals(at + strlen("FP_MSG("), &id);
        v->each(v->user, v->path, id.p);
    }
}

static void visit_template(const visitor *v, const char *text)
{
    for (const char *at = strstr(text, "{{#t}}"); at; at = strstr(at + 1, "{{#t}}")) {
        const char *from = at + strlen("{{#t}}"), *end = strstr(from, "{{/t}}");
        FP_BUF_SCOPED(id, 1 << 16);
        ck_assert_ptr_nonnull(end);
        fp_buf_put_n(&id, from, (size_t)(end - from));
        v->each(v->user, v->path, id.p);
    }
}

static bool ends_with(const char *name, const char *ending)
{
    size_t n = strlen(name), m = strlen(ending);
    return n > m && strcmp(name + n - m, ending) == 0;
}

static void visit_file(visitor *v, const char *folder, const char *name)
{
    char path[1024];
    fp_str text;
    fp_err err = {0};
    bool code = ends_with(name, ".c");
    if (!code && !ends_with(name, ".mustache"))
        return;
    fp_arena *arena = fp_arena_create(8 * FP_MIB);
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    ck_assert_int_eq(fp_file_read(path, FP_MIB, arena, &text, &err), FP_OK);
    v->path = path;
    if (code)
        visit_code(v, text.p);
    else
        visit_template(v, text.p);
    fp_arena_destroy(arena);
}

void each_message(const char *folder, void (*each)(void *user, const char *where, const char *id),
                  void *user)
{
    visitor v = {each, user, NULL};
    DIR *dir = opendir(folder);
    ck_assert_ptr_nonnull(dir);
    for (const struct dirent *e = readdir(dir); e; e = readdir(dir))
        visit_file(&v, folder, e->d_name);
    (void)closedir(dir);
}

/* How often each kind of tag stands in a message. */
static void count_tags(const char *text, int counts[256])
{
    memset(counts, 0, 256 * sizeof *counts);
    for (const char *at = strstr(text, "{{"); at; at = strstr(at + 2, "{{")) {
        unsigned hash = 0;
        for (const char *c = at; *c && *c != '}'; c++)
            hash = hash * 31 + (unsigned char)*c;
        counts[hash % 256]++;
    }
}

void check_translated(const fp_catalog *catalog, const char *where, const char *id)
{
    int ours[256], theirs[256];
    ck_assert_msg(fp_catalog_has(catalog, id), "%s: not translated: \"%s\"", where, id);
    count_tags(id, ours);
    count_tags(fp_text(catalog, id), theirs);
    bool same = true;
    for (int i = 0; i < 256; i++)
        same = same && (ours[i] > 0) == (theirs[i] > 0);
    ck_assert_msg(same, "%s: other tags in the translation of \"%s\"", where, id);
}
