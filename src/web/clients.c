/* The list of clients, and a new one. */
#include <string.h>

#include "store/identity.h"
#include "web/client_words.h"
#include "web/route.h"
#include "web/web_priv.h"

const fp_input fp_client_new_inputs[] = {
    {"client", FP_FIELD_ID, 1, FP_CLIENT_ID_MOST, false, NULL},
    {"coach", FP_FIELD_LINE, 1, 100, false, NULL},
    {0},
};

/* ---- the list ------------------------------------------------------------------------------- */

/* The name of a client: both lists stand in the order of the ids. */
static fp_status put_name(fp_exchange *x, json_t *item, const fp_client *client,
                          const fp_identity_row *names, ptrdiff_t count, ptrdiff_t *at, fp_err *err)
{
    const char *name;
    while (*at < count && strcmp(names[*at].client, client->id) < 0)
        (*at)++;
    if (*at >= count || strcmp(names[*at].client, client->id) != 0)
        return FP_OK;
    if (names[*at].damaged) {
        fp_exchange_damaged(x);
        fp_put_word(x, item, "name", FP_MSG("cannot be read: tell the administrator"));
        return FP_OK;
    }
    FP_TRY(fp_identity_full_name(&names[*at].current.identity, x->arena, &name, err));
    fp_put_text(item, "name", name);
    return FP_OK;
}

fp_status fp_clients_show(fp_exchange *x, fp_err *err)
{
    bool all = x->session.role == FP_ROLE_COORDINATOR;
    const char *coach = all ? NULL : x->session.coach;
    ptrdiff_t count, named = 0, at = 0;
    const fp_client *clients;
    const fp_identity_row *names = NULL;
    FP_JSON_SCOPED(context);
    json_t *list = json_array();
    (void)json_object_set_new(context, "clients", list);
    (void)json_object_set_new(context, "coordinates", json_boolean(all));
    (void)json_object_set_new(context, "keyless", json_boolean(!x->web->vault));
    FP_TRY(fp_client_list(x->reader, coach, x->arena, &count, &clients, err));
    if (x->web->vault)
        FP_TRY(fp_identity_list(x->reader, x->web->vault, coach, x->arena, &named, &names, err));
    for (ptrdiff_t i = 0; i < count; i++) {
        json_t *item = json_object();
        const char *consent;
        (void)json_array_append_new(list, item);
        FP_TRY(fp_consent_words(x, &clients[i], &consent, err));
        fp_put_text(item, "id", clients[i].id);
        fp_put_text(item, "coach", clients[i].coach);
        fp_put_text(item, "consent", clients[i].erased ? fp_word(x, FP_MSG("erased")) : consent);
        FP_TRY(put_name(x, item, &clients[i], names, named, &at, err));
    }
    (void)json_object_set_new(context, "none", json_boolean(count == 0));
    return fp_page(x, "clients", FP_MSG("Clients"), context, err);
}

/* ---- a new one ------------------------------------------------------------------------------ */

fp_status fp_client_new_show(fp_exchange *x, fp_err *err)
{
    static const fp_show fields[] = {
        {.name = "client",
         .label = FP_MSG("Study id"),
         .hint = FP_MSG("As the study has it. Leave it empty for a new one, drawn at random.")},
        {.name = "coach", .label = FP_MSG("Coach"), .list = true},
        {0}};
    FP_JSON_SCOPED(context);
    FP_JSON_SCOPED(values);
    fp_status status = fp_put_coaches(x, values, err);
    if (status == FP_OK)
        status = fp_form_show(x, context,
                              &(fp_form_look){.inputs = fp_client_new_inputs,
                                              .fields = fields,
                                              .action = "/clients/new",
                                              .button = FP_MSG("Register the client"),
                                              .cancel = "/clients"},
                              values, err);
    FP_TRY(status);
    return fp_page(x, "client-new", FP_MSG("A new client"), context, err);
}

fp_status fp_client_new_post(fp_exchange *x, fp_err *err)
{
    char id[FP_CLIENT_ID_MOST + 1];
    bool done = false;
    fp_ledger *writer;
    const char *why = NULL, *path, *coach;
    fp_str typed = fp_exchange_value(x, "client");
    if (typed.n && !fp_client_id_valid(typed, &why))
        fp_form_problem(&x->form, "client", why);
    FP_TRY(fp_check_coach(x, err));
    if (x->form.problems)
        return fp_client_new_show(x, err);
    FP_TRY(fp_exchange_begin(x, &writer, err));
    (void)snprintf(id, sizeof id, "%.*s", FP_STR_ARG(typed));
    if (!typed.n)
        FP_TRY(fp_client_id_draw(writer, id, err));
    coach = fp_str_dup(x->arena, fp_exchange_value(x, "coach"), err);
    if (!coach)
        return FP_NOMEM;
    FP_TRY(fp_client_register(writer, fp_exchange_actor(x), id, coach, &done, err));
    if (!done) {
        fp_form_problem(&x->form, "client", FP_MSG("There is a client with this id already."));
        return fp_client_new_show(x, err);
    }
    FP_TRY(fp_exchange_commit(x, err));
    FP_TRY(fp_client_path(x, id, "", &path, err));
    return fp_exchange_redirect(x, path, FP_MSG("The client is registered."), err);
}
