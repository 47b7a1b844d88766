/* Writes random streams to standard output for a battery of tests (docs/methods/random-streams.md):
 *   stream SEED along    one stream, word after word
 *   stream SEED across   the first block of four words of replicate 0, 1, 2, ...
 * 32-bit words in the order of this machine's bytes, until the reader closes the pipe. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "base/rng.h"

enum { WORDS = 1 << 14, BLOCK = 4 };

int main(int argc, char **argv)
{
    static uint32_t words[WORDS];
    int64_t seed = 0;
    bool along = argc == 3 && strcmp(argv[2], "along") == 0;
    bool across = argc == 3 && strcmp(argv[2], "across") == 0;
    if ((!along && !across) || !fp_int_parse(fp_str_of(argv[1]), 0, INT64_MAX, &seed)) {
        (void)fputs("usage: stream SEED along|across\n", stderr);
        return 2;
    }
    (void)signal(SIGPIPE, SIG_DFL); /* ends quietly with its reader */
    fp_rng rng;
    fp_rng_init(&rng, (uint64_t)seed, FP_RNG_TEST, 0);
    for (uint64_t replicate = 0;;) {
        for (int i = 0; i < WORDS; i++) {
            if (across && i % BLOCK == 0)
                fp_rng_init(&rng, (uint64_t)seed, FP_RNG_TEST, replicate++);
            words[i] = fp_rng_u32(&rng);
        }
        if (fwrite(words, sizeof *words, WORDS, stdout) != WORDS)
            return 1;
    }
}
