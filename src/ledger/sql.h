#ifndef FP_LEDGER_SQL_H
#define FP_LEDGER_SQL_H

#include "ledger/ledger.h"

/* Statements, for the rooms `ledger` and `store` only. SQL is constant text; values are bound. */

/* Declare a statement that is finalised when the scope ends. */
#define FP_SQL_SCOPED(name) __attribute__((cleanup(fp_sql_finalize))) sqlite3_stmt *name = NULL
void fp_sql_finalize(sqlite3_stmt **stmt);

/* `doing` stands in the message of a failure: "reading the events". Errors: as fp_ledger_fail. */
FP_MUST_USE fp_status fp_sql_prepare(fp_ledger *ledger, const char *sql, const char *doing,
                                     sqlite3_stmt **stmt, fp_err *err);
/* Step once; `row` tells whether there is a row, NULL where none is expected. */
FP_MUST_USE fp_status fp_sql_step(fp_ledger *ledger, sqlite3_stmt *stmt, const char *doing,
                                  bool *row, fp_err *err);
/* Statements without parameters and results. */
FP_MUST_USE fp_status fp_sql_exec(fp_ledger *ledger, const char *sql, const char *doing,
                                  fp_err *err);
/* The one whole number that a statement without parameters gives; 0 where it gives no row. */
FP_MUST_USE fp_status fp_sql_integer(fp_ledger *ledger, const char *sql, const char *doing,
                                     int64_t *value, fp_err *err);
/* Bind a text that outlives the step. */
FP_MUST_USE fp_status fp_sql_bind_text(fp_ledger *ledger, sqlite3_stmt *stmt, int parameter,
                                       fp_str text, const char *doing, fp_err *err);
/* A value to bind: a text that outlives the statement, or where that is NULL the number. */
typedef struct {
    const char *text;
    int64_t number;
} fp_sql_value;
#define FP_SQL_TEXT(t) ((fp_sql_value){.text = (t)})
#define FP_SQL_INT(n)  ((fp_sql_value){.number = (n)})
/* Prepare a statement and bind values[i] to parameter i + 1. */
FP_MUST_USE fp_status fp_sql_query(fp_ledger *ledger, const char *sql, const fp_sql_value *values,
                                   int count, const char *doing, sqlite3_stmt **stmt, fp_err *err);
/* The same, and step to its end: a statement that gives no rows.
 * out  changed  how many rows it inserted, changed or removed; NULL = not asked */
FP_MUST_USE fp_status fp_sql_run(fp_ledger *ledger, const char *sql, const fp_sql_value *values,
                                 int count, const char *doing, int64_t *changed, fp_err *err);
/* A text of the current row, borrowed until the next step; NULL in the database gives "".
 * Errors: FP_CHECK (a NUL inside: no text of ours has one), FP_NOMEM. */
FP_MUST_USE fp_status fp_sql_column_text(fp_ledger *ledger, sqlite3_stmt *stmt, int column,
                                         const char **text, fp_err *err);
/* The same, copied to the arena. */
FP_MUST_USE fp_status fp_sql_copy_text(fp_ledger *ledger, sqlite3_stmt *stmt, int column,
                                       fp_arena *arena, const char **text, fp_err *err);

#endif
