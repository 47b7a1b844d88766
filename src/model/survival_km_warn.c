#include <math.h>

#include "model/survival_km_priv.h"

/* Fewer people at risk than this at an event early in a late-entry curve are few. */
#define FEW_AT_RISK 5

/* A mean to a horizon beyond the last row of a group rests on a curve that nobody was seen on. */
static fp_status warn_horizon(const fp_km_stratum *stratum, fp_warnings *warnings, fp_err *err)
{
    const fp_km_curve *curve = &stratum->curve;
    double last = curve->time[curve->length - 1], survival = curve->survival[curve->length - 1];
    if (!(stratum->rmst.horizon > last) || !(survival > 0))
        return FP_OK;
    return fp_warnings_add(warnings, err,
                           "the rows of %s end at %.6g with survival %.3f: its mean to %.6g takes "
                           "the curve as flat from there (choose a horizon within every group)",
                           stratum->label, last, survival, stratum->rmst.horizon);
}

/* With late entry the first steps may rest on hardly anybody. */
static fp_status warn_thin(const fp_km_stratum *stratum, fp_warnings *warnings, fp_err *err)
{
    fp_km_thin thin = fp_km_thin_of(&stratum->curve, FEW_AT_RISK);
    if (isnan(thin.time))
        return FP_OK;
    if (thin.ends)
        return fp_warnings_add(warnings, err,
                               "the curve of %s falls to 0 at %.6g, where all %.6g at risk had the "
                               "event, though others come under observation later: it says nothing "
                               "about those (begin at a later time)",
                               stratum->label, thin.time, thin.at_risk);
    return fp_warnings_add(warnings, err,
                           "only %.6g at risk at %.6g among %s, early on: late entry makes the "
                           "whole curve rest on few people there",
                           thin.at_risk, thin.time, stratum->label);
}

static fp_status warn_gap(const fp_km_stratum *stratum, const fp_tally *tally,
                          fp_warnings *warnings, fp_err *err)
{
    for (ptrdiff_t i = 1; i < tally->length; i++)
        if (!(tally->at_risk[i] > 0))
            return fp_warnings_add(warnings, err,
                                   "nobody is at risk from %.6g to %.6g among %s: the curve is "
                                   "carried flat over that gap",
                                   tally->time[i - 1], tally->time[i], stratum->label);
    return FP_OK;
}

static fp_status warn_groups(const fp_km_analysis *k, const fp_result *result, fp_err *err)
{
    for (ptrdiff_t g = 0; result->events > 0 && g < result->stratum_count; g++)
        if (result->strata[g].curve.events == 0)
            FP_TRY(
                fp_warnings_add(k->warnings, err, "no %s among the people with %s",
                                result->reverse ? "end of follow-up without the event" : "events",
                                result->strata[g].label));
    for (ptrdiff_t g = 0; g < result->stratum_count; g++)
        FP_TRY(warn_horizon(&result->strata[g], k->warnings, err));
    for (ptrdiff_t g = 0; k->data.start && g < result->stratum_count; g++) {
        FP_TRY(warn_thin(&result->strata[g], k->warnings, err));
        FP_TRY(warn_gap(&result->strata[g], &k->tally[g], k->warnings, err));
    }
    return FP_OK;
}

/* Robust standard errors of few clusters are too small. */
static fp_status warn_clusters(const fp_km_analysis *k, const fp_result *result, fp_err *err)
{
    if (!k->design->cluster) {
        if (!result->robust_curves)
            return FP_OK;
        return fp_warnings_add(k->warnings, err,
                               "the weights are not all whole numbers: the log-rank test takes "
                               "them as numbers of people, the robust one does not");
    }
    for (ptrdiff_t g = 0; g < result->stratum_count; g++) {
        const fp_km_curve *curve = &result->strata[g].curve;
        if (curve->length > 0 && isnan(curve->hazard_se[0]))
            FP_TRY(fp_warnings_add(k->warnings, err,
                                   "everybody with %s is in one cluster: no standard error",
                                   result->strata[g].label));
    }
    if (result->clusters >= FP_FEW_CLUSTERS)
        return FP_OK;
    return fp_warnings_add(k->warnings, err,
                           "%td clusters of %s are few: robust intervals are too narrow and robust "
                           "tests reject too often below %d (cox corrects for it)",
                           result->clusters, k->design->cluster_name, FP_FEW_CLUSTERS);
}

fp_status fp_km_warn(const fp_km_analysis *k, const fp_result *result, fp_err *err)
{
    if (result->events == 0)
        FP_TRY(fp_warnings_add(k->warnings, err, "%s: the curves stay at 1 and no test is made",
                               result->reverse ? "nobody was censored" : "nobody had an event"));
    if (result->reverse && k->data.start)
        FP_TRY(fp_warnings_add(k->warnings, err,
                               "where a person has several rows, every row but the last counts as "
                               "an end of follow-up here"));
    FP_TRY(warn_groups(k, result, err));
    return warn_clusters(k, result, err);
}
