/* Identities as text: pure. */
#include <string.h>

#include "ledger/canonical.h"
#include "store/identity.h"

enum { BLOCK = 256 };

static const struct {
    const char *name;
    long most;
} fields[FP_IDENTITY_FIELDS] = {
#define X(field, text, characters) {text, characters},
    FP_IDENTITY_MAP(X)
#undef X
};

const char *fp_identity_name(fp_identity_field field)
{
    return fields[field].name;
}

long fp_identity_most(fp_identity_field field)
{
    return fields[field].most;
}

/* The fields in the order of their names, as canonical JSON has its keys. */
static void sorted(int order[FP_IDENTITY_FIELDS])
{
    for (int i = 0; i < FP_IDENTITY_FIELDS; i++) {
        int j = i;
        for (; j > 0 && strcmp(fields[order[j - 1]].name, fields[i].name) > 0; j--)
            order[j] = order[j - 1];
        order[j] = i;
    }
}

fp_status fp_identity_write(const fp_identity *identity, fp_buf *out, fp_err *err)
{
    int order[FP_IDENTITY_FIELDS];
    bool first = true;
    sorted(order);
    fp_buf_put_char(out, '{');
    for (int i = 0; i < FP_IDENTITY_FIELDS; i++) {
        fp_str value = identity->field[order[i]];
        if (value.n == 0)
            continue;
        fp_buf_printf(out, "%s\"%s\":", first ? "" : ",", fields[order[i]].name);
        fp_canonical_string(out, value);
        first = false;
    }
    fp_buf_put_char(out, '}');
    while (out->n % BLOCK && !out->failed)
        fp_buf_put_char(out, '\0');
    return fp_buf_ok(out, err);
}

static bool take_field(fp_str *rest, const char *name, fp_arena *arena, fp_str *value)
{
    FP_BUF_SCOPED(text, FP_MIB);
    char key[64];
    (void)snprintf(key, sizeof key, "\"%s\":", name);
    if (!fp_canonical_take(rest, key))
        return true; /* not there */
    if (!fp_canonical_take_string(rest, &text) || fp_buf_ok(&text, NULL) != FP_OK || text.n == 0)
        return false;
    char *copy = fp_str_dup(arena, fp_buf_str(&text), NULL);
    *value = (fp_str){copy, text.n};
    return copy && (fp_canonical_take(rest, ",") || (rest->n && rest->p[0] == '}'));
}

bool fp_identity_read(fp_str text, fp_arena *arena, fp_identity *out)
{
    fp_identity made = {0};
    int order[FP_IDENTITY_FIELDS];
    while (text.n && text.p[text.n - 1] == '\0')
        text.n--;
    if (!fp_canonical_valid(text) || !fp_canonical_take(&text, "{"))
        return false;
    sorted(order);
    for (int i = 0; i < FP_IDENTITY_FIELDS; i++)
        if (!take_field(&text, fields[order[i]].name, arena, &made.field[order[i]]))
            return false;
    if (!fp_canonical_take(&text, "}") || text.n)
        return false;
    *out = made;
    return true;
}

fp_status fp_identity_full_name(const fp_identity *identity, fp_arena *arena, const char **name,
                                fp_err *err)
{
    static const fp_identity_field parts[] = {FP_IDENTITY_GIVEN_NAMES, FP_IDENTITY_PREFIX,
                                              FP_IDENTITY_FAMILY_NAME};
    FP_BUF_SCOPED(out, FP_MIB);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        fp_str part = identity->field[parts[i]];
        if (part.n && out.n)
            fp_buf_put_char(&out, ' ');
        fp_buf_put_n(&out, part.p, part.n);
    }
    FP_TRY(fp_buf_ok(&out, err));
    *name = fp_str_dup(arena, fp_buf_str(&out), err);
    return *name ? FP_OK : FP_NOMEM;
}
