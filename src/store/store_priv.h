#ifndef FP_STORE_STORE_PRIV_H
#define FP_STORE_STORE_PRIV_H

#include "ledger/sql.h"
#include "store/store.h"

enum { FP_STORE_ROLES = 7, FP_STORE_TELL = 4096 /* rows between two words of progress */ };

/* What the database knows about one kind of source: its name in events and its statements. The
 * roles stand in the order of the columns of fp_source; offset is that of the name in
 * fp_source_spec. */
typedef struct {
    const char *name;   /* "people" */
    const char *insert; /* ?1 import, ?2 row, ?3 line, ?4 columns, ?5.. the roles */
    const char *select; /* row, line, columns, the roles; of import ?1, in order of row */
    const char *orphan; /* an import that has rows but does not exist */
    int role_count;
    struct {
        const char *role; /* "start" */
        size_t offset;
    } roles[FP_STORE_ROLES];
} fp_store_table;
const fp_store_table *fp_store_table_of(fp_source_kind kind);
/* The table of a source's name, NULL where there is none. */
const fp_store_table *fp_store_table_named(const char *source);

/* How the columns of one source lie in its table: the roles that are mapped, then the carried
 * columns, which the database keeps as one canonical JSON object a row. In an arena. */
typedef struct {
    const fp_store_table *table;
    int role_count;
    int role[FP_STORE_ROLES]; /* index in table->roles of column j */
    ptrdiff_t column_count;   /* roles and carried columns */
    const char **names;       /* column_count */
    ptrdiff_t *sorted;        /* column_count - role_count: carried columns in the order of keys */
} fp_store_layout;
/* Errors: FP_INPUT (a carried column twice), FP_NOMEM. */
FP_MUST_USE fp_status fp_store_layout_of(const fp_protocol *protocol, fp_source_kind kind,
                                         fp_arena *arena, fp_store_layout *layout, fp_err *err);
/* From the mapping of an import. Errors: FP_CHECK (not a mapping), FP_NOMEM. */
FP_MUST_USE fp_status fp_store_layout_read(const char *mapping, const fp_store_table *table,
                                           fp_arena *arena, fp_store_layout *layout, fp_err *err);
FP_MUST_USE fp_status fp_store_layout_text(const fp_store_layout *layout, fp_arena *arena,
                                           const char **mapping, fp_err *err);

/* The specification of a source in the protocol. */
const fp_source_spec *fp_store_spec(const fp_protocol *protocol, fp_source_kind kind);

/* The body of an import's event. */
FP_MUST_USE fp_status fp_store_body(const fp_import *import, fp_buf *body, fp_err *err);

/* The hash over rows: one canonical array [line, text, ...] and a newline a row. */
typedef struct {
    fp_hasher hasher;
    fp_buf buf;
} fp_store_hash;
void fp_store_hash_init(fp_store_hash *hash);
void fp_store_hash_clear(fp_store_hash *hash);
FP_MUST_USE fp_status fp_store_hash_row(fp_store_hash *hash, long line, const fp_str *cells,
                                        ptrdiff_t count, fp_err *err);

/* The rows of an import, one at a time, hashed on the way. */
typedef fp_status (*fp_store_row_fn)(void *context, int64_t row, long line, const fp_str *cells,
                                     fp_err *err);
/* Walk the rows of `import`; `each` may be NULL. Cells in the order of the layout's columns,
 * borrowed for the call. Errors: FP_CHECK where their number, their order, their form or
 * rows_sha256 is not that of the import. */
FP_MUST_USE fp_status fp_store_rows(fp_ledger *ledger, const fp_import *import,
                                    const fp_store_layout *layout, fp_store_row_fn each,
                                    void *context, fp_err *err);

/* FP_CHECK, with the path of the database and what to do. */
FP_MUST_USE fp_status fp_store_changed(fp_ledger *ledger, fp_err *err, const char *format, ...)
    FP_PRINTF(3, 4);

#endif
