#include "store/sign_in.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "store/store_priv.h"

static const char doing[] = "counting who tried to sign in";

enum { SALT_BYTES = 32, FIRST_WAIT = 30 /* [s] */ };

static const struct {
    const char *word;
    int64_t free;
} kinds[] = {
    [FP_TRIED_NAME] = {"name", 5},
    [FP_TRIED_ADDRESS] = {"address", 20},
    [FP_TRIED_CODE] = {"code", 5},
};

fp_status fp_sign_in_prepare(fp_ledger *ledger, fp_err *err)
{
    unsigned char salt[SALT_BYTES];
    char hex[2 * SALT_BYTES + 1];
    randombytes_buf(salt, sizeof salt);
    (void)sodium_bin2hex(hex, sizeof hex, salt, sizeof salt);
    return fp_sql_run(ledger,
                      "INSERT INTO sign_in_clock(id, latest, salt) VALUES (1, 0, ?1) "
                      "ON CONFLICT DO NOTHING",
                      &FP_SQL_TEXT(hex), 1, doing, NULL, err);
}

int64_t fp_sign_in_delay(fp_tried what, int64_t failures)
{
    int64_t delay = FIRST_WAIT;
    if (failures < kinds[what].free)
        return 0;
    for (int64_t i = kinds[what].free; i < failures && delay < FP_SIGN_IN_LONGEST; i++)
        delay *= 2;
    return delay < FP_SIGN_IN_LONGEST ? delay : FP_SIGN_IN_LONGEST;
}

/* The key of a row: HMAC-SHA-256 of kind and subject under the database's own salt. */
static fp_status key_of(fp_ledger *ledger, fp_tried what, const char *subject, char key[65],
                        fp_err *err)
{
    FP_SQL_SCOPED(stmt);
    bool row = false;
    const char *salt = "";
    unsigned char code[crypto_auth_hmacsha256_BYTES];
    crypto_auth_hmacsha256_state state;
    FP_TRY(fp_sql_prepare(ledger, "SELECT salt FROM sign_in_clock", doing, &stmt, err));
    FP_TRY(fp_sql_step(ledger, stmt, doing, &row, err));
    if (row)
        FP_TRY(fp_sql_column_text(ledger, stmt, 0, &salt, err));
    (void)crypto_auth_hmacsha256_init(&state, (const unsigned char *)salt, strlen(salt));
    (void)crypto_auth_hmacsha256_update(&state, (const unsigned char *)kinds[what].word,
                                        strlen(kinds[what].word) + 1);
    (void)crypto_auth_hmacsha256_update(&state, (const unsigned char *)subject, strlen(subject));
    (void)crypto_auth_hmacsha256_final(&state, code);
    (void)sodium_bin2hex(key, 65, code, sizeof code);
    return FP_OK;
}

fp_status fp_sign_in_wait(fp_ledger *ledger, fp_tried what, const char *subject, int64_t now,
                          int64_t *wait, int64_t *failures, fp_err *err)
{
    FP_SQL_SCOPED(stmt);
    char key[65];
    bool row = false;
    int64_t left = 0, count = 0;
    FP_TRY(key_of(ledger, what, subject, key, err));
    FP_TRY(fp_sql_query(ledger, "SELECT failures, last FROM sign_in_attempt WHERE subject = ?1",
                        &FP_SQL_TEXT(key), 1, doing, &stmt, err));
    FP_TRY(fp_sql_step(ledger, stmt, doing, &row, err));
    if (row && now - sqlite3_column_int64(stmt, 1) < FP_SIGN_IN_FORGOTTEN) {
        count = sqlite3_column_int64(stmt, 0);
        int64_t delay = fp_sign_in_delay(what, count);
        left = sqlite3_column_int64(stmt, 1) + delay - now;
        if (left > delay) /* counted in a future that a clock set back made */
            left = delay;
    }
    *wait = left > 0 ? left : 0;
    if (failures)
        *failures = count;
    return FP_OK;
}

fp_status fp_sign_in_charge(fp_ledger *ledger, fp_tried what, const char *subject, int64_t now,
                            fp_sign_in_charged *charged, fp_err *err)
{
    FP_SQL_SCOPED(stmt);
    char key[65];
    bool row = false;
    FP_TRY(fp_sql_run(ledger, "DELETE FROM sign_in_attempt WHERE last <= ?1",
                      &FP_SQL_INT(now - FP_SIGN_IN_FORGOTTEN), 1, doing, NULL, err));
    FP_TRY(key_of(ledger, what, subject, key, err));
    FP_TRY(fp_sql_query(ledger, "SELECT failures, last FROM sign_in_attempt WHERE subject = ?1",
                        &FP_SQL_TEXT(key), 1, doing, &stmt, err));
    FP_TRY(fp_sql_step(ledger, stmt, doing, &row, err));
    *charged = (fp_sign_in_charged){.failures = 1};
    if (row)
        *charged =
            (fp_sign_in_charged){sqlite3_column_int64(stmt, 0) + 1, sqlite3_column_int64(stmt, 1)};
    const fp_sql_value values[] = {FP_SQL_TEXT(key), FP_SQL_INT(charged->failures),
                                   FP_SQL_INT(now)};
    return fp_sql_run(ledger,
                      "INSERT INTO sign_in_attempt(subject, failures, last) VALUES (?1, ?2, ?3) "
                      "ON CONFLICT (subject) DO UPDATE SET failures = ?2, last = ?3",
                      values, 3, doing, NULL, err);
}

/* Where others were counted after this one, their moment stays: nobody shortens a wait with a right
 * password of their own. */
fp_status fp_sign_in_take_back(fp_ledger *ledger, fp_tried what, const char *subject,
                               fp_sign_in_charged charged, fp_err *err)
{
    char key[65];
    FP_TRY(key_of(ledger, what, subject, key, err));
    const fp_sql_value values[] = {FP_SQL_TEXT(key), FP_SQL_INT(charged.failures),
                                   FP_SQL_INT(charged.before)};
    return fp_sql_run(ledger,
                      "UPDATE sign_in_attempt SET failures = failures - 1, "
                      "last = CASE WHEN failures = ?2 THEN ?3 ELSE last END "
                      "WHERE subject = ?1 AND failures > 0",
                      values, 3, doing, NULL, err);
}

fp_status fp_sign_in_forget(fp_ledger *ledger, fp_tried what, const char *subject, fp_err *err)
{
    char key[65];
    FP_TRY(key_of(ledger, what, subject, key, err));
    return fp_sql_run(ledger, "DELETE FROM sign_in_attempt WHERE subject = ?1", &FP_SQL_TEXT(key),
                      1, doing, NULL, err);
}
