#include "stats/cox_priv.h"

#include <math.h>
#include <string.h>

fp_status fp_cox_sums_create(const fp_cox_problem *q, fp_arena *arena, fp_cox_sums *sums,
                             fp_err *err)
{
    ptrdiff_t m = q->risk->length;
    fp_cox_sums s = {0};
    double **grid[] = {&s.s0, &s.e0, &s.c0, &s.c1, &s.b0, &s.b1, &s.b2, &s.h, &s.work};
    for (size_t k = 0; k < sizeof grid / sizeof *grid; k++)
        FP_ARRAY(*grid[k], arena, m, err);
    FP_ARRAY(s.r, arena, q->risk->n, err);
    FP_ARRAY(s.s1, arena, m * q->p, err);
    FP_ARRAY(s.e1, arena, m * q->p, err);
    FP_ARRAY(s.chunk, arena, FP_COX_CHUNK * (q->p + 1), err);
    FP_ARRAY(s.shift, arena, q->risk->strata, err);
    *sums = s;
    return FP_OK;
}

void fp_cox_means(ptrdiff_t n, ptrdiff_t p, const double *x, double *mean)
{
    for (ptrdiff_t j = 0; j < p; j++) {
        double sum = 0, rest = 0;
        for (ptrdiff_t i = 0; i < n; i++)
            sum += x[i + j * n];
        mean[j] = sum / (double)n;
        for (ptrdiff_t i = 0; i < n; i++)
            rest += x[i + j * n] - mean[j];
        mean[j] += rest / (double)n;
    }
}

fp_status fp_cox_begin(const fp_survdata *data, ptrdiff_t p, const double *x, fp_arena *arena,
                       fp_cox_begun *begun, fp_cox_fit *fit, fp_err *err)
{
    FP_TRY(fp_survdata_check(data, err));
    FP_ARRAY(begun->mean, arena, p, err);
    FP_ARRAY(begun->beta, arena, p, err);
    FP_ARRAY(begun->var, arena, p * p, err);
    FP_ARRAY(begun->eta, arena, data->n, err);
    begun->mark = fp_arena_mark(arena);
    FP_TRY(fp_risk_create(data, arena, &begun->risk, err));
    fp_cox_means(data->n, p, x, begun->mean);
    *fit = (fp_cox_fit){.n = data->n,
                        .events = begun->risk.events,
                        .p = p,
                        .state = FP_COX_NO_EVENTS,
                        .beta = begun->beta,
                        .mean = begun->mean,
                        .var = begun->var,
                        .eta = begun->eta};
    return FP_OK;
}

void fp_cox_predict(const fp_cox_problem *q, const double *beta, const double *offset, double *eta)
{
    ptrdiff_t n = q->risk->n;
    for (ptrdiff_t i = 0; i < n; i++)
        eta[i] = offset ? offset[i] : 0.0;
    for (ptrdiff_t j = 0; j < q->p; j++) {
        if (isnan(beta[j]))
            continue;
        const double *x = q->x + j * n;
        for (ptrdiff_t i = 0; i < n; i++)
            eta[i] += (x[i] - q->mean[j]) * beta[j];
    }
}

void fp_cox_grid_sum(const fp_cox_problem *q, const double *r, const double *z, double centre,
                     double *risk_sum, double *death_sum)
{
    const fp_risk *k = q->risk;
    memset(risk_sum, 0, (size_t)k->length * sizeof *risk_sum);
    memset(death_sum, 0, (size_t)k->length * sizeof *death_sum);
    for (ptrdiff_t i = 0; i < k->n; i++) {
        double v = z ? r[i] * (z[i] - centre) : r[i];
        risk_sum[k->hi[i]] += v;
        if (q->data->event[i])
            death_sum[k->hi[i]] += v;
        if (q->data->start)
            risk_sum[k->lo[i]] -= v;
    }
    fp_risk_suffix(k, risk_sum);
}

/* r = w exp(eta - shift), the shift being the largest eta of the stratum among rows that count. */
static void risk_scores(const fp_cox_problem *q, const double *eta, fp_cox_sums *s)
{
    const fp_risk *k = q->risk;
    for (int32_t t = 0; t < k->strata; t++)
        s->shift[t] = -HUGE_VAL;
    for (ptrdiff_t i = 0; i < k->n; i++) {
        double *shift = &s->shift[fp_row_stratum(q->data, i)];
        if (k->lo[i] < k->hi[i] && eta[i] > *shift)
            *shift = eta[i];
    }
    for (ptrdiff_t i = 0; i < k->n; i++) {
        double shift = s->shift[fp_row_stratum(q->data, i)];
        s->r[i] = k->lo[i] < k->hi[i] ? fp_row_weight(q->data, i) * exp(eta[i] - shift) : 0.0;
    }
}

