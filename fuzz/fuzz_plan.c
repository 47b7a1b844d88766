/* The plan as it is locked, and how two plans differ: up to the first NUL the study.yaml that was
 * locked, then that of now. */
#include <string.h>

#include "fuzz.h"
#include "study/plan.h"

#define LIMIT (256 * FP_MIB)

static bool read_plan(fp_str text, fp_arena *arena, fp_protocol *protocol, fp_plan_copy *copy)
{
    fp_err err = {0};
    fp_problems problems;
    fp_problems_init(&problems, 100, arena);
    if (fp_protocol_read_text("study.yaml", text, arena, protocol, &problems, &err) != FP_OK ||
        problems.errors)
        return false;
    return fp_plan_copy_of(protocol, arena, copy, &err) == FP_OK;
}

static void check_copy(const fp_plan_copy *copy, fp_arena *arena)
{
    fp_err err = {0};
    for (ptrdiff_t i = 0; i < copy->count; i++) {
        FUZZ_CHECK(copy->fields[i].path[0] && copy->fields[i].count >= 1);
        FUZZ_CHECK(i == 0 || strcmp(copy->fields[i - 1].path, copy->fields[i].path) < 0);
        FUZZ_CHECK(fp_plan_text(&copy->fields[i], arena, &err));
    }
}

/* The deviations of `now` from one lock of `then`. */
static ptrdiff_t deviations(const fp_plan_copy *then, const fp_plan_copy *now, fp_arena *arena)
{
    fp_err err = {0};
    fp_plan_lock lock = {.seq = 1,
                         .at_utc = "2026-01-01T00:00:00Z",
                         .actor = "a",
                         .why = "",
                         .sha256 = "",
                         .copy = *then};
    fp_plan_state state = {.lock_count = 1, .locks = &lock};
    FUZZ_CHECK(fp_plan_compare(now, arena, &state, &err) == FP_OK);
    for (ptrdiff_t i = 0; i < state.deviation_count; i++) {
        const fp_deviation *d = &state.deviations[i];
        FUZZ_CHECK(d->what[0] && (d->planned || d->now) && fp_deviation_key(d->kind)[0]);
    }
    return state.deviation_count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > 1 << 14)
        return 0;
    fp_arena *arena = fp_arena_create(LIMIT);
    FUZZ_CHECK(arena);
    const uint8_t *nul = memchr(data, 0, size);
    size_t n = nul ? (size_t)(nul - data) : size, skip = nul ? n + 1 : size;
    fp_protocol then, now;
    fp_plan_copy locked, present;
    if (read_plan((fp_str){(const char *)data, n}, arena, &then, &locked)) {
        check_copy(&locked, arena);
        FUZZ_CHECK(deviations(&locked, &locked, arena) == 0);
        if (read_plan((fp_str){(const char *)data + skip, size - skip}, arena, &now, &present)) {
            ptrdiff_t forth = deviations(&locked, &present, arena);
            ptrdiff_t back = deviations(&present, &locked, arena);
            FUZZ_CHECK((forth == 0) == (back == 0));
        }
    }
    fp_arena_destroy(arena);
    return 0;
}
