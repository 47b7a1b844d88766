#ifndef FP_WEB_WEB_H
#define FP_WEB_WEB_H

#include <stdint.h>

#include "web/http.h"

/* The workbench of one study, from request to response: no socket here (server.h has them), so that
 * tests, fuzzing and the generated tests go through the same door. */
typedef struct fp_web fp_web;

/* Cost of a password hash (argon2id); zeroed = libsodium's interactive limits. */
typedef struct {
    unsigned long long passes;
    size_t memory; /* [bytes] */
} fp_hash_cost;

typedef struct {
    const char *folder;   /* of the study */
    const char *key_file; /* master key of the identities; NULL = from the environment */
    bool secure;          /* cookies are Secure, HSTS is sent: TLS, or behind a proxy that has it */
    bool behind_proxy;    /* X-Forwarded-For tells the address of the other side */
    int readers;          /* connections for reading; 0 = 8 */
    int64_t (*now)(void *user); /* [s] since 1970; NULL = the clock */
    void *now_user;
    fp_hash_cost cost;
    bool one_factor; /* no second factor is asked: a demonstration only */
} fp_web_options;

/* Open the study's database (made or moved to the newest schema where needed) and all that requests
 * share. Errors: FP_INPUT (no study folder, a database that is not ours, newer or locked), FP_CHECK
 * (damaged), FP_IO, FP_NOMEM. To be closed with fp_web_close. */
FP_MUST_USE fp_status fp_web_open(const fp_web_options *options, fp_web **out, fp_err *err);
/* NULL is allowed. No answer may be under way. */
void fp_web_close(fp_web *web);
void fp_web_cleanup(fp_web **web);

enum { FP_COOKIE_NAME = 64 };

/* The name that a cookie of this web has in the browser: "__Host-firstplace-1a2b3c4d". A browser
 * sends the cookies of a host to each of its ports: two studies on one host must not take each
 * other's. So the name has a mark of the study's id and the path of its folder, and where cookies
 * are Secure the prefix that keeps other hosts of the domain from setting it (RFC 6265bis, 4.1.3).
 * in  name  "firstplace", "visit", "said"; "language" is the same everywhere */
void fp_web_cookie_name(const fp_web *web, const char *name, char out[FP_COOKIE_NAME]);

/* Answer a request: route, session, permission, CSRF token, validators, handler, headers.
 * in      arena     of this request; the response's headers live in it
 * in/out  response  init'ed; always filled, whatever goes wrong
 * Thread-safe: yes, with an arena and a response a call. */
void fp_web_answer(fp_web *web, const fp_request *request, fp_arena *arena, fp_response *response);
/* The same from bytes: decode (web/decode.h), then answer; what cannot be decoded gets one plain
 * line. This is all that a server, a fuzzer or a load test need. */
void fp_web_serve(fp_web *web, const fp_raw_request *raw, fp_arena *arena, fp_response *response);
/* An answer for what never became a request (too large, too slow, stopping), with the headers that
 * every answer has. */
void fp_web_refuse(const fp_web *web, int status, const char *line, fp_response *response);

#endif
