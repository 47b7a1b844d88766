/* The administrator's pages: accounts, a new one, one of them, a new link for it. */
#include <string.h>

#include "base/num.h"
#include "store/link.h"
#include "web/auth.h"
#include "web/page.h"
#include "web/page_priv.h"
#include "web/route.h"
#include "web/web_priv.h"

static const char roles[] = "coach|coordinator|researcher|fidelity-reviewer|administrator";
static const char *const role_words[] = {FP_MSG("coach"), FP_MSG("coordinator"),
                                         FP_MSG("researcher"), FP_MSG("fidelity reviewer"),
                                         FP_MSG("administrator")};
static const char *const language_words[] = {"Nederlands", "English"};

const fp_input fp_account_new_inputs[] = {
    {"display", FP_FIELD_LINE, 1, FP_ACCOUNT_DISPLAY_MAX, true, NULL},
    {"name", FP_FIELD_LINE, 2, FP_ACCOUNT_NAME_MAX, true, NULL},
    {"role", FP_FIELD_CHOICE, 0, 0, true, roles},
    {"coach", FP_FIELD_ID, 1, 100, false, NULL},
    {"language", FP_FIELD_CHOICE, 0, 0, true, "nl|en"},
    {0},
};
const fp_input fp_account_inputs[] = {
    {"display", FP_FIELD_LINE, 1, FP_ACCOUNT_DISPLAY_MAX, true, NULL},
    {"name", FP_FIELD_LINE, 2, FP_ACCOUNT_NAME_MAX, true, NULL},
    {"role", FP_FIELD_CHOICE, 0, 0, true, roles},
    {"coach", FP_FIELD_ID, 1, 100, false, NULL},
    {"language", FP_FIELD_CHOICE, 0, 0, true, "nl|en"},
    {"disabled", FP_FIELD_TICK, 0, 0, false, NULL},
    {"version", FP_FIELD_WHOLE, 1, 1000000000, true, NULL},
    {0},
};
const fp_input fp_account_link_inputs[] = {
    {"factor", FP_FIELD_TICK, 0, 0, false, NULL},
    {0},
};

#define NAME_FIELDS                                                                                \
    {.name = "display", .label = FP_MSG("Name, as others see it")},                                \
        {.name = "name",                                                                           \
         .label = FP_MSG("Sign-in name"),                                                          \
         .hint = FP_MSG("Small letters, digits and . _ @ + - only; an e-mail address is fine.")},  \
        {.name = "role", .label = FP_MSG("Role"), .words = role_words},                            \
        {.name = "coach",                                                                          \
         .label = FP_MSG("Id of the coach"),                                                       \
         .hint = FP_MSG("For a coach only: the id that the study has for this coach.")},           \
    {                                                                                              \
        .name = "language", .label = FP_MSG("Language of the pages"), .words = language_words      \
    }

/* ---- the list ------------------------------------------------------------------------------- */

static const char *state_of(const fp_account *account)
{
    if (account->disabled)
        return FP_MSG("disabled");
    if (!account->password[0])
        return FP_MSG("has not used the link yet");
    return account->second_factor[0] ? FP_MSG("in use") : FP_MSG("no second step yet");
}

static fp_status put_account(fp_exchange *x, const fp_account *account, json_t *list, fp_err *err)
{
    json_t *item = json_object();
    int64_t wait, failures;
    if (json_array_append_new(list, item) != 0)
        return fp_fail(err, FP_NOMEM, "not enough memory for the accounts");
    FP_TRY(fp_sign_in_wait(x->reader, FP_TRIED_NAME, account->name, x->now, &wait, &failures, err));
    (void)json_object_set_new(item, "id", json_integer(account->id));
    fp_put_text(item, "name", account->name);
    fp_put_text(item, "display", account->display);
    fp_put_word(x, item, "role", fp_role_word(account->role));
    fp_put_text(item, "coach", account->coach);
    fp_put_word(x, item, "state", state_of(account));
    if (failures > 0)
        (void)json_object_set_new(item, "failures", json_integer(failures));
    return FP_OK;
}

