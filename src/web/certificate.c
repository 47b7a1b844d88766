#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "base/date.h"
#include "base/file.h"
#include "web/server_priv.h"

enum { CHAIN = 16, PEM_MAX = 1 << 20 };

static gnutls_datum_t datum(fp_str text)
{
    return (gnutls_datum_t){(unsigned char *)(uintptr_t)text.p, (unsigned)text.n};
}

static fp_status refuse(const char *file, const char *what, const char *hint, fp_err *err)
{
    (void)fp_fail_at(err, FP_INPUT, file, 0, 0, "%s", what);
    return fp_hint(err, FP_INPUT, "%s", hint);
}

/* The first certificate of the file is the server's own. */
static fp_status check_dates(const char *file, gnutls_x509_crt_t own, int64_t now, fp_err *err)
{
    int64_t from = gnutls_x509_crt_get_activation_time(own);
    int64_t until = gnutls_x509_crt_get_expiration_time(own);
    char day[16];
    if (now >= from && now <= until)
        return FP_OK;
    fp_day_format((fp_day)((now < from ? from : until) / 86400), day);
    (void)fp_fail_at(err, FP_INPUT, file, 0, 0,
                     now < from ? "this certificate is not valid before %s"
                                : "this certificate was valid until %s",
                     day);
    return fp_hint(err, FP_INPUT, "browsers refuse it: get a new one, or mend the clock");
}

static fp_status check_certificate(const char *file, fp_str text, int64_t now, fp_err *err)
{
    gnutls_x509_crt_t chain[CHAIN];
    unsigned count = CHAIN;
    gnutls_datum_t pem = datum(text);
    int code = gnutls_x509_crt_list_import(chain, &count, &pem, GNUTLS_X509_FMT_PEM, 0);
    if (code <= 0)
        return refuse(file, "holds no certificate in PEM form",
                      "it begins with -----BEGIN CERTIFICATE-----", err);
    fp_status status = check_dates(file, chain[0], now, err);
    for (unsigned i = 0; i < count; i++)
        gnutls_x509_crt_deinit(chain[i]);
    return status;
}

static fp_status check_key(const char *file, fp_str text, fp_err *err)
{
    gnutls_x509_privkey_t key;
    gnutls_datum_t pem = datum(text);
    if (gnutls_x509_privkey_init(&key) != 0)
        return fp_fail_nomem(err, sizeof key);
    int code = gnutls_x509_privkey_import2(key, &pem, GNUTLS_X509_FMT_PEM, NULL, 0);
    gnutls_x509_privkey_deinit(key);
    if (code == 0)
        return FP_OK;
    return refuse(file, "holds no private key in PEM form without a password",
                  "it begins with -----BEGIN PRIVATE KEY-----", err);
}

/* They belong together when GnuTLS takes them as a pair. */
static fp_status check_pair(const char *file, fp_str certificate, fp_str key, fp_err *err)
{
    gnutls_certificate_credentials_t pair;
    gnutls_datum_t first = datum(certificate), second = datum(key);
    if (gnutls_certificate_allocate_credentials(&pair) != 0)
        return fp_fail_nomem(err, sizeof pair);
    int code = gnutls_certificate_set_x509_key_mem(pair, &first, &second, GNUTLS_X509_FMT_PEM);
    gnutls_certificate_free_credentials(pair);
    if (code == 0)
        return FP_OK;
    return refuse(file, "this key is not the one of the certificate",
                  "give the two files that were made together", err);
}

fp_status fp_certificate_read(const char *certificate, const char *key, int64_t now,
                              fp_arena *arena, fp_certificate *out, fp_err *err)
{
    fp_str first, second;
    FP_TRY(fp_file_read(certificate, PEM_MAX, arena, &first, err));
    FP_TRY(fp_file_read(key, PEM_MAX, arena, &second, err));
    FP_TRY(check_certificate(certificate, first, now, err));
    FP_TRY(check_key(key, second, err));
    FP_TRY(check_pair(key, first, second, err));
    *out = (fp_certificate){first.p, second.p};
    return FP_OK;
}
