#ifndef FP_LEDGER_LEDGER_H
#define FP_LEDGER_LEDGER_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/progress.h"
#include "base/str.h"

/* The log of a study: a SQLite database with one table of events, each chained to the one before by
 * SHA-256. Tables that one queries are applied from an event in the same transaction: all of it is
 * there, or nothing. A handle is used by one thread. */
typedef struct fp_ledger fp_ledger;

typedef struct {
    int64_t seq;        /* 1, 2, ... without holes */
    const char *at_utc; /* 2026-11-21T20:44:18Z */
    const char *actor;
    const char *kind; /* "import" */
    const char *why;  /* "" where not said */
    const char *body; /* canonical JSON (RFC 8785) */
    const char *prev; /* 64 hex; 64 zeros for the first */
    const char *hash; /* SHA-256 over prev and all the others (docs/ledger.md) */
} fp_event;

/* The hash of an event from its other fields: SHA-256 of the canonical JSON array
 * [seq, at_utc, actor, kind, why, body, prev], body as a text. Errors: FP_NOMEM, FP_ARG (seq beyond
 * 2^53 - 1). */
FP_MUST_USE fp_status fp_event_hash(const fp_event *event, fp_sha256 *hash, fp_err *err);

/* Open or create the database. `create` false: FP_INPUT where it does not exist. A new one can be
 * opened by its owner alone; made by root it belongs to the owner of its folder. Runs migrations:
 * the schema version is PRAGMA user_version; a database from a newer program is refused with a
 * clear message. Settings: WAL, synchronous FULL, foreign keys on, busy timeout 5 s, trusted_schema
 * off, secure_delete on (what is deleted is overwritten with zeros). Where this user may not write,
 * the database is opened for reading, and fp_ledger_begin() answers FP_INPUT. Errors: FP_INPUT (not
 * a database, not one of firstplace, newer schema), FP_BUSY (locked by another process), FP_CHECK
 * (damaged), FP_IO. `ledger` must be closed. */
FP_MUST_USE fp_status fp_ledger_open(const char *path, bool create, fp_ledger **out, fp_err *err);
/* Open an existing database only to look at it: it is not changed, moved to a newer schema, nor are
 * files made beside it where no other process has it open. Errors: as fp_ledger_open. */
FP_MUST_USE fp_status fp_ledger_open_to_read(const char *path, fp_ledger **out, fp_err *err);
/* Open an existing database of this schema or an older one for its events alone: it stays of the
 * schema that it is of. What its write-ahead log holds is in it after the close, where no other
 * process has it open. Errors: as fp_ledger_open. */
FP_MUST_USE fp_status fp_ledger_open_as_found(const char *path, fp_ledger **out, fp_err *err);
void fp_ledger_close(fp_ledger *ledger);
void fp_ledger_cleanup(fp_ledger **ledger);
/* The clock of a handle, in seconds since 1970 UTC; NULL = the system's. */
void fp_ledger_clock(fp_ledger *ledger, int64_t (*now)(void *), void *context);
/* Copy the database as it is at this moment into a new file, which only its owner may read, while
 * others go on reading and writing (SQLite's online backup). The file is whole and on the disk, or
 * not there. Errors: FP_INPUT (`to` exists, cannot be made), FP_IO (disk full), FP_NOMEM. */
FP_MUST_USE fp_status fp_ledger_copy(fp_ledger *ledger, const char *to, fp_err *err);
/* Whom to tell how far long work on the rows is; NULL = nobody. Borrowed. */
void fp_ledger_tell(fp_ledger *ledger, fp_progress *progress);
fp_progress *fp_ledger_progress(const fp_ledger *ledger);
/* The connection, for the room `store` only. */
sqlite3 *fp_ledger_db(fp_ledger *ledger);
/* The path as opened, for messages. Borrowed. */
const char *fp_ledger_path(const fp_ledger *ledger);

/* A transaction (BEGIN IMMEDIATE). Anything not committed is rolled back by fp_ledger_rollback or
 * when the process dies. */
FP_MUST_USE fp_status fp_ledger_begin(fp_ledger *ledger, fp_err *err);
FP_MUST_USE fp_status fp_ledger_commit(fp_ledger *ledger, fp_err *err);
void fp_ledger_rollback(fp_ledger *ledger);
/* End it: commit where `status` is FP_OK, undo it and hand `status` up otherwise. */
FP_MUST_USE fp_status fp_ledger_finish(fp_ledger *ledger, fp_status status, fp_err *err);
/* Whether a transaction is open. */
bool fp_ledger_in_transaction(fp_ledger *ledger);
/* Append an event inside a transaction. `body` must be canonical JSON. All events of a transaction
 * have one time, that of the first. Where the clock stands before the time of the event that is
 * last in the log, an event `clock-set-back` {clock, last} of the actor "firstplace" goes before
 * it: times go back nowhere without a word.
 * out  seq   its number.  Errors: FP_INTERNAL outside a transaction, FP_ARG (a body that is not
 * canonical, text that is not UTF-8), FP_IO. */
FP_MUST_USE fp_status fp_ledger_append(fp_ledger *ledger, const char *actor, const char *kind,
                                       const char *why, const char *body, int64_t *seq,
                                       fp_err *err);
/* Walk the events in order; stops with the status that `each` returns. */
typedef fp_status (*fp_event_fn)(void *context, const fp_event *event, fp_err *err);
FP_MUST_USE fp_status fp_ledger_each(fp_ledger *ledger, fp_event_fn each, void *context,
                                     fp_err *err);
/* One event; its texts in the arena. Errors: FP_CHECK (there is none of that number), FP_NOMEM. */
FP_MUST_USE fp_status fp_ledger_event(fp_ledger *ledger, int64_t seq, fp_arena *arena,
                                      fp_event *event, fp_err *err);
/* The same from the newest to older ones: those before event `before` (0 = from the end), at most
 * `most` of them. */
FP_MUST_USE fp_status fp_ledger_recent(fp_ledger *ledger, int64_t before, int64_t most,
                                       fp_event_fn each, void *context, fp_err *err);
/* Let SQLite check its pages, compare the tables with those that the schema makes, and recompute
 * the chain. FP_CHECK says what is damaged or which table or trigger was changed, or gives the
 * number of the first event that does not fit (changed, missing, or out of order). out events: how
 * many were checked. */
FP_MUST_USE fp_status fp_ledger_verify(fp_ledger *ledger, int64_t *events, fp_err *err);

/* Number and hash of the last event; 0 and 64 zeros in an empty log. Whoever keeps this pair
 * elsewhere (a report prints it) can tell later that the end of the log was cut off. */
FP_MUST_USE fp_status fp_ledger_head(fp_ledger *ledger, int64_t *seq, fp_sha256 *hash, fp_err *err);

/* SQLite's message as a status, for the room `store`: locked FP_BUSY; read-only, not a database
 * FP_INPUT; damaged, or tables that are not ours FP_CHECK; disk full and other I/O FP_IO; FP_NOMEM;
 * anything else FP_INTERNAL. in  doing  what failed, after "while": "writing the rows" */
FP_MUST_USE fp_status fp_ledger_fail(fp_ledger *ledger, int code, const char *doing, fp_err *err);

#endif
