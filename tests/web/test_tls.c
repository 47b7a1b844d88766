/* The server behind TLS, and what it says of wrong options before it listens. */
#define CK_FLOATING_DIG 17
#include <arpa/inet.h>
#include <check.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/num.h"
#include "ledger/scratch.h"
#include "run_suite.h"
#include "web/client.h"
#include "web/server.h"

static char folder[SCRATCH_MAX], cert[SCRATCH_MAX], key[SCRATCH_MAX], old_cert[SCRATCH_MAX],
    early_cert[SCRATCH_MAX], other_key[SCRATCH_MAX], words[SCRATCH_MAX];

static void new_key(gnutls_x509_privkey_t *made, const char *path)
{
    gnutls_datum_t pem;
    char text[8192];
    ck_assert_int_eq(gnutls_x509_privkey_init(made), 0);
    ck_assert_int_eq(gnutls_x509_privkey_generate(*made, GNUTLS_PK_ECDSA,
                                                  GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1),
                                                  0),
                     0);
    ck_assert_int_eq(gnutls_x509_privkey_export2(*made, GNUTLS_X509_FMT_PEM, &pem), 0);
    (void)snprintf(text, sizeof text, "%.*s", (int)pem.size, (const char *)pem.data);
    scratch_write(path, text);
    gnutls_free(pem.data);
}

/* A certificate that signs itself, for localhost, valid between two moments. */
static void new_certificate(gnutls_x509_privkey_t own, time_t from, time_t until, const char *path)
{
    gnutls_x509_crt_t made;
    gnutls_datum_t pem;
    char text[8192];
    ck_assert_int_eq(gnutls_x509_crt_init(&made), 0);
    ck_assert_int_eq(gnutls_x509_crt_set_version(made, 3), 0);
    ck_assert_int_eq(gnutls_x509_crt_set_serial(made, "\x01", 1), 0);
    ck_assert_int_eq(gnutls_x509_crt_set_dn(made, "CN=localhost", NULL), 0);
    ck_assert_int_eq(gnutls_x509_crt_set_activation_time(made, from), 0);
    ck_assert_int_eq(gnutls_x509_crt_set_expiration_time(made, until), 0);
    ck_assert_int_eq(gnutls_x509_crt_set_key(made, own), 0);
    ck_assert_int_eq(gnutls_x509_crt_sign2(made, made, own, GNUTLS_DIG_SHA256, 0), 0);
    ck_assert_int_eq(gnutls_x509_crt_export2(made, GNUTLS_X509_FMT_PEM, &pem), 0);
    (void)snprintf(text, sizeof text, "%.*s", (int)pem.size, (const char *)pem.data);
    scratch_write(path, text);
    gnutls_free(pem.data);
    gnutls_x509_crt_deinit(made);
}

static void setup(void)
{
    gnutls_x509_privkey_t first, second;
    time_t now = time(NULL), day = 86400;
    scratch_make(folder);
    scratch_path(cert, folder, "cert.pem");
    scratch_path(key, folder, "key.pem");
    scratch_path(old_cert, folder, "old.pem");
    scratch_path(early_cert, folder, "early.pem");
    scratch_path(other_key, folder, "other.pem");
    scratch_path(words, folder, "words.pem");
    new_key(&first, key);
    new_key(&second, other_key);
    new_certificate(first, now - day, now + day, cert);
    new_certificate(first, now - 2 * day, now - day, old_cert);
    new_certificate(first, now + day, now + 2 * day, early_cert);
    scratch_write(words, "-----BEGIN CERTIFICATE-----\nnot one\n-----END CERTIFICATE-----\n");
    gnutls_x509_privkey_deinit(first);
    gnutls_x509_privkey_deinit(second);
}

static void teardown(void)
{
    scratch_remove(folder);
}

/* Options, and a part of the one line that they give; NULL = they are fine. */
static void is_said(fp_server_options options, fp_status status, const char *part)
{
    fp_err err = {0};
    ck_assert_msg(fp_server_check(&options, &err) == status, "%s", err.message);
    if (part)
        ck_assert_msg(strstr(err.message, part) != NULL, "%s", err.message);
}

