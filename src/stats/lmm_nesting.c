#include <string.h>

#include "stats/lmm_priv.h"

/* The group of `outer` that holds each of the `groups` inner groups; false where one lies in two.
 */
static bool find_parents(ptrdiff_t n, const int32_t *inner, int32_t groups, const int32_t *outer,
                         int32_t *parent)
{
    for (int32_t g = 0; g < groups; g++)
        parent[g] = -1;
    for (ptrdiff_t i = 0; i < n; i++) {
        int32_t *p = &parent[inner[i]];
        if (*p < 0)
            *p = outer[i];
        else if (*p != outer[i])
            return false;
    }
    return true;
}

/* Whether two codings make the same groups with the same numbers. */
static bool same_codes(ptrdiff_t n, const int32_t *a, const int32_t *b)
{
    return a == b || memcmp(a, b, (size_t)n * sizeof *a) == 0;
}

/* The level of a block: one that is there, or a new one before those with fewer groups. */
static void place_block(const fp_lmm_data *data, ptrdiff_t b, fp_lmm_nest *nest, ptrdiff_t **member)
{
    const fp_lmm_block *block = &data->block[b];
    ptrdiff_t at = 0;
    for (; at < nest->levels && nest->level[at].groups >= block->groups; at++) {
        fp_lmm_level *level = &nest->level[at];
        if (level->groups != block->groups || !same_codes(data->n, level->group, block->group))
            continue;
        member[at][level->blocks++] = b;
        level->width += block->width;
        return;
    }
    ptrdiff_t *spare = member[nest->levels];
    for (ptrdiff_t l = nest->levels; l > at; l--) {
        nest->level[l] = nest->level[l - 1];
        member[l] = member[l - 1];
    }
    nest->levels++;
    member[at] = spare;
    spare[0] = b;
    nest->level[at] = (fp_lmm_level){
        .groups = block->groups, .group = block->group, .width = block->width, .blocks = 1};
}

fp_status fp_lmm_nesting(const fp_lmm_data *data, fp_arena *arena, fp_lmm_nest *nest, fp_err *err)
{
    ptrdiff_t **member;
    int32_t *parent;
    *nest = (fp_lmm_nest){.nested = true};
    FP_ARRAY(nest->level, arena, data->blocks + 1, err);
    FP_ARRAY(member, arena, data->blocks + 1, err);
    for (ptrdiff_t b = 0; b <= data->blocks; b++)
        FP_ARRAY(member[b], arena, data->blocks + 1, err);
    for (ptrdiff_t b = 0; b < data->blocks; b++)
        place_block(data, b, nest, member);
    for (ptrdiff_t l = 0; l < nest->levels; l++)
        nest->level[l].block = member[l];
    for (ptrdiff_t l = 0; l + 1 < nest->levels && nest->nested; l++) {
        fp_lmm_level *level = &nest->level[l];
        FP_ARRAY(parent, arena, level->groups, err);
        nest->nested = find_parents(data->n, level->group, level->groups, level[1].group, parent);
        level->parent = parent;
    }
    if (data->residual == FP_LMM_INDEPENDENT || nest->levels == 0)
        return FP_OK;
    FP_ARRAY(parent, arena, data->subjects, err);
    nest->nested = nest->nested && find_parents(data->n, data->subject, data->subjects,
                                                nest->level[0].group, parent);
    nest->parent = parent;
    return FP_OK;
}
