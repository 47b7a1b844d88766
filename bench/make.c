/* Makes a table to measure on: bench_make KIND ROWS >FILE.csv
 *
 * Synthetic, from a fixed random stream for each 10,000 rows, so that the same bytes come out
 * whatever the number of threads, and a smaller table is the beginning of a larger one. KINDS below
 * lists what there is. Times are exponential with proportional hazards; numbers that are not whole
 * have 15 significant digits, which is what other programs write. */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/parallel.h"
#include "base/rng.h"
#include "base/str.h"

enum {
    SEED = 3,
    COVARIATES = 20,
    CLUSTERS = 2000,
    CHUNK = 10000, /* rows that share a random stream */
    BATCH = 32,    /* chunks in memory at a time */
};
static const double LAST_DAY = 1095, MEAN_DAYS = 700;

typedef struct {
    fp_rng rng;
    fp_buf *out;
    long row;         /* of the table */
    double level;     /* repeated: of the person */
    unsigned missing; /* repeated: the wave that the person left out */
} writer;

/* ---- drawing ---- */

static double exponential(writer *w)
{
    return -log(fp_rng_unit(&w->rng));
}

static double normal(writer *w)
{
    double radius = sqrt(2 * exponential(w));
    return radius * cos(2 * M_PI * fp_rng_unit(&w->rng));
}

/* A time and whether it ended in an event: censored on the last day, or earlier by chance. */
typedef struct {
    double time;
    int event;
} outcome;

static outcome draw_outcome(writer *w, double log_hazard)
{
    double event = exponential(w) * MEAN_DAYS * exp(-log_hazard);
    double censored = fmin(LAST_DAY, 4 * LAST_DAY * fp_rng_unit(&w->rng));
    return (outcome){fmin(event, censored), event <= censored};
}

/* Covariates j = 0, 1, ...: a log hazard ratio of 0.3 / (j + 1) up and down in turn. */
static double draw_covariates(writer *w, int n, double *x)
{
    double log_hazard = 0;
    for (int j = 0; j < n; j++) {
        x[j] = normal(w);
        log_hazard += (j % 2 ? -0.3 : 0.3) / (j + 1) * x[j];
    }
    return log_hazard;
}

/* ---- a row of each kind ---- */

static void put_covariates(writer *w, int n, const double *x)
{
    for (int j = 0; j < n; j++)
        fp_buf_printf(w->out, ",%.15g", x[j]);
    fp_buf_put_char(w->out, '\n');
}

static void put_days(writer *w)
{
    double x[COVARIATES];
    outcome o = draw_outcome(w, draw_covariates(w, COVARIATES, x));
    uint32_t cluster = fp_rng_below(&w->rng, CLUSTERS);
    fp_buf_printf(w->out, "%.0f,%d,%u", ceil(o.time), o.event, (unsigned)cluster);
    put_covariates(w, COVARIATES, x);
}

static void put_continuous(writer *w)
{
    double x[COVARIATES];
    outcome o = draw_outcome(w, draw_covariates(w, COVARIATES, x));
    fp_buf_printf(w->out, "%.15g,%d", o.time, o.event);
    put_covariates(w, COVARIATES, x);
}

/* Half of the rows come under observation later than on day 0. */
static void put_start_stop(writer *w)
{
    double x[COVARIATES];
    outcome o = draw_outcome(w, draw_covariates(w, COVARIATES, x));
    unsigned start = fp_rng_below(&w->rng, 2) ? 1 + fp_rng_below(&w->rng, 500) : 0;
    fp_buf_printf(w->out, "%u,%.0f,%d", start, start + ceil(o.time), o.event);
    put_covariates(w, COVARIATES, x);
}

static void put_arms(writer *w)
{
    unsigned arm = fp_rng_below(&w->rng, 2);
    outcome o = draw_outcome(w, 0.1 * arm);
    fp_buf_printf(w->out, "%.0f,%d,%u\n", ceil(o.time), o.event, arm);
}

