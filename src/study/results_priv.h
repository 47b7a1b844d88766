#ifndef FP_STUDY_RESULTS_PRIV_H
#define FP_STUDY_RESULTS_PRIV_H

#include "study/results.h"

enum { FP_MOST_PERMUTED = 512 }; /* coaches: what stats/permutation.h takes */

/* A fit that left no row out, and what of its formula stays in the null models of the tests. */
typedef struct {
    const char *rest;
    fp_result result;
} fp_permuted;

/* Which permutation tests come with a fit. */
typedef enum {
    FP_PERMUTE_NONE,
    FP_PERMUTE_FACTORS,
    FP_PERMUTE_ARMS, /* each arm against the reference arm, of the primary outcome */
} fp_permute;

/* What is being drawn up: the results so far and what the parts share. */
typedef struct {
    const fp_study_data *data;
    const fp_protocol *plan;
    const fp_results_options *options;
    fp_arena *arena;
    fp_results *out;
    const fp_outcome_spec *spec; /* of the primary outcome */
    const fp_outcomes *primary;  /* NULL = the plan has no time-to-event outcome */
    const fp_table *table;       /* analysis table of the primary outcome; NULL = nobody followed */
    const fp_table *everybody;   /* all people with their columns, factors and coach columns */
    const char *randomised;      /* "ips * pa | coach" or NULL */
    const fp_drawn_units *drawn; /* where the draw is in the log; NULL = not known */
    const char *randomised_arms; /* "arm | coach": the arms as levels of one factor; or NULL */
    const fp_drawn_units *drawn_arms;
    bool clustered;
    bool competes;           /* somebody had a competing event of the primary outcome */
    const fp_table **tables; /* of each outcome; NULL = not time-to-event, or nobody followed */
    bool *permutable;        /* of each outcome: all levels of the factors among those followed */
    const fp_permuted **permuted; /* of each outcome: the last fit with tests; NULL = none */
    fp_fact *facts;
    ptrdiff_t fact_room;
    ptrdiff_t *fact_slot;
    const char **warnings;
    ptrdiff_t warning_room;
} fp_build;

/* Add a fact. The digits follow from the kind. Errors: FP_INPUT (a second fact of that id, or one
 * that is too long), FP_NOMEM. */
FP_MUST_USE fp_status fp_build_fact(fp_build *b, fp_fact_kind kind, double value,
                                    const fp_scope *scope, const char *analysis, const char *what,
                                    fp_err *err, const char *id_format, ...) FP_PRINTF(8, 9);
/* Keep the warnings of a fit, each once. */
FP_MUST_USE fp_status fp_build_warn(fp_build *b, const char *analysis, const fp_result *result,
                                    fp_err *err);
/* Say something about an analysis or a part of the report, once. */
FP_MUST_USE fp_status fp_build_note(fp_build *b, const char *about, fp_err *err, const char *format,
                                    ...) FP_PRINTF(4, 5);
bool fp_group_has(const fp_build *b, const fp_group *group, ptrdiff_t person);
bool fp_followed(const fp_build *b, ptrdiff_t person);
/* Value of a carried column of the people source, or else of the coach's row, as written; NULL
 * where there is no such column. */
const char *fp_person_value(const fp_study_data *data, ptrdiff_t person, const char *column);
const char *fp_coach_value(const fp_study_data *data, ptrdiff_t coach, const char *column);
ptrdiff_t fp_factor_index(const fp_protocol *plan, const char *name);
fp_group fp_group_total(void);
/* key NULL = no memory */
fp_group fp_group_margin(fp_build *b, ptrdiff_t factor, int level, fp_err *err);
bool fp_group_has_coach(const fp_build *b, const fp_group *group, ptrdiff_t coach);
/* Distinct values present in a carried column among those followed, byte order. */
FP_MUST_USE fp_status fp_column_values(fp_build *b, const char *column, ptrdiff_t *count,
                                       const char *const **values, fp_err *err);

