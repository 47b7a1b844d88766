#include "store/sessions.h"

#include <string.h>

#include "store/sign_in.h"
#include "store/store_priv.h"

static const char doing[] = "keeping a session";

static const char *const stages[] = {"password", "whole"};

/* Longest life of a session at a stage, [s]. */
static int64_t longest(fp_session_stage stage)
{
    return stage == FP_STAGE_WHOLE ? FP_SESSION_LONGEST : FP_SESSION_PASSWORD;
}

/* Sessions that are over, whoever had them. */
static fp_status sweep(fp_ledger *ledger, int64_t now, fp_err *err)
{
    const fp_sql_value values[] = {FP_SQL_INT(now - FP_SESSION_IDLE),
                                   FP_SQL_INT(now - FP_SESSION_LONGEST),
                                   FP_SQL_INT(now - FP_SESSION_PASSWORD)};
    return fp_sql_run(ledger,
                      "DELETE FROM session WHERE seen <= ?1 OR began <= ?2 OR "
                      "(stage = 'password' AND began <= ?3)",
                      values, 3, doing, NULL, err);
}

fp_status fp_sessions_begin(fp_ledger *ledger, int64_t account, fp_session_stage stage, int64_t now,
                            char token[FP_TOKEN_DIGITS + 1], fp_err *err)
{
    FP_TRY(fp_sessions_clock(ledger, now, err));
    FP_TRY(sweep(ledger, now, err));
    fp_token_make(token);
    fp_sha256 hash = fp_token_hash(fp_str_of(token));
    const fp_sql_value values[] = {FP_SQL_TEXT(hash.hex), FP_SQL_INT(account),
                                   FP_SQL_TEXT(stages[stage]), FP_SQL_INT(now)};
    return fp_sql_run(ledger,
                      "INSERT INTO session(token, account, stage, pending, began, seen) "
                      "VALUES (?1, ?2, ?3, '', ?4, ?4)",
                      values, 4, doing, NULL, err);
}

static bool is_over(const fp_session_row *row, int64_t now)
{
    return now - row->seen >= FP_SESSION_IDLE || now - row->began >= longest(row->stage) ||
           row->seen - now > FP_SESSION_BACK;
}

fp_status fp_sessions_find(fp_ledger *ledger, const char *hash, int64_t now, fp_arena *arena,
                           bool *found, fp_session_row *session, fp_err *err)
{
    FP_SQL_SCOPED(stmt);
    bool row = false, there = false;
    fp_session_row made = {0};
    const char *stage;
    FP_TRY(fp_sql_query(ledger,
                        "SELECT account, began, seen, stage, pending FROM session "
                        "WHERE token = ?1",
                        &FP_SQL_TEXT(hash), 1, doing, &stmt, err));
    FP_TRY(fp_sql_step(ledger, stmt, doing, &row, err));
    *found = false;
    if (!row)
        return FP_OK;
    made.began = sqlite3_column_int64(stmt, 1);
    made.seen = sqlite3_column_int64(stmt, 2);
    FP_TRY(fp_sql_column_text(ledger, stmt, 3, &stage, err));
    made.stage = strcmp(stage, stages[FP_STAGE_WHOLE]) == 0 ? FP_STAGE_WHOLE : FP_STAGE_PASSWORD;
    if (is_over(&made, now))
        return FP_OK;
    FP_TRY(fp_sql_copy_text(ledger, stmt, 4, arena, &made.pending, err));
    FP_TRY(
        fp_account_get(ledger, sqlite3_column_int64(stmt, 0), arena, &there, &made.account, err));
    if (!there || made.account.disabled)
        return FP_OK;
    *session = made;
    *found = true;
    return FP_OK;
}

fp_status fp_sessions_touch(fp_ledger *ledger, const char *hash, int64_t now, fp_err *err)
{
    const fp_sql_value values[] = {FP_SQL_TEXT(hash), FP_SQL_INT(now)};
    return fp_sql_run(ledger, "UPDATE session SET seen = ?2 WHERE token = ?1 AND seen < ?2", values,
                      2, doing, NULL, err);
}

fp_status fp_sessions_keep(fp_ledger *ledger, const char *hash, const char *pending, fp_err *err)
{
    const fp_sql_value values[] = {FP_SQL_TEXT(hash), FP_SQL_TEXT(pending)};
    return fp_sql_run(ledger, "UPDATE session SET pending = ?2 WHERE token = ?1", values, 2, doing,
                      NULL, err);
}

fp_status fp_sessions_end(fp_ledger *ledger, const char *hash, fp_err *err)
{
    return fp_sql_run(ledger, "DELETE FROM session WHERE token = ?1", &FP_SQL_TEXT(hash), 1, doing,
                      NULL, err);
}

fp_status fp_sessions_end_of(fp_ledger *ledger, int64_t account, fp_err *err)
{
    return fp_sql_run(ledger, "DELETE FROM session WHERE account = ?1", &FP_SQL_INT(account), 1,
                      doing, NULL, err);
}

/* ---- the clock ------------------------------------------------------------------------------ */

static const char latest_moment[] = "SELECT latest FROM sign_in_clock";

fp_status fp_sessions_clock_moved(fp_ledger *ledger, int64_t now, bool *moved, fp_err *err)
{
    int64_t latest = 0;
    FP_TRY(fp_sql_integer(ledger, latest_moment, doing, &latest, err));
    *moved = now < latest - FP_SESSION_BACK || now > latest + FP_SESSION_TOUCH;
    return FP_OK;
}

static fp_status begin_anew(fp_ledger *ledger, int64_t latest, int64_t now, fp_err *err)
{
    FP_TRY(fp_sql_exec(ledger, "DELETE FROM session", doing, err));
    FP_TRY(fp_sql_run(ledger, "DELETE FROM one_time_link WHERE made <= ?1",
                      &FP_SQL_INT(latest - FP_LINK_SECONDS), 1, doing, NULL, err));
    FP_TRY(fp_sql_run(ledger, "UPDATE one_time_link SET made = ?1 WHERE made > ?1",
                      &FP_SQL_INT(now), 1, doing, NULL, err));
    return fp_sql_run(ledger, "UPDATE sign_in_attempt SET last = ?1 WHERE last > ?1",
                      &FP_SQL_INT(now), 1, doing, NULL, err);
}

fp_status fp_sessions_clock(fp_ledger *ledger, int64_t now, fp_err *err)
{
    int64_t latest = 0;
    FP_TRY(fp_sign_in_prepare(ledger, err));
    FP_TRY(fp_sql_integer(ledger, latest_moment, doing, &latest, err));
    if (now < latest - FP_SESSION_BACK)
        FP_TRY(begin_anew(ledger, latest, now, err));
    else if (now <= latest)
        return FP_OK;
    return fp_sql_run(ledger, "UPDATE sign_in_clock SET latest = ?1", &FP_SQL_INT(now), 1, doing,
                      NULL, err);
}
