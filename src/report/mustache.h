#ifndef FP_REPORT_MUSTACHE_H
#define FP_REPORT_MUSTACHE_H

#include <jansson.h>

#include "base/str.h"

/* Templates in Mustache syntax (docs/adr/0009-own-mustache.md): {{name}} escaped for HTML,
 * {{{name}}} and {{&name}} as it is, {{#section}}...{{/section}}, {{^inverted}}...{{/inverted}},
 * {{! comment }}, {{>partial}}, {{=<% %>=}}, dotted names, {{.}}, standalone lines. Of the
 * published specification all core modules (comments, delimiters, interpolation, inverted,
 * partials, sections); of the optional ones only section lambdas, by a callback. */
typedef struct {
    /* The text of a partial; false where there is none (it is then empty). NULL = none at all. */
    bool (*partial)(void *user, fp_str name, fp_str *text);
    /* Section lambdas: a section of this name is not looked up in the data; its text as written is
     * replaced by a template that is rendered in its place (with {{ }} as delimiters). false = not
     * a lambda. NULL = none at all. Must give the same answer for the same text. */
    bool (*lambda)(void *user, fp_str name, fp_str text, fp_str *replacement);
    void *user;
    long max_steps; /* nodes rendered at most; 0 = 20,000,000 */
} fp_mustache_options;

/* Render a template.
 * Values: text as it is, numbers as short as they read back, true and false as such; null, objects
 * and lists are empty. False in a section: missing, null, false, "", an empty list.
 * Bounded: 64 nested tags, 256 nested levels when rendering, max_steps, and the maximum of `out`.
 * in    name      of the template, for messages
 * in    data      the context; read only                        borrowed
 * in    arena     the parsed templates stay there until its end
 * out   out       appended to; on an error it may hold half a page: throw it away
 * Errors: FP_INPUT (a tag that is not closed, a section that is not ended or ended by another name,
 *         a bad delimiter tag, too deep, too many steps; with the line), FP_NOMEM.
 * Cost: O(template + output). Thread-safe: yes. */
FP_MUST_USE fp_status fp_mustache_render(const char *name, fp_str text, const json_t *data,
                                         const fp_mustache_options *options, fp_arena *arena,
                                         fp_buf *out, fp_err *err);

/* Templates that are kept: parsed, linked and translated once, rendered by many threads at a time.
 */
typedef struct fp_templates fp_templates;
typedef struct {
    const char *name;
    fp_str text; /* outlives the set */
} fp_template;

/* Parse a set of templates. Unlike fp_mustache_render a partial is the template of that name in
 * the set, printed without the white space before its tag; lambdas are asked here, once.
 * in    options   `lambda` and `user` are used, `partial` and `max_steps` not; NULL = no lambdas
 * in    arena     the set lives there
 * Errors: as fp_mustache_render; FP_INPUT too for a partial that the set does not hold.
 * Thread-safe: yes. */
FP_MUST_USE fp_status fp_templates_open(const fp_template *items, ptrdiff_t count,
                                        const fp_mustache_options *options, fp_arena *arena,
                                        const fp_templates **out, fp_err *err);

/* Render the template `name` of the set; `arena` for scratch.
 * Errors: as fp_mustache_render; FP_INTERNAL where the set holds no such template.
 * Thread-safe: yes, the set is only read. */
FP_MUST_USE fp_status fp_templates_render(const fp_templates *set, const char *name,
                                          const json_t *data, fp_arena *arena, fp_buf *out,
                                          fp_err *err);

#endif
