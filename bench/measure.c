/* Measures a command: bench_measure RUNS OUTPUT COMMAND [ARGUMENT...]
 *
 * Runs it once to warm up (not with one run) and then RUNS times, standard output into the file
 * OUTPUT, and prints on one line the medians of wall, reading and their difference in seconds, and
 * the peak resident memory of the runs in MiB. What a command says on standard error is read for
 * the line "firstplace: reading N s" of --timings; without it reading is 0. A command that fails
 * ends the measuring: its words are passed on, the exit code is 1. */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/num.h"
#include "base/str.h"

extern char **environ;

enum { RUNS_MAX = 99 };

typedef struct {
    double wall, reading, rest; /* [s] */
    double peak;                /* [MiB] */
} run;

static double seconds_now(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Seconds in the line of --timings about reading, 0 where there is none. */
static double reading_in(const char *said)
{
    static const char key[] = "firstplace: reading ";
    double seconds = 0;
    const char *at = strstr(said, key);
    if (at) {
        at += sizeof key - 1;
        if (!fp_num_parse((fp_str){at, strcspn(at, " ")}, '.', &seconds))
            seconds = 0;
    }
    return seconds;
}

/* Start the command with its output and its words into files. Returns 0, or what went wrong. */
static int start(char **command, const char *output, const char *words, pid_t *child)
{
    posix_spawn_file_actions_t files;
    int flags = O_WRONLY | O_CREAT | O_TRUNC;
    int failed = posix_spawn_file_actions_init(&files);
    if (failed)
        return failed;
    failed = posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, output, flags, 0600);
    if (!failed)
        failed = posix_spawn_file_actions_addopen(&files, STDERR_FILENO, words, flags, 0600);
    if (!failed)
        failed = posix_spawnp(child, command[0], &files, NULL, command, environ);
    (void)posix_spawn_file_actions_destroy(&files);
    return failed;
}

static void read_words(const char *path, char *said, size_t size)
{
    size_t n = 0;
    FILE *file = fopen(path, "r");
    if (file) {
        n = fread(said, 1, size - 1, file);
        (void)fclose(file);
    }
    said[n] = '\0';
}

static bool measure(char **command, const char *output, const char *words, run *out)
{
    char said[4096];
    struct rusage used = {0};
    pid_t child;
    int code = 0;
    double began = seconds_now();
    int failed = start(command, output, words, &child);
    if (failed) {
        (void)fprintf(stderr, "bench_measure: %s: %s\n", command[0], strerror(failed));
        return false;
    }
    while (wait4(child, &code, 0, &used) < 0 && errno == EINTR)
        continue;
    out->wall = seconds_now() - began;
    read_words(words, said, sizeof said);
    if (!WIFEXITED(code) || WEXITSTATUS(code) != 0) {
        (void)fprintf(stderr, "bench_measure: this failed:");
        for (int i = 0; command[i]; i++)
            (void)fprintf(stderr, " %s", command[i]);
        (void)fprintf(stderr, "\n%s", said);
        return false;
    }
    out->reading = reading_in(said);
    out->rest = out->wall - out->reading;
    out->peak = (double)used.ru_maxrss / 1024;
    return true;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(const run *runs, int n, size_t field)
{
    double values[RUNS_MAX];
    for (int i = 0; i < n; i++)
        memcpy(&values[i], (const char *)&runs[i] + field, sizeof *values);
    qsort(values, (size_t)n, sizeof *values, compare);
    return (values[(n - 1) / 2] + values[n / 2]) / 2;
}

int main(int argc, char **argv)
{
    run runs[RUNS_MAX], warm;
    char words[4096];
    double peak = 0;
    int64_t n = 0;
    if (argc < 4 || !fp_int_parse(fp_str_of(argv[1]), 1, RUNS_MAX, &n)) {
        (void)fprintf(stderr, "usage: bench_measure RUNS OUTPUT COMMAND [ARGUMENT...]\n");
        return 2;
    }
    (void)snprintf(words, sizeof words, "%s.words", argv[2]);
    bool good = n == 1 || measure(argv + 3, argv[2], words, &warm);
    for (int i = 0; good && i < (int)n; i++) {
        good = measure(argv + 3, argv[2], words, &runs[i]);
        if (good && runs[i].peak > peak)
            peak = runs[i].peak;
    }
    (void)unlink(words);
    if (!good)
        return 1;
    (void)printf("%.4f %.4f %.4f %.0f\n", median(runs, (int)n, offsetof(run, wall)),
                 median(runs, (int)n, offsetof(run, reading)),
                 median(runs, (int)n, offsetof(run, rest)), peak);
    return 0;
}
