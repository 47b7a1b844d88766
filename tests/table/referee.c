#include "table/referee.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/encoding.h"
#include "table/check_priv.h"

typedef struct {
    fp_str text;
    bool quoted;
} cell;

typedef struct {
    fp_table head; /* name, separator, body and column names, for fp_table_check_... */
    cell *cells;   /* rows x columns */
    long *line;
    const fp_table_options *options;
    fp_arena *arena;
    bool not_utf8;
} referee;

#define MUST(p)                                                                                    \
    if (!(p))                                                                                      \
    abort()

static void *need(fp_arena *arena, size_t count, size_t size)
{
    void *p = fp_arena_array(arena, (ptrdiff_t)count, size, NULL);
    MUST(p);
    return p;
}

/* ---- values ---- */

static const char *missing_kind(const referee *r, fp_str s)
{
    if (s.n == 0)
        return "(empty)";
    if (fp_str_is(s, "NA"))
        return "(NA)";
    if (fp_str_is(s, "."))
        return "(dot)";
    for (const char *const *na = r->options->na; na && *na; na++)
        if (fp_str_is(s, *na))
            return "(user)";
    return NULL;
}

/* [sign] digits [mark digits] [e [sign] digits], by hand, and strtod. */
static bool parse(fp_str s, char decimal, double *value)
{
    char copy[402];
    size_t i = 0, digits = 0;
    if (s.n == 0 || s.n > 400)
        return false;
    memcpy(copy, s.p, s.n);
    copy[s.n] = '\0';
    i += copy[i] == '+' || copy[i] == '-';
    for (; copy[i] >= '0' && copy[i] <= '9'; i++)
        digits++;
    if (copy[i] == decimal) {
        copy[i] = '.';
        for (i++; copy[i] >= '0' && copy[i] <= '9'; i++)
            digits++;
    }
    if (!digits)
        return false;
    if (copy[i] == 'e' || copy[i] == 'E') {
        i++;
        i += copy[i] == '+' || copy[i] == '-';
        size_t from = i;
        while (copy[i] >= '0' && copy[i] <= '9')
            i++;
        if (i == from)
            return false;
    }
    *value = strtod(copy, NULL);
    return i == s.n && isfinite(*value);
}

static bool number(const referee *r, const cell *c, char decimal, double *value)
{
    if (decimal == ',' && r->head.separator == ',' && !c->quoted)
        return false;
    return parse(c->text, decimal, value);
}

static bool logical(fp_str s, bool *value)
{
    *value = fp_str_is(s, "TRUE") || fp_str_is(s, "T");
    return *value || fp_str_is(s, "FALSE") || fp_str_is(s, "F");
}

/* ---- a column ---- */

typedef struct {
    ptrdiff_t present, number, point, comma, logical, date, not_point, not_comma;
} counts;

static counts count(const referee *r, ptrdiff_t j)
{
    counts n = {.not_point = -1, .not_comma = -1};
    for (ptrdiff_t i = 0; i < r->head.rows; i++) {
        const cell *c = &r->cells[i * r->head.columns + j];
        double value;
        fp_day day;
        bool truth, point = false, comma = false;
        if (missing_kind(r, c->text))
            continue;
        n.present++;
        if (r->options->decimal != ',' && number(r, c, '.', &value)) {
            point = true;
            comma = !memchr(c->text.p, '.', c->text.n);
        } else if (r->options->decimal != '.')
            comma = number(r, c, ',', &value);
        if (!point && !comma) {
            bool is_logical = logical(c->text, &truth);
            n.logical += is_logical;
            n.date += !is_logical && fp_day_parse(c->text, &day);
        }
        n.number += point || comma;
        n.point += point;
        n.comma += comma;
        n.not_point = n.not_point < 0 && !point ? i : n.not_point;
        n.not_comma = n.not_comma < 0 && !comma ? i : n.not_comma;
    }
    return n;
}

static int compare(const void *a, const void *b)
{
    const fp_str *x = a, *y = b;
    return fp_str_cmp(*x, *y);
}

static void dump_levels(const referee *r, ptrdiff_t j, fp_buf *out)
{
    fp_str *all = need(r->arena, (size_t)r->head.rows, sizeof *all);
    size_t n = 0;
    for (ptrdiff_t i = 0; i < r->head.rows; i++) {
        fp_str s = r->cells[i * r->head.columns + j].text;
        if (!missing_kind(r, s))
            all[n++] = s;
    }
    qsort(all, n, sizeof *all, compare);
    fp_buf_put(out, " [");
    for (size_t k = 0; k < n; k++)
        if (k == 0 || !fp_str_eq(all[k], all[k - 1])) {
            fp_buf_put_n(out, all[k].p, all[k].n);
            fp_buf_put(out, "|");
        }
    fp_buf_put(out, "]");
}

