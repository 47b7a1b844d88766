#include <string.h>

#include "ledger/canonical.h"
#include "store/store_priv.h"

#define ROW_MAX (1024 * FP_MIB)

void fp_store_hash_init(fp_store_hash *hash)
{
    fp_hasher_init(&hash->hasher);
    fp_buf_init(&hash->buf, ROW_MAX);
}

void fp_store_hash_clear(fp_store_hash *hash)
{
    fp_buf_clear(&hash->buf);
}

fp_status fp_store_hash_row(fp_store_hash *hash, long line, const fp_str *cells, ptrdiff_t count,
                            fp_err *err)
{
    fp_buf *buf = &hash->buf;
    buf->n = 0;
    fp_buf_put_char(buf, '[');
    fp_canonical_integer(buf, line);
    for (ptrdiff_t j = 0; j < count; j++) {
        fp_buf_put_char(buf, ',');
        fp_canonical_string(buf, cells[j]);
    }
    fp_buf_put_n(buf, "]\n", 2);
    FP_TRY(fp_buf_ok(buf, err));
    fp_hasher_put(&hash->hasher, fp_buf_str(buf));
    return FP_OK;
}

/* One row as it comes from the database. */
typedef struct {
    fp_ledger *ledger;
    const fp_import *import;
    const fp_store_layout *layout;
    sqlite3_stmt *stmt;
    fp_str *cells; /* column_count */
    size_t *end;   /* of each carried column in `decoded`, in sorted order */
    fp_buf decoded;
} row_reader;

static fp_status misfit(const row_reader *reader, int64_t row, const char *what, fp_err *err)
{
    return fp_store_changed(reader->ledger, err, "row %lld of import %lld (%s) %s",
                            (long long)row + 1, (long long)reader->import->id,
                            reader->import->source, what);
}

static fp_status read_roles(row_reader *reader, int64_t row, fp_err *err)
{
    const fp_store_layout *layout = reader->layout;
    for (int r = 0, j = 0; r < layout->table->role_count; r++) {
        const char *text = "";
        bool mapped = j < layout->role_count && layout->role[j] == r;
        if (mapped == (sqlite3_column_type(reader->stmt, r + 3) == SQLITE_NULL))
            return misfit(reader, row, "does not have the columns of its import", err);
        FP_TRY(fp_sql_column_text(reader->ledger, reader->stmt, r + 3, &text, err));
        if (mapped)
            reader->cells[j++] = fp_str_of(text);
    }
    return FP_OK;
}

/* {"age":"34","sex":"f"} with exactly the carried columns. */
static bool decode_columns(row_reader *reader, fp_str rest)
{
    const fp_store_layout *layout = reader->layout;
    fp_buf *buf = &reader->decoded;
    buf->n = 0;
    if (!fp_canonical_take(&rest, "{"))
        return false;
    for (ptrdiff_t k = 0; k < layout->column_count - layout->role_count; k++) {
        size_t start = buf->n;
        if ((k > 0 && !fp_canonical_take(&rest, ",")) || !fp_canonical_take_string(&rest, buf))
            return false;
        fp_str key = {buf->p + start, buf->n - start};
        if (!fp_str_is(key, layout->names[layout->sorted[k]]))
            return false;
        buf->n = start;
        if (!fp_canonical_take(&rest, ":") || !fp_canonical_take_string(&rest, buf))
            return false;
        reader->end[k] = buf->n;
    }
    return fp_str_is(rest, "}");
}

static fp_status read_columns(row_reader *reader, int64_t row, fp_err *err)
{
    const fp_store_layout *layout = reader->layout;
    const char *text;
    FP_TRY(fp_sql_column_text(reader->ledger, reader->stmt, 2, &text, err));
    bool good = decode_columns(reader, fp_str_of(text));
    FP_TRY(fp_buf_ok(&reader->decoded, err));
    if (!good)
        return misfit(reader, row, "does not have the columns of its import", err);
    size_t start = 0;
    for (ptrdiff_t k = 0; k < layout->column_count - layout->role_count; k++) {
        reader->cells[layout->sorted[k]] =
            (fp_str){reader->decoded.p + start, reader->end[k] - start};
        start = reader->end[k];
    }
    return FP_OK;
}

static fp_status walk(row_reader *reader, fp_store_hash *hash, fp_store_row_fn each, void *context,
                      fp_err *err)
{
    static const char doing[] = "reading the rows";
    const fp_import *import = reader->import;
    for (int64_t row = 0;; row++) {
        bool more = false;
        if (row % FP_STORE_TELL == FP_STORE_TELL - 1)
            fp_progress_add(fp_ledger_progress(reader->ledger), FP_STORE_TELL);
        FP_TRY(fp_sql_step(reader->ledger, reader->stmt, doing, &more, err));
        if (!more && row < import->rows)
            return misfit(reader, row, "is missing", err);
        if (!more)
            return FP_OK;
        if (sqlite3_column_int64(reader->stmt, 0) > row && row < import->rows)
            return misfit(reader, row, "is missing", err);
        if (sqlite3_column_int64(reader->stmt, 0) != row || row >= import->rows)
            return misfit(reader, sqlite3_column_int64(reader->stmt, 0), "should not be there",
                          err);
        long line = (long)sqlite3_column_int64(reader->stmt, 1);
        FP_TRY(read_roles(reader, row, err));
        FP_TRY(read_columns(reader, row, err));
        FP_TRY(fp_store_hash_row(hash, line, reader->cells, reader->layout->column_count, err));
        if (each)
            FP_TRY(each(context, row, line, reader->cells, err));
    }
}

static void clear_decoded(row_reader *reader)
{
    fp_buf_clear(&reader->decoded);
}

fp_status fp_store_rows(fp_ledger *ledger, const fp_import *import, const fp_store_layout *layout,
                        fp_store_row_fn each, void *context, fp_err *err)
{
    static const char doing[] = "reading the rows";
    FP_ARENA_SCOPED(scratch, 16 * FP_MIB, err);
    FP_SQL_SCOPED(stmt);
    __attribute__((cleanup(clear_decoded)))
    row_reader reader = {.ledger = ledger, .import = import, .layout = layout};
    __attribute__((cleanup(fp_store_hash_clear))) fp_store_hash hash;
    fp_store_hash_init(&hash);
    fp_buf_init(&reader.decoded, ROW_MAX);
    FP_ARRAY(reader.cells, scratch, layout->column_count, err);
    FP_ARRAY(reader.end, scratch, layout->column_count, err);
    FP_TRY(fp_sql_prepare(ledger, layout->table->select, doing, &stmt, err));
    int code = sqlite3_bind_int64(stmt, 1, import->id);
    if (code != SQLITE_OK)
        return fp_ledger_fail(ledger, code, doing, err);
    reader.stmt = stmt;
    fp_progress_begin(fp_ledger_progress(ledger), "reading the rows of", import->source,
                      import->rows);
    fp_status status = walk(&reader, &hash, each, context, err);
    fp_progress_end(fp_ledger_progress(ledger));
    FP_TRY(status);
    if (strcmp(fp_hasher_finish(&hash.hasher).hex, import->rows_sha256) == 0)
        return FP_OK;
    return fp_store_changed(ledger, err,
                            "the rows of import %lld (%s, %s) are not those that were "
                            "imported",
                            (long long)import->id, import->source, import->file);
}
