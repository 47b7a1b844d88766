#include "run/run_priv.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "store/vault.h"

/* A key may not lie in any study: look for one in the folder of the file and above it. */
static fp_status check_place(const char *path, fp_err *err)
{
    char parent[PATH_MAX], above[PATH_MAX], yaml[PATH_MAX + 16];
    (void)snprintf(parent, sizeof parent, "%s", path);
    char *slash = strrchr(parent, '/');
    if (slash)
        slash[slash == parent] = '\0';
    if (!realpath(slash ? parent : ".", above)) {
        (void)fp_fail_at(err, FP_INPUT, path, 0, 0, "the folder of the key is not there");
        return fp_hint(err, FP_INPUT, "make it first; it is best on another disk");
    }
    while (above[0]) {
        (void)snprintf(yaml, sizeof yaml, "%s/study.yaml", above);
        if (fp_file_exists(yaml)) {
            (void)fp_fail_at(err, FP_INPUT, path, 0, 0, "the key would lie inside a study folder");
            return fp_hint(err, FP_INPUT, "keep it elsewhere, with who may see what it locks");
        }
        *strrchr(above, '/') = '\0';
    }
    return FP_OK;
}

static fp_status make(const char *path, fp_buf *out, fp_err *err)
{
    char id[FP_VAULT_ID];
    FP_TRY(check_place(path, err));
    FP_TRY(fp_vault_make(path, NULL, id, err));
    fp_buf_printf(out,
                  "Made the master key %s in %s.\n"
                  "Keep a copy where the study and its backups are not: without it nobody can read "
                  "the identities.\n",
                  id, path);
    return FP_OK;
}

static fp_status open_log(const char *folder, bool to_read, fp_ledger **ledger, fp_err *err)
{
    char path[PATH_MAX];
    FP_TRY(fp_study_need_folder(folder, err));
    FP_TRY(fp_study_path(folder, "study.db", path, err));
    return to_read ? fp_ledger_open_to_read(path, ledger, err)
                   : fp_ledger_open(path, false, ledger, err);
}

static fp_status show(const char *folder, fp_buf *out, fp_err *err)
{
    __attribute__((cleanup(fp_ledger_cleanup))) fp_ledger *ledger = NULL;
    fp_vault_state state;
    int64_t persons = 0;
    FP_TRY(open_log(folder, true, &ledger, err));
    FP_TRY(fp_vault_read(ledger, &state, err));
    FP_TRY(fp_vault_persons(ledger, &persons, err));
    if (!state.event)
        fp_buf_printf(out, "No master key is set yet: firstplace serve sets the first one.\n");
    else
        fp_buf_printf(out, "Master key %s since event %lld; %lld %s under it.\n", state.key,
                      (long long)state.event, (long long)persons,
                      fp_plural((ptrdiff_t)persons, "person's key lies", "people's keys lie"));
    return FP_OK;
}

static fp_status change(const fp_key_options *options, fp_buf *out, fp_err *err)
{
    __attribute__((cleanup(fp_ledger_cleanup))) fp_ledger *ledger = NULL;
    __attribute__((cleanup(fp_vault_cleanup))) fp_vault *old = NULL;
    __attribute__((cleanup(fp_vault_cleanup))) fp_vault *fresh = NULL;
    bool rotates = options->action == FP_KEY_ROTATE;
    char actor[256];
    fp_rekeying done = {0};
    if (!options->to)
        return fp_fail(err, FP_USAGE, "name the file of the new key with --to");
    FP_TRY(fp_study_need_folder(options->what, err));
    FP_TRY(fp_vault_open(options->to, options->what, &fresh, err));
    if (rotates)
        FP_TRY(fp_vault_open(options->key_file, options->what, &old, err));
    FP_TRY(open_log(options->what, false, &ledger, err));
    fp_study_actor(actor, sizeof actor);
    FP_TRY(rotates ? fp_vault_rotate(ledger, old, fresh, actor, &done, err)
                   : fp_vault_lost(ledger, fresh, actor, &done, err));
    fp_buf_printf(out, "The master key is %s now; ", fp_vault_id(fresh));
    fp_buf_printf(out,
                  rotates ? "%lld %s wrapped anew. Copies of the study from before still open with "
                            "the old key.\n"
                          : "%lld %s dropped: what was sealed under them cannot be read. Enter "
                            "those identities again.\n",
                  (long long)done.persons,
                  fp_plural((ptrdiff_t)done.persons, rotates ? "key was" : "identity was",
                            rotates ? "keys were" : "identities were"));
    if (!done.cleared)
        fp_buf_printf(out,
                      "! Somebody reads the database: the old keys stand in %s/study.db-wal until "
                      "that ends. Then clear it\nwith: firstplace verify %s\n",
                      options->what, options->what);
    return FP_OK;
}

fp_status fp_run_key(const fp_key_options *options, fp_buf *out, fp_err *err)
{
    switch (options->action) {
    case FP_KEY_NEW:
        FP_TRY(make(options->what, out, err));
        break;
    case FP_KEY_SHOW:
        FP_TRY(show(options->what, out, err));
        break;
    case FP_KEY_ROTATE:
    case FP_KEY_LOST:
        FP_TRY(change(options, out, err));
        break;
    }
    return fp_buf_ok(out, err);
}
