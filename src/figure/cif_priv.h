#ifndef FP_FIGURE_CIF_PRIV_H
#define FP_FIGURE_CIF_PRIV_H

#include "figure/step_priv.h"

/* Where everything of one figure of stacked incidences stands; made by plan, drawn by draw. */
typedef struct {
    const fp_figure_cif_options *options;
    const fp_figure_cif_panel *panels;
    ptrdiff_t count;
    const char *const *causes;
    int32_t cause_count;
    const char *id;
    const fp_numstyle *style;
    double width, height;     /* of the figure [px] */
    ptrdiff_t across;         /* panels side by side */
    double panel, gap;        /* width of one, distance of two */
    double left, right;       /* of the plot in its panel */
    double head, plot, below; /* heights: over, of and under the plot */
    double top;               /* where the first panel begins */
    double horizon, x_step;
    double label;     /* room at the right end */
    bool named;       /* names of the bands at their ends; else their shares and a key */
    ptrdiff_t stride; /* every stride-th tick has numbers */
    double key_top;   /* of the key */
} fp_cif_plot;

/* The figure in colour and pattern of band k; `cause_count` is the rest, without an event. */
void fp_cif_patterns(const fp_cif_plot *plot, fp_buf *out);
/* Draw panels and key. Errors: FP_NOMEM. */
FP_MUST_USE fp_status fp_cif_draw(const fp_cif_plot *plot, fp_buf *out, fp_err *err);

/* Probability of the causes 0..k - 1 together at step i, -1 = before the first. */
double fp_cif_sum(const fp_cif_curves *curves, int32_t k, ptrdiff_t i);
/* "work 38%": the name of a band with its share at the end. */
void fp_cif_share(const fp_cif_plot *plot, const fp_cif_curves *curves, int32_t k, char *out,
                  size_t size);
/* The name of band k; the rest is last. */
const char *fp_cif_name(const fp_cif_plot *plot, int32_t k);

#endif
