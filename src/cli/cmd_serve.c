#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/num.h"
#include "cli/study.h"
#include "store/link.h"
#include "web/demo.h"
#include "web/first.h"
#include "web/route.h"
#include "web/server.h"

enum { ADDRESS, PORT, TLS_CERT, TLS_KEY, BEHIND_PROXY, KEY_FILE, LOG_FILE, NEW_LINK, DEMO, ROUTES };
enum { USUAL_PORT = 8080, STOP_SECONDS = 30, WORKERS = 8 };

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
    {"new-link", FP_CLI_OWN(NEW_LINK), "NAME", 0,
     "print a new one-time link for the account NAME, and stop: for who forgot everything", 0},
    {"demo", FP_CLI_OWN(DEMO), NULL, 0,
     "instead of STUDY: a made-up one with an account of each role, gone when it stops", 0},
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

/* Links stand where the server will be found, or as a path where it cannot know that. */
static void print_link(const char *base, const char *token)
{
    (void)printf("  %s/welcome/%s%s\n", base, token,
                 base[0] ? "" : "    (behind the address at which the server is reached)");
}

static fp_status open_log(const char *folder, fp_ledger **ledger, fp_err *err)
{
    char path[PATH_MAX];
    int n = snprintf(path, sizeof path, "%s/study.db", folder);
    if (n < 0 || (size_t)n >= sizeof path)
        return fp_fail(err, FP_INPUT, "the path of the study is too long");
    return fp_ledger_open(path, false, ledger, err);
}

/* Who opens a study for the first time becomes its administrator. */
static fp_status welcome_first(const char *folder, const char *base, fp_err *err)
{
    __attribute__((cleanup(fp_ledger_cleanup))) fp_ledger *ledger = NULL;
    char token[FP_TOKEN_DIGITS + 1];
    FP_TRY(open_log(folder, &ledger, err));
    FP_TRY(fp_first_administrator(ledger, (int64_t)time(NULL), token, err));
    if (!token[0])
        return FP_OK;
    (void)printf("There is no account yet. This link makes you the administrator; it works once, "
                 "for three days:\n");
    print_link(base, token);
    return FP_OK;
}

/* The first link comes from the first start. */
static fp_status need_database(const char *folder, fp_err *err)
{
    char path[PATH_MAX];
    int n = snprintf(path, sizeof path, "%s/study.db", folder);
    if (n < 0 || (size_t)n >= sizeof path || fp_file_exists(path))
        return FP_OK;
    (void)fp_fail_at(err, FP_INPUT, path, 0, 0, "there is no such file: nobody has an account yet");
    return fp_hint(err, FP_INPUT,
                   "start the workbench, which prints the first link: firstplace "
                   "serve %.200s",
                   folder);
}

static fp_status new_link(const fp_cli *cli, const fp_server_options *server, fp_err *err)
{
    __attribute__((cleanup(fp_ledger_cleanup))) fp_ledger *ledger = NULL;
    char token[FP_TOKEN_DIGITS + 1], base[FP_SERVER_URL];
    bool usual = !cli->own[ADDRESS] && !cli->own[PORT] && !cli->own[BEHIND_PROXY];
    FP_TRY(fp_server_link_of(server, base, err));
    FP_TRY(need_database(cli->arg[0], err));
    FP_TRY(open_log(cli->arg[0], &ledger, err));
    FP_TRY(fp_first_link(ledger, cli->own[NEW_LINK], (int64_t)time(NULL), token, err));
    (void)printf("This link sets a new password and a new second factor for \"%s\"; it works "
                 "once, for three days:\n",
                 cli->own[NEW_LINK]);
    print_link(base, token);
    if (usual)
        (void)printf("Is the server reached at another address? Put what begins with /welcome "
                     "behind that.\n");
    return FP_OK;
}

static fp_status serve_until_signal(const fp_server_options *server_options, fp_web *web,
                                    const char *folder, const sigset_t *ends, fp_err *err)
{
    int which;
    fp_server *server;
    FP_TRY(fp_server_start(server_options, web, &server, err));
    const char *url = fp_server_url(server);
    (void)printf("%s is served at %s\nControl-C stops it.\n", folder, url);
    fp_status status = welcome_first(folder, fp_server_link(server), err);
    (void)fflush(stdout);
    if (status == FP_OK) {
        notify("READY=1");
        (void)sigwait(ends, &which);
        notify("STOPPING=1");
        (void)pthread_sigmask(SIG_UNBLOCK, ends, NULL); /* a second signal does not wait */
    }
    fp_server_stop(server, STOP_SECONDS);
    return status;
}

