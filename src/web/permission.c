#include "web/permission.h"

static const struct {
    const char *text;
    unsigned roles;
} rows[] = {
#define X(name, text, roles) {text, roles},
    FP_PERMISSION_MAP(X)
#undef X
};

const char *fp_permission_text(fp_permission permission)
{
    return rows[permission].text;
}

bool fp_permission_allows(fp_permission permission, fp_role role)
{
    return (rows[permission].roles & FP_ROLE_BIT(role)) != 0;
}
