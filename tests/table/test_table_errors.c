/* Every way in which a file can be refused, with the wording, and what failure leaves behind. */
#define CK_FLOATING_DIG 17
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "run_suite.h"
#include "table/table_dump.h"

typedef struct {
    fp_str text;
    const char *want;
    char separator;
} error_case;

#define TEXT(literal)                                                                              \
    {                                                                                              \
        literal, sizeof(literal) - 1                                                               \
    }

static const error_case cases[] = {
    {TEXT(""), "t.csv: the file is empty (it should begin with a line of column names)", 0},
    {TEXT("\xef\xbb\xbf"), "t.csv: the file is empty (it should begin with a line of column names)",
     0},
    {TEXT("\n \r\n\n"), "t.csv: the file is empty (it should begin with a line of column names)",
     0},
    {TEXT("a,b\n"), "t.csv, line 1: no rows under the header (add the data below the column names)",
     0},
    {TEXT("a,b"), "t.csv, line 1: no rows under the header (add the data below the column names)",
     0},
    {TEXT("a,b,c\n1,2,3\n1,2\n"),
     "t.csv, line 3, column \"c\": the record ends before it: 2 fields, the header has 3 (add what "
     "is missing; a line end inside a value needs double quotes)",
     0},
    {TEXT("a,b,c\n1,2,3\n\n1,2,3\n"),
     "t.csv, line 3, column \"b\": the record ends before it: 1 field, the header has 3 (add what "
     "is missing; a line end inside a value needs double quotes)",
     0},
    {TEXT("a,b\n1,2\n1,2,x,y\n"),
     "t.csv, line 3, column 3: 4 fields, the header has 2: \"x\" is one too many (put double "
     "quotes around a value that holds a comma)",
     0},
    {TEXT("a;b\n1;2\n1;2;\n"),
     "t.csv, line 3, column 3: 3 fields, the header has 2: \"\" is one too many (put double "
     "quotes around a value that holds a semicolon)",
     0},
    {TEXT("a\tb\n1\t2\n1\t2\t3\n"),
     "t.csv, line 3, column 3: 3 fields, the header has 2: \"3\" is one too many (put double "
     "quotes around a value that holds a tab)",
     0},
    {TEXT("a,b\n\"1\n2\",3\nx\n"),
     "t.csv, line 4, column \"b\": the record ends before it: 1 field, the header has 2 (add what "
     "is missing; a line end inside a value needs double quotes)",
     0},
    {TEXT("a,b\n1,2\n3,\"four\n5,6\n"),
     "t.csv, line 3, column \"b\": the quote before \"four\\n5,6\" is never closed (close it; a \" "
     "inside a quoted value is written \"\")",
     0},
    {TEXT("a,\"b\n1,2\n"),
     "t.csv, line 1, column 2: the quote before \"b\\n1,2\" is never closed (close it; a \" inside "
     "a quoted value is written \"\")",
     0},
    {TEXT("a,b\n1,\"2\" x\n"),
     "t.csv, line 2, column \"b\": \"x\" stands after a closing quote (a \" inside a quoted value "
     "is written \"\")",
     0},
    {TEXT("a,b\n1,\"2\n\"x,3\n"),
     "t.csv, line 3, column \"b\": \"x\" stands after a closing quote (a \" inside a quoted value "
     "is written \"\")",
     0},
    {TEXT("a,b\r1,2\r"),
     "t.csv, line 1, column 2: after \"b\" stands a carriage return that ends no line (save the "
     "file with line ends of Windows or Unix)",
     0},
    {TEXT("a,b\n1,2\rx\n"),
     "t.csv, line 2, column \"b\": after \"2\" stands a carriage return that ends no line (save "
     "the file with line ends of Windows or Unix)",
     0},
    {TEXT("a,b\n1,2\nfoo\0bar,4\n"),
     "t.csv, line 3, column \"a\": a NUL byte after \"foo\" (the file is damaged or is not a text: "
     "export it again)",
     0},
    {TEXT("a,b\n1,Andr\xe9\n"),
     "t.csv, line 2, column \"b\": byte E9 after \"Andr\" is not UTF-8 (save the file as UTF-8)",
     0},
    {TEXT("naam,pr\xe9nom\n1,2\n"),
     "t.csv, line 1, column 2: byte E9 after \"pr\" is not UTF-8 (save the file as UTF-8)", 0},
    {TEXT("a,b\n1,\"x\ny\xff\"\n"),
     "t.csv, line 3, column \"b\": byte FF after \"x\\ny\" is not UTF-8 (save the file as UTF-8)",
     0},
    {TEXT("a,b\n1,\xc0\xaf\n"),
     "t.csv, line 2, column \"b\": byte C0 after \"\" is not UTF-8 (save the file as UTF-8)", 0},
    {TEXT("a,b\n1,caf\xc3\xa9 \xe2\x82\n"),
     "t.csv, line 2, column \"b\": byte E2 after \"caf\xc3\xa9 \" is not UTF-8 (save the file as "
     "UTF-8)",
     0},
    {TEXT("a,b\n1,0123456789 caf\xc3\xa9 0123456789012345678 \xff\n"),
     "t.csv, line 2, column \"b\": byte FF after \"0123456789012345678 \" is not UTF-8 (save the "
     "file as UTF-8)",
     0},
    {TEXT("a,b\n1,0123456789 \xc3\xa9"
          "0123456789012345678\xff\n"),
     "t.csv, line 2, column \"b\": byte FF after \"0123456789012345678\" is not UTF-8 (save the "
     "file as UTF-8)",
     0},
    {TEXT("a,b, a \n1,2,3\n"),
     "t.csv, line 1, column \"a\": columns 1 and 3 have this name (rename one of the two)", 0},
    {TEXT("a,,b\n1,2,3\n"),
     "t.csv, line 1, column 2: the column has no name (name it in the first line, or leave the "
     "column out of the file)",
     0},
    {TEXT("a,\" \",b\n1,2,3\n"),
     "t.csv, line 1, column 2: the column has no name (name it in the first line, or leave the "
     "column out of the file)",
     0},
    {TEXT("\na,b\n1,2\n"),
     "t.csv, line 1, column 1: the column has no name (name it in the first line, or leave the "
     "column out of the file)",
     0},
    {TEXT("PK\x03\x04rest"),
     "t.csv: is a workbook or a zip file, not a text file (save it as \"CSV UTF-8\")", 0},
    {TEXT("\xd0\xcf\x11\xe0rest"),
     "t.csv: is a workbook of an old kind, not a text file (save it as \"CSV UTF-8\")", 0},
    {TEXT("\xff\xfe"
          "a\0,\0"),
     "t.csv: is written in UTF-16, not in UTF-8 (save it as \"CSV UTF-8\")", 0},
    {TEXT("\xfe\xff\0a\0,"), "t.csv: is written in UTF-16, not in UTF-8 (save it as \"CSV UTF-8\")",
     0},
    {TEXT("a\n1\n"), "the separator is a comma, a semicolon or a tab", '|'},
};

