#include "figure/svg_check.h"

#define CK_FLOATING_DIG 17
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "figure/svg_priv.h"

#define MAX_DEPTH 32
#define MAX_IDS   64

typedef struct {
    const char *p, *end;
    fp_str open[MAX_DEPTH];
    int depth;
    fp_str ids[MAX_IDS];
    int id_count;
    const char *prefix;
} reader;

static bool is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == ':' || c == '_';
}

static fp_str name(reader *r)
{
    const char *start = r->p;
    while (r->p < r->end && is_name(*r->p))
        r->p++;
    return (fp_str){start, (size_t)(r->p - start)};
}

static bool entity(reader *r)
{
    static const char *const known[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};
    for (size_t i = 0; i < 5; i++)
        if ((size_t)(r->end - r->p) >= strlen(known[i]) &&
            memcmp(r->p, known[i], strlen(known[i])) == 0) {
            r->p += strlen(known[i]);
            return true;
        }
    return false;
}

static const char *new_id(reader *r, fp_str id)
{
    if (id.n < strlen(r->prefix) || memcmp(id.p, r->prefix, strlen(r->prefix)) != 0)
        return "an id without the prefix";
    for (int i = 0; i < r->id_count; i++)
        if (fp_str_eq(r->ids[i], id))
            return "an id twice";
    if (r->id_count < MAX_IDS)
        r->ids[r->id_count++] = id;
    return NULL;
}

static const char *attributes(reader *r)
{
    fp_str seen[32];
    int count = 0;
    while (r->p < r->end && *r->p == ' ') {
        r->p++;
        fp_str key = name(r);
        for (int i = 0; i < count; i++)
            if (fp_str_eq(seen[i], key))
                return "an attribute twice";
        if (!key.n || count == 32 || r->end - r->p < 2 || r->p[0] != '=' || r->p[1] != '"')
            return "an attribute without a quoted value";
        seen[count++] = key;
        r->p += 2;
        const char *start = r->p;
        while (r->p < r->end && *r->p != '"') {
            if (*r->p == '<' || (*r->p == '&' && !entity(r)))
                return "a bare < or & in an attribute";
            r->p++;
        }
        const char *flaw =
            fp_str_is(key, "id") ? new_id(r, (fp_str){start, (size_t)(r->p - start)}) : NULL;
        if (flaw)
            return flaw;
        r->p++;
    }
    return NULL;
}

static const char *tag(reader *r)
{
    bool closing = r->p + 1 < r->end && r->p[1] == '/';
    r->p += closing ? 2 : 1;
    fp_str key = name(r);
    const char *flaw = attributes(r);
    if (!key.n || flaw)
        return flaw ? flaw : "a tag without a name";
    bool empty = r->p < r->end && *r->p == '/';
    r->p += empty;
    if (r->p >= r->end || *r->p++ != '>')
        return "a tag without an end";
    if (closing && (!r->depth || !fp_str_eq(r->open[--r->depth], key)))
        return "a closing tag that does not match";
    if (!closing && !empty) {
        if (r->depth == MAX_DEPTH)
            return "nested too deep";
        r->open[r->depth++] = key;
    }
    return NULL;
}

const char *svg_flaw(fp_str svg, const char *prefix)
{
    reader r = {.p = svg.p, .end = svg.p + svg.n, .prefix = prefix};
    if (!fp_str_utf8(svg) || svg.n < 5 || memcmp(svg.p, "<svg ", 5) != 0)
        return "not UTF-8, or not an svg";
    while (r.p < r.end) {
        if (*r.p == '<') {
            const char *flaw = tag(&r);
            if (flaw)
                return flaw;
            if (!r.depth && r.end - r.p != 1)
                return "text after the root";
        } else if (*r.p == '&') {
            if (!entity(&r))
                return "an unknown entity";
        } else if ((unsigned char)*r.p++ < 0x20 && r.p[-1] != '\n')
            return "a control character";
    }
    return r.depth ? "a tag that is never closed" : NULL;
}

int svg_count(fp_str svg, const char *piece)
{
    int count = 0;
    for (const char *p = svg.p; (p = strstr(p, piece)); p += strlen(piece))
        count++;
    return count;
}

typedef struct {
    double x, y, width;
    char text[64];
} line;

static double number_after(const char *p, const char *end, const char *key)
{
    const char *at = strstr(p, key);
    char digits[32] = "";
    double value = (double)NAN;
    if (!at || at >= end)
        return (double)NAN;
    at += strlen(key);
    (void)snprintf(digits, sizeof digits, "%.*s", (int)strcspn(at, "\""), at);
    (void)fp_num_parse(fp_str_of(digits), '.', &value);
    return value;
}

