/* What is asked of a Cox fit in words: the covariate rows of --at and the expressions of
 * --contrast. What stands before the first 0x7f is a contrast, what follows a row. */
#include <math.h>
#include <string.h>

#include "fuzz.h"
#include "model/survival.h"

#define LIMIT (256 * FP_MIB)

static const char data_text[] = "time,event,age,arm,s\n"
                                "1,1,40,x,1\n2,0,41,y,2\n3,1,46,z,1\n4,0,43,x,2\n"
                                "5,1,44,y,1\n6,1,45,z,2\n7,1,39,x,1\n8,0,51,y,2\n";

static void check_error(fp_status status, const fp_err *err)
{
    FUZZ_CHECK(status == FP_INPUT || status == FP_USAGE);
    FUZZ_CHECK(err->message[0] && !strchr(err->message, '\n') && !strchr(err->hint, '\n'));
    FUZZ_CHECK(fp_str_utf8(fp_str_of(err->message)) && fp_str_utf8(fp_str_of(err->hint)));
    FUZZ_CHECK(fp_str_utf8(fp_str_of(err->file)));
}

static void check_result(const fp_result *r)
{
    for (ptrdiff_t k = 0; k < r->contrast_count; k++)
        FUZZ_CHECK(isfinite(r->contrasts[k].estimate) && !isnan(r->contrasts[k].se));
    for (ptrdiff_t k = 0; k < r->curve_count; k++)
        for (ptrdiff_t i = 0; i < r->curves[k].curve.length; i++)
            FUZZ_CHECK(r->curves[k].curve.survival[i] >= 0 && r->curves[k].curve.survival[i] <= 1);
}

static void run(const char *at, const char *contrast, fp_arena *arena)
{
    const fp_table *table;
    fp_result result;
    fp_err err = {0};
    fp_cox_model_options o = fp_cox_model_defaults();
    o.at = &at;
    o.at_count = at != NULL;
    o.contrasts = &contrast;
    o.contrast_count = contrast[0] != '\0';
    FUZZ_CHECK(fp_table_read_text("t.csv", fp_str_of(data_text), NULL, arena, &table, &err) ==
               FP_OK);
    fp_status status = fp_model_cox(table, "Surv(time, event) ~ log(age) + arm + strata(s)", &o,
                                    arena, &result, &err);
    if (status == FP_OK)
        check_result(&result);
    else
        check_error(status, &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fp_arena *arena = fp_arena_create(LIMIT);
    FUZZ_CHECK(arena);
    const uint8_t *mark = size ? memchr(data, 0x7f, size) : NULL;
    size_t n = mark ? (size_t)(mark - data) : size;
    char *contrast = fp_arena_strndup(arena, size ? (const char *)data : "", n, NULL);
    char *at = mark ? fp_arena_strndup(arena, (const char *)mark + 1, size - n - 1, NULL) : NULL;
    FUZZ_CHECK(contrast && (at || !mark));
    run(at, contrast, arena);
    fp_arena_destroy(arena);
    return 0;
}
