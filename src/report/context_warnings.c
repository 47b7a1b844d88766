/* The notes of the fits in the language of the report. They arise in English, where no language is
 * known; here their wording is a pattern that the catalogues translate. */
#include "report/page_priv.h"

#include <string.h>

/* Where the report says the same in a text of its own, so that the note need not repeat it. */
typedef enum {
    TOLD_NOWHERE,
    TOLD_BY_CERTAINTY,
    TOLD_BY_OTHERS,
    TOLD_BY_COMPETING,
    TOLD_TO_COMMANDS, /* an option of a command, which no study has */
} told;

typedef struct {
    const char *text; /* {{{a}}} to {{{e}}} stand for anything */
    told where;
} pattern;

/* The first that fits is taken: the longer ones stand first. */
static const pattern patterns[] = {
    {FP_MSG("with {{{a}}} clusters the plain robust standard errors are too small: the corrected "
            "ones are those of {{{b}}}, with t on {{{c}}} degrees of freedom"),
     TOLD_BY_CERTAINTY},
    {FP_MSG("with {{{a}}} clusters the plain robust standard errors are too small: the corrected "
            "ones are those of {{{b}}}, with t on {{{c}}} degree of freedom"),
     TOLD_BY_CERTAINTY},
    {FP_MSG("shown term by term, as planned: it is not the effect of a factor of two levels on the "
            "primary outcome"),
     TOLD_BY_OTHERS},
    {FP_MSG("people with a competing event did not find work before it: shares over time are "
            "cumulative incidences (Aalen-Johansen), hazards those among people without either "
            "event"),
     TOLD_BY_COMPETING},
    {FP_MSG("with {{{a}}} clusters the robust standard errors are too small; no correction was "
            "asked for"),
     TOLD_NOWHERE},
    {FP_MSG("{{{a}}} clusters are too few for these terms: after the correction no degrees of "
            "freedom are left, so it gives no p-value and no interval; do not use those of the "
            "plain robust standard errors"),
     TOLD_NOWHERE},
    {FP_MSG("the correction of Fay and Graubard depends on how the columns are coded: another "
            "reference level gives other standard errors"),
     TOLD_NOWHERE},
    {FP_MSG("one cluster alone, {{{a}}}, tells {{{b}}} from the rest: what that cluster does by "
            "itself cannot be told from the term, and no standard error knows it"),
     TOLD_NOWHERE},
    {FP_MSG("without cluster {{{a}}} the other clusters do not determine the terms: its part of "
            "the corrected standard errors is held at a bound, and these may be far too small"),
     TOLD_NOWHERE},
    {FP_MSG("no small-sample correction for {{{a}}} clusters: the fit has no optimum to make it "
            "at"),
     TOLD_NOWHERE},
    {FP_MSG("the robust standard error of {{{a}}} is 0: the clusters do not differ, and do not "
            "tell how precise the estimate is"),
     TOLD_NOWHERE},
    {FP_MSG("the robust standard error of {{{a}}} is 0: the rows do not differ, and do not tell "
            "how precise the estimate is"),
     TOLD_NOWHERE},
    {FP_MSG("1 row was left out: a value that the formula needs is missing"), TOLD_NOWHERE},
    {FP_MSG("{{{a}}} rows were left out: a value that the formula needs is missing"), TOLD_NOWHERE},
    {FP_MSG("no permutation test: nobody had an event"), TOLD_NOWHERE},
    {FP_MSG("nobody had an event: no hazard ratio can be estimated"), TOLD_NOWHERE},
    {FP_MSG("nobody had an event: the curves stay at 1 and no test is made"), TOLD_NOWHERE},
    {FP_MSG("the fit did not converge in {{{a}}} iterations: do not use the numbers"),
     TOLD_NOWHERE},
    {FP_MSG("{{{a}}} follows from the terms before it, or does not vary among those at risk at any "
            "event: it has no coefficient of its own"),
     TOLD_NOWHERE},
    {FP_MSG("the residual standard deviation of wave {{{a}}} is estimated 0: that wave is fitted "
            "exactly, and no standard error holds; leave the wave out or take another residual "
            "structure"),
     TOLD_NOWHERE},
    {FP_MSG("the mixed model has no random effect of {{{a}}}, the unit of the design: people of "
            "one {{{b}}} count as independent, and its intervals are likely too narrow; write (1 | "
            "{{{c}}}/person), or no random effect at all"),
     TOLD_NOWHERE},
    {FP_MSG("the fit is singular: the standard deviation of {{{a}}} between the groups of {{{b}}} "
            "is estimated 0"),
     TOLD_NOWHERE},
    {FP_MSG("the fit is singular: the correlation of {{{a}}} and {{{b}}} between the groups of "
            "{{{c}}} is estimated {{{d}}}"),
     TOLD_NOWHERE},
    {FP_MSG("the variance between the {{{a}}} groups of {{{b}}} is estimated 0: degrees of freedom "
            "of terms that do not vary within them stay at their level, the lesser of Kenward and "
            "Roger's and {{{c}}}; --df satterthwaite gives those of the rows"),
     TOLD_TO_COMMANDS},
    {FP_MSG("{{{a}}} groups of {{{b}}} are too few for these terms: no degrees of freedom are "
            "left, so there is no p-value and no interval"),
     TOLD_NOWHERE},
    {FP_MSG("no coefficients were found with which every mean is one of the {{{a}}} family: take "
            "another --link"),
     TOLD_NOWHERE},
    {FP_MSG("the fit did not converge: the best coefficients lie where a fitted mean leaves the "
            "range of the {{{a}}} family; do not use the numbers"),
     TOLD_NOWHERE},
    {FP_MSG("the correlations by moments are those of no possible outcomes ({{{a}}}): take "
            "--corstr exchangeable or independence"),
     TOLD_NOWHERE},
    {FP_MSG("no events among the people with {{{a}}}, the reference: the odds ratios of {{{b}}} "
            "tend to infinity and cannot be estimated"),
     TOLD_NOWHERE},
    {FP_MSG("no events among the people with {{{a}}}: its odds ratio tends to 0 and cannot be "
            "estimated"),
     TOLD_NOWHERE},
    {FP_MSG("no events among the people with {{{a}}}: the odds ratio tends to infinity and cannot "
            "be estimated"),
     TOLD_NOWHERE},
    {FP_MSG("only events among the people with {{{a}}}: its odds ratio tends to infinity and "
            "cannot be estimated"),
     TOLD_NOWHERE},
    {FP_MSG("only events among the people with {{{a}}}: the odds ratio tends to 0 and cannot be "
            "estimated"),
     TOLD_NOWHERE},
    {FP_MSG("the likelihood keeps growing with the coefficient of {{{a}}} (separation): its odds "
            "ratio tends to 0 and cannot be estimated"),
     TOLD_NOWHERE},
    {FP_MSG("the likelihood keeps growing with the coefficient of {{{a}}} (separation): its odds "
            "ratio tends to infinity and cannot be estimated"),
     TOLD_NOWHERE},
    {FP_MSG("no events among the people with {{{a}}}, the reference: the rate ratios of {{{b}}} "
            "tend to infinity and cannot be estimated"),
     TOLD_NOWHERE},
    {FP_MSG("no events among the people with {{{a}}}: its rate ratio tends to 0 and cannot be "
            "estimated"),
     TOLD_NOWHERE},
    {FP_MSG("no events among the people with {{{a}}}: the rate ratio tends to infinity and cannot "
            "be estimated"),
     TOLD_NOWHERE},
    {FP_MSG("the likelihood keeps growing with the coefficient of {{{a}}} (separation): its rate "
            "ratio tends to 0 and cannot be estimated"),
     TOLD_NOWHERE},
    {FP_MSG("the likelihood keeps growing with the coefficient of {{{a}}} (separation): its rate "
            "ratio tends to infinity and cannot be estimated"),
     TOLD_NOWHERE},
    {FP_MSG(
         "with {{{a}}} clusters the robust standard errors are too small; no correction was made"),
     TOLD_NOWHERE},
    {FP_MSG("the correlations by moments are those of no possible outcomes ({{{a}}}): take "
            "--corstr independence"),
     TOLD_NOWHERE},
    {FP_MSG("no {{{a}}} has two rows: there is no correlation to estimate, and the estimates are "
            "those of independence"),
     TOLD_NOWHERE},
    {FP_MSG("the terms give every outcome exactly: no residuals are left to estimate a standard "
            "error from"),
     TOLD_NOWHERE},
    {FP_MSG("there are as many coefficients as rows: nothing is left to estimate a standard error "
            "from"),
     TOLD_NOWHERE},
    {FP_MSG("{{{a}}} is not what was randomised: its {{{b}}} lie in {{{c}}} clusters of {{{d}}}; "
            "the working correlation is that within {{{e}}}, the standard errors are those of the "
            "clusters"),
     TOLD_NOWHERE},
    {FP_MSG("the data do not tell the standardised mean at {{{a}}}: it rests on a coefficient "
            "without an estimate"),
     TOLD_NOWHERE},
    {FP_MSG("{{{a}}} has no degrees of freedom: the data do not tell the variance that it rests "
            "on, so there is no p-value and no interval"),
     TOLD_NOWHERE},
    {FP_MSG("no residual variance is left beside the terms and groups: there are no standard "
            "errors; look at the outcome within the groups"),
     TOLD_NOWHERE},
    {FP_MSG("the data do not tell {{{a}}} of the {{{b}}} estimated means (first: {{{c}}}): there "
            "are no rows, or no finite coefficient, from which it follows"),
     TOLD_NOWHERE},
    {FP_MSG("not carried out: nobody answered \"{{{a}}}\""), TOLD_NOWHERE},
    {FP_MSG("{{{a}}} follows from the terms before it: it has no coefficient of its own"),
     TOLD_NOWHERE},
    {FP_MSG("no events in the stratum {{{a}}}: its rows add nothing to the estimates"),
     TOLD_NOWHERE},
    {FP_MSG(
         "no events in {{{a}}} of the {{{b}}} strata, such as {{{c}}}: their rows add nothing to "
         "the estimates"),
     TOLD_NOWHERE},
    {FP_MSG("all times are {{{a}}}: the estimates rest on the way ties are counted"), TOLD_NOWHERE},
    {FP_MSG("no permutation test of {{{a}}}: the model with {{{b}}} as terms could not be fitted"),
     TOLD_NOWHERE},
    {FP_MSG("no permutation test of {{{a}}}: an arm has no cluster in the data"), TOLD_NOWHERE},
    {FP_MSG("no events among the people with {{{a}}}, the reference: the hazard ratios of {{{b}}} "
            "tend to infinity and cannot be estimated"),
     TOLD_NOWHERE},
    {FP_MSG("no events among the people with {{{a}}}: its hazard ratio tends to 0 and cannot be "
            "estimated"),
     TOLD_NOWHERE},
    {FP_MSG("no events among the people with {{{a}}}: the hazard ratio tends to infinity and "
            "cannot be estimated"),
     TOLD_NOWHERE},
    {FP_MSG("the likelihood keeps growing with the coefficient of {{{a}}} (separation): its hazard "
            "ratio tends to 0 and cannot be estimated"),
     TOLD_NOWHERE},
    {FP_MSG("the likelihood keeps growing with the coefficient of {{{a}}} (separation): its hazard "
            "ratio tends to infinity and cannot be estimated"),
     TOLD_NOWHERE},
    {FP_MSG("ask for --firth for a finite estimate"), TOLD_TO_COMMANDS},
    {FP_MSG("no frailty of {{{a}}}: the fit without it has no optimum to begin at"), TOLD_NOWHERE},
    {FP_MSG("no frailty of {{{a}}}: no finite variance of it could be found"), TOLD_NOWHERE},
    {FP_MSG("no events among the people with {{{a}}}"), TOLD_NOWHERE},
    {FP_MSG("no permutation tests: more than {{{a}}} coaches, for whom the corrected intervals "
            "serve"),
     TOLD_NOWHERE},
    {FP_MSG("no permutation tests: fewer than two coaches, or a level of a factor without a coach "
            "among those followed (at most {{{a}}} coaches)"),
     TOLD_NOWHERE},
    {FP_MSG("no permutation tests: people were drawn one by one and not by coach, so that "
            "allocating the coaches anew would not be what the lot did"),
     TOLD_NOWHERE},
    {FP_MSG("no permutation tests: the design has too many factors for them"), TOLD_NOWHERE},
    {FP_MSG("no permutation test of neither: {{{a}}} arms, and at most {{{b}}} are taken"),
     TOLD_NOWHERE},
    {FP_MSG("no permutation test of {{{a}}}: both would need two levels"), TOLD_NOWHERE},
    {FP_MSG("the permutation tests are made without {{{a}}}: it has one value in each arm, so that "
            "it tells what was randomised"),
     TOLD_NOWHERE},
    {FP_MSG("the effects of {{{a}}} that the permutation test keeps are no interval: between its "
            "limits there are some that it refuses"),
     TOLD_NOWHERE},
    {FP_MSG("no permutation tests: coach {{{a}}} was not told an arm yet"), TOLD_NOWHERE},
    {FP_MSG("the column \"{{{a}}}\" is left out: \"{{{b}}}\" is not a number"), TOLD_NOWHERE},
    {FP_MSG("the column \"{{{a}}}\" is left out: it is empty"), TOLD_NOWHERE},
    {FP_MSG("the column \"{{{a}}}\" is left out: {{{b}}} different values, of which a table shows "
            "at most {{{c}}}"),
     TOLD_NOWHERE},
    {FP_MSG("not fitted: all people followed have one level of {{{a}}}"), TOLD_NOWHERE},
    {FP_MSG("differences at the horizon have no interval: a coach has people in more than one arm, "
            "so the arms are not independent"),
     TOLD_NOWHERE},
    {FP_MSG("{{{a}}} people were offered a place before their coach was allocated"), TOLD_NOWHERE},
    {FP_MSG("the day on which the coach was allocated is not known for {{{a}}} people included: "
            "they are left out of the days to inclusion"),
     TOLD_NOWHERE},
    {FP_MSG("not carried out: nobody was followed for its outcome"), TOLD_NOWHERE},
    {FP_MSG("no {{{a}}}: no arm has two coaches"), TOLD_NOWHERE},
    {FP_MSG("no {{{a}}}: no coach has two people"), TOLD_NOWHERE},
    {FP_MSG("no {{{a}}}: within every arm everybody had the event, or nobody"), TOLD_NOWHERE},
    {FP_MSG("no {{{a}}}: no arm with two coaches had an event"), TOLD_NOWHERE},
    {FP_MSG("no frailty variance: no finite value of it could be found"), TOLD_NOWHERE},
    {FP_MSG("the frailty variance is at its least value, 0: there it has no standard error and no "
            "interval"),
     TOLD_NOWHERE},
    {FP_MSG("the spread between coaches is not shown: a coach has people in more than one arm"),
     TOLD_NOWHERE},
    {FP_MSG("the excess of risks has no value: nobody in the reference arm had the event, so that "
            "there is nothing to divide by"),
     TOLD_NOWHERE},
    {FP_MSG("not carried out: {{{a}}} values of \"{{{b}}}\" among the people followed"),
     TOLD_NOWHERE},
    {FP_MSG("not carried out: \"{{{a}}}\" is not the effect of a factor of two levels on the "
            "primary outcome"),
     TOLD_NOWHERE},
    {FP_MSG("the arms are not compared: nobody was followed in the reference arm {{{a}}}"),
     TOLD_NOWHERE},
    {FP_MSG("the arms are not compared: nobody was followed in any arm but {{{a}}}"), TOLD_NOWHERE},
    {FP_MSG("in the group {{{a}}} nobody was followed to day {{{b}}}: the probability and the "
            "restricted mean there are not known"),
     TOLD_NOWHERE},
    {FP_MSG(
         "the draw was stratified or balanced by {{{a}}}; the permutation tests and the ranges "
         "of baseline differences take every allocation of the coaches as possible, so that they "
         "are approximate here, not exact"),
     TOLD_NOWHERE},
    {FP_MSG("{{{a}}} more warnings are not shown"), TOLD_NOWHERE},
};

