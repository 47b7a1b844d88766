#ifndef FP_TESTS_LEDGER_FAULT_MEMORY_H
#define FP_TESTS_LEDGER_FAULT_MEMORY_H

/* SQLite's memory, failing on order. Call install while no database is open. */
typedef struct {
    long countdown; /* 1 = the next allocation fails, and all after it; 0 = none */
    long fired;
} fault_memory;
fault_memory *fault_memory_install(void);

#endif
