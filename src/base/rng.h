#ifndef FP_BASE_RNG_H
#define FP_BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

/* Random streams. Philox4x32-10 (Salmon, Moraes, Dror & Shaw 2011, "Parallel random numbers: as
 * easy as 1, 2, 3", doi 10.1145/2063384.2063405) from the Random123 library. Stream (seed, purpose,
 * replicate) is independent of every other, so that replicate i gives the same numbers whatever
 * thread computes it. A value: copy it freely. */
typedef struct {
    uint32_t key[2];
    uint32_t counter[4];
    uint32_t block[4];
    int used; /* words of `block` already handed out */
} fp_rng;

/* What a stream is for; part of its key. Never renumber. */
typedef enum {
    FP_RNG_PERMUTATION = 1,
    FP_RNG_ALLOCATION = 2,
    FP_RNG_EXAMPLE = 3,
    FP_RNG_TEST = 4,
    FP_RNG_POWER = 5,
} fp_rng_purpose;

void fp_rng_init(fp_rng *rng, uint64_t seed, fp_rng_purpose purpose, uint64_t replicate);
uint32_t fp_rng_u32(fp_rng *rng);
/* Uniform in 0..n-1 without bias (Lemire 2019, doi 10.1145/3230636), n >= 1. */
uint32_t fp_rng_below(fp_rng *rng, uint32_t n);
/* Uniform on (0, 1): 52 bits, never 0 or 1. */
double fp_rng_unit(fp_rng *rng);
/* The next n of them: the same numbers as n calls. */
void fp_rng_units(fp_rng *rng, double *out, ptrdiff_t n);

#endif
