#include "study/draw.h"

#include <math.h>
#include <string.h>

#include "base/num.h"
#include "base/rng.h"
#include "study/data_priv.h"

/* ---- units --------------------------------------------------------------------------------- */

static fp_status at_cell(const fp_source *source, ptrdiff_t row, const char *column, fp_err *err,
                         const char *message)
{
    (void)fp_fail_at(err, FP_INPUT, source->file, source->line[row], 0, "%s", message);
    fp_err_field(err, column);
    return FP_INPUT;
}

fp_status fp_draw_stratum(const fp_protocol *protocol, const fp_source *source, ptrdiff_t row,
                          fp_arena *arena, const char **label, fp_err *err)
{
    FP_BUF_SCOPED(text, FP_MIB);
    for (ptrdiff_t k = 0; k < protocol->strata_count; k++) {
        const char *name = protocol->strata[k];
        const char *cell = source->cells[fp_source_column(source, protocol, name)][row];
        if (fp_cell_missing(fp_str_of(cell)))
            return at_cell(source, row, name, err, "a stratum of the draw is missing");
        fp_buf_printf(&text, "%s%s=%s", k ? ", " : "", name, cell);
    }
    FP_TRY(fp_buf_ok(&text, err));
    *label = text.n ? fp_str_dup(arena, fp_buf_str(&text), err) : "all";
    return *label ? FP_OK : FP_NOMEM;
}

static fp_status read_units(const fp_protocol *protocol, const fp_source *coaches, fp_arena *arena,
                            fp_draw *draw, fp_err *err)
{
    const char *const *cells = coaches->cells[fp_source_role(coaches, protocol, "id")];
    fp_textmap seen;
    FP_TRY(fp_textmap_init(&seen, coaches->rows, arena, err));
    for (ptrdiff_t i = 0; i < coaches->rows; i++) {
        bool added;
        if (fp_cell_missing(fp_str_of(cells[i])))
            return at_cell(coaches, i, protocol->coaches.id, err, "there is no id");
        (void)fp_textmap_put(&seen, cells[i], &added);
        if (!added)
            return at_cell(coaches, i, protocol->coaches.id, err,
                           "the coach stands there twice: a unit is drawn once");
    }
    draw->units = coaches->rows;
    draw->unit = cells;
    return FP_OK;
}

static fp_status read_strata(const fp_protocol *protocol, const fp_source *coaches, fp_arena *arena,
                             fp_draw *draw, fp_err *err)
{
    fp_textmap labels;
    int32_t *stratum;
    FP_TRY(fp_textmap_init(&labels, coaches->rows, arena, err));
    FP_ARRAY(stratum, arena, coaches->rows, err);
    for (ptrdiff_t i = 0; i < coaches->rows; i++) {
        const char *label;
        FP_TRY(fp_draw_stratum(protocol, coaches, i, arena, &label, err));
        stratum[i] = (int32_t)fp_textmap_put(&labels, label, NULL);
    }
    draw->stratum = stratum;
    draw->strata = labels.count;
    draw->stratum_label = labels.texts;
    return FP_OK;
}

static fp_status read_covariates(const fp_protocol *protocol, const fp_source *coaches,
                                 fp_arena *arena, fp_draw *draw, fp_err *err)
{
    const fp_allocation_spec *spec = &protocol->allocation;
    const char *const **text;
    double *value;
    FP_ARRAY(text, arena, spec->balance_count, err);
    FP_ARRAY(value, arena, spec->balance_count * coaches->rows, err);
    for (ptrdiff_t k = 0; k < spec->balance_count; k++) {
        text[k] = coaches->cells[fp_source_column(coaches, protocol, spec->balance[k])];
        for (ptrdiff_t i = 0; i < coaches->rows; i++)
            if (!fp_num_parse(fp_str_of(text[k][i]), '.', &value[k * coaches->rows + i]))
                return at_cell(coaches, i, spec->balance[k], err,
                               "a covariate to balance by is not a number");
    }
    draw->covariates = spec->balance_count;
    draw->covariate = spec->balance;
    draw->value = value;
    draw->text = text;
    return FP_OK;
}

/* Where sizes are kept, every arm must get a unit of every stratum: otherwise the arm and the
 * stratum could not be told apart there. */
