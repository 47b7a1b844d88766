#include "base/base_cases.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

typedef struct {
    char path[256];
} folder;

static folder folder_create(void)
{
    folder f;
    const char *parent = getenv("TMPDIR");
    (void)snprintf(f.path, sizeof f.path, "%s/fp_base_XXXXXX", parent ? parent : P_tmpdir);
    ck_assert_ptr_nonnull(mkdtemp(f.path));
    return f;
}

static const char *in(const folder *f, const char *name, char out[512])
{
    (void)snprintf(out, 512, "%s/%s", f->path, name);
    return out;
}

/* Files in a folder; removes them and the folder when told so. */
static int entries(const folder *f, bool clear)
{
    int n = 0;
    DIR *dir = opendir(f->path);
    ck_assert_ptr_nonnull(dir);
    for (const struct dirent *e; (e = readdir(dir));) {
        char path[512];
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        n++;
        if (clear)
            (void)remove(in(f, e->d_name, path));
    }
    (void)closedir(dir);
    if (clear)
        (void)rmdir(f->path);
    return n;
}

static void expect_file(const char *path, const char *want)
{
    fp_arena *arena = fp_arena_create(FP_MIB);
    fp_str got;
    ck_assert_int_eq(fp_file_read(path, 1000, arena, &got, NULL), FP_OK);
    ck_assert(fp_str_is(got, want));
    ck_assert_int_eq(got.p[got.n], '\0');
    fp_arena_destroy(arena);
}

START_TEST(test_write_and_read)
{
    char path[512];
    folder f = folder_create();
    in(&f, "a.txt", path);
    ck_assert(!fp_file_exists(path));
    ck_assert_int_eq(fp_file_write(path, FP_STR("one"), NULL), FP_OK);
    ck_assert(fp_file_exists(path));
    expect_file(path, "one");
    ck_assert_int_eq(fp_file_write(path, FP_STR(""), NULL), FP_OK);
    expect_file(path, "");
    ck_assert_int_eq(fp_file_write(path, FP_STR("two\n"), NULL), FP_OK);
    expect_file(path, "two\n");
    struct stat info;
    mode_t mask = umask(0);
    (void)umask(mask);
    ck_assert_int_eq(stat(path, &info), 0);
    ck_assert_uint_eq(info.st_mode & 0777, 0666 & ~mask); /* as any file one makes */
    ck_assert_int_eq(entries(&f, true), 1);               /* no temporary file is left */
}
END_TEST

START_TEST(test_read_errors)
{
    fp_err err;
    char path[512];
    fp_str text = {NULL, 0};
    folder f = folder_create();
    fp_arena *arena = fp_arena_create(FP_MIB);
    in(&f, "none.csv", path);
    ck_assert_int_eq(fp_file_read(path, 10, arena, &text, &err), FP_INPUT);
    ck_assert_str_eq(err.file, path);
    ck_assert_str_eq(err.message, "cannot open: No such file or directory");
    ck_assert_str_eq(err.hint, "check the name and the folder");
    ck_assert_int_eq(fp_file_read(f.path, 10, arena, &text, &err), FP_INPUT);
    ck_assert_str_eq(err.message, "is a folder, not a file");
    ck_assert_str_eq(err.hint, "name the file inside it");
    ck_assert_int_eq(fp_file_write(path, FP_STR("12345"), NULL), FP_OK);
    ck_assert_int_eq(fp_file_read(path, 4, arena, &text, &err), FP_INPUT);
    ck_assert_str_eq(err.message, "the file is larger than 4 bytes");
    ck_assert_ptr_null(text.p);
    ck_assert_int_eq(fp_file_read(path, 5, arena, &text, &err), FP_OK);
    fp_arena_fail_at(arena, 1);
    ck_assert_int_eq(fp_file_read(path, 5, arena, &text, &err), FP_NOMEM);
    fp_arena_destroy(arena);
    (void)entries(&f, true);
}
END_TEST

