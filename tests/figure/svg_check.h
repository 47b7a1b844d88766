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

/* Assert what must hold for every figure: all of the above, a title and a description, no script,
 * and no number that is none. */
void svg_sound(fp_str svg, const char *prefix);
/* Compare with a committed file; FP_UPDATE_GOLDEN=1 in the environment writes it anew. */
void svg_golden(const fp_buf *drawn, const char *file);

#endif
