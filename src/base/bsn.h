#ifndef FP_BASE_BSN_H
#define FP_BASE_BSN_H

#include "base/str.h"

/* Whether nine digits can be a burgerservicenummer: 9 d1 + 8 d2 + ... + 2 d8 - d9 is a multiple of
 * 11, and the number is not 0 (Logisch Ontwerp BSN, the "elfproef"). */
bool fp_bsn_valid(fp_str digits);

#endif
