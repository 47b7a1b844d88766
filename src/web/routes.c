#include "web/route.h"

/* Every page and action of the workbench. Of two rows that fit one path the first counts. */
const fp_route fp_routes[] = {
    {FP_GET, "/health/live", FP_MAY_OPEN, NULL, fp_health_live, "the server answers"},
    {FP_GET, "/health/ready", FP_MAY_OPEN, NULL, fp_health_ready,
     "the study's database can be read and written"},
    {FP_GET, "/style/{file}", FP_MAY_OPEN, NULL, fp_style_get, "a style sheet"},
    {FP_POST, "/language", FP_MAY_ANYONE, fp_language_inputs, fp_language_post,
     "go on in the other language"},
    {FP_GET, "/", FP_MAY_SIGNED_IN, NULL, fp_home_get, "the start: the next step first"},
    {FP_GET, "/research", FP_MAY_RESEARCH, NULL, fp_research_get,
     "what research may see: pseudonyms, groups under letters until they are shown"},
    {FP_GET, "/research.csv", FP_MAY_RESEARCH, NULL, fp_research_csv_get,
     "the same as a table, a row a person"},
    {FP_GET, "/research/unlock", FP_MAY_COORDINATE, NULL, fp_unlock_get,
     "show researchers which group is which: what that means"},
    {FP_POST, "/research/unlock", FP_MAY_COORDINATE, fp_unlock_inputs, fp_unlock_post,
     "show researchers which group is which"},
    {FP_GET, "/fidelity", FP_MAY_FIDELITY, NULL, fp_fidelity_get,
     "clients and consent of each coach, without names"},
    {FP_GET, "/me/{link}", FP_MAY_ANYONE, NULL, fp_me_get,
     "a client's own page, by a personal link"},
    {FP_POST, "/me/{link}", FP_MAY_ANYONE, fp_me_inputs, fp_me_post,
     "a client withdraws the consent"},
};
const ptrdiff_t fp_route_count = sizeof fp_routes / sizeof *fp_routes;
