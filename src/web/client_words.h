#ifndef FP_WEB_CLIENT_WORDS_H
#define FP_WEB_CLIENT_WORDS_H

#include "store/client.h"
#include "web/page.h"

/* What the pages of clients share. Texts live in the arena of the request. */

/* The id in the path, NUL-terminated. */
FP_MUST_USE fp_status fp_client_segment(fp_exchange *x, const char **id, fp_err *err);
/* The client of the path. found false: answered already, as a page that is not there. */
FP_MUST_USE fp_status fp_client_asked(fp_exchange *x, bool *found, fp_client *client, fp_err *err);
/* "/clients/p001", and what comes after it. */
FP_MUST_USE fp_status fp_client_path(fp_exchange *x, const char *id, const char *after,
                                     const char **path, fp_err *err);
/* The link back to the client above the title. */
void fp_put_client_back(fp_exchange *x, json_t *context, const char *id);
/* Put id, coach, when registered, what stands about consent and whether erased under "client". */
void fp_put_client(fp_exchange *x, json_t *context, const fp_client *client);
/* What stands about consent, in words. */
FP_MUST_USE fp_status fp_consent_words(fp_exchange *x, const fp_client *client, const char **words,
                                       fp_err *err);
/* The choices of a coach: an array of {"code", "text"}, for values["coach_choices"]. */
FP_MUST_USE fp_status fp_put_coaches(fp_exchange *x, json_t *values, fp_err *err);
/* A problem beside the field `coach` where the study has no such coach. */
FP_MUST_USE fp_status fp_check_coach(fp_exchange *x, fp_err *err);

#endif
