/* The master key: its file, its memory, what is derived from it. */
#include "store/vault.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/private_file.h"
#include "store/vault_priv.h"

static const char first_line[] = "firstplace key 1";
static const char another[] = "a key is never overwritten: name a new file";

enum { WRAP = 1, MARK = 2, HEX = 2 * FP_KEY_BYTES, FILE_MOST = 4096 };

struct fp_vault {
    unsigned char wrap[FP_KEY_BYTES], mark[FP_KEY_BYTES];
    char id[FP_VAULT_ID];
};

static fp_status need_sodium(fp_err *err)
{
    return sodium_init() < 0 ? fp_fail(err, FP_INTERNAL, "libsodium does not start") : FP_OK;
}

static void id_of(const unsigned char master[FP_KEY_BYTES], char id[FP_VAULT_ID])
{
    static const char said[] = "firstplace key id";
    unsigned char sum[crypto_generichash_BYTES];
    (void)crypto_generichash(sum, sizeof sum, (const unsigned char *)said, sizeof said - 1, master,
                             FP_KEY_BYTES);
    (void)sodium_bin2hex(id, FP_VAULT_ID, sum, (FP_VAULT_ID - 1) / 2);
}

/* The derived keys are all that is kept; `master` is wiped. */
static fp_status take_master(unsigned char master[FP_KEY_BYTES], fp_vault **out, fp_err *err)
{
    static const char context[crypto_kdf_CONTEXTBYTES + 1] = "fpvault1";
    fp_vault *vault = sodium_malloc(sizeof *vault);
    if (vault) {
        id_of(master, vault->id);
        (void)crypto_kdf_derive_from_key(vault->wrap, FP_KEY_BYTES, WRAP, context, master);
        (void)crypto_kdf_derive_from_key(vault->mark, FP_KEY_BYTES, MARK, context, master);
    }
    sodium_memzero(master, FP_KEY_BYTES);
    if (!vault || sodium_mprotect_readonly(vault) != 0) {
        sodium_free(vault);
        return fp_fail_nomem(err, sizeof *vault);
    }
    *out = vault;
    return FP_OK;
}

void fp_vault_close(fp_vault *vault)
{
    sodium_free(vault); /* wipes it */
}

void fp_vault_cleanup(fp_vault **vault)
{
    fp_vault_close(*vault);
}

const char *fp_vault_id(const fp_vault *vault)
{
    return vault->id;
}

static bool take_digits(fp_str digits, unsigned char master[FP_KEY_BYTES])
{
    size_t used = 0;
    return digits.n == HEX &&
           sodium_hex2bin(master, FP_KEY_BYTES, digits.p, digits.n, NULL, &used, NULL) == 0 &&
           used == FP_KEY_BYTES && !sodium_is_zero(master, FP_KEY_BYTES);
}

fp_status fp_vault_make(const char *path, const char *folder, char id[FP_VAULT_ID], fp_err *err)
{
    unsigned char master[FP_KEY_BYTES];
    char text[sizeof first_line + HEX + 16], hex[HEX + 1];
    FP_TRY(need_sodium(err));
    if (folder)
        FP_TRY(fp_private_place(path, folder, "key", err));
    randombytes_buf(master, sizeof master);
    id_of(master, id);
    (void)snprintf(text, sizeof text, "%s\nkey: %s\n", first_line,
                   sodium_bin2hex(hex, sizeof hex, master, sizeof master));
    fp_status status = fp_private_make(path, fp_str_of(text), another, err);
    sodium_memzero(master, sizeof master);
    sodium_memzero(hex, sizeof hex);
    sodium_memzero(text, sizeof text);
    return status;
}

static void wipe(void *context)
{
    fp_str *text = context;
    sodium_memzero((void *)(uintptr_t)text->p, text->n);
}

/* A key that everybody on the machine may read is none. Reading by the group is allowed: systemd
 * hands credentials to a service in that way. */
