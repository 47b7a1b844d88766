/* The server over real sockets, and what people and machines do to it: each gets a plain answer,
 * and others are still served. The limits in time are short here, and only their order is tested.
 */
#define CK_FLOATING_DIG 17
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/num.h"
#include "run_suite.h"
#include "web/client.h"
#include "web/server.h"

enum { LOT = 1 << 16, ANSWER_MAX = 1 << 18 };

static client study;
static fp_server *server;
static int port;
static char answer[ANSWER_MAX];

static void start(fp_server_options options)
{
    fp_err err = {0};
    int64_t number;
    client_open(&study);
    options.log = "";
    if (fp_server_start(&options, study.web, &server, &err) != FP_OK)
        ck_abort_msg("%s", err.message);
    const char *colon = strrchr(fp_server_url(server), ':');
    ck_assert(fp_int_parse(fp_str_of(colon + 1), 1, 65535, &number));
    port = (int)number;
}

static void stop(void)
{
    fp_server_stop(server, 10);
    client_close(&study);
}

static int dial(void)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval patience = {.tv_sec = 20};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_ge(fd, 0);
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

static bool put(int fd, const char *bytes, size_t n)
{
    while (n) {
        ssize_t sent = send(fd, bytes, n, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        bytes += sent;
        n -= (size_t)sent;
    }
    return true;
}

static void nap(long ms)
{
    struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    (void)nanosleep(&time, NULL);
}

/* All that comes until the other side closes, or 20 s; gives the status, 0 = no answer. */
static int listen_to_end(int fd)
{
    size_t n = 0;
    for (ssize_t got; n + 1 < sizeof answer; n += (size_t)got)
        if ((got = recv(fd, answer + n, sizeof answer - 1 - n, 0)) <= 0)
            break;
    answer[n] = '\0';
    (void)close(fd);
    return n > 12 && strncmp(answer, "HTTP/1.", 7) == 0
               ? (answer[9] - '0') * 100 + (answer[10] - '0') * 10 + answer[11] - '0'
               : 0;
}

static int ask_bytes(const char *bytes, size_t n)
{
    int fd = dial();
    (void)put(fd, bytes, n);
    return listen_to_end(fd);
}

static int ask(const char *text)
{
    return ask_bytes(text, strlen(text));
}

#define LIVE "GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"

static void is_served(void)
{
    ck_assert_int_eq(ask(LIVE), 200);
    ck_assert_ptr_nonnull(strstr(answer, "\r\n\r\nlive\n"));
}

START_TEST(plain)
{
    start((fp_server_options){0});
    is_served();
    ck_assert_ptr_nonnull(strstr(answer, "Content-Security-Policy: default-src 'none'"));
    ck_assert_ptr_null(strstr(answer, "Strict-Transport-Security"));
    ck_assert_int_eq(
        ask("HEAD /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"), 200);
    ck_assert_ptr_nonnull(strstr(answer, "Content-Length: 5"));
    ck_assert_ptr_null(strstr(answer, "live\n"));
    stop();
}
END_TEST

START_TEST(http_1_0)
{
    start((fp_server_options){0});
    int fd = dial();
    ck_assert(put(fd, "GET /health/live HTTP/1.0\r\n\r\n", 29));
    ck_assert_int_eq(listen_to_end(fd), 200); /* and the server closes */
    ck_assert_ptr_nonnull(strstr(answer, "\r\n\r\nlive\n"));
    stop();
}
END_TEST

START_TEST(pipelining)
{
    static const char three[] = "GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n"
                                "GET /health/ready HTTP/1.1\r\nHost: a\r\n\r\n"
                                "GET /nowhere HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    start((fp_server_options){0});
    ck_assert_int_eq(ask(three), 200);
    const char *first = strstr(answer, "\r\n\r\nlive\n");
    ck_assert_ptr_nonnull(first);
    const char *second = strstr(first, "\r\n\r\nready\n");
    ck_assert_ptr_nonnull(second);
    ck_assert_ptr_nonnull(strstr(second, "HTTP/1.1 404"));
    stop();
}
END_TEST

/* What stands on the first line, and what is answered. */
static const struct {
    const char *head;
    int status;
} heads[] = {
    {"GET /.. HTTP/1.1\r\nHost: a\r\n", 400},
    {"GET /style/../study.db HTTP/1.1\r\nHost: a\r\n", 400},
    {"GET /style/%2e%2e/study.db HTTP/1.1\r\nHost: a\r\n", 400},
    {"GET /style/%2e%2e%2fstudy.db HTTP/1.1\r\nHost: a\r\n", 400},
    {"GET /style/..%5cstudy.db HTTP/1.1\r\nHost: a\r\n", 400},
    {"GET /./health/live HTTP/1.1\r\nHost: a\r\n", 400},
    {"GET /health/live%00 HTTP/1.1\r\nHost: a\r\n", 400},
    {"GET /health/live?a=%00 HTTP/1.1\r\nHost: a\r\n", 400},
    {"GET /%ff%fe HTTP/1.1\r\nHost: a\r\n", 400},
    {"GET /%c0%ae%c0%ae/ HTTP/1.1\r\nHost: a\r\n", 400},
    {"GET /%zz HTTP/1.1\r\nHost: a\r\n", 400},
    {"GET /% HTTP/1.1\r\nHost: a\r\n", 400},
    {"GET /%0d%0aSet-Cookie:a=b HTTP/1.1\r\nHost: a\r\n", 400},
    {"GET health HTTP/1.1\r\nHost: a\r\n", 400},
    {"GET * HTTP/1.1\r\nHost: a\r\n", 400},
    {"GET http://a/health/live HTTP/1.1\r\nHost: a\r\n", 200},
    {"GET /health/live?a=b&&c&=d HTTP/1.1\r\nHost: a\r\n", 200},
    {"GET //health/live HTTP/1.1\r\nHost: a\r\n", 404},
    {"GET /HEALTH/live HTTP/1.1\r\nHost: a\r\n", 404},
    {"GET /nowhere HTTP/1.1\r\nHost: a\r\n", 404},
    {"GET /health/live HTTP/1.1\r\n", 400}, /* no Host: RFC 9112, 3.2 */
    {"GET /health/live HTTP/3.7\r\nHost: a\r\n", 505},
    {"POST /health/live HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n", 405},
    {"DELETE /health/live HTTP/1.1\r\nHost: a\r\n", 405},
    {"TRACE /health/live HTTP/1.1\r\nHost: a\r\n", 405},
    {"OPTIONS /health/live HTTP/1.1\r\nHost: a\r\n", 405},
    {"BREW /health/live HTTP/1.1\r\nHost: a\r\n", 405},
    {"POST /language HTTP/1.1\r\nHost: a\r\nContent-Length: 104857600\r\n", 413},
    {"POST /language HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999999\r\n", 413},
    {"POST /language HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n", 400},
};

START_TEST(first_lines)
{
    char text[1024];
    start((fp_server_options){0});
    int n = snprintf(text, sizeof text, "%sConnection: close\r\n\r\n", heads[_i].head);
    int status = ask_bytes(text, (size_t)n);
    if (heads[_i].status != status)
        ck_abort_msg("%s: %d, not %d", heads[_i].head, status, heads[_i].status);
    is_served();
    stop();
}
END_TEST

START_TEST(not_http)
{
    static const char *const texts[] = {"\r\n\r\n\r\n",
                                        "GET",
                                        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
                                        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                                        "GET /\r\n\r\n",
                                        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
                                         "chunked\r\n\r\nzz\r\n\r\n"),
                                        "GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n",
                                        ": / HTTP/1.1\r\n: \r\n\r\n"};
    start((fp_server_options){.request_seconds = 1, .idle_seconds = 1});
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        (void)ask(texts[i]);
    (void)ask_bytes("GET /\0health HTTP/1.1\r\nHost: a\r\n\r\n", 35);
    is_served();
    stop();
}
END_TEST

