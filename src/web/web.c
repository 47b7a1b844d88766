#include "web/web_priv.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/file.h"
#include "base/hash.h"

int64_t fp_web_now(const fp_web *web)
{
    return web->options.now ? web->options.now(web->options.now_user) : (int64_t)time(NULL);
}

enum { ROOM = 64 /* [MiB] for what all requests share */ };

/* A plan with mistakes is no reason not to serve: the command line tells them. */
static fp_status read_plan(fp_web *web, const char *path, fp_err *err)
{
    fp_protocol *plan;
    fp_problems problems;
    FP_ARRAY(plan, web->arena, 1, err);
    fp_problems_init(&problems, 1, web->arena);
    fp_status status = fp_protocol_read(path, web->arena, plan, &problems, NULL);
    bool sound = status == FP_OK && problems.errors == 0;
    web->plan = sound ? plan : NULL;
    web->title = sound ? plan->title : "";
    return status == FP_NOMEM ? fp_fail_nomem(err, ROOM * FP_MIB) : FP_OK;
}

static bool key_is_given(const fp_web_options *options)
{
    const char *file = getenv("FIRSTPLACE_KEY_FILE"), *key = getenv("FIRSTPLACE_KEY");
    return options->key_file || (file && file[0]) || (key && key[0]);
}

/* Say a wrong or a missing key before anything is served; set the first one of a study. */
static fp_status open_vault(fp_web *web, fp_err *err)
{
    fp_ledger *ledger = NULL;
    fp_vault_state state = {0};
    if (key_is_given(&web->options))
        FP_TRY(fp_vault_open(web->options.key_file, web->options.folder, &web->vault, err));
    FP_TRY(fp_pool_read(web->pool, &ledger, err));
    fp_status status = fp_vault_check(ledger, web->vault, err);
    if (status == FP_OK)
        status = fp_vault_read(ledger, &state, err);
    fp_pool_read_end(web->pool, &ledger);
    if (status != FP_OK || state.event || !web->vault)
        return status;
    if (!web->plan) {
        (void)fp_fail_at(err, FP_INPUT, web->options.folder, 0, 0,
                         "a master key cannot be set while study.yaml has mistakes");
        return fp_hint(err, FP_INPUT, "see them with: firstplace check %.200s",
                       web->options.folder);
    }
    FP_TRY(fp_pool_write(web->pool, &ledger, err));
    status = fp_vault_bind(ledger, web->vault, web->plan->id, "firstplace", err);
    if (status == FP_OK)
        return fp_pool_commit(web->pool, &ledger, err);
    fp_pool_rollback(web->pool, &ledger);
    return status;
}

void fp_web_cookie_name(const fp_web *web, const char *name, char out[FP_COOKIE_NAME])
{
    if (strcmp(name, "language") == 0) /* says nothing about anybody: one choice for all of them */
        (void)snprintf(out, FP_COOKIE_NAME, "%s", name);
    else
        (void)snprintf(out, FP_COOKIE_NAME, "%s%s-%s", web->options.secure ? "__Host-" : "", name,
                       web->mark);
}

/* The same after a restart, another for a copy of the study in another folder. */
static void make_mark(fp_web *web)
{
    char path[PATH_MAX];
    fp_hasher hasher;
    fp_hasher_init(&hasher);
    fp_hasher_put(&hasher, fp_str_of(web->plan ? web->plan->id : ""));
    fp_hasher_put(&hasher, FP_STR("\n"));
    fp_hasher_put(&hasher, fp_str_of(realpath(web->options.folder, path) ? path : ""));
    (void)snprintf(web->mark, sizeof web->mark, "%.8s", fp_hasher_finish(&hasher).hex);
}

static fp_status set_up(fp_web *web, const fp_web_options *options, fp_err *err)
{
    char path[PATH_MAX];
    web->options = *options;
    web->arena = fp_arena_create(ROOM * FP_MIB);
    if (!web->arena)
        return fp_fail_nomem(err, ROOM * FP_MIB);
    web->options.folder = fp_arena_strdup(web->arena, options->folder, err);
    if (!web->options.folder)
        return FP_NOMEM;
    int length = snprintf(path, sizeof path, "%s/study.yaml", options->folder);
    if (length < 0 || (size_t)length >= sizeof path)
        return fp_fail(err, FP_INPUT, "the path of the study is too long");
    if (!fp_file_exists(path)) {
        (void)fp_fail_at(err, FP_INPUT, path, 0, 0, "there is no such file");
        return fp_hint(err, FP_INPUT,
                       "a study is a folder with a study.yaml in it; make one "
                       "with: firstplace new my-study");
    }
    FP_TRY(read_plan(web, path, err));
    make_mark(web);
    FP_TRY(fp_pages_open(web->arena, &web->pages, err));
    FP_TRY(fp_passwords_open(&options->cost, &web->passwords, err));
    (void)snprintf(path, sizeof path, "%s/study.db", options->folder);
    const fp_pool_options pool = {
        .readers = options->readers, .now = options->now, .now_context = options->now_user};
    FP_TRY(fp_pool_open(path, &pool, &web->pool, err));
    return open_vault(web, err);
}

fp_status fp_web_open(const fp_web_options *options, fp_web **out, fp_err *err)
{
    fp_web *web = calloc(1, sizeof *web);
    if (!web)
        return fp_fail_nomem(err, sizeof *web);
    fp_status status = set_up(web, options, err);
    if (status != FP_OK) {
        fp_web_close(web);
        return status;
    }
    *out = web;
    return FP_OK;
}

void fp_web_close(fp_web *web)
{
    if (!web)
        return;
    if (web->pool)
        fp_pool_close(web->pool);
    fp_vault_close(web->vault);
    fp_passwords_close(web->passwords);
    fp_arena_destroy(web->arena);
    free(web);
}

void fp_web_cleanup(fp_web **web)
{
    fp_web_close(*web);
    *web = NULL;
}
