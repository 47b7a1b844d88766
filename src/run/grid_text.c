/* A specification curve in words and in rows. */
#include "run/run_priv.h"

#include <math.h>

static const char *value(const fp_grid *grid, const fp_grid_rule *r, fp_grid_choice choice)
{
    return grid->values[choice][r->value[choice]];
}

static void put_number(double number, const char *none, fp_buf *out)
{
    char text[32];
    if (isnan(number)) {
        fp_buf_put(out, none);
        return;
    }
    fp_num_shortest(number, 17, text);
    fp_buf_put(out, text);
}

void fp_grid_rows(const fp_grid *grid, fp_buf *out)
{
    for (int c = 0; c < FP_GRID_CHOICES; c++)
        fp_buf_printf(out, "%s,", fp_grid_key((fp_grid_choice)c));
    fp_buf_put(out, "pre_registered,n,events,state,hr,lower,upper,p,p_permutation\n");
    for (ptrdiff_t i = 0; i < grid->count; i++) {
        const fp_grid_rule *r = &grid->rules[i];
        const double numbers[] = {r->hr, r->lower, r->upper, r->p, r->p_permutation};
        for (int c = 0; c < FP_GRID_CHOICES; c++)
            fp_buf_printf(out, "%s,", value(grid, r, (fp_grid_choice)c));
        fp_buf_printf(out, "%d,%td,%td,%s", i == grid->planned, r->followed, r->events, r->state);
        for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++) {
            fp_buf_put_char(out, ',');
            put_number(numbers[k], "", out);
        }
        fp_buf_put_char(out, '\n');
    }
}

static void put_test(const fp_grid *grid, fp_buf *out)
{
    const fp_permutation_result *t = &grid->joint;
    if (grid->no_joint) {
        fp_buf_printf(out, "No joint permutation test: %s.\n", grid->no_joint);
        return;
    }
    fp_buf_printf(out,
                  "Joint permutation test\n"
                  "  null       %s\n"
                  "  statistic  the median of the standardised effects of %td rules: %.3f\n"
                  "  set        %lld allocations%s; p cannot be below %.3g\n"
                  "  p          %.3g\n"
                  "  beside it  the largest of them in size: %.3f, p %.3g\n",
                  grid->null, grid->tested, t->statistic, (long long)t->allocations,
                  t->exact ? ", all that the design could have given" : " drawn from the design",
                  t->smallest_p, t->p, grid->largest.statistic, grid->largest.p);
}

static void put_rule(const fp_grid *grid, ptrdiff_t i, fp_buf *out)
{
    const fp_grid_rule *r = &grid->rules[i];
    fp_buf_printf(out, "%c %8s %6s %5s %-8s %-11s %6td %6td ", i == grid->planned ? '*' : ' ',
                  value(grid, r, FP_GRID_MIN_DAYS), value(grid, r, FP_GRID_HOURS),
                  value(grid, r, FP_GRID_GAP_DAYS), value(grid, r, FP_GRID_CONCURRENT),
                  value(grid, r, FP_GRID_AT_START), r->followed, r->events);
    if (isnan(r->hr)) {
        fp_buf_printf(out, "%s\n", r->state);
        return;
    }
    fp_buf_printf(out, "%6.3f %6.3f %6.3f %6.3f ", r->hr, r->lower, r->upper, r->p);
    if (isnan(r->p_permutation))
        fp_buf_put(out, "     -\n");
    else
        fp_buf_printf(out, "%6.3f\n", r->p_permutation);
}

void fp_grid_words(const fp_grid *grid, bool registered, fp_buf *out)
{
    const char *name = registered ? "Pre-registered" : "Planned";
    const fp_grid_rule *planned = &grid->rules[grid->planned];
    fp_buf_printf(out, "== %s under %td rules of %s ==\n\n%s, term %s\n", grid->spec->id,
                  grid->count, grid->outcome->id, grid->formula, grid->term);
    if (grid->estimated)
        fp_buf_printf(out,
                      "Hazard ratio: median %.3f, from %.3f to %.3f; above 1 under %td of %td "
                      "rules\n",
                      grid->median, grid->lowest, grid->highest, grid->above, grid->estimated);
    if (isnan(planned->hr))
        fp_buf_printf(out, "%s rule: no estimate (%s)\n", name, planned->state);
    else
        fp_buf_printf(out, "%s rule: %.3f (%.3f to %.3f), number %td from below\n", name,
                      planned->hr, planned->lower, planned->upper, grid->rank);
    put_test(grid, out);
    fp_buf_put(out, "\n  min_days  hours   gap concurr. at_start         n events     hr  lower  "
                    "upper      p p_perm\n");
    for (ptrdiff_t i = 0; i < grid->count; i++)
        put_rule(grid, i, out);
    fp_buf_printf(out, "* %s. p_perm: the permutation test of that rule alone.\n",
                  registered ? "pre-registered" : "as planned");
}
