/* The start of every role: the next step first, then what else there is. */
#include <stdio.h>
#include <string.h>

#include "store/account.h"
#include "store/client.h"
#include "store/pseudonym.h"
#include "store/retention.h"
#include "web/page.h"
#include "web/route.h"
#include "web/web_priv.h"

/* ---- the parts of the page ---- */

static json_t *count_of(ptrdiff_t n)
{
    return json_pack("{s:I}", "n", (json_int_t)n);
}

/* The step that is shown on top; of several the first counts. `one` for n = 1, else `many` with
 * {{n}}; text NULL = none. */
typedef struct {
    const char *one, *many, *text, *path, *button;
} step;

static fp_status put_next(fp_exchange *x, json_t *context, const step *s, ptrdiff_t n, fp_err *err)
{
    const char *title;
    if (json_object_get(context, "next"))
        return FP_OK;
    FP_TRY(fp_word_with(x, n == 1 ? s->one : s->many, count_of(n), &title, err));
    json_t *next = json_object();
    fp_put_text(next, "title", title);
    fp_put_word(x, next, "text", s->text);
    fp_put_text(next, "path", s->path);
    fp_put_word(x, next, "button", s->button);
    return json_object_set_new(context, "next", next) == 0
               ? FP_OK
               : fp_fail(err, FP_NOMEM, "not enough memory for a page");
}

static void put_task(fp_exchange *x, json_t *context, const char *path, const char *text,
                     ptrdiff_t count)
{
    char number[24] = "";
    json_t *task = json_object(), *tasks = json_object_get(context, "tasks");
    if (!tasks) {
        tasks = json_array();
        (void)json_object_set_new(context, "tasks", tasks);
        (void)json_object_set_new(context, "some", json_true());
    }
    if (count >= 0)
        (void)snprintf(number, sizeof number, "%td", count);
    fp_put_text(task, "path", path);
    fp_put_word(x, task, "text", text);
    fp_put_text(task, "count", number);
    (void)json_array_append_new(tasks, task);
}

/* ---- clients ---- */

typedef struct {
    ptrdiff_t all, without_coach, without_identity, without_consent, withdrawn;
    const fp_client *first_without_identity, *first_without_consent;
} tally;

static void add(tally *t, const fp_client *client)
{
    bool erased = client->erased != 0;
    if (erased)
        return;
    t->all++;
    t->without_coach += client->coach[0] == '\0';
    t->withdrawn += client->consent == FP_CONSENT_WITHDRAWN;
    if (!client->identity && !t->without_identity++)
        t->first_without_identity = client;
    if (client->consent == FP_CONSENT_NONE && !t->without_consent++)
        t->first_without_consent = client;
}

static fp_status tally_of(fp_exchange *x, const char *coach, tally *t, fp_err *err)
{
    ptrdiff_t count;
    const fp_client *clients;
    *t = (tally){0};
    FP_TRY(fp_client_list(x->reader, coach, x->arena, &count, &clients, err));
    for (ptrdiff_t i = 0; i < count; i++)
        add(t, &clients[i]);
    return FP_OK;
}

/* What is to be done for clients, whoever does it. */
static fp_status put_client_steps(fp_exchange *x, json_t *context, const tally *t, fp_err *err)
{
    if (t->without_identity) {
        const char *path =
            fp_arena_printf(x->arena, err, "/clients/%s", t->first_without_identity->id);
        const step s = {FP_MSG("One client has no name and address yet"),
                        FP_MSG("{{n}} clients have no name and address yet"),
                        FP_MSG("Fill in who it is, so that you can find your client again."), path,
                        FP_MSG("Fill in name and address")};
        if (!path)
            return FP_NOMEM;
        FP_TRY(put_next(x, context, &s, t->without_identity, err));
    }
    if (t->without_consent) {
        const char *path =
            fp_arena_printf(x->arena, err, "/clients/%s/consent", t->first_without_consent->id);
        const step s = {FP_MSG("Of one client it is not known whether they take part"),
                        FP_MSG("Of {{n}} clients it is not known whether they take part"),
                        FP_MSG("Talk about the study with your client and record the answer."),
                        path, FP_MSG("Record consent")};
        if (!path)
            return FP_NOMEM;
        FP_TRY(put_next(x, context, &s, t->without_consent, err));
    }
    return FP_OK;
}

static fp_status put_coach(fp_exchange *x, json_t *context, fp_err *err)
{
    static const step none = {NULL, FP_MSG("You have no clients yet"),
                              FP_MSG("The coordinator gives you your clients."), "/clients",
                              FP_MSG("To your clients")};
    static const step calm = {FP_MSG("Your client is up to date"),
                              FP_MSG("Your {{n}} clients are up to date"), NULL, "/clients",
                              FP_MSG("To your clients")};
    tally t;
    FP_TRY(tally_of(x, x->session.coach, &t, err));
    FP_TRY(put_client_steps(x, context, &t, err));
    FP_TRY(put_next(x, context, t.all ? &calm : &none, t.all, err));
    put_task(x, context, "/clients", FP_MSG("Clients"), t.all);
    return FP_OK;
}

/* How many identities have been kept for as long as study.yaml says. */
static fp_status count_due(fp_exchange *x, ptrdiff_t *due, fp_err *err)
{
    ptrdiff_t count;
    const fp_retention_row *rows;
    *due = 0;
    if (!x->web->plan)
        return FP_OK;
    FP_TRY(fp_retention_list(x->reader, &x->web->plan->retention, x->arena, &count, &rows, err));
    for (ptrdiff_t i = 0; i < count; i++)
        *due += rows[i].what == FP_RETAIN_IDENTITY && rows[i].due != FP_DAY_NONE &&
                rows[i].due <= x->now / 86400;
    return FP_OK;
}