static void fill_header(char *text, size_t size, size_t header)
{
    size_t n = (size_t)snprintf(text, size, "GET /health/live HTTP/1.1\r\nHost: a\r\nX-Long: ");
    memset(text + n, 'a', header);
    (void)snprintf(text + n + header, size - n - header, "\r\nConnection: close\r\n\r\n");
}

START_TEST(long_headers)
{
    static char text[2 * LOT + 256];
    start((fp_server_options){0});
    fill_header(text, sizeof text, 5000);
    ck_assert_int_eq(ask(text), 200);
    fill_header(text, sizeof text, 10000);
    ck_assert_int_eq(ask(text), 431);
    fill_header(text, sizeof text, 2 * LOT);
    ck_assert_int_eq(ask(text), 431);
    int n = snprintf(text, sizeof text, "GET /");
    memset(text + n, 'a', 6000);
    (void)snprintf(text + n + 6000, 200, " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    ck_assert_int_eq(ask(text), 414);
    is_served();
    stop();
}
END_TEST

START_TEST(many_headers)
{
    static char text[LOT];
    start((fp_server_options){0});
    size_t n = (size_t)snprintf(text, sizeof text, "GET /health/live HTTP/1.1\r\nHost: a\r\n");
    for (int i = 0; i < 300; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "X-%d: a\r\n", i);
    (void)snprintf(text + n, sizeof text - n, "Connection: close\r\n\r\n");
    ck_assert_int_eq(ask(text), 431);
    is_served();
    stop();
}
END_TEST

/* 100 MB, sent as fast as the server takes it, announced or in chunks. */
static int send_lot(const char *head, const char *before, const char *after)
{
    static char lot[LOT];
    memset(lot, 'a', sizeof lot);
    int fd = dial();
    ck_assert(put(fd, head, strlen(head)));
    for (int i = 0; i < 1600; i++)
        if (!put(fd, before, strlen(before)) || !put(fd, lot, sizeof lot) ||
            !put(fd, after, strlen(after)))
            break;
    (void)put(fd, "0\r\n\r\n", after[0] ? 5 : 0);
    return listen_to_end(fd);
}

START_TEST(large_body)
{
    start((fp_server_options){0});
    ck_assert_int_eq(send_lot("POST /language HTTP/1.1\r\nHost: a\r\nContent-Length: "
                              "104857600\r\nConnection: close\r\n\r\n",
                              "", ""),
                     413);
    ck_assert_int_eq(send_lot("POST /language HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
                              "chunked\r\nConnection: close\r\n\r\n",
                              "10000\r\n", "\r\n"),
                     413);
    is_served();
    stop();
}
END_TEST

/* A request of which a byte comes now and then is told so and closed; nobody waits for it. */
START_TEST(one_byte_at_a_time)
{
    static const char request[] = "GET /health/live HTTP/1.1\r\nHost: a\r\nX: aaaaaaaaaaaaaaaa\r\n";
    start((fp_server_options){.request_seconds = 2, .idle_seconds = 20});
    int fd = dial();
    size_t sent = 0;
    struct pollfd end = {.fd = fd, .events = POLLIN};
    for (; sent < sizeof request - 1 && poll(&end, 1, 200) == 0; sent++) {
        ck_assert(put(fd, request + sent, 1));
        if (sent % 8 == 0)
            is_served();
    }
    ck_assert_uint_gt(sent, 4);
    ck_assert_uint_lt(sent, sizeof request - 1);
    ck_assert_int_eq(listen_to_end(fd), 408);
    is_served();
    stop();
}
END_TEST

START_TEST(body_that_does_not_come)
{
    static const char head[] = "POST /language HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n"
                               "Content-Type: application/x-www-form-urlencoded\r\n\r\na=";
    start((fp_server_options){.request_seconds = 2, .idle_seconds = 20});
    int fd = dial();
    ck_assert(put(fd, head, sizeof head - 1));
    ck_assert_int_eq(listen_to_end(fd), 408);
    fd = dial();
    ck_assert(put(fd, head, sizeof head - 1));
    (void)close(fd); /* gone in the middle */
    is_served();
    stop();
}
END_TEST

START_TEST(many_idle_connections)
{
    enum { IDLE = 200 };
    int fds[IDLE];
    start((fp_server_options){.request_seconds = 20, .idle_seconds = 2});
    for (int i = 0; i < IDLE; i++) {
        fds[i] = dial();
        if (i % 50 == 0)
            is_served();
        if (i % 2)
            ck_assert(put(fds[i], "GET /hea", 8));
    }
    is_served();
    for (int i = 0; i < IDLE; i++)
        (void)listen_to_end(fds[i]); /* ends: the server closes them */
    is_served();
    stop();
}
END_TEST

/* More than it takes at once: whoever is too many waits, and is served when idle ones are closed.
 */
START_TEST(more_connections_than_it_takes)
{
    enum { IDLE = 30 };
    int fds[IDLE];
    start((fp_server_options){.connections = 10, .request_seconds = 20, .idle_seconds = 2});
    for (int i = 0; i < IDLE; i++)
        fds[i] = dial();
    is_served();
    for (int i = 0; i < IDLE; i++)
        (void)close(fds[i]);
    stop();
}
END_TEST

/* Nothing keeps the server from stopping, and what came in whole is answered. */
START_TEST(stop_under_way)
{
    start((fp_server_options){0});
    int half = dial(), idle = dial(), asked = dial();
    ck_assert(put(half, "GET /health", 11));
    ck_assert(put(asked, LIVE, sizeof LIVE - 1));
    nap(200);
    stop();
    ck_assert_int_eq(listen_to_end(asked), 200);
    (void)close(half);
    (void)close(idle);
}
END_TEST

START_TEST(rude_ends)
{
    struct linger at_once = {.l_onoff = 1};
    start((fp_server_options){0});
    for (int i = 0; i < 50; i++) {
        int fd = dial();
        (void)put(fd, LIVE, i % 2 ? sizeof LIVE - 1 : (size_t)i);
        (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        (void)close(fd); /* RST */
    }
    is_served();
    stop();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("web_faults");
    TCase *tests = tcase_create("sockets");
    tcase_set_timeout(tests, 100);
    tcase_add_test(tests, plain);
    tcase_add_test(tests, http_1_0);
    tcase_add_test(tests, pipelining);
    tcase_add_loop_test(tests, first_lines, 0, (int)(sizeof heads / sizeof *heads));
    tcase_add_test(tests, not_http);
    tcase_add_test(tests, long_headers);
    tcase_add_test(tests, many_headers);
    tcase_add_test(tests, large_body);
    tcase_add_test(tests, one_byte_at_a_time);
    tcase_add_test(tests, body_that_does_not_come);
    tcase_add_test(tests, many_idle_connections);
    tcase_add_test(tests, more_connections_than_it_takes);
    tcase_add_test(tests, stop_under_way);
    tcase_add_test(tests, rude_ends);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
