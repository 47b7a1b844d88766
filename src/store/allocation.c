#include "store/allocation_priv.h"

#include <math.h>
#include <sodium.h>
#include <string.h>

#include "base/num.h"
#include "ledger/canonical.h"
#include "store/body_priv.h"

static const char kind_commit[] = "allocation-commit";
static const char kind_reveal[] = "allocation-reveal";
static const char kind_open[] = "allocation-open";
static const char kind_add[] = "allocation-add";

/* ---- writing ------------------------------------------------------------------------------- */

fp_status fp_allocation_commit(fp_ledger *ledger, const char *actor, const char *why,
                               const char *commitment, double limit, const char *list,
                               const char *statement, fp_err *err)
{
    FP_BUF_SCOPED(body, 256 * FP_MIB);
    char text[32] = "";
    if (!isnan(limit))
        fp_num_shortest(limit, 17, text);
    fp_body_put_text(&body, "commitment", commitment);
    fp_body_put_text(&body, "limit", text);
    fp_body_put_text(&body, "list", list);
    fp_buf_printf(&body, ",\"statement\":%s", statement);
    return fp_body_append(ledger, actor, kind_commit, why, &body, NULL, err);
}

fp_status fp_allocation_reveal(fp_ledger *ledger, const char *actor, const char *why,
                               int64_t commit, const fp_reveal *reveal, fp_err *err)
{
    FP_BUF_SCOPED(body, FP_MIB);
    fp_body_put_text(&body, "arm", reveal->arm);
    fp_body_put_integer(&body, "commit", commit);
    fp_body_put_integer(&body, "place", reveal->place);
    fp_body_put_text(&body, "stratum", reveal->stratum);
    fp_body_put_text(&body, "unit", reveal->unit);
    return fp_body_append(ledger, actor, reveal->late ? kind_add : kind_reveal, why, &body, NULL,
                          err);
}

fp_status fp_allocation_open(fp_ledger *ledger, const char *actor, const char *why, int64_t commit,
                             const char *secret, fp_err *err)
{
    FP_BUF_SCOPED(body, FP_MIB);
    fp_body_put_integer(&body, "commit", commit);
    fp_body_put_text(&body, "secret", secret);
    return fp_body_append(ledger, actor, kind_open, why, &body, NULL, err);
}

/* ---- reading ------------------------------------------------------------------------------- */

typedef struct {
    fp_arena *arena;
    fp_allocation_log *log;
    fp_reveal *reveals;
    ptrdiff_t capacity;
    fp_change *changes;
    ptrdiff_t change_capacity;
} reader;

static bool take_commit(reader *r, fp_str body)
{
    fp_allocation_log *log = r->log;
    if (!fp_body_take_text(&body, "{\"commitment\":", r->arena, &log->commitment) ||
        !fp_body_take_text(&body, ",\"limit\":", r->arena, &log->limit) ||
        !fp_body_take_text(&body, ",\"list\":", r->arena, &log->list) ||
        !fp_canonical_take(&body, ",\"statement\":") || body.n < 1)
        return false;
    log->statement = fp_str_dup(r->arena, (fp_str){body.p, body.n - 1}, NULL);
    return log->statement != NULL;
}

static bool take_reveal(reader *r, fp_str body, fp_reveal *reveal)
{
    int64_t commit;
    return fp_body_take_text(&body, "{\"arm\":", r->arena, &reveal->arm) &&
           fp_body_take_integer(&body, ",\"commit\":", &commit) && commit == r->log->commit &&
           fp_body_take_integer(&body, ",\"place\":", &reveal->place) &&
           fp_body_take_text(&body, ",\"stratum\":", r->arena, &reveal->stratum) &&
           fp_body_take_text(&body, ",\"unit\":", r->arena, &reveal->unit) &&
           fp_canonical_take(&body, "}") && body.n == 0;
}

static bool take_open(reader *r, fp_str body)
{
    int64_t commit;
    return fp_body_take_integer(&body, "{\"commit\":", &commit) && commit == r->log->commit &&
           fp_body_take_text(&body, ",\"secret\":", r->arena, &r->log->secret) &&
           fp_canonical_take(&body, "}") && body.n == 0;
}

/* Who did it and when, of an event that stays. */
static bool sign(reader *r, const fp_event *event, int64_t *seq, const char **at_utc,
                 const char **actor)
{
    *seq = event->seq;
    *at_utc = fp_arena_strdup(r->arena, event->at_utc, NULL);
    *actor = fp_arena_strdup(r->arena, event->actor, NULL);
    return *at_utc && *actor;
}