START_TEST(test_error)
{
    const error_case *c = &cases[_i];
    fp_table_options options = fp_table_defaults();
    fp_err err = {0};
    char line[1024];
    fp_arena *arena = fp_arena_create(16 * FP_MIB);
    const fp_table *table = NULL;
    options.separator = c->separator;
    options.encoding = FP_ENCODING_UTF8;
    fp_status status = fp_table_read_text("t.csv", c->text, &options, arena, &table, &err);
    ck_assert_int_eq(status, c->separator ? FP_ARG : FP_INPUT);
    ck_assert_int_eq(err.status, status);
    ck_assert_ptr_null(table);
    ck_assert_uint_eq(fp_arena_used(arena), 0);
    fp_err_text(&err, line, sizeof line);
    ck_assert_str_eq(line, c->want);
    /* Nobody has to want the message. */
    ck_assert_int_eq(fp_table_read_text("t.csv", c->text, &options, arena, &table, NULL), status);
    fp_arena_destroy(arena);
}
END_TEST

/* Text that is not UTF-8 is Windows-1252, unless the reader is told otherwise. */
START_TEST(test_windows)
{
    static const struct {
        fp_str text;
        fp_encoding encoding;
        const char *name, *cell, *error;
    } windows[] = {
        {TEXT("a,b\n1,Andr\xe9 \x80\n"), FP_ENCODING_FIND, "b", "Andr\xc3\xa9 \xe2\x82\xac", NULL},
        {TEXT("a,pr\xe9nom\n1,x\n"), FP_ENCODING_FIND, "pr\xc3\xa9nom", "x", NULL},
        {TEXT("a,b\n1,\xc3\xa9\n"), FP_ENCODING_FIND, "b", "\xc3\xa9", NULL},
        {TEXT("a,b\n1,\xc3\xa9\n"), FP_ENCODING_WINDOWS_1252, "b", "\xc3\x83\xc2\xa9", NULL},
        {TEXT("a,b\n1,\xe9\n"), FP_ENCODING_UTF8, NULL, NULL,
         "t.csv, line 2, column \"b\": byte E9 after \"\" is not UTF-8 (save the file as UTF-8)"},
        {TEXT("a,b\n1,\xe9\x81\n"), FP_ENCODING_FIND, NULL, NULL,
         "t.csv, line 2, column \"b\": byte 81 after \"\xc3\xa9\" is not Windows-1252 (save the "
         "file "
         "as UTF-8)"},
        {TEXT("a,b\n1,2\n3\n\xe9,1\n"), FP_ENCODING_FIND, NULL, NULL,
         "t.csv, line 3, column \"b\": the record ends before it: 1 field, the header has 2 (add "
         "what "
         "is missing; a line end inside a value needs double quotes)"},
    };
    for (size_t i = 0; i < sizeof windows / sizeof *windows; i++) {
        fp_table_options options = fp_table_defaults();
        fp_arena *arena = fp_arena_create(FP_MIB);
        const fp_table *t = NULL;
        fp_err err = {0};
        char line[1024];
        options.encoding = windows[i].encoding;
        fp_status status = fp_table_read_text("t.csv", windows[i].text, &options, arena, &t, &err);
        ck_assert_int_eq(status, windows[i].error ? FP_INPUT : FP_OK);
        fp_err_text(&err, line, sizeof line);
        if (windows[i].error)
            ck_assert_str_eq(line, windows[i].error);
        else {
            ck_assert_str_eq(fp_table_column(t, 1)->name, windows[i].name);
            ck_assert(fp_str_is(fp_table_cell(t, 0, 1), windows[i].cell));
            ck_assert_str_eq(fp_table_column(t, 1)->levels[0], windows[i].cell);
            if (i < 2)
                ck_assert_str_eq(fp_table_warning(t), "t.csv is not UTF-8: read as Windows-1252");
            else
                ck_assert_ptr_null(fp_table_warning(t));
        }
        fp_arena_destroy(arena);
    }
}
END_TEST

