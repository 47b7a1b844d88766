/* Pages: the layout, a form with what is wrong in it, words and dates. */
#define CK_FLOATING_DIG 17
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/embedded.h"
#include "html.h"
#include "messages.h"
#include "run_suite.h"
#include "web/client.h"
#include "web/page.h"
#include "web/route.h"
#include "web/web_priv.h"

extern const fp_embedded fp_web_templates[];
extern const ptrdiff_t fp_web_templates_count;

static const fp_input inputs[] = {
    {"name", FP_FIELD_LINE, 2, 20, true, NULL},
    {"secret", FP_FIELD_PASSWORD, 8, 90, true, NULL},
    {"born", FP_FIELD_PAST, 0, 0, false, NULL},
    {"role", FP_FIELD_CHOICE, 0, 0, true, "a|b"},
    {"agreed", FP_FIELD_TICK, 0, 0, false, NULL},
    {"words", FP_FIELD_TEXT, 0, 500, false, NULL},
    {"coach", FP_FIELD_ID, 1, 20, false, NULL},
    {"version", FP_FIELD_WHOLE, 0, 99, false, NULL},
    {0},
};
static const char *const roles[] = {"administrator", "coach"};
static const fp_show fields[] = {
    {.name = "name", .label = "Name", .hint = "As on the passport", .autocomplete = "name"},
    {.name = "secret", .label = "Password"},
    {.name = "born", .label = "Born"},
    {.name = "role", .label = "Role", .words = roles},
    {.name = "agreed", .label = "Agreed"},
    {.name = "words", .label = "Words"},
    {.name = "coach", .label = "Coach", .list = true},
    {.name = "version", .label = "", .hidden = true},
    {0},
};
static const fp_form_look shown = {inputs, fields, "/try", "Save", false, "/"};
static const fp_route post = {FP_POST, "/try", FP_MAY_ANYONE, inputs, NULL, ""};

/* A request that is being answered, without the dispatcher. */
typedef struct {
    client c;
    fp_request request;
    fp_exchange x;
} asked;

static void ask(asked *a, const char *language)
{
    client_open(&a->c);
    a->request = (fp_request){.method = FP_POST, .path = FP_STR("/try")};
    a->x = (fp_exchange){
        .web = a->c.web,
        .request = &a->request,
        .response = &a->c.response,
        .arena = a->c.arena,
        .route = &post,
        .language = language,
        .words = fp_pages_words(a->c.web->pages, language),
        .session = {.account = 7,
                    .role = FP_ROLE_COACH,
                    .name = "O'Neil & <Co>",
                    .coach = "c1",
                    .language = "",
                    .id = "",
                    .csrf = "0123",
                    .visit_csrf = ""},
    };
}

static const char *answer(asked *a, json_t *values)
{
    fp_err err = {0};
    FP_JSON_SCOPED(context);
    ck_assert_int_eq(fp_form_show(&a->x, context, &shown, values, &err), FP_OK);
    json_decref(values);
    (void)json_object_set_new(context, "thing", json_string("<b>"));
    ck_assert_int_eq(fp_page(&a->x, "form", "About {{thing}}", context, &err), FP_OK);
    check_served_html(fp_buf_str(&a->c.response.body));
    return a->c.response.body.p;
}

static void assert_has(const char *page, const char *piece)
{
    ck_assert_msg(strstr(page, piece) != NULL, "\"%s\" is not in:\n%s", piece, page);
}

START_TEST(a_page_has_its_frame)
{
    asked a;
    ask(&a, "nl");
    const char *page =
        answer(&a, json_pack("{s:s, s:s, s:[{s:s, s:s}], s:s}", "name", "Jo", "born", "1990-02-03",
                             "coach_choices", "code", "c1", "text", "Coach 1", "coach", "c1"));
    ck_assert_int_eq(a.c.response.status, 200);
    assert_has(page, "<html lang=\"nl\">");
    assert_has(page, "<title>About &lt;b&gt; – firstplace</title>");
    assert_has(page, "<h1 class=\"utrecht-heading-1\">About &lt;b&gt;</h1>");
    assert_has(page, "<input type=\"hidden\" name=\"csrf\" value=\"0123\">");
    assert_has(page, "O&#39;Neil &amp; &lt;Co&gt; <span class=\"quiet\">(coach)</span>");
    assert_has(page, "value=\"Jo\"");
    assert_has(page, "value=\"03-02-1990\"");
    assert_has(page, "<option value=\"c1\" selected>Coach 1</option>");
    assert_has(page, "(mag leeg blijven)");
    assert_has(page, "<label for=\"f-role-1\">beheerder</label>");
    ck_assert_ptr_null(strstr(page, "aria-invalid"));
    client_close(&a.c);
}
END_TEST