static fp_status check_mode(const char *path, fp_err *err)
{
    struct stat info;
    if (stat(path, &info) != 0) {
        (void)fp_fail_at(err, FP_INPUT, path, 0, 0, "the key cannot be read: %s", strerror(errno));
        return fp_hint(err, FP_INPUT,
                       "without the key nobody can read the identities; see docs/privacy.md, "
                       "\"When the key is lost\"");
    }
    if ((info.st_mode & (S_IRWXO | S_IWGRP)) == 0)
        return FP_OK;
    (void)fp_fail_at(err, FP_INPUT, path, 0, 0, "the key can be read or changed by others");
    return fp_hint(err, FP_INPUT, "chmod 600 %.200s", path);
}

static fp_status take_text(const char *path, fp_str text, fp_vault **out, fp_err *err)
{
    unsigned char master[FP_KEY_BYTES];
    fp_str line, digits;
    if (!fp_private_line(&text, first_line, &line) || line.n > 0 ||
        !fp_private_line(&text, "key:", &digits) || text.n > 0 || !take_digits(digits, master)) {
        sodium_memzero(master, sizeof master);
        (void)fp_fail_at(err, FP_INPUT, path, 0, 0, "is not a key made by firstplace");
        return fp_hint(err, FP_INPUT, "make one with: firstplace key new FILE");
    }
    return take_master(master, out, err);
}

static fp_status open_file(const char *path, const char *folder, fp_vault **out, fp_err *err)
{
    char bytes[FILE_MOST];
    fp_str text;
    FP_TRY(check_mode(path, err));
    if (folder)
        FP_TRY(fp_private_place(path, folder, "key", err));
    fp_status status = fp_private_read(path, bytes, sizeof bytes, &text, err);
    if (status == FP_OK)
        status = take_text(path, text, out, err);
    sodium_memzero(bytes, sizeof bytes);
    return status;
}

fp_status fp_vault_open(const char *path, const char *folder, fp_vault **out, fp_err *err)
{
    unsigned char master[FP_KEY_BYTES];
    FP_TRY(need_sodium(err));
    const char *named = path ? path : getenv("FIRSTPLACE_KEY_FILE");
    if (named && named[0])
        return open_file(named, folder, out, err);
    const char *given = getenv("FIRSTPLACE_KEY");
    if (!given || !given[0]) {
        (void)fp_fail(err, FP_INPUT, "no master key is given");
        return fp_hint(err, FP_INPUT,
                       "name its file with --key-file or $FIRSTPLACE_KEY_FILE; make one with: "
                       "firstplace key new FILE");
    }
    if (!take_digits(fp_str_of(given), master)) {
        sodium_memzero(master, sizeof master);
        (void)fp_fail(err, FP_INPUT, "$FIRSTPLACE_KEY is not a key");
        return fp_hint(err, FP_INPUT, "it should be 64 hexadecimal digits");
    }
    return take_master(master, out, err);
}

/* ---- sealing ------------------------------------------------------------------------------- */

fp_status fp_seal(const unsigned char key[FP_KEY_BYTES], fp_str bound, fp_str plain, fp_buf *out,
                  fp_err *err)
{
    FP_ARENA_SCOPED(scratch, 4 * FP_MIB, err);
    unsigned char *sealed;
    char *hex;
    unsigned long long n = 0;
    size_t size = plain.n + FP_SEAL_EXTRA;
    FP_ARRAY(sealed, scratch, size, err);
    FP_ARRAY(hex, scratch, 2 * size + 1, err);
    const size_t nonce = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
    randombytes_buf(sealed, nonce);
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt(
        sealed + nonce, &n, (const unsigned char *)plain.p, plain.n, (const unsigned char *)bound.p,
        bound.n, NULL, sealed, key);
    fp_buf_put(out, sodium_bin2hex(hex, 2 * size + 1, sealed, size));
    return fp_buf_ok(out, err);
}

