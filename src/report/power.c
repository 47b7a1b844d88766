/* The size of a study in sentences: for the report, and for a protocol. */
#include "report/power_priv.h"

#include <math.h>
#include <stdio.h>

const char *fp_power_percent(fp_page *page, double share, int digits)
{
    return fp_page_setting(page, 100 * share, digits);
}

const char *fp_power_short(fp_page *page, double value, int most)
{
    int digits = 0;
    while (digits < most && fabs(value * pow(10, digits) - rint(value * pow(10, digits))) > 1e-6)
        digits++;
    return fp_page_setting(page, value, digits);
}

static json_t *sizes(fp_page *page, const fp_power_answer *a)
{
    return json_pack("{s:s, s:s, s:s, s:s}", "people", fp_page_setting(page, a->derived.people, 0),
                     "clusters", fp_page_setting(page, (double)a->design.clusters, 0), "arms",
                     fp_page_setting(page, a->design.arms, 0), "mean",
                     fp_power_short(page, a->design.mean_size, 1));
}

static json_t *course(fp_page *page, const fp_power_answer *a)
{
    return json_pack("{s:s, s:s, s:s, s:s}", "share",
                     fp_power_percent(page, 1 - a->derived.survival, 0), "days",
                     fp_page_setting(page, a->design.follow_up, 0), "accrual",
                     fp_page_setting(page, a->design.accrual, 0), "left",
                     fp_power_percent(page, a->plan.drop_out, 0));
}

static json_t *spread(fp_page *page, const fp_power_answer *a)
{
    return json_pack("{s:s, s:s, s:s}", "k", fp_page_setting(page, a->derived.k, 2), "icc",
                     fp_page_setting(page, a->derived.icc, 3), "variance",
                     fp_page_setting(page, a->derived.theta, 3));
}

static void say_time(fp_page *page, const fp_power_answer *a, json_t *list)
{
    fp_page_add(page, list,
                fp_page_say(page,
                            FP_MSG("In the reference arm {{share}}% were expected to have the "
                                   "event within {{days}} days."),
                            course(page, a)));
    if (a->plan.drop_out > 0)
        fp_page_add(page, list,
                    fp_page_say(page,
                                FP_MSG("Of all people {{left}}% were expected to have left "
                                       "the study by then."),
                                course(page, a)));
    if (a->design.accrual > 0)
        fp_page_add(page, list,
                    fp_page_say(page, FP_MSG("People were to enter over {{accrual}} days."),
                                course(page, a)));
    if (!a->plan.individual)
        fp_page_add(page, list,
                    fp_page_say(page,
                                FP_MSG("The hazards of the clusters were expected to vary with a "
                                       "coefficient of variation k of {{k}}: an intracluster "
                                       "correlation of the event of {{icc}}, a frailty with "
                                       "variance {{variance}}."),
                                spread(page, a)));
}

static void say_design(fp_page *page, const fp_power_answer *a, json_t *list)
{
    fp_page_add(page, list,
                fp_page_say(page,
                            a->plan.individual
                                ? FP_MSG("The size of the study was reckoned with {{people}} "
                                         "people, drawn by lot to {{arms}} arms.")
                                : FP_MSG("The size of the study was reckoned with {{people}} "
                                         "people in {{clusters}} clusters, drawn by lot to "
                                         "{{arms}} arms: {{mean}} in a cluster."),
                            sizes(page, a)));
    if (fp_power_plan_measures(&a->plan))
        fp_power_say_measure(page, a, list);
    else
        say_time(page, a, list);
}

