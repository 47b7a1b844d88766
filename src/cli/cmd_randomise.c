#include "cli/study.h"

enum {
    COMMIT,
    REVEAL,
    OPEN,
    VERIFY,
    ADD,
    LEAVE,
    REPLACE,
    MOVE,
    CORRECT,
    TO,
    BY,
    DATE,
    SECRET,
    WHY
};

static const struct argp_option options[] = {
    {"commit", FP_CLI_OWN(COMMIT), NULL, 0,
     "draw: make the secret FILE, log its commitment and the encrypted list", 0},
    {"reveal", FP_CLI_OWN(REVEAL), "UNIT", 0, "tell the arm of one coach or person, and log it", 0},
    {"open", FP_CLI_OWN(OPEN), NULL, 0, "log the secret, so that anybody can derive the list", 0},
    {"verify", FP_CLI_OWN(VERIFY), NULL, 0,
     "derive the list again and compare it with what was told", 0},
    {"add", FP_CLI_OWN(ADD), "COACH", 0, "draw and tell the arm of a coach who came after the draw",
     0},
    {"leave", FP_CLI_OWN(LEAVE), "COACH", 0, "log that a coach left on DAY", 0},
    {"replace", FP_CLI_OWN(REPLACE), "COACH", 0,
     "log that another coach took this one's place on DAY", 0},
    {"move", FP_CLI_OWN(MOVE), "PERSON", 0, "log that a person went on with another coach on DAY",
     0},
    {"correct", FP_CLI_OWN(CORRECT), "PERSON", 0,
     "log that a person was registered with the wrong coach by mistake", 0},
    {"to", FP_CLI_OWN(TO), "COACH", 0, "the coach to whom the person went, or belongs", 0},
    {"by", FP_CLI_OWN(BY), "COACH", 0, "the coach who took the place", 0},
    {"date", FP_CLI_OWN(DATE), "DAY", 0, "the day on which it happened, as 2027-02-28", 0},
    {"secret", FP_CLI_OWN(SECRET), "FILE", 0, "the secret of the draw, outside the study folder",
     0},
    {"why", FP_CLI_OWN(WHY), "TEXT", 0, "a reason for the log", 0},
    {0}};

static fp_status run(fp_cli *cli, fp_err *err)
{
    static const fp_randomise_action actions[] = {
        FP_RANDOMISE_COMMIT,  FP_RANDOMISE_REVEAL, FP_RANDOMISE_OPEN,
        FP_RANDOMISE_VERIFY,  FP_RANDOMISE_ADD,    FP_RANDOMISE_LEAVE,
        FP_RANDOMISE_REPLACE, FP_RANDOMISE_MOVE,   FP_RANDOMISE_CORRECT};
    FP_BUF_SCOPED(out, FP_GIB);
    fp_randomise_options randomise = {.action = FP_RANDOMISE_STATUS,
                                      .secret_file = cli->own[SECRET],
                                      .date = cli->own[DATE],
                                      .why = cli->own[WHY] ? cli->own[WHY] : "",
                                      .threads = cli->threads};
    for (int i = COMMIT; i <= CORRECT; i++) {
        if (!cli->own[i])
            continue;
        if (randomise.action != FP_RANDOMISE_STATUS)
            return fp_fail(err, FP_USAGE,
                           "choose one of --commit, --reveal, --open, --verify, --add, --leave, "
                           "--replace, --move and --correct");
        randomise.action = actions[i];
        randomise.unit = cli->own[i];
    }
    bool moves = randomise.action == FP_RANDOMISE_MOVE || randomise.action == FP_RANDOMISE_CORRECT;
    if (cli->own[TO] && !moves)
        return fp_fail(err, FP_USAGE, "--to goes with --move and --correct");
    if (cli->own[BY] && randomise.action != FP_RANDOMISE_REPLACE)
        return fp_fail(err, FP_USAGE, "--by goes with --replace");
    randomise.to = cli->own[randomise.action == FP_RANDOMISE_REPLACE ? BY : TO];
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
        "publish; --reveal tells one arm at a time; --open and --verify let anybody check. "
        "--add, --leave, --replace, --move and --correct log what happens afterwards: everybody is "
        "analysed as randomised. Without an option: what was committed, revealed and logged.\n\n"
        "Example: firstplace randomise amsterdam --commit --secret ~/amsterdam.secret",
    .run = run,
};
