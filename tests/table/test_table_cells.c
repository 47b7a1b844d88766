/* Small files and what must come of them. */
#define CK_FLOATING_DIG 17
#include <check.h>
#include <stdlib.h>

#include "run_suite.h"
#include "table/table_dump.h"

typedef struct {
    const char *about;
    const char *text;
    const char *want;
    char separator;
    char decimal;
    const char *na;
} cell_case;

static const cell_case cases[] = {
    {.about = "comma", .text = "a,b\n1,x\n2,y\n", .want = "a number 1 2\nb text /x/ /y/ [x|y]\n"},
    {.about = "no line end at the end", .text = "a,b\n1,2", .want = "a number 1\nb number 2\n"},
    {.about = "CRLF", .text = "a,b\r\n1,2\r\n3,4\r\n", .want = "a number 1 3\nb number 2 4\n"},
    {.about = "LF and CRLF together",
     .text = "a,b\r\n1,2\n3,4\r\n",
     .want = "a number 1 3\nb number 2 4\n"},
    {.about = "carriage return at the very end",
     .text = "a,b\r\n1,2\r",
     .want = "a number 1\nb number 2\n"},
    {.about = "byte order mark",
     .text = "\xef\xbb\xbf"
             "a,b\n1,2\n",
     .want = "a number 1\nb number 2\n"},
    {.about = "byte order mark before a quoted name",
     .text = "\xef\xbb\xbf\"a\",b\n1,2\n",
     .want = "a number 1\nb number 2\n"},
    {.about = "blank lines at the end",
     .text = "a,b\n1,2\n\n \r\n\n",
     .want = "a number 1\nb number 2\n"},
    {.about = "a single column", .text = "x\n1\n2\n", .want = "x number 1 2\n"},
    {.about = "a single column: a blank line inside is a missing value, at the end it is nothing",
     .text = "x\n1\n\n3\n\n\n",
     .want = "x number 1 (empty) 3\n"},
    {.about = "a single column with decimal commas",
     .text = "x\n1,5\n2,5\n",
     .want = "x number, 1.5 2.5\n"},
    {.about = "semicolon and decimal comma",
     .text = "naam;uren\nA;12,5\nB;8\n",
     .want = "naam text /A/ /B/ [A|B]\nuren number, 12.5 8\n"},
    {.about = "semicolon and decimal point",
     .text = "a;b\n1.5;2\n",
     .want = "a number 1.5\nb number 2\n"},
    {.about = "semicolon where every row holds a comma too",
     .text = "naam;uren\nB, A;12\nD, C;8\n",
     .want = "naam text /B, A/ /D, C/ [B, A|D, C]\nuren number 12 8\n"},
    {.about = "comma where some values hold a semicolon",
     .text = "a,b,c\n1,x;y,2\n3,z,4\n",
     .want = "a number 1 3\nb text /x;y/ /z/ [x;y|z]\nc number 2 4\n"},
    {.about = "header that could be cut either way: the records decide",
     .text = "days;at work,arm\n5,x\n6,y\n",
     .want = "days;at work number 5 6\narm text /x/ /y/ [x|y]\n"},
    {.about = "comma and semicolon agree equally well: most columns",
     .text = "a,b,c;d\n1,2,3;4\n",
     .want = "a number 1\nb number 2\nc;d text /3;4/ [3;4]\n"},
    {.about = "and with as many columns: the semicolon, as commas stand in prose",
     .text = "name, first name;hours\nB, A;12\n",
     .want = "name, first name text /B, A/ [B, A]\nhours number 12\n"},
    {.about = "tab",
     .text = "a\tb\n1,5\tx y\n2\t\n",
     .want = "a number, 1.5 2\nb text /x y/ (empty) [x y]\n"},
    {.about = "tab with the last fields empty",
     .text = "a\tb\tc\n\t\t\n1\t\t\n",
     .want = "a number (empty) 1\nb number (empty) (empty)\nc number (empty) (empty)\n"},
    {.about = "separator in quotes does not count",
     .text = "\"a;b;c\",d\n\"1;2;3\",4\n",
     .want = "a;b;c text /1;2;3/ [1;2;3]\nd number 4\n"},
    {.about = "separator that is given",
     .text = "a,b;c\n1,2;3\n",
     .want = "a,b number, 1.2\nc number 3\n",
     .separator = ';'},
    {.about = "quotes, doubled quotes, separators and line ends in quotes",
     .text = "\"a \"\"x\"\"\",b\n\"1\n2\",\"say \"\"hi\"\"\"\n\"x,y\",\"\"\"\"\n",
     .want = "a \"x\" text /1\n2/ /x,y/ [1\n2|x,y]\nb text /say \"hi\"/ /\"/ [\"|say \"hi\"]\n"},
    {.about = "blanks: trimmed outside quotes, kept inside them, skipped around them",
     .text = " a , \"b\" \n  x  ,  \" y \"  \n",
     .want = "a text /x/ [x]\nb text / y / [ y ]\n"},
    {.about = "a quote inside an unquoted value is itself",
     .text = "a,b\n5\" pipe,1\n",
     .want = "a text /5\" pipe/ [5\" pipe]\nb number 1\n"},
    {.about = "missing values are kept apart",
     .text = "a,b,c,d\n,NA,.,-9\n1,2,3,4\n",
     .want = "a number (empty) 1\nb number (NA) 2\nc number (dot) 3\nd number (user) 4\n",
     .na = "-9"},
    {.about = "a quoted missing value is missing, a longer text is not",
     .text = "a,b,c,d\n\"\",\"NA\",\".\",\"-9\"\nx,NA.,..,-9x\n",
     .want = "a text (empty) /x/ [x]\nb text (NA) /NA./ [NA.]\nc text (dot) /../ [..]\n"
             "d text (user) /-9x/ [-9x]\n",
     .na = "-9"},
    {.about = "nothing but missing values is a number column",
     .text = "a,b\n1,NA\n2,\n",
     .want = "a number 1 2\nb number (NA) (empty)\n"},
    {.about = "a quoted blank is a text, not missing",
     .text = "a,b\n\" \",1\n",
     .want = "a text / / [ ]\nb number 1\n"},
    {.about = "numbers in every form",
     .text = "x\n1\n-2\n+3\n.5\n5.\n1e3\n-2.5E-1\n007\n\"8\"\n",
     .want = "x number 1 -2 3 0.5 5 1000 -0.25 7 8\n"},
    {.about = "no numbers: hexadecimal, infinite, with a blank, with two marks",
     .text = "a,b,c,d,e\n0x10,Inf,1 000,1.2.3,1e\n",
     .want = "a text /0x10/ [0x10]\nb text /Inf/ [Inf]\nc text /1 000/ [1 000]\n"
             "d text /1.2.3/ [1.2.3]\ne text /1e/ [1e]\n"},
    {.about = "a decimal comma in quotes, comma-separated",
     .text = "a,b\n\"1,5\",2\n\"2\",3\n4,5\n",
     .want = "a number, 1.5 2 4\nb number 2 3 5\n"},
    {.about = "point and comma in one column: the rarer mark is the stray one",
     .text = "a;b\n1,5;1,5\n2,5;2.5\n3.5;3.5\n4;4\n",
     .want = "a text, /1,5/ /2,5/ /3.5/ /4/ [1,5|2,5|3.5|4] stray=2\n"
             "b text /1,5/ /2.5/ /3.5/ /4/ [1,5|2.5|3.5|4] stray=0\n"},
    {.about = "point and comma equally often: the second one is the stray one",
     .text = "a;b\n1,5;1.5\n2.5;2,5\n",
     .want = "a text, /1,5/ /2.5/ [1,5|2.5] stray=1\nb text /1.5/ /2,5/ [1.5|2,5] stray=1\n"},
    {.about = "nine numbers in ten: probably a typing error",
     .text = "x\n1\n2\n3\n4\n5\n6\n7\n8\n9\n4O\nNA\n",
     .want = "x text /1/ /2/ /3/ /4/ /5/ /6/ /7/ /8/ /9/ /4O/ (NA) [1|2|3|4|4O|5|6|7|8|9] "
             "stray=9\n"},
    {.about = "eight numbers in nine: a text",
     .text = "x\n1\n2\n3\n4\n5\n6\n7\n8\n4O\n",
     .want = "x text /1/ /2/ /3/ /4/ /5/ /6/ /7/ /8/ /4O/ [1|2|3|4|4O|5|6|7|8]\n"},
    {.about = "a decimal mark that is given: the other one makes a text",
     .text = "a;b\n1.5;1,5\n2;2\n",
     .want = "a number 1.5 2\nb text /1,5/ /2/ [1,5|2]\n",
     .decimal = '.'},
    {.about = "a decimal comma that is given",
     .text = "a;b\n1.5;1,5\n2;2\n",
     .want = "a text, /1.5/ /2/ [1.5|2]\nb number, 1.5 2\n",
     .decimal = ','},
    {.about = "logical",
     .text = "a,b,c\nTRUE,T,T\nFALSE,F,x\nNA,TRUE,F\n",
     .want = "a logical true false (NA)\nb logical true false true\nc text /T/ /x/ /F/ [F|T|x]\n"},
    {.about = "logical and number together are text, and so are small letters",
     .text = "a,b\nTRUE,true\n0,false\n",
     .want = "a text /TRUE/ /0/ [0|TRUE]\nb text /true/ /false/ [false|true]\n"},
    {.about = "dates, both orders",
     .text = "a,b\n2021-02-28,28-02-2021\nNA,1999-12-31\n",
     .want = "a date 2021-02-28 (NA)\nb date 2021-02-28 1999-12-31\n"},
    {.about = "a day that does not exist, an ambiguous date and a time are text",
     .text = "a,b,c\n2021-02-30,02/03/2021,2021-02-28 12:00\n",
     .want = "a text /2021-02-30/ [2021-02-30]\nb text /02/03/2021/ [02/03/2021]\n"
             "c text /2021-02-28 12:00/ [2021-02-28 12:00]\n"},
    {.about = "eight digits are a number, and with dates they are text",
     .text = "a,b\n20210228,20210228\n20210301,2021-03-01\n",
     .want = "a number 20210228 20210301\nb text /20210228/ /2021-03-01/ [2021-03-01|20210228]\n"},
    {.about = "levels in byte order: capitals, small letters, then the rest",
     .text = "x,y\nb,1\n\xc3\xa9,1\nB,1\na,1\nab,1\nb,1\n",
     .want = "x text /b/ /\xc3\xa9/ /B/ /a/ /ab/ /b/ [B|a|ab|b|\xc3\xa9]\ny number 1 1 1 1 1 1\n"},
};

