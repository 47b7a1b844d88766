#ifndef FP_RUN_SECRET_PRIV_H
#define FP_RUN_SECRET_PRIV_H

#include "store/allocation.h"

/* The file that holds the secret of a draw: three lines, readable by its owner alone, outside the
 * study folder. secret: FP_SECRET_DIGITS + 1 bytes. */

/* Whether a secret can be made there. Errors: as fp_secret_make. */
FP_MUST_USE fp_status fp_secret_check(const char *path, const char *folder, fp_err *err);
/* Make a secret and its file. Errors: FP_INPUT (the file exists, lies inside the study folder, or
 * its folder is not there), FP_IO. */
FP_MUST_USE fp_status fp_secret_make(const char *path, const char *folder, const char *study,
                                     char *secret, fp_err *err);
/* Errors: FP_INPUT (as above, not a secret, of another study). */
FP_MUST_USE fp_status fp_secret_read(const char *path, const char *folder, const char *study,
                                     char *secret, fp_err *err);

#endif
