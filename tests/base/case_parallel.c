#include "base/base_cases.h"

#include <string.h>

#include "base/parallel.h"

#define CHUNKS 1000

typedef struct {
    int runs[CHUNKS];
    double part[CHUNKS];
} slots;

static void run_chunk(void *context, long i)
{
    slots *s = context;
    s->runs[i]++;
    for (int k = 1; k <= 100; k++)
        s->part[i] += 1.0 / (double)(100 * i + k);
}

static double fold(int threads, long n, slots *s)
{
    double total = 0;
    memset(s, 0, sizeof *s);
    fp_parallel(threads, n, run_chunk, s);
    for (long i = 0; i < CHUNKS; i++) {
        ck_assert_int_eq(s->runs[i], i < n);
        total += s->part[i];
    }
    return total;
}

/* Each chunk once, whatever the number of threads, and the same bits. */
START_TEST(test_each_chunk_once)
{
    static slots s;
    static const int threads[] = {0, 1, 2, 3, 8, 400};
    static const long chunks[] = {0, 1, 2, 7, CHUNKS};
    for (size_t c = 0; c < sizeof chunks / sizeof *chunks; c++) {
        double alone = fold(1, chunks[c], &s);
        for (size_t t = 0; t < sizeof threads / sizeof *threads; t++) {
            double total = fold(threads[t], chunks[c], &s);
            ck_assert_int_eq(memcmp(&total, &alone, sizeof total), 0);
        }
    }
}
END_TEST

TCase *case_parallel(void)
{
    TCase *tc = tcase_create("parallel");
    tcase_add_test(tc, test_each_chunk_once);
    return tc;
}