fp_status fp_accounts_show(fp_exchange *x, fp_err *err)
{
    ptrdiff_t count;
    const fp_account *accounts;
    FP_JSON_SCOPED(context);
    json_t *list = json_array();
    (void)json_object_set_new(context, "accounts", list);
    FP_TRY(fp_account_list(x->reader, x->arena, &count, &accounts, err));
    for (ptrdiff_t i = 0; i < count; i++)
        FP_TRY(put_account(x, &accounts[i], list, err));
    return fp_page(x, "accounts", FP_MSG("Accounts"), context, err);
}

/* ---- what was typed ------------------------------------------------------------------------- */

static const char *text_of(fp_exchange *x, const char *field, fp_err *err)
{
    return fp_str_dup(x->arena, fp_exchange_value(x, field), err);
}

/* The form as an account; what cannot be goes beside its field. `account` keeps what no field has.
 */
static fp_status read_form(fp_exchange *x, fp_account *account, fp_err *err)
{
    char name[FP_ACCOUNT_NAME_MAX + 1];
    fp_account other;
    bool found = false;
    account->display = text_of(x, "display", err);
    account->coach = text_of(x, "coach", err);
    account->language = fp_str_is(fp_exchange_value(x, "language"), "en") ? "en" : "nl";
    if (!account->display || !account->coach)
        return FP_NOMEM;
    if (x->form.problems)
        return FP_OK;
    (void)fp_role_read(fp_exchange_value(x, "role"), &account->role);
    if (!fp_account_name(fp_exchange_value(x, "name"), name)) {
        fp_form_problem(&x->form, "name",
                        FP_MSG("Small letters, digits and . _ @ + - only, without spaces."));
        return FP_OK;
    }
    account->name = fp_arena_strdup(x->arena, name, err);
    if (!account->name)
        return FP_NOMEM;
    FP_TRY(fp_account_find(x->reader, name, x->arena, &found, &other, err));
    if (found && other.id != account->id)
        fp_form_problem(&x->form, "name", FP_MSG("Somebody else has this sign-in name."));
    if (account->role == FP_ROLE_COACH && !account->coach[0])
        fp_form_problem(&x->form, "coach",
                        FP_MSG("Give the id that the study has for this coach."));
    if (account->role != FP_ROLE_COACH && account->coach[0])
        fp_form_problem(&x->form, "coach", FP_MSG("Leave this empty: only a coach has an id."));
    if (account->coach[0]) {
        bool known = false;
        FP_TRY(fp_account_coach_known(x->reader, account->coach, &known, err));
        if (!known)
            fp_form_problem(&x->form, "coach", FP_MSG("The study has no coach with this id."));
    }
    return FP_OK;
}

/* ---- links ---------------------------------------------------------------------------------- */

/* The page that tells a link, once. The address before it is what the administrator's browser
 * shows. */
static fp_status show_link(fp_exchange *x, const fp_account *account, const char *token,
                           fp_err *err)
{
    FP_JSON_SCOPED(context);
    const char *path = fp_arena_printf(x->arena, err, "/welcome/%s", token);
    if (!path)
        return FP_NOMEM;
    fp_str host = fp_fields_header(x->request->headers, "Host");
    const char *link =
        host.n && host.n < 256
            ? fp_arena_printf(x->arena, err, "%s://%.*s%s",
                              x->web->options.secure ? "https" : "http", FP_STR_ARG(host), path)
            : path;
    if (!link)
        return FP_NOMEM;
    fp_put_text(context, "display", account->display);
    fp_put_text(context, "name", account->name);
    fp_put_text(context, "link", link);
    return fp_page(x, "account-link", FP_MSG("A link for {{display}}"), context, err);
}

/* ---- a new account -------------------------------------------------------------------------- */

