/* Arms that are not the real ones, for a report to settle tables with. */
#include "run/run_priv.h"

#include <math.h>
#include <string.h>

#include "store/allocation.h"

typedef struct {
    const fp_study *study;
    const fp_protocol *plan;
    const fp_study_data *real;
    fp_arena *arena;
    char secret[FP_SECRET_DIGITS + 1];
} blinding;

static fp_status refuse(const blinding *b, fp_err *err)
{
    (void)fp_fail_at(err, FP_INPUT, b->plan->path, 0, 0,
                     "a report can be blinded only where arms were drawn by lot: here there is no "
                     "set of allocations to shuffle within");
    return fp_hint(err, FP_INPUT, "leave out --blinded");
}

static fp_status not_told(const char *what, const char *id, fp_err *err)
{
    return fp_fail(err, FP_INPUT, "no blinded report: %s %.80s was not told an arm yet", what, id);
}

/* Keep the number of units in each arm of each stratum, and draw. arm: units, in and out. */
static fp_status shuffle(const blinding *b, fp_allocation_rule rule, int32_t *arm, fp_err *err)
{
    int32_t *size;
    FP_ARRAY(size, b->arena, (ptrdiff_t)rule.strata * rule.arms, err);
    for (ptrdiff_t i = 0; i < rule.units; i++)
        size[(rule.stratum ? rule.stratum[i] : 0) * rule.arms + arm[i]]++;
    rule.lot = FP_LOT_SIZES;
    rule.size = size;
    return fp_allocation_draw(&rule, fp_allocation_seed(b->plan->id, "blinded", b->secret), arm,
                              err);
}

/* The level of each factor in an arm: the first factor varies fastest. */
static void levels_of(const fp_protocol *plan, ptrdiff_t arm, int *level)
{
    for (ptrdiff_t f = 0; f < plan->factor_count; f++) {
        level[f] = (int)(arm % plan->factors[f].level_count);
        arm /= plan->factors[f].level_count;
    }
}

static fp_status new_levels(const blinding *b, ptrdiff_t rows, int **level, fp_err *err)
{
    FP_ARRAY(*level, b->arena, rows * b->plan->factor_count, err);
    return FP_OK;
}

/* ---- coaches ------------------------------------------------------------------------------- */

/* Coaches with an arm, shuffled as the permutation tests do where the draw is not in the log. */
static fp_status shuffle_known(const blinding *b, int32_t *arm, fp_err *err)
{
    ptrdiff_t n = b->real->coach_count, known = 0;
    int32_t *packed;
    FP_ARRAY(packed, b->arena, n, err);
    for (ptrdiff_t c = 0; c < n; c++)
        if (arm[c] >= 0)
            packed[known++] = arm[c];
    fp_allocation_rule rule = {
        .units = known, .arms = (int32_t)b->real->arm_count, .strata = 1, .limit = HUGE_VAL};
    FP_TRY(shuffle(b, rule, packed, err));
    for (ptrdiff_t c = n; c-- > 0;)
        if (arm[c] >= 0)
            arm[c] = packed[--known];
    return FP_OK;
}

/* Within the set of the draw: its strata, its late coaches, its constraint. */
static fp_status shuffle_drawn(const blinding *b, int32_t *arm, fp_err *err)
{
    fp_drawn_set set;
    int32_t *other;
    FP_TRY(fp_drawn_set_of(b->real, b->arena, &set, err));
    FP_ARRAY(other, b->arena, set.units, err);
    for (ptrdiff_t u = 0; u < set.units; u++) {
        if (set.arm[u] < 0)
            return not_told("coach", set.unit[u], err);
        other[u] = set.arm[u];
    }
    FP_TRY(shuffle(b, *set.rule, other, err));
    for (ptrdiff_t c = 0; c < b->real->coach_count; c++)
        for (ptrdiff_t u = 0; u < set.units; u++)
            if (strcmp(set.unit[u], b->real->coaches[c].id) == 0)
                arm[c] = other[u];
    return FP_OK;
}