START_TEST(test_cells)
{
    const cell_case *c = &cases[_i];
    fp_table_options options = fp_table_defaults();
    const char *na[] = {c->na, NULL};
    fp_err err = {0};
    FP_BUF_SCOPED(got, FP_MIB);
    fp_arena *arena = fp_arena_create(16 * FP_MIB);
    const fp_table *table = NULL;
    options.separator = c->separator;
    options.decimal = c->decimal;
    options.na = na;
    fp_status status =
        fp_table_read_text("t.csv", fp_str_of(c->text), &options, arena, &table, &err);
    ck_assert_msg(status == FP_OK, "%s: %s (%s)", c->about, err.message, err.hint);
    dump_table(table, &got);
    ck_assert_msg(fp_str_is(fp_buf_str(&got), c->want), "%s: got\n%s", c->about, got.p);
    fp_arena_destroy(arena);
}
END_TEST

static const fp_table *read_or_die(const char *text, fp_arena *arena)
{
    const fp_table *table = NULL;
    fp_err err = {0};
    fp_status status = fp_table_read_text("t.csv", fp_str_of(text), NULL, arena, &table, &err);
    ck_assert_msg(status == FP_OK, "%s", err.message);
    return table;
}

START_TEST(test_lines)
{
    fp_arena *arena = fp_arena_create(16 * FP_MIB);
    const fp_table *plain = read_or_die("a,b\r\n1,2\r\n3,4\r\n", arena);
    ck_assert_int_eq(fp_table_line(plain, 0), 2);
    ck_assert_int_eq(fp_table_line(plain, 1), 3);
    const fp_table *t = read_or_die("\"a\n\nb\",c\n1,\"x\r\ny\"\n2,z\n3,\"\n\"\n4,w\n", arena);
    static const long lines[] = {4, 6, 7, 9};
    for (ptrdiff_t i = 0; i < 4; i++)
        ck_assert_int_eq(fp_table_line(t, i), lines[i]);
    ck_assert(fp_str_is(fp_table_cell(t, 0, 1), "x\r\ny"));
    fp_arena_destroy(arena);
}
END_TEST

