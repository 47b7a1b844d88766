/* The whole report of small studies of every design. */
#include "report_cases.h"

#include <stdio.h>
#include <string.h>

#include "made_study.h"

static const char *const languages[] = {"en", "nl"};

static void check_numbers(const made *m, fp_str html, const char *language)
{
    fp_report_contents contents;
    fp_err err = {0};
    fp_arena *arena = fp_arena_create(64 * FP_MIB);
    ck_assert_int_eq(fp_report_read(html, arena, &contents, &err), FP_OK);
    ck_assert_str_eq(contents.language, language);
    ck_assert_str_eq(contents.program, "firstplace 0.1.0");
    for (ptrdiff_t i = 0; i < contents.number_count; i++) {
        char text[64];
        const fp_fact *fact = fp_results_fact(&m->results, contents.numbers[i].id);
        ck_assert_msg(fact != NULL, "no fact %s", contents.numbers[i].id);
        fp_fact_text(fact, strcmp(language, "nl") == 0 ? &fp_numstyle_nl : &fp_numstyle_en, text);
        ck_assert_str_eq(contents.numbers[i].text, text);
    }
    ck_assert_int_gt(contents.number_count, 5);
    ck_assert_int_ge(contents.input_count, 3);
    ck_assert_str_eq(contents.inputs[0].id, "study.yaml");
    fp_arena_destroy(arena);
}

START_TEST(every_design_renders)
{
    for (int l = 0; l < 2; l++) {
        made m;
        make_study(&m, (made_kind)_i, "A synthetic study");
        FP_BUF_SCOPED(html, 64 * FP_MIB);
        render_made(&m, languages[l], &html);
        check_html(fp_buf_str(&html));
        check_numbers(&m, fp_buf_str(&html), languages[l]);
        study_end(&m.study);
    }
}
END_TEST

/* A section that does not apply is left out, not printed empty. */
START_TEST(sections_fit_the_design)
{
    static const struct {
        made_kind kind;
        const char *sections; /* ids, in order */
    } cases[] = {
        {MADE_FACTORIAL, "answer summary flow baseline result effects synergy certainty spread "
                         "subgroups limits methods provenance numbers "},
        {MADE_ONE_FACTOR, "answer summary flow baseline result effects certainty spread limits "
                          "methods provenance numbers "},
        {MADE_INDIVIDUAL,
         "answer summary flow baseline result effects limits methods provenance numbers "},
        {MADE_COMPARISON,
         "answer summary flow baseline result effects limits methods provenance numbers "},
        {MADE_COACHED_GROUPS, "answer summary flow baseline result effects certainty spread others "
                              "limits methods provenance numbers "},
        {MADE_SINGLE, "answer summary flow baseline result limits methods provenance numbers "},
        {MADE_NO_PLAN,
         "answer summary flow baseline result spread limits methods provenance numbers "},
        {MADE_THREE_LEVELS,
         "answer summary flow baseline result others limits methods provenance numbers "},
        {MADE_NO_OUTCOME, "answer summary flow baseline methods provenance numbers "},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        made m;
        make_study(&m, cases[i].kind, "A synthetic study");
        FP_BUF_SCOPED(html, 64 * FP_MIB);
        FP_BUF_SCOPED(sections, 4096);
        render_made(&m, "en", &html);
        static const char mark[] = "<section id=\"";
        for (const char *at = strstr(html.p, mark); at; at = strstr(at + 1, mark)) {
            const char *id = at + strlen(mark);
            fp_buf_put_n(&sections, id, strcspn(id, "\""));
            fp_buf_put_char(&sections, ' ');
        }
        ck_assert_str_eq(sections.p, cases[i].sections);
        study_end(&m.study);
    }
}
END_TEST

START_TEST(same_bytes_twice)
{
    made a, b;
    make_study(&a, MADE_FACTORIAL, "A synthetic study");
    make_study(&b, MADE_FACTORIAL, "A synthetic study");
    FP_BUF_SCOPED(first, 64 * FP_MIB);
    FP_BUF_SCOPED(second, 64 * FP_MIB);
    render_made(&a, "nl", &first);
    render_made(&b, "nl", &second);
    ck_assert(fp_str_eq(fp_buf_str(&first), fp_buf_str(&second)));
    study_end(&a.study);
    study_end(&b.study);
}
END_TEST

