#ifndef FP_BASE_HASH_H
#define FP_BASE_HASH_H

#include <nettle/sha2.h>

#include "base/str.h"

/* SHA-256 (FIPS 180-4, by nettle) as 64 lower-case hex digits and a NUL. Thread-safe. */
typedef struct {
    char hex[65];
} fp_sha256;
fp_sha256 fp_sha256_of(fp_str text);
/* Of a file's bytes, streamed. Errors: as fp_file_each. */
FP_MUST_USE fp_status fp_sha256_file(const char *path, fp_sha256 *out, fp_err *err);

/* The same piece by piece: init, put any number of times, finish once. A value. */
typedef struct {
    struct sha256_ctx state;
} fp_hasher;
void fp_hasher_init(fp_hasher *hasher);
void fp_hasher_put(fp_hasher *hasher, fp_str text);
fp_sha256 fp_hasher_finish(fp_hasher *hasher);

#endif
