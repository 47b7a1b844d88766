#include "web/session.h"

#include "web/exchange.h"

fp_status fp_session_read(fp_exchange *x, fp_err *err)
{
    (void)err;
    x->session = (fp_session){.name = "", .coach = "", .language = "", .id = "", .csrf = ""};
    return FP_OK;
}
