#ifndef FP_STUDY_PROTOCOL_PRIV_H
#define FP_STUDY_PROTOCOL_PRIV_H

#include "base/nearest.h"
#include "study/protocol.h"

/* A node of study.yaml: every scalar is text as it stands. Children form a list in file order. */
typedef enum { FP_NODE_TEXT, FP_NODE_LIST, FP_NODE_MAP } fp_node_kind;
typedef struct fp_node fp_node;
struct fp_node {
    fp_node_kind kind;
    bool refused; /* an alias, a tag, a key for the second time: reported already, and not used */
    bool plain;   /* TEXT without quotes */
    const char *text; /* TEXT; "" else */
    long line, column;
    const char *key; /* where the parent is a map; NULL else */
    long key_line, key_column;
    ptrdiff_t count;
    fp_node *first, *last, *next;
};

/* What the readers of study.yaml hand on: where problems go and where texts live. */
typedef struct {
    const char *path;
    fp_arena *arena;
    fp_problems *problems;
    fp_err *err; /* filled when out of memory */
} fp_reading;

/* Parse the text into a tree. root NULL where the file is empty or no YAML (a problem is added). */
FP_MUST_USE fp_status fp_node_parse(const fp_reading *reading, fp_str text, const fp_node **root);
/* The value of a key, NULL where there is none. */
const fp_node *fp_node_get(const fp_node *map, const char *key);
/* A plain null, ~ or nothing: the same as leaving the key out. */
bool fp_node_is_null(const fp_node *node);

extern const char *const fp_design_kinds[]; /* NULL-terminated, in the order of the enum */

/* Fill the protocol from the tree by the schema table: types, ranges, choices, required keys. */
FP_MUST_USE fp_status fp_schema_walk(const fp_reading *reading, const fp_node *root,
                                     fp_protocol *protocol);
/* What one table cannot say: references between outcomes, analyses, factors and columns, and what
 * a kind of design requires. */
FP_MUST_USE fp_status fp_protocol_check(const fp_reading *reading, const fp_node *root,
                                        fp_protocol *protocol);

/* The same for design.allocation. */
void fp_allocation_check(const fp_reading *reading, const fp_node *root,
                         const fp_protocol *protocol);

/* Add an error about a place in study.yaml; `hint` may be NULL. */
void fp_reading_error(const fp_reading *reading, long line, long column, const char *hint,
                      const char *format, ...) FP_PRINTF(5, 6);
/* Texts of other people stand in messages, cut where they are long: make control characters spaces
 * and leave out what is no whole character. */
void fp_err_one_line(fp_err *at);
/* `did you mean "x"?` in `out`, or "" where nothing is near. */
void fp_nearest_hint(const char *name, const char *const *names, ptrdiff_t count, char *out,
                     size_t size);

/* The next variable of a formula from *pos on; false at the end. Names in front of a bracket are
 * functions; texts in quotes, numbers and %in% are passed over. */
bool fp_protocol_next_variable(const char *formula, size_t *pos, fp_str *name);
/* Whether a name is one that the table of answers by wave has beside the columns of people and
 * coaches. */
bool fp_protocol_of_answers(fp_str name);

#endif
