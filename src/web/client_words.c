#include "web/client_words.h"

#include <string.h>

#include "web/web_priv.h"

fp_status fp_client_segment(fp_exchange *x, const char **id, fp_err *err)
{
    *id = fp_str_dup(x->arena, fp_exchange_segment(x, "client"), err);
    return *id ? FP_OK : FP_NOMEM;
}

fp_status fp_client_asked(fp_exchange *x, bool *found, fp_client *client, fp_err *err)
{
    const char *id;
    FP_TRY(fp_client_segment(x, &id, err));
    FP_TRY(fp_client_find(x->reader, id, x->arena, found, client, err));
    return *found ? FP_OK : fp_exchange_not_found(x, err);
}

fp_status fp_client_path(fp_exchange *x, const char *id, const char *after, const char **path,
                         fp_err *err)
{
    *path = fp_arena_printf(x->arena, err, "/clients/%s%s", id, after);
    return *path ? FP_OK : FP_NOMEM;
}

void fp_put_client_back(fp_exchange *x, json_t *context, const char *id)
{
    const char *path;
    fp_put_back(context, fp_client_path(x, id, "", &path, NULL) == FP_OK ? path : NULL, id);
}

fp_status fp_consent_words(fp_exchange *x, const fp_client *client, const char **words, fp_err *err)
{
    json_t *values = json_object();
    const char *message = FP_MSG("no consent yet");
    if (client->consent == FP_CONSENT_GIVEN)
        message = FP_MSG("given on {{moment}}, version {{version}}");
    else if (client->consent == FP_CONSENT_WITHDRAWN)
        message = strcmp(client->consent_rule, "remove") == 0
                      ? FP_MSG("withdrawn on {{moment}}; left out of the research")
                      : FP_MSG("withdrawn on {{moment}}; what was collected stays");
    fp_put_utc(x, values, "moment", client->consent_moment);
    fp_put_text(values, "version", client->consent_version);
    return fp_word_with(x, message, values, words, err);
}

void fp_put_client(fp_exchange *x, json_t *context, const fp_client *client)
{
    json_t *item = json_object();
    const char *words = "";
    fp_put_text(item, "id", client->id);
    fp_put_text(item, "coach", client->coach);
    fp_put_utc(x, item, "registered", client->registered_at);
    if (fp_consent_words(x, client, &words, NULL) == FP_OK)
        fp_put_text(item, "consent", words);
    if (client->erased)
        fp_put_utc(x, item, "erased", client->erased_at);
    if (client->link_until > x->now)
        fp_put_moment(x, item, "link", client->link_until);
    (void)json_object_set_new(context, "client", item);
}

fp_status fp_put_coaches(fp_exchange *x, json_t *values, fp_err *err)
{
    ptrdiff_t count;
    const char *const *ids;
    json_t *list = json_array();
    (void)json_object_set_new(values, "coach_choices", list);
    FP_TRY(fp_client_coaches(x->reader, x->arena, &count, &ids, err));
    for (ptrdiff_t i = 0; i < count; i++) {
        json_t *item = json_object();
        fp_put_text(item, "code", ids[i]);
        fp_put_text(item, "text", ids[i]);
        (void)json_array_append_new(list, item);
    }
    return FP_OK;
}

fp_status fp_check_coach(fp_exchange *x, fp_err *err)
{
    ptrdiff_t count;
    const char *const *ids;
    fp_str coach = fp_exchange_value(x, "coach");
    bool known = coach.n == 0;
    FP_TRY(fp_client_coaches(x->reader, x->arena, &count, &ids, err));
    for (ptrdiff_t i = 0; i < count && !known; i++)
        known = fp_str_is(coach, ids[i]);
    if (!known)
        fp_form_problem(&x->form, "coach", FP_MSG("The study has no coach with this id."));
    return FP_OK;
}