/* ---- Matching ---- */

/* The part of `text` where the words up to the next hole begin; the last words end the text. */
static const char *find(const char *text, const char *words, size_t n, bool last)
{
    size_t left = strlen(text);
    if (left < n)
        return NULL;
    if (last)
        return strncmp(text + left - n, words, n) == 0 ? text + left - n : NULL;
    for (const char *at = text; left >= n; at++, left--)
        if (strncmp(at, words, n) == 0)
            return at;
    return NULL;
}

/* Whether the text has the form of the pattern; what stands in the holes goes to `values`. */
static bool matches(fp_page *page, const char *form, const char *text, json_t *values)
{
    const char *hole = strstr(form, "{{{");
    size_t n = hole ? (size_t)(hole - form) : strlen(form);
    if (strncmp(text, form, n) != 0)
        return false;
    text += n;
    while (hole) {
        char name[2] = {hole[3], '\0'};
        const char *words = hole + strlen("{{{a}}}");
        hole = strstr(words, "{{{");
        n = hole ? (size_t)(hole - words) : strlen(words);
        const char *at = find(text, words, n, !hole);
        if (!at)
            return false;
        fp_page_put(page, values, name, json_stringn(text, (size_t)(at - text)));
        text = at + n;
    }
    return *text == '\0';
}