fp_status fp_account_new_show(fp_exchange *x, fp_err *err)
{
    static const fp_show fields[] = {NAME_FIELDS, {0}};
    FP_JSON_SCOPED(context);
    FP_JSON_SCOPED(values);
    fp_put_text(values, "language", "nl");
    fp_status status = fp_form_show(x, context,
                                    &(fp_form_look){.inputs = fp_account_new_inputs,
                                                    .fields = fields,
                                                    .action = "/accounts/new",
                                                    .button = FP_MSG("Make the account"),
                                                    .cancel = "/accounts"},
                                    values, err);
    FP_TRY(status);
    return fp_page(x, "account-new", FP_MSG("A new account"), context, err);
}

fp_status fp_account_new_post(fp_exchange *x, fp_err *err)
{
    fp_account account = {0};
    fp_ledger *writer;
    char token[FP_TOKEN_DIGITS + 1];
    FP_TRY(read_form(x, &account, err));
    if (x->form.problems)
        return fp_account_new_show(x, err);
    FP_TRY(fp_exchange_begin(x, &writer, err));
    const char *actor = fp_exchange_actor(x);
    FP_TRY(fp_account_create(writer, actor, &account, &account.id, err));
    FP_TRY(fp_link_make(writer, actor, &(fp_link){.account = account.id}, x->now, token, err));
    FP_TRY(fp_exchange_commit(x, err));
    return show_link(x, &account, token, err);
}

/* ---- one account ---------------------------------------------------------------------------- */

static fp_status find(fp_exchange *x, bool *found, fp_account *account, fp_err *err)
{
    int64_t id;
    *found = false;
    if (!fp_int_parse(fp_exchange_segment(x, "account"), 1, INT64_MAX, &id))
        return FP_OK;
    return fp_account_get(x->reader, id, x->arena, found, account, err);
}

static void put_number(const fp_exchange *x, json_t *values, const char *key, int64_t number)
{
    fp_put_text(values, key, fp_arena_printf(x->arena, NULL, "%lld", (long long)number));
}

static fp_status put_forms(fp_exchange *x, const fp_account *account, json_t *context,
                           json_t *values, fp_err *err)
{
    static const fp_show fields[] = {
        NAME_FIELDS,
        {.name = "disabled", .label = FP_MSG("Disabled: cannot sign in, is signed out at once")},
        {.name = "version", .label = "", .hidden = true},
        {0}};
    static const fp_show link[] = {
        {.name = "factor", .label = FP_MSG("Lost the phone too: the second step is set up anew")},
        {0}};
    json_t *part = json_object();
    const char *action = fp_arena_printf(x->arena, err, "/accounts/%lld", (long long)account->id);
    const char *link_action =
        fp_arena_printf(x->arena, err, "/accounts/%lld/link", (long long)account->id);
    if (!action || !link_action)
        return FP_NOMEM;
    FP_TRY(fp_form_show(x, context,
                        &(fp_form_look){.inputs = fp_account_inputs,
                                        .fields = fields,
                                        .action = action,
                                        .button = FP_MSG("Save"),
                                        .cancel = "/accounts"},
                        values, err));
    if (account->disabled)
        return FP_OK;
    (void)json_object_set_new(context, "other", part);
    return fp_form_show(x, part,
                        &(fp_form_look){.inputs = fp_account_link_inputs,
                                        .fields = link,
                                        .action = link_action,
                                        .button = FP_MSG("Make a new link")},
                        NULL, err);
}

/* What was typed is kept, but for the version: who has read what changed may save over it. */
static void renew_version(fp_exchange *x, int64_t version)
{
    fp_form_retype(&x->form, "version",
                   fp_str_of(fp_arena_printf(x->arena, NULL, "%lld", (long long)version)));
}

