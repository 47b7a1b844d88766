#include <string.h>

#include "model/formula_priv.h"
#include "model/survival_cox_priv.h"

typedef struct {
    const char *text;
    const char *at;
    fp_arena *arena;
    fp_err *err;
} reader;

static void skip_blanks(reader *r)
{
    while (*r->at == ' ' || *r->at == '\t')
        r->at++;
}

static fp_status fail(const reader *r, const char *what, fp_str piece)
{
    char *text = fp_str_dup(r->arena, piece, r->err);
    if (!text)
        return FP_NOMEM;
    (void)fp_fail(r->err, FP_USAGE, "--at \"%s\": %s \"%s\"", fp_shown_of(r->text).s, what,
                  fp_shown_of(text).s);
    return fp_hint(r->err, FP_USAGE, "a value of every covariate, as in --at \"age=60, arm=with\"");
}

/* A piece of text up to one of `ends`, without blanks around it; or what stands between quotes. */
static fp_status read_piece(reader *r, const char *quotes, const char *ends, const char **out)
{
    fp_str piece;
    skip_blanks(r);
    if (*r->at && strchr(quotes, *r->at)) {
        char quote = *r->at++;
        const char *close = strchr(r->at, quote);
        if (!close)
            return fail(r, "a quote is not closed before", fp_str_of(r->at));
        piece = (fp_str){r->at, (size_t)(close - r->at)};
        r->at = close + 1;
        skip_blanks(r);
        if (*r->at && !strchr(ends, *r->at))
            return fail(r, "there is more after a closing quote:", fp_str_of(r->at));
    } else {
        size_t n = strcspn(r->at, ends);
        piece = fp_str_trim((fp_str){r->at, n});
        r->at += n;
    }
    *out = fp_str_dup(r->arena, piece, r->err);
    return *out ? FP_OK : FP_NOMEM;
}

static fp_status read_pair(reader *r, fp_at_row *row)
{
    const char *name, *value, *from = r->at;
    FP_TRY(read_piece(r, "`\"'", "=,;", &name));
    if (*r->at != '=' || !name[0])
        return fail(r, "NAME=VALUE is expected, not",
                    fp_str_trim((fp_str){from, (size_t)(r->at - from)}));
    r->at++;
    FP_TRY(read_piece(r, "\"'", ",;", &value));
    if (!value[0])
        return fail(r, "there is no value for", fp_str_of(name));
    for (ptrdiff_t k = 0; k < row->count; k++)
        if (strcmp(row->name[k], name) == 0)
            return fail(r, "two values are given for", fp_str_of(name));
    row->name[row->count] = name;
    row->value[row->count++] = value;
    return FP_OK;
}

static fp_status label_row(const reader *r, fp_at_row *row)
{
    FP_BUF_SCOPED(label, FP_MIB);
    for (ptrdiff_t k = 0; k < row->count; k++)
        fp_buf_printf(&label, "%s%s=%s", k ? ", " : "", row->name[k], row->value[k]);
    FP_TRY(fp_buf_ok(&label, r->err));
    row->label = fp_str_dup(r->arena, fp_buf_str(&label), r->err);
    return row->label ? FP_OK : FP_NOMEM;
}

static fp_status read_row(reader *r, fp_at_row *row)
{
    ptrdiff_t most = 1;
    for (const char *c = r->at; *c; c++) /* a ';' may stand between quotes */
        most += *c == ',';
    FP_ARRAY(row->name, r->arena, most, r->err);
    FP_ARRAY(row->value, r->arena, most, r->err);
    do
        FP_TRY(read_pair(r, row));
    while (*r->at == ',' && r->at++);
    return label_row(r, row);
}

/* As many rows as there can be in a text. */
static ptrdiff_t most_rows(const char *text)
{
    ptrdiff_t most = 1;
    for (; *text; text++)
        most += *text == ';';
    return most;
}

fp_status fp_at_read(const char *const *text, ptrdiff_t texts, fp_arena *arena, ptrdiff_t *count,
                     fp_at_row **rows, fp_err *err)
{
    ptrdiff_t most = 0, n = 0;
    fp_at_row *all;
    for (ptrdiff_t k = 0; k < texts; k++)
        most += most_rows(text[k]);
    FP_ARRAY(all, arena, most, err);
    for (ptrdiff_t k = 0; k < texts; k++) {
        reader r = {text[k], text[k], arena, err};
        ptrdiff_t before = n;
        if (!fp_str_utf8(fp_str_of(text[k])))
            return fp_fail(err, FP_USAGE, "--at is not UTF-8");
        while (skip_blanks(&r), *r.at) {
            if (*r.at != ';')
                FP_TRY(read_row(&r, &all[n++]));
            if (*r.at == ';')
                r.at++;
        }
        if (n == before) {
            (void)fp_fail(err, FP_USAGE, "--at is empty");
            return fp_hint(err, FP_USAGE,
                           "a value of every covariate, as in --at \"age=60, arm=with\"");
        }
    }
    *count = n;
    *rows = all;
    return FP_OK;
}
