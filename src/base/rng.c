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

uint32_t fp_rng_u32(fp_rng *rng)
{
    if (rng->used == 4) {
        philox4x32_ctr_t c = {{rng->counter[0], rng->counter[1], rng->counter[2], rng->counter[3]}};
        philox4x32_key_t k = {{rng->key[0], rng->key[1]}};
        philox4x32_ctr_t out = philox4x32(c, k);
        for (int i = 0; i < 4; i++)
            rng->block[i] = out.v[i];
        rng->counter[0]++;
        rng->used = 0;
    }
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

double fp_rng_unit(fp_rng *rng)
{
    uint64_t high = fp_rng_u32(rng) >> 6; /* 26 bits */
    uint64_t low = fp_rng_u32(rng) >> 6;  /* 26 bits */
    return ((double)((high << 26) | low) + 0.5) * 0x1p-52;
}
