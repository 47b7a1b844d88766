#include "web/server_priv.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/num.h"

enum {
    WORKERS = 8,
    REQUEST_SECONDS = 30,
    IDLE_SECONDS = 20,
    CONNECTIONS = 1000,
    OWN_FILES = 100,          /* descriptors that are no connections */
    NETWORK_THREADS = 2,      /* they only read, write and speak TLS */
    CONNECTION_MEMORY = 32768 /* [bytes] of libmicrohttpd for one connection */
};
#define JOB_MEMORY (64 * FP_MIB)
#define PAGE_MAX   (16 * FP_MIB)

struct fp_server {
    fp_server_options options;
    fp_web *web;
    fp_arena *arena;
    struct MHD_Daemon *daemon;
    fp_access_log log;
    fp_watch watch;
    fp_workers workers;
    char url[FP_SERVER_URL], link[FP_SERVER_URL];
    char said[256]; /* by libmicrohttpd while it starts */
    bool started;
    _Atomic bool stopping;
};

static bool has_tls(const fp_server_options *options)
{
    return options->tls_cert != NULL;
}

static int or_usual(int given, int usual)
{
    return given > 0 ? given : usual;
}

fp_status fp_server_check(const fp_server_options *options, fp_err *err)
{
    fp_endpoint endpoint;
    if (!options->tls_cert != !options->tls_key) {
        (void)fp_fail(err, FP_USAGE, "--tls-cert and --tls-key go together");
        return fp_hint(err, FP_USAGE, "the certificate and its private key, both as PEM files");
    }
    FP_TRY(fp_endpoint_of(options->address, options->port, &endpoint, err));
    if (!endpoint.loopback && !has_tls(options) && !options->behind_proxy) {
        (void)fp_fail(err, FP_USAGE, "%s is not this machine alone, and there is no TLS",
                      endpoint.host);
        return fp_hint(err, FP_USAGE,
                       "passwords and names would cross the network readable: give --tls-cert and "
                       "--tls-key, or --behind-proxy where a proxy in front does the TLS");
    }
    if (!has_tls(options))
        return FP_OK;
    FP_ARENA_SCOPED(arena, 8 * FP_MIB, err);
    fp_certificate pair;
    return fp_certificate_read(options->tls_cert, options->tls_key, (int64_t)time(NULL), arena,
                               &pair, err);
}

/* ---- One request ---- */

static void *begin_job(void *context, const char *uri, struct MHD_Connection *connection)
{
    fp_job *job = calloc(1, sizeof *job);
    if (!job)
        return NULL;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    job->server = context;
    job->connection = connection;
    job->watched = info ? info->socket_context : NULL;
    job->target = strdup(uri);
    fp_buf_init(&job->body, FP_BODY_MAX);
    fp_response_init(&job->response, PAGE_MAX);
    return job;
}

static void end_job(void *context, struct MHD_Connection *connection, void **slot,
                    enum MHD_RequestTerminationCode how)
{
    fp_job *job = *slot;
    (void)connection, (void)how;
    *slot = NULL;
    if (!job)
        return;
    fp_watch_done(&((fp_server *)context)->watch, job->watched);
    fp_buf_clear(&job->body);
    fp_response_clear(&job->response);
    fp_arena_destroy(job->arena);
    free(job->target);
    free(job);
}

static void refuse(fp_job *job, int status, const char *line)
{
    fp_web_refuse(job->server->web, status, line, &job->response);
    job->answered = true;
}

/* What a request says of its own size, before a byte of it is read. */
static bool is_announced_too_large(struct MHD_Connection *connection)
{
    int64_t length;
    const char *text = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Content-Length");
    return text && (!fp_int_parse(fp_str_of(text), 0, INT64_MAX, &length) || length > FP_BODY_MAX);
}

