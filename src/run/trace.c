/* `trace`: from a number in the report down to the raw rows behind it. */
#include "run/run_priv.h"

#include <math.h>
#include <string.h>

#include "base/nearest.h"
#include "store/allocation.h"

static const char *set_words(fp_set set)
{
    switch (set) {
    case FP_SET_PEOPLE:
        return "everybody";
    case FP_SET_FOLLOWED:
        return "everybody in the risk set";
    case FP_SET_AT_WORK:
        return "people at work at the start";
    case FP_SET_EVENT:
        return "people with the event";
    case FP_SET_CENSORED:
        return "people censored";
    case FP_SET_CENSORED_AT_0:
        return "people censored on the first day";
    case FP_SET_COMPETING:
        return "people with a competing event";
    case FP_SET_SPELLS:
        return "rows of the episodes source";
    case FP_SET_COACHES:
        return "coaches";
    case FP_SET_COACHES_LATE:
        return "coaches who came after the draw";
    case FP_SET_COACHES_LEFT:
        return "coaches who left";
    case FP_SET_COACHES_REPLACED:
        return "coaches in whose place another came";
    case FP_SET_MOVED:
        return "people who went on with another coach, in the arm of the draw";
    case FP_SET_CORRECTED:
        return "people whose coach was registered wrongly at first";
    case FP_SET_OFFERED:
        return "people offered a place";
    case FP_SET_ELIGIBLE:
        return "people who were eligible";
    case FP_SET_NOT_ELIGIBLE:
        return "people who were not eligible";
    case FP_SET_REFUSED:
        return "eligible people who refused";
    case FP_SET_NOT_STARTED:
        return "people who consented and were not included";
    case FP_SET_INCLUDED:
        return "people included";
    }
    return "";
}

/* ---- An id that is not there: the nearest one ---- */

static fp_status unknown_id(const fp_results *results, const char *id, fp_err *err)
{
    const char *nearest = NULL;
    int best = 0;
    for (ptrdiff_t i = 0; i < results->fact_count; i++) {
        int d = fp_name_distance(id, results->facts[i].id);
        if (!nearest || d < best) {
            best = d;
            nearest = results->facts[i].id;
        }
    }
    (void)fp_fail(err, FP_USAGE, "there is no number \"%s\"", id);
    return nearest ? fp_hint(err, FP_USAGE, "did you mean \"%s\"? without an id, trace lists all",
                             nearest)
                   : FP_USAGE;
}

/* ---- The parts of a trace ---- */

/* What was fitted for an effect: the Cox model, or what stands beside it. */
static void put_fitted(const fp_results *results, const fp_effect *effect, const fp_fact *fact,
                       fp_buf *out)
{
    const fp_protocol *plan = results->protocol;
    bool gray = strstr(fact->id, ".gray.") != NULL, fine = strstr(fact->id, ".shr") != NULL;
    if (!gray && !fine) {
        fp_buf_printf(out, "fitted    Surv(time, event) %s\n", effect->formula);
        return;
    }
    fp_buf_printf(out, "fitted    %s of event 1, 2 being the competing event: ~ %s",
                  gray ? "Gray's test" : "Fine-Gray model", plan->factors[effect->factor].name);
    for (ptrdiff_t f = 0; f < plan->factor_count; f++)
        if (f != effect->factor)
            fp_buf_printf(out, gray ? " + strata(%s)" : " + %s", plan->factors[f].name);
    fp_buf_put_char(out, '\n');
}