static void dump_column(const referee *r, ptrdiff_t j, fp_buf *out)
{
    counts n = count(r, j);
    char mark = n.point != n.comma                              ? n.point > n.comma ? '.' : ','
                : n.not_point >= 0 && n.not_point < n.not_comma ? ','
                                                                : '.';
    const char *type = n.point == n.present || n.comma == n.present ? "number"
                       : n.logical == n.present                     ? "logical"
                       : n.date == n.present                        ? "date"
                                                                    : "text";
    fp_buf_printf(out, "%s %s%c missing=%td", r->head.column[j].name, type, mark,
                  r->head.rows - n.present);
    if (type[0] == 't' && n.number >= n.present - n.present / 10)
        fp_buf_printf(out, " stray=%td", mark == '.' ? n.not_point : n.not_comma);
    for (ptrdiff_t i = 0; i < r->head.rows; i++) {
        const cell *c = &r->cells[i * r->head.columns + j];
        double value = 0;
        bool truth = false;
        fp_day day = 0;
        if (missing_kind(r, c->text))
            fp_buf_printf(out, " %s", missing_kind(r, c->text));
        else if (type[0] == 'n') {
            if (r->options->decimal == ',' || !number(r, c, '.', &value))
                MUST(number(r, c, ',', &value));
            fp_buf_printf(out, " %a", value);
        } else if (type[0] == 'l')
            fp_buf_put(out, logical(c->text, &truth) && truth ? " true" : " false");
        else if (type[0] == 'd')
            fp_buf_printf(out, " day%d", fp_day_parse(c->text, &day) ? day : 0);
        fp_buf_put(out, "/");
        fp_buf_put_n(out, c->text.p, c->text.n);
    }
    if (type[0] == 't')
        dump_levels(r, j, out);
    fp_buf_put(out, "\n");
}

/* ---- a file ---- */

static fp_str plain(const referee *r, const fp_field *field)
{
    if (!field->doubled)
        return field->raw;
    char *to = need(r->arena, field->raw.n, 1);
    size_t n = 0;
    for (size_t i = 0; i < field->raw.n; i++) {
        to[n++] = field->raw.p[i];
        i += field->raw.p[i] == '"';
    }
    return (fp_str){to, n};
}

static fp_status read_records(referee *r, fp_scan scan, fp_err *err)
{
    size_t most = 1, columns = (size_t)r->head.columns;
    for (size_t i = 0; i < r->head.body.n; i++)
        most += r->head.body.p[i] == '\n';
    r->cells = need(r->arena, most * columns, sizeof *r->cells);
    r->line = need(r->arena, most, sizeof *r->line);
    while (!fp_scan_done(&scan)) {
        fp_scan again = scan;
        r->line[r->head.rows] = scan.line;
        FP_TRY(fp_table_check_record(&r->head, &scan, err));
        for (size_t j = 0; j < columns; j++) {
            fp_field field;
            (void)fp_scan_field(&again, &field);
            r->cells[(size_t)r->head.rows * columns + j] = (cell){plain(r, &field), field.quoted};
        }
        r->head.rows++;
    }
    if (r->head.rows)
        return FP_OK;
    (void)fp_fail_at(err, FP_INPUT, r->head.name, scan.line, 0, "no rows under the header");
    return fp_hint(err, FP_INPUT, "add the data below the column names");
}

static fp_status read_names(referee *r, fp_scan *scan, fp_err *err)
{
    fp_table *t = &r->head;
    FP_TRY(fp_table_check_header(t, &t->columns, err));
    t->column = need(r->arena, (size_t)t->columns, sizeof *t->column);
    for (ptrdiff_t j = 0; j < t->columns; j++) {
        fp_field field;
        (void)fp_scan_field(scan, &field);
        t->column[j].name = fp_str_dup(r->arena, fp_str_trim(plain(r, &field)), NULL);
        MUST(t->column[j].name);
    }
    return fp_table_index(t, 1, r->arena, err);
}

static fp_status read_text(referee *r, fp_str text, fp_err *err)
{
    fp_table *t = &r->head;
    *t = (fp_table){.name = "t.csv", .windows = t->windows, .not_utf8 = &r->not_utf8};
    FP_TRY(fp_table_check_kind(t->name, text, err));
    t->separator = r->options->separator ? r->options->separator : fp_scan_separator(text);
    t->body = fp_scan_body(text, t->separator);
    if (t->body.n == 0) {
        (void)fp_fail_at(err, FP_INPUT, t->name, 0, 0, "the file is empty");
        return fp_hint(err, FP_INPUT, "it should begin with a line of column names");
    }
    fp_scan scan = fp_scan_begin(t->body, t->separator);
    FP_TRY(read_names(r, &scan, err));
    return read_records(r, scan, err);
}

static fp_status read_windows(referee *r, fp_str text, fp_err *err)
{
    if (text.n >= 3 && memcmp(text.p, "\xef\xbb\xbf", 3) == 0)
        text = (fp_str){text.p + 3, text.n - 3};
    size_t n = fp_windows_1252(text, NULL);
    char *to = need(r->arena, n, 1);
    MUST(fp_windows_1252(text, to) == n);
    r->head.windows = true;
    return read_text(r, (fp_str){to, n}, err);
}

