#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define CK_FLOATING_DIG 17
#include <check.h>

#include "base/num.h"
#include "base/rng.h"
#include "ledger/pool.h"
#include "ledger/scratch.h"
#include "run_suite.h"

/* kill -9 under write load, fifty times: every event that was acknowledged is in the log, and the
 * chain verifies. What was not acknowledged may be there or not. */

enum { KILLS = 50, THREADS = 6, LONGEST_US = 60000, MOST = 200000 };

static char folder[SCRATCH_MAX], path[SCRATCH_MAX];

typedef struct {
    fp_pool *pool;
    int32_t first; /* number of the first event of this thread */
    int acknowledged;
} client;

/* Writes until it is killed; says the number of each event once it is stored. */
static void *write_on(void *context)
{
    client *c = context;
    for (int32_t number = c->first;; number++) {
        fp_err err;
        fp_ledger *writer = NULL;
        int64_t seq;
        char body[32];
        (void)snprintf(body, sizeof body, "%d", number);
        if (fp_pool_write(c->pool, &writer, &err) != FP_OK ||
            fp_ledger_append(writer, "account:1", "note", "", body, &seq, &err) != FP_OK ||
            fp_pool_commit(c->pool, &writer, &err) != FP_OK ||
            write(c->acknowledged, &number, sizeof number) != sizeof number)
            _exit(2);
    }
}

static void serve(int32_t first, int acknowledged)
{
    static client clients[THREADS];
    pthread_t thread;
    fp_pool *pool = NULL;
    if (fp_pool_open(path, &(fp_pool_options){.wait_ms = 60000}, &pool, NULL) != FP_OK)
        _exit(2);
    for (int i = 0; i < THREADS; i++) {
        clients[i] = (client){pool, first + 100000 * i, acknowledged};
        if (pthread_create(&thread, NULL, write_on, &clients[i]) != 0)
            _exit(2);
    }
    for (;;)
        (void)pause();
}

typedef struct {
    int32_t *numbers;
    int count;
} numbers;

static int by_number(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

static void note(numbers *list, int32_t number)
{
    ck_assert_int_lt(list->count, MOST);
    list->numbers[list->count++] = number;
}

static fp_status see(void *context, const fp_event *event, fp_err *err)
{
    int64_t number = 0;
    (void)err;
    ck_assert(fp_int_parse(fp_str_of(event->body), 0, INT32_MAX, &number));
    note(context, (int32_t)number);
    return FP_OK;
}

/* Hear what is acknowledged for so long, kill, and hear the rest. */
static void hear(int from, pid_t child, int for_us, numbers *heard)
{
    int32_t number;
    int left_ms = 1 + for_us / 1000;
    struct pollfd ready = {.fd = from, .events = POLLIN};
    /* the clock starts when it has begun to write */
    (void)poll(&ready, 1, 60000);
    while (left_ms-- > 0) {
        (void)usleep(1000);
        while (poll(&ready, 1, 0) == 1 && read(from, &number, sizeof number) == sizeof number)
            note(heard, number);
    }
    int state;
    ck_assert_int_eq(kill(child, SIGKILL), 0);
    while (read(from, &number, sizeof number) == sizeof number)
        note(heard, number);
    ck_assert_int_eq(waitpid(child, &state, 0), child);
    ck_assert_msg(WIFSIGNALED(state), "the child ended by itself");
}

static void check(const numbers *heard, numbers *stored)
{
    fp_err err;
    fp_ledger *ledger = NULL;
    int64_t events = 0;
    scratch_ok(fp_ledger_open(path, false, &ledger, &err), &err);
    scratch_ok(fp_ledger_verify(ledger, &events, &err), &err);
    stored->count = 0;
    scratch_ok(fp_ledger_each(ledger, see, stored, &err), &err);
    fp_ledger_close(ledger);
    qsort(stored->numbers, (size_t)stored->count, sizeof *stored->numbers, by_number);
    for (int i = 1; i < stored->count; i++)
        ck_assert_int_ne(stored->numbers[i - 1], stored->numbers[i]);
    for (int i = 0; i < heard->count; i++)
        ck_assert_msg(bsearch(&heard->numbers[i], stored->numbers, (size_t)stored->count,
                              sizeof *stored->numbers, by_number),
                      "event %d was acknowledged and is lost", heard->numbers[i]);
}

START_TEST(test_killed_under_load)
{
    static int32_t heard_numbers[MOST], stored_numbers[MOST];
    numbers heard = {heard_numbers, 0}, stored = {stored_numbers, 0};
    fp_rng rng;
    fp_ledger *ledger = NULL;
    fp_err err;
    fp_rng_init(&rng, scratch_seed("kill"), FP_RNG_TEST, 2);
    scratch_make(folder);
    scratch_path(path, folder, "study.db");
    scratch_ok(fp_ledger_open(path, true, &ledger, &err), &err);
    fp_ledger_close(ledger);
    for (int round = 0; round < KILLS; round++) {
        int ends[2];
        ck_assert_int_eq(pipe(ends), 0);
        pid_t child = fork();
        ck_assert_int_ge(child, 0);
        if (child == 0)
            serve(1000000 * (round + 1), ends[1]);
        (void)close(ends[1]);
        hear(ends[0], child, (int)fp_rng_below(&rng, LONGEST_US), &heard);
        (void)close(ends[0]);
        check(&heard, &stored);
    }
    (void)printf("killed %d times: %d events acknowledged, %d stored\n", KILLS, heard.count,
                 stored.count);
    ck_assert_int_gt(heard.count, 10 * KILLS);
    scratch_remove(folder);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ledger/pool_kill");
    TCase *tests = tcase_create("kill");
    tcase_add_test(tests, test_killed_under_load);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