static fp_status check_strata_sizes(const fp_protocol *protocol, const fp_draw *draw,
                                    const char *file, fp_err *err)
{
    if (protocol->allocation.method == FP_ALLOCATION_SIMPLE)
        return FP_OK;
    for (ptrdiff_t s = 0; s < draw->strata; s++) {
        ptrdiff_t members = 0;
        for (ptrdiff_t i = 0; i < draw->units; i++)
            members += draw->stratum[i] == s;
        if (members >= draw->arms)
            continue;
        (void)fp_fail_at(err, FP_INPUT, file, 0, 0, "stratum %.120s has %td coach%s for %td arms",
                         draw->stratum_label[s], members, members == 1 ? "" : "es", draw->arms);
        return fp_hint(err, FP_INPUT, "merge strata, or draw with fewer of them");
    }
    return FP_OK;
}

fp_status fp_draw_read(const fp_protocol *protocol, const fp_source *coaches, fp_arena *arena,
                       fp_draw *draw, fp_err *err)
{
    fp_draw made = {0};
    FP_TRY(fp_arm_keys(protocol, arena, &made.arms, &made.arm_key, err));
    FP_TRY(read_units(protocol, coaches, arena, &made, err));
    FP_TRY(read_strata(protocol, coaches, arena, &made, err));
    FP_TRY(read_covariates(protocol, coaches, arena, &made, err));
    if (made.units < made.arms) {
        (void)fp_fail_at(err, FP_INPUT, coaches->file, 0, 0, "%td coach%s for %td arms", made.units,
                         made.units == 1 ? "" : "es", made.arms);
        return fp_hint(err, FP_INPUT, "every arm needs a coach, and better three");
    }
    FP_TRY(check_strata_sizes(protocol, &made, coaches->file, err));
    *draw = made;
    return FP_OK;
}

/* ---- drawing ------------------------------------------------------------------------------- */

static fp_status ratio_of(const fp_protocol *protocol, fp_arena *arena, const int32_t **out,
                          fp_err *err)
{
    const fp_allocation_spec *spec = &protocol->allocation;
    int32_t *ratio;
    *out = NULL;
    if (spec->ratio_count == 0)
        return FP_OK;
    FP_ARRAY(ratio, arena, spec->ratio_count, err);
    for (ptrdiff_t g = 0; g < spec->ratio_count; g++)
        ratio[g] = spec->ratio[g];
    *out = ratio;
    return FP_OK;
}

static fp_status constrain(const fp_protocol *protocol, const fp_draw *draw, uint64_t seed,
                           int threads, fp_arena *arena, fp_drawn *drawn, fp_err *err)
{
    const fp_allocation_spec *spec = &protocol->allocation;
    fp_allocation_options options = fp_allocation_defaults();
    double *weight;
    FP_ARRAY(weight, arena, spec->balance_count, err);
    for (ptrdiff_t k = 0; k < spec->balance_count; k++)
        weight[k] = spec->weight_count ? spec->weights[k] : 1;
    drawn->rule.covariates = draw->covariates;
    drawn->rule.covariate = draw->value;
    drawn->rule.weight = weight;
    options.keep = spec->keep;
    options.seed = seed;
    options.threads = threads;
    FP_TRY(fp_allocation_explore(&drawn->rule, &options, &drawn->space, err));
    drawn->rule.limit = drawn->space.limit;
    drawn->constrained = true;
    return FP_OK;
}

fp_status fp_draw_allocate(const fp_protocol *protocol, const fp_draw *draw, fp_seed_fn seed,
                           const char *secret, int threads, fp_arena *arena, fp_drawn *drawn,
                           fp_err *err)
{
    fp_allocation_method method = protocol->allocation.method;
    fp_drawn made = {0};
    int32_t *arm, *size;
    uint64_t number = seed(protocol->id, "clusters", secret);
    made.rule =
        (fp_allocation_rule){.lot = method == FP_ALLOCATION_SIMPLE ? FP_LOT_SIMPLE : FP_LOT_SIZES,
                             .units = draw->units,
                             .arms = (int32_t)draw->arms,
                             .stratum = draw->stratum,
                             .strata = (int32_t)draw->strata,
                             .limit = HUGE_VAL};
    FP_TRY(ratio_of(protocol, arena, &made.rule.ratio, err));
    FP_ARRAY(arm, arena, draw->units, err);
    FP_ARRAY(size, arena, draw->strata * draw->arms, err);
    made.rule.size = size;
    made.arm = arm;
    if (method != FP_ALLOCATION_SIMPLE)
        FP_TRY(fp_allocation_sizes(draw->units, draw->stratum, (int32_t)draw->strata,
                                   (int32_t)draw->arms, made.rule.ratio, number, size, err));
    if (method == FP_ALLOCATION_CONSTRAINED)
        FP_TRY(constrain(protocol, draw, number, threads, arena, &made, err));
    FP_TRY(fp_allocation_draw(&made.rule, number, arm, err));
    if (made.constrained)
        FP_TRY(fp_allocation_score(&made.rule, arm, &made.score, err));
    *drawn = made;
    return FP_OK;
}

