#ifndef FP_TESTS_LEDGER_FAULT_VFS_H
#define FP_TESTS_LEDGER_FAULT_VFS_H

/* A layer between SQLite and the system that fails on order. Becomes the default of the process. */
typedef struct {
    int code;       /* SQLITE_IOERR_WRITE, SQLITE_FULL: what a failing call says */
    long countdown; /* 1 = the next write, sync or truncation fails; 0 = none */
    int sticky;     /* all calls after it fail too, until countdown is set to 0 */
    long fired;     /* how many failed */
    int read_only;  /* files open as if they were write-protected */
} fault_plan;
/* The plan in force; change it at will. */
fault_plan *fault_vfs_install(void);

#endif
