#ifndef FP_TABLE_SCAN_PRIV_H
#define FP_TABLE_SCAN_PRIV_H

#include "base/str.h"

/* Cuts a text into fields, one at a time. Knows nothing of headers, types or messages. */
typedef struct {
    fp_str text;
    size_t at;
    long line; /* of `at`, from 1 */
    char separator;
} fp_scan;

typedef struct {
    fp_str raw;     /* between the quotes, or trimmed; "" still doubled */
    bool quoted;    /* stood between double quotes */
    size_t doubled; /* how many "" the raw text holds */
    long line;      /* on which the field begins */
} fp_field;

typedef enum {
    FP_SCAN_MORE,        /* a field, another follows in the same record */
    FP_SCAN_LAST,        /* a field, the last of its record */
    FP_SCAN_UNCLOSED,    /* a quote that is never closed */
    FP_SCAN_AFTER_QUOTE, /* text after a closing quote: raw is that text */
    FP_SCAN_LONE_CR,     /* a carriage return that ends no line */
} fp_scan_step;

/* Text without the byte order mark and without blank lines at the end. `separator` tells whether a
 * tab is a blank. */
fp_str fp_scan_body(fp_str text, char separator);
fp_scan fp_scan_begin(fp_str body, char separator);
/* Whether all records have been read. */
bool fp_scan_done(const fp_scan *scan);
/* The next field. RFC 4180, section 2, and: blanks around a quoted field are skipped, a quote
 * inside an unquoted field is itself. Cost O(bytes). */
fp_scan_step fp_scan_field(fp_scan *scan, fp_field *field);
/* The separator of a text: of tab, semicolon and comma the one by which most of the first records
 * have as many fields as the header, then the one that gives most columns. */
char fp_scan_separator(fp_str text);

#endif
