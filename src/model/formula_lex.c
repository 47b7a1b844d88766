#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "base/num.h"
#include "model/formula_priv.h"

fp_status fp_formula_fail(fp_err *err, long at, const char *format, ...)
{
    char text[400];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return fp_fail_at(err, FP_INPUT, NULL, 0, at, "formula, character %ld: %s", at, text);
}

static bool continues(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

fp_shown fp_shown_of(const char *text)
{
    fp_shown shown = {""};
    size_t n = 0, characters = 0;
    bool readable = fp_str_utf8(fp_str_of(text));
    for (; text[n]; n++) {
        if (n + 4 == sizeof shown.s || (!continues(text[n]) && ++characters > 40))
            break; /* of text that is no UTF-8 the bytes are counted too */
        shown.s[n] = (unsigned char)text[n] < ' ' || text[n] == 127 ? ' ' : text[n];
        if (!readable && (unsigned char)text[n] > 127)
            shown.s[n] = '?';
    }
    if (text[n])
        memcpy(shown.s + n, "...", 4);
    return shown;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The character at p, which is valid UTF-8. */
static uint32_t code_point(const char *p, size_t *bytes)
{
    const unsigned char *u = (const unsigned char *)p;
    *bytes = u[0] < 0x80 ? 1 : u[0] < 0xe0 ? 2 : u[0] < 0xf0 ? 3 : 4;
    uint32_t c = *bytes == 1 ? u[0] : u[0] & (0xffu >> (*bytes + 1));
    for (size_t i = 1; i < *bytes; i++)
        c = c << 6 | (u[i] & 0x3f);
    return c;
}

/* Letters beyond ASCII are all but the spaces, dashes, quotes and signs that come along when a
 * formula is copied from a document. */
static bool is_foreign_letter(uint32_t c)
{
    if (c < 0xc0)
        return c == 0xaa || c == 0xb5 || c == 0xba;
    return c != 0xd7 && c != 0xf7 && !(c >= 0x2000 && c <= 0x2bff) &&
           !(c >= 0x3000 && c <= 0x303f) && !(c >= 0xe000 && c <= 0xf8ff) &&
           !(c >= 0xfe00 && c <= 0xfe0f) && c != 0xfeff && c < 0xff00;
}

/* Bytes of the name that begins at p; 0 where none does. */
static size_t name_length(const char *p, size_t n)
{
    size_t i = 0;
    while (i < n) {
        size_t bytes = 1;
        bool first = i == 0, ok;
        if ((unsigned char)p[i] >= 0x80)
            ok = is_foreign_letter(code_point(p + i, &bytes));
        else if (p[i] == '.')
            ok = !(first && n > 1 && is_digit(p[1]));
        else
            ok = is_letter(p[i]) || (!first && (is_digit(p[i]) || p[i] == '_'));
        if (!ok)
            break;
        i += bytes;
    }
    return i;
}

static bool is_reserved(const char *name)
{
    static const char *const reserved[] = {
        "if",   "else",  "repeat",      "while",    "function", "for",
        "next", "break", "TRUE",        "FALSE",    "NULL",     "Inf",
        "NaN",  "NA",    "NA_integer_", "NA_real_", "in",       "NA_character_"};
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
        if (strcmp(name, reserved[i]) == 0)
            return true;
    return false;
}

bool fp_name_is_plain(const char *name)
{
    size_t n = strlen(name);
    return n > 0 && name_length(name, n) == n && !is_reserved(name);
}

static void advance(fp_lexer *lexer, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        lexer->at += !continues(lexer->text.p[lexer->pos + i]);
    lexer->pos += bytes;
}

static char peek(const fp_lexer *lexer, size_t ahead)
{
    size_t i = lexer->pos + ahead;
    return i < lexer->text.n ? lexer->text.p[i] : '\0';
}

static fp_status lex_name(fp_lexer *lexer, fp_token *token, fp_err *err)
{
    size_t n = name_length(lexer->text.p + lexer->pos, lexer->text.n - lexer->pos);
    char *name = fp_arena_strndup(lexer->arena, lexer->text.p + lexer->pos, n, err);
    if (!name)
        return FP_NOMEM;
    token->kind = FP_TOKEN_NAME;
    token->text = name;
    if (is_reserved(name) && strcmp(name, "TRUE") != 0 && strcmp(name, "FALSE") != 0) {
        (void)fp_formula_fail(err, token->at, "'%s' is a word of R, not a column", name);
        return fp_hint(err, FP_INPUT, "write `%s` if a column has that name", name);
    }
    advance(lexer, n);
    return FP_OK;
}

/* Bytes of a number: digits, fraction, exponent. */
static size_t number_length(const char *p, size_t n)
{
    size_t i = 0;
    while (i < n && is_digit(p[i]))
        i++;
    if (i < n && p[i] == '.')
        for (i++; i < n && is_digit(p[i]);)
            i++;
    if (i < n && (p[i] == 'e' || p[i] == 'E')) {
        size_t j = i + 1;
        if (j < n && (p[j] == '+' || p[j] == '-'))
            j++;
        if (j < n && is_digit(p[j])) {
            while (j < n && is_digit(p[j]))
                j++;
            i = j;
        }
    }
    return i;
}

static fp_status bad_number(const fp_token *token, const char *why, fp_err *err)
{
    (void)fp_formula_fail(err, token->at, "%s", why);
    return fp_hint(err, FP_INPUT, "numbers are written as 2, 0.5 or 1e-3");
}

/* fp_num_parse() wants digits on both sides of the mark, R does not. */
static bool number_value(const char *p, size_t n, double *out)
{
    char copy[256];
    size_t used = 0;
    if (n > sizeof copy - 3)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (p[i] == '.' && i == 0)
            copy[used++] = '0';
        if (p[i] == '.' && (i + 1 == n || !is_digit(p[i + 1])))
            continue;
        copy[used++] = p[i];
    }
    return fp_num_parse((fp_str){copy, used}, '.', out);
}

static fp_status lex_number(fp_lexer *lexer, fp_token *token, fp_err *err)
{
    const char *p = lexer->text.p + lexer->pos;
    size_t left = lexer->text.n - lexer->pos;
    size_t n = number_length(p, left);
    token->kind = FP_TOKEN_NUMBER;
    if (!number_value(p, n, &token->number) || !isfinite(token->number) ||
        (token->number > 0 && token->number < DBL_MIN))
        return bad_number(token, "this number is outside the range of computation", err);
    if (n < left && p[n] == 'L') {
        token->whole = true;
        if (floor(token->number) < token->number || token->number > 2147483647.0)
            return bad_number(token, "a number with L is a whole number below 2147483648", err);
        n++;
    }
    if (n < left && name_length(p + n, left - n) > 0)
        return bad_number(token, "a number runs into a name", err);
    advance(lexer, n);
    return FP_OK;
}

/* Text between quotes, or a name between backquotes. */
static fp_status lex_quoted(fp_lexer *lexer, char quote, fp_token *token, fp_err *err)
{
    size_t left = lexer->text.n - lexer->pos, n = 0, i = 1;
    const char *p = lexer->text.p + lexer->pos;
    char *text = fp_arena_array(lexer->arena, (ptrdiff_t)left, 1, err);
    if (!text)
        return FP_NOMEM;
    for (; i < left && p[i] != quote; i++) {
        char c = p[i];
        if (c == '\\' && i + 1 < left) {
            const char *known = strchr("\\\"'`ntr", p[++i]);
            if (!known || p[i] == '\0') {
                advance(lexer, i - 1);
                return fp_formula_fail(err, lexer->at,
                                       "only \\\\ \\\" \\' \\` \\n \\t \\r are known");
            }
            c = p[i] == 'n' ? '\n' : p[i] == 't' ? '\t' : p[i] == 'r' ? '\r' : p[i];
        }
        text[n++] = c;
    }
    if (i >= left)
        return fp_formula_fail(err, token->at, "a quote %c is never closed", quote);
    if (quote == '`' && n == 0)
        return fp_formula_fail(err, token->at, "there is no name between the backquotes");
    for (size_t k = 0; k < n; k++)
        if (((unsigned char)text[k] < ' ' && !strchr("\n\t\r", text[k])) || text[k] == 127)
            return fp_formula_fail(err, token->at, "a control character stands between the quotes");
    advance(lexer, i + 1);
    token->kind = quote == '`' ? FP_TOKEN_NAME : FP_TOKEN_STRING;
    token->quoted = quote == '`';
    token->text = text;
    return FP_OK;
}

static const char *const op_text[] = {
#define X(name, text, precedence, spaced) text,
    FP_OP_MAP(X)
#undef X
};

const char *fp_op_text(fp_op op)
{
    return op_text[op];
}

int fp_op_precedence(fp_op op)
{
    static const int precedence[] = {
#define X(name, text, precedence, spaced) precedence,
        FP_OP_MAP(X)
#undef X
    };
    return precedence[op];
}

/* What people write that R reads otherwise, or not at all. */
static fp_status refuse(const fp_lexer *lexer, fp_err *err)
{
    static const struct {
        const char *text, *hint;
    } known[] = {
        {"&&", "write & for 'and'"},
        {"<-", "R takes '<-' for an assignment: write '< -' with a space"},
        {"%%", "of the operators between % signs there is %in%"},
        {"%", "of the operators between % signs there is %in%"},
        {"**", "write ^ for a power"},
        {"=", "write == to compare"},
        {"\xe2\x80\x93", "write the minus sign of the keyboard: -"},
        {"\xe2\x80\x94", "write the minus sign of the keyboard: -"},
        {"\xe2\x88\x92", "write the minus sign of the keyboard: -"},
        {"\xc3\x97", "write * or :"},
        {"\xe2\x80\x9c", "write the straight quote of the keyboard: \""},
        {"\xe2\x80\x9d", "write the straight quote of the keyboard: \""},
        {"\xe2\x80\x98", "write the straight quote of the keyboard: '"},
        {"\xe2\x80\x99", "write the straight quote of the keyboard: '"},
        {"\xc2\xa0", "this is a hard space: write an ordinary one"},
        {"[", "there are no subscripts: make a column of its own"},
        {"$", "a column is named without its table"},
        {"_", "a name begins with a letter or is written between backquotes"},
        {";", "there is one formula"},
    };
    fp_str rest = {lexer->text.p + lexer->pos, lexer->text.n - lexer->pos};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        size_t n = strlen(known[i].text);
        if (n > rest.n || memcmp(rest.p, known[i].text, n) != 0)
            continue;
        bool blank = rest.p[0] == '\xc2';
        (void)fp_formula_fail(err, lexer->at, "'%s' has no meaning here",
                              blank ? "U+00A0" : known[i].text);
        return fp_hint(err, FP_INPUT, "%s", known[i].hint);
    }
    size_t bytes;
    uint32_t c = code_point(rest.p, &bytes);
    if (c < ' ' || c == 127 || bytes > 1)
        return fp_formula_fail(err, lexer->at, "character U+%04X has no meaning here", (unsigned)c);
    return fp_formula_fail(err, lexer->at, "'%c' has no meaning here", (char)c);
}