/* ---- one by one ---------------------------------------------------------------------------- */

static int32_t share_of(const fp_protocol *protocol, ptrdiff_t arms)
{
    const fp_allocation_spec *spec = &protocol->allocation;
    int32_t share = 0;
    for (ptrdiff_t g = 0; g < arms; g++)
        share += spec->ratio_count ? spec->ratio[g] : 1;
    return share;
}

/* The arm of place `at` of `share` places laid out by the ratio. */
static int32_t arm_at(const fp_protocol *protocol, int32_t at)
{
    const fp_allocation_spec *spec = &protocol->allocation;
    int32_t g = 0;
    for (int32_t of_arm; at >= (of_arm = spec->ratio_count ? spec->ratio[g] : 1); g++)
        at -= of_arm;
    return g;
}

/* A block of places, shuffled (Fisher & Yates), of which the arm of place `at` is wanted. */
static int32_t arm_in_block(const fp_protocol *protocol, int32_t size, int32_t share, int32_t at,
                            int32_t *place, fp_rng *rng)
{
    for (int32_t i = 0; i < size; i++)
        place[i] = i % share;
    for (int32_t i = size - 1; i > 0; i--) {
        int32_t k = (int32_t)fp_rng_below(rng, (uint32_t)i + 1), kept = place[i];
        place[i] = place[k];
        place[k] = kept;
    }
    return at < size ? arm_at(protocol, place[at]) : -1;
}

/* Number `place` of a stream. sizes: those that a block may have; count 0 = every place by itself.
 */
static fp_status arm_of_place(const fp_protocol *protocol, uint64_t seed, const int *sizes,
                              ptrdiff_t count, int64_t place, int32_t *arm, fp_err *err)
{
    FP_ARENA_SCOPED(scratch, 16 * FP_MIB, err);
    ptrdiff_t arms;
    const char *const *keys;
    int32_t *block, largest = 1;
    fp_rng rng;
    FP_TRY(fp_arm_keys(protocol, scratch, &arms, &keys, err));
    int32_t share = share_of(protocol, arms);
    fp_rng_init(&rng, seed, FP_RNG_ALLOCATION, 0);
    if (count == 0) {
        for (int64_t i = 0; i <= place; i++)
            *arm = arm_at(protocol, (int32_t)fp_rng_below(&rng, (uint32_t)share));
        return FP_OK;
    }
    for (ptrdiff_t b = 0; b < count; b++)
        largest = sizes[b] > largest ? sizes[b] : largest;
    FP_ARRAY(block, scratch, largest, err);
    for (int32_t found = -1; found < 0;) {
        int32_t size = sizes[fp_rng_below(&rng, (uint32_t)count)];
        found = arm_in_block(protocol, size, share, (int32_t)(place < size ? place : size), block,
                             &rng);
        place -= size;
        *arm = found;
    }
    return FP_OK;
}

fp_status fp_draw_place(const fp_protocol *protocol, fp_seed_fn seed, const char *secret,
                        const char *stratum, int64_t place, int32_t *arm, fp_err *err)
{
    const fp_allocation_spec *spec = &protocol->allocation;
    bool simple = spec->method == FP_ALLOCATION_SIMPLE;
    return arm_of_place(protocol, seed(protocol->id, stratum, secret), spec->block_sizes,
                        simple ? 0 : spec->block_count, place, arm, err);
}

int32_t fp_draw_late_block(const fp_protocol *protocol, ptrdiff_t arms)
{
    return share_of(protocol, arms);
}

fp_status fp_draw_late(const fp_protocol *protocol, fp_seed_fn seed, const char *secret,
                       const char *stratum, int64_t place, int32_t *arm, fp_err *err)
{
    FP_ARENA_SCOPED(scratch, FP_MIB, err);
    ptrdiff_t arms;
    const char *const *keys;
    FP_TRY(fp_arm_keys(protocol, scratch, &arms, &keys, err));
    const char *purpose = fp_arena_printf(scratch, err, "late: %s", stratum);
    if (!purpose)
        return FP_NOMEM;
    int size = share_of(protocol, arms);
    bool simple = protocol->allocation.method == FP_ALLOCATION_SIMPLE;
    return arm_of_place(protocol, seed(protocol->id, purpose, secret), &size, simple ? 0 : 1, place,
                        arm, err);
}
