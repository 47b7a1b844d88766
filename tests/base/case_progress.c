#include "base/base_cases.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/parallel.h"
#include "base/progress.h"

/* A terminal of 60 columns whose other end the test holds; false, with a word, where the system
 * gives none. */
typedef struct {
    int held, terminal;
    char seen[65536];
} screen;

static bool open_screen(screen *s)
{
    struct winsize size = {.ws_row = 24, .ws_col = 60};
    char name[128];
    (void)setenv("TERM", "xterm", 1);
    s->held = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
    if (s->held < 0 || grantpt(s->held) != 0 || unlockpt(s->held) != 0 ||
        ptsname_r(s->held, name, sizeof name) != 0 ||
        (s->terminal = open(name, O_RDWR | O_NOCTTY)) < 0) {
        (void)puts("no pseudo-terminal here: the progress bar is not tested");
        return false;
    }
    ck_assert_int_eq(ioctl(s->terminal, TIOCSWINSZ, &size), 0);
    return true;
}

/* What was written since the last look. */
static const char *look(screen *s)
{
    size_t n = 0;
    ssize_t got;
    while ((got = read(s->held, s->seen + n, sizeof s->seen - 1 - n)) > 0)
        n += (size_t)got;
    s->seen[n] = '\0';
    return s->seen;
}

static void close_screen(screen *s)
{
    (void)close(s->terminal);
    (void)close(s->held);
}

START_TEST(test_progress_is_drawn_and_wiped)
{
    screen s;
    if (!open_screen(&s))
        return;
    fp_progress *p = fp_progress_open(s.terminal, 0);
    ck_assert_ptr_nonnull(p);
    fp_progress_begin(p, "reading", "a\033b.csv", 1000);
    ck_assert_str_eq(look(&s), "");
    fp_progress_add(p, 500);
    ck_assert_str_eq(look(&s), "\rreading a?b.csv  [############............]  50%  1 s left");
    /* longer than the terminal is wide: cut, and on the same line */
    fp_progress_begin(p, "going through a great many spells", "of data/episodes.csv", 10);
    look(&s);
    fp_progress_add(p, 10);
    ck_assert_str_eq(look(&s), "\rgoing through a great many spells of data/episodes.csv  [##");
    fp_progress_begin(p, "going through spells", "of x.csv", 10);
    look(&s);
    fp_progress_add(p, 5);
    ck_assert_str_eq(look(&s), "\rgoing through spells of x.csv  [#####......]  50%  1 s left");
    fp_progress_end(p);
    ck_assert_str_eq(look(&s), "\r                                                           \r");
    fp_progress_end(p);
    fp_progress_add(p, 1);
    ck_assert_str_eq(look(&s), "");
    fp_progress_begin(p, "fitting", NULL, 0);
    fp_progress_add(p, 3);
    ck_assert_str_eq(look(&s), "\rfitting  3  1 s so far");
    fp_progress_close(p);
    ck_assert_str_eq(look(&s), "\r                      \r");
    close_screen(&s);
}
END_TEST

/* Nothing before the delay, nothing on what is no terminal, and NULL is nobody. */
START_TEST(test_progress_keeps_silent)
{
    screen s;
    fp_progress_begin(NULL, "reading", NULL, 1);
    fp_progress_add(NULL, 1);
    fp_progress_end(NULL);
    fp_progress_close(NULL);
    int null = open("/dev/null", O_WRONLY);
    ck_assert_ptr_null(fp_progress_open(null, 0));
    (void)close(null);
    if (!open_screen(&s))
        return;
    fp_progress *p = fp_progress_open(s.terminal, 60);
    fp_progress_begin(p, "reading", NULL, 10);
    fp_progress_add(p, 5);
    fp_progress_close(p);
    ck_assert_str_eq(look(&s), "");
    (void)setenv("TERM", "dumb", 1);
    ck_assert_ptr_null(fp_progress_open(s.terminal, 0));
    (void)setenv("TERM", "xterm", 1);
    close_screen(&s);
}
END_TEST

static void chunk(void *context, long i)
{
    (void)i;
    fp_progress_add(context, 1);
}

/* From many threads: the line is whole each time, and nothing is left of it. */
START_TEST(test_progress_from_threads)
{
    screen s;
    if (!open_screen(&s))
        return;
    fp_progress *p = fp_progress_open(s.terminal, 0);
    fp_progress_begin(p, "x", NULL, 100);
    fp_parallel(8, 100, chunk, p);
    fp_progress_end(p);
    look(&s);
    ck_assert_ptr_nonnull(strstr(s.seen, "\rx  ["));
    for (const char *at = strstr(s.seen, "\rx"); at; at = strstr(at + 1, "\rx")) {
        size_t n = strcspn(at + 1, "\r");
        ck_assert(n > 10 && strncmp(at + 1, "x  [", 4) == 0);
        ck_assert(memcmp(at + 1 + n - 5, " left", 5) == 0 || at[n] == ' ');
    }
    ck_assert_int_eq(s.seen[strlen(s.seen) - 1], '\r');
    fp_progress_close(p);
    close_screen(&s);
}
END_TEST

TCase *case_progress(void)
{
    TCase *tc = tcase_create("progress");
    tcase_add_test(tc, test_progress_is_drawn_and_wiped);
    tcase_add_test(tc, test_progress_keeps_silent);
    tcase_add_test(tc, test_progress_from_threads);
    return tc;
}
