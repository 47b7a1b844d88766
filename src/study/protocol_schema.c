#include "study/protocol_schema_priv.h"

#include <math.h>

#define COUNT_OF(array) (ptrdiff_t)(sizeof(array) / sizeof *(array))

static const char *const languages[] = {"en", "nl", NULL};
const char *const fp_design_kinds[] = {"cluster-randomised", "individually-randomised",
                                       "comparison-group", "single-group", NULL};
static const char *const outcome_kinds[] = {"time-to-event", "status-at", "answer", NULL};
static const char *const concurrents[] = {"sum", "largest", NULL};
static const char *const event_dates[] = {"first-day", "qualifying-day", NULL};
static const char *const at_starts[] = {"exclude", "ignore-run", "event-at-0", NULL};
static const char *const roles[] = {"primary", "secondary", "subgroup", "exploratory", NULL};
static const char *const models[] = {"cox", "lmm", "gee", "glm", NULL};
static const char *const families[] = {"gaussian", "binomial", "poisson", "gamma", NULL};
static const char *const withdrawals[] = {"keep", "remove", NULL};
static const char *const small_samples[] = {"md", "kc", "fg", "mbn", NULL};
static const char *const allocation_methods[] = {"elsewhere",   "simple", "complete",
                                                 "constrained", "blocks", NULL};

#define AT(type, member) offsetof(type, member)
#define SCHEMA(name, words, list)                                                                  \
    static const fp_schema name = {.what = (words), .keys = (list), .count = COUNT_OF(list)}
#define REQUIRED true
#define OPTIONAL false

static const fp_schema_key study_keys[] = {
    {"id", T_NAME, REQUIRED, .offset = AT(fp_protocol, id)},
    {"title", T_TEXT, OPTIONAL, .offset = AT(fp_protocol, title)},
    {"language", T_WORD, OPTIONAL, .offset = AT(fp_protocol, language), .choices = languages},
    {"registration", T_TEXT, OPTIONAL, .offset = AT(fp_protocol, registration)},
};
SCHEMA(study_schema, "study", study_keys);

#define IN_ALLOCATION(member)                                                                      \
    .offset = offsetof(fp_protocol, allocation) + offsetof(fp_allocation_spec, member)
#define COUNT_IN_ALLOCATION(member)                                                                \
    .count_offset = offsetof(fp_protocol, allocation) + offsetof(fp_allocation_spec, member)
static const fp_schema_key allocation_keys[] = {
    {"method", T_CHOICE, REQUIRED, IN_ALLOCATION(method), .choices = allocation_methods},
    {"ratio", T_COUNTS, OPTIONAL, IN_ALLOCATION(ratio), COUNT_IN_ALLOCATION(ratio_count), .low = 1,
     .high = 100},
    {"block_sizes", T_COUNTS, OPTIONAL, IN_ALLOCATION(block_sizes),
     COUNT_IN_ALLOCATION(block_count), .low = 2, .high = 1000},
    {"balance", T_TEXTS, OPTIONAL, IN_ALLOCATION(balance), COUNT_IN_ALLOCATION(balance_count)},
    {"weights", T_COUNTS, OPTIONAL, IN_ALLOCATION(weights), COUNT_IN_ALLOCATION(weight_count),
     .low = 1, .high = 1000},
    {"keep", T_NUMBER, OPTIONAL, IN_ALLOCATION(keep), .low = 0, .high = 1},
};
SCHEMA(allocation_schema, "design.allocation", allocation_keys);

#define IN_PLANNED(member)                                                                         \
    .offset = offsetof(fp_protocol, planned) + offsetof(fp_planned_spread, member)
static const fp_schema_key planned_keys[] = {
    {"icc", T_NUMBER, OPTIONAL, IN_PLANNED(icc), .low = -1, .high = 1},
    {"k", T_NUMBER, OPTIONAL, IN_PLANNED(k), .low = 0, .high = 100},
    {"people", T_INT, OPTIONAL, IN_PLANNED(people), .low = 2, .high = 1000000},
    {"clusters", T_INT, OPTIONAL, IN_PLANNED(clusters), .low = 2, .high = 100000},
    {"hazard_ratio", T_NUMBER, OPTIONAL, IN_PLANNED(hazard_ratio), .low = 0, .high = 100},
    {"interaction", T_NUMBER, OPTIONAL, IN_PLANNED(interaction), .low = 0, .high = 100},
    {"event_probability", T_NUMBER, OPTIONAL, IN_PLANNED(event_probability), .low = 0, .high = 1},
    {"drop_out", T_NUMBER, OPTIONAL, IN_PLANNED(drop_out), .low = 0, .high = 1},
    {"size_cv", T_NUMBER, OPTIONAL, IN_PLANNED(size_cv), .low = 0, .high = 3},
    {"accrual", T_DAYS, OPTIONAL, IN_PLANNED(accrual), .low = 0, .high = FP_SCHEMA_LONGEST_DAYS},
};
SCHEMA(planned_schema, "design.planned", planned_keys);

