#ifndef FP_BASE_SHA256_H
#define FP_BASE_SHA256_H

#include <stdint.h>

#include "base/str.h"

/* SHA-256 (FIPS 180-4, section 6.2), by the processor's own instructions where it has them: a file
 * of hundreds of megabytes is hashed while it is read. Begin, put any number of times, finish once.
 * A value; thread-safe. */
typedef struct {
    uint32_t state[8];
    uint64_t bytes;
    unsigned char rest[64]; /* bytes % 64 of them wait for a full block */
} fp_sha;

fp_sha fp_sha_begin(void);
void fp_sha_put(fp_sha *sha, fp_str text);
/* As 64 lower-case hex digits and a NUL. */
void fp_sha_finish(fp_sha *sha, char hex[65]);

#endif
