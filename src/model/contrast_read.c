#include <math.h>
#include <string.h>

#include "base/nearest.h"
#include "base/num.h"
#include "model/contrasts_priv.h"
#include "model/formula_priv.h"

#define MOST_DEPTH 64

/* A linear form: weights of the coefficients, and a constant at [count]. */
typedef double *form;

#define WEIGHT_MOST 1e100 /* squares of it are numbers still */

typedef struct {
    const char *text;
    size_t at;
    int depth;
    ptrdiff_t count;
    const char *const *name;
    fp_arena *scratch;
    fp_err *err;
} reader;

static fp_status sum(reader *r, form out);

static fp_status fail(reader *r, const char *what)
{
    (void)fp_fail(r->err, FP_USAGE, "--contrast \"%s\", character %zu: %s", fp_shown_of(r->text).s,
                  r->at + 1, what);
    return fp_hint(r->err, FP_USAGE,
                   "for example --contrast \"2*a - b\" with the names of two "
                   "coefficients");
}

static char peek(reader *r)
{
    while (r->text[r->at] == ' ' || r->text[r->at] == '\t')
        r->at++;
    return r->text[r->at];
}

static bool in_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == ':' || (unsigned char)c >= 0x80;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The longest name of a coefficient that stands here and ends here; -1 where none does. */
static ptrdiff_t name_here(const reader *r, size_t *length)
{
    const char *text = r->text + r->at;
    ptrdiff_t best = -1;
    *length = 0;
    for (ptrdiff_t j = 0; j < r->count; j++) {
        size_t n = strlen(r->name[j]);
        if (n <= *length || strncmp(text, r->name[j], n) != 0)
            continue;
        if (!in_name(r->name[j][n - 1]) || !in_name(text[n])) {
            best = j;
            *length = n;
        }
    }
    return best;
}

static fp_status unknown(reader *r, const char *name)
{
    char list[480] = "";
    size_t used = 0;
    const char *nearest = fp_nearest(name, r->name, r->count);
    (void)fp_fail(r->err, FP_INPUT, "--contrast \"%s\": there is no coefficient \"%s\"",
                  fp_shown_of(r->text).s, fp_shown_of(name).s);
    if (nearest)
        return fp_hint(r->err, FP_INPUT, "did you mean \"%s\"?", fp_shown_of(nearest).s);
    for (ptrdiff_t j = 0; j < r->count && used < sizeof list - 180; j++)
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", j ? ", " : "",
                                 fp_shown_of(r->name[j]).s);
    return fp_hint(r->err, FP_INPUT, "the coefficients are %s%s", list,
                   used < sizeof list - 180 ? "" : ", ...");
}

/* A name between backquotes, or one that is not known. */
static fp_status other_name(reader *r, form out)
{
    size_t n = 0;
    const char *from = r->text + r->at;
    bool quoted = *from == '`';
    if (quoted) {
        from++;
        n = strcspn(from, "`");
        if (!from[n])
            return fail(r, "the name that begins here has no closing backquote");
    } else {
        while (in_name(from[n]))
            n++;
        if (n == 0)
            return fail(r, *from ? "a coefficient or a number is expected" : "more is expected");
    }
    char *name = fp_arena_strndup(r->scratch, from, n, r->err);
    if (!name)
        return FP_NOMEM;
    for (ptrdiff_t j = 0; j < r->count; j++)
        if (strcmp(r->name[j], name) == 0) {
            out[j] = 1;
            r->at += n + (quoted ? 2 : 0);
            return FP_OK;
        }
    return unknown(r, name);
}

static fp_status number(reader *r, form out)
{
    const char *from = r->text + r->at;
    size_t n = strspn(from, "0123456789.");
    if (from[n] == 'e' || from[n] == 'E') {
        size_t sign = from[n + 1] == '+' || from[n + 1] == '-';
        size_t digits = strspn(from + n + 1 + sign, "0123456789");
        n += digits ? 1 + sign + digits : 0;
    }
    if (!fp_num_parse((fp_str){from, n}, '.', &out[r->count]))
        return fail(r, "this is not a number");
    r->at += n;
    return FP_OK;
}