static const fp_schema_key design_keys[] = {
    {"kind", T_CHOICE, REQUIRED, .offset = AT(fp_protocol, kind), .choices = fp_design_kinds},
    {"factors", T_FACTORS, OPTIONAL, .offset = AT(fp_protocol, factors),
     .count_offset = AT(fp_protocol, factor_count)},
    {"cluster", T_TEXT, OPTIONAL, .offset = AT(fp_protocol, cluster)},
    {"strata", T_TEXTS, OPTIONAL, .offset = AT(fp_protocol, strata),
     .count_offset = AT(fp_protocol, strata_count)},
    {"allocation", T_MAP, OPTIONAL, .of = &allocation_schema, IN_ALLOCATION(line)},
    {"planned", T_MAP, OPTIONAL, .of = &planned_schema, IN_PLANNED(line)},
};
SCHEMA(design_schema, "design", design_keys);

static const fp_schema_key schedule_keys[] = {
    {"waves", T_MONTHS, OPTIONAL, .offset = AT(fp_protocol, wave_months),
     .count_offset = AT(fp_protocol, wave_count)},
    {"window", T_DAYS, OPTIONAL, .offset = AT(fp_protocol, window_days), .low = 0,
     .high = FP_SCHEMA_LONGEST_DAYS},
};
SCHEMA(schedule_schema, "schedule", schedule_keys);

#define IN_SOURCE(source, member)                                                                  \
    .offset = offsetof(fp_protocol, source) + offsetof(fp_source_spec, member)
#define COLUMNS_OF(source)                                                                         \
    {                                                                                              \
        "columns", T_TEXTS, OPTIONAL, IN_SOURCE(source, columns),                                  \
            .count_offset = offsetof(fp_protocol, source) + offsetof(fp_source_spec, column_count) \
    }
static const fp_schema_key coaches_keys[] = {
    {"file", T_TEXT, REQUIRED, IN_SOURCE(coaches, file)},
    {"id", T_TEXT, REQUIRED, IN_SOURCE(coaches, id)},
    {"allocated", T_TEXT, OPTIONAL, IN_SOURCE(coaches, allocated)},
    COLUMNS_OF(coaches),
};
static const fp_schema_key people_keys[] = {
    {"file", T_TEXT, REQUIRED, IN_SOURCE(people, file)},
    {"id", T_TEXT, REQUIRED, IN_SOURCE(people, id)},
    {"start", T_TEXT, OPTIONAL, IN_SOURCE(people, start)},
    {"end", T_TEXT, OPTIONAL, IN_SOURCE(people, end)},
    {"end_reason", T_TEXT, OPTIONAL, IN_SOURCE(people, end_reason)},
    COLUMNS_OF(people),
};
static const fp_schema_key episodes_keys[] = {
    {"file", T_TEXT, REQUIRED, IN_SOURCE(episodes, file)},
    {"person", T_TEXT, REQUIRED, IN_SOURCE(episodes, person)},
    {"start", T_TEXT, REQUIRED, IN_SOURCE(episodes, start)},
    {"end", T_TEXT, REQUIRED, IN_SOURCE(episodes, end)},
    {"hours", T_TEXT, REQUIRED, IN_SOURCE(episodes, hours)},
    {"kind", T_TEXT, OPTIONAL, IN_SOURCE(episodes, kind)},
    COLUMNS_OF(episodes),
};
static const fp_schema_key recruitment_keys[] = {
    {"file", T_TEXT, REQUIRED, IN_SOURCE(recruitment, file)},
    {"person", T_TEXT, REQUIRED, IN_SOURCE(recruitment, person)},
    {"coach", T_TEXT, OPTIONAL, IN_SOURCE(recruitment, coach)},
    {"offered", T_TEXT, REQUIRED, IN_SOURCE(recruitment, offered)},
    {"eligible", T_TEXT, REQUIRED, IN_SOURCE(recruitment, eligible)},
    {"consented", T_TEXT, REQUIRED, IN_SOURCE(recruitment, consented)},
    {"reason", T_TEXT, OPTIONAL, IN_SOURCE(recruitment, reason)},
    {"included", T_TEXT, REQUIRED, IN_SOURCE(recruitment, included)},
    COLUMNS_OF(recruitment),
};
static const fp_schema_key answers_keys[] = {
    {"file", T_TEXT, REQUIRED, IN_SOURCE(answers, file)},
    {"person", T_TEXT, REQUIRED, IN_SOURCE(answers, person)},
    {"wave", T_TEXT, REQUIRED, IN_SOURCE(answers, wave)},
    {"item", T_TEXT, REQUIRED, IN_SOURCE(answers, item)},
    {"value", T_TEXT, REQUIRED, IN_SOURCE(answers, value)},
};
SCHEMA(coaches_schema, "sources.coaches", coaches_keys);
SCHEMA(people_schema, "sources.people", people_keys);
SCHEMA(episodes_schema, "sources.episodes", episodes_keys);
SCHEMA(recruitment_schema, "sources.recruitment", recruitment_keys);
SCHEMA(answers_schema, "sources.answers", answers_keys);

