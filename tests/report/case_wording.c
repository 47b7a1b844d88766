/* Every verdict in both languages: the words it must have, and words that no report may have. */
#include "report_cases.h"

#include <string.h>

#include "made_study.h"

static const char *const banned[] = {
    "no effect",
    "no difference",
    "equally effective",
    "works just as well",
    "just as effective",
    "geen effect",
    "geen verschil",
    "even effectief",
    "werkt niet",
    "werken niet",
    "net zo effectief",
    "net zo goed",
    "trend towards",
    "borderline significant",
    "marginally significant",
    "not significant",
    "niet significant",
    "does not work",
    "did not work",
    "no evidence",
};

static const char *const verdicts[2][2][5] = {
    {{"with ips more people found lasting work (hazard ratio ",
      "with ips fewer people found lasting work (hazard ratio ",
      "inconclusive: the data fit anything from ",
      "equivalent within the margin 1.25 that was agreed beforehand",
      "this could not be estimated: "},
     {"met ips vonden meer mensen duurzaam werk (hazardratio ",
      "met ips vonden minder mensen duurzaam werk (hazardratio ",
      "onbeslist: de gegevens passen bij alles van ",
      "gelijkwaardig binnen de vooraf afgesproken marge 1,25", "dit kon niet worden geschat: "}},
    {{"the two together do more than apart (", "the two together do less than apart",
      "whether the two together do more than apart cannot be said from this study: ",
      "equivalent within the margin 1.25 that was agreed beforehand",
      "this could not be estimated: "},
     {"beide samen doen meer dan apart (", "beide samen doen minder dan apart",
      "of beide samen meer doen dan apart is uit deze studie niet op te maken: ",
      "gelijkwaardig binnen de vooraf afgesproken marge 1,25", "dit kon niet worden geschat: "}},
};

static void check_banned(const char *text)
{
    for (size_t i = 0; i < sizeof banned / sizeof *banned; i++) {
        const char *at = strstr(text, banned[i]);
        ck_assert_msg(at == NULL, "\"%s\" in: ...%.60s", banned[i], at);
    }
}

/* The results with one verdict everywhere. */
static void with_verdict(made *m, fp_verdict verdict, fp_effect effects[2],
                         fp_interaction *interaction, fp_subgroup *subgroup,
                         fp_analysis_spec specs[3])
{
    fp_results *r = &m->results;
    ck_assert_int_eq(r->effect_count, 2);
    for (int e = 0; e < 2; e++) {
        effects[e] = r->effects[e];
        specs[e] = *effects[e].spec;
        specs[e].margin = 1.25;
        effects[e].spec = &specs[e];
        effects[e].verdict = verdict;
    }
    *interaction = r->interactions[0];
    specs[2] = *interaction->spec;
    specs[2].margin = 1.25;
    interaction->spec = &specs[2];
    interaction->verdict = verdict;
    *subgroup = r->subgroups[0];
    subgroup->verdict = verdict;
    r->effects = effects;
    r->interactions = interaction;
    r->subgroups = subgroup;
}

START_TEST(every_verdict_in_both_languages)
{
    static const char *const languages[] = {"en", "nl"};
    for (int l = 0; l < 2; l++) {
        made m;
        fp_effect effects[2];
        fp_interaction interaction;
        fp_subgroup subgroup;
        fp_analysis_spec specs[3];
        make_study(&m, MADE_FACTORIAL, "A synthetic study");
        with_verdict(&m, (fp_verdict)_i, effects, &interaction, &subgroup, specs);
        FP_BUF_SCOPED(html, 64 * FP_MIB);
        FP_BUF_SCOPED(text, 64 * FP_MIB);
        render_made(&m, languages[l], &html);
        plain_text(fp_buf_str(&html), &text);
        check_banned(text.p);
        for (int scale = 0; scale < 2; scale++)
            for (int v = 0; v < 5; v++) {
                bool there = strstr(text.p, verdicts[scale][l][v]) != NULL;
                bool same = strcmp(verdicts[scale][l][v], verdicts[scale][l][_i]) == 0;
                ck_assert_msg(there == same, "verdict %d, scale %d: \"%s\" %s", _i, scale,
                              verdicts[scale][l][v], there ? "is there" : "is not there");
            }
        study_end(&m.study);
    }
}
END_TEST

START_TEST(no_design_says_a_banned_word)
{
    static const char *const languages[] = {"en", "nl"};
    for (int l = 0; l < 2; l++) {
        made m;
        make_study(&m, (made_kind)_i, "A synthetic study");
        FP_BUF_SCOPED(html, 64 * FP_MIB);
        FP_BUF_SCOPED(text, 64 * FP_MIB);
        render_made(&m, languages[l], &html);
        plain_text(fp_buf_str(&html), &text);
        check_banned(text.p);
        study_end(&m.study);
    }
}
END_TEST

START_TEST(nobody_with_work_is_said)
{
    made m;
    make_study(&m, MADE_NOBODY, "A synthetic study");
    FP_BUF_SCOPED(html, 64 * FP_MIB);
    FP_BUF_SCOPED(text, 64 * FP_MIB);
    render_made(&m, "en", &html);
    plain_text(fp_buf_str(&html), &text);
    ck_assert_ptr_nonnull(
        strstr(text.p, "this could not be estimated: nobody found lasting work."));
    study_end(&m.study);
}
END_TEST

TCase *wording_cases(void)
{
    TCase *tc = tcase_create("wording");
    tcase_add_loop_test(tc, every_verdict_in_both_languages, 0, 5);
    tcase_add_loop_test(tc, no_design_says_a_banned_word, 0, MADE_COUNT);
    tcase_add_test(tc, nobody_with_work_is_said);
    return tc;
}
