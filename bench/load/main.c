/* The load of a working day on `firstplace serve`: people who are signed in with a second factor
 * look at their start page, their clients and a client, and save what changed. Every save that was
 * acknowledged is counted, and looked for in study.db afterwards.
 *
 *   bench_load BINARY [--users N] [--seconds S] [--think MS] [--rounds N --kill]
 *
 * --think: [ms] between two things that one person does, drawn from half to one and a half times
 * that; 0 = flat out. --kill: end the server with kill -9 instead of SIGTERM, at a random moment of
 * each round. Exit code 1 where anything was lost or failed. */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/num.h"
#include "load.h"

typedef struct {
    const char *binary;
    int users, rounds, think_ms;
    double seconds;
    bool kill;
} options;

static atomic_bool over;

typedef struct {
    load_user *user;
    const options *options;
} worker;

static double now(void)
{
    struct timespec at;
    (void)clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

static void wait_ms(double ms)
{
    struct timespec at = {(time_t)(ms / 1e3), (long)(ms * 1e6) % 1000000000};
    (void)nanosleep(&at, NULL);
}

static void expect(load_user *user, int status, int wanted, const char *what)
{
    if (status == wanted || atomic_load(&over))
        return;
    if (user->errors++ == 0)
        (void)snprintf(user->problem, sizeof user->problem, "%s: %d, not %d", what, status, wanted);
}

static void look(load_user *user, const char *path)
{
    expect(user, load_request(user, path, NULL), 200, path);
}

/* Open the form of one's client, give another phone number, save, and look at the page again. */
static void save(load_user *user)
{
    char path[64], csrf[128], version[32], form[512];
    (void)snprintf(path, sizeof path, "/clients/%s", user->client);
    look(user, path);
    if (!load_field(user, "csrf", csrf, sizeof csrf) ||
        !load_field(user, "version", version, sizeof version)) {
        expect(user, 0, 200, "the form of a client");
        return;
    }
    (void)snprintf(user->trying, sizeof user->trying, "020 555 %04ld", (user->sent + 1) % 10000);
    (void)snprintf(form, sizeof form,
                   "csrf=%s&version=%s&family_name=Voorbeeld&phone=020+555+%04ld", csrf, version,
                   (user->sent + 1) % 10000);
    user->sent++;
    int status = load_request(user, path, form);
    expect(user, status, 303, "saving");
    if (status == 303) {
        user->saved++;
        memcpy(user->phone, user->trying, sizeof user->phone);
        look(user, path);
    }
}

static void do_one(load_user *user)
{
    char path[64];
    uint32_t kind = fp_rng_below(&user->rng, 10);
    (void)snprintf(path, sizeof path, "/clients/%s%s", user->client, kind < 8 ? "" : "/consent");
    if (kind < 2)
        look(user, "/");
    else if (kind < 5)
        look(user, "/clients");
    else if (kind < 7 || kind == 9)
        look(user, path);
    else
        save(user);
}

static void *work(void *context)
{
    const worker *w = context;
    while (!atomic_load(&over)) {
        double think = w->options->think_ms;
        if (think > 0)
            wait_ms(think * (0.5 + fp_rng_below(&w->user->rng, 1000) / 1000.0));
        if (!atomic_load(&over))
            do_one(w->user);
    }
    load_hang_up(w->user);
    return NULL;
}

static int by_size(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static void report(const load_user *users, const options *o, double took, double cpu)
{
    long count = 0, errors = 0, saved = 0, at = 0;
    for (int i = 0; i < o->users; i++) {
        count += users[i].count;
        errors += users[i].errors;
        saved += users[i].saved;
        if (users[i].problem[0])
            (void)printf("! %s: %s\n", users[i].name, users[i].problem);
    }
    float *all = malloc(sizeof *all * (size_t)(count + 1));
    if (!all || count == 0)
        exit(1);
    for (int i = 0; i < o->users; i++) {
        memcpy(all + at, users[i].ms, sizeof *all * (size_t)users[i].count);
        at += users[i].count;
    }
    qsort(all, (size_t)count, sizeof *all, by_size);
    (void)printf("%d users, %s%d ms: %ld requests in %.1f s (%.0f a second), p50 %.1f ms, p95 %.1f "
                 "ms, p99 %.1f ms, longest %.1f ms; the server computed %.2f ms a request; %ld "
                 "errors; %ld saves acknowledged\n",
                 o->users, o->think_ms ? "thinking " : "flat out, ", o->think_ms, count, took,
                 (double)count / took, (double)all[count / 2], (double)all[count * 95 / 100],
                 (double)all[count * 99 / 100], (double)all[count - 1], 1e3 * cpu / (double)count,
                 errors, saved);
    free(all);
}

/* One time that the server runs: everybody works until it is over. */
static double run_round(load_user *users, const options *o, pid_t server, double seconds)
{
    pthread_t *threads = calloc((size_t)o->users, sizeof *threads);
    worker *workers = calloc((size_t)o->users, sizeof *workers);
    pthread_attr_t small;
    if (!threads || !workers || pthread_attr_init(&small) != 0)
        abort();
    (void)pthread_attr_setstacksize(&small, 256 * 1024);
    atomic_store(&over, false);
    double began = now();
    for (int i = 0; i < o->users; i++) {
        workers[i] = (worker){&users[i], o};
        if (pthread_create(&threads[i], &small, work, &workers[i]) != 0)
            abort();
    }
    wait_ms(seconds * 1e3);
    if (o->kill) /* what fails from here on fails because of that */
        (void)kill(server, SIGKILL);
    atomic_store(&over, true);
    for (int i = 0; i < o->users; i++)
        (void)pthread_join(threads[i], NULL);
    double took = now() - began;
    free(threads);
    free(workers);
    return took;
}

static load_user *make_users(int count)
{
    load_user *users = calloc((size_t)count, sizeof *users);
    if (!users)
        abort();
    for (int i = 0; i < count; i++) {
        users[i].fd = -1;
        users[i].room = 200000;
        users[i].page = malloc(LOAD_PAGE);
        users[i].ms = malloc(sizeof *users[i].ms * (size_t)users[i].room);
        if (!users[i].page || !users[i].ms)
            abort();
        fp_rng_init(&users[i].rng, 20260203, FP_RNG_TEST, (uint64_t)i);
    }
    return users;
}

static void sign_in(load_user *users, const load_study *study, int count)
{
    double began = now();
    for (int i = 0; i < count; i++) {
        if (!load_sign_in(&users[i], study->password)) {
            (void)fprintf(stderr, "load: %s cannot sign in: %.300s\n", users[i].name,
                          users[i].page);
            exit(1);
        }
        load_hang_up(&users[i]);
        users[i].count = 0;
    }
    (void)printf("%d users signed in with a second factor in %.1f s\n", count, now() - began);
}

static bool read_options(int argc, char **argv, options *o)
{
    *o = (options){.binary = argv[1], .users = 200, .rounds = 1, .think_ms = 2000, .seconds = 20};
    for (int i = 2; i < argc; i++) {
        int64_t value = 0;
        if (strcmp(argv[i], "--kill") == 0) {
            o->kill = true;
            continue;
        }
        if (i + 1 >= argc || !fp_int_parse(fp_str_of(argv[i + 1]), 0, 100000, &value))
            return false;
        if (strcmp(argv[i], "--users") == 0)
            o->users = (int)value;
        else if (strcmp(argv[i], "--seconds") == 0)
            o->seconds = (double)value;
        else if (strcmp(argv[i], "--think") == 0)
            o->think_ms = (int)value;
        else if (strcmp(argv[i], "--rounds") == 0)
            o->rounds = (int)value;
        else
            return false;
        i++;
    }
    return argc > 1 && o->users > 0 && o->rounds > 0;
}

int main(int argc, char **argv)
{
    options o;
    load_study study;
    fp_rng rng;
    long lost = 0, stored = 0, events = 0, errors = 0;
    if (!read_options(argc, argv, &o)) {
        (void)fprintf(stderr, "usage: bench_load BINARY [--users N] [--seconds S] [--think MS] "
                              "[--rounds N] [--kill]\n");
        return 2;
    }
    load_user *users = make_users(o.users);
    load_study_make(&study, users, o.users);
    fp_rng_init(&rng, (uint64_t)time(NULL), FP_RNG_TEST, 1000000);
    for (int round = 0; round < o.rounds && lost == 0; round++) {
        int port;
        double cpu;
        pid_t server = load_server_start(o.binary, &study, &port);
        for (int i = 0; i < o.users; i++)
            users[i].port = port;
        if (round == 0)
            sign_in(users, &study, o.users);
        double seconds = o.kill ? 0.05 + fp_rng_below(&rng, 250) / 1e3 : o.seconds;
        double took = run_round(users, &o, server, seconds);
        int code = load_server_stop(server, o.kill ? SIGKILL : SIGTERM, &cpu);
        if (!o.kill)
            report(users, &o, took, cpu);
        lost += load_study_check(&study, users, o.users, o.kill, &stored, &events);
        if (code != 0) {
            (void)printf("! the server ended with exit code %d\n", code);
            errors++;
        }
    }
    long saved = 0;
    for (int i = 0; i < o.users; i++) {
        saved += users[i].saved;
        errors += users[i].errors;
        if (users[i].problem[0])
            (void)printf("! %s: %s\n", users[i].name, users[i].problem);
    }
    (void)printf("%d times %s: %ld saves acknowledged, %ld found back, %ld lost; %ld events in the "
                 "chain: all fit\n",
                 o.rounds, o.kill ? "killed" : "stopped", saved, stored, lost, events);
    load_study_remove(&study);
    for (int i = 0; i < o.users; i++) {
        free(users[i].page);
        free(users[i].ms);
    }
    free(users);
    return lost > 0 || errors > 0 || saved == 0;
}
