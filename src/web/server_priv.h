#ifndef FP_WEB_SERVER_PRIV_H
#define FP_WEB_SERVER_PRIV_H

#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>

#include "web/server.h"

/* ---- listen.c ---- */

typedef struct {
    struct sockaddr_storage address;
    socklen_t length;
    bool loopback;
    bool any;                        /* every address of the machine: 0.0.0.0, :: */
    char host[INET6_ADDRSTRLEN + 2]; /* as in a URL: "[::1]" */
} fp_endpoint;
/* Errors: FP_USAGE (not a numeric address or localhost; a port outside 0..65535). */
FP_MUST_USE fp_status fp_endpoint_of(const char *address, int port, fp_endpoint *out, fp_err *err);
/* A listening socket that does not block; *port as it became. Errors: FP_IO. */
FP_MUST_USE fp_status fp_endpoint_listen(const fp_endpoint *endpoint, int *port, int *fd,
                                         fp_err *err);

/* ---- certificate.c ---- */

typedef struct {
    const char *certificate, *key; /* PEM, in the arena */
} fp_certificate;
/* Read both files and see that they belong together and are valid at `now`. Errors: FP_INPUT. */
FP_MUST_USE fp_status fp_certificate_read(const char *certificate, const char *key, int64_t now,
                                          fp_arena *arena, fp_certificate *out, fp_err *err);

/* ---- access_log.c ---- */

typedef struct {
    int fd; /* -1 = none */
    bool own;
} fp_access_log;
FP_MUST_USE fp_status fp_access_log_open(const char *path, fp_access_log *log, fp_err *err);
void fp_access_log_close(fp_access_log *log);
/* One line of JSON by one write: time, method, route (the pattern, not the path), status, bytes,
 * ms, role, and `error` where the server failed. No address, no id, no name. */
void fp_access_log_write(const fp_access_log *log, int64_t now, const char *method,
                         const fp_response *response, double ms);

/* ---- connection.c: how long each connection takes ---- */

/* One connection. A request must be whole `request_seconds` after the one before was answered (or
 * after it connected), and its answer be taken within as long again; libmicrohttpd itself only
 * knows how long nothing at all came. */
typedef struct fp_connection {
    struct fp_connection *next, *before;
    int fd;
    bool answering; /* the request is whole; a worker or the network has it */
    bool late;      /* told so; nothing more is sent */
    double since;   /* [s], monotonic: when this phase began */
} fp_connection;
typedef struct {
    pthread_mutex_t lock;
    pthread_cond_t stop;
    pthread_t thread;
    fp_connection *first;
    double seconds;
    bool plain; /* no TLS: a late request can be told so */
    bool stopping, running;
} fp_watch;
FP_MUST_USE fp_status fp_watch_start(fp_watch *watch, double seconds, bool plain, fp_err *err);
void fp_watch_stop(fp_watch *watch);
fp_connection *fp_watch_add(fp_watch *watch, int fd); /* NULL: no memory */
void fp_watch_remove(fp_watch *watch, fp_connection *connection);
/* The request is whole. false: it was too late, and its connection is being closed. */
bool fp_watch_whole(fp_watch *watch, fp_connection *connection);
/* Its answer went out. */
void fp_watch_done(fp_watch *watch, fp_connection *connection);
/* Wait until every request that came in whole has its answer, at most `seconds`. */
void fp_watch_drain(fp_watch *watch, double seconds);

/* ---- work.c: the threads that answer ---- */

/* A request on its way through the server. */
typedef struct fp_job {
    struct fp_job *next;
    struct MHD_Connection *connection;
    struct fp_server *server;
    fp_connection *watched;
    char *target; /* as it came */
    const char *method;
    fp_buf body;
    fp_arena *arena;
    fp_response response;
    bool begun, too_large, answered;
    double since;
} fp_job;
typedef struct {
    pthread_mutex_t lock;
    pthread_cond_t more;
    pthread_t *threads; /* count */
    int count;
    fp_job *first, *last;
    int waiting, most_waiting;
    bool stopping;
} fp_workers;
FP_MUST_USE fp_status fp_workers_start(fp_workers *workers, int count, int most_waiting,
                                       fp_err *err);
/* false: too many wait already. */
bool fp_workers_give(fp_workers *workers, fp_job *job);
/* End the threads; what is given afterwards is not taken. Clear when nobody can give any more. */
void fp_workers_stop(fp_workers *workers);
void fp_workers_clear(fp_workers *workers);
/* server.c: answer the job and let libmicrohttpd go on with its connection. */
void fp_job_run(fp_job *job);

double fp_monotonic(void); /* [s] */

#endif
