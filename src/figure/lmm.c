#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "figure/smooth_priv.h"
#include "stats/dist.h"

/* ---- effects ---- */

static int by_effect(const void *a, const void *b)
{
    const fp_effect_row *x = *(const fp_effect_row *const *)a,
                        *y = *(const fp_effect_row *const *)b;
    return (x->effect > y->effect) - (x->effect < y->effect);
}

/* One grouping and effect: points in order, the interval as a band. */
static fp_status effect_panel(const fp_result *result, const fp_effect_row *of, fp_arena *arena,
                              fp_figure_panel *panel, fp_err *err)
{
    const fp_lmm_result *lmm = result->lmm;
    const fp_effect_row **row;
    double *rank, *effect, *lower, *upper, z = fp_normal_quantile(0.5 + result->level / 2);
    ptrdiff_t n = 0;
    FP_ARRAY(row, arena, lmm->effect_count, err);
    for (ptrdiff_t i = 0; i < lmm->effect_count; i++)
        if (strcmp(lmm->effects[i].group, of->group) == 0 &&
            strcmp(lmm->effects[i].term, of->term) == 0)
            row[n++] = &lmm->effects[i];
    qsort(row, (size_t)n, sizeof *row, by_effect);
    FP_ARRAY(rank, arena, n, err);
    FP_ARRAY(effect, arena, n, err);
    FP_ARRAY(lower, arena, n, err);
    FP_ARRAY(upper, arena, n, err);
    for (ptrdiff_t i = 0; i < n; i++) {
        rank[i] = (double)(i + 1);
        effect[i] = row[i]->effect;
        lower[i] = row[i]->effect - z * row[i]->se;
        upper[i] = row[i]->effect + z * row[i]->se;
    }
    char *title = fp_arena_printf(arena, err, "%s, by %s", of->term, of->group);
    if (!title)
        return FP_NOMEM;
    *panel = (fp_figure_panel){.title = title,
                               .x_label = "groups in the order of their effect",
                               .n = n,
                               .x = rank,
                               .y = effect,
                               .line_length = n,
                               .line_x = rank,
                               .line_y = effect,
                               .lower = lower,
                               .upper = upper,
                               .intervals = true};
    return FP_OK;
}

/* The first rows of all groupings and effects: a group's effects follow each other, and groupings
 * too. */
static ptrdiff_t list_panels(const fp_lmm_result *lmm, ptrdiff_t *first)
{
    ptrdiff_t count = 0;
    const char *group = NULL, *level = NULL;
    for (ptrdiff_t i = 0; i < lmm->effect_count && count < FP_FIGURE_MAX_PANELS; i++) {
        const fp_effect_row *row = &lmm->effects[i];
        bool known = false;
        if (group && strcmp(row->group, group) == 0 && strcmp(row->level, level) != 0)
            continue;
        for (ptrdiff_t k = 0; k < count; k++)
            known = known || (strcmp(lmm->effects[first[k]].group, row->group) == 0 &&
                              strcmp(lmm->effects[first[k]].term, row->term) == 0);
        if (!known)
            first[count++] = i;
        group = row->group;
        level = row->level;
    }
    return count;
}

fp_status fp_figure_lmm_effects(const fp_figure_frame *frame, const fp_result *result, fp_buf *out,
                                fp_err *err)
{
    ptrdiff_t first[FP_FIGURE_MAX_PANELS], count;
    if (!result->lmm || result->lmm->effect_count == 0)
        return fp_fail(err, FP_INPUT, "nothing to draw: there are no effects of groups");
    FP_ARENA_SCOPED(arena, 4 * FP_GIB, err);
    FP_BUF_SCOPED(desc, FP_MIB);
    fp_figure_panel *panels;
    fp_figure_scatter_options o = {.y_label = "Effect of the group", .point = "one group"};
    if (frame)
        o.frame = *frame;
    count = list_panels(result->lmm, first);
    FP_ARRAY(panels, arena, count, err);
    fp_buf_put(&desc, "Effects of groups in their order, with intervals given the variances:");
    for (ptrdiff_t i = 0; i < count; i++) {
        FP_TRY(effect_panel(result, &result->lmm->effects[first[i]], arena, &panels[i], err));
        fp_buf_printf(&desc, "%s %s of %td groups", i ? "," : "", panels[i].title, panels[i].n);
    }
    fp_buf_put_char(&desc, '.');
    FP_TRY(fp_buf_ok(&desc, err));
    o.smooth = fp_arena_printf(arena, err, "%.10g%% interval", 100 * result->level);
    if (!o.smooth)
        return FP_NOMEM;
    if (!o.frame.title)
        o.frame.title = "Effects of the groups";
    if (!o.frame.desc)
        o.frame.desc = desc.p;
    return fp_figure_scatter(&o, panels, count, out, err);
}

/* ---- residuals ---- */

fp_status fp_figure_lmm_residuals(const fp_figure_frame *frame, const fp_result *result,
                                  fp_buf *out, fp_err *err)
{
    if (!result->lmm || !result->lmm->fitted)
        return fp_fail(err, FP_INPUT, "nothing to draw: there are no fitted values");
    FP_ARENA_SCOPED(arena, 4 * FP_GIB, err);
    FP_BUF_SCOPED(desc, FP_MIB);
    fp_figure_panel panel = {.x_label = "fitted value",
                             .n = result->n,
                             .x = result->lmm->fitted,
                             .y = result->lmm->rest,
                             .reference = 0};
    fp_figure_scatter_options o = {
        .y_label = "Residual: observed less fitted", .point = "one row", .reference = "as fitted"};
    if (frame)
        o.frame = *frame;
    FP_TRY(fp_panel_smooth(&panel, (double)NAN, result->level, arena, err));
    fp_buf_put(&desc,
               "Residuals against fitted values, with a smooth line and its band. Effects of "
               "groups are drawn towards 0, so a gentle slope is to be expected; a bend is "
               "not.");
    return fp_figure_smooth(&o, result->level, "Residuals against fitted values", &desc, &panel, 1,
                            arena, out, err);
}