static void expect(const fp_err *err, const char *want)
{
    char line[1024];
    fp_err_text(err, line, sizeof line);
    ck_assert_str_eq(line, want);
}

static const fp_table *read_or_die(const char *text, fp_arena *arena)
{
    const fp_table *table = NULL;
    fp_err err = {0};
    fp_status status = fp_table_read_text("t.csv", fp_str_of(text), NULL, arena, &table, &err);
    ck_assert_msg(status == FP_OK, "%s", err.message);
    return table;
}

START_TEST(test_long_text_in_message)
{
    fp_err err;
    fp_arena *arena = fp_arena_create(16 * FP_MIB);
    const fp_table *table;
    fp_str text = FP_STR("a\n\"abcdefghijklmnopqrstuvwxyz0123456789\xe2\x82\xac\xe2\x82\xac"
                         "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\x01more\n");
    ck_assert_int_eq(fp_table_read_text("t.csv", text, NULL, arena, &table, &err), FP_INPUT);
    expect(&err, "t.csv, line 2, column \"a\": the quote before "
                 "\"abcdefghijklmnopqrstuvwxyz0123456789\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac"
                 "\xe2\x82\xac...\" is never closed (close it; a \" inside a quoted value is "
                 "written \"\")");
    text = FP_STR("a\n\"\xff\x01\t\"\"\xe2\n");
    ck_assert_int_eq(fp_table_read_text("t.csv", text, NULL, arena, &table, &err), FP_INPUT);
    expect(&err, "t.csv, line 2, column \"a\": the quote before \"\\xFF\\x01\\t\"\"\\xE2\" is "
                 "never closed (close it; a \" inside a quoted value is written \"\")");
    fp_arena_destroy(arena);
}
END_TEST

