#ifndef FP_STORE_ROLE_H
#define FP_STORE_ROLE_H

#include "base/str.h"

/* What somebody may be in the workbench. One table gives the enum and the text in the database, in
 * events and in the access log. `nobody` is who has not signed in; `client` comes by a personal
 * link and has no account. What a role may do stands in web/permission.h. */
#define FP_ROLE_MAP(X)                                                                             \
    /* name         text              has an account */                                            \
    X(NOBODY, "nobody", 0)                                                                         \
    X(ADMINISTRATOR, "administrator", 1)                                                           \
    X(COORDINATOR, "coordinator", 1)                                                               \
    X(COACH, "coach", 1)                                                                           \
    X(RESEARCHER, "researcher", 1)                                                                 \
    X(FIDELITY, "fidelity-reviewer", 1)                                                            \
    X(CLIENT, "client", 0)

typedef enum {
#define X(name, text, account) FP_ROLE_##name,
    FP_ROLE_MAP(X)
#undef X
        FP_ROLE_COUNT
} fp_role;

#define FP_ROLE_BIT(role) (1u << (role))

/* The text of a role, static. */
const char *fp_role_text(fp_role role);
/* The role of a text that an account can have; false where there is none. */
bool fp_role_read(fp_str text, fp_role *role);

#endif
