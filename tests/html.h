#ifndef FP_TESTS_HTML_H
#define FP_TESTS_HTML_H

#include "base/str.h"

/* Abort the test unless `html` is well-formed as the templates write it: every element closed in
 * order, attributes quoted, entities known, ids once, every id that is named there, headings
 * without a jump, no script, no inline event, nothing from outside. */
void check_html(fp_str html);
/* The same for a page of the workbench, which may have forms, links to its own server and its style
 * sheets, and no inline style. */
void check_served_html(fp_str html);
/* The text of a page without tags, styles and doubled white space, in small letters. */
void plain_text(fp_str html, fp_buf *out);

#endif
