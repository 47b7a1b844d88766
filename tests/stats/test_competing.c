/* Cumulative incidence, Gray's test and Fine-Gray: by hand, against R (competing_expected.txt, made
 * by make_competing_expected.R) and against loops over all pairs of rows. */
#define CK_FLOATING_DIG 17
#include <check.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "arena_fixture.h"
#include "competing_brute.h"
#include "run_suite.h"
#include "stats/cif.h"
#include "stats/finegray.h"
#include "stats_data.h"

TEST_ARENA(FP_GIB);

#define OK(call)                                                                                   \
    do {                                                                                           \
        fp_err err_ = {0};                                                                         \
        ck_assert_msg((call) == FP_OK, "%s", err_.message);                                        \
    } while (0)

/* ---- by hand ---- */

static const double hand_time[] = {1, 1, 2, 2, 3, 4, 5, 6};
static const int32_t hand_event[] = {1, 0, 1, 2, 0, 1, 2, 0};

/* Eight rows, two events tied with a censoring and with another. At risk at the times 1..6: 8, 6,
 * 4, 3, 2, 1. S = 7/8, 7/8 4/6 = 7/12, 7/12, 7/18, 7/36, 7/36;
 * F1 = 1/8, 1/8 + 7/8 1/6 = 13/48, ., 13/48 + 7/12 1/3 = 67/144; F2 = 0, 7/48, ., ., 7/48 + 7/18
 * 1/2. Variance of F1 at 1: 1/8 7/8 / 8; the others by the recursion of the influences in
 * fractions. */
START_TEST(incidence_in_fractions)
{
    static const double free[] = {7. / 8, 7. / 12, 7. / 12, 7. / 18, 7. / 36, 7. / 36};
    static const double one[] = {1. / 8, 13. / 48, 13. / 48, 67. / 144, 67. / 144, 67. / 144};
    static const double two[] = {0, 7. / 48, 7. / 48, 7. / 48, 49. / 144, 49. / 144};
    static const double v0[] = {7. / 512,   119. / 3456,  119. / 3456,
                                35. / 864., 301. / 10368, 301. / 10368};
    static const double v1[] = {7. / 512,       1505. / 55296,  1505. / 55296,
                                6923. / 165888, 6923. / 165888, 6923. / 165888};
    static const double v2[] = {
        0, 1001. / 55296, 1001. / 55296, 1001. / 55296, 6419. / 165888, 6419. / 165888};
    fp_survdata data = {.n = 8, .stop = hand_time, .event = hand_event, .strata = 1};
    fp_cif_curves c;
    OK(fp_cif(&data, 2, NULL, arena, &c, &err_));
    ck_assert_int_eq(c.length, 6);
    ck_assert_int_eq(c.events[0], 3);
    ck_assert_int_eq(c.events[1], 2);
    for (int k = 0; k < 6; k++) {
        ck_assert_double_eq_tol(c.free[k], free[k], 1e-15);
        ck_assert_double_eq_tol(c.cif[k], one[k], 1e-15);
        ck_assert_double_eq_tol(c.cif[k + 6], two[k], 1e-15);
        ck_assert_double_eq_tol(c.free_se[k], sqrt(v0[k]), 1e-15);
        ck_assert_double_eq_tol(c.se[k], sqrt(v1[k]), 1e-15);
        ck_assert_double_eq_tol(c.se[k + 6], sqrt(v2[k]), 1e-15);
    }
    ck_assert(isnan(c.lower[6]) && isnan(c.upper[6])); /* F2 is 0 at the first time */
}
END_TEST

