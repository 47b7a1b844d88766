/* Where every number comes from: files and their hashes, program, seed, warnings; and the list of
 * all numbers. */
#include "report/page_priv.h"

#include <stdio.h>

static void add_input(fp_page *page, json_t *inputs, const char *file, const char *sha256,
                      const char *import)
{
    fp_page_add(page, inputs,
                json_pack("{s:s, s:s, s:s}", "file", file, "sha256", sha256, "import", import));
}

static json_t *inputs_of(fp_page *page)
{
    json_t *inputs = json_array();
    if (page->input->protocol_sha256 && page->input->protocol_sha256[0])
        add_input(page, inputs, "study.yaml", page->input->protocol_sha256, "");
    for (int k = 0; k < FP_SOURCE_COUNT; k++) {
        const fp_source *source = &page->data->sources[k];
        char import[32] = "";
        if (!source->file)
            continue;
        if (source->import > 0)
            (void)snprintf(import, sizeof import, "%lld", (long long)source->import);
        add_input(page, inputs, source->file, source->sha256 ? source->sha256 : "", import);
    }
    return inputs;
}

void fp_page_provenance(fp_page *page)
{
    const fp_results *r = page->results;
    json_t *part = json_object();
    char seed[32];
    (void)snprintf(seed, sizeof seed, "%llu", (unsigned long long)r->seed);
    fp_page_put(page, page->root, "inputs", inputs_of(page));
    fp_page_warnings(page, part);
    fp_page_put_text(page, page->root, "seed", seed);
    fp_page_put_text(page, part, "study", page->plan->id);
    if (page->plan->registration)
        fp_page_put_text(page, part, "registration", page->plan->registration);
    if (page->input->log_head)
        fp_page_put_text(page, part, "log_head", page->input->log_head);
    fp_page_put(page, page->root, "provenance", part);
}

void fp_page_appendix(fp_page *page)
{
    const fp_results *r = page->results;
    json_t *numbers = json_array();
    for (ptrdiff_t i = 0; i < r->fact_count; i++) {
        const fp_fact *fact = page->by_id[i];
        if (!page->printed[i])
            continue;
        fp_page_add(page, numbers,
                    json_pack("{s:o, s:s, s:s}", "number", fp_page_number_of(page, fact), "what",
                              fp_page_word(page, fact->what), "whom",
                              fp_page_group(page, &fact->scope.group)));
    }
    fp_page_put(page, page->root, "appendix", json_pack("{s:o}", "numbers", numbers));
}
