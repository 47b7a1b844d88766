/* `power --as-planned`: the tests of a plan before anybody is randomised. */
#include "run/run_priv.h"

#include <stdlib.h>

#include "report/report.h"

static fp_status put_json(const fp_study_power *power, fp_buf *out, fp_err *err)
{
    return fp_run_json(fp_study_power_json(power), out, err);
}

fp_status fp_run_power(const char *folder, const fp_power_options *options, double target,
                       bool json, const char *language, fp_arena *arena, fp_buf *out, fp_err *err)
{
    __attribute__((cleanup(fp_study_close))) fp_study study = {0};
    fp_study_power power;
    FP_TRY(fp_study_open_plan(folder, arena, &study, err));
    FP_TRY(fp_study_power_of(&study.protocol, options, language ? 0 : target, arena, &power, err));
    if (language)
        return fp_report_power_paragraph(power.answers, power.answer_count, language,
                                         "firstplace " FP_VERSION, arena, out, err);
    return json ? put_json(&power, out, err) : fp_study_power_text(&power, out, err);
}