/* Without competing events: 1 - Kaplan-Meier with Greenwood's variance. */
START_TEST(one_cause_is_kaplan_meier)
{
    static const int32_t event[] = {1, 0, 1, 1, 0, 1, 1, 0};
    fp_survdata data = {.n = 8, .stop = hand_time, .event = event, .strata = 1};
    fp_cif_curves c;
    fp_km_curve km;
    OK(fp_cif(&data, 1, NULL, arena, &c, &err_));
    OK(fp_km(&data, NULL, arena, &km, &err_));
    for (ptrdiff_t k = 0; k < c.length; k++) {
        ck_assert_double_eq_tol(c.cif[k], 1 - km.survival[k], 1e-15);
        ck_assert_double_eq_tol(c.se[k], km.se[k], 1e-15);
        ck_assert_double_eq_tol(c.free_se[k], km.se[k], 1e-15);
    }
}
END_TEST

/* Two groups of three, no ties: group 0 at 1 (cause 1), 3 (censored), 5 (cause 2), group 1 at 2
 * (cause 2), 4 (cause 1), 6 (censored). At 1: R = 3, 3; at 4: R0 = 1 (1 - 1/3) / (2/3) = 1 and
 * R1 = 2 / (2/3) = 3. Score of group 0: 1 - 3/6 + 0 - 1/4 = 1/4. */
START_TEST(gray_by_hand)
{
    static const double time[] = {1, 3, 5, 2, 4, 6};
    static const int32_t event[] = {1, 0, 2, 2, 1, 0}, group[] = {0, 0, 0, 1, 1, 1};
    fp_survdata data = {.n = 6, .stop = time, .event = event, .strata = 1};
    double score[2], var[4];
    fp_gray_result gray;
    brute_gray(&data, 1, group, 2, 0, score, var);
    ck_assert_double_eq_tol(score[0], .25, 1e-15);
    ck_assert_double_eq_tol(score[0] + score[1], 0, 1e-15);
    OK(fp_gray(&data, 1, group, 2, 0, arena, &gray, &err_));
    ck_assert_int_eq(gray.df, 1);
    ck_assert_double_eq_tol(gray.chisq, score[0] * score[0] / var[0], 1e-14);
}
END_TEST

/* One 0/1 term, three rows: 1 (cause 1, x = 1), 2 (cause 2, x = 1), 3 (cause 1, x = 0). Nobody is
 * censored, so the second stays at risk for good: the score is 1 - 2e/(2e + 1) - e/(e + 1), zero
 * where 2 e^2 = 1. */
START_TEST(finegray_by_hand)
{
    static const double time[] = {1, 2, 3}, x[] = {1, 1, 0};
    static const int32_t event[] = {1, 2, 1};
    fp_survdata data = {.n = 3, .stop = time, .event = event, .strata = 1};
    fp_finegray_fit fit;
    OK(fp_finegray(&data, 1, 1, x, NULL, 0, NULL, arena, &fit, &err_));
    ck_assert_int_eq(fit.state, FP_FINEGRAY_CONVERGED);
    ck_assert_double_eq_tol(fit.beta[0], -.5 * log(2), 1e-14);
    ck_assert_int_eq(fit.competing, 1);
    ck_assert_double_eq_tol(fit.loglik_null, -log(3) - log(2), 1e-14);
    double e = exp(fit.beta[0]), a = 2 * e / (2 * e + 1), b = e / (e + 1);
    ck_assert_double_eq_tol(fit.var[0], 1 / (a * (1 - a) + b * (1 - b)), 1e-14);
}
END_TEST

/* ---- against R ---- */

static const char *const files[] = {"competing", "competing_ties", "competing_small"};

static const test_expected *find(const test_expected *all, ptrdiff_t lines, const char *file,
                                 const char *group, const char *what)
{
    char name[128];
    (void)snprintf(name, sizeof name, "%s/%s", file, group);
    for (ptrdiff_t k = 0; k < lines; k++)
        if (strcmp(all[k].group, name) == 0 && strcmp(all[k].what, what) == 0)
            return &all[k];
    ck_abort_msg("nothing expected of %s %s", name, what);
    return NULL;
}

static double worst; /* digits */

