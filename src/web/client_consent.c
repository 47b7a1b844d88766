/* Consent of a client: what was said so far, and the next word. */
#include <string.h>

#include "web/client_words.h"
#include "web/route.h"
#include "web/web_priv.h"

const fp_input fp_client_consent_inputs[] = {
    {"what", FP_FIELD_CHOICE, 0, 0, true, "give|withdraw"},
    {"moment", FP_FIELD_PAST, 0, 0, true, NULL},
    {"version", FP_FIELD_LINE, 1, 40, false, NULL},
    {"how", FP_FIELD_CHOICE, 0, 0, false, FP_CONSENT_HOW},
    {"rule", FP_FIELD_CHOICE, 0, 0, false, FP_CONSENT_RULES},
    {0},
};

static const char *const how_words[] = {FP_MSG("on paper"), FP_MSG("on screen"),
                                        FP_MSG("in words")};
static const char *const rule_words[] = {
    FP_MSG("What was collected stays in the research; nothing is added"),
    FP_MSG("From now on everything is left out of the research")};

static const fp_show give_fields[] = {
    {.name = "what", .label = FP_MSG("What"), .hidden = true},
    {.name = "moment", .label = FP_MSG("Date of the consent")},
    {.name = "version", .label = FP_MSG("Version of the text")},
    {.name = "how", .label = FP_MSG("How was it given?"), .words = how_words},
    {0},
};
static const fp_show withdraw_fields[] = {
    {.name = "what", .label = FP_MSG("What"), .hidden = true},
    {.name = "moment", .label = FP_MSG("Date of the withdrawal")},
    {.name = "rule", .label = FP_MSG("What was agreed?"), .words = rule_words},
    {0},
};

static fp_status put_history(fp_exchange *x, const fp_client *client, json_t *context, fp_err *err)
{
    ptrdiff_t count;
    const fp_consent *said;
    json_t *list = json_array();
    (void)json_object_set_new(context, "said", list);
    FP_TRY(fp_consent_list(x->reader, client->id, x->arena, &count, &said, err));
    for (ptrdiff_t i = 0; i < count; i++) {
        json_t *item = json_object();
        fp_client then = {.consent = said[i].given ? FP_CONSENT_GIVEN : FP_CONSENT_WITHDRAWN,
                          .consent_moment = said[i].moment,
                          .consent_version = said[i].version,
                          .consent_rule = said[i].rule};
        const char *words;
        (void)json_array_append_new(list, item);
        FP_TRY(fp_consent_words(x, &then, &words, err));
        fp_put_text(item, "words", words);
        fp_put_utc(x, item, "logged", said[i].at_utc);
    }
    return FP_OK;
}

static fp_status put_form(fp_exchange *x, const fp_client *client, json_t *context, fp_err *err)
{
    const char *path;
    static const fp_consent_spec unsaid = {0};
    const fp_consent_spec *said = x->web->plan ? &x->web->plan->consent : &unsaid;
    bool given = client->consent == FP_CONSENT_GIVEN;
    FP_JSON_SCOPED(values);
    FP_TRY(fp_client_path(x, client->id, "/consent", &path, err));
    fp_put_text(values, "what", given ? "withdraw" : "give");
    fp_put_text(values, "version", said->version ? said->version : "");
    fp_put_text(values, "rule", said->withdrawal == FP_WITHDRAWAL_REMOVE ? "remove" : "keep");
    fp_status status = fp_form_show(
        x, context,
        &(fp_form_look){.inputs = fp_client_consent_inputs,
                        .fields = given ? withdraw_fields : give_fields,
                        .action = path,
                        .button = given ? FP_MSG("Log the withdrawal") : FP_MSG("Log the consent")},
        values, err);
    return status;
}

static fp_status show(fp_exchange *x, const fp_client *client, fp_err *err)
{
    FP_JSON_SCOPED(context);
    fp_put_client(x, context, client);
    fp_put_client_back(x, context, client->id);
    fp_status status = put_history(x, client, context, err);
    if (status == FP_OK && !client->erased)
        status = put_form(x, client, context, err);
    FP_TRY(status);
    return fp_page(x, "client-consent", FP_MSG("Consent of {{client.id}}"), context, err);
}

fp_status fp_client_consent_show(fp_exchange *x, fp_err *err)
{
    bool found;
    fp_client client;
    FP_TRY(fp_client_asked(x, &found, &client, err));
    return found ? show(x, &client, err) : FP_OK;
}

static void need(fp_exchange *x, const char *name)
{
    if (!fp_exchange_value(x, name).n)
        fp_form_problem(&x->form, name, FP_MSG("Fill this in."));
}

/* Whether what is asked still fits: another page may have logged the same meanwhile. */
static void check(fp_exchange *x, const fp_client *client, bool gives)
{
    need(x, gives ? "version" : "rule");
    if (gives)
        need(x, "how");
    if (!gives && client->consent != FP_CONSENT_GIVEN)
        fp_form_problem(&x->form, "moment", FP_MSG("There is no consent to withdraw."));
}

static fp_status write(fp_exchange *x, const char *id, bool gives, fp_err *err)
{
    fp_ledger *writer;
    const char *moment = fp_str_dup(x->arena, fp_exchange_value(x, "moment"), err),
               *version = fp_str_dup(x->arena, fp_exchange_value(x, "version"), err),
               *how = fp_str_dup(x->arena, fp_exchange_value(x, "how"), err),
               *rule = fp_str_dup(x->arena, fp_exchange_value(x, "rule"), err);
    if (!moment || !version || !how || !rule)
        return FP_NOMEM;
    FP_TRY(fp_exchange_begin(x, &writer, err));
    const char *actor = fp_exchange_actor(x);
    FP_TRY(gives ? fp_consent_give(writer, actor, id, version, moment, how, x->now, err)
                 : fp_consent_withdraw(writer, actor, id, moment, rule, x->now, err));
    return fp_exchange_commit(x, err);
}

fp_status fp_client_consent_post(fp_exchange *x, fp_err *err)
{
    bool found, gives = fp_str_is(fp_exchange_value(x, "what"), "give");
    fp_client client;
    const char *path;
    FP_TRY(fp_client_asked(x, &found, &client, err));
    if (!found)
        return FP_OK;
    if (!x->form.problems)
        check(x, &client, gives);
    if (x->form.problems || client.erased)
        return show(x, &client, err);
    FP_TRY(write(x, client.id, gives, err));
    FP_TRY(fp_client_path(x, client.id, "", &path, err));
    return fp_exchange_redirect(
        x, path, gives ? FP_MSG("The consent is logged.") : FP_MSG("The withdrawal is logged."),
        err);
}