START_TEST(test_find)
{
    fp_arena *arena = fp_arena_create(16 * FP_MIB);
    const fp_table *t = read_or_die("b,a,ab,B\n1,2,3,4\n", arena);
    ck_assert_int_eq(fp_table_find(t, "b"), 0);
    ck_assert_int_eq(fp_table_find(t, "a"), 1);
    ck_assert_int_eq(fp_table_find(t, "ab"), 2);
    ck_assert_int_eq(fp_table_find(t, "B"), 3);
    ck_assert_int_eq(fp_table_find(t, "A"), -1);
    ck_assert_int_eq(fp_table_find(t, ""), -1);
    ck_assert_str_eq(fp_table_name(t), "t.csv");
    const fp_column *column = NULL;
    ck_assert_int_eq(fp_table_need(t, "ab", &column, NULL), FP_OK);
    ck_assert_ptr_eq(column, fp_table_column(t, 2));
    fp_arena_destroy(arena);
}
END_TEST

START_TEST(test_long_field)
{
    const size_t n = FP_MIB;
    fp_arena *arena = fp_arena_create(64 * FP_MIB);
    char *text = malloc(n + 64);
    size_t at = (size_t)snprintf(text, 64, "a,b\n1,\"");
    for (size_t i = 0; i < n; i++)
        text[at++] = (char)('a' + (char)(i % 26));
    at += (size_t)snprintf(text + at, 16, "\"\n2,x\n");
    text[at] = '\0';
    const fp_table *t = read_or_die(text, arena);
    ck_assert_uint_eq(fp_table_cell(t, 0, 1).n, n);
    ck_assert(fp_str_is(fp_table_cell(t, 1, 1), "x"));
    fp_arena_destroy(arena);
    free(text);
}
END_TEST

