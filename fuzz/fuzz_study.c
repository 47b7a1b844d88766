/* The rows of a study: up to the first NUL coaches.csv, then people.csv, then episodes.csv, and
 * where there is more recruitment.csv and what happened to coaches and people after the draw; read,
 * linked, judged and analysed under a plan that does not change. */
#include <string.h>

#include "fuzz.h"
#include "study/changes.h"
#include "study/results.h"

#define LIMIT (512 * FP_MIB)

static const char offers[] =
    "  recruitment: { file: r.csv, person: person, coach: coach, offered: offered,\n"
    "                 eligible: eligible, consented: consented, reason: reason,\n"
    "                 included: included }\n";

static const char head[] =
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
    "}\n";

static const char tail[] =
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

static int count_nuls(fp_str text)
{
    int n = 0;
    for (size_t i = 0; i < text.n; i++)
        n += !text.p[i];
    return n;
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

/* One change a line: a letter of "lrmc" and three ids, or f, a person and their first coach. */
static void apply_changes(fp_str text, const fp_protocol *protocol, fp_source *sources,
                          fp_arena *arena, fp_problems *problems)
{
    enum { MOST = 40, FIELDS = 4 };
    static const char kinds[] = "lrmc";
    fp_change changes[MOST];
    fp_first_coach first[MOST];
    ptrdiff_t change_count = 0, first_count = 0;
    fp_err err = {0};
    char *line = fp_str_dup(arena, text, NULL);
    while (line && *line && change_count < MOST && first_count < MOST) {
        char *end = line + strcspn(line, "\n"), *field[FIELDS];
        bool last = !*end;
        *end = '\0';
        for (int k = 0; k < FIELDS; k++) {
            size_t n = strcspn(line, ",");
            field[k] = line;
            line += n;
            if (*line)
                *line++ = '\0';
        }
        const char *kind = field[0][0] ? strchr(kinds, field[0][0]) : NULL;
        if (kind) {
            changes[change_count] = (fp_change){.kind = (fp_change_kind)(kind - kinds),
                                                .unit = field[1],
                                                .from = field[2],
                                                .to = field[3],
                                                .date = 100,
                                                .seq = change_count + 1,
                                                .at_utc = "2026-01-01T00:00:00Z",
                                                .actor = "a"};
            change_count++;
        } else if (field[0][0] == 'f')
            first[first_count++] = (fp_first_coach){field[1], field[2], 1};
        line = last ? end : end + 1;
    }
    fp_status status = fp_changes_apply(protocol, changes, change_count, first, first_count,
                                        sources, arena, problems, &err);
    FUZZ_CHECK(status == FP_OK || status == FP_NOMEM);
}

static void read_plan(bool recruits, fp_arena *arena, fp_protocol *protocol, fp_problems *problems)
{
    fp_err err = {0};
    FP_BUF_SCOPED(plan, 1 << 14);
    fp_buf_printf(&plan, "%s%s%s", head, recruits ? offers : "", tail);
    const char *text = fp_str_dup(arena, fp_buf_str(&plan), &err);
    FUZZ_CHECK(text);
    FUZZ_CHECK(fp_protocol_read_text("study.yaml", fp_str_of(text), arena, protocol, problems,
                                     &err) == FP_OK);
    FUZZ_CHECK(problems->errors == 0);
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
    read_plan(count_nuls(rest) > 2, arena, &protocol, &problems);
    for (int k = 0; k < FP_SOURCE_COUNT; k++) {
        fp_status status = fp_source_read_text("x.csv", cut(&rest), &protocol, (fp_source_kind)k,
                                               arena, &sources[k], &err);
        FUZZ_CHECK(status == FP_OK || status == FP_INPUT || status == FP_NOMEM);
        if (status != FP_OK)
            return;
    }
    if (rest.n)
        apply_changes(rest, &protocol, sources, arena, &problems);
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