/* The next line of text from `p` on; NULL after the last. */
static const char *next_line(const char *p, line *out)
{
    p = strstr(p, "<text ");
    if (!p)
        return NULL;
    const char *head = strchr(p, '>'), *end = strstr(p, "</text>");
    const char *start = head + 1;
    if (strncmp(start, "<title>", 7) == 0)
        start = strstr(start, "</title>") + 8;
    fp_buf text;
    fp_buf_init(&text, 1 << 16);
    for (const char *c = start; c < end; c++) {
        fp_buf_put_char(&text, *c == '&' ? 'n' : *c);
        if (*c == '&')
            c = strchr(c, ';');
    }
    const char *bold = strstr(p, "font-weight"), *middle = strstr(p, "\"middle\"");
    const char *right = strstr(p, "\"end\"");
    out->width = fp_svg_width(fp_buf_str(&text), bold && bold < head);
    out->x = number_after(p, head, " x=\"");
    out->y = number_after(p, head, " y=\"");
    if (middle && middle < head)
        out->x -= out->width / 2;
    if (right && right < head)
        out->x -= out->width;
    (void)snprintf(out->text, sizeof out->text, "%s", text.p);
    fp_buf_clear(&text);
    return end;
}

#define MAX_LINES 4000

/* All lines of text; the caller frees them. */
static line *all_lines(fp_str svg, int *count)
{
    line *lines = calloc(MAX_LINES, sizeof *lines);
    *count = 0;
    if (!lines)
        abort();
    for (const char *p = svg.p; *count < MAX_LINES && (p = next_line(p, &lines[*count]));)
        ++*count;
    return lines;
}

double svg_overlap(fp_str svg, char *first, char *second)
{
    int count;
    line *lines = all_lines(svg, &count);
    double worst = 0;
    for (int i = 0; i < count; i++)
        for (int j = 0; j < i; j++) {
            const line *a = &lines[i], *b = &lines[j];
            double wide = fmin(a->x + a->width, b->x + b->width) - fmax(a->x, b->x);
            double both = fmin(wide, 14 - fabs(a->y - b->y));
            if (both > worst) {
                worst = both;
                memcpy(first, a->text, sizeof a->text);
                memcpy(second, b->text, sizeof b->text);
            }
        }
    free(lines);
    return worst;
}

double svg_outside(fp_str svg)
{
    int count;
    line *lines = all_lines(svg, &count);
    double width = number_after(svg.p, svg.p + svg.n, " width=\""), worst = -width;
    for (int i = 0; i < count; i++)
        worst = fmax(worst, fmax(-lines[i].x, lines[i].x + lines[i].width - width));
    free(lines);
    return worst;
}

void svg_golden(const fp_buf *drawn, const char *file)
{
    char path[512];
    fp_err err;
    fp_str want;
    (void)snprintf(path, sizeof path, "%s/figure/%s", FP_TEST_DATA, file);
    if (getenv("FP_UPDATE_GOLDEN"))
        ck_assert_int_eq(fp_file_write(path, fp_buf_str(drawn), &err), FP_OK);
    fp_arena *arena = fp_arena_create(4 * FP_MIB);
    ck_assert_int_eq(fp_file_read(path, FP_MIB, arena, &want, &err), FP_OK);
    ck_assert_msg(fp_str_eq(want, fp_buf_str(drawn)), "%s differs from what is drawn now:\n%s",
                  file, drawn->p);
    fp_arena_destroy(arena);
}

void svg_sound(fp_str svg, const char *prefix)
{
    char first[64] = "", second[64] = "";
    const char *flaw = svg_flaw(svg, prefix);
    ck_assert_msg(!flaw, "%s", flaw);
    ck_assert_int_eq(svg_count(svg, "role=\"img\""), 1);
    ck_assert_int_ge(svg_count(svg, "<title id="), 1);
    ck_assert_int_eq(svg_count(svg, "<desc id="), 1);
    ck_assert_int_eq(svg_count(svg, "<script"), 0);
    ck_assert_int_eq(svg_count(svg, "\"-0"), svg_count(svg, "\"-0."));
    ck_assert_int_eq(svg_count(svg, "nan") + svg_count(svg, "inf\""), 0);
    double overlap = svg_overlap(svg, first, second);
    ck_assert_msg(overlap <= 2, "\"%s\" and \"%s\" overlap by %.1f px", first, second, overlap);
    ck_assert_double_le(svg_outside(svg), 2);
}
