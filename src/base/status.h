#ifndef FP_BASE_STATUS_H
#define FP_BASE_STATUS_H

/* The outcome of a call. One table gives the enum, the text, the exit code of the command and the
 * status of a web answer. Statistical outcomes (no events, not converged, ...) are values in a
 * result, not a status: a status is for failure to compute. */
#define FP_STATUS_MAP(X)                                                                           \
    /* name       exit http text */                                                                \
    X(OK, 0, 200, "done")                                                                          \
    X(CHECK, 1, 500, "a check said no")                                                            \
    X(CONFLICT, 1, 409, "somebody else was first")                                                 \
    X(USAGE, 2, 400, "wrong use of a command")                                                     \
    X(INPUT, 3, 422, "bad input")                                                                  \
    X(IO, 3, 500, "a file could not be read or written")                                           \
    X(BUSY, 3, 503, "busy: try again")                                                             \
    X(OUTCOME, 4, 422, "unusable statistical outcome")                                             \
    X(ARG, 5, 500, "invalid argument to a function")                                               \
    X(NOMEM, 5, 507, "out of memory")                                                              \
    X(CANCELLED, 5, 503, "cancelled")                                                              \
    X(INTERNAL, 5, 500, "internal error")

typedef enum {
#define X(name, exit_code, http, text) FP_##name,
    FP_STATUS_MAP(X)
#undef X
} fp_status;

#define FP_MUST_USE          __attribute__((warn_unused_result))
#define FP_PRINTF(at, first) __attribute__((format(printf, at, first)))

/* Hand a failed status up unchanged. */
#define FP_TRY(call)                                                                               \
    do {                                                                                           \
        fp_status fp_try_status_ = (call);                                                         \
        if (fp_try_status_ != FP_OK)                                                               \
            return fp_try_status_;                                                                 \
    } while (0)

/* Text of a status, static. */
const char *fp_status_text(fp_status status);
/* Exit code of the command, 0-5. */
int fp_status_exit(fp_status status);
/* HTTP status. */
int fp_status_http(fp_status status);

#endif
