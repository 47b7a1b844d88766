#include <string.h>

#include "model/formula_priv.h"
#include "model/means_priv.h"

/* Reading "ips * pa | wave". */
typedef struct {
    const char *text, *at;
    fp_arena *arena;
    fp_err *err;
} reader;

static fp_status fail(const reader *r, const char *what)
{
    (void)fp_fail(r->err, FP_USAGE, "--means \"%s\": %s", fp_shown_of(r->text).s, what);
    return fp_hint(r->err, FP_USAGE,
                   "for example --means \"arm | wave\", or \"ips * pa | wave\" for two factors");
}

static char peek(reader *r)
{
    while (*r->at == ' ' || *r->at == '\t')
        r->at++;
    return *r->at;
}

static fp_status read_name(reader *r, fp_means_names *names)
{
    bool quoted = peek(r) == '`';
    const char *from = r->at + quoted;
    size_t n = strcspn(from, quoted ? "`" : "*:,+|` \t");
    if (quoted && !from[n])
        return fail(r, "a backquote is not closed");
    if (n == 0)
        return fail(r, "the name of a variable is expected");
    if (names->left + names->by == FP_MEANS_NAMED)
        return fail(r, "at most two variables stand on either side of |");
    char *name = fp_arena_strndup(r->arena, from, n, r->err);
    if (!name)
        return FP_NOMEM;
    for (ptrdiff_t k = 0; k < names->left + names->by; k++)
        if (strcmp(names->name[k], name) == 0)
            return fail(r, "a variable is named twice");
    names->name[names->left + names->by] = name;
    r->at = from + n + quoted;
    return FP_OK;
}

/* Names with * between; as many as two. */
static fp_status read_side(reader *r, fp_means_names *names, ptrdiff_t *count)
{
    for (;;) {
        FP_TRY(read_name(r, names));
        if (++*count > 2)
            return fail(r, "at most two variables stand on either side of |");
        char c = peek(r);
        if (c != '*' && c != ':')
            return FP_OK;
        r->at++;
    }
}

fp_status fp_means_read(const char *text, fp_arena *arena, fp_means_names *names, fp_err *err)
{
    reader r = {text, text, arena, err};
    *names = (fp_means_names){0};
    if (!fp_str_utf8(fp_str_of(text)))
        return fp_fail(err, FP_USAGE, "--means is not UTF-8");
    FP_TRY(read_side(&r, names, &names->left));
    if (peek(&r) == '|') {
        r.at++;
        FP_TRY(read_side(&r, names, &names->by));
    }
    if (peek(&r))
        return fail(&r, "*, | or the end is expected after a name");
    FP_BUF_SCOPED(spelled, FP_MIB);
    for (ptrdiff_t k = 0; k < names->left + names->by; k++)
        fp_buf_printf(&spelled, "%s%s",
                      k == 0             ? ""
                      : k == names->left ? " | "
                                         : " * ",
                      names->name[k]);
    FP_TRY(fp_buf_ok(&spelled, err));
    names->text = fp_str_dup(arena, fp_buf_str(&spelled), err);
    return names->text ? FP_OK : FP_NOMEM;
}

fp_status fp_means_compare_read(const char *text, unsigned *compare, fp_err *err)
{
    static const struct {
        const char *word;
        unsigned bit;
    } words[] = {{"differences", FP_MEANS_DIFFERENCES},
                 {"changes", FP_MEANS_CHANGES},
                 {"trends", FP_MEANS_TRENDS}};
    unsigned all = 0;
    for (const char *at = text;; at++) {
        size_t n = strcspn(at, ","), k = 0;
        fp_str word = fp_str_trim((fp_str){at, n});
        while (k < 3 && !fp_str_is(word, words[k].word))
            k++;
        if (k == 3) {
            (void)fp_fail(err, FP_USAGE, "--compare \"%s\" is none of differences, changes, trends",
                          fp_shown_of(text).s);
            return fp_hint(err, FP_USAGE, "several with commas: --compare differences,changes");
        }
        all |= words[k].bit;
        at += n;
        if (!*at)
            break;
    }
    *compare = all;
    return FP_OK;
}
