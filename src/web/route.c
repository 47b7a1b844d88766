#include "web/route.h"

#include <string.h>

/* The part of a path up to the next '/'; `rest` begins behind that '/'. */
static fp_str next_segment(fp_str *rest, bool *more)
{
    const char *slash = rest->n ? memchr(rest->p, '/', rest->n) : NULL;
    fp_str segment = {rest->p, slash ? (size_t)(slash - rest->p) : rest->n};
    *more = slash != NULL;
    *rest = (fp_str){rest->p + segment.n + *more, rest->n - segment.n - *more};
    return segment;
}

/* Both begin with '/'. A {name} stands for one segment that is not empty. */
static bool matches(fp_str pattern, fp_str path, fp_str values[FP_PATH_VALUES])
{
    int count = 0;
    bool more_pattern = true, more_path = true;
    while (more_pattern && more_path) {
        fp_str want = next_segment(&pattern, &more_pattern);
        fp_str have = next_segment(&path, &more_path);
        if (want.n && want.p[0] == '{') {
            if (!have.n || count == FP_PATH_VALUES)
                return false;
            values[count++] = have;
        } else if (!fp_str_eq(want, have)) {
            return false;
        }
    }
    return more_pattern == more_path;
}

const fp_route *fp_route_find(fp_method method, fp_str path, fp_str values[FP_PATH_VALUES],
                              unsigned *methods)
{
    const fp_route *found = NULL;
    fp_method wanted = method == FP_HEAD ? FP_GET : method;
    *methods = 0;
    for (ptrdiff_t i = 0; i < fp_route_count; i++) {
        fp_str tried[FP_PATH_VALUES] = {{0}};
        if (!matches(fp_str_of(fp_routes[i].path), path, tried))
            continue;
        *methods |= 1u << fp_routes[i].method;
        if (found || fp_routes[i].method != wanted)
            continue;
        found = &fp_routes[i];
        memcpy(values, tried, sizeof tried);
    }
    return found;
}
