#define CK_FLOATING_DIG 17
#include <check.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "run/run.h"
#include "run_suite.h"

static char folder[64];

static void open_it(fp_open_mode mode, fp_status want, fp_err *err)
{
    fp_arena *arena = fp_arena_create(FP_GIB);
    fp_open_options options = {.mode = mode};
    fp_study study = {0};
    fp_status status = fp_study_open(folder, &options, arena, &study, err);
    ck_assert_msg(status == want, "status %d: %s", (int)status, err->message);
    fp_study_close(&study);
    fp_arena_destroy(arena);
}

/* What only the log knows must not be passed over in silence. */
START_TEST(test_other_events_are_refused)
{
    fp_err err = {0};
    char path[128];
    (void)snprintf(folder, sizeof folder, "nostore-%ld", (long)getpid());
    FP_BUF_SCOPED(out, FP_MIB);
    ck_assert_int_eq(fp_run_new(folder, &out, &err), FP_OK);
    open_it(FP_OPEN_NOSTORE, FP_OK, &err);
    open_it(FP_OPEN_STORE, FP_OK, &err);
    open_it(FP_OPEN_NOSTORE, FP_OK, &err);

    fp_ledger *ledger;
    int64_t seq;
    (void)snprintf(path, sizeof path, "%s/study.db", folder);
    ck_assert_int_eq(fp_ledger_open(path, false, &ledger, &err), FP_OK);
    ck_assert_int_eq(fp_ledger_begin(ledger, &err), FP_OK);
    ck_assert_int_eq(fp_ledger_append(ledger, "somebody", "note", "", "{}", &seq, &err), FP_OK);
    ck_assert_int_eq(fp_ledger_commit(ledger, &err), FP_OK);
    /* also while another process has it open: then there is a log beside it */
    open_it(FP_OPEN_NOSTORE, FP_INPUT, &err);
    fp_ledger_close(ledger);
    open_it(FP_OPEN_NOSTORE, FP_INPUT, &err);
    ck_assert_ptr_nonnull(strstr(err.file, "study.db"));
    ck_assert_str_eq(err.message, "holds what no source file does: events of the kind \"note\"");
    ck_assert_str_eq(err.hint, "leave out --no-store");
    open_it(FP_OPEN_FILES, FP_OK, &err);
    open_it(FP_OPEN_STORE, FP_OK, &err);

    /* nor one that cannot be looked into */
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    for (int i = 0; i < 40; i++)
        (void)fputs("not a database\n", file);
    ck_assert_int_eq(fclose(file), 0);
    open_it(FP_OPEN_NOSTORE, FP_INPUT, &err);
    ck_assert_str_eq(err.message, "is not a database of firstplace (while opening it)");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("nostore");
    TCase *tc = tcase_create("nostore");
    tcase_add_test(tc, test_other_events_are_refused);
    suite_add_tcase(suite, tc);
    return run_suite(suite);
}
