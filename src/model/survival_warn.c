#include "model/survival_priv.h"

#include <math.h>

#include "base/num.h"

/* Strata without an event take no part in the partial likelihood. */
static fp_status warn_idle_strata(const fp_design *d, fp_arena *scratch, fp_warnings *list,
                                  fp_err *err)
{
    bool *alive;
    int32_t idle = 0, first = 0;
    FP_ARRAY(alive, scratch, d->strata, err);
    for (ptrdiff_t i = 0; i < d->n; i++)
        if (d->event[i])
            alive[d->stratum[i]] = true;
    for (int32_t s = d->strata - 1; s >= 0; s--)
        if (!alive[s]) {
            first = s;
            idle++;
        }
    if (idle == 0 || idle == d->strata)
        return FP_OK;
    const char *label = d->stratum_label[first];
    if (idle == 1)
        return fp_warnings_add(
            list, err, "no events in the stratum %s: its rows add nothing to the estimates", label);
    return fp_warnings_add(list, err,
                           "no events in %d of the %d strata, such as %s: their rows add nothing "
                           "to the estimates",
                           idle, d->strata, label);
}

static bool all_tied(const fp_design *d)
{
    for (ptrdiff_t i = 1; i < d->n; i++)
        if (d->stop[i] > d->stop[0] || d->stop[i] < d->stop[0])
            return false;
    return d->n > 1;
}

fp_status fp_survival_warn(const fp_design *d, fp_arena *scratch, fp_warnings *list, fp_err *err)
{
    if (d->stratum)
        FP_TRY(warn_idle_strata(d, scratch, list, err));
    if (!all_tied(d))
        return FP_OK;
    char time[40];
    fp_num_shortest(d->stop[0], 15, time);
    return fp_warnings_add(
        list, err, "all times are %s: the estimates rest on the way ties are counted", time);
}

fp_status fp_survival_check_size(const fp_design *d, const fp_table *table, fp_err *err)
{
    for (ptrdiff_t j = 0; j < d->p; j++)
        for (ptrdiff_t i = 0; i < d->n; i++)
            if (!(fabs(d->columns[j][i]) < FP_COX_LARGEST)) {
                (void)fp_fail_at(
                    err, FP_INPUT, fp_table_name(table), fp_table_line(table, d->row[i]), 0,
                    "%s is %g, too large a number to be squared", d->column[j], d->columns[j][i]);
                return fp_hint(err, FP_INPUT, "divide it by a constant, or correct it");
            }
    return FP_OK;
}
