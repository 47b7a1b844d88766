#ifndef FP_STUDY_PLAN_H
#define FP_STUDY_PLAN_H

#include "study/protocol.h"

/* The plan as it is locked: every setting of study.yaml that decides what is analysed and how, as a
 * flat list of fields with a path each, and how two such lists differ. docs/methods/plan-lock.md.
 */

/* One setting. Paths name keys, and elements of lists by their id: "analysis.primary_ips.formula".
 * A list of maps has a field of its own too, with the ids in their order: "analysis". */
typedef struct {
    const char *path;
    ptrdiff_t count; /* >= 1 */
    const char *const *text;
    bool written; /* stands in study.yaml: not only a default; false in a lock */
} fp_plan_field;

typedef struct {
    ptrdiff_t count;
    const fp_plan_field *fields; /* byte order of the path */
} fp_plan_copy;

/* Copy the plan out of a protocol.
 * Method: the schema table of study.yaml is walked over the values that were read, so that a key
 *         that the schema gains is in the copy by itself. Defaults count as written; durations in
 *         days; what only people read is left out: study.title, study.language and
 *         study.registration, comments and the order of keys.
 * in    protocol  without errors; read by fp_protocol_read
 * out   copy      in `arena`
 * Errors: FP_NOMEM. Thread-safe: yes. */
FP_MUST_USE fp_status fp_plan_copy_of(const fp_protocol *protocol, fp_arena *arena,
                                      fp_plan_copy *copy, fp_err *err);
/* The value of a field for people: its texts joined by ", "; NULL for NULL. Errors: NULL = no
 * memory. */
const char *fp_plan_text(const fp_plan_field *field, fp_arena *arena, fp_err *err);

/* One lock of the plan in the log: the first, or an amendment. */
typedef struct {
    int64_t seq;
    const char *at_utc, *actor, *why;
    const char *sha256;      /* of the canonical JSON of the copy */
    int64_t outcomes_import; /* first import of episodes that the log had then, 0 = none */
    fp_plan_copy copy;
} fp_plan_lock;

/* What kind of thing differs. One table gives enum and key. */
#define FP_DEVIATION_MAP(X)                                                                        \
    X(FORMULA, "formula")                                                                          \
    X(COVARIATES, "covariates") /* a formula that differs only in terms without a factor */        \
    X(EFFECT, "effect")                                                                            \
    X(SMALL_SAMPLE, "small-sample")                                                                \
    X(MODEL, "model")                                                                              \
    X(ANALYSIS, "analysis") /* role, margin, outcome, order, ... */                                \
    X(ADDED, "analysis-added")                                                                     \
    X(REMOVED, "analysis-removed")                                                                 \
    X(RULE, "rule")                                                                                \
    X(POPULATION, "population") /* sources, columns, follow-up, outcomes, waves */                 \
    X(DESIGN, "design")                                                                            \
    X(DATES, "dates") /* the plan was locked after outcomes were imported */
typedef enum {
#define X(name, key) FP_DEVIATION_##name,
    FP_DEVIATION_MAP(X)
#undef X
} fp_deviation_kind;
const char *fp_deviation_key(fp_deviation_kind kind);

typedef struct {
    fp_deviation_kind kind;
    const char *what;          /* path in study.yaml; "order of dates" */
    const char *planned, *now; /* NULL = not there */
    const fp_plan_lock *since; /* the amendment that brought it; NULL = in no lock */
} fp_deviation;

/* What the log says of the plan, and how far study.yaml is from it now. */
typedef struct {
    ptrdiff_t lock_count;
    const fp_plan_lock *locks; /* oldest first */
    const fp_plan_lock *base;  /* the lock that deviations are counted from: the last one before
                                  outcomes were imported, else the first; NULL = not locked */
    bool before_outcomes;      /* the plan was locked before any episodes were imported */
    int64_t outcomes_import;   /* event of the first import of episodes, 0 = none */
    const char *outcomes_at;   /* its date; NULL = none */
    ptrdiff_t deviation_count;
    const fp_deviation *deviations;
} fp_plan_state;

/* Fill base, before_outcomes and the deviations from the locks and the plan as it is now.
 * Formulas and effects are compared without white space. A default of a key that the copy of a lock
 * does not know, from a program that had no such key, is no difference. A difference is `since` the
 * first lock from which on all locks say what is said now. in/out  state  lock_count, locks,
 * outcomes_import, outcomes_at given. Errors: FP_NOMEM. Cost: O(locks fields). */
FP_MUST_USE fp_status fp_plan_compare(const fp_plan_copy *now, fp_arena *arena,
                                      fp_plan_state *state, fp_err *err);
#endif
