#ifndef FP_BASE_ENCODING_H
#define FP_BASE_ENCODING_H

#include "base/str.h"

/* Windows-1252, the encoding of older spreadsheets in Western Europe, as UTF-8. The five bytes that
 * it leaves undefined (81 8D 8F 90 9D) and NUL are kept as they are, so that whoever checks the
 * result finds them: none of them is UTF-8 there.
 * Source: the table CP1252 of the Unicode consortium (Mappings/Vendors/Micsft/Windows).
 * out   to  NULL = only count; else room for as many bytes as that gives
 * Gives the length of the result, at most 3 bytes a byte. */
size_t fp_windows_1252(fp_str text, char *to);

#endif
