#include "base/arena.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define ALIGN       ((size_t)64)
#define FIRST_BLOCK ((size_t)16 * 1024)
#define HUGE_PAGE   ((size_t)2 << 20)
/* From this size on a block is mapped: its pages are huge, zero by themselves and only made when
 * they are first touched, by whichever thread that is. */
#define MAP_FROM ((size_t)8 << 20)

typedef struct block {
    struct block *below;
    size_t size; /* usable bytes after the header */
    size_t used;
    size_t clean;  /* from here on the bytes are zero already */
    size_t mapped; /* bytes to unmap, 0 = from aligned_alloc() */
    char pad[ALIGN - 5 * sizeof(size_t)];
} block;

_Static_assert(sizeof(block) == ALIGN, "a block header keeps the alignment");

typedef struct deferred {
    struct deferred *below;
    void (*run)(void *context);
    void *context;
    size_t total; /* of the arena when it was asked for */
} deferred;

struct fp_arena {
    block *top;
    deferred *last;
    size_t limit;
    size_t total; /* bytes handed out, alignment included */
    long fail_in; /* 0 = off */
};

fp_arena *fp_arena_create(size_t limit)
{
    fp_arena *arena = calloc(1, sizeof *arena);
    if (arena)
        arena->limit = limit;
    return arena;
}

static void release(block *b)
{
    if (b->mapped)
        (void)munmap(b, b->mapped);
    else
        free(b);
}

/* Run what was deferred after `total` bytes had been handed out, the last first. */
static void run_deferred(fp_arena *arena, size_t total)
{
    while (arena->last && arena->last->total > total) {
        deferred *d = arena->last;
        arena->last = d->below;
        d->run(d->context);
    }
}

void fp_arena_destroy(fp_arena *arena)
{
    if (!arena)
        return;
    run_deferred(arena, 0);
    for (block *b = arena->top; b;) {
        block *below = b->below;
        release(b);
        b = below;
    }
    free(arena);
}

void fp_arena_cleanup(fp_arena **arena)
{
    fp_arena_destroy(*arena);
}

/* Zero pages that begin at a huge one. */
static block *map(size_t size)
{
    size_t bytes = (sizeof(block) + size + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
    char *p =
        mmap(NULL, bytes + HUGE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        return NULL;
    size_t before = (HUGE_PAGE - (uintptr_t)p % HUGE_PAGE) % HUGE_PAGE;
    if (before)
        (void)munmap(p, before);
    (void)munmap(p + before + bytes, HUGE_PAGE - before);
    p += before;
    (void)madvise(p, bytes, MADV_HUGEPAGE); /* a wish: without it the pages are small */
    block *b = (block *)(void *)p;
    b->mapped = bytes;
    b->size = bytes - sizeof(block);
    return b;
}

static block *take(size_t size)
{
    if (size >= MAP_FROM)
        return map(size);
    block *b = aligned_alloc(ALIGN, sizeof *b + size);
    if (b) {
        b->mapped = 0;
        b->clean = b->size = size;
    }
    return b;
}

static block *grow(fp_arena *arena, size_t need)
{
    size_t size = arena->top ? 2 * arena->top->size : FIRST_BLOCK;
    if (size > 64 * FP_MIB)
        size = 64 * FP_MIB;
    if (size < need)
        size = need;
    block *b = take(size);
    if (!b)
        return NULL;
    b->below = arena->top;
    b->used = 0;
    arena->top = b;
    return b;
}

void *fp_arena_array(fp_arena *arena, ptrdiff_t count, size_t size, fp_err *err)
{
    size_t bytes;
    if (count < 0 || __builtin_mul_overflow((size_t)count, size, &bytes) || bytes > SIZE_MAX / 4) {
        (void)fp_fail_nomem(err, SIZE_MAX);
        return NULL;
    }
    size_t need = (bytes + ALIGN - 1) / ALIGN * ALIGN;
    if (need == 0)
        need = ALIGN;
    int injected = arena->fail_in == 1;
    if (arena->fail_in > 1)
        arena->fail_in--;
    block *b = arena->top;
    if (injected || need > arena->limit - arena->total ||
        ((!b || b->size - b->used < need) && !(b = grow(arena, need)))) {
        (void)fp_fail_nomem(err, bytes);
        return NULL;
    }
    char *p = (char *)(b + 1) + b->used;
    if (b->used < b->clean)
        (void)memset(p, 0, b->clean - b->used < need ? b->clean - b->used : need);
    b->used += need;
    if (b->clean < b->used)
        b->clean = b->used;
    arena->total += need;
    return p;
}

void *fp_arena_grow(fp_arena *arena, void *items, ptrdiff_t count, ptrdiff_t *capacity, size_t size,
                    fp_err *err)
{
    if (count < *capacity)
        return items;
    ptrdiff_t more = *capacity ? 2 * *capacity : 16;
    void *larger = fp_arena_array(arena, more, size, err);
    if (!larger)
        return NULL;
    if (count)
        memcpy(larger, items, (size_t)count * size);
    *capacity = more;
    return larger;
}

fp_status fp_arena_defer(fp_arena *arena, void (*run)(void *context), void *context, fp_err *err)
{
    deferred *d;
    FP_ARRAY(d, arena, 1, err);
    *d = (deferred){arena->last, run, context, arena->total};
    arena->last = d;
    return FP_OK;
}

fp_arena_point fp_arena_mark(const fp_arena *arena)
{
    return (fp_arena_point){arena->top, arena->top ? arena->top->used : 0, arena->total};
}

void fp_arena_rewind(fp_arena *arena, fp_arena_point point)
{
    run_deferred(arena, point.total);
    while (arena->top && arena->top != point.block) {
        block *below = arena->top->below;
        release(arena->top);
        arena->top = below;
    }
    if (arena->top)
        arena->top->used = point.used;
    arena->total = point.total;
}

size_t fp_arena_used(const fp_arena *arena)
{
    return arena->total;
}

void fp_arena_fail_at(fp_arena *arena, long n)
{
    arena->fail_in = n;
}

char *fp_arena_strndup(fp_arena *arena, const char *text, size_t n, fp_err *err)
{
    char *copy = fp_arena_array(arena, (ptrdiff_t)n + 1, 1, err);
    if (copy && n > 0)
        memcpy(copy, text, n);
    return copy;
}

char *fp_arena_strdup(fp_arena *arena, const char *text, fp_err *err)
{
    return fp_arena_strndup(arena, text, strlen(text), err);
}

char *fp_arena_printf(fp_arena *arena, fp_err *err, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text = n < 0 ? NULL : fp_arena_array(arena, (ptrdiff_t)n + 1, 1, err);
    if (text)
        (void)vsnprintf(text, (size_t)n + 1, format, again);
    va_end(again);
    return text;
}
