#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/parallel.h"
#include "model/design_priv.h"
#include "stats/sort.h"

static int32_t position(const double *sorted, ptrdiff_t n, double x)
{
    ptrdiff_t low = 0, high = n - 1;
    while (low < high) {
        ptrdiff_t middle = low + (high - low) / 2;
        if (sorted[middle] < x)
            low = middle + 1;
        else
            high = middle;
    }
    return (int32_t)low;
}

/* ---- numbers ---- */

/* A column of few small whole numbers, which most factors are, is coded by a table from the number
 * to its level, in one pass. */
enum { SMALL_LEAST = -1024, SMALL_MOST = 4096, SMALL_ROWS = 8192 };

typedef struct {
    ptrdiff_t n;
    long pieces;
    const double *number;
    int32_t *code;
    int32_t place[SMALL_MOST - SMALL_LEAST + 1]; /* level of a number, -1 none */
    bool strange[64];                            /* a piece holds another number */
} small_pass;

static bool small_whole(double number, int32_t *whole)
{
    if (!(number >= SMALL_LEAST && number <= SMALL_MOST))
        return false;
    *whole = (int32_t)number;
    return !((double)*whole < number || (double)*whole > number);
}

static void code_small(void *context, long i)
{
    small_pass *w = context;
    fp_piece rows = fp_piece_of(w->n, w->pieces, i);
    for (ptrdiff_t k = rows.first; k < rows.last; k++) {
        int32_t whole, place = -1;
        if (small_whole(w->number[k], &whole))
            place = w->place[whole - SMALL_LEAST];
        if (place < 0) {
            w->strange[i] = true;
            return;
        }
        w->code[k] = place;
    }
}

/* Levels from the first rows, codes of all. False where a later row has another number. */
static bool code_by_table(const fp_builder *b, small_pass *w, double *level, ptrdiff_t *count)
{
    int32_t whole, most = SMALL_MOST - SMALL_LEAST + 1;
    for (int32_t k = 0; k < most; k++)
        w->place[k] = -1;
    for (ptrdiff_t i = 0; i < w->n && i < SMALL_ROWS; i++) {
        if (!small_whole(w->number[i], &whole))
            return false;
        w->place[whole - SMALL_LEAST] = 0;
    }
    *count = 0;
    for (int32_t k = 0; k < most; k++)
        if (w->place[k] == 0) {
            level[*count] = k + SMALL_LEAST;
            w->place[k] = (int32_t)(*count)++;
        }
    fp_parallel(b->options->threads, w->pieces, code_small, w);
    for (long i = 0; i < w->pieces; i++)
        if (w->strange[i])
            return false;
    return true;
}

/* Whole numbers that lie close together, as those of persons do: coded by counting. *count 0 where
 * they are not. */
static fp_status code_by_counting(const fp_builder *b, const double *number, int32_t *code,
                                  double **level, ptrdiff_t *count)
{
    enum { RANGE_PER_ROW = 4 };
    double least = number[0], most = number[0];
    bool whole = true;
    int32_t *place, next = 0;
    for (ptrdiff_t i = 0; i < b->n; i++) {
        least = number[i] < least ? number[i] : least;
        most = number[i] > most ? number[i] : most;
        whole = whole && floor(number[i]) >= number[i];
    }
    *count = 0;
    if (!whole || fabs(least) > 1e15 || fabs(most) > 1e15 ||
        most - least >= (double)RANGE_PER_ROW * (double)b->n)
        return FP_OK;
    ptrdiff_t range = (ptrdiff_t)(most - least) + 1;
    FP_ARRAY(place, b->scratch, range, b->err);
    for (ptrdiff_t i = 0; i < b->n; i++)
        place[(ptrdiff_t)(number[i] - least)] = 1;
    for (ptrdiff_t k = 0; k < range; k++)
        *count += place[k];
    FP_ARRAY(*level, b->scratch, *count, b->err);
    for (ptrdiff_t k = 0; k < range; k++)
        if (place[k]) {
            (*level)[next] = least + (double)k;
            place[k] = next++;
        }
    for (ptrdiff_t i = 0; i < b->n; i++)
        code[i] = place[(ptrdiff_t)(number[i] - least)];
    return FP_OK;
}

static fp_status code_by_sorting(const fp_builder *b, const double *number, int32_t *code,
                                 double **level, ptrdiff_t *count)
{
    uint64_t *key;
    double *sorted;
    FP_ARRAY(key, b->scratch, b->n, b->err);
    for (ptrdiff_t i = 0; i < b->n; i++)
        key[i] = fp_sort_key(number[i]);
    FP_TRY(fp_sort_keys(key, NULL, b->n, b->options->threads, b->scratch, b->err));
    *count = 0;
    for (ptrdiff_t i = 0; i < b->n; i++)
        *count += i == 0 || key[i] > key[i - 1];
    FP_ARRAY(sorted, b->scratch, *count, b->err);
    for (ptrdiff_t i = 0, k = 0; i < b->n; i++)
        if (i == 0 || key[i] > key[i - 1])
            sorted[k++] = fp_sort_value(key[i]);
    for (ptrdiff_t i = 0; i < b->n; i++)
        code[i] = position(sorted, *count, number[i]);
    *level = sorted;
    return FP_OK;
}

