/* The template engine: the published specification, section lambdas, bounds and bad templates. */
#include "report_cases.h"

#include <stdio.h>
#include <string.h>

#include "report/mustache.h"

static bool partial_of(void *user, fp_str name, fp_str *text)
{
    char key[64];
    (void)snprintf(key, sizeof key, "%.*s", FP_STR_ARG(name));
    const json_t *value = json_object_get((const json_t *)user, key);
    *text = fp_str_of(value ? json_string_value(value) : NULL);
    return value != NULL;
}

static void run_one(const char *file, const json_t *test)
{
    fp_err err = {0};
    fp_arena *arena = fp_arena_create(16 * FP_MIB);
    FP_BUF_SCOPED(out, FP_MIB);
    fp_mustache_options options = {.partial = partial_of,
                                   .user = json_object_get(test, "partials")};
    const char *name = json_string_value(json_object_get(test, "name"));
    fp_status status =
        fp_mustache_render(name, fp_str_of(json_string_value(json_object_get(test, "template"))),
                           json_object_get(test, "data"), &options, arena, &out, &err);
    ck_assert_msg(status == FP_OK, "%s, %s: %s", file, name, err.message);
    const char *expected = json_string_value(json_object_get(test, "expected"));
    ck_assert_msg(strcmp(out.p, expected) == 0, "%s, %s: \"%s\" instead of \"%s\"", file, name,
                  out.p, expected);
    fp_arena_destroy(arena);
}

START_TEST(specification)
{
    static const struct {
        const char *file;
        size_t tests;
    } modules[] = {{"comments", 11}, {"delimiters", 14}, {"interpolation", 31},
                   {"inverted", 21}, {"partials", 11},   {"sections", 33}};
    for (size_t m = 0; m < sizeof modules / sizeof *modules; m++) {
        char path[512];
        (void)snprintf(path, sizeof path, FP_TEST_DATA "/report/mustache-spec/%s.json",
                       modules[m].file);
        json_error_t error;
        json_t *file = json_load_file(path, 0, &error);
        ck_assert_msg(file != NULL, "%s: %s", path, error.text);
        const json_t *tests = json_object_get(file, "tests");
        ck_assert_uint_eq(json_array_size(tests), modules[m].tests);
        for (size_t i = 0; i < json_array_size(tests); i++)
            run_one(modules[m].file, json_array_get(tests, i));
        json_decref(file);
    }
}
END_TEST

static bool shout(void *user, fp_str name, fp_str text, fp_str *replacement)
{
    (void)user;
    if (!fp_str_is(name, "t"))
        return false;
    *replacement = fp_str_is(text, "Hello {{who}}") ? FP_STR("Hallo <b>{{who}}</b>") : text;
    return true;
}

static fp_status render(const char *text, const char *data, long steps, fp_buf *out, fp_err *err)
{
    fp_arena *arena = fp_arena_create(64 * FP_MIB);
    json_t *json = json_loads(data, JSON_DECODE_ANY, NULL);
    fp_mustache_options options = {.lambda = shout, .max_steps = steps};
    fp_status status = fp_mustache_render("t", fp_str_of(text), json, &options, arena, out, err);
    json_decref(json);
    fp_arena_destroy(arena);
    return status;
}

START_TEST(lambda_replaces_its_text)
{
    fp_err err = {0};
    FP_BUF_SCOPED(out, FP_MIB);
    ck_assert_int_eq(render("{{#l}}{{#t}}Hello {{who}}{{/t}};{{/l}}{{#t}}as it is{{/t}}",
                            "{\"l\":[{\"who\":\"<x>\"},{\"who\":\"y\"}]}", 0, &out, &err),
                     FP_OK);
    ck_assert_str_eq(out.p, "Hallo <b>&lt;x&gt;</b>;Hallo <b>y</b>;as it is");
}
END_TEST

