#ifndef FP_TESTS_STORE_PEOPLE_H
#define FP_TESTS_STORE_PEOPLE_H

#include "../ledger/scratch.h"
#include "store/identity.h"

/* A study's database and its master key in two folders of their own, and made-up people. Nobody
 * here exists; the numbers pass the 11-test and begin with 9999, which is not given out. */
typedef struct {
    char folder[SCRATCH_MAX], keys[SCRATCH_MAX];
    char path[SCRATCH_MAX], key_file[SCRATCH_MAX];
    fp_arena *arena;
    fp_ledger *ledger;
    fp_vault *vault;
    fp_err err;
} people;

void people_set_up(people *p);
void people_tear_down(people *p);
/* Abort the test with the message of the last error. */
void people_ok(const people *p, fp_status status);
/* The last error as one line, without the path of the scratch folders. */
const char *people_said(const people *p, char text[1024]);
/* A key in a file beside key_file. */
fp_vault *people_key(people *p, const char *name);

/* Distinctive values in every field. */
extern const fp_identity people_mila;
/* The same with another telephone, or with another number. */
fp_identity people_with(fp_identity_field field, const char *value);

/* Register, save, in a transaction of its own; the ok ones abort the test on an error. */
void people_register(people *p, const char *client, const char *coach);
fp_identity_saving people_save(people *p, const char *client, int64_t base,
                               const fp_identity *identity);
/* Run `what` between begin and commit. */
#define PEOPLE_DO(p, what)                                                                         \
    do {                                                                                           \
        people_ok((p), fp_ledger_begin((p)->ledger, &(p)->err));                                   \
        people_ok((p), (what));                                                                    \
        people_ok((p), fp_ledger_commit((p)->ledger, &(p)->err));                                  \
    } while (0)
/* The same where it should be refused with that line; then nothing was written. */
#define PEOPLE_REFUSED(p, what, status, line)                                                      \
    do {                                                                                           \
        char people_line_[1024];                                                                   \
        people_ok((p), fp_ledger_begin((p)->ledger, &(p)->err));                                   \
        ck_assert_int_eq((what), (status));                                                        \
        fp_ledger_rollback((p)->ledger);                                                           \
        ck_assert_str_eq(people_said((p), people_line_), (line));                                  \
    } while (0)
/* How often a text stands in a file, 0 where the file is not there. */
int people_count(const char *path, const char *text);
/* In the database, its write-ahead log and its shared memory together. */
int people_in_files(const people *p, const char *text);
/* Verify, and expect it to fit. */
void people_verify(people *p);

#endif