/* As fp_num_shortest, whose exponents only numbers with five zeros at the end have. */
static void write_level(double number, char text[40])
{
    int64_t whole = number >= 0 && number < 1e15 ? (int64_t)number : 0;
    if ((double)whole < number || whole % 100000 == 0) {
        fp_num_shortest(number, 15, text);
        return;
    }
    char digits[24];
    int n = 0, k = 0;
    for (; whole > 0; whole /= 10)
        digits[n++] = (char)('0' + whole % 10);
    while (n > 0)
        text[k++] = digits[--n];
    text[k] = '\0';
}

/* Distinct numbers in numeric order, written as R writes them; TRUE and FALSE as such. */
static fp_status number_levels(const fp_builder *b, const fp_value *value, fp_value *out)
{
    static const char *const truth[] = {"FALSE", "TRUE"};
    int32_t *code;
    small_pass *w;
    double *number;
    ptrdiff_t count;
    FP_ARRAY(code, b->scratch, b->n, b->err);
    FP_ARRAY(number, b->scratch, SMALL_MOST - SMALL_LEAST + 1, b->err);
    FP_ARRAY(w, b->scratch, 1, b->err);
    *w = (small_pass){.n = b->n, .pieces = fp_pieces(b->n), .number = value->number, .code = code};
    if (!code_by_table(b, w, number, &count)) {
        FP_TRY(code_by_counting(b, value->number, code, &number, &count));
        if (count == 0)
            FP_TRY(code_by_sorting(b, value->number, code, &number, &count));
    }
    const char **level;
    FP_ARRAY(level, b->scratch, count, b->err);
    for (ptrdiff_t k = 0; k < count; k++) {
        char text[40];
        write_level(number[k], text);
        level[k] = value->kind == FP_VALUE_LOGICAL ? truth[number[k] > 0]
                                                   : fp_arena_strdup(b->scratch, text, b->err);
        if (!level[k])
            return FP_NOMEM;
    }
    *out = (fp_value){
        .kind = FP_VALUE_FACTOR, .code = code, .levels = count, .level = level, .made = true};
    return FP_OK;
}

/* ---- texts ---- */

/* Leave out the levels without rows. */
static fp_status drop_levels(const fp_builder *b, const fp_value *value, fp_value *out)
{
    int32_t *code, *place;
    const char **level;
    ptrdiff_t count = 0;
    FP_ARRAY(place, b->scratch, value->levels, b->err);
    FP_ARRAY(level, b->scratch, value->levels, b->err);
    FP_ARRAY(code, b->scratch, b->n, b->err);
    for (ptrdiff_t i = 0; i < b->n; i++)
        place[value->code[i]] = 1;
    for (ptrdiff_t k = 0; k < value->levels; k++) {
        if (!place[k])
            continue;
        level[count] = value->level[k];
        place[k] = (int32_t)count++;
    }
    for (ptrdiff_t i = 0; i < b->n; i++)
        code[i] = place[value->code[i]];
    *out = *value;
    out->code = code;
    out->levels = count;
    out->level = level;
    out->made = true;
    return FP_OK;
}

fp_status fp_value_levels(const fp_builder *b, const fp_value *value, fp_value *out)
{
    return value->kind == FP_VALUE_FACTOR ? drop_levels(b, value, out)
                                          : number_levels(b, value, out);
}

fp_status fp_value_factor(const fp_builder *b, const fp_node *node, fp_value *out)
{
    const fp_node *inside = fp_node_inside(node);
    fp_value value = {.kind = FP_VALUE_FACTOR};
    ptrdiff_t j;
    if (inside->kind != FP_NODE_NAME) {
        FP_TRY(fp_value_eval(b, node, &value));
        return fp_value_levels(b, &value, out);
    }
    FP_TRY(fp_node_column(b, inside, &j));
    fp_column_type type = fp_table_column(b->table, j)->type;
    if (type == FP_COLUMN_NUMBER || type == FP_COLUMN_LOGICAL) {
        FP_TRY(fp_value_eval(b, inside, &value));
        return fp_value_levels(b, &value, out);
    }
    const int32_t *level;
    int32_t *code;
    FP_TRY(fp_table_levels(b->table, j, b->scratch, &value.levels, &value.level, &level, b->err));
    if (!b->row) { /* every level of the table has a row */
        value.code = level;
        value.made = true;
        *out = value;
        return FP_OK;
    }
    FP_ARRAY(code, b->scratch, b->n, b->err);
    for (ptrdiff_t i = 0; i < b->n; i++)
        code[i] = level[b->row[i]];
    value.code = code;
    return drop_levels(b, &value, out);
}
