#include <string.h>

#include "base/num.h"
#include "table/table_priv.h"

/* What a value could be. A whole number is a number with either decimal mark. */
enum { POINT = 1, COMMA = 2, LOGICAL = 4, DATE = 8 };

typedef struct {
    ptrdiff_t present;
    ptrdiff_t number; /* with either mark */
    ptrdiff_t point;
    ptrdiff_t comma;
    ptrdiff_t logical;
    ptrdiff_t date;
    ptrdiff_t not_point; /* first row of a present value that is not a number with a point */
    ptrdiff_t not_comma;
} tally;

static fp_missing missing_kind(fp_str value, const char *const *na)
{
    if (value.n == 0)
        return FP_MISSING_EMPTY;
    if (fp_str_is(value, "NA"))
        return FP_MISSING_NA;
    if (fp_str_is(value, "."))
        return FP_MISSING_DOT;
    for (; na && *na; na++)
        if (fp_str_is(value, *na))
            return FP_MISSING_USER;
    return FP_PRESENT;
}

bool fp_table_number(const fp_table *table, fp_cell cell, char decimal, double *value)
{
    if (decimal == ',' && table->separator == ',' && !(cell.bits & FP_CELL_QUOTED))
        return false;
    return fp_num_parse(fp_cell_text(table, cell), decimal, value);
}

static bool logical(fp_str text, double *value)
{
    *value = fp_str_is(text, "TRUE") || fp_str_is(text, "T");
    return *value > 0 || fp_str_is(text, "FALSE") || fp_str_is(text, "F");
}

static unsigned classify(const fp_table *table, fp_cell cell, char decimal, double *value)
{
    fp_str text = fp_cell_text(table, cell);
    fp_day day;
    if (decimal != ',' && fp_table_number(table, cell, '.', value))
        return memchr(text.p, '.', text.n) ? POINT : POINT | COMMA;
    if (decimal != '.' && fp_table_number(table, cell, ',', value))
        return COMMA;
    if (logical(text, value))
        return LOGICAL;
    return fp_day_parse(text, &day) ? DATE : 0;
}

static tally count_kinds(const fp_table *table, ptrdiff_t j, const uint8_t *missing, char decimal,
                         double *number)
{
    tally t = {0, 0, 0, 0, 0, 0, -1, -1};
    for (ptrdiff_t i = 0; i < table->rows; i++) {
        if (missing[i])
            continue;
        unsigned kind = classify(table, fp_table_at(table, i, j), decimal, &number[i]);
        t.present++;
        t.number += (kind & (POINT | COMMA)) != 0;
        t.point += (kind & POINT) != 0;
        t.comma += (kind & COMMA) != 0;
        t.logical += kind == LOGICAL;
        t.date += kind == DATE;
        if (!(kind & POINT) && t.not_point < 0)
            t.not_point = i;
        if (!(kind & COMMA) && t.not_comma < 0)
            t.not_comma = i;
    }
    return t;
}

/* The mark of most numbers; among equals the one that is met first. */
static char common_mark(const tally *t)
{
    if (t->point != t->comma)
        return t->point > t->comma ? '.' : ',';
    return t->not_point >= 0 && t->not_point < t->not_comma ? ',' : '.';
}

static void decide(fp_column *column, const tally *t)
{
    column->decimal = common_mark(t);
    column->stray_row = -1;
    if (t->point == t->present || t->comma == t->present) {
        column->type = FP_COLUMN_NUMBER;
        return;
    }
    if (t->logical == t->present) {
        column->type = FP_COLUMN_LOGICAL;
        return;
    }
    if (t->date == t->present) {
        column->type = FP_COLUMN_DATE;
        return;
    }
    column->type = FP_COLUMN_TEXT;
    column->mostly_numbers = t->number >= t->present - t->present / 10;
    if (column->mostly_numbers)
        column->stray_row = column->decimal == '.' ? t->not_point : t->not_comma;
}

static fp_status fill_missing(const fp_table *table, ptrdiff_t j, const char *const *na,
                              fp_arena *arena, fp_column *column, fp_err *err)
{
    uint8_t *missing;
    FP_ARRAY(missing, arena, table->rows, err);
    for (ptrdiff_t i = 0; i < table->rows; i++) {
        missing[i] = (uint8_t)missing_kind(fp_table_cell(table, i, j), na);
        column->missing_count += missing[i] != FP_PRESENT;
    }
    column->missing = missing;
    return FP_OK;
}

static fp_status fill_days(const fp_table *table, ptrdiff_t j, fp_arena *arena, fp_column *column,
                           fp_err *err)
{
    fp_day *day;
    FP_ARRAY(day, arena, table->rows, err);
    for (ptrdiff_t i = 0; i < table->rows; i++)
        if (column->missing[i] || !fp_day_parse(fp_table_cell(table, i, j), &day[i]))
            day[i] = FP_DAY_NONE;
    column->day = day;
    return FP_OK;
}

fp_status fp_table_type(fp_table *table, ptrdiff_t j, const fp_table_options *options,
                        fp_arena *arena, fp_err *err)
{
    fp_column *column = &table->column[j];
    FP_TRY(fill_missing(table, j, options->na, arena, column, err));
    fp_arena_point before = fp_arena_mark(arena);
    double *number;
    FP_ARRAY(number, arena, table->rows, err);
    tally t = count_kinds(table, j, column->missing, options->decimal, number);
    decide(column, &t);
    if (column->type == FP_COLUMN_NUMBER || column->type == FP_COLUMN_LOGICAL) {
        column->number = number;
        return FP_OK;
    }
    fp_arena_rewind(arena, before);
    if (column->type == FP_COLUMN_DATE)
        return fill_days(table, j, arena, column, err);
    return fp_table_code(table, j, arena, &column->level_count, &column->levels, &column->level,
                         err);
}