START_TEST(test_too_many_columns)
{
    fp_err err;
    fp_arena *arena = fp_arena_create(256 * FP_MIB);
    const fp_table *table = NULL;
    FP_BUF_SCOPED(text, 16 * FP_MIB);
    for (int j = 0; j < 100000; j++)
        fp_buf_printf(&text, "%sc%d", j ? "," : "", j);
    fp_buf_put(&text, "\n1\n");
    ck_assert_int_eq(fp_table_read_text("t.csv", fp_buf_str(&text), NULL, arena, &table, &err),
                     FP_INPUT);
    expect(&err, "t.csv, line 1: more than 16384 columns (keep the columns that the analysis "
                 "needs)");
    ck_assert_uint_eq(fp_arena_used(arena), 0);
    fp_arena_destroy(arena);
}
END_TEST

START_TEST(test_most_columns)
{
    fp_err err = {0};
    fp_arena *arena = fp_arena_create(256 * FP_MIB);
    const fp_table *table = NULL;
    FP_BUF_SCOPED(text, 16 * FP_MIB);
    for (int i = 0; i < 2; i++)
        for (int j = 0; j < 16384; j++)
            fp_buf_printf(&text, "%s%d%s", i ? "" : "c", j, j == 16383 ? "\n" : ",");
    fp_status status = fp_table_read_text("t.csv", fp_buf_str(&text), NULL, arena, &table, &err);
    ck_assert_msg(status == FP_OK, "%s", err.message);
    ck_assert_int_eq(fp_table_columns(table), 16384);
    ck_assert_int_eq(fp_table_find(table, "c12345"), 12345);
    ck_assert_double_eq(fp_table_column(table, 12345)->number[0], 12345);
    fp_arena_destroy(arena);
}
END_TEST

START_TEST(test_field_too_long)
{
    fp_err err;
    const size_t n = 16 * FP_MIB;
    fp_arena *arena = fp_arena_create(256 * FP_MIB);
    const fp_table *table = NULL;
    char *text = malloc(n + 8);
    memset(text, 'x', n + 8);
    memcpy(text, "a\n", 2);
    fp_str exact = {text, n + 2}, over = {text, n + 3};
    ck_assert_int_eq(fp_table_read_text("t.csv", exact, NULL, arena, &table, &err), FP_OK);
    ck_assert_int_eq(fp_table_read_text("t.csv", over, NULL, arena, &table, &err), FP_INPUT);
    expect(&err, "t.csv, line 2, column \"a\": a value is longer than 16777216 bytes (look for a "
                 "quote that is not closed where it should be)");
    fp_arena_destroy(arena);
    free(text);
}
END_TEST

START_TEST(test_too_large)
{
    fp_err err;
    fp_table_options options = fp_table_defaults();
    fp_arena *arena = fp_arena_create(FP_MIB);
    const fp_table *table = NULL;
    options.max_bytes = 7;
    ck_assert_int_eq(
        fp_table_read_text("t.csv", FP_STR("a,b\n1,2\n"), &options, arena, &table, &err), FP_INPUT);
    expect(&err, "t.csv: the text is larger than 7 bytes (split it)");
    ck_assert_int_eq(fp_table_read(FP_TEST_DATA "/table/dutch.csv", &options, arena, &table, &err),
                     FP_INPUT);
    ck_assert_str_eq(err.message, "the file is larger than 7 bytes");
    options.max_bytes = 8;
    ck_assert_int_eq(
        fp_table_read_text("t.csv", FP_STR("a,b\n1,2\n"), &options, arena, &table, &err), FP_OK);
    options.decimal = '\'';
    ck_assert_int_eq(fp_table_read_text("t.csv", FP_STR("a\n1\n"), &options, arena, &table, &err),
                     FP_ARG);
    expect(&err, "the decimal mark is a point or a comma");
    fp_arena_destroy(arena);
}
END_TEST

START_TEST(test_no_file)
{
    fp_err err;
    fp_arena *arena = fp_arena_create(FP_MIB);
    const fp_table *table = NULL;
    ck_assert_int_eq(fp_table_read("no/such.csv", NULL, arena, &table, &err), FP_INPUT);
    expect(&err, "no/such.csv: cannot open: No such file or directory (check the name and the "
                 "folder)");
    ck_assert_int_eq(fp_table_read(FP_TEST_DATA "/table", NULL, arena, &table, &err), FP_INPUT);
    ck_assert_str_eq(err.message, "is a folder, not a file");
    ck_assert_ptr_null(table);
    fp_arena_destroy(arena);
}
END_TEST

