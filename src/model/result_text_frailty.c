#include "model/result_text_priv.h"

#include <math.h>
#include <stdio.h>

#include "base/num.h"

/* A number with `digits` after the point, "-" where there is none. */
typedef struct {
    char s[32];
} shown;

static shown shown_of(double value, int digits)
{
    shown text = {"-"};
    if (isfinite(value))
        fp_num_format(value, digits, &fp_numstyle_plain, text.s, sizeof text.s);
    return text;
}

static shown shown_p(double p)
{
    shown text = {"< 0.001"};
    return p < 0.001 ? text : shown_of(p, 3);
}

void fp_text_frailty(const fp_result *result, fp_buf *out)
{
    const fp_frailty_result *frailty = result->frailty;
    if (!frailty)
        return;
    const fp_cox_frailty_part *part = &frailty->part;
    char line[512];
    (void)snprintf(line, sizeof line, "Frailty of %.200s: gamma, %td groups", frailty->group,
                   frailty->groups);
    fp_buf_put_char(out, '\n');
    fp_text_wrap(out, "", "  ", line);
    if (isnan(part->theta))
        return;
    if (part->theta > 0)
        fp_buf_printf(out, "  variance (theta) %s (se %s), Kendall's tau %s\n",
                      shown_of(part->theta, 3).s, shown_of(part->theta_se, 3).s,
                      shown_of(frailty->kendall_tau, 3).s);
    else
        fp_text_wrap(out, "  ", "  ",
                     "variance (theta) 0: the groups differ no more than by chance, and the "
                     "estimates are those without the frailty");
    fp_buf_printf(out, "  no variance: chisq %s, p %s (half on 0, half on 1 degree of freedom)\n",
                  shown_of(part->chisq, 2).s, shown_p(part->p).s);
    fp_buf_printf(out, "  log-likelihood %s without the frailty, marginal %s with it\n",
                  shown_of(part->loglik_zero, 3).s, shown_of(part->loglik, 3).s);
    fp_text_wrap(out, "  ", "  ",
                 "Hazard ratios compare people of one group. Standard errors take theta as given. "
                 "Proportional hazards are not tested with a frailty.");
}