static void put_arms_continuous(writer *w)
{
    unsigned arm = fp_rng_below(&w->rng, 2);
    outcome o = draw_outcome(w, 0.1 * arm);
    fp_buf_printf(w->out, "%.15g,%d,%u\n", o.time, o.event, arm);
}

/* Cause 1 is twice as frequent as cause 2. */
static void put_competing(writer *w)
{
    double x[3];
    outcome o = draw_outcome(w, draw_covariates(w, 3, x));
    unsigned cause = o.event ? 1 + (fp_rng_below(&w->rng, 3) == 0) : 0;
    fp_buf_printf(w->out, "%.0f,%u,%u", ceil(o.time), cause, fp_rng_below(&w->rng, 2));
    put_covariates(w, 3, x);
}

/* A column for everything that a formula can hold. */
static void put_mixed(writer *w)
{
    double x[3];
    unsigned arm = fp_rng_below(&w->rng, 2), site = fp_rng_below(&w->rng, 4);
    outcome o = draw_outcome(w, draw_covariates(w, 3, x) + 0.1 * arm);
    unsigned cause = o.event ? 1 + (fp_rng_below(&w->rng, 3) == 0) : 0;
    unsigned start = fp_rng_below(&w->rng, 2) ? 1 + fp_rng_below(&w->rng, 500) : 0;
    unsigned cluster = fp_rng_below(&w->rng, 20) * 2 + arm; /* as of a trial: one arm a cluster */
    double weight = 0.5 + fp_rng_unit(&w->rng);
    fp_buf_printf(w->out, "%.0f,%.15g,%u,%.0f,%d,%u,%u,%u,%u,%.3f", ceil(o.time), o.time, start,
                  start + ceil(o.time), o.event, cause, arm, site, cluster, weight);
    put_covariates(w, 3, x);
}

/* Persons at 5 of 6 waves, with a level of their own. */
/* The effect of a group, the same wherever it comes up. */
static double group_effect(unsigned kind, long group)
{
    writer own = {0};
    fp_rng_init(&own.rng, SEED + kind, FP_RNG_EXAMPLE, (uint64_t)group);
    return normal(&own);
}

/* People in coaches, five waves each; `day` is when they were really seen. */
static void put_waves(writer *w)
{
    long person = w->row / 5, coach = person % CLUSTERS;
    unsigned at = (unsigned)(w->row % 5);
    double when = 6.0 * at + 0.5 * normal(w);
    if (at == 0)
        w->level = 3 * normal(w);
    double y = 40 + (0.3 + 0.2 * (double)(coach % 2)) * 6 * at + w->level +
               0.05 * group_effect(1, person) * 6 * at + 0.5 * group_effect(2, coach) +
               3 * normal(w);
    fp_buf_printf(w->out, "%ld,%ld,%ld,%u,%.4f,%.6f\n", person, coach, coach % 2, 6 * at, when, y);
}

/* Five of a thousand items for each person: crossed. */
static void put_items(writer *w)
{
    unsigned item = fp_rng_below(&w->rng, 1000);
    double x = fp_rng_unit(&w->rng);
    if (w->row % 5 == 0)
        w->level = normal(w);
    fp_buf_printf(w->out, "%ld,%u,%.4f,%.6f\n", w->row / 5, item, x,
                  5 + 2 * x + w->level + 0.7 * group_effect(3, item) + 1.2 * normal(w));
}

static void put_waves_of_five(writer *w, unsigned waves)
{
    double x[9], eta = -0.5;
    unsigned at = (unsigned)(w->row % 5);
    if (at == 0) {
        w->level = normal(w);
        w->missing = waves > 5 ? fp_rng_below(&w->rng, waves) : waves;
    }
    unsigned wave = at + (at >= w->missing);
    for (int j = 0; j < 9; j++) {
        x[j] = normal(w);
        eta += (j % 2 ? -0.3 : 0.3) / (j + 1) * x[j];
    }
    fp_buf_printf(w->out, "%ld,%u,%d", w->row / 5, wave,
                  fp_rng_unit(&w->rng) < 1 / (1 + exp(-eta - w->level)));
    put_covariates(w, 9, x);
}

