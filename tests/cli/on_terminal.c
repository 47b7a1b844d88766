/* on_terminal OUT COMMAND ARGS...: run a command with standard error on a terminal of 80 columns
 * and standard output in the file OUT, and print what the terminal was told. Exits as the command
 * does; 77 where the system gives no pseudo-terminal. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

static int open_terminal(int *held)
{
    struct winsize size = {.ws_row = 24, .ws_col = 80};
    char name[128];
    *held = posix_openpt(O_RDWR | O_NOCTTY);
    if (*held < 0 || grantpt(*held) != 0 || unlockpt(*held) != 0 ||
        ptsname_r(*held, name, sizeof name) != 0)
        return -1;
    int terminal = open(name, O_RDWR | O_NOCTTY);
    return terminal >= 0 && ioctl(terminal, TIOCSWINSZ, &size) == 0 ? terminal : -1;
}

static void become(int terminal, const char *out, char **command)
{
    int file = open(out, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (file < 0 || dup2(file, STDOUT_FILENO) < 0 || dup2(terminal, STDERR_FILENO) < 0)
        _exit(126);
    (void)setenv("TERM", "xterm", 1);
    (void)execv(command[0], command);
    _exit(127);
}

/* Until the command has closed its end: reading then fails with EIO. */
static void copy(int held)
{
    char piece[4096];
    for (;;) {
        ssize_t got = read(held, piece, sizeof piece);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return;
        (void)fwrite(piece, 1, (size_t)got, stdout);
    }
}

int main(int argc, char **argv)
{
    int held, status = 0;
    if (argc < 3) {
        (void)fputs("usage: on_terminal OUT COMMAND ARGS...\n", stderr);
        return 2;
    }
    int terminal = open_terminal(&held);
    if (terminal < 0) {
        (void)fputs("no pseudo-terminal here\n", stderr);
        return 77;
    }
    pid_t pid = fork();
    if (pid < 0)
        return 126;
    if (pid == 0)
        become(terminal, argv[1], argv + 2);
    (void)close(terminal);
    copy(held);
    if (waitpid(pid, &status, 0) != pid)
        return 126;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
