#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CK_FLOATING_DIG 17
#include <check.h>

#include "base/file.h"
#include "run_suite.h"
#include "store/people.h"

static people p;

static void set_up(void)
{
    people_set_up(&p);
}

static void tear_down(void)
{
    people_tear_down(&p);
}

static void clear_environment(void)
{
    (void)unsetenv("FIRSTPLACE_KEY");
    (void)unsetenv("FIRSTPLACE_KEY_FILE");
}

/* ---- the key itself ------------------------------------------------------------------------- */

static void refused_key(const char *path, const char *folder, fp_status status, const char *line)
{
    char text[1024];
    fp_vault *vault = NULL;
    ck_assert_int_eq(fp_vault_open(path, folder, &vault, &p.err), status);
    ck_assert_ptr_null(vault);
    ck_assert_str_eq(people_said(&p, text), line);
}

START_TEST(test_a_key_is_a_private_file)
{
    struct stat info;
    char id[FP_VAULT_ID], text[1024], inside[SCRATCH_MAX];
    ck_assert_int_eq(stat(p.key_file, &info), 0);
    ck_assert_int_eq(info.st_mode & 0777, 0600);
    ck_assert_int_eq(people_count(p.key_file, "firstplace key 1\nkey: "), 1);
    ck_assert_int_eq(people_count(p.key_file, fp_vault_id(p.vault)), 0);
    ck_assert_int_eq(fp_vault_make(p.key_file, NULL, id, &p.err), FP_INPUT);
    ck_assert_str_eq(people_said(&p, text), "/town.key: the file exists already (a key is never "
                                            "overwritten: name a new file)");
    scratch_path(inside, p.folder, "town.key");
    ck_assert_int_eq(fp_vault_make(inside, p.folder, id, &p.err), FP_INPUT);
    ck_assert_ptr_nonnull(strstr(p.err.message, "the key would lie inside the study folder"));
    ck_assert(!fp_file_exists(inside));
}
END_TEST

/* Where the digits lie in a mapping of this process; 0 = nowhere, or there is no such mapping. */
static unsigned long found_in_memory(const char *mapping, const char *digits)
{
    static char piece[1 << 16];
    char line[512];
    FILE *maps = fopen("/proc/self/maps", "r");
    int memory = open("/proc/self/mem", O_RDONLY);
    unsigned long from = 0, to = 0, found = 0;
    ck_assert_ptr_nonnull(maps);
    ck_assert_int_ge(memory, 0);
    while (from == to && fgets(line, sizeof line, maps))
        if (strstr(line, mapping))
            ck_assert_int_eq(sscanf(line, "%lx-%lx", &from, &to), 2);
    (void)fclose(maps);
    while (from < to && !found) {
        ssize_t n = pread(memory, piece, sizeof piece, (off_t)from);
        const char *at = n > 0 ? memmem(piece, (size_t)n, digits, 64) : NULL;
        found = at ? from + (unsigned long)(at - piece) : 0;
        from += sizeof piece - 64; /* what lies across two pieces too */
    }
    (void)close(memory);
    return found;
}

/* The file is read once, into memory that is wiped. */
START_TEST(test_the_digits_of_a_key_stay_nowhere)
{
    static char digits[65]; /* neither on the stack nor on the heap */
    fp_vault *vault = NULL;
    int file = open(p.key_file, O_RDONLY);
    ck_assert_int_eq(pread(file, digits, 64, (off_t)strlen("firstplace key 1\nkey: ")), 64);
    (void)close(file);
    people_ok(&p, fp_vault_open(p.key_file, p.folder, &vault, &p.err));
    ck_assert_uint_eq(found_in_memory("[stack]", digits), 0);
    ck_assert_uint_eq(found_in_memory("[heap]", digits), 0);
    fp_vault_close(vault);
}
END_TEST

