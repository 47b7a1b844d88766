/* The catalogues: every message of the code, the templates and the facts is in both, and a Dutch
 * text keeps the tags of the English one. */
#include "report_cases.h"

#include "base/catalog.h"
#include "made_study.h"
#include "messages.h"
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

static void check_message(catalogues *c, const char *where, const char *id)
{
    ck_assert_msg(fp_catalog_has(c->words[0], id), "%s: en.po lacks \"%s\"", where, id);
    check_translated(c->words[1], where, id);
    c->checked++;
}

static void check_found(void *user, const char *where, const char *id)
{
    check_message(user, where, id);
}

START_TEST(every_message_is_in_both_catalogues)
{
    catalogues c;
    begin(&c);
    each_message(FP_SOURCE_DIR "/src/report", check_found, &c);
    ck_assert_int_gt(c.checked, 150);
    long code = c.checked;
    each_message(FP_SOURCE_DIR "/share/templates", check_found, &c);
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
