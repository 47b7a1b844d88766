#ifndef FP_BASE_FILE_H
#define FP_BASE_FILE_H

#include <stdbool.h>

#include "base/str.h"

/* Read a whole file into the arena ("-" = standard input), at most `max` bytes. The text is
 * followed by a NUL that does not count. Errors: FP_INPUT (missing, a folder, not readable, larger
 * than max), FP_NOMEM. */
FP_MUST_USE fp_status fp_file_read(const char *path, size_t max, fp_arena *arena, fp_str *out,
                                   fp_err *err);
/* Hand the bytes of a file ("-" = standard input) to `each`, piece by piece; stops with the status
 * that `each` returns. Errors: FP_INPUT (missing, a folder, not readable). */
typedef fp_status (*fp_piece_fn)(void *context, fp_str piece, fp_err *err);
FP_MUST_USE fp_status fp_file_each(const char *path, fp_piece_fn each, void *context, fp_err *err);
/* Write a whole file by way of a temporary one beside it, synced and renamed: a reader sees the
 * old file or the new one, never half of it. "-" = standard output. Errors: FP_IO. */
FP_MUST_USE fp_status fp_file_write(const char *path, fp_str text, fp_err *err);
/* Make a folder and those above it; an existing folder is fine. */
FP_MUST_USE fp_status fp_dir_make(const char *path, fp_err *err);
bool fp_file_exists(const char *path);

#endif