static const char *test_words(fp_page *page, const fp_power_answer *a, fp_power_analysis analysis)
{
    static const char *const words[FP_POWER_ANALYSES] = {
        [FP_POWER_NAIVE] = FP_MSG("the test of the Cox model that takes people as independent"),
        [FP_POWER_ROBUST] = FP_MSG("the test by the sandwich over clusters"),
        [FP_POWER_KC] = FP_MSG("the t-test with the correction of Kauermann and Carroll"),
        [FP_POWER_MD] = FP_MSG("the t-test with the correction of Mancl and DeRouen"),
        [FP_POWER_FG] = FP_MSG("the t-test with the correction of Fay and Graubard"),
        [FP_POWER_MBN] = FP_MSG("the t-test with the correction of Morel, Bokossa and Neerchal"),
        [FP_POWER_PERMUTATION] = FP_MSG("the permutation test"),
        [FP_POWER_LOGRANK] = FP_MSG("the log-rank test"),
        [FP_POWER_FRAILTY] = FP_MSG("the test of the model with a gamma frailty"),
        [FP_POWER_GEE] = FP_MSG("the test of generalised estimating equations"),
        [FP_POWER_GEE_ROBUST] =
            FP_MSG("the test of generalised estimating equations by the plain sandwich"),
        [FP_POWER_GEE_KC] = FP_MSG("the t-test of generalised estimating equations with the "
                                   "correction of Kauermann and Carroll"),
        [FP_POWER_GEE_MD] = FP_MSG("the t-test of generalised estimating equations with the "
                                   "correction of Mancl and DeRouen"),
        [FP_POWER_LMM] = FP_MSG("the t-test of a linear mixed model with the degrees of freedom of "
                                "Satterthwaite"),
        [FP_POWER_LMM_KR] =
            FP_MSG("the t-test of a linear mixed model with the degrees of freedom of Kenward and "
                   "Roger"),
        [FP_POWER_MEANS] = FP_MSG("the permutation test of the means of clusters"),
        [FP_POWER_TTEST] = FP_MSG("the t-test of the means of clusters"),
    };
    if (analysis == FP_POWER_NAIVE && fp_power_plan_measures(&a->plan))
        return fp_page_word(page, FP_MSG("the test of the regression that takes people as "
                                         "independent"));
    return fp_page_word(page, words[analysis]);
}

/* A p with its first digit that is not 0. */
static const char *small_p(fp_page *page, double p)
{
    int digits = p > 0 ? (int)fmin(12, fmax(3, ceil(-log10(p)))) : 3;
    return fp_page_setting(page, p, digits);
}

/* A factor by its name in the report; without a study, as in its design. */
static const char *effect_name(fp_page *page, const fp_power_question *q)
{
    if (q->joint)
        return fp_page_word(page, FP_MSG("all arms together"));
    return page->plan && q->permute == FP_PERMUTE_MARGIN ? fp_page_factor(page, q->factor)
                                                         : q->name;
}

/* The sentence of a row: of any arm, of an interaction, of one effect. */
static const char *row_message(const fp_power_answer *a, const fp_power_question *q)
{
    bool interaction = q->permute == FP_PERMUTE_INTERACTION;
    if (q->joint)
        return FP_MSG(
            "All arms together: {{test}} at a two-sided level of {{alpha}}% then has a power "
            "of {{power}}%.");
    if (fp_power_plan_measures(&a->plan))
        return interaction
                   ? FP_MSG("For the interaction {{effect}} {{{scale}}} of {{ratio}} is found by "
                            "{{test}} at a two-sided level of {{alpha}}% with a power of "
                            "{{power}}%.")
                   : FP_MSG("For {{effect}} {{{scale}}} of {{ratio}} is found by {{test}} at a "
                            "two-sided level of {{alpha}}% with a power of {{power}}%.");
    return interaction
               ? FP_MSG("An interaction by a ratio of hazard ratios of {{ratio}} ({{effect}}) is "
                        "found by {{test}} at a two-sided level of {{alpha}}% with a power of "
                        "{{power}}%.")
               : FP_MSG("A hazard ratio of {{ratio}} for {{effect}} is found by {{test}} at a "
                        "two-sided level of {{alpha}}% with a power of {{power}}%.");
}

static json_t *row_values(fp_page *page, const fp_power_answer *a, const fp_power_row *row)
{
    const fp_power_question *q = row->question;
    bool interaction = q->permute == FP_PERMUTE_INTERACTION;
    double effect = fp_power_effect_out(fp_power_plan_scale(&a->plan), q->truth);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "ratio",
                     q->joint ? "" : fp_power_short(page, effect, fp_power_text_digits(a)),
                     "effect", effect_name(page, q), "test", test_words(page, a, row->analysis),
                     "scale", fp_power_say_scale(page, a, interaction), "alpha",
                     fp_power_short(page, 100 * a->design.alpha, 2), "power",
                     fp_power_percent(page, row->power.share, 0));
}

static void say_row(fp_page *page, const fp_power_answer *a, const fp_power_row *row, json_t *list)
{
    const fp_power_question *q = row->question;
    if (q->is_null || (isnan(q->truth) && !q->joint))
        return;
    fp_page_add(page, list, fp_page_say(page, row_message(a, q), row_values(page, a, row)));
    if (fp_power_permutes((int)row->analysis))
        fp_page_add(page, list,
                    fp_page_say(page,
                                FP_MSG("The smallest p that the permutation test of {{effect}} can "
                                       "give is {{p}}."),
                                json_pack("{s:s, s:s}", "effect", effect_name(page, q), "p",
                                          small_p(page, row->power.smallest_p))));
}

