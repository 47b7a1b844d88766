#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define CK_FLOATING_DIG 17
#include <check.h>

#include "base/rng.h"
#include "ledger/fault_vfs.h"
#include "ledger/scratch.h"
#include "run_suite.h"
#include "store/sample.h"

/* What an import leaves behind when the process is killed, the disk fails or the disk is full. */

static char folder[SCRATCH_MAX], path[SCRATCH_MAX];
static fp_arena *arena;
static fp_protocol protocol;

static void set_up(void)
{
    scratch_make(folder);
    scratch_path(path, folder, "study.db");
    arena = fp_arena_create(FP_GIB);
    ck_assert_ptr_nonnull(arena);
    sample_protocol(&protocol);
}

static void tear_down(void)
{
    fp_arena_destroy(arena);
    scratch_remove(folder);
}

/* Open, verify, and tell which of the two versions is current: 0 none, 1 or 2; whichever it is, it
 * must be whole. */
static int version_on_disk(const fp_source *first, const fp_source *second)
{
    fp_err err;
    fp_source got;
    fp_ledger *ledger = NULL;
    int64_t events, rows;
    fp_arena_point mark = fp_arena_mark(arena);
    scratch_ok(fp_ledger_open(path, true, &ledger, &err), &err);
    scratch_ok(fp_store_verify(ledger, &events, &rows, &err), &err);
    scratch_ok(fp_store_load(ledger, &protocol, FP_SOURCE_PEOPLE, arena, &got, &err), &err);
    int version = !got.file ? 0 : strcmp(got.sha256, first->sha256) == 0 ? 1 : 2;
    if (version)
        sample_same(&got, version == 1 ? first : second);
    fp_ledger_close(ledger);
    fp_arena_rewind(arena, mark);
    return version;
}

/* Import the two versions in turn until the parent has seen enough. */
static void import_for_ever(const fp_source *first, const fp_source *second)
{
    fp_ledger *ledger = NULL;
    if (fp_ledger_open(path, true, &ledger, NULL) != FP_OK)
        _exit(2);
    for (;;)
        if (sample_import(ledger, &protocol, second, NULL) != FP_OK ||
            sample_import(ledger, &protocol, first, NULL) != FP_OK)
            _exit(2);
}

/* A database with the first version in it, kept aside to start from. */
static void make_before(const fp_source *first, char before[SCRATCH_MAX])
{
    fp_err err;
    fp_ledger *ledger = NULL;
    scratch_ok(fp_ledger_open(path, true, &ledger, &err), &err);
    scratch_ok(sample_import(ledger, &protocol, first, &err), &err);
    fp_ledger_close(ledger);
    scratch_path(before, folder, "before.db");
    scratch_copy(path, before);
    scratch_remove_database(path);
}

/* Every fourth time the database does not exist yet, so that making it is interrupted too. */
START_TEST(test_kill_at_random_moments)
{
    enum { KILLS = 40, ROWS = 4000, LONGEST_US = 150000 };
    unsigned long seed = scratch_seed("kill");
    fp_source first, second;
    fp_rng rng;
    char before[SCRATCH_MAX];
    int seen[3] = {0};
    fp_rng_init(&rng, seed, FP_RNG_TEST, 0);
    sample_people(&first, ROWS, 1, arena);
    sample_people(&second, ROWS + 500, 2, arena);
    make_before(&first, before);
    for (int kill_number = 0; kill_number < KILLS; kill_number++) {
        if (kill_number % 4 != 0)
            scratch_copy(before, path);
        pid_t child = fork();
        ck_assert_int_ge(child, 0);
        if (child == 0)
            import_for_ever(&first, &second);
        (void)usleep(fp_rng_below(&rng, LONGEST_US));
        int state;
        ck_assert_int_eq(kill(child, SIGKILL), 0);
        ck_assert_int_eq(waitpid(child, &state, 0), child);
        ck_assert_msg(WIFSIGNALED(state), "the child ended by itself");
        int version = version_on_disk(&first, &second);
        seen[version]++;
        /* What a killed process left must also take the next import. */
        fp_ledger *ledger = NULL;
        fp_err err;
        scratch_ok(fp_ledger_open(path, true, &ledger, &err), &err);
        scratch_ok(sample_import(ledger, &protocol, version == 1 ? &second : &first, &err), &err);
        fp_ledger_close(ledger);
        ck_assert_int_eq(version_on_disk(&first, &second), version == 1 ? 2 : 1);
        scratch_remove_database(path);
    }
    (void)printf("killed %d times: no version %d, first %d, second %d\n", KILLS, seen[0], seen[1],
                 seen[2]);
}
END_TEST

