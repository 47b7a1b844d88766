#include <string.h>

#include "base/encoding.h"
#include "base/hash.h"
#include "base/parallel.h"
#include "table/check_priv.h"
#include "table/layout_priv.h"

/* A file, its options and what was learned while it was read. */
typedef struct {
    const char *name;
    const fp_table_options *options;
    const fp_view *view; /* NULL = from memory */
    fp_str text;         /* of the whole file, in UTF-8 */
    bool windows;        /* it was Windows-1252 */
    bool not_utf8;       /* the error was that it is not UTF-8 */
} reader;

fp_table_options fp_table_defaults(void)
{
    return (fp_table_options){0};
}

static fp_status check_options(const fp_table_options *o, fp_err *err)
{
    if (o->separator && (o->separator != ',' && o->separator != ';' && o->separator != '\t'))
        return fp_fail(err, FP_ARG, "the separator is a comma, a semicolon or a tab");
    if (o->decimal && o->decimal != '.' && o->decimal != ',')
        return fp_fail(err, FP_ARG, "the decimal mark is a point or a comma");
    return FP_OK;
}

/* ---- header ---- */

static fp_status read_names(fp_table *table, fp_scan *scan, fp_arena *arena, fp_err *err)
{
    FP_TRY(fp_table_check_header(table, &table->columns, err));
    FP_ARRAY(table->column, arena, table->columns, err);
    for (ptrdiff_t j = 0; j < table->columns; j++) {
        fp_field field;
        (void)fp_scan_field(scan, &field);
        char *name;
        FP_ARRAY(name, arena, field.raw.n + 1, err);
        fp_str plain = field.raw;
        if (field.doubled)
            plain = (fp_str){name, fp_table_undouble(field.raw, name)};
        plain = fp_str_trim(plain);
        memmove(name, plain.p, plain.n);
        name[plain.n] = '\0';
        table->column[j].name = name;
    }
    return fp_table_index(table, 1, arena, err);
}

/* ---- body ---- */

/* The first error of the spans in doubt. Those that turn out to be well formed are slow from now
 * on.
 */
static fp_status judge(fp_table *table, fp_err *err)
{
    for (ptrdiff_t k = 0; k < table->span_count; k++) {
        fp_span *span = &table->span[k];
        if (!span->doubt)
            continue;
        FP_TRY(fp_table_check_span(table, k, err));
        span->doubt = false;
        span->slow = true;
    }
    return table->cut
               ? fp_fail(err, FP_INTERNAL, "the records of %s cannot be told apart", table->name)
               : FP_OK;
}

static fp_status read_body(fp_table *table, size_t data, const fp_table_options *options,
                           fp_arena *arena, fp_err *err)
{
    const fp_kernel *kernel = fp_kernel_best(table->kernel);
    size_t span = options->span_bytes ? options->span_bytes : FP_TABLE_SPAN;
    FP_TRY(fp_table_layout(table, data, span, kernel, arena, err));
    for (;;) {
        fp_arena_point before = fp_arena_mark(arena);
        bool doubt = false;
        FP_TRY(fp_table_fill(table, options, arena, &doubt, err));
        if (!doubt)
            return FP_OK;
        FP_TRY(judge(table, err));
        fp_arena_rewind(arena, before);
    }
}

static fp_status read_table(reader *r, fp_arena *arena, fp_table **out, fp_err *err)
{
    fp_table *table;
    FP_ARRAY(table, arena, 1, err);
    if (!(table->name = fp_arena_strdup(arena, r->name, err)))
        return FP_NOMEM;
    table->threads = r->options->threads;
    table->kernel = r->options->kernel;
    table->windows = r->windows;
    table->not_utf8 = &r->not_utf8;
    FP_TRY(fp_table_check_kind(table->name, r->text, err));
    table->separator = r->options->separator ? r->options->separator : fp_scan_separator(r->text);
    table->body = fp_scan_body(r->text, table->separator);
    if (table->body.n == 0) {
        (void)fp_fail_at(err, FP_INPUT, table->name, 0, 0, "the file is empty");
        return fp_hint(err, FP_INPUT, "it should begin with a line of column names");
    }
    table->view = r->windows ? NULL : r->view;
    table->skipped = (size_t)(table->body.p - r->text.p);
    fp_scan scan = fp_scan_begin(table->body, table->separator);
    FP_TRY(read_names(table, &scan, arena, err));
    if (fp_scan_done(&scan)) {
        (void)fp_fail_at(err, FP_INPUT, table->name, scan.line, 0, "no rows under the header");
        return fp_hint(err, FP_INPUT, "add the data below the column names");
    }
    FP_TRY(read_body(table, scan.at, r->options, arena, err));
    table->not_utf8 = NULL;
    if (r->windows && r->options->encoding == FP_ENCODING_FIND &&
        !(table->warning =
              fp_arena_printf(arena, err, "%s is not UTF-8: read as Windows-1252", table->name)))
        return FP_NOMEM;
    *out = table;
    return FP_OK;
}

/* ---- the whole file ---- */

