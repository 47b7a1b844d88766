/* What a study says beyond its analyses one by one: synergy on every scale, and the spread between
 * coaches. */
#include "run/run_priv.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static double value_of(const fp_results *r, const char *id, const char *part, const char *quantity)
{
    char text[256];
    (void)snprintf(text, sizeof text, "%s.%s.%s", id, part, quantity);
    const fp_fact *fact = fp_results_fact(r, text);
    return fact ? fact->value : FP_NUM_NAN;
}

typedef struct {
    const char *scale; /* in the JSON */
    const char *words;
    const char *part, *estimate; /* of the ids; part NULL = the term */
    double none;                 /* together as apart */
} scale_row;

static const scale_row scales[] = {
    {"ratio_of_hazard_ratios", "ratio of hazard ratios", NULL, "ratio", 1},
    {"reri_hazard", "excess of hazard ratios (RERI)", "reri_hazard", "estimate", 0},
    {"reri_risk", "excess of risk ratios at the horizon (RERI)", "reri_risk", "estimate", 0},
    {"risk_difference", "difference of risk differences", "risk", "difference", 0},
    {"rmst_difference", "difference of differences, days", "rmst", "difference", 0},
};
enum { SCALES = sizeof scales / sizeof *scales };

static bool has_synergy(const fp_results *r, const fp_interaction *x)
{
    char text[256];
    (void)snprintf(text, sizeof text, "%s.reri_hazard.estimate", x->spec->id);
    return fp_results_fact(r, text) != NULL;
}

static const struct {
    const char *name, *words;
} measures[] = {{"k", "k, variation of the rates"},
                {"theta", "variance of the frailty"},
                {"tau", "Kendall's tau"},
                {"icc", "intraclass correlation"}};

static bool has_spread(const fp_results *r)
{
    return fp_results_fact(r, "spread.coaches.k") != NULL;
}

static double measure_of(const fp_results *r, size_t i, const char *suffix)
{
    char quantity[64];
    (void)snprintf(quantity, sizeof quantity, "%s%s", measures[i].name, suffix);
    return value_of(r, "spread", "coaches", quantity);
}

/* ---- JSON ---- */

static json_t *interval(double estimate, double lower, double upper)
{
    return json_pack("{s:o, s:o, s:o}", "estimate", fp_json_number(estimate), "lower",
                     fp_json_number(lower), "upper", fp_json_number(upper));
}

static json_t *synergy_json(const fp_results *r)
{
    json_t *list = json_array();
    for (ptrdiff_t i = 0; i < r->interaction_count; i++) {
        const fp_interaction *x = &r->interactions[i];
        json_t *rows = json_array();
        for (int s = 0; s < SCALES && has_synergy(r, x); s++) {
            const char *part = scales[s].part ? scales[s].part : x->term;
            json_t *row = interval(value_of(r, x->spec->id, part, scales[s].estimate),
                                   value_of(r, x->spec->id, part, "lower"),
                                   value_of(r, x->spec->id, part, "upper"));
            (void)json_object_set_new(row, "scale", json_string(scales[s].scale));
            (void)json_object_set_new(row, "together_as_apart", json_real(scales[s].none));
            (void)json_array_append_new(rows, row);
        }
        (void)json_array_append_new(list,
                                    json_pack("{s:s, s:o}", "id", x->spec->id, "scales", rows));
    }
    return list;
}

static json_t *spread_json(const fp_results *r)
{
    json_t *all = json_object();
    for (size_t i = 0; i < sizeof measures / sizeof *measures; i++) {
        json_t *one =
            interval(measure_of(r, i, ""), measure_of(r, i, "_lower"), measure_of(r, i, "_upper"));
        (void)json_object_set_new(one, "planned", fp_json_number(measure_of(r, i, "_planned")));
        (void)json_object_set_new(all, measures[i].name, one);
    }
    (void)json_object_set_new(all, "n0", fp_json_number(value_of(r, "spread", "coaches", "n0")));
    return all;
}

void fp_beyond_json(const fp_results *r, json_t *root)
{
    if (r->interaction_count)
        (void)json_object_set_new(root, "synergy", synergy_json(r));
    if (has_spread(r))
        (void)json_object_set_new(root, "spread", spread_json(r));
}

/* ---- text ---- */

static void put_row(fp_buf *out, const char *words, double estimate, double lower, double upper)
{
    char text[3][64];
    const double value[] = {estimate, lower, upper};
    for (int i = 0; i < 3; i++)
        fp_num_format(value[i], 3, &fp_numstyle_plain, text[i], sizeof text[i]);
    fp_buf_printf(out, "%-44s %9s  %9s to %s\n", words, text[0], text[1], text[2]);
}

void fp_beyond_text(const fp_results *r, fp_buf *out)
{
    for (ptrdiff_t i = 0; i < r->interaction_count; i++) {
        const fp_interaction *x = &r->interactions[i];
        if (!has_synergy(r, x))
            continue;
        fp_buf_printf(out, "\n== together against apart (%s) ==\n\n", x->spec->id);
        for (int s = 0; s < SCALES; s++) {
            const char *part = scales[s].part ? scales[s].part : x->term;
            put_row(out, scales[s].words, value_of(r, x->spec->id, part, scales[s].estimate),
                    value_of(r, x->spec->id, part, "lower"),
                    value_of(r, x->spec->id, part, "upper"));
        }
        fp_buf_put(out, "The first asks whether effects multiply (1), the others whether they add "
                        "up (0);\nscales can disagree.\n");
    }
    if (!has_spread(r))
        return;
    fp_buf_put(out, "\n== spread between coaches, within arms ==\n\n");
    for (size_t i = 0; i < sizeof measures / sizeof *measures; i++) {
        put_row(out, measures[i].words, measure_of(r, i, ""), measure_of(r, i, "_lower"),
                measure_of(r, i, "_upper"));
        double planned = measure_of(r, i, "_planned");
        if (isfinite(planned))
            fp_buf_printf(out, "%-44s %9.3f\n", "  planned", planned);
    }
    for (ptrdiff_t i = 0; i < r->warning_count; i++)
        if (strncmp(r->warnings[i], "coaches: ", 9) == 0)
            fp_buf_printf(out, "! %s\n", r->warnings[i] + 9);
    fp_buf_put(out, "The intraclass correlation counts whoever was censored before the horizon as "
                    "without\nthe event: censoring biases it towards 0.\n");
}
