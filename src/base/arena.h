#ifndef FP_BASE_ARENA_H
#define FP_BASE_ARENA_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Memory of one piece of work. An arena is born with a limit, hands out zeroed blocks aligned to
 * 64 bytes, and is freed as a whole. Not thread-safe: one arena a thread. An array of megabytes
 * that is never touched takes no memory. */
typedef struct fp_arena fp_arena;

#define FP_MIB ((size_t)1 << 20)
#define FP_GIB ((size_t)1 << 30)

/* A new arena of at most `limit` bytes; NULL where the system has no memory at all. */
fp_arena *fp_arena_create(size_t limit);
/* Free the arena and all that came from it. NULL is allowed. */
void fp_arena_destroy(fp_arena *arena);
void fp_arena_cleanup(fp_arena **arena); /* for FP_ARENA_SCOPED */
/* Declare a scratch arena that ends with the scope:  FP_ARENA_SCOPED(scratch, limit, err); */
#define FP_ARENA_SCOPED(name, limit, err)                                                          \
    __attribute__((cleanup(fp_arena_cleanup))) fp_arena *name = fp_arena_create(limit);            \
    if (!(name))                                                                                   \
    return fp_fail_nomem((err), (limit))

/* `count` zeroed elements of `size` bytes; NULL with `err` filled when the product overflows, the
 * limit is reached or the system has no memory. count 0 gives a valid pointer. */
void *fp_arena_array(fp_arena *arena, ptrdiff_t count, size_t size, fp_err *err) FP_MUST_USE;
/* ptr = `count` zeroed elements of *ptr; leaves the function with FP_NOMEM on failure. */
#define FP_ARRAY(ptr, arena, count, err)                                                           \
    do {                                                                                           \
        (ptr) = fp_arena_array((arena), (ptrdiff_t)(count), sizeof *(ptr), (err));                 \
        if (!(ptr))                                                                                \
            return FP_NOMEM;                                                                       \
    } while (0)

/* Room for one element more in an array that doubles: `items` itself while count < *capacity, else
 * a copy of its `count` elements in a larger one, the rest zeroed. NULL as above. */
void *fp_arena_grow(fp_arena *arena, void *items, ptrdiff_t count, ptrdiff_t *capacity, size_t size,
                    fp_err *err) FP_MUST_USE;
/* ptr[count] is there from now on; leaves the function with FP_NOMEM on failure. */
#define FP_GROW(ptr, arena, count, capacity, err)                                                  \
    do {                                                                                           \
        void *grown_ = fp_arena_grow((arena), (ptr), (count), (capacity), sizeof *(ptr), (err));   \
        if (!grown_)                                                                               \
            return FP_NOMEM;                                                                       \
        (ptr) = grown_;                                                                            \
    } while (0)

/* A place to go back to: everything allocated after the mark is freed by the rewind. */
typedef struct {
    void *block;
    size_t used;
    size_t total;
} fp_arena_point;
fp_arena_point fp_arena_mark(const fp_arena *arena);
void fp_arena_rewind(fp_arena *arena, fp_arena_point point);

/* Call run(context) when the arena is destroyed or rewound to before this call; the last asked for
 * comes first. For what an arena cannot free: a mapping, a descriptor. Errors: FP_NOMEM, and then
 * `run` is not called. */
FP_MUST_USE fp_status fp_arena_defer(fp_arena *arena, void (*run)(void *context), void *context,
                                     fp_err *err);

/* Bytes handed out so far. */
size_t fp_arena_used(const fp_arena *arena);
/* Tests: the n-th allocation from now on fails (1 = the next), and all after it; 0 = off. */
void fp_arena_fail_at(fp_arena *arena, long n);

/* Copies in the arena. */
char *fp_arena_strdup(fp_arena *arena, const char *text, fp_err *err) FP_MUST_USE;
char *fp_arena_strndup(fp_arena *arena, const char *text, size_t n, fp_err *err) FP_MUST_USE;
char *fp_arena_printf(fp_arena *arena, fp_err *err, const char *format, ...)
    FP_PRINTF(3, 4) FP_MUST_USE;

#endif
