#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "web/server_priv.h"

static bool read_v4(const char *address, int port, fp_endpoint *out)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    if (inet_pton(AF_INET, address, &v4.sin_addr) != 1)
        return false;
    memcpy(&out->address, &v4, sizeof v4);
    out->length = sizeof v4;
    out->any = v4.sin_addr.s_addr == htonl(INADDR_ANY);
    out->loopback = ntohl(v4.sin_addr.s_addr) >> 24 == 127;
    (void)snprintf(out->host, sizeof out->host, "%s", address);
    return true;
}

static bool read_v6(const char *address, int port, fp_endpoint *out)
{
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
    if (inet_pton(AF_INET6, address, &v6.sin6_addr) != 1)
        return false;
    memcpy(&out->address, &v6, sizeof v6);
    out->length = sizeof v6;
    out->any = IN6_IS_ADDR_UNSPECIFIED(&v6.sin6_addr);
    out->loopback = IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr);
    (void)snprintf(out->host, sizeof out->host, "[%s]", address);
    return true;
}

fp_status fp_endpoint_of(const char *address, int port, fp_endpoint *out, fp_err *err)
{
    *out = (fp_endpoint){0};
    if (port < 0 || port > 65535)
        return fp_fail(err, FP_USAGE, "--port: %d is not a port: 1 to 65535, or 0 for any", port);
    if (!address || strcmp(address, "localhost") == 0)
        address = "127.0.0.1";
    if (read_v4(address, port, out) || read_v6(address, port, out))
        return FP_OK;
    (void)fp_fail(err, FP_USAGE, "--address: \"%.100s\" is not an address", address);
    return fp_hint(err, FP_USAGE,
                   "give it in numbers: 127.0.0.1 (this machine alone), 0.0.0.0 "
                   "(every address of it), ::1");
}

static fp_status listen_on(int fd, const fp_endpoint *endpoint, int *port, fp_err *err)
{
    int on = 1;
    struct sockaddr_storage bound;
    socklen_t length = sizeof bound;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (bind(fd, (const struct sockaddr *)&endpoint->address, endpoint->length) != 0 ||
        listen(fd, 1024) != 0 || getsockname(fd, (struct sockaddr *)&bound, &length) != 0) {
        int reason = errno;
        (void)fp_fail(err, FP_IO, "cannot listen at %s port %d: %s", endpoint->host, *port,
                      strerrordesc_np(reason));
        return reason == EADDRINUSE
                   ? fp_hint(err, FP_IO, "another program has it; choose another with --port")
                   : FP_IO;
    }
    *port = ntohs(bound.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&bound)->sin6_port
                                              : ((struct sockaddr_in *)&bound)->sin_port);
    return FP_OK;
}

fp_status fp_endpoint_listen(const fp_endpoint *endpoint, int *port, int *fd, fp_err *err)
{
    int made = socket(endpoint->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (made < 0)
        return fp_fail(err, FP_IO, "no socket: %s", strerrordesc_np(errno));
    fp_status status = listen_on(made, endpoint, port, err);
    if (status == FP_OK)
        *fd = made;
    else
        (void)close(made);
    return status;
}