/* What the design says of clusters and of allocations: `clustered`, `randomised`, `drawn`. Errors:
 * as fp_build_drawn. */
FP_MUST_USE fp_status fp_build_design(fp_build *b, fp_err *err);

/* The parts, in order. */
FP_MUST_USE fp_status fp_build_groups(fp_build *b, fp_err *err);
/* Who came late, left, was replaced or moved after the draw: the bits, then the facts of a group.
 */
FP_MUST_USE fp_status fp_build_changes(fp_build *b, fp_err *err);
FP_MUST_USE fp_status fp_build_group_changes(fp_build *b, const fp_group *group, fp_err *err);
FP_MUST_USE fp_status fp_build_flow(fp_build *b, fp_err *err);
FP_MUST_USE fp_status fp_build_recruitment(fp_build *b, fp_err *err);
FP_MUST_USE fp_status fp_build_baseline(fp_build *b, fp_err *err);
FP_MUST_USE fp_status fp_build_curves(fp_build *b, fp_err *err);
FP_MUST_USE fp_status fp_build_planned(fp_build *b, fp_err *err);
FP_MUST_USE fp_status fp_build_effects(fp_build *b, fp_err *err);
/* After the effects: each again with the prognostic covariates of its analysis. */
FP_MUST_USE fp_status fp_build_prognostic(fp_build *b, fp_err *err);
FP_MUST_USE fp_status fp_build_subgroups(fp_build *b, fp_err *err);
/* Analyses of answers by wave. */
FP_MUST_USE fp_status fp_build_waves(fp_build *b, fp_err *err);
/* The facts of one of them, and the middles of their ids in `w`. Shares are per cent, other numbers
 * have the decimals that their intervals ask for. */
FP_MUST_USE fp_status fp_build_waves_facts(fp_build *b, const fp_outcomes *outcomes, fp_waves *w,
                                           fp_err *err);
FP_MUST_USE fp_status fp_build_differences(fp_build *b, fp_err *err);
/* How alike people of one coach are: spread.coaches.*. */
FP_MUST_USE fp_status fp_build_spread(fp_build *b, fp_err *err);
#define FP_NO_VARIANCE 1e-18 /* a variance that is rounding */
typedef struct {
    double estimate, variance;
} fp_arm_estimate;
/* What the two factors of a 2 x 2 design do together against the sum and the product of what each
 * does: reri_hazard, reri_risk and the levels that the figure shows.
 * in   risk  4 arms at the horizon, with variances between coaches;  df  of t */
FP_MUST_USE fp_status fp_build_synergy(fp_build *b, const fp_interaction *x,
                                       const fp_arm_estimate *risk, double df, fp_err *err);
/* Facts of one outcome for one group: followed, events, share, risk, median, rmst, ... */
FP_MUST_USE fp_status fp_build_group_outcome(fp_build *b, const fp_group *group, fp_err *err);

/* Times and events of the people followed in a group, for estimators on plain arrays. */
typedef struct {
    ptrdiff_t n;
    double *time;
    int32_t *event; /* 0, 1 */
    int32_t *cause; /* 0, 1, and 2 where a competing event came first */
    const ptrdiff_t *person;
} fp_times;
FP_MUST_USE fp_status fp_times_of(const fp_build *b, const fp_group *group, fp_arena *arena,
                                  fp_times *times, fp_err *err);
/* The share without the event over time: Kaplan-Meier, or where somebody had a competing event 1
 * less the cumulative incidence, in the same shape (no hazard). */
typedef struct {
    fp_km_curve curve;
    fp_km_rmst mean;  /* time without the event up to the horizon; after a competing event too */
    double competing; /* probability of a competing event first, by the horizon */
} fp_incidence;
FP_MUST_USE fp_status fp_build_incidence(const fp_build *b, const fp_times *times, fp_arena *arena,
                                         fp_incidence *out, fp_err *err);
