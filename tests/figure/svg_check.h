#ifndef FP_TESTS_FIGURE_SVG_CHECK_H
#define FP_TESTS_FIGURE_SVG_CHECK_H

#include "base/str.h"

/* What is wrong with an SVG text, or NULL: well-formed XML (one root, tags that nest, quoted
 * attributes, each once, the five entities, no control characters, UTF-8), every id unique and
 * beginning with `prefix`. */
const char *svg_flaw(fp_str svg, const char *prefix);

/* The largest overlap of two lines of text: the smaller of its width and height [px], by estimated
 * widths; `first` and `second` (64 bytes each) get the two texts. */
double svg_overlap(fp_str svg, char *first, char *second);

/* How far the widest line of text sticks out of the figure, left or right [px]; <= 0 = not. */
double svg_outside(fp_str svg);

/* Occurrences of a piece of text. */
int svg_count(fp_str svg, const char *piece);

#endif
