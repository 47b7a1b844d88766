#ifndef FP_TESTS_LEDGER_SCRATCH_H
#define FP_TESTS_LEDGER_SCRATCH_H

#include <stdint.h>

#include "base/err.h"

/* A folder of its own for a test. */
enum { SCRATCH_MAX = 512 };
void scratch_make(char folder[SCRATCH_MAX]);
void scratch_path(char path[SCRATCH_MAX], const char *folder, const char *name);
/* Remove the files in it and the folder itself. */
void scratch_remove(const char *folder);
/* The same with the folders in it. */
void scratch_remove_tree(const char *folder);
/* A database and what SQLite keeps beside it. */
void scratch_remove_database(const char *path);
/* Abort the test with the message of a failure. */
void scratch_ok(fp_status status, const fp_err *err);
/* The first number that a query gives. */
int64_t scratch_number(const char *path, const char *sql);
/* Copy, truncate and look at files. */
void scratch_copy(const char *from, const char *to);
void scratch_truncate(const char *path, long bytes);
long scratch_size(const char *path);
void scratch_write(const char *path, const char *text);
/* Run SQL on a database the way a tamperer would: without triggers and foreign keys in the way. */
void scratch_tamper(const char *path, const char *sql);
/* A seed for what is random in a test: FP_TEST_SEED, or the clock; echoed on standard output. */
unsigned long scratch_seed(const char *test);

#endif
