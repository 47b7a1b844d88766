#include "run/run_priv.h"

#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

fp_status fp_study_path(const char *folder, const char *name, char out[PATH_MAX], fp_err *err)
{
    int n = snprintf(out, PATH_MAX, "%s/%s", folder, name);
    if (n < 0 || n >= PATH_MAX)
        return fp_fail(err, FP_INPUT, "the name of the study folder is too long");
    return FP_OK;
}

void fp_study_actor(char *out, size_t size)
{
    struct passwd entry, *found = NULL;
    char room[4096];
    if (getpwuid_r(geteuid(), &entry, room, sizeof room, &found) != 0 || !found)
        (void)snprintf(out, size, "uid %lu", (unsigned long)geteuid());
    else
        (void)snprintf(out, size, "%s", found->pw_name);
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

static const fp_source_spec *spec_of(const fp_protocol *protocol, int kind)
{
    return kind == FP_SOURCE_COACHES  ? &protocol->coaches
           : kind == FP_SOURCE_PEOPLE ? &protocol->people
                                      : &protocol->episodes;
}

/* Read a source and the hash of the bytes it was read from: hashed before and after, so that a file
 * that is being written at the moment is not logged under a hash that is not its own. */
static fp_status read_file(const fp_study *study, fp_source_kind kind, fp_source *source,
                           fp_err *err)
{
    char path[PATH_MAX];
    fp_sha256 before, after;
    const char *file = spec_of(&study->protocol, (int)kind)->file;
    FP_TRY(fp_study_path(study->folder, file, path, err));
    FP_TRY(fp_sha256_file(path, &before, err));
    FP_TRY(fp_source_read(study->folder, &study->protocol, kind, study->arena, source, err));
    FP_TRY(fp_sha256_file(path, &after, err));
    if (strcmp(before.hex, after.hex) != 0) {
        (void)fp_fail_at(err, FP_INPUT, file, 0, 0, "the file changed while it was read");
        return fp_hint(err, FP_INPUT, "wait until it is written, then try again");
    }
    source->sha256 = fp_arena_strdup(study->arena, before.hex, err);
    return source->sha256 ? FP_OK : FP_NOMEM;
}

/* Read every source from its file and build the data from them, collecting every problem. */
static fp_status read_files(fp_study *study, const fp_work *work,
                            fp_source sources[FP_SOURCE_COUNT], fp_err *err)
{
    for (int k = 0; k < FP_SOURCE_COUNT; k++) {
        sources[k] = (fp_source){.kind = (fp_source_kind)k};
        if (!spec_of(&study->protocol, k)->file)
            continue;
        fp_err problem = {0};
        fp_status status = read_file(study, (fp_source_kind)k, &sources[k], &problem);
        if (status == FP_INPUT)
            fp_problems_add(&study->problems, true, &problem);
        else if (status != FP_OK) {
            if (err)
                *err = problem;
            return status;
        }
    }
    if (study->problems.errors)
        return fp_problems_status(&study->problems, err);
    fp_source whole[FP_SOURCE_COUNT];
    double limit;
    memcpy(whole, sources, sizeof whole);
    FP_TRY(fp_study_arms(study, whole, &limit, err));
    FP_TRY(fp_study_data_build(&study->protocol, whole, work, study->arena, &study->data,
                               &study->problems, err));
    study->data.draw_limit = limit;
    return fp_problems_status(&study->problems, err);
}

/* Whether the log has this very file, read in this very way, as the current version. */
static fp_status is_logged(fp_study *study, const fp_source *source, bool *logged, fp_err *err)
{
    fp_import current;
    const char *mapping;
    bool found = false;
    *logged = !source->file;
    if (*logged)
        return FP_OK;
    FP_TRY(fp_store_current(study->ledger, source->kind, study->arena, &found, &current, err));
    FP_TRY(fp_store_mapping(&study->protocol, source->kind, study->arena, &mapping, err));
    *logged = found && strcmp(current.sha256, source->sha256) == 0 &&
              strcmp(current.mapping, mapping) == 0;
    return FP_OK;
}

/* Everything new in one transaction; none at all where nothing is new, so that readers of the same
 * study do not wait for each other. */
static fp_status import_all(fp_study *study, const fp_source sources[FP_SOURCE_COUNT],
                            const char *why, fp_err *err)
{
    char actor[256];
    bool all = true;
    for (int k = 0; k < FP_SOURCE_COUNT && all; k++)
        FP_TRY(is_logged(study, &sources[k], &all, err));
    if (all)
        return FP_OK;
    fp_study_actor(actor, sizeof actor);
    FP_TRY(fp_ledger_begin(study->ledger, err));
    for (int k = 0; k < FP_SOURCE_COUNT; k++) {
        int64_t import = 0;
        fp_status status = fp_store_import(study->ledger, &study->protocol, &sources[k], actor, why,
                                           &study->import[k], &import, err);
        if (status != FP_OK) {
            fp_ledger_rollback(study->ledger);
            return status;
        }
    }
    return fp_ledger_commit(study->ledger, err);
}

/* The rows as the log has them: what is analysed is what was registered. */
static fp_status load_all(fp_study *study, const fp_work *work,
                          const fp_source files[FP_SOURCE_COUNT], fp_err *err)
{
    fp_source sources[FP_SOURCE_COUNT];
    for (int k = 0; k < FP_SOURCE_COUNT; k++) {
        sources[k] = (fp_source){.kind = (fp_source_kind)k};
        if (files[k].file)
            FP_TRY(fp_store_load(study->ledger, &study->protocol, (fp_source_kind)k, study->arena,
                                 &sources[k], err));
    }
    fp_problems again;
    double limit;
    fp_problems_init(&again, 1, study->arena);
    FP_TRY(fp_study_arms(study, sources, &limit, err));
    FP_TRY(fp_study_data_build(&study->protocol, sources, work, study->arena, &study->data, &again,
                               err));
    study->data.draw_limit = limit;
    return fp_problems_status(&again, err);
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

fp_status fp_study_open(const char *folder, const fp_open_options *options, fp_arena *arena,
                        fp_study *study, fp_err *err)
{
    static const fp_open_options plain = {.mode = FP_OPEN_FILES};
    char path[PATH_MAX];
    fp_source files[FP_SOURCE_COUNT];
    options = options ? options : &plain;
    *study = (fp_study){.folder = folder, .arena = arena};
    fp_problems_init(&study->problems, 200, arena);
    FP_TRY(fp_study_need_folder(folder, err));
    FP_TRY(fp_study_path(folder, "study.yaml", path, err));
    FP_TRY(fp_protocol_read(path, arena, &study->protocol, &study->problems, err));
    FP_TRY(fp_problems_status(&study->problems, err));
    FP_TRY(fp_sha256_file(path, &study->protocol_sha256, err));
    FP_TRY(fp_study_path(folder, "study.db", path, err));
    if (options->mode == FP_OPEN_NOSTORE)
        FP_TRY(need_only_imports(path, err));
    FP_TRY(read_files(study, &options->work, files, err));
    if (options->mode != FP_OPEN_STORE)
        return FP_OK;
    FP_TRY(fp_ledger_open(path, true, &study->ledger, err));
    FP_TRY(import_all(study, files, options->why ? options->why : "", err));
    return load_all(study, &options->work, files, err);
}

void fp_study_close(fp_study *study)
{
    fp_ledger_cleanup(&study->ledger);
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
            fp_buf_printf(out, "%-9s %-24s %7td rows  %s (import %lld)\n", fp_source_names[k],
                          source->file, source->rows, import_words(study->import[k]),
                          (long long)source->import);
    }
    return fp_buf_ok(out, err);
}
