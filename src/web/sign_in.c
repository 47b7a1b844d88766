/* Signing in with name and password, and signing out. */
#include <string.h>

#include "store/sessions.h"
#include "web/auth.h"
#include "web/page.h"
#include "web/route.h"

const fp_input fp_sign_in_inputs[] = {
    {"name", FP_FIELD_LINE, 1, FP_ACCOUNT_NAME_MAX, true, NULL},
    {"password", FP_FIELD_PASSWORD, 1, FP_PASSWORD_MOST, true, NULL},
    {0},
};

fp_status fp_sign_in_show(fp_exchange *x, fp_err *err)
{
    static const fp_show fields[] = {
        {.name = "name", .label = FP_MSG("Sign-in name"), .autocomplete = "username"},
        {.name = "password", .label = FP_MSG("Password"), .autocomplete = "current-password"},
        {0},
    };
    if (x->session.account)
        return fp_exchange_redirect(x, "/", NULL, err);
    FP_JSON_SCOPED(context);
    FP_TRY(fp_form_show(x, context,
                        &(fp_form_look){.inputs = fp_sign_in_inputs,
                                        .fields = fields,
                                        .action = "/sign-in",
                                        .button = FP_MSG("Sign in")},
                        NULL, err));
    return fp_page(x, "sign-in", FP_MSG("Sign in"), context, err);
}

/* One answer for every wrong pair, whichever of the two was wrong, after the same work. */
static fp_status say_wrong(fp_exchange *x, fp_err *err)
{
    fp_form_problem(&x->form, "password", FP_MSG("The name or the password is not right."));
    return fp_sign_in_show(x, err);
}

enum { BY_NAME, BY_ADDRESS, TRIES };

static fp_status go_on(fp_exchange *x, const fp_account *account, const fp_try tries[TRIES],
                       fp_err *err)
{
    fp_ledger *writer;
    FP_TRY(fp_exchange_begin(x, &writer, err));
    FP_TRY(fp_auth_take_back(writer, tries, TRIES, err));
    FP_TRY(fp_auth_after_password(x, writer, account, tries[BY_NAME].charged.failures - 1, err));
    FP_TRY(fp_exchange_commit(x, err));
    return fp_exchange_redirect(x, "/second-factor", NULL, err);
}

fp_status fp_sign_in_post(fp_exchange *x, fp_err *err)
{
    char name[FP_ACCOUNT_NAME_MAX + 1];
    fp_account account = {.password = ""};
    bool found = false, right = false;
    int64_t wait;
    if (x->form.problems)
        return fp_sign_in_show(x, err);
    const char *peer = fp_str_dup(x->arena, x->request->peer, err);
    const char *typed = fp_str_dup(x->arena, fp_exchange_value(x, "name"), err);
    if (!peer || !typed)
        return FP_NOMEM;
    bool is_name = fp_account_name(fp_str_of(typed), name);
    fp_try tries[TRIES] = {
        [BY_NAME] = {.what = FP_TRIED_NAME, .subject = is_name ? name : typed},
        [BY_ADDRESS] = {.what = FP_TRIED_ADDRESS, .subject = peer},
    };
    FP_TRY(fp_auth_try(x, tries, TRIES, &wait, err));
    if (wait > 0) {
        FP_TRY(fp_auth_must_wait(x, "password", wait, err));
        return fp_sign_in_show(x, err);
    }
    FP_TRY(fp_account_find(x->reader, is_name ? name : "", x->arena, &found, &account, err));
    fp_status status =
        fp_auth_check(x, fp_exchange_value(x, "password"),
                      found && !account.disabled ? account.password : "", &right, err);
    if (status != FP_OK)
        return fp_auth_not_looked_at(x, tries, TRIES, status);
    return right ? go_on(x, &account, tries, err) : say_wrong(x, err);
}

fp_status fp_sign_out_post(fp_exchange *x, fp_err *err)
{
    fp_ledger *writer;
    FP_TRY(fp_exchange_begin(x, &writer, err));
    FP_TRY(fp_account_signed_out(writer, x->session.account, err));
    FP_TRY(fp_session_end(x, writer, err));
    FP_TRY(fp_exchange_commit(x, err));
    return fp_exchange_redirect(x, "/sign-in", FP_MSG("You are signed out."), err);
}