START_TEST(hostile_title_is_text)
{
    made m;
    make_study(&m, MADE_FACTORIAL, "<script>alert('x')</script> & \\\"quotes\\\" {{title}}{{>n}}");
    m.study.protocol.title = "<script>alert('x')</script> & \"quotes\"";
    FP_BUF_SCOPED(html, 64 * FP_MIB);
    render_made(&m, "en", &html);
    check_html(fp_buf_str(&html));
    ck_assert_ptr_null(strstr(html.p, "<script"));
    ck_assert_ptr_nonnull(strstr(html.p, "&lt;script&gt;"));
    study_end(&m.study);
}
END_TEST

START_TEST(dutch_numbers_have_a_comma)
{
    made m;
    make_study(&m, MADE_FACTORIAL, "A synthetic study");
    FP_BUF_SCOPED(en, 64 * FP_MIB);
    FP_BUF_SCOPED(nl, 64 * FP_MIB);
    render_made(&m, "en", &en);
    render_made(&m, "nl", &nl);
    char text[64], expected[256];
    const fp_fact *fact = fp_results_fact(&m.results, "first.ipswith.hr");
    ck_assert_ptr_nonnull(fact);
    fp_fact_text(fact, &fp_numstyle_nl, text);
    ck_assert_ptr_nonnull(strchr(text, ','));
    (void)snprintf(expected, sizeof expected, "data-id=\"%s\" title=\"%s\">%s</span>", fact->id,
                   fact->id, text);
    ck_assert_ptr_nonnull(strstr(nl.p, expected));
    ck_assert_ptr_null(strstr(en.p, expected));
    ck_assert_ptr_nonnull(strstr(nl.p, "gebruikelijke begeleiding"));
    ck_assert_ptr_nonnull(strstr(en.p, "usual guidance"));
    study_end(&m.study);
}
END_TEST

/* What the issue asks for must be there by id. */
START_TEST(the_numbers_that_must_be_printed)
{
    static const char *const ids[] = {"flow.usual.coaches",
                                      "flow.both.people",
                                      "flow.ips.at_work_at_start",
                                      "flow.pa.censored_at_0",
                                      "flow.usual.set_aside:reversed-dates",
                                      "flow.total.people_per_coach_mean",
                                      "flow.total.censored:moved",
                                      "work.ips=with.share",
                                      "work.ips=with.mean_days",
                                      "work.total.follow_up",
                                      "baseline.age.usual.mean",
                                      "baseline.readiness=ready.ips=with.share",
                                      "baseline.age.ips.smd",
                                      "baseline.age.pa.smd_high",
                                      "coaches.team=n.both.count",
                                      "first.ipswith.hr",
                                      "first.risk.difference",
                                      "first.rmst.upper",
                                      "first.ipswith.p_model",
                                      "first.ipswith.lower_robust",
                                      "first.ipswith.df",
                                      "first.ipswith.p_permutation",
                                      "first.ipswith.smallest_p",
                                      "second.pawith.allocations",
                                      "neither.arms.p",
                                      "inside.both.hr",
                                      "inside.ips.risk_difference",
                                      "both.ipswith:pawith.ratio",
                                      "both.risk.difference",
                                      "both.rmst.lower",
                                      "both.ipswith:pawith.p_permutation",
                                      "ready.readiness=ready.hr",
                                      "ready.readiness=not-ready.upper"};
    made m;
    make_study(&m, MADE_FACTORIAL, "A synthetic study");
    FP_BUF_SCOPED(html, 64 * FP_MIB);
    render_made(&m, "en", &html);
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        char mark[256];
        (void)snprintf(mark, sizeof mark, "<span class=\"n\" data-id=\"%s\"", ids[i]);
        ck_assert_msg(strstr(html.p, mark) != NULL, "%s is not printed", ids[i]);
    }
    ck_assert_ptr_null(strstr(html.p, "ready.readiness=ready.p"));
    study_end(&m.study);
}
END_TEST

