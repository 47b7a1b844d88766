#include "stats/lmm_crossed_priv.h"

#include <math.h>
#include <string.h>

static void list_elements(const fp_lmm_data *data, ptrdiff_t *element)
{
    for (ptrdiff_t b = 0; b < data->blocks; b++)
        for (ptrdiff_t i = 0; i < data->block[b].width; i++)
            for (ptrdiff_t j = 0; j <= i; j++, element += 3) {
                element[0] = b;
                element[1] = i;
                element[2] = j;
            }
}

fp_status fp_lmm_crossed_make(const fp_lmm_rows *rows, fp_arena *arena, fp_lmm_crossed *c,
                              fp_err *err)
{
    const fp_lmm_data *data = rows->data;
    fp_lmm_crossed made = {.rows = rows, .q = rows->q, .k = rows->k};
    FP_ARRAY(made.at, arena, data->blocks, err);
    for (ptrdiff_t b = 0; b < data->blocks; b++) {
        made.at[b] = made.r;
        made.r += data->block[b].groups * data->block[b].width;
    }
    FP_ARRAY(made.element, arena, 3 * made.k, err);
    FP_ARRAY(made.lambda, arena, made.k, err);
    FP_ARRAY(made.p, arena, made.r * made.q, err);
    list_elements(data, made.element);
    *c = made;
    return FP_OK;
}

ptrdiff_t fp_lmm_crossed_effects(const fp_lmm_crossed *c, ptrdiff_t row, ptrdiff_t *place,
                                 double *value)
{
    const fp_lmm_data *data = c->rows->data;
    ptrdiff_t n = 0;
    for (ptrdiff_t b = 0; b < data->blocks; b++)
        for (ptrdiff_t e = 0; e < data->block[b].width; e++) {
            place[n] = c->at[b] + data->block[b].group[row] * data->block[b].width + e;
            fp_lmm_rows_random(c->rows, b, e, row, 1, &value[n++]);
        }
    return n;
}

void fp_lmm_crossed_factor(fp_lmm_crossed *c, const double *psi, double tolerance, double least)
{
    const fp_lmm_data *data = c->rows->data;
    for (ptrdiff_t b = 0; b < data->blocks; b++) {
        double *l = c->lambda + c->rows->first[b];
        const double *m = psi + c->rows->first[b];
        for (ptrdiff_t i = 0; i < data->block[b].width; i++)
            for (ptrdiff_t j = 0; j <= i; j++) {
                double sum = m[fp_packed(i, j)], pivot = l[fp_packed(j, j)];
                for (ptrdiff_t h = 0; h < j; h++)
                    sum -= l[fp_packed(i, h)] * l[fp_packed(j, h)];
                if (i == j)
                    sum = fmax(sum > tolerance * m[fp_packed(i, i)] ? sqrt(sum) : 0, least);
                else
                    sum = pivot > 0 ? sum / pivot : 0;
                l[fp_packed(i, j)] = sum;
            }
    }
}

void fp_lmm_crossed_times(const fp_lmm_crossed *c, bool transpose, ptrdiff_t columns, double *x)
{
    const fp_lmm_data *data = c->rows->data;
    double old[FP_LMM_WIDTH];
    for (ptrdiff_t b = 0; b < data->blocks; b++) {
        ptrdiff_t width = data->block[b].width;
        const double *l = c->lambda + c->rows->first[b];
        for (ptrdiff_t j = 0; j < columns; j++)
            for (int32_t g = 0; g < data->block[b].groups; g++) {
                double *v = x + j * c->r + c->at[b] + g * width;
                memcpy(old, v, (size_t)width * sizeof *old);
                for (ptrdiff_t i = 0; i < width; i++) {
                    v[i] = 0;
                    for (ptrdiff_t m = 0; m < width; m++)
                        if (transpose ? m >= i : m <= i)
                            v[i] += old[m] * l[transpose ? fp_packed(m, i) : fp_packed(i, m)];
                }
            }
    }
}

void fp_lmm_crossed_element(const fp_lmm_crossed *c, ptrdiff_t k, ptrdiff_t columns,
                            const double *from, double *to)
{
    const fp_lmm_block *block = &c->rows->data->block[c->element[3 * k]];
    ptrdiff_t a = c->element[3 * k + 1], b = c->element[3 * k + 2];
    memset(to, 0, (size_t)(c->r * columns) * sizeof *to);
    for (ptrdiff_t j = 0; j < columns; j++)
        for (int32_t g = 0; g < block->groups; g++) {
            ptrdiff_t base = c->at[c->element[3 * k]] + g * block->width + j * c->r;
            to[base + a] += from[base + b];
            if (a != b)
                to[base + b] += from[base + a];
        }
}

void fp_lmm_crossed_products(const fp_lmm_crossed *c, ptrdiff_t k, const double *u, const double *y,
                             const double *fy, fp_lmm_moments *out)
{
    ptrdiff_t r = c->r, q = c->q, size = fp_packed_size(q), at = fp_jet_first(k);
    const double *own = y + k * r * q;
    for (ptrdiff_t a = 0; a < q; a++)
        for (ptrdiff_t b = 0; b <= a; b++)
            out->m[at * size + fp_packed(a, b)] = -fp_lmm_dot(r, u + a * r, own + b * r);
    for (ptrdiff_t h = 0; h <= k; h++) {
        const double *yh = y + h * r * q;
        for (ptrdiff_t a = 0; a < q; a++)
            for (ptrdiff_t b = 0; b <= a; b++)
                out->m[(at + 1 + h) * size + fp_packed(a, b)] =
                    fp_lmm_dot(r, yh + a * r, fy + b * r) + fp_lmm_dot(r, yh + b * r, fy + a * r);
    }
}
