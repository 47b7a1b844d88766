#!/usr/bin/env python3
"""Writes src/base/decimal.c: powers of five as the conversion of decimal numbers needs them.

    tools/make_decimal.py | clang-format-14 > src/base/decimal.c

Powers of q >= 0 are cut to 128 bits, those of q < 0 are cut and raised by one, as Lemire (2021,
doi:10.1002/spe.2984) asks. Below q = -27 the reciprocal is taken with more bits before it is cut.
"""
LEAST, MOST = -64, 64


def five(q):
    if q >= 0:
        c = 5**q
        while c < 1 << 127:
            c *= 2
    else:
        power = 5**-q
        z = power.bit_length() if power & (power - 1) else power.bit_length() - 1
        c = 2 ** (z + 127 if q >= -27 else 2 * z + 128) // power + 1
    while c >= 1 << 128:
        c //= 2
    return c


print('/* Made by tools/make_decimal.py. */')
print('#include "base/decimal.h"\n')
print('const double fp_decimal_power[23] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7,')
print('    1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};\n')
print('const uint64_t fp_decimal_five[FP_DECIMAL_MOST - FP_DECIMAL_LEAST + 1][2] = {')
for q in range(LEAST, MOST + 1):
    c = five(q)
    print('    {0x%016x, 0x%016x}, /* %d */' % (c >> 64, c & (1 << 64) - 1, q))
print('};')
