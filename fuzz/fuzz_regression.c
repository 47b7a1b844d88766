/* The regressions on a mean with what is asked of them in words: formulas with random effects,
 * --means, --standardise and --contrast, on a small table. The first byte chooses model, family and
 * structure; then come formula, means, standardise and contrast with 0x7f between them. */
#include <math.h>
#include <string.h>

#include "fuzz.h"
#include "model/contrasts.h"
#include "model/means.h"
#include "model/regression.h"
#include "model/standardised.h"

#define LIMIT (512 * FP_MIB)

enum { FORMULA, MEANS, STANDARDISE, CONTRAST, FIELDS };

static const char data_text[] = "y,b,c,p,x,z,arm,sex,flag,wave,id,coach,w,o,my col,t\n"
                                "1.5,0,1,2.5,0.1,1,a,f,TRUE,0,1,k,1,0,u,x\n"
                                "2.5,1,2,1.5,0.7,2,a,f,FALSE,6,1,k,2,0.1,v,x\n"
                                "0.5,0,0,0.5,1.3,3,a,m,TRUE,0,2,k,1,0,u,\n"
                                "1.0,1,3,2.0,0.4,4,a,m,TRUE,6,2,k,0.5,0,v,x\n"
                                "3.5,1,1,1.2,2.1,5,b,f,FALSE,0,3,l,1,0.2,u,x\n"
                                "2.0,0,4,0.7,1.9,6,b,f,TRUE,6,3,l,2,0,v,x\n"
                                "4.0,1,2,3.1,0.3,7,b,,FALSE,0,4,l,1,0,u,x\n"
                                "2.2,0,0,1.1,0.8,8,b,m,FALSE,6,4,l,1,0,v,x\n"
                                "1.7,0,1,0.9,1.1,9,c,f,TRUE,0,5,m,1.5,0,u,x\n"
                                ",1,5,2.2,0.6,10,c,f,FALSE,6,5,m,1,0,v,x\n"
                                "2.9,1,2,1.4,1.7,11,c,m,TRUE,0,6,m,1,0.3,u,x\n"
                                "0.1,0,1,0.4,0.2,12,c,m,FALSE,12,6,m,2,0,v,x\n";

static void check_error(fp_status status, const fp_err *err)
{
    FUZZ_CHECK(status == FP_INPUT || status == FP_USAGE || status == FP_NOMEM ||
               status == FP_OUTCOME);
    FUZZ_CHECK(err->message[0] && !strchr(err->message, '\n') && !strchr(err->hint, '\n'));
    FUZZ_CHECK(fp_str_utf8(fp_str_of(err->message)) && fp_str_utf8(fp_str_of(err->hint)));
}

/* Every result can be printed, and no number in it is an infinity that nobody explains. */
static void check_result(const fp_result *r)
{
    fp_err err = {0};
    for (ptrdiff_t j = 0; j < r->term_count; j++) {
        const fp_term *t = &r->terms[j];
        FUZZ_CHECK(t->term[0] && !isinf(t->estimate) && (isnan(t->p) || (t->p >= 0 && t->p <= 1)));
        FUZZ_CHECK(isnan(t->lower) || t->lower <= t->estimate);
        FUZZ_CHECK(!isnan(t->estimate) || isnan(t->p));
    }
    for (ptrdiff_t i = 0; i < r->warning_count; i++)
        FUZZ_CHECK(r->warnings[i][0] && fp_str_utf8(fp_str_of(r->warnings[i])));
    FP_BUF_SCOPED(text, 64 * FP_MIB);
    FUZZ_CHECK(fp_result_text(r, &text, &err) == FP_OK && text.n > 0);
    fp_buf_clear(&text);
    FUZZ_CHECK(fp_result_json_text(r, &text, &err) == FP_OK && text.n > 0);
}

static fp_status fit(const fp_table *table, const char *formula, uint8_t choice, fp_arena *arena,
                     fp_model_common *common, fp_result *result, fp_err *err)
{
    static const char *const small[] = {NULL, "md", "kc", "mbn"};
    static const char *const sandwich[] = {NULL, "hc0", "hc2", "hc3"};
    uint8_t way = choice >> 2 & 3, more = choice >> 4 & 3;
    if ((choice & 3) == 0) {
        fp_lmm_model_options o = fp_lmm_model_defaults();
        o.residual = choice & 64 ? (fp_lmm_residual)(1 + way) : FP_LMM_INDEPENDENT;
        o.subject = choice & 64 ? "id" : NULL;
        o.wave = choice & 64 ? "wave" : NULL;
        o.ml = more & 1;
        o.variance_tests = more & 2;
        o.df = (fp_lmm_df_choice)way;
        *common = o.common;
        return fp_model_lmm(table, formula, &o, arena, result, err);
    }
    if ((choice & 3) == 1) {
        fp_gee_model_options o = fp_gee_model_defaults();
        o.common.id = choice & 64 ? "coach" : "id";
        o.wave = choice & 128 ? "wave" : NULL;
        o.family = (fp_family)way;
        o.corr = (fp_corr)more;
        *common = o.common;
        return fp_model_gee(table, formula, &o, arena, result, err);
    }
    fp_glm_model_options o = fp_glm_model_defaults();
    o.family = (fp_family)way;
    o.common.cluster = choice & 64 ? "coach" : NULL;
    o.common.weights = choice & 128 ? "w" : NULL;
    o.small_sample = choice & 64 ? small[more] : NULL;
    o.sandwich = choice & 64 ? NULL : sandwich[more];
    o.firth = (choice & 3) == 3;
    *common = o.common;
    return fp_model_glm(table, formula, &o, arena, result, err);
}

static void run(char *const *field, uint8_t choice, fp_arena *arena)
{
    const fp_table *table;
    fp_model_common common;
    fp_result result;
    fp_err err = {0};
    const char *standardise = field[STANDARDISE], *contrast = field[CONTRAST];
    fp_means_request means = {.means = field[MEANS],
                              .compare = FP_MEANS_DIFFERENCES | FP_MEANS_CHANGES};
    FUZZ_CHECK(fp_table_read_text("t.csv", fp_str_of(data_text), NULL, arena, &table, &err) ==
               FP_OK);
    fp_status status = fit(table, field[FORMULA], choice, arena, &common, &result, &err);
    if (status == FP_OK)
        status = fp_means_add(table, &common, &means, arena, &result, &err);
    if (status == FP_OK && standardise && (choice & 3) != 0)
        status = fp_standardised_add(table, &common, 1, &standardise, arena, &result, &err);
    if (status == FP_OK && contrast)
        status = fp_contrasts_add(1, &contrast, arena, &result, &err);
    if (status == FP_OK)
        check_result(&result);
    else
        check_error(status, &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *field[FIELDS] = {NULL};
    fp_arena *arena = fp_arena_create(LIMIT);
    FUZZ_CHECK(arena);
    uint8_t choice = size ? data[0] : 0;
    size_t at = size ? 1 : 0;
    for (int k = 0; k < FIELDS && (k == 0 || at < size); k++) {
        const uint8_t *mark = at < size ? memchr(data + at, 0x7f, size - at) : NULL;
        size_t n = mark ? (size_t)(mark - data) - at : size - at;
        char *text = fp_arena_strndup(arena, n ? (const char *)data + at : "", n, NULL);
        FUZZ_CHECK(text);
        field[k] = k == FORMULA || n ? text : NULL;
        at += n + 1;
    }
    run(field, choice, arena);
    fp_arena_destroy(arena);
    return 0;
}
