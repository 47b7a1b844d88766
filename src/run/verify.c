#include "run/run_priv.h"

#include <string.h>

#include "base/file.h"
#include "store/allocation.h"

/* Whether the source files are still those that were imported: said, not a failure, unless the log
 * itself does not fit. */
static fp_status compare_files(const char *folder, fp_ledger *ledger, fp_arena *arena, fp_buf *out,
                               fp_err *err)
{
    ptrdiff_t count;
    const fp_import *imports;
    FP_TRY(fp_store_imports(ledger, arena, &count, &imports, err));
    for (ptrdiff_t i = 0; i < count; i++) {
        char path[PATH_MAX];
        fp_sha256 now;
        if (!imports[i].current)
            continue;
        FP_TRY(fp_study_path(folder, imports[i].file, path, err));
        const char *state = "as imported";
        if (!fp_file_exists(path) || fp_sha256_file(path, &now, NULL) != FP_OK)
            state = "the file is no longer there";
        else if (strcmp(now.hex, imports[i].sha256) != 0)
            state = "the file has changed since; import it to log the new version";
        fp_buf_printf(out, "%-11s %-24s %7lld rows  %s\n", imports[i].source, imports[i].file,
                      (long long)imports[i].rows, state);
    }
    return FP_OK;
}

fp_status fp_study_need_log(const char *folder, char path[PATH_MAX], fp_err *err)
{
    FP_TRY(fp_study_need_folder(folder, err));
    FP_TRY(fp_study_path(folder, "study.db", path, err));
    if (!fp_file_exists(path)) {
        (void)fp_fail_at(err, FP_INPUT, path, 0, 0, "nothing was registered yet");
        return fp_hint(err, FP_INPUT, "import the sources with: firstplace import %s", folder);
    }
    return FP_OK;
}

fp_status fp_study_verify_log(fp_ledger *ledger, fp_arena *arena, int64_t *events, int64_t *rows,
                              fp_err *err)
{
    fp_allocation_log draw;
    FP_TRY(fp_store_verify(ledger, events, rows, err));
    FP_TRY(fp_allocation_read(ledger, arena, &draw, err));
    return fp_allocation_check_changes(&draw, err);
}

fp_status fp_run_verify(const char *folder, fp_arena *arena, fp_buf *out, fp_err *err)
{
    char path[PATH_MAX];
    int64_t events = 0, rows = 0;
    __attribute__((cleanup(fp_ledger_cleanup))) fp_ledger *ledger = NULL;
    FP_TRY(fp_study_need_log(folder, path, err));
    FP_TRY(fp_ledger_open(path, false, &ledger, err));
    FP_TRY(fp_study_verify_log(ledger, arena, &events, &rows, err));
    FP_TRY(compare_files(folder, ledger, arena, out, err));
    fp_buf_printf(out, "%lld %s in the chain, %lld %s: all fit.\n", (long long)events,
                  fp_plural((ptrdiff_t)events, "event", "events"), (long long)rows,
                  fp_plural((ptrdiff_t)rows, "row", "rows"));
    return fp_buf_ok(out, err);
}