START_TEST(test_write_errors)
{
    fp_err err;
    char path[512];
    folder f = folder_create();
    in(&f, "no/such/a.txt", path);
    ck_assert_int_eq(fp_file_write(path, FP_STR("x"), &err), FP_IO);
    ck_assert_str_eq(err.message, "cannot write: No such file or directory");
    ck_assert_str_eq(err.hint, "check that the folder exists and that you may write in it");
    ck_assert_int_eq(fp_file_write(f.path, FP_STR("x"), &err), FP_IO); /* a folder */
    char long_name[8192];
    memset(long_name, 'x', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    ck_assert_int_eq(fp_file_write(long_name, FP_STR("x"), &err), FP_IO);
    ck_assert_str_eq(err.message, "the file name is too long");
    ck_assert_int_eq(entries(&f, true), 0);
}
END_TEST

/* A disk that is full halfway: the old file stays as it was and no half one is left. */
START_TEST(test_full_disk)
{
    fp_err err;
    char path[512], large[4096];
    folder f = folder_create();
    in(&f, "a.txt", path);
    memset(large, 'x', sizeof large);
    ck_assert_int_eq(fp_file_write(path, FP_STR("old"), NULL), FP_OK);
    struct rlimit before, low;
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
    low = before;
    low.rlim_cur = 1000;
    (void)signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &low), 0);
    fp_status status = fp_file_write(path, (fp_str){large, sizeof large}, &err);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
    ck_assert_int_eq(status, FP_IO);
    ck_assert_str_eq(err.message, "cannot write: File too large");
    expect_file(path, "old");
    ck_assert_int_eq(entries(&f, true), 1);
}
END_TEST

typedef struct {
    const char *path;
    atomic_bool stop;
    atomic_int failed;
} rewriter;

#define LARGE 200000

static void *rewrite(void *argument)
{
    rewriter *r = argument;
    char *text = malloc(LARGE);
    for (int i = 0; text && !atomic_load(&r->stop); i++) {
        memset(text, i % 2 ? 'a' : 'b', LARGE);
        if (fp_file_write(r->path, (fp_str){text, LARGE}, NULL) != FP_OK)
            atomic_fetch_add(&r->failed, 1);
    }
    free(text);
    return NULL;
}

/* While one thread writes the file over and over, a reader sees one whole version each time. */
START_TEST(test_never_half)
{
    char path[512];
    folder f = folder_create();
    rewriter r = {in(&f, "a.txt", path), false, 0};
    char *first = malloc(LARGE);
    memset(first, 'a', LARGE);
    ck_assert_int_eq(fp_file_write(path, (fp_str){first, LARGE}, NULL), FP_OK);
    pthread_t thread;
    ck_assert_int_eq(pthread_create(&thread, NULL, rewrite, &r), 0);
    for (int i = 0; i < 100; i++) {
        fp_arena *arena = fp_arena_create(FP_MIB);
        fp_str got;
        ck_assert_int_eq(fp_file_read(path, LARGE, arena, &got, NULL), FP_OK);
        ck_assert_uint_eq(got.n, LARGE);
        for (size_t k = 1; k < got.n; k++)
            if (got.p[k] != got.p[0])
                ck_abort_msg("two versions in one file");
        fp_arena_destroy(arena);
    }
    atomic_store(&r.stop, true);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    ck_assert_int_eq(atomic_load(&r.failed), 0);
    free(first);
    ck_assert_int_eq(entries(&f, true), 1);
}
END_TEST

START_TEST(test_standard_streams)
{
    char path[512];
    folder f = folder_create();
    in(&f, "a.txt", path);
    ck_assert_int_eq(fp_file_write(path, FP_STR("from outside"), NULL), FP_OK);
    int in_before = dup(STDIN_FILENO), out_before = dup(STDOUT_FILENO);
    int input = open(path, O_RDONLY);
    ck_assert_int_eq(dup2(input, STDIN_FILENO), STDIN_FILENO);
    expect_file("-", "from outside");
    (void)lseek(STDIN_FILENO, 0, SEEK_SET);
    fp_err err;
    fp_str got;
    fp_arena *arena = fp_arena_create(FP_MIB);
    ck_assert_int_eq(fp_file_read("-", 3, arena, &got, &err), FP_INPUT);
    ck_assert_str_eq(err.file, "standard input");
    fp_arena_destroy(arena);
    int output = open(path, O_WRONLY | O_TRUNC);
    ck_assert_int_eq(dup2(output, STDOUT_FILENO), STDOUT_FILENO);
    fp_status status = fp_file_write("-", FP_STR("to outside"), NULL);
    (void)dup2(in_before, STDIN_FILENO);
    (void)dup2(out_before, STDOUT_FILENO);
    ck_assert_int_eq(status, FP_OK);
    expect_file(path, "to outside");
    (void)close(input);
    (void)close(output);
    (void)close(in_before);
    (void)close(out_before);
    (void)entries(&f, true);
}
END_TEST

