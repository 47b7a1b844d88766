#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/num.h"
#include "cli/study.h"
#include "web/route.h"
#include "web/server.h"

enum { ADDRESS, PORT, TLS_CERT, TLS_KEY, BEHIND_PROXY, KEY_FILE, LOG_FILE, ROUTES };
enum { USUAL_PORT = 8080, STOP_SECONDS = 30 };

static const struct argp_option options[] = {
    {"address", FP_CLI_OWN(ADDRESS), "ADDRESS", 0,
     "listen here, in numbers (default 127.0.0.1: this machine alone)", 0},
    {"port", FP_CLI_OWN(PORT), "N", 0, "listen at this port (default 8080; 0 = any)", 0},
    {"tls-cert", FP_CLI_OWN(TLS_CERT), "FILE", 0, "certificate and those above it, PEM", 0},
    {"tls-key", FP_CLI_OWN(TLS_KEY), "FILE", 0, "its private key, PEM, without a password", 0},
    {"behind-proxy", FP_CLI_OWN(BEHIND_PROXY), NULL, 0,
     "a proxy in front does the TLS and adds X-Forwarded-For", 0},
    {"key-file", FP_CLI_OWN(KEY_FILE), "FILE", 0,
     "the master key of the identities (firstplace key new)", 0},
    {"log", FP_CLI_OWN(LOG_FILE), "FILE", 0,
     "append one line of JSON a request (default standard error)", 0},
    {"routes", FP_CLI_OWN(ROUTES), NULL, 0, "list every page with who may see it, and stop", 0},
    {0}};

static fp_status read_port(const fp_cli *cli, int *port, fp_err *err)
{
    int64_t number = USUAL_PORT;
    const char *text = cli->own[PORT];
    if (text && !fp_int_parse(fp_str_of(text), 0, 65535, &number))
        return fp_fail(err, FP_USAGE, "--port: \"%.100s\" is not a port: 1 to 65535, or 0 for any",
                       text);
    *port = (int)number;
    return FP_OK;
}

static fp_status print_routes(fp_err *err)
{
    FP_BUF_SCOPED(out, FP_MIB);
    for (ptrdiff_t i = 0; i < fp_route_count; i++)
        fp_buf_printf(&out, "%-4s %-32s %-10s %s\n", fp_method_text(fp_routes[i].method),
                      fp_routes[i].path, fp_permission_text(fp_routes[i].permission),
                      fp_routes[i].help);
    return fp_cli_print(fp_buf_str(&out), err);
}

/* Tell systemd (sd_notify(3)) where it asked to be told: one datagram. */
static void notify(const char *state)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    const char *path = getenv("NOTIFY_SOCKET");
    size_t n = path ? strlen(path) : 0;
    if (n < 2 || n >= sizeof to.sun_path)
        return;
    memcpy(to.sun_path, path, n);
    if (path[0] == '@')
        to.sun_path[0] = '\0'; /* an abstract socket */
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    (void)sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&to,
                 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n));
    (void)close(fd);
}

/* The signals that end a server are waited for, not handled: blocked in every thread made after. */
static void block_signals(sigset_t *ends)
{
    (void)sigemptyset(ends);
    (void)sigaddset(ends, SIGTERM);
    (void)sigaddset(ends, SIGINT);
    (void)sigaddset(ends, SIGHUP);
    (void)pthread_sigmask(SIG_BLOCK, ends, NULL);
}

static fp_status serve_until_signal(const fp_server_options *server_options, fp_web *web,
                                    const char *folder, fp_err *err)
{
    sigset_t ends;
    int which;
    fp_server *server;
    block_signals(&ends);
    FP_TRY(fp_server_start(server_options, web, &server, err));
    (void)printf("%s is served at %s\nControl-C stops it.\n", folder, fp_server_url(server));
    (void)fflush(stdout);
    notify("READY=1");
    (void)sigwait(&ends, &which);
    notify("STOPPING=1");
    (void)pthread_sigmask(SIG_UNBLOCK, &ends, NULL); /* a second signal does not wait */
    fp_server_stop(server, STOP_SECONDS);
    return FP_OK;
}

static fp_status run(fp_cli *cli, fp_err *err)
{
    __attribute__((cleanup(fp_web_cleanup))) fp_web *web = NULL;
    if (cli->own[ROUTES])
        return print_routes(err);
    if (cli->arg_count < 1) {
        (void)fp_fail(err, FP_USAGE, "STUDY is missing");
        return fp_hint(err, FP_USAGE, "the folder of a study; firstplace new makes one");
    }
    fp_server_options server = {.address = cli->own[ADDRESS],
                                .tls_cert = cli->own[TLS_CERT],
                                .tls_key = cli->own[TLS_KEY],
                                .behind_proxy = cli->own[BEHIND_PROXY] != NULL,
                                .log = cli->own[LOG_FILE]};
    FP_TRY(read_port(cli, &server.port, err));
    FP_TRY(fp_server_check(&server, err));
    fp_web_options study = {.folder = cli->arg[0],
                            .key_file = cli->own[KEY_FILE],
                            .secure = server.tls_cert != NULL || server.behind_proxy,
                            .behind_proxy = server.behind_proxy};
    FP_TRY(fp_web_open(&study, &web, err));
    return serve_until_signal(&server, web, cli->arg[0], err);
}

const fp_command fp_command_serve = {
    .name = "serve",
    .summary = "open the workbench of a study in the browser",
    .args = "STUDY",
    .arg_least = 0,
    .arg_most = 1,
    .options = options,
    .notes = "Listens on this machine alone. For others to reach it, give a certificate "
             "(--tls-cert, --tls-key), or put a proxy in front (--behind-proxy); without either an "
             "address that others reach is refused. SIGTERM or Control-C: running requests are "
             "answered first.\n\nExample: firstplace serve amsterdam --port 8443 --tls-cert "
             "cert.pem --tls-key key.pem",
    .run = run,
};