static void put_error(const fp_err *err, fp_buf *out)
{
    char line[1200];
    fp_err_text(err, line, sizeof line);
    fp_buf_printf(out, "%s\n", line);
}

void referee_dump(fp_str text, const fp_table_options *options, fp_buf *out)
{
    fp_err err = {0};
    referee r = {.options = options, .arena = fp_arena_create(4 * FP_GIB)};
    MUST(r.arena);
    bool windows = options->encoding == FP_ENCODING_WINDOWS_1252;
    fp_status status = windows ? read_windows(&r, text, &err) : read_text(&r, text, &err);
    if (status != FP_OK && r.not_utf8 && options->encoding == FP_ENCODING_FIND) {
        fp_buf_put(out, "t.csv is not UTF-8: read as Windows-1252\n");
        status = read_windows(&r, text, &err);
    }
    if (status != FP_OK) {
        fp_buf_clear(out);
        put_error(&err, out);
    }
    for (ptrdiff_t j = 0; status == FP_OK && j < r.head.columns; j++)
        dump_column(&r, j, out);
    for (ptrdiff_t i = 0; status == FP_OK && i < r.head.rows; i++)
        fp_buf_printf(out, "%ld\n", r.line[i]);
    fp_arena_destroy(r.arena);
}

/* ---- the reader in the same words ---- */

static void dump_value(const fp_table *table, const fp_column *c, ptrdiff_t i, fp_buf *out)
{
    static const char *const kinds[] = {"", "(empty)", "(NA)", "(dot)", "(user)"};
    (void)table;
    if (c->missing[i])
        fp_buf_printf(out, " %s", kinds[c->missing[i]]);
    else if (c->type == FP_COLUMN_NUMBER)
        fp_buf_printf(out, " %a", c->number[i]);
    else if (c->type == FP_COLUMN_LOGICAL)
        fp_buf_put(out, c->number[i] > 0 ? " true" : " false");
    else if (c->type == FP_COLUMN_DATE)
        fp_buf_printf(out, " day%d", c->day[i]);
}

void dump_everything(const fp_table *table, fp_buf *out)
{
    static const char *const types[] = {"number", "logical", "date", "text"};
    ptrdiff_t rows = fp_table_rows(table), columns = fp_table_columns(table);
    fp_arena *arena = fp_arena_create(4 * FP_GIB);
    ptrdiff_t *all = need(arena, (size_t)columns, sizeof *all);
    const char *const *const *texts = NULL;
    const long *lines = NULL;
    if (fp_table_warning(table))
        fp_buf_printf(out, "%s\n", fp_table_warning(table));
    for (ptrdiff_t j = 0; j < columns; j++)
        all[j] = j;
    MUST(fp_table_texts(table, columns, all, arena, &texts, &lines, NULL) == FP_OK);
    for (ptrdiff_t j = 0; j < columns; j++) {
        const fp_column *c = fp_table_column(table, j);
        fp_buf_printf(out, "%s %s%c missing=%td", c->name, types[c->type], c->decimal,
                      c->missing_count);
        if (c->mostly_numbers)
            fp_buf_printf(out, " stray=%td", c->stray_row);
        for (ptrdiff_t i = 0; i < rows; i++) {
            fp_str text = fp_table_cell(table, i, j);
            dump_value(table, c, i, out);
            fp_buf_put(out, "/");
            fp_buf_put_n(out, text.p, text.n);
            MUST(fp_str_is(text, texts[j][i]));
            MUST(c->type != FP_COLUMN_TEXT || c->missing[i] ||
                 fp_str_is(text, c->levels[c->level[i]]));
        }
        for (ptrdiff_t k = 0; c->type == FP_COLUMN_TEXT && k < c->level_count; k++)
            fp_buf_printf(out, "%s%s|", k ? "" : " [", c->levels[k]);
        fp_buf_put(out, c->type == FP_COLUMN_TEXT ? "]\n" : "\n");
    }
    for (ptrdiff_t i = 0; i < rows; i++) {
        MUST(lines[i] == fp_table_line(table, i));
        fp_buf_printf(out, "%ld\n", lines[i]);
    }
    fp_arena_destroy(arena);
}

void reader_dump(fp_str text, const fp_table_options *options, fp_buf *out)
{
    fp_err err = {0};
    const fp_table *table = NULL;
    fp_arena *arena = fp_arena_create(4 * FP_GIB);
    MUST(arena);
    if (fp_table_read_text("t.csv", text, options, arena, &table, &err) == FP_OK)
        dump_everything(table, out);
    else {
        MUST(!table && fp_arena_used(arena) == 0);
        put_error(&err, out);
    }
    fp_arena_destroy(arena);
}