/* Every number in the text stands in the list at the end. */
START_TEST(the_appendix_lists_every_number)
{
    made m;
    make_study(&m, MADE_FACTORIAL, "A synthetic study");
    FP_BUF_SCOPED(html, 64 * FP_MIB);
    render_made(&m, "en", &html);
    const char *appendix = strstr(html.p, "<section id=\"numbers\"");
    ck_assert_ptr_nonnull(appendix);
    fp_report_contents contents;
    fp_arena *arena = fp_arena_create(64 * FP_MIB);
    fp_str before = {html.p, (size_t)(appendix - html.p)};
    ck_assert_int_eq(fp_report_read(before, arena, &contents, NULL), FP_OK);
    for (ptrdiff_t i = 0; i < contents.number_count; i++) {
        char mark[256];
        (void)snprintf(mark, sizeof mark, "data-id=\"%s\"", contents.numbers[i].id);
        ck_assert_msg(strstr(appendix, mark) != NULL, "%s is not listed", contents.numbers[i].id);
    }
    fp_arena_destroy(arena);
    study_end(&m.study);
}
END_TEST

static void check_has(const char *html, const char *text)
{
    ck_assert_msg(strstr(html, text) != NULL, "the page lacks \"%s\"", text);
}

/* Somebody had a competing event: incidences by name, the stacked figure, both looks at the effect.
 */
START_TEST(competing_events_are_told)
{
    made m;
    make_study(&m, MADE_FACTORIAL, "A synthetic study");
    ck_assert(m.results.competes);
    FP_BUF_SCOPED(html, 64 * FP_MIB);
    render_made(&m, "en", &html);
    check_has(html.p, "<figure id=\"f-first\">");
    check_has(html.p, "url(#f-first-wide-band2)");
    check_has(html.p, "url(#f-first-narrow-band2)");
    check_has(html.p, "Subdistribution hazard ratio");
    check_has(html.p, "Gray’s test, p");
    check_has(html.p, "They did not find it, and count as such");
    ck_assert_ptr_null(strstr(html.p, "Kaplan-Meier estimate</th>"));
    study_end(&m.study);
}
END_TEST

/* The answer names a factor that has no single number, and leads to where its numbers stand. */
START_TEST(three_levels_are_not_dropped)
{
    made m;
    make_study(&m, MADE_THREE_LEVELS, "A synthetic study");
    FP_BUF_SCOPED(html, 64 * FP_MIB);
    render_made(&m, "en", &html);
    check_has(html.p, "<strong>dose.</strong> This was given in 3 ways");
    check_has(html.p, "<a href=\"#others\">");
    check_has(html.p, "<section id=\"others\"");
    check_has(html.p, "dose: highest against dose: low");
    check_has(html.p, "By dose. Share of all people that found lasting work");
    ck_assert_ptr_null(strstr(html.p, "There was no group to compare with"));
    ck_assert_ptr_null(strstr(html.p, "with and without dose"));
    study_end(&m.study);
}
END_TEST

/* "0 of them were ..." is no sentence, and a rule that keeps everybody says nothing of the start.
 */
START_TEST(nobody_at_work_has_a_sentence_of_its_own)
{
    static const char *const sentences[] = {"Nobody was at work at the start; ",
                                            "of them was at work at the start and is left out; ",
                                            "of them were at work at the start and are left out; "};
    made m;
    make_study(&m, MADE_FACTORIAL, "A synthetic study");
    fp_fact *working = NULL;
    for (ptrdiff_t i = 0; i < m.results.fact_count; i++)
        if (strcmp(m.results.facts[i].id, "flow.total.at_work_at_start") == 0)
            working = (fp_fact *)(uintptr_t)&m.results.facts[i];
    ck_assert_ptr_nonnull(working);
    for (int n = 0; n < 3; n++) {
        FP_BUF_SCOPED(html, 64 * FP_MIB);
        working->value = n;
        render_made(&m, "en", &html);
        for (int k = 0; k < 3; k++)
            ck_assert_int_eq(strstr(html.p, sentences[k]) != NULL, k == n);
    }
    study_end(&m.study);
}
END_TEST

/* What a study looks like whose fits failed: no number but the counts is defined. */
static void forget_estimates(made *m)
{
    for (ptrdiff_t i = 0; i < m->results.fact_count; i++) {
        fp_fact *fact = (fp_fact *)(uintptr_t)&m->results.facts[i];
        if (fact->kind != FP_FACT_COUNT)
            fact->value = FP_NUM_NAN;
    }
    for (ptrdiff_t e = 0; e < m->results.effect_count; e++)
        ((fp_effect *)(uintptr_t)&m->results.effects[e])->verdict = FP_VERDICT_NONE;
    for (ptrdiff_t x = 0; x < m->results.interaction_count; x++)
        ((fp_interaction *)(uintptr_t)&m->results.interactions[x])->verdict = FP_VERDICT_NONE;
    for (ptrdiff_t s = 0; s < m->results.subgroup_count; s++)
        ((fp_subgroup *)(uintptr_t)&m->results.subgroups[s])->verdict = FP_VERDICT_NONE;
}

