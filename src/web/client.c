/* One client: who it is, with whom; saving that while somebody else may save it too. */
#include <string.h>

#include "base/num.h"
#include "store/identity.h"
#include "web/client_words.h"
#include "web/route.h"
#include "web/web_priv.h"

enum { LINK_DAYS = 90, DAY = 86400 };

const fp_input fp_client_inputs[] = {
    {"given_names", FP_FIELD_LINE, 0, 100, false, NULL},
    {"prefix", FP_FIELD_LINE, 0, 20, false, NULL},
    {"family_name", FP_FIELD_LINE, 1, 100, true, NULL},
    {"birth_date", FP_FIELD_PAST, 0, 0, false, NULL},
    {"bsn", FP_FIELD_BSN, 0, 0, false, NULL},
    {"street", FP_FIELD_LINE, 0, 100, false, NULL},
    {"postcode", FP_FIELD_LINE, 0, 12, false, NULL},
    {"town", FP_FIELD_LINE, 0, 80, false, NULL},
    {"phone", FP_FIELD_PHONE, 0, 20, false, NULL},
    {"email", FP_FIELD_EMAIL, 0, 254, false, NULL},
    {"version", FP_FIELD_WHOLE, 0, 1000000000, true, NULL},
    {0},
};
const fp_input fp_client_coach_inputs[] = {
    {"coach", FP_FIELD_LINE, 1, 100, false, NULL},
    {0},
};

static const fp_show identity_fields[] = {
    {.name = "given_names", .label = FP_MSG("Given names")},
    {.name = "prefix", .label = FP_MSG("Prefix"), .hint = FP_MSG("As in van, de, el")},
    {.name = "family_name", .label = FP_MSG("Family name")},
    {.name = "birth_date", .label = FP_MSG("Date of birth")},
    {.name = "bsn",
     .label = FP_MSG("BSN"),
     .hint = FP_MSG("Only where the law allows it to be used here.")},
    {.name = "street", .label = FP_MSG("Street and number")},
    {.name = "postcode", .label = FP_MSG("Postcode")},
    {.name = "town", .label = FP_MSG("Town")},
    {.name = "phone", .label = FP_MSG("Telephone")},
    {.name = "email", .label = FP_MSG("E-mail")},
    {.name = "version", .label = FP_MSG("Version"), .hidden = true},
    {0},
};

/* ---- the page ------------------------------------------------------------------------------- */

static fp_status put_identity_values(fp_exchange *x, const fp_client *client, json_t *values,
                                     fp_err *err)
{
    fp_identity_version current;
    char version[24];
    FP_TRY(fp_identity_open(x->reader, x->web->vault, client->id, x->arena, &current, err));
    for (int i = 0; i < FP_IDENTITY_FIELDS; i++)
        fp_put_str(values, fp_identity_name((fp_identity_field)i), current.identity.field[i]);
    (void)snprintf(version, sizeof version, "%lld", (long long)current.version);
    fp_put_text(values, "version", version);
    return FP_OK;
}

static fp_status put_identity_form(fp_exchange *x, const fp_client *client, json_t *context,
                                   fp_err *err)
{
    const char *path;
    FP_JSON_SCOPED(values);
    FP_TRY(fp_client_path(x, client->id, "", &path, err));
    fp_status status = put_identity_values(x, client, values, err);
    if (status == FP_OK)
        status = fp_form_show(x, context,
                              &(fp_form_look){.inputs = fp_client_inputs,
                                              .fields = identity_fields,
                                              .action = path,
                                              .button = FP_MSG("Save")},
                              values, err);
    return status;
}

/* The coordinator hands a client to another coach. */
static fp_status put_coach_form(fp_exchange *x, const fp_client *client, json_t *context,
                                fp_err *err)
{
    static const fp_show fields[] = {{.name = "coach", .label = FP_MSG("Coach"), .list = true},
                                     {0}};
    const char *path;
    FP_JSON_SCOPED(values);
    json_t *other = json_object();
    (void)json_object_set_new(context, "other", other);
    FP_TRY(fp_client_path(x, client->id, "/coach", &path, err));
    fp_put_text(values, "coach", client->coach);
    fp_status status = fp_put_coaches(x, values, err);
    if (status == FP_OK)
        status = fp_form_show(x, other,
                              &(fp_form_look){.inputs = fp_client_coach_inputs,
                                              .fields = fields,
                                              .action = path,
                                              .button = FP_MSG("Hand over")},
                              values, err);
    return status;
}

