#include "web/demo.h"

#include <ftw.h>
#include <sodium/randombytes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/bsn.h"
#include "base/embedded.h"
#include "base/file.h"
#include "run/run.h"
#include "store/identity.h"
#include "web/first.h"

extern const fp_embedded fp_demo_data[];
extern const ptrdiff_t fp_demo_data_count;
extern const unsigned char fp_demo_plan[];
extern const size_t fp_demo_plan_size;

const fp_demo_account fp_demo_accounts[FP_DEMO_ACCOUNTS] = {
    {"administrator", "accounts and the log, no clients", FP_ROLE_ADMINISTRATOR, ""},
    {"coordinator", "all clients", FP_ROLE_COORDINATOR, ""},
    {"coach", "the clients of coach k01", FP_ROLE_COACH, "k01"},
    {"researcher", "pseudonyms, arms as A to D", FP_ROLE_RESEARCHER, ""},
    {"reviewer", "figures on the programme", FP_ROLE_FIDELITY, ""},
};

/* What the workbench asks and the example leaves open. */
static const char more_plan[] = "\nconsent: { version: \"2026-01\", withdrawal: keep }\n"
                                "retention: { identity: 10y, research: 10y, log: 10y }\n";

static fp_status join(char out[PATH_MAX], const char *folder, const char *name, fp_err *err)
{
    int n = snprintf(out, PATH_MAX, "%s/%s", folder, name);
    if (n < 0 || n >= PATH_MAX)
        return fp_fail(err, FP_IO, "the path of the temporary folder is too long");
    return FP_OK;
}

static fp_status make_folder(fp_demo *demo, fp_err *err)
{
    char data[PATH_MAX];
    const char *place = getenv("TMPDIR");
    FP_TRY(join(demo->root, place && place[0] ? place : P_tmpdir, "firstplace-demo-XXXXXX", err));
    if (!mkdtemp(demo->root)) {
        demo->root[0] = '\0';
        return fp_fail(err, FP_IO, "no temporary folder can be made: see $TMPDIR");
    }
    FP_TRY(join(demo->folder, demo->root, "amsterdam", err));
    FP_TRY(join(demo->key, demo->root, "amsterdam.key", err));
    FP_TRY(join(data, demo->folder, "data", err));
    return fp_dir_make(data, err);
}

static fp_status write_files(const fp_demo *demo, fp_err *err)
{
    char path[PATH_MAX], name[64];
    FP_BUF_SCOPED(plan, FP_MIB);
    fp_buf_put_n(&plan, (const char *)fp_demo_plan, fp_demo_plan_size);
    fp_buf_put(&plan, more_plan);
    FP_TRY(fp_buf_ok(&plan, err));
    FP_TRY(join(path, demo->folder, "study.yaml", err));
    FP_TRY(fp_file_write(path, fp_buf_str(&plan), err));
    for (ptrdiff_t i = 0; i < fp_demo_data_count; i++) {
        const fp_embedded *file = &fp_demo_data[i];
        (void)snprintf(name, sizeof name, "data/%s.csv", file->name);
        FP_TRY(join(path, demo->folder, name, err));
        FP_TRY(fp_file_write(path, (fp_str){(const char *)file->bytes, *file->size}, err));
    }
    return FP_OK;
}

/* "kx7f-2mqd-9wtr": 60 random bits without characters that look alike. */
static void make_password(fp_demo *demo)
{
    static const char letters[] = "23456789abcdefghjkmnpqrstvwxyz";
    for (int i = 0; i < 14; i++)
        demo->password[i] =
            i % 5 == 4 ? '-' : letters[randombytes_uniform((uint32_t)sizeof letters - 1)];
    demo->password[14] = '\0';
}

static fp_status make_accounts(const fp_demo *demo, fp_ledger *ledger, fp_err *err)
{
    const fp_hash_cost usual = {0};
    fp_passwords *passwords;
    fp_status status = fp_passwords_open(&usual, &passwords, err);
    if (status != FP_OK)
        return status;
    for (int i = 0; i < FP_DEMO_ACCOUNTS && status == FP_OK; i++) {
        const fp_demo_account *from = &fp_demo_accounts[i];
        const fp_account account = {.name = from->name,
                                    .display = from->name,
                                    .role = from->role,
                                    .coach = from->coach,
                                    .language = "nl"};
        status = fp_first_demo(ledger, passwords, &account, demo->password, NULL, err);
    }
    fp_passwords_close(passwords);
    return status;
}

/* The i-th number of the range 9999xxxxx, which is given to nobody, that passes the 11-test. */
static long made_up_bsn(ptrdiff_t i)
{
    long bsn = 999900000;
    for (ptrdiff_t found = -1; found < i;) {
        char digits[24];
        (void)snprintf(digits, sizeof digits, "%09ld", ++bsn);
        found += fp_bsn_valid((fp_str){digits, 9});
    }
    return bsn;
}

