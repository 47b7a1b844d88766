#include "figure/svg_priv.h"

/* Where Helvetica and Arial are absent (a bare Debian), DejaVu Sans is drawn: some 16% wider. */
#define SPARE 1.16

/* Advance widths of Helvetica, U+0020 to U+007E, in 1/1000 em (Adobe Core 14 AFM, the metrics that
 * Arial and Liberation Sans share). */
static const short advance[95] = {
    278,  278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278,
    278, /* space to / */
    556,  556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584,
    556, /* 0 to ? */
    1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722,
    778, /* @ to O */
    667,  778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469,
    556, /* P to _ */
    333,  556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556,
    556,                                                                        /* ` to o */
    556,  556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584, /* p to ~ */
};

/* Unicode 15, table 3-7: well-formed UTF-8 byte sequences. */
uint32_t fp_svg_next(fp_str *text)
{
    const unsigned char *p = (const unsigned char *)text->p;
    size_t need = p[0] < 0x80 ? 1 : p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
    unsigned low = p[0] == 0xe0 ? 0xa0 : p[0] == 0xf0 ? 0x90 : 0x80;
    unsigned high = p[0] == 0xed ? 0x9f : p[0] == 0xf4 ? 0x8f : 0xbf;
    uint32_t code = need == 1 ? p[0] : p[0] & (0xffu >> (need + 1));
    bool good = need <= text->n && !(need > 1 && (p[0] < 0xc2 || p[0] > 0xf4));
    for (size_t i = 1; good && i < need; i++) {
        good = p[i] >= (i == 1 ? low : 0x80) && p[i] <= (i == 1 ? high : 0xbf);
        code = code << 6 | (p[i] & 0x3fu);
    }
    if (!good)
        need = 1;
    text->p += need;
    text->n -= need;
    return good ? code : 0xfffd;
}

static double em_of(uint32_t c)
{
    if (c >= 0x20 && c <= 0x7e)
        return advance[c - 0x20];
    if (c == '\t' || c == '\n' || c == '\r' || c == 0xa0)
        return 278;
    if (c < 0x20 || c == 0x7f)
        return 1000; /* drawn as U+FFFD */
    if ((c >= 0x300 && c <= 0x36f) || (c >= 0x200b && c <= 0x200f) || (c >= 0xfe00 && c <= 0xfe0f))
        return 0;
    if (c >= 0xc0 && c <= 0xde)
        return 722;
    if (c < 0x2000)
        return c >= 0x1100 && c < 0x1200 ? 1000 : 600;
    return c >= 0x1f000 ? 1300 : c >= 0x2e80 || c == 0x2026 ? 1000 : 600;
}

double fp_svg_width(fp_str text, bool bold)
{
    double sum = 0;
    while (text.n)
        sum += em_of(fp_svg_next(&text));
    return sum * 14.0 / 1000.0 * SPARE * (bold ? 1.07 : 1.0);
}

static bool is_white(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The text up to `end`, without white space at its end. */
static fp_str piece(const char *start, const char *end)
{
    while (end > start && is_white(end[-1]))
        end--;
    return (fp_str){start, (size_t)(end - start)};
}

static fp_str skip_white(fp_str text)
{
    while (text.n && is_white(text.p[0])) {
        text.p++;
        text.n--;
    }
    return text;
}

fp_str fp_svg_wrap(fp_str *rest, double width, bool bold)
{
    fp_str text = skip_white(*rest), walk = text;
    const char *space = NULL; /* the last place where the line may end */
    double sum = 0, scale = fp_svg_width(FP_STR("0"), bold) / 556.0;
    while (walk.n) {
        fp_str before = walk;
        if (walk.p[0] == '\n') {
            space = walk.p;
            break;
        }
        if (is_white(walk.p[0]))
            space = walk.p;
        sum += em_of(fp_svg_next(&walk)) * scale;
        if (sum > width && before.p > text.p && !(space == before.p)) {
            space = space ? space : before.p;
            break;
        }
        if (!walk.n)
            space = walk.p;
    }
    const char *end = space ? space : walk.p;
    *rest = skip_white((fp_str){end, (size_t)(text.p + text.n - end)});
    return piece(text.p, end);
}

ptrdiff_t fp_svg_wrap_count(fp_str text, double width, bool bold)
{
    ptrdiff_t count = 0;
    do {
        (void)fp_svg_wrap(&text, width, bold);
        count++;
    } while (text.n);
    return count;
}

/* The longest prefix that leaves room for an ellipsis. */
static fp_str prefix(fp_str text, double width, bool bold)
{
    fp_str walk = text;
    double room = width - fp_svg_width(FP_STR("\u2026"), bold);
    size_t keep = 0;
    while (walk.n) {
        (void)fp_svg_next(&walk);
        size_t n = text.n - walk.n;
        if (fp_svg_width((fp_str){text.p, n}, bold) > room)
            break;
        keep = n;
    }
    return piece(text.p, text.p + keep);
}

static void text_open(fp_buf *out, double x, double y, fp_svg_type type)
{
    fp_buf_put(out, "<text");
    fp_svg_attribute(out, "x", x);
    fp_svg_attribute(out, "y", y);
    if (type.anchor != 's')
        fp_buf_put(out, type.anchor == 'm' ? " text-anchor=\"middle\"" : " text-anchor=\"end\"");
    if (type.bold)
        fp_buf_put(out, " font-weight=\"700\"");
    if (type.colour)
        fp_buf_printf(out, " fill=\"%s\"", type.colour);
    if (type.halo)
        fp_buf_put(out, " stroke=\"#fff\" stroke-width=\"5\" stroke-linejoin=\"round\""
                        " paint-order=\"stroke\"");
    fp_buf_put(out, ">");
}

void fp_svg_text(fp_buf *out, double x, double y, fp_svg_type type, fp_str text)
{
    text_open(out, x, y, type);
    fp_svg_escape(out, text);
    fp_buf_put(out, "</text>\n");
}

/* A line cut off at `width`, with `whole` as its tooltip. */
static void text_cut(fp_buf *out, double x, double y, double width, fp_svg_type type, fp_str text,
                     fp_str whole)
{
    text_open(out, x, y, type);
    fp_buf_put(out, "<title>");
    fp_svg_escape(out, whole);
    fp_buf_put(out, "</title>");
    fp_svg_escape(out, prefix(text, width, type.bold));
    fp_buf_put(out, "\u2026</text>\n");
}

void fp_svg_text_fit(fp_buf *out, double x, double y, double width, fp_svg_type type, fp_str text)
{
    if (fp_svg_width(text, type.bold) > width)
        text_cut(out, x, y, width, type, text, text);
    else
        fp_svg_text(out, x, y, type, text);
}

ptrdiff_t fp_svg_text_wrap(fp_buf *out, double x, double y, double width, ptrdiff_t max,
                           fp_svg_type type, fp_str text)
{
    fp_str rest = text;
    ptrdiff_t count = 0;
    do {
        fp_str whole = rest, line = fp_svg_wrap(&rest, width, type.bold);
        double at = y + (double)count++ * FP_SVG_LINE;
        if (count == max && rest.n) {
            text_cut(out, x, at, width, type, whole, text);
            break;
        }
        fp_svg_text(out, x, at, type, line);
    } while (rest.n);
    return count;
}

void fp_svg_text_number(fp_buf *out, double x, double y, fp_svg_type type, double value,
                        int decimals, const fp_numstyle *style)
{
    char text[512];
    fp_num_format(value, decimals, style ? style : &fp_numstyle_plain, text, sizeof text);
    fp_svg_text(out, x, y, type, fp_str_of(text));
}