START_TEST(addresses)
{
    is_said((fp_server_options){0}, FP_OK, NULL);
    is_said((fp_server_options){.address = "localhost"}, FP_OK, NULL);
    is_said((fp_server_options){.address = "127.8.9.1"}, FP_OK, NULL);
    is_said((fp_server_options){.address = "::1"}, FP_OK, NULL);
    is_said((fp_server_options){.address = "0.0.0.0"}, FP_USAGE, "no TLS");
    is_said((fp_server_options){.address = "::"}, FP_USAGE, "no TLS");
    is_said((fp_server_options){.address = "192.0.2.1"}, FP_USAGE, "no TLS");
    is_said((fp_server_options){.address = "::ffff:127.0.0.1"}, FP_USAGE, "no TLS");
    is_said((fp_server_options){.address = "0.0.0.0", .behind_proxy = true}, FP_OK, NULL);
    is_said((fp_server_options){.address = "0.0.0.0", .tls_cert = cert, .tls_key = key}, FP_OK,
            NULL);
    is_said((fp_server_options){.address = "example.org"}, FP_USAGE, "is not an address");
    is_said((fp_server_options){.address = ""}, FP_USAGE, "is not an address");
    is_said((fp_server_options){.address = "127.0.0.1:80"}, FP_USAGE, "is not an address");
    is_said((fp_server_options){.port = 65536}, FP_USAGE, "is not a port");
    is_said((fp_server_options){.port = -1}, FP_USAGE, "is not a port");
}
END_TEST

START_TEST(certificates)
{
    is_said((fp_server_options){.tls_cert = cert}, FP_USAGE, "go together");
    is_said((fp_server_options){.tls_key = key}, FP_USAGE, "go together");
    is_said((fp_server_options){.tls_cert = "nowhere.pem", .tls_key = key}, FP_INPUT, "");
    is_said((fp_server_options){.tls_cert = cert, .tls_key = "nowhere.pem"}, FP_INPUT, "");
    is_said((fp_server_options){.tls_cert = folder, .tls_key = key}, FP_INPUT, "");
    is_said((fp_server_options){.tls_cert = key, .tls_key = cert}, FP_INPUT, "no certificate");
    is_said((fp_server_options){.tls_cert = words, .tls_key = key}, FP_INPUT, "no certificate");
    is_said((fp_server_options){.tls_cert = cert, .tls_key = cert}, FP_INPUT, "no private key");
    is_said((fp_server_options){.tls_cert = cert, .tls_key = other_key}, FP_INPUT,
            "not the one of the certificate");
    is_said((fp_server_options){.tls_cert = old_cert, .tls_key = key}, FP_INPUT, "was valid until");
    is_said((fp_server_options){.tls_cert = early_cert, .tls_key = key}, FP_INPUT,
            "not valid before");
}
END_TEST

static int dial(const char *url)
{
    int64_t port;
    struct timeval patience = {.tv_sec = 20};
    ck_assert(fp_int_parse(fp_str_of(strrchr(url, ':') + 1), 1, 65535, &port));
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

/* One request under the given versions of TLS; false where there is no handshake. */
static bool ask(const char *url, const char *versions, char *answer, size_t size)
{
    static const char request[] =
        "GET /sign-in HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    gnutls_session_t session;
    gnutls_certificate_credentials_t credentials;
    size_t n = 0;
    int fd = dial(url);
    ck_assert_int_eq(gnutls_init(&session, GNUTLS_CLIENT), 0);
    ck_assert_int_eq(gnutls_certificate_allocate_credentials(&credentials), 0);
    ck_assert_int_eq(gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, credentials), 0);
    ck_assert_int_eq(gnutls_priority_set_direct(session, versions, NULL), 0);
    gnutls_transport_set_int(session, fd);
    bool shaken = gnutls_handshake(session) == 0;
    if (shaken) {
        ck_assert_int_gt(gnutls_record_send(session, request, sizeof request - 1), 0);
        for (ssize_t got; n + 1 < size; n += (size_t)got)
            if ((got = gnutls_record_recv(session, answer + n, size - 1 - n)) <= 0)
                break;
    }
    answer[n] = '\0';
    gnutls_deinit(session);
    gnutls_certificate_free_credentials(credentials);
    (void)close(fd);
    return shaken;
}

