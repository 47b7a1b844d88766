#include "store/link.h"

#include <sodium.h>

#include "store/account.h"
#include "store/body_priv.h"
#include "store/store_priv.h"

static const char doing[] = "keeping a one-time link";

void fp_token_make(char token[FP_TOKEN_DIGITS + 1])
{
    unsigned char bits[32];
    randombytes_buf(bits, sizeof bits);
    (void)sodium_bin2base64(token, FP_TOKEN_DIGITS + 1, bits, sizeof bits,
                            sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    sodium_memzero(bits, sizeof bits);
}

fp_sha256 fp_token_hash(fp_str token)
{
    return fp_sha256_of(token);
}

fp_status fp_link_make(fp_ledger *ledger, const char *actor, const fp_link *link, int64_t now,
                       char token[FP_TOKEN_DIGITS + 1], fp_err *err)
{
    FP_BUF_SCOPED(body, 1024);
    fp_token_make(token);
    fp_sha256 hash = fp_token_hash(fp_str_of(token));
    fp_body_put_integer(&body, "account", link->account);
    fp_body_put_text(&body, "resets",
                     link->resets_second_factor ? "password-and-second-factor" : "password");
    FP_TRY(fp_body_append(ledger, actor, "account-link", NULL, &body, NULL, err));
    FP_TRY(fp_sql_run(ledger, "DELETE FROM one_time_link WHERE account = ?1",
                      &FP_SQL_INT(link->account), 1, doing, NULL, err));
    const fp_sql_value values[] = {FP_SQL_TEXT(hash.hex), FP_SQL_INT(link->account),
                                   FP_SQL_INT(now), FP_SQL_INT(link->resets_second_factor)};
    return fp_sql_run(ledger,
                      "INSERT INTO one_time_link(token, account, made, resets_second_factor) "
                      "VALUES (?1, ?2, ?3, ?4)",
                      values, 4, doing, NULL, err);
}

fp_status fp_link_find(fp_ledger *ledger, fp_str token, int64_t now, bool *found, fp_link *link,
                       fp_err *err)
{
    FP_SQL_SCOPED(stmt);
    bool row = false;
    fp_sha256 hash = fp_token_hash(token);
    const fp_sql_value values[] = {FP_SQL_TEXT(hash.hex), FP_SQL_INT(now - FP_LINK_SECONDS)};
    FP_TRY(fp_sql_query(ledger,
                        "SELECT l.account, l.resets_second_factor FROM one_time_link l "
                        "JOIN account a ON a.id = l.account "
                        "WHERE l.token = ?1 AND l.made > ?2 AND a.disabled = 0",
                        values, 2, doing, &stmt, err));
    FP_TRY(fp_sql_step(ledger, stmt, doing, &row, err));
    if (row)
        *link = (fp_link){.account = sqlite3_column_int64(stmt, 0),
                          .resets_second_factor = sqlite3_column_int64(stmt, 1) != 0};
    *found = row;
    return FP_OK;
}
