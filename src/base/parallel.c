#include "base/parallel.h"

#include <pthread.h>
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

void fp_parallel(int threads, long n, fp_chunk_fn run, void *context)
{
    job j = {run, context, n, 0};
    pthread_t ids[MAX_THREADS];
    int started = 0;
    if (threads <= 0)
        threads = (int)sysconf(_SC_NPROCESSORS_ONLN);
    if (threads > MAX_THREADS)
        threads = MAX_THREADS;
    while (started + 1 < threads && started + 1 < n &&
           pthread_create(&ids[started], NULL, work, &j) == 0)
        started++;
    (void)work(&j);
    for (int i = 0; i < started; i++)
        (void)pthread_join(ids[i], NULL);
}