static fp_status show(fp_exchange *x, const fp_account *account, bool changed, fp_err *err)
{
    FP_JSON_SCOPED(context);
    FP_JSON_SCOPED(values);
    fp_put_text(values, "display", account->display);
    fp_put_text(values, "name", account->name);
    fp_put_text(values, "role", fp_role_text(account->role));
    fp_put_text(values, "coach", account->coach);
    fp_put_text(values, "language", account->language);
    fp_put_text(values, "disabled", account->disabled ? "yes" : "");
    put_number(x, values, "version", account->version);
    fp_status status = put_forms(x, account, context, values, err);
    FP_TRY(status);
    if (changed) { /* the row as it is now, beside what was typed */
        json_t *now = json_object();
        fp_put_text(now, "display", account->display);
        fp_put_text(now, "name", account->name);
        fp_put_word(x, now, "role", fp_role_word(account->role));
        fp_put_text(now, "coach", account->coach);
        fp_put_word(x, now, "state", state_of(account));
        (void)json_object_set_new(context, "changed", now);
    }
    fp_put_text(context, "who", account->display);
    fp_put_back(context, "/accounts", fp_word(x, FP_MSG("Accounts")));
    return fp_page(x, "account-one", FP_MSG("Account of {{who}}"), context, err);
}

fp_status fp_account_show(fp_exchange *x, fp_err *err)
{
    bool found;
    fp_account account;
    FP_TRY(find(x, &found, &account, err));
    return found ? show(x, &account, false, err) : fp_exchange_not_found(x, err);
}

/* An administrator who would leave none: said beside what would do it. */
static fp_status check_last(fp_exchange *x, const fp_account *now, const fp_account *wanted,
                            fp_err *err)
{
    bool last = false;
    if (now->role == FP_ROLE_ADMINISTRATOR && !now->disabled)
        FP_TRY(fp_account_is_last_administrator(x->reader, now->id, &last, err));
    if (last && wanted->disabled)
        fp_form_problem(&x->form, "disabled",
                        FP_MSG("This is the only administrator who can sign in. Make another one "
                               "first."));
    if (last && wanted->role != FP_ROLE_ADMINISTRATOR)
        fp_form_problem(&x->form, "role",
                        FP_MSG("This is the only administrator who can sign in. Make another one "
                               "first."));
    return FP_OK;
}

/* Names and rights in one transaction; each is an event where it changes. */
static fp_status save(fp_exchange *x, fp_account *wanted, fp_err *err)
{
    fp_ledger *writer;
    fp_account now;
    bool found = false;
    const char *actor = fp_exchange_actor(x);
    FP_TRY(fp_exchange_begin(x, &writer, err));
    FP_TRY(fp_account_change(writer, actor, NULL, wanted, err));
    FP_TRY(fp_account_get(writer, wanted->id, x->arena, &found, &now, err));
    wanted->version = now.version;
    FP_TRY(fp_account_rename(writer, actor, wanted, err));
    FP_TRY(fp_exchange_commit(x, err));
    return fp_exchange_redirect(x, "/accounts", FP_MSG("The account is saved."), err);
}

fp_status fp_account_post(fp_exchange *x, fp_err *err)
{
    bool found;
    int64_t version;
    fp_account now, wanted;
    FP_TRY(find(x, &found, &now, err));
    if (!found)
        return fp_exchange_not_found(x, err);
    wanted = now;
    FP_TRY(read_form(x, &wanted, err));
    wanted.disabled = fp_exchange_value(x, "disabled").n > 0;
    if (!x->form.problems)
        FP_TRY(check_last(x, &now, &wanted, err));
    if (!fp_int_parse(fp_exchange_value(x, "version"), 1, INT64_MAX, &version))
        version = 0;
    if (version != now.version) {
        renew_version(x, now.version);
        x->response->status = 409;
        return show(x, &now, true, err);
    }
    return x->form.problems ? show(x, &now, false, err) : save(x, &wanted, err);
}

fp_status fp_account_link_post(fp_exchange *x, fp_err *err)
{
    bool found;
    fp_account account;
    fp_ledger *writer;
    char token[FP_TOKEN_DIGITS + 1];
    FP_TRY(find(x, &found, &account, err));
    if (!found || account.disabled)
        return fp_exchange_not_found(x, err);
    const fp_link link = {account.id, fp_exchange_value(x, "factor").n > 0};
    FP_TRY(fp_exchange_begin(x, &writer, err));
    FP_TRY(fp_link_make(writer, fp_exchange_actor(x), &link, x->now, token, err));
    FP_TRY(fp_exchange_commit(x, err));
    return show_link(x, &account, token, err);
}
