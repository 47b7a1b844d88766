#include "web/qr.h"

#include <qrencode.h>
#include <string.h>

enum { QUIET = 4, LONGEST = 1000 };

static void free_code(QRcode **code)
{
    QRcode_free(*code);
}

fp_status fp_qr_make(const char *text, fp_arena *arena, fp_qr *qr, fp_err *err)
{
    FP_BUF_SCOPED(path, FP_MIB);
    size_t n = strlen(text);
    if (n == 0 || n > LONGEST)
        return fp_fail(err, FP_ARG, "a QR code of %zu bytes cannot be made", n);
    __attribute__((cleanup(free_code))) QRcode *code =
        QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
    if (!code)
        return fp_fail_nomem(err, n);
    for (int y = 0; y < code->width; y++) {
        const unsigned char *row = code->data + (ptrdiff_t)y * code->width;
        for (int x = 0; x < code->width; x++) {
            int run = 0;
            while (x + run < code->width && row[x + run] & 1)
                run++;
            if (run)
                fp_buf_printf(&path, "M%d %dh%dv1h-%dz", x + QUIET, y + QUIET, run, run);
            x += run;
        }
    }
    FP_TRY(fp_buf_ok(&path, err));
    char *copy = fp_str_dup(arena, fp_buf_str(&path), err);
    if (!copy)
        return FP_NOMEM;
    *qr = (fp_qr){.size = code->width + 2 * QUIET, .path = copy};
    return FP_OK;
}