/* 20,000 distinct texts, each met twice, so that the table of levels fills and collides. */
START_TEST(test_many_levels)
{
    const int n = 20000;
    FP_BUF_SCOPED(text, 16 * FP_MIB);
    fp_arena *arena = fp_arena_create(64 * FP_MIB);
    fp_buf_put(&text, "x\n");
    for (int i = 0; i < 2 * n; i++)
        fp_buf_printf(&text, "p%d\n", i * 7 % n);
    const fp_column *c = fp_table_column(read_or_die(text.p, arena), 0);
    ck_assert_int_eq(c->level_count, n);
    for (int k = 1; k < n; k++)
        ck_assert(fp_str_cmp(fp_str_of(c->levels[k - 1]), fp_str_of(c->levels[k])) < 0);
    for (int i = 0; i < 2 * n; i++)
        ck_assert_int_eq(strtol(c->levels[c->level[i]] + 1, NULL, 10), i * 7 % n);
    fp_arena_destroy(arena);
}
END_TEST

static void check_levels(const char *text, const char *want)
{
    fp_arena *arena = fp_arena_create(16 * FP_MIB);
    FP_BUF_SCOPED(got, FP_MIB);
    const char *const *levels;
    const int32_t *level;
    ptrdiff_t count;
    const fp_table *t = read_or_die(text, arena);
    ck_assert_int_eq(fp_table_levels(t, 0, arena, &count, &levels, &level, NULL), FP_OK);
    for (ptrdiff_t k = 0; k < count; k++)
        fp_buf_printf(&got, "%s ", levels[k]);
    fp_buf_put(&got, ":");
    for (ptrdiff_t i = 0; i < fp_table_rows(t); i++)
        fp_buf_printf(&got, " %d", level[i]);
    ck_assert_str_eq(got.p, want);
    fp_arena_destroy(arena);
}

