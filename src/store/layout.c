#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/canonical.h"
#include "store/store_priv.h"

#define AT(member)  offsetof(fp_source_spec, member)
#define MAPPING_MAX FP_MIB

static const fp_store_table tables[FP_SOURCE_COUNT] = {
    [FP_SOURCE_COACHES] =
        {"coaches",
         "INSERT INTO coach_row(import, row, line, columns, id, allocated) "
         "VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
         "SELECT row, line, columns, id, allocated FROM coach_row WHERE import = ?1 ORDER BY row",
         "SELECT import FROM coach_row WHERE import NOT IN (SELECT id FROM import "
         "WHERE source = 'coaches') LIMIT 1",
         2,
         {{"id", AT(id)}, {"allocated", AT(allocated)}}},
    [FP_SOURCE_PEOPLE] =
        {"people",
         "INSERT INTO person_row(import, row, line, columns, id, \"start\", \"end\", end_reason) "
         "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
         "SELECT row, line, columns, id, \"start\", \"end\", end_reason FROM person_row "
         "WHERE import = ?1 ORDER BY row",
         "SELECT import FROM person_row WHERE import NOT IN (SELECT id FROM import "
         "WHERE source = 'people') LIMIT 1",
         4,
         {{"id", AT(id)}, {"start", AT(start)}, {"end", AT(end)}, {"end_reason", AT(end_reason)}}},
    [FP_SOURCE_EPISODES] =
        {"episodes",
         "INSERT INTO episode_row(import, row, line, columns, person, \"start\", \"end\", hours, "
         "kind) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
         "SELECT row, line, columns, person, \"start\", \"end\", hours, kind FROM episode_row "
         "WHERE import = ?1 ORDER BY row",
         "SELECT import FROM episode_row WHERE import NOT IN (SELECT id FROM import "
         "WHERE source = 'episodes') LIMIT 1",
         5,
         {{"person", AT(person)},
          {"start", AT(start)},
          {"end", AT(end)},
          {"hours", AT(hours)},
          {"kind", AT(kind)}}},
    [FP_SOURCE_RECRUITMENT] =
        {"recruitment",
         "INSERT INTO recruitment_row(import, row, line, columns, person, coach, offered, "
         "eligible, consented, reason, included) "
         "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
         "SELECT row, line, columns, person, coach, offered, eligible, consented, reason, included "
         "FROM recruitment_row WHERE import = ?1 ORDER BY row",
         "SELECT import FROM recruitment_row WHERE import NOT IN (SELECT id FROM import "
         "WHERE source = 'recruitment') LIMIT 1",
         7,
         {{"person", AT(person)},
          {"coach", AT(coach)},
          {"offered", AT(offered)},
          {"eligible", AT(eligible)},
          {"consented", AT(consented)},
          {"reason", AT(reason)},
          {"included", AT(included)}}},
    [FP_SOURCE_ANSWERS] =
        {"answers",
         "INSERT INTO answer_row(import, row, line, columns, person, wave, item, value) "
         "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
         "SELECT row, line, columns, person, wave, item, value FROM answer_row "
         "WHERE import = ?1 ORDER BY row",
         "SELECT import FROM answer_row WHERE import NOT IN (SELECT id FROM import "
         "WHERE source = 'answers') LIMIT 1",
         4,
         {{"person", AT(person)}, {"wave", AT(wave)}, {"item", AT(item)}, {"value", AT(value)}}},
};

const fp_store_table *fp_store_table_of(fp_source_kind kind)
{
    return &tables[kind];
}

const fp_store_table *fp_store_table_named(const char *source)
{
    for (int i = 0; i < FP_SOURCE_COUNT; i++)
        if (strcmp(tables[i].name, source) == 0)
            return &tables[i];
    return NULL;
}

const fp_source_spec *fp_store_spec(const fp_protocol *protocol, fp_source_kind kind)
{
    return fp_protocol_source(protocol, kind);
}

static const char *role_name(const fp_source_spec *spec, size_t offset)
{
    const char *name;
    memcpy(&name, (const char *)spec + offset, sizeof name);
    return name;
}

typedef struct {
    const char *name;
    ptrdiff_t column;
} named;

