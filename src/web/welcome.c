/* A one-time link: set a first or a forgotten password. */
#include "store/link.h"
#include "web/auth.h"
#include "web/page.h"
#include "web/route.h"

const fp_input fp_welcome_inputs[] = {
    {"new", FP_FIELD_PASSWORD, 1, FP_PASSWORD_MOST, true, NULL},
    {"again", FP_FIELD_PASSWORD, 1, FP_PASSWORD_MOST, true, NULL},
    {0},
};

/* The same answer for a link that is over and one that never was. */
static fp_status say_over(fp_exchange *x, fp_err *err)
{
    return fp_page_error(x, 404,
                         FP_MSG("This link is used, or older than three days. Ask the "
                                "administrator for a new one."),
                         err);
}

static fp_status find(fp_exchange *x, fp_ledger *ledger, bool *found, fp_link *link,
                      fp_account *account, fp_err *err)
{
    FP_TRY(fp_link_find(ledger, fp_exchange_segment(x, "link"), x->now, found, link, err));
    return *found ? fp_account_get(ledger, link->account, x->arena, found, account, err) : FP_OK;
}

static fp_status show(fp_exchange *x, const fp_account *account, fp_err *err)
{
    FP_JSON_SCOPED(context);
    const char *action =
        fp_arena_printf(x->arena, err, "/welcome/%.*s", FP_STR_ARG(fp_exchange_segment(x, "link")));
    if (!action)
        return FP_NOMEM;
    fp_put_text(context, "name", account->name);
    fp_put_text(context, "display", account->display);
    FP_TRY(fp_form_show(x, context,
                        &(fp_form_look){.inputs = fp_welcome_inputs,
                                        .fields = &fp_password_fields[1],
                                        .action = action,
                                        .button = FP_MSG("Set the password")},
                        NULL, err));
    return fp_page(x, "welcome", FP_MSG("Choose a password"), context, err);
}

fp_status fp_welcome_show(fp_exchange *x, fp_err *err)
{
    bool found;
    fp_link link;
    fp_account account;
    FP_TRY(find(x, x->reader, &found, &link, &account, err));
    return found ? show(x, &account, err) : say_over(x, err);
}

static fp_status save(fp_exchange *x, const char *hash, fp_err *err)
{
    fp_ledger *writer;
    fp_link link;
    fp_account account;
    char actor[32];
    bool found;
    FP_TRY(fp_exchange_begin(x, &writer, err));
    FP_TRY(find(x, writer, &found, &link, &account, err)); /* it may have been used meanwhile */
    if (!found)
        return say_over(x, err);
    fp_account_actor(account.id, actor);
    FP_TRY(fp_account_set_password(writer, actor, account.id, hash, "link", err));
    if (link.resets_second_factor && account.second_factor[0]) {
        FP_TRY(fp_account_set_second_factor(writer, actor, account.id, "", 0, err));
        account.second_factor = "";
    }
    FP_TRY(fp_sign_in_forget(writer, FP_TRIED_NAME, account.name, err));
    FP_TRY(fp_sign_in_forget(writer, FP_TRIED_CODE, actor, err));
    FP_TRY(fp_auth_after_password(x, writer, &account, 0, err));
    FP_TRY(fp_exchange_commit(x, err));
    return fp_exchange_redirect(x, "/second-factor", FP_MSG("Your password is set."), err);
}

fp_status fp_welcome_post(fp_exchange *x, fp_err *err)
{
    bool found;
    fp_link link;
    fp_account account;
    char hash[FP_HASH_MAX];
    FP_TRY(find(x, x->reader, &found, &link, &account, err));
    if (!found)
        return say_over(x, err);
    fp_auth_new_password(x, "new", "again", &account);
    if (x->form.problems)
        return show(x, &account, err);
    FP_TRY(fp_auth_hash(x, fp_exchange_value(x, "new"), hash, err));
    return save(x, hash, err);
}
