#ifndef FP_STUDY_RESULTS_H
#define FP_STUDY_RESULTS_H

#include "base/num.h"
#include "model/survival.h"
#include "study/outcome.h"

/* Everything a study has to say, computed once: the plan carried out, and every number that a
 * report may print, each with an id that stays the same between reports. */

/* ---- Groups of people ---------------------------------------------------------------------------
 * Keys: "total"; the arms ("usual", "ips", "pa", "both"); the margins as in survfit ("ips=with",
 * "ips=without", ...); the levels of a subgroup column ("readiness=ready"), alone or crossed with a
 * margin ("readiness=ready,ips=with"). */
typedef struct {
    const char *key;
    ptrdiff_t arm;      /* -1 = any */
    ptrdiff_t factor;   /* -1 = any */
    int level;          /* of the factor */
    const char *column; /* NULL = any */
    const char *value;  /* of the column */
} fp_group;

/* Which people or rows stand behind a number. */
typedef enum {
    FP_SET_PEOPLE,   /* everybody in the group */
    FP_SET_FOLLOWED, /* in the risk set: not excluded at the start */
    FP_SET_AT_WORK,  /* at work at the start, whatever the rule makes of it */
    FP_SET_EVENT,
    FP_SET_CENSORED,
    FP_SET_CENSORED_AT_0,
    FP_SET_COMPETING,
    FP_SET_SPELLS, /* the rows of the episodes source set aside under `repair` */
    FP_SET_COACHES,
    FP_SET_COACHES_LATE, /* of a draw that is in the log; so the four that follow */
    FP_SET_COACHES_LEFT,
    FP_SET_COACHES_REPLACED,
    FP_SET_MOVED,     /* people who went on with another coach */
    FP_SET_CORRECTED, /* people whose coach was registered wrongly at first */
    FP_SET_OFFERED,   /* rows of the recruitment source; so those that follow */
    FP_SET_ELIGIBLE,
    FP_SET_NOT_ELIGIBLE, /* with `reason`: only these */
    FP_SET_REFUSED,      /* eligible, and did not consent; likewise */
    FP_SET_NOT_STARTED,  /* consented, and was not included */
    FP_SET_INCLUDED,
} fp_set;

typedef struct {
    fp_group group;
    fp_set set;
    fp_repair repair;            /* FP_SET_SPELLS */
    const char *reason;          /* FP_SET_CENSORED, FP_SET_COMPETING: only these; NULL = all */
    const fp_outcomes *outcomes; /* by which sets are meant; NULL = the primary outcome */
} fp_scope;

/* ---- Facts: numbers with an id ---- */

