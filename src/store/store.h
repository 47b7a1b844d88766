#ifndef FP_STORE_STORE_H
#define FP_STORE_STORE_H

#include "ledger/ledger.h"
#include "study/data.h"

/* The domain's tables on the ledger: imports and their rows. SQL stands only in this room, constant
 * text with bound values. Tables: import(id, seq, source, file, sha256, rows, rows_sha256,
 * superseded_by), coach_row / person_row / episode_row(import, row, line, one column a role,
 * columns as JSON); views coach, person, episode show the current version of each source. */

typedef struct {
    int64_t id;
    int64_t seq;        /* the event */
    const char *source; /* "people" */
    const char *file;
    const char *sha256;
    int64_t rows;
    const char *rows_sha256;
    const char *at_utc;
    bool current;
} fp_import;

typedef enum { FP_IMPORT_UNCHANGED, FP_IMPORT_NEW, FP_IMPORT_CHANGED } fp_import_outcome;

/* Import one source: where the current import of it has the same file hash and the same mapping,
 * nothing happens; otherwise one event {source, file, sha256, mapping, rows, rows_sha256} and its
 * rows, in one transaction begun and committed here unless one is open already.
 * rows_sha256: over the canonical JSON array of each row's texts, a newline after each. */
FP_MUST_USE fp_status fp_store_import(fp_ledger *ledger, const fp_source *source, const char *actor,
                                      const char *why, fp_import_outcome *outcome, int64_t *import,
                                      fp_err *err);
/* Hash and mapping of the current import of a source, to decide without reading the rows; FP_OK
 * with found = false where there is none. */
FP_MUST_USE fp_status fp_store_current(fp_ledger *ledger, fp_source_kind kind, fp_arena *arena,
                                       bool *found, fp_import *import, fp_err *err);
/* Rows of the current import of a source, as they were written. An absent source gives rows 0, file
 * NULL. */
FP_MUST_USE fp_status fp_store_load(fp_ledger *ledger, const fp_protocol *protocol,
                                    fp_source_kind kind, fp_arena *arena, fp_source *source,
                                    fp_err *err);
/* All imports, oldest first. */
FP_MUST_USE fp_status fp_store_imports(fp_ledger *ledger, fp_arena *arena, ptrdiff_t *count,
                                       const fp_import **imports, fp_err *err);
/* Chain, and for every import: the number of rows and rows_sha256 recomputed. FP_CHECK names the
 * first thing that does not fit. */
FP_MUST_USE fp_status fp_store_verify(fp_ledger *ledger, int64_t *events, int64_t *rows,
                                      fp_err *err);

#endif
