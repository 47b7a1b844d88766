#include "ledger/ledger_priv.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/date.h"
#include "ledger/canonical.h"
#include "ledger/sql.h"

#define EVENT_MAX (256 * FP_MIB)

static const char zero_hash[] = "0000000000000000000000000000000000000000000000000000000000000000";

fp_status fp_event_hash(const fp_event *event, fp_sha256 *hash, fp_err *err)
{
    const char *texts[] = {event->at_utc, event->actor, event->kind,
                           event->why,    event->body,  event->prev};
    FP_BUF_SCOPED(buf, EVENT_MAX);
    if (event->seq < 1 || event->seq > FP_CANONICAL_INT_MAX)
        return fp_fail(err, FP_ARG, "an event cannot have the number %lld", (long long)event->seq);
    fp_buf_put_char(&buf, '[');
    fp_canonical_integer(&buf, event->seq);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        fp_buf_put_char(&buf, ',');
        fp_canonical_string(&buf, fp_str_of(texts[i]));
    }
    fp_buf_put_char(&buf, ']');
    FP_TRY(fp_buf_ok(&buf, err));
    *hash = fp_sha256_of(fp_buf_str(&buf));
    return FP_OK;
}

bool fp_ledger_in_transaction(fp_ledger *ledger)
{
    return sqlite3_get_autocommit(fp_ledger_db(ledger)) == 0;
}

fp_status fp_ledger_begin(fp_ledger *ledger, fp_err *err)
{
    if (fp_ledger_in_transaction(ledger))
        return fp_fail(err, FP_INTERNAL, "a transaction is open already");
    /* SQLite itself would begin to read, and say no at the first row */
    if (sqlite3_db_readonly(fp_ledger_db(ledger), "main") == 1)
        return fp_ledger_fail(ledger, SQLITE_READONLY, "beginning to write", err);
    ledger->at_utc[0] = '\0';
    return fp_sql_exec(ledger, "BEGIN IMMEDIATE", "beginning to write", err);
}

fp_status fp_ledger_commit(fp_ledger *ledger, fp_err *err)
{
    fp_status status = fp_sql_exec(ledger, "COMMIT", "storing what was written", err);
    if (status != FP_OK)
        fp_ledger_rollback(ledger);
    return status;
}

void fp_ledger_rollback(fp_ledger *ledger)
{
    /* A failure here means that SQLite has rolled back by itself, or will when it closes. */
    if (fp_ledger_in_transaction(ledger))
        (void)sqlite3_exec(fp_ledger_db(ledger), "ROLLBACK", NULL, NULL, NULL);
}

fp_status fp_ledger_finish(fp_ledger *ledger, fp_status status, fp_err *err)
{
    if (status == FP_OK)
        return fp_ledger_commit(ledger, err);
    fp_ledger_rollback(ledger);
    return status;
}

/* Seconds since 1970 as 2026-11-21T20:44:18Z. */
static void utc_text(int64_t now, char out[32])
{
    int64_t second = now % 86400;
    char day[16];
    fp_day_format((fp_day)(now / 86400), day);
    (void)snprintf(out, 32, "%sT%02d:%02d:%02dZ", day, (int)(second / 3600),
                   (int)(second / 60 % 60), (int)(second % 60));
}

/* The end of the log; `at_utc` of an empty one is "", before all times. */
static fp_status read_head(fp_ledger *ledger, int64_t *seq, fp_sha256 *hash, char at_utc[32],
                           fp_err *err)
{
    static const char doing[] = "reading the end of the log";
    FP_SQL_SCOPED(stmt);
    bool row = false;
    const char *last = zero_hash, *at = "";
    FP_TRY(fp_sql_prepare(ledger, "SELECT seq, hash, at_utc FROM event ORDER BY seq DESC LIMIT 1",
                          doing, &stmt, err));
    FP_TRY(fp_sql_step(ledger, stmt, doing, &row, err));
    if (row) {
        FP_TRY(fp_sql_column_text(ledger, stmt, 1, &last, err));
        FP_TRY(fp_sql_column_text(ledger, stmt, 2, &at, err));
    }
    if (strlen(last) != sizeof zero_hash - 1)
        return fp_fail_at(err, FP_CHECK, fp_ledger_path(ledger), 0, 0,
                          "the last event was changed: its hash is not one");
    *seq = row ? sqlite3_column_int64(stmt, 0) : 0;
    memcpy(hash->hex, last, sizeof hash->hex);
    (void)snprintf(at_utc, 32, "%s", at);
    return FP_OK;
}

