#ifndef FP_RUN_RUN_H
#define FP_RUN_RUN_H

#include "store/store.h"
#include "study/power.h"
#include "study/results.h"

/* One function a verb of the study, shared by the command line and, later, the web. Each appends
 * what there is to say to `out` (English text, or the JSON, CSV or HTML asked for) and prints
 * nothing itself. */

/* Where the rows come from. */
typedef enum {
    FP_OPEN_FILES, /* the source files as they are now; study.db is not made, and read only for the
                      arms of a plan that draws them itself */
    FP_OPEN_NOSTORE, /* the same, once study.db is seen to hold nothing but imports of them */
    FP_OPEN_STORE,   /* import what is new or changed, then read the rows from study.db */
} fp_open_mode;

typedef struct {
    fp_open_mode mode;
    const char *why; /* in FP_OPEN_STORE: the reason for the log; NULL = none */
    fp_work work;    /* threads, and whom to tell how far it is */
} fp_open_options;

typedef struct {
    const char *folder;
    fp_arena *arena;
    fp_protocol protocol;
    fp_sha256 protocol_sha256;
    fp_ledger *ledger; /* NULL but in FP_OPEN_STORE */
    fp_study_data data;
    fp_problems problems; /* every problem found, also the notes */
    ptrdiff_t left_out;   /* people who withdrew with the rule `remove`: in no data */
    fp_import_outcome import[FP_SOURCE_COUNT]; /* in FP_OPEN_STORE */
} fp_study;

/* Open a study folder: read and check study.yaml and every source; in FP_OPEN_STORE import them,
 * all in one transaction. Nothing is written while anything is wrong.
 * in      options  NULL = zeroed: FP_OPEN_FILES, all processors
 * in/out  study    zeroed; to be closed with fp_study_close whatever the outcome
 * Errors: FP_INPUT (the first problem; all stand in study->problems; in FP_OPEN_NOSTORE also a
 * study.db that holds what no file does), FP_IO, FP_NOMEM. */
FP_MUST_USE fp_status fp_study_open(const char *folder, const fp_open_options *options,
                                    fp_arena *arena, fp_study *study, fp_err *err);
void fp_study_close(fp_study *study);

/* `new`: write a commented starting folder with CSV templates (a small made-up study that can be
 * checked and reported at once). Errors: FP_INPUT where the folder exists and is not empty, FP_IO.
 */
FP_MUST_USE fp_status fp_run_new(const char *folder, fp_buf *out, fp_err *err);

/* `check`: a dry run with a report of rows, ranges and repairs. Nothing is written. The study is
 * opened here; problems stand in study->problems. */
FP_MUST_USE fp_status fp_run_check(const char *folder, fp_arena *arena, fp_study *study,
                                   fp_buf *out, fp_err *err);

/* `import`: what was imported, in words. */
FP_MUST_USE fp_status fp_run_import(const fp_study *study, fp_buf *out, fp_err *err);

/* `outcomes`. Without a choice: a summary. */
typedef enum {
    FP_OUTCOMES_SUMMARY,
    FP_OUTCOMES_CSV,
    FP_OUTCOMES_EXPLAIN,
    FP_OUTCOMES_COUNTS,
    FP_OUTCOMES_SENSITIVITY,
} fp_outcomes_view;
/* in  outcome  id, NULL = all (csv) or the first (others)
 * in  person   for FP_OUTCOMES_EXPLAIN.  Errors: FP_USAGE (unknown person or outcome). */
FP_MUST_USE fp_status fp_run_outcomes(const fp_study *study, fp_outcomes_view view,
                                      const char *outcome, const char *person, fp_buf *out,
                                      fp_err *err);

/* `analyse`: every analysis of the plan as written. `strict`: FP_OUTCOME where one could not be
 * estimated. */
FP_MUST_USE fp_status fp_run_analyse(const fp_study *study, const fp_results_options *options,
                                     bool json, fp_buf *out, bool *unusable, fp_err *err);