/* Five of six waves a person, */
static void put_repeated(writer *w)
{
    put_waves_of_five(w, 6);
}

/* and all of five: geepack's unstructured ends in a segmentation fault where waves are missing. */
static void put_complete(writer *w)
{
    put_waves_of_five(w, 5);
}

static const struct {
    const char *name, *columns;
    int covariates;
    void (*put)(writer *w);
} KINDS[] = {
    {"days", "time,event,cluster", COVARIATES, put_days},
    {"continuous", "time,event", COVARIATES, put_continuous},
    {"start-stop", "start,stop,event", COVARIATES, put_start_stop},
    {"arms", "time,event,arm", 0, put_arms},
    {"arms-continuous", "time,event,arm", 0, put_arms_continuous},
    {"competing", "time,event,arm", 3, put_competing},
    {"mixed", "day,time,start,stop,event,cause,arm,site,cluster,weight", 3, put_mixed},
    {"repeated", "id,wave,y", 9, put_repeated},
    {"complete", "id,wave,y", 9, put_complete},
    {"waves", "person,coach,arm,wave,day,y", 0, put_waves},
    {"items", "person,item,x,y", 0, put_items},
};
enum { KIND_COUNT = sizeof KINDS / sizeof *KINDS };

/* ---- the table ---- */

typedef struct {
    int kind;
    long rows, first; /* of the table; the first chunk of the batch */
    fp_buf out[BATCH];
} table;

static void make_chunk(void *context, long i)
{
    table *t = context;
    writer w = {.out = &t->out[i]};
    long begin = (t->first + i) * CHUNK, end = begin + CHUNK < t->rows ? begin + CHUNK : t->rows;
    fp_rng_init(&w.rng, SEED, FP_RNG_EXAMPLE, (uint64_t)(t->first + i));
    for (w.row = begin; w.row < end; w.row++)
        KINDS[t->kind].put(&w);
}

static bool print_batch(table *t, long chunks)
{
    fp_err err = {0};
    bool good = true;
    for (long i = 0; i < chunks; i++)
        fp_buf_init(&t->out[i], 64 * FP_MIB);
    fp_parallel(0, chunks, make_chunk, t);
    for (long i = 0; i < chunks; i++) {
        fp_str text = fp_buf_str(&t->out[i]);
        good = good && fp_buf_ok(&t->out[i], &err) == FP_OK &&
               fwrite(text.p, 1, text.n, stdout) == text.n;
        fp_buf_clear(&t->out[i]);
    }
    return good;
}

static bool print_table(table *t)
{
    long chunks = (t->rows + CHUNK - 1) / CHUNK;
    (void)printf("%s", KINDS[t->kind].columns);
    for (int j = 1; j <= KINDS[t->kind].covariates; j++)
        (void)printf(",x%d", j);
    (void)putchar('\n');
    for (t->first = 0; t->first < chunks; t->first += BATCH)
        if (!print_batch(t, chunks - t->first < BATCH ? chunks - t->first : BATCH))
            return false;
    return fflush(stdout) == 0;
}

int main(int argc, char **argv)
{
    static table t;
    int64_t rows = 0;
    for (t.kind = 0; argc == 3 && t.kind < KIND_COUNT; t.kind++)
        if (strcmp(argv[1], KINDS[t.kind].name) == 0)
            break;
    if (argc != 3 || t.kind == KIND_COUNT ||
        !fp_int_parse(fp_str_of(argv[2]), 1, 1000000000, &rows)) {
        (void)fprintf(stderr, "usage: bench_make KIND ROWS, where KIND is one of");
        for (int k = 0; k < KIND_COUNT; k++)
            (void)fprintf(stderr, " %s", KINDS[k].name);
        (void)fprintf(stderr, "\n");
        return 2;
    }
    t.rows = (long)rows;
    if (print_table(&t))
        return 0;
    (void)fprintf(stderr, "bench_make: cannot write\n");
    return 3;
}
