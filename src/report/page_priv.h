#ifndef FP_REPORT_PAGE_PRIV_H
#define FP_REPORT_PAGE_PRIV_H

#include <jansson.h>

#include "base/catalog.h"
#include "report/report.h"

/* A page being written: the parts (context_*.c) put what the templates print under `root`, then the
 * templates are rendered once. A failure sticks, as in fp_buf: the calls that follow do nothing
 * harmful, and fp_page_html() returns it at the end. */
typedef struct {
    const fp_report_input *input;
    const fp_results *results;
    const fp_protocol *plan;
    const fp_study_data *data;
    const fp_catalog *words;
    const fp_numstyle *style;
    fp_arena *arena;
    json_t *root;
    const fp_fact **by_id; /* fact_count, byte order of the id */
    bool *printed;         /* fact_count, in the order of by_id */
    bool lot;              /* coaches were allocated by lot */
    bool clustered;        /* people of one coach count as alike: intervals by coach */
    bool corrected;        /* and these have a correction for few coaches */
    bool permuted;         /* there are permutation tests */
    bool has_outcome;      /* there is a primary outcome and somebody was followed */
    fp_status status;      /* the first failure */
    fp_err *err;
} fp_page;

/* ---- The page (page.c) ---- */
void fp_page_fail(fp_page *page, fp_status status, const char *what);
/* Put a value (its reference is taken; NULL = a failure) in an object or at the end of a list. */
void fp_page_put(fp_page *page, json_t *object, const char *key, json_t *value);
void fp_page_add(fp_page *page, json_t *list, json_t *value);
void fp_page_put_text(fp_page *page, json_t *object, const char *key, const char *text);
/* Translate a message. */
const char *fp_page_word(const fp_page *page, const char *message);
/* Translate a message and fill in `values` (reference taken; NULL = none): HTML in a JSON text. A
 * number stands in a message as {{#name}}{{>n}}{{/name}}. */
json_t *fp_page_say(fp_page *page, const char *message, json_t *values);
/* The same as plain text in the arena; values stand in the message as {{{name}}}. */
const char *fp_page_plain(fp_page *page, const char *message, json_t *values);
/* One text value for the two above: {"x": text}. */
json_t *fp_page_with(fp_page *page, const char *key, const char *text);
/* The fact of that id, NULL where there is none. */
const fp_fact *fp_page_fact(fp_page *page, const char *format, ...) FP_PRINTF(2, 3);
/* Whether there is a fact of that id and its value is defined. */
bool fp_page_known(fp_page *page, const char *format, ...) FP_PRINTF(2, 3);
/* A fact as the templates print it, {"id", "text"}; a fact that is not there is FP_INTERNAL. */
json_t *fp_page_number(fp_page *page, const char *format, ...) FP_PRINTF(2, 3);
json_t *fp_page_number_of(fp_page *page, const fp_fact *fact);
/* A setting of the plan (days, hours, a margin) in the language's style; not a fact, no id. */
const char *fp_page_setting(fp_page *page, double value, int digits);

/* ---- Names (names.c); texts in the arena or borrowed ---- */
const char *fp_page_factor(fp_page *page, ptrdiff_t factor);
/* "with IPS", "without IPS"; "dose: high" for other levels. */
const char *fp_page_level(fp_page *page, ptrdiff_t factor, int level);
/* "With and without IPS"; "By dose" for other levels. */
const char *fp_page_with_without(fp_page *page, ptrdiff_t factor);
const char *fp_page_arm(fp_page *page, ptrdiff_t arm);
const char *fp_page_group(fp_page *page, const fp_group *group);
const char *fp_page_column(fp_page *page, const char *column);
const char *fp_page_value(fp_page *page, const char *value);
const char *fp_page_reason(fp_page *page, const char *reason);
const char *fp_page_repair(fp_page *page, fp_repair repair);
/* "Mancl-DeRouen"; those of all effects joined. */
const char *fp_page_correction(const char *method);
const char *fp_page_corrections(fp_page *page);
/* Names joined: "a, b and c". */
const char *fp_page_list(fp_page *page, const char *const *names, ptrdiff_t count);

