/* The client's own page, behind a personal link: what is known, consent, and withdrawing it. */
#include <stdio.h>
#include <string.h>

#include "store/account.h"
#include "store/client.h"
#include "store/identity.h"
#include "web/page.h"
#include "web/route.h"
#include "web/web_priv.h"

const fp_input fp_me_inputs[] = {
    {"rule", FP_FIELD_CHOICE, 0, 0, true, FP_CONSENT_RULES},
    {0},
};
static const char *const rules[] = {
    FP_MSG("I stop. What the study already has may be used."),
    FP_MSG("I stop. The study may no longer use what it has about me."),
};
static const fp_show fields[] = {
    {.name = "rule", .label = FP_MSG("What do you want?"), .words = rules},
    {0},
};

/* ---- what is shown ---- */

static void put_fact(fp_exchange *x, json_t *facts, const char *label, const char *value)
{
    if (!value || !value[0])
        return;
    json_t *fact = json_object();
    fp_put_word(x, fact, "label", label);
    fp_put_text(fact, "value", value);
    (void)json_array_append_new(facts, fact);
}

static const char *field_text(fp_exchange *x, const fp_identity *identity, fp_identity_field field)
{
    const char *text = fp_str_dup(x->arena, identity->field[field], NULL);
    return text ? text : "";
}

/* The last three digits tell the client which number it is, and nobody who looks along. */
static const char *last_digits(fp_exchange *x, const char *bsn)
{
    size_t n = strlen(bsn);
    const char *text = n < 9 ? "" : fp_arena_printf(x->arena, NULL, "••••••%s", bsn + n - 3);
    return text ? text : "";
}

static const char *address_of(fp_exchange *x, const fp_identity *identity)
{
    const char *street = field_text(x, identity, FP_IDENTITY_STREET),
               *postcode = field_text(x, identity, FP_IDENTITY_POSTCODE),
               *town = field_text(x, identity, FP_IDENTITY_TOWN);
    const char *text = fp_arena_printf(x->arena, NULL, "%s%s%s%s%s", street,
                                       street[0] && (postcode[0] || town[0]) ? ", " : "", postcode,
                                       postcode[0] && town[0] ? " " : "", town);
    return text ? text : "";
}

static fp_status put_identity(fp_exchange *x, const fp_client *client, json_t *facts, fp_err *err)
{
    fp_identity_version current;
    const char *name;
    char day[32] = "";
    fp_day born;
    if (!client->identity || !x->web->vault)
        return FP_OK;
    FP_TRY(fp_identity_open(x->reader, x->web->vault, client->id, x->arena, &current, err));
    FP_TRY(fp_identity_full_name(&current.identity, x->arena, &name, err));
    if (fp_day_parse(current.identity.field[FP_IDENTITY_BIRTH_DATE], &born))
        fp_day_words(x->language, born, day);
    put_fact(x, facts, FP_MSG("Name"), name);
    put_fact(x, facts, FP_MSG("Born"), day);
    put_fact(x, facts, FP_MSG("BSN"),
             last_digits(x, field_text(x, &current.identity, FP_IDENTITY_BSN)));
    put_fact(x, facts, FP_MSG("Address"), address_of(x, &current.identity));
    put_fact(x, facts, FP_MSG("Telephone"), field_text(x, &current.identity, FP_IDENTITY_PHONE));
    put_fact(x, facts, FP_MSG("E-mail"), field_text(x, &current.identity, FP_IDENTITY_EMAIL));
    return FP_OK;
}

/* The name of the coach, where one has an account. */
static fp_status put_coach(fp_exchange *x, const fp_client *client, json_t *facts, fp_err *err)
{
    ptrdiff_t count;
    const fp_account *accounts;
    if (!client->coach[0])
        return FP_OK;
    FP_TRY(fp_account_list(x->reader, x->arena, &count, &accounts, err));
    for (ptrdiff_t i = 0; i < count; i++)
        if (!accounts[i].disabled && strcmp(accounts[i].coach, client->coach) == 0)
            put_fact(x, facts, FP_MSG("Who guides you"), accounts[i].display);
    return FP_OK;
}

