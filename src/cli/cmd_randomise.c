#include "cli/study.h"

enum { COMMIT, REVEAL, OPEN, VERIFY, SECRET, WHY };

static const struct argp_option options[] = {
    {"commit", FP_CLI_OWN(COMMIT), NULL, 0,
     "draw: make the secret FILE, log its commitment and the encrypted list", 0},
    {"reveal", FP_CLI_OWN(REVEAL), "UNIT", 0, "tell the arm of one coach or person, and log it", 0},
    {"open", FP_CLI_OWN(OPEN), NULL, 0, "log the secret, so that anybody can derive the list", 0},
    {"verify", FP_CLI_OWN(VERIFY), NULL, 0,
     "derive the list again and compare it with what was told", 0},
    {"secret", FP_CLI_OWN(SECRET), "FILE", 0, "the secret of the draw, outside the study folder",
     0},
    {"why", FP_CLI_OWN(WHY), "TEXT", 0, "a reason for the log", 0},
    {0}};

static fp_status run(fp_cli *cli, fp_err *err)
{
    static const fp_randomise_action actions[] = {FP_RANDOMISE_COMMIT, FP_RANDOMISE_REVEAL,
                                                  FP_RANDOMISE_OPEN, FP_RANDOMISE_VERIFY};
    FP_BUF_SCOPED(out, FP_GIB);
    fp_randomise_options randomise = {.action = FP_RANDOMISE_STATUS,
                                      .secret_file = cli->own[SECRET],
                                      .unit = cli->own[REVEAL],
                                      .why = cli->own[WHY] ? cli->own[WHY] : "",
                                      .threads = cli->threads};
    for (int i = COMMIT; i <= VERIFY; i++) {
        if (!cli->own[i])
            continue;
        if (randomise.action != FP_RANDOMISE_STATUS)
            return fp_fail(err, FP_USAGE, "choose one of --commit, --reveal, --open and --verify");
        randomise.action = actions[i];
    }
    FP_TRY(fp_run_randomise(cli->arg[0], &randomise, cli->arena, &out, err));
    return fp_cli_print(fp_buf_str(&out), err);
}

const fp_command fp_command_randomise = {
    .name = "randomise",
    .summary = "draw arms by lot, and prove it",
    .args = "STUDY",
    .arg_least = 1,
    .arg_most = 1,
    .options = options,
    .notes =
        "design.allocation of study.yaml says how. --commit draws and prints a commitment to "
        "publish; --reveal tells one arm at a time; --open and --verify let anybody check. Without "
        "an option: what was committed and revealed.\n\n"
        "Example: firstplace randomise amsterdam --commit --secret ~/amsterdam.secret",
    .run = run,
};
