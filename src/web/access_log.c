#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "web/server_priv.h"

fp_status fp_access_log_open(const char *path, fp_access_log *log, fp_err *err)
{
    *log = (fp_access_log){.fd = path ? -1 : STDERR_FILENO};
    if (!path || !path[0])
        return FP_OK;
    log->fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
    log->own = true;
    if (log->fd < 0)
        return fp_fail_at(err, FP_IO, path, 0, 0, "cannot be written: %s", strerrordesc_np(errno));
    return FP_OK;
}

void fp_access_log_close(fp_access_log *log)
{
    if (log->own && log->fd >= 0)
        (void)close(log->fd);
    log->fd = -1;
}

/* A message as a JSON string's inside: quotes and backslashes escaped, control characters spaces.
 */
static void put_escaped(fp_buf *line, const char *text)
{
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            fp_buf_put_char(line, '\\');
        fp_buf_put_char(line, (unsigned char)*text < ' ' ? ' ' : *text);
    }
}

void fp_access_log_write(const fp_access_log *log, int64_t now, const char *method,
                         const fp_response *response, double ms)
{
    char at[32] = "";
    struct tm utc;
    time_t seconds = (time_t)now;
    FP_BUF_SCOPED(line, 4096);
    if (log->fd < 0)
        return;
    /* a method is any word that somebody sent: only those that routes have are written down */
    if (strcmp(method, "GET") != 0 && strcmp(method, "POST") != 0 && strcmp(method, "HEAD") != 0)
        method = "OTHER";
    if (gmtime_r(&seconds, &utc))
        (void)strftime(at, sizeof at, "%Y-%m-%dT%H:%M:%SZ", &utc);
    fp_buf_printf(&line,
                  "{\"time\":\"%s\",\"method\":\"%s\",\"route\":\"%s\",\"status\":%d,"
                  "\"bytes\":%zu,\"ms\":%.1f,\"role\":\"%s\"",
                  at, method, response->route, response->status, response->body.n, ms,
                  response->role);
    if (response->fault[0]) {
        fp_buf_put(&line, ",\"error\":\"");
        put_escaped(&line, response->fault);
        fp_buf_put_char(&line, '"');
    }
    fp_buf_put(&line, "}\n");
    if (fp_buf_ok(&line, NULL) == FP_OK && write(log->fd, line.p, line.n) < 0)
        return; /* a full disk must not stop the server */
}
