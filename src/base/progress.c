#include "base/progress.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define INTERVAL  0.2 /* [s] between two drawings */
#define SHORTEST  0.3 /* [s] a piece of work runs before it is drawn: no flashes */
#define BAR_MOST  24
#define BAR_LEAST 8
#define LINE_MOST 160

struct fp_progress {
    int fd;
    double delay;
    double opened; /* [s] on the monotonic clock, as all times here */
    pthread_mutex_t lock;
    /* under the lock */
    char what[96];
    int64_t total;
    bool running;
    double began, drawn;
    int width; /* characters on the line now */
    atomic_llong done;
};

static double now(void)
{
    struct timespec t = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

fp_progress *fp_progress_open(int fd, double delay)
{
    const char *term = getenv("TERM");
    if (!isatty(fd) || (term && strcmp(term, "dumb") == 0))
        return NULL;
    fp_progress *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->fd = fd;
    p->delay = delay;
    p->opened = now();
    if (pthread_mutex_init(&p->lock, NULL) == 0)
        return p;
    free(p);
    return NULL;
}

/* Columns of the terminal that may be written without a new line. */
static int columns(int fd)
{
    struct winsize size = {0};
    int most = ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col - 1 : 79;
    return most < LINE_MOST ? most : LINE_MOST;
}

/* Put `line` in place of what stands there. A terminal that is gone is no reason to stop. */
static void put_line(fp_progress *p, const char *line, int width)
{
    char out[2 * LINE_MOST + 8];
    int blanks = p->width > width ? p->width - width : 0;
    int n = snprintf(out, sizeof out, "\r%s%*s%s", line, blanks, "", width ? "" : "\r");
    if (n > 0 && write(p->fd, out, (size_t)n) < 0)
        p->running = false;
    p->width = width;
}

static void time_text(double seconds, char *out, size_t size)
{
    long s = seconds < 1 ? 1 : (long)(seconds + 0.5);
    if (s < 100)
        (void)snprintf(out, size, "%ld s", s);
    else if (s < 6000)
        (void)snprintf(out, size, "%ld min", (s + 30) / 60);
    else
        (void)snprintf(out, size, "%ld h", (s + 1800) / 3600);
}

/* "[####....]", as wide as the line leaves room for. */
static void bar_text(double part, int width, char out[BAR_MOST + 1])
{
    width = width > BAR_MOST ? BAR_MOST : width < BAR_LEAST ? BAR_LEAST : width;
    for (int i = 0; i < width; i++)
        out[i] = i < (int)(part * width) ? '#' : '.';
    out[width] = '\0';
}

static void draw(fp_progress *p, int64_t done, double seconds)
{
    char line[LINE_MOST + 1], bar[BAR_MOST + 1], span[32];
    int room = columns(p->fd) + 1, n;
    if (p->total > 0 && done > 0) {
        double part = done < p->total ? (double)done / (double)p->total : 1;
        time_text(seconds * (1 - part) / part, span, sizeof span);
        int others = (int)(strlen(p->what) + strlen(span) + sizeof "  []  99%   left");
        bar_text(part, room - others, bar);
        n = snprintf(line, (size_t)room, "%s  [%s]  %2d%%  %s left", p->what, bar,
                     part < 1 ? (int)(100 * part) : 99, span);
    } else {
        time_text(seconds, span, sizeof span);
        n = snprintf(line, (size_t)room, "%s  %lld  %s so far", p->what, (long long)done, span);
    }
    put_line(p, line, n < room ? n : room - 1);
}

static void wipe(fp_progress *p)
{
    if (p->width > 0)
        put_line(p, "", 0);
    p->running = false;
}

void fp_progress_begin(fp_progress *p, const char *what, const char *of, int64_t total)
{
    if (!p)
        return;
    (void)pthread_mutex_lock(&p->lock);
    wipe(p);
    (void)snprintf(p->what, sizeof p->what, "%s%s%s", what, of ? " " : "", of ? of : "");
    for (char *c = p->what; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = '?';
    p->total = total;
    p->began = p->drawn = now();
    p->running = true;
    atomic_store(&p->done, 0);
    (void)pthread_mutex_unlock(&p->lock);
}

void fp_progress_add(fp_progress *p, int64_t done)
{
    if (!p)
        return;
    int64_t so_far = atomic_fetch_add(&p->done, done) + done;
    if (pthread_mutex_trylock(&p->lock) != 0)
        return; /* another thread draws */
    double at = now(), shortest = p->delay < SHORTEST ? p->delay : SHORTEST;
    double interval = p->delay < INTERVAL ? p->delay : INTERVAL;
    if (p->running && at - p->opened >= p->delay && at - p->began >= shortest &&
        at - p->drawn >= interval) {
        p->drawn = at;
        draw(p, so_far, at - p->began);
    }
    (void)pthread_mutex_unlock(&p->lock);
}

void fp_progress_end(fp_progress *p)
{
    if (!p)
        return;
    (void)pthread_mutex_lock(&p->lock);
    wipe(p);
    (void)pthread_mutex_unlock(&p->lock);
}

void fp_progress_close(fp_progress *p)
{
    if (!p)
        return;
    fp_progress_end(p);
    (void)pthread_mutex_destroy(&p->lock);
    free(p);
}

void fp_progress_cleanup(fp_progress **progress)
{
    fp_progress_close(*progress);
}