START_TEST(served)
{
    static char answer[1 << 16];
    static char folder_of_study[512];
    client study;
    fp_web *web;
    fp_server *server;
    fp_err err = {0};
    client_open(&study);
    (void)snprintf(folder_of_study, sizeof folder_of_study, "%s", study.folder);
    fp_web_options secure = {.folder = folder_of_study, .secure = true};
    ck_assert_int_eq(fp_web_open(&secure, &web, &err), FP_OK);
    fp_server_options options = {.tls_cert = cert, .tls_key = key, .log = "", .request_seconds = 2};
    ck_assert_int_eq(fp_server_start(&options, web, &server, &err), FP_OK);
    ck_assert_int_eq(strncmp(fp_server_url(server), "https://127.0.0.1:", 18), 0);
    ck_assert(ask(fp_server_url(server), "NORMAL", answer, sizeof answer));
    ck_assert_ptr_nonnull(strstr(answer, "HTTP/1.1 "));
    ck_assert_ptr_nonnull(strstr(answer, "Strict-Transport-Security: max-age="));
    const char *cookie = strstr(answer, "Set-Cookie: ");
    for (; cookie; cookie = strstr(cookie + 1, "Set-Cookie: ")) {
        char line[512];
        (void)snprintf(line, sizeof line, "%.*s", (int)strcspn(cookie, "\r"), cookie);
        ck_assert_int_eq(strncmp(line, "Set-Cookie: __Host-", 19), 0);
        ck_assert_ptr_nonnull(strstr(line, "; Path=/; "));
        ck_assert_ptr_nonnull(strstr(line, "; Secure"));
        ck_assert_ptr_nonnull(strstr(line, "; HttpOnly"));
        ck_assert_ptr_nonnull(strstr(line, "; SameSite="));
    }
    /* what is too old is not spoken, and plain words are no handshake */
    ck_assert(!ask(fp_server_url(server), "NORMAL:-VERS-ALL:+VERS-TLS1.1", answer, sizeof answer));
    ck_assert(ask(fp_server_url(server), "NORMAL:-VERS-ALL:+VERS-TLS1.2", answer, sizeof answer));
    int fd = dial(fp_server_url(server));
    ck_assert_int_eq(send(fd, "GET / HTTP/1.0\r\n\r\n", 18, MSG_NOSIGNAL), 18);
    ssize_t got = recv(fd, answer, sizeof answer, 0);
    ck_assert(got <= 0 || strncmp(answer, "HTTP", 4) != 0);
    (void)close(fd);
    fd = dial(fp_server_url(server)); /* says nothing: closed when its time is over */
    ck_assert_int_le(recv(fd, answer, sizeof answer, 0), 0);
    (void)close(fd);
    fp_server_stop(server, 10);
    fp_web_close(web);
    client_close(&study);
}
END_TEST

START_TEST(port_in_use)
{
    client study;
    fp_server *server, *second;
    fp_err err = {0};
    int64_t port;
    client_open(&study);
    fp_server_options options = {.log = ""};
    ck_assert_int_eq(fp_server_start(&options, study.web, &server, &err), FP_OK);
    ck_assert(fp_int_parse(fp_str_of(strrchr(fp_server_url(server), ':') + 1), 1, 65535, &port));
    options.port = (int)port;
    ck_assert_int_eq(fp_server_start(&options, study.web, &second, &err), FP_IO);
    ck_assert_ptr_nonnull(strstr(err.message, "cannot listen"));
    ck_assert_ptr_nonnull(strstr(err.hint, "another program has it"));
    options = (fp_server_options){.address = "192.0.2.1", .behind_proxy = true, .log = ""};
    ck_assert_int_eq(fp_server_start(&options, study.web, &second, &err), FP_IO);
    options = (fp_server_options){.log = "/nowhere/access.log"};
    ck_assert_int_eq(fp_server_start(&options, study.web, &second, &err), FP_IO);
    fp_server_stop(server, 10);
    client_close(&study);
}
END_TEST

START_TEST(links_lead_to_where_it_is_reached)
{
    static const struct {
        fp_server_options options;
        const char *link;
    } cases[] = {
        {{.port = 8080}, "http://127.0.0.1:8080"},
        {{.address = "::1", .port = 8443}, "http://[::1]:8443"},
        {{.address = "192.0.2.7", .port = 443, .tls_cert = "a", .tls_key = "b"},
         "https://192.0.2.7:443"},
        {{.address = "0.0.0.0", .port = 443, .tls_cert = "a", .tls_key = "b"}, ""},
        {{.address = "::", .port = 443, .tls_cert = "a", .tls_key = "b"}, ""},
        {{.port = 8080, .behind_proxy = true}, ""},
        {{.port = 0}, ""},
    };
    char link[FP_SERVER_URL];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ck_assert_int_eq(fp_server_link_of(&cases[i].options, link, NULL), FP_OK);
        ck_assert_str_eq(link, cases[i].link);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("web_tls");
    TCase *tests = tcase_create("tls");
    tcase_set_timeout(tests, 100);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, links_lead_to_where_it_is_reached);
    tcase_add_test(tests, addresses);
    tcase_add_test(tests, certificates);
    tcase_add_test(tests, served);
    tcase_add_test(tests, port_in_use);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