START_TEST(test_need)
{
    static const char *const lines[][2] = {
        {"agee", "t.csv: there is no column \"agee\" (did you mean \"age\"?)"},
        {"AGE", "t.csv: there is no column \"AGE\" (did you mean \"age\"?)"},
        {"statu", "t.csv: there is no column \"statu\" (did you mean \"status\"?)"},
        {"satrt", "t.csv: there is no column \"satrt\" (did you mean \"start\"?)"},
        {"coach", "t.csv: there is no column \"coach\" (its columns are age, status, start)"},
        {"", "t.csv: there is no column \"\" (its columns are age, status, start)"},
    };
    fp_err err;
    fp_arena *arena = fp_arena_create(FP_MIB);
    const fp_column *column = NULL;
    const fp_table *t = read_or_die("age,status,start\n1,2,3\n", arena);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        ck_assert_int_eq(fp_table_need(t, lines[i][0], &column, &err), FP_INPUT);
        ck_assert_ptr_null(column);
        expect(&err, lines[i][1]);
    }
    t = read_or_die("c1,c2,c3,c4,c5,c6,c7,c8,c9,c10,c11,c12,c13\n1,2,3,4,5,6,7,8,9,10,11,12,13\n",
                    arena);
    ck_assert_int_eq(fp_table_need(t, "readiness", &column, &err), FP_INPUT);
    expect(&err, "t.csv: there is no column \"readiness\" (its columns are c1, c2, c3, c4, c5, "
                 "c6, c7, c8, c9, c10, ... (13 in all))");
    fp_arena_destroy(arena);
}
END_TEST

START_TEST(test_not_number)
{
    fp_err err;
    fp_arena *arena = fp_arena_create(FP_MIB);
    const fp_table *t = read_or_die("age;w\n40;1,5\n41;2,5\n4O;3.5\n", arena);
    ck_assert_int_eq(fp_table_not_number(t, 0, 2, &err), FP_INPUT);
    expect(&err, "t.csv, line 4, column \"age\": \"4O\" is not a number (correct it, or name it "
                 "as a missing value)");
    ck_assert_int_eq(fp_table_not_number(t, 1, 2, &err), FP_INPUT);
    expect(&err, "t.csv, line 4, column \"w\": \"3.5\" is written with a decimal point, the rest "
                 "of the column with a comma (use one decimal mark in a column)");
    t = read_or_die("w;v\n1.5;1\n2.5;1\n3,5;1\n", arena);
    ck_assert_int_eq(fp_table_not_number(t, 0, 2, &err), FP_INPUT);
    expect(&err, "t.csv, line 4, column \"w\": \"3,5\" is written with a decimal comma, the rest "
                 "of the column with a point (use one decimal mark in a column)");
    fp_arena_destroy(arena);
}
END_TEST

START_TEST(test_make_errors)
{
    fp_err err;
    fp_arena *arena = fp_arena_create(FP_MIB);
    const fp_table *t = NULL;
    const char *const names[] = {"a", "a "};
    const char *const other[] = {"a", NULL};
    const char *const good[] = {"a", "b"};
    const char *const x[] = {"1", "\xe9t\xe9"};
    const char *const *const cells[] = {x, x};
    ck_assert_int_eq(fp_table_make("made", 0, 2, good, cells, arena, &t, &err), FP_INPUT);
    expect(&err, "made: the table has no rows (there is nothing to analyse)");
    ck_assert_int_eq(fp_table_make("made", 2, 0, good, cells, arena, &t, &err), FP_INPUT);
    expect(&err, "made: the table has no columns (there is nothing to analyse)");
    ck_assert_int_eq(fp_table_make("made", 1, 2, names, cells, arena, &t, &err), FP_INPUT);
    expect(&err, "made, line 1, column \"a\": columns 1 and 2 have this name (rename one of the "
                 "two)");
    ck_assert_int_eq(fp_table_make("made", 1, 2, other, cells, arena, &t, &err), FP_INPUT);
    ck_assert_str_eq(err.message, "the column has no name");
    ck_assert_int_eq(fp_table_make("made", 2, 2, good, cells, arena, &t, &err), FP_INPUT);
    expect(&err, "made, line 3, column \"a\": byte E9 after \"\" is not UTF-8 (save the file as "
                 "UTF-8)");
    ck_assert_ptr_null(t);
    ck_assert_uint_eq(fp_arena_used(arena), 0);
    fp_arena_destroy(arena);
}
END_TEST

