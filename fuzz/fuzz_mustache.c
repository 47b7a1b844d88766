/* The template engine: up to the first NUL a template, then a partial, then data as JSON. */
#include <string.h>

#include "fuzz.h"
#include "report/mustache.h"

typedef struct {
    fp_str partial;
} parts;

static bool partial_of(void *user, fp_str name, fp_str *text)
{
    *text = ((const parts *)user)->partial;
    return !fp_str_is(name, "none");
}

static bool lambda_of(void *user, fp_str name, fp_str text, fp_str *replacement)
{
    (void)user;
    *replacement = text;
    return fp_str_is(name, "t");
}

static fp_str cut(fp_str *rest)
{
    const char *nul = rest->n ? memchr(rest->p, '\0', rest->n) : NULL;
    fp_str piece = {rest->p, nul ? (size_t)(nul - rest->p) : rest->n};
    size_t skip = piece.n + (nul ? 1 : 0);
    *rest = (fp_str){rest->p + skip, rest->n - skip};
    return piece;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fp_str rest = {(const char *)data, size};
    fp_str text = cut(&rest);
    parts user = {cut(&rest)};
    fp_err err = {0};
    if (size > 1 << 16)
        return 0;
    json_t *json = rest.n ? json_loadb(rest.p, rest.n, JSON_DECODE_ANY, NULL) : NULL;
    fp_arena *arena = fp_arena_create(64 * FP_MIB);
    FP_BUF_SCOPED(out, FP_MIB);
    fp_mustache_options options = {partial_of, lambda_of, &user, 20000};
    fp_status status = fp_mustache_render("fuzz", text, json, &options, arena, &out, &err);
    FUZZ_CHECK(status == FP_OK || status == FP_INPUT || status == FP_NOMEM);
    FUZZ_CHECK(status == FP_OK || err.message[0]);
    FUZZ_CHECK(out.n <= FP_MIB && strlen(out.p) <= out.n);
    fp_arena_destroy(arena);
    json_decref(json);
    return 0;
}
