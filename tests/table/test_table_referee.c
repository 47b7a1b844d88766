/* The parallel reader against the plain one, on texts made at random: every type, value, cell, line
 * and error must be the same whatever the threads, the spans and the kind of processor. */
#define CK_FLOATING_DIG 17
#include <check.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "run_suite.h"
#include "table/referee.h"

typedef struct {
    uint64_t state;
} dice;

static unsigned roll(dice *d, unsigned below)
{
    d->state ^= d->state << 13;
    d->state ^= d->state >> 7;
    d->state ^= d->state << 17;
    return (unsigned)(d->state >> 33) % below;
}

static bool one_in(dice *d, unsigned n)
{
    return n && roll(d, n) == 0;
}

/* ---- values ---- */

enum { WHOLE, POINT, COMMA, LONG, ODD, LOGICAL, DATE, WORD, PROSE, MIXED, KINDS };

static void put_digits(dice *d, fp_buf *out, unsigned most)
{
    for (unsigned n = 1 + roll(d, most); n > 0; n--)
        fp_buf_put_char(out, (char)('0' + (char)roll(d, 10)));
}

static void put_number(dice *d, fp_buf *out, char mark, unsigned whole, unsigned part)
{
    if (one_in(d, 3))
        fp_buf_put_char(out, one_in(d, 5) ? '+' : '-');
    put_digits(d, out, whole);
    if (!mark || one_in(d, 10))
        return;
    fp_buf_put_char(out, mark);
    put_digits(d, out, part);
}

static void put_odd(dice *d, fp_buf *out)
{
    static const char *const odd[] = {
        "5.",
        ".5",
        "-.5e3",
        "1e22",
        "1e23",
        "1E-30",
        "12345678901234567890",
        "0x10",
        "Inf",
        "1e400",
        "1e-400",
        "-0",
        "-0.0",
        "9007199254740993",
        "1.2.3",
        "1e",
        "+",
        "-",
        "--1",
        "1 2",
        "0.000000000000000000001",
        "2.5e-5",
        "1e-05",
        "00012",
        "+7",
        "179769313486231580793728971405301e276",
        "4.9e-324",
        "1.7976931348623158e308",
        "72057594037927945",
        "0.1000000000000000055511151231257",
    };
    fp_buf_put(out, odd[roll(d, sizeof odd / sizeof *odd)]);
}

static void put_plain(dice *d, fp_buf *out, int kind)
{
    static const char *const words[] = {
        "with", "without",      "T",     "a b",     "\xc3\xa9\xc3\xa9n", "x",
        "NA.",  "\xe2\x82\xac", "TRUEx", "5\" pipe"};
    static const char *const truths[] = {"TRUE", "FALSE", "T", "F"};
    static const char *const dates[] = {"2021-02-28", "28-02-2021", "20210301", "1999-12-31"};
    switch (kind) {
    case WHOLE:
        put_number(d, out, '\0', 6, 0);
        break;
    case POINT:
        put_number(d, out, '.', 4, 17);
        break;
    case COMMA:
        put_number(d, out, ',', 4, 6);
        break;
    case LONG:
        put_number(d, out, '.', 22, 22);
        break;
    case ODD:
        put_odd(d, out);
        break;
    case LOGICAL:
        fp_buf_put(out, truths[roll(d, 4)]);
        break;
    case DATE:
        fp_buf_put(out, dates[roll(d, 4)]);
        break;
    case WORD:
        fp_buf_put(out, words[roll(d, 10)]);
        break;
    default:
        put_plain(d, out, (int)roll(d, WORD + 1));
    }
}

static void put_quoted(dice *d, fp_buf *out, int kind)
{
    static const char *const bits[] = {",",  ";",    "\t", "\n",   "\r\n",
                                       "\r", "\"\"", " ",  "word", "1"};
    fp_buf_put_char(out, '"');
    if (kind != PROSE)
        put_plain(d, out, kind);
    for (unsigned n = kind == PROSE ? roll(d, 8) : 0; n > 0; n--)
        fp_buf_put(out, bits[roll(d, 10)]);
    fp_buf_put_char(out, '"');
}

typedef struct {
    char separator;
    const char *end;
    int kind[8];
    unsigned columns, quoting, missing, blanks, other_kind, break_one;
} shape;

static void put_value(dice *d, const shape *s, int kind, fp_buf *out)
{
    static const char *const missing[] = {"", "NA", ".", "-9", "\"\"", "\"NA\"", "unknown"};
    if (one_in(d, s->blanks))
        fp_buf_put(out, one_in(d, 2) ? " " : "   ");
    if (one_in(d, s->other_kind))
        kind = (int)roll(d, KINDS);
    if (one_in(d, s->missing))
        fp_buf_put(out, missing[roll(d, 7)]);
    else if (kind == PROSE || one_in(d, s->quoting))
        put_quoted(d, out, kind);
    else
        put_plain(d, out, kind);
    if (one_in(d, s->blanks))
        fp_buf_put(out, " ");
}

