#ifndef FP_LEDGER_LEDGER_PRIV_H
#define FP_LEDGER_LEDGER_PRIV_H

#include "ledger/ledger.h"

enum {
    FP_LEDGER_APPLICATION = 0x46504c31, /* "FPL1", stands in the schema too */
    FP_LEDGER_VERSION = 5,              /* number of files in share/schema */
};

struct fp_ledger {
    sqlite3 *db;
    char *path;
    fp_progress *progress;
    int64_t (*now)(void *context); /* NULL = the clock of the system */
    void *now_context;
    char at_utc[32]; /* of the open transaction, once something was appended in it; else "" */
};

/* Open a database that the same process has open for writing: not changed, files beside it used as
 * they are. Errors: as fp_ledger_open. */
FP_MUST_USE fp_status fp_ledger_open_beside(const char *path, fp_ledger **out, fp_err *err);

/* Take from everybody but the owner and the group what they may do with a database that is there,
 * as an older program left it: second factors stand in it. Errors: FP_INPUT (not this user's). */
FP_MUST_USE fp_status fp_ledger_close_to_others(const char *path, fp_err *err);

/* The SQL that takes a database from version to version + 1. */
const char *fp_ledger_schema(int64_t version);
/* FP_CHECK where the tables, views, indexes and triggers are not those that the schema makes. */
FP_MUST_USE fp_status fp_ledger_check_schema(fp_ledger *ledger, fp_err *err);

#endif