static void give(asked *a, const fp_field *given, ptrdiff_t count)
{
    fp_err err = {0};
    ck_assert_int_eq(fp_form_read(inputs, (fp_fields){given, count}, a->c.now / 86400, a->c.arena,
                                  &a->x.form, &err),
                     FP_OK);
}

START_TEST(what_is_wrong_stands_beside_and_on_top)
{
    asked a;
    ask(&a, "nl");
    static const fp_field given[] = {
        {{"name", 4}, {"\"><script>", 10}}, {{"secret", 6}, {"short", 5}},
        {{"born", 4}, {"3-2-2199", 8}},     {{"role", 4}, {"b", 1}},
        {{"agreed", 6}, {"yes", 3}},        {{"words", 5}, {"\nline", 5}},
    };
    give(&a, given, 6);
    fp_form_problem(&a.x.form, "name", FP_MSG("Fill this in."));
    const char *page = answer(&a, json_pack("{s:s}", "name", "old"));
    ck_assert_int_eq(a.c.response.status, 422);
    assert_has(page, "<title>Fout: About");
    assert_has(page, "value=\"&quot;&gt;&lt;script&gt;\"");
    assert_has(page, "<a class=\"utrecht-link\" href=\"#f-secret\">Wachtwoord: Gebruik minstens 8 "
                     "tekens.</a>");
    assert_has(page, "aria-describedby=\"f-name-hint f-name-problem\" aria-invalid=\"true\"");
    assert_has(page, "value=\"3-2-2199\"");
    assert_has(page, "value=\"b\" checked");
    assert_has(page, "value=\"yes\" checked");
    assert_has(page, "\nline</textarea>");
    ck_assert_ptr_null(strstr(page, "short\""));
    client_close(&a.c);
}
END_TEST

/* A connection that was shut for research is given back open, and the next one is shut. */
START_TEST(a_shut_connection_is_given_back_open)
{
    static const char personal[] = "SELECT count(*) FROM person_key";
    asked a;
    fp_err err = {0};
    fp_ledger *readers[8];
    int count = 0;
    ask(&a, "en");
    ck_assert_int_eq(fp_exchange_resume(&a.x, &err), FP_OK);
    ck_assert_int_eq(fp_exchange_shut(&a.x, &err), FP_OK);
    ck_assert_int_ne(sqlite3_exec(fp_ledger_db(a.x.reader), personal, NULL, NULL, NULL), SQLITE_OK);
    fp_exchange_pause(&a.x);
    for (; count < 8; count++) { /* all that the pool has */
        ck_assert_int_eq(fp_pool_read(a.c.web->pool, &readers[count], &err), FP_OK);
        ck_assert_int_eq(sqlite3_exec(fp_ledger_db(readers[count]), personal, NULL, NULL, NULL),
                         SQLITE_OK);
    }
    while (count)
        fp_pool_read_end(a.c.web->pool, &readers[--count]);
    ck_assert_int_eq(fp_exchange_resume(&a.x, &err), FP_OK);
    ck_assert_int_ne(sqlite3_exec(fp_ledger_db(a.x.reader), personal, NULL, NULL, NULL), SQLITE_OK);
    fp_exchange_pause(&a.x);
    client_close(&a.c);
}
END_TEST

START_TEST(every_error_has_a_page)
{
    static const int statuses[] = {400, 403, 404, 405, 409, 413, 414,
                                   422, 429, 431, 500, 503, 507, 418};
    asked a;
    ask(&a, "en");
    a.x.session = fp_session_none;
    for (size_t i = 0; i < 2 * sizeof statuses / sizeof *statuses; i++) {
        fp_err err = {0};
        fp_response_reset(&a.c.response);
        a.x.language = i % 2 ? "nl" : "en";
        a.x.words = fp_pages_words(a.c.web->pages, a.x.language);
        ck_assert_int_eq(fp_page_error(&a.x, statuses[i / 2], NULL, &err), FP_OK);
        ck_assert_int_eq(a.c.response.status, statuses[i / 2]);
        check_served_html(fp_buf_str(&a.c.response.body));
    }
    client_close(&a.c);
}
END_TEST

START_TEST(the_language_is_kept)
{
    client c;
    client_open(&c);
    ck_assert_int_eq(client_ask(&c, FP_GET, "/nowhere", "language=en", NULL), 404);
    assert_has(c.response.body.p, "<html lang=\"en\">");
    ck_assert_int_eq(client_ask(&c, FP_GET, "/nowhere", "language=nl", NULL), 404);
    assert_has(c.response.body.p, "<html lang=\"nl\">");
    client_close(&c);
}
END_TEST