static enum MHD_Result queue(fp_job *job)
{
    fp_response *from = &job->response;
    struct MHD_Response *response =
        MHD_create_response_from_buffer(from->body.n, from->body.p, MHD_RESPMEM_PERSISTENT);
    if (!response)
        return MHD_NO;
    enum MHD_Result ok = MHD_add_response_header(response, "Content-Type", from->type);
    for (int i = 0; i < from->header_count && ok == MHD_YES; i++)
        ok = MHD_add_response_header(response, from->headers[i].name.p, from->headers[i].value.p);
    if (job->server->stopping && ok == MHD_YES)
        ok = MHD_add_response_header(response, "Connection", "close");
    if (ok == MHD_YES)
        ok = MHD_queue_response(job->connection, (unsigned)from->status, response);
    MHD_destroy_response(response);
    fp_access_log_write(&job->server->log, (int64_t)time(NULL), job->method, from,
                        1e3 * (fp_monotonic() - job->since));
    return ok;
}

/* The head is in. An answer at this point ends the connection, so that it is only given to what is
 * not going to be read. */
static enum MHD_Result on_head(fp_job *job, const char *method)
{
    job->begun = true;
    job->since = fp_monotonic();
    job->method = method;
    if (!is_announced_too_large(job->connection))
        return MHD_YES;
    refuse(job, 413, "This form is too large.");
    return queue(job);
}

static void on_piece(fp_job *job, const char *piece, size_t size)
{
    if (job->body.n + size > FP_BODY_MAX)
        job->too_large = true; /* of no announced length: read to its end, and not kept */
    else
        fp_buf_put_n(&job->body, piece, size);
}

/* The request is whole: a worker's turn, while the connection rests. */
static enum MHD_Result on_whole(fp_server *server, fp_job *job)
{
    if (!fp_watch_whole(&server->watch, job->watched))
        return MHD_NO;
    job->since = fp_monotonic();
    if (job->too_large || job->body.failed) {
        refuse(job, job->too_large ? 413 : 507, "This form is too large.");
        return queue(job);
    }
    MHD_suspend_connection(job->connection);
    if (!fp_workers_give(&server->workers, job)) {
        refuse(job, 503, "The server has more to do than it can. Try again in a minute.");
        MHD_resume_connection(job->connection);
    }
    return MHD_YES;
}

/* libmicrohttpd calls this when the head is in, then for each piece of the body, then once without
 * a piece; and once more after the connection has rested. */
static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *piece,
                                  size_t *size, void **slot)
{
    fp_job *job = *slot;
    (void)connection, (void)url, (void)version;
    if (!job || !job->target)
        return MHD_NO;
    if (!job->begun)
        return on_head(job, method);
    if (*size) {
        on_piece(job, piece, *size);
        *size = 0;
        return MHD_YES;
    }
    return job->answered ? queue(job) : on_whole(context, job);
}

typedef struct {
    fp_field *items;
    ptrdiff_t count;
} header_list;

static enum MHD_Result add_header(void *context, enum MHD_ValueKind kind, const char *name,
                                  size_t name_size, const char *value, size_t value_size)
{
    header_list *list = context;
    (void)kind;
    list->items[list->count++] =
        (fp_field){{name, name_size}, {value ? value : "", value ? value_size : 0}};
    return list->count <= FP_FIELDS_MAX ? MHD_YES : MHD_NO;
}

static const char *peer_of(struct MHD_Connection *connection, char out[INET6_ADDRSTRLEN])
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const struct sockaddr *address = info ? info->client_addr : NULL;
    out[0] = '\0';
    if (address && address->sa_family == AF_INET)
        (void)inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)address)->sin_addr,
                        out, INET6_ADDRSTRLEN);
    else if (address && address->sa_family == AF_INET6)
        (void)inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr,
                        out, INET6_ADDRSTRLEN);
    return out;
}