static int by_name(const void *a, const void *b)
{
    return fp_canonical_key_cmp(((const named *)a)->name, ((const named *)b)->name);
}

/* Sort the carried columns by key, as the object of each row has them. */
static fp_status sort_columns(fp_store_layout *layout, fp_arena *arena, fp_err *err)
{
    ptrdiff_t count = layout->column_count - layout->role_count;
    named *order;
    FP_ARRAY(order, arena, count, err);
    FP_ARRAY(layout->sorted, arena, count, err);
    for (ptrdiff_t k = 0; k < count; k++)
        order[k] = (named){layout->names[layout->role_count + k], layout->role_count + k};
    if (count > 0)
        qsort(order, (size_t)count, sizeof *order, by_name);
    for (ptrdiff_t k = 0; k < count; k++) {
        if (k > 0 && strcmp(order[k - 1].name, order[k].name) == 0) {
            (void)fp_fail(err, FP_INPUT, "the columns of %s name \"%s\" twice", layout->table->name,
                          order[k].name);
            return fp_hint(err, FP_INPUT, "name it once in study.yaml");
        }
        layout->sorted[k] = order[k].column;
    }
    return FP_OK;
}

fp_status fp_store_layout_of(const fp_protocol *protocol, fp_source_kind kind, fp_arena *arena,
                             fp_store_layout *layout, fp_err *err)
{
    const fp_source_spec *spec = fp_store_spec(protocol, kind);
    fp_store_layout made = {.table = fp_store_table_of(kind)};
    FP_ARRAY(made.names, arena, FP_STORE_ROLES + spec->column_count, err);
    for (int r = 0; r < made.table->role_count; r++) {
        const char *name = role_name(spec, made.table->roles[r].offset);
        if (!name)
            continue;
        made.names[made.role_count] = name;
        made.role[made.role_count++] = r;
    }
    for (ptrdiff_t j = 0; j < spec->column_count; j++)
        made.names[made.role_count + j] = spec->columns[j];
    made.column_count = made.role_count + spec->column_count;
    FP_TRY(sort_columns(&made, arena, err));
    *layout = made;
    return FP_OK;
}

fp_status fp_store_layout_text(const fp_store_layout *layout, fp_arena *arena, const char **mapping,
                               fp_err *err)
{
    fp_canonical_member members[FP_STORE_ROLES + 1];
    FP_BUF_SCOPED(columns, MAPPING_MAX);
    FP_BUF_SCOPED(text, MAPPING_MAX);
    fp_buf_put_char(&columns, '[');
    for (ptrdiff_t j = layout->role_count; j < layout->column_count; j++) {
        if (j > layout->role_count)
            fp_buf_put_char(&columns, ',');
        fp_canonical_string(&columns, fp_str_of(layout->names[j]));
    }
    fp_buf_put_char(&columns, ']');
    FP_TRY(fp_buf_ok(&columns, err));
    members[0] = (fp_canonical_member){"columns", columns.p};
    for (int j = 0; j < layout->role_count; j++) {
        text.n = 0;
        fp_canonical_string(&text, fp_str_of(layout->names[j]));
        FP_TRY(fp_buf_ok(&text, err));
        char *json = fp_str_dup(arena, fp_buf_str(&text), err);
        if (!json)
            return FP_NOMEM;
        members[j + 1] = (fp_canonical_member){layout->table->roles[layout->role[j]].role, json};
    }
    text.n = 0;
    FP_TRY(fp_canonical_object(&text, members, layout->role_count + 1, err));
    char *made = fp_str_dup(arena, fp_buf_str(&text), err);
    if (!made)
        return FP_NOMEM;
    *mapping = made;
    return FP_OK;
}

/* The next string of a mapping, in the arena; NULL text where there is none. */
static fp_status take_name(fp_str *rest, fp_arena *arena, const char **name, fp_err *err)
{
    FP_BUF_SCOPED(buf, MAPPING_MAX);
    *name = NULL;
    if (!fp_canonical_take_string(rest, &buf))
        return FP_OK;
    FP_TRY(fp_buf_ok(&buf, err));
    char *copy = fp_str_dup(arena, fp_buf_str(&buf), err);
    if (!copy)
        return FP_NOMEM;
    *name = copy;
    return FP_OK;
}