static void put_consent(fp_exchange *x, const fp_client *client, json_t *context)
{
    bool removed = strcmp(client->consent_rule, "remove") == 0;
    json_t *consent = json_object();
    fp_put_utc(x, consent, "moment", client->consent_moment);
    (void)json_object_set_new(consent, "given", json_boolean(client->consent == FP_CONSENT_GIVEN));
    (void)json_object_set_new(consent, "withdrawn",
                              json_boolean(client->consent == FP_CONSENT_WITHDRAWN));
    (void)json_object_set_new(consent, "removed", json_boolean(removed));
    (void)json_object_set_new(consent, "none", json_boolean(client->consent == FP_CONSENT_NONE));
    (void)json_object_set_new(context, "consent", consent);
}

static fp_status fill(fp_exchange *x, const fp_client *client, json_t *context, fp_err *err)
{
    json_t *facts = json_array();
    (void)json_object_set_new(context, "facts", facts);
    FP_TRY(put_identity(x, client, facts, err));
    FP_TRY(put_coach(x, client, facts, err));
    put_consent(x, client, context);
    (void)json_object_set_new(context, "known", json_boolean(json_array_size(facts) > 0));
    if (client->consent != FP_CONSENT_GIVEN)
        return FP_OK;
    const char *action = fp_arena_printf(x->arena, err, "/me/%.*s", FP_STR_ARG(x->path_value[0]));
    if (!action)
        return FP_NOMEM;
    const fp_form_look look = {.inputs = fp_me_inputs,
                               .fields = fields,
                               .action = action,
                               .button = FP_MSG("Stop with the study")};
    return fp_form_show(x, context, &look, NULL, err);
}

static fp_status show(fp_exchange *x, const fp_client *client, fp_err *err)
{
    FP_JSON_SCOPED(context);
    fp_status status = fill(x, client, context, err);
    FP_TRY(status);
    return fp_page(x, "me", FP_MSG("Your data"), context, err);
}

/* A link that does not work says no more than that. */
static fp_status no_link(fp_exchange *x, fp_err *err)
{
    return fp_page_error(x, 404,
                         FP_MSG("This link does not work, or no longer. Ask for a new one from "
                                "whoever guides you."),
                         err);
}

fp_status fp_me_get(fp_exchange *x, fp_err *err)
{
    fp_client client;
    bool found;
    FP_TRY(fp_client_by_link(x->reader, x->path_value[0], x->now, x->arena, &found, &client, err));
    return found ? show(x, &client, err) : no_link(x, err);
}

fp_status fp_me_post(fp_exchange *x, fp_err *err)
{
    fp_client client;
    fp_ledger *writer;
    bool found;
    char actor[FP_CLIENT_ID_MOST + 16], moment[24], path[128];
    FP_TRY(fp_client_by_link(x->reader, x->path_value[0], x->now, x->arena, &found, &client, err));
    if (!found)
        return no_link(x, err);
    if (x->form.problems)
        return show(x, &client, err);
    const char *rule = fp_str_dup(x->arena, fp_exchange_value(x, "rule"), err);
    if (!rule)
        return FP_NOMEM;
    (void)snprintf(actor, sizeof actor, "client:%s", client.id);
    (void)snprintf(path, sizeof path, "/me/%.*s", FP_STR_ARG(x->path_value[0]));
    fp_utc_format(x->now, moment);
    FP_TRY(fp_exchange_begin(x, &writer, err));
    FP_TRY(fp_consent_withdraw(writer, actor, client.id, moment, rule, x->now, err));
    FP_TRY(fp_exchange_commit(x, err));
    return fp_exchange_redirect(x, path, FP_MSG("We have noted that you stop."), err);
}
