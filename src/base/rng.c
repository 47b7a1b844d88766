#include "base/rng.h"

#include <math.h>

#include <Random123/philox.h>

void fp_rng_init(fp_rng *rng, uint64_t seed, fp_rng_purpose purpose, uint64_t replicate)
{
    *rng = (fp_rng){{(uint32_t)seed, (uint32_t)(seed >> 32)},
                    {0, (uint32_t)purpose, (uint32_t)replicate, (uint32_t)(replicate >> 32)},
                    {0},
                    4};
}

static void next_block(fp_rng *rng)
{
    philox4x32_ctr_t c = {{rng->counter[0], rng->counter[1], rng->counter[2], rng->counter[3]}};
    philox4x32_key_t k = {{rng->key[0], rng->key[1]}};
    philox4x32_ctr_t out = philox4x32(c, k);
    for (int i = 0; i < 4; i++)
        rng->block[i] = out.v[i];
    rng->counter[0]++;
    rng->used = 0;
}

uint32_t fp_rng_u32(fp_rng *rng)
{
    if (rng->used == 4)
        next_block(rng);
    return rng->block[rng->used++];
}

uint32_t fp_rng_below(fp_rng *rng, uint32_t n)
{
    uint64_t m = (uint64_t)fp_rng_u32(rng) * n;
    uint32_t low = (uint32_t)m;
    if (low < n) {
        uint32_t threshold = (uint32_t)(-n) % n;
        while (low < threshold) {
            m = (uint64_t)fp_rng_u32(rng) * n;
            low = (uint32_t)m;
        }
    }
    return (uint32_t)(m >> 32);
}

/* 26 bits of each. */
static double unit_of(uint32_t first, uint32_t second)
{
    uint64_t high = first >> 6, low = second >> 6;
    return ((double)((high << 26) | low) + 0.5) * 0x1p-52;
}

double fp_rng_unit(fp_rng *rng)
{
    uint32_t first = fp_rng_u32(rng);
    return unit_of(first, fp_rng_u32(rng));
}

void fp_rng_units(fp_rng *rng, double *out, ptrdiff_t n)
{
    ptrdiff_t i = 0;
    while (i < n && rng->used % 4)
        out[i++] = fp_rng_unit(rng);
    for (; i + 1 < n; i += 2) {
        next_block(rng);
        out[i] = unit_of(rng->block[0], rng->block[1]);
        out[i + 1] = unit_of(rng->block[2], rng->block[3]);
        rng->used = 4;
    }
    for (; i < n; i++)
        out[i] = fp_rng_unit(rng);
}
