#ifndef FP_STORE_LINK_H
#define FP_STORE_LINK_H

#include "ledger/ledger.h"

/* One-time links, with which somebody sets a first or a forgotten password. The link's token is
 * told once; the table holds its SHA-256. Making one is an event, the row is not: it ends. */

enum {
    FP_TOKEN_DIGITS = 43,            /* 256 random bits in base64url */
    FP_LINK_SECONDS = 3 * 24 * 3600, /* a link's life */
};

typedef struct {
    int64_t account;
    bool resets_second_factor;
} fp_link;

/* 256 random bits as 43 characters of A-Z a-z 0-9 - _. */
void fp_token_make(char token[FP_TOKEN_DIGITS + 1]);
/* What stands in a table for a token. */
fp_sha256 fp_token_hash(fp_str token);

/* Make a link for an account, inside a transaction; the links that it had end.
 * in  now [s] since 1970.   Event: account-link {account, resets}. */
FP_MUST_USE fp_status fp_link_make(fp_ledger *ledger, const char *actor, const fp_link *link,
                                   int64_t now, char token[FP_TOKEN_DIGITS + 1], fp_err *err);
/* found = false: no such link, used, older than three days, or of a disabled account. */
FP_MUST_USE fp_status fp_link_find(fp_ledger *ledger, fp_str token, int64_t now, bool *found,
                                   fp_link *link, fp_err *err);

#endif