/* clang-format off */
/* QUANTITY by kind of id. GROUP and ARM are keys as above, O an outcome, A an analysis, S an
 * interaction, G a subgroup analysis; TERM as in the model ("ipswith").
 *
 *   flow.GROUP.QUANTITY                 GROUP: total, arms, margins; by the primary outcome
 *       coaches people at_work_at_start followed events competing censored censored_at_0
 *       censored:REASON competing:REASON people_per_coach_mean people_per_coach_min
 *       people_per_coach_max rows set_aside:REPAIR
 *       coaches_late coaches_left coaches_replaced people_moved people_corrected
 *                                       where the arms were drawn here; everybody is counted in the
 *                                       arm of the draw
 *   recruitment.GROUP.QUANTITY          where there is a source of recruitment; GROUP: total, and
 *                                       with clusters drawn by lot arms and margins
 *       offered not_eligible not_eligible:REASON eligible refused refused:REASON refused_share
 *       not_started included days_mean days_median days_min days_max
 *   O.GROUP.QUANTITY                    GROUP: also subgroup levels and their crossings
 *       followed events share risk risk_lower risk_upper median rmst mean_days follow_up
 *       competing_risk                  where somebody had a competing event
 *   baseline.COLUMN.GROUP.QUANTITY      numeric columns of people: mean sd missing
 *   baseline.COLUMN=LEVEL.GROUP.QUANTITY                           count share
 *   baseline.COLUMN[=LEVEL].FACTOR.QUANTITY                        smd smd_low smd_high
 *       the standardised difference at the margin and its central 95% range under re-allocation
 *   coaches.COLUMN[=LEVEL].GROUP.QUANTITY                          mean sd count share
 *   A.TERM.QUANTITY                     the effect at the margin
 *       hr lower upper p df             corrected for few clusters; NaN where no correction could
 *                                       be made with few clusters
 *       lower_model upper_model p_model lower_robust upper_robust p_robust
 *       lower_kc upper_kc p_kc lower_mbn ... other corrections (md where it is not the one in use)
 *       p_permutation allocations smallest_p permutation_lower permutation_upper
 *       hr_planned lower_planned upper_planned      the formula as it stands in the plan
 *       hr_adjusted lower_adjusted upper_adjusted p_adjusted n_adjusted      with `prognostic`
 *       shr shr_lower shr_upper shr_p   Fine-Gray, where somebody had a competing event
 *   A.gray.QUANTITY                     chisq p: Gray's test, likewise
 *   A.risk.QUANTITY, A.rmst.QUANTITY    difference lower upper: averaged over the other factor
 *   inside.ARM.QUANTITY                 each arm against the reference arm
 *       hr lower upper p_permutation allocations smallest_p permutation_lower permutation_upper
 *       risk_difference risk_lower risk_upper rmst_difference rmst_lower rmst_upper
 *   S.TERM.QUANTITY                     ratio lower upper p p_permutation allocations smallest_p;
 *       lower_kc ... as above
 *   S.risk.QUANTITY, S.rmst.QUANTITY    difference lower upper: difference of differences
 *   S.reri_hazard.QUANTITY, S.reri_risk.QUANTITY         estimate lower upper
 *   S.both.hr, S.additive.QUANTITY, S.multiplicative.QUANTITY   hr risk: of both, if the effects
 *       added up or multiplied
 *   S.ARM.QUANTITY                      risk_lower risk_upper: of the risk in the arm, by coach
 *   spread.coaches.QUANTITY             icc icc_lower icc_upper n0 k k_lower k_upper theta
 *       theta_lower theta_upper tau tau_lower tau_upper; icc_planned k_planned where planned
 *   neither.arms.QUANTITY               p allocations smallest_p
 *   G.TERM.QUANTITY                     ratio lower upper: interaction with the column
 *   G.LEVELKEY.QUANTITY                 hr lower upper: the effect inside a level
 *   A.WAVE.KEY.QUANTITY                 answers by wave; WAVE: "wave=6m", "month=6", or "all" without
 *       mean lower upper n              KEY: arms, or levels as in "ips=with"
 *       difference lower upper p p_holm df      KEY: TERM, or "ipswith:pawith" for an interaction
 *   A.all.EFFECT.p, A.change.EFFECT.p   no difference at any wave; the same at all waves
 *   A.TERM.QUANTITY                     hr or ratio, lower ... smallest_p: analyses that are no
 *       effect at the margin (another outcome, three levels, a covariate), as planned */
/* clang-format on */
typedef enum {
    FP_FACT_COUNT,  /* whole number */
    FP_FACT_SHARE,  /* 0..1, printed as a percentage */
    FP_FACT_POINTS, /* difference of shares, printed in percentage points */
    FP_FACT_RATIO,
    FP_FACT_DAYS,
    FP_FACT_NUMBER,
    FP_FACT_COEFFICIENT, /* a correlation, a coefficient of variation: three decimals */
    FP_FACT_P,
    FP_FACT_SMALL_P, /* printed with as many decimals as show that it is not 0: 0.00006 */
} fp_fact_kind;

typedef struct {
    const char *id;
    double value; /* NaN = not defined: printed as an en dash */
    fp_fact_kind kind;
    int digits;
    const char *analysis; /* id of the plan entry, NULL = descriptive */
    const char *outcome;  /* id of the outcome, or NULL */
    const char *what;     /* English, one line */
    fp_scope scope;
} fp_fact;