static const struct {
    int code;
    int sticky;
    const char *text;
} faults[] = {
    {SQLITE_IOERR_WRITE, 0, "the database could not be read or written"},
    {SQLITE_IOERR_FSYNC, 1, "the database could not be read or written"},
    {SQLITE_FULL, 0, "the disk is full"},
    {SQLITE_FULL, 1, "the disk is full"},
};

/* The N-th write, sync or truncation fails, for N = 1, 2, ... until the import passes untouched.
 * Where the import says that it failed, this process and the next one see the old version. */
START_TEST(test_failing_disk)
{
    fault_plan *plan = fault_vfs_install();
    fp_source first, second;
    char before[SCRATCH_MAX];
    fp_err err;
    long failed = 0;
    sample_people(&first, 300, 1, arena);
    sample_people(&second, 700, 2, arena);
    fp_ledger *ledger = NULL;
    make_before(&first, before);
    for (long n = 1, passed = 0; !passed; n++) {
        ck_assert_int_lt(n, 2000);
        scratch_remove_database(path);
        scratch_copy(before, path);
        scratch_ok(fp_ledger_open(path, false, &ledger, &err), &err);
        *plan = (fault_plan){.code = faults[_i].code, .countdown = n, .sticky = faults[_i].sticky};
        fp_status status = sample_import(ledger, &protocol, &second, &err);
        passed = plan->fired == 0;
        plan->countdown = 0;
        if (status != FP_OK) {
            failed++;
            ck_assert_int_eq(status, FP_IO);
            ck_assert_ptr_nonnull(strstr(err.message, faults[_i].text));
            ck_assert(!fp_ledger_in_transaction(ledger));
            fp_source got;
            scratch_ok(fp_store_load(ledger, &protocol, FP_SOURCE_PEOPLE, arena, &got, &err), &err);
            sample_same(&got, &first);
        }
        fp_ledger_close(ledger);
        ck_assert_int_eq(version_on_disk(&first, &second), status == FP_OK ? 2 : 1);
    }
    (void)printf("%s%s: %ld imports failed\n", faults[_i].text,
                 faults[_i].sticky ? ", for good" : "", failed);
    ck_assert_int_gt(failed, 10);
}
END_TEST

/* The same, and the process dies instead of closing: either version, whole. */
START_TEST(test_failing_disk_and_death)
{
    fp_source first, second;
    char before[SCRATCH_MAX];
    fp_err err;
    int state = 1;
    sample_people(&first, 300, 1, arena);
    sample_people(&second, 700, 2, arena);
    fp_ledger *ledger = NULL;
    make_before(&first, before);
    for (long n = 1; state != 0; n++) {
        ck_assert_int_lt(n, 2000);
        scratch_remove_database(path);
        scratch_copy(before, path);
        pid_t child = fork();
        ck_assert_int_ge(child, 0);
        if (child == 0) {
            fault_plan *plan = fault_vfs_install();
            if (fp_ledger_open(path, false, &ledger, &err) != FP_OK)
                _exit(2);
            *plan = (fault_plan){.code = SQLITE_IOERR_WRITE, .countdown = n, .sticky = 1};
            (void)sample_import(ledger, &protocol, &second, &err);
            _exit(plan->fired ? 1 : 0);
        }
        ck_assert_int_eq(waitpid(child, &state, 0), child);
        ck_assert(WIFEXITED(state) && WEXITSTATUS(state) != 2);
        int version = version_on_disk(&first, &second);
        ck_assert_int_eq(state == 0 ? version : version > 0, state == 0 ? 2 : 1);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("store/crash");
    TCase *tests = tcase_create("crash");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, test_kill_at_random_moments);
    tcase_add_loop_test(tests, test_failing_disk, 0, sizeof faults / sizeof *faults);
    tcase_add_test(tests, test_failing_disk_and_death);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
