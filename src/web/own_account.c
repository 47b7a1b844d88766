/* What somebody changes of their own account: language, password, second factor, recovery codes. */
#include <string.h>

#include "store/sessions.h"
#include "web/auth.h"
#include "web/page.h"
#include "web/route.h"
#include "web/totp.h"

const fp_input fp_own_language_inputs[] = {
    {"own_language", FP_FIELD_CHOICE, 0, 0, true, "nl|en"},
    {0},
};
const fp_input fp_own_password_inputs[] = {
    {"current", FP_FIELD_PASSWORD, 1, FP_PASSWORD_MOST, true, NULL},
    {"new", FP_FIELD_PASSWORD, 1, FP_PASSWORD_MOST, true, NULL},
    {"again", FP_FIELD_PASSWORD, 1, FP_PASSWORD_MOST, true, NULL},
    {0},
};
const fp_input fp_own_codes_inputs[] = {
    {"for_codes", FP_FIELD_PASSWORD, 1, FP_PASSWORD_MOST, true, NULL},
    {0},
};
const fp_input fp_own_factor_inputs[] = {
    {"for_factor", FP_FIELD_PASSWORD, 1, FP_PASSWORD_MOST, true, NULL},
    {0},
};

static fp_status put_form(fp_exchange *x, json_t *context, const char *name,
                          const fp_form_look *look, const json_t *values, fp_err *err)
{
    json_t *part = json_object();
    (void)json_object_set_new(context, name, part);
    return fp_form_show(x, part, look, values, err);
}

static fp_status put_language(fp_exchange *x, const fp_account *account, json_t *context,
                              fp_err *err)
{
    static const char *const words[] = {"Nederlands", "English"};
    static const fp_show fields[] = {
        {.name = "own_language", .label = FP_MSG("Language of the pages"), .words = words}, {0}};
    FP_JSON_SCOPED(values);
    fp_put_text(values, "own_language", account->language);
    fp_status status = put_form(x, context, "language",
                                &(fp_form_look){.inputs = fp_own_language_inputs,
                                                .fields = fields,
                                                .action = "/account/language",
                                                .button = FP_MSG("Save the language")},
                                values, err);
    return status;
}

const fp_show fp_password_fields[] = {
    {.name = "current", .label = FP_MSG("Your password now"), .autocomplete = "current-password"},
    {.name = "new",
     .label = FP_MSG("New password"),
     .hint = FP_MSG("12 characters or more. Three or four words that do not belong together "
                    "are strong, and easy to remember."),
     .autocomplete = "new-password"},
    {.name = "again", .label = FP_MSG("The same password again"), .autocomplete = "new-password"},
    {0},
};

static fp_status put_password(fp_exchange *x, json_t *context, fp_err *err)
{
    return put_form(x, context, "password",
                    &(fp_form_look){.inputs = fp_own_password_inputs,
                                    .fields = fp_password_fields,
                                    .action = "/account/password",
                                    .button = FP_MSG("Change the password")},
                    NULL, err);
}

static fp_status put_factor(fp_exchange *x, const fp_account *account, json_t *context, fp_err *err)
{
    static const fp_show codes[] = {
        {.name = "for_codes", .label = FP_MSG("Your password"), .autocomplete = "current-password"},
        {0}};
    static const fp_show factor[] = {{.name = "for_factor",
                                      .label = FP_MSG("Your password, once more"),
                                      .autocomplete = "current-password"},
                                     {0}};
    if (!account->second_factor[0])
        return FP_OK;
    (void)json_object_set_new(context, "left", json_integer(account->recovery_left));
    FP_TRY(put_form(x, context, "codes",
                    &(fp_form_look){.inputs = fp_own_codes_inputs,
                                    .fields = codes,
                                    .action = "/account/recovery-codes",
                                    .button = FP_MSG("Make new recovery codes")},
                    NULL, err));
    return put_form(x, context, "factor",
                    &(fp_form_look){.inputs = fp_own_factor_inputs,
                                    .fields = factor,
                                    .action = "/account/second-factor",
                                    .button = FP_MSG("Set up another phone")},
                    NULL, err);
}