/* in  context  what the page has beside it */
static fp_status show_with(fp_exchange *x, const fp_client *client, json_t *context, fp_err *err)
{
    bool coordinates = x->session.role == FP_ROLE_COORDINATOR;
    fp_put_client(x, context, client);
    (void)json_object_set_new(context, "coordinates", json_boolean(coordinates));
    (void)json_object_set_new(context, "keyless", json_boolean(!x->web->vault));
    fp_status status = FP_OK;
    if (x->web->vault && !client->erased)
        status = put_identity_form(x, client, context, err);
    if (status == FP_OK && coordinates && !client->erased)
        status = put_coach_form(x, client, context, err);
    FP_TRY(status);
    fp_put_back(context, "/clients", fp_word(x, FP_MSG("Clients")));
    return fp_page(x, "client", FP_MSG("Client {{client.id}}"), context, err);
}

static fp_status show(fp_exchange *x, const fp_client *client, fp_err *err)
{
    FP_JSON_SCOPED(context);
    return show_with(x, client, context, err);
}

fp_status fp_client_show(fp_exchange *x, fp_err *err)
{
    bool found;
    fp_client client;
    FP_TRY(fp_client_asked(x, &found, &client, err));
    return found ? show(x, &client, err) : FP_OK;
}

/* ---- saving --------------------------------------------------------------------------------- */

static void read_form(const fp_exchange *x, fp_identity *identity)
{
    for (int i = 0; i < FP_IDENTITY_FIELDS; i++)
        identity->field[i] = fp_exchange_value(x, fp_identity_name((fp_identity_field)i));
}

/* One field that somebody else changed since the form was opened. What was typed stays; where
 * nothing was typed over it, the new value comes in its place. */
static void merge_field(fp_exchange *x, json_t *rows, int i, const fp_identity_saving *saving,
                        const fp_identity *mine)
{
    const char *name = fp_identity_name((fp_identity_field)i);
    fp_str was = saving->base.identity.field[i], is = saving->theirs.identity.field[i];
    bool untouched = fp_str_eq(mine->field[i], was);
    const fp_form_field *typed = fp_form_find(&x->form, name);
    if (!typed)
        return; /* every field of an identity is an input of this page */
    json_t *row = json_object();
    fp_put_word(x, row, "label", identity_fields[i].label);
    fp_put_str(row, "was", was);
    fp_put_str(row, "is", is);
    fp_put_str(row, "typed", typed->typed);
    (void)json_array_append_new(rows, row);
    if (fp_str_eq(mine->field[i], is))
        return;
    if (untouched)
        fp_form_retype(&x->form, name, is);
    fp_form_problem(&x->form, name,
                    untouched ? FP_MSG("Somebody else changed this; the new value stands here.")
                              : FP_MSG("Somebody else changed this too; what you typed stands "
                                       "here."));
}

/* Tell field by field what changed since the form was opened; saving again saves it. */
static fp_status show_changes(fp_exchange *x, const fp_client *client,
                              const fp_identity_saving *saving, const fp_identity *mine,
                              fp_err *err)
{
    FP_JSON_SCOPED(context);
    json_t *changes = json_object(), *rows = json_array();
    const char *now = fp_arena_printf(x->arena, err, "%lld", (long long)saving->version);
    (void)json_object_set_new(context, "changes", changes);
    (void)json_object_set_new(changes, "rows", rows);
    fp_put_utc(x, changes, "moment", saving->theirs.at_utc);
    for (int i = 0; i < FP_IDENTITY_FIELDS; i++)
        if (saving->changed[i])
            merge_field(x, rows, i, saving, mine);
    fp_form_retype(&x->form, "version", fp_str_of(now));
    x->response->status = 409;
    return show_with(x, client, context, err);
}

static fp_status save(fp_exchange *x, const char *id, int64_t base, const fp_identity *mine,
                      fp_identity_saving *saving, fp_err *err)
{
    fp_ledger *writer;
    FP_TRY(fp_exchange_begin(x, &writer, err));
    FP_TRY(fp_identity_save(writer, x->web->vault, fp_exchange_actor(x), id, base, mine, x->arena,
                            saving, err));
    return saving->outcome == FP_IDENTITY_SAVED ? fp_exchange_commit(x, err) : FP_OK;
}