static bool told_elsewhere(fp_page *page, told where)
{
    const fp_fact *competing = fp_page_fact(page, "flow.total.competing");
    switch (where) {
    case TOLD_NOWHERE:
        return false;
    case TOLD_TO_COMMANDS:
        return true;
    case TOLD_BY_CERTAINTY:
        return json_object_get(page->root, "certainty") && page->corrected;
    case TOLD_BY_OTHERS:
        return json_object_get(page->root, "others");
    case TOLD_BY_COMPETING:
        return json_object_get(page->root, "curves") && competing && competing->value > 0;
    }
    return false;
}

/* The text of a warning, without the analysis before it. */
static const char *text_of(const char *warning)
{
    const char *colon = strstr(warning, ": ");
    return colon ? colon + 2 : warning;
}

static bool is_first(const fp_results *r, ptrdiff_t i)
{
    for (ptrdiff_t j = 0; j < i; j++)
        if (strcmp(text_of(r->warnings[i]), text_of(r->warnings[j])) == 0)
            return false;
    return true;
}

/* "primary_ips, primary_pa": each analysis with this text, once. */
static json_t *analyses_with(const fp_results *r, const char *text)
{
    FP_BUF_SCOPED(line, FP_MIB);
    for (ptrdiff_t j = 0; j < r->warning_count; j++) {
        size_t n = (size_t)(text_of(r->warnings[j]) - r->warnings[j]);
        if (n < 2 || strcmp(text, text_of(r->warnings[j])) != 0)
            continue;
        fp_buf_put(&line, line.n ? ", " : "");
        fp_buf_put_n(&line, r->warnings[j], n - 2);
    }
    return json_stringn(line.n ? line.p : "", line.n);
}

