#ifndef FP_BASE_EMBEDDED_H
#define FP_BASE_EMBEDDED_H

#include <stddef.h>

/* A file that the build put into the program (fp_embed_table in cmake/FpBuild.cmake). */
typedef struct {
    const char *name;           /* without its ending */
    const unsigned char *bytes; /* *size, and a NUL behind them */
    const size_t *size;
} fp_embedded;

#endif
