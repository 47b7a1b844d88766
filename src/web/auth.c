#include "web/auth.h"

#include <stdio.h>
#include <string.h>

#include "store/sessions.h"
#include "web/page.h"
#include "web/totp.h"
#include "web/web_priv.h"

/* The longest wait of all, and the failures of the first. */
static fp_status look(fp_ledger *ledger, const fp_try *tries, int count, int64_t now, int64_t *wait,
                      fp_err *err)
{
    *wait = 0;
    for (int i = 0; i < count; i++) {
        int64_t one = 0;
        if (tries[i].subject[0])
            FP_TRY(fp_sign_in_wait(ledger, tries[i].what, tries[i].subject, now, &one, NULL, err));
        if (one > *wait)
            *wait = one;
    }
    return FP_OK;
}

fp_status fp_auth_try(fp_exchange *x, fp_try *tries, int count, int64_t *wait, fp_err *err)
{
    fp_ledger *writer;
    int64_t longest;
    FP_TRY(fp_exchange_begin(x, &writer, err));
    FP_TRY(fp_sessions_clock(writer, x->now, err));
    FP_TRY(look(writer, tries, count, x->now, &longest, err));
    for (int i = 0; i < count && longest == 0; i++)
        if (tries[i].subject[0])
            FP_TRY(fp_sign_in_charge(writer, tries[i].what, tries[i].subject, x->now,
                                     &tries[i].charged, err));
    FP_TRY(fp_exchange_commit(x, err));
    *wait = longest;
    return FP_OK;
}

fp_status fp_auth_take_back(fp_ledger *writer, const fp_try *tries, int count, fp_err *err)
{
    for (int i = 0; i < count; i++)
        if (tries[i].subject[0])
            FP_TRY(fp_sign_in_take_back(writer, tries[i].what, tries[i].subject, tries[i].charged,
                                        err));
    return FP_OK;
}

fp_status fp_auth_not_looked_at(fp_exchange *x, const fp_try *tries, int count, fp_status status)
{
    fp_ledger *writer;
    fp_err unheard = {0};
    if (fp_exchange_begin(x, &writer, &unheard) == FP_OK &&
        fp_auth_take_back(writer, tries, count, &unheard) == FP_OK)
        (void)!fp_exchange_commit(x, &unheard); /* else it is rolled back: they stay counted */
    return status;
}

fp_status fp_auth_must_wait(fp_exchange *x, const char *field, int64_t wait, fp_err *err)
{
    char seconds[24];
    int length = snprintf(seconds, sizeof seconds, "%lld", (long long)wait);
    if (wait < 120)
        fp_form_problem_number(&x->form, field,
                               FP_MSG("Too many tries that were wrong. Wait {n} seconds and try "
                                      "again. A right password is not looked at until then."),
                               (long)wait);
    else
        fp_form_problem_number(&x->form, field,
                               FP_MSG("Too many tries that were wrong. Wait {n} minutes and try "
                                      "again. A right password is not looked at until then."),
                               (long)((wait + 59) / 60));
    x->response->status = 429;
    return fp_response_header(x->response, x->arena, "Retry-After",
                              (fp_str){seconds, (size_t)length}, err);
}

/* ---- passwords ------------------------------------------------------------------------------ */

fp_status fp_auth_hash(fp_exchange *x, fp_str password, char hash[FP_HASH_MAX], fp_err *err)
{
    fp_exchange_pause(x);
    FP_TRY(fp_passwords_hash(x->web->passwords, password, hash, err));
    return fp_exchange_resume(x, err);
}

fp_status fp_auth_check(fp_exchange *x, fp_str password, const char *hash, bool *right, fp_err *err)
{
    fp_exchange_pause(x);
    FP_TRY(fp_passwords_check(x->web->passwords, password, hash, right, err));
    return fp_exchange_resume(x, err);
}

