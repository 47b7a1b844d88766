#include "base/nearest.h"

#include <string.h>

#define LONGEST 96

static int least(int a, int b)
{
    return a < b ? a : b;
}

static int lower(char c)
{
    return c >= 'A' && c <= 'Z' ? c + 32 : c;
}

int fp_name_distance(const char *a, const char *b)
{
    int d[3][LONGEST + 1]; /* rows i - 2, i - 1, i in turn */
    size_t n = strlen(a), m = strlen(b);
    if (n > LONGEST || m > LONGEST)
        return LONGEST + 1;
    for (size_t j = 0; j <= m; j++)
        d[0][j] = (int)j;
    for (size_t i = 1; i <= n; i++) {
        int *row = d[i % 3], *above = d[(i - 1) % 3], *two_above = d[(i + 1) % 3];
        row[0] = (int)i;
        for (size_t j = 1; j <= m; j++) {
            int swap = i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
                       lower(a[i - 2]) == lower(b[j - 1]);
            row[j] = least(above[j], row[j - 1]) + 1;
            row[j] = least(row[j], above[j - 1] + (lower(a[i - 1]) != lower(b[j - 1])));
            if (swap)
                row[j] = least(row[j], two_above[j - 2] + 1);
        }
    }
    return d[n % 3][m];
}

const char *fp_nearest(const char *name, const char *const *names, ptrdiff_t count)
{
    size_t length = strlen(name);
    const char *nearest = NULL;
    int best = (length < 3 ? 1 : (int)(length / 3)) + 1;
    for (ptrdiff_t i = 0; i < count; i++) {
        int d = fp_name_distance(name, names[i]);
        if (d < best && (size_t)d < strlen(names[i])) {
            best = d;
            nearest = names[i];
        }
    }
    return nearest;
}
