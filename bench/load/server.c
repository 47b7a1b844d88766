#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/num.h"
#include "load.h"

static void run(const char *binary, const load_study *study, int said)
{
    if (dup2(said, STDOUT_FILENO) < 0)
        _exit(127);
    (void)execl(binary, binary, "serve", study->folder, "--key-file", study->key, "--port", "0",
                "--log", "/dev/null", (char *)NULL);
    _exit(127);
}

pid_t load_server_start(const char *binary, const load_study *study, int *port)
{
    static const char before[] = " is served at http://127.0.0.1:";
    int ends[2];
    char text[4096];
    size_t n = 0;
    int64_t number = 0;
    if (pipe(ends) != 0)
        abort();
    pid_t pid = fork();
    if (pid < 0)
        abort();
    if (pid == 0)
        run(binary, study, ends[1]);
    (void)close(ends[1]);
    for (const char *at = NULL;;) {
        ssize_t got = read(ends[0], text + n, sizeof text - 1 - n);
        if (got <= 0) {
            (void)fprintf(stderr, "load: %s does not serve\n", binary);
            exit(1);
        }
        n += (size_t)got;
        text[n] = '\0';
        at = strstr(text, before);
        if (at && strchr(at, '\n')) {
            at += sizeof before - 1;
            if (!fp_int_parse((fp_str){at, strspn(at, "0123456789")}, 1, 65535, &number))
                exit(1);
            break;
        }
    }
    (void)close(ends[0]);
    *port = (int)number;
    return pid;
}

int load_server_stop(pid_t pid, int number, double *cpu)
{
    int state = 0;
    struct rusage used;
    (void)kill(pid, number);
    (void)wait4(pid, &state, 0, &used);
    *cpu = (double)used.ru_utime.tv_sec + (double)used.ru_stime.tv_sec +
           (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
    return WIFEXITED(state) ? WEXITSTATUS(state) : 0;
}
