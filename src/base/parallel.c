#include "base/parallel.h"

#include <stdatomic.h>
#include <unistd.h>

#define MAX_THREADS 256

typedef struct {
    fp_chunk_fn run;
    void *context;
    long n;
    atomic_long next;
} job;

static void *work(void *argument)
{
    job *j = argument;
    for (long i = atomic_fetch_add(&j->next, 1); i < j->n; i = atomic_fetch_add(&j->next, 1))
        j->run(j->context, i);
    return NULL;
}

int fp_threads(int threads)
{
    if (threads <= 0)
        threads = (int)sysconf(_SC_NPROCESSORS_ONLN);
    return threads < 1 ? 1 : threads > MAX_THREADS ? MAX_THREADS : threads;
}

void fp_parallel(int threads, long n, fp_chunk_fn run, void *context)
{
    job j = {run, context, n, 0};
    pthread_t ids[MAX_THREADS];
    int started = 0;
    threads = fp_threads(threads);
    while (started + 1 < threads && started + 1 < n &&
           pthread_create(&ids[started], NULL, work, &j) == 0)
        started++;
    (void)work(&j);
    for (int i = 0; i < started; i++)
        (void)pthread_join(ids[i], NULL);
}

static void *run_aside(void *argument)
{
    const fp_aside *aside = argument;
    aside->run(aside->context);
    return NULL;
}

void fp_aside_start(fp_aside *aside, void (*run)(void *context), void *context)
{
    *aside = (fp_aside){.run = run, .context = context};
    aside->running = pthread_create(&aside->id, NULL, run_aside, aside) == 0;
    if (!aside->running)
        run(context);
}

void fp_aside_wait(fp_aside *aside)
{
    if (aside->running)
        (void)pthread_join(aside->id, NULL);
    aside->running = false;
}
