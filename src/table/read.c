#include <string.h>

#include "base/file.h"
#include "table/table_priv.h"

/* A file is read twice: `check` finds every error and counts, `fill` stores. So nothing is
 * allocated for a file that is refused, and each array is allocated once, at its size. */
typedef struct {
    fp_table *table;
    fp_str body;
    size_t copied; /* bytes of the undoubled fields */
    long rows;
    bool regular; /* row i stands on line i + 2 */
} reader;

fp_table_options fp_table_defaults(void)
{
    return (fp_table_options){0, 0, NULL, FP_TABLE_BYTES_MAX};
}

static fp_status check_options(const fp_table_options *o, fp_err *err)
{
    if (o->separator && (o->separator != ',' && o->separator != ';' && o->separator != '\t'))
        return fp_fail(err, FP_ARG, "the separator is a comma, a semicolon or a tab");
    if (o->decimal && o->decimal != '.' && o->decimal != ',')
        return fp_fail(err, FP_ARG, "the decimal mark is a point or a comma");
    return FP_OK;
}

/* Files that are often taken for a text file, by their first bytes. */
static fp_status check_kind(const char *file, fp_str text, fp_err *err)
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
    (void)fp_table_fail(table, line, j, err, "byte %02X after \"%s\" is not UTF-8", bad, shown);
    return fp_hint(err, FP_INPUT, "save the file as UTF-8");
}

static fp_status check_field(const fp_table *table, const fp_field *field, ptrdiff_t j, fp_err *err)
{
    if (field->raw.n > FP_TABLE_FIELD_MAX) {
        (void)fp_table_fail(table, field->line, j, err, "a value is longer than %zu bytes",
                            FP_TABLE_FIELD_MAX);
        return fp_hint(err, FP_INPUT, "look for a quote that is not closed where it should be");
    }
    return fp_str_utf8(field->raw) ? FP_OK : fail_bytes(table, field, j, err);
}

static fp_status too_many_columns(const fp_table *table, fp_err *err)
{
    (void)fp_fail_at(err, FP_INPUT, table->shown, 1, 0, "more than %d columns",
                     FP_TABLE_COLUMNS_MAX);
    return fp_hint(err, FP_INPUT, "keep the columns that the analysis needs");
}

static fp_status count_columns(const reader *r, ptrdiff_t *count, fp_err *err)
{
    fp_scan scan = fp_scan_begin(r->body, r->table->separator);
    fp_field field;
    fp_scan_step step = FP_SCAN_MORE;
    for (ptrdiff_t n = 0; step == FP_SCAN_MORE; *count = n) {
        step = fp_scan_field(&scan, &field);
        if (step != FP_SCAN_MORE && step != FP_SCAN_LAST)
            return fail_scan(r->table, step, &scan, &field, n, err);
        FP_TRY(check_field(r->table, &field, n, err));
        if (++n > FP_TABLE_COLUMNS_MAX)
            return too_many_columns(r->table, err);
    }
    return FP_OK;
}

/* Copy a field with each "" as one ", and give the length. */
static size_t undouble(fp_str raw, char *to)
{
    size_t n = 0;
    for (size_t i = 0; i < raw.n; i++) {
        to[n++] = raw.p[i];
        if (raw.p[i] == '"')
            i++;
    }
    return n;
}

static fp_status read_names(reader *r, fp_scan *scan, fp_arena *arena, fp_err *err)
{
    fp_table *table = r->table;
    FP_TRY(count_columns(r, &table->columns, err));
    FP_ARRAY(table->column, arena, table->columns, err);
    for (ptrdiff_t j = 0; j < table->columns; j++) {
        fp_field field;
        (void)fp_scan_field(scan, &field);
        char *name;
        FP_ARRAY(name, arena, field.raw.n + 1, err);
        fp_str plain = field.raw;
        if (field.doubled)
            plain = (fp_str){name, undouble(field.raw, name)};
        plain = fp_str_trim(plain);
        memmove(name, plain.p, plain.n);
        name[plain.n] = '\0';
        table->column[j].name = name;
    }
    return fp_table_index(table, 1, arena, err);
}

static fp_status too_few(const reader *r, long line, ptrdiff_t fields, fp_err *err)
{
    (void)fp_table_fail(r->table, line, fields, err,
                        "the record ends before it: %td field%s, the header has %td", fields,
                        fields == 1 ? "" : "s", r->table->columns);
    return fp_hint(err, FP_INPUT,
                   "add what is missing; a line end inside a value needs double quotes");
}

static fp_status too_many(const reader *r, fp_scan *scan, const fp_field *extra, long line,
                          bool last, fp_err *err)
{
    char shown[FP_SHOW];
    ptrdiff_t fields = r->table->columns + 1;
    fp_table_show(extra->raw, shown);
    for (fp_field field; !last; fields++)
        last = fp_scan_field(scan, &field) != FP_SCAN_MORE;
    (void)fp_table_fail(r->table, line, r->table->columns, err,
                        "%td fields, the header has %td: \"%s\" is one too many", fields,
                        r->table->columns, shown);
    return fp_hint(err, FP_INPUT, "put double quotes around a value that holds %s",
                   r->table->separator == '\t'  ? "a tab"
                   : r->table->separator == ';' ? "a semicolon"
                                                : "a comma");
}

