#include "ledger/hash.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

static void close_fd(const int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
}

fp_status fp_sha256_file(const char *path, fp_sha256 *out, fp_err *err)
{
    __attribute__((cleanup(close_fd))) int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        (void)fp_fail_at(err, FP_INPUT, path, 0, 0, "cannot open: %s", strerror(errno));
        return fp_hint(err, FP_INPUT,
                       errno == ENOENT ? "check the name and the folder"
                                       : "check that you may read it");
    }
    struct stat info;
    if (fstat(fd, &info) == 0 && S_ISDIR(info.st_mode)) {
        (void)fp_fail_at(err, FP_INPUT, path, 0, 0, "is a folder, not a file");
        return fp_hint(err, FP_INPUT, "name the file inside it");
    }
    fp_hasher hasher;
    fp_hasher_init(&hasher);
    char chunk[65536];
    for (;;) {
        ssize_t got = read(fd, chunk, sizeof chunk);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fp_fail_at(err, FP_IO, path, 0, 0, "cannot read: %s", strerror(errno));
        if (got == 0)
            break;
        fp_hasher_put(&hasher, (fp_str){chunk, (size_t)got});
    }
    *out = fp_hasher_finish(&hasher);
    return FP_OK;
}