static void agree(const test_expected *want, const double *got, ptrdiff_t n, double least)
{
    ck_assert_int_eq(want->n, n);
    for (ptrdiff_t i = 0; i < n; i++) {
        double digits = test_digits(got[i], want->value[i], 1e-3);
        worst = fmin(worst, digits);
        ck_assert_msg(digits >= least, "%s %s[%td]: %.17g, R has %.17g", want->group, want->what, i,
                      got[i], want->value[i]);
    }
}

static fp_survdata read_set(const test_table *t)
{
    return (fp_survdata){.n = t->n,
                         .stop = test_column(t, "stop"),
                         .event = test_codes(t, "event", arena),
                         .strata = 1};
}

START_TEST(incidence_agrees_with_survfit)
{
    static const struct {
        const char *name;
        bool late, weights;
        fp_conf_type type;
    } cases[] = {{"cif", false, false, FP_CONF_LOG},     {"weights", false, true, FP_CONF_LOG},
                 {"late", true, false, FP_CONF_LOG},     {"late_weights", true, true, FP_CONF_LOG},
                 {"plain", false, false, FP_CONF_PLAIN}, {"log-log", false, false, FP_CONF_LOGLOG}};
    ptrdiff_t lines;
    char file[64];
    test_expected *all = test_expected_read("competing_expected.txt", &lines, arena);
    (void)snprintf(file, sizeof file, "%s.csv", files[_i]);
    test_table t = test_table_read(file, arena);
    worst = 17;
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        fp_survdata data = read_set(&t);
        fp_cif_curves c;
        data.start = cases[k].late ? test_column(&t, "start") : NULL;
        data.weight = cases[k].weights ? test_column(&t, "w") : NULL;
        fp_cif_options options = {.conf_type = cases[k].type, .level = .95};
        OK(fp_cif(&data, 2, &options, arena, &c, &err_));
        const char *name = cases[k].name;
        agree(find(all, lines, files[_i], name, "time"), c.time, c.length, 15);
        agree(find(all, lines, files[_i], name, "free"), c.free, c.length, 13);
        agree(find(all, lines, files[_i], name, "free_se"), c.free_se, c.length, 12);
        agree(find(all, lines, files[_i], name, "cif"), c.cif, 2 * c.length, 13);
        agree(find(all, lines, files[_i], name, "se"), c.se, 2 * c.length, 12);
        agree(find(all, lines, files[_i], name, "lower"), c.lower, 2 * c.length, 11);
        agree(find(all, lines, files[_i], name, "upper"), c.upper, 2 * c.length, 11);
    }
    printf("cif, %s: %.1f digits or more\n", files[_i], worst);
}
END_TEST

START_TEST(gray_agrees_with_cuminc)
{
    static const struct {
        const char *what;
        double rho;
    } cases[] = {{"rho0", 0}, {"rho1", 1}, {"rho0.5", .5}};
    ptrdiff_t lines;
    char file[64];
    test_expected *all = test_expected_read("competing_expected.txt", &lines, arena);
    (void)snprintf(file, sizeof file, "%s.csv", files[_i]);
    test_table t = test_table_read(file, arena);
    int32_t *group = test_codes(&t, "g", arena), *s = test_codes(&t, "s", arena);
    worst = 17;
    for (int strata = 0; strata < 2; strata++)
        for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
            fp_survdata data = read_set(&t);
            double got[2];
            data.stratum = strata ? s : NULL;
            data.strata = strata ? 2 : 1;
            for (int32_t cause = 1; cause <= 2; cause++) {
                fp_gray_result gray;
                OK(fp_gray(&data, cause, group, 3, cases[k].rho, arena, &gray, &err_));
                ck_assert_int_eq(gray.df, 2);
                got[cause - 1] = gray.chisq;
            }
            agree(find(all, lines, files[_i], strata ? "gray_strata" : "gray", cases[k].what), got,
                  2, 12);
        }
    printf("gray, %s: %.1f digits or more\n", files[_i], worst);
}
END_TEST

