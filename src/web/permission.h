#ifndef FP_WEB_PERMISSION_H
#define FP_WEB_PERMISSION_H

#include "store/role.h"

/* What a route asks of whoever calls it. One table gives the enum, its text and the roles that have
 * it; the generated tests read the same table.
 * OPEN       nobody is even looked up: no session, no cookie (health, style sheets)
 * ANYONE     also without an account; the session, if any, is known (sign-in, personal links)
 * SIGNED_IN  an account of any role
 * CLIENT     an object: {client} must be one whom the coach has, or the asker a coordinator;
 *            anything else is answered as a client that does not exist */
#define FP_ROLES_SIGNED_IN                                                                         \
    (FP_ROLE_BIT(FP_ROLE_ADMINISTRATOR) | FP_ROLE_BIT(FP_ROLE_COORDINATOR) |                       \
     FP_ROLE_BIT(FP_ROLE_COACH) | FP_ROLE_BIT(FP_ROLE_RESEARCHER) | FP_ROLE_BIT(FP_ROLE_FIDELITY))
#define FP_ROLES_ALL                                                                               \
    (FP_ROLES_SIGNED_IN | FP_ROLE_BIT(FP_ROLE_NOBODY) | FP_ROLE_BIT(FP_ROLE_CLIENT))
#define FP_PERMISSION_MAP(X)                                                                       \
    X(OPEN, "open", FP_ROLES_ALL)                                                                  \
    X(ANYONE, "anyone", FP_ROLES_ALL)                                                              \
    X(SIGNED_IN, "signed in", FP_ROLES_SIGNED_IN)                                                  \
    X(ACCOUNTS, "accounts", FP_ROLE_BIT(FP_ROLE_ADMINISTRATOR))                                    \
    X(LOG, "log", FP_ROLE_BIT(FP_ROLE_ADMINISTRATOR))                                              \
    X(CLIENTS, "clients", FP_ROLE_BIT(FP_ROLE_COORDINATOR) | FP_ROLE_BIT(FP_ROLE_COACH))           \
    X(CLIENT, "client", FP_ROLE_BIT(FP_ROLE_COORDINATOR) | FP_ROLE_BIT(FP_ROLE_COACH))             \
    X(COORDINATE, "coordinate", FP_ROLE_BIT(FP_ROLE_COORDINATOR))                                  \
    X(RESEARCH, "research", FP_ROLE_BIT(FP_ROLE_RESEARCHER))                                       \
    X(FIDELITY, "fidelity", FP_ROLE_BIT(FP_ROLE_FIDELITY) | FP_ROLE_BIT(FP_ROLE_COORDINATOR))

typedef enum {
#define X(name, text, roles) FP_MAY_##name,
    FP_PERMISSION_MAP(X)
#undef X
        FP_MAY_COUNT
} fp_permission;

/* The text of a permission, static. */
const char *fp_permission_text(fp_permission permission);
/* Whether a role has it. */
bool fp_permission_allows(fp_permission permission, fp_role role);

#endif
