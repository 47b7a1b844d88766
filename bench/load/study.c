#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "load.h"
#include "run/run.h"
#include "store/account.h"
#include "store/client.h"
#include "store/identity.h"
#include "web/demo.h"
#include "web/password.h"
#include "web/totp.h"

static void need(fp_status status, const fp_err *err)
{
    char text[1024];
    if (status == FP_OK)
        return;
    fp_err_text(err, text, sizeof text);
    (void)fprintf(stderr, "load: %s\n", text);
    exit(fp_status_exit(status));
}

static fp_ledger *opened(const load_study *study)
{
    char path[PATH_MAX + 16];
    fp_ledger *ledger = NULL;
    fp_err err;
    (void)snprintf(path, sizeof path, "%s/study.db", study->folder);
    need(fp_ledger_open(path, false, &ledger, &err), &err);
    return ledger;
}

static fp_status make_user(fp_ledger *ledger, const fp_vault *vault, const char *hash, int i,
                           load_user *user, fp_arena *arena, fp_err *err)
{
    char coach[16];
    bool done;
    fp_identity identity = {0};
    fp_identity_saving saved;
    (void)snprintf(coach, sizeof coach, "k%02d", i % 12 + 1);
    (void)snprintf(user->name, sizeof user->name, "load%03d", i);
    (void)snprintf(user->client, sizeof user->client, "load-%03d", i);
    fp_totp_secret(user->secret);
    const fp_account account = {.name = user->name,
                                .display = user->name,
                                .role = FP_ROLE_COACH,
                                .coach = coach,
                                .language = i % 2 ? "en" : "nl"};
    FP_TRY(fp_account_create(ledger, "load", &account, &user->account, err));
    FP_TRY(fp_account_set_password(ledger, "load", user->account, hash, "own", err));
    FP_TRY(fp_account_set_second_factor(ledger, "load", user->account, user->secret, 0, err));
    FP_TRY(fp_client_register(ledger, "load", user->client, coach, &done, err));
    for (int field = 0; field < FP_IDENTITY_FIELDS; field++)
        identity.field[field] = FP_STR("");
    identity.field[FP_IDENTITY_FAMILY_NAME] = FP_STR("Voorbeeld");
    identity.field[FP_IDENTITY_PHONE] = FP_STR("020 555 0000");
    return fp_identity_save(ledger, vault, "load", user->client, 0, &identity, arena, &saved, err);
}

void load_study_make(load_study *study, load_user *users, int count)
{
    fp_demo demo;
    fp_err err;
    fp_vault *vault = NULL;
    fp_passwords *passwords = NULL;
    char hash[FP_HASH_MAX];
    /* the least that libsodium takes: what is measured is the work of the day, not of nine o'clock
     */
    const fp_hash_cost cheap = {.passes = 1, .memory = 8192};
    fp_arena *arena = fp_arena_create(FP_GIB);
    need(fp_demo_make(&demo, &err), &err);
    (void)snprintf(study->root, sizeof study->root, "%s", demo.root);
    (void)snprintf(study->folder, sizeof study->folder, "%s", demo.folder);
    (void)snprintf(study->key, sizeof study->key, "%s", demo.key);
    (void)snprintf(study->password, sizeof study->password, "%s", demo.password);
    need(fp_passwords_open(&cheap, &passwords, &err), &err);
    need(fp_passwords_hash(passwords, fp_str_of(study->password), hash, &err), &err);
    need(fp_vault_open(study->key, study->folder, &vault, &err), &err);
    fp_ledger *ledger = opened(study);
    need(fp_ledger_begin(ledger, &err), &err);
    for (int i = 0; i < count; i++)
        need(make_user(ledger, vault, hash, i, &users[i], arena, &err), &err);
    need(fp_ledger_commit(ledger, &err), &err);
    fp_ledger_close(ledger);
    fp_vault_close(vault);
    fp_passwords_close(passwords);
    fp_arena_destroy(arena);
}

/* ---- what is found back ---- */

typedef struct {
    const load_user *users;
    long *found; /* saves of each user */
    int count;
} search;

static fp_status see(void *context, const fp_event *event, fp_err *err)
{
    search *s = context;
    char actor[32];
    (void)err;
    if (strcmp(event->kind, "identity-saved") != 0)
        return FP_OK;
    for (int i = 0; i < s->count; i++) {
        (void)snprintf(actor, sizeof actor, "account:%lld", (long long)s->users[i].account);
        if (strcmp(actor, event->actor) == 0) {
            s->found[i]++;
            break;
        }
    }
    return FP_OK;
}

/* Whether the number that was saved last is there; from here on it is the one that is known. */
static bool phone_is(fp_ledger *ledger, const fp_vault *vault, load_user *user, bool killed,
                     fp_arena *arena)
{
    fp_identity_version now;
    fp_err err;
    need(fp_identity_open(ledger, vault, user->client, arena, &now, &err), &err);
    fp_str phone = now.identity.field[FP_IDENTITY_PHONE];
    bool fits = !user->phone[0] || fp_str_eq(phone, fp_str_of(user->phone)) ||
                (killed && fp_str_eq(phone, fp_str_of(user->trying)));
    if (!fits)
        (void)fprintf(stderr, "load: %s saved %s, and %.*s is there\n", user->name, user->phone,
                      (int)phone.n, phone.p);
    (void)snprintf(user->phone, sizeof user->phone, "%.*s", (int)phone.n, phone.p);
    return fits;
}

long load_study_check(const load_study *study, load_user *users, int count, bool killed,
                      long *stored, long *events)
{
    fp_err err;
    fp_vault *vault = NULL;
    int64_t seen = 0, rows = 0;
    long lost = 0;
    fp_arena *arena = fp_arena_create(FP_GIB);
    long *found = calloc((size_t)count, sizeof *found);
    search s = {users, found, count};
    fp_ledger *ledger = opened(study);
    if (!found || !arena)
        abort();
    need(fp_store_verify(ledger, &seen, &rows, &err), &err);
    need(fp_ledger_each(ledger, see, &s, &err), &err);
    need(fp_vault_open(study->key, study->folder, &vault, &err), &err);
    *stored = 0;
    for (int i = 0; i < count; i++) {
        long most = killed ? users[i].sent : users[i].saved;
        if (found[i] < users[i].saved || found[i] > most)
            (void)fprintf(stderr, "load: %s saved %ld times, and %ld are there\n", users[i].name,
                          users[i].saved, found[i]);
        lost += found[i] < users[i].saved ? users[i].saved - found[i] : 0;
        lost += found[i] > most; /* what nobody asked for is no better */
        lost += !phone_is(ledger, vault, &users[i], killed, arena);
        *stored += found[i];
    }
    *events = (long)seen;
    free(found);
    fp_vault_close(vault);
    fp_ledger_close(ledger);
    fp_arena_destroy(arena);
    return lost;
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *where)
{
    (void)info, (void)kind, (void)where;
    return remove(path);
}

void load_study_remove(load_study *study)
{
    (void)nftw(study->root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
