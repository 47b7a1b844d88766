#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/num.h"
#include "load.h"
#include "web/totp.h"

void load_hang_up(load_user *user)
{
    if (user->fd >= 0)
        (void)close(user->fd);
    user->fd = -1;
}

static bool dial(load_user *user)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)user->port)};
    int on = 1;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    user->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (user->fd < 0)
        return false;
    (void)setsockopt(user->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(user->fd, (const struct sockaddr *)&to, sizeof to) == 0)
        return true;
    load_hang_up(user);
    return false;
}

static bool send_all(int fd, const char *text, size_t n)
{
    while (n > 0) {
        ssize_t sent = send(fd, text, n, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        text += sent;
        n -= (size_t)sent;
    }
    return true;
}

/* The value of a header in the head of the answer; NULL where it is not there. */
static const char *header(const char *head, const char *name)
{
    size_t n = strlen(name);
    for (const char *line = strstr(head, "\r\n"); line && line[2]; line = strstr(line + 2, "\r\n"))
        if (strncasecmp(line + 2, name, n) == 0 && line[2 + n] == ':')
            return line + 3 + n + strspn(line + 3 + n, " ");
    return NULL;
}

static void keep_cookies(load_user *user, const char *head)
{
    static const char *const names[] = {"visit-", "firstplace-"};
    for (const char *at = head; (at = strstr(at, "Set-Cookie: ")) != NULL;) {
        at += strlen("Set-Cookie: ");
        for (int i = 0; i < 2; i++)
            if (strncmp(at, names[i], strlen(names[i])) == 0)
                (void)snprintf(user->cookies[i], sizeof user->cookies[i], "%.*s",
                               (int)strcspn(at, ";\r"), at);
    }
}

/* Read one answer; the body stays in user->page. */
static int receive(load_user *user)
{
    size_t n = 0, head = 0;
    int64_t length = 0;
    while (!head || n < head + (size_t)length) {
        ssize_t got = recv(user->fd, user->page + n, LOAD_PAGE - 1 - n, 0);
        if (got <= 0)
            return 0;
        n += (size_t)got;
        user->page[n] = '\0';
        char *end = head ? NULL : strstr(user->page, "\r\n\r\n");
        if (!end)
            continue;
        head = (size_t)(end - user->page) + 4;
        end[2] = '\0';
        const char *text = header(user->page, "Content-Length");
        if (text &&
            !fp_int_parse((fp_str){text, strspn(text, "0123456789")}, 0, LOAD_PAGE / 2, &length))
            return 0;
    }
    int status = (int)strtol(user->page + 9, NULL, 10);
    const char *connection = header(user->page, "Connection");
    keep_cookies(user, user->page);
    if (connection && strncasecmp(connection, "close", 5) == 0)
        load_hang_up(user);
    memmove(user->page, user->page + head, n - head + 1);
    user->page_bytes = n - head;
    return status;
}

static double now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

int load_request(load_user *user, const char *path, const char *form)
{
    char text[8192];
    double began = now_ms();
    int n = snprintf(text, sizeof text,
                     "%s %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nCookie: %s%s%s\r\n"
                     "%sContent-Length: %zu\r\n\r\n%s",
                     form ? "POST" : "GET", path, user->port, user->cookies[0],
                     user->cookies[0][0] && user->cookies[1][0] ? "; " : "", user->cookies[1],
                     form ? "Content-Type: application/x-www-form-urlencoded\r\n" : "",
                     form ? strlen(form) : 0, form ? form : "");
    int status = 0;
    if (n > 0 && (size_t)n < sizeof text && (user->fd >= 0 || dial(user)) &&
        send_all(user->fd, text, (size_t)n))
        status = receive(user);
    if (status == 0)
        load_hang_up(user);
    if (user->count < user->room)
        user->ms[user->count++] = (float)(now_ms() - began);
    return status;
}

bool load_field(const load_user *user, const char *name, char *value, size_t size)
{
    char wanted[64];
    (void)snprintf(wanted, sizeof wanted, "name=\"%s\" value=\"", name);
    const char *at = strstr(user->page, wanted);
    if (!at)
        return false;
    at += strlen(wanted);
    (void)snprintf(value, size, "%.*s", (int)strcspn(at, "\""), at);
    return true;
}

bool load_sign_in(load_user *user, const char *password)
{
    char form[512], csrf[128], code[FP_TOTP_DIGITS + 1];
    if (load_request(user, "/sign-in", NULL) != 200 || !load_field(user, "csrf", csrf, sizeof csrf))
        return false;
    (void)snprintf(form, sizeof form, "csrf=%s&name=%s&password=%s", csrf, user->name, password);
    if (load_request(user, "/sign-in", form) != 303 ||
        load_request(user, "/second-factor", NULL) != 200 ||
        !load_field(user, "csrf", csrf, sizeof csrf) ||
        fp_totp_code(user->secret, (int64_t)time(NULL) / FP_TOTP_SECONDS, code, NULL) != FP_OK)
        return false;
    (void)snprintf(form, sizeof form, "csrf=%s&code=%s", csrf, code);
    return load_request(user, "/second-factor", form) == 303 &&
           load_request(user, "/", NULL) == 200;
}