static const fp_schema_key sources_keys[] = {
    {"coaches", T_MAP, OPTIONAL, .of = &coaches_schema,
     .offset = AT(fp_protocol, coaches) + AT(fp_source_spec, line)},
    {"people", T_MAP, REQUIRED, .of = &people_schema,
     .offset = AT(fp_protocol, people) + AT(fp_source_spec, line)},
    {"episodes", T_MAP, OPTIONAL, .of = &episodes_schema,
     .offset = AT(fp_protocol, episodes) + AT(fp_source_spec, line)},
    {"recruitment", T_MAP, OPTIONAL, .of = &recruitment_schema,
     .offset = AT(fp_protocol, recruitment) + AT(fp_source_spec, line)},
    {"answers", T_MAP, OPTIONAL, .of = &answers_schema,
     .offset = AT(fp_protocol, answers) + AT(fp_source_spec, line)},
};
SCHEMA(sources_schema, "sources", sources_keys);

#define IN_RULE(member)                                                                            \
    .offset = offsetof(fp_outcome_spec, rule) + offsetof(fp_outcome_rule, member)
#define KINDS                                                                                      \
    {                                                                                              \
        "kinds", T_TEXTS, OPTIONAL, IN_RULE(kinds),                                                \
            .count_offset =                                                                        \
                offsetof(fp_outcome_spec, rule) + offsetof(fp_outcome_rule, kind_count)            \
    }
static const fp_schema_key event_rule_keys[] = {
    {"min_days", T_INT, OPTIONAL, IN_RULE(min_days), .low = 1, .high = FP_SCHEMA_LONGEST_DAYS},
    {"min_hours_per_week", T_NUMBER, OPTIONAL, IN_RULE(min_hours_per_week), .low = 0, .high = 168},
    {"concurrent", T_CHOICE, OPTIONAL, IN_RULE(concurrent), .choices = concurrents},
    {"gap_days", T_INT, OPTIONAL, IN_RULE(gap_days), .low = 0, .high = FP_SCHEMA_LONGEST_DAYS},
    KINDS,
    {"date", T_CHOICE, OPTIONAL, IN_RULE(date), .choices = event_dates},
    {"at_start", T_CHOICE, OPTIONAL, IN_RULE(at_start), .choices = at_starts},
};
static const fp_schema_key status_rule_keys[] = {
    {"min_hours_per_month", T_NUMBER, OPTIONAL, .offset = AT(fp_outcome_spec, min_hours_per_month),
     .low = 0, .high = 744},
    KINDS,
};
SCHEMA(event_rule_schema, "the rule of a time-to-event outcome", event_rule_keys);
SCHEMA(status_rule_schema, "the rule of a status-at outcome", status_rule_keys);