START_TEST(finegray_agrees_with_crr)
{
    ptrdiff_t lines, p;
    char file[64], name[32];
    test_expected *all = test_expected_read("competing_expected.txt", &lines, arena);
    (void)snprintf(file, sizeof file, "%s.csv", files[_i]);
    test_table t = test_table_read(file, arena);
    double *x = test_matrix(&t, "x1 x2", &p, arena);
    worst = 17;
    for (int32_t cause = 1; cause <= 2; cause++)
        for (int groups = 0; groups < 2; groups++) {
            fp_survdata data = read_set(&t);
            fp_finegray_fit fit;
            data.stratum = groups ? test_codes(&t, "s", arena) : NULL;
            data.strata = groups ? 2 : 1;
            OK(fp_finegray(&data, cause, p, x, NULL, 0, NULL, arena, &fit, &err_));
            const double loglik[2] = {fit.loglik_null, fit.loglik_fitted};
            (void)snprintf(name, sizeof name, "%s%d", groups ? "groups" : "finegray", (int)cause);
            agree(find(all, lines, files[_i], name, "beta"), fit.beta, p, 7);
            agree(find(all, lines, files[_i], name, "model_var"), fit.var, p * p, 7);
            agree(find(all, lines, files[_i], name, "robust"), fit.robust, p * p, 7);
            agree(find(all, lines, files[_i], name, "loglik"), loglik, 2, 12);
        }
    printf("finegray, %s: %.1f digits or more\n", files[_i], worst);
}
END_TEST

/* ---- against the loops over all pairs, on random small data ---- */

enum { N = 40 };

typedef struct {
    double start[N], stop[N], weight[N], x[2 * N];
    int32_t event[N], group[N], cluster[N], stratum[N];
} random_set;

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

static void fill(random_set *s, int seed)
{
    uint32_t state = (uint32_t)seed * 7919u + 17u;
    for (int i = 0; i < N; i++) {
        s->start[i] = next_random(&state) % 4;
        s->stop[i] = s->start[i] + 1 + next_random(&state) % (seed % 2 ? 6 : 25);
        s->event[i] = (int32_t)(next_random(&state) % 3);
        s->group[i] = (int32_t)(next_random(&state) % 3);
        s->cluster[i] = (int32_t)(next_random(&state) % 7);
        s->stratum[i] = (int32_t)(next_random(&state) % 2);
        s->weight[i] = .25 * (1 + next_random(&state) % 8);
        s->x[i] = (double)(next_random(&state) % 1000) / 250 - 2;
        s->x[i + N] = next_random(&state) % 2;
    }
}

START_TEST(incidence_agrees_with_loops)
{
    random_set s;
    fill(&s, _i);
    fp_survdata data = {.n = N, .stop = s.stop, .event = s.event, .strata = 1};
    data.start = _i & 1 ? s.start : NULL;
    data.weight = _i & 2 ? s.weight : NULL;
    fp_cif_curves c;
    OK(fp_cif(&data, 2, NULL, arena, &c, &err_));
    for (ptrdiff_t t = 0; t < c.length; t++) {
        double cif[2], se[2];
        brute_cif(&data, c.time[t], cif, se);
        for (int k = 0; k < 2; k++) {
            ck_assert_double_eq_tol(c.cif[t + k * c.length], cif[k], 1e-13);
            ck_assert_double_eq_tol(c.se[t + k * c.length], se[k], 1e-13);
        }
    }
}
END_TEST

START_TEST(gray_agrees_with_loops)
{
    random_set s;
    fill(&s, _i);
    fp_survdata data = {.n = N, .stop = s.stop, .event = s.event, .strata = 1};
    double score[3], var[9], rho = _i % 3 * .5;
    data.stratum = _i & 2 ? s.stratum : NULL;
    data.strata = _i & 2 ? 2 : 1;
    for (int32_t cause = 1; cause <= 2; cause++) {
        fp_gray_result gray;
        OK(fp_gray(&data, cause, s.group, 3, rho, arena, &gray, &err_));
        brute_gray(&data, cause, s.group, 3, rho, score, var);
        double det = var[0] * var[4] - var[1] * var[3];
        double want = (score[0] * score[0] * var[4] - 2 * score[0] * score[1] * var[1] +
                       score[1] * score[1] * var[0]) /
                      det;
        ck_assert_double_eq_tol(gray.chisq, want, 1e-9 * (1 + want));
    }
}
END_TEST

