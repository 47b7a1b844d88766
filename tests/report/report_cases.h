#ifndef FP_TESTS_REPORT_CASES_H
#define FP_TESTS_REPORT_CASES_H

/* Compare doubles at full precision in messages. */
#define CK_FLOATING_DIG 17
#include <check.h>

#include "base/str.h"

TCase *mustache_cases(void);
TCase *report_cases(void);
TCase *wording_cases(void);
TCase *words_cases(void);
TCase *read_cases(void);

/* Abort the test unless `html` is well-formed as the templates write it: every element closed in
 * order, attributes quoted, entities known, ids once, headings without a jump, no script, no inline
 * event, nothing from outside. */
void check_html(fp_str html);
/* The text of a page without tags, styles and doubled white space, in small letters. */
void plain_text(fp_str html, fp_buf *out);

#endif
