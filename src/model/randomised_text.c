/* What was randomised, as written: "ips * pa | coach | strata(team) + balance(age; keep 0.2)". */
#include "model/randomised_priv.h"

#include <math.h>
#include <string.h>

#include "base/num.h"

enum { MOST_NAMES = 64 };

typedef struct {
    const char *at;
    const char *text;
    fp_arena *arena;
    fp_err *err;
} reader;

static fp_status bad_text(const reader *r)
{
    (void)fp_fail(r->err, FP_USAGE, "cannot read what was randomised from \"%s\"", r->text);
    return fp_hint(r->err, FP_USAGE,
                   "write the factors and the column of the clusters: \"ips * pa | coach\"; how "
                   "they were drawn may follow: \"... | strata(team) + balance(age; keep 0.1)\"");
}

static void skip_blanks(reader *r)
{
    while (*r->at == ' ' || *r->at == '\t' || *r->at == '\n')
        r->at++;
}

static bool take(reader *r, char c)
{
    skip_blanks(r);
    if (*r->at != c)
        return false;
    r->at++;
    return true;
}

/* A name ends at an operator, or stands between backquotes. */
static fp_status read_name(reader *r, const char **out)
{
    skip_blanks(r);
    bool quoted = *r->at == '`';
    const char *from = r->at + quoted;
    size_t n = strcspn(from, quoted ? "`" : "*|(),;+`");
    fp_str name = {from, n};
    if (quoted && from[n] != '`')
        return bad_text(r);
    r->at = from + n + quoted;
    if (!quoted)
        name = fp_str_trim(name);
    if (!name.n)
        return bad_text(r);
    *out = fp_str_dup(r->arena, name, r->err);
    return *out ? FP_OK : FP_NOMEM;
}

static fp_status read_number(reader *r, double *out)
{
    skip_blanks(r);
    fp_str number = fp_str_trim((fp_str){r->at, strcspn(r->at, "*,;)")});
    if (!fp_num_parse(number, '.', out) || !isfinite(*out))
        return bad_text(r);
    r->at = number.p + number.n;
    return FP_OK;
}

static fp_status read_factors(reader *r, fp_randomised_text *out)
{
    do {
        if (out->factors == FP_RANDOMISED_FACTORS)
            return fp_fail(r->err, FP_USAGE, "more than %d randomised factors in \"%s\"",
                           FP_RANDOMISED_FACTORS, r->text);
        const char **name = &out->factor[out->factors++];
        FP_TRY(read_name(r, name));
        for (int f = 0; f < out->factors - 1; f++)
            if (strcmp(out->factor[f], *name) == 0)
                return bad_text(r);
    } while (take(r, '*'));
    if (!take(r, '|'))
        return bad_text(r);
    return read_name(r, &out->cluster);
}

/* ---- how the units were drawn ---- */

static fp_status read_strata(reader *r, fp_randomised_text *out)
{
    if (out->strata)
        return bad_text(r);
    do {
        if (out->strata == MOST_NAMES)
            return bad_text(r);
        FP_TRY(read_name(r, &out->stratum[out->strata++]));
    } while (take(r, ','));
    return take(r, ')') ? FP_OK : bad_text(r);
}

/* "caseload" or "2*caseload" */
static fp_status read_covariate(reader *r, fp_randomised_text *out)
{
    double *weight = &out->weight[out->covariates];
    if (out->covariates == MOST_NAMES)
        return bad_text(r);
    *weight = 1;
    skip_blanks(r);
    if (strcspn(r->at, "*") < strcspn(r->at, ",;)`")) {
        FP_TRY(read_number(r, weight));
        if (!take(r, '*'))
            return bad_text(r);
        if (!(*weight > 0))
            return fp_fail(r->err, FP_USAGE, "a weight in balance() is above 0, not %g", *weight);
    }
    return read_name(r, &out->covariate[out->covariates++]);
}

static bool take_word(reader *r, const char *word)
{
    size_t n = strlen(word);
    skip_blanks(r);
    if (strncmp(r->at, word, n) != 0)
        return false;
    r->at += n;
    return true;
}

static fp_status read_balance(reader *r, fp_randomised_text *out)
{
    if (out->covariates)
        return bad_text(r);
    do
        FP_TRY(read_covariate(r, out));
    while (take(r, ','));
    if (take(r, ';')) {
        bool keep = take_word(r, "keep");
        if (!keep && !take_word(r, "limit"))
            return bad_text(r);
        double *number = keep ? &out->keep : &out->limit;
        FP_TRY(read_number(r, number));
        if (keep ? !(*number > 0 && *number <= 1) : !(*number >= 0))
            return fp_fail(r->err, FP_USAGE, "%s in balance() is %s, not %g",
                           keep ? "keep" : "limit",
                           keep ? "a share above 0 and at most 1" : "not below 0", *number);
    }
    return take(r, ')') ? FP_OK : bad_text(r);
}

static fp_status read_draw(reader *r, fp_randomised_text *out)
{
    do {
        if (take_word(r, "strata") && take(r, '('))
            FP_TRY(read_strata(r, out));
        else if (take_word(r, "balance") && take(r, '('))
            FP_TRY(read_balance(r, out));
        else
            return bad_text(r);
    } while (take(r, '+'));
    return FP_OK;
}

fp_status fp_randomised_parse(const char *text, fp_arena *arena, fp_randomised_text *out,
                              fp_err *err)
{
    reader r = {.at = text, .text = text, .arena = arena, .err = err};
    fp_randomised_text made = {.keep = fp_allocation_defaults().keep, .limit = FP_NUM_NAN};
    FP_ARRAY(made.stratum, arena, MOST_NAMES, err);
    FP_ARRAY(made.covariate, arena, MOST_NAMES, err);
    FP_ARRAY(made.weight, arena, MOST_NAMES + 1, err);
    FP_TRY(read_factors(&r, &made));
    if (take(&r, '|'))
        FP_TRY(read_draw(&r, &made));
    skip_blanks(&r);
    if (*r.at)
        return bad_text(&r);
    *out = made;
    return FP_OK;
}
