#include "store/people.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CK_FLOATING_DIG 17
#include <check.h>

#include "base/file.h"
#include "store/store.h"

#define TEXT(s)                                                                                    \
    {                                                                                              \
        (s), sizeof(s) - 1                                                                         \
    }
const fp_identity people_mila = {
    .field = {[FP_IDENTITY_GIVEN_NAMES] = TEXT("Mila Zevenblad"),
              [FP_IDENTITY_PREFIX] = TEXT("van 't"),
              [FP_IDENTITY_FAMILY_NAME] = TEXT("Kwaksteeg-\u0130\u015f\u0131k"),
              [FP_IDENTITY_BIRTH_DATE] = TEXT("1987-06-05"),
              [FP_IDENTITY_BSN] = TEXT("999900006"),
              [FP_IDENTITY_STREET] = TEXT("Verzonnenlaan 731"),
              [FP_IDENTITY_POSTCODE] = TEXT("0000 ZZ"),
              [FP_IDENTITY_TOWN] = TEXT("Nergenshuizen"),
              [FP_IDENTITY_PHONE] = TEXT("06-0000 7319"),
              [FP_IDENTITY_EMAIL] = TEXT("mila@voorbeeld.invalid")}};

fp_identity people_with(fp_identity_field field, const char *value)
{
    fp_identity identity = people_mila;
    identity.field[field] = fp_str_of(value);
    return identity;
}

void people_ok(const people *p, fp_status status)
{
    scratch_ok(status, &p->err);
}

const char *people_said(const people *p, char text[1024])
{
    fp_err_text(&p->err, text, 1024);
    size_t n = strlen(p->path), m = strlen(p->keys);
    return strncmp(text, p->path, n) == 0   ? text + n
           : strncmp(text, p->keys, m) == 0 ? text + m
                                            : text;
}

fp_vault *people_key(people *p, const char *name)
{
    char path[SCRATCH_MAX], id[FP_VAULT_ID];
    fp_vault *vault = NULL;
    scratch_path(path, p->keys, name);
    people_ok(p, fp_vault_make(path, p->folder, id, &p->err));
    people_ok(p, fp_vault_open(path, p->folder, &vault, &p->err));
    ck_assert_str_eq(fp_vault_id(vault), id);
    return vault;
}

void people_set_up(people *p)
{
    *p = (people){.arena = fp_arena_create(256 * FP_MIB)};
    ck_assert_ptr_nonnull(p->arena);
    scratch_make(p->folder);
    scratch_make(p->keys);
    scratch_path(p->path, p->folder, "study.db");
    scratch_path(p->key_file, p->keys, "town.key");
    p->vault = people_key(p, "town.key");
    people_ok(p, fp_ledger_open(p->path, true, &p->ledger, &p->err));
    people_ok(p, fp_vault_bind(p->ledger, p->vault, "town", "account:1", &p->err));
}

void people_tear_down(people *p)
{
    fp_ledger_close(p->ledger);
    fp_vault_close(p->vault);
    fp_arena_destroy(p->arena);
    scratch_remove(p->folder);
    scratch_remove(p->keys);
}

void people_register(people *p, const char *client, const char *coach)
{
    bool done = false;
    PEOPLE_DO(p, fp_client_register(p->ledger, "account:2", client, coach, &done, &p->err));
    ck_assert(done);
}

fp_identity_saving people_save(people *p, const char *client, int64_t base,
                               const fp_identity *identity)
{
    fp_identity_saving saving;
    PEOPLE_DO(p, fp_identity_save(p->ledger, p->vault, "account:2", client, base, identity,
                                  p->arena, &saving, &p->err));
    return saving;
}

int people_count(const char *path, const char *text)
{
    fp_arena *arena = fp_arena_create(FP_GIB);
    fp_str whole;
    int count = 0;
    size_t n = strlen(text);
    ck_assert_ptr_nonnull(arena);
    if (fp_file_exists(path)) {
        ck_assert_int_eq(fp_file_read(path, FP_GIB / 2, arena, &whole, NULL), FP_OK);
        for (const char *at = whole.p; at && whole.n; count++) {
            at = memmem(at, (size_t)(whole.p + whole.n - at), text, n);
            if (!at)
                break;
            at += n;
        }
    }
    fp_arena_destroy(arena);
    return count;
}

int people_in_files(const people *p, const char *text)
{
    static const char *const names[] = {"study.db", "study.db-wal", "study.db-shm"};
    int count = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[SCRATCH_MAX];
        scratch_path(path, p->folder, names[i]);
        count += people_count(path, text);
    }
    return count;
}

void people_verify(people *p)
{
    int64_t events, rows;
    people_ok(p, fp_store_verify(p->ledger, &events, &rows, &p->err));
}
