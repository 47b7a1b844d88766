#include "run/run_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

fp_status fp_study_sync_folder(const char *file, fp_err *err)
{
    char folder[PATH_MAX];
    (void)snprintf(folder, sizeof folder, "%s", file);
    char *slash = strrchr(folder, '/');
    if (slash)
        slash[slash == folder] = '\0';
    int fd = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool good = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        (void)close(fd);
    return good ? FP_OK
                : fp_fail_at(err, FP_IO, file, 0, 0, "its folder cannot be stored: %s",
                             strerror(errno));
}

static fp_status need_new(const char *file, fp_err *err)
{
    struct stat info;
    if (lstat(file, &info) != 0)
        return FP_OK;
    (void)fp_fail_at(err, FP_INPUT, file, 0, 0, "the file exists already");
    return fp_hint(err, FP_INPUT, "a backup is never written over: name a new file");
}

/* Whoever restores it some day shall not find then that it does not fit. */
static fp_status verify_copy(const char *copy, fp_arena *arena, int64_t *seq, fp_sha256 *head,
                             int64_t *rows, fp_err *err)
{
    __attribute__((cleanup(fp_ledger_cleanup))) fp_ledger *ledger = NULL;
    int64_t events;
    FP_TRY(fp_ledger_open_to_read(copy, &ledger, err));
    FP_TRY(fp_study_verify_log(ledger, arena, &events, rows, err));
    return fp_ledger_head(ledger, seq, head, err);
}

static fp_status finish(const char *part, const char *file, const char *folder, fp_arena *arena,
                        fp_buf *out, fp_err *err)
{
    char plan[PATH_MAX];
    int64_t seq = 0, rows = 0;
    fp_sha256 head, sum, plan_sum;
    fp_status status = verify_copy(part, arena, &seq, &head, &rows, err);
    if (status != FP_OK && err) /* what is wrong with the copy is wrong with the study's */
        (void)snprintf(err->file, sizeof err->file, "%s/study.db", folder);
    FP_TRY(status);
    FP_TRY(fp_sha256_file(part, &sum, err));
    FP_TRY(need_new(file, err));
    if (rename(part, file) != 0)
        return fp_fail_at(err, FP_IO, file, 0, 0, "cannot be written: %s", strerror(errno));
    FP_TRY(fp_study_sync_folder(file, err));
    fp_buf_printf(out, "%s: %lld %s, %lld %s: all fit.\n", file, (long long)seq,
                  fp_plural((ptrdiff_t)seq, "event", "events"), (long long)rows,
                  fp_plural((ptrdiff_t)rows, "row", "rows"));
    fp_buf_printf(out, "last event  %lld, hash %s\nsha256      %s\n", (long long)seq, head.hex,
                  sum.hex);
    FP_TRY(fp_study_path(folder, "study.yaml", plan, err));
    if (fp_sha256_file(plan, &plan_sum, NULL) == FP_OK)
        fp_buf_printf(out, "study.yaml  %s\n", plan_sum.hex);
    fp_buf_put(out, "Not in it: study.yaml, the source files (their rows are), and the keys: the "
                    "master key of the\nidentities and the secret of a draw. Keep those apart from "
                    "the backup.\n");
    return fp_buf_ok(out, err);
}

fp_status fp_run_backup(const char *folder, const char *file, fp_arena *arena, fp_buf *out,
                        fp_err *err)
{
    char path[PATH_MAX], part[PATH_MAX];
    __attribute__((cleanup(fp_ledger_cleanup))) fp_ledger *ledger = NULL;
    FP_TRY(fp_study_need_log(folder, path, err));
    FP_TRY(need_new(file, err));
    int n = snprintf(part, sizeof part, "%s.%ld.part", file, (long)getpid());
    if (n < 0 || (size_t)n >= sizeof part)
        return fp_fail(err, FP_INPUT, "the name of the backup is too long");
    FP_TRY(fp_ledger_open(path, false, &ledger, err));
    FP_TRY(fp_ledger_copy(ledger, part, err));
    fp_status status = finish(part, file, folder, arena, out, err);
    if (status != FP_OK)
        (void)unlink(part);
    return status;
}
