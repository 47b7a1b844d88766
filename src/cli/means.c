#include "cli/means.h"

static fp_status fail_alone(const char *option, fp_err *err)
{
    (void)fp_fail(err, FP_USAGE, "%s goes with --means, which is missing", option);
    return fp_hint(err, FP_USAGE, "for example --means \"arm | wave\"");
}

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
    return fail_alone(cli->own[i + 1] ? "--compare" : "--means-weights", err);
}

fp_status fp_cli_means_plot(fp_cli *cli, int i, const fp_means_request *request, fp_err *err)
{
    static const char *const kinds[] = {"means", NULL};
    FP_TRY(fp_cli_plot_kind(cli, i, kinds, 0, err));
    return cli->plot && !request->means ? fail_alone("--plot", err) : FP_OK;
}