static bool starts_refused(const fp_lexer *lexer)
{
    static const char *const pairs[] = {"&&", "<-", "**"};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        if (peek(lexer, 0) == pairs[i][0] && peek(lexer, 1) == pairs[i][1])
            return true;
    return false;
}

static fp_status lex_operator(fp_lexer *lexer, fp_token *token, fp_err *err)
{
    static const char punctuation[] = "(),";
    char c = peek(lexer, 0);
    const char *mark = strchr(punctuation, c);
    if (c && mark) {
        token->kind = c == '(' ? FP_TOKEN_OPEN : c == ')' ? FP_TOKEN_CLOSE : FP_TOKEN_COMMA;
        advance(lexer, 1);
        return FP_OK;
    }
    if (starts_refused(lexer))
        return refuse(lexer, err);
    /* <= and != stand in the table before < and !, so the longer one is found */
    size_t best = 0;
    for (size_t i = 0; i < sizeof op_text / sizeof *op_text; i++) {
        size_t n = strlen(op_text[i]);
        if (n > best && n <= lexer->text.n - lexer->pos &&
            memcmp(lexer->text.p + lexer->pos, op_text[i], n) == 0) {
            best = n;
            token->op = (fp_op)i;
        }
    }
    if (best == 0)
        return refuse(lexer, err);
    token->kind = FP_TOKEN_OP;
    advance(lexer, best);
    return FP_OK;
}

fp_status fp_lexer_next(fp_lexer *lexer, fp_token *token, fp_err *err)
{
    while (peek(lexer, 0) && strchr(" \t\r\n", peek(lexer, 0)))
        advance(lexer, 1);
    *token = (fp_token){.kind = FP_TOKEN_END, .at = lexer->at};
    if (lexer->pos >= lexer->text.n)
        return FP_OK;
    char c = peek(lexer, 0);
    if (is_digit(c) || (c == '.' && is_digit(peek(lexer, 1))))
        return lex_number(lexer, token, err);
    if (c == '"' || c == '\'' || c == '`')
        return lex_quoted(lexer, c, token, err);
    if (name_length(lexer->text.p + lexer->pos, lexer->text.n - lexer->pos) > 0)
        return lex_name(lexer, token, err);
    return lex_operator(lexer, token, err);
}
