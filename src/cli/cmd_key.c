#include <string.h>

#include "cli/study.h"

enum { KEY_FILE, TO };

static const struct argp_option options[] = {
    {"key-file", FP_CLI_OWN(KEY_FILE), "FILE", 0,
     "rotate: the master key in use (else $FIRSTPLACE_KEY_FILE or $FIRSTPLACE_KEY)", 0},
    {"to", FP_CLI_OWN(TO), "FILE", 0, "rotate, lost: the master key from here on", 0},
    {0}};

static fp_status run(fp_cli *cli, fp_err *err)
{
    static const char *const verbs[] = {"new", "show", "rotate", "lost", NULL};
    FP_BUF_SCOPED(out, FP_MIB);
    fp_key_options key = {.what = cli->arg[1], .key_file = cli->own[KEY_FILE], .to = cli->own[TO]};
    int verb = 0;
    while (verbs[verb] && strcmp(verbs[verb], cli->arg[0]) != 0)
        verb++;
    if (!verbs[verb]) {
        (void)fp_fail(err, FP_USAGE, "\"%.60s\" is nothing that can be done with a key",
                      cli->arg[0]);
        return fp_hint(err, FP_USAGE, "new FILE, show STUDY, rotate STUDY or lost STUDY");
    }
    key.action = (fp_key_action)verb;
    if (key.to && key.action != FP_KEY_ROTATE && key.action != FP_KEY_LOST)
        return fp_fail(err, FP_USAGE, "--to goes with rotate and lost");
    if (key.key_file && key.action != FP_KEY_ROTATE)
        return fp_fail(err, FP_USAGE, "--key-file goes with rotate");
    FP_TRY(fp_run_key(&key, &out, err));
    return fp_cli_print(fp_buf_str(&out), err);
}

const fp_command fp_command_key = {
    .name = "key",
    .summary = "make, show or change the master key of the identities",
    .args = "new FILE | show STUDY | rotate STUDY | lost STUDY",
    .arg_least = 2,
    .arg_most = 2,
    .options = options,
    .notes =
        "What identifies clients in the workbench lies encrypted in study.db, under a key a person "
        "that is wrapped by one master key. new makes one, in a file outside every study folder "
        "that only you can read. rotate wraps all keys under another one, with the server stopped; "
        "lost drops the identities that nobody can open any more, so that they can be entered "
        "again.\n\n"
        "Example: firstplace key new ~/amsterdam.key",
    .run = run,
};