/* `analyse --rules grid`: one analysis under a grid of outcome rules (study/grid.h). */
typedef enum { FP_GRID_TEXT, FP_GRID_CSV, FP_GRID_JSON } fp_grid_view;
typedef struct {
    fp_grid_view view;
    const char *analysis; /* id; NULL = the first primary one */
    fp_buf *figure;       /* SVG is appended; NULL = none is made */
} fp_grid_options;
/* With FP_GRID_JSON the analyses of the plan are printed too. unusable: the pre-registered rule
 * gives no estimate. Errors: as fp_grid_compute; FP_INPUT (a figure with nothing to draw). */
FP_MUST_USE fp_status fp_run_grid(const fp_study *study, const fp_results_options *results,
                                  const fp_grid_options *options, fp_buf *out, bool *unusable,
                                  fp_err *err);

/* `report`: the HTML.  in language NULL = the study's.  in blinded: with the arms shuffled, anew in
 * every call, within the allocations that the design could have produced
 * (docs/methods/plan-lock.md); then also FP_INPUT where nothing was drawn by lot. */
FP_MUST_USE fp_status fp_run_report(const fp_study *study, const fp_results_options *options,
                                    const char *language, bool blinded, fp_buf *out, fp_err *err);
/* `report --check`: compare a report with what the data give now, under the report's own seed; of a
 * blinded one the files and the counts of all people together.
 * FP_CHECK where a number (by id, at printed precision) or the hash of an input differs; `out` says
 * which. */
FP_MUST_USE fp_status fp_run_report_check(const fp_study *study, const fp_results_options *options,
                                          const char *path, fp_buf *out, fp_err *err);

/* `trace`: from a number down to the raw rows. FP_USAGE for an id there is not (nearest in the
 * hint). `id` NULL: list all ids with their values. */
FP_MUST_USE fp_status fp_run_trace(const fp_study *study, const fp_results_options *options,
                                   const char *id, fp_buf *out, fp_err *err);

/* `randomise`: draw the arms of a study and keep the draw honest (docs/methods/allocation.md).
 * commit  make a secret, publish its commitment, and log the encrypted list
 * reveal  tell the arm of one unit, and log that it was told
 * open    log the secret, so that anybody can derive the list
 * verify  derive everything again; FP_CHECK where something does not fit
 * status  what was committed and revealed
 * add     a coach who comes after the draw: drawn from a stream of its own, told and logged at once
 * leave, replace, move, correct   what happened to coaches and people since: logged, and analysed
 *         as randomised (study/changes.h) */
typedef enum {
    FP_RANDOMISE_STATUS,
    FP_RANDOMISE_COMMIT,
    FP_RANDOMISE_REVEAL,
    FP_RANDOMISE_OPEN,
    FP_RANDOMISE_VERIFY,
    FP_RANDOMISE_ADD,
    FP_RANDOMISE_LEAVE,
    FP_RANDOMISE_REPLACE,
    FP_RANDOMISE_MOVE,
    FP_RANDOMISE_CORRECT,
} fp_randomise_action;
typedef struct {
    fp_randomise_action action;
    const char *secret_file; /* commit, reveal, open, add: needed; verify: before it is opened */
    const char *unit;        /* reveal, add, leave, replace: a coach; move, correct: a person */
    const char *to;          /* replace, move, correct: a coach */
    const char *date;        /* leave, replace, move: the day on which it happened */
    const char *why;         /* for the log, "" = not said */
    int threads;
} fp_randomise_options;
/* Errors: FP_USAGE (no secret file where one is needed), FP_INPUT (nothing to draw in the plan,
 * committed already, nothing committed, a unit that is not there or was revealed before, a secret
 * of another study, a secret file inside the study folder or that exists already, plan or coaches
 * changed since the commitment, a change that cannot be), FP_CHECK, FP_IO, FP_NOMEM. Nothing is
 * written on an error. */
FP_MUST_USE fp_status fp_run_randomise(const char *folder, const fp_randomise_options *options,
                                       fp_arena *arena, fp_buf *out, fp_err *err);