START_TEST(test_levels)
{
    check_levels("x\n10\n9\n9.0\nNA\n-1\n0\n-0\n", "-1 0 9 10 : 3 2 2 -1 0 1 1");
    check_levels("x\n0.1\n2.50\n1e5\n10000\n123456\n0.0001\n1e300\n",
                 "1e-04 0.1 2.5 10000 1e+05 123456 1e+300 : 1 2 4 3 5 0 6");
    check_levels("x\n0.30000000000000004\n0.3\n", "0.3 0.30000000000000004 : 1 0");
    check_levels("x;y\n1,5;\n0,5;\n", "0.5 1.5 : 1 0");
    check_levels("x\n28-02-2021\n1999-12-31\n2021-02-28\n", "1999-12-31 2021-02-28 : 1 0 1");
    check_levels("x\nT\nFALSE\nTRUE\n\nF\n", "FALSE TRUE : 1 0 1 -1 0");
    check_levels("x,y\nT,1\nT,1\n", "TRUE : 0 0");
    check_levels("x\nb\na\nb\nNA\nc\n", "a b c : 1 0 1 -1 2");
    check_levels("x,y\n,1\n,1\n", ": -1 -1");
}
END_TEST

START_TEST(test_with_levels)
{
    fp_arena *arena = fp_arena_create(16 * FP_MIB);
    fp_err err = {0};
    char line[1024];
    const fp_table *out = NULL;
    const char *const *list;
    const int32_t *level;
    ptrdiff_t count;
    const fp_table *t = read_or_die("arm,n,l\nwith,1,T\nwithout,0,F\nNA,1.0,NA\n", arena);
    const char *const order[] = {"without", "with", "never"};
    ck_assert_int_eq(fp_table_with_levels(t, 0, 3, order, arena, &out, &err), FP_OK);
    const fp_column *c = fp_table_column(out, 0);
    ck_assert_int_eq(c->level_count, 3);
    ck_assert_str_eq(c->levels[2], "never");
    ck_assert_int_eq(c->level[0], 1);
    ck_assert_int_eq(c->level[1], 0);
    ck_assert_int_eq(c->level[2], -1);
    ck_assert_str_eq(fp_table_column(t, 0)->levels[0], "with"); /* the first table is as it was */
    ck_assert_int_eq(fp_table_levels(out, 0, arena, &count, &list, &level, NULL), FP_OK);
    ck_assert_int_eq(count, 3);
    ck_assert_str_eq(list[0], "without");
    ck_assert_int_eq(level[0], 1);

    const char *const numbers[] = {"1", "0"};
    ck_assert_int_eq(fp_table_with_levels(t, 1, 2, numbers, arena, &out, &err), FP_OK);
    c = fp_table_column(out, 1);
    ck_assert_int_eq(c->type, FP_COLUMN_TEXT);
    ck_assert_ptr_null(c->number);
    ck_assert_int_eq(c->level[2], 0); /* 1.0 is the level 1 */
    const char *const letters[] = {"F", "T"};
    ck_assert_int_eq(fp_table_with_levels(t, 2, 2, letters, arena, &out, &err), FP_OK);
    ck_assert_int_eq(fp_table_column(out, 2)->level[0], 1);

    const fp_table *none = NULL;
    ck_assert_int_eq(fp_table_with_levels(t, 0, 1, order, arena, &none, &err), FP_INPUT);
    ck_assert_ptr_null(none);
    fp_err_text(&err, line, sizeof line);
    ck_assert_str_eq(line, "t.csv, line 2, column \"arm\": \"with\" is none of its levels (they "
                           "are without)");
    fp_arena_destroy(arena);
}
END_TEST

