#include "base/hash.h"

#include <sodium.h>

#include "base/file.h"

void fp_hasher_init(fp_hasher *hasher)
{
    /* Idempotent and thread-safe. SHA-256 itself is portable code that needs none of what could
     * fail in it, so a failure changes nothing here. */
    int ready = sodium_init();
    (void)ready;
    (void)crypto_hash_sha256_init(&hasher->state);
}

void fp_hasher_put(fp_hasher *hasher, fp_str text)
{
    (void)crypto_hash_sha256_update(&hasher->state, (const unsigned char *)text.p, text.n);
}

fp_sha256 fp_hasher_finish(fp_hasher *hasher)
{
    unsigned char digest[crypto_hash_sha256_BYTES];
    fp_sha256 sum;
    (void)crypto_hash_sha256_final(&hasher->state, digest);
    (void)sodium_bin2hex(sum.hex, sizeof sum.hex, digest, sizeof digest);
    return sum;
}

fp_sha256 fp_sha256_of(fp_str text)
{
    fp_hasher hasher;
    fp_hasher_init(&hasher);
    fp_hasher_put(&hasher, text);
    return fp_hasher_finish(&hasher);
}

static fp_status put_piece(void *context, fp_str piece, fp_err *err)
{
    (void)err;
    fp_hasher_put(context, piece);
    return FP_OK;
}

fp_status fp_sha256_file(const char *path, fp_sha256 *out, fp_err *err)
{
    fp_hasher hasher;
    fp_hasher_init(&hasher);
    FP_TRY(fp_file_each(path, put_piece, &hasher, err));
    *out = fp_hasher_finish(&hasher);
    return FP_OK;
}
