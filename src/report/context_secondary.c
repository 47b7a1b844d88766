/* Outcomes measured at several waves: estimated means by arm and wave, and what compares them. */
#include "report/page_priv.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "figure/figure.h"

/* "6 months" for "6m" and "6". */
static const char *wave_label(fp_page *page, const char *level)
{
    size_t n = strcspn(level, "m");
    const char *number = fp_arena_strndup(page->arena, level, n, page->err);
    if (!number) {
        fp_page_fail(page, FP_NOMEM, "not enough memory for the report");
        return level;
    }
    return fp_page_plain(page, FP_MSG("{{{n}}} months"), fp_page_with(page, "n", number));
}

static bool by_wave(const fp_waves *w)
{
    return w->result.means->by_count == 1;
}

static const char *level_at(const fp_waves *w, ptrdiff_t part)
{
    const fp_means *means = w->result.means;
    return means->variable[means->left_count].level[part];
}

/* The name of a cell: an arm, or the levels that make it. */
static const char *key_label(fp_page *page, const fp_waves *w, ptrdiff_t key)
{
    for (ptrdiff_t a = 0; page->plan->factor_count && a < page->data->arm_count; a++)
        if (strcmp(fp_arm_key(page->data, a), w->keys[key]) == 0)
            return fp_page_arm(page, a);
    for (ptrdiff_t g = 0; g < page->results->group_count; g++)
        if (strcmp(page->results->groups[g].key, w->keys[key]) == 0)
            return fp_page_group(page, &page->results->groups[g]);
    return w->keys[key];
}

/* ---- tables ---- */

static json_t *means_grid(fp_page *page, const fp_waves *w)
{
    char id[200];
    (void)snprintf(id, sizeof id, "table-%s-means", w->spec->id);
    json_t *grid = fp_grid_create(
        page, fp_arena_strdup(page->arena, id, page->err),
        fp_page_word(page, w->shares ? FP_MSG("Estimated shares") : FP_MSG("Estimated means")));
    fp_grid_head(page, grid, fp_page_word(page, FP_MSG("Answers")));
    fp_grid_head(page, grid, fp_page_word(page, w->shares ? FP_MSG("Share") : FP_MSG("Mean")));
    fp_grid_head(page, grid, fp_page_word(page, FP_MSG("95% interval")));
    for (ptrdiff_t p = 0; p < w->part_count; p++) {
        if (by_wave(w))
            fp_grid_section(page, grid, wave_label(page, level_at(w, p)));
        for (ptrdiff_t k = 0; k < w->key_count; k++) {
            char fact[256];
            (void)snprintf(fact, sizeof fact, "%s.%s.%s", w->spec->id, w->parts[p], w->keys[k]);
            json_t *row = fp_grid_row(page, grid, key_label(page, w, k));
            fp_grid_number(page, row, fp_page_number(page, "%s.n", fact));
            fp_grid_number(page, row, fp_page_number(page, "%s.mean", fact));
            fp_grid_range(page, row, fp_page_number(page, "%s.lower", fact),
                          fp_page_number(page, "%s.upper", fact));
        }
    }
    return grid;
}

/* "With and without IPS"; "IPS and PA: together less apart" for an interaction. */
static const char *effect_label(fp_page *page, const fp_mean_contrast *c)
{
    for (ptrdiff_t f = 0; f < page->plan->factor_count; f++)
        if (strcmp(page->plan->factors[f].name, c->effect) == 0)
            return fp_page_with_without(page, f);
    if (page->plan->factor_count == 2 && strchr(c->effect, ':'))
        return fp_page_plain(
            page, FP_MSG("{{{a}}} and {{{b}}}: together less the sum of each"),
            json_pack("{s:s, s:s}", "a", fp_page_factor(page, 0), "b", fp_page_factor(page, 1)));
    return c->effect;
}

