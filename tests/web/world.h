#ifndef FP_TESTS_WEB_WORLD_H
#define FP_TESTS_WEB_WORLD_H

#include "web/route.h"
#include "web/visitor.h"

/* A study with somebody of every role signed in, two coaches with a client each. Everything in it
 * is made up. */
enum { WORLD_OTHER_COACH = FP_ROLE_COUNT, WORLD_PEOPLE };

typedef struct {
    client c;
    visitor who[WORLD_PEOPLE]; /* by role; NOBODY and CLIENT have no session */
    int64_t account;           /* of one who does not ask: what {account} stands for */
} world;

void world_open(world *w);
void world_close(world *w);

/* The path of a route with its {names} filled in; `whom` for {client}. Aborts where a route has a
 * name that this does not know: say there what it stands for. */
void world_path(const world *w, const fp_route *route, const char *whom, char out[512]);
/* Ask as somebody, past no check: from bytes on, as a browser would. `form` is urlencoded.
 * in  csrf  the token that the form carries; NULL = none. Gives the status. */
int world_ask(world *w, int who, const fp_route *route, const char *path, const char *csrf,
              const char *form);
/* A text as it stands in an urlencoded form. */
void world_encode(const char *text, char *out, size_t size);
/* How many events there are. */
int64_t world_events(const world *w);
/* Whether somebody has a session. */
bool world_signed_in(int who);

extern const char world_own[], world_others[], world_nobodys[]; /* clients, seen by the coach */

#endif
