#include "store/sample.h"

#include <string.h>

#define CK_FLOATING_DIG 17
#include <check.h>

#include "base/hash.h"

static const char *const people_columns[] = {"coach", "sex", "age", "\u20ac month"};
static const char *const coach_columns[] = {"ips", "pa"};
static const char *const episode_columns[] = {"note"};

void sample_protocol(fp_protocol *protocol)
{
    *protocol = (fp_protocol){
        .path = "study.yaml",
        .id = "sample",
        .coaches = {.file = "data/coaches.csv",
                    .id = "coach",
                    .column_count = 2,
                    .columns = coach_columns},
        .people = {.file = "data/people.csv",
                   .id = "person",
                   .start = "start_date",
                   .end = "register_end",
                   .column_count = 4,
                   .columns = people_columns},
        .episodes = {.file = "data/episodes.csv",
                     .person = "person",
                     .start = "start",
                     .end = "end",
                     .hours = "hours_per_week",
                     .kind = "kind",
                     .column_count = 1,
                     .columns = episode_columns},
    };
}

static void *taken(fp_arena *arena, ptrdiff_t count, size_t size)
{
    void *p = fp_arena_array(arena, count, size, NULL);
    ck_assert_ptr_nonnull(p);
    return p;
}

void sample_people(fp_source *source, ptrdiff_t rows, int version, fp_arena *arena)
{
    static const char *const names[] = {"person", "start_date", "register_end", "coach",
                                        "sex",    "age",        "\u20ac month"};
    enum { COLUMNS = sizeof names / sizeof *names };
    char text[32];
    const char ***cells = taken(arena, COLUMNS, sizeof *cells);
    char *pack = taken(arena, rows * 32, 1), *said = taken(arena, 64, 1);
    long *line = taken(arena, rows, sizeof *line);
    for (int j = 0; j < COLUMNS; j++)
        cells[j] = taken(arena, rows, sizeof **cells);
    (void)snprintf(said, 64, "v%d", version);
    for (ptrdiff_t i = 0; i < rows; i++, pack += 32) {
        (void)snprintf(pack, 32, "p%td", i + 1);
        line[i] = (long)i + 2;
        cells[0][i] = pack;
        cells[1][i] = "2021-03-01";
        cells[2][i] = i % 3 ? "2022-03-01" : "";
        cells[3][i] = said;
        cells[4][i] = i % 2 ? "f" : "m";
        cells[5][i] = "34";
        cells[6][i] = "1,200";
    }
    (void)snprintf(text, sizeof text, "people %d", version);
    char *sum = taken(arena, 65, 1);
    memcpy(sum, fp_sha256_of(fp_str_of(text)).hex, 65);
    *source = (fp_source){.kind = FP_SOURCE_PEOPLE,
                          .file = "data/people.csv",
                          .sha256 = sum,
                          .rows = rows,
                          .column_count = COLUMNS,
                          .names = names,
                          .cells = (const char *const *const *)cells,
                          .line = line};
}

void sample_episodes(fp_source *source)
{
    static const char *const names[] = {"person", "start", "end", "hours_per_week", "kind", "note"};
    static const char *const person[] = {"p1", "p1", "no \"one\""};
    static const char *const start[] = {"2021-04-01", "2021-02-30", ""};
    static const char *const end[] = {"", "2021-05-01", "\t"};
    static const char *const hours[] = {"24", "0.5", "veel"};
    static const char *const kind[] = {"regular", "trial placement", "gesubsidieerd/\\"};
    static const char *const note[] = {"", "line one\r\nline two", "\u00e9\U0001f600\x01\x7f"};
    static const char *const *const cells[] = {person, start, end, hours, kind, note};
    static const long line[] = {2, 3, 5};
    *source = (fp_source){.kind = FP_SOURCE_EPISODES,
                          .file = "data/episodes.csv",
                          .sha256 = "00000000000000000000000000000000"
                                    "0000000000000000000000000000000e",
                          .rows = 3,
                          .column_count = 6,
                          .names = names,
                          .cells = cells,
                          .line = line};
}

void sample_coaches(fp_source *source)
{
    static const char *const names[] = {"coach", "ips", "pa"};
    static const char *const id[] = {"c1", "c2"};
    static const char *const ips[] = {"with", "without"};
    static const char *const pa[] = {"without", "with"};
    static const char *const *const cells[] = {id, ips, pa};
    static const long line[] = {2, 3};
    *source = (fp_source){.kind = FP_SOURCE_COACHES,
                          .file = "data/coaches.csv",
                          .sha256 = "00000000000000000000000000000000"
                                    "0000000000000000000000000000000c",
                          .rows = 2,
                          .column_count = 3,
                          .names = names,
                          .cells = cells,
                          .line = line};
}

void sample_same(const fp_source *a, const fp_source *b)
{
    ck_assert_int_eq(a->kind, b->kind);
    ck_assert_str_eq(a->file, b->file);
    ck_assert_str_eq(a->sha256, b->sha256);
    ck_assert_int_eq(a->rows, b->rows);
    ck_assert_int_eq(a->column_count, b->column_count);
    for (ptrdiff_t j = 0; j < a->column_count; j++) {
        ck_assert_str_eq(a->names[j], b->names[j]);
        for (ptrdiff_t i = 0; i < a->rows; i++)
            if (strcmp(a->cells[j][i], b->cells[j][i]) != 0)
                ck_abort_msg("column %s, row %td: \"%s\" is not \"%s\"", a->names[j], i,
                             a->cells[j][i], b->cells[j][i]);
    }
    for (ptrdiff_t i = 0; i < a->rows; i++)
        ck_assert_int_eq(a->line[i], b->line[i]);
}

fp_status sample_import(fp_ledger *ledger, const fp_protocol *protocol, const fp_source *source,
                        fp_err *err)
{
    fp_import_outcome outcome;
    int64_t id;
    return fp_store_import(ledger, protocol, source, "analyst", "", &outcome, &id, err);
}
