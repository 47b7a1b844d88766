/* Feeds every file of a folder to the fuzz target that is linked in, in order of name:
 *   fuzz_table_replay fuzz/corpus/table
 * so that seeds and old crashes are part of the ordinary test run. */
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "fuzz.h"

static int visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* The input is copied to a block of exactly its size, so that a read past its end is noticed. */
static int replay_file(const char *path)
{
    fp_err err;
    char text[1024];
    fp_str input;
    fp_arena *arena = fp_arena_create(FP_GIB);
    if (!arena || fp_file_read(path, FP_GIB / 2, arena, &input, &err) != FP_OK) {
        if (arena)
            fp_err_text(&err, text, sizeof text);
        (void)fprintf(stderr, "%s\n", arena ? text : "no memory");
        fp_arena_destroy(arena);
        return 1;
    }
    uint8_t *exact = malloc(input.n ? input.n : 1);
    if (exact) {
        if (input.n)
            memcpy(exact, input.p, input.n);
        (void)LLVMFuzzerTestOneInput(exact, input.n);
    }
    free(exact);
    fp_arena_destroy(arena);
    return exact == NULL;
}

int main(int argc, char **argv)
{
    struct dirent **entries;
    int failed = 0;
    int n = argc == 2 ? scandir(argv[1], &entries, visible, alphasort) : -1;
    if (n < 1) {
        (void)fprintf(stderr, "give a folder with inputs\n");
        return 2;
    }
    for (int i = 0; i < n; i++) {
        char path[PATH_MAX];
        (void)snprintf(path, sizeof path, "%s/%s", argv[1], entries[i]->d_name);
        failed += replay_file(path);
        free(entries[i]);
    }
    free(entries);
    (void)printf("%d inputs replayed\n", n - failed);
    return failed ? 1 : 0;
}
