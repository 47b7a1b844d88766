#define CK_FLOATING_DIG 17
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../ledger/scratch.h"
#include "run/run.h"
#include "run_suite.h"
#include "store/vault.h"

/* `firstplace key`, from making one to losing it. */

static char root[SCRATCH_MAX], study[SCRATCH_MAX], first[SCRATCH_MAX], second[SCRATCH_MAX];
static fp_err err;

static void tear_down(void)
{
    scratch_remove_tree(root);
}

static void set_up(void)
{
    FP_BUF_SCOPED(out, FP_MIB);
    fp_ledger *ledger = NULL;
    char path[SCRATCH_MAX];
    scratch_make(root);
    scratch_path(study, root, "town");
    scratch_path(first, root, "first.key");
    scratch_path(second, root, "second.key");
    ck_assert_int_eq(fp_run_new(study, &out, &err), FP_OK);
    scratch_path(path, study, "study.db");
    ck_assert_int_eq(fp_ledger_open(path, true, &ledger, &err), FP_OK);
    fp_ledger_close(ledger);
}

static void does(fp_key_action action, const char *what, const char *key_file, const char *to,
                 const char *says)
{
    FP_BUF_SCOPED(out, FP_MIB);
    const fp_key_options options = {action, what, key_file, to};
    fp_status status = fp_run_key(&options, &out, &err);
    ck_assert_msg(status == FP_OK, "%s", err.message);
    ck_assert_msg(strstr(out.p, says), "%s", out.p);
}

static void refuses(fp_key_action action, const char *what, const char *key_file, const char *to,
                    fp_status expected, const char *says)
{
    FP_BUF_SCOPED(out, FP_MIB);
    const fp_key_options options = {action, what, key_file, to};
    ck_assert_int_eq(fp_run_key(&options, &out, &err), expected);
    ck_assert_msg(strstr(err.message, says), "%s", err.message);
    ck_assert_uint_eq(out.n, 0);
}

static void set_key(const char *file)
{
    char path[SCRATCH_MAX];
    fp_ledger *ledger = NULL;
    fp_vault *vault = NULL;
    scratch_path(path, study, "study.db");
    ck_assert_int_eq(fp_ledger_open(path, false, &ledger, &err), FP_OK);
    ck_assert_int_eq(fp_vault_open(file, study, &vault, &err), FP_OK);
    ck_assert_int_eq(fp_vault_bind(ledger, vault, "town", "account:1", &err), FP_OK);
    fp_vault_close(vault);
    fp_ledger_close(ledger);
}

START_TEST(test_the_life_of_a_key)
{
    char inside[SCRATCH_MAX];
    scratch_path(inside, study, "data/town.key");
    refuses(FP_KEY_NEW, inside, NULL, NULL, FP_INPUT, "the key would lie inside a study folder");
    does(FP_KEY_NEW, first, NULL, NULL, "Made the master key ");
    refuses(FP_KEY_NEW, first, NULL, NULL, FP_INPUT, "the file exists already");
    does(FP_KEY_SHOW, study, NULL, NULL, "No master key is set yet");
    does(FP_KEY_NEW, second, NULL, NULL, "Made the master key ");
    refuses(FP_KEY_ROTATE, study, first, second, FP_INPUT, "this study uses no master key yet");
    set_key(first);
    does(FP_KEY_SHOW, study, NULL, NULL, " since event 1; 0 people's keys lie under it.");
    refuses(FP_KEY_ROTATE, study, first, NULL, FP_USAGE, "--to");
    refuses(FP_KEY_ROTATE, study, first, first, FP_INPUT, "uses this master key");
    refuses(FP_KEY_ROTATE, study, second, second, FP_INPUT, "the wrong master key");
    does(FP_KEY_ROTATE, study, first, second, "0 keys were wrapped anew");
    does(FP_KEY_SHOW, study, NULL, NULL, " since event 2; ");
    refuses(FP_KEY_LOST, study, NULL, second, FP_INPUT, "uses this master key");
    does(FP_KEY_LOST, study, NULL, first, "0 identities were dropped");
    FP_BUF_SCOPED(out, FP_MIB);
    fp_arena *arena = fp_arena_create(FP_GIB);
    ck_assert_int_eq(fp_run_verify(study, arena, &out, &err), FP_OK);
    fp_arena_destroy(arena);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("key");
    TCase *tc = tcase_create("key");
    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, test_the_life_of_a_key);
    suite_add_tcase(suite, tc);
    return run_suite(suite);
}
