#include <stdlib.h>
#include <time.h>

#include "web/server_priv.h"

double fp_monotonic(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static fp_job *take(fp_workers *workers)
{
    (void)pthread_mutex_lock(&workers->lock);
    while (!workers->first && !workers->stopping)
        (void)pthread_cond_wait(&workers->more, &workers->lock);
    fp_job *job = workers->first;
    if (job) {
        workers->first = job->next;
        if (!workers->first)
            workers->last = NULL;
        workers->waiting--;
    }
    (void)pthread_mutex_unlock(&workers->lock);
    return job;
}

static void *work(void *context)
{
    fp_workers *workers = context;
    for (fp_job *job; (job = take(workers)) != NULL;)
        fp_job_run(job);
    return NULL;
}

fp_status fp_workers_start(fp_workers *workers, int count, int most_waiting, fp_err *err)
{
    *workers = (fp_workers){.most_waiting = most_waiting};
    workers->threads = calloc((size_t)count, sizeof *workers->threads);
    if (!workers->threads)
        return fp_fail_nomem(err, (size_t)count * sizeof *workers->threads);
    (void)pthread_mutex_init(&workers->lock, NULL);
    (void)pthread_cond_init(&workers->more, NULL);
    for (; workers->count < count; workers->count++)
        if (pthread_create(&workers->threads[workers->count], NULL, work, workers) != 0)
            return fp_fail(err, FP_IO, "the system gives no more threads");
    return FP_OK;
}

bool fp_workers_give(fp_workers *workers, fp_job *job)
{
    (void)pthread_mutex_lock(&workers->lock);
    bool taken = workers->waiting < workers->most_waiting && !workers->stopping;
    if (taken) {
        job->next = NULL;
        if (workers->last)
            workers->last->next = job;
        else
            workers->first = job;
        workers->last = job;
        workers->waiting++;
        (void)pthread_cond_signal(&workers->more);
    }
    (void)pthread_mutex_unlock(&workers->lock);
    return taken;
}

/* What still waits is answered first: a suspended connection cannot be closed. */
void fp_workers_stop(fp_workers *workers)
{
    if (!workers->threads)
        return;
    (void)pthread_mutex_lock(&workers->lock);
    workers->stopping = true;
    (void)pthread_cond_broadcast(&workers->more);
    (void)pthread_mutex_unlock(&workers->lock);
    for (int i = 0; i < workers->count; i++)
        (void)pthread_join(workers->threads[i], NULL);
    workers->count = 0;
}

void fp_workers_clear(fp_workers *workers)
{
    if (!workers->threads)
        return;
    (void)pthread_cond_destroy(&workers->more);
    (void)pthread_mutex_destroy(&workers->lock);
    free(workers->threads);
    workers->threads = NULL;
}