/* Add a note to the list, unless the report tells it elsewhere. */
static void add(fp_page *page, json_t *list, const char *warning)
{
    const char *text = text_of(warning);
    bool known = false;
    for (size_t k = 0; k < sizeof patterns / sizeof *patterns && !known; k++) {
        json_t *values = json_object();
        known = matches(page, patterns[k].text, text, values);
        if (!known || told_elsewhere(page, patterns[k].where)) {
            json_decref(values);
            if (known)
                return;
            continue;
        }
        text = fp_page_plain(page, patterns[k].text, values);
    }
    fp_page_add(page, list,
                json_pack("{s:o, s:s, s:b}", "about",
                          analyses_with(page->results, text_of(warning)), "text", text, "english",
                          !known));
}

void fp_page_warnings(fp_page *page, json_t *part)
{
    const fp_results *r = page->results;
    json_t *list = json_array();
    const char *plan = fp_page_plan_warning(page);
    if (plan)
        fp_page_add(page, list,
                    json_pack("{s:s, s:s, s:b}", "about", "", "text", plan, "english", false));
    for (ptrdiff_t i = 0; i < r->warning_count; i++)
        if (is_first(r, i))
            add(page, list, r->warnings[i]);
    fp_page_put(page, part, "has_warnings", json_boolean(json_array_size(list) > 0));
    fp_page_put_text(
        page, part, "no_warnings",
        fp_page_word(page, r->warning_count
                               ? FP_MSG("There were none beyond what the sections above say.")
                               : FP_MSG("There were none.")));
    fp_page_put(page, part, "warnings", list);
}
