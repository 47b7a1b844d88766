/* What stands sealed in the log, once opened: what is accepted is written back to the same text. */
#include <string.h>

#include "fuzz.h"
#include "store/identity.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fp_str text = {(const char *)data, size};
    fp_identity identity;
    FP_BUF_SCOPED(again, 8 * FP_MIB);
    fp_arena *arena = fp_arena_create(64 * FP_MIB);
    if (arena && size < FP_MIB && fp_identity_read(text, arena, &identity)) {
        while (text.n && text.p[text.n - 1] == '\0')
            text.n--;
        FUZZ_CHECK(fp_identity_write(&identity, &again, NULL) == FP_OK);
        FUZZ_CHECK(again.n >= text.n && memcmp(again.p, text.p, text.n) == 0);
    }
    fp_arena_destroy(arena);
    return 0;
}
