#include "web/route.h"

/* Every page and action of the workbench. Of two rows that fit one path the first counts. */
const fp_route fp_routes[] = {
    {FP_GET, "/health/live", FP_MAY_OPEN, NULL, fp_health_live, "the server answers"},
    {FP_GET, "/health/ready", FP_MAY_OPEN, NULL, fp_health_ready,
     "the study's database can be read and written"},
    {FP_GET, "/style/{file}", FP_MAY_OPEN, NULL, fp_style_get, "a style sheet"},
    {FP_POST, "/language", FP_MAY_ANYONE, fp_language_inputs, fp_language_post,
     "go on in the other language"},
};
const ptrdiff_t fp_route_count = sizeof fp_routes / sizeof *fp_routes;