fp_status fp_unseal(const unsigned char key[FP_KEY_BYTES], fp_str bound, fp_str sealed,
                    fp_arena *arena, bool *opened, fp_str *plain, fp_err *err)
{
    unsigned char *bytes, *text;
    fp_str *kept;
    unsigned long long n = 0;
    size_t used = 0;
    const size_t nonce = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
    FP_ARRAY(bytes, arena, sealed.n / 2 + 1, err);
    FP_ARRAY(text, arena, sealed.n / 2 + 1, err);
    FP_ARRAY(kept, arena, 1, err);
    *opened = false;
    *kept = (fp_str){(const char *)text, sealed.n / 2 + 1};
    FP_TRY(fp_arena_defer(arena, wipe, kept, err));
    if (sodium_hex2bin(bytes, sealed.n / 2, sealed.p, sealed.n, NULL, &used, NULL) != 0 ||
        2 * used != sealed.n || used < FP_SEAL_EXTRA)
        return FP_OK;
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(text, &n, NULL, bytes + nonce, used - nonce,
                                                   (const unsigned char *)bound.p, bound.n, bytes,
                                                   key) != 0)
        return FP_OK;
    *plain = (fp_str){(const char *)text, (size_t)n};
    *opened = true;
    return FP_OK;
}

void fp_vault_mark(const fp_vault *vault, fp_str digits, char mark[FP_VAULT_MARK])
{
    unsigned char sum[crypto_generichash_BYTES];
    (void)crypto_generichash(sum, sizeof sum, (const unsigned char *)digits.p, digits.n,
                             vault->mark, FP_KEY_BYTES);
    (void)sodium_bin2hex(mark, FP_VAULT_MARK, sum, sizeof sum);
}

/* ---- keys of people ------------------------------------------------------------------------ */

static fp_status key_bound(const char *study, const char *client, fp_buf *out, fp_err *err)
{
    fp_buf_printf(out, "firstplace person key 1\n%s\n%s", study, client);
    return fp_buf_ok(out, err);
}

fp_status fp_person_key_wrap(const fp_vault *vault, const char *study, const char *client,
                             const unsigned char key[FP_KEY_BYTES], fp_buf *wrapped, fp_err *err)
{
    FP_BUF_SCOPED(bound, FP_MIB);
    FP_TRY(key_bound(study, client, &bound, err));
    return fp_seal(vault->wrap, fp_buf_str(&bound), (fp_str){(const char *)key, FP_KEY_BYTES},
                   wrapped, err);
}

fp_status fp_person_key_open(fp_ledger *ledger, const fp_vault *vault, const char *study,
                             const char *client, const char *key_id, fp_str wrapped,
                             unsigned char key[FP_KEY_BYTES], fp_err *err)
{
    FP_ARENA_SCOPED(scratch, FP_MIB, err);
    FP_BUF_SCOPED(bound, FP_MIB);
    bool opened = false;
    fp_str plain;
    if (strcmp(key_id, vault->id) != 0) {
        (void)fp_fail_at(err, FP_INPUT, fp_ledger_path(ledger), 0, 0,
                         "the identities lie under the master key %s, and this is %s", key_id,
                         vault->id);
        return fp_hint(err, FP_INPUT, "start again with the key that the study uses now");
    }
    FP_TRY(key_bound(study, client, &bound, err));
    FP_TRY(fp_unseal(vault->wrap, fp_buf_str(&bound), wrapped, scratch, &opened, &plain, err));
    if (!opened || plain.n != FP_KEY_BYTES) {
        (void)fp_fail_at(err, FP_CHECK, fp_ledger_path(ledger), 0, 0,
                         "the key of client %s was changed: it does not open", client);
        return fp_hint(err, FP_CHECK, "restore the database from a copy that is known to be good");
    }
    memcpy(key, plain.p, FP_KEY_BYTES);
    return FP_OK;
}
