/* The rows of a study: up to the first NUL coaches.csv, then people.csv, then episodes.csv; read,
 * linked, judged and analysed under a plan that does not change. */
#include <string.h>

#include "fuzz.h"
#include "study/results.h"

#define LIMIT (512 * FP_MIB)

static const char plan[] =
    "study: { id: fuzz }\n"
    "design:\n"
    "  kind: cluster-randomised\n"
    "  factors: { ips: [without, with], pa: [without, with] }\n"
    "  cluster: coach\n"
    "sources:\n"
    "  coaches: { file: c.csv, id: coach, columns: [ips, pa, team] }\n"
    "  people: { file: p.csv, id: person, start: start, end: end, end_reason: reason,\n"
    "            columns: [coach, ready, age] }\n"
    "  episodes: { file: e.csv, person: person, start: start, end: end, hours: hours, kind: kind "
    "}\n"
    "outcomes:\n"
    "  - { id: work, kind: time-to-event, follow_up: 350d, competing: [died],\n"
    "      rule: { min_days: 28, min_hours_per_week: 12, gap_days: 3, kinds: [regular] } }\n"
    "  - { id: paid, kind: status-at, month: 3, rule: { min_hours_per_month: 1 } }\n"
    "analysis:\n"
    "  - { id: a, role: primary, outcome: work, model: cox, formula: '~ ips + pa', effect: ips }\n"
    "  - { id: s, role: secondary, outcome: work, model: cox, formula: '~ ips * pa', effect: "
    "'ips:pa' }\n"
    "  - { id: r, role: subgroup, of: a, by: ready }\n";

static fp_str cut(fp_str *rest)
{
    const char *nul = rest->n ? memchr(rest->p, '\0', rest->n) : NULL;
    fp_str piece = {rest->p, nul ? (size_t)(nul - rest->p) : rest->n};
    size_t skip = piece.n + (nul ? 1 : 0);
    *rest = (fp_str){rest->p + skip, rest->n - skip};
    return piece;
}

static void check_outcomes(const fp_study_data *data, const fp_results *results, fp_arena *arena)
{
    for (ptrdiff_t i = 0; i < data->person_count; i++) {
        const fp_person_outcome *o = &results->outcomes[0].people[i];
        FUZZ_CHECK(o->fate == FP_FATE_EXCLUDED ? o->time < 0 : o->time >= 0 && o->time <= 350);
        FP_BUF_SCOPED(words, 16 * FP_MIB);
        fp_err err;
        fp_status status = fp_outcome_explain(data, &results->outcomes[0], i, arena, &words, &err);
        FUZZ_CHECK(status == FP_OK || status == FP_NOMEM);
        if (i > 20)
            break;
    }
    for (ptrdiff_t s = 0; s < data->spell_count; s++)
        FUZZ_CHECK(results->outcomes[0].repair[s] < FP_REPAIR_COUNT);
}

static void run(fp_str rest, fp_arena *arena)
{
    fp_err err = {0};
    fp_protocol protocol;
    fp_problems problems;
    fp_source sources[FP_SOURCE_COUNT];
    fp_study_data data;
    fp_results results;
    fp_problems_init(&problems, 100, arena);
    FUZZ_CHECK(fp_protocol_read_text("study.yaml", (fp_str){plan, sizeof plan - 1}, arena,
                                     &protocol, &problems, &err) == FP_OK);
    FUZZ_CHECK(problems.errors == 0);
    for (int k = 0; k < FP_SOURCE_COUNT; k++) {
        fp_status status = fp_source_read_text("x.csv", cut(&rest), &protocol, (fp_source_kind)k,
                                               arena, &sources[k], &err);
        FUZZ_CHECK(status == FP_OK || status == FP_INPUT || status == FP_NOMEM);
        if (status != FP_OK)
            return;
    }
    if (fp_study_data_build(&protocol, sources, NULL, arena, &data, &problems, &err) != FP_OK ||
        problems.errors)
        return;
    fp_results_options options = fp_results_defaults();
    options.threads = 1;
    fp_status status = fp_results_compute(&data, &options, arena, &results, &err);
    FUZZ_CHECK(status == FP_OK || status == FP_INPUT || status == FP_NOMEM);
    if (status == FP_OK)
        check_outcomes(&data, &results, arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 1 << 14)
        return 0;
    fp_arena *arena = fp_arena_create(LIMIT);
    run((fp_str){(const char *)data, size}, arena);
    fp_arena_destroy(arena);
    return 0;
}
