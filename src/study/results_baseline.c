/* Who took part: baseline by arm and by margin, at the level of people and of coaches. No p-values:
 * standardised differences beside their 95% range under re-allocation. */
#include "study/results_priv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One line of a table: a number a person (a numeric column, or 0/1 for a level), NaN missing. */
typedef struct {
    const fp_baseline_row *row;
    const double *value; /* a person or a coach */
    ptrdiff_t n;
    bool of_coaches;
} line;

static const char *prefix_of(const line *l)
{
    return l->of_coaches ? "coaches" : "baseline";
}

static bool has(const fp_build *b, const line *l, const fp_group *group, ptrdiff_t i)
{
    return l->of_coaches ? fp_group_has_coach(b, group, i) : fp_group_has(b, group, i);
}

typedef struct {
    double n, sum, squares, missing;
} moments;

static moments moments_of(const line *l, const bool *in)
{
    moments m = {0};
    for (ptrdiff_t i = 0; i < l->n; i++) {
        if (!in[i])
            continue;
        if (isnan(l->value[i]))
            m.missing++;
        else {
            m.n++;
            m.sum += l->value[i];
        }
    }
    double mean = m.n > 0 ? m.sum / m.n : 0;
    for (ptrdiff_t i = 0; i < l->n; i++)
        if (in[i] && !isnan(l->value[i]))
            m.squares += (l->value[i] - mean) * (l->value[i] - mean);
    return m;
}

static double mean_of(moments m)
{
    return m.n > 0 ? m.sum / m.n : FP_NUM_NAN;
}

static double variance_of(moments m, bool is_share)
{
    if (is_share)
        return mean_of(m) * (1 - mean_of(m));
    return m.n > 1 ? m.squares / (m.n - 1) : FP_NUM_NAN;
}

static fp_status group_facts(fp_build *b, const line *l, const fp_group *group, const bool *in,
                             fp_err *err)
{
    moments m = moments_of(l, in);
    const char *prefix = prefix_of(l);
    fp_scope scope = {.group = *group, .set = l->of_coaches ? FP_SET_COACHES : FP_SET_PEOPLE};
    if (l->row->level) {
        FP_TRY(fp_build_fact(b, FP_FACT_COUNT, m.sum, &scope, NULL, "how many", err,
                             "%s.%s.%s.count", prefix, l->row->key, group->key));
        FP_TRY(fp_build_fact(b, FP_FACT_SHARE, mean_of(m), &scope, NULL,
                             "share of those for whom it is known", err, "%s.%s.%s.share", prefix,
                             l->row->key, group->key));
    } else {
        FP_TRY(fp_build_fact(b, FP_FACT_NUMBER, mean_of(m), &scope, NULL, "mean", err,
                             "%s.%s.%s.mean", prefix, l->row->key, group->key));
        FP_TRY(fp_build_fact(b, FP_FACT_NUMBER, sqrt(variance_of(m, false)), &scope, NULL,
                             "standard deviation", err, "%s.%s.%s.sd", prefix, l->row->key,
                             group->key));
    }
    if (!l->row->first)
        return FP_OK;
    return fp_build_fact(b, FP_FACT_COUNT, m.missing, &scope, NULL, "not known", err,
                         "%s.%s.%s.missing", prefix, l->row->column, group->key);
}

/* Coaches that have an arm, and the sum and number of what is known of their people. */
typedef struct {
    ptrdiff_t n;
    double *sum, *count;
    int32_t *treated, *fixed; /* fixed NULL = one factor */
} drawn;

static fp_status drawn_coaches(fp_build *b, const line *l, ptrdiff_t factor, fp_arena *scratch,
                               drawn *d, fp_err *err)
{
    const fp_study_data *data = b->data;
    ptrdiff_t *place, stride = 1;
    for (ptrdiff_t f = 0; f < factor; f++)
        stride *= b->plan->factors[f].level_count;
    *d = (drawn){0};
    FP_ARRAY(place, scratch, data->coach_count, err);
    FP_ARRAY(d->sum, scratch, data->coach_count, err);
    FP_ARRAY(d->count, scratch, data->coach_count, err);
    FP_ARRAY(d->treated, scratch, data->coach_count, err);
    if (b->plan->factor_count > 1)
        FP_ARRAY(d->fixed, scratch, data->coach_count, err);
    for (ptrdiff_t c = 0; c < data->coach_count; c++) {
        place[c] = data->coaches[c].arm < 0 ? -1 : d->n++;
        if (place[c] < 0)
            continue;
        d->treated[place[c]] = data->coaches[c].level[factor];
        if (d->fixed)
            d->fixed[place[c]] =
                (int32_t)(data->coaches[c].arm - stride * data->coaches[c].level[factor]);
    }
    for (ptrdiff_t i = 0; i < l->n; i++) {
        ptrdiff_t c = l->of_coaches ? i : data->people[i].coach;
        if (isnan(l->value[i]) || c < 0 || place[c] < 0)
            continue;
        d->sum[place[c]] += l->value[i];
        d->count[place[c]]++;
    }
    return FP_OK;
}

