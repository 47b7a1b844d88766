/* Linear mixed models of the answers of a simulated trial: eq. 28 and 29 of docs/methods/power.md.
 */
#include <math.h>

#include "base/num.h"
#include "stats/lmm.h"
#include "stats/power_measure_priv.h"

typedef struct {
    fp_power_worker *w;
    const fp_power_regression *r;
    const fp_lmm_fit *fit;
    fp_power_test *tests;
} mixed;

/* Where groups have a variance of 0, degrees of freedom of what does not vary within them stay at
 * their level (docs/methods/lmm.md, eq. 22). */
static fp_status keep_level(const mixed *m, const double *row, double *df, fp_err *err)
{
    double estimate, se, kr;
    if (!m->r->effects_within)
        return FP_OK;
    for (ptrdiff_t b = 0; b < m->fit->blocks; b++) {
        bool people =
            b + 1 == m->fit->blocks && fp_power_rows_each(&m->w->sim->design->measure) > 1;
        double groups = people ? m->w->rows.people : m->w->rows.clusters;
        if (m->fit->covariance[b][0] > 0)
            continue;
        FP_TRY(fp_lmm_contrast(m->fit, FP_LMM_DF_KR, 1, row, &estimate, &se, &kr, NULL, err));
        *df = fmin(fmin(*df, kr), groups - 1 - (double)m->r->within);
    }
    return FP_OK;
}

static fp_status test(const mixed *m, const fp_power_question *q, fp_lmm_df method,
                      fp_power_test *out, fp_err *err)
{
    double *row, estimate, se, df;
    FP_ARRAY(row, m->w->arena, m->r->p, err);
    for (ptrdiff_t k = 0; k < m->r->effects; k++)
        row[1 + k] = q->contrast[k];
    FP_TRY(fp_lmm_contrast(m->fit, method, 1, row, &estimate, &se, &df, NULL, err));
    FP_TRY(keep_level(m, row, &df, err));
    if (isfinite(estimate) && se > 0 && df > 0)
        *out = (fp_power_test){true, estimate, se, df};
    return FP_OK;
}

/* (1 | cluster), (1 | person) or (1 | cluster / person). one: the column of the intercept. */
static ptrdiff_t make_blocks(const fp_power_worker *w, const double *const *one,
                             fp_lmm_block block[2])
{
    const fp_power_design *design = w->sim->design;
    ptrdiff_t n = 0;
    if (!design->individual)
        block[n++] = (fp_lmm_block){w->rows.clusters, w->rows.block, 1, one};
    if (fp_power_rows_each(&design->measure) > 1)
        block[n++] = (fp_lmm_block){w->rows.people, w->rows.person, 1, one};
    return n;
}

fp_status fp_power_lmm_tests(fp_power_worker *w, const fp_power_regression *r, fp_power_test *tests,
                             fp_err *err)
{
    const fp_power_design *design = w->sim->design;
    fp_lmm_block block[2];
    fp_lmm_data data = {.n = r->data.n,
                        .p = r->p,
                        .x = r->column,
                        .intercept = true,
                        .y = r->data.y,
                        .block = block};
    fp_lmm_fit fit;
    mixed m = {w, r, &fit, tests};
    data.blocks = make_blocks(w, r->column, block);
    FP_TRY(fp_lmm(&data, NULL, w->arena, &fit, err));
    if ((fit.state != FP_LMM_CONVERGED && fit.state != FP_LMM_SINGULAR) || fit.rank < fit.p)
        return FP_OK;
    for (ptrdiff_t i = 0; i < design->questions; i++) {
        const fp_power_question *q = &design->question[i];
        fp_power_test *of = tests + i * FP_POWER_ANALYSES;
        if (!fp_power_asked(w->sim, i) || q->joint || q->model != r->model)
            continue;
        if (fp_power_analysed(w->sim, FP_POWER_LMM))
            FP_TRY(test(&m, q, FP_LMM_DF_SATTERTHWAITE, &of[FP_POWER_LMM], err));
        if (fp_power_analysed(w->sim, FP_POWER_LMM_KR))
            FP_TRY(test(&m, q, FP_LMM_DF_KR, &of[FP_POWER_LMM_KR], err));
    }
    return FP_OK;
}
