#include "web/password.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(FP_HASH_MAX >= crypto_pwhash_STRBYTES, "room for a hash as text");

enum { AT_WORK = 2, WAITING = 4 };

struct fp_passwords {
    pthread_mutex_t lock;
    pthread_cond_t left;
    int at_work, waiting;
    fp_hash_cost cost;
    char nobody[FP_HASH_MAX]; /* checked where there is no account: the same time for every name */
};

static fp_status enter(fp_passwords *passwords, fp_err *err)
{
    (void)pthread_mutex_lock(&passwords->lock);
    bool full = passwords->at_work == AT_WORK && passwords->waiting == WAITING;
    if (!full) {
        passwords->waiting++;
        while (passwords->at_work == AT_WORK)
            (void)pthread_cond_wait(&passwords->left, &passwords->lock);
        passwords->waiting--;
        passwords->at_work++;
    }
    (void)pthread_mutex_unlock(&passwords->lock);
    if (!full)
        return FP_OK;
    (void)fp_fail(err, FP_BUSY, "too many people sign in at this moment");
    return fp_hint(err, FP_BUSY, "try again in a few seconds");
}

static void leave(fp_passwords *passwords)
{
    (void)pthread_mutex_lock(&passwords->lock);
    passwords->at_work--;
    (void)pthread_cond_signal(&passwords->left);
    (void)pthread_mutex_unlock(&passwords->lock);
}

fp_status fp_passwords_hash(fp_passwords *passwords, fp_str password, char hash[FP_HASH_MAX],
                            fp_err *err)
{
    FP_TRY(enter(passwords, err));
    int code = crypto_pwhash_str_alg(hash, password.p, password.n, passwords->cost.passes,
                                     passwords->cost.memory, crypto_pwhash_ALG_ARGON2ID13);
    leave(passwords);
    return code == 0 ? FP_OK : fp_fail_nomem(err, passwords->cost.memory);
}

fp_status fp_passwords_check(fp_passwords *passwords, fp_str password, const char *hash,
                             bool *right, fp_err *err)
{
    bool known = hash[0] != '\0';
    FP_TRY(enter(passwords, err));
    int code = crypto_pwhash_str_verify(known ? hash : passwords->nobody, password.p, password.n);
    leave(passwords);
    *right = code == 0 && known;
    return FP_OK;
}

fp_status fp_passwords_open(const fp_hash_cost *cost, fp_passwords **out, fp_err *err)
{
    unsigned char made_up[32];
    if (sodium_init() < 0)
        return fp_fail(err, FP_INTERNAL, "libsodium does not start");
    fp_passwords *made = calloc(1, sizeof *made);
    if (!made)
        return fp_fail_nomem(err, sizeof *made);
    made->cost = *cost;
    if (made->cost.passes == 0)
        made->cost =
            (fp_hash_cost){crypto_pwhash_OPSLIMIT_INTERACTIVE, crypto_pwhash_MEMLIMIT_INTERACTIVE};
    (void)pthread_mutex_init(&made->lock, NULL);
    (void)pthread_cond_init(&made->left, NULL);
    randombytes_buf(made_up, sizeof made_up);
    fp_status status =
        fp_passwords_hash(made, (fp_str){(const char *)made_up, sizeof made_up}, made->nobody, err);
    if (status != FP_OK) {
        fp_passwords_close(made);
        return status;
    }
    *out = made;
    return FP_OK;
}

void fp_passwords_close(fp_passwords *passwords)
{
    if (!passwords)
        return;
    (void)pthread_cond_destroy(&passwords->left);
    (void)pthread_mutex_destroy(&passwords->lock);
    free(passwords);
}
