#ifndef FP_BASE_CATALOG_H
#define FP_BASE_CATALOG_H

#include <stddef.h>

#include "base/arena.h"

/* A message catalogue: the .mo file of msgfmt, opened as an explicit handle, one a report or
 * request. setlocale is never called. Message ids are the English texts, or short keys where a
 * text is long. */
typedef struct fp_catalog fp_catalog;

/* Marks a message id that is translated further on: the tests of the catalogues look for these. */
#define FP_MSG(text) (text)

/* Open a catalogue on bytes that outlive it (an embedded .mo). The handle lives in `arena`.
 * Errors: FP_INPUT (not a little-endian .mo, offsets outside the file), FP_NOMEM. */
FP_MUST_USE fp_status fp_catalog_open(const unsigned char *mo, size_t size, fp_arena *arena,
                                      const fp_catalog **out, fp_err *err);
/* The translation, or `id` itself where the catalogue has none (or is NULL). Borrowed. */
const char *fp_text(const fp_catalog *catalog, const char *id);
/* Whether the catalogue has a translation. */
int fp_catalog_has(const fp_catalog *catalog, const char *id);

#endif