/* A comparison of one wave; the heading says of what. */
static void difference_row(fp_page *page, json_t *grid, const fp_waves *w, ptrdiff_t k,
                           const char *label)
{
    const fp_mean_contrast *c = &w->result.means->contrast[k];
    char fact[512];
    (void)snprintf(fact, sizeof fact, "%s.%s.%s", w->spec->id, c->at[0] ? c->at : "all",
                   w->terms[k]);
    json_t *row = fp_grid_row(page, grid, label);
    fp_grid_number(page, row, fp_page_number(page, "%s.difference", fact));
    fp_grid_range(page, row, fp_page_number(page, "%s.lower", fact),
                  fp_page_number(page, "%s.upper", fact));
    fp_grid_number(page, row, fp_page_number(page, "%s.p", fact));
    if (by_wave(w))
        fp_grid_number(page, row, fp_page_number(page, "%s.p_holm", fact));
}

static const char *wave_of(fp_page *page, const fp_waves *w, const fp_mean_contrast *c)
{
    for (ptrdiff_t p = 0; p < w->part_count; p++)
        if (strcmp(w->parts[p], c->at) == 0)
            return wave_label(page, level_at(w, p));
    return c->at;
}

static json_t *differences_grid(fp_page *page, const fp_waves *w)
{
    const fp_means *means = w->result.means;
    char id[200];
    const char *effect = "";
    (void)snprintf(id, sizeof id, "table-%s-differences", w->spec->id);
    json_t *grid =
        fp_grid_create(page, fp_arena_strdup(page->arena, id, page->err),
                       fp_page_word(page, w->shares ? FP_MSG("Differences between the shares")
                                                    : FP_MSG("Differences between the means")));
    fp_grid_head(page, grid,
                 fp_page_word(page, w->shares ? FP_MSG("Difference (percentage points)")
                                              : FP_MSG("Difference")));
    fp_grid_head(page, grid, fp_page_word(page, FP_MSG("95% interval")));
    fp_grid_head(page, grid, fp_page_word(page, FP_MSG("p")));
    if (by_wave(w))
        fp_grid_head(page, grid, fp_page_word(page, FP_MSG("p for all waves (Holm)")));
    for (ptrdiff_t k = 0; k < means->contrast_count; k++) {
        const fp_mean_contrast *c = &means->contrast[k];
        if (!w->terms[k])
            continue;
        if (by_wave(w) && strcmp(effect, c->effect) != 0)
            fp_grid_section(page, grid, effect_label(page, c));
        effect = c->effect;
        difference_row(page, grid, w, k, by_wave(w) ? wave_of(page, w, c) : effect_label(page, c));
    }
    return grid;
}

/* ---- figure ---- */

static fp_figure_look look_of(const fp_waves *w, ptrdiff_t key)
{
    static const struct {
        const char *arm;
        fp_figure_look look;
    } looks[] = {
        {"usual", FP_LOOK_USUAL}, {"ips", FP_LOOK_IPS}, {"pa", FP_LOOK_PA}, {"both", FP_LOOK_BOTH}};
    for (size_t k = 0; k < sizeof looks / sizeof *looks; k++)
        if (strcmp(looks[k].arm, w->keys[key]) == 0)
            return looks[k].look;
    return FP_LOOK_AUTO;
}

static fp_status load_series(fp_page *page, const fp_waves *w, ptrdiff_t key,
                             fp_figure_means_series *out)
{
    double *value, scale = w->shares ? 100 : 1;
    FP_ARRAY(value, page->arena, 3 * w->part_count, page->err);
    for (ptrdiff_t p = 0; p < w->part_count; p++) {
        const fp_mean *m = &w->result.means->mean[key + p * w->key_count];
        value[p] = scale * m->response;
        value[p + w->part_count] = scale * m->response_lower;
        value[p + 2 * w->part_count] = scale * m->response_upper;
    }
    *out = (fp_figure_means_series){key_label(page, w, key), value, value + w->part_count,
                                    value + 2 * w->part_count, look_of(w, key)};
    return FP_OK;
}