/* What goes wrong in files. */
static void put_breakage(dice *d, fp_buf *out)
{
    static const char *const wrong[] = {"\"",   "\r",   "\n",       ",",    ";",    "\"x\"y",
                                        "\xe9", "\x81", "\xff",     "\t",   "\"\"", " \"",
                                        "\xc3", "\n\n", "\"open\n", "\x01", "\v",   "\v"};
    if (one_in(d, 16))
        fp_buf_put_char(out, '\0');
    else
        fp_buf_put(out, wrong[roll(d, sizeof wrong / sizeof *wrong)]);
}

static void put_text(dice *d, fp_buf *out)
{
    static const char separators[] = {',', ';', '\t'};
    static const unsigned rates[] = {0, 0, 2, 5, 20};
    shape s = {.separator = separators[roll(d, 3)], .end = one_in(d, 3) ? "\r\n" : "\n"};
    s.columns = 1 + roll(d, 8);
    s.quoting = rates[roll(d, 5)];
    s.missing = rates[roll(d, 5)];
    s.blanks = 5 * rates[roll(d, 5)];
    s.other_kind = 40 * rates[roll(d, 5)];
    s.break_one = one_in(d, 3) ? 100 : 0;
    for (unsigned j = 0; j < s.columns; j++) {
        s.kind[j] = (int)roll(d, KINDS);
        fp_buf_printf(out, "%s%s%c%u", j ? (char[2]){s.separator, 0} : "", one_in(d, 20) ? " " : "",
                      'a' + (char)j, j);
    }
    fp_buf_put(out, s.end);
    for (unsigned i = roll(d, one_in(d, 4) ? 400 : 20); i > 0; i--) {
        for (unsigned j = 0; j < s.columns; j++) {
            if (one_in(d, s.break_one))
                put_breakage(d, out);
            put_value(d, &s, s.kind[j], out);
            if (j + 1 < s.columns)
                fp_buf_put_char(out, s.separator);
        }
        if (i > 1 || !one_in(d, 3))
            fp_buf_put(out, one_in(d, 50) ? "\n" : s.end);
    }
    if (one_in(d, 10))
        fp_buf_put(out, one_in(d, 2) ? "\n\n" : " \r\n");
}

/* ---- comparison ---- */

static void compare(dice *d, fp_str text, fp_table_options *options, unsigned number)
{
    FP_BUF_SCOPED(want, 64 * FP_MIB);
    FP_BUF_SCOPED(got, 64 * FP_MIB);
    referee_dump(text, options, &want);
    for (int again = 0; again < 3; again++) {
        got.n = 0;
        options->span_bytes = one_in(d, 3) ? 1 + roll(d, 8) : 1 + roll(d, 3000);
        options->threads = 1 + (int)roll(d, 4);
        options->kernel = 1 + (int)roll(d, 3);
        reader_dump(text, options, &got);
        if (fp_str_eq(fp_buf_str(&want), fp_buf_str(&got)))
            continue;
        size_t at = 0;
        while (at < want.n && at < got.n && want.p[at] == got.p[at])
            at++;
        at = at > 60 ? at - 60 : 0;
        ck_abort_msg("text %u (span %zu, threads %d, kernel %d): the plain reader has\n%.200s\nthe "
                     "reader has\n%.200s\nin\n%.2000s",
                     number, options->span_bytes, options->threads, options->kernel,
                     at < want.n ? want.p + at : "", at < got.n ? got.p + at : "", text.p);
    }
}

static fp_table_options random_options(dice *d)
{
    static const char *const na[] = {"-9", "unknown", NULL};
    static const char separators[] = {0, 0, 0, ',', ';', '\t'};
    static const char decimals[] = {0, 0, 0, '.', ','};
    fp_table_options options = fp_table_defaults();
    options.na = one_in(d, 2) ? na : NULL;
    options.separator = separators[roll(d, 6)];
    options.decimal = decimals[roll(d, 5)];
    options.encoding = one_in(d, 6) ? (fp_encoding)roll(d, 3) : FP_ENCODING_FIND;
    return options;
}

START_TEST(test_random_texts)
{
    for (unsigned i = 0; i < 400; i++) {
        dice d = {0x9e3779b97f4a7c15u * ((unsigned)_i * 1000 + i + 1)};
        FP_BUF_SCOPED(text, 16 * FP_MIB);
        for (int k = 0; k < 8; k++)
            (void)roll(&d, 2);
        if (one_in(&d, 20))
            fp_buf_put(&text, "\xef\xbb\xbf");
        put_text(&d, &text);
        fp_table_options options = random_options(&d);
        compare(&d, fp_buf_str(&text), &options, (unsigned)_i * 1000 + i);
    }
}
END_TEST

/* The bytes of a text cut short at every place: every kind of end. */
START_TEST(test_every_end)
{
    static const char text[] =
        "a,\"b \"\"\",c\r\n1,\"x\ny\",2\r\n\"1,5\",\"\"\"\",.\r\n-9,\"z\" ,\xc3\xa9\r\n";
    dice d = {12345};
    for (size_t n = 0; n < sizeof text; n++) {
        fp_table_options options = fp_table_defaults();
        compare(&d, (fp_str){text, n}, &options, (unsigned)n);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("table_referee");
    TCase *tc = tcase_create("table");
    tcase_add_loop_test(tc, test_random_texts, 0, 10);
    tcase_add_test(tc, test_every_end);
    suite_add_tcase(suite, tc);
    return run_suite(suite);
}