static void put_plan(const fp_study *study, const fp_results *results, const fp_fact *fact,
                     fp_buf *out)
{
    const fp_analysis_spec *spec =
        fact->analysis ? fp_protocol_analysis(&study->protocol, fact->analysis) : NULL;
    if (!spec)
        fp_buf_put(out, "plan      descriptive: not an analysis of the plan\n");
    else
        fp_buf_printf(out, "plan      %s, line %ld: analysis %s%s%s%s%s\n", study->protocol.path,
                      spec->line, spec->id, spec->formula ? ", formula " : "",
                      spec->formula ? spec->formula : "", spec->effect ? ", effect " : "",
                      spec->effect ? spec->effect : "");
    for (ptrdiff_t e = 0; spec && e < results->effect_count; e++)
        if (results->effects[e].spec == spec)
            put_fitted(results, &results->effects[e], fact, out);
    for (ptrdiff_t s = 0; spec && s < results->subgroup_count; s++)
        if (results->subgroups[s].spec == spec && results->subgroups[s].formula)
            fp_buf_printf(out, "fitted    Surv(time, event) %s\n", results->subgroups[s].formula);
    for (ptrdiff_t w = 0; spec && w < results->waves_count; w++)
        if (results->waves[w].spec == spec)
            fp_buf_printf(out, "fitted    %s: %s\n", spec->model, results->waves[w].result.formula);
}

static void put_rule(const fp_study *study, const fp_results *results, const fp_fact *fact,
                     fp_buf *out)
{
    const fp_outcome_spec *spec =
        fact->outcome ? fp_protocol_outcome(&study->protocol, fact->outcome) : NULL;
    const fp_outcomes *outcomes = fp_scope_outcomes(results, &fact->scope);
    if (!spec || !outcomes)
        return;
    fp_buf_printf(out, "rule      %s, line %ld: outcome %s: ", study->protocol.path, spec->line,
                  spec->id);
    fp_rule_words(spec, out);
    fp_buf_put(out, "\n");
    if (outcomes->spec->kind == FP_OUTCOME_ANSWER)
        return; /* no spells */
    ptrdiff_t rows[FP_REPAIR_COUNT] = {0};
    for (ptrdiff_t s = 0; s < study->data.spell_count; s++)
        rows[outcomes->repair[s]]++;
    fp_buf_put(out, "repairs  ");
    for (int r = FP_REPAIR_NONE + 1; r < FP_REPAIR_COUNT; r++)
        fp_buf_printf(out, " %s %td%s", fp_repair_key((fp_repair)r), rows[r],
                      r + 1 < FP_REPAIR_COUNT ? "," : "\n");
}

static void put_sources(const fp_study *study, fp_buf *out)
{
    fp_buf_printf(out, "sources   %s  sha256 %s\n", study->protocol.path,
                  study->protocol_sha256.hex);
    for (int k = 0; k < FP_SOURCE_COUNT; k++) {
        const fp_source *source = &study->data.sources[k];
        if (!source->file)
            continue;
        fp_buf_printf(out, "          %s  sha256 %s", source->file, source->sha256);
        if (source->import)
            fp_buf_printf(out, "  import %lld", (long long)source->import);
        fp_buf_put(out, "\n");
    }
}

static void put_spell(const fp_study *study, const fp_outcomes *outcomes, ptrdiff_t s, fp_buf *out)
{
    const fp_source *source = &study->data.sources[FP_SOURCE_EPISODES];
    const fp_spell *spell = &study->data.spells[s];
    fp_buf_printf(out, "    %s, line %ld:", source->file, fp_source_line(source, spell->row));
    for (ptrdiff_t j = 0; j < source->column_count; j++)
        fp_buf_printf(out, "%s%s", j ? "," : " ", source->cells[j][spell->row]);
    if (outcomes)
        fp_buf_printf(out, "  [%s]", fp_repair_key((fp_repair)outcomes->repair[s]));
    fp_buf_put(out, "\n");
}