/* `power --as-planned`: what the plan of a study could find; study.yaml alone is read.
 * in  target    power for which hazard ratios are solved
 * in  language  NULL = text or JSON; "en" or "nl": the paragraph for a protocol
 * Errors: FP_INPUT (study.yaml, or what it does not say), FP_NOMEM. */
FP_MUST_USE fp_status fp_run_power(const char *folder, const fp_power_options *options,
                                   double target, bool json, const char *language, fp_arena *arena,
                                   fp_buf *out, fp_err *err);

/* `lock`: the hash and a copy of the plan as an event of the log (docs/methods/plan-lock.md). A
 * plan that is locked as it is: nothing is written; one that changed since: an amendment, which
 * needs a reason. `status`: only what was locked, and what differs. study.yaml alone is read.
 * Errors: FP_USAGE (an amendment without a reason), FP_INPUT (study.yaml, a locked database),
 * FP_CHECK (a lock in the log that does not fit), FP_IO, FP_NOMEM. Nothing is written on an error.
 */
typedef struct {
    bool status, json;
    const char *why; /* "" = not said */
} fp_lock_options;
FP_MUST_USE fp_status fp_run_lock(const char *folder, const fp_lock_options *options,
                                  fp_arena *arena, fp_buf *out, fp_err *err);

/* `key`: the master key under which identities lie (store/vault.h, docs/privacy.md).
 * new     make one in a new file, in no study folder; prints its id
 * show    which key a study uses
 * rotate  wrap every person's key under another one
 * lost    the old one is gone: drop what nobody can open, and go on with another one */
typedef enum { FP_KEY_NEW, FP_KEY_SHOW, FP_KEY_ROTATE, FP_KEY_LOST } fp_key_action;
typedef struct {
    fp_key_action action;
    const char *what;     /* the file of a new key, or the study */
    const char *key_file; /* rotate: the key in use; NULL = from the environment */
    const char *to;       /* rotate, lost: the file of the other key */
} fp_key_options;
/* Errors: FP_USAGE (no --to), FP_INPUT (a file that is there already, lies in a study folder or is
 * no key; the wrong key), FP_CHECK (what does not open), FP_IO. Nothing is changed on an error.
 * Where only the clearing of old pages has to wait, `out` says so. */
FP_MUST_USE fp_status fp_run_key(const fp_key_options *options, fp_buf *out, fp_err *err);

/* `verify`: the chain of events, the rows of every import, and whether the source files are still
 * those that were imported. FP_CHECK where something does not fit. */
FP_MUST_USE fp_status fp_run_verify(const char *folder, fp_arena *arena, fp_buf *out, fp_err *err);

/* `backup`: a copy of study.db as it is at one moment, also while others write in it, verified.
 * out: its number of events and rows, the last hash, the SHA-256 of the file. Errors: FP_INPUT (no
 * database, `file` exists or cannot be made), FP_CHECK (what was copied does not fit), FP_BUSY,
 * FP_IO. On an error there is no file. */
FP_MUST_USE fp_status fp_run_backup(const char *folder, const char *file, fp_arena *arena,
                                    fp_buf *out, fp_err *err);
/* `restore`: put a backup into a study folder once it is verified. A database that is there is
 * replaced only with `replace`, while nobody has it open, and kept beside it; the event
 * database-restored {replaced_events, replaced_hash, same_events} tells that events were lost by
 * it; a member that nobody can know, the old one being damaged, is left out. `out` names whom the
 * backup undoes something for (store/undone.h). Killed at any moment the study has the one or the
 * other. Errors: FP_INPUT (no backup, no folder, a database is there), FP_CHECK (the backup does
 * not fit), FP_BUSY (a server or another command has the database open), FP_IO. On an error nothing
 * changed. */
FP_MUST_USE fp_status fp_run_restore(const char *file, const char *folder, bool replace,
                                     fp_arena *arena, fp_buf *out, fp_err *err);

#endif