fp_status fp_ledger_head(fp_ledger *ledger, int64_t *seq, fp_sha256 *hash, fp_err *err)
{
    char at_utc[32];
    return read_head(ledger, seq, hash, at_utc, err);
}

static fp_status insert_event(fp_ledger *ledger, const fp_event *event, fp_err *err)
{
    static const char doing[] = "writing an event";
    const char *texts[] = {event->at_utc, event->actor, event->kind, event->why,
                           event->body,   event->prev,  event->hash};
    FP_SQL_SCOPED(stmt);
    FP_TRY(fp_sql_prepare(ledger,
                          "INSERT INTO event(seq, at_utc, actor, kind, why, body, prev, hash) "
                          "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                          doing, &stmt, err));
    int code = sqlite3_bind_int64(stmt, 1, event->seq);
    if (code != SQLITE_OK)
        return fp_ledger_fail(ledger, code, doing, err);
    for (int i = 0; i < (int)(sizeof texts / sizeof *texts); i++)
        FP_TRY(fp_sql_bind_text(ledger, stmt, i + 2, fp_str_of(texts[i]), doing, err));
    return fp_sql_step(ledger, stmt, doing, NULL, err);
}

static fp_status check_words(const char *actor, const char *kind, const char *why, const char *body,
                             fp_err *err)
{
    if (!fp_str_utf8(fp_str_of(actor)) || !fp_str_utf8(fp_str_of(why)))
        return fp_fail(err, FP_ARG, "who or why of an event is not UTF-8 text");
    if (!actor[0] || !kind[0] || !fp_str_utf8(fp_str_of(kind)))
        return fp_fail(err, FP_ARG, "an event needs an actor and a kind");
    if (!fp_canonical_valid(fp_str_of(body)))
        return fp_fail(err, FP_ARG, "the body of an event (%s) is not canonical JSON", kind);
    return FP_OK;
}

/* Write an event behind the last one, at the time of the transaction. */
static fp_status chain_event(fp_ledger *ledger, const char *actor, const char *kind,
                             const char *why, const char *body, int64_t *seq, fp_err *err)
{
    fp_sha256 prev, hash;
    int64_t last = 0;
    FP_TRY(fp_ledger_head(ledger, &last, &prev, err));
    fp_event event = {last + 1, ledger->at_utc, actor, kind, why, body, prev.hex, hash.hex};
    FP_TRY(fp_event_hash(&event, &hash, err));
    FP_TRY(insert_event(ledger, &event, err));
    *seq = event.seq;
    return FP_OK;
}

static fp_status note_set_back(fp_ledger *ledger, const char *last_utc, fp_err *err)
{
    FP_BUF_SCOPED(clock, FP_MIB);
    FP_BUF_SCOPED(last, FP_MIB);
    FP_BUF_SCOPED(body, FP_MIB);
    int64_t seq;
    fp_canonical_string(&clock, fp_str_of(ledger->at_utc));
    fp_canonical_string(&last, fp_str_of(last_utc));
    FP_TRY(fp_buf_ok(&clock, err));
    FP_TRY(fp_buf_ok(&last, err));
    fp_canonical_member members[] = {{"clock", fp_buf_str(&clock).p},
                                     {"last", fp_buf_str(&last).p}};
    FP_TRY(fp_canonical_object(&body, members, 2, err));
    return chain_event(ledger, "firstplace", "clock-set-back", "", fp_buf_str(&body).p, &seq, err);
}

/* The time of the open transaction, taken once; where it lies before that of the last event, the
 * log says so first. */
static fp_status take_time(fp_ledger *ledger, fp_err *err)
{
    fp_sha256 hash;
    int64_t seq;
    char last_utc[32];
    if (!fp_ledger_in_transaction(ledger))
        return fp_fail(err, FP_INTERNAL, "an event is appended outside a transaction");
    if (ledger->at_utc[0])
        return FP_OK;
    FP_TRY(read_head(ledger, &seq, &hash, last_utc, err));
    utc_text(ledger->now ? ledger->now(ledger->now_context) : (int64_t)time(NULL), ledger->at_utc);
    fp_status status = FP_OK;
    if (strcmp(ledger->at_utc, last_utc) < 0)
        status = note_set_back(ledger, last_utc, err);
    if (status != FP_OK)
        ledger->at_utc[0] = '\0';
    return status;
}

fp_status fp_ledger_append(fp_ledger *ledger, const char *actor, const char *kind, const char *why,
                           const char *body, int64_t *seq, fp_err *err)
{
    why = why ? why : "";
    FP_TRY(take_time(ledger, err));
    FP_TRY(check_words(actor, kind, why, body, err));
    return chain_event(ledger, actor, kind, why, body, seq, err);
}

static fp_status read_event(fp_ledger *ledger, sqlite3_stmt *stmt, fp_event *event, fp_err *err)
{
    const char **texts[] = {&event->at_utc, &event->actor, &event->kind, &event->why,
                            &event->body,   &event->prev,  &event->hash};
    event->seq = sqlite3_column_int64(stmt, 0);
    for (int i = 0; i < (int)(sizeof texts / sizeof *texts); i++)
        FP_TRY(fp_sql_column_text(ledger, stmt, i + 1, texts[i], err));
    return FP_OK;
}

static fp_status keep_event(fp_arena *arena, fp_event *event, fp_err *err)
{
    const char **texts[] = {&event->at_utc, &event->actor, &event->kind, &event->why,
                            &event->body,   &event->prev,  &event->hash};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        *texts[i] = fp_arena_strdup(arena, *texts[i], err);
        if (!*texts[i])
            return FP_NOMEM;
    }
    return FP_OK;
}

fp_status fp_ledger_event(fp_ledger *ledger, int64_t seq, fp_arena *arena, fp_event *event,
                          fp_err *err)
{
    static const char doing[] = "reading an event";
    FP_SQL_SCOPED(stmt);
    bool row = false;
    fp_event found;
    FP_TRY(fp_sql_prepare(ledger,
                          "SELECT seq, at_utc, actor, kind, why, body, prev, hash FROM event "
                          "WHERE seq = ?1",
                          doing, &stmt, err));
    int code = sqlite3_bind_int64(stmt, 1, seq);
    if (code != SQLITE_OK)
        return fp_ledger_fail(ledger, code, doing, err);
    FP_TRY(fp_sql_step(ledger, stmt, doing, &row, err));
    if (!row)
        return fp_fail_at(err, FP_CHECK, fp_ledger_path(ledger), 0, 0,
                          "the log was changed: event %lld is missing", (long long)seq);
    FP_TRY(read_event(ledger, stmt, &found, err));
    FP_TRY(keep_event(arena, &found, err));
    *event = found;
    return FP_OK;
}

static const char reading[] = "reading the events";

static fp_status walk(fp_ledger *ledger, sqlite3_stmt *stmt, fp_event_fn each, void *context,
                      fp_err *err)
{
    for (;;) {
        bool row = false;
        fp_event event;
        FP_TRY(fp_sql_step(ledger, stmt, reading, &row, err));
        if (!row)
            return FP_OK;
        FP_TRY(read_event(ledger, stmt, &event, err));
        FP_TRY(each(context, &event, err));
    }
}

fp_status fp_ledger_each(fp_ledger *ledger, fp_event_fn each, void *context, fp_err *err)
{
    FP_SQL_SCOPED(stmt);
    FP_TRY(fp_sql_prepare(ledger,
                          "SELECT seq, at_utc, actor, kind, why, body, prev, hash FROM event "
                          "ORDER BY seq",
                          reading, &stmt, err));
    return walk(ledger, stmt, each, context, err);
}

fp_status fp_ledger_recent(fp_ledger *ledger, int64_t before, int64_t most, fp_event_fn each,
                           void *context, fp_err *err)
{
    FP_SQL_SCOPED(stmt);
    const fp_sql_value values[] = {FP_SQL_INT(before > 0 ? before : INT64_MAX), FP_SQL_INT(most)};
    FP_TRY(fp_sql_query(ledger,
                        "SELECT seq, at_utc, actor, kind, why, body, prev, hash FROM event "
                        "WHERE seq < ?1 ORDER BY seq DESC LIMIT ?2",
                        values, 2, reading, &stmt, err));
    return walk(ledger, stmt, each, context, err);
}

typedef struct {
    const char *path;
    int64_t seq; /* of the last event checked */
    fp_sha256 hash;
} chain;

static fp_status broken(const chain *at, fp_err *err, const char *what, int64_t seq)
{
    (void)fp_fail_at(err, FP_CHECK, at->path, 0, 0, "the log was changed: event %lld %s",
                     (long long)seq, what);
    return fp_hint(err, FP_CHECK, "restore the database from a copy that is known to be good");
}

static fp_status check_event(void *context, const fp_event *event, fp_err *err)
{
    chain *at = context;
    fp_sha256 hash;
    int64_t next = at->seq + 1;
    if (event->seq < next)
        return broken(at, err, "should not be there", event->seq);
    if (event->seq > next)
        return broken(at, err, "is missing", next);
    FP_TRY(fp_event_hash(event, &hash, err));
    if (strcmp(hash.hex, event->hash) != 0)
        return broken(at, err, "does not give the hash that stands with it", event->seq);
    if (strcmp(event->prev, at->hash.hex) != 0)
        return broken(at, err, "does not follow from the one before it", event->seq);
    at->seq = event->seq;
    at->hash = hash;
    return FP_OK;
}

/* SQLite's own check of its pages and indexes. */
static fp_status check_pages(fp_ledger *ledger, fp_err *err)
{
    static const char doing[] = "checking its pages";
    FP_SQL_SCOPED(stmt);
    bool row = false;
    const char *said = "";
    FP_TRY(fp_sql_prepare(ledger, "PRAGMA integrity_check(1)", doing, &stmt, err));
    FP_TRY(fp_sql_step(ledger, stmt, doing, &row, err));
    if (row)
        FP_TRY(fp_sql_column_text(ledger, stmt, 0, &said, err));
    if (strcmp(said, "ok") == 0)
        return FP_OK;
    const char *first = strncmp(said, "***", 3) == 0 ? strchr(said, '\n') : NULL;
    (void)fp_fail_at(err, FP_CHECK, fp_ledger_path(ledger), 0, 0, "the database is damaged: %s",
                     first ? first + 1 : said); /* without the line "*** in database main ***" */
    return fp_hint(err, FP_CHECK, "restore it from a copy that is known to be good");
}

fp_status fp_ledger_verify(fp_ledger *ledger, int64_t *events, fp_err *err)
{
    chain at = {.path = fp_ledger_path(ledger)};
    memcpy(at.hash.hex, zero_hash, sizeof at.hash.hex);
    FP_TRY(check_pages(ledger, err));
    FP_TRY(fp_ledger_check_schema(ledger, err));
    FP_TRY(fp_ledger_each(ledger, check_event, &at, err));
    *events = at.seq;
    return FP_OK;
}
