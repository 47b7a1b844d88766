/* The catalogues: every message of the code, the templates and the facts is in both, and a Dutch
 * text keeps the tags of the English one. */
#include "report_cases.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "base/catalog.h"
#include "base/file.h"
#include "made_study.h"
#include "report/page_priv.h"

typedef struct {
    const fp_catalog *words[2];
    fp_arena *arena;
    long checked;
} catalogues;

static void begin(catalogues *c)
{
    fp_err err = {0};
    c->arena = fp_arena_create(64 * FP_MIB);
    c->checked = 0;
    ck_assert_int_eq(fp_share_words("en", c->arena, &c->words[0], &err), FP_OK);
    ck_assert_int_eq(fp_share_words("nl", c->arena, &c->words[1], &err), FP_OK);
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

static void check_message(catalogues *c, const char *where, const char *id)
{
    int en[256], nl[256];
    ck_assert_msg(fp_catalog_has(c->words[0], id), "%s: en.po lacks \"%s\"", where, id);
    ck_assert_msg(fp_catalog_has(c->words[1], id), "%s: nl.po lacks \"%s\"", where, id);
    count_tags(id, en);
    count_tags(fp_text(c->words[1], id), nl);
    bool same = true;
    for (int i = 0; i < 256; i++)
        same = same && (en[i] > 0) == (nl[i] > 0);
    ck_assert_msg(same, "%s: other tags in the Dutch of \"%s\"", where, id);
    c->checked++;
}

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

static void check_code(catalogues *c, const char *path, const char *text)
{
    for (const char *at = strstr(text, "FP_MSG("); at; at = strstr(at + 1, "FP_MSG(")) {
        FP_BUF_SCOPED(id, 1 << 16);
        literals(at + strlen("FP_MSG("), &id);
        check_message(c, path, id.p);
    }
}

static void check_template(catalogues *c, const char *path, const char *text)
{
    for (const char *at = strstr(text, "{{#t}}"); at; at = strstr(at + 1, "{{#t}}")) {
        const char *from = at + strlen("{{#t}}"), *end = strstr(from, "{{/t}}");
        FP_BUF_SCOPED(id, 1 << 16);
        ck_assert_ptr_nonnull(end);
        fp_buf_put_n(&id, from, (size_t)(end - from));
        check_message(c, path, id.p);
    }
}

static void each_file(catalogues *c, const char *folder, const char *ending,
                      void (*check)(catalogues *, const char *, const char *))
{
    DIR *dir = opendir(folder);
    ck_assert_ptr_nonnull(dir);
    for (const struct dirent *e = readdir(dir); e; e = readdir(dir)) {
        size_t n = strlen(e->d_name), m = strlen(ending);
        if (n < m || strcmp(e->d_name + n - m, ending) != 0)
            continue;
        char path[1024];
        fp_str text;
        fp_err err = {0};
        (void)snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        ck_assert_int_eq(fp_file_read(path, FP_MIB, c->arena, &text, &err), FP_OK);
        check(c, path, text.p);
    }
    (void)closedir(dir);
}

START_TEST(every_message_is_in_both_catalogues)
{
    catalogues c;
    begin(&c);
    each_file(&c, FP_SOURCE_DIR "/src/report", ".c", check_code);
    ck_assert_int_gt(c.checked, 150);
    long code = c.checked;
    each_file(&c, FP_SOURCE_DIR "/share/templates", ".mustache", check_template);
    ck_assert_int_gt(c.checked, code + 30);
    fp_arena_destroy(c.arena);
}
END_TEST

START_TEST(every_fact_and_repair_has_words)
{
    for (int kind = 0; kind < MADE_COUNT; kind++) {
        catalogues c;
        made m;
        begin(&c);
        make_study(&m, (made_kind)kind, "A synthetic study");
        for (ptrdiff_t i = 0; i < m.results.fact_count; i++)
            check_message(&c, m.results.facts[i].id, m.results.facts[i].what);
        for (int r = FP_REPAIR_NONE + 1; r < FP_REPAIR_COUNT; r++)
            check_message(&c, "repairs", fp_repair_words((fp_repair)r));
        study_end(&m.study);
        fp_arena_destroy(c.arena);
    }
}
END_TEST

TCase *words_cases(void)
{
    TCase *tc = tcase_create("words");
    tcase_add_test(tc, every_message_is_in_both_catalogues);
    tcase_add_test(tc, every_fact_and_repair_has_words);
    return tc;
}