static fp_status factor(reader *r, form out)
{
    char c = peek(r);
    size_t length;
    ptrdiff_t j = name_here(r, &length);
    if (j >= 0) {
        out[j] = 1;
        r->at += length;
        return FP_OK;
    }
    if (c == '+' || c == '-') {
        if (++r->depth > MOST_DEPTH)
            return fail(r, "too many signs or parentheses within each other");
        r->at++;
        FP_TRY(factor(r, out));
        for (ptrdiff_t k = 0; c == '-' && k <= r->count; k++)
            out[k] = -out[k];
        r->depth--;
        return FP_OK;
    }
    if (c == '(') {
        if (++r->depth > MOST_DEPTH)
            return fail(r, "too many signs or parentheses within each other");
        r->at++;
        FP_TRY(sum(r, out));
        if (peek(r) != ')')
            return fail(r, "a closing parenthesis is expected");
        r->at++;
        r->depth--;
        return FP_OK;
    }
    if (is_digit(c) || (c == '.' && is_digit(r->text[r->at + 1])))
        return number(r, out);
    return other_name(r, out);
}

static bool is_constant(const reader *r, const double *f)
{
    for (ptrdiff_t k = 0; k < r->count; k++)
        if (f[k] != 0)
            return false;
    return true;
}

/* out = out times or over f. */
static fp_status combine(reader *r, char op, form out, form f)
{
    if (op == '/' && !is_constant(r, f))
        return fail(r, "a coefficient cannot be divided by");
    if (op == '/' && f[r->count] == 0)
        return fail(r, "this divides by 0");
    if (op == '*' && !is_constant(r, f) && !is_constant(r, out))
        return fail(r, "coefficients cannot be multiplied with each other");
    double by = f[r->count];
    if (op == '*' && is_constant(r, out)) {
        by = out[r->count];
        memcpy(out, f, (size_t)(r->count + 1) * sizeof *out);
    }
    for (ptrdiff_t k = 0; k <= r->count; k++) {
        out[k] = op == '/' ? out[k] / by : out[k] * by;
        if (!isfinite(out[k]))
            return fail(r, "a weight is infinite");
    }
    return FP_OK;
}

static fp_status term(reader *r, form out)
{
    FP_TRY(factor(r, out));
    for (char op = peek(r); op == '*' || op == '/'; op = peek(r)) {
        form f;
        FP_ARRAY(f, r->scratch, r->count + 1, r->err);
        r->at++;
        FP_TRY(factor(r, f));
        FP_TRY(combine(r, op, out, f));
    }
    return FP_OK;
}

static fp_status sum(reader *r, form out)
{
    FP_TRY(term(r, out));
    for (char op = peek(r); op == '+' || op == '-'; op = peek(r)) {
        form f;
        FP_ARRAY(f, r->scratch, r->count + 1, r->err);
        r->at++;
        FP_TRY(term(r, f));
        for (ptrdiff_t k = 0; k <= r->count; k++)
            out[k] += op == '+' ? f[k] : -f[k];
    }
    return FP_OK;
}

fp_status fp_contrast_read(const char *text, ptrdiff_t count, const char *const *name,
                           fp_arena *scratch, double *weight, fp_err *err)
{
    reader r = {.text = text, .count = count, .name = name, .scratch = scratch, .err = err};
    form out;
    FP_ARRAY(out, scratch, count + 1, err);
    if (!fp_str_utf8(fp_str_of(text)))
        return fp_fail(err, FP_USAGE, "--contrast is not UTF-8");
    if (!peek(&r)) {
        (void)fp_fail(err, FP_USAGE, "--contrast is empty");
        return fp_hint(err, FP_USAGE,
                       "for example --contrast \"2*a - b\" with the names of two "
                       "coefficients");
    }
    FP_TRY(sum(&r, out));
    if (peek(&r))
        return fail(&r, "+, -, * or / is expected");
    for (ptrdiff_t j = 0; j <= count; j++) /* of a sum */
        if (!(fabs(out[j]) <= WEIGHT_MOST))
            return fail(&r, "a weight is too large to compute with");
    if (out[count] != 0)
        return fp_fail(err, FP_USAGE,
                       "--contrast \"%s\": %g is no part of a contrast, which "
                       "is a sum of coefficients",
                       fp_shown_of(text).s, out[count]);
    if (is_constant(&r, out))
        return fp_fail(err, FP_USAGE,
                       "--contrast \"%s\": nothing is left, every coefficient has weight 0",
                       fp_shown_of(text).s);
    memcpy(weight, out, (size_t)count * sizeof *weight);
    return FP_OK;
}