START_TEST(test_what_is_no_key_is_refused)
{
    char path[SCRATCH_MAX];
    clear_environment();
    scratch_path(path, p.keys, "odd.key");
    refused_key(path, NULL, FP_INPUT,
                "/odd.key: the key cannot be read: No such file or directory (without the key "
                "nobody can read the identities; see docs/privacy.md, \"When the key is lost\")");
    static const char *const odd[] = {
        "",
        "firstplace key 1\n",
        "firstplace key 1\nkey: 00ff\n",
        "firstplace secret 1\nkey: ff\n",
        "firstplace key 1\nkey: "
        "0000000000000000000000000000000000000000000000000000000000000000\n",
        "firstplace key 1\nkey: "
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1eXY\n",
        "firstplace key 1\nkey: "
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\nmore\n"};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        scratch_write(path, odd[i]);
        ck_assert_int_eq(chmod(path, 0600), 0);
        refused_key(path, NULL, FP_INPUT,
                    "/odd.key: is not a key made by firstplace (make one with: firstplace key new "
                    "FILE)");
    }
    refused_key(NULL, NULL, FP_INPUT,
                "no master key is given (name its file with --key-file or $FIRSTPLACE_KEY_FILE; "
                "make one with: firstplace key new FILE)");
    ck_assert_int_eq(setenv("FIRSTPLACE_KEY", "abc", 1), 0);
    refused_key(NULL, NULL, FP_INPUT,
                "$FIRSTPLACE_KEY is not a key (it should be 64 hexadecimal digits)");
}
END_TEST

START_TEST(test_a_key_that_others_may_read_is_refused)
{
    static const struct {
        unsigned mode;
        bool fits;
    } modes[] = {{0600, true},  {0400, true},  {0440, true},  {0640, true},
                 {0644, false}, {0660, false}, {0602, false}, {0604, false}};
    clear_environment();
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        fp_vault *vault = NULL;
        ck_assert_int_eq(chmod(p.key_file, modes[i].mode), 0);
        ck_assert_int_eq(fp_vault_open(p.key_file, p.folder, &vault, &p.err),
                         modes[i].fits ? FP_OK : FP_INPUT);
        if (!modes[i].fits)
            ck_assert_str_eq(p.err.message, "the key can be read or changed by others");
        fp_vault_close(vault);
    }
}
END_TEST

START_TEST(test_the_environment_gives_a_key_too)
{
    fp_vault *vault = NULL;
    fp_arena *arena = fp_arena_create(FP_MIB);
    fp_str text;
    clear_environment();
    people_ok(&p, fp_file_read(p.key_file, 4096, arena, &text, &p.err));
    char digits[65] = "";
    memcpy(digits, text.p + strlen("firstplace key 1\nkey: "), 64);
    ck_assert_int_eq(setenv("FIRSTPLACE_KEY", digits, 1), 0);
    people_ok(&p, fp_vault_open(NULL, p.folder, &vault, &p.err));
    ck_assert_str_eq(fp_vault_id(vault), fp_vault_id(p.vault));
    fp_vault_close(vault);
    clear_environment();
    ck_assert_int_eq(setenv("FIRSTPLACE_KEY_FILE", p.key_file, 1), 0);
    people_ok(&p, fp_vault_open(NULL, p.folder, &vault, &p.err));
    ck_assert_str_eq(fp_vault_id(vault), fp_vault_id(p.vault));
    fp_vault_close(vault);
    clear_environment();
    fp_arena_destroy(arena);
}
END_TEST

/* ---- the wrong one, another one, none -------------------------------------------------------- */

START_TEST(test_the_wrong_key_is_said_before_anything_is_written)
{
    fp_vault *other = people_key(&p, "other.key");
    fp_identity_saving saving;
    fp_sha256 before, after;
    int64_t seq;
    char line[1024], expected[1024];
    people_register(&p, "p1", "c1");
    (void)people_save(&p, "p1", 0, &people_mila);
    people_ok(&p, fp_ledger_head(p.ledger, &seq, &before, &p.err));
    (void)snprintf(expected, sizeof expected,
                   ": this is the wrong master key: the study uses %s, this is %s; nothing was "
                   "written (look for the file with the key %s; where it is lost, see "
                   "docs/privacy.md)",
                   fp_vault_id(p.vault), fp_vault_id(other), fp_vault_id(p.vault));
    ck_assert_int_eq(fp_vault_check(p.ledger, other, &p.err), FP_INPUT);
    ck_assert_str_eq(people_said(&p, line), expected);
    ck_assert_int_eq(fp_vault_bind(p.ledger, other, "town", "account:1", &p.err), FP_INPUT);
    PEOPLE_REFUSED(&p,
                   fp_identity_save(p.ledger, other, "account:2", "p1", 1, &people_mila, p.arena,
                                    &saving, &p.err),
                   FP_INPUT, expected);
    fp_identity_version current;
    ck_assert_int_eq(fp_identity_open(p.ledger, other, "p1", p.arena, &current, &p.err), FP_INPUT);
    ck_assert_ptr_nonnull(strstr(p.err.message, "the identities lie under the master key "));
    ck_assert_int_eq(fp_vault_check(p.ledger, NULL, &p.err), FP_INPUT);
    ck_assert_ptr_nonnull(strstr(p.err.message, ", and none is given"));
    people_ok(&p, fp_ledger_head(p.ledger, &seq, &after, &p.err));
    ck_assert_str_eq(before.hex, after.hex);
    fp_vault_close(other);
}
END_TEST