static fp_status blind_coaches(const blinding *b, fp_study_data *data, fp_err *err)
{
    const fp_protocol *plan = b->plan;
    ptrdiff_t n = data->coach_count;
    fp_coach *coaches;
    fp_person *people;
    int32_t *arm;
    int *level;
    FP_ARRAY(coaches, b->arena, n, err);
    FP_ARRAY(people, b->arena, data->person_count, err);
    FP_ARRAY(arm, b->arena, n, err);
    FP_TRY(new_levels(b, n, &level, err));
    for (ptrdiff_t c = 0; c < n; c++)
        arm[c] = (int32_t)data->coaches[c].arm;
    FP_TRY(plan->allocation.method == FP_ALLOCATION_ELSEWHERE ? shuffle_known(b, arm, err)
                                                              : shuffle_drawn(b, arm, err));
    for (ptrdiff_t c = 0; c < n; c++) {
        coaches[c] = data->coaches[c];
        if (arm[c] < 0)
            continue;
        coaches[c].arm = arm[c];
        coaches[c].level = level + c * plan->factor_count;
        levels_of(plan, arm[c], level + c * plan->factor_count);
    }
    for (ptrdiff_t i = 0; i < data->person_count; i++) {
        people[i] = data->people[i];
        if (people[i].coach < 0 || people[i].arm < 0)
            continue;
        people[i].arm = coaches[people[i].coach].arm;
        people[i].level = coaches[people[i].coach].level;
    }
    data->coaches = coaches;
    data->people = people;
    return FP_OK;
}

/* ---- people one by one ------------------------------------------------------------------------
 */

/* A new list by the method, the strata and the blocks of the plan. */
static fp_status draw_list(const blinding *b, int32_t *arm, fp_err *err)
{
    __attribute__((cleanup(fp_ledger_cleanup))) fp_ledger *own = NULL;
    fp_ledger *ledger;
    fp_allocation_log log = {0};
    FP_TRY(fp_study_log(b->study, &ledger, &own, err));
    if (ledger)
        FP_TRY(fp_allocation_read(ledger, b->arena, &log, err));
    for (ptrdiff_t i = 0; i < b->real->person_count; i++) {
        const fp_reveal *told = fp_allocation_find(&log, b->real->people[i].id);
        if (!told)
            return not_told("person", b->real->people[i].id, err);
        FP_TRY(fp_draw_place(b->plan, fp_allocation_seed, b->secret, told->stratum, told->place,
                             &arm[i], err));
    }
    return FP_OK;
}

/* Drawn elsewhere: within the strata that the plan names. */
static fp_status shuffle_people(const blinding *b, int32_t *arm, fp_err *err)
{
    const fp_source *source = &b->real->sources[FP_SOURCE_PEOPLE];
    int32_t *stratum, strata = 0;
    const char **labels;
    FP_ARRAY(stratum, b->arena, b->real->person_count, err);
    FP_ARRAY(labels, b->arena, b->real->person_count, err);
    for (ptrdiff_t i = 0; i < b->real->person_count; i++) {
        const char *label;
        int32_t s = 0;
        if (arm[i] < 0)
            return not_told("person", b->real->people[i].id, err);
        FP_TRY(fp_draw_stratum(b->plan, source, b->real->people[i].row, b->arena, &label, err));
        while (s < strata && strcmp(labels[s], label) != 0)
            s++;
        if (s == strata)
            labels[strata++] = label;
        stratum[i] = s;
    }
    fp_allocation_rule rule = {.units = b->real->person_count,
                               .arms = (int32_t)b->real->arm_count,
                               .stratum = stratum,
                               .strata = strata,
                               .limit = HUGE_VAL};
    return shuffle(b, rule, arm, err);
}

static fp_status blind_people(const blinding *b, fp_study_data *data, fp_err *err)
{
    const fp_protocol *plan = b->plan;
    ptrdiff_t n = data->person_count;
    fp_person *people;
    int32_t *arm;
    int *level;
    FP_ARRAY(people, b->arena, n, err);
    FP_ARRAY(arm, b->arena, n, err);
    FP_TRY(new_levels(b, n, &level, err));
    for (ptrdiff_t i = 0; i < n; i++)
        arm[i] = (int32_t)data->people[i].arm;
    FP_TRY(plan->allocation.method == FP_ALLOCATION_ELSEWHERE ? shuffle_people(b, arm, err)
                                                              : draw_list(b, arm, err));
    for (ptrdiff_t i = 0; i < n; i++) {
        people[i] = data->people[i];
        people[i].arm = arm[i];
        people[i].level = level + i * plan->factor_count;
        levels_of(plan, arm[i], level + i * plan->factor_count);
    }
    data->people = people;
    return FP_OK;
}

fp_status fp_study_blind(const fp_study *study, fp_study_data *data, fp_err *err)
{
    blinding b = {
        .study = study, .plan = &study->protocol, .real = &study->data, .arena = study->arena};
    bool clusters = b.plan->kind == FP_DESIGN_CLUSTER_RANDOMISED;
    if ((!clusters && b.plan->kind != FP_DESIGN_INDIVIDUALLY_RANDOMISED) ||
        b.plan->factor_count == 0)
        return refuse(&b, err);
    fp_allocation_secret(b.secret);
    fp_status status = clusters ? blind_coaches(&b, data, err) : blind_people(&b, data, err);
    explicit_bzero(b.secret, sizeof b.secret);
    return status;
}
