#ifndef FP_WEB_ROUTE_H
#define FP_WEB_ROUTE_H

#include "web/exchange.h"
#include "web/form.h"
#include "web/permission.h"

/* One page or action of the workbench: a row of the table in routes.c. The table drives the
 * dispatcher, `serve --routes`, the navigation and the generated tests. */
typedef struct fp_route {
    fp_method method; /* FP_GET (answers HEAD too) or FP_POST */
    const char *path; /* "/clients/{client}/consent": literal or {name} segments */
    fp_permission permission;
    const fp_input *inputs; /* fields of a post, or of the query of a get; NULL = none */
    fp_status (*handle)(fp_exchange *x, fp_err *err);
    const char *help; /* one line, English */
} fp_route;

/* The table. A row with a literal segment stands before one with {name} in its place. */
extern const fp_route fp_routes[]; /* fp_route_count */
extern const ptrdiff_t fp_route_count;

/* The route of a path; HEAD finds that of GET.
 * out  values   of the {name} segments, borrowed from `path`
 * out  methods  bits 1 << fp_method of the routes that have this path, 0 = no such path
 * Gives NULL where there is none for the method. Cost: O(routes). */
const fp_route *fp_route_find(fp_method method, fp_str path, fp_str values[FP_PATH_VALUES],
                              unsigned *methods);

/* Handlers, grouped by the file that has them. A new page: its row in routes.c, its handler here.
 */
/* health.c */
fp_status fp_health_live(fp_exchange *x, fp_err *err);
fp_status fp_health_ready(fp_exchange *x, fp_err *err);
/* home.c, research.c, fidelity.c, me.c */
fp_status fp_home_get(fp_exchange *x, fp_err *err);
fp_status fp_research_get(fp_exchange *x, fp_err *err);
fp_status fp_research_csv_get(fp_exchange *x, fp_err *err);
extern const fp_input fp_unlock_inputs[];
fp_status fp_unlock_get(fp_exchange *x, fp_err *err);
fp_status fp_unlock_post(fp_exchange *x, fp_err *err);
fp_status fp_fidelity_get(fp_exchange *x, fp_err *err);
extern const fp_input fp_me_inputs[];
fp_status fp_me_get(fp_exchange *x, fp_err *err);
fp_status fp_me_post(fp_exchange *x, fp_err *err);
/* style.c, language.c */
fp_status fp_style_get(fp_exchange *x, fp_err *err);
extern const fp_input fp_language_inputs[];
fp_status fp_language_post(fp_exchange *x, fp_err *err);

/* sign_in.c */
extern const fp_input fp_sign_in_inputs[];
fp_status fp_sign_in_show(fp_exchange *x, fp_err *err);
fp_status fp_sign_in_post(fp_exchange *x, fp_err *err);
fp_status fp_sign_out_post(fp_exchange *x, fp_err *err);
/* second_factor.c */
extern const fp_input fp_second_factor_inputs[];
fp_status fp_second_factor_show(fp_exchange *x, fp_err *err);
fp_status fp_second_factor_post(fp_exchange *x, fp_err *err);
/* welcome.c */
extern const fp_input fp_welcome_inputs[];
fp_status fp_welcome_show(fp_exchange *x, fp_err *err);
fp_status fp_welcome_post(fp_exchange *x, fp_err *err);
/* own_account.c */
extern const fp_input fp_own_language_inputs[], fp_own_password_inputs[], fp_own_codes_inputs[],
    fp_own_factor_inputs[];
fp_status fp_own_account_show(fp_exchange *x, fp_err *err);
fp_status fp_own_language_post(fp_exchange *x, fp_err *err);
fp_status fp_own_password_post(fp_exchange *x, fp_err *err);
fp_status fp_own_codes_post(fp_exchange *x, fp_err *err);
fp_status fp_own_factor_post(fp_exchange *x, fp_err *err);
/* accounts.c */
extern const fp_input fp_account_new_inputs[], fp_account_inputs[], fp_account_link_inputs[];
fp_status fp_accounts_show(fp_exchange *x, fp_err *err);
fp_status fp_account_new_show(fp_exchange *x, fp_err *err);
fp_status fp_account_new_post(fp_exchange *x, fp_err *err);
fp_status fp_account_show(fp_exchange *x, fp_err *err);
fp_status fp_account_post(fp_exchange *x, fp_err *err);
fp_status fp_account_link_post(fp_exchange *x, fp_err *err);
/* log.c */
extern const fp_input fp_log_inputs[];
fp_status fp_log_show(fp_exchange *x, fp_err *err);
/* clients.c, client.c, client_consent.c, client_erase.c */
extern const fp_input fp_client_new_inputs[], fp_client_inputs[], fp_client_coach_inputs[];
extern const fp_input fp_client_consent_inputs[], fp_client_erase_inputs[];
fp_status fp_clients_show(fp_exchange *x, fp_err *err);
fp_status fp_client_new_show(fp_exchange *x, fp_err *err);
fp_status fp_client_new_post(fp_exchange *x, fp_err *err);
fp_status fp_client_show(fp_exchange *x, fp_err *err);
fp_status fp_client_post(fp_exchange *x, fp_err *err);
fp_status fp_client_coach_post(fp_exchange *x, fp_err *err);
fp_status fp_client_link_post(fp_exchange *x, fp_err *err);
fp_status fp_client_link_end_post(fp_exchange *x, fp_err *err);
fp_status fp_client_consent_show(fp_exchange *x, fp_err *err);
fp_status fp_client_consent_post(fp_exchange *x, fp_err *err);
fp_status fp_client_erase_show(fp_exchange *x, fp_err *err);
fp_status fp_client_erase_post(fp_exchange *x, fp_err *err);
fp_status fp_retention_show(fp_exchange *x, fp_err *err);

#endif
