#ifndef FP_STUDY_DATA_H
#define FP_STUDY_DATA_H

#include "base/parallel.h"
#include "study/protocol.h"
#include "table/rows.h"

/* The rows of one source as imported: the mapped columns only, texts as written, with the line of
 * the file each row stands on. */
typedef enum {
    FP_SOURCE_COACHES,
    FP_SOURCE_PEOPLE,
    FP_SOURCE_EPISODES,
    FP_SOURCE_RECRUITMENT,
    FP_SOURCE_ANSWERS,
    FP_SOURCE_COUNT
} fp_source_kind;
extern const char *const fp_source_names[FP_SOURCE_COUNT]; /* "coaches", "people", ... */
/* The description of a source; its `file` is NULL where the study has none. */
const fp_source_spec *fp_protocol_source(const fp_protocol *protocol, fp_source_kind kind);

typedef struct {
    fp_source_kind kind;
    const char *file;    /* as in study.yaml */
    const char *sha256;  /* 64 hex digits of the file's bytes; "" where not taken */
    const char *warning; /* about how the file was read; NULL = none */
    int64_t import;      /* number of the import event, 0 = straight from the file */
    ptrdiff_t rows;
    ptrdiff_t column_count;   /* roles first in the order of fp_source_roles(), then `columns` */
    const char *const *names; /* name in the file of each column */
    const char *const *const
        *cells;              /* [column][row], "" for empty; NULL = read them from `table` */
    const fp_table *table;   /* of a source that was opened, else NULL ... */
    const ptrdiff_t *column; /* ... and the place there of each column */
    const long *line;        /* rows; NULL = row i stands on line i + 2 */
} fp_source;

/* Line of the file on which a row stands. */
static inline long fp_source_line(const fp_source *source, ptrdiff_t row)
{
    return source->line    ? source->line[row]
           : source->table ? fp_table_line(source->table, row)
                           : (long)row + 2;
}

/* Read a source file and keep what study.yaml maps: a role that is not mapped is an absent column.
 * in  folder  of the study.  Errors: FP_INPUT as fp_table_read and for a mapped column that the
 * file lacks (file, nearest name). The hash of the file is taken on the way. A source that the
 * study does not have has rows 0 and file NULL. */
FP_MUST_USE fp_status fp_source_read(const char *folder, const fp_protocol *protocol,
                                     fp_source_kind kind, fp_arena *arena, fp_source *source,
                                     fp_err *err);
/* The same without a copy of the cells: they are read from the file again where they are asked for,
 * for a register that is larger than memory. The file stays open for the life of `arena`, and may
 * not change meanwhile.
 * in  work  NULL = all processors, in silence */
FP_MUST_USE fp_status fp_source_open(const char *folder, const fp_protocol *protocol,
                                     fp_source_kind kind, const fp_work *work, fp_arena *arena,
                                     fp_source *source, fp_err *err);
/* As fp_source_read from the bytes of the file, which need not live longer; `name` stands for the
 * file in the messages of the table reader. */
FP_MUST_USE fp_status fp_source_read_text(const char *name, fp_str text,
                                          const fp_protocol *protocol, fp_source_kind kind,
                                          fp_arena *arena, fp_source *source, fp_err *err);
/* The roles of a kind of source, in the order of the columns. */
const char *const *fp_source_roles(fp_source_kind kind, ptrdiff_t *count);
/* Index in `cells` of a role ("id", "person", "start", "end", "end_reason", "hours", "kind") or of
 * a carried column by name; -1 where it is not there. */
ptrdiff_t fp_source_role(const fp_source *source, const fp_protocol *protocol, const char *role);
ptrdiff_t fp_source_column(const fp_source *source, const fp_protocol *protocol, const char *name);

typedef struct {
    const char *id;
    ptrdiff_t row;    /* in the source */
    ptrdiff_t arm;    /* of the design, -1 = none */
    const int *level; /* factor_count: level of each factor */
    fp_day allocated; /* where it was done elsewhere and its day is known; else FP_DAY_NONE */
} fp_coach;

typedef struct {
    const char *id;
    ptrdiff_t row;
    fp_day start, end;      /* end: the last day the register covers */
    const char *end_reason; /* "" = none */
    ptrdiff_t coach;        /* -1 = no coaches in this design */
    ptrdiff_t arm;          /* -1 = none */
    const int *level;       /* factor_count; NULL = none */
} fp_person;

/* One row of the episodes source. */
typedef struct {
    int32_t person;    /* -1 = unknown */
    fp_day start, end; /* end FP_DAY_NONE = still running */
    int32_t kind;      /* index in kinds, -1 = empty */
    double hours;      /* NaN = missing */
    int32_t row;       /* in the source */
    bool duplicate;    /* an earlier row of a known person has the same text in every cell */
} fp_spell;
_Static_assert(sizeof(fp_spell) == 32, "registers have ten million of them");

