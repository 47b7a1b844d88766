#include "base/status.h"

typedef struct {
    const char *text;
    int exit_code;
    int http;
} status_row;

static const status_row rows[] = {
#define X(name, exit_code, http, text) {text, exit_code, http},
    FP_STATUS_MAP(X)
#undef X
};

const char *fp_status_text(fp_status status)
{
    return rows[status].text;
}

int fp_status_exit(fp_status status)
{
    return rows[status].exit_code;
}

int fp_status_http(fp_status status)
{
    return rows[status].http;
}
