#include "base/base_cases.h"

#include "base/date.h"

START_TEST(test_known_days)
{
    static const struct {
        int y, m, d;
        fp_day day;
    } rows[] = {
        {1970, 1, 1, 0},       {1969, 12, 31, -1},     {2000, 2, 29, 11016}, {2000, 3, 1, 11017},
        {1900, 2, 28, -25509}, {1900, 3, 1, -25508},   {2021, 2, 28, 18686}, {2024, 2, 29, 19782},
        {1800, 1, 1, -62091},  {2299, 12, 31, 120529},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        fp_day day = FP_DAY_NONE;
        ck_assert(fp_day_of(rows[i].y, rows[i].m, rows[i].d, &day));
        ck_assert_int_eq(day, rows[i].day);
    }
}
END_TEST

START_TEST(test_no_such_day)
{
    static const int rows[][3] = {{2021, 2, 30}, {2021, 2, 29},  {1900, 2, 29}, {2100, 2, 29},
                                  {2021, 4, 31}, {2021, 13, 1},  {2021, 0, 1},  {2021, 1, 0},
                                  {2021, 1, 32}, {1799, 12, 31}, {2300, 1, 1},  {2021, -1, 1},
                                  {2021, 1, -1}, {-1, 1, 1}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        fp_day day = 7;
        ck_assert(!fp_day_of(rows[i][0], rows[i][1], rows[i][2], &day));
        ck_assert_int_eq(day, 7);
    }
}
END_TEST

/* Every day of 1800-2299, counted by hand of the calendar: consecutive, and back again. */
START_TEST(test_round_trip)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    fp_day expected = -62091;
    for (int y = 1800; y <= 2299; y++)
        for (int m = 1; m <= 12; m++) {
            int leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
            for (int d = 1; d <= lengths[m - 1] + (m == 2 && leap); d++) {
                fp_day day = FP_DAY_NONE, read = FP_DAY_NONE;
                int y2, m2, d2;
                char text[16];
                ck_assert(fp_day_of(y, m, d, &day) && day == expected++);
                fp_day_split(day, &y2, &m2, &d2);
                ck_assert(y2 == y && m2 == m && d2 == d);
                fp_day_format(day, text);
                ck_assert(fp_day_parse(fp_str_of(text), &read) && read == day);
            }
        }
    ck_assert_int_eq(expected, 120530);
}
END_TEST

START_TEST(test_parse)
{
    static const char *const good[] = {"2021-02-28", "20210228", "28-02-2021"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        fp_day day = FP_DAY_NONE;
        ck_assert(fp_day_parse(fp_str_of(good[i]), &day));
        ck_assert_int_eq(day, 18686);
    }
    static const char *const bad[] = {
        "",           "2021-02-30",  "1900-02-29",  "20210230",         "30-02-2021",
        "02/03/2021", "2021/02/03",  "2021-2-3",    "3-2-2021",         "2021-02-3",
        "21-02-03",   "2021-02-28 ", " 2021-02-28", "2021-02-28T00:00", "02-28-2021",
        "2021-0x-28", "-021-02-28",  "2021-02-+8",  "1799-12-31",       "2300-01-01",
        "28.02.2021", "2021 02 28"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        fp_day day = 7;
        ck_assert_msg(!fp_day_parse(fp_str_of(bad[i]), &day), "%s", bad[i]);
        ck_assert_int_eq(day, 7);
    }
}
END_TEST

START_TEST(test_months_later)
{
    static const struct {
        const char *from;
        int months;
        const char *to;
    } cases[] = {{"2026-02-03", 12, "2027-02-03"},  {"2024-02-29", 12, "2025-02-28"},
                 {"2024-02-29", 48, "2028-02-29"},  {"2026-01-31", 1, "2026-02-28"},
                 {"2026-08-31", 6, "2027-02-28"},   {"2026-12-31", 2, "2027-02-28"},
                 {"2026-12-15", 1, "2027-01-15"},   {"2026-03-31", 1, "2026-04-30"},
                 {"2026-02-03", 0, "2026-02-03"},   {"2299-12-31", 0, "2299-12-31"},
                 {"2026-11-22", 120, "2036-11-22"}, {"1899-12-31", 2, "1900-02-28"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fp_day day;
        char text[16];
        ck_assert(fp_day_parse(fp_str_of(cases[i].from), &day));
        fp_day_format(fp_day_add_months(day, cases[i].months), text);
        ck_assert_str_eq(text, cases[i].to);
    }
    fp_day last;
    ck_assert(fp_day_of(2299, 12, 31, &last));
    ck_assert_int_eq(fp_day_add_months(last, 1), FP_DAY_NONE);
}
END_TEST

TCase *case_date(void)
{
    TCase *tc = tcase_create("date");
    tcase_add_test(tc, test_known_days);
    tcase_add_test(tc, test_no_such_day);
    tcase_add_test(tc, test_round_trip);
    tcase_add_test(tc, test_parse);
    tcase_add_test(tc, test_months_later);
    return tc;
}
