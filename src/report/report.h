#ifndef FP_REPORT_REPORT_H
#define FP_REPORT_REPORT_H

#include "base/catalog.h"
#include "model/power.h"
#include "study/plan.h"
#include "study/results.h"

/* The report of a study as one HTML file. Pure: one fp_report_input in, bytes out; the same input
 * gives the same bytes. */
typedef struct {
    const fp_results *results;
    const char *language;        /* "en" or "nl" */
    const char *program;         /* "firstplace 0.1.0" */
    const char *protocol_sha256; /* of study.yaml */
    const char *log_head; /* last event of the study's log and its hash, as text; NULL = none */
    const fp_plan_state *plan; /* the lock of the plan; NULL = nothing is said about it */
    bool blinded;              /* the arms were shuffled: said on every page */
    ptrdiff_t power_count;     /* what the plan could find (study/power.h); 0 = it does not say */
    const fp_power_answer *const *power;
    ptrdiff_t left_out; /* people who withdrew and asked to be left out */
} fp_report_input;

/* Write the report: self-contained, no script, good on paper. Every number of results->facts that
 * is printed stands in `<span class="n" data-id="ID" title="ID">TEXT</span>` ; the
 * hashes of the inputs stand in `<meta name="input" content="FILE SHA256">`, the seed in `<meta
 * name="seed" ...>`. Numbers in a figure stand in a table beside it too.
 * Errors: FP_USAGE (a language there is no catalogue for), FP_NOMEM, FP_INTERNAL (a fact that a
 * section needs is not there). */
FP_MUST_USE fp_status fp_report_html(const fp_report_input *input, fp_arena *arena, fp_buf *out,
                                     fp_err *err);

/* The paragraph of a protocol on the size of a study: one line of sentences, about every effect
 * that the answers have. The first answer tells the design. Errors: FP_USAGE (a language there is
 * no catalogue for), FP_NOMEM. */
FP_MUST_USE fp_status fp_report_power_paragraph(const fp_power_answer *const *answers,
                                                ptrdiff_t count, const char *language,
                                                const char *program, fp_arena *arena, fp_buf *out,
                                                fp_err *err);

/* The words of a language, for what is drawn outside a report too. Errors: FP_USAGE (a language
 * there is no catalogue for), FP_NOMEM. */
FP_MUST_USE fp_status fp_share_words(const char *language, fp_arena *arena, const fp_catalog **out,
                                     fp_err *err);

/* What a report printed: read back from its HTML, in order; an id may stand there more than once.
 */
typedef struct {
    const char *id;
    const char *text;
} fp_printed;
typedef struct {
    const char *language;
    const char *program;
    bool blinded;
    uint64_t seed; /* of the computation that made it */
    ptrdiff_t number_count;
    fp_printed *numbers;
    ptrdiff_t input_count;
    const fp_printed *inputs; /* id = file, text = sha256 */
} fp_report_contents;
/* Errors: FP_INPUT (not a report of this program), FP_NOMEM. */
FP_MUST_USE fp_status fp_report_read(fp_str html, fp_arena *arena, fp_report_contents *contents,
                                     fp_err *err);

#endif
