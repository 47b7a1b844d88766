#include "base/hash.h"

#include <nettle/base16.h>

#include "base/file.h"

void fp_hasher_init(fp_hasher *hasher)
{
    sha256_init(&hasher->state);
}

void fp_hasher_put(fp_hasher *hasher, fp_str text)
{
    sha256_update(&hasher->state, text.n, (const uint8_t *)text.p);
}

fp_sha256 fp_hasher_finish(fp_hasher *hasher)
{
    uint8_t digest[SHA256_DIGEST_SIZE];
    fp_sha256 sum = {0};
    sha256_digest(&hasher->state, sizeof digest, digest);
    base16_encode_update(sum.hex, sizeof digest, digest);
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