/* ---- Tables (grid.c): one template prints them all ---- */
json_t *fp_grid_create(fp_page *page, const char *id, const char *caption);
/* Put the finished table in an object. A table without rows is dropped. */
void fp_grid_put(fp_page *page, json_t *object, const char *key, json_t *grid);
void fp_grid_head(fp_page *page, json_t *grid, const char *label);
void fp_grid_head_text(fp_page *page, json_t *grid, const char *label); /* a column of words */
/* A sentence under the table; one after the other. */
void fp_grid_note(fp_page *page, json_t *grid, json_t *html);
/* A row; borrowed from the grid. */
json_t *fp_grid_row(fp_page *page, json_t *grid, const char *label);
/* A heading over the rows that follow, which are set in. */
void fp_grid_section(fp_page *page, json_t *grid, const char *label);
void fp_grid_number(fp_page *page, json_t *row, json_t *number);
/* 28 (47%) */
void fp_grid_pair(fp_page *page, json_t *row, json_t *number, json_t *in_brackets);
/* 0.83 to 2.64 */
void fp_grid_range(fp_page *page, json_t *row, json_t *low, json_t *high);
/* A number that stands under pairs: aligned with their first number. */
void fp_grid_alone(fp_page *page, json_t *row, json_t *number);
void fp_grid_text(fp_page *page, json_t *row, const char *text);
/* Words over several columns. */
void fp_grid_span(fp_page *page, json_t *row, const char *text, ptrdiff_t columns);
void fp_grid_html(fp_page *page, json_t *row, json_t *html);
void fp_grid_empty(fp_page *page, json_t *row);

/* ---- The parts, in the order of the report: each puts one key of its own under root ---- */
void fp_page_plan(fp_page *page);
void fp_page_answer(fp_page *page);
void fp_page_summary(fp_page *page);
void fp_page_flow(fp_page *page);
void fp_page_baseline(fp_page *page);
void fp_page_curves(fp_page *page);
void fp_page_effects(fp_page *page);
void fp_page_synergy(fp_page *page);
void fp_page_certainty(fp_page *page);
void fp_page_spread(fp_page *page);
void fp_page_subgroups(fp_page *page);
void fp_page_secondary(fp_page *page);
void fp_page_others(fp_page *page);
void fp_page_limits(fp_page *page);
void fp_page_methods(fp_page *page);
void fp_page_provenance(fp_page *page);
/* What the study could find, under `part` (power.c); nothing where the plan does not say enough. */
void fp_page_power(fp_page *page, json_t *part);
/* That the plan was not locked in time; NULL where it was, or nothing is known. */
const char *fp_page_plan_warning(fp_page *page);
/* The notes of the fits, under `part`: after the sections that may tell them already. */
void fp_page_warnings(fp_page *page, json_t *part);
void fp_page_appendix(fp_page *page); /* last: lists what the others printed */

/* What the parts share. */
typedef enum { FP_SCALE_EFFECT, FP_SCALE_INTERACTION } fp_verdict_scale;
/* The one place where a verdict becomes words (context_answer.c). `id` is "ANALYSIS.TERM". */
json_t *fp_page_verdict(fp_page *page, fp_verdict_scale scale, fp_verdict verdict, const char *id,
                        const char *subject, double margin, const char *state);
const char *fp_page_outcome_id(const fp_page *page);
int fp_page_horizon(const fp_page *page);
/* Competing events (context_competing.c): the stacked figure under `part`, and the table beside the
 * effects. Nothing where nobody had one. */
void fp_page_competing_curves(fp_page *page, json_t *part);
void fp_page_competing_effects(fp_page *page, json_t *part);
/* Who was offered a place (context_recruitment.c) and the effects with prognostic covariates
 * (context_adjusted.c), under `part`; nothing where the study has none. */
void fp_page_recruitment(fp_page *page, json_t *part);
void fp_page_adjusted(fp_page *page, json_t *part);
/* A Kaplan-Meier figure, wide and narrow, as {"id", "wide", "narrow", "caption"}. */
json_t *fp_page_km(fp_page *page, const fp_curve *curve, json_t *caption);

/* ---- Templates and catalogues of share/ and po/, embedded (share.c) ---- */
bool fp_share_template(fp_str name, fp_str *text);
fp_str fp_share_style(void);

#endif
