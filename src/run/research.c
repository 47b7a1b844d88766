#include "run/research.h"

#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "run/run_priv.h"
#include "store/client.h"

typedef struct {
    fp_study study;
    fp_pseudonyms pseudonyms;
    fp_arena *arena;
    const char *const *removed; /* ids in byte order */
    ptrdiff_t removed_count;
    const char **arm_label; /* of the study's arms */
    ptrdiff_t *carried;     /* columns of the people source that go along */
    ptrdiff_t carried_count;
    const fp_outcomes *outcomes;
    const fp_source *people;
} work;

static void work_clear(work *w)
{
    fp_pseudonyms_clear(&w->pseudonyms);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* ---- what goes in ---- */

/* Rows of the log where the people are registered, else those of the files. */
static fp_status open_study(work *w, const char *folder, fp_ledger *ledger, bool *registered,
                            fp_err *err)
{
    static const fp_open_options plain = {.mode = FP_OPEN_FILES};
    fp_import import;
    FP_TRY(fp_store_current(ledger, FP_SOURCE_PEOPLE, w->arena, registered, &import, err));
    if (!*registered)
        return fp_study_open(folder, &plain, w->arena, &w->study, err);
    FP_TRY(fp_study_open_plan(folder, w->arena, &w->study, err));
    w->study.ledger = ledger; /* borrowed: never closed here */
    return fp_study_load(&w->study, &plain, err);
}

static bool is_factor(const fp_protocol *plan, const char *name)
{
    for (ptrdiff_t f = 0; f < plan->factor_count; f++)
        if (strcmp(plan->factors[f].name, name) == 0)
            return true;
    return plan->cluster && strcmp(plan->cluster, name) == 0;
}

static fp_status choose_columns(work *w, fp_err *err)
{
    const fp_source_spec *spec = fp_study_spec(&w->study, FP_SOURCE_PEOPLE);
    FP_ARRAY(w->carried, w->arena, spec->column_count, err);
    for (ptrdiff_t c = 0; c < spec->column_count; c++)
        if (!is_factor(&w->study.protocol, spec->columns[c]))
            w->carried[w->carried_count++] =
                fp_source_column(w->people, &w->study.protocol, spec->columns[c]);
    return FP_OK;
}

static fp_status derive(work *w, fp_err *err)
{
    const fp_protocol *plan = &w->study.protocol;
    fp_outcomes *outcomes;
    FP_ARRAY(outcomes, w->arena, plan->outcome_count, err);
    for (ptrdiff_t o = 0; o < plan->outcome_count; o++)
        if (plan->outcomes[o].kind != FP_OUTCOME_ANSWER)
            FP_TRY(fp_outcomes_derive(&w->study.data, &plan->outcomes[o], NULL, w->arena,
                                      &outcomes[o], err));
    w->outcomes = outcomes;
    return FP_OK;
}

/* ---- arms ---- */

/* A, B, C, ...: by the order of the arms' pseudonyms. */
static fp_status letter_arms(work *w, fp_err *err)
{
    const fp_study_data *data = &w->study.data;
    char(*marks)[FP_PSEUDONYM];
    FP_ARRAY(marks, w->arena, data->arm_count, err);
    for (ptrdiff_t a = 0; a < data->arm_count; a++)
        fp_pseudonym_of(&w->pseudonyms, 'a', data->arm_keys[a], marks[a]);
    for (ptrdiff_t a = 0; a < data->arm_count; a++) {
        ptrdiff_t place = 0;
        for (ptrdiff_t b = 0; b < data->arm_count; b++)
            place += strcmp(marks[b], marks[a]) < 0;
        w->arm_label[a] = place < 26 ? fp_arena_printf(w->arena, err, "%c", (char)('A' + place))
                                     : fp_arena_printf(w->arena, err, "A%td", place);
        if (!w->arm_label[a])
            return FP_NOMEM;
    }
    return FP_OK;
}

static fp_status label_arms(work *w, bool unlocked, fp_err *err)
{
    FP_ARRAY(w->arm_label, w->arena, w->study.data.arm_count, err);
    if (!unlocked)
        return letter_arms(w, err);
    for (ptrdiff_t a = 0; a < w->study.data.arm_count; a++)
        w->arm_label[a] = w->study.data.arm_keys[a];
    return FP_OK;
}

static int by_label(const void *a, const void *b)
{
    return strcmp(((const fp_research_arm *)a)->label, ((const fp_research_arm *)b)->label);
}

/* Where the study is read from its files the log at hand says who is left out. */
static bool left_out(const work *w, const fp_person *person)
{
    return w->removed_count && bsearch(&person->id, w->removed, (size_t)w->removed_count,
                                       sizeof *w->removed, by_text) != NULL;
}

static fp_status count_arms(const work *w, fp_research *out, fp_err *err)
{
    const fp_study_data *data = &w->study.data;
    fp_research_arm *arms;
    FP_ARRAY(arms, w->arena, data->arm_count, err);
    for (ptrdiff_t a = 0; a < data->arm_count; a++)
        arms[a].label = w->arm_label[a];
    for (ptrdiff_t i = 0; i < data->person_count; i++)
        if (data->people[i].arm >= 0 && !left_out(w, &data->people[i]))
            arms[data->people[i].arm].people++;
    for (ptrdiff_t c = 0; c < data->coach_count; c++)
        if (data->coaches[c].arm >= 0)
            arms[data->coaches[c].arm].coaches++;
    qsort(arms, (size_t)data->arm_count, sizeof *arms, by_label);
    out->arms = arms;
    out->arm_count = data->arm_count;
    return FP_OK;
}

/* ---- rows ---- */

static fp_status name_columns(const work *w, fp_research *out, fp_err *err)
{
    static const char *const parts[] = {"time", "event", "reason"};
    const fp_protocol *plan = &w->study.protocol;
    const char **names;
    ptrdiff_t n = 0;
    FP_ARRAY(names, w->arena, 3 + w->carried_count + 3 * plan->outcome_count, err);
    names[n++] = "person";
    if (w->study.data.coach_count)
        names[n++] = "coach";
    if (w->study.data.arm_count > 1)
        names[n++] = "arm";
    for (ptrdiff_t c = 0; c < w->carried_count; c++)
        names[n++] = w->people->names[w->carried[c]];
    for (ptrdiff_t o = 0; o < plan->outcome_count; o++)
        for (size_t k = 0; k < 3 && plan->outcomes[o].kind != FP_OUTCOME_ANSWER; k++) {
            names[n] = fp_arena_printf(w->arena, err, "%s_%s", plan->outcomes[o].id, parts[k]);
            if (!names[n++])
                return FP_NOMEM;
        }
    out->columns = names;
    out->column_count = n;
    return FP_OK;
}

static fp_status hide(const work *w, char kind, const char *id, const char **out, fp_err *err)
{
    char mark[FP_PSEUDONYM];
    fp_pseudonym_of(&w->pseudonyms, kind, id, mark);
    *out = fp_arena_strdup(w->arena, mark, err);
    return *out ? FP_OK : FP_NOMEM;
}

/* Time, event (empty where it is not known) and reason, as `outcomes --csv` has them. */
static fp_status put_outcome(const work *w, const fp_person_outcome *outcome, const char **cells,
                             fp_err *err)
{
    static const char *const events[] = {[FP_FATE_CENSORED] = "0",
                                         [FP_FATE_EVENT] = "1",
                                         [FP_FATE_COMPETING] = "2",
                                         [FP_FATE_EXCLUDED] = "",
                                         [FP_FATE_UNOBSERVED] = ""};
    cells[0] = outcome->time < 0 ? "" : fp_arena_printf(w->arena, err, "%d", outcome->time);
    cells[1] = events[outcome->fate];
    cells[2] = outcome->reason;
    return cells[0] ? FP_OK : FP_NOMEM;
}

static fp_status put_row(const work *w, ptrdiff_t i, const char **cells, fp_err *err)
{
    const fp_study_data *data = &w->study.data;
    const fp_person *person = &data->people[i];
    ptrdiff_t n = 0;
    FP_TRY(hide(w, 'p', person->id, &cells[n++], err));
    if (data->coach_count) {
        cells[n] = "";
        if (person->coach >= 0)
            FP_TRY(hide(w, 'c', data->coaches[person->coach].id, &cells[n], err));
        n++;
    }
    if (data->arm_count > 1)
        cells[n++] = person->arm < 0 ? "" : w->arm_label[person->arm];
    for (ptrdiff_t c = 0; c < w->carried_count; c++)
        cells[n++] = w->people->cells[w->carried[c]][person->row];
    for (ptrdiff_t o = 0; o < w->study.protocol.outcome_count; o++) {
        if (w->study.protocol.outcomes[o].kind == FP_OUTCOME_ANSWER)
            continue;
        FP_TRY(put_outcome(w, &w->outcomes[o].people[i], cells + n, err));
        n += 3;
    }
    return FP_OK;
}

static int by_pseudonym(const void *a, const void *b)
{
    const char *const *x = *(const char *const *const *)a, *const *y =
                                                               *(const char *const *const *)b;
    return strcmp(x[0], y[0]);
}

static fp_status make_rows(const work *w, fp_research *out, fp_err *err)
{
    const char ***rows;
    FP_ARRAY(rows, w->arena, w->study.data.person_count, err);
    out->removed = w->study.left_out;
    for (ptrdiff_t i = 0; i < w->study.data.person_count; i++) {
        if (left_out(w, &w->study.data.people[i])) {
            out->removed++;
            continue;
        }
        const char **cells;
        FP_ARRAY(cells, w->arena, out->column_count, err);
        FP_TRY(put_row(w, i, cells, err));
        rows[out->row_count++] = cells;
    }
    qsort(rows, (size_t)out->row_count, sizeof *rows, by_pseudonym);
    out->rows = (const char *const *const *)rows;
    return FP_OK;
}

static fp_status gather(work *w, const char *folder, fp_ledger *ledger, fp_research *out,
                        fp_err *err)
{
    FP_TRY(open_study(w, folder, ledger, &out->registered, err));
    w->people = &w->study.data.sources[FP_SOURCE_PEOPLE];
    FP_TRY(choose_columns(w, err));
    FP_TRY(derive(w, err));
    FP_TRY(label_arms(w, out->unlocking.event != 0, err));
    FP_TRY(count_arms(w, out, err));
    FP_TRY(name_columns(w, out, err));
    return make_rows(w, out, err);
}

fp_status fp_run_research(const char *folder, fp_ledger *ledger, const fp_vault *vault,
                          fp_arena *arena, fp_research *research, fp_err *err)
{
    __attribute__((cleanup(work_clear))) work w = {.arena = arena};
    fp_research out = {0};
    FP_TRY(fp_pseudonyms_open(ledger, vault, &w.pseudonyms, err));
    if (!w.pseudonyms.there)
        return fp_fail(err, FP_INPUT, "the pseudonyms have no key yet");
    FP_TRY(fp_consent_removed(ledger, arena, &w.removed_count, &w.removed, err));
    FP_TRY(fp_arms_unlocking(ledger, arena, &out.unlocking, err));
    FP_TRY(fp_vault_shut(ledger, true, err)); /* from here SQLite refuses what is personal */
    FP_TRY(gather(&w, folder, ledger, &out, err));
    *research = out;
    return FP_OK;
}

/* ---- as CSV ---- */

static void put_cell(const char *text, fp_buf *out)
{
    double number;
    bool formula =
        text[0] && strchr("=+-@\t\r\n", text[0]) && !fp_num_parse(fp_str_of(text), '.', &number);
    bool quoted = formula || strpbrk(text, ",;\"\r\n\t") != NULL;
    if (quoted)
        fp_buf_put_char(out, '"');
    if (formula)
        fp_buf_put_char(out, '\'');
    for (const char *c = text; *c; c++) {
        if (*c == '"')
            fp_buf_put_char(out, '"');
        fp_buf_put_char(out, *c);
    }
    if (quoted)
        fp_buf_put_char(out, '"');
}

static void put_line(const char *const *cells, ptrdiff_t count, fp_buf *out)
{
    for (ptrdiff_t c = 0; c < count; c++) {
        if (c)
            fp_buf_put_char(out, ',');
        put_cell(cells[c], out);
    }
    fp_buf_put(out, "\r\n");
}

void fp_research_csv(const fp_research *research, fp_buf *out)
{
    put_line(research->columns, research->column_count, out);
    for (ptrdiff_t i = 0; i < research->row_count; i++)
        put_line(research->rows[i], research->column_count, out);
}