static void expect_mila(const fp_vault *vault, const char *client)
{
    fp_identity_version current;
    people_ok(&p, fp_identity_open(p.ledger, vault, client, p.arena, &current, &p.err));
    ck_assert_int_eq(current.version, 1);
    for (int i = 0; i < FP_IDENTITY_FIELDS; i++)
        if (i != FP_IDENTITY_BSN)
            ck_assert(fp_str_eq(current.identity.field[i], people_mila.field[i]));
}

/* The wrapped key of a client as it stands in the table. */
static const char *wrapped_key(const char *client)
{
    char *copy = NULL;
    sqlite3_stmt *stmt = NULL;
    ck_assert_int_eq(sqlite3_prepare_v2(fp_ledger_db(p.ledger),
                                        "SELECT wrapped FROM person_key WHERE client = ?1", -1,
                                        &stmt, NULL),
                     SQLITE_OK);
    ck_assert_int_eq(sqlite3_bind_text(stmt, 1, client, -1, SQLITE_STATIC), SQLITE_OK);
    ck_assert_int_eq(sqlite3_step(stmt), SQLITE_ROW);
    copy = fp_arena_strdup(p.arena, (const char *)sqlite3_column_text(stmt, 0), NULL);
    ck_assert_ptr_nonnull(copy);
    (void)sqlite3_finalize(stmt);
    return copy;
}

START_TEST(test_rotation_rewraps_every_key_and_leaves_no_old_one)
{
    fp_vault *fresh = people_key(&p, "fresh.key");
    fp_rekeying done = {0};
    fp_identity other = people_with(FP_IDENTITY_BSN, "999900031");
    people_register(&p, "p1", "c1");
    people_register(&p, "p2", "c1");
    people_register(&p, "p3", "c2"); /* without an identity */
    (void)people_save(&p, "p1", 0, &people_mila);
    (void)people_save(&p, "p2", 0, &other);
    const char *old1 = wrapped_key("p1"), *old2 = wrapped_key("p2");
    ck_assert_int_ge(people_in_files(&p, old1), 1);
    people_ok(&p, fp_vault_rotate(p.ledger, p.vault, fresh, "account:1", &done, &p.err));
    ck_assert_int_eq(done.persons, 2);
    ck_assert(done.cleared);
    ck_assert_int_eq(people_in_files(&p, old1) + people_in_files(&p, old2), 0);
    expect_mila(fresh, "p1");
    expect_mila(fresh, "p2");
    people_verify(&p);
    ck_assert_int_eq(fp_vault_check(p.ledger, p.vault, &p.err), FP_INPUT);
    people_ok(&p, fp_vault_check(p.ledger, fresh, &p.err));
    /* the keyed hash of the number went along */
    fp_identity_saving saving;
    PEOPLE_DO(&p, fp_identity_save(p.ledger, fresh, "account:2", "p3", 0, &people_mila, p.arena,
                                   &saving, &p.err));
    ck_assert_int_eq(saving.outcome, FP_IDENTITY_BSN_TAKEN);
    ck_assert_str_eq(saving.taken_by, "p1");
    /* neither twice nor backwards */
    ck_assert_int_eq(fp_vault_rotate(p.ledger, p.vault, fresh, "account:1", &done, &p.err),
                     FP_INPUT);
    ck_assert_ptr_nonnull(strstr(p.err.message, "the study uses this master key"));
    ck_assert(!fp_ledger_in_transaction(p.ledger));
    fp_vault_close(fresh);
}
END_TEST