/* "Anna Voorbeeld-17": nobody is called so. */
static fp_status make_up(ptrdiff_t i, fp_arena *arena, fp_identity *identity, fp_err *err)
{
    static const char *const names[] = {"Anna", "Bilal", "Chantal", "Daan",  "Elif", "Fatima",
                                        "Gert", "Hanna", "Imane",   "Joris", "Kees", "Lotte"};
    const char *const texts[FP_IDENTITY_FIELDS] = {
        [FP_IDENTITY_GIVEN_NAMES] = names[i % 12],
        [FP_IDENTITY_FAMILY_NAME] = fp_arena_printf(arena, err, "Voorbeeld-%d", (int)i + 1),
        [FP_IDENTITY_BIRTH_DATE] =
            fp_arena_printf(arena, err, "19%02d-%02d-%02d", 60 + (int)(i * 7 % 40),
                            1 + (int)(i % 12), 1 + (int)(i * 5 % 28)),
        [FP_IDENTITY_BSN] = fp_arena_printf(arena, err, "%ld", made_up_bsn(i)),
        [FP_IDENTITY_STREET] = fp_arena_printf(arena, err, "Voorbeeldstraat %d", (int)i + 1),
        [FP_IDENTITY_POSTCODE] = "1000 AA",
        [FP_IDENTITY_TOWN] = "Voorbeeldstad",
        [FP_IDENTITY_PHONE] = fp_arena_printf(arena, err, "020 555 0%03d", (int)i % 1000),
        [FP_IDENTITY_EMAIL] = fp_arena_printf(arena, err, "voorbeeld%d@example.org", (int)i + 1),
    };
    for (int field = 0; field < FP_IDENTITY_FIELDS; field++) {
        if (!texts[field] && field != FP_IDENTITY_PREFIX)
            return FP_NOMEM;
        identity->field[field] = fp_str_of(texts[field]);
    }
    return FP_OK;
}

static fp_status make_client(const fp_study *study, ptrdiff_t i, const fp_vault *vault, int64_t now,
                             fp_err *err)
{
    static const char actor[] = "demonstration";
    const fp_person *person = &study->data.people[i];
    const char *coach = person->coach >= 0 ? study->data.coaches[person->coach].id : "";
    fp_identity identity;
    fp_identity_saving saved;
    bool done;
    char moment[16];
    fp_day_format(person->start, moment);
    FP_TRY(fp_client_register(study->ledger, actor, person->id, coach, &done, err));
    FP_TRY(make_up(i, study->arena, &identity, err));
    FP_TRY(fp_identity_save(study->ledger, vault, actor, person->id, 0, &identity, study->arena,
                            &saved, err));
    if (i % 17 == 16) /* of a few it is not known yet: there is something to do */
        return FP_OK;
    return fp_consent_give(study->ledger, actor, person->id, "2026-01", moment, "paper", now, err);
}

/* Everybody of the example but the last three, so that there is somebody to register. */
static fp_status make_clients(const fp_study *study, const fp_vault *vault, fp_err *err)
{
    FP_TRY(fp_ledger_begin(study->ledger, err));
    FP_TRY(fp_vault_bind(study->ledger, vault, study->protocol.id, "demonstration", err));
    for (ptrdiff_t i = 0; i + 3 < study->data.person_count; i++)
        FP_TRY(make_client(study, i, vault, (int64_t)time(NULL), err));
    return fp_ledger_commit(study->ledger, err);
}

static fp_status fill(const fp_demo *demo, fp_study *study, fp_vault **vault, fp_arena *arena,
                      fp_err *err)
{
    const fp_open_options options = {.mode = FP_OPEN_STORE, .why = "demonstration"};
    char id[FP_VAULT_ID];
    FP_TRY(fp_vault_make(demo->key, demo->folder, id, err));
    FP_TRY(fp_vault_open(demo->key, demo->folder, vault, err));
    FP_TRY(fp_study_open(demo->folder, &options, arena, study, err));
    FP_TRY(fp_vault_shut(study->ledger, false, err)); /* here it is not for research */
    FP_TRY(make_clients(study, *vault, err));
    return make_accounts(demo, study->ledger, err);
}

fp_status fp_demo_make(fp_demo *demo, fp_err *err)
{
    FP_ARENA_SCOPED(arena, FP_GIB, err);
    fp_study study = {0};
    fp_vault *vault = NULL;
    *demo = (fp_demo){0};
    FP_TRY(make_folder(demo, err));
    FP_TRY(write_files(demo, err));
    make_password(demo);
    fp_status status = fill(demo, &study, &vault, arena, err);
    fp_study_close(&study);
    fp_vault_cleanup(&vault);
    return status;
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *where)
{
    (void)info, (void)kind, (void)where;
    return remove(path);
}

void fp_demo_remove(fp_demo *demo)
{
    if (demo->root[0])
        (void)nftw(demo->root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    demo->root[0] = '\0';
}