static fp_status each_event(void *context, const fp_event *event, fp_err *err)
{
    reader *r = context;
    fp_allocation_log *log = r->log;
    fp_str body = fp_str_of(event->body);
    bool fits = true;
    if (strcmp(event->kind, kind_commit) == 0) {
        fits = log->commit == 0 && take_commit(r, body) &&
               sign(r, event, &log->commit, &log->at_utc, &log->actor);
    } else if (strcmp(event->kind, kind_reveal) == 0 || strcmp(event->kind, kind_add) == 0) {
        FP_GROW(r->reveals, r->arena, log->reveal_count, &r->capacity, err);
        log->reveals = r->reveals;
        fp_reveal *reveal = &r->reveals[log->reveal_count++];
        fits = take_reveal(r, body, reveal) &&
               sign(r, event, &reveal->seq, &reveal->at_utc, &reveal->actor);
        reveal->late = strcmp(event->kind, kind_add) == 0;
    } else if (fp_change_of(event->kind) < FP_CHANGE_COUNT) {
        FP_GROW(r->changes, r->arena, log->change_count, &r->change_capacity, err);
        log->changes = r->changes;
        fp_change *change = &r->changes[log->change_count++];
        *change = (fp_change){.kind = fp_change_of(event->kind)};
        fits = fp_allocation_take_change(body, log->commit, r->arena, change) &&
               sign(r, event, &change->seq, &change->at_utc, &change->actor);
    } else if (strcmp(event->kind, kind_open) == 0) {
        fits = take_open(r, body);
    }
    if (fits)
        return FP_OK;
    return fp_fail(err, FP_CHECK, "event %lld (%s) is not one of this program's",
                   (long long)event->seq, event->kind);
}

fp_status fp_allocation_read(fp_ledger *ledger, fp_arena *arena, fp_allocation_log *log,
                             fp_err *err)
{
    fp_allocation_log made = {0};
    reader r = {.arena = arena, .log = &made};
    FP_TRY(fp_ledger_each(ledger, each_event, &r, err));
    *log = made;
    return FP_OK;
}

const fp_reveal *fp_allocation_find(const fp_allocation_log *log, const char *unit)
{
    for (ptrdiff_t i = 0; i < log->reveal_count; i++)
        if (strcmp(log->reveals[i].unit, unit) == 0)
            return &log->reveals[i];
    return NULL;
}

/* ---- what is drawn from --------------------------------------------------------------------- */

static void put_texts(fp_buf *out, const char *key, const char *const *texts, ptrdiff_t count)
{
    fp_buf_printf(out, "%s\"%s\":[", out->n > 1 ? "," : "", key);
    for (ptrdiff_t i = 0; i < count; i++) {
        if (i)
            fp_buf_put_char(out, ',');
        fp_canonical_string(out, fp_str_of(texts[i]));
    }
    fp_buf_put_char(out, ']');
}

static void put_counts(fp_buf *out, const char *key, const int *values, ptrdiff_t count)
{
    fp_buf_printf(out, "%s\"%s\":[", out->n > 1 ? "," : "", key);
    for (ptrdiff_t i = 0; i < count; i++)
        fp_buf_printf(out, "%s%d", i ? "," : "", values[i]);
    fp_buf_put_char(out, ']');
}

static void put_units(fp_buf *out, const fp_draw *draw)
{
    fp_buf_put(out, ",\"units\":[");
    for (ptrdiff_t i = 0; i < draw->units; i++) {
        fp_buf_put(out, i ? ",{\"covariates\":[" : "{\"covariates\":[");
        for (ptrdiff_t k = 0; k < draw->covariates; k++) {
            if (k)
                fp_buf_put_char(out, ',');
            fp_canonical_string(out, fp_str_of(draw->text[k][i]));
        }
        fp_buf_put(out, "],\"id\":");
        fp_canonical_string(out, fp_str_of(draw->unit[i]));
        fp_buf_put(out, ",\"stratum\":");
        fp_canonical_string(out, fp_str_of(draw->stratum_label[draw->stratum[i]]));
        fp_buf_put_char(out, '}');
    }
    fp_buf_put_char(out, ']');
}

fp_status fp_allocation_statement(const fp_protocol *protocol, const fp_draw *draw, fp_arena *arena,
                                  const char **statement, fp_err *err)
{
    static const char *const methods[] = {"elsewhere", "simple", "complete", "constrained",
                                          "blocks"};
    const fp_allocation_spec *spec = &protocol->allocation;
    FP_BUF_SCOPED(out, 256 * FP_MIB);
    char keep[32];
    ptrdiff_t arms;
    const char *const *keys;
    FP_TRY(fp_arm_keys(protocol, arena, &arms, &keys, err));
    fp_num_shortest(spec->keep, 17, keep);
    /* the keys in their sorted order, as canonical JSON has them */
    fp_buf_put_char(&out, '{');
    put_texts(&out, "arms", keys, arms);
    put_texts(&out, "balance", spec->balance, spec->balance_count);
    put_counts(&out, "block_sizes", spec->block_sizes, spec->block_count);
    fp_body_put_text(&out, "keep", spec->method == FP_ALLOCATION_CONSTRAINED ? keep : "");
    fp_body_put_text(&out, "method", methods[spec->method]);
    put_counts(&out, "ratio", spec->ratio, spec->ratio_count);
    put_texts(&out, "strata", protocol->strata, protocol->strata_count);
    fp_body_put_text(&out, "study", protocol->id);
    if (draw)
        put_units(&out, draw);
    put_counts(&out, "weights", spec->weights, spec->weight_count);
    fp_buf_put_char(&out, '}');
    FP_TRY(fp_buf_ok(&out, err));
    *statement = fp_str_dup(arena, fp_buf_str(&out), err);
    return *statement ? FP_OK : FP_NOMEM;
}

