#include "web/route.h"
#include "web/web_priv.h"

/* For whoever watches the server (systemd, a proxy, a load balancer); they say nothing of the
 * study.
 */
fp_status fp_health_live(fp_exchange *x, fp_err *err)
{
    (void)err;
    fp_response_plain(x->response, 200, "live");
    return FP_OK;
}

/* Ready: the last event can be read, and the writer is not stuck on a full disk or a lock. */
fp_status fp_health_ready(fp_exchange *x, fp_err *err)
{
    int64_t seq;
    fp_sha256 hash;
    fp_ledger *writer;
    FP_TRY(fp_exchange_begin(x, &writer, err));
    FP_TRY(fp_ledger_head(writer, &seq, &hash, err));
    fp_response_plain(x->response, 200, "ready");
    return FP_OK;
}
