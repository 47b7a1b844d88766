/* usage: blind_arms STUDY N: the arms that N blinded reports would show, as draw,unit,arm; draw 0
 * is the real ones. For lock.sh. */
#include <stdio.h>
#include <stdlib.h>

#include "run/run_priv.h"

static void print(const fp_study_data *data, int draw)
{
    bool clusters = data->protocol->kind == FP_DESIGN_CLUSTER_RANDOMISED;
    for (ptrdiff_t c = 0; clusters && c < data->coach_count; c++)
        (void)printf("%d,%s,%s\n", draw, data->coaches[c].id, data->arm_keys[data->coaches[c].arm]);
    for (ptrdiff_t i = 0; i < data->person_count; i++) {
        const fp_person *p = &data->people[i];
        /* a person has the arm of the coach, and levels that fit it */
        ptrdiff_t arm = 0, stride = 1;
        for (ptrdiff_t f = 0; f < data->protocol->factor_count; f++) {
            arm += p->level[f] * stride;
            stride *= data->protocol->factors[f].level_count;
        }
        if (arm != p->arm || (clusters && p->arm != data->coaches[p->coach].arm))
            (void)printf("%d,%s,BROKEN\n", draw, p->id);
        if (!clusters)
            (void)printf("%d,%s,%s\n", draw, p->id, data->arm_keys[p->arm]);
    }
}

int main(int argc, char **argv)
{
    fp_err err = {0};
    fp_study study = {0};
    fp_arena *arena = fp_arena_create(FP_GIB);
    int draws = argc == 3 ? (int)strtol(argv[2], NULL, 10) : 0;
    fp_status status = fp_study_open(argc > 1 ? argv[1] : "", NULL, arena, &study, &err);
    if (status == FP_OK)
        print(&study.data, 0);
    for (int i = 1; i <= draws && status == FP_OK; i++) {
        fp_study_data data = study.data;
        status = fp_study_blind(&study, &data, &err);
        if (status == FP_OK)
            print(&data, i);
    }
    if (status != FP_OK)
        (void)fprintf(stderr, "%s\n", err.message);
    fp_study_close(&study);
    fp_arena_destroy(arena);
    return status != FP_OK;
}
