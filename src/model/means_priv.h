#ifndef FP_MODEL_MEANS_PRIV_H
#define FP_MODEL_MEANS_PRIV_H

#include "model/means.h"
#include "model/model_priv.h"

enum {
    FP_MEANS_NAMED = 4,       /* variables in a request: two left of |, two right of it */
    FP_MEANS_LEVELS = 40,     /* of a number that is named */
    FP_MEANS_CELLS = 1000,    /* means */
    FP_MEANS_GRID = 100000,   /* rows of the reference grid */
    FP_MEANS_CONTRASTS = 5000 /* comparisons */
};

/* A request in parts. */
typedef struct {
    const char *text; /* in one spelling */
    ptrdiff_t left, by;
    const char *name[FP_MEANS_NAMED]; /* left ones first */
} fp_means_names;
FP_MUST_USE fp_status fp_means_read(const char *text, fp_arena *arena, fp_means_names *names,
                                    fp_err *err);

/* The named cells as linear functions of the coefficients. */
typedef struct {
    ptrdiff_t p;
    ptrdiff_t cells;          /* product of the levels of the named; the first varies fastest */
    ptrdiff_t left_cells;     /* of those left of | */
    const double *l;          /* cells x p, row after row */
    double offset;            /* of the linear predictor: its mean over the rows */
    const double *n;          /* cells: rows of the data, times weights */
    const char *const *label; /* cells */
    ptrdiff_t variables;
    const fp_means_variable *variable; /* the named first, in their order */
} fp_means_grid;
/* Errors: as fp_means_add. */
FP_MUST_USE fp_status fp_means_grid_make(const fp_table *table, const fp_model_common *common,
                                         const fp_result *result, const fp_means_names *names,
                                         bool observed, fp_arena *arena, fp_means_grid *grid,
                                         fp_err *err);
/* The levels of `count` variables from `first` on at combination k: "arm=ips, wave=6". */
FP_MUST_USE fp_status fp_means_label(const fp_means_variable *variable, ptrdiff_t count,
                                     ptrdiff_t k, fp_arena *arena, const char **out, fp_err *err);

/* A comparison before it is estimated: weights of the cells. */
typedef struct {
    fp_mean_contrast shell; /* words alone */
    const double *weight;   /* cells */
} fp_means_plan;
/* A joint test before it is made. */
typedef struct {
    const char *effect, *at;
    ptrdiff_t count;
    const double *weight; /* count x cells */
} fp_means_joint;
typedef struct {
    ptrdiff_t contrasts, tests;
    fp_means_plan *contrast;
    fp_means_joint *test;
} fp_means_plans;
/* Everything that a request compares. */
FP_MUST_USE fp_status fp_means_plan_make(const fp_means_names *names, const fp_means_grid *grid,
                                         unsigned compare, fp_arena *arena, fp_means_plans *plans,
                                         fp_err *err);

#endif
