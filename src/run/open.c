#include "run/run_priv.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "store/vault.h"

fp_status fp_study_path(const char *folder, const char *name, char out[PATH_MAX], fp_err *err)
{
    int n = snprintf(out, PATH_MAX, "%s/%s", folder, name);
    if (n < 0 || n >= PATH_MAX)
        return fp_fail(err, FP_INPUT, "the name of the study folder is too long");
    return FP_OK;
}

fp_status fp_study_log(const fp_study *study, fp_ledger **log, fp_ledger **own, fp_err *err)
{
    char path[PATH_MAX];
    *log = study->ledger;
    if (study->ledger)
        return FP_OK;
    FP_TRY(fp_study_path(study->folder, "study.db", path, err));
    if (!fp_file_exists(path))
        return FP_OK;
    FP_TRY(fp_ledger_open_to_read(path, own, err));
    *log = *own;
    return fp_vault_shut(*own, true, err);
}

fp_status fp_study_need_folder(const char *folder, fp_err *err)
{
    struct stat info;
    if (stat(folder, &info) != 0) {
        (void)fp_fail_at(err, FP_INPUT, folder, 0, 0, "there is no such study folder");
        return fp_hint(err, FP_INPUT, "make one with: firstplace new %s", folder);
    }
    if (!S_ISDIR(info.st_mode)) {
        (void)fp_fail_at(err, FP_INPUT, folder, 0, 0, "is not a folder");
        return fp_hint(err, FP_INPUT, "a study is a folder with a study.yaml in it");
    }
    return FP_OK;
}

const fp_source_spec *fp_study_spec(const fp_study *study, fp_source_kind kind)
{
    return fp_protocol_source(&study->protocol, kind);
}

/* Of the episodes, the largest source, the cells are not copied where they go into no log. */
static fp_status read_file(const fp_study *study, fp_source_kind kind,
                           const fp_open_options *options, fp_arena *arena, fp_source *source,
                           fp_err *err)
{
    if (kind == FP_SOURCE_EPISODES && options->mode != FP_OPEN_STORE)
        return fp_source_open(study->folder, &study->protocol, kind, &options->work, arena, source,
                              err);
    return fp_source_read(study->folder, &study->protocol, kind, arena, source, err);
}

/* Read every source from its file and build the data from them, collecting every problem. */
static fp_status read_files(fp_study *study, const fp_open_options *options, fp_arena *arena,
                            fp_source sources[FP_SOURCE_COUNT], fp_study_data *data, fp_err *err)
{
    for (int k = 0; k < FP_SOURCE_COUNT; k++) {
        sources[k] = (fp_source){.kind = (fp_source_kind)k};
        if (!fp_study_spec(study, (fp_source_kind)k)->file)
            continue;
        fp_err problem = {0};
        fp_status status =
            read_file(study, (fp_source_kind)k, options, arena, &sources[k], &problem);
        if (status == FP_INPUT)
            fp_problems_add(&study->problems, true, &problem);
        else if (status != FP_OK) {
            if (err)
                *err = problem;
            return status;
        }
        if (sources[k].warning) {
            (void)fp_fail(&problem, FP_INPUT, "%s", sources[k].warning);
            fp_problems_add(&study->problems, false, &problem);
        }
    }
    if (study->problems.errors)
        return fp_problems_status(&study->problems, err);
    fp_source whole[FP_SOURCE_COUNT];
    fp_draw_record draw;
    memcpy(whole, sources, sizeof whole);
    FP_TRY(fp_study_arms(study, whole, &draw, &study->problems, err));
    FP_TRY(fp_study_leave_out(study, whole, &study->problems, err));
    FP_TRY(fp_study_data_build(&study->protocol, whole, &options->work, arena, data,
                               &study->problems, err));
    data->draw = draw;
    return fp_problems_status(&study->problems, err);
}

/* What only the database knows would be left out in silence without it. */
static fp_status need_only_imports(const char *path, fp_err *err)
{
    __attribute__((cleanup(fp_ledger_cleanup))) fp_ledger *ledger = NULL;
    char kind[64];
    if (!fp_file_exists(path))
        return FP_OK;
    FP_TRY(fp_ledger_open_to_read(path, &ledger, err));
    FP_TRY(fp_store_beyond_imports(ledger, kind, sizeof kind, err));
    if (!kind[0])
        return FP_OK;
    (void)fp_fail_at(err, FP_INPUT, path, 0, 0,
                     "holds what no source file does: events of the kind \"%s\"", kind);
    return fp_hint(err, FP_INPUT, "leave out --no-store");
}

/* For research: SQLite itself refuses what is personal. */
static fp_status open_shut(const char *path, fp_ledger **ledger, fp_err *err)
{
    FP_TRY(fp_ledger_open(path, true, ledger, err));
    return fp_vault_shut(*ledger, true, err);
}

/* Import what is new, then take the rows from the log: what is analysed is what was registered. The
 * files are not even parsed where the log has them all, and are forgotten once they are in it. */
static fp_status open_store(fp_study *study, const char *path, const fp_open_options *options,
                            fp_err *err)
{
    FP_ARENA_SCOPED(scratch, 64 * FP_GIB, err);
    fp_source files[FP_SOURCE_COUNT];
    fp_study_data data;
    bool logged = false;
    if (fp_file_exists(path)) {
        FP_TRY(open_shut(path, &study->ledger, err));
        FP_TRY(fp_study_logged(study, &logged, err));
    }
    if (!logged) {
        FP_TRY(read_files(study, options, scratch, files, &data, err));
        if (!study->ledger)
            FP_TRY(open_shut(path, &study->ledger, err));
        FP_TRY(fp_study_import(study, files, options, err));
        fp_arena_destroy(scratch);
        scratch = NULL;
    }
    return fp_study_load(study, options, err);
}

fp_status fp_study_open_plan(const char *folder, fp_arena *arena, fp_study *study, fp_err *err)
{
    char path[PATH_MAX];
    *study = (fp_study){.folder = folder, .arena = arena};
    fp_problems_init(&study->problems, 200, arena);
    FP_TRY(fp_study_need_folder(folder, err));
    FP_TRY(fp_study_path(folder, "study.yaml", path, err));
    FP_TRY(fp_protocol_read(path, arena, &study->protocol, &study->problems, err));
    FP_TRY(fp_problems_status(&study->problems, err));
    return fp_sha256_file(path, &study->protocol_sha256, err);
}

fp_status fp_study_open(const char *folder, const fp_open_options *options, fp_arena *arena,
                        fp_study *study, fp_err *err)
{
    static const fp_open_options plain = {.mode = FP_OPEN_FILES};
    char path[PATH_MAX];
    fp_source files[FP_SOURCE_COUNT];
    options = options ? options : &plain;
    FP_TRY(fp_study_open_plan(folder, arena, study, err));
    FP_TRY(fp_study_path(folder, "study.db", path, err));
    if (options->mode == FP_OPEN_STORE)
        return open_store(study, path, options, err);
    if (options->mode == FP_OPEN_NOSTORE)
        FP_TRY(need_only_imports(path, err));
    return read_files(study, options, arena, files, &study->data, err);
}

void fp_study_close(fp_study *study)
{
    fp_ledger_cleanup(&study->ledger);
}