static fp_status bad_mapping(fp_err *err)
{
    return fp_fail(err, FP_CHECK, "the column mapping of an import cannot be read");
}

/* What a mapping says: names of the roles, NULL = not mapped, and of the carried columns. */
typedef struct {
    const char *found[FP_STORE_ROLES];
    const char **columns;
    ptrdiff_t count, room;
} mapped;

/* ["age","sex"] */
static fp_status read_columns(fp_str *rest, fp_arena *arena, mapped *out, fp_err *err)
{
    if (!fp_canonical_take(rest, "["))
        return bad_mapping(err);
    for (bool more = !fp_canonical_take(rest, "]"); more; out->count++) {
        if (out->count == out->room)
            return bad_mapping(err);
        FP_TRY(take_name(rest, arena, &out->columns[out->count], err));
        more = out->columns[out->count] && fp_canonical_take(rest, ",");
        if (!more && (!out->columns[out->count] || !fp_canonical_take(rest, "]")))
            return bad_mapping(err);
    }
    return FP_OK;
}

/* {"allocated":"day","columns":["age"],"id":"coach"}: every member in its place. */
static fp_status read_members(fp_str rest, const fp_store_table *table, fp_arena *arena,
                              mapped *out, fp_err *err)
{
    bool columns = false;
    if (!fp_canonical_take(&rest, "{"))
        return bad_mapping(err);
    do {
        const char *key;
        int r = 0;
        FP_TRY(take_name(&rest, arena, &key, err));
        if (!key || !fp_canonical_take(&rest, ":"))
            return bad_mapping(err);
        if (strcmp(key, "columns") == 0 && !columns) {
            columns = true;
            FP_TRY(read_columns(&rest, arena, out, err));
            continue;
        }
        while (r < table->role_count && strcmp(table->roles[r].role, key) != 0)
            r++;
        if (r == table->role_count)
            return bad_mapping(err);
        FP_TRY(take_name(&rest, arena, &out->found[r], err));
        if (!out->found[r])
            return bad_mapping(err);
    } while (fp_canonical_take(&rest, ","));
    return columns && fp_str_is(rest, "}") ? FP_OK : bad_mapping(err);
}

/* At least as many as the mapping carries: a comma may also stand in a name. */
static ptrdiff_t most_columns(fp_str text)
{
    ptrdiff_t count = 1;
    for (size_t i = 0; i < text.n; i++)
        count += text.p[i] == ',';
    return count;
}

fp_status fp_store_layout_read(const char *mapping, const fp_store_table *table, fp_arena *arena,
                               fp_store_layout *layout, fp_err *err)
{
    fp_store_layout made = {.table = table};
    mapped names = {.room = most_columns(fp_str_of(mapping))};
    FP_ARRAY(names.columns, arena, names.room, err);
    FP_ARRAY(made.names, arena, FP_STORE_ROLES + names.room, err);
    FP_TRY(read_members(fp_str_of(mapping), table, arena, &names, err));
    for (int r = 0; r < table->role_count; r++) {
        if (!names.found[r])
            continue;
        made.names[made.role_count] = names.found[r];
        made.role[made.role_count++] = r;
    }
    for (ptrdiff_t j = 0; j < names.count; j++)
        made.names[made.role_count + j] = names.columns[j];
    made.column_count = made.role_count + names.count;
    FP_TRY(sort_columns(&made, arena, err));
    *layout = made;
    return FP_OK;
}

fp_status fp_store_mapping(const fp_protocol *protocol, fp_source_kind kind, fp_arena *arena,
                           const char **mapping, fp_err *err)
{
    fp_store_layout layout;
    FP_TRY(fp_store_layout_of(protocol, kind, arena, &layout, err));
    return fp_store_layout_text(&layout, arena, mapping, err);
}

fp_status fp_store_changed(fp_ledger *ledger, fp_err *err, const char *format, ...)
{
    char message[400];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(message, sizeof message, format, args);
    va_end(args);
    (void)fp_fail_at(err, FP_CHECK, fp_ledger_path(ledger), 0, 0, "the database was changed: %s",
                     message);
    return fp_hint(err, FP_CHECK, "restore the database from a copy that is known to be good");
}
