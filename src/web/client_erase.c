/* Erasing a client, its certificate, and the list of what is due. */
#include <stdio.h>
#include <string.h>

#include "store/retention.h"
#include "web/client_words.h"
#include "web/route.h"
#include "web/web_priv.h"

const fp_input fp_client_erase_inputs[] = {
    {"reason", FP_FIELD_CHOICE, 0, 0, true, FP_ERASE_REASONS},
    {"sure", FP_FIELD_TICK, 0, 0, true, NULL},
    {0},
};
static const char *const reason_words[] = {FP_MSG("The client asked for it"),
                                           FP_MSG("The time to keep it is over"),
                                           FP_MSG("Registered by mistake")};
static const fp_show fields[] = {
    {.name = "reason", .label = FP_MSG("Why"), .words = reason_words},
    {.name = "sure", .label = FP_MSG("I know that nobody can bring this back")},
    {0},
};

static const char *reason_word(const char *reason)
{
    const char *at = strstr(FP_ERASE_REASONS, reason);
    int place = 0;
    for (const char *p = FP_ERASE_REASONS; at && p < at; p++)
        place += *p == '|';
    return at ? reason_words[place] : reason;
}

static fp_status put_certificate(fp_exchange *x, const fp_client *client, json_t *context,
                                 fp_err *err)
{
    bool found;
    fp_erasure erasure;
    json_t *item = json_object();
    (void)json_object_set_new(context, "certificate", item);
    FP_TRY(fp_client_erasure(x->reader, client->id, x->arena, &found, &erasure, err));
    if (!found)
        return fp_fail(err, FP_INTERNAL, "an erasure without its event");
    fp_put_text(item, "study", x->web->title);
    fp_put_text(item, "client", erasure.client);
    fp_put_utc(x, item, "moment", erasure.at_utc);
    fp_put_text(item, "utc", erasure.at_utc);
    fp_put_word(x, item, "reason", reason_word(erasure.reason));
    fp_put_text(item, "actor", erasure.actor);
    fp_put_text(item, "hash", erasure.hash);
    (void)json_object_set_new(item, "event", json_integer(erasure.event));
    (void)json_object_set_new(item, "sealed", json_integer(erasure.sealed));
    return FP_OK;
}

static fp_status show(fp_exchange *x, const fp_client *client, fp_err *err)
{
    const char *path;
    FP_JSON_SCOPED(context);
    fp_put_client(x, context, client);
    fp_put_client_back(x, context, client->id);
    fp_status status = client->erased ? put_certificate(x, client, context, err)
                                      : fp_client_path(x, client->id, "/erase", &path, err);
    if (status == FP_OK && !client->erased)
        status = fp_form_show(x, context,
                              &(fp_form_look){.inputs = fp_client_erase_inputs,
                                              .fields = fields,
                                              .action = path,
                                              .button = FP_MSG("Erase for good"),
                                              .danger = true},
                              NULL, err);
    FP_TRY(status);
    return fp_page(x, "client-erase",
                   client->erased ? FP_MSG("Certificate of deletion")
                                  : FP_MSG("Erase who {{client.id}} is"),
                   context, err);
}

fp_status fp_client_erase_show(fp_exchange *x, fp_err *err)
{
    bool found;
    fp_client client;
    FP_TRY(fp_client_asked(x, &found, &client, err));
    return found ? show(x, &client, err) : FP_OK;
}

fp_status fp_client_erase_post(fp_exchange *x, fp_err *err)
{
    bool found;
    fp_client client;
    fp_ledger *writer;
    const char *path, *reason;
    FP_TRY(fp_client_asked(x, &found, &client, err));
    if (!found)
        return FP_OK;
    if (x->form.problems || client.erased)
        return show(x, &client, err);
    reason = fp_str_dup(x->arena, fp_exchange_value(x, "reason"), err);
    if (!reason)
        return FP_NOMEM;
    FP_TRY(fp_exchange_begin(x, &writer, err));
    FP_TRY(fp_client_erase(writer, fp_exchange_actor(x), client.id, reason, err));
    FP_TRY(fp_exchange_commit(x, err));
    /* The key is destroyed, whatever happens from here on; where others read just now, or the disk
     * fails, the old pages are cleared a little later. */
    fp_err why = {0};
    fp_status cleared = fp_exchange_flush(x, &why);
    if (cleared != FP_OK && cleared != FP_BUSY)
        (void)snprintf(x->response->fault, sizeof x->response->fault, "%.250s", why.message);
    FP_TRY(fp_client_path(x, client.id, "/erase", &path, err));
    return fp_exchange_redirect(
        x, path,
        cleared == FP_OK
            ? FP_MSG("The client is erased.")
            : FP_MSG("The client is erased. The last traces on the disk are cleared as "
                     "soon as nobody reads; erase or save something later to be sure."),
        err);
}

/* ---- what is due ----------------------------------------------------------------------------- */

static void put_row(fp_exchange *x, json_t *list, const fp_retention_row *row, fp_day today)
{
    static const char *const whats[] = {FP_MSG("Who the client is"), FP_MSG("Data of the study"),
                                        FP_MSG("Log of the study")};
    json_t *item = json_object();
    bool dated = row->due != FP_DAY_NONE;
    fp_put_word(x, item, "what", whats[row->what]);
    fp_put_text(item, "client", row->client);
    fp_put_day(x, item, "since", row->since);
    fp_put_day(x, item, "due", row->due);
    fp_put_word(x, item, "state",
                !dated              ? FP_MSG("no date yet")
                : row->due <= today ? FP_MSG("due")
                                    : FP_MSG("later"));
    (void)json_object_set_new(item, "now", json_boolean(dated && row->due <= today));
    (void)json_array_append_new(list, item);
}

fp_status fp_retention_show(fp_exchange *x, fp_err *err)
{
    ptrdiff_t count;
    const fp_retention_row *rows;
    static const fp_retention_spec none = {0};
    const fp_retention_spec *rules = x->web->plan ? &x->web->plan->retention : &none;
    FP_JSON_SCOPED(context);
    json_t *list = json_array();
    (void)json_object_set_new(context, "rows", list);
    (void)json_object_set_new(context, "ruleless",
                              json_boolean(rules->identity + rules->research + rules->log == 0));
    fp_status status = fp_retention_list(x->reader, rules, x->arena, &count, &rows, err);
    FP_TRY(status);
    for (ptrdiff_t i = 0; i < count; i++)
        put_row(x, list, &rows[i], (fp_day)(x->now / 86400));
    return fp_page(x, "retention", FP_MSG("Data to remove"), context, err);
}