START_TEST(finegray_agrees_with_loops)
{
    random_set s;
    fill(&s, _i);
    fp_survdata data = {.n = N, .stop = s.stop, .event = s.event, .strata = 1};
    const int32_t *cluster = _i & 4 ? s.cluster : NULL;
    fp_finegray_fit fit;
    double score[2], info[4], meat[4];
    data.stratum = _i & 2 ? s.stratum : NULL;
    data.strata = _i & 2 ? 2 : 1;
    OK(fp_finegray(&data, 1, 2, s.x, cluster, 7, NULL, arena, &fit, &err_));
    ck_assert_int_eq(fit.state, FP_FINEGRAY_CONVERGED);
    ck_assert_int_eq(fit.clusters, cluster ? 7 : 0);
    brute_finegray(&data, 1, 2, s.x, cluster, fit.beta, score, info, meat);
    for (int j = 0; j < 2; j++)
        ck_assert_double_eq_tol(score[j], 0, 1e-9);
    double det = info[0] * info[3] - info[1] * info[2];
    const double inverse[4] = {info[3] / det, -info[1] / det, -info[2] / det, info[0] / det};
    for (int j = 0; j < 4; j++) {
        double want = 0;
        for (int a = 0; a < 2; a++)
            for (int b = 0; b < 2; b++)
                want += inverse[j % 2 + 2 * a] * meat[a + 2 * b] * inverse[b + 2 * (j / 2)];
        ck_assert_double_eq_tol(fit.var[j], inverse[j], 1e-10);
        ck_assert_double_eq_tol(fit.robust[j], want, 1e-10);
    }
}
END_TEST

/* ---- properties ---- */

static void permute(const random_set *from, random_set *to, double shift)
{
    for (int i = 0; i < N; i++) {
        int k = (i * 17 + 5) % N;
        to->start[i] = from->start[k] + shift;
        to->stop[i] = from->stop[k] + shift;
        to->weight[i] = from->weight[k];
        to->x[i] = from->x[k];
        to->x[i + N] = from->x[k + N];
        to->event[i] = from->event[k];
        to->group[i] = from->group[k];
        to->cluster[i] = from->cluster[k];
        to->stratum[i] = from->stratum[k];
    }
}

START_TEST(order_and_origin_do_not_matter)
{
    random_set a, b;
    fill(&a, _i);
    permute(&a, &b, 100);
    fp_survdata one = {.n = N, .stop = a.stop, .event = a.event, .strata = 1}, two = one;
    two.stop = b.stop;
    two.event = b.event;
    fp_finegray_fit f[2];
    fp_gray_result g[2];
    fp_cif_curves c[2];
    OK(fp_finegray(&one, 1, 2, a.x, a.cluster, 7, NULL, arena, &f[0], &err_));
    OK(fp_finegray(&two, 1, 2, b.x, b.cluster, 7, NULL, arena, &f[1], &err_));
    OK(fp_gray(&one, 1, a.group, 3, 0, arena, &g[0], &err_));
    OK(fp_gray(&two, 1, b.group, 3, 0, arena, &g[1], &err_));
    OK(fp_cif(&one, 2, NULL, arena, &c[0], &err_));
    OK(fp_cif(&two, 2, NULL, arena, &c[1], &err_));
    ck_assert_double_eq(g[0].chisq, g[1].chisq);
    for (int j = 0; j < 4; j++) {
        ck_assert_double_eq_tol(f[0].beta[j % 2], f[1].beta[j % 2], 1e-12);
        ck_assert_double_eq_tol(f[0].robust[j], f[1].robust[j], 1e-12);
    }
    for (ptrdiff_t t = 0; t < 2 * c[0].length; t++) {
        ck_assert_double_eq_tol(c[0].cif[t], c[1].cif[t], 1e-14);
        ck_assert_double_eq_tol(c[0].se[t], c[1].se[t], 1e-14);
    }
}
END_TEST