START_TEST(test_make)
{
    const char *const names[] = {" id ", "x", "start"};
    const char *const id[] = {"p1", "p\"2", " p3"};
    const char *const x[] = {"1,5", NULL, "2"};
    const char *const start[] = {"2021-01-01", "NA", ""};
    const char *const *const cells[] = {id, x, start};
    fp_arena *arena = fp_arena_create(16 * FP_MIB);
    FP_BUF_SCOPED(got, FP_MIB);
    const fp_table *t = NULL;
    ck_assert_int_eq(fp_table_make("made", 3, 3, names, cells, arena, &t, NULL), FP_OK);
    dump_table(t, &got);
    ck_assert_str_eq(got.p, "id text /p1/ /p\"2/ / p3/ [ p3|p\"2|p1]\n"
                            "x number, 1.5 (empty) 2\n"
                            "start date 2021-01-01 (NA) (empty)\n");
    ck_assert_int_eq(fp_table_line(t, 2), 4);
    ck_assert_str_eq(fp_table_name(t), "made");
    fp_arena_destroy(arena);
}
END_TEST

START_TEST(test_file)
{
    fp_arena *arena = fp_arena_create(16 * FP_MIB);
    FP_BUF_SCOPED(got, FP_MIB);
    fp_err err = {0};
    const fp_table *t = NULL;
    fp_status status = fp_table_read(FP_TEST_DATA "/table/dutch.csv", NULL, arena, &t, &err);
    ck_assert_msg(status == FP_OK, "%s", err.message);
    dump_table(t, &got);
    ck_assert_str_eq(got.p, "klant text /k01/ /k02/ /k03/ [k01|k02|k03]\n"
                            "uren per week number, 12.5 (empty) 36\n"
                            "begin date 2021-02-28 2021-03-01 (NA)\n"
                            "opmerking text /belde; geen gehoor/ /zei: \"nee\"\r\nen later \"ja\"/ "
                            "/\xe2\x82\xac 25/ [belde; geen gehoor|zei: \"nee\"\r\nen later \"ja\"|"
                            "\xe2\x82\xac 25]\n");
    ck_assert_int_eq(fp_table_line(t, 2), 5);
    fp_arena_destroy(arena);
}
END_TEST

