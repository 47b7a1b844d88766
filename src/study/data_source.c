#include <string.h>

#include "study/data_priv.h"
#include "study/protocol_priv.h"

#define MOST_SCRATCH (64 * FP_GIB) /* the file and its table, gone once the columns are copied */

const char *const fp_source_names[FP_SOURCE_COUNT] = {"coaches", "people", "episodes",
                                                      "recruitment", "answers"};

static const char *const coach_roles[] = {"id", "allocated"};
static const char *const people_roles[] = {"id", "start", "end", "end_reason"};
static const char *const episode_roles[] = {"person", "start", "end", "hours", "kind"};
static const char *const answer_roles[] = {"person", "wave", "item", "value"};
static const char *const recruitment_roles[] = {"person",    "coach",  "offered", "eligible",
                                                "consented", "reason", "included"};

const char *const *fp_source_roles(fp_source_kind kind, ptrdiff_t *count)
{
    switch (kind) {
    case FP_SOURCE_COACHES:
        *count = sizeof coach_roles / sizeof *coach_roles;
        return coach_roles;
    case FP_SOURCE_PEOPLE:
        *count = sizeof people_roles / sizeof *people_roles;
        return people_roles;
    case FP_SOURCE_RECRUITMENT:
        *count = sizeof recruitment_roles / sizeof *recruitment_roles;
        return recruitment_roles;
    case FP_SOURCE_ANSWERS:
        *count = sizeof answer_roles / sizeof *answer_roles;
        return answer_roles;
    default:
        *count = sizeof episode_roles / sizeof *episode_roles;
        return episode_roles;
    }
}

const fp_source_spec *fp_protocol_source(const fp_protocol *protocol, fp_source_kind kind)
{
    return kind == FP_SOURCE_COACHES    ? &protocol->coaches
           : kind == FP_SOURCE_PEOPLE   ? &protocol->people
           : kind == FP_SOURCE_EPISODES ? &protocol->episodes
           : kind == FP_SOURCE_ANSWERS  ? &protocol->answers
                                        : &protocol->recruitment;
}

const char *fp_spec_role(const fp_source_spec *spec, const char *role)
{
    const struct {
        const char *role, *column;
    } map[] = {{"id", spec->id},
               {"person", spec->person},
               {"start", spec->start},
               {"end", spec->end},
               {"hours", spec->hours},
               {"end_reason", spec->end_reason},
               {"kind", spec->kind},
               {"allocated", spec->allocated},
               {"coach", spec->coach},
               {"offered", spec->offered},
               {"eligible", spec->eligible},
               {"consented", spec->consented},
               {"reason", spec->reason},
               {"included", spec->included},
               {"wave", spec->wave},
               {"item", spec->item},
               {"value", spec->value}};
    for (size_t i = 0; i < sizeof map / sizeof *map; i++)
        if (!strcmp(map[i].role, role))
            return map[i].column;
    return NULL;
}

ptrdiff_t fp_source_role(const fp_source *source, const fp_protocol *protocol, const char *role)
{
    const fp_source_spec *spec = fp_protocol_source(protocol, source->kind);
    ptrdiff_t count, index = 0;
    const char *const *roles = fp_source_roles(source->kind, &count);
    for (ptrdiff_t i = 0; i < count; i++) {
        const char *column = fp_spec_role(spec, roles[i]);
        if (!strcmp(roles[i], role))
            return column && index < source->column_count ? index : -1;
        index += column != NULL;
    }
    return -1;
}

ptrdiff_t fp_source_column(const fp_source *source, const fp_protocol *protocol, const char *name)
{
    (void)protocol;
    for (ptrdiff_t j = source->column_count; j-- > 0;)
        if (!strcmp(source->names[j], name))
            return j;
    return -1;
}

/* Names in the file of the mapped columns: roles first, then `columns`. */
static fp_status wanted_names(const fp_source_spec *spec, fp_source_kind kind, fp_arena *arena,
                              const char ***names, ptrdiff_t *count, fp_err *err)
{
    ptrdiff_t role_count;
    const char *const *roles = fp_source_roles(kind, &role_count);
    FP_ARRAY(*names, arena, role_count + spec->column_count, err);
    *count = 0;
    for (ptrdiff_t i = 0; i < role_count; i++)
        if (fp_spec_role(spec, roles[i]))
            (*names)[(*count)++] = fp_spec_role(spec, roles[i]);
    for (ptrdiff_t i = 0; i < spec->column_count; i++)
        (*names)[(*count)++] = spec->columns[i];
    return FP_OK;
}

