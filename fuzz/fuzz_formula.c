/* The formula parser, and what designs it makes of a small table. The formula comes first; the
 * first byte after 0x7f chooses options. */
#include <math.h>
#include <string.h>

#include "fuzz.h"
#include "model/design.h"

#define LIMIT (256 * FP_MIB)

static const char data_text[] =
    "time,event,status,start,age,dose,sex,arm,flag,when,my col,y,w,s,a,b\n"
    "1,1,2,0,40,2,f,x,TRUE,2021-01-01,u,0.5,1,1,1,2\n"
    "2,0,1,1,41,10,m,y,FALSE,2021-01-02,v,1.5,2,2,2,2\n"
    "3,1,2,0,,5,f,z,TRUE,2021-01-03,u,2.5,1,1,3,1\n"
    "4,0,1,3,43,2,m,x,FALSE,2021-01-04,w,0,1,2,4,1\n"
    "5,1,2,2,44,10,,y,TRUE,2021-01-05,u,-1,2,1,5,2\n"
    "6,1,2,2,45,5,f,z,FALSE,2021-01-06,v,-2,2,2,6,1\n";

static void check_error(fp_status status, const fp_err *err)
{
    FUZZ_CHECK(status == FP_INPUT || status == FP_NOMEM);
    FUZZ_CHECK(err->message[0] && !strchr(err->message, '\n') && !strchr(err->hint, '\n'));
    FUZZ_CHECK(fp_str_utf8(fp_str_of(err->message)) && fp_str_utf8(fp_str_of(err->hint)));
    FUZZ_CHECK(status != FP_INPUT || err->column > 0 || err->file[0]);
}

static void check_design(const fp_design *d, const fp_design_options *options)
{
    FUZZ_CHECK(d->n > 0 && d->n + d->dropped == 6);
    for (ptrdiff_t k = 0; k < d->n * d->p; k++)
        FUZZ_CHECK(isfinite(d->x[k]));
    for (ptrdiff_t j = 0; j < d->p; j++)
        FUZZ_CHECK(d->column[j][0] && d->column_term[j] >= -1 && d->column_term[j] < d->terms);
    for (ptrdiff_t i = 0; i < d->n; i++) {
        FUZZ_CHECK(d->row[i] >= 0 && d->row[i] < 6 && (i == 0 || d->row[i] > d->row[i - 1]));
        FUZZ_CHECK(!d->event || options->competing || d->event[i] == 0 || d->event[i] == 1);
        FUZZ_CHECK(!d->start || d->start[i] < d->stop[i]);
        FUZZ_CHECK(!d->stratum || (d->stratum[i] >= 0 && d->stratum[i] < d->strata));
        FUZZ_CHECK(!d->cluster || (d->cluster[i] >= 0 && d->cluster[i] < d->clusters));
        FUZZ_CHECK(!options->groups_only || (d->group[i] >= 0 && d->group[i] < d->groups));
    }
    for (int32_t g = 0; g < d->groups; g++)
        FUZZ_CHECK(d->group_label[g] && d->group_label[g][0]);
}

static void run(const char *text, uint8_t choice, fp_arena *arena)
{
    const fp_design_options options = {.weights = choice & 1 ? "w" : NULL,
                                       .cluster = choice & 2 ? "s" : NULL,
                                       .competing = choice & 4,
                                       .groups_only = choice & 8};
    const fp_formula *formula = NULL, *again = NULL;
    const fp_table *table;
    fp_design design;
    fp_err err = {0};
    fp_status status = fp_formula_parse(text, arena, &formula, &err);
    if (status != FP_OK) {
        FUZZ_CHECK(!formula);
        check_error(status, &err);
        return;
    }
    /* Only its length and the limits of a formula may keep the deparsed one from being read. */
    if (fp_formula_parse(fp_formula_text(formula), arena, &again, &err) == FP_OK)
        FUZZ_CHECK(strcmp(fp_formula_text(formula), fp_formula_text(again)) == 0);
    else
        FUZZ_CHECK(strlen(fp_formula_text(formula)) > 65536);
    FUZZ_CHECK(fp_table_read_text("t.csv", fp_str_of(data_text), NULL, arena, &table, &err) ==
               FP_OK);
    err = (fp_err){0};
    status = fp_design_build(formula, table, &options, arena, &design, &err);
    if (status == FP_OK)
        check_design(&design, &options);
    else
        check_error(status, &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fp_arena *arena = fp_arena_create(LIMIT);
    FUZZ_CHECK(arena);
    const uint8_t *mark = size ? memchr(data, 0x7f, size) : NULL;
    size_t n = mark ? (size_t)(mark - data) : size;
    uint8_t choice = mark && n + 1 < size ? data[n + 1] : 0;
    char *text = fp_arena_strndup(arena, size ? (const char *)data : "", n, NULL);
    FUZZ_CHECK(text);
    run(text, choice, arena);
    fp_arena_destroy(arena);
    return 0;
}