static fp_status check_record(reader *r, fp_scan *scan, fp_err *err)
{
    long line = scan->line;
    fp_scan_step step = FP_SCAN_MORE;
    ptrdiff_t fields = 0;
    while (step == FP_SCAN_MORE) {
        fp_field field;
        step = fp_scan_field(scan, &field);
        if (step != FP_SCAN_MORE && step != FP_SCAN_LAST)
            return fail_scan(r->table, step, scan, &field, fields, err);
        if (fields == r->table->columns)
            return too_many(r, scan, &field, line, step == FP_SCAN_LAST, err);
        FP_TRY(check_field(r->table, &field, fields, err));
        if (field.doubled)
            r->copied += field.raw.n - field.doubled;
        fields++;
    }
    if (fields < r->table->columns)
        return too_few(r, line, fields, err);
    r->regular = r->regular && line == r->rows + 2;
    r->rows++;
    return FP_OK;
}

static fp_status check(reader *r, fp_scan scan, fp_err *err)
{
    r->regular = true;
    while (!fp_scan_done(&scan))
        FP_TRY(check_record(r, &scan, err));
    if (r->rows > 0)
        return FP_OK;
    (void)fp_fail_at(err, FP_INPUT, r->table->shown, scan.line, 0, "no rows under the header");
    return fp_hint(err, FP_INPUT, "add the data below the column names");
}

/* Store the cells; every field is known to be well formed. */
static fp_status fill(reader *r, fp_scan scan, fp_arena *arena, fp_err *err)
{
    fp_table *table = r->table;
    char *copies;
    uint32_t *line = NULL, copied = 0;
    table->rows = r->rows;
    FP_ARRAY(table->cells, arena, table->rows * table->columns, err);
    FP_ARRAY(copies, arena, r->copied, err);
    if (!r->regular)
        FP_ARRAY(line, arena, table->rows, err);
    table->text = r->body.p;
    table->copies = copies;
    table->line = line;
    for (ptrdiff_t i = 0; i < table->rows; i++) {
        if (line)
            line[i] = (uint32_t)scan.line;
        for (ptrdiff_t j = 0; j < table->columns; j++) {
            fp_field field;
            (void)fp_scan_field(&scan, &field);
            fp_cell cell = {(uint32_t)(field.raw.p - r->body.p), (uint32_t)field.raw.n};
            if (field.doubled) {
                cell = (fp_cell){copied, (uint32_t)undouble(field.raw, copies + copied)};
                copied += cell.bits;
                cell.bits |= FP_CELL_COPIED;
            }
            cell.bits |= field.quoted ? FP_CELL_QUOTED : 0;
            table->cells[j * table->rows + i] = cell;
        }
    }
    return FP_OK;
}

static fp_status type_columns(fp_table *table, const fp_table_options *options, fp_arena *arena,
                              fp_err *err)
{
    for (ptrdiff_t j = 0; j < table->columns; j++)
        FP_TRY(fp_table_type(table, j, options, arena, err));
    return FP_OK;
}

static fp_status create(const char *name, ptrdiff_t columns, fp_arena *arena, fp_table **table,
                        fp_err *err)
{
    FP_ARRAY(*table, arena, 1, err);
    (*table)->columns = columns;
    (*table)->name = fp_arena_strdup(arena, name, err);
    if (!(*table)->name)
        return FP_NOMEM;
    (*table)->shown = strcmp(name, "-") == 0 ? "standard input" : (*table)->name;
    return FP_OK;
}

static fp_status read_text(const char *name, fp_str text, const fp_table_options *options,
                           fp_arena *arena, const fp_table **out, fp_err *err)
{
    reader r = {0};
    FP_TRY(create(name, 0, arena, &r.table, err));
    FP_TRY(check_kind(r.table->shown, text, err));
    r.table->separator = options->separator ? options->separator : fp_scan_separator(text);
    r.body = fp_scan_body(text, r.table->separator);
    if (r.body.n == 0) {
        (void)fp_fail_at(err, FP_INPUT, r.table->shown, 0, 0, "the file is empty");
        return fp_hint(err, FP_INPUT, "it should begin with a line of column names");
    }
    fp_scan scan = fp_scan_begin(r.body, r.table->separator);
    FP_TRY(read_names(&r, &scan, arena, err));
    FP_TRY(check(&r, scan, err));
    FP_TRY(fill(&r, scan, arena, err));
    FP_TRY(type_columns(r.table, options, arena, err));
    *out = r.table;
    return FP_OK;
}

static size_t largest(const fp_table_options *options)
{
    size_t max = options->max_bytes;
    return max == 0 || max > FP_TABLE_BYTES_MAX ? FP_TABLE_BYTES_MAX : max;
}