/* A weight of 2 gives the incidence, not the variance, of the row written twice. */
START_TEST(weights_are_copies_for_the_estimate)
{
    random_set s;
    double stop[2 * N], two[N];
    int32_t event[2 * N];
    fill(&s, 3);
    for (int i = 0; i < N; i++) {
        two[i] = 2;
        stop[i] = stop[i + N] = s.stop[i];
        event[i] = event[i + N] = s.event[i];
    }
    fp_survdata weighted = {.n = N, .stop = s.stop, .event = s.event, .strata = 1, .weight = two};
    fp_survdata copied = {.n = 2 * N, .stop = stop, .event = event, .strata = 1};
    fp_cif_curves a, b;
    OK(fp_cif(&weighted, 2, NULL, arena, &a, &err_));
    OK(fp_cif(&copied, 2, NULL, arena, &b, &err_));
    for (ptrdiff_t t = 0; t < 2 * a.length; t++) {
        ck_assert_double_eq_tol(a.cif[t], b.cif[t], 1e-14);
        ck_assert_double_eq_tol(a.se[t], sqrt(2) * b.se[t], 1e-14);
    }
}
END_TEST

START_TEST(threads_do_not_matter)
{
    enum { ROWS = 20000, TERMS = 5 };
    uint32_t state = 5;
    double *stop, *x;
    int32_t *event;
    stop = fp_arena_array(arena, ROWS, sizeof *stop, NULL);
    x = fp_arena_array(arena, ROWS * TERMS, sizeof *x, NULL);
    event = fp_arena_array(arena, ROWS, sizeof *event, NULL);
    ck_assert(stop && x && event);
    for (int i = 0; i < ROWS; i++) {
        stop[i] = next_random(&state) % 900;
        event[i] = (int32_t)(next_random(&state) % 3);
        for (int j = 0; j < TERMS; j++)
            x[i + j * ROWS] = (double)(next_random(&state) % 1000) / 500;
    }
    fp_survdata data = {.n = ROWS, .stop = stop, .event = event, .strata = 1};
    fp_finegray_fit fit[3];
    static const int threads[] = {1, 2, 7};
    for (int k = 0; k < 3; k++) {
        fp_finegray_options options = fp_finegray_defaults();
        options.threads = threads[k];
        OK(fp_finegray(&data, 1, TERMS, x, NULL, 0, &options, arena, &fit[k], &err_));
        ck_assert_mem_eq(fit[k].beta, fit[0].beta, TERMS * sizeof(double));
        ck_assert_mem_eq(fit[k].robust, fit[0].robust, TERMS * TERMS * sizeof(double));
    }
}
END_TEST

/* ---- outcomes ---- */

START_TEST(outcomes_of_the_test)
{
    static const int32_t none[6] = {0}, group[] = {0, 0, 0, 1, 1, 1}, all[6] = {0};
    static const double time[] = {1, 2, 3, 4, 5, 6};
    fp_survdata data = {.n = 6, .stop = time, .event = none, .strata = 1};
    fp_gray_result gray;
    OK(fp_gray(&data, 1, group, 2, 0, arena, &gray, &err_));
    ck_assert(isnan(gray.chisq) && isnan(gray.p) && gray.df == 0);
    data.event = hand_event;
    OK(fp_gray(&data, 1, all, 1, 0, arena, &gray, &err_));
    ck_assert(isnan(gray.chisq) && gray.df == 0);
}
END_TEST