bool fp_anybody_competes(const fp_build *b);
/* The curves of all events by arm, and Gray's test and Fine-Gray's ratio beside each effect;
 * nothing where nobody had a competing event. */
FP_MUST_USE fp_status fp_build_stack(fp_build *b, fp_err *err);
FP_MUST_USE fp_status fp_build_competing(fp_build *b, fp_err *err);
/* Whether the curve is known at the horizon: somebody was followed that long, or nobody was left.
 */
bool fp_curve_reaches(const fp_km_curve *curve, int horizon);

/* Units and rule of a draw that is in the log, for the permutation tests; a note where a coach was
 * not told an arm yet. Errors: as fp_draw_read. */
FP_MUST_USE fp_status fp_build_drawn(fp_build *b, fp_err *err);

/* A Cox model on the analysis table of an outcome with what the design asks for. */
FP_MUST_USE fp_status fp_build_cox(fp_build *b, const char *analysis, ptrdiff_t outcome,
                                   const char *right_hand_side, fp_permute permute,
                                   fp_result *result, fp_err *err);
/* The residual sums of the coaches behind the permutation test of a factor in fp_build_cox (with
 * FP_PERMUTE_FACTORS); b->randomised is needed. out->sum NULL = one level of a factor is followed,
 * or the null model was not fitted. */
FP_MUST_USE fp_status fp_build_null(fp_build *b, const char *analysis, ptrdiff_t outcome,
                                    const char *right_hand_side, const char *factor,
                                    fp_null_sums *out, fp_err *err);
/* The terms of a formula that name no factor, each with " + " before it: what stays in the null
 * models and in the effect at the margin. NULL = no memory. */
char *fp_formula_rest(fp_build *b, const char *formula, fp_err *err);
/* Whether a name stands in a formula. */
bool fp_formula_names(const char *formula, const char *name);
/* Index of the outcome of an analysis; the primary one where it names none, -1 where there is none.
 */
ptrdiff_t fp_analysis_outcome(const fp_build *b, const fp_analysis_spec *spec);
/* Hand `status` up; bad input without a place gets that of the analysis in study.yaml. */
FP_MUST_USE fp_status fp_build_named(fp_status status, const fp_build *b,
                                     const fp_analysis_spec *spec, fp_err *err);
/* The estimate of one term with the interval that fits the design. */
typedef struct {
    double ratio, lower, upper, p, df;           /* small-sample where there is one */
    double lower_model, upper_model, p_model;    /* naive */
    double lower_robust, upper_robust, p_robust; /* uncorrected sandwich */
} fp_ratio;
fp_ratio fp_ratio_of(const fp_result *result, ptrdiff_t term);
ptrdiff_t fp_term_find(const fp_result *result, const char *term);
/* ID.TERM.NAME, .lower, .upper, .p, .df and the same of the model-based and plain robust variance.
 */
FP_MUST_USE fp_status fp_build_ratio_facts(fp_build *b, const char *id, const char *term,
                                           const char *name, fp_ratio r, const fp_scope *scope,
                                           fp_err *err);
/* ID.TERM.lower_kc, .upper_kc, .p_kc: the other corrections for few clusters (kc, mbn, and md where
 * it is not the one in use). */
FP_MUST_USE fp_status fp_build_beside_facts(fp_build *b, const char *id, const fp_result *result,
                                            ptrdiff_t term, const fp_scope *scope, fp_err *err);
/* ID.TERM.P_NAME, .allocations, .smallest_p and, where there is an interval by inversion,
 * .permutation_lower and .permutation_upper of the test of that effect in the result. */
FP_MUST_USE fp_status fp_build_permutation_facts(fp_build *b, const char *id, const char *term,
                                                 const fp_result *result, const char *effect,
                                                 const char *p_name, const fp_scope *scope,
                                                 fp_err *err);
fp_verdict fp_verdict_of(double lower, double upper, double margin);

#endif