fp_status fp_client_post(fp_exchange *x, fp_err *err)
{
    bool found;
    fp_client client;
    fp_identity mine;
    fp_identity_saving saving;
    const char *path;
    int64_t base = 0;
    FP_TRY(fp_client_asked(x, &found, &client, err));
    if (!found)
        return FP_OK;
    if (x->form.problems || client.erased || !x->web->vault)
        return show(x, &client, err);
    read_form(x, &mine);
    (void)fp_int_parse(fp_exchange_value(x, "version"), 0, 1000000000, &base);
    FP_TRY(save(x, client.id, base, &mine, &saving, err));
    if (saving.outcome == FP_IDENTITY_CHANGED_MEANWHILE)
        return show_changes(x, &client, &saving, &mine, err);
    if (saving.outcome == FP_IDENTITY_BSN_TAKEN) {
        fp_form_problem(&x->form, "bsn", FP_MSG("Another client is registered with this BSN."));
        return show(x, &client, err);
    }
    FP_TRY(fp_client_path(x, client.id, "", &path, err));
    return fp_exchange_redirect(x, path,
                                saving.outcome == FP_IDENTITY_SAVED
                                    ? FP_MSG("The client is saved.")
                                    : FP_MSG("Nothing had changed."),
                                err);
}

/* ---- another coach, the personal link -------------------------------------------------------- */

fp_status fp_client_coach_post(fp_exchange *x, fp_err *err)
{
    bool found;
    fp_client client;
    fp_ledger *writer;
    const char *path, *coach;
    FP_TRY(fp_client_asked(x, &found, &client, err));
    if (!found)
        return FP_OK;
    FP_TRY(fp_check_coach(x, err));
    if (x->form.problems || client.erased)
        return show(x, &client, err);
    coach = fp_str_dup(x->arena, fp_exchange_value(x, "coach"), err);
    if (!coach)
        return FP_NOMEM;
    FP_TRY(fp_exchange_begin(x, &writer, err));
    FP_TRY(fp_client_assign(writer, fp_exchange_actor(x), client.id, coach, err));
    FP_TRY(fp_exchange_commit(x, err));
    FP_TRY(fp_client_path(x, client.id, "", &path, err));
    return fp_exchange_redirect(x, path, FP_MSG("The client is handed over."), err);
}

/* The client asked for, and a transaction to write about them; *writer NULL where the answer is
 * made already: there is no such client, or no longer. */
static fp_status begin_link(fp_exchange *x, fp_client *client, fp_ledger **writer, fp_err *err)
{
    bool found;
    *writer = NULL;
    FP_TRY(fp_client_asked(x, &found, client, err));
    if (!found)
        return FP_OK;
    return client->erased ? fp_exchange_not_found(x, err) : fp_exchange_begin(x, writer, err);
}

fp_status fp_client_link_post(fp_exchange *x, fp_err *err)
{
    fp_client client;
    fp_ledger *writer;
    char token[FP_TOKEN_DIGITS + 1];
    const int64_t until = x->now + (int64_t)LINK_DAYS * DAY;
    FP_TRY(begin_link(x, &client, &writer, err));
    if (!writer)
        return FP_OK;
    FP_TRY(fp_client_link_make(writer, fp_exchange_actor(x), client.id, until, token, err));
    FP_TRY(fp_exchange_commit(x, err));
    FP_JSON_SCOPED(context);
    const char *path = fp_arena_printf(x->arena, err, "/me/%s", token);
    fp_put_text(context, "path", path);
    fp_put_str(context, "host", fp_fields_header(x->request->headers, "Host"));
    fp_put_text(context, "scheme", x->web->options.secure ? "https" : "http");
    fp_put_moment(x, context, "until", until);
    fp_put_client_back(x, context, client.id);
    return fp_page(x, "client-link", FP_MSG("A personal link"), context, err);
}

fp_status fp_client_link_end_post(fp_exchange *x, fp_err *err)
{
    fp_client client;
    fp_ledger *writer;
    const char *path;
    FP_TRY(begin_link(x, &client, &writer, err));
    if (!writer)
        return FP_OK;
    FP_TRY(fp_client_link_end(writer, fp_exchange_actor(x), client.id, err));
    FP_TRY(fp_exchange_commit(x, err));
    FP_TRY(fp_client_path(x, client.id, "", &path, err));
    return fp_exchange_redirect(x, path, FP_MSG("The personal link has ended."), err);
}
