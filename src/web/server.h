#ifndef FP_WEB_SERVER_H
#define FP_WEB_SERVER_H

#include "web/web.h"

/* A workbench on a socket: libmicrohttpd reads and writes (docs/adr/0011-libmicrohttpd.md), worker
 * threads answer. A request that takes long holds up no other connection. */
typedef struct fp_server fp_server;

enum { FP_SERVER_URL = 160 };

typedef struct {
    const char *address;  /* "127.0.0.1", "::1", "localhost"; NULL = the first */
    int port;             /* 0 = any that is free */
    const char *tls_cert; /* PEM files; both or neither */
    const char *tls_key;
    bool behind_proxy;   /* somebody else does TLS: another address than loopback is allowed */
    const char *log;     /* access log, appended to; NULL = standard error, "" = none */
    int workers;         /* threads that answer; 0 = 8 */
    int request_seconds; /* a request must be whole within; 0 = 30 */
    int idle_seconds;    /* a connection may wait for its next request; 0 = 20 */
    int connections;     /* at most; 0 = 1000, or what the limit on open files leaves */
} fp_server_options;

/* Check options before the study is opened. Errors: FP_USAGE (an address that is not one of this
 * machine's loopback without TLS or a proxy; a port; a certificate without its key), FP_INPUT (PEM
 * files that cannot be read, do not belong together, are over or not valid yet). */
FP_MUST_USE fp_status fp_server_check(const fp_server_options *options, fp_err *err);
/* Listen and answer from now on, in threads of its own.
 * in  web  outlives the server                       borrowed
 * Errors: as fp_server_check; FP_IO (address in use, not of this machine, no right to the port; a
 * log that cannot be opened; no threads). To be stopped with fp_server_stop. */
FP_MUST_USE fp_status fp_server_start(const fp_server_options *options, fp_web *web,
                                      fp_server **out, fp_err *err);
/* "https://127.0.0.1:8080" */
const char *fp_server_url(const fp_server *server);
/* What a link to it begins with, for whoever opens it elsewhere too: "" where the server cannot
 * know (a proxy in front, every address of the machine). */
const char *fp_server_link(const fp_server *server);
/* The same of a server with these options that may run already; "" for any port, too.
 * Errors: FP_USAGE. */
FP_MUST_USE fp_status fp_server_link_of(const fp_server_options *options, char link[FP_SERVER_URL],
                                        fp_err *err);
/* Take no new connections, let requests that came in whole be answered (at most `seconds`), close
 * everything. NULL is allowed. */
void fp_server_stop(fp_server *server, int seconds);

#endif