fp_status fp_own_account_show(fp_exchange *x, fp_err *err)
{
    fp_account account;
    FP_JSON_SCOPED(context);
    FP_TRY(fp_auth_account(x, &account, err));
    fp_put_text(context, "name", account.name);
    fp_put_text(context, "display", account.display);
    FP_TRY(put_language(x, &account, context, err));
    FP_TRY(put_password(x, context, err));
    FP_TRY(put_factor(x, &account, context, err));
    return fp_page(x, "account", FP_MSG("My account"), context, err);
}

fp_status fp_own_language_post(fp_exchange *x, fp_err *err)
{
    fp_account account;
    fp_ledger *writer;
    bool found = false;
    if (x->form.problems)
        return fp_own_account_show(x, err);
    FP_TRY(fp_exchange_begin(x, &writer, err));
    FP_TRY(fp_account_get(writer, x->session.account, x->arena, &found, &account, err));
    if (!found)
        return fp_exchange_not_found(x, err);
    account.language = fp_str_is(fp_exchange_value(x, "own_language"), "en") ? "en" : "nl";
    FP_TRY(fp_account_change(writer, fp_exchange_actor(x), NULL, &account, err));
    FP_TRY(fp_exchange_commit(x, err));
    return fp_exchange_redirect(x, "/account", FP_MSG("The language is saved."), err);
}

/* The other sessions of the account end; the one in which it was changed goes on. */
static fp_status save_password(fp_exchange *x, const char *hash, fp_err *err)
{
    fp_ledger *writer;
    FP_TRY(fp_exchange_begin(x, &writer, err));
    FP_TRY(fp_account_set_password(writer, fp_exchange_actor(x), x->session.account, hash, "own",
                                   err));
    FP_TRY(fp_session_begin(x, writer, x->session.account, true, err));
    FP_TRY(fp_exchange_commit(x, err));
    return fp_exchange_redirect(
        x, "/account", FP_MSG("Your password is changed. Other devices are signed out."), err);
}

fp_status fp_own_password_post(fp_exchange *x, fp_err *err)
{
    fp_account account;
    char hash[FP_HASH_MAX];
    bool right;
    FP_TRY(fp_auth_account(x, &account, err));
    fp_auth_new_password(x, "new", "again", &account);
    if (x->form.problems == 0 &&
        fp_str_eq(fp_exchange_value(x, "new"), fp_exchange_value(x, "current")))
        fp_form_problem(&x->form, "new", FP_MSG("This is the password that you have now."));
    if (x->form.problems)
        return fp_own_account_show(x, err);
    FP_TRY(fp_auth_confirm(x, "current", &account, &right, err));
    if (!right)
        return fp_own_account_show(x, err);
    FP_TRY(fp_auth_hash(x, fp_exchange_value(x, "new"), hash, err));
    return save_password(x, hash, err);
}

fp_status fp_own_codes_post(fp_exchange *x, fp_err *err)
{
    fp_account account;
    fp_ledger *writer;
    const char *const *codes;
    bool right = false;
    if (!x->form.problems)
        FP_TRY(fp_auth_confirm(x, "for_codes", &account, &right, err));
    if (!right || !account.second_factor[0])
        return fp_own_account_show(x, err);
    FP_TRY(fp_exchange_begin(x, &writer, err));
    FP_TRY(fp_auth_recovery(x, writer, account.id, &codes, err));
    FP_TRY(fp_exchange_commit(x, err));
    return fp_auth_show_recovery(x, codes, err);
}

/* The old phone counts no more from here on; this session waits until the new one has proved
 * itself. */
fp_status fp_own_factor_post(fp_exchange *x, fp_err *err)
{
    fp_account account;
    fp_ledger *writer;
    bool right = false;
    if (!x->form.problems)
        FP_TRY(fp_auth_confirm(x, "for_factor", &account, &right, err));
    if (!right || !account.second_factor[0])
        return fp_own_account_show(x, err);
    FP_TRY(fp_exchange_begin(x, &writer, err));
    FP_TRY(fp_account_set_second_factor(writer, fp_exchange_actor(x), account.id, "", 0, err));
    FP_TRY(fp_sessions_end_of(writer, account.id, err));
    account.second_factor = "";
    FP_TRY(fp_auth_after_password(x, writer, &account, 0, err));
    FP_TRY(fp_exchange_commit(x, err));
    return fp_exchange_redirect(x, "/second-factor", NULL, err);
}
