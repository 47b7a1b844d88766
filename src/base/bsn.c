#include "base/bsn.h"

bool fp_bsn_valid(fp_str digits)
{
    int sum = 0, any = 0;
    if (digits.n != 9)
        return false;
    for (int i = 0; i < 9; i++) {
        int digit = digits.p[i] - '0';
        if (digit < 0 || digit > 9)
            return false;
        sum += (i < 8 ? 9 - i : -1) * digit;
        any |= digit;
    }
    return any != 0 && sum % 11 == 0;
}