START_TEST(outcomes_of_the_model)
{
    static const double time[] = {1, 2, 3, 4, 5, 6}, same[6] = {1, 1, 1, 1, 1, 1};
    static const double apart[] = {1, 0, 1, 0, 1, 0};
    static const int32_t event[] = {1, 2, 1, 0, 1, 2}, other[] = {2, 2, 0, 0, 2, 2};
    fp_survdata data = {.n = 6, .stop = time, .event = event, .strata = 1};
    fp_finegray_fit fit;
    OK(fp_finegray(&data, 1, 1, apart, NULL, 0, NULL, arena, &fit, &err_));
    ck_assert_int_eq(fit.state, FP_FINEGRAY_SEPARATED);
    ck_assert(fit.diverges[0]);
    OK(fp_finegray(&data, 1, 1, same, NULL, 0, NULL, arena, &fit, &err_));
    ck_assert_int_eq(fit.state, FP_FINEGRAY_NO_TERMS);
    ck_assert(isnan(fit.beta[0]));
    OK(fp_finegray(&data, 1, 0, same, NULL, 0, NULL, arena, &fit, &err_));
    ck_assert_int_eq(fit.state, FP_FINEGRAY_NO_TERMS);
    data.event = other;
    OK(fp_finegray(&data, 1, 1, apart, NULL, 0, NULL, arena, &fit, &err_));
    ck_assert_int_eq(fit.state, FP_FINEGRAY_NO_EVENTS);
    ck_assert(isnan(fit.beta[0]));
}
END_TEST

/* With everybody gone at the second time, who enters later changes nothing. */
START_TEST(nobody_left)
{
    static const double start[] = {0, 0, 3, 4}, stop[] = {1, 2, 5, 6};
    static const int32_t event[] = {1, 2, 1, 0};
    fp_survdata data = {.n = 4, .start = start, .stop = stop, .event = event, .strata = 1};
    fp_cif_curves c;
    OK(fp_cif(&data, 2, NULL, arena, &c, &err_));
    for (ptrdiff_t t = 1; t < 4; t++) {
        ck_assert_double_eq(c.free[t], 0);
        ck_assert_double_eq(c.cif[t], .5);
        ck_assert_double_eq(c.cif[t + 4], .5);
        ck_assert_double_eq_tol(c.se[t], sqrt(.125), 1e-15);
    }
}
END_TEST

START_TEST(refusals)
{
    static const double time[] = {1, 2, 3}, x[] = {1, 2, 4};
    static const int32_t event[] = {1, 2, 3}, group[] = {0, 1, 2}, cluster[] = {0, 1, 9};
    fp_survdata data = {.n = 3, .stop = time, .event = event, .strata = 1};
    fp_cif_curves c;
    fp_gray_result gray;
    fp_finegray_fit fit;
    fp_err err;
    size_t used = fp_arena_used(arena);
    ck_assert_int_eq(fp_cif(&data, 2, NULL, arena, &c, &err), FP_ARG);
    ck_assert_int_eq(fp_cif(&data, 0, NULL, arena, &c, &err), FP_ARG);
    ck_assert_int_eq(fp_cif(&data, 3, &(fp_cif_options){.level = 1}, arena, &c, &err), FP_ARG);
    ck_assert_int_eq(fp_gray(&data, 1, group, 2, 0, arena, &gray, &err), FP_ARG);
    ck_assert_int_eq(fp_finegray(&data, 0, 1, x, NULL, 0, NULL, arena, &fit, &err), FP_ARG);
    ck_assert_int_eq(fp_finegray(&data, 1, 1, x, cluster, 2, NULL, arena, &fit, &err), FP_ARG);
    data.weight = x;
    ck_assert_int_eq(fp_gray(&data, 1, group, 3, 0, arena, &gray, &err), FP_ARG);
    ck_assert_int_eq(fp_finegray(&data, 1, 1, x, NULL, 0, NULL, arena, &fit, &err), FP_ARG);
    ck_assert_uint_eq(fp_arena_used(arena), used);
}
END_TEST

