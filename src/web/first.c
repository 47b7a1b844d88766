#include "web/first.h"

#include <string.h>

static const char terminal[] = "terminal";

static fp_status make_first(fp_ledger *ledger, int64_t now, char *token, fp_err *err)
{
    FP_ARENA_SCOPED(scratch, 16 * FP_MIB, err);
    static const fp_account administrator = {.name = "administrator",
                                             .display = "Administrator",
                                             .role = FP_ROLE_ADMINISTRATOR,
                                             .coach = "",
                                             .language = "nl"};
    ptrdiff_t count;
    const fp_account *accounts;
    int64_t id;
    FP_TRY(fp_account_list(ledger, scratch, &count, &accounts, err));
    token[0] = '\0';
    if (count > 0)
        return FP_OK;
    FP_TRY(fp_account_create(ledger, terminal, &administrator, &id, err));
    return fp_link_make(ledger, terminal, &(fp_link){.account = id}, now, token, err);
}

fp_status fp_first_administrator(fp_ledger *ledger, int64_t now, char *token, fp_err *err)
{
    FP_TRY(fp_ledger_begin(ledger, err));
    return fp_ledger_finish(ledger, make_first(ledger, now, token, err), err);
}

static fp_status make_link(fp_ledger *ledger, const char *typed, int64_t now, char *token,
                           fp_err *err)
{
    FP_ARENA_SCOPED(scratch, FP_MIB, err);
    char name[FP_ACCOUNT_NAME_MAX + 1];
    fp_account account;
    bool found = false;
    if (fp_account_name(fp_str_of(typed), name))
        FP_TRY(fp_account_find(ledger, name, scratch, &found, &account, err));
    if (!found) {
        (void)fp_fail(err, FP_INPUT, "there is no account with the sign-in name \"%.80s\"", typed);
        return fp_hint(err, FP_INPUT, "the first one is called administrator");
    }
    if (account.disabled) {
        (void)fp_fail(err, FP_INPUT, "the account \"%.80s\" is disabled", name);
        return fp_hint(err, FP_INPUT, "an administrator can enable it under Accounts");
    }
    const fp_link link = {account.id, true};
    return fp_link_make(ledger, terminal, &link, now, token, err);
}

fp_status fp_first_link(fp_ledger *ledger, const char *name, int64_t now, char *token, fp_err *err)
{
    FP_TRY(fp_ledger_begin(ledger, err));
    return fp_ledger_finish(ledger, make_link(ledger, name, now, token, err), err);
}

static fp_status make_demo(fp_ledger *ledger, const fp_account *account, const char *hash,
                           int64_t *id, fp_err *err)
{
    int64_t made;
    FP_TRY(fp_account_create(ledger, terminal, account, &made, err));
    FP_TRY(fp_account_set_password(ledger, terminal, made, hash, "link", err));
    if (id)
        *id = made;
    return FP_OK;
}

fp_status fp_first_demo(fp_ledger *ledger, fp_passwords *passwords, const fp_account *account,
                        const char *password, int64_t *id, fp_err *err)
{
    char hash[FP_HASH_MAX];
    FP_TRY(fp_passwords_hash(passwords, fp_str_of(password), hash, err));
    FP_TRY(fp_ledger_begin(ledger, err));
    return fp_ledger_finish(ledger, make_demo(ledger, account, hash, id, err), err);
}
