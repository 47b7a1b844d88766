#ifndef FP_STORE_ALLOCATION_H
#define FP_STORE_ALLOCATION_H

#include "ledger/ledger.h"
#include "study/draw.h"

/* The draw of a study in its log. Its kinds of event:
 *   allocation-commit  {commitment, limit, list, statement}: what is drawn from (the statement, in
 *                      clear), SHA-256 over statement and secret, the largest balance score that
 *                      is drawn ("" = no constraint), and the list, encrypted
 *   allocation-reveal  {arm, commit, place, stratum, unit}: one unit learns its arm
 *   allocation-open    {commit, secret}: from here on everybody can derive the list
 *   allocation-add     as a reveal: a coach who came after the draw, drawn and told at once
 *   allocation-leave, -replace, -move, -correct   {commit, date, from, to, unit}: see fp_change
 * Nobody can change the list after the commitment without changing its hash, and nobody without the
 * secret can read ahead in it. docs/methods/allocation.md, docs/ledger.md. */

typedef struct {
    const char *unit, *arm;
    const char *stratum; /* people drawn one by one; "" for clusters */
    int64_t place;       /* from 0 in the stratum, -1 for clusters */
    int64_t seq;
    const char *at_utc, *actor;
    bool late; /* a coach who came after the draw: stratum and place among the late ones */
} fp_reveal;

typedef struct {
    int64_t commit; /* number of the event, 0 = nothing is committed */
    const char *commitment, *limit, *list, *statement, *at_utc, *actor;
    ptrdiff_t reveal_count;
    const fp_reveal *reveals; /* in the order of the log */
    const char *secret;       /* opened; NULL = not */
    ptrdiff_t change_count;
    const fp_change *changes; /* in the order of the log */
} fp_allocation_log;

/* Read the log. Errors: FP_CHECK (an event that is not of this form), FP_NOMEM. Cost: O(events). */
FP_MUST_USE fp_status fp_allocation_read(fp_ledger *ledger, fp_arena *arena, fp_allocation_log *log,
                                         fp_err *err);
/* The reveal of a unit, NULL where it has none. */
const fp_reveal *fp_allocation_find(const fp_allocation_log *log, const char *unit);

/* Whether a coach was in the draw that was committed. */
bool fp_allocation_drew(const fp_allocation_log *log, const char *coach);
/* Whether a change can follow the first `before` changes of the log: coaches that are there, once
 * left or replaced, a day that is not in the future and not before the draw.
 * today  as of the caller's clock.  Errors: FP_INPUT with the reason. */
FP_MUST_USE fp_status fp_allocation_admits(const fp_allocation_log *log, ptrdiff_t before,
                                           const fp_change *change, fp_day today, fp_err *err);
/* Every change of the log against those before it. FP_CHECK names the first that does not fit. */
FP_MUST_USE fp_status fp_allocation_check_changes(const fp_allocation_log *log, fp_err *err);
/* "leave", "replace", ...: the kind of the event after "allocation-". */
const char *fp_change_word(fp_change_kind kind);
/* The day of an event from its at_utc; FP_DAY_NONE where it is none. */
fp_day fp_event_day(const char *at_utc);

/* Append one event, inside a transaction. limit: NaN = no constraint. */
FP_MUST_USE fp_status fp_allocation_commit(fp_ledger *ledger, const char *actor, const char *why,
                                           const char *commitment, double limit, const char *list,
                                           const char *statement, fp_err *err);
FP_MUST_USE fp_status fp_allocation_reveal(fp_ledger *ledger, const char *actor, const char *why,
                                           int64_t commit, const fp_reveal *reveal, fp_err *err);
FP_MUST_USE fp_status fp_allocation_change(fp_ledger *ledger, const char *actor, const char *why,
                                           int64_t commit, const fp_change *change, fp_err *err);
FP_MUST_USE fp_status fp_allocation_open(fp_ledger *ledger, const char *actor, const char *why,
                                         int64_t commit, const char *secret, fp_err *err);

/* What is drawn from, as canonical JSON: study, method, ratio, block sizes, keep, balance and
 * weights, strata, arms, and for clusters every unit with its stratum and covariates as written.
 * draw  NULL = people one by one. */
FP_MUST_USE fp_status fp_allocation_statement(const fp_protocol *protocol, const fp_draw *draw,
                                              fp_arena *arena, const char **statement, fp_err *err);
/* SHA-256 over the statement, a newline and the secret. */
fp_sha256 fp_allocation_commitment(const char *statement, const char *secret);
/* A secret of 256 random bits from the operating system. */
void fp_allocation_secret(char out[FP_SECRET_DIGITS + 1]);
/* fp_seed_fn. */
uint64_t fp_allocation_seed(const char *study, const char *purpose, const char *secret);
/* The arms of the units, encrypted under the secret (XSalsa20-Poly1305), and back.
 * Errors: FP_CHECK (not encrypted under this secret, or changed), FP_NOMEM. */
FP_MUST_USE fp_status fp_allocation_seal(const fp_draw *draw, const int32_t *arm,
                                         const char *secret, fp_arena *arena, const char **list,
                                         fp_err *err);
FP_MUST_USE fp_status fp_allocation_unseal(const fp_draw *draw, const char *list,
                                           const char *secret, fp_arena *arena, int32_t *arm,
                                           fp_err *err);

#endif
