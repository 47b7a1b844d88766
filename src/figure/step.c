#include "figure/step_priv.h"

#include <math.h>

#define MERGE 0.1 /* steps closer than this are one [px] */

ptrdiff_t fp_svg_step_add(fp_svg_jump *steps, ptrdiff_t n, double x, double y)
{
    if (n > 1 && x - steps[n - 1].x < MERGE) {
        steps[n - 1].y = y;
        return n;
    }
    if (n > 0 && fabs(y - steps[n - 1].y) < MERGE)
        return n;
    steps[n] = (fp_svg_jump){x, y};
    return n + 1;
}

void fp_svg_verb(fp_buf *out, char verb, double value)
{
    fp_buf_put_char(out, verb);
    fp_svg_number(out, value);
}

void fp_svg_step_forward(fp_buf *out, const fp_svg_jump *steps, ptrdiff_t n, double end)
{
    fp_svg_verb(out, 'M', steps[0].x);
    fp_svg_verb(out, ' ', steps[0].y);
    for (ptrdiff_t i = 1; i < n; i++) {
        fp_svg_verb(out, 'H', steps[i].x);
        fp_svg_verb(out, 'V', steps[i].y);
    }
    fp_svg_verb(out, 'H', end);
}

void fp_svg_step_back(fp_buf *out, const fp_svg_jump *steps, ptrdiff_t n)
{
    fp_svg_verb(out, 'V', steps[n - 1].y);
    for (ptrdiff_t i = n - 1; i > 0; i--) {
        fp_svg_verb(out, 'H', steps[i].x);
        fp_svg_verb(out, 'V', steps[i - 1].y);
    }
    fp_svg_verb(out, 'H', steps[0].x);
    fp_buf_put_char(out, 'Z');
}

ptrdiff_t fp_step_within(const double *time, ptrdiff_t n, double horizon)
{
    ptrdiff_t low = 0, high = n;
    while (low < high) {
        ptrdiff_t middle = low + (high - low) / 2;
        if (time[middle] <= horizon)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

ptrdiff_t fp_step_at_tick(const double *time, ptrdiff_t n, double tick)
{
    /* A tick is a multiple of a step and may lie a rounding error beyond the time it means. */
    return fp_step_within(time, n, nextafter(tick * (1 - 1e-12), -1.0));
}
