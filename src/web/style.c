/* The style sheets and the mark: files that the build put into the program. */
#include <string.h>

#include "base/embedded.h"
#include "base/hash.h"
#include "web/page_priv.h"
#include "web/route.h"

extern const fp_embedded fp_web_styles[];
extern const ptrdiff_t fp_web_styles_count;
extern const unsigned char fp_web_mark[];
extern const size_t fp_web_mark_size;

static fp_status answer(fp_exchange *x, const char *type, const unsigned char *bytes, size_t size,
                        fp_err *err)
{
    x->response->status = 200;
    x->response->type = type;
    fp_buf_put_n(&x->response->body, (const char *)bytes, size);
    /* its address holds the hash of what it says (fp_style_hash): it never goes stale */
    return fp_response_header(x->response, x->arena, "Cache-Control", FP_STR("max-age=604800"),
                              err);
}

fp_status fp_style_get(fp_exchange *x, fp_err *err)
{
    fp_str file = x->path_value[0];
    if (fp_str_is(file, "mark.svg"))
        return answer(x, "image/svg+xml", fp_web_mark, fp_web_mark_size, err);
    for (ptrdiff_t i = 0; i < fp_web_styles_count; i++) {
        size_t n = strlen(fp_web_styles[i].name);
        if (file.n == n + 4 && strncmp(file.p, fp_web_styles[i].name, n) == 0 &&
            strncmp(file.p + n, ".css", 4) == 0)
            return answer(x, "text/css; charset=utf-8", fp_web_styles[i].bytes,
                          *fp_web_styles[i].size, err);
    }
    return fp_page_error(x, 404, NULL, err);
}

void fp_style_hash(char out[17])
{
    fp_hasher hasher;
    fp_hasher_init(&hasher);
    for (ptrdiff_t i = 0; i < fp_web_styles_count; i++)
        fp_hasher_put(&hasher,
                      (fp_str){(const char *)fp_web_styles[i].bytes, *fp_web_styles[i].size});
    fp_sha256 sum = fp_hasher_finish(&hasher);
    memcpy(out, sum.hex, 16);
    out[16] = '\0';
}
