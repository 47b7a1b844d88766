#ifndef FP_BASE_PRIVATE_FILE_H
#define FP_BASE_PRIVATE_FILE_H

#include "base/str.h"

/* Files that their owner alone may read. Small ones that hold a secret: lines "KEY value", kept
 * away from what they lock. */

/* Refuse a place inside `folder`: a secret beside the data that it locks is none.
 * in  noun  "secret", for the message.  Errors: FP_INPUT (inside, or its folder is not there). */
FP_MUST_USE fp_status fp_private_place(const char *path, const char *folder, const char *noun,
                                       fp_err *err);
/* Make a new file with mode 0600, synced to the disk; nothing is left behind on an error.
 * in  hint  what to do where the file exists already.  Errors: FP_INPUT (it exists), FP_IO. */
FP_MUST_USE fp_status fp_private_make(const char *path, fp_str text, const char *hint, fp_err *err);
/* Read a whole file into the memory of the caller, who wipes it, and nowhere else.
 * in  size  of `text`, which the file may not exceed
 * Errors: FP_INPUT (cannot be read, too large). */
FP_MUST_USE fp_status fp_private_read(const char *path, char *text, size_t size, fp_str *whole,
                                      fp_err *err);
/* As fp_private_make where the file exists already, else FP_OK. */
FP_MUST_USE fp_status fp_private_absent(const char *path, const char *hint, fp_err *err);
/* Where root made the file at `path`, give it to the owner of `like`: the file that it replaces, or
 * the folder that it lies in. A service under an account of its own could not open it otherwise.
 * For anybody else nothing is done.  Errors: FP_IO. */
FP_MUST_USE fp_status fp_private_give(const char *path, const char *like, fp_err *err);
/* Take a line that begins with `key` off the front of `text`: the rest of it, trimmed. False where
 * it does not begin so; then `text` stays. */
bool fp_private_line(fp_str *text, const char *key, fp_str *value);

#endif
