#include "cli/help.h"

#include <stdlib.h>
#include <string.h>

#include "cli/common.h"
#include "cli/parse.h"

enum { WIDTH = 79, NAME_AT = 6, TEXT_AT = 29 };

/* Words of `text`, from column `at` on, in lines that begin at column `indent`; a line of the text
 * ends there. */
static void put_wrapped(fp_buf *out, const char *text, size_t at, size_t indent)
{
    bool begins = true; /* a line: no space before its first word */
    while (*text) {
        size_t n = strcspn(text, " \n");
        if (!begins && at + 1 + n > WIDTH) {
            fp_buf_printf(out, "\n%*s", (int)indent, "");
            at = indent;
        } else if (!begins) {
            fp_buf_put_char(out, ' ');
            at++;
        }
        fp_buf_printf(out, "%.*s", (int)n, text);
        at += n;
        begins = false;
        text += n;
        while (*text == ' ')
            text++;
        if (*text == '\n') {
            fp_buf_printf(out, "\n%*s", text[1] == '\n' ? 0 : (int)indent, "");
            at = indent;
            begins = true;
            text++;
        }
    }
    fp_buf_put_char(out, '\n');
}

static void put_option(fp_buf *out, const char *letter, const struct argp_option *option)
{
    size_t before = out->n;
    fp_buf_printf(out, "%*s--%s%s%s", -NAME_AT, letter, option->name, option->arg ? "=" : "",
                  option->arg ? option->arg : "");
    size_t at = out->n - before;
    if (at + 2 > TEXT_AT) {
        fp_buf_put_char(out, '\n');
        at = 0;
    }
    fp_buf_printf(out, "%*s", (int)(TEXT_AT - at), "");
    put_wrapped(out, option->doc, TEXT_AT, TEXT_AT);
}

static int by_group(const void *a, const void *b)
{
    const struct argp_option *x = a, *y = b;
    return x->group != y->group ? (x->group > y->group) - (x->group < y->group)
                                : strcmp(x->name, y->name);
}

bool fp_cli_asks_help(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-?") == 0)
            return true;
    return false;
}

fp_status fp_cli_help(const fp_command *command, fp_arena *arena, fp_err *err)
{
    static const struct argp_option own[] = {{.name = "help", .doc = "print this list"},
                                             {.name = "usage", .doc = "print a short one"},
                                             {.name = "version", .doc = "print the version"}};
    static const char *const letters[] = {"  -?,", "", "  -V,"};
    FP_BUF_SCOPED(out, FP_MIB);
    const struct argp_option *options;
    struct argp_option *sorted;
    size_t n = 0;
    FP_TRY(fp_cli_options(command, arena, &options, err));
    while (options[n].name)
        n++;
    FP_ARRAY(sorted, arena, (ptrdiff_t)n, err);
    memcpy(sorted, options, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, by_group);
    char *usage = fp_arena_printf(arena, err, "Usage: firstplace %s [OPTION...] %s", command->name,
                                  command->args);
    if (!usage)
        return FP_NOMEM;
    put_wrapped(&out, usage, 0, strlen("Usage: "));
    fp_buf_printf(&out, "%s: %s\n\n", command->name, command->summary);
    for (size_t i = 0; i < n; i++)
        put_option(&out, "", &sorted[i]);
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        put_option(&out, letters[i], &own[i]);
    if (command->notes) {
        fp_buf_put_char(&out, '\n');
        put_wrapped(&out, command->notes, 0, 0);
    }
    FP_TRY(fp_buf_ok(&out, err));
    return fp_cli_print(fp_buf_str(&out), err);
}