static const fp_schema_key event_keys[] = {
    {"id", T_NAME, REQUIRED, .offset = AT(fp_outcome_spec, id)},
    {"kind", T_CHOICE, REQUIRED, .offset = AT(fp_outcome_spec, kind), .choices = outcome_kinds},
    {"rule", T_MAP, OPTIONAL, .of = &event_rule_schema, .offset = SIZE_MAX},
    {"follow_up", T_DAYS, REQUIRED, .offset = AT(fp_outcome_spec, follow_up), .low = 1,
     .high = FP_SCHEMA_LONGEST_DAYS},
    {"competing", T_TEXTS, OPTIONAL, .offset = AT(fp_outcome_spec, competing),
     .count_offset = AT(fp_outcome_spec, competing_count)},
};
static const fp_schema_key status_keys[] = {
    {"id", T_NAME, REQUIRED, .offset = AT(fp_outcome_spec, id)},
    {"kind", T_CHOICE, REQUIRED, .offset = AT(fp_outcome_spec, kind), .choices = outcome_kinds},
    {"month", T_INT, REQUIRED, .offset = AT(fp_outcome_spec, month), .low = 1,
     .high = FP_SCHEMA_LONGEST_MONTHS},
    {"rule", T_MAP, OPTIONAL, .of = &status_rule_schema, .offset = SIZE_MAX},
};

#define IN_EXPECTED(member)                                                                        \
    .offset = offsetof(fp_outcome_spec, planned) + offsetof(fp_planned_answer, member)
#define LARGE 1e9
static const fp_schema_key expected_keys[] = {
    {"difference", T_NUMBER, OPTIONAL, IN_EXPECTED(difference), .low = -LARGE, .high = LARGE},
    {"sd", T_NUMBER, OPTIONAL, IN_EXPECTED(sd), .low = 0, .high = LARGE},
    {"odds_ratio", T_NUMBER, OPTIONAL, IN_EXPECTED(odds_ratio), .low = 0, .high = 100},
    {"event_probability", T_NUMBER, OPTIONAL, IN_EXPECTED(event_probability), .low = 0, .high = 1},
    {"interaction", T_NUMBER, OPTIONAL, IN_EXPECTED(interaction), .low = -LARGE, .high = LARGE},
    {"icc", T_NUMBER, OPTIONAL, IN_EXPECTED(icc), .low = -1, .high = 1},
    {"icc_between", T_NUMBER, OPTIONAL, IN_EXPECTED(icc_between), .low = -1, .high = 1},
    {"person_correlation", T_NUMBER, OPTIONAL, IN_EXPECTED(person_correlation), .low = -1,
     .high = 1},
    {"drop_out", T_NUMBER, OPTIONAL, IN_EXPECTED(drop_out), .low = 0, .high = 1},
};
SCHEMA(expected_schema, "what was planned of an answer", expected_keys);

static const fp_schema_key answer_keys[] = {
    {"id", T_NAME, REQUIRED, .offset = AT(fp_outcome_spec, id)},
    {"kind", T_CHOICE, REQUIRED, .offset = AT(fp_outcome_spec, kind), .choices = outcome_kinds},
    {"item", T_TEXT, REQUIRED, .offset = AT(fp_outcome_spec, item)},
    {"planned", T_MAP, OPTIONAL, .of = &expected_schema, IN_EXPECTED(line)},
};

static void outcome_defaults(void *item)
{
    fp_outcome_spec *spec = item;
    *spec = (fp_outcome_spec){.rule = {.min_days = 28, .min_hours_per_week = 12},
                              .min_hours_per_month = 1,
                              .planned = {.difference = (double)NAN,
                                          .sd = (double)NAN,
                                          .odds_ratio = (double)NAN,
                                          .event_probability = (double)NAN,
                                          .interaction = (double)NAN,
                                          .icc = (double)NAN,
                                          .icc_between = (double)NAN,
                                          .person_correlation = (double)NAN,
                                          .drop_out = (double)NAN}};
}

SCHEMA(event_schema, "a time-to-event outcome", event_keys);
SCHEMA(status_schema, "a status-at outcome", status_keys);
SCHEMA(answer_schema, "an answer outcome", answer_keys);

static const fp_schema *outcome_schema(const fp_node *map)
{
    const fp_node *kind = fp_node_get(map, "kind");
    const char *nearest = kind ? fp_nearest(kind->text, outcome_kinds, 3) : NULL;
    return nearest == outcome_kinds[1]   ? &status_schema
           : nearest == outcome_kinds[2] ? &answer_schema
                                         : &event_schema;
}

