/* A report read back: what it printed under which id, and the hashes of its inputs. It reads what
 * share/templates write, not any HTML. */
#include <string.h>

#include "base/num.h"
#include "report/report.h"

typedef struct {
    fp_str text;
    size_t at;
} cursor;

/* Go to just after the next `what`; false where there is none. */
static bool skip_to(cursor *c, const char *what)
{
    size_t n = strlen(what);
    while (c->at + n <= c->text.n) {
        const char *hit = memchr(c->text.p + c->at, what[0], c->text.n - c->at);
        if (!hit)
            break;
        c->at = (size_t)(hit - c->text.p);
        if (c->text.n - c->at < n)
            break;
        if (memcmp(hit, what, n) == 0) {
            c->at += n;
            return true;
        }
        c->at++;
    }
    c->at = c->text.n;
    return false;
}

/* The text up to `end`, which is skipped. */
static bool take(cursor *c, const char *end, fp_str *out)
{
    size_t from = c->at;
    if (!skip_to(c, end))
        return false;
    *out = (fp_str){c->text.p + from, c->at - strlen(end) - from};
    return true;
}

/* The five escapes of fp_buf_put_xml undone. */
static const char *unescape(fp_arena *arena, fp_str text, fp_err *err)
{
    static const struct {
        const char *name;
        char c;
    } names[] = {{"&amp;", '&'},  {"&lt;", '<'},   {"&gt;", '>'},
                 {"&quot;", '"'}, {"&#39;", '\''}, {"&apos;", '\''}};
    char *copy = fp_arena_array(arena, (ptrdiff_t)text.n + 1, 1, err);
    size_t n = 0;
    for (size_t i = 0; copy && i < text.n;) {
        size_t used = 0;
        for (size_t k = 0; k < sizeof names / sizeof *names && !used; k++) {
            size_t m = strlen(names[k].name);
            if (text.n - i >= m && memcmp(text.p + i, names[k].name, m) == 0) {
                copy[n++] = names[k].c;
                used = m;
            }
        }
        if (!used)
            copy[n++] = text.p[i];
        i += used ? used : 1;
    }
    return copy;
}

static fp_status broken(fp_err *err)
{
    (void)fp_fail(err, FP_INPUT, "this is not a report of this program");
    return fp_hint(err, FP_INPUT, "give the report.html that `firstplace report` wrote");
}

static fp_status one_text(fp_str html, const char *start, fp_arena *arena, const char **out,
                          fp_err *err)
{
    cursor c = {html, 0};
    fp_str text;
    if (!skip_to(&c, start) || !take(&c, "\"", &text))
        return broken(err);
    *out = unescape(arena, text, err);
    return *out ? FP_OK : FP_NOMEM;
}

static ptrdiff_t count_of(fp_str html, const char *what)
{
    cursor c = {html, 0};
    ptrdiff_t n = 0;
    while (skip_to(&c, what))
        n++;
    return n;
}

static const char number_start[] = "<span class=\"n\" data-id=\"";
static const char input_start[] = "<meta name=\"input\" content=\"";

static fp_status numbers(fp_str html, fp_arena *arena, fp_report_contents *out, fp_err *err)
{
    cursor c = {html, 0};
    fp_printed *list;
    FP_ARRAY(list, arena, count_of(html, number_start), err);
    while (skip_to(&c, number_start)) {
        fp_str id, skipped, text;
        if (!take(&c, "\"", &id) || !take(&c, ">", &skipped) || !take(&c, "</span>", &text))
            return broken(err);
        fp_printed *p = &list[out->number_count];
        p->id = unescape(arena, id, err);
        p->text = unescape(arena, text, err);
        if (!p->id || !p->text)
            return FP_NOMEM;
        out->number_count++;
    }
    out->numbers = list;
    return FP_OK;
}

static fp_status inputs(fp_str html, fp_arena *arena, fp_report_contents *out, fp_err *err)
{
    cursor c = {html, 0};
    fp_printed *list;
    FP_ARRAY(list, arena, count_of(html, input_start), err);
    while (skip_to(&c, input_start)) {
        fp_str text;
        if (!take(&c, "\"", &text))
            return broken(err);
        size_t space = text.n;
        while (space > 0 && text.p[space - 1] != ' ')
            space--;
        if (space == 0)
            return broken(err);
        fp_printed *p = &list[out->input_count];
        p->id = unescape(arena, (fp_str){text.p, space - 1}, err);
        p->text = unescape(arena, (fp_str){text.p + space, text.n - space}, err);
        if (!p->id || !p->text)
            return FP_NOMEM;
        out->input_count++;
    }
    out->inputs = list;
    return FP_OK;
}

static fp_status seed_of(fp_str html, fp_arena *arena, uint64_t *seed, fp_err *err)
{
    const char *text;
    int64_t value;
    FP_TRY(one_text(html, "<meta name=\"seed\" content=\"", arena, &text, err));
    if (!fp_int_parse(fp_str_of(text), 0, INT64_MAX, &value))
        return broken(err);
    *seed = (uint64_t)value;
    return FP_OK;
}

fp_status fp_report_read(fp_str html, fp_arena *arena, fp_report_contents *contents, fp_err *err)
{
    fp_report_contents out = {0};
    FP_TRY(one_text(html, "<html lang=\"", arena, &out.language, err));
    FP_TRY(one_text(html, "<meta name=\"generator\" content=\"", arena, &out.program, err));
    FP_TRY(seed_of(html, arena, &out.seed, err));
    out.blinded = count_of(html, "<meta name=\"blinded\" content=\"yes\">") > 0;
    FP_TRY(numbers(html, arena, &out, err));
    FP_TRY(inputs(html, arena, &out, err));
    *contents = out;
    return FP_OK;
}
