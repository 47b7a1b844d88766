#include "store/role.h"

static const struct {
    const char *text;
    bool account;
} rows[] = {
#define X(name, text, account) {text, account},
    FP_ROLE_MAP(X)
#undef X
};

const char *fp_role_text(fp_role role)
{
    return rows[role].text;
}

bool fp_role_read(fp_str text, fp_role *role)
{
    for (int i = 0; i < FP_ROLE_COUNT; i++) {
        if (rows[i].account && fp_str_is(text, rows[i].text)) {
            *role = (fp_role)i;
            return true;
        }
    }
    return false;
}
