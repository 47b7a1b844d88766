#include "study/data.h"

#include <stdarg.h>
#include <string.h>

#include "study/data_priv.h"
#include "study/protocol_priv.h"

bool fp_cell_missing(fp_str cell)
{
    return cell.n == 0 || (cell.n == 1 && cell.p[0] == '.') ||
           (cell.n == 2 && cell.p[0] == 'N' && cell.p[1] == 'A');
}

void fp_linking_problem(const fp_linking *linking, bool is_error, const fp_source *source,
                        ptrdiff_t row, const char *column, const char *hint, const char *format,
                        ...)
{
    fp_err at;
    va_list args;
    va_start(args, format);
    (void)fp_fail_list(&at, FP_INPUT, source ? source->file : NULL,
                       source && row >= 0 ? fp_source_line(source, row) : 0, 0, format, args);
    va_end(args);
    if (column)
        fp_err_field(&at, column);
    if (hint && hint[0])
        (void)fp_hint(&at, FP_INPUT, "%s", hint);
    fp_err_one_line(&at);
    fp_problems_add(linking->problems, is_error, &at);
}

/* Digits where 2021-02-30, 20210230 or 30-02-2021 have them. */
static bool shaped_as_date(fp_str text)
{
    static const char *const shapes[] = {"0000-00-00", "00000000", "00-00-0000"};
    for (size_t k = 0; k < sizeof shapes / sizeof *shapes; k++) {
        size_t i = 0;
        while (i < text.n && shapes[k][i] &&
               (shapes[k][i] == '0' ? text.p[i] >= '0' && text.p[i] <= '9' : text.p[i] == '-'))
            i++;
        if (i == text.n && !shapes[k][i])
            return true;
    }
    return false;
}

bool fp_linking_date(const fp_linking *linking, const fp_source *source, ptrdiff_t column,
                     ptrdiff_t row, fp_str cell, bool optional, fp_day *out)
{
    const char *name = source->names[column];
    fp_str text = fp_str_trim(cell);
    *out = FP_DAY_NONE;
    if (fp_cell_missing(cell) || text.n == 0) {
        if (!optional)
            fp_linking_problem(linking, true, source, row, name, "write a date such as 2021-02-28",
                               "there is no date");
        return optional;
    }
    if (fp_day_parse(text, out))
        return true;
    if (shaped_as_date(text))
        fp_linking_problem(linking, true, source, row, name, "correct the date",
                           "\"%.*s\" is not a day that exists", FP_CELL_ARG(cell));
    else
        fp_linking_problem(linking, true, source, row, name,
                           "write 2021-02-28, 20210228 or 28-02-2021", "\"%.*s\" is not a date",
                           FP_CELL_ARG(cell));
    return false;
}

/* Two clusters at least, in the list and among the people. */
static void check_clusters(const fp_linking *linking)
{
    const fp_study_data *data = linking->data;
    const fp_source *source = &data->sources[FP_SOURCE_COACHES];
    ptrdiff_t first = -1, with_people = 0;
    if (linking->protocol->kind != FP_DESIGN_CLUSTER_RANDOMISED)
        return;
    if (!source->file)
        source = &data->sources[FP_SOURCE_PEOPLE];
    if (data->coach_count < 2) {
        fp_linking_problem(linking, true, source, -1, NULL, "add the coaches that are missing",
                           "%s: a cluster-randomised design needs at least two",
                           data->coach_count == 1 ? "there is one cluster" : "there is no cluster");
        return;
    }
    for (ptrdiff_t i = 0; i < data->person_count && with_people < 2; i++)
        if (data->people[i].coach >= 0 && data->people[i].coach != first) {
            first = data->people[i].coach;
            with_people++;
        }
    /* Where other rows are wrong this may be no more than what follows from it. */
    if (with_people == 1 && linking->problems->errors == 0)
        fp_linking_problem(linking, true, &data->sources[FP_SOURCE_PEOPLE], -1, NULL,
                           "add the people of the other coaches",
                           "all people belong to one cluster, %.80s: a cluster-randomised design "
                           "needs at least two",
                           data->coaches[first].id);
}

/* Notes on what may be a slip: an arm without coaches or people. */
static fp_status check_arms(const fp_linking *linking)
{
    const fp_study_data *data = linking->data;
    ptrdiff_t *coaches, *people;
    FP_ARRAY(coaches, linking->arena, data->arm_count, linking->err);
    FP_ARRAY(people, linking->arena, data->arm_count, linking->err);
    for (ptrdiff_t i = 0; i < data->coach_count; i++)
        if (data->coaches[i].arm >= 0)
            coaches[data->coaches[i].arm]++;
    for (ptrdiff_t i = 0; i < data->person_count; i++)
        if (data->people[i].arm >= 0)
            people[data->people[i].arm]++;
    for (ptrdiff_t a = 0; a < data->arm_count && linking->protocol->factor_count; a++) {
        bool clusters = linking->protocol->kind == FP_DESIGN_CLUSTER_RANDOMISED;
        if (clusters ? coaches[a] == 0 : people[a] == 0)
            fp_linking_problem(linking, false,
                               &data->sources[clusters && data->sources[FP_SOURCE_COACHES].file
                                                  ? FP_SOURCE_COACHES
                                                  : FP_SOURCE_PEOPLE],
                               -1, NULL, NULL, "no %s in arm \"%s\"", clusters ? "coach" : "person",
                               data->arm_keys[a]);
    }
    return FP_OK;
}

/* Kinds that a rule names and no row has: probably a slip of the pen. */
static void check_kinds(const fp_linking *linking)
{
    const fp_study_data *data = linking->data;
    const fp_protocol *p = linking->protocol;
    const fp_source *episodes = &data->sources[FP_SOURCE_EPISODES];
    for (ptrdiff_t o = 0; o < p->outcome_count && episodes->file; o++)
        for (ptrdiff_t k = 0; k < p->outcomes[o].rule.kind_count; k++) {
            const char *kind = p->outcomes[o].rule.kinds[k];
            bool found = false;
            for (ptrdiff_t i = 0; i < data->kind_count && !found; i++)
                found = !strcmp(data->kinds[i], kind);
            if (found)
                continue;
            char hint[256];
            fp_nearest_hint(kind, data->kinds, data->kind_count, hint, sizeof hint);
            fp_linking_problem(linking, false, episodes, -1, p->episodes.kind, hint,
                               "no row is of the kind \"%.80s\" that outcome %.80s counts", kind,
                               p->outcomes[o].id);
        }
}

fp_status fp_study_data_build(const fp_protocol *protocol, const fp_source *sources,
                              const fp_work *work, fp_arena *arena, fp_study_data *data,
                              fp_problems *problems, fp_err *err)
{
    fp_study_data built = {.protocol = protocol, .work = work ? *work : (fp_work){0}};
    fp_linking linking = {
        .protocol = protocol, .arena = arena, .data = &built, .problems = problems, .err = err};
    memcpy(built.sources, sources, sizeof built.sources);
    FP_TRY(fp_link_arms(&linking));
    FP_TRY(fp_link_coaches(&linking));
    FP_TRY(fp_link_people(&linking));
    FP_TRY(fp_link_spells(&linking));
    FP_TRY(fp_link_recruitment(&linking));
    FP_TRY(fp_link_answers(&linking));
    check_clusters(&linking);
    FP_TRY(check_arms(&linking));
    check_kinds(&linking);
    *data = built;
    return FP_OK;
}

const char *fp_arm_key(const fp_study_data *data, ptrdiff_t arm)
{
    return data->arm_keys[arm];
}