START_TEST(a_range_that_is_not_known_is_one_dash)
{
    for (int kind = 0; kind < MADE_COUNT; kind++) {
        made m;
        make_study(&m, (made_kind)kind, "A synthetic study");
        forget_estimates(&m);
        FP_BUF_SCOPED(html, 64 * FP_MIB);
        FP_BUF_SCOPED(text, 64 * FP_MIB);
        render_made(&m, "en", &html);
        plain_text(fp_buf_str(&html), &text);
        const char *range = strstr(text.p, "\u2013 to \u2013");
        ck_assert_msg(!range, "kind %d: ...%.60s", kind, range ? range - 40 : "");
        ck_assert_ptr_null(strstr(text.p, "for \u2013 days"));
        ck_assert_ptr_null(strstr(text.p, "lasting work: \u2013"));
        study_end(&m.study);
    }
}
END_TEST

/* Answers by wave: each analysis by item, id and role; one without a factor in a line of its own.
 */
START_TEST(analyses_of_answers_are_all_there)
{
    made m;
    make_study(&m, MADE_ANSWERS, "");
    FP_BUF_SCOPED(html, 64 * FP_MIB);
    render_made(&m, "en", &html);
    check_has(html.p, "<h3>at work (work_waves)</h3>");
    check_has(html.p, "<h3>mood (mood_waves)</h3>");
    check_has(html.p, "<h3>mood (mood_people, exploratory)</h3>");
    check_has(html.p, "An exploratory analysis raises a question and settles none.");
    check_has(html.p, "<p>score (score_ready, exploratory): value ~ readiness * wave");
    check_has(html.p, "Estimated share (%), at work");
    check_has(html.p, "Difference (percentage points)");
    fp_buf_clear(&html);
    fp_buf_init(&html, 64 * FP_MIB);
    render_made(&m, "nl", &html);
    check_has(html.p, "mood_people: <span>het gemengde model heeft geen random effect van coach");
    study_end(&m.study);
}
END_TEST

/* Notes of the fits: those that the page tells are not repeated, others are in its language. */
START_TEST(notes_are_translated_and_not_repeated)
{
    const char *const notes[] = {
        "first: with 8 clusters the plain robust standard errors are too small: the corrected ones "
        "are those of Mancl and DeRouen, with t on 5 degrees of freedom",
        "first: the column \"a: b\" is left out: \"x\" is not a number",
        "second: no events among the people with ips=with: its hazard ratio tends to 0 and cannot "
        "be "
        "estimated",
        "second: something <new>",
        "both: something <new>",
    };
    made m;
    make_study(&m, MADE_FACTORIAL, "A synthetic study");
    m.results.warnings = notes;
    m.results.warning_count = 5;
    FP_BUF_SCOPED(html, 64 * FP_MIB);
    render_made(&m, "nl", &html);
    ck_assert_ptr_null(strstr(html.p, "with 8 clusters"));
    ck_assert_ptr_null(strstr(html.p, "met 8 clusters"));
    check_has(html.p, "<li>first: <span>de kolom &quot;a: b&quot; is weggelaten: &quot;x&quot; is "
                      "geen getal</span></li>");
    check_has(html.p, "met ips=with: de hazardratio ervan gaat naar 0 en is niet te schatten");
    check_has(html.p, "<li>second, both: <span lang=\"en\">something &lt;new&gt;</span></li>");
    m.results.warning_count = 1;
    fp_buf_clear(&html);
    fp_buf_init(&html, 64 * FP_MIB);
    render_made(&m, "nl", &html);
    check_has(html.p, "Er waren er geen behalve wat hierboven al staat.");
    study_end(&m.study);
}
END_TEST