/* The sums over the d deaths of one grid element; returns its sum of log(S0 - a_k E0). */
static double tie_sums(fp_ties ties, double d, fp_cox_sums *s, ptrdiff_t g, double wbar)
{
    double s0 = s->s0[g], share = s->e0[g] / s0;
    double c0 = 0, c1 = 0, b0 = 0, b1 = 0, b2 = 0, product = 1, logs = d * log(s0);
    for (double k = 0; k < d; k++) {
        double a = fp_tie_share(ties, k, d), f = 1 - a * share, u = 1 / (s0 * f);
        c0 += u;
        c1 += a * u;
        b0 += u * u;
        b1 += a * u * u;
        b2 += a * a * u * u;
        product *= f;
        if (product < 1e-200) { /* each factor is at least 1/d, so it never reaches 0 in one step */
            logs += log(product);
            product = 1;
        }
    }
    s->c0[g] = wbar * c0;
    s->c1[g] = wbar * c1;
    s->b0[g] = wbar * b0;
    s->b1[g] = wbar * b1;
    s->b2[g] = wbar * b2;
    return logs + log(product);
}

double fp_cox_sums_ties(const fp_cox_problem *q, ptrdiff_t from, ptrdiff_t end, fp_cox_sums *s)
{
    const fp_risk *k = q->risk;
    double sum = 0;
    for (ptrdiff_t g = from; g < end; g++)
        if (k->deaths[g] > 0)
            sum += k->wbar[g] * tie_sums(q->ties, k->deaths[g], s, g, k->wbar[g]);
    return sum;
}

void fp_cox_sums_scalar(const fp_cox_problem *q, const double *eta, fp_cox_sums *s)
{
    const fp_risk *k = q->risk;
    risk_scores(q, eta, s);
    fp_cox_grid_sum(q, s->r, NULL, 0, s->s0, s->e0);
    double loglik = 0;
    for (ptrdiff_t i = 0; i < k->n; i++)
        if (q->data->event[i])
            loglik += fp_row_weight(q->data, i) * (eta[i] - s->shift[fp_row_stratum(q->data, i)]);
    loglik -= fp_cox_sums_ties(q, 0, k->length, s);
    memcpy(s->h, s->c0, (size_t)k->length * sizeof *s->h);
    fp_risk_prefix(k, s->h);
    s->loglik = loglik;
}

void fp_cox_sums_columns(const fp_cox_problem *q, fp_cox_sums *s)
{
    ptrdiff_t m = q->risk->length;
    for (ptrdiff_t j = 0; j < q->p; j++)
        fp_cox_grid_sum(q, s->r, q->x + j * q->risk->n, q->mean[j], s->s1 + j * m, s->e1 + j * m);
}

/* Four partial sums, so that the compiler can keep them in one vector. */
static double dot(const double *a, const double *b, ptrdiff_t n)
{
    double s[4] = {0, 0, 0, 0};
    ptrdiff_t i = 0;
    for (; i + 4 <= n; i += 4)
        for (int k = 0; k < 4; k++)
            s[k] += a[i + k] * b[i + k];
    for (; i < n; i++)
        s[0] += a[i] * b[i];
    return (s[0] + s[1]) + (s[2] + s[3]);
}

/* info += X'diag(v)X over one chunk of rows, lower triangle. */
static void chunk_product(const fp_cox_problem *q, ptrdiff_t from, ptrdiff_t rows, const double *v,
                          double *columns, double *info)
{
    ptrdiff_t n = q->risk->n, p = q->p;
    double z[FP_COX_CHUNK];
    for (ptrdiff_t j = 0; j < p; j++)
        for (ptrdiff_t i = 0; i < rows; i++)
            columns[i + j * FP_COX_CHUNK] = q->x[from + i + j * n] - q->mean[j];
    for (ptrdiff_t j = 0; j < p; j++) {
        for (ptrdiff_t i = 0; i < rows; i++)
            z[i] = v[i] * columns[i + j * FP_COX_CHUNK];
        for (ptrdiff_t l = j; l < p; l++)
            info[l + j * p] += dot(z, columns + l * FP_COX_CHUNK, rows);
    }
}