/* The answers behind a number about answers: the rows of one person. */
static void put_answers(const fp_study *study, const fp_outcomes *outcomes, ptrdiff_t i,
                        fp_buf *out)
{
    const fp_study_data *data = &study->data;
    const fp_source *source = &data->sources[FP_SOURCE_ANSWERS];
    for (ptrdiff_t a = 0; a < data->answer_count; a++) {
        const fp_answer *answer = &data->answers[a];
        if (answer->person != i || strcmp(data->items[answer->item], outcomes->spec->item) != 0)
            continue;
        fp_buf_printf(out, "    %s, line %ld:", source->file, fp_source_line(source, answer->row));
        for (ptrdiff_t j = 0; j < source->column_count; j++)
            fp_buf_printf(out, "%s%s", j ? "," : " ", source->cells[j][answer->row]);
        fp_buf_put_char(out, '\n');
    }
}

static void put_person(const fp_study *study, const fp_outcomes *outcomes, ptrdiff_t i, fp_buf *out)
{
    const fp_study_data *data = &study->data;
    const fp_person *p = &data->people[i];
    fp_buf_printf(out, "  %s  %s, line %ld", p->id, data->sources[FP_SOURCE_PEOPLE].file,
                  fp_source_line(&data->sources[FP_SOURCE_PEOPLE], p->row));
    if (p->coach >= 0)
        fp_buf_printf(out, "  coach %s", data->coaches[p->coach].id);
    if (p->arm >= 0 && study->protocol.factor_count)
        fp_buf_printf(out, "  arm %s", fp_arm_key(data, p->arm));
    if (outcomes && outcomes->spec->kind == FP_OUTCOME_ANSWER) {
        fp_buf_put_char(out, '\n');
        put_answers(study, outcomes, i, out);
        return;
    }
    if (outcomes) {
        const fp_person_outcome *o = &outcomes->people[i];
        if (o->fate != FP_FATE_EXCLUDED)
            fp_buf_printf(out, "  time %d  event %d", o->time, (int)o->fate);
        fp_buf_printf(out, "  %s", o->reason);
    }
    fp_buf_put(out, "\n");
    for (ptrdiff_t s = data->first_spell[i]; s < data->first_spell[i + 1]; s++)
        put_spell(study, outcomes, s, out);
}

/* Without a source of their own the coaches stand in that of the people, in the row of the first.
 */
static void put_coaches(const fp_study *study, const fp_results *results, const fp_scope *scope,
                        fp_buf *out)
{
    const fp_study_data *data = &study->data;
    const fp_source *source =
        &data->sources[data->sources[FP_SOURCE_COACHES].file ? FP_SOURCE_COACHES
                                                             : FP_SOURCE_PEOPLE];
    for (ptrdiff_t c = 0; c < data->coach_count; c++) {
        const fp_coach *coach = &data->coaches[c];
        if (!fp_scope_has_coach(results, scope, c))
            continue;
        fp_buf_printf(out, "  %s  %s, line %ld\n", coach->id, source->file,
                      fp_source_line(source, coach->row));
    }
}

/* The events behind a number of what happened after the draw. */
static void put_changes(const fp_study *study, const fp_scope *scope, fp_buf *out)
{
    const fp_draw_record *draw = &study->data.draw;
    for (ptrdiff_t k = 0; k < draw->change_count; k++) {
        const fp_change *c = &draw->changes[k];
        if (scope->set != fp_change_set(c->kind))
            continue;
        fp_buf_printf(out, "event     %lld, %s by %s: %s %s%s%s%s%s\n", (long long)c->seq,
                      c->at_utc, c->actor, fp_change_word(c->kind), c->unit,
                      c->from[0] ? " from " : "", c->from, c->to[0] ? " to " : "", c->to);
    }
}

static void put_set_aside(const fp_study *study, const fp_results *results, const fp_scope *scope,
                          fp_buf *out)
{
    bool total = scope->group.arm < 0 && scope->group.factor < 0;
    const fp_outcomes *outcomes = fp_scope_outcomes(results, scope);
    for (ptrdiff_t s = 0; s < study->data.spell_count; s++) {
        ptrdiff_t person = study->data.spells[s].person;
        bool in = person < 0 ? total : fp_scope_has_person(results, scope, person);
        if (in &&
            (scope->repair == FP_REPAIR_NONE || (outcomes && outcomes->repair[s] == scope->repair)))
            put_spell(study, outcomes, s, out);
    }
}