/* The n-th allocation fails, for n = 1, 2, ... until all goes well: never a crash, and what was
 * there before stays. */
START_TEST(test_allocation)
{
    static const char text[] = "a,b,c,\"d \"\"\"\n1,x,2021-01-01,\"say \"\"hi\"\"\"\nNA,\"y\nz\","
                               "2021-01-02,T\n3,,NA,w\n";
    long failures = 0;
    for (long n = 1;; n++) {
        fp_err err = {0};
        const fp_table *table = NULL;
        fp_arena *arena = fp_arena_create(FP_MIB);
        fp_arena_fail_at(arena, n);
        fp_status status = fp_table_read_text("t.csv", FP_STR(text), NULL, arena, &table, &err);
        if (status == FP_OK) {
            FP_BUF_SCOPED(got, FP_MIB);
            dump_table(table, &got);
            ck_assert_str_eq(got.p, "a number 1 (NA) 3\nb text /x/ /y\nz/ (empty) [x|y\nz]\n"
                                    "c date 2021-01-01 2021-01-02 (NA)\n"
                                    "d \" text /say \"hi\"/ /T/ /w/ [T|say \"hi\"|w]\n");
            fp_arena_destroy(arena);
            break;
        }
        failures++;
        ck_assert_int_eq(status, FP_NOMEM);
        ck_assert_int_eq(err.status, FP_NOMEM);
        ck_assert_ptr_null(table);
        ck_assert_uint_eq(fp_arena_used(arena), 0);
        fp_arena_destroy(arena);
    }
    ck_assert_int_gt(failures, 15);
}
END_TEST

START_TEST(test_allocation_with_levels)
{
    static const char *const order[] = {"y", "x"};
    fp_arena *arena = fp_arena_create(FP_MIB), *own = fp_arena_create(FP_MIB);
    const fp_table *table = read_or_die("a,b\nx,1\ny,2\n", own), *out = NULL;
    long n = 1;
    for (;; n++) {
        fp_arena_fail_at(arena, n);
        fp_status status = fp_table_with_levels(table, 0, 2, order, arena, &out, NULL);
        if (status == FP_OK)
            break;
        ck_assert_int_eq(status, FP_NOMEM);
        ck_assert_ptr_null(out);
    }
    ck_assert_int_gt(n, 4);
    ck_assert_str_eq(fp_table_column(out, 0)->levels[0], "y");
    fp_arena_destroy(arena);
    fp_arena_destroy(own);
}
END_TEST

/* An arena that is too small says so instead of growing. */
START_TEST(test_small_arena)
{
    fp_err err;
    const fp_table *table = NULL;
    FP_BUF_SCOPED(text, FP_MIB);
    fp_buf_put(&text, "x\n");
    for (int i = 0; i < 10000; i++)
        fp_buf_put(&text, "1\n");
    fp_arena *arena = fp_arena_create((size_t)64 * 1024);
    ck_assert_int_eq(fp_table_read_text("t.csv", fp_buf_str(&text), NULL, arena, &table, &err),
                     FP_NOMEM);
    ck_assert_str_eq(err.message, "80000 bytes could not be had within the memory limit");
    fp_arena_destroy(arena);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("table_errors");
    TCase *tc = tcase_create("errors");
    tcase_add_loop_test(tc, test_error, 0, (int)(sizeof cases / sizeof *cases));
    tcase_add_test(tc, test_windows);
    tcase_add_test(tc, test_long_text_in_message);
    tcase_add_test(tc, test_too_many_columns);
    tcase_add_test(tc, test_most_columns);
    tcase_add_test(tc, test_field_too_long);
    tcase_add_test(tc, test_too_large);
    tcase_add_test(tc, test_no_file);
    tcase_add_test(tc, test_need);
    tcase_add_test(tc, test_not_number);
    tcase_add_test(tc, test_make_errors);
    tcase_add_test(tc, test_allocation);
    tcase_add_test(tc, test_allocation_with_levels);
    tcase_add_test(tc, test_small_arena);
    suite_add_tcase(suite, tc);
    return run_suite(suite);
}