static fp_status answer(fp_job *job, fp_err *err)
{
    char peer[INET6_ADDRSTRLEN];
    header_list headers = {0};
    job->arena = fp_arena_create(JOB_MEMORY);
    if (!job->arena)
        return fp_fail_nomem(err, JOB_MEMORY);
    FP_ARRAY(headers.items, job->arena, FP_FIELDS_MAX + 1, err);
    (void)MHD_get_connection_values_n(job->connection, MHD_HEADER_KIND, add_header, &headers);
    fp_raw_request raw = {.method = fp_str_of(job->method),
                          .target = fp_str_of(job->target),
                          .headers = {headers.items, headers.count},
                          .body = fp_buf_str(&job->body),
                          .peer = fp_str_of(peer_of(job->connection, peer))};
    fp_web_serve(job->server->web, &raw, job->arena, &job->response);
    return FP_OK;
}

void fp_job_run(fp_job *job)
{
    fp_err err = {0};
    if (answer(job, &err) != FP_OK)
        fp_web_refuse(job->server->web, 507, "The server has no memory left.", &job->response);
    job->answered = true;
    MHD_resume_connection(job->connection); /* from here on the job is not ours */
}

static void on_connection(void *context, struct MHD_Connection *connection, void **slot,
                          enum MHD_ConnectionNotificationCode what)
{
    fp_server *server = context;
    if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
        fp_watch_remove(&server->watch, *slot);
        *slot = NULL;
        return;
    }
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    *slot = info ? fp_watch_add(&server->watch, info->connect_fd) : NULL;
}

/* ---- The server ---- */

FP_PRINTF(2, 0)
static void on_words(void *context, const char *format, va_list values)
{
    fp_server *server = context;
    if (server->started)
        return; /* broken connections and handshakes: no matter of ours */
    (void)vsnprintf(server->said, sizeof server->said, format, values);
    server->said[strcspn(server->said, "\r\n")] = '\0';
}

/* How many connections the limit on open files leaves; it is raised as far as may be. */
static unsigned connection_limit(const fp_server *server)
{
    struct rlimit files = {0};
    int wanted = or_usual(server->options.connections, CONNECTIONS);
    if (getrlimit(RLIMIT_NOFILE, &files) != 0)
        return (unsigned)wanted;
    files.rlim_cur = files.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &files);
    (void)getrlimit(RLIMIT_NOFILE, &files);
    if (files.rlim_cur >= (rlim_t)wanted + OWN_FILES)
        return (unsigned)wanted;
    return files.rlim_cur > 2 * OWN_FILES ? (unsigned)files.rlim_cur - OWN_FILES : OWN_FILES;
}

static fp_status start_daemon(fp_server *server, int fd, fp_err *err)
{
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
    fp_certificate pair = {0};
    struct MHD_OptionItem tls[] = {{MHD_OPTION_END, 0, NULL}, {0}, {0}, {0}};
    if (has_tls(&server->options)) {
        static char priorities[] = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2";
        FP_TRY(fp_certificate_read(server->options.tls_cert, server->options.tls_key,
                                   (int64_t)time(NULL), server->arena, &pair, err));
        flags |= MHD_USE_TLS;
        tls[0] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_CERT, 0,
                                         (void *)(uintptr_t)pair.certificate};
        tls[1] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)pair.key};
        tls[2] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_PRIORITIES, 0, priorities};
        tls[3] = (struct MHD_OptionItem){MHD_OPTION_END, 0, NULL};
    }
    server->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, server, MHD_OPTION_EXTERNAL_LOGGER, on_words, server,
        MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_THREAD_POOL_SIZE, (unsigned)NETWORK_THREADS,
        MHD_OPTION_CONNECTION_LIMIT, connection_limit(server), MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)or_usual(server->options.idle_seconds, IDLE_SECONDS),
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY, MHD_OPTION_STRICT_FOR_CLIENT,
        1, MHD_OPTION_URI_LOG_CALLBACK, begin_job, server, MHD_OPTION_NOTIFY_COMPLETED, end_job,
        server, MHD_OPTION_NOTIFY_CONNECTION, on_connection, server, MHD_OPTION_ARRAY, tls,
        MHD_OPTION_END);
    if (!server->daemon)
        return fp_fail(err, FP_IO, "the server does not start: %s", server->said);
    server->started = true;
    return FP_OK;
}