static void put_recruits(const fp_study *study, const fp_results *results, const fp_scope *scope,
                         fp_buf *out)
{
    const fp_study_data *data = &study->data;
    const fp_source *source = &data->sources[FP_SOURCE_RECRUITMENT];
    for (ptrdiff_t i = 0; i < data->recruit_count; i++) {
        ptrdiff_t row = data->recruits[i].row;
        if (!fp_scope_has_recruit(results, scope, i))
            continue;
        fp_buf_printf(out, "  %s, line %ld:", source->file, fp_source_line(source, row));
        for (ptrdiff_t j = 0; j < source->column_count; j++)
            fp_buf_printf(out, "%s%s", j ? "," : " ", source->cells[j][row]);
        fp_buf_put_char(out, '\n');
    }
}

static void put_people(const fp_study *study, const fp_results *results, const fp_scope *scope,
                       fp_buf *out)
{
    ptrdiff_t n = 0;
    for (ptrdiff_t i = 0; i < study->data.person_count; i++)
        n += fp_scope_has_person(results, scope, i);
    fp_buf_printf(out, "\n%td %s, each with the raw rows:\n", n, fp_plural(n, "person", "people"));
    for (ptrdiff_t i = 0; i < study->data.person_count; i++)
        if (fp_scope_has_person(results, scope, i))
            put_person(study, fp_scope_outcomes(results, scope), i, out);
}

static void put_list(const fp_results *results, fp_buf *out)
{
    for (ptrdiff_t i = 0; i < results->fact_count; i++) {
        char text[64];
        fp_fact_text(&results->facts[i], &fp_numstyle_plain, text);
        fp_buf_printf(out, "%-56s %10s  %s\n", results->facts[i].id, text, results->facts[i].what);
    }
}

fp_status fp_run_trace(const fp_study *study, const fp_results_options *options, const char *id,
                       fp_buf *out, fp_err *err)
{
    fp_results results;
    char text[64];
    FP_TRY(fp_results_compute(&study->data, options, study->arena, &results, err));
    if (!id) {
        put_list(&results, out);
        return fp_buf_ok(out, err);
    }
    const fp_fact *fact = fp_results_fact(&results, id);
    if (!fact)
        return unknown_id(&results, id, err);
    fp_fact_text(fact, &fp_numstyle_plain, text);
    fp_buf_printf(out, "%s = %s\n", fact->id, text);
    if (isfinite(fact->value))
        fp_buf_printf(out, "exactly   %.17g\n", fact->value);
    const fp_outcomes *by = fp_scope_outcomes(&results, &fact->scope);
    bool answers = by && by->spec->kind == FP_OUTCOME_ANSWER;
    fp_buf_printf(out, "what      %s; %s, group %s\n", fact->what,
                  answers ? "people who answered at least once" : set_words(fact->scope.set),
                  fact->scope.group.key);
    put_plan(study, &results, fact, out);
    put_rule(study, &results, fact, out);
    put_sources(study, out);
    put_changes(study, &fact->scope, out);
    if (fact->scope.set >= FP_SET_COACHES && fact->scope.set < FP_SET_MOVED) {
        fp_buf_put(out, "\ncoaches:\n");
        put_coaches(study, &results, &fact->scope, out);
    } else if (fact->scope.set == FP_SET_SPELLS) {
        fp_buf_put(out, "\nrows:\n");
        put_set_aside(study, &results, &fact->scope, out);
    } else if (fact->scope.set >= FP_SET_OFFERED) {
        fp_buf_put(out, "\nrows:\n");
        put_recruits(study, &results, &fact->scope, out);
    } else
        put_people(study, &results, &fact->scope, out);
    return fp_buf_ok(out, err);
}
