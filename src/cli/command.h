#ifndef FP_CLI_COMMAND_H
#define FP_CLI_COMMAND_H

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/progress.h"

/* What a command was given: the shared flags parsed, its own options as texts. */
enum { FP_CLI_OWN_MAX = 64, FP_CLI_NA_MAX = 32, FP_CLI_ARG_MAX = 3, FP_CLI_GIVEN_MAX = 128 };

/* The figures of a Cox model, in the order of --plot-kind. */
enum { FP_PLOT_FOREST, FP_PLOT_SCHOENFELD, FP_PLOT_CURVES, FP_PLOT_RESIDUALS };
/* Those of a mixed model. */
enum { FP_PLOT_LMM_EFFECTS, FP_PLOT_LMM_RESIDUALS, FP_PLOT_LMM_MEANS };

typedef struct {
    const char *arg[FP_CLI_ARG_MAX + 1]; /* positional, NULL-terminated */
    int arg_count;
    const char *formula;               /* NULL = not given; so for every text below */
    const char *na[FP_CLI_NA_MAX + 1]; /* further texts that mean missing, NULL-terminated */
    int na_count;
    const char *weights, *cluster, *id, *plot;
    int plot_kind; /* cox: FP_PLOT_...; km: fp_figure_km_kind; 0 = the usual figure */
    double level;  /* 0.95 */
    uint64_t seed;
    int threads;  /* 0 = all */
    int encoding; /* of DATA: fp_encoding */
    bool json, strict, quiet, timings;
    double phase_began; /* [s], monotonic clock; see fp_cli_phase() */
    struct {
        int own;
        const char *text;
    } given[FP_CLI_GIVEN_MAX]; /* own options in the order in which they came, for those that may be
                                  repeated */
    int given_count;
    const char *own[FP_CLI_OWN_MAX]; /* by key - FP_CLI_OWN; "" for a flag that was given */
    fp_arena *arena;                 /* of the whole run */
    fp_progress *progress;           /* NULL = none: --quiet, or standard error is no terminal */
} fp_cli;

/* Key of a command's own option i (0-based): its value lands in own[i]. */
#define FP_CLI_OWN(i) (0x1000 + (i))

/* Which shared flags a command takes. --quiet --help --version go with every one. */
typedef enum {
    FP_CLI_MODEL = 1,  /* --formula --na --weights --cluster --timings */
    FP_CLI_RANDOM = 2, /* --seed --threads */
    FP_CLI_PLOT = 4,   /* --plot */
    FP_CLI_JSON = 8,
    FP_CLI_LEVEL = 16,
    FP_CLI_STRICT = 32,
    FP_CLI_THREADS = 64,  /* --threads alone */
    FP_CLI_PERSONS = 128, /* --id: rows that are times of one person */
    FP_CLI_IDS = 256,     /* --id: rows that depend on each other */
    FP_CLI_ESTIMATE = FP_CLI_MODEL | FP_CLI_RANDOM | FP_CLI_JSON | FP_CLI_LEVEL | FP_CLI_STRICT,
} fp_cli_shared;

/* One command: a row of the table in main.c and a file cmd_NAME.c. The table gives the parser,
 * --help and `firstplace help`; the manual and the completion of the shell read it too. */
typedef struct {
    const char *name;
    const char *summary; /* one line, lower case, no full stop */
    const char *args;    /* "DATA" */
    int arg_least, arg_most;
    unsigned shared;                   /* fp_cli_shared */
    const struct argp_option *options; /* its own, with keys FP_CLI_OWN(i), choices as "a|b";
                                          ends with {0} */
    const char *notes;                 /* below the options in --help; NULL = none */
    fp_status (*run)(fp_cli *cli, fp_err *err);
} fp_command;

extern const fp_command fp_command_km;
extern const fp_command fp_command_cif;
extern const fp_command fp_command_cox;
extern const fp_command fp_command_power;
extern const fp_command fp_command_randomise;
extern const fp_command fp_command_finegray;
extern const fp_command fp_command_glm;
extern const fp_command fp_command_gee;
extern const fp_command fp_command_lmm;
extern const fp_command fp_command_new;
extern const fp_command fp_command_check;
extern const fp_command fp_command_import;
extern const fp_command fp_command_outcomes;
extern const fp_command fp_command_lock;
extern const fp_command fp_command_analyse;
extern const fp_command fp_command_report;
extern const fp_command fp_command_trace;
extern const fp_command fp_command_verify;
extern const fp_command fp_command_backup;
extern const fp_command fp_command_restore;
extern const fp_command fp_command_serve;
extern const fp_command fp_command_key;

#endif
