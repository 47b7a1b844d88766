#include "ledger/fault_memory.h"

#include <sqlite3.h>
#include <stdlib.h>

/* Tests run one at a time, so that one plan a process will do. */
static fault_memory plan;
static sqlite3_mem_methods system_memory;

static int fail_now(void)
{
    if (plan.countdown > 1)
        plan.countdown--;
    else if (plan.countdown == 1) {
        plan.fired++;
        return 1;
    }
    return 0;
}

static void *shim_malloc(int bytes)
{
    return fail_now() ? NULL : system_memory.xMalloc(bytes);
}

static void *shim_realloc(void *old, int bytes)
{
    return fail_now() ? NULL : system_memory.xRealloc(old, bytes);
}

fault_memory *fault_memory_install(void)
{
    sqlite3_mem_methods shim;
    plan = (fault_memory){0};
    if (system_memory.xMalloc)
        return &plan;
    if (sqlite3_shutdown() != SQLITE_OK ||
        sqlite3_config(SQLITE_CONFIG_GETMALLOC, &system_memory) != SQLITE_OK)
        abort();
    shim = system_memory;
    shim.xMalloc = shim_malloc;
    shim.xRealloc = shim_realloc;
    if (sqlite3_config(SQLITE_CONFIG_MALLOC, &shim) != SQLITE_OK ||
        sqlite3_initialize() != SQLITE_OK)
        abort();
    return &plan;
}
