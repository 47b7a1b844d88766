#include "reference/binary.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { ARGS_MAX = 32 };

static void drain(int from, fp_buf *out)
{
    char piece[8192];
    ssize_t n;
    while ((n = read(from, piece, sizeof piece)) > 0)
        fp_buf_put_n(out, piece, (size_t)n);
}

int fp_run_binary(const char *const *args, fp_buf *out)
{
    const char *argv[ARGS_MAX + 2] = {FP_BINARY};
    for (int i = 0; args[i] && i < ARGS_MAX; i++)
        argv[i + 1] = args[i];
    int ends[2], code = 0;
    pid_t child;
    posix_spawn_file_actions_t actions;
    if (pipe(ends) != 0)
        return -1;
    (void)posix_spawn_file_actions_init(&actions);
    (void)posix_spawn_file_actions_addclose(&actions, ends[0]);
    (void)posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    /* posix_spawn takes char *const[] but does not write to it. */
    union {
        const char **in;
        char **out;
    } words = {argv};
    int failed = posix_spawn(&child, FP_BINARY, &actions, NULL, words.out, environ);
    (void)posix_spawn_file_actions_destroy(&actions);
    (void)close(ends[1]);
    if (!failed)
        drain(ends[0], out);
    (void)close(ends[0]);
    if (failed || waitpid(child, &code, 0) != child || !WIFEXITED(code))
        return -1;
    return WEXITSTATUS(code);
}