START_TEST(style_sheets_are_served)
{
    client c;
    client_open(&c);
    ck_assert_int_eq(client_ask(&c, FP_GET, "/style/utrecht.css", "", NULL), 200);
    ck_assert_str_eq(c.response.type, "text/css; charset=utf-8");
    ck_assert_int_eq(client_ask(&c, FP_GET, "/style/workbench.css", "", NULL), 200);
    assert_has(c.response.body.p, "--utrecht-link-color");
    ck_assert_int_eq(client_ask(&c, FP_GET, "/style/mark.svg", "", NULL), 200);
    ck_assert_int_eq(client_ask(&c, FP_GET, "/style/report.css", "", NULL), 404);
    client_close(&c);
}
END_TEST

START_TEST(days_and_moments)
{
    static const struct {
        int64_t moment;
        const char *nl, *en;
    } cases[] = {
        {1770123900, "di 3 feb 2026, 14:05", "Tue 3 Feb 2026, 14:05"},
        {1774745999, "zo 29 mrt 2026, 01:59", "Sun 29 Mar 2026, 01:59"},
        {1774746000, "zo 29 mrt 2026, 03:00", "Sun 29 Mar 2026, 03:00"},
        {1792889999, "zo 25 okt 2026, 02:59", "Sun 25 Oct 2026, 02:59"},
        {1792890000, "zo 25 okt 2026, 02:00", "Sun 25 Oct 2026, 02:00"},
        {1782857100, "wo 1 jul 2026, 00:05", "Wed 1 Jul 2026, 00:05"},
        {0, "do 1 jan 1970, 01:00", "Thu 1 Jan 1970, 01:00"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[48];
        fp_moment_words("nl", cases[i].moment, text);
        ck_assert_str_eq(text, cases[i].nl);
        fp_moment_words("en", cases[i].moment, text);
        ck_assert_str_eq(text, cases[i].en);
    }
}
END_TEST

static void check_one(void *user, const char *where, const char *id)
{
    check_translated(*(const fp_catalog *const *)user, where, id);
}

START_TEST(every_message_is_in_dutch)
{
    client c;
    client_open(&c);
    const fp_catalog *nl = fp_pages_words(c.web->pages, "nl");
    each_message(FP_SOURCE_DIR "/src/web", check_one, &nl);
    each_message(FP_SOURCE_DIR "/share/templates/web", check_one, &nl);
    client_close(&c);
}
END_TEST

/* A class that no style sheet knows is a slip of the pen. */
START_TEST(every_class_has_a_style)
{
    client c;
    client_open(&c);
    FP_BUF_SCOPED(styles, FP_MIB);
    FP_BUF_SCOPED(pages, FP_MIB);
    ck_assert_int_eq(client_ask(&c, FP_GET, "/style/utrecht.css", "", NULL), 200);
    fp_buf_put(&styles, c.response.body.p);
    ck_assert_int_eq(client_ask(&c, FP_GET, "/style/workbench.css", "", NULL), 200);
    fp_buf_put(&styles, c.response.body.p);

    for (ptrdiff_t i = 0; i < fp_web_templates_count; i++)
        fp_buf_put(&pages, (const char *)fp_web_templates[i].bytes);
    int checked = 0;
    for (const char *at = strstr(pages.p, "class=\""); at; at = strstr(at + 1, "class=\"")) {
        at += strlen("class=\"");
        size_t whole = strcspn(at, "\""), n;
        for (const char *end = at + whole; at < end; at += n) {
            char name[80];
            at += strspn(at, " ");
            n = strcspn(at, " \"{");
            if (at + n > end || n == 0 || *at == '{') { /* {{#problem}} and the like */
                const char *close = strstr(at, "}}");
                n = close && close < end ? (size_t)(close + 2 - at) : (size_t)(end - at);
                continue;
            }
            (void)snprintf(name, sizeof name, ".%.*s", (int)n, at);
            ck_assert_msg(strstr(styles.p, name) != NULL, "no style for the class %s", name);
            checked++;
        }
    }
    ck_assert_int_gt(checked, 30);
    client_close(&c);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("page");
    TCase *tests = tcase_create("pages");
    tcase_add_test(tests, a_page_has_its_frame);
    tcase_add_test(tests, what_is_wrong_stands_beside_and_on_top);
    tcase_add_test(tests, a_shut_connection_is_given_back_open);
    tcase_add_test(tests, every_error_has_a_page);
    tcase_add_test(tests, the_language_is_kept);
    tcase_add_test(tests, style_sheets_are_served);
    tcase_add_test(tests, days_and_moments);
    tcase_add_test(tests, every_message_is_in_dutch);
    tcase_add_test(tests, every_class_has_a_style);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