static void put_url(const fp_server_options *options, const fp_endpoint *endpoint, int port,
                    char url[FP_SERVER_URL])
{
    (void)snprintf(url, FP_SERVER_URL, "%s://%s:%d", has_tls(options) ? "https" : "http",
                   endpoint->host, port);
}

static void put_link(const fp_server_options *options, const fp_endpoint *endpoint, int port,
                     char link[FP_SERVER_URL])
{
    link[0] = '\0';
    if (!options->behind_proxy && !endpoint->any && port != 0)
        put_url(options, endpoint, port, link);
}

static fp_status start(fp_server *server, fp_err *err)
{
    fp_endpoint endpoint;
    const fp_server_options *options = &server->options;
    int port = options->port, fd = -1;
    server->arena = fp_arena_create(8 * FP_MIB);
    if (!server->arena)
        return fp_fail_nomem(err, 8 * FP_MIB);
    FP_TRY(fp_server_check(options, err));
    FP_TRY(fp_endpoint_of(options->address, port, &endpoint, err));
    FP_TRY(fp_access_log_open(options->log, &server->log, err));
    FP_TRY(fp_workers_start(&server->workers, or_usual(options->workers, WORKERS),
                            or_usual(options->connections, CONNECTIONS), err));
    FP_TRY(fp_watch_start(&server->watch, or_usual(options->request_seconds, REQUEST_SECONDS),
                          !has_tls(options), err));
    FP_TRY(fp_endpoint_listen(&endpoint, &port, &fd, err));
    put_url(options, &endpoint, port, server->url);
    put_link(options, &endpoint, port, server->link);
    fp_status status = start_daemon(server, fd, err);
    if (status != FP_OK)
        (void)close(fd);
    return status;
}

fp_status fp_server_start(const fp_server_options *options, fp_web *web, fp_server **out,
                          fp_err *err)
{
    fp_server *server = calloc(1, sizeof *server);
    if (!server)
        return fp_fail_nomem(err, sizeof *server);
    server->options = *options;
    server->web = web;
    server->log.fd = -1;
    fp_status status = start(server, err);
    if (status == FP_OK)
        *out = server;
    else
        fp_server_stop(server, 0);
    return status;
}

const char *fp_server_url(const fp_server *server)
{
    return server->url;
}

const char *fp_server_link(const fp_server *server)
{
    return server->link;
}

fp_status fp_server_link_of(const fp_server_options *options, char link[FP_SERVER_URL], fp_err *err)
{
    fp_endpoint endpoint;
    FP_TRY(fp_endpoint_of(options->address, options->port, &endpoint, err));
    put_link(options, &endpoint, options->port, link);
    return FP_OK;
}

/* The order matters. The listening socket takes nobody more, but is closed last: network threads
 * may still look at it. Workers end before libmicrohttpd does, for it cannot close what is
 * suspended. */
void fp_server_stop(fp_server *server, int seconds)
{
    MHD_socket fd = MHD_INVALID_SOCKET;
    if (!server)
        return;
    server->stopping = true;
    if (server->daemon) {
        fd = MHD_quiesce_daemon(server->daemon);
        if (fd != MHD_INVALID_SOCKET)
            (void)shutdown(fd, SHUT_RDWR);
        fp_watch_drain(&server->watch, seconds);
    }
    fp_workers_stop(&server->workers);
    if (server->daemon)
        MHD_stop_daemon(server->daemon);
    if (fd != MHD_INVALID_SOCKET)
        (void)close(fd);
    fp_workers_clear(&server->workers);
    fp_watch_stop(&server->watch);
    fp_access_log_close(&server->log);
    fp_arena_destroy(server->arena);
    free(server);
}
