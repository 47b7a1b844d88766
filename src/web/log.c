/* The log for the administrator: who did what when. What an event holds is not shown: it may be
 * about a client. */
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "store/account.h"
#include "web/page.h"
#include "web/route.h"

enum { EVENTS = 100 };

const fp_input fp_log_inputs[] = {
    {"before", FP_FIELD_WHOLE, 1, 1000000000, false, NULL},
    {0},
};

/* What happened, by kind of event; one that is not here is shown by its kind. */
static const struct {
    const char *kind, *text;
} kinds[] = {
    {"import", FP_MSG("imported a source file")},
    {"plan-lock", FP_MSG("locked the plan")},
    {"allocation-commit", FP_MSG("drew who is in which arm")},
    {"allocation-reveal", FP_MSG("told a drawn arm")},
    {"allocation-open", FP_MSG("opened the draw")},
    {"allocation-add", FP_MSG("drew a late coach")},
    {"allocation-leave", FP_MSG("noted that a coach left")},
    {"allocation-replace", FP_MSG("noted who took a coach's place")},
    {"allocation-move", FP_MSG("noted that a client moved to another coach")},
    {"allocation-correct", FP_MSG("corrected with which coach a client is")},
    {"account-created", FP_MSG("made an account")},
    {"account-changed", FP_MSG("changed an account")},
    {"account-renamed", FP_MSG("changed the name of an account")},
    {"account-link", FP_MSG("made a one-time link")},
    {"account-password", FP_MSG("set a password")},
    {"account-second-factor", FP_MSG("set or removed a second step")},
    {"account-recovery-codes", FP_MSG("made recovery codes")},
    {"signed-in", FP_MSG("signed in")},
    {"signed-out", FP_MSG("signed out")},
    {"client-registered", FP_MSG("registered a client")},
    {"client-assigned", FP_MSG("gave a client a coach")},
    {"client-link", FP_MSG("made a personal link for a client")},
    {"client-link-ended", FP_MSG("ended a client's personal link")},
    {"client-erased", FP_MSG("erased a client's data")},
    {"identity-saved", FP_MSG("saved who a client is")},
    {"consent-given", FP_MSG("noted a consent")},
    {"consent-withdrawn", FP_MSG("noted a withdrawal")},
    {"clock-set-back", FP_MSG("noticed that the clock was set back")},
    {"database-restored", FP_MSG("put a backup in the place of the database")},
    {"key-set", FP_MSG("gave the study its master key")},
    {"key-lost", FP_MSG("noted that the master key was lost")},
    {"research-key", FP_MSG("made the key of the pseudonyms")},
    {"key-rotated", FP_MSG("changed the master key")},
    {"arms-unlocked", FP_MSG("unlocked the names of the arms")},
};

typedef struct {
    fp_exchange *x;
    const fp_account *accounts; /* count */
    ptrdiff_t count;
    json_t *list;
    int64_t last;
} writer;

/* "account:7" as the name that account has now; a client, who acts by a personal link, without the
 * id: the administrator sees none. Others as they are. */
static const char *who(const writer *w, const char *actor)
{
    char one[32];
    if (strncmp(actor, "client:", 7) == 0)
        return fp_word(w->x, FP_MSG("a client"));
    for (ptrdiff_t i = 0; i < w->count; i++) {
        fp_account_actor(w->accounts[i].id, one);
        if (strcmp(one, actor) == 0)
            return w->accounts[i].display;
    }
    return actor;
}

static const char *what(const fp_exchange *x, const char *kind)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].kind, kind) == 0)
            return fp_word(x, kinds[i].text);
    return kind;
}

static fp_status put_event(void *context, const fp_event *event, fp_err *err)
{
    writer *w = context;
    json_t *item = json_object();
    (void)json_object_set_new(item, "seq", json_integer(event->seq));
    fp_put_utc(w->x, item, "when", event->at_utc);
    fp_put_text(item, "who", who(w, event->actor));
    fp_put_text(item, "what", what(w->x, event->kind));
    w->last = event->seq;
    return json_array_append_new(w->list, item) == 0
               ? FP_OK
               : fp_fail(err, FP_NOMEM, "not enough memory for the log");
}

fp_status fp_log_show(fp_exchange *x, fp_err *err)
{
    int64_t before = 0;
    FP_JSON_SCOPED(context);
    json_t *list = json_array();
    writer w = {.x = x, .list = list};
    (void)json_object_set_new(context, "events", list);
    (void)fp_int_parse(fp_exchange_value(x, "before"), 1, INT64_MAX, &before);
    FP_TRY(fp_account_list(x->reader, x->arena, &w.count, &w.accounts, err));
    FP_TRY(fp_ledger_recent(x->reader, before, EVENTS, put_event, &w, err));
    if (w.last > 1)
        (void)json_object_set_new(context, "older", json_integer(w.last));
    return fp_page(x, "log", FP_MSG("Log"), context, err);
}