/* Undefined where there is nothing to draw anew, and with more coaches than can be drawn. */
static fp_status allocation_range(fp_build *b, const line *l, ptrdiff_t factor, double *low,
                                  double *high, fp_err *err)
{
    drawn d;
    ptrdiff_t treated = 0;
    FP_ARENA_SCOPED(scratch, 256 * FP_MIB, err);
    FP_TRY(drawn_coaches(b, l, factor, scratch, &d, err));
    for (ptrdiff_t c = 0; c < d.n; c++) {
        treated += d.treated[c] != 0;
        if (!isfinite(d.sum[c])) /* of numbers near the largest there are */
            return FP_OK;
    }
    if (d.n < 2 || d.n > FP_MOST_PERMUTED || treated == 0 || treated == d.n)
        return FP_OK;
    fp_permutation_options options = fp_permutation_defaults();
    options.seed = b->options->seed;
    options.threads = b->options->threads;
    options.progress = b->options->progress;
    options.samples = 10000;
    if (b->drawn && d.n == b->drawn->units)
        options.rule = b->drawn->rule;
    return fp_permutation_range(d.n, 1, d.sum, d.count, d.treated, d.fixed, &options, low, high,
                                scratch, err);
}

/* Standardised difference: (m1 - m0) / sqrt((v1 + v0) / 2); Austin 2009, doi 10.1002/sim.3697. */
static fp_status margin_facts(fp_build *b, const line *l, ptrdiff_t factor, bool *in, fp_err *err)
{
    moments m[2];
    for (int level = 0; level < 2; level++) {
        fp_group group = {.arm = -1, .factor = factor, .level = level};
        for (ptrdiff_t i = 0; i < l->n; i++)
            in[i] = has(b, l, &group, i);
        m[level] = moments_of(l, in);
    }
    bool is_share = l->row->level != NULL;
    double scale = sqrt((variance_of(m[0], is_share) + variance_of(m[1], is_share)) / 2);
    double difference = (mean_of(m[1]) - mean_of(m[0])) / scale, low = FP_NUM_NAN,
           high = FP_NUM_NAN;
    if (!(scale > 0))
        difference = FP_NUM_NAN;
    else if (b->randomised) {
        FP_TRY(allocation_range(b, l, factor, &low, &high, err));
        low /= scale;
        high /= scale;
    }
    fp_scope scope = {.group = fp_group_total(),
                      .set = l->of_coaches ? FP_SET_COACHES : FP_SET_PEOPLE};
    const char *name = b->plan->factors[factor].name, *key = l->row->key;
    FP_TRY(fp_build_fact(b, FP_FACT_RATIO, difference, &scope, NULL, "standardised difference", err,
                         "%s.%s.%s.smd", prefix_of(l), key, name));
    FP_TRY(fp_build_fact(b, FP_FACT_RATIO, low, &scope, NULL,
                         "lower end of its 95% range under re-allocation", err, "%s.%s.%s.smd_low",
                         prefix_of(l), key, name));
    return fp_build_fact(b, FP_FACT_RATIO, high, &scope, NULL,
                         "upper end of its 95% range under re-allocation", err, "%s.%s.%s.smd_high",
                         prefix_of(l), key, name);
}

/* A line by group, and its standardised difference at each margin. Where the coaches were not drawn
 * by lot they have no arm: then only their total is known. */
static fp_status line_facts(fp_build *b, const line *l, fp_err *err)
{
    bool *in;
    FP_ARRAY(in, b->arena, l->n, err);
    bool by_arm = !l->of_coaches || b->plan->kind == FP_DESIGN_CLUSTER_RANDOMISED;
    for (ptrdiff_t g = 0; g < (by_arm ? b->out->group_count : 1); g++) {
        const fp_group *group = &b->out->groups[g];
        for (ptrdiff_t i = 0; i < l->n; i++)
            in[i] = has(b, l, group, i);
        FP_TRY(group_facts(b, l, group, in, err));
    }
    for (ptrdiff_t f = 0; by_arm && f < b->plan->factor_count; f++)
        if (b->plan->factors[f].level_count == 2)
            FP_TRY(margin_facts(b, l, f, in, err));
    return FP_OK;
}

/* Lines of one carried column: one for a number, one a level for a text; a text column with more
 * than 12 levels (an id, free text) is left out. */
typedef struct {
    fp_baseline_row *rows;
    ptrdiff_t count, room;
} row_list;

static fp_status add_row(fp_build *b, row_list *list, fp_baseline_row row, fp_err *err)
{
    if (list->count == list->room) {
        ptrdiff_t room = list->room ? 2 * list->room : 64;
        fp_baseline_row *rows;
        FP_ARRAY(rows, b->arena, room, err);
        if (list->count)
            memcpy(rows, list->rows, (size_t)list->count * sizeof *rows);
        list->rows = rows;
        list->room = room;
    }
    list->rows[list->count++] = row;
    return FP_OK;
}

enum { MOST_LEVELS = 12 };

