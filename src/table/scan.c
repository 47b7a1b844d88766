#include "table/scan_priv.h"

#include <string.h>

#define SNIFF_RECORDS 50

fp_str fp_scan_body(fp_str text, char separator)
{
    if (text.n >= 3 && memcmp(text.p, "\xef\xbb\xbf", 3) == 0) {
        text.p += 3;
        text.n -= 3;
    }
    while (text.n) {
        char c = text.p[text.n - 1];
        if (c != '\n' && c != '\r' && c != ' ' && (c != '\t' || separator == '\t'))
            break;
        text.n--;
    }
    return text;
}

fp_scan fp_scan_begin(fp_str body, char separator)
{
    return (fp_scan){body, 0, 1, separator};
}

bool fp_scan_done(const fp_scan *scan)
{
    return scan->at >= scan->text.n;
}

/* Step over what ends a field: a separator, a line end or the end of the text. */
static fp_scan_step end_field(fp_scan *scan)
{
    const char *p = scan->text.p;
    if (fp_scan_done(scan))
        return FP_SCAN_LAST;
    if (p[scan->at] == scan->separator) {
        scan->at++;
        return FP_SCAN_MORE;
    }
    if (p[scan->at] == '\r') {
        if (scan->at + 1 >= scan->text.n || p[scan->at + 1] != '\n')
            return FP_SCAN_LONE_CR;
        scan->at++;
    }
    scan->at++;
    scan->line++;
    return FP_SCAN_LAST;
}

static fp_scan_step scan_plain(fp_scan *scan, fp_field *field)
{
    const char *p = scan->text.p;
    size_t i = scan->at, n = scan->text.n;
    while (i < n && p[i] != scan->separator && p[i] != '\n' && p[i] != '\r')
        i++;
    field->raw = fp_str_trim((fp_str){p + scan->at, i - scan->at});
    scan->at = i;
    return end_field(scan);
}

static void skip_spaces(fp_scan *scan)
{
    while (!fp_scan_done(scan) && scan->text.p[scan->at] == ' ')
        scan->at++;
}

/* From the character after an opening quote to past the closing one; false where there is none. */
static bool scan_closing(fp_scan *scan, fp_field *field)
{
    const char *p = scan->text.p;
    size_t n = scan->text.n;
    for (size_t i = scan->at; i < n; i++) {
        if (p[i] == '\n')
            scan->line++;
        if (p[i] != '"')
            continue;
        if (i + 1 < n && p[i + 1] == '"') {
            field->doubled++;
            i++;
            continue;
        }
        field->raw = (fp_str){p + scan->at, i - scan->at};
        scan->at = i + 1;
        return true;
    }
    return false;
}

static fp_scan_step scan_quoted(fp_scan *scan, fp_field *field)
{
    const char *p = scan->text.p;
    scan->at++;
    field->quoted = true;
    if (!scan_closing(scan, field)) {
        field->raw = (fp_str){p + scan->at, scan->text.n - scan->at};
        scan->at = scan->text.n;
        return FP_SCAN_UNCLOSED;
    }
    skip_spaces(scan);
    if (fp_scan_done(scan) || p[scan->at] == scan->separator || p[scan->at] == '\n' ||
        p[scan->at] == '\r')
        return end_field(scan);
    fp_field after = {0};
    (void)scan_plain(scan, &after);
    field->raw = after.raw;
    return FP_SCAN_AFTER_QUOTE;
}

fp_scan_step fp_scan_field(fp_scan *scan, fp_field *field)
{
    *field = (fp_field){{scan->text.p, 0}, false, 0, scan->line};
    size_t start = scan->at;
    skip_spaces(scan);
    if (!fp_scan_done(scan) && scan->text.p[scan->at] == '"')
        return scan_quoted(scan, field);
    scan->at = start;
    return scan_plain(scan, field);
}

/* Fields of the next record; negative where the record is not well formed. */
static long count_fields(fp_scan *scan)
{
    fp_field field;
    for (long n = 1;; n++) {
        fp_scan_step step = fp_scan_field(scan, &field);
        if (step == FP_SCAN_LAST)
            return n;
        if (step != FP_SCAN_MORE)
            return -n;
    }
}

typedef struct {
    long fields;  /* of the header */
    long records; /* after it, at least 1 */
    long agree;   /* that have as many fields */
} sniffed;

static sniffed sniff(fp_str text, char separator)
{
    fp_scan scan = fp_scan_begin(fp_scan_body(text, separator), separator);
    sniffed found = {fp_scan_done(&scan) ? 1 : count_fields(&scan), 0, 0};
    if (found.fields < 0)
        return (sniffed){-found.fields, 1, 0};
    while (found.records < SNIFF_RECORDS && !fp_scan_done(&scan)) {
        long fields = count_fields(&scan);
        found.records++;
        found.agree += fields == found.fields;
        if (fields < 0)
            break;
    }
    if (found.records == 0)
        found.records = found.agree = 1;
    return found;
}

/* Whether a is the better guess: several columns before one, then agreement, then columns. */
static bool better(sniffed a, sniffed b)
{
    if ((a.fields > 1) != (b.fields > 1))
        return a.fields > 1;
    if (a.agree * b.records != b.agree * a.records)
        return a.agree * b.records > b.agree * a.records;
    return a.fields > b.fields;
}

char fp_scan_separator(fp_str text)
{
    /* Among equals the first wins: commas stand in prose and in numbers, semicolons in prose,
     * tabs in neither. */
    static const char candidates[] = {'\t', ';', ','};
    char best = candidates[0];
    sniffed best_score = sniff(text, best);
    for (size_t i = 1; i < sizeof candidates; i++) {
        sniffed score = sniff(text, candidates[i]);
        if (better(score, best_score)) {
            best = candidates[i];
            best_score = score;
        }
    }
    return best;
}
