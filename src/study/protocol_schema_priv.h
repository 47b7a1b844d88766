#ifndef FP_STUDY_PROTOCOL_SCHEMA_PRIV_H
#define FP_STUDY_PROTOCOL_SCHEMA_PRIV_H

#include <stddef.h>

#include "study/protocol_priv.h"

/* The keys of study.yaml as one table (protocol_schema.c), read by one walker (protocol_walk.c). */

enum { FP_SCHEMA_MOST_KEYS = 24, FP_SCHEMA_LONGEST_MONTHS = 1200, FP_SCHEMA_LONGEST_DAYS = 36525 };

/* What a key holds. The struct member at `offset` has the type that stands behind it. */
typedef enum {
    T_TEXT,    /* const char *: not empty */
    T_NAME,    /* const char *: letters, digits, - and _ */
    T_INT,     /* int in [low, high] */
    T_NUMBER,  /* double in [low, high], above low where low is 0 */
    T_DAYS,    /* int: a duration in days in [low, high] */
    T_SPAN,    /* int: whole months in [low, high], from 18m or 10y */
    T_CHOICE,  /* enum (int): index in choices */
    T_WORD,    /* const char *: one of the choices */
    T_TEXTS,   /* ptrdiff_t count and const char *const *: distinct, not empty */
    T_MONTHS,  /* ptrdiff_t count and const int *: rising numbers of whole months */
    T_COUNTS,  /* ptrdiff_t count and const int *: whole numbers in [low, high] */
    T_FACTORS, /* ptrdiff_t count and fp_factor *: name: [levels] */
    T_MAP,     /* the keys of `of`, in the struct that the parent fills */
    T_MAPS,    /* ptrdiff_t count and array: a list of maps of `of` */
    T_CHECKED, /* a text that is checked and not kept */
} fp_value_type;

typedef struct fp_schema fp_schema;
typedef struct {
    const char *key;
    fp_value_type type;
    bool required;
    size_t offset, count_offset;
    double low, high;
    const char *const *choices; /* NULL-terminated */
    const fp_schema *of;
} fp_schema_key;

/* A map: its keys, and for the elements of a list the size, defaults and where the line goes. */
struct fp_schema {
    const char *what; /* "an outcome" */
    const fp_schema_key *keys;
    ptrdiff_t count;
    size_t size;
    void (*defaults)(void *item);
    const fp_schema *(*pick)(const fp_node *map); /* the schema by kind, where there are several */
    size_t line;                                  /* offset of the element's line */
};

extern const fp_schema fp_schema_root;

#endif
