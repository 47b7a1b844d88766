#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CK_FLOATING_DIG 17
#include <check.h>

#include "base/bsn.h"
#include "base/file.h"
#include "run_suite.h"
#include "store/people.h"
#include "store/store.h"

enum { NOW = 1770112800 }; /* 2026-02-03T10:00:00Z */

static people p;

static void set_up(void)
{
    people_set_up(&p);
}

static void tear_down(void)
{
    people_tear_down(&p);
}

/* ---- registering --------------------------------------------------------------------------------
 */

START_TEST(test_the_eleven_test)
{
    static const struct {
        const char *digits;
        bool valid;
    } cases[] = {{"111222333", true},  {"999900006", true},   {"000000000", false},
                 {"111222334", false}, {"123456789", false},  {"111222332", false},
                 {"11122233", false},  {"1112223330", false}, {"11122233x", false},
                 {"", false},          {"123456782", true},   {"213456782", false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        ck_assert_msg(fp_bsn_valid(fp_str_of(cases[i].digits)) == cases[i].valid, "%s",
                      cases[i].digits);
}
END_TEST

START_TEST(test_ids_that_cannot_be_one)
{
    static const char *const good[] = {"p001", "K-7h3m9q", "a", "1", "a.b", "111222334", "_"};
    static const char *const bad[] = {"",     ".",         "..",        "a/b",    "a b",
                                      "a\nb", "caf\u00e9", "111222333", "mila@x", "a%2fb",
                                      "a?b",  "<b>",       "new"};
    char longest[66];
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        ck_assert_msg(fp_client_id_valid(fp_str_of(good[i]), NULL), "%s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const char *why = NULL;
        ck_assert_msg(!fp_client_id_valid(fp_str_of(bad[i]), &why), "%s", bad[i]);
        ck_assert_ptr_nonnull(why);
    }
    memset(longest, 'a', sizeof longest);
    ck_assert(fp_client_id_valid((fp_str){longest, 64}, NULL));
    ck_assert(!fp_client_id_valid((fp_str){longest, 65}, NULL));
}
END_TEST

START_TEST(test_clients_are_registered_assigned_and_listed)
{
    bool done = true, found = false;
    ptrdiff_t count;
    const fp_client *list;
    fp_client client;
    char id[FP_CLIENT_ID_MOST + 1];
    people_register(&p, "p2", "c1");
    people_register(&p, "p1", "c2");
    people_register(&p, "p3", "");
    PEOPLE_DO(&p, fp_client_register(p.ledger, "account:2", "p1", "c9", &done, &p.err));
    ck_assert(!done);
    PEOPLE_DO(&p, fp_client_assign(p.ledger, "account:2", "p3", "c1", &p.err));
    PEOPLE_DO(&p, fp_client_assign(p.ledger, "account:2", "p3", "c1", &p.err)); /* no event */
    people_ok(&p, fp_client_list(p.ledger, "c1", p.arena, &count, &list, &p.err));
    ck_assert_int_eq(count, 2);
    ck_assert_str_eq(list[0].id, "p2");
    ck_assert_str_eq(list[1].id, "p3");
    people_ok(&p, fp_client_list(p.ledger, NULL, p.arena, &count, &list, &p.err));
    ck_assert_int_eq(count, 3);
    people_ok(&p, fp_client_list(p.ledger, "nobody", p.arena, &count, &list, &p.err));
    ck_assert_int_eq(count, 0);
    people_ok(&p, fp_client_find(p.ledger, "p1", p.arena, &found, &client, &p.err));
    ck_assert(found);
    ck_assert_str_eq(client.coach, "c2");
    ck_assert_int_eq(client.consent, FP_CONSENT_NONE);
    ck_assert_int_eq(client.identity, 0);
    people_ok(&p, fp_client_find(p.ledger, "P1", p.arena, &found, &client, &p.err));
    ck_assert(!found);
    PEOPLE_REFUSED(&p, fp_client_assign(p.ledger, "account:2", "p9", "c1", &p.err), FP_INPUT,
                   "there is no client \"p9\"");
    people_ok(&p, fp_client_id_draw(p.ledger, id, &p.err));
    ck_assert_uint_eq(strlen(id), 8);
    ck_assert(fp_client_id_valid(fp_str_of(id), NULL));
    int64_t seq;
    fp_sha256 hash;
    people_ok(&p, fp_ledger_head(p.ledger, &seq, &hash, &p.err));
    ck_assert_int_eq(seq, 5); /* key, three clients, one assignment */
    people_verify(&p);
}
END_TEST

/* ---- identities ---------------------------------------------------------------------------------
 */

static void same_identity(const fp_identity *a, const fp_identity *b)
{
    for (int i = 0; i < FP_IDENTITY_FIELDS; i++)
        ck_assert_msg(fp_str_eq(a->field[i], b->field[i]), "%s: %.*s, %.*s",
                      fp_identity_name((fp_identity_field)i), FP_STR_ARG(a->field[i]),
                      FP_STR_ARG(b->field[i]));
}

START_TEST(test_an_identity_comes_back_and_stands_nowhere_in_clear)
{
    fp_identity_version current;
    ptrdiff_t count;
    const fp_identity_row *rows;
    people_register(&p, "p1", "c1");
    people_register(&p, "p2", "c2");
    fp_identity_saving saving = people_save(&p, "p1", 0, &people_mila);
    ck_assert_int_eq(saving.outcome, FP_IDENTITY_SAVED);
    ck_assert_int_eq(saving.version, 1);
    people_ok(&p, fp_identity_open(p.ledger, p.vault, "p1", p.arena, &current, &p.err));
    same_identity(&current.identity, &people_mila);
    ck_assert_str_eq(current.actor, "account:2");
    people_ok(&p, fp_identity_open(p.ledger, p.vault, "p2", p.arena, &current, &p.err));
    ck_assert_int_eq(current.version, 0);
    people_ok(&p, fp_identity_list(p.ledger, p.vault, NULL, p.arena, &count, &rows, &p.err));
    ck_assert_int_eq(count, 1);
    same_identity(&rows[0].current.identity, &people_mila);
    people_ok(&p, fp_identity_list(p.ledger, p.vault, "c2", p.arena, &count, &rows, &p.err));
    ck_assert_int_eq(count, 0);
    for (int i = 0; i < FP_IDENTITY_FIELDS; i++) {
        FP_BUF_SCOPED(value, 1024);
        fp_buf_put_n(&value, people_mila.field[i].p, people_mila.field[i].n);
        ck_assert_msg(people_in_files(&p, value.p) == 0, "%s stands in a file", value.p);
    }
    ck_assert_int_ge(people_in_files(&p, "identity-saved"), 1); /* the search itself finds */
    people_verify(&p);
}
END_TEST

START_TEST(test_two_who_save_the_same_record)
{
    fp_identity theirs = people_with(FP_IDENTITY_PHONE, "06-1111 1111");
    fp_identity mine = people_with(FP_IDENTITY_STREET, "Nergensweg 2");
    people_register(&p, "p1", "c1");
    (void)people_save(&p, "p1", 0, &people_mila);
    ck_assert_int_eq(people_save(&p, "p1", 1, &theirs).outcome, FP_IDENTITY_SAVED);
    fp_identity_saving saving = people_save(&p, "p1", 1, &mine);
    ck_assert_int_eq(saving.outcome, FP_IDENTITY_CHANGED_MEANWHILE);
    ck_assert_int_eq(saving.version, 2);
    for (int i = 0; i < FP_IDENTITY_FIELDS; i++)
        ck_assert_int_eq(saving.changed[i], i == FP_IDENTITY_PHONE);
    same_identity(&saving.base.identity, &people_mila);
    same_identity(&saving.theirs.identity, &theirs);
    ck_assert_str_eq(saving.theirs.actor, "account:2");
    /* told what changed, the second saves after all; the same again is no new version */
    ck_assert_int_eq(people_save(&p, "p1", 2, &mine).outcome, FP_IDENTITY_SAVED);
    ck_assert_int_eq(people_save(&p, "p1", 3, &mine).outcome, FP_IDENTITY_SAME);
    ck_assert_int_eq(people_save(&p, "p1", 1, &mine).outcome, FP_IDENTITY_SAME);
    /* a form of an empty record, while somebody filled it */
    people_register(&p, "p2", "c1");
    fp_identity other = people_with(FP_IDENTITY_BSN, "");
    (void)people_save(&p, "p2", 0, &other);
    saving = people_save(&p, "p2", 0, &mine);
    ck_assert_int_eq(saving.outcome, FP_IDENTITY_CHANGED_MEANWHILE);
    ck_assert(saving.changed[FP_IDENTITY_PHONE]);
    ck_assert(!saving.changed[FP_IDENTITY_BSN]);
    people_verify(&p);
}
END_TEST

START_TEST(test_a_number_is_registered_once)
{
    fp_identity none = people_with(FP_IDENTITY_BSN, "");
    people_register(&p, "p1", "c1");
    people_register(&p, "p2", "c1");
    (void)people_save(&p, "p1", 0, &people_mila);
    fp_identity_saving saving = people_save(&p, "p2", 0, &people_mila);
    ck_assert_int_eq(saving.outcome, FP_IDENTITY_BSN_TAKEN);
    ck_assert_str_eq(saving.taken_by, "p1");
    ck_assert_int_eq(people_save(&p, "p2", 0, &none).outcome, FP_IDENTITY_SAVED);
    /* once the first lets it go the second may have it */
    ck_assert_int_eq(people_save(&p, "p1", 1, &none).outcome, FP_IDENTITY_SAVED);
    ck_assert_int_eq(people_save(&p, "p2", 1, &people_mila).outcome, FP_IDENTITY_SAVED);
    people_verify(&p);
}
END_TEST

START_TEST(test_what_a_field_cannot_hold)
{
    fp_identity_saving saving;
    char *longer = fp_arena_array(p.arena, 10001, 1, NULL);
    memset(longer, 'x', 10000);
    const struct {
        fp_identity_field field;
        const char *value;
        const char *line;
    } cases[] = {
        {FP_IDENTITY_FAMILY_NAME, longer,
         "the field \"family_name\" of an identity cannot hold this"},
        {FP_IDENTITY_TOWN, "a\x01", "the field \"town\" of an identity cannot hold this"},
        {FP_IDENTITY_TOWN, "a\nb", "the field \"town\" of an identity cannot hold this"},
        {FP_IDENTITY_EMAIL, "\xff\xfe", "the field \"email\" of an identity cannot hold this"},
        {FP_IDENTITY_BSN, "111222334", "the field \"bsn\" of an identity cannot hold this"},
        {FP_IDENTITY_BSN, "000000000", "the field \"bsn\" of an identity cannot hold this"},
    };
    people_register(&p, "p1", "c1");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fp_identity identity = people_with(cases[i].field, cases[i].value);
        PEOPLE_REFUSED(&p,
                       fp_identity_save(p.ledger, p.vault, "account:2", "p1", 0, &identity, p.arena,
                                        &saving, &p.err),
                       FP_INPUT, cases[i].line);
        ck_assert_ptr_null(strstr(p.err.hint, cases[i].value));
    }
    PEOPLE_REFUSED(&p,
                   fp_identity_save(p.ledger, p.vault, "account:2", "p9", 0, &people_mila, p.arena,
                                    &saving, &p.err),
                   FP_INPUT, "there is no client \"p9\"");
}
END_TEST

START_TEST(test_the_sealed_text_and_its_length)
{
    FP_BUF_SCOPED(out, FP_MIB);
    fp_identity read, empty = {0};
    people_ok(&p, fp_identity_write(&people_mila, &out, &p.err));
    ck_assert_uint_eq(out.n % 256, 0);
    ck_assert(fp_identity_read(fp_buf_str(&out), p.arena, &read));
    same_identity(&read, &people_mila);
    out.n = 0;
    people_ok(&p, fp_identity_write(&empty, &out, &p.err));
    ck_assert_uint_eq(out.n, 256);
    ck_assert(fp_identity_read(fp_buf_str(&out), p.arena, &read));
    same_identity(&read, &empty);
    static const char *const odd[] = {"",
                                      "{",
                                      "[]",
                                      "{\"bsn\":5}",
                                      "{\"bsn\":\"\"}",
                                      "{\"unknown\":\"x\"}",
                                      "{\"town\":\"x\",\"bsn\":\"y\"}",
                                      "{\"town\":\"x\"} ",
                                      "{\"town\":\"x\",\"town\":\"y\"}"};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
        ck_assert_msg(!fp_identity_read(fp_str_of(odd[i]), p.arena, &read), "%s", odd[i]);
    const char *name;
    people_ok(&p, fp_identity_full_name(&people_mila, p.arena, &name, &p.err));
    ck_assert_str_eq(name, "Mila Zevenblad van 't Kwaksteeg-\u0130\u015f\u0131k");
}
END_TEST

/* ---- consent
 * --------------------------------------------------------------------------------------- */

START_TEST(test_consent_and_its_withdrawal)
{
    ptrdiff_t count;
    const fp_consent *list;
    const char *const *removed;
    bool found;
    fp_client client;
    people_register(&p, "p1", "c1");
    PEOPLE_REFUSED(
        &p, fp_consent_withdraw(p.ledger, "account:2", "p1", "2026-02-03", "keep", NOW, &p.err),
        FP_INPUT, "client \"p1\" has given no consent to withdraw");
    PEOPLE_DO(&p, fp_consent_give(p.ledger, "account:2", "p1", "2026-01", "2026-02-02", "paper",
                                  NOW, &p.err));
    people_ok(&p, fp_client_find(p.ledger, "p1", p.arena, &found, &client, &p.err));
    ck_assert_int_eq(client.consent, FP_CONSENT_GIVEN);
    ck_assert_str_eq(client.consent_version, "2026-01");
    PEOPLE_DO(&p, fp_consent_withdraw(p.ledger, "client:p1", "p1", "2026-02-03T09:59:59Z", "remove",
                                      NOW, &p.err));
    people_ok(&p, fp_client_find(p.ledger, "p1", p.arena, &found, &client, &p.err));
    ck_assert_int_eq(client.consent, FP_CONSENT_WITHDRAWN);
    ck_assert_str_eq(client.consent_rule, "remove");
    people_ok(&p, fp_consent_removed(p.ledger, p.arena, &count, &removed, &p.err));
    ck_assert_int_eq(count, 1);
    ck_assert_str_eq(removed[0], "p1");
    people_ok(&p, fp_consent_list(p.ledger, "p1", p.arena, &count, &list, &p.err));
    ck_assert_int_eq(count, 2);
    ck_assert(list[0].given && !list[1].given);
    ck_assert_str_eq(list[0].how, "paper");
    ck_assert_str_eq(list[1].actor, "client:p1");
    /* given again: counts from there on */
    PEOPLE_DO(&p, fp_consent_give(p.ledger, "account:2", "p1", "2026-01", "2026-02-03", "screen",
                                  NOW, &p.err));
    people_ok(&p, fp_consent_removed(p.ledger, p.arena, &count, &removed, &p.err));
    ck_assert_int_eq(count, 0);
    people_verify(&p);
}
END_TEST

START_TEST(test_consents_that_cannot_be)
{
    static const struct {
        const char *version, *moment, *how, *line;
    } cases[] = {
        {"2026-01", "2026-02-05", "paper", "2026-02-05 lies in the future"},
        {"2026-01", "2026-02-30", "paper",
         "\"2026-02-30\" is not a moment (write 2026-02-03, or 2026-02-03T10:11:12Z)"},
        {"2026-01", "2026-02-03T25:00:00Z", "paper",
         "\"2026-02-03T25:00:00Z\" is not a moment (write 2026-02-03, or 2026-02-03T10:11:12Z)"},
        {"2026-01", "", "paper",
         "\"\" is not a moment (write 2026-02-03, or 2026-02-03T10:11:12Z)"},
        {"", "2026-02-03", "paper", "the version of the text that was agreed to is missing"},
        {"2026-01", "2026-02-03", "pap",
         "how consent was given cannot be \"pap\" (possible: paper|screen|spoken)"},
        {"2026-01", "2026-02-03", "",
         "how consent was given cannot be \"\" (possible: paper|screen|spoken)"},
    };
    people_register(&p, "p1", "c1");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        PEOPLE_REFUSED(&p,
                       fp_consent_give(p.ledger, "account:2", "p1", cases[i].version,
                                       cases[i].moment, cases[i].how, NOW, &p.err),
                       FP_INPUT, cases[i].line);
    PEOPLE_DO(&p, fp_consent_give(p.ledger, "account:2", "p1", "1", "2026-02-04", "spoken", NOW,
                                  &p.err)); /* east of Greenwich it is tomorrow already */
    PEOPLE_REFUSED(
        &p, fp_consent_withdraw(p.ledger, "account:2", "p1", "2026-02-03", "forget", NOW, &p.err),
        FP_INPUT, "the rule of a withdrawal cannot be \"forget\" (possible: keep|remove)");
}
END_TEST

/* ---- the personal link
 * -------------------------------------------------------------------------------- */

static bool opens(const char *token, int64_t now, fp_client *client)
{
    bool found = false;
    people_ok(&p,
              fp_client_by_link(p.ledger, fp_str_of(token), now, p.arena, &found, client, &p.err));
    return found;
}

START_TEST(test_a_personal_link)
{
    char first[FP_TOKEN_DIGITS + 1], second[FP_TOKEN_DIGITS + 1];
    fp_client client;
    people_register(&p, "p1", "c1");
    PEOPLE_DO(&p, fp_client_link_make(p.ledger, "account:2", "p1", NOW + 60, first, &p.err));
    ck_assert_uint_eq(strlen(first), 43);
    ck_assert_int_eq(people_in_files(&p, first), 0);
    ck_assert(opens(first, NOW, &client));
    ck_assert_str_eq(client.id, "p1");
    ck_assert(!opens(first, NOW + 60, &client));
    ck_assert(!opens("", NOW, &client));
    PEOPLE_DO(&p, fp_client_link_make(p.ledger, "account:2", "p1", NOW + 90, second, &p.err));
    ck_assert(!opens(first, NOW, &client));
    ck_assert(opens(second, NOW, &client));
    people_verify(&p);
    PEOPLE_DO(&p, fp_client_link_end(p.ledger, "account:2", "p1", &p.err));
    PEOPLE_DO(&p, fp_client_link_end(p.ledger, "account:2", "p1", &p.err));
    ck_assert(!opens(second, NOW, &client));
    people_verify(&p);
}
END_TEST

/* ---- erasure
 * --------------------------------------------------------------------------------------------- */

/* What stands in the table of keys for a client, "" without. */
static const char *wrapped(const char *client)
{
    sqlite3_stmt *stmt = NULL;
    char *copy;
    ck_assert_int_eq(sqlite3_prepare_v2(fp_ledger_db(p.ledger),
                                        "SELECT wrapped FROM person_key WHERE client = ?1", -1,
                                        &stmt, NULL),
                     SQLITE_OK);
    ck_assert_int_eq(sqlite3_bind_text(stmt, 1, client, -1, SQLITE_STATIC), SQLITE_OK);
    copy = fp_arena_strdup(
        p.arena, sqlite3_step(stmt) == SQLITE_ROW ? (const char *)sqlite3_column_text(stmt, 0) : "",
        NULL);
    ck_assert_ptr_nonnull(copy);
    (void)sqlite3_finalize(stmt);
    return copy;
}

START_TEST(test_erasure_destroys_the_key_everywhere)
{
    char token[FP_TOKEN_DIGITS + 1];
    bool found;
    fp_client client;
    fp_erasure erasure;
    fp_identity_saving saving;
    fp_identity other = people_with(FP_IDENTITY_PHONE, "06-1111 1111");
    people_register(&p, "p1", "c1");
    people_register(&p, "p2", "c1");
    (void)people_save(&p, "p1", 0, &people_mila);
    (void)people_save(&p, "p1", 1, &other);
    fp_identity neighbour = people_with(FP_IDENTITY_BSN, "");
    (void)people_save(&p, "p2", 0, &neighbour);
    PEOPLE_DO(&p, fp_client_link_make(p.ledger, "account:2", "p1", NOW + 60, token, &p.err));
    const char *key = wrapped("p1"), *kept = wrapped("p2");
    fp_sha256 link = fp_sha256_of(fp_str_of(token));
    ck_assert_uint_eq(strlen(key), 2 * (24 + 32 + 16));
    ck_assert_int_ge(people_in_files(&p, key), 1);
    ck_assert_int_ge(people_in_files(&p, link.hex), 1);
    PEOPLE_DO(&p, fp_client_erase(p.ledger, "account:2", "p1", "asked", &p.err));
    people_ok(&p, fp_vault_scrub(p.ledger, &p.err));
    ck_assert_int_eq(people_in_files(&p, key), 0);
    ck_assert_int_eq(people_in_files(&p, link.hex), 0);
    ck_assert_int_ge(people_in_files(&p, kept), 1);
    /* nor a part of it, as it would be left by a page that is not overwritten */
    char part[33];
    (void)snprintf(part, sizeof part, "%.32s", key + 64);
    ck_assert_int_eq(people_in_files(&p, part), 0);
    people_verify(&p);
    people_ok(&p, fp_client_find(p.ledger, "p1", p.arena, &found, &client, &p.err));
    ck_assert(found && client.erased > 0 && client.identity == 0);
    ck_assert(!opens(token, NOW, &client));
    people_ok(&p, fp_client_erasure(p.ledger, "p1", p.arena, &found, &erasure, &p.err));
    ck_assert(found);
    ck_assert_int_eq(erasure.sealed, 2);
    ck_assert_str_eq(erasure.reason, "asked");
    ck_assert_str_eq(erasure.actor, "account:2");
    people_ok(&p, fp_client_erasure(p.ledger, "p2", p.arena, &found, &erasure, &p.err));
    ck_assert(!found);
    /* nothing more is written about an erased client */
    PEOPLE_REFUSED(&p,
                   fp_identity_save(p.ledger, p.vault, "account:2", "p1", 0, &people_mila, p.arena,
                                    &saving, &p.err),
                   FP_INPUT, "client \"p1\" was erased");
    PEOPLE_REFUSED(&p, fp_client_erase(p.ledger, "account:2", "p1", "asked", &p.err), FP_INPUT,
                   "client \"p1\" was erased");
    PEOPLE_REFUSED(&p, fp_client_erase(p.ledger, "account:2", "p2", "why not", &p.err), FP_INPUT,
                   "the reason of an erasure cannot be \"why not\" (possible: "
                   "asked|retention|mistake)");
    people_ok(&p, fp_identity_open(p.ledger, p.vault, "p2", p.arena, &saving.theirs, &p.err));
    same_identity(&saving.theirs.identity, &neighbour);
}
END_TEST

START_TEST(test_a_reader_delays_the_clearing_and_it_says_so)
{
    fp_ledger *reader = NULL;
    people_register(&p, "p1", "c1");
    (void)people_save(&p, "p1", 0, &people_mila);
    const char *key = wrapped("p1");
    people_ok(&p, fp_ledger_open(p.path, false, &reader, &p.err));
    ck_assert_int_eq(
        sqlite3_exec(fp_ledger_db(reader), "BEGIN; SELECT count(*) FROM event", NULL, NULL, NULL),
        SQLITE_OK);
    ck_assert_int_eq(sqlite3_busy_timeout(fp_ledger_db(p.ledger), 50), SQLITE_OK);
    PEOPLE_DO(&p, fp_client_erase(p.ledger, "account:2", "p1", "mistake", &p.err));
    ck_assert_int_eq(fp_vault_scrub(p.ledger, &p.err), FP_BUSY);
    ck_assert_ptr_nonnull(strstr(p.err.message, "locked by another process"));
    fp_ledger_close(reader);
    people_ok(&p, fp_vault_scrub(p.ledger, &p.err));
    ck_assert_int_eq(people_in_files(&p, key), 0);
}
END_TEST

/* ---- what verify finds
 * --------------------------------------------------------------------------------- */

START_TEST(test_verify_finds_what_does_not_follow_from_the_log)
{
    static const struct {
        const char *sql, *line;
    } cases[] = {
        {"UPDATE client SET coach = 'c9' WHERE id = 'p1'",
         "the coach of client p1 is not the one in the log"},
        {"UPDATE client SET registered = 99 WHERE id = 'p1'",
         "event 2 is of a client who was not registered then, or was erased"},
        {"DELETE FROM client WHERE id = 'p3'",
         "event 4 is of a client who was not registered then, or was erased"},
        {"UPDATE client SET erased = NULL WHERE id = 'p4'",
         "the erasure of client p4 is not as in the log"},
        {"UPDATE client SET erased = 20 WHERE id = 'p1'",
         "the erasure of client p1 is not as in the log"},
        {"DELETE FROM identity_version WHERE client = 'p1' AND version = 1",
         "the identity in event 6 is not in the table"},
        {"INSERT INTO identity_version VALUES ('p1', 3, 1)",
         "a version of the identity of client p1 does not follow from the log"},
        {"UPDATE identity_version SET version = 3 - version WHERE client = 'p2'",
         "the identity in event 8 is not in the table"},
        {"DELETE FROM identity WHERE client = 'p1'",
         "the identity of client p1 is not the one in the log"},
        {"UPDATE identity SET version = 1 WHERE client = 'p1'",
         "the identity of client p1 is not the one in the log"},
        {"DELETE FROM person_key WHERE client = 'p1'", "the key of client p1 is missing"},
        {"INSERT INTO person_key VALUES ('p3', 'x', '')",
         "the key of client p3 has no identity, or is wrapped by another master key"},
        {"UPDATE person_key SET key = 'x' WHERE client = 'p1'",
         "the key of client p1 has no identity, or is wrapped by another master key"},
        {"UPDATE vault SET study = 'city'", "the master key "},
        {"UPDATE vault SET event = 2", "the master key "},
        {"UPDATE consent SET rule = 'keep' WHERE rule = 'remove'",
         "the consent in event 10 is not as in the log"},
        {"UPDATE consent SET moment = '2020-01-01' WHERE kind = 'given'",
         "the consent in event 9 is not as in the log"},
        {"INSERT INTO consent VALUES (2, 'p1', 'given', '', '', '', '')",
         "the consent 2 does not follow from the log"},
        {"DELETE FROM consent WHERE kind = 'withdrawn'",
         "the consent in event 10 is not as in the log"},
        {"UPDATE client_link SET until = until + 1",
         "the personal link of client p1 does not follow from the log"},
        {"DELETE FROM client_link", "the personal link of client p1 does not follow from the log"},
    };
    char token[FP_TOKEN_DIGITS + 1], copy[SCRATCH_MAX];
    fp_identity more = people_with(FP_IDENTITY_PHONE, "06-1111 1111");
    fp_identity none = people_with(FP_IDENTITY_BSN, "");
    people_register(&p, "p1", "c1");
    people_register(&p, "p2", "c1");
    people_register(&p, "p3", "");
    people_register(&p, "p4", "c1");
    (void)people_save(&p, "p1", 0, &people_mila);
    (void)people_save(&p, "p1", 1, &more);
    (void)people_save(&p, "p2", 0, &none);
    PEOPLE_DO(
        &p, fp_consent_give(p.ledger, "account:2", "p1", "1", "2026-02-02", "paper", NOW, &p.err));
    PEOPLE_DO(
        &p, fp_consent_withdraw(p.ledger, "account:2", "p1", "2026-02-03", "remove", NOW, &p.err));
    PEOPLE_DO(&p, fp_client_link_make(p.ledger, "account:2", "p1", NOW, token, &p.err));
    PEOPLE_DO(&p, fp_client_erase(p.ledger, "account:2", "p4", "mistake", &p.err));
    people_ok(&p, fp_vault_scrub(p.ledger, &p.err));
    people_verify(&p);
    scratch_path(copy, p.folder, "copy.db");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fp_ledger *ledger = NULL;
        int64_t events, rows;
        scratch_copy(p.path, copy);
        scratch_tamper(copy, cases[i].sql);
        people_ok(&p, fp_ledger_open(copy, false, &ledger, &p.err));
        ck_assert_msg(fp_store_verify(ledger, &events, &rows, &p.err) == FP_CHECK, "%s",
                      cases[i].sql);
        ck_assert_msg(strstr(p.err.message, cases[i].line), "%s\ngives: %s", cases[i].sql,
                      p.err.message);
        fp_ledger_close(ledger);
        (void)unlink(copy);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("clients");
    TCase *tests = tcase_create("clients");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, test_the_eleven_test);
    tcase_add_test(tests, test_ids_that_cannot_be_one);
    tcase_add_test(tests, test_clients_are_registered_assigned_and_listed);
    tcase_add_test(tests, test_an_identity_comes_back_and_stands_nowhere_in_clear);
    tcase_add_test(tests, test_two_who_save_the_same_record);
    tcase_add_test(tests, test_a_number_is_registered_once);
    tcase_add_test(tests, test_what_a_field_cannot_hold);
    tcase_add_test(tests, test_the_sealed_text_and_its_length);
    tcase_add_test(tests, test_consent_and_its_withdrawal);
    tcase_add_test(tests, test_consents_that_cannot_be);
    tcase_add_test(tests, test_a_personal_link);
    tcase_add_test(tests, test_erasure_destroys_the_key_everywhere);
    tcase_add_test(tests, test_a_reader_delays_the_clearing_and_it_says_so);
    tcase_add_test(tests, test_verify_finds_what_does_not_follow_from_the_log);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
