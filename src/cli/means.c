#include "cli/means.h"

fp_status fp_cli_means(const fp_cli *cli, int i, fp_means_request *request, fp_err *err)
{
    static const char *const weights[] = {"equal", "observed", NULL};
    int observed;
    *request = (fp_means_request){.means = cli->own[i]};
    FP_TRY(fp_cli_choice(cli, i + 2, "--means-weights", weights, 0, &observed, err));
    request->observed = observed == 1;
    if (cli->own[i + 1])
        FP_TRY(fp_means_compare_read(cli->own[i + 1], &request->compare, err));
    if (cli->own[i] || (!cli->own[i + 1] && !cli->own[i + 2]))
        return FP_OK;
    (void)fp_fail(err, FP_USAGE, "%s says more of --means, which is missing",
                  cli->own[i + 1] ? "--compare" : "--means-weights");
    return fp_hint(err, FP_USAGE, "for example --means \"arm | wave\"");
}