static fp_status not_shown(fp_build *b, const fp_table *table, const fp_column *column,
                           ptrdiff_t count, fp_err *err)
{
    if (column->mostly_numbers) {
        fp_str stray = fp_table_cell(table, column->stray_row, fp_table_find(table, column->name));
        return fp_build_note(b, "baseline", err,
                             "the column \"%.80s\" is left out: \"%.*s\" is not a number",
                             column->name, stray.n > 80 ? 80 : (int)stray.n, stray.p);
    }
    if (count == 0)
        return fp_build_note(b, "baseline", err, "the column \"%.80s\" is left out: it is empty",
                             column->name);
    return fp_build_note(b, "baseline", err,
                         "the column \"%.80s\" is left out: %td different values, of which a table "
                         "shows at most %d",
                         column->name, count, MOST_LEVELS);
}

static fp_status level_lines(fp_build *b, const fp_table *table, ptrdiff_t j, double *value,
                             row_list *list, bool of_coaches, fp_err *err)
{
    const fp_column *column = fp_table_column(table, j);
    ptrdiff_t count, n = fp_table_rows(table);
    const char *const *levels;
    const int32_t *level;
    FP_TRY(fp_table_levels(table, j, b->arena, &count, &levels, &level, err));
    if (count > MOST_LEVELS)
        return not_shown(b, table, column, count, err);
    for (ptrdiff_t k = 0; k < count; k++) {
        char *key = fp_arena_printf(b->arena, err, "%s=%s", column->name, levels[k]);
        if (!key)
            return FP_NOMEM;
        for (ptrdiff_t i = 0; i < n; i++)
            value[i] = level[i] < 0 ? FP_NUM_NAN : level[i] == k;
        FP_TRY(add_row(b, list, (fp_baseline_row){column->name, levels[k], key, k == 0}, err));
        line l = {&list->rows[list->count - 1], value, n, of_coaches};
        FP_TRY(line_facts(b, &l, err));
    }
    return FP_OK;
}

static fp_status column_lines(fp_build *b, const fp_table *table, const char *name, row_list *list,
                              bool of_coaches, fp_err *err)
{
    ptrdiff_t j = fp_table_find(table, name), n = fp_table_rows(table);
    const fp_column *column = fp_table_column(table, j);
    double *value;
    FP_ARRAY(value, b->arena, n, err);
    if (column->missing_count == n)
        return not_shown(b, table, column, 0, err);
    if (column->type == FP_COLUMN_NUMBER) {
        for (ptrdiff_t i = 0; i < n; i++)
            value[i] = column->missing[i] ? FP_NUM_NAN : column->number[i];
        FP_TRY(add_row(b, list, (fp_baseline_row){name, NULL, name, true}, err));
        line l = {&list->rows[list->count - 1], value, n, of_coaches};
        return line_facts(b, &l, err);
    }
    return level_lines(b, table, j, value, list, of_coaches, err);
}

/* The coaches as a table of their own, to type their columns. */
static fp_status coach_table(fp_build *b, const fp_table **table, fp_err *err)
{
    const fp_source *source = &b->data->sources[FP_SOURCE_COACHES];
    ptrdiff_t n = b->plan->coaches.column_count;
    const char *const **cells;
    FP_ARRAY(cells, b->arena, n, err);
    for (ptrdiff_t c = 0; c < n; c++) {
        const char **column;
        FP_ARRAY(column, b->arena, b->data->coach_count, err);
        for (ptrdiff_t i = 0; i < b->data->coach_count; i++)
            column[i] = fp_coach_value(b->data, i, b->plan->coaches.columns[c]);
        cells[c] = (const char *const *)column;
    }
    return fp_table_make(source->file, b->data->coach_count, n, b->plan->coaches.columns,
                         (const char *const *const *)cells, b->arena, table, err);
}

static bool skip_column(const fp_build *b, const char *name)
{
    return fp_factor_index(b->plan, name) >= 0 ||
           (b->plan->cluster && strcmp(name, b->plan->cluster) == 0);
}

fp_status fp_build_baseline(fp_build *b, fp_err *err)
{
    row_list people = {0}, coaches = {0};
    for (ptrdiff_t c = 0; b->everybody && c < b->plan->people.column_count; c++)
        if (!skip_column(b, b->plan->people.columns[c]))
            FP_TRY(column_lines(b, b->everybody, b->plan->people.columns[c], &people, false, err));
    if (b->data->coach_count && b->data->sources[FP_SOURCE_COACHES].file &&
        b->plan->coaches.column_count) {
        const fp_table *table;
        FP_TRY(coach_table(b, &table, err));
        for (ptrdiff_t c = 0; c < b->plan->coaches.column_count; c++)
            if (!skip_column(b, b->plan->coaches.columns[c]))
                FP_TRY(column_lines(b, table, b->plan->coaches.columns[c], &coaches, true, err));
    }
    b->out->people_rows = people.rows;
    b->out->people_row_count = people.count;
    b->out->coach_rows = coaches.rows;
    b->out->coach_row_count = coaches.count;
    return FP_OK;
}
