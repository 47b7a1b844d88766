/* What was randomised and how it was drawn, as the options of cox, km and glm read it, and the
 * tests that come of it on a small trial. The first byte chooses the model; the text follows. */
#include <math.h>
#include <string.h>

#include "fuzz.h"
#include "model/regression.h"
#include "model/survival.h"

#define LIMIT (256 * FP_MIB)

/* Eight coaches in two towns, two of each arm of a 2 x 2. */
static const char data_text[] = "day,event,y,ips,pa,dose,coach,town,caseload,my col\n"
                                "3,1,0.5,0,0,low,c1,n,12,1\n9,0,1.5,0,0,low,c1,n,12,1\n"
                                "4,1,2.5,1,0,mid,c2,n,9,2\n8,1,0.1,1,0,mid,c2,n,9,2\n"
                                "5,0,3.5,0,1,high,c3,n,15,1\n7,1,1.1,0,1,high,c3,n,15,1\n"
                                "6,1,4.5,1,1,low,c4,n,7,2\n2,1,2.2,1,1,low,c4,n,7,2\n"
                                "7,0,5.5,0,0,mid,c5,s,20,1\n1,1,3.3,0,0,mid,c5,s,20,1\n"
                                "8,1,6.5,1,0,high,c6,s,11,2\n3,0,4.4,1,0,high,c6,s,11,2\n"
                                "9,1,7.5,0,1,low,c7,s,8,1\n4,1,5.5,0,1,low,c7,s,8,1\n"
                                "2,0,8.5,1,1,mid,c8,s,14,2\n5,1,6.6,1,1,mid,c8,s,14,2\n";

static void check_error(fp_status status, const fp_err *err)
{
    FUZZ_CHECK(status == FP_USAGE || status == FP_INPUT || status == FP_NOMEM);
    FUZZ_CHECK(err->message[0] && !strchr(err->message, '\n') && !strchr(err->hint, '\n'));
}

static void check_tests(const fp_result *result)
{
    for (ptrdiff_t i = 0; i < result->permutation_count; i++) {
        const fp_permutation_row *row = &result->permutation[i];
        FUZZ_CHECK(row->effect && row->null && row->set && row->statistic);
        FUZZ_CHECK(row->test.p > 0 && row->test.p <= 1);
        FUZZ_CHECK(row->test.smallest_p > 0 && row->test.smallest_p <= row->test.p + 1e-12);
        FUZZ_CHECK(row->test.at_least_as_far >= 1);
        FUZZ_CHECK(!row->has_interval || !(row->interval.lower > row->interval.upper));
    }
}

static fp_status fit(const fp_table *table, const char *text, uint8_t choice, fp_arena *arena,
                     fp_result *result, fp_err *err)
{
    fp_cox_model_options cox = fp_cox_model_defaults();
    fp_glm_model_options glm = fp_glm_model_defaults();
    cox.common.threads = glm.common.threads = 1;
    cox.randomised = glm.randomised = text;
    cox.allocations = glm.allocations = 100;
    glm.cluster_means = choice % 4 == 2;
    if (choice % 4 == 0)
        return fp_model_cox(table, "Surv(day, event) ~ ips + pa", &cox, arena, result, err);
    return fp_model_glm(table, choice % 4 == 3 ? "y ~ town" : "y ~ ips * pa", &glm, arena, result,
                        err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2 || size > 400)
        return 0;
    fp_arena *arena = fp_arena_create(LIMIT);
    FUZZ_CHECK(arena);
    const fp_table *table;
    fp_result result;
    fp_err err = {0};
    char *text = fp_arena_strndup(arena, (const char *)data + 1, size - 1, NULL);
    FUZZ_CHECK(text);
    FUZZ_CHECK(fp_table_read_text("t.csv", fp_str_of(data_text), NULL, arena, &table, &err) ==
               FP_OK);
    fp_status status = fit(table, text, data[0], arena, &result, &err);
    if (status == FP_OK)
        check_tests(&result);
    else
        check_error(status, &err);
    fp_arena_destroy(arena);
    return 0;
}
