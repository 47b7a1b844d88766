#include "stats/sort.h"

#include <stdbool.h>

#include "base/parallel.h"

enum { MOST_BUCKETS = 4096, SHORT = 32 };

typedef struct {
    ptrdiff_t n;
    long pieces;
    uint64_t *key, *key_to;
    uint32_t *item, *item_to; /* NULL = none */
    uint64_t *piece_or, *piece_and;
    int shift;         /* bucket = (key >> shift) & (buckets - 1) */
    ptrdiff_t buckets; /* power of two */
    ptrdiff_t *count;  /* pieces x buckets, then where each piece writes next */
    ptrdiff_t *begin;  /* buckets + 1 */
} sorting;

static void find_bits(void *context, long i)
{
    sorting *s = context;
    fp_piece rows = fp_piece_of(s->n, s->pieces, i);
    uint64_t any = 0, all = UINT64_MAX;
    for (ptrdiff_t k = rows.first; k < rows.last; k++) {
        any |= s->key[k];
        all &= s->key[k];
    }
    s->piece_or[i] = any;
    s->piece_and[i] = all;
}

static ptrdiff_t bucket_of(const sorting *s, uint64_t key)
{
    return (ptrdiff_t)(key >> s->shift & (uint64_t)(s->buckets - 1));
}

static void count_buckets(void *context, long i)
{
    sorting *s = context;
    fp_piece rows = fp_piece_of(s->n, s->pieces, i);
    ptrdiff_t *count = s->count + i * s->buckets;
    for (ptrdiff_t k = rows.first; k < rows.last; k++)
        count[bucket_of(s, s->key[k])]++;
}

static void scatter(void *context, long i)
{
    sorting *s = context;
    fp_piece rows = fp_piece_of(s->n, s->pieces, i);
    ptrdiff_t *at = s->count + i * s->buckets;
    for (ptrdiff_t k = rows.first; k < rows.last; k++) {
        ptrdiff_t to = at[bucket_of(s, s->key[k])]++;
        s->key_to[to] = s->key[k];
        if (s->item)
            s->item_to[to] = s->item[k];
    }
}

static void insert(uint64_t *key, uint32_t *item, ptrdiff_t n)
{
    for (ptrdiff_t i = 1; i < n; i++) {
        uint64_t x = key[i];
        uint32_t own = item ? item[i] : 0;
        ptrdiff_t k = i;
        for (; k > 0 && key[k - 1] > x; k--) {
            key[k] = key[k - 1];
            if (item)
                item[k] = item[k - 1];
        }
        key[k] = x;
        if (item)
            item[k] = own;
    }
}

/* One stable pass by the byte at `shift`. */
static void by_byte(const uint64_t *key, const uint32_t *item, ptrdiff_t n, int shift,
                    uint64_t *key_to, uint32_t *item_to)
{
    ptrdiff_t at[256] = {0}, sum = 0;
    for (ptrdiff_t k = 0; k < n; k++)
        at[key[k] >> shift & 255]++;
    for (int d = 0; d < 256; d++) {
        ptrdiff_t own = at[d];
        at[d] = sum;
        sum += own;
    }
    for (ptrdiff_t k = 0; k < n; k++) {
        ptrdiff_t to = at[key[k] >> shift & 255]++;
        key_to[to] = key[k];
        if (item)
            item_to[to] = item[k];
    }
}

/* Sort a bucket that lies in key_to and item_to; the answer goes to key and item. */
static void sort_bucket(void *context, long i)
{
    sorting *s = context;
    ptrdiff_t first = s->begin[i], n = s->begin[i + 1] - first;
    uint64_t *from = s->key_to + first, *to = s->key + first, any = 0, all = UINT64_MAX;
    uint32_t *item_from = s->item ? s->item_to + first : NULL;
    uint32_t *item_to = s->item ? s->item + first : NULL;
    if (n > SHORT)
        for (ptrdiff_t k = 0; k < n; k++) {
            any |= from[k];
            all &= from[k];
        }
    for (int shift = 0; n > SHORT && shift < 64; shift += 8) {
        if (((any ^ all) >> shift & 255) == 0)
            continue;
        by_byte(from, item_from, n, shift, to, item_to);
        uint64_t *key = from;
        uint32_t *item = item_from;
        from = to;
        item_from = item_to;
        to = key;
        item_to = item;
    }
    if (n <= SHORT)
        insert(from, item_from, n);
    if (n > 0 && from != s->key + first) {
        memcpy(s->key + first, from, (size_t)n * sizeof *from);
        if (s->item)
            memcpy(s->item + first, item_from, (size_t)n * sizeof *item_from);
    }
}

/* Leading bits in which the keys differ; false where all are equal. */
static bool choose_buckets(sorting *s)
{
    uint64_t any = 0, all = UINT64_MAX;
    for (long i = 0; i < s->pieces; i++) {
        any |= s->piece_or[i];
        all &= s->piece_and[i];
    }
    if (any == all)
        return false;
    int top = 63 - __builtin_clzll(any ^ all), bits = 1;
    while (bits < 12 && s->n >> (bits + 5) > 0)
        bits++;
    if (bits > top + 1)
        bits = top + 1;
    s->buckets = (ptrdiff_t)1 << bits;
    s->shift = top + 1 - bits;
    return true;
}

static void place_buckets(sorting *s)
{
    ptrdiff_t sum = 0;
    for (ptrdiff_t b = 0; b < s->buckets; b++) {
        s->begin[b] = sum;
        for (long i = 0; i < s->pieces; i++) {
            ptrdiff_t own = s->count[i * s->buckets + b];
            s->count[i * s->buckets + b] = sum;
            sum += own;
        }
    }
    s->begin[s->buckets] = sum;
}

static fp_status sort_all(sorting *s, int threads, fp_arena *scratch, fp_err *err)
{
    FP_ARRAY(s->piece_or, scratch, s->pieces, err);
    FP_ARRAY(s->piece_and, scratch, s->pieces, err);
    fp_parallel(threads, s->pieces, find_bits, s);
    if (!choose_buckets(s))
        return FP_OK;
    FP_ARRAY(s->count, scratch, s->pieces * s->buckets, err);
    FP_ARRAY(s->begin, scratch, s->buckets + 1, err);
    FP_ARRAY(s->key_to, scratch, s->n, err);
    if (s->item)
        FP_ARRAY(s->item_to, scratch, s->n, err);
    fp_parallel(threads, s->pieces, count_buckets, s);
    place_buckets(s);
    fp_parallel(threads, s->pieces, scatter, s);
    fp_parallel(threads, s->buckets, sort_bucket, s);
    return FP_OK;
}

fp_status fp_sort_keys(uint64_t *key, uint32_t *item, ptrdiff_t n, int threads, fp_arena *scratch,
                       fp_err *err)
{
    if (n < 2)
        return FP_OK;
    fp_arena_point mark = fp_arena_mark(scratch);
    sorting s = {.n = n, .pieces = fp_pieces(n), .key = key, .item = item};
    fp_status status = sort_all(&s, threads, scratch, err);
    fp_arena_rewind(scratch, mark);
    return status;
}