/* ---- Curves ---- */
typedef struct {
    const char *id;     /* "km_ips", "km_pa", "km_arms", "km_ips_readiness=ready" */
    ptrdiff_t factor;   /* -1 = by arm */
    const char *column; /* subgroup column or NULL */
    const char *value;
    const fp_group *groups; /* one a stratum of `result`, in its order */
    fp_result result;
} fp_curve;

/* ---- Effects ---- */
typedef enum {
    FP_VERDICT_MORE,         /* the interval excludes 1, in favour */
    FP_VERDICT_FEWER,        /* the interval excludes 1, against */
    FP_VERDICT_INCONCLUSIVE, /* includes 1, no margin agreed beforehand, or not inside it */
    FP_VERDICT_EQUIVALENT,   /* inside the margin agreed beforehand */
    FP_VERDICT_NONE,         /* could not be estimated */
} fp_verdict;

typedef struct {
    const fp_analysis_spec *spec;
    ptrdiff_t factor;    /* whose effect */
    ptrdiff_t other;     /* the other factor, -1 = none */
    const char *term;    /* "ipswith" */
    const char *formula; /* fitted at the margin: "~ ips + strata(pa)" */
    fp_result margin;    /* that fit, with robust, small-sample and permutation parts */
    fp_verdict verdict;
} fp_effect;

typedef struct {
    const fp_analysis_spec *spec;
    const char *term; /* "ipswith:pawith" */
    fp_result fit;
    fp_verdict verdict; /* MORE = together more than apart */
} fp_interaction;

typedef struct {
    const fp_analysis_spec *spec;
    ptrdiff_t factor;
    ptrdiff_t level_count;
    const char *const *levels; /* of the column */
    const char *term; /* of the interaction, e.g. "ipswith:readinessready"; NULL = several */
    const char *formula;
    fp_result fit;
    fp_verdict verdict;
} fp_subgroup;

/* One line of the baseline tables. */
typedef struct {
    const char *column;
    const char *level; /* NULL = numeric: mean (sd) */
    const char *key;   /* "age" or "readiness=ready": the middle of the ids */
    bool first;        /* first line of its column */
} fp_baseline_row;

typedef struct {
    const fp_analysis_spec *spec;
    fp_result result; /* the formula of the plan */
} fp_planned;

/* An analysis of answers by wave, with its estimated means. */
typedef struct {
    const fp_analysis_spec *spec;
    const fp_outcome_spec *outcome;
    bool made;
    bool shares;      /* the answers are 0 and 1: means are shares */
    fp_result result; /* result.means NULL: the formula has no factor */
    /* the middles of the ids of its facts */
    ptrdiff_t part_count, key_count;
    const char *const *parts; /* "wave=6m", in order; "all" without waves */
    const char *const *keys;  /* of the cells at one wave: arms, "ips=with" */
    const char *const *terms; /* of each comparison: "ipswith"; NULL = it has no facts */
} fp_waves;

typedef struct {
    const fp_protocol *protocol;
    const fp_study_data *data;
    double level; /* 0.95 */
    uint64_t seed;
    const fp_outcomes *outcomes; /* protocol->outcome_count */
    ptrdiff_t primary;           /* index of the primary outcome, -1 = none of that kind */
    ptrdiff_t group_count;       /* total, arms, margins: in this order */
    const fp_group *groups;
    ptrdiff_t fact_count;
    const fp_fact *facts; /* in the order in which they arose */
    ptrdiff_t curve_count;
    const fp_curve *curves;
    bool competes; /* somebody had a competing event: curves and risks are cumulative incidences */
    ptrdiff_t stack_count;
    const fp_cif_stratum *stack; /* causes: the event, any competing event; by arm */
    const fp_group *stack_groups;
    ptrdiff_t effect_count;
    const fp_effect
        *effects; /* analyses of the primary outcome: the effect of a factor of two levels */
    ptrdiff_t interaction_count;
    const fp_interaction *interactions;
    ptrdiff_t subgroup_count;
    const fp_subgroup *subgroups;
    ptrdiff_t planned_count;
    const fp_planned *planned; /* every analysis of the plan, as written */
    ptrdiff_t waves_count;
    const fp_waves *waves; /* those of the plan that were carried out, in its order */
    bool has_inside;
    fp_result inside; /* arms against the reference arm */
    ptrdiff_t people_row_count;
    const fp_baseline_row *people_rows;
    ptrdiff_t coach_row_count;
    const fp_baseline_row *coach_rows;
    ptrdiff_t reason_count;
    const uint8_t *coach_changes; /* coach_count: bits of fp_set_bit(); NULL = no draw in the log */
    const uint8_t *person_changes;             /* person_count, likewise */
    ptrdiff_t ineligible_count, refusal_count; /* reasons of recruitment: those that occur */
    const char *const *ineligible;
    const char *const *refusals;
    const char *const *reasons; /* why people were censored: those that occur */
    ptrdiff_t warning_count;
    const char *const *warnings; /* distinct, of all fits, "ANALYSIS: text" */
    ptrdiff_t fact_slots;        /* a power of 2 */
    const ptrdiff_t *fact_slot;  /* ids by hash: number of the fact plus 1, 0 = free */
} fp_results;