START_TEST(bad_templates_name_the_line)
{
    static const struct {
        const char *text, *message;
        long line;
    } cases[] = {
        {"a\n{{name", "a tag that is not closed", 2},
        {"a\n\n{{#x}} b", "a section that is not ended", 3},
        {"{{#x}}{{/y}}", "a section ends that was not begun", 1},
        {"{{/y}}", "a section ends that was not begun", 1},
        {"{{= | =}}", "a delimiter tag wants two delimiters", 1},
        {"{{=a b c=}}", "a delimiter tag wants two delimiters", 1},
        {"{{ }}", "a tag without a name", 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fp_err err = {0};
        FP_BUF_SCOPED(out, FP_MIB);
        ck_assert_int_eq(render(cases[i].text, "{}", 0, &out, &err), FP_INPUT);
        ck_assert_str_eq(err.message, cases[i].message);
        ck_assert_int_eq(err.line, cases[i].line);
    }
}
END_TEST

START_TEST(output_and_steps_are_bounded)
{
    fp_err err = {0};
    FP_BUF_SCOPED(out, 64);
    ck_assert_int_eq(render("{{#.}}0123456789{{/.}}", "[1,2,3,4,5,6,7,8]", 0, &out, &err),
                     FP_NOMEM);
    FP_BUF_SCOPED(more, FP_MIB);
    ck_assert_int_eq(render("{{#.}}{{.}}{{.}}{{/.}}", "[1,2,3,4,5,6,7,8]", 10, &more, &err),
                     FP_INPUT);
    FP_BUF_SCOPED(deep, FP_MIB);
    for (int i = 0; i < 70; i++)
        fp_buf_put(&deep, "{{#a}}");
    for (int i = 0; i < 70; i++)
        fp_buf_put(&deep, "{{/a}}");
    FP_BUF_SCOPED(none, FP_MIB);
    ck_assert_int_eq(render(deep.p, "{}", 0, &none, &err), FP_INPUT);
}
END_TEST

static bool itself(void *user, fp_str name, fp_str *text)
{
    (void)user;
    (void)name;
    *text = FP_STR("{{>again}}");
    return true;
}

START_TEST(endless_partials_end)
{
    fp_err err = {0};
    fp_arena *arena = fp_arena_create(16 * FP_MIB);
    FP_BUF_SCOPED(out, FP_MIB);
    fp_mustache_options options = {.partial = itself};
    json_t *data = json_object();
    ck_assert_int_eq(
        fp_mustache_render("t", FP_STR("{{>again}}"), data, &options, arena, &out, &err), FP_INPUT);
    json_decref(data);
    fp_arena_destroy(arena);
}
END_TEST

START_TEST(every_allocation_may_fail)
{
    json_t *data = json_loads("{\"a\":[1,2],\"b\":{\"c\":\"x\"}}", 0, NULL);
    long n = 1;
    for (fp_status status = FP_NOMEM; status != FP_OK; n++) {
        fp_err err = {0};
        fp_arena *arena = fp_arena_create(16 * FP_MIB);
        FP_BUF_SCOPED(out, FP_MIB);
        fp_mustache_options options = {.lambda = shout};
        fp_arena_fail_at(arena, n);
        status = fp_mustache_render("t", FP_STR("{{#a}}{{.}} {{b.c}}{{>p}}{{#t}}x{{/t}}{{/a}}\n"),
                                    data, &options, arena, &out, &err);
        ck_assert(status == FP_OK || status == FP_NOMEM);
        if (status == FP_OK)
            ck_assert_str_eq(out.p, "1 xx2 xx\n");
        fp_arena_destroy(arena);
    }
    ck_assert_int_gt(n, 6);
    json_decref(data);
}
END_TEST

/* A kept set: partials without indentation, lambdas asked once, recursion, what is not there. */
START_TEST(kept_templates_render_again_and_again)
{
    const fp_template items[] = {
        {"page", FP_STR("<ul>\n  {{>row}}\n</ul>{{#t}}ends{{/t}}\n")},
        {"row", FP_STR("{{#list}}<li>{{name}}{{>row}}</li>{{/list}}")},
        {"lost", FP_STR("{{>nowhere}}")},
    };
    fp_err err = {0};
    fp_arena *arena = fp_arena_create(16 * FP_MIB);
    fp_mustache_options options = {.lambda = shout};
    const fp_templates *set = NULL;
    ck_assert_int_eq(fp_templates_open(items, 3, &options, arena, &set, &err), FP_INPUT);
    ck_assert_str_eq(err.message, "the template lost: there is no partial \"nowhere\"");
    ck_assert_int_eq(fp_templates_open(items, 2, &options, arena, &set, &err), FP_OK);
    json_t *data = json_loads(
        "{\"list\":[{\"name\":\"a\",\"list\":[{\"name\":\"<\",\"list\":[]}]}]}", 0, NULL);
    for (int i = 0; i < 3; i++) {
        FP_BUF_SCOPED(out, FP_MIB);
        ck_assert_int_eq(fp_templates_render(set, "page", data, arena, &out, &err), FP_OK);
        ck_assert_str_eq(out.p, "<ul>\n<li>a<li>&lt;</li></li></ul>ends\n");
    }
    FP_BUF_SCOPED(none, FP_MIB);
    ck_assert_int_eq(fp_templates_render(set, "other", data, arena, &none, &err), FP_INTERNAL);
    json_decref(data);
    fp_arena_destroy(arena);
}
END_TEST

TCase *mustache_cases(void)
{
    TCase *tc = tcase_create("mustache");
    tcase_add_test(tc, specification);
    tcase_add_test(tc, lambda_replaces_its_text);
    tcase_add_test(tc, bad_templates_name_the_line);
    tcase_add_test(tc, output_and_steps_are_bounded);
    tcase_add_test(tc, endless_partials_end);
    tcase_add_test(tc, every_allocation_may_fail);
    tcase_add_test(tc, kept_templates_render_again_and_again);
    return tc;
}