static const fp_schema_key analysis_keys[] = {
    {"id", T_NAME, REQUIRED, .offset = AT(fp_analysis_spec, id)},
    {"role", T_CHOICE, REQUIRED, .offset = AT(fp_analysis_spec, role), .choices = roles},
    {"outcome", T_TEXT, OPTIONAL, .offset = AT(fp_analysis_spec, outcome)},
    {"model", T_WORD, OPTIONAL, .offset = AT(fp_analysis_spec, model), .choices = models},
    {"family", T_WORD, OPTIONAL, .offset = AT(fp_analysis_spec, family), .choices = families},
    {"formula", T_TEXT, OPTIONAL, .offset = AT(fp_analysis_spec, formula)},
    {"effect", T_TEXT, OPTIONAL, .offset = AT(fp_analysis_spec, effect)},
    {"of", T_TEXT, OPTIONAL, .offset = AT(fp_analysis_spec, of)},
    {"by", T_TEXT, OPTIONAL, .offset = AT(fp_analysis_spec, by)},
    {"prognostic", T_TEXTS, OPTIONAL, .offset = AT(fp_analysis_spec, prognostic),
     .count_offset = AT(fp_analysis_spec, prognostic_count)},
    {"margin", T_NUMBER, OPTIONAL, .offset = AT(fp_analysis_spec, margin), .low = 1, .high = 100},
    {"small_sample", T_WORD, OPTIONAL, .offset = AT(fp_analysis_spec, small_sample),
     .choices = small_samples},
};

static void analysis_defaults(void *item)
{
    fp_analysis_spec *spec = item;
    *spec = (fp_analysis_spec){.margin = (double)NAN};
}

SCHEMA(analysis_schema, "an analysis", analysis_keys);

static const fp_schema *analysis_schema_of(const fp_node *map)
{
    (void)map;
    return &analysis_schema;
}

static const fp_schema list_of_outcomes = {.what = "an outcome",
                                           .size = sizeof(fp_outcome_spec),
                                           .line = AT(fp_outcome_spec, line),
                                           .defaults = outcome_defaults,
                                           .pick = outcome_schema};
static const fp_schema list_of_analyses = {.what = "an analysis",
                                           .size = sizeof(fp_analysis_spec),
                                           .line = AT(fp_analysis_spec, line),
                                           .defaults = analysis_defaults,
                                           .pick = analysis_schema_of};

static const fp_schema_key consent_keys[] = {
    {"version", T_TEXT, OPTIONAL, .offset = AT(fp_protocol, consent.version)},
    {"withdrawal", T_CHOICE, OPTIONAL, .offset = AT(fp_protocol, consent.withdrawal),
     .choices = withdrawals},
};
SCHEMA(consent_schema, "consent", consent_keys);

#define KEPT(member)                                                                               \
    {                                                                                              \
#member, T_SPAN, OPTIONAL, .offset = AT(fp_protocol, retention.member), .low = 1,          \
                                   .high = FP_SCHEMA_LONGEST_MONTHS                                \
    }
static const fp_schema_key retention_keys[] = {KEPT(identity), KEPT(research), KEPT(log)};
SCHEMA(retention_schema, "retention", retention_keys);

static const fp_schema_key root_keys[] = {
    {"study", T_MAP, REQUIRED, .of = &study_schema, .offset = SIZE_MAX},
    {"design", T_MAP, REQUIRED, .of = &design_schema, .offset = SIZE_MAX},
    {"schedule", T_MAP, OPTIONAL, .of = &schedule_schema, .offset = SIZE_MAX},
    {"sources", T_MAP, REQUIRED, .of = &sources_schema, .offset = SIZE_MAX},
    {"outcomes", T_MAPS, OPTIONAL, .of = &list_of_outcomes, .offset = AT(fp_protocol, outcomes),
     .count_offset = AT(fp_protocol, outcome_count)},
    {"analysis", T_MAPS, OPTIONAL, .of = &list_of_analyses, .offset = AT(fp_protocol, analyses),
     .count_offset = AT(fp_protocol, analysis_count)},
    {"consent", T_MAP, OPTIONAL, .of = &consent_schema, .offset = SIZE_MAX},
    {"retention", T_MAP, OPTIONAL, .of = &retention_schema, .offset = SIZE_MAX},
};
const fp_schema fp_schema_root = {
    .what = "study.yaml", .keys = root_keys, .count = COUNT_OF(root_keys)};
