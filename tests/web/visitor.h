#ifndef FP_TESTS_WEB_VISITOR_H
#define FP_TESTS_WEB_VISITOR_H

#include "store/account.h"
#include "web/client.h"

/* Somebody with a browser: keeps cookies, and sends the token of the form that was read last. */
typedef struct {
    client *c;
    char names[8][32], values[8][160]; /* cookies; "" = free */
    char csrf[80];
    char address[48]; /* where they sit */
} visitor;

void visitor_init(visitor *v, client *c);
/* Ask; gives the status. Redirects are not followed: visitor_location() tells where to. */
int visitor_get(visitor *v, const char *path);
/* Post a form "a=b&c=d", taken as it is, with the token of the page read last. */
int visitor_post(visitor *v, const char *path, const char *form);
const char *visitor_location(const visitor *v);
const char *visitor_cookie(const visitor *v, const char *name);
/* Whether the last page has a text. */
bool visitor_reads(const visitor *v, const char *text);
/* What stands in the last page between two texts; "" = they are not there. */
const char *visitor_between(const visitor *v, const char *before, const char *after, char *out,
                            size_t size);

/* An account with a password and a second factor whose secret is `secret` (40 hexadecimal digits;
 * "" = none), made past the pages. Gives its number. */
int64_t visitor_account(client *c, const fp_account *account, const char *password,
                        const char *secret);
/* The code of this moment. */
void visitor_code(client *c, const char *secret, char code[7]);
/* Sign in with password and code; asserts that the visitor is in. */
void visitor_sign_in(visitor *v, const char *name, const char *password, const char *secret);

/* Two accounts with visitor_word and visitor_secret: "beheer", an administrator, and "coach1" of
 * coach c01, who is shown as `display`. */
void visitor_staff(client *c, const char *display, int64_t *admin, int64_t *coach);
extern const char visitor_secret[], visitor_word[];

/* Verify the log, and expect it to fit. */
void visitor_verify(client *c);
/* The first number that a query on the study's database gives. */
int64_t visitor_number(client *c, const char *sql);

#endif
