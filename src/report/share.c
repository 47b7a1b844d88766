/* What the build puts into the program from share/ and po/. */
#include "report/page_priv.h"

#include <string.h>

#define FILE_MAP(X)                                                                                \
    X(report)                                                                                      \
    X(n)                                                                                           \
    X(grid)                                                                                        \
    X(figure)                                                                                      \
    X(answer)                                                                                      \
    X(summary)                                                                                     \
    X(flow)                                                                                        \
    X(baseline)                                                                                    \
    X(curves)                                                                                      \
    X(effects)                                                                                     \
    X(certainty)                                                                                   \
    X(synergy)                                                                                     \
    X(spread)                                                                                      \
    X(others)                                                                                      \
    X(subgroups)                                                                                   \
    X(secondary)                                                                                   \
    X(limits)                                                                                      \
    X(methods)                                                                                     \
    X(provenance)                                                                                  \
    X(appendix)                                                                                    \
    X(plan)

#define X(name)                                                                                    \
    extern const unsigned char fp_template_##name[];                                               \
    extern const size_t fp_template_##name##_size;
FILE_MAP(X)
#undef X
extern const unsigned char fp_style_report[], fp_words_en[], fp_words_nl[];
extern const size_t fp_style_report_size, fp_words_en_size, fp_words_nl_size;

/* A template without the newline at its end. */
static fp_str text_of(const unsigned char *bytes, size_t size)
{
    fp_str text = {(const char *)bytes, size};
    if (size && bytes[size - 1] == '\n')
        text.n--;
    return text;
}

bool fp_share_template(fp_str name, fp_str *text)
{
#define X(file)                                                                                    \
    if (fp_str_is(name, #file)) {                                                                  \
        *text = text_of(fp_template_##file, fp_template_##file##_size);                            \
        return true;                                                                               \
    }
    FILE_MAP(X)
#undef X
    return false;
}

fp_str fp_share_style(void)
{
    return text_of(fp_style_report, fp_style_report_size);
}

fp_status fp_share_words(const char *language, fp_arena *arena, const fp_catalog **out, fp_err *err)
{
    if (language && strcmp(language, "en") == 0)
        return fp_catalog_open(fp_words_en, fp_words_en_size, arena, out, err);
    if (language && strcmp(language, "nl") == 0)
        return fp_catalog_open(fp_words_nl, fp_words_nl_size, arena, out, err);
    (void)fp_fail(err, FP_USAGE, "there is no catalogue for the language \"%.20s\"",
                  language ? language : "");
    return fp_hint(err, FP_USAGE, "en or nl");
}
