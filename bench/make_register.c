/* Makes a SYNTHETIC register study of any size, to measure with: make_register FOLDER PEOPLE SPELLS
 * [COACHES [SEED]]
 *
 * Nobody in it exists. The same arguments give the same bytes. The spells come as registers deliver
 * them: ten yearly deliveries, each roughly in the order of the people, so that the rows of one
 * person lie far apart; with overlaps, gaps, open ends, and about two rows in a hundred that the
 * repairs of the rule set aside (people who are not in the study, rows twice, reversed dates, hours
 * missing, zero or above 80). */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/file.h"
#include "base/num.h"
#include "base/rng.h"

enum {
    DELIVERIES = 10,
    FIRST_YEAR = 2013,
    FOLLOWED = 350 + 28, /* days that the register covers at least, unless one died */
    TWICE = 250,
    STRANGER = 600, /* one row in so many */
    REVERSED = 400,
    NO_HOURS = 200,
    ABSURD_HOURS = 900,
    OPEN = 12,
};

typedef struct {
    const char *folder;
    int64_t people, spells, coaches, seed;
} plan;

static int32_t below(fp_rng *rng, int64_t n)
{
    return (int32_t)fp_rng_below(rng, (uint32_t)n);
}

static fp_day new_year(int year)
{
    fp_day day = 0;
    (void)fp_day_of(year, 1, 1, &day);
    return day;
}

/* ---- writing ------------------------------------------------------------------------------- */

static FILE *create(const plan *p, const char *name)
{
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/%s", p->folder, name);
    FILE *file = fopen(path, "w");
    if (!file)
        (void)fprintf(stderr, "make_register: %s: %s\n", path, strerror(errno));
    return file;
}

static bool finish(FILE *file)
{
    bool good = !ferror(file);
    return fclose(file) == 0 && good;
}

static const char *day_text(fp_day day, char out[16])
{
    fp_day_format(day, out);
    return out;
}

static bool write_protocol(const plan *p)
{
    FILE *file = create(p, "study.yaml");
    if (!file)
        return false;
    (void)fputs(
        "# A SYNTHETIC study made by bench/make_register to measure with. Nobody in it exists.\n"
        "study: { id: register, title: \"Synthetic register, for measuring\" }\n"
        "design:\n"
        "  kind: cluster-randomised\n"
        "  factors: { ips: [without, with], pa: [without, with] }\n"
        "  cluster: coach\n"
        "sources:\n"
        "  coaches: { file: data/coaches.csv, id: coach, columns: [ips, pa] }\n"
        "  people: { file: data/people.csv, id: person, start: start_date, end: register_end, "
        "end_reason: end_reason, columns: [coach, readiness, age, sex] }\n"
        "  episodes: { file: data/episodes.csv, person: person, start: start, end: end, "
        "hours: hours_per_week, kind: kind }\n"
        "outcomes:\n"
        "  - id: sustained_work\n"
        "    kind: time-to-event\n"
        "    rule: { min_days: 28, min_hours_per_week: 12, concurrent: sum, gap_days: 0, "
        "kinds: [regular, subsidised], date: first-day, at_start: exclude }\n"
        "    follow_up: 350d\n"
        "    competing: [died]\n"
        "analysis:\n"
        "  - { id: primary_ips, role: primary, outcome: sustained_work, model: cox, "
        "formula: \"~ ips + pa\", effect: ips }\n",
        file);
    return finish(file);
}

static bool write_coaches(const plan *p)
{
    FILE *file = create(p, "data/coaches.csv");
    if (!file)
        return false;
    (void)fputs("coach,ips,pa\n", file);
    for (int64_t i = 0; i < p->coaches; i++)
        (void)fprintf(file, "k%05lld,%s,%s\n", (long long)i, i % 2 ? "with" : "without",
                      i / 2 % 2 ? "with" : "without");
    return finish(file);
}

static bool write_people(const plan *p)
{
    FILE *file = create(p, "data/people.csv");
    if (!file)
        return false;
    (void)fputs("person,coach,start_date,register_end,end_reason,readiness,age,sex\n", file);
    for (int64_t i = 0; i < p->people; i++) {
        char from[16], to[16];
        fp_rng rng;
        fp_rng_init(&rng, (uint64_t)p->seed, FP_RNG_EXAMPLE, (uint64_t)i);
        fp_day start = new_year(FIRST_YEAR + 1) + below(&rng, (DELIVERIES - 3) * 365);
        bool died = below(&rng, 100) == 0, moved = !died && below(&rng, 50) == 0;
        fp_day end = start + (died || moved ? below(&rng, FOLLOWED) : FOLLOWED + below(&rng, 400));
        int32_t coach = below(&rng, p->coaches), ready = below(&rng, 2), age = 20 + below(&rng, 46);
        (void)fprintf(file, "p%07lld,k%05d,%s,%s,%s,%s,%d,%s\n", (long long)i, coach,
                      day_text(start, from), day_text(end, to),
                      died    ? "died"
                      : moved ? "moved"
                              : "end-of-register",
                      ready ? "ready" : "not-ready", age, below(&rng, 2) ? "female" : "male");
    }
    return finish(file);
}

