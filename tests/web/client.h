#ifndef FP_TESTS_WEB_CLIENT_H
#define FP_TESTS_WEB_CLIENT_H

#include "web/web.h"

/* A study in a folder of its own with a web on it and a clock that stands still, and requests on it
 * without a socket. */
typedef struct {
    char folder[512];
    fp_web *web;
    int64_t now;       /* [s], moved by the test */
    fp_fields headers; /* sent with every request, borrowed */
    const char *peer;  /* address of who asks; NULL = 127.0.0.1 */
    fp_arena *arena;
    fp_response response; /* of the last request */
} client;

void client_open(client *c);
void client_close(client *c);
/* As after a restart of the server. */
void client_reopen(client *c);
/* Ask; `cookie` "" = none. `form` as "name=value&name=value", taken as it is; NULL = none. Gives
 * the status; the response stays until the next request. */
int client_ask(client *c, fp_method method, const char *path, const char *cookie, const char *form);
/* "firstplace-1a2b3c4d=VALUE" as a browser sends it. */
void client_cookie(const client *c, const char *name, const char *value, char out[256]);
/* A header of the last answer; "" = none. */
const char *client_header(const client *c, const char *name);

#endif