/* Months as numbers along the axis. */
static fp_status load_months(fp_page *page, const fp_waves *w, const double **months,
                             const char *const **texts)
{
    double *x;
    const char **text;
    FP_ARRAY(x, page->arena, w->part_count, page->err);
    FP_ARRAY(text, page->arena, w->part_count, page->err);
    for (ptrdiff_t p = 0; p < w->part_count; p++) {
        const char *level = level_at(w, p);
        text[p] = fp_arena_strndup(page->arena, level, strcspn(level, "m"), page->err);
        if (!text[p] || !fp_num_parse(fp_str_of(text[p]), '.', &x[p]))
            return FP_NOMEM;
    }
    *months = x;
    *texts = text;
    return FP_OK;
}

static fp_status draw(fp_page *page, const fp_waves *w, double width, const char *id, fp_buf *svg)
{
    fp_figure_means_series *series;
    fp_figure_means_options o = {.points = w->part_count};
    FP_ARRAY(series, page->arena, w->key_count, page->err);
    for (ptrdiff_t k = 0; k < w->key_count; k++)
        FP_TRY(load_series(page, w, k, &series[k]));
    FP_TRY(load_months(page, w, &o.x, &o.x_text));
    const char *name = fp_page_column(page, w->outcome->item);
    o.x_label = fp_page_word(page, FP_MSG("Months since the start"));
    o.y_label = fp_page_plain(page,
                              w->shares ? FP_MSG("Estimated share (%), {{{name}}}")
                                        : FP_MSG("Estimated mean, {{{name}}}"),
                              fp_page_with(page, "name", name));
    o.frame = (fp_figure_frame){
        .id = id,
        .title = o.y_label,
        .desc = fp_page_plain(page,
                              w->shares ? FP_MSG("Estimated shares of {{{name}}} by arm at each "
                                                 "wave, with 95% intervals; the numbers stand in "
                                                 "the table of estimated shares.")
                                        : FP_MSG("Estimated means of {{{name}}} by arm at each "
                                                 "wave, with 95% intervals; the numbers stand in "
                                                 "the table of estimated means."),
                              fp_page_with(page, "name", name)),
        .width = width,
        .numstyle = page->style};
    return fp_figure_means(&o, series, w->key_count, svg, page->err);
}

static bool can_draw(const fp_waves *w)
{
    bool any = false;
    for (ptrdiff_t c = 0; c < w->result.means->count; c++)
        any = any || isfinite(w->result.means->mean[c].response);
    return any && by_wave(w) && w->part_count > 1 && w->key_count <= FP_FIGURE_MAX_MEANS;
}

static json_t *figure_of(fp_page *page, const fp_waves *w)
{
    static const struct {
        const char *key, *suffix;
        double width;
    } sizes[] = {{"wide", "-wide", 760}, {"narrow", "-narrow", 356}};
    json_t *figure = json_object();
    char id[200];
    (void)snprintf(id, sizeof id, "means-%s", w->spec->id);
    fp_page_put_text(page, figure, "figure_id", id);
    fp_page_put(page, figure, "figure_caption",
                fp_page_say(page,
                            w->shares ? FP_MSG("{{name}}. Estimated shares by arm and wave, with "
                                               "95% intervals. The axis begins just below the "
                                               "lowest of them.")
                                      : FP_MSG("{{name}}. Estimated means by arm and wave, with "
                                               "95% intervals. The axis begins just below the "
                                               "lowest of them."),
                            fp_page_with(page, "name", fp_page_column(page, w->outcome->item))));
    for (size_t i = 0; i < 2 && page->status == FP_OK; i++) {
        FP_BUF_SCOPED(svg, 4 * FP_MIB);
        (void)snprintf(id, sizeof id, "means-%s%s", w->spec->id, sizes[i].suffix);
        page->status = draw(page, w, sizes[i].width, id, &svg);
        if (page->status == FP_OK)
            fp_page_put(page, figure, sizes[i].key, json_stringn(svg.p, svg.n));
    }
    return figure;
}