/* Somebody who was offered a place in the study: one row of the recruitment source. */
typedef struct {
    ptrdiff_t row;
    ptrdiff_t coach;          /* who offered it; -1 = not known in this design */
    ptrdiff_t person;         /* who was included; -1 = the others */
    fp_day offered, included; /* included: FP_DAY_NONE unless they were */
    bool eligible, consented; /* consented: only who is eligible */
    const char *reason;       /* why not; "" = none given */
} fp_recruit;

/* The answer of a person to an item at a wave: one row of the answers source with a value. */
typedef struct {
    ptrdiff_t row;
    int32_t person, wave, item; /* places in people, schedule.waves and data->items */
    double value;
} fp_answer;

/* What happened to coaches and people after the draw: docs/methods/allocation.md. The dates are
 * days on which it happened, not those of the log. */
typedef enum {
    FP_CHANGE_LEAVE,   /* coach `unit` left */
    FP_CHANGE_REPLACE, /* coach `to` took the place of coach `unit` */
    FP_CHANGE_MOVE,    /* person `unit`, allotted to coach `from`, went on with coach `to` */
    FP_CHANGE_CORRECT, /* person `unit` was registered with coach `from` by mistake for `to` */
    FP_CHANGE_COUNT,
} fp_change_kind;
typedef struct {
    fp_change_kind kind;
    const char *unit, *from, *to; /* "" where the kind has none */
    fp_day date;                  /* FP_DAY_NONE for a correction */
    int64_t seq;                  /* number of the event, 0 = not in the log yet */
    const char *at_utc, *actor;
} fp_change;

/* What the log of a draw says beside the arms that were told. All in the order of the log; set by
 * who reads it. */
typedef struct {
    bool drawn;          /* a draw is in the log */
    double limit;        /* method constrained: the balance score that no allocation exceeds */
    const int32_t *late; /* rows of the coaches source: number of the block of late coaches, -1 =
                            drawn with the others; NULL = nobody came late */
    int32_t late_blocks;
    const fp_day *told; /* rows of the units' source: day on which the arm was told, or
                           FP_DAY_NONE; NULL = no draw */
    ptrdiff_t change_count;
    const fp_change *changes;
} fp_draw_record;

/* Everything registered about a study, parsed and linked. Arms: the crossing of the factors, the
 * first factor varying fastest: for ips, pa: usual, ips, pa, both. */
typedef struct {
    const fp_protocol *protocol;
    fp_work work; /* how the data were built, and how outcomes are derived from them */
    fp_source sources[FP_SOURCE_COUNT];
    ptrdiff_t coach_count;
    const fp_coach *coaches;
    ptrdiff_t person_count;
    const fp_person *people; /* in file order */
    ptrdiff_t spell_count;
    const fp_spell *spells;       /* sorted by person (unknown first), start, end, row */
    const ptrdiff_t *first_spell; /* person_count + 1: spells of person i are [i], [i+1] */
    ptrdiff_t unknown_spells;     /* rows of people that are not in the people source */
    ptrdiff_t kind_count;
    const char *const *kinds; /* distinct kinds as written, byte order */
    ptrdiff_t arm_count;
    const char *const *arm_keys; /* arm_count: see fp_arm_key() */
    ptrdiff_t recruit_count;
    const fp_recruit *recruits; /* in file order */
    ptrdiff_t item_count, answer_count;
    const char *const *items; /* distinct items as written, in the order of the file */
    const fp_answer *answers; /* in file order */
    fp_draw_record draw;
} fp_study_data;

/* Parse and link the sources; every problem goes to `problems` (a date that does not exist, a
 * number that is none, a factor level the design lacks, a coach twice or in two arms, a person
 * twice, a person whose coach is unknown, a start after the end, no people, fewer than two clusters
 * in a cluster-randomised design, an arm without coaches: note). Messy spells are no problem here:
 * the repairs of the outcome rule deal with them; an episode date that cannot be read is an error.
 * in  sources  FP_SOURCE_COUNT; an absent one has rows 0 and file NULL
 * in  work     NULL = all processors, in silence
 * Errors: FP_INPUT (over 2^31 - 1 rows), FP_NOMEM; all that is wrong with rows is a problem.
 * Method: rows are parsed in fixed pieces on all threads, each straight to its place; spells are
 * put by person with a counting sort in place (American flag: McIlroy, Bostic & McIlroy 1993) and
 * sorted within a person. The same data on any number of threads.
 * Cost: O(rows log rows-of-a-person); 32 bytes a spell and 90 a person beside the texts. */
FP_MUST_USE fp_status fp_study_data_build(const fp_protocol *protocol, const fp_source *sources,
                                          const fp_work *work, fp_arena *arena, fp_study_data *data,
                                          fp_problems *problems, fp_err *err);
/* "usual", "ips", "pa", "both" for a 2x2 of with/without; in general the levels joined by " + ". */
const char *fp_arm_key(const fp_study_data *data, ptrdiff_t arm);
/* The keys of all arms of a plan, the first factor varying fastest. Errors: FP_NOMEM. */
FP_MUST_USE fp_status fp_arm_keys(const fp_protocol *protocol, fp_arena *arena, ptrdiff_t *count,
                                  const char *const **keys, fp_err *err);

#endif
