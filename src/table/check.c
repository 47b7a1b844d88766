#include "table/check_priv.h"

#include <string.h>

fp_status fp_table_check_kind(const char *file, fp_str text, fp_err *err)
{
    static const struct {
        fp_str start;
        const char *message;
    } kinds[] = {
        {{"PK\x03\x04", 4}, "is a workbook or a zip file, not a text file"},
        {{"\xd0\xcf\x11\xe0", 4}, "is a workbook of an old kind, not a text file"},
        {{"\xff\xfe", 2}, "is written in UTF-16, not in UTF-8"},
        {{"\xfe\xff", 2}, "is written in UTF-16, not in UTF-8"},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        fp_str start = kinds[i].start;
        if (text.n < start.n || memcmp(text.p, start.p, start.n) != 0)
            continue;
        (void)fp_fail_at(err, FP_INPUT, file, 0, 0, "%s", kinds[i].message);
        return fp_hint(err, FP_INPUT, "save it as \"CSV UTF-8\"");
    }
    return FP_OK;
}

static fp_status fail_scan(const fp_table *table, fp_scan_step step, const fp_scan *scan,
                           const fp_field *field, ptrdiff_t j, fp_err *err)
{
    char shown[FP_SHOW];
    fp_table_show(field->raw, shown);
    switch (step) {
    case FP_SCAN_UNCLOSED:
        (void)fp_table_fail(table, field->line, j, err, "the quote before \"%s\" is never closed",
                            shown);
        return fp_hint(err, FP_INPUT, "close it; a \" inside a quoted value is written \"\"");
    case FP_SCAN_AFTER_QUOTE:
        (void)fp_table_fail(table, scan->line, j, err, "\"%s\" stands after a closing quote",
                            shown);
        return fp_hint(err, FP_INPUT, "a \" inside a quoted value is written \"\"");
    default:
        (void)fp_table_fail(table, scan->line, j, err,
                            "after \"%s\" stands a carriage return that ends no line", shown);
        return fp_hint(err, FP_INPUT, "save the file with line ends of Windows or Unix");
    }
}

/* The last 20 bytes or so of a text: where the eye looks for what follows it. */
static fp_str tail(fp_str text)
{
    while (text.n > 20 || (text.n > 0 && ((unsigned char)text.p[0] & 0xc0) == 0x80)) {
        text.p++;
        text.n--;
    }
    return text;
}

/* The first NUL or byte that is not UTF-8, with what stands before it. */
static fp_status fail_bytes(const fp_table *table, const fp_field *field, ptrdiff_t j, fp_err *err)
{
    char shown[FP_SHOW];
    fp_str before = {field->raw.p, 0};
    long line = field->line;
    while (before.n < field->raw.n) {
        size_t step = 1;
        while (step <= 4 && before.n + step <= field->raw.n &&
               !fp_str_utf8((fp_str){before.p + before.n, step}))
            step++;
        if (step > 4 || before.n + step > field->raw.n)
            break;
        line += before.p[before.n] == '\n';
        before.n += step;
    }
    unsigned char bad = (unsigned char)before.p[before.n];
    fp_table_show(tail(before), shown);
    if (bad == 0) {
        (void)fp_table_fail(table, line, j, err, "a NUL byte after \"%s\"", shown);
        return fp_hint(err, FP_INPUT, "the file is damaged or is not a text: export it again");
    }
    if (table->not_utf8)
        *table->not_utf8 = true;
    (void)fp_table_fail(table, line, j, err, "byte %02X after \"%s\" is not %s", bad, shown,
                        table->windows ? "Windows-1252" : "UTF-8");
    return fp_hint(err, FP_INPUT, "save the file as UTF-8");
}

fp_status fp_table_check_field(const fp_table *table, const fp_field *field, ptrdiff_t j,
                               fp_err *err)
{
    if (field->raw.n > FP_TABLE_FIELD_MAX) {
        (void)fp_table_fail(table, field->line, j, err, "a value is longer than %zu bytes",
                            FP_TABLE_FIELD_MAX);
        return fp_hint(err, FP_INPUT, "look for a quote that is not closed where it should be");
    }
    return fp_str_utf8(field->raw) ? FP_OK : fail_bytes(table, field, j, err);
}

fp_status fp_table_too_many_columns(const fp_table *table, fp_err *err)
{
    (void)fp_fail_at(err, FP_INPUT, table->name, 1, 0, "more than %d columns",
                     FP_TABLE_COLUMNS_MAX);
    return fp_hint(err, FP_INPUT, "keep the columns that the analysis needs");
}

fp_status fp_table_check_header(const fp_table *table, ptrdiff_t *columns, fp_err *err)
{
    fp_scan scan = fp_scan_begin(table->body, table->separator);
    fp_field field;
    fp_scan_step step = FP_SCAN_MORE;
    for (ptrdiff_t n = 0; step == FP_SCAN_MORE; *columns = n) {
        step = fp_scan_field(&scan, &field);
        if (step != FP_SCAN_MORE && step != FP_SCAN_LAST)
            return fail_scan(table, step, &scan, &field, n, err);
        FP_TRY(fp_table_check_field(table, &field, n, err));
        if (++n > FP_TABLE_COLUMNS_MAX)
            return fp_table_too_many_columns(table, err);
    }
    return FP_OK;
}

static fp_status too_few(const fp_table *table, long line, ptrdiff_t fields, fp_err *err)
{
    (void)fp_table_fail(table, line, fields, err,
                        "the record ends before it: %td field%s, the header has %td", fields,
                        fields == 1 ? "" : "s", table->columns);
    return fp_hint(err, FP_INPUT,
                   "add what is missing; a line end inside a value needs double quotes");
}

static fp_status too_many(const fp_table *table, fp_scan *scan, const fp_field *extra, long line,
                          bool last, fp_err *err)
{
    char shown[FP_SHOW];
    ptrdiff_t fields = table->columns + 1;
    fp_table_show(extra->raw, shown);
    for (fp_field field; !last; fields++)
        last = fp_scan_field(scan, &field) != FP_SCAN_MORE;
    (void)fp_table_fail(table, line, table->columns, err,
                        "%td fields, the header has %td: \"%s\" is one too many", fields,
                        table->columns, shown);
    return fp_hint(err, FP_INPUT, "put double quotes around a value that holds %s",
                   table->separator == '\t'  ? "a tab"
                   : table->separator == ';' ? "a semicolon"
                                             : "a comma");
}

fp_status fp_table_check_record(const fp_table *table, fp_scan *scan, fp_err *err)
{
    long line = scan->line;
    fp_scan_step step = FP_SCAN_MORE;
    ptrdiff_t fields = 0;
    while (step == FP_SCAN_MORE) {
        fp_field field;
        step = fp_scan_field(scan, &field);
        if (step != FP_SCAN_MORE && step != FP_SCAN_LAST)
            return fail_scan(table, step, scan, &field, fields, err);
        if (fields == table->columns)
            return too_many(table, scan, &field, line, step == FP_SCAN_LAST, err);
        FP_TRY(fp_table_check_field(table, &field, fields, err));
        fields++;
    }
    return fields < table->columns ? too_few(table, line, fields, err) : FP_OK;
}

fp_status fp_table_check_span(const fp_table *table, ptrdiff_t k, fp_err *err)
{
    const fp_span *span = &table->span[k];
    size_t end = table->span[k + 1].first;
    fp_scan scan = fp_scan_begin(table->body, table->separator);
    scan.at = span->first;
    scan.line = fp_table_line_at(table, k, span->first);
    while (scan.at < end)
        FP_TRY(fp_table_check_record(table, &scan, err));
    return FP_OK;
}
