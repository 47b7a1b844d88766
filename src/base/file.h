#ifndef FP_BASE_FILE_H
#define FP_BASE_FILE_H

#include <stdbool.h>
#include <stdint.h>

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
/* A file held open to be read at any place. A regular file is mapped, so that its text costs memory
 * only while it is looked at; anything else (standard input, a pipe) is read to its end and kept.
 * A file that another program shortens while it is mapped ends this program with SIGBUS where its
 * lost end is looked at through `text`; fp_view_read() then fails in words instead. A file that is
 * replaced (renamed over) stays as it was opened. */
typedef struct {
    fp_str text;
    const char *path;
    int fd; /* of a mapped file, else -1 */
    int64_t stamp[3];
} fp_view;
/* out  view  in `arena`, closed with it.  Errors: as fp_file_read. */
FP_MUST_USE fp_status fp_view_open(const char *path, size_t max, fp_arena *arena,
                                   const fp_view **view, fp_err *err);
/* Copy bytes from..from+n-1 to `to`, past the mapping: the pages do not count as memory of this
 * process. Thread-safe. Errors: FP_INPUT (the file was shortened, cannot be read). */
FP_MUST_USE fp_status fp_view_read(const fp_view *view, size_t from, size_t n, char *to,
                                   fp_err *err);
/* FP_INPUT where the file has been written to since it was opened. */
FP_MUST_USE fp_status fp_view_unchanged(const fp_view *view, fp_err *err);
/* Write a whole file by way of a temporary one beside it, synced and renamed: a reader sees the
 * old file or the new one, never half of it. "-" = standard output. Errors: FP_IO. */
FP_MUST_USE fp_status fp_file_write(const char *path, fp_str text, fp_err *err);
/* Make a folder and those above it; an existing folder is fine. */
FP_MUST_USE fp_status fp_dir_make(const char *path, fp_err *err);
bool fp_file_exists(const char *path);

#endif
