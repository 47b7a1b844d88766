/* Canonical JSON as the log holds it: what is accepted is written back to the same bytes. */
#include <string.h>

#include "fuzz.h"
#include "ledger/canonical.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fp_str text = {(const char *)data, size};
    bool valid = fp_canonical_valid(text);
    FP_BUF_SCOPED(string, FP_MIB);
    FP_BUF_SCOPED(again, 8 * FP_MIB);
    fp_str rest = text;
    if (!fp_canonical_take_string(&rest, &string)) {
        FUZZ_CHECK(rest.p == text.p && rest.n == text.n);
        return 0;
    }
    FUZZ_CHECK(rest.n < size);
    if (!fp_str_utf8(fp_buf_str(&string)))
        return 0;
    fp_canonical_string(&again, fp_buf_str(&string));
    FUZZ_CHECK(fp_canonical_valid(fp_buf_str(&again)));
    if (valid && rest.n == 0)
        FUZZ_CHECK(fp_str_eq(fp_buf_str(&again), text));
    return 0;
}
