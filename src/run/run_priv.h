#ifndef FP_RUN_RUN_PRIV_H
#define FP_RUN_RUN_PRIV_H

#include <limits.h>

#include <jansson.h>

#include "run/run.h"
#include "store/allocation.h"
#include "study/grid.h"
#include "study/plan.h"

/* folder/name. Errors: FP_INPUT (too long). */
FP_MUST_USE fp_status fp_study_path(const char *folder, const char *name, char out[PATH_MAX],
                                    fp_err *err);
/* Read and check study.yaml alone: folder, arena, protocol, its hash and the problems of `study`.
 * Errors: as fp_study_open. */
FP_MUST_USE fp_status fp_study_open_plan(const char *folder, fp_arena *arena, fp_study *study,
                                         fp_err *err);
/* The data with other arms: drawn uniformly from the allocations that the design could have
 * produced, by random numbers that are kept nowhere. Clusters: those of the permutation tests
 * (every arm of every stratum keeps its size, within the constraint of the draw). People one by
 * one: a new list by the method, the strata and the blocks of the plan, or where they were drawn
 * elsewhere a shuffle within the strata. in/out  data  a copy of study->data; coaches and people
 * are replaced, in study->arena Errors: FP_INPUT (a design in which nothing was drawn by lot; a
 * unit that was not told its arm), FP_NOMEM. */
FP_MUST_USE fp_status fp_study_blind(const fp_study *study, fp_study_data *data, fp_err *err);
/* What the log says of the plan, and how far study.yaml is from it: from the database that is open,
 * or from the one that lies there; without one the plan is not locked.
 * Errors: as fp_ledger_open_to_read and fp_plan_log_read. */
FP_MUST_USE fp_status fp_study_plan_state(const fp_study *study, fp_plan_state *state, fp_err *err);
/* One line on the lock, and every deviation. */
void fp_plan_words(const fp_plan_state *state, fp_buf *out);
/* Add `plan`, `deviations` and `warnings` to the object. FP_NOMEM. */
FP_MUST_USE fp_status fp_plan_json(const fp_plan_state *state, json_t *root, fp_err *err);
/* The object that `analyse --json` prints; on success the caller's. Errors: as fp_run_analyse. */
FP_MUST_USE fp_status fp_analyse_json(const fp_study *study, const fp_results_options *options,
                                      json_t **root, bool *unusable, fp_err *err);
/* The curve as text (registered: the planned rule was locked before outcomes), as rows with a
 * header, and as an object (NULL = no memory). */
void fp_grid_words(const fp_grid *grid, bool registered, fp_buf *out);
void fp_grid_rows(const fp_grid *grid, fp_buf *out);
json_t *fp_grid_json(const fp_grid *grid);
/* The path of study.db. Errors: FP_INPUT where there is no folder or no database in it. */
FP_MUST_USE fp_status fp_study_need_log(const char *folder, char path[PATH_MAX], fp_err *err);
/* Store the folder of a file that was renamed in it. FP_IO. */
FP_MUST_USE fp_status fp_study_sync_folder(const char *file, fp_err *err);
/* Everything that the log can prove of itself. out  events, rows  how many were checked.
 * Errors: FP_CHECK names what does not fit; as fp_store_verify. */
FP_MUST_USE fp_status fp_study_verify_log(fp_ledger *ledger, fp_arena *arena, int64_t *events,
                                          int64_t *rows, fp_err *err);
/* Print an object, whose reference is taken; NULL = FP_NOMEM. */
FP_MUST_USE fp_status fp_run_json(json_t *root, fp_buf *out, fp_err *err);
/* Who did it, for the log: the account of the operating system. */
void fp_study_actor(char *out, size_t size);
/* FP_INPUT where `folder` is not there or is no folder. */
FP_MUST_USE fp_status fp_study_need_folder(const char *folder, fp_err *err);
/* The log of the study, to read: the one that is open, or the one that lies there, which is then in
 * *own too, to be closed by the caller; NULL where there is none. Errors: as
 * fp_ledger_open_to_read. */
FP_MUST_USE fp_status fp_study_log(const fp_study *study, fp_ledger **log, fp_ledger **own,
                                   fp_err *err);
/* Where the plan draws the arms itself: put coaches and people back where the draw had them
 * (study/changes.h; what no event explains goes to `problems`), and add to the units' source a
 * column a factor with what the log says was told, "" for who was told nothing.
 * Errors: as fp_ledger_open and fp_allocation_read; FP_CHECK (changes that cannot be). */
FP_MUST_USE fp_status fp_study_arms(const fp_study *study, fp_source sources[FP_SOURCE_COUNT],
                                    fp_draw_record *record, fp_problems *problems, fp_err *err);
/* Leave out who withdrew with the rule `remove`: their rows of people, recruitment and answers,
 * with a note to `problems`. After fp_study_arms: what was drawn stays as it was drawn. Errors: as
 * fp_study_log. */
FP_MUST_USE fp_status fp_study_leave_out(fp_study *study, fp_source sources[FP_SOURCE_COUNT],
                                         fp_problems *problems, fp_err *err);
const fp_source_spec *fp_study_spec(const fp_study *study, fp_source_kind kind);
/* Whether the log has every source as its file is now. */
FP_MUST_USE fp_status fp_study_logged(fp_study *study, bool *logged, fp_err *err);
/* Import what is new of the sources, all of it in one transaction or nothing. */
FP_MUST_USE fp_status fp_study_import(fp_study *study, const fp_source sources[FP_SOURCE_COUNT],
                                      const fp_open_options *options, fp_err *err);
/* The data from the rows of the log. */
FP_MUST_USE fp_status fp_study_load(fp_study *study, const fp_open_options *options, fp_err *err);
/* The rule of an outcome in one English sentence. */
void fp_rule_words(const fp_outcome_spec *spec, fp_buf *out);
/* Synergy on every scale and the spread between coaches, under `analyse`: keys of the JSON, and the
 * same as text. Nothing where there is neither. */
void fp_beyond_json(const fp_results *results, json_t *root);
void fp_beyond_text(const fp_results *results, fp_buf *out);
/* "1 row", "2 rows" */
const char *fp_plural(ptrdiff_t n, const char *one, const char *many);

#endif