static fp_status to_utf8(reader *r, fp_arena *arena, fp_err *err)
{
    fp_str text = r->text;
    if (text.n >= 3 && memcmp(text.p, "\xef\xbb\xbf", 3) == 0)
        text = (fp_str){text.p + 3, text.n - 3};
    size_t n = fp_windows_1252(text, NULL);
    char *to;
    FP_ARRAY(to, arena, n, err);
    (void)fp_windows_1252(text, to);
    r->text = (fp_str){to, n};
    r->windows = true;
    return FP_OK;
}

static fp_status read_encoded(reader *r, fp_arena *arena, fp_table **out, fp_err *err)
{
    fp_arena_point before = fp_arena_mark(arena);
    fp_encoding encoding = r->options->encoding;
    if (encoding == FP_ENCODING_WINDOWS_1252)
        FP_TRY(to_utf8(r, arena, err));
    fp_status status = read_table(r, arena, out, err);
    if (status != FP_INPUT || !r->not_utf8 || encoding != FP_ENCODING_FIND)
        return status;
    fp_arena_rewind(arena, before);
    FP_TRY(to_utf8(r, arena, err));
    return read_table(r, arena, out, err);
}

typedef struct {
    const reader *reader;
    fp_str text;
    fp_err err;
    fp_sha256 sum;
} hashing;

#define HASH_PIECE (256 * 1024)

/* The hash of the file, on its own thread where there is one to spare. */
static void hash_file(void *context)
{
    hashing *h = context;
    const fp_view *view = h->reader->view;
    if (!view) {
        h->sum = fp_sha256_of(h->text);
        return;
    }
    fp_hasher hasher;
    fp_hasher_init(&hasher);
    fp_arena *arena = fp_arena_create(2 * (size_t)HASH_PIECE);
    char *piece = arena ? fp_arena_array(arena, HASH_PIECE, 1, &h->err) : NULL;
    h->err.status = piece ? FP_OK : FP_NOMEM;
    for (size_t at = 0; at < view->text.n && h->err.status == FP_OK; at += HASH_PIECE) {
        size_t n = view->text.n - at < HASH_PIECE ? view->text.n - at : HASH_PIECE;
        h->err.status = fp_view_read(view, at, n, piece, &h->err);
        fp_hasher_put(&hasher, (fp_str){piece, n});
    }
    h->sum = fp_hasher_finish(&hasher);
    fp_arena_destroy(arena);
}

static fp_status read_all(reader *r, fp_arena *arena, const fp_table **out, fp_err *err)
{
    fp_aside aside = {0};
    hashing hash = {.reader = r, .text = r->text};
    if (r->options->sha256 && fp_threads(r->options->threads) > 1)
        fp_aside_start(&aside, hash_file, &hash);
    else if (r->options->sha256)
        hash_file(&hash);
    fp_table *table = NULL;
    fp_status status = read_encoded(r, arena, &table, err);
    fp_aside_wait(&aside);
    FP_TRY(status);
    if (hash.err.status != FP_OK) {
        if (err)
            *err = hash.err;
        return hash.err.status;
    }
    if (r->view)
        FP_TRY(fp_view_unchanged(r->view, err));
    if (r->options->sha256)
        memcpy(table->sha256, hash.sum.hex, sizeof hash.sum.hex);
    *out = table;
    return FP_OK;
}

static size_t largest(const fp_table_options *options)
{
    return options->max_bytes ? options->max_bytes : (size_t)PTRDIFF_MAX;
}

fp_status fp_table_read_text(const char *name, fp_str text, const fp_table_options *options,
                             fp_arena *arena, const fp_table **table, fp_err *err)
{
    fp_table_options defaults = fp_table_defaults();
    reader r = {.name = name, .options = options ? options : &defaults, .text = text};
    FP_TRY(check_options(r.options, err));
    if (text.n > largest(r.options)) {
        (void)fp_fail_at(err, FP_INPUT, name, 0, 0, "the text is larger than %zu bytes",
                         largest(r.options));
        return fp_hint(err, FP_INPUT, "split it");
    }
    fp_arena_point before = fp_arena_mark(arena);
    fp_status status = read_all(&r, arena, table, err);
    if (status != FP_OK)
        fp_arena_rewind(arena, before);
    return status;
}

fp_status fp_table_read(const char *path, const fp_table_options *options, fp_arena *arena,
                        const fp_table **table, fp_err *err)
{
    fp_table_options defaults = fp_table_defaults();
    reader r = {.options = options ? options : &defaults};
    r.name = r.options->name ? r.options->name : strcmp(path, "-") == 0 ? "standard input" : path;
    FP_TRY(check_options(r.options, err));
    fp_arena_point before = fp_arena_mark(arena);
    fp_status status = fp_view_open(path, largest(r.options), arena, &r.view, err);
    if (status == FP_OK) {
        r.text = r.view->text;
        if (r.view->fd < 0)
            r.view = NULL;
        status = read_all(&r, arena, table, err);
    }
    if (status != FP_OK)
        fp_arena_rewind(arena, before);
    return status;
}