typedef struct {
    double level;
    uint64_t seed;
    int threads;
    fp_progress *progress; /* whom to tell how far it is; NULL = nobody */
} fp_results_options;
fp_results_options fp_results_defaults(void);

/* Derive the outcomes, carry out the plan, and draw up every fact.
 * Method: docs/methods/report.md. Risk and restricted mean at the horizon (the follow_up of the
 *         primary outcome) from Kaplan-Meier, or with competing events from the cumulative
 *         incidence, in each arm, averaged with equal weights over the
 * other factor; their variance by the delete-one-coach jackknife stratified by arm, t on coaches -
 * arms degrees of freedom (Greenwood where a coach is not the unit). Errors: FP_INPUT (a formula of
 * the plan that does not fit the data), FP_NOMEM. Statistical outcomes are values: states and NaN
 * facts. */
FP_MUST_USE fp_status fp_results_compute(const fp_study_data *data,
                                         const fp_results_options *options, fp_arena *arena,
                                         fp_results *results, fp_err *err);

/* The fact of that id, NULL where there is none. */
const fp_fact *fp_results_fact(const fp_results *results, const char *id);
/* The fact as it is printed; at most 63 bytes. */
void fp_fact_text(const fp_fact *fact, const fp_numstyle *style, char out[64]);
/* The outcomes by which the sets of a scope are meant: its own, or the primary ones; NULL = the
 * study has none. */
const fp_outcomes *fp_scope_outcomes(const fp_results *results, const fp_scope *scope);
/* The bit of what happened after a draw, from FP_SET_COACHES_LATE on; 0 for other sets. */
uint8_t fp_set_bit(fp_set set);
/* The set that a change after the draw puts its coach or person in. */
fp_set fp_change_set(fp_change_kind kind);
/* Whether a coach is in the scope of a fact about coaches. */
bool fp_scope_has_coach(const fp_results *results, const fp_scope *scope, ptrdiff_t coach);
/* Whether a row of the recruitment source is in the scope of a fact about recruitment. */
bool fp_scope_has_recruit(const fp_results *results, const fp_scope *scope, ptrdiff_t recruit);
/* Whether a person is in the scope of a fact, by those outcomes. */
bool fp_scope_has_person(const fp_results *results, const fp_scope *scope, ptrdiff_t person);

/* The table that the analyses run on: one row a person in the risk set: person, the columns of the
 * person and of the coach, the factors (levels in declared order), arm, time, event. */
FP_MUST_USE fp_status fp_analysis_table(const fp_study_data *data, const fp_outcomes *outcomes,
                                        fp_arena *arena, const fp_table **table, fp_err *err);
/* The same of the answers to an item, one row a person and wave: person, columns, factors, arm,
 * wave
 * ("6m", in the order of the schedule), month (a number), baseline (the answer at the first wave,
 * empty where there is none), value. `after` leaves the first wave out. NULL where nobody answered.
 */
FP_MUST_USE fp_status fp_answer_table(const fp_study_data *data, ptrdiff_t item, bool after,
                                      fp_arena *arena, const fp_table **table, fp_err *err);

#endif
