#include "cli/study.h"

enum { WHY, STATUS };

static const struct argp_option options[] = {
    {"why", FP_CLI_OWN(WHY), "TEXT", 0, "a reason for the log; an amendment needs one", 0},
    {"status", FP_CLI_OWN(STATUS), NULL, 0,
     "show the locks and what differs from them; write nothing", 0},
    {0}};

static fp_status run(fp_cli *cli, fp_err *err)
{
    FP_BUF_SCOPED(out, 16 * FP_MIB);
    fp_lock_options lock = {.status = cli->own[STATUS] != NULL,
                            .json = cli->json,
                            .why = cli->own[WHY] ? cli->own[WHY] : ""};
    if (lock.status && cli->own[WHY])
        return fp_fail(err, FP_USAGE, "--status writes nothing, so that --why has no place there");
    if (cli->own[WHY] && !fp_str_trim(fp_str_of(cli->own[WHY])).n)
        return fp_fail(err, FP_USAGE, "--why needs a text");
    FP_TRY(fp_run_lock(cli->arg[0], &lock, cli->arena, &out, err));
    return fp_cli_print(fp_buf_str(&out), err);
}

const fp_command fp_command_lock = {
    .name = "lock",
    .summary = "lock the plan of a study before outcomes are seen",
    .args = "STUDY",
    .arg_least = 1,
    .arg_most = 1,
    .shared = FP_CLI_JSON,
    .options = options,
    .notes =
        "Logs the hash and a copy of design, sources, rules and analyses. From then on analyse "
        "and report list what differs from it. A plan that changed is locked again as an "
        "amendment; nothing is ever refused for lack of a lock.\n\nExample: firstplace lock "
        "amsterdam --why \"approved by the steering group\"",
    .run = run,
};
