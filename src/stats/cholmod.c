#include "stats/cholmod_priv.h"

#include <dlfcn.h>
#include <string.h>

#define TEXT_OF(x) #x
#define TEXT(x)    TEXT_OF(x)
#define LIBRARY    "libcholmod.so." TEXT(CHOLMOD_MAIN_VERSION)

static fp_status find(void *library, const char *name, void *out, size_t size, fp_err *err)
{
    void *symbol = dlsym(library, name);
    if (!symbol)
        return fp_fail(err, FP_INTERNAL, "%s has no %s", LIBRARY, name);
    memcpy(out, &symbol, size); /* ISO C has no conversion to a pointer to a function */
    return FP_OK;
}

fp_status fp_cholmod_load(fp_cholmod *out, fp_err *err)
{
    fp_cholmod made;
    void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        (void)fp_fail(err, FP_INTERNAL, "crossed random effects need %s, which is not here",
                      LIBRARY);
        return fp_hint(err, FP_INTERNAL, "on Debian: apt install libcholmod3");
    }
#define FIND(name) FP_TRY(find(library, "cholmod_" #name, &made.name, sizeof made.name, err));
    FP_CHOLMOD_FUNCTIONS(FIND)
#undef FIND
    *out = made;
    return FP_OK;
}