/* eq. 3, first part: v_i = r_i (H(hi) - H(lo) - d_i gam), the hazards weighted by `weight`. */
static void first_part(const fp_cox_problem *q, fp_cox_sums *s, const double *weight, double *info)
{
    const fp_risk *k = q->risk;
    const double *h = s->h;
    if (weight) {
        for (ptrdiff_t g = 0; g < k->length; g++)
            s->work[g] = weight[g] * s->c0[g];
        fp_risk_prefix(k, s->work);
        h = s->work;
    }
    double *v = s->chunk + FP_COX_CHUNK * q->p;
    for (ptrdiff_t from = 0; from < k->n; from += FP_COX_CHUNK) {
        ptrdiff_t rows = k->n - from < FP_COX_CHUNK ? k->n - from : FP_COX_CHUNK;
        for (ptrdiff_t i = 0; i < rows; i++) {
            int32_t hi = k->hi[from + i], lo = k->lo[from + i];
            double gam = weight ? weight[hi] * s->c1[hi] : s->c1[hi];
            v[i] = s->r[from + i] * (h[hi] - h[lo] - (q->data->event[from + i] ? gam : 0));
        }
        chunk_product(q, from, rows, v, s->chunk, info);
    }
}

/* eq. 3, second part, of one pair of columns. */
static double second_part(const fp_cox_sums *s, ptrdiff_t m, const double *weight, ptrdiff_t j,
                          ptrdiff_t l)
{
    const double *sj = s->s1 + j * m, *sl = s->s1 + l * m, *ej = s->e1 + j * m, *el = s->e1 + l * m;
    double sum = 0;
    for (ptrdiff_t g = 0; g < m; g++) {
        double t = s->b0[g] * sj[g] * sl[g] - s->b1[g] * (sj[g] * el[g] + ej[g] * sl[g]) +
                   s->b2[g] * ej[g] * el[g];
        sum += weight ? weight[g] * t : t;
    }
    return sum;
}

void fp_cox_information(const fp_cox_problem *q, fp_cox_sums *sums, const double *weight,
                        double *info, double *base)
{
    ptrdiff_t p = q->p;
    memset(info, 0, (size_t)(p * p) * sizeof *info);
    first_part(q, sums, weight, info);
    for (ptrdiff_t j = 0; j < p; j++) {
        if (base)
            base[j] = info[j + j * p];
        for (ptrdiff_t l = j; l < p; l++) {
            info[l + j * p] -= second_part(sums, q->risk->length, weight, j, l);
            info[j + l * p] = info[l + j * p];
        }
    }
}

/* eq. 5 for one column; Q and qg are the column's own prefix sums over the grid. */
static void score_column(const fp_cox_problem *q, const fp_cox_sums *s, ptrdiff_t j, double *out)
{
    const fp_risk *k = q->risk;
    ptrdiff_t m = k->length;
    const double *s1 = s->s1 + j * m, *e1 = s->e1 + j * m, *x = q->x + j * k->n;
    for (ptrdiff_t g = 0; g < m; g++)
        s->work[g] = s->b0[g] * s1[g] - s->b1[g] * e1[g];
    fp_risk_prefix(k, s->work);
    for (ptrdiff_t i = 0; i < k->n; i++) {
        int32_t hi = k->hi[i], lo = k->lo[i];
        double xc = x[i] - q->mean[j], r = s->r[i] / fp_row_weight(q->data, i);
        double hazard = s->h[hi] - s->h[lo], pull = s->work[hi] - s->work[lo], own = 0;
        if (q->data->event[i]) {
            own = xc - (s->c0[hi] * s1[hi] - s->c1[hi] * e1[hi]) / (k->deaths[hi] * k->wbar[hi]);
            hazard -= s->c1[hi];
            pull -= s->b1[hi] * s1[hi] - s->b2[hi] * e1[hi];
        }
        out[i] = own - r * (xc * hazard - pull);
    }
}

void fp_cox_score_rows(const fp_cox_problem *q, const fp_cox_sums *sums, double *residual)
{
    for (ptrdiff_t j = 0; j < q->p; j++)
        score_column(q, sums, j, residual + j * q->risk->n);
}