START_TEST(test_folders)
{
    fp_err err;
    char path[512], file[512];
    folder f = folder_create();
    in(&f, "a/b/c", path);
    ck_assert_int_eq(fp_dir_make(path, NULL), FP_OK);
    ck_assert(fp_file_exists(path));
    ck_assert_int_eq(fp_dir_make(path, NULL), FP_OK); /* there already */
    in(&f, "file", file);
    ck_assert_int_eq(fp_file_write(file, FP_STR("x"), NULL), FP_OK);
    ck_assert_int_eq(fp_dir_make(file, &err), FP_IO);
    ck_assert_str_eq(err.message, "is a file, a folder is needed");
    ck_assert_int_eq(fp_dir_make(in(&f, "file/below", file), &err), FP_IO);
    ck_assert_str_eq(err.message, "cannot make the folder: Not a directory");
    for (size_t n = strlen(path); n > strlen(f.path); n--)
        if (path[n] == '\0' || path[n] == '/') {
            path[n] = '\0';
            (void)rmdir(path);
        }
    (void)entries(&f, true);
}
END_TEST

static void put_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    (void)fputs(text, file);
    ck_assert_int_eq(fclose(file), 0);
}

/* A view is one state of a file: replaced it stays, written to it says so, shortened it fails. */
START_TEST(test_view)
{
    folder f = folder_create();
    char path[512], other[512], got[16] = "";
    fp_err err = {0};
    const fp_view *view = NULL;
    fp_arena *arena = fp_arena_create(FP_MIB);
    put_file(in(&f, "file", path), "0123456789");
    fp_arena_point before = fp_arena_mark(arena);
    ck_assert_int_eq(fp_view_open(path, 100, arena, &view, &err), FP_OK);
    ck_assert(fp_str_is(view->text, "0123456789"));
    ck_assert_int_eq(fp_view_read(view, 3, 4, got, &err), FP_OK);
    ck_assert_str_eq(got, "3456");
    put_file(in(&f, "new", other), "abc");
    ck_assert_int_eq(rename(other, path), 0);
    ck_assert_int_eq(fp_view_read(view, 0, 10, got, &err), FP_OK);
    ck_assert_str_eq(got, "0123456789");
    ck_assert_int_eq(fp_view_unchanged(view, &err), FP_OK);
    fp_arena_rewind(arena, before);
    ck_assert_int_eq(fp_view_open(path, 100, arena, &view, &err), FP_OK);
    ck_assert_int_eq(truncate(path, 1), 0);
    ck_assert_int_eq(fp_view_read(view, 0, 3, got, &err), FP_INPUT);
    ck_assert_str_eq(err.message, "the file became shorter while it was read");
    ck_assert_int_eq(fp_view_unchanged(view, &err), FP_INPUT);
    ck_assert_str_eq(err.message, "the file changed while it was read");
    ck_assert_int_eq(fp_view_open(path, 0, arena, &view, &err), FP_INPUT);
    ck_assert_str_eq(err.message, "the file is larger than 0 bytes");
    put_file(path, "");
    ck_assert_int_eq(fp_view_open(path, 0, arena, &view, &err), FP_OK);
    ck_assert_uint_eq(view->text.n, 0);
    ck_assert_int_eq(fp_view_open(f.path, 0, arena, &view, &err), FP_INPUT);
    ck_assert_str_eq(err.message, "is a folder, not a file");
    fp_arena_destroy(arena);
    (void)entries(&f, true);
}
END_TEST

TCase *case_file(void)
{
    TCase *tc = tcase_create("file");
    tcase_add_test(tc, test_write_and_read);
    tcase_add_test(tc, test_read_errors);
    tcase_add_test(tc, test_write_errors);
    tcase_add_test(tc, test_full_disk);
    tcase_add_test(tc, test_never_half);
    tcase_add_test(tc, test_standard_streams);
    tcase_add_test(tc, test_folders);
    tcase_add_test(tc, test_view);
    return tc;
}