/* Somebody reads: the key is changed all the same, and what is left is told, not called a failure;
 * else the new key would be thrown away as one that the study never got. */
START_TEST(test_a_reader_does_not_undo_a_rotation)
{
    fp_vault *fresh = people_key(&p, "fresh.key");
    fp_rekeying done = {.cleared = true};
    sqlite3 *reader = NULL;
    people_register(&p, "p1", "c1");
    (void)people_save(&p, "p1", 0, &people_mila);
    const char *old = wrapped_key("p1");
    ck_assert_int_eq(sqlite3_open(p.path, &reader), SQLITE_OK);
    ck_assert_int_eq(
        sqlite3_exec(reader, "BEGIN; SELECT count(*) FROM person_key", NULL, NULL, NULL),
        SQLITE_OK);
    ck_assert_int_eq(sqlite3_busy_timeout(fp_ledger_db(p.ledger), 10), SQLITE_OK);
    if (_i)
        people_ok(&p, fp_vault_lost(p.ledger, fresh, "account:1", &done, &p.err));
    else
        people_ok(&p, fp_vault_rotate(p.ledger, p.vault, fresh, "account:1", &done, &p.err));
    ck_assert_int_eq(done.persons, 1);
    ck_assert(!done.cleared);
    people_ok(&p, fp_vault_check(p.ledger, fresh, &p.err));
    ck_assert_int_ge(people_in_files(&p, old), 1);
    ck_assert_int_eq(sqlite3_close(reader), SQLITE_OK);
    people_ok(&p, fp_vault_scrub(p.ledger, &p.err));
    ck_assert_int_eq(people_in_files(&p, old), 0);
    fp_vault_close(fresh);
}
END_TEST

START_TEST(test_a_damaged_identity_stops_the_rotation)
{
    fp_vault *fresh = people_key(&p, "fresh.key");
    fp_rekeying done = {.persons = 7};
    people_register(&p, "p1", "c1");
    people_register(&p, "p2", "c1");
    fp_identity other = people_with(FP_IDENTITY_BSN, "999900031");
    (void)people_save(&p, "p1", 0, &people_mila);
    (void)people_save(&p, "p2", 0, &other);
    const char *before = wrapped_key("p1");
    scratch_tamper(p.path, "UPDATE event SET body = replace(body, '\"sealed\":\"', "
                           "'\"sealed\":\"00') WHERE body LIKE '%\"p2\"%sealed%'");
    ck_assert_int_eq(fp_vault_rotate(p.ledger, p.vault, fresh, "account:1", &done, &p.err),
                     FP_CHECK);
    ck_assert_ptr_nonnull(strstr(p.err.message, "the identity of client p2 was changed"));
    ck_assert_int_eq(done.persons, 7);
    ck_assert_str_eq(wrapped_key("p1"), before);
    people_ok(&p, fp_vault_check(p.ledger, p.vault, &p.err));
    fp_vault_close(fresh);
}
END_TEST

START_TEST(test_a_lost_key_is_replaced_and_identities_start_anew)
{
    fp_vault *fresh = people_key(&p, "fresh.key");
    fp_identity_version current;
    fp_rekeying done = {0};
    people_register(&p, "p1", "c1");
    (void)people_save(&p, "p1", 0, &people_mila);
    const char *old = wrapped_key("p1");
    ck_assert_int_eq(fp_vault_lost(p.ledger, p.vault, "account:1", &done, &p.err), FP_INPUT);
    people_ok(&p, fp_vault_lost(p.ledger, fresh, "account:1", &done, &p.err));
    ck_assert_int_eq(done.persons, 1);
    ck_assert_int_eq(people_in_files(&p, old), 0);
    people_ok(&p, fp_identity_open(p.ledger, fresh, "p1", p.arena, &current, &p.err));
    ck_assert_int_eq(current.version, 0);
    people_verify(&p);
    /* who had the old form open is told, and nothing of it opens any more */
    fp_identity_saving saving;
    PEOPLE_DO(&p, fp_identity_save(p.ledger, fresh, "account:2", "p1", 1, &people_mila, p.arena,
                                   &saving, &p.err));
    ck_assert_int_eq(saving.outcome, FP_IDENTITY_CHANGED_MEANWHILE);
    PEOPLE_DO(&p, fp_identity_save(p.ledger, fresh, "account:2", "p1", 0, &people_mila, p.arena,
                                   &saving, &p.err));
    ck_assert_int_eq(saving.outcome, FP_IDENTITY_SAVED);
    ck_assert_int_eq(saving.version, 2);
    people_verify(&p);
    fp_vault_close(fresh);
}
END_TEST

