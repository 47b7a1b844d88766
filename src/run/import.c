/* The sources on their way into the log, and the rows out of it. */
#include "run/run_priv.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void fp_study_actor(char *out, size_t size)
{
    struct passwd entry, *found = NULL;
    char room[4096];
    if (getpwuid_r(geteuid(), &entry, room, sizeof room, &found) != 0 || !found)
        (void)snprintf(out, size, "uid %lu", (unsigned long)geteuid());
    else
        (void)snprintf(out, size, "%s", found->pw_name);
}

/* Whether the log has this very file, read in this very way, as the current version. */
static fp_status is_logged(fp_study *study, fp_source_kind kind, bool *logged, fp_err *err)
{
    char path[PATH_MAX];
    fp_import current;
    fp_sha256 sum;
    const char *mapping;
    bool found = false;
    FP_TRY(fp_store_current(study->ledger, kind, study->arena, &found, &current, err));
    FP_TRY(fp_store_mapping(&study->protocol, kind, study->arena, &mapping, err));
    FP_TRY(fp_study_path(study->folder, fp_study_spec(study, kind)->file, path, err));
    *logged = found && strcmp(current.mapping, mapping) == 0 &&
              fp_sha256_file(path, &sum, NULL) == FP_OK && strcmp(current.sha256, sum.hex) == 0;
    return FP_OK;
}

fp_status fp_study_logged(fp_study *study, bool *logged, fp_err *err)
{
    *logged = true;
    for (int k = 0; k < FP_SOURCE_COUNT && *logged; k++)
        if (fp_study_spec(study, (fp_source_kind)k)->file)
            FP_TRY(is_logged(study, (fp_source_kind)k, logged, err));
    return FP_OK;
}

fp_status fp_study_import(fp_study *study, const fp_source sources[FP_SOURCE_COUNT],
                          const fp_open_options *options, fp_err *err)
{
    char actor[256];
    fp_study_actor(actor, sizeof actor);
    fp_ledger_tell(study->ledger, options->work.progress);
    FP_TRY(fp_ledger_begin(study->ledger, err));
    fp_status status = FP_OK;
    for (int k = 0; k < FP_SOURCE_COUNT && status == FP_OK; k++) {
        int64_t import = 0;
        status = fp_store_import(study->ledger, &study->protocol, &sources[k], actor,
                                 options->why ? options->why : "", &study->import[k], &import, err);
    }
    return fp_ledger_finish(study->ledger, status, err);
}

fp_status fp_study_load(fp_study *study, const fp_open_options *options, fp_err *err)
{
    fp_source sources[FP_SOURCE_COUNT];
    fp_problems again;
    fp_draw_record draw;
    fp_ledger_tell(study->ledger, options->work.progress);
    for (int k = 0; k < FP_SOURCE_COUNT; k++)
        FP_TRY(fp_store_load(study->ledger, &study->protocol, (fp_source_kind)k, study->arena,
                             &sources[k], err));
    fp_problems_init(&again, 1, study->arena);
    FP_TRY(fp_study_arms(study, sources, &draw, &again, err));
    FP_TRY(fp_study_leave_out(study, sources, &study->problems, err));
    FP_TRY(fp_study_data_build(&study->protocol, sources, &options->work, study->arena,
                               &study->data, &again, err));
    study->data.draw = draw;
    return fp_problems_status(&again, err);
}

static const char *import_words(fp_import_outcome outcome)
{
    return outcome == FP_IMPORT_UNCHANGED ? "unchanged"
           : outcome == FP_IMPORT_NEW     ? "imported"
                                          : "changed: imported as a new version";
}

fp_status fp_run_import(const fp_study *study, fp_buf *out, fp_err *err)
{
    for (int k = 0; k < FP_SOURCE_COUNT; k++) {
        const fp_source *source = &study->data.sources[k];
        if (source->file)
            fp_buf_printf(out, "%-11s %-24s %7td rows  %s (import %lld)\n", fp_source_names[k],
                          source->file, source->rows, import_words(study->import[k]),
                          (long long)source->import);
    }
    return fp_buf_ok(out, err);
}
