#include "ledger/fault_vfs.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

/* Tests run one at a time, so that one plan a process will do. */
static fault_plan plan;
static sqlite3_vfs shim;
static sqlite3_vfs *system_vfs;

typedef struct {
    sqlite3_file base;
    sqlite3_file *real; /* lies behind this struct */
} shim_file;

static sqlite3_file *real(sqlite3_file *file)
{
    return ((shim_file *)file)->real;
}

static int fail_now(void)
{
    if (plan.countdown <= 0)
        return 0;
    if (plan.countdown > 1) {
        plan.countdown--;
        return 0;
    }
    plan.fired++;
    if (!plan.sticky)
        plan.countdown = 0;
    return 1;
}

static int shim_close(sqlite3_file *file)
{
    return real(file)->pMethods->xClose(real(file));
}

static int shim_read(sqlite3_file *file, void *to, int n, sqlite3_int64 at)
{
    return real(file)->pMethods->xRead(real(file), to, n, at);
}

static int shim_write(sqlite3_file *file, const void *from, int n, sqlite3_int64 at)
{
    if (fail_now()) {
        /* Half of it gets there, as on a real disk. */
        (void)real(file)->pMethods->xWrite(real(file), from, n / 2, at);
        return plan.code;
    }
    return real(file)->pMethods->xWrite(real(file), from, n, at);
}

static int shim_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    return fail_now() ? plan.code : real(file)->pMethods->xTruncate(real(file), size);
}

static int shim_sync(sqlite3_file *file, int flags)
{
    return fail_now() ? plan.code : real(file)->pMethods->xSync(real(file), flags);
}

static int shim_size(sqlite3_file *file, sqlite3_int64 *size)
{
    return real(file)->pMethods->xFileSize(real(file), size);
}

static int shim_lock(sqlite3_file *file, int level)
{
    return real(file)->pMethods->xLock(real(file), level);
}

static int shim_unlock(sqlite3_file *file, int level)
{
    return real(file)->pMethods->xUnlock(real(file), level);
}

static int shim_reserved(sqlite3_file *file, int *out)
{
    return real(file)->pMethods->xCheckReservedLock(real(file), out);
}

static int shim_control(sqlite3_file *file, int op, void *arg)
{
    return real(file)->pMethods->xFileControl(real(file), op, arg);
}

static int shim_sector(sqlite3_file *file)
{
    return real(file)->pMethods->xSectorSize(real(file));
}

static int shim_device(sqlite3_file *file)
{
    return real(file)->pMethods->xDeviceCharacteristics(real(file));
}

static int shim_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **at)
{
    return real(file)->pMethods->xShmMap(real(file), page, size, extend, at);
}

static int shim_shm_lock(sqlite3_file *file, int offset, int n, int flags)
{
    return real(file)->pMethods->xShmLock(real(file), offset, n, flags);
}

static void shim_shm_barrier(sqlite3_file *file)
{
    real(file)->pMethods->xShmBarrier(real(file));
}

static int shim_shm_unmap(sqlite3_file *file, int remove)
{
    return real(file)->pMethods->xShmUnmap(real(file), remove);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = shim_close,
    .xRead = shim_read,
    .xWrite = shim_write,
    .xTruncate = shim_truncate,
    .xSync = shim_sync,
    .xFileSize = shim_size,
    .xLock = shim_lock,
    .xUnlock = shim_unlock,
    .xCheckReservedLock = shim_reserved,
    .xFileControl = shim_control,
    .xSectorSize = shim_sector,
    .xDeviceCharacteristics = shim_device,
    .xShmMap = shim_shm_map,
    .xShmLock = shim_shm_lock,
    .xShmBarrier = shim_shm_barrier,
    .xShmUnmap = shim_shm_unmap,
};

static int shim_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out)
{
    shim_file *opened = (shim_file *)file;
    int got = 0;
    (void)vfs;
    if (plan.read_only && (flags & SQLITE_OPEN_MAIN_DB))
        flags = (flags & ~(SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)) | SQLITE_OPEN_READONLY;
    memset(opened, 0, sizeof *opened);
    opened->real = (sqlite3_file *)(opened + 1);
    int code = system_vfs->xOpen(system_vfs, name, opened->real, flags, &got);
    if (out)
        *out = got;
    if (opened->real->pMethods)
        opened->base.pMethods = &methods;
    return code;
}

fault_plan *fault_vfs_install(void)
{
    memset(&plan, 0, sizeof plan);
    if (system_vfs)
        return &plan;
    system_vfs = sqlite3_vfs_find(NULL);
    shim = *system_vfs;
    shim.pNext = NULL;
    shim.zName = "fault";
    shim.szOsFile = (int)sizeof(shim_file) + system_vfs->szOsFile;
    shim.xOpen = shim_open;
    if (sqlite3_vfs_register(&shim, 1) != SQLITE_OK)
        abort();
    return &plan;
}
