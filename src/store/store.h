#ifndef FP_STORE_STORE_H
#define FP_STORE_STORE_H

#include "ledger/ledger.h"
#include "study/data.h"

/* The domain's tables on the ledger: imports and their rows. SQL stands only in this room and in
 * ledger, constant text with bound values. Tables: import(id, source, file, sha256, mapping, rows,
 * rows_sha256, superseded_by), its id being the number of its event; coach_row / person_row /
 * episode_row(import, row, line, one column a role, columns as JSON); views coach, person, episode
 * show the current version of each source. A ledger is used by one thread. */

typedef struct {
    int64_t id;
    int64_t seq;        /* the event; the same number as id */
    const char *source; /* "people" */
    const char *file;
    const char *sha256;
    int64_t rows;
    const char *rows_sha256;
    const char *at_utc;
    bool current;
    const char *mapping; /* canonical JSON: {"columns":["age"],"id":"person"} */
    const char *actor;
    const char *why;
} fp_import;

typedef enum { FP_IMPORT_UNCHANGED, FP_IMPORT_NEW, FP_IMPORT_CHANGED } fp_import_outcome;

/* Import one source: where the current import of it has the same file hash and the same mapping,
 * nothing happens; otherwise one event {source, file, sha256, mapping, rows, rows_sha256} and its
 * rows, in one transaction begun and committed here unless one is open already (then the caller
 * rolls it back on failure).
 * rows_sha256: over the canonical JSON array [line, text, text, ...] of each row, a newline after
 * each; the texts stand in the order of the columns of `source`.
 * in    protocol  says which column plays which role
 * in    source    as fp_source_read made it; file NULL (absent): nothing happens, *import is 0
 * out   import    id of the current import afterwards
 * Errors: FP_ARG (columns that are not those of the protocol, a name twice, text that is not
 * UTF-8), FP_BUSY (locked), FP_IO (disk full), FP_NOMEM.
 * Cost: O(cells), two passes; the rows go in by one prepared statement. */
FP_MUST_USE fp_status fp_store_import(fp_ledger *ledger, const fp_protocol *protocol,
                                      const fp_source *source, const char *actor, const char *why,
                                      fp_import_outcome *outcome, int64_t *import, fp_err *err);
/* The column mapping of a source as an import writes it: compare with fp_import.mapping. */
FP_MUST_USE fp_status fp_store_mapping(const fp_protocol *protocol, fp_source_kind kind,
                                       fp_arena *arena, const char **mapping, fp_err *err);
/* Hash and mapping of the current import of a source, to decide without reading the rows; FP_OK
 * with found = false where there is none. */
FP_MUST_USE fp_status fp_store_current(fp_ledger *ledger, fp_source_kind kind, fp_arena *arena,
                                       bool *found, fp_import *import, fp_err *err);
/* Rows of the current import of a source, as they were written. An absent source gives rows 0, file
 * NULL. Errors: FP_INPUT (imported under another mapping than the protocol now has: import it
 * again), FP_CHECK (rows that are not those of the import), FP_NOMEM. */
FP_MUST_USE fp_status fp_store_load(fp_ledger *ledger, const fp_protocol *protocol,
                                    fp_source_kind kind, fp_arena *arena, fp_source *source,
                                    fp_err *err);
/* Whether the log holds events that bear on the analysis and are neither imports nor locks of the
 * plan, so that study.yaml and the source files alone are not the study. Accounts, keys, clients,
 * identities, the clock and backups do not bear on it; a withdrawn consent does. out  kind  of the
 * first one, cut to `size` bytes; "" = none */
FP_MUST_USE fp_status fp_store_beyond_imports(fp_ledger *ledger, char *kind, size_t size,
                                              fp_err *err);
/* What stood in a carried column, row by row, oldest import first: from the version that was
 * current at event `since` (or the first one) up to now. Texts borrowed for the call. Errors: as
 * fp_store_load. */
typedef fp_status (*fp_store_seen_fn)(void *context, int64_t import, fp_str id, fp_str value,
                                      fp_err *err);
FP_MUST_USE fp_status fp_store_seen(fp_ledger *ledger, fp_source_kind kind, const char *column,
                                    int64_t since, fp_store_seen_fn each, void *context,
                                    fp_err *err);
/* All imports, oldest first. */
FP_MUST_USE fp_status fp_store_imports(fp_ledger *ledger, fp_arena *arena, ptrdiff_t *count,
                                       const fp_import **imports, fp_err *err);
/* Chain, every lock of the plan, and for every import: the number of rows and rows_sha256
 * recomputed. FP_CHECK names the
 * first thing that does not fit. */
FP_MUST_USE fp_status fp_store_verify(fp_ledger *ledger, int64_t *events, int64_t *rows,
                                      fp_err *err);

#endif
