#ifndef TESTS_REFERENCE_BINARY_H
#define TESTS_REFERENCE_BINARY_H

#include "base/str.h"

/* Run the built firstplace with `args` (NULL-terminated, without the program itself) and collect
 * its standard output. Returns the exit code, or -1 where it could not be run or died. */
int fp_run_binary(const char *const *args, fp_buf *out);

#endif
