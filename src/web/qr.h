#ifndef FP_WEB_QR_H
#define FP_WEB_QR_H

#include "base/str.h"

/* A QR code (ISO/IEC 18004, by libqrencode, error correction M) as the path of an SVG: squares of
 * side 1, row by row in runs, in a field of `size` by `size` with the quiet zone of 4 around it.
 * The template draws it; there is no picture to fetch and nothing is sent anywhere. */
typedef struct {
    int size;         /* squares a side, the quiet zone included */
    const char *path; /* value of `d` */
} fp_qr;

/* in   text  1 to 1000 bytes.  out  qr  in `arena`.
 * Errors: FP_ARG (empty, too long), FP_NOMEM. */
FP_MUST_USE fp_status fp_qr_make(const char *text, fp_arena *arena, fp_qr *qr, fp_err *err);

#endif