fp_status fp_table_read_text(const char *name, fp_str text, const fp_table_options *options,
                             fp_arena *arena, const fp_table **table, fp_err *err)
{
    fp_table_options defaults = fp_table_defaults();
    options = options ? options : &defaults;
    FP_TRY(check_options(options, err));
    if (text.n > largest(options)) {
        (void)fp_fail_at(err, FP_INPUT, name, 0, 0, "the text is larger than %zu bytes",
                         largest(options));
        return fp_hint(err, FP_INPUT, "split it");
    }
    fp_arena_point before = fp_arena_mark(arena);
    fp_status status = read_text(name, text, options, arena, table, err);
    if (status != FP_OK)
        fp_arena_rewind(arena, before);
    return status;
}

fp_status fp_table_read(const char *path, const fp_table_options *options, fp_arena *arena,
                        const fp_table **table, fp_err *err)
{
    fp_table_options defaults = fp_table_defaults();
    options = options ? options : &defaults;
    fp_arena_point before = fp_arena_mark(arena);
    fp_str text = {"", 0};
    FP_TRY(fp_file_read(path, largest(options), arena, &text, err));
    fp_status status = fp_table_read_text(path, text, options, arena, table, err);
    if (status != FP_OK)
        fp_arena_rewind(arena, before);
    return status;
}

/* Total length of the texts of a table that a program makes. */
static fp_status measure(const fp_table *table, ptrdiff_t rows, const char *const *const *cells,
                         size_t *total, fp_err *err)
{
    *total = 0;
    for (ptrdiff_t j = 0; j < table->columns; j++)
        for (ptrdiff_t i = 0; i < rows; i++) {
            fp_field field = {fp_str_of(cells[j][i]), true, 0, (long)i + 2};
            FP_TRY(check_field(table, &field, j, err));
            *total += field.raw.n;
            if (*total > FP_TABLE_BYTES_MAX)
                return fp_fail_at(err, FP_INPUT, table->shown, field.line, 0,
                                  "the table is larger than %zu bytes", FP_TABLE_BYTES_MAX);
        }
    return FP_OK;
}

static fp_status fill_made(fp_table *table, ptrdiff_t rows, const char *const *const *cells,
                           fp_arena *arena, fp_err *err)
{
    size_t total, at = 0;
    char *text;
    FP_TRY(measure(table, rows, cells, &total, err));
    table->rows = rows;
    FP_ARRAY(text, arena, total + 1, err);
    FP_ARRAY(table->cells, arena, rows * table->columns, err);
    table->text = table->copies = text;
    for (ptrdiff_t j = 0; j < table->columns; j++)
        for (ptrdiff_t i = 0; i < rows; i++) {
            fp_str cell = fp_str_of(cells[j][i]);
            if (cell.n)
                memcpy(text + at, cell.p, cell.n);
            table->cells[j * rows + i] = (fp_cell){(uint32_t)at, (uint32_t)cell.n | FP_CELL_QUOTED};
            at += cell.n;
        }
    return FP_OK;
}

static fp_status make(const char *name, ptrdiff_t rows, ptrdiff_t columns, const char *const *names,
                      const char *const *const *cells, fp_arena *arena, const fp_table **out,
                      fp_err *err)
{
    fp_table *table;
    fp_table_options options = fp_table_defaults();
    FP_TRY(create(name, columns, arena, &table, err));
    if (columns > FP_TABLE_COLUMNS_MAX)
        return too_many_columns(table, err);
    table->separator = ',';
    FP_ARRAY(table->column, arena, columns, err);
    for (ptrdiff_t j = 0; j < columns; j++) {
        fp_field field = {fp_str_trim(fp_str_of(names[j])), true, 0, 1};
        FP_TRY(check_field(table, &field, j, err));
        table->column[j].name = fp_str_dup(arena, field.raw, err);
        if (!table->column[j].name)
            return FP_NOMEM;
    }
    FP_TRY(fp_table_index(table, 1, arena, err));
    FP_TRY(fill_made(table, rows, cells, arena, err));
    FP_TRY(type_columns(table, &options, arena, err));
    *out = table;
    return FP_OK;
}

fp_status fp_table_make(const char *name, ptrdiff_t rows, ptrdiff_t columns,
                        const char *const *names, const char *const *const *cells, fp_arena *arena,
                        const fp_table **table, fp_err *err)
{
    if (rows < 1 || rows > INT32_MAX || columns < 1) {
        (void)fp_fail_at(err, FP_INPUT, name, 0, 0, "the table has no %s",
                         columns < 1 ? "columns" : "rows");
        return fp_hint(err, FP_INPUT, "there is nothing to analyse");
    }
    fp_arena_point before = fp_arena_mark(arena);
    fp_status status = make(name, rows, columns, names, cells, arena, table, err);
    if (status != FP_OK)
        fp_arena_rewind(arena, before);
    return status;
}