fp_status fp_auth_account(fp_exchange *x, fp_account *account, fp_err *err)
{
    bool found = false;
    int64_t id = x->session.account ? x->session.account : x->session.pending;
    FP_TRY(fp_account_get(x->reader, id, x->arena, &found, account, err));
    return found ? FP_OK : fp_fail(err, FP_INTERNAL, "a session of no account");
}

fp_status fp_auth_confirm(fp_exchange *x, const char *field, fp_account *account, bool *right,
                          fp_err *err)
{
    int64_t wait;
    fp_ledger *writer;
    *right = false;
    FP_TRY(fp_auth_account(x, account, err));
    fp_try tries[] = {{.what = FP_TRIED_NAME, .subject = account->name}};
    FP_TRY(fp_auth_try(x, tries, 1, &wait, err));
    if (wait > 0)
        return fp_auth_must_wait(x, field, wait, err);
    fp_status status = fp_auth_check(x, fp_exchange_value(x, field), account->password, right, err);
    if (status != FP_OK)
        return fp_auth_not_looked_at(x, tries, 1, status);
    if (!*right) {
        fp_form_problem(&x->form, field, FP_MSG("This is not your password now."));
        return FP_OK;
    }
    FP_TRY(fp_exchange_begin(x, &writer, err));
    FP_TRY(fp_auth_take_back(writer, tries, 1, err));
    return fp_exchange_commit(x, err);
}

void fp_auth_new_password(fp_exchange *x, const char *field, const char *again,
                          const fp_account *account)
{
    fp_str password = fp_exchange_value(x, field);
    if (!password.n)
        return;
    fp_form_problem(&x->form, field,
                    fp_password_problem(password, account->name, account->display));
    if (!fp_str_eq(password, fp_exchange_value(x, again)) && x->form.problems == 0)
        fp_form_problem(&x->form, again, FP_MSG("This is not the same as above."));
}

/* ---- after the password --------------------------------------------------------------------- */

fp_status fp_auth_after_password(fp_exchange *x, fp_ledger *writer, const fp_account *account,
                                 int64_t failures, fp_err *err)
{
    char secret[2 * FP_TOTP_BYTES + 1];
    bool taken, whole = x->web->options.one_factor && !account->second_factor[0];
    if (whole) {
        FP_TRY(fp_account_signed_in(writer, account->id, FP_BY_PASSWORD, 0, NULL, failures, &taken,
                                    err));
        FP_TRY(fp_sign_in_forget(writer, FP_TRIED_NAME, account->name, err));
    }
    FP_TRY(fp_session_begin(x, writer, account->id, whole, err));
    if (whole || account->second_factor[0])
        return FP_OK;
    fp_totp_secret(secret);
    return fp_sessions_keep(writer, x->session.id, secret, err);
}

fp_status fp_auth_recovery(fp_exchange *x, fp_ledger *writer, int64_t account,
                           const char *const **codes, fp_err *err)
{
    char actor[32];
    const char **made;
    FP_ARRAY(made, x->arena, FP_RECOVERY_CODES, err);
    for (int i = 0; i < FP_RECOVERY_CODES; i++) {
        char code[FP_RECOVERY_DIGITS + 1];
        fp_recovery_make(code);
        made[i] = fp_arena_strdup(x->arena, code, err);
        if (!made[i])
            return FP_NOMEM;
    }
    fp_account_actor(account, actor);
    FP_TRY(fp_account_set_recovery(writer, actor, account, made, err));
    *codes = made;
    return FP_OK;
}

fp_status fp_auth_show_recovery(fp_exchange *x, const char *const *codes, fp_err *err)
{
    FP_JSON_SCOPED(context);
    json_t *list = json_array();
    for (int i = 0; i < FP_RECOVERY_CODES; i++)
        (void)json_array_append_new(list, json_string(codes[i]));
    (void)json_object_set_new(context, "codes", list);
    return fp_page(x, "recovery-codes", FP_MSG("Keep these recovery codes"), context, err);
}