/* ---- spells -------------------------------------------------------------------------------- */

static const char *hours_of(fp_rng *rng)
{
    static const char *const usual[] = {"4",  "8",  "10", "12", "16",   "18",   "20",   "24",
                                        "24", "28", "32", "36", "11.5", "25.5", "37.5", "40"};
    static const char *const none[] = {"", "0", "NA"};
    if (below(rng, NO_HOURS) == 0)
        return none[below(rng, 3)];
    return below(rng, ABSURD_HOURS) == 0 ? "168" : usual[below(rng, 16)];
}

static const char *kind_of(fp_rng *rng)
{
    static const char *const kinds[] = {"regular",    "regular",    "regular",   "regular",
                                        "subsidised", "subsidised", "volunteer", "internship"};
    return kinds[below(rng, 8)];
}

/* One row without its line end, in the year of its delivery. */
static void make_spell(fp_rng *rng, int64_t person, int delivery, char out[128])
{
    char from[16], to[16] = "";
    fp_day start = new_year(FIRST_YEAR + delivery) + below(rng, 365);
    fp_day last = start + (below(rng, 3) ? below(rng, 60) : 20 + below(rng, 300));
    if (below(rng, REVERSED) == 0)
        last = start - 1 - below(rng, 90);
    if (below(rng, OPEN) != 0)
        fp_day_format(last, to);
    const char *hours = hours_of(rng), *kind = kind_of(rng);
    const char *letter = below(rng, STRANGER) == 0 ? "x" : "p";
    (void)snprintf(out, 128, "%s%07lld,%s,%s,%s,%s", letter, (long long)person,
                   day_text(start, from), to, hours, kind);
}

static bool write_spells(const plan *p)
{
    FILE *file = create(p, "data/episodes.csv");
    if (!file)
        return false;
    (void)fputs("person,start,end,hours_per_week,kind\n", file);
    char row[128] = "";
    fp_rng rng;
    fp_rng_init(&rng, (uint64_t)p->seed, FP_RNG_EXAMPLE, (uint64_t)p->people);
    for (int64_t i = 0; i < p->spells; i++) {
        int delivery = (int)(i * DELIVERIES / p->spells);
        double along = (double)i * DELIVERIES / (double)p->spells - delivery;
        int64_t person = (int64_t)(along * (double)p->people) + below(&rng, 7) - 3;
        person = person < 0 ? 0 : person >= p->people ? p->people - 1 : person;
        if (i == 0 || below(&rng, TWICE) != 0)
            make_spell(&rng, person, delivery, row);
        (void)fprintf(file, "%s\n", row);
    }
    return finish(file);
}

/* ---- words --------------------------------------------------------------------------------- */

static bool number(const char *text, int64_t least, int64_t *out)
{
    return fp_int_parse(fp_str_of(text), least, 1000000000, out);
}

int main(int argc, char **argv)
{
    plan p = {.coaches = 2000, .seed = 1};
    char data[4096];
    fp_err err;
    if (argc < 4 || argc > 6 || !number(argv[2], 1, &p.people) || !number(argv[3], 1, &p.spells) ||
        (argc > 4 && !number(argv[4], 4, &p.coaches)) ||
        (argc > 5 && !number(argv[5], 0, &p.seed))) {
        (void)fputs("usage: make_register FOLDER PEOPLE SPELLS [COACHES [SEED]]\n", stderr);
        return fp_status_exit(FP_USAGE);
    }
    p.folder = argv[1];
    (void)snprintf(data, sizeof data, "%s/data", p.folder);
    if (fp_dir_make(data, &err) != FP_OK) {
        (void)fprintf(stderr, "make_register: %s: %s\n", data, err.message);
        return fp_status_exit(FP_IO);
    }
    bool good = write_protocol(&p) && write_coaches(&p) && write_people(&p) && write_spells(&p);
    if (!good)
        (void)fputs("make_register: could not write it all\n", stderr);
    return fp_status_exit(good ? FP_OK : FP_IO);
}