/* Only what is mentioned is read; errors elsewhere are found all the same. */
START_TEST(test_mentioned)
{
    static const char *const texts[] = {"Surv(time, event) ~ 1", NULL};
    static const char *const none[] = {NULL};
    fp_table_options options = fp_table_defaults();
    fp_arena *arena = fp_arena_create(16 * FP_MIB);
    const fp_table *t = NULL;
    const fp_column *column = NULL;
    fp_err err = {0};
    fp_str text = FP_STR("time,event,note\n1,1,\"a \"\"b\"\"\"\n2,x,c\n");
    options.mentioned = texts;
    options.sha256 = true;
    ck_assert_int_eq(fp_table_read_text("t.csv", text, &options, arena, &t, &err), FP_OK);
    ck_assert_str_eq(fp_table_sha256(t),
                     "a763cf947ae3e383ebcea8d8c2a43fe478206bef2e8b12bf611fb46bca758949");
    ck_assert_int_eq(fp_table_column(t, 0)->type, FP_COLUMN_NUMBER);
    ck_assert(!fp_table_column(t, 1)->unread && fp_table_column(t, 2)->unread);
    ck_assert_int_eq(fp_table_column(t, 1)->level_count, 2);
    ck_assert_ptr_null(fp_table_column(t, 2)->missing);
    ck_assert_int_eq(fp_table_need(t, "note", &column, &err), FP_ARG);
    ck_assert_str_eq(err.message, "column \"note\" was not read");
    const ptrdiff_t columns[] = {2, 0};
    const char *const *const *got;
    const long *lines;
    ck_assert_int_eq(fp_table_texts(t, 2, columns, arena, &got, &lines, &err), FP_OK);
    ck_assert_str_eq(got[0][0], "a \"b\"");
    ck_assert_str_eq(got[1][1], "2");
    ck_assert_int_eq(lines[1], 3);
    options.mentioned = none;
    ck_assert_int_eq(fp_table_read_text("t.csv", text, &options, arena, &t, &err), FP_OK);
    ck_assert(fp_table_column(t, 0)->unread);
    text = FP_STR("time,event,note\n1,1,x\n2,0,\"y\n");
    ck_assert_int_eq(fp_table_read_text("t.csv", text, &options, arena, &t, &err), FP_INPUT);
    ck_assert_int_eq(err.line, 3);
    ck_assert_str_eq(err.field, "note");
    fp_arena_destroy(arena);
}
END_TEST

/* A line of text at row 900,000 of a number column, and a record too short behind it. */
START_TEST(test_far_down)
{
    FP_BUF_SCOPED(text, 64 * FP_MIB);
    fp_arena *arena = fp_arena_create(256 * FP_MIB);
    fp_table_options options = fp_table_defaults();
    fp_err err = {0};
    const fp_table *t = NULL;
    fp_buf_put(&text, "x,y\n");
    for (int i = 0; i < 1000000; i++)
        fp_buf_put(&text, i == 899999 ? "4O,1\n" : "40,1.5\n");
    for (options.threads = 1; options.threads < 4; options.threads++) {
        ck_assert_int_eq(fp_table_read_text("t.csv", fp_buf_str(&text), &options, arena, &t, &err),
                         FP_OK);
        const fp_column *c = fp_table_column(t, 0);
        ck_assert_int_eq(c->type, FP_COLUMN_TEXT);
        ck_assert_int_eq(c->stray_row, 899999);
        ck_assert_int_eq(fp_table_not_number(t, 0, c->stray_row, &err), FP_INPUT);
        ck_assert_int_eq(err.line, 900001);
        ck_assert_str_eq(err.message, "\"4O\" is not a number");
    }
    fp_buf_put(&text, "1\n2,3,4\n");
    for (options.threads = 1; options.threads < 4; options.threads++) {
        ck_assert_int_eq(fp_table_read_text("t.csv", fp_buf_str(&text), &options, arena, &t, &err),
                         FP_INPUT);
        ck_assert_int_eq(err.line, 1000002);
        ck_assert_str_eq(err.message, "the record ends before it: 1 field, the header has 2");
    }
    fp_arena_destroy(arena);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("table_cells");
    TCase *tc = tcase_create("table");
    tcase_add_loop_test(tc, test_cells, 0, (int)(sizeof cases / sizeof *cases));
    tcase_add_test(tc, test_lines);
    tcase_add_test(tc, test_find);
    tcase_add_test(tc, test_long_field);
    tcase_add_test(tc, test_many_levels);
    tcase_add_test(tc, test_levels);
    tcase_add_test(tc, test_with_levels);
    tcase_add_test(tc, test_make);
    tcase_add_test(tc, test_file);
    tcase_add_test(tc, test_mentioned);
    tcase_add_test(tc, test_far_down);
    suite_add_tcase(suite, tc);
    return run_suite(suite);
}