/* ---- secrets ------------------------------------------------------------------------------- */

static fp_hasher hash_lines(const char *const *lines, size_t count)
{
    fp_hasher hasher;
    fp_hasher_init(&hasher);
    for (size_t i = 0; i < count; i++) {
        if (i)
            fp_hasher_put(&hasher, fp_str_of("\n"));
        fp_hasher_put(&hasher, fp_str_of(lines[i]));
    }
    return hasher;
}

fp_sha256 fp_allocation_commitment(const char *statement, const char *secret)
{
    const char *const lines[] = {statement, secret};
    fp_hasher hasher = hash_lines(lines, 2);
    return fp_hasher_finish(&hasher);
}

void fp_allocation_secret(char out[FP_SECRET_DIGITS + 1])
{
    unsigned char bytes[FP_SECRET_DIGITS / 2];
    randombytes_buf(bytes, sizeof bytes);
    (void)sodium_bin2hex(out, FP_SECRET_DIGITS + 1, bytes, sizeof bytes);
    sodium_memzero(bytes, sizeof bytes);
}

uint64_t fp_allocation_seed(const char *study, const char *purpose, const char *secret)
{
    const char *const lines[] = {"firstplace draw", study, purpose, secret};
    fp_hasher hasher = hash_lines(lines, 4);
    fp_sha256 sum = fp_hasher_finish(&hasher);
    uint64_t number = 0;
    for (int i = 0; i < 16; i++)
        number =
            number << 4 | (uint64_t)(sum.hex[i] <= '9' ? sum.hex[i] - '0' : sum.hex[i] - 'a' + 10);
    return number;
}

static void list_key(const char *secret, unsigned char key[crypto_secretbox_KEYBYTES])
{
    const char *const lines[] = {"firstplace list", secret};
    fp_hasher hasher = hash_lines(lines, 2);
    fp_sha256 sum = fp_hasher_finish(&hasher);
    size_t used;
    (void)sodium_hex2bin(key, crypto_secretbox_KEYBYTES, sum.hex, 64, NULL, &used, NULL);
}

enum { LIST_EXTRA = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES };

fp_status fp_allocation_seal(const fp_draw *draw, const int32_t *arm, const char *secret,
                             fp_arena *arena, const char **list, fp_err *err)
{
    size_t n = (size_t)draw->units;
    unsigned char key[crypto_secretbox_KEYBYTES], *plain, *sealed;
    char *hex;
    FP_ARRAY(plain, arena, draw->units, err);
    FP_ARRAY(sealed, arena, draw->units + LIST_EXTRA, err);
    FP_ARRAY(hex, arena, 2 * (draw->units + LIST_EXTRA) + 1, err);
    for (size_t i = 0; i < n; i++)
        plain[i] = (unsigned char)arm[i];
    list_key(secret, key);
    randombytes_buf(sealed, crypto_secretbox_NONCEBYTES);
    int code = crypto_secretbox_easy(sealed + crypto_secretbox_NONCEBYTES, plain, n, sealed, key);
    sodium_memzero(key, sizeof key);
    sodium_memzero(plain, n);
    if (code != 0)
        return fp_fail(err, FP_INTERNAL, "the list could not be encrypted");
    *list = sodium_bin2hex(hex, 2 * (n + LIST_EXTRA) + 1, sealed, n + LIST_EXTRA);
    return FP_OK;
}

fp_status fp_allocation_unseal(const fp_draw *draw, const char *list, const char *secret,
                               fp_arena *arena, int32_t *arm, fp_err *err)
{
    size_t n = (size_t)draw->units, used = 0;
    unsigned char key[crypto_secretbox_KEYBYTES], *plain, *sealed;
    FP_ARRAY(plain, arena, draw->units, err);
    FP_ARRAY(sealed, arena, draw->units + LIST_EXTRA, err);
    list_key(secret, key);
    bool fits =
        sodium_hex2bin(sealed, n + LIST_EXTRA, list, strlen(list), NULL, &used, NULL) == 0 &&
        used == n + LIST_EXTRA &&
        crypto_secretbox_open_easy(plain, sealed + crypto_secretbox_NONCEBYTES,
                                   n + crypto_secretbox_MACBYTES, sealed, key) == 0;
    sodium_memzero(key, sizeof key);
    for (size_t i = 0; fits && i < n; i++)
        arm[i] = plain[i];
    sodium_memzero(plain, n);
    if (!fits)
        return fp_fail(err, FP_CHECK, "the list in the log was not encrypted under this secret");
    return FP_OK;
}
