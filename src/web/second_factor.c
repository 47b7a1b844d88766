/* The second factor: a code of six digits from an app, or one of the recovery codes; and setting it
 * up with a QR code. */
#include <string.h>

#include "store/sessions.h"
#include "web/auth.h"
#include "web/page.h"
#include "web/qr.h"
#include "web/route.h"
#include "web/totp.h"

const fp_input fp_second_factor_inputs[] = {
    {"code", FP_FIELD_LINE, 1, 40, true, NULL},
    {0},
};

/* The session whose second factor is awaited, either to be given or to be set up; found = false
 * where there is none any more, or another session has set it up meanwhile. */
static fp_status read_row(fp_exchange *x, bool *found, fp_session_row *row, fp_err *err)
{
    *found = false;
    if (!x->session.pending)
        return FP_OK;
    FP_TRY(fp_sessions_find(x->reader, x->session.id, x->now, x->arena, found, row, err));
    *found = *found && (row->pending[0] != '\0') != (row->account.second_factor[0] != '\0');
    return FP_OK;
}

/* What an app needs to make codes from now on. */
static fp_status put_set_up(fp_exchange *x, const fp_session_row *row, json_t *context, fp_err *err)
{
    const char *address, *secret;
    fp_qr qr;
    json_t *set_up = json_object();
    (void)json_object_set_new(context, "set_up", set_up);
    FP_TRY(fp_totp_address(row->pending, row->account.name, x->arena, &address, err));
    FP_TRY(fp_totp_base32(row->pending, x->arena, &secret, err));
    FP_TRY(fp_qr_make(address, x->arena, &qr, err));
    fp_put_text(set_up, "path", qr.path);
    fp_put_text(set_up, "secret", secret);
    (void)json_object_set_new(set_up, "size", json_integer(qr.size));
    return FP_OK;
}

static fp_status show(fp_exchange *x, const fp_session_row *row, fp_err *err)
{
    static const fp_show usual[] = {
        {.name = "code",
         .label = FP_MSG("Code"),
         .hint = FP_MSG("Six digits from the app on your phone. No phone at hand? Give one of your "
                        "recovery codes."),
         .autocomplete = "one-time-code"},
        {0}};
    static const fp_show first[] = {{.name = "code",
                                     .label = FP_MSG("The code that the app shows"),
                                     .hint = FP_MSG("Six digits."),
                                     .autocomplete = "one-time-code"},
                                    {0}};
    bool set_up = row->pending[0] != '\0';
    FP_JSON_SCOPED(context);
    if (set_up)
        FP_TRY(put_set_up(x, row, context, err));
    FP_TRY(fp_form_show(x, context,
                        &(fp_form_look){.inputs = fp_second_factor_inputs,
                                        .fields = set_up ? first : usual,
                                        .action = "/second-factor",
                                        .button = FP_MSG("Go on")},
                        NULL, err));
    return fp_page(x, "second-factor",
                   set_up ? FP_MSG("Set up a second step") : FP_MSG("Second step"), context, err);
}

fp_status fp_second_factor_show(fp_exchange *x, fp_err *err)
{
    fp_session_row row;
    bool found;
    FP_TRY(read_row(x, &found, &row, err));
    if (!found)
        return fp_exchange_redirect(x, x->session.account ? "/" : "/sign-in", NULL, err);
    return show(x, &row, err);
}

/* The failures at both steps since the last time, and they are forgotten. */
static fp_status settle(fp_exchange *x, fp_ledger *writer, const fp_account *account,
                        const char *actor, int64_t *failures, fp_err *err)
{
    int64_t wait, names = 0, codes = 0;
    FP_TRY(fp_sign_in_wait(writer, FP_TRIED_NAME, account->name, x->now, &wait, &names, err));
    FP_TRY(fp_sign_in_wait(writer, FP_TRIED_CODE, actor, x->now, &wait, &codes, err));
    FP_TRY(fp_sign_in_forget(writer, FP_TRIED_NAME, account->name, err));
    FP_TRY(fp_sign_in_forget(writer, FP_TRIED_CODE, actor, err));
    *failures = names + codes - 1; /* without this one, which was right */
    return FP_OK;
}

static fp_status set_up(fp_exchange *x, const fp_session_row *row, const char *actor, int64_t step,
                        fp_err *err)
{
    fp_ledger *writer;
    const char *const *codes;
    int64_t failures, id = row->account.id;
    bool taken;
    FP_TRY(fp_exchange_begin(x, &writer, err));
    FP_TRY(settle(x, writer, &row->account, actor, &failures, err));
    FP_TRY(fp_account_set_second_factor(writer, actor, id, row->pending, step - 1, err));
    FP_TRY(fp_account_signed_in(writer, id, FP_BY_CODE, step, NULL, failures, &taken, err));
    FP_TRY(fp_auth_recovery(x, writer, id, &codes, err));
    FP_TRY(fp_session_begin(x, writer, id, true, err));
    FP_TRY(fp_exchange_commit(x, err));
    return fp_auth_show_recovery(x, codes, err);
}

static fp_status say_wrong(fp_exchange *x, const fp_session_row *row, fp_err *err)
{
    fp_form_problem(&x->form, "code",
                    row->pending[0]
                        ? FP_MSG("This is not the code of this moment. Is the clock of your phone "
                                 "right? Give the code that the app shows now.")
                        : FP_MSG("This code is not right, or was used before. Wait for the next "
                                 "one; each code works once."));
    return show(x, row, err);
}

static fp_status use(fp_exchange *x, const fp_session_row *row, const char *actor, int64_t step,
                     const char *code, fp_err *err)
{
    fp_ledger *writer;
    int64_t failures;
    bool taken;
    FP_TRY(fp_exchange_begin(x, &writer, err));
    FP_TRY(settle(x, writer, &row->account, actor, &failures, err));
    FP_TRY(fp_account_signed_in(writer, row->account.id, step ? FP_BY_CODE : FP_BY_RECOVERY, step,
                                code, failures, &taken, err));
    if (!taken) /* what was settled is undone when the answer is given */
        return say_wrong(x, row, err);
    FP_TRY(fp_session_begin(x, writer, row->account.id, true, err));
    FP_TRY(fp_exchange_commit(x, err));
    return fp_exchange_redirect(
        x, "/", step ? NULL : FP_MSG("You used a recovery code. Make new ones under My account."),
        err);
}

fp_status fp_second_factor_post(fp_exchange *x, fp_err *err)
{
    fp_session_row row;
    char actor[32];
    bool found;
    int64_t wait, step;
    FP_TRY(read_row(x, &found, &row, err));
    if (!found)
        return fp_exchange_redirect(x, "/sign-in", NULL, err);
    if (x->form.problems)
        return show(x, &row, err);
    fp_str code = fp_exchange_value(x, "code");
    const char *typed = fp_str_dup(x->arena, code, err);
    if (!typed)
        return FP_NOMEM;
    fp_account_actor(row.account.id, actor);
    fp_try tries[] = {{.what = FP_TRIED_CODE, .subject = actor}};
    FP_TRY(fp_auth_try(x, tries, 1, &wait, err));
    if (wait > 0) {
        FP_TRY(fp_auth_must_wait(x, "code", wait, err));
        return show(x, &row, err);
    }
    bool fresh = row.pending[0] != '\0';
    FP_TRY(fp_totp_match(fresh ? row.pending : row.account.second_factor, code, x->now,
                         fresh ? 0 : row.account.last_step, &step, err));
    if (fresh)
        return step ? set_up(x, &row, actor, step, err) : say_wrong(x, &row, err);
    return use(x, &row, actor, step, typed, err);
}
