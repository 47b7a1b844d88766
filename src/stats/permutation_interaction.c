/* The interaction of two factors: eq. 7-9 of docs/methods/permutation.md. */
#include "stats/permutation_priv.h"

#include <math.h>

enum { FACTORIAL_ARMS = FP_PERM_FACTORIAL };

static fp_status check_level(const char *name, const int32_t *level, ptrdiff_t n, fp_err *err)
{
    for (ptrdiff_t j = 0; j < n; j++) {
        if (level[j] < 0 || level[j] > 1)
            return fp_fail(err, FP_ARG, "permutation: %s of cluster %td is not 0 or 1", name,
                           j + 1);
    }
    return FP_OK;
}

/* Arms 0..3 are (a, b) = (0,0), (1,0), (0,1), (1,1). */
typedef struct {
    fp_perm_contrast contrast;
    const double *value; /* centred */
} contrast_model;

static const double contrast_sign[FACTORIAL_ARMS] = {1, -1, -1, 1};

double fp_perm_contrast_ratio(const fp_perm_contrast *m, const double *sum, const double *within)
{
    double contrast = 0, by_arm = 0, pooled = 0, inverse = 0;
    for (int g = 0; g < FACTORIAL_ARMS; g++) {
        contrast += contrast_sign[g] * sum[g] / m->size[g];
        if (m->denominator == FP_PERM_BY_ARM)
            by_arm += within[g] / (m->size[g] * (m->size[g] - 1));
        pooled += within[g];
        inverse += 1 / m->size[g];
    }
    if (fabs(contrast) <= 1e-12 * m->scale)
        return 0;
    if (m->denominator == FP_PERM_BARE)
        return contrast;
    double variance = m->denominator == FP_PERM_BY_ARM
                          ? by_arm
                          : pooled / (double)(m->clusters - FACTORIAL_ARMS) * inverse;
    if (variance <= 1e-24 * m->scale * m->scale)
        return copysign((double)INFINITY, contrast);
    return contrast / sqrt(variance);
}

/* Squares about the means of the arms in two passes, so that nothing cancels. */
static double studentised_contrast(const void *model, const fp_allocation *a)
{
    const contrast_model *m = model;
    double within[FACTORIAL_ARMS] = {0};
    for (ptrdiff_t j = 0; j < m->contrast.clusters; j++) {
        int g = a->label[j];
        double d = m->value[j] - a->sum[g] / m->contrast.size[g];
        within[g] += d * d;
    }
    return fp_perm_contrast_ratio(&m->contrast, a->sum, within);
}

/* Renamings of the four arms that keep every arm's size in every stratum and the contrast up to its
 * sign. */
static double contrast_symmetries(const fp_alloc_set *set)
{
    int count = 0;
    for (int code = 0; code < 256; code++) {
        int to[FACTORIAL_ARMS] = {code & 3, code >> 2 & 3, code >> 4 & 3, code >> 6 & 3};
        int used = 0;
        double turned = contrast_sign[to[0]] * contrast_sign[0];
        bool keeps = true;
        for (int g = 0; g < FACTORIAL_ARMS; g++) {
            used |= 1 << to[g];
            keeps = keeps && fp_perm_same_sizes(set, to[g], g) &&
                    contrast_sign[to[g]] * contrast_sign[g] * turned > 0;
        }
        count += keeps && used == 15;
    }
    return count;
}

fp_status fp_perm_contrast_init(fp_perm_contrast *m, const int64_t *size, fp_err *err)
{
    m->clusters = 0;
    m->denominator = FP_PERM_BY_ARM;
    bool single = false;
    for (int g = 0; g < FACTORIAL_ARMS; g++) {
        if (size[g] == 0)
            return fp_fail(err, FP_ARG, "permutation: an arm of the factorial has no cluster");
        m->size[g] = (double)size[g];
        m->clusters += (ptrdiff_t)size[g];
        single = single || size[g] == 1;
    }
    if (single)
        m->denominator = m->clusters > FACTORIAL_ARMS ? FP_PERM_POOLED : FP_PERM_BARE;
    return FP_OK;
}

static fp_status contrast_init(contrast_model *m, const fp_alloc_set *set, double *centred,
                               fp_err *err)
{
    double n = (double)set->units, mean = 0, squares = 0;
    int64_t size[FACTORIAL_ARMS];
    for (int32_t g = 0; g < FACTORIAL_ARMS; g++)
        size[g] = fp_perm_arm_size(set, g);
    for (ptrdiff_t j = 0; j < set->units; j++)
        mean += centred[j] / n;
    for (ptrdiff_t j = 0; j < set->units; j++) {
        centred[j] -= mean;
        squares += centred[j] * centred[j];
    }
    m->value = centred;
    m->contrast.scale = sqrt(squares);
    return fp_perm_contrast_init(&m->contrast, size, err);
}

fp_status fp_permutation_interaction(ptrdiff_t clusters, const double *residual, const int32_t *a,
                                     const int32_t *b, const int32_t *fixed,
                                     const fp_permutation_options *options,
                                     fp_permutation_result *result, fp_err *err)
{
    FP_ARENA_SCOPED(scratch, FP_PERM_SCRATCH, err);
    fp_perm_frame f = {.scratch = scratch};
    int32_t *arm;
    double *centred;
    contrast_model model = {0};
    if (clusters < FACTORIAL_ARMS)
        return fp_fail(err, FP_ARG, "permutation: %td clusters, wanted %d or more", clusters,
                       FACTORIAL_ARMS);
    FP_TRY(check_level("first factor", a, clusters, err));
    FP_TRY(check_level("second factor", b, clusters, err));
    FP_TRY(fp_perm_check_finite(residual, clusters, err));
    FP_ARRAY(arm, scratch, clusters, err);
    FP_ARRAY(centred, scratch, clusters, err);
    for (ptrdiff_t j = 0; j < clusters; j++) {
        arm[j] = a[j] + 2 * b[j];
        centred[j] = residual[j];
    }
    FP_TRY(fp_perm_frame_init(&f, clusters, centred, arm, FACTORIAL_ARMS, fixed, options, err));
    FP_TRY(contrast_init(&model, &f.set, centred, err));
    fp_perm_fold fold = {.statistic = studentised_contrast, .model = &model};
    return fp_perm_test(&f, &fold, contrast_symmetries(&f.set), true, result, err);
}