static fp_status put_coordinator(fp_exchange *x, json_t *context, fp_err *err)
{
    static const step first = {NULL, FP_MSG("There are no clients yet"),
                               FP_MSG("Register the first one; a coach comes with it."),
                               "/clients/new", FP_MSG("Register a client")};
    static const step assign = {FP_MSG("One client has no coach yet"),
                                FP_MSG("{{n}} clients have no coach yet"), NULL, "/clients",
                                FP_MSG("Choose a coach")};
    static const step calm = {NULL, FP_MSG("Every client is up to date"), NULL, "/clients/new",
                              FP_MSG("Register a client")};
    static const step remove = {FP_MSG("The data of one client are kept longer than agreed"),
                                FP_MSG("The data of {{n}} clients are kept longer than agreed"),
                                FP_MSG("Look who they are, and erase name and address."),
                                "/retention", FP_MSG("To the data to remove")};
    tally t;
    ptrdiff_t due;
    FP_TRY(tally_of(x, NULL, &t, err));
    FP_TRY(count_due(x, &due, err));
    if (!t.all)
        FP_TRY(put_next(x, context, &first, 0, err));
    if (t.without_coach)
        FP_TRY(put_next(x, context, &assign, t.without_coach, err));
    FP_TRY(put_client_steps(x, context, &t, err));
    if (due)
        FP_TRY(put_next(x, context, &remove, due, err));
    FP_TRY(put_next(x, context, &calm, 0, err));
    put_task(x, context, "/clients", FP_MSG("Clients"), t.all);
    put_task(x, context, "/clients/new", FP_MSG("Register a client"), -1);
    put_task(x, context, "/retention", FP_MSG("Data to remove"), due);
    put_task(x, context, "/fidelity", FP_MSG("Programme"), -1);
    put_task(x, context, "/research/unlock", FP_MSG("Show researchers which group is which"), -1);
    return FP_OK;
}

/* ---- the others ---- */

static fp_status put_administrator(fp_exchange *x, json_t *context, fp_err *err)
{
    static const step first = {NULL, FP_MSG("You are the only one with an account"),
                               FP_MSG("Make an account for the coordinator, the coaches and the "
                                      "researchers."),
                               "/accounts/new", FP_MSG("Make an account")};
    static const step waiting = {
        FP_MSG("One account has no password yet"), FP_MSG("{{n}} accounts have no password yet"),
        FP_MSG("A link to set it works for three days. Make a new one where it ran out."),
        "/accounts", FP_MSG("To the accounts")};
    static const step calm = {NULL, FP_MSG("Every account is in use"), NULL, "/accounts",
                              FP_MSG("To the accounts")};
    ptrdiff_t count, active = 0, without = 0;
    const fp_account *accounts;
    FP_TRY(fp_account_list(x->reader, x->arena, &count, &accounts, err));
    for (ptrdiff_t i = 0; i < count; i++) {
        active += !accounts[i].disabled;
        without += !accounts[i].disabled && !accounts[i].password[0];
    }
    FP_TRY(put_next(x, context, active < 2 ? &first : without ? &waiting : &calm, without, err));
    put_task(x, context, "/accounts", FP_MSG("Accounts"), active);
    put_task(x, context, "/accounts/new", FP_MSG("Make an account"), -1);
    put_task(x, context, "/log", FP_MSG("Log"), -1);
    return FP_OK;
}

static fp_status put_researcher(fp_exchange *x, json_t *context, fp_err *err)
{
    static const step blind = {NULL, FP_MSG("The data are ready"),
                               FP_MSG("The groups are called A, B, C and D until the coordinator "
                                      "shows which is which."),
                               "/research", FP_MSG("To the data")};
    static const step open = {NULL, FP_MSG("The data are ready"),
                              FP_MSG("The groups have their own names."), "/research",
                              FP_MSG("To the data")};
    fp_unlocking unlocking;
    FP_TRY(fp_arms_unlocking(x->reader, x->arena, &unlocking, err));
    return put_next(x, context, unlocking.event ? &open : &blind, 0, err);
}

static fp_status put_fidelity(fp_exchange *x, json_t *context, fp_err *err)
{
    static const step figures = {NULL, FP_MSG("How the programme is going"),
                                 FP_MSG("Clients and consent of each coach, without names."),
                                 "/fidelity", FP_MSG("To the figures")};
    return put_next(x, context, &figures, 0, err);
}

fp_status fp_home_get(fp_exchange *x, fp_err *err)
{
    static fp_status (*const parts[FP_ROLE_COUNT])(fp_exchange *, json_t *, fp_err *) = {
        [FP_ROLE_ADMINISTRATOR] = put_administrator,
        [FP_ROLE_COORDINATOR] = put_coordinator,
        [FP_ROLE_COACH] = put_coach,
        [FP_ROLE_RESEARCHER] = put_researcher,
        [FP_ROLE_FIDELITY] = put_fidelity,
    };
    FP_JSON_SCOPED(context);
    fp_status status = parts[x->session.role] ? parts[x->session.role](x, context, err) : FP_OK;
    FP_TRY(status);
    return fp_page(x, "home", FP_MSG("Start"), context, err);
}
