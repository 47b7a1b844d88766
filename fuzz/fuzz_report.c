/* A report read back from its HTML, as `report --check` does with a file that anybody may have
 * changed. */
#include <string.h>

#include "fuzz.h"
#include "report/report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fp_err err = {0};
    fp_report_contents contents = {0};
    fp_arena *arena = fp_arena_create(64 * FP_MIB);
    fp_status status = fp_report_read((fp_str){(const char *)data, size}, arena, &contents, &err);
    FUZZ_CHECK(status == FP_OK || status == FP_INPUT || status == FP_NOMEM);
    FUZZ_CHECK(status == FP_OK || err.message[0]);
    for (ptrdiff_t i = 0; status == FP_OK && i < contents.number_count; i++)
        FUZZ_CHECK(strlen(contents.numbers[i].id) + strlen(contents.numbers[i].text) <= size);
    for (ptrdiff_t i = 0; status == FP_OK && i < contents.input_count; i++)
        FUZZ_CHECK(strlen(contents.inputs[i].id) + strlen(contents.inputs[i].text) <= size);
    fp_arena_destroy(arena);
    return 0;
}