static fp_status serve(const fp_server_options *server, const fp_web_options *study,
                       const sigset_t *ends, fp_err *err)
{
    __attribute__((cleanup(fp_web_cleanup))) fp_web *web = NULL;
    FP_TRY(fp_web_open(study, &web, err));
    return serve_until_signal(server, web, study->folder, ends, err);
}

static fp_status serve_demo(const fp_server_options *server, fp_web_options *study,
                            const sigset_t *ends, fp_err *err)
{
    __attribute__((cleanup(fp_demo_remove))) fp_demo demo = {0};
    (void)printf("Making the demonstration ...\n");
    (void)fflush(stdout);
    FP_TRY(fp_demo_make(&demo, err));
    study->folder = demo.folder;
    study->key_file = demo.key;
    study->one_factor = true;
    (void)printf("A demonstration: everybody in it is made up, and it is gone when it stops. No "
                 "second factor is asked.\nEverybody's password: %s\n",
                 demo.password);
    for (int i = 0; i < FP_DEMO_ACCOUNTS; i++)
        (void)printf("  %-14s %s\n", fp_demo_accounts[i].name, fp_demo_accounts[i].what);
    return serve(server, study, ends, err);
}

/* What does not go together. */
static fp_status check_use(const fp_cli *cli, fp_err *err)
{
    bool demo = cli->own[DEMO] != NULL;
    if (!demo && cli->arg_count < 1) {
        (void)fp_fail(err, FP_USAGE, "STUDY is missing");
        return fp_hint(err, FP_USAGE,
                       "the folder of a study (firstplace new makes one), or --demo");
    }
    if (demo && (cli->arg_count || cli->own[KEY_FILE] || cli->own[NEW_LINK]))
        return fp_fail(err, FP_USAGE, "--demo brings its own study, key and accounts");
    if (demo && (cli->own[ADDRESS] || cli->own[BEHIND_PROXY]))
        return fp_fail(err, FP_USAGE,
                       "--demo is for this machine alone: leave out --address and "
                       "--behind-proxy");
    return FP_OK;
}

static fp_status run(fp_cli *cli, fp_err *err)
{
    if (cli->own[ROUTES])
        return print_routes(err);
    FP_TRY(check_use(cli, err));
    fp_server_options server = {.address = cli->own[ADDRESS],
                                .tls_cert = cli->own[TLS_CERT],
                                .tls_key = cli->own[TLS_KEY],
                                .behind_proxy = cli->own[BEHIND_PROXY] != NULL,
                                .workers = WORKERS,
                                .log = cli->own[LOG_FILE] || !cli->own[DEMO] ? cli->own[LOG_FILE]
                                                                             : ""};
    FP_TRY(read_port(cli, &server.port, err));
    FP_TRY(fp_server_check(&server, err));
    if (cli->own[NEW_LINK])
        return new_link(cli, &server, err);
    fp_web_options study = {.folder = cli->arg[0],
                            .key_file = cli->own[KEY_FILE],
                            .secure = server.tls_cert != NULL || server.behind_proxy,
                            .behind_proxy = server.behind_proxy,
                            .readers = WORKERS};
    sigset_t ends;
    block_signals(&ends); /* before anything is made that has to be removed */
    return cli->own[DEMO] ? serve_demo(&server, &study, &ends, err)
                          : serve(&server, &study, &ends, err);
}

const fp_command fp_command_serve = {
    .name = "serve",
    .summary = "open the workbench of a study in the browser",
    .args = "[STUDY]",
    .arg_least = 0,
    .arg_most = 1,
    .options = options,
    .notes =
        "Listens on this machine alone. For others to reach it, give a certificate "
        "(--tls-cert, --tls-key), or put a proxy in front (--behind-proxy); without either an "
        "address that others reach is refused. The first start prints a link that makes the first "
        "account. SIGTERM or Control-C: running requests are "
        "answered first.\n\nExample: firstplace serve amsterdam --port 8443 --tls-cert "
        "cert.pem --tls-key key.pem",
    .run = run,
};