/* The file lacks a mapped column: name it, the nearest, and all that the file has. */
static fp_status lacks_column(const fp_table *table, const fp_source_spec *spec,
                              fp_source_kind kind, const char *name, fp_err *err)
{
    const char *names[64];
    char hint[384];
    ptrdiff_t n = fp_table_columns(table) < 64 ? fp_table_columns(table) : 64;
    for (ptrdiff_t j = 0; j < n; j++)
        names[j] = fp_table_column(table, j)->name;
    fp_nearest_hint(name, names, n, hint, sizeof hint);
    size_t used = strlen(hint);
    used += (size_t)snprintf(hint + used, sizeof hint - used, "%sits columns: ", used ? " " : "");
    for (ptrdiff_t j = 0; j < n && used < sizeof hint; j++)
        used += (size_t)snprintf(hint + used, sizeof hint - used, "%s%s", j ? ", " : "", names[j]);
    (void)fp_fail_at(err, FP_INPUT, spec->file, 1, 0,
                     "there is no column \"%.80s\", which study.yaml (line %ld) asks of %s", name,
                     spec->line, fp_source_names[kind]);
    (void)fp_hint(err, FP_INPUT, "%s", hint);
    if (err)
        fp_err_one_line(err);
    return FP_INPUT;
}

/* All but the texts. */
static fp_status take_table(const fp_table *table, const fp_source_spec *spec, fp_source_kind kind,
                            fp_arena *arena, fp_source *source, fp_err *err)
{
    const char **names, *sha256;
    ptrdiff_t count, *column;
    FP_TRY(wanted_names(spec, kind, arena, &names, &count, err));
    FP_ARRAY(column, arena, count, err);
    for (ptrdiff_t j = 0; j < count; j++)
        if ((column[j] = fp_table_find(table, names[j])) < 0)
            return lacks_column(table, spec, kind, names[j], err);
    if (!(sha256 = fp_arena_strdup(arena, fp_table_sha256(table), err)))
        return FP_NOMEM;
    const char *warning = fp_table_warning(table);
    if (warning && !(warning = fp_arena_strdup(arena, warning, err)))
        return FP_NOMEM;
    *source = (fp_source){.kind = kind,
                          .file = spec->file,
                          .sha256 = sha256,
                          .warning = warning,
                          .rows = fp_table_rows(table),
                          .column_count = count,
                          .names = names,
                          .table = table,
                          .column = column};
    return FP_OK;
}

/* The texts, so that the table is needed no longer. */
static fp_status copy_texts(fp_source *source, fp_arena *arena, fp_err *err)
{
    FP_TRY(fp_table_texts(source->table, source->column_count, source->column, arena,
                          &source->cells, &source->line, err));
    source->table = NULL;
    return FP_OK;
}

/* No column is read for its values. */
static fp_table_options texts_only(const fp_source_spec *spec)
{
    static const char *const none[] = {NULL};
    fp_table_options options = fp_table_defaults();
    options.mentioned = none;
    options.name = spec->file;
    options.sha256 = true;
    return options;
}

fp_status fp_source_read_text(const char *name, fp_str text, const fp_protocol *protocol,
                              fp_source_kind kind, fp_arena *arena, fp_source *source, fp_err *err)
{
    const fp_table *table;
    const fp_source_spec *spec = fp_protocol_source(protocol, kind);
    fp_table_options options = texts_only(spec);
    fp_source made;
    FP_ARENA_SCOPED(scratch, MOST_SCRATCH, err);
    options.sha256 = false;
    FP_TRY(fp_table_read_text(name, text, &options, scratch, &table, err));
    FP_TRY(take_table(table, spec, kind, arena, &made, err));
    FP_TRY(copy_texts(&made, arena, err));
    *source = made;
    return FP_OK;
}

/* out  table  in `in` */
static fp_status open_table(const char *folder, const fp_source_spec *spec, const fp_work *work,
                            fp_arena *in, const fp_table **table, fp_err *err)
{
    fp_table_options options = texts_only(spec);
    options.threads = work ? work->threads : 0;
    const char *path =
        spec->file[0] == '/' ? spec->file : fp_arena_printf(in, err, "%s/%s", folder, spec->file);
    return path ? fp_table_read(path, &options, in, table, err) : FP_NOMEM;
}

fp_status fp_source_open(const char *folder, const fp_protocol *protocol, fp_source_kind kind,
                         const fp_work *work, fp_arena *arena, fp_source *source, fp_err *err)
{
    const fp_table *table;
    const fp_source_spec *spec = fp_protocol_source(protocol, kind);
    if (!spec->file) {
        *source = (fp_source){.kind = kind, .sha256 = ""};
        return FP_OK;
    }
    FP_TRY(open_table(folder, spec, work, arena, &table, err));
    return take_table(table, spec, kind, arena, source, err);
}

fp_status fp_source_read(const char *folder, const fp_protocol *protocol, fp_source_kind kind,
                         fp_arena *arena, fp_source *source, fp_err *err)
{
    const fp_table *table;
    const fp_source_spec *spec = fp_protocol_source(protocol, kind);
    fp_source made = {.kind = kind, .sha256 = ""};
    FP_ARENA_SCOPED(scratch, MOST_SCRATCH, err);
    if (spec->file) {
        FP_TRY(open_table(folder, spec, NULL, scratch, &table, err));
        FP_TRY(take_table(table, spec, kind, arena, &made, err));
        FP_TRY(copy_texts(&made, arena, err));
    }
    *source = made;
    return FP_OK;
}
