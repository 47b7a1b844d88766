#include "study/protocol.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/num.h"
#include "study/protocol_priv.h"

#define LARGEST_FILE FP_MIB

static int by_place(const void *a, const void *b)
{
    const fp_problem *x = a, *y = b;
    if (x->at.line != y->at.line)
        return x->at.line < y->at.line ? -1 : 1;
    return (x->at.column > y->at.column) - (x->at.column < y->at.column);
}

/* Problems in the order of the file, whatever the order in which they were found. */
static void sort_by_place(fp_problems *problems, ptrdiff_t from)
{
    if (problems->kept > from + 1)
        qsort(problems->items + from, (size_t)(problems->kept - from), sizeof *problems->items,
              by_place);
}

/* Line of the first byte that is no UTF-8 text. */
static long bad_line(fp_str text)
{
    long line = 1;
    size_t begin = 0;
    for (size_t i = 0; i <= text.n; i++)
        if (i == text.n || text.p[i] == '\n') {
            if (!fp_str_utf8((fp_str){text.p + begin, i - begin}))
                return line;
            line++;
            begin = i + 1;
        }
    return line;
}

static fp_status walk(const fp_reading *reading, fp_str text, fp_protocol *protocol)
{
    const fp_node *root;
    ptrdiff_t before = reading->problems->errors;
    if (text.n > LARGEST_FILE) {
        fp_reading_error(reading, 1, 1, NULL, "larger than 1 MiB");
        return FP_OK;
    }
    if (!fp_str_utf8(text)) {
        fp_reading_error(reading, bad_line(text), 0, "save the file as UTF-8",
                         "not a text in UTF-8");
        return FP_OK;
    }
    FP_TRY(fp_node_parse(reading, text, &root));
    if (!root) {
        if (reading->problems->errors == before)
            fp_reading_error(reading, 1, 1, "`firstplace new` writes one to start from",
                             "nothing stands in it");
        return FP_OK;
    }
    protocol->tree = root;
    FP_TRY(fp_schema_walk(reading, root, protocol));
    return root->kind == FP_NODE_MAP ? fp_protocol_check(reading, root, protocol) : FP_OK;
}

fp_status fp_protocol_read_text(const char *path, fp_str text, fp_arena *arena,
                                fp_protocol *protocol, fp_problems *problems, fp_err *err)
{
    fp_reading reading = {path, arena, problems, err};
    ptrdiff_t from = problems->kept;
    fp_protocol value = {.language = "en",
                         .window_days = 30,
                         .allocation = {.keep = 0.1},
                         .planned = {.icc = FP_NUM_NAN,
                                     .k = FP_NUM_NAN,
                                     .hazard_ratio = FP_NUM_NAN,
                                     .interaction = FP_NUM_NAN,
                                     .event_probability = FP_NUM_NAN,
                                     .drop_out = FP_NUM_NAN,
                                     .size_cv = FP_NUM_NAN}};
    value.path = fp_arena_strdup(arena, path, err);
    if (!value.path)
        return FP_NOMEM;
    FP_TRY(walk(&reading, text, &value));
    if (!value.title)
        value.title = value.id;
    sort_by_place(problems, from);
    *protocol = value;
    return FP_OK;
}

fp_status fp_protocol_read(const char *path, fp_arena *arena, fp_protocol *protocol,
                           fp_problems *problems, fp_err *err)
{
    fp_str text;
    FP_TRY(fp_file_read(path, LARGEST_FILE, arena, &text, err));
    return fp_protocol_read_text(path, text, arena, protocol, problems, err);
}

const fp_outcome_spec *fp_protocol_outcome(const fp_protocol *protocol, const char *id)
{
    for (ptrdiff_t i = 0; i < protocol->outcome_count; i++)
        if (protocol->outcomes[i].id && !strcmp(protocol->outcomes[i].id, id))
            return &protocol->outcomes[i];
    return NULL;
}

const fp_analysis_spec *fp_protocol_analysis(const fp_protocol *protocol, const char *id)
{
    for (ptrdiff_t i = 0; i < protocol->analysis_count; i++)
        if (protocol->analyses[i].id && !strcmp(protocol->analyses[i].id, id))
            return &protocol->analyses[i];
    return NULL;
}
