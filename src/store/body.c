#include "store/body_priv.h"

#include "base/num.h"
#include "ledger/canonical.h"

static void put_key(fp_buf *body, const char *key)
{
    fp_buf_printf(body, "%s\"%s\":", body->n == 0 ? "{" : ",", key);
}

void fp_body_put_text(fp_buf *body, const char *key, const char *text)
{
    put_key(body, key);
    fp_canonical_string(body, fp_str_of(text));
}

void fp_body_put_integer(fp_buf *body, const char *key, int64_t value)
{
    put_key(body, key);
    fp_canonical_integer(body, value);
}

void fp_body_put_flag(fp_buf *body, const char *key, bool value)
{
    put_key(body, key);
    fp_buf_put(body, value ? "true" : "false");
}

fp_status fp_body_append(fp_ledger *ledger, const char *actor, const char *kind, const char *why,
                         fp_buf *body, int64_t *seq, fp_err *err)
{
    int64_t number;
    fp_buf_put(body, body->n == 0 ? "{}" : "}");
    FP_TRY(fp_buf_ok(body, err));
    return fp_ledger_append(ledger, actor, kind, why, body->p, seq ? seq : &number, err);
}

bool fp_body_take_text(fp_str *rest, const char *before, fp_arena *arena, const char **out)
{
    FP_BUF_SCOPED(text, 256 * FP_MIB);
    if (!fp_canonical_take(rest, before) || !fp_canonical_take_string(rest, &text) ||
        fp_buf_ok(&text, NULL) != FP_OK)
        return false;
    *out = fp_str_dup(arena, fp_buf_str(&text), NULL);
    return *out != NULL;
}

bool fp_body_take_integer(fp_str *rest, const char *before, int64_t *out)
{
    size_t n = 0;
    if (!fp_canonical_take(rest, before))
        return false;
    while (n < rest->n && ((rest->p[n] >= '0' && rest->p[n] <= '9') || rest->p[n] == '-'))
        n++;
    if (!fp_int_parse((fp_str){rest->p, n}, -1, FP_CANONICAL_INT_MAX, out))
        return false;
    *rest = (fp_str){rest->p + n, rest->n - n};
    return true;
}

bool fp_body_take_flag(fp_str *rest, const char *before, bool *out)
{
    if (!fp_canonical_take(rest, before))
        return false;
    *out = fp_canonical_take(rest, "true");
    return *out || fp_canonical_take(rest, "false");
}

bool fp_body_take_end(fp_str *rest)
{
    return fp_canonical_take(rest, "}") && rest->n == 0;
}