/* ---- words ---- */

static json_t *model_sentence(fp_page *page, const fp_waves *w)
{
    const char *model = w->spec->model;
    return fp_page_say(
        page,
        strcmp(model, "lmm") == 0
            ? FP_MSG("Linear mixed model {{formula}}, degrees of freedom by Kenward and Roger.")
        : strcmp(model, "gee") == 0
            ? FP_MSG("Generalised estimating equations {{formula}}, standard errors of the units "
                     "of the design.")
            : FP_MSG("Generalised linear model {{formula}}, standard errors of the units of the "
                     "design."),
        fp_page_with(page, "formula", w->result.formula));
}

static json_t *missing_sentence(fp_page *page, const fp_waves *w)
{
    return fp_page_say(
        page,
        strcmp(w->spec->model, "lmm") == 0
            ? FP_MSG("People count at the waves at which they answered. That is right where "
                     "whether they answered depends on nothing but what the formula has and what "
                     "they answered at other waves.")
            : FP_MSG("People count at the waves at which they answered. That is right where "
                     "whether they answered depends on nothing but what the formula has."),
        NULL);
}

/* "Mood (mood_waves)": one item may have several analyses. */
static const char *title_of(fp_page *page, const fp_waves *w)
{
    const char *name = fp_page_column(page, w->outcome->item);
    return fp_page_plain(page,
                         w->spec->role == FP_ROLE_EXPLORATORY
                             ? FP_MSG("{{{name}}} ({{{id}}}, exploratory)")
                             : FP_MSG("{{{name}}} ({{{id}}})"),
                         json_pack("{s:s, s:s}", "name", name ? name : "", "id", w->spec->id));
}

/* An analysis that has no means: why. */
static json_t *without_means(fp_page *page, const fp_waves *w)
{
    json_t *values = json_pack("{s:s, s:s}", "title", title_of(page, w), "formula",
                               w->result.formula ? w->result.formula : "");
    return fp_page_say(
        page,
        w->result.term_count
            ? FP_MSG("{{title}}: {{formula}} has no factor of the design, so there are no arms to "
                     "compare; firstplace analyse prints its coefficients.")
            : FP_MSG("{{title}}: {{formula}} gave no estimates; the notes say why."),
        values);
}

static json_t *one(fp_page *page, const fp_waves *w)
{
    json_t *part = json_object(), *sentences = json_array(), *figures = json_array();
    fp_page_put_text(page, part, "title", title_of(page, w));
    fp_page_add(page, sentences, model_sentence(page, w));
    fp_page_add(page, sentences, missing_sentence(page, w));
    if (w->result.lmm && w->result.lmm->kept_group)
        fp_page_add(page, sentences,
                    fp_page_say(page,
                                FP_MSG("The variance between coaches was estimated 0; the degrees "
                                       "of freedom stay at their number all the same."),
                                NULL));
    fp_page_put(page, part, "sentences", sentences);
    if (can_draw(w))
        fp_page_add(page, figures, figure_of(page, w));
    fp_page_put(page, part, "figures", figures);
    fp_grid_put(page, part, "differences", differences_grid(page, w));
    fp_grid_put(page, part, "means", means_grid(page, w));
    return part;
}

void fp_page_secondary(fp_page *page)
{
    const fp_results *r = page->results;
    json_t *list = json_array(), *rest = json_array();
    bool exploratory = false;
    for (ptrdiff_t i = 0; i < r->waves_count; i++) {
        const fp_waves *w = &r->waves[i];
        exploratory = exploratory || w->spec->role == FP_ROLE_EXPLORATORY;
        if (w->result.means)
            fp_page_add(page, list, one(page, w));
        else
            fp_page_add(page, rest, without_means(page, w));
    }
    json_t *part = json_pack("{s:o, s:b, s:o}", "list", list, "exploratory", exploratory,
                             "without_means", rest);
    if (r->waves_count)
        fp_page_put(page, page->root, "secondary", part);
    else
        json_decref(part);
}
