/* From results to one HTML file: the parts put what they say in one JSON context, the templates of
 * share/templates make the page. */
#include "report/page_priv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/mustache.h"

static int by_id(const void *a, const void *b)
{
    return strcmp((*(const fp_fact *const *)a)->id, (*(const fp_fact *const *)b)->id);
}

static fp_status open_page(const fp_report_input *input, fp_arena *arena, fp_page *page,
                           fp_err *err)
{
    const fp_results *r = input->results;
    *page = (fp_page){.input = input,
                      .results = r,
                      .plan = r->protocol,
                      .data = r->data,
                      .arena = arena,
                      .err = err};
    if (fabs(r->level - 0.95) > 1e-9)
        return fp_fail(err, FP_USAGE, "the wording of the report is made for 95%% intervals");
    FP_TRY(fp_share_words(input->language, arena, &page->words, err));
    page->style = strcmp(input->language, "nl") == 0 ? &fp_numstyle_nl : &fp_numstyle_en;
    FP_ARRAY(page->by_id, arena, r->fact_count, err);
    FP_ARRAY(page->printed, arena, r->fact_count, err);
    for (ptrdiff_t i = 0; i < r->fact_count; i++)
        page->by_id[i] = &r->facts[i];
    qsort(page->by_id, (size_t)r->fact_count, sizeof(const fp_fact *), by_id);
    fp_design_kind kind = r->protocol->kind;
    page->lot = r->protocol->cluster && kind == FP_DESIGN_CLUSTER_RANDOMISED;
    page->clustered = r->protocol->cluster &&
                      (kind == FP_DESIGN_CLUSTER_RANDOMISED || kind == FP_DESIGN_COMPARISON_GROUP);
    for (ptrdiff_t e = 0; e < r->effect_count; e++) {
        page->corrected = page->corrected || r->effects[e].margin.small_sample;
        page->permuted = page->permuted || r->effects[e].margin.permutation_count > 0;
    }
    page->has_outcome = false;
    if (r->primary >= 0) {
        const fp_fact *followed = fp_page_fact(page, "%s.total.followed", fp_page_outcome_id(page));
        page->has_outcome = followed && followed->value > 0;
    }
    return FP_OK;
}

static void whole(fp_page *page)
{
    fp_page_put_text(page, page->root, "language", page->input->language);
    fp_page_put_text(page, page->root, "program", page->input->program);
    fp_page_put_text(page, page->root, "title", page->plan->title);
    fp_page_put(page, page->root, "blinded", json_boolean(page->input->blinded));
    if (page->input->left_out > 0)
        fp_page_put(page, page->root, "left_out", json_integer(page->input->left_out));
    fp_str style = fp_share_style();
    fp_page_put(page, page->root, "css", json_stringn(style.p, style.n));
    void (*const parts[])(fp_page *) = {
        fp_page_plan,       fp_page_answer,    fp_page_summary, fp_page_flow,      fp_page_baseline,
        fp_page_curves,     fp_page_effects,   fp_page_synergy, fp_page_certainty, fp_page_spread,
        fp_page_subgroups,  fp_page_secondary, fp_page_others,  fp_page_limits,    fp_page_methods,
        fp_page_provenance, fp_page_appendix};
    for (size_t i = 0; i < sizeof parts / sizeof *parts && page->status == FP_OK; i++)
        parts[i](page);
}

static bool partial_of(void *user, fp_str name, fp_str *text)
{
    (void)user;
    return fp_share_template(name, text);
}

/* {{#t}}...{{/t}}: the catalogue's words for the text between. */
static bool translate(void *user, fp_str name, fp_str text, fp_str *replacement)
{
    fp_page *page = user;
    if (!fp_str_is(name, "t"))
        return false;
    char *id = fp_str_dup(page->arena, text, page->err);
    if (!id)
        fp_page_fail(page, FP_NOMEM, "not enough memory for the report");
    *replacement = id ? fp_str_of(fp_page_word(page, id)) : text;
    return true;
}

fp_status fp_report_html(const fp_report_input *input, fp_arena *arena, fp_buf *out, fp_err *err)
{
    fp_page page;
    fp_str text;
    FP_TRY(open_page(input, arena, &page, err));
    page.root = json_object();
    whole(&page);
    fp_mustache_options options = {.partial = partial_of, .lambda = translate, .user = &page};
    if (page.status == FP_OK && fp_share_template(FP_STR("report"), &text))
        page.status = fp_mustache_render("report", text, page.root, &options, arena, out, page.err);
    json_decref(page.root);
    if (page.status == FP_OK)
        fp_buf_put(out, "\n");
    return page.status == FP_OK ? fp_buf_ok(out, err) : page.status;
}