START_TEST(test_a_study_without_a_key_yet)
{
    char path[SCRATCH_MAX];
    fp_ledger *ledger = NULL;
    fp_vault_state state;
    fp_rekeying done;
    scratch_path(path, p.folder, "fresh.db");
    people_ok(&p, fp_ledger_open(path, true, &ledger, &p.err));
    people_ok(&p, fp_vault_check(ledger, NULL, &p.err));
    people_ok(&p, fp_vault_check(ledger, p.vault, &p.err));
    people_ok(&p, fp_vault_read(ledger, &state, &p.err));
    ck_assert_int_eq(state.event, 0);
    fp_vault *fresh = people_key(&p, "fresh.key");
    ck_assert_int_eq(fp_vault_rotate(ledger, p.vault, fresh, "account:1", &done, &p.err), FP_INPUT);
    ck_assert_str_eq(p.err.message, "this study uses no master key yet");
    people_ok(&p, fp_vault_bind(ledger, fresh, "village", "account:1", &p.err));
    people_ok(&p, fp_vault_bind(ledger, fresh, "village", "account:1", &p.err));
    people_ok(&p, fp_vault_read(ledger, &state, &p.err));
    ck_assert_int_eq(state.event, 1);
    ck_assert_str_eq(state.key, fp_vault_id(fresh));
    ck_assert_str_eq(state.study, "village");
    fp_vault_close(fresh);
    fp_ledger_close(ledger);
}
END_TEST

/* ---- who may look ------------------------------------------------------------------------------
 */

START_TEST(test_research_cannot_read_what_is_personal)
{
    static const char *const refused[] = {
        "SELECT * FROM identity",
        "SELECT count(*) FROM person_key",
        "SELECT p.id FROM client p JOIN identity i ON i.client = p.id",
        "SELECT name FROM account",
        "SELECT 1 WHERE EXISTS (SELECT token FROM client_link)",
        "DELETE FROM person_key",
        "INSERT INTO session SELECT '', 1, 'whole', '', 0, 0",
        "SELECT * FROM Identity"};
    static const char *const fine[] = {"SELECT * FROM event", "SELECT * FROM client",
                                       "SELECT * FROM consent", "SELECT * FROM person",
                                       "SELECT * FROM vault"};
    sqlite3 *db = fp_ledger_db(p.ledger);
    people_ok(&p, fp_vault_shut(p.ledger, true, &p.err));
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        ck_assert_msg(sqlite3_exec(db, refused[i], NULL, NULL, NULL) == SQLITE_AUTH, "%s",
                      refused[i]);
    for (size_t i = 0; i < sizeof fine / sizeof *fine; i++)
        ck_assert_msg(sqlite3_exec(db, fine[i], NULL, NULL, NULL) == SQLITE_OK, "%s", fine[i]);
    people_ok(&p, fp_vault_shut(p.ledger, false, &p.err));
    ck_assert_int_eq(sqlite3_exec(db, refused[0], NULL, NULL, NULL), SQLITE_OK);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("vault");
    TCase *tests = tcase_create("vault");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, test_a_key_is_a_private_file);
    tcase_add_test(tests, test_the_digits_of_a_key_stay_nowhere);
    tcase_add_test(tests, test_what_is_no_key_is_refused);
    tcase_add_test(tests, test_a_key_that_others_may_read_is_refused);
    tcase_add_test(tests, test_the_environment_gives_a_key_too);
    tcase_add_test(tests, test_the_wrong_key_is_said_before_anything_is_written);
    tcase_add_test(tests, test_rotation_rewraps_every_key_and_leaves_no_old_one);
    tcase_add_loop_test(tests, test_a_reader_does_not_undo_a_rotation, 0, 2);
    tcase_add_test(tests, test_a_damaged_identity_stops_the_rotation);
    tcase_add_test(tests, test_a_lost_key_is_replaced_and_identities_start_anew);
    tcase_add_test(tests, test_a_study_without_a_key_yet);
    tcase_add_test(tests, test_research_cannot_read_what_is_personal);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
