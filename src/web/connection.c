#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "web/server_priv.h"

/* The one answer that is written past libmicrohttpd, which has not read a request to answer. */
static const char too_slow[] = "HTTP/1.1 408 Request Timeout\r\n"
                               "Content-Type: text/plain; charset=utf-8\r\n"
                               "Content-Length: 38\r\n"
                               "Connection: close\r\n\r\n"
                               "This request took too long to arrive.\n";

static void close_late(fp_watch *watch, double now)
{
    for (fp_connection *c = watch->first; c; c = c->next) {
        if (c->late || now - c->since < watch->seconds)
            continue;
        c->late = true;
        if (watch->plain && !c->answering)
            (void)send(c->fd, too_slow, sizeof too_slow - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
        (void)shutdown(c->fd, SHUT_RDWR); /* libmicrohttpd sees the end and closes it */
    }
}

static void *watch_all(void *context)
{
    fp_watch *watch = context;
    (void)pthread_mutex_lock(&watch->lock);
    while (!watch->stopping) {
        struct timespec next;
        (void)clock_gettime(CLOCK_MONOTONIC, &next);
        next.tv_sec += 1;
        (void)pthread_cond_timedwait(&watch->stop, &watch->lock, &next);
        close_late(watch, fp_monotonic());
    }
    (void)pthread_mutex_unlock(&watch->lock);
    return NULL;
}

fp_status fp_watch_start(fp_watch *watch, double seconds, bool plain, fp_err *err)
{
    pthread_condattr_t monotonic;
    *watch = (fp_watch){.seconds = seconds, .plain = plain};
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_mutex_init(&watch->lock, NULL);
    (void)pthread_cond_init(&watch->stop, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
    watch->running = pthread_create(&watch->thread, NULL, watch_all, watch) == 0;
    if (!watch->running)
        return fp_fail(err, FP_IO, "the system gives no more threads");
    return FP_OK;
}

void fp_watch_stop(fp_watch *watch)
{
    if (!watch->running)
        return;
    (void)pthread_mutex_lock(&watch->lock);
    watch->stopping = true;
    (void)pthread_cond_signal(&watch->stop);
    (void)pthread_mutex_unlock(&watch->lock);
    (void)pthread_join(watch->thread, NULL);
    (void)pthread_cond_destroy(&watch->stop);
    (void)pthread_mutex_destroy(&watch->lock);
    watch->running = false;
}

fp_connection *fp_watch_add(fp_watch *watch, int fd)
{
    fp_connection *connection = calloc(1, sizeof *connection);
    if (!connection)
        return NULL;
    (void)pthread_mutex_lock(&watch->lock);
    *connection = (fp_connection){.next = watch->first, .fd = fd, .since = fp_monotonic()};
    if (watch->first)
        watch->first->before = connection;
    watch->first = connection;
    (void)pthread_mutex_unlock(&watch->lock);
    return connection;
}

void fp_watch_remove(fp_watch *watch, fp_connection *connection)
{
    if (!connection)
        return;
    (void)pthread_mutex_lock(&watch->lock);
    if (connection->before)
        connection->before->next = connection->next;
    else
        watch->first = connection->next;
    if (connection->next)
        connection->next->before = connection->before;
    (void)pthread_mutex_unlock(&watch->lock);
    free(connection);
}

static bool begin_phase(fp_watch *watch, fp_connection *connection, bool answering)
{
    if (!connection)
        return true;
    (void)pthread_mutex_lock(&watch->lock);
    bool in_time = !connection->late;
    connection->answering = answering;
    connection->since = fp_monotonic();
    (void)pthread_mutex_unlock(&watch->lock);
    return in_time;
}

bool fp_watch_whole(fp_watch *watch, fp_connection *connection)
{
    return begin_phase(watch, connection, true);
}

void fp_watch_done(fp_watch *watch, fp_connection *connection)
{
    (void)begin_phase(watch, connection, false);
}

static bool is_answering(fp_watch *watch)
{
    bool any = false;
    (void)pthread_mutex_lock(&watch->lock);
    for (fp_connection *c = watch->first; c; c = c->next)
        any = any || (c->answering && !c->late);
    (void)pthread_mutex_unlock(&watch->lock);
    return any;
}

void fp_watch_drain(fp_watch *watch, double seconds)
{
    const struct timespec moment = {.tv_nsec = 5000000};
    for (double end = fp_monotonic() + seconds; fp_monotonic() < end && is_answering(watch);)
        (void)nanosleep(&moment, NULL);
}
