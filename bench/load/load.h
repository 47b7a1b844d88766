#ifndef FP_BENCH_LOAD_H
#define FP_BENCH_LOAD_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/rng.h"

/* People at work in the workbench: each with an account, a second factor, a session and a
 * kept-alive connection of their own. Everything in it is made up. */

enum { LOAD_PAGE = 512 * 1024, LOAD_KINDS = 6 };

typedef struct {
    char name[32], client[24], secret[41], cookies[2][160]; /* visit, firstplace */
    int64_t account;
    int fd, port;
    char *page; /* of the last answer; LOAD_PAGE bytes */
    size_t page_bytes;
    fp_rng rng;
    float *ms; /* of each answer, `count` of `room` */
    long count, room;
    long kinds[LOAD_KINDS], errors, saved, sent;
    char phone[32];    /* of the last save that was acknowledged */
    char trying[32];   /* of the last save that was sent */
    char problem[160]; /* the first thing that went wrong */
} load_user;

/* ---- client.c: HTTP/1.1 ---- */

/* One request and its answer; status 0 where the connection failed. form NULL = GET. */
int load_request(load_user *user, const char *path, const char *form);
void load_hang_up(load_user *user);
/* The value of the hidden field `name` in the last page, decoded enough for our own forms; false
 * where there is none. */
bool load_field(const load_user *user, const char *name, char *value, size_t size);
/* Sign in with password and second factor. */
bool load_sign_in(load_user *user, const char *password);

/* ---- study.c ---- */

typedef struct {
    char folder[PATH_MAX], key[PATH_MAX], root[PATH_MAX];
    char password[24];
} load_study;

/* A study with an account, a client and a second factor for each user; ends the program on failure.
 */
void load_study_make(load_study *study, load_user *users, int count);
/* Verify the database and find every acknowledged save back in it: the number of identity-saved
 * events of each user, and the number of the phone that was saved last. Where the server was
 * killed, one save more than was acknowledged may be there. Returns how many were lost. out stored
 * events identity-saved of all users since `since` */
long load_study_check(const load_study *study, load_user *users, int count, bool killed,
                      long *stored, long *events);
void load_study_remove(load_study *study);

/* ---- server.c ---- */

/* Start `firstplace serve` and learn its port; ends the program on failure. */
pid_t load_server_start(const char *binary, const load_study *study, int *port);
/* End it by a signal and wait; returns its exit code, 0 where the signal ended it.
 * out cpu  [s] it computed in all */
int load_server_stop(pid_t pid, int signal, double *cpu);

#endif
