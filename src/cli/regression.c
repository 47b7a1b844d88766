#include "cli/regression.h"

#include "model/contrasts.h"
#include "model/standardised.h"

fp_status fp_cli_regression_add(const fp_cli *cli, int standardise, int contrast,
                                const fp_table *table, const fp_model_common *common,
                                fp_result *result, fp_err *err)
{
    const char *const *text;
    ptrdiff_t count;
    FP_TRY(fp_cli_repeated(cli, contrast, &text, &count, err));
    FP_TRY(fp_contrasts_add(count, text, cli->arena, result, err));
    if (standardise < 0)
        return FP_OK;
    FP_TRY(fp_cli_repeated(cli, standardise, &text, &count, err));
    return fp_standardised_add(table, common, count, text, cli->arena, result, err);
}