START_TEST(a_small_p_shows_that_it_is_not_0)
{
    static const struct {
        double value;
        const char *text;
    } cases[] = {{24.0 / 369600, "0.00006"}, {2.0 / 400, "0.005"}, {0.25, "0.250"}, {1, "1.000"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[64];
        fp_fact fact = {.value = cases[i].value, .kind = FP_FACT_SMALL_P, .digits = 3};
        fp_fact_text(&fact, &fp_numstyle_en, text);
        ck_assert_str_eq(text, cases[i].text);
    }
}
END_TEST

START_TEST(the_log_is_named_where_there_is_one)
{
    made m;
    make_study(&m, MADE_FACTORIAL, "A synthetic study");
    for (int given = 0; given < 2; given++) {
        FP_BUF_SCOPED(html, 64 * FP_MIB);
        fp_err err = {0};
        fp_report_input input = {
            &m.results, "nl", "firstplace 0.1.0", "", given ? "3, <5f2a>" : NULL, NULL, false, 0,
            NULL,       0};
        ck_assert_int_eq(fp_report_html(&input, m.study.arena, &html, &err), FP_OK);
        const char *row = "<dt>Logboek van de studie tot en met</dt><dd>3, &lt;5f2a&gt;</dd>";
        ck_assert_int_eq(strstr(html.p, row) != NULL, given);
        ck_assert_int_eq(strstr(html.p, "Logboek") != NULL, given);
    }
    study_end(&m.study);
}
END_TEST

START_TEST(unknown_language_and_missing_fact)
{
    made m;
    make_study(&m, MADE_FACTORIAL, "A synthetic study");
    FP_BUF_SCOPED(html, 64 * FP_MIB);
    fp_err err = {0};
    fp_report_input input = {&m.results, "fr", "firstplace 0.1.0", "", NULL, NULL, false, 0,
                             NULL,       0};
    ck_assert_int_eq(fp_report_html(&input, m.study.arena, &html, &err), FP_USAGE);
    ck_assert_ptr_nonnull(strstr(err.message, "\"fr\""));
    input.language = "en";
    m.results.fact_count -= 5;
    ck_assert_int_eq(fp_report_html(&input, m.study.arena, &html, &err), FP_INTERNAL);
    m.results.fact_count += 5;
    m.results.level = 0.9;
    ck_assert_int_eq(fp_report_html(&input, m.study.arena, &html, &err), FP_USAGE);
    study_end(&m.study);
}
END_TEST

START_TEST(a_failing_allocation_is_reported)
{
    made m;
    make_study(&m, MADE_FACTORIAL, "A synthetic study");
    fp_status status = FP_NOMEM;
    for (long n = 1; status != FP_OK; n += 1 + n / 3) {
        fp_err err = {0};
        FP_BUF_SCOPED(html, 64 * FP_MIB);
        fp_arena *arena = fp_arena_create(256 * FP_MIB);
        fp_report_input input = {&m.results, "en", "firstplace 0.1.0", "", NULL, NULL, false, 0,
                                 NULL,       0};
        fp_arena_fail_at(arena, n);
        status = fp_report_html(&input, arena, &html, &err);
        ck_assert(status == FP_OK || status == FP_NOMEM);
        fp_arena_destroy(arena);
    }
    study_end(&m.study);
}
END_TEST

TCase *report_cases(void)
{
    TCase *tc = tcase_create("report");
    tcase_add_loop_test(tc, every_design_renders, 0, MADE_COUNT);
    tcase_add_test(tc, sections_fit_the_design);
    tcase_add_test(tc, same_bytes_twice);
    tcase_add_test(tc, hostile_title_is_text);
    tcase_add_test(tc, dutch_numbers_have_a_comma);
    tcase_add_test(tc, the_numbers_that_must_be_printed);
    tcase_add_test(tc, the_appendix_lists_every_number);
    tcase_add_test(tc, competing_events_are_told);
    tcase_add_test(tc, three_levels_are_not_dropped);
    tcase_add_test(tc, nobody_at_work_has_a_sentence_of_its_own);
    tcase_add_test(tc, a_range_that_is_not_known_is_one_dash);
    tcase_add_test(tc, analyses_of_answers_are_all_there);
    tcase_add_test(tc, notes_are_translated_and_not_repeated);
    tcase_add_test(tc, a_small_p_shows_that_it_is_not_0);
    tcase_add_test(tc, the_log_is_named_where_there_is_one);
    tcase_add_test(tc, unknown_language_and_missing_fact);
    tcase_add_test(tc, a_failing_allocation_is_reported);
    return tc;
}
