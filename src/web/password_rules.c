/* Which new passwords are refused. */
#include <ctype.h>
#include <string.h>

#include "base/catalog.h"
#include "web/password.h"

/* share/passwords/common.txt */
extern const unsigned char fp_common_words[];

enum {
    DIFFERENT = 5,  /* characters that are not the same */
    WORDS = 2,      /* common words that do not make a password together */
    AROUND = 10,    /* digits and signs around them that do not help */
    SHORTEST = 3,   /* word that counts */
    NONE = 1000000, /* words: more than any password has */
};

static int different(fp_str text)
{
    bool seen[256] = {false};
    int n = 0;
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        n += !seen[c];
        seen[c] = true;
    }
    return n;
}

/* aaaa, 1234, fedcba, 112233: three of four steps go to the same character or the next. */
static bool is_run(fp_str text)
{
    size_t plain = 0;
    for (size_t i = 1; i < text.n; i++) {
        int step = (unsigned char)text.p[i] - (unsigned char)text.p[i - 1];
        bool round = (text.p[i] == '0' && text.p[i - 1] == '9') ||
                     (text.p[i] == '9' && text.p[i - 1] == '0');
        plain += (step >= -1 && step <= 1) || round;
    }
    return 4 * plain >= 3 * (text.n - 1);
}

/* Whether a character of a password stands for a letter of a word. */
static bool stands_for(char typed, char letter)
{
    static const char looks[] = "a4a@b8e3g9i1i!l1o0s5s$t7z2";
    if (tolower((unsigned char)typed) == tolower((unsigned char)letter))
        return true;
    for (const char *p = looks; *p; p += 2)
        if (tolower((unsigned char)letter) == p[0] && typed == p[1])
            return true;
    return false;
}

static bool begins_with(fp_str text, fp_str word)
{
    if (word.n > text.n)
        return false;
    for (size_t i = 0; i < word.n; i++)
        if (!stands_for(text.p[i], word.p[i]))
            return false;
    return true;
}

/* For each place in the password: the fewest words that reach it, and the digits and signs so far
 * on that way; a word that repeats the one before it is not counted again. */
typedef struct {
    int words, around;
    fp_str last;
} way;

static void reach(way *to, int words, int around, fp_str last)
{
    if (words < to->words || (words == to->words && around < to->around))
        *to = (way){words, around, last};
}

static void try_word(way *ways, fp_str password, size_t at, fp_str word)
{
    fp_str rest = {password.p + at, password.n - at};
    if (word.n < SHORTEST || !begins_with(rest, word))
        return;
    bool again = fp_str_eq(ways[at].last, word);
    reach(&ways[at + word.n], ways[at].words + !again, ways[at].around, word);
}

/* The next word of a text: what stands between white space; a line with # is a remark. */
static bool next_word(const char **text, fp_str *word)
{
    const char *p = *text;
    for (;;) {
        while (isspace((unsigned char)*p))
            p++;
        if (*p != '#')
            break;
        p += strcspn(p, "\n");
    }
    size_t n = strcspn(p, " \t\r\n");
    *word = (fp_str){p, n};
    *text = p + n;
    return n > 0;
}

static bool is_common(fp_str password, const char *name, const char *display)
{
    const char *const lists[] = {(const char *)fp_common_words, name, display};
    way ways[FP_PASSWORD_MOST + 1];
    for (size_t i = 0; i <= password.n; i++)
        ways[i] = (way){NONE, 0, {"", 0}};
    ways[0].words = 0;
    for (size_t at = 0; at < password.n; at++) {
        if (ways[at].words > WORDS)
            continue;
        if (!isalpha((unsigned char)password.p[at]) && (unsigned char)password.p[at] < 0x80)
            reach(&ways[at + 1], ways[at].words, ways[at].around + 1, ways[at].last);
        for (size_t k = 0; k < sizeof lists / sizeof *lists; k++) {
            const char *text = lists[k];
            fp_str word;
            while (next_word(&text, &word))
                try_word(ways, password, at, word);
        }
    }
    return ways[password.n].words <= WORDS && ways[password.n].around <= AROUND;
}

const char *fp_password_problem(fp_str password, const char *name, const char *display)
{
    if (fp_str_characters(password) < FP_PASSWORD_LEAST)
        return FP_MSG(
            "Use 12 characters or more: what is shorter can be found from a stolen database. "
            "A few words that do not belong together are easy to remember.");
    if (password.n > FP_PASSWORD_MOST)
        return FP_MSG("This is too long: 256 characters at most.");
    if (!fp_str_utf8(password))
        return FP_MSG("This has characters that cannot be read.");
    if (different(password) < DIFFERENT || is_run(password))
        return FP_MSG(
            "This repeats the same characters, or follows the alphabet or the digits: that is "
            "guessed first.");
    if (is_common(password, name, display))
        return FP_MSG(
            "This is a common password, or your own name, with something around it: that is "
            "guessed first.");
    return NULL;
}
