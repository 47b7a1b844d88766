/* The switch of language at the foot of every page: a cookie, and back to where one was. */
#include <string.h>

#include "web/page.h"
#include "web/route.h"

const fp_input fp_language_inputs[] = {
    {"language", FP_FIELD_CHOICE, 0, 0, true, "nl|en"},
    {"back", FP_FIELD_LINE, 0, 1000, false, NULL},
    {0},
};

enum { A_YEAR = 365 * 86400 };

/* A path as it stands in a header: all but plain characters as %XX. */
static const char *escaped(fp_str path, fp_arena *arena, fp_err *err)
{
    static const char hex[] = "0123456789ABCDEF",
                      plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "/-_.~:";
    char *out = fp_arena_array(arena, (ptrdiff_t)(3 * path.n + 1), 1, err);
    for (size_t i = 0, n = 0; out && i < path.n; i++) {
        unsigned char c = (unsigned char)path.p[i];
        if (strchr(plain, c)) {
            out[n++] = (char)c;
            continue;
        }
        out[n++] = '%';
        out[n++] = hex[c >> 4];
        out[n++] = hex[c & 15];
    }
    return out;
}

/* Whether a path of this server can be asked for again. */
static bool is_page(fp_str path)
{
    fp_str values[FP_PATH_VALUES];
    unsigned methods;
    bool here = path.n && path.p[0] == '/' && (path.n < 2 || path.p[1] != '/');
    return here && fp_route_find(FP_GET, path, values, &methods);
}

fp_status fp_language_post(fp_exchange *x, fp_err *err)
{
    fp_str language = fp_exchange_value(x, "language"), back = fp_exchange_value(x, "back");
    if (x->form.problems)
        return fp_page_error(x, 422, NULL, err);
    FP_TRY(fp_exchange_set_cookie(x, "language", fp_str_is(language, "en") ? "en" : "nl", A_YEAR,
                                  err));
    const char *path = is_page(back) ? escaped(back, x->arena, err) : "/";
    return path ? fp_exchange_redirect(x, path, NULL, err) : FP_NOMEM;
}