/* A test with far more than its level of type I error is no measure of what can be found. */
static bool keeps_level(const fp_power_answer *a, const fp_power_row *row)
{
    return row->null.share <= 1.5 * a->design.alpha;
}

/* Whether such an effect could have been found: by the best of its tests that keep their level,
 * against the power asked for. Said after the last row of a question; missed: set where it could
 * not. */
static void say_verdict(fp_page *page, const fp_power_answer *a, ptrdiff_t last, bool *missed,
                        json_t *list)
{
    const fp_power_question *q = a->rows[last].question;
    double best = -1;
    if (q->is_null || isnan(q->truth) || q->joint ||
        (last + 1 < a->row_count && a->rows[last + 1].question == q))
        return;
    for (ptrdiff_t i = last; i >= 0 && a->rows[i].question == q; i--)
        if (keeps_level(a, &a->rows[i]))
            best = fmax(best, a->rows[i].power.share);
    if (best < 0)
        return;
    *missed = *missed || best < a->target;
    fp_page_add(page, list,
                fp_page_say(page,
                            best >= a->target
                                ? FP_MSG("A study of this size can be counted on to find such an "
                                         "effect of {{effect}}.")
                                : FP_MSG("A study of this size cannot be counted on to find such "
                                         "an effect of {{effect}}: even the best of the tests that "
                                         "keep their level misses it {{missed}} times in a "
                                         "hundred."),
                            json_pack("{s:s, s:s}", "effect", effect_name(page, q), "missed",
                                      fp_power_percent(page, 1 - best, 0))));
}

/* Another outcome of the same study. */
static void say_other(fp_page *page, const fp_power_answer *a, json_t *list)
{
    fp_page_add(page, list,
                fp_page_say(page, FP_MSG("The size was also looked at for {{outcome}}."),
                            fp_page_with(page, "outcome", a->about)));
    fp_power_say_measure(page, a, list);
}

static void say_all(fp_page *page, const fp_power_answer *const *answers, ptrdiff_t count,
                    const char *program, json_t *list)
{
    bool missed = false;
    say_design(page, answers[0], list);
    for (ptrdiff_t a = 0; a < count; a++) {
        if (a && answers[a]->about)
            say_other(page, answers[a], list);
        for (ptrdiff_t i = 0; i < answers[a]->row_count; i++) {
            say_row(page, answers[a], &answers[a]->rows[i], list);
            say_verdict(page, answers[a], i, &missed, list);
        }
    }
    if (missed)
        fp_page_add(page, list,
                    fp_page_say(page,
                                FP_MSG("Where an effect could not be counted on to be found, a "
                                       "result that is not significant does not say that it is "
                                       "not there."),
                                NULL));
    fp_page_add(page, list,
                fp_page_say(page,
                            FP_MSG("These powers were found by simulating {{trials}} trials of "
                                   "this design with these tests ({{program}})."),
                            json_pack("{s:s, s:s}", "trials",
                                      fp_page_setting(page, (double)answers[0]->trials, 0),
                                      "program", program)));
}

void fp_page_power(fp_page *page, json_t *part)
{
    json_t *list = json_array();
    if (page->input->power_count)
        say_all(page, page->input->power, page->input->power_count, page->input->program, list);
    fp_page_put(page, part, "has_size", json_boolean(json_array_size(list) > 0));
    fp_page_put(page, part, "size", list);
}

fp_status fp_report_power_paragraph(const fp_power_answer *const *answers, ptrdiff_t count,
                                    const char *language, const char *program, fp_arena *arena,
                                    fp_buf *out, fp_err *err)
{
    fp_page page = {.arena = arena, .err = err};
    FP_TRY(fp_share_words(language, arena, &page.words, err));
    page.style = language[0] == 'n' ? &fp_numstyle_nl : &fp_numstyle_en;
    json_t *list = json_array();
    say_all(&page, answers, count, program, list);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *text = json_string_value(json_array_get(list, i));
        fp_buf_printf(out, "%s%s", i ? " " : "", text ? text : "");
    }
    json_decref(list);
    fp_buf_put_char(out, '\n');
    return page.status == FP_OK ? fp_buf_ok(out, err) : page.status;
}
