/* What of a formula stays in the null models of the permutation tests. */
#include "model/randomised_priv.h"

#include <string.h>

fp_status fp_randomised_cross(const fp_randomised *design, const bool *factor, fp_arena *arena,
                              const int32_t **code, int32_t *count, fp_err *err)
{
    int32_t *made;
    bool any = false;
    *code = NULL;
    *count = 1;
    for (int f = 0; f < design->factors; f++)
        any = any || factor[f];
    if (!any)
        return FP_OK;
    FP_ARRAY(made, arena, design->clusters, err);
    *count = 0;
    for (ptrdiff_t c = 0; c < design->clusters; c++) {
        ptrdiff_t same = 0;
        for (; same < c; same++) {
            bool alike = true;
            for (int f = 0; f < design->factors; f++)
                alike = alike && (!factor[f] || design->level[f][same] == design->level[f][c]);
            if (alike)
                break;
        }
        made[c] = same < c ? made[same] : (*count)++;
    }
    *code = made;
    return FP_OK;
}

/* ---- terms that tell the arm ---- */

typedef struct {
    const fp_randomised *randomised;
    const fp_design *design;
    const int32_t *arm; /* clusters */
    ptrdiff_t *first;   /* arms: a row of it, plus 1 */
    bool *column;       /* p: stays */
    fp_arena *arena;
    fp_warnings *warnings;
    fp_err *err;
} rest_work;

/* Whether a column, or the strata where it is NULL, has one value in each arm and more than one in
 * all. */
static bool tells_the_arm(const rest_work *w, const double *column, const int32_t *stratum,
                          int32_t arms)
{
    bool varies = false;
    memset(w->first, 0, (size_t)arms * sizeof *w->first);
    for (ptrdiff_t i = 0; i < w->design->n; i++) {
        ptrdiff_t *first = &w->first[w->arm[w->randomised->of_row[i]]];
        if (!*first)
            *first = i + 1;
        ptrdiff_t j = *first - 1;
        if (column ? column[i] < column[j] || column[i] > column[j] : stratum[i] != stratum[j])
            return false;
        varies = varies || (column ? column[i] < column[0] || column[i] > column[0]
                                   : stratum[i] != stratum[0]);
    }
    return varies;
}

static fp_status warn(const rest_work *w, const char *term)
{
    return fp_warnings_add(w->warnings, w->err,
                           "the permutation tests are made without %s: it has one value in each "
                           "arm, so that it tells what was randomised",
                           term);
}

/* A term goes where every column of it tells the arm. */
static fp_status drop_terms(const rest_work *w, int32_t arms, const char *const *word,
                            bool *dropped)
{
    const fp_design *design = w->design;
    for (int32_t t = 0; t < design->terms; t++) {
        ptrdiff_t columns = 0, telling = 0;
        for (ptrdiff_t j = 0; j < design->p; j++) {
            if (design->column_term[j] != t || !w->column[j])
                continue;
            columns++;
            telling += tells_the_arm(w, design->columns[j], NULL, arms);
        }
        dropped[t] = columns > 0 && telling == columns;
        if (!dropped[t])
            continue;
        for (ptrdiff_t j = 0; j < design->p; j++)
            w->column[j] = w->column[j] && design->column_term[j] != t;
        FP_TRY(warn(w, word[t]));
    }
    return FP_OK;
}

/* ---- all of it ---- */

static fp_status put_words(const rest_work *w, const char *strata, const fp_design_part *part,
                           const bool *dropped, const char **words)
{
    FP_BUF_SCOPED(list, FP_MIB);
    fp_buf_put(&list, strata ? strata : "");
    for (ptrdiff_t i = 0; i < part->words; i++) {
        bool stays = true;
        for (int32_t t = 0; t < w->design->terms; t++)
            stays = stays && !(dropped[t] && w->design->term[t] == part->word[i]);
        if (stays)
            fp_buf_printf(&list, "%s%s", list.n ? ", " : "", part->word[i]);
    }
    if (w->design->offset)
        fp_buf_printf(&list, "%sthe offset", list.n ? ", " : "");
    FP_TRY(fp_buf_ok(&list, w->err));
    *words = list.n ? fp_str_dup(w->arena, fp_buf_str(&list), w->err) : NULL;
    return list.n && !*words ? FP_NOMEM : FP_OK;
}

static fp_status keep_columns(const rest_work *w, fp_null_rest *rest)
{
    const double **column;
    FP_ARRAY(column, w->arena, w->design->p, w->err);
    for (ptrdiff_t j = 0; j < w->design->p; j++)
        if (w->column[j] && w->design->column_term[j] >= 0)
            column[rest->p++] = w->design->columns[j];
    rest->column = column;
    return FP_OK;
}

fp_status fp_randomised_rest(const fp_randomised *randomised, const fp_design *design,
                             const fp_table *table, const fp_design_options *options,
                             fp_arena *arena, fp_warnings *warnings, fp_null_rest *rest,
                             fp_err *err)
{
    static const bool all[FP_RANDOMISED_FACTORS] = {true, true, true, true, true, true};
    fp_design_part part;
    fp_null_rest made = {.strata = 1};
    rest_work w = {.randomised = randomised,
                   .design = design,
                   .arena = arena,
                   .warnings = warnings,
                   .err = err};
    int32_t arms;
    bool *dropped;
    FP_TRY(fp_design_without(design, table, options, randomised->factors, randomised->factor, arena,
                             &part, err));
    FP_TRY(fp_randomised_cross(randomised, all, arena, &w.arm, &arms, err));
    FP_ARRAY(w.first, arena, arms, err);
    FP_ARRAY(w.column, arena, design->p, err);
    FP_ARRAY(dropped, arena, design->terms, err);
    if (part.column) {
        memcpy(w.column, part.column, (size_t)design->p * sizeof *w.column);
        FP_TRY(drop_terms(&w, arms, design->term, dropped));
        FP_TRY(keep_columns(&w, &made));
    }
    if (part.stratum && tells_the_arm(&w, NULL, part.stratum, arms))
        FP_TRY(warn(&w, part.strata_words));
    else if (part.stratum) {
        made.stratum = part.stratum;
        made.strata = part.strata;
    }
    FP_TRY(put_words(&w, made.stratum ? part.strata_words : NULL, &part, dropped, &made.words));
    *rest = made;
    return FP_OK;
}

fp_status fp_randomised_open(const fp_randomised_request *request, fp_arena *arena,
                             fp_warnings *warnings, fp_randomised *randomised,
                             fp_permutation_options *options, fp_null_rest *rest, fp_err *err)
{
    *options = fp_permutation_defaults();
    options->seed = request->common->seed;
    options->threads = request->common->threads;
    options->progress = request->common->progress;
    if (request->allocations > 0)
        options->samples = request->allocations;
    FP_TRY(fp_randomised_read(request->text, request->drawn, request->table, request->design,
                              options, arena, randomised, err));
    return fp_randomised_rest(randomised, request->design, request->table, request->how, arena,
                              warnings, rest, err);
}
