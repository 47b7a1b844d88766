#include "store/version.h"

#include <string.h>

fp_status fp_version_check(fp_ledger *ledger, const char *what, int64_t shown, int64_t current,
                           fp_arena *arena, fp_version_change *change, fp_err *err)
{
    fp_event event;
    if (shown == current)
        return FP_OK;
    FP_TRY(fp_ledger_event(ledger, current, arena, &event, err));
    if (change)
        *change = (fp_version_change){event.seq, event.at_utc, event.actor, event.kind};
    (void)fp_fail(err, FP_CONFLICT,
                  "%s was changed by %s on %.10s at %.5s UTC (event %lld, %s), after it was shown",
                  what, event.actor, event.at_utc,
                  strlen(event.at_utc) > 11 ? event.at_utc + 11 : "", (long long)event.seq,
                  event.kind);
    return fp_hint(err, FP_CONFLICT, "look at what changed, and save again what is still needed");
}
