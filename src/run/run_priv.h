#ifndef FP_RUN_RUN_PRIV_H
#define FP_RUN_RUN_PRIV_H

#include <limits.h>

#include "run/run.h"

/* folder/name. Errors: FP_INPUT (too long). */
FP_MUST_USE fp_status fp_study_path(const char *folder, const char *name, char out[PATH_MAX],
                                    fp_err *err);
/* Who did it, for the log: the account of the operating system. */
void fp_study_actor(char *out, size_t size);
/* FP_INPUT where `folder` is not there or is no folder. */
FP_MUST_USE fp_status fp_study_need_folder(const char *folder, fp_err *err);
/* Where the plan draws the arms itself: put coaches and people back where the draw had them
 * (study/changes.h; what no event explains goes to `problems`), and add to the units' source a
 * column a factor with what the log says was told, "" for who was told nothing.
 * Errors: as fp_ledger_open and fp_allocation_read; FP_CHECK (changes that cannot be). */
FP_MUST_USE fp_status fp_study_arms(const fp_study *study, fp_source sources[FP_SOURCE_COUNT],
                                    fp_draw_record *record, fp_problems *problems, fp_err *err);
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
/* "1 row", "2 rows" */
const char *fp_plural(ptrdiff_t n, const char *one, const char *many);

#endif
