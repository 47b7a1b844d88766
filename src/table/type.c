#include "table/type_priv.h"

#include <string.h>

#include "base/num.h"

fp_missing fp_missing_kind(fp_str text, const char *const *na)
{
    if (text.n == 0)
        return FP_MISSING_EMPTY;
    if (fp_str_is(text, "NA"))
        return FP_MISSING_NA;
    if (fp_str_is(text, "."))
        return FP_MISSING_DOT;
    for (; na && *na; na++)
        if (fp_str_is(text, *na))
            return FP_MISSING_USER;
    return FP_PRESENT;
}

bool fp_table_number(const fp_table *table, fp_value value, char decimal, double *number)
{
    if (decimal == ',' && table->separator == ',' && !value.quoted)
        return false;
    return fp_num_parse((fp_str){value.p, value.n}, decimal, number);
}

bool fp_logical(fp_str text, double *value)
{
    *value = fp_str_is(text, "TRUE") || fp_str_is(text, "T");
    return *value > 0 || fp_str_is(text, "FALSE") || fp_str_is(text, "F");
}

unsigned fp_value_kind(const fp_table *table, fp_value value, char decimal)
{
    fp_str text = {value.p, value.n};
    double number;
    fp_day day;
    if (decimal != ',' && fp_table_number(table, value, '.', &number))
        return memchr(text.p, '.', text.n) ? FP_KIND_POINT : FP_KIND_POINT | FP_KIND_COMMA;
    if (decimal != '.' && fp_table_number(table, value, ',', &number))
        return FP_KIND_COMMA;
    if (fp_logical(text, &number))
        return FP_KIND_LOGICAL;
    return fp_day_parse(text, &day) ? FP_KIND_DATE : 0;
}

fp_tally fp_tally_none(void)
{
    return (fp_tally){.not_point = -1, .not_comma = -1};
}

static ptrdiff_t first_of(ptrdiff_t a, ptrdiff_t b)
{
    return a < 0 || (b >= 0 && b < a) ? b : a;
}

void fp_tally_count(fp_tally *t, unsigned kind, ptrdiff_t row)
{
    t->present++;
    t->number += (kind & (FP_KIND_POINT | FP_KIND_COMMA)) != 0;
    t->point += (kind & FP_KIND_POINT) != 0;
    t->comma += (kind & FP_KIND_COMMA) != 0;
    t->logical += kind == FP_KIND_LOGICAL;
    t->date += kind == FP_KIND_DATE;
    if (!(kind & FP_KIND_POINT))
        t->not_point = first_of(t->not_point, row);
    if (!(kind & FP_KIND_COMMA))
        t->not_comma = first_of(t->not_comma, row);
}

void fp_tally_add(fp_tally *t, const fp_tally *more)
{
    t->present += more->present;
    t->number += more->number;
    t->point += more->point;
    t->comma += more->comma;
    t->logical += more->logical;
    t->date += more->date;
    t->not_point = first_of(t->not_point, more->not_point);
    t->not_comma = first_of(t->not_comma, more->not_comma);
}

/* The mark of most numbers; among equals the one that is met first. */
static char common_mark(const fp_tally *t)
{
    if (t->point != t->comma)
        return t->point > t->comma ? '.' : ',';
    return t->not_point >= 0 && t->not_point < t->not_comma ? ',' : '.';
}

void fp_tally_decide(const fp_tally *t, fp_column *column)
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