/* The integral of a step function, and its error from the numerical derivative by the weights. */
START_TEST(time_lost)
{
    random_set s;
    double weight[N];
    fp_cif_mean got, moved;
    fp_cif_curves c;
    fill(&s, _i);
    for (int i = 0; i < N; i++)
        weight[i] = 1;
    fp_survdata data = {.n = N, .stop = s.stop, .event = s.event, .strata = 1, .weight = weight};
    double horizon = 4.5 + _i, want = 0, squares = 0, step = 1e-4;
    OK(fp_cif(&data, 2, NULL, arena, &c, &err_));
    OK(fp_cif_lost(&data, &c, 0, horizon, arena, &got, &err_));
    for (ptrdiff_t k = 0; k < c.length && c.time[k] < horizon; k++)
        want += c.cif[k] * (fmin(k + 1 < c.length ? c.time[k + 1] : horizon, horizon) - c.time[k]);
    ck_assert_double_eq_tol(got.estimate, want, 1e-13);
    for (int i = 0; i < N; i++) {
        double side[2];
        for (int k = 0; k < 2; k++) {
            weight[i] = 1 + (k ? step : -step);
            OK(fp_cif(&data, 2, NULL, arena, &c, &err_));
            OK(fp_cif_lost(&data, &c, 0, horizon, arena, &moved, &err_));
            side[k] = moved.estimate;
        }
        weight[i] = 1;
        squares += pow((side[1] - side[0]) / (2 * step), 2);
    }
    ck_assert_double_eq_tol(got.se, sqrt(squares), 1e-7);
}
END_TEST

START_TEST(memory_that_fails)
{
    random_set s;
    fill(&s, 1);
    fp_survdata data = {.n = N, .stop = s.stop, .event = s.event, .strata = 1};
    fp_status status = FP_NOMEM;
    for (long at = 1; status != FP_OK; at++) {
        fp_cif_curves c;
        fp_gray_result gray;
        fp_finegray_fit fit;
        size_t used = fp_arena_used(arena);
        ck_assert(at < 100);
        fp_arena_fail_at(arena, at);
        status = fp_cif(&data, 2, NULL, arena, &c, NULL);
        if (status == FP_OK)
            status = fp_gray(&data, 1, s.group, 3, 0, arena, &gray, NULL);
        if (status == FP_OK)
            status = fp_finegray(&data, 1, 2, s.x, NULL, 0, NULL, arena, &fit, NULL);
        ck_assert(status == FP_OK || status == FP_NOMEM);
        fp_arena_fail_at(arena, 0);
        ck_assert(fp_arena_used(arena) >= used);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("competing events");
    TCase *t = tcase_create("all");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_set_timeout(t, 120);
    tcase_add_test(t, incidence_in_fractions);
    tcase_add_test(t, one_cause_is_kaplan_meier);
    tcase_add_test(t, gray_by_hand);
    tcase_add_test(t, finegray_by_hand);
    tcase_add_loop_test(t, incidence_agrees_with_survfit, 0, 3);
    tcase_add_loop_test(t, gray_agrees_with_cuminc, 0, 3);
    tcase_add_loop_test(t, finegray_agrees_with_crr, 0, 3);
    tcase_add_loop_test(t, incidence_agrees_with_loops, 0, 12);
    tcase_add_loop_test(t, gray_agrees_with_loops, 0, 4);
    tcase_add_loop_test(t, finegray_agrees_with_loops, 0, 8);
    tcase_add_loop_test(t, order_and_origin_do_not_matter, 0, 6);
    tcase_add_test(t, weights_are_copies_for_the_estimate);
    tcase_add_test(t, threads_do_not_matter);
    tcase_add_test(t, outcomes_of_the_test);
    tcase_add_test(t, outcomes_of_the_model);
    tcase_add_test(t, nobody_left);
    tcase_add_test(t, refusals);
    tcase_add_loop_test(t, time_lost, 0, 6);
    tcase_add_test(t, memory_that_fails);
    suite_add_tcase(suite, t);
    return run_suite(suite);
}
