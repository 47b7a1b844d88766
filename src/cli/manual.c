#include "cli/manual.h"

#include <string.h>

#include "cli/parse.h"

/* Escaped for roff: a hyphen stays a hyphen-minus that can be copied, and no line can begin with a
 * request. */
static void put_roff(fp_buf *out, const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if ((text[i] == '.' || text[i] == '\'') && (out->n == 0 || out->p[out->n - 1] == '\n'))
            fp_buf_put(out, "\\&");
        if (text[i] == '\\')
            fp_buf_put(out, "\\e");
        else if (text[i] == '-')
            fp_buf_put(out, "\\-");
        else if (text[i] == '~')
            fp_buf_put(out, "\\(ti");
        else if (text[i] == '^')
            fp_buf_put(out, "\\(ha");
        else
            fp_buf_put_char(out, text[i]);
    }
}

static void put_text(fp_buf *out, const char *text)
{
    put_roff(out, text, strlen(text));
}

/* As a sentence: the summaries of the table begin with a small letter. */
static void put_summary(fp_buf *out, const char *text, const char *end)
{
    char first = text[0];
    if (first >= 'a' && first <= 'z')
        first = (char)(first - 'a' + 'A');
    fp_buf_put_char(out, first);
    put_text(out, text + 1);
    fp_buf_put(out, end);
}

/* ---- notes: paragraphs apart by an empty line ---- */

static const char example[] = "Example: ";

static fp_str next_paragraph(const char **at)
{
    const char *end = strstr(*at, "\n\n");
    fp_str paragraph = {*at, end ? (size_t)(end - *at) : strlen(*at)};
    *at = end ? end + 2 : *at + paragraph.n;
    return paragraph;
}

static bool is_example(fp_str paragraph)
{
    return paragraph.n > strlen(example) && memcmp(paragraph.p, example, strlen(example)) == 0;
}

static void put_notes(fp_buf *out, const fp_command *command)
{
    const char *at = command->notes ? command->notes : "";
    while (*at) {
        fp_str paragraph = next_paragraph(&at);
        if (is_example(paragraph))
            continue;
        fp_buf_put(out, ".PP\n");
        put_roff(out, paragraph.p, paragraph.n);
        fp_buf_put_char(out, '\n');
    }
}

static void put_examples(fp_buf *out, const fp_command *command)
{
    const char *at = command->notes ? command->notes : "";
    while (*at) {
        fp_str paragraph = next_paragraph(&at);
        if (!is_example(paragraph))
            continue;
        fp_buf_put(out, ".PP\n");
        put_summary(out, command->summary, ":\n.PP\n.EX\n    ");
        put_roff(out, paragraph.p + strlen(example), paragraph.n - strlen(example));
        fp_buf_put(out, "\n.EE\n");
    }
}

/* ---- options ---- */

static void put_option(fp_buf *out, const struct argp_option *option)
{
    fp_buf_put(out, ".TP\n\\fB\\-\\-");
    put_text(out, option->name);
    fp_buf_put(out, "\\fR");
    if (option->arg) {
        fp_buf_put(out, "=\\fI");
        put_text(out, option->arg);
        fp_buf_put(out, "\\fR");
    }
    fp_buf_put_char(out, '\n');
    put_text(out, option->doc);
    fp_buf_put_char(out, '\n');
}

static bool is_own(const struct argp_option *option)
{
    return option->key >= FP_CLI_OWN(0) && option->key < FP_CLI_OWN(FP_CLI_OWN_MAX);
}

static fp_status put_command(fp_buf *out, const fp_command *command, fp_arena *arena, fp_err *err)
{
    const struct argp_option *options;
    bool any = false;
    FP_TRY(fp_cli_options(command, arena, &options, err));
    fp_buf_put(out, ".SS \"firstplace ");
    put_text(out, command->name);
    fp_buf_printf(out, " \\fI%s\\fP\"\n", command->args);
    put_summary(out, command->summary, ".\n");
    put_notes(out, command);
    for (ptrdiff_t i = 0; options[i].name; i++)
        if (is_own(&options[i]))
            put_option(out, &options[i]);
    for (ptrdiff_t i = 0; options[i].name; i++) {
        if (is_own(&options[i]) || strcmp(options[i].name, "quiet") == 0)
            continue;
        fp_buf_put(out, any ? ", \\fB\\-\\-" : ".PP\nOf the shared options: \\fB\\-\\-");
        put_text(out, options[i].name);
        fp_buf_put(out, "\\fR");
        any = true;
    }
    fp_buf_put(out, any ? ".\n" : "");
    return FP_OK;
}

/* Every shared option once: a command that takes them all knows them. */
static fp_status put_shared(fp_buf *out, fp_arena *arena, fp_err *err)
{
    static const fp_command all = {.name = "", .args = "", .shared = ~0U};
    const struct argp_option *options;
    FP_TRY(fp_cli_options(&all, arena, &options, err));
    fp_buf_put(
        out,
        ".SH \"SHARED OPTIONS\"\nWhich of these a command takes stands with it. "
        "Every command also takes \\fB\\-\\-quiet\\fR, \\fB\\-\\-help\\fR, \\fB\\-\\-usage\\fR and "
        "\\fB\\-\\-version\\fR.\n");
    for (ptrdiff_t i = 0; options[i].name; i++)
        put_option(out, &options[i]);
    return FP_OK;
}

/* ---- the page ---- */

static void put_synopsis(fp_buf *out, const fp_command *const *commands, ptrdiff_t count)
{
    fp_buf_put(out, ".SH SYNOPSIS\n.nf\n");
    for (ptrdiff_t i = 0; i < count; i++) {
        fp_buf_put(out, "\\fBfirstplace ");
        put_text(out, commands[i]->name);
        fp_buf_printf(out, "\\fR \\fI%s\\fR [options]\n", commands[i]->args);
    }
    fp_buf_put(out, "\\fBfirstplace help\\fR [\\fICOMMAND\\fR | \\fB\\-\\-man\\fR | "
                    "\\fB\\-\\-completion\\fR]\n.fi\n");
}

static const char description[] =
    ".SH DESCRIPTION\n"
    "firstplace runs and evaluates supported\\-employment programmes, such as Individual Placement "
    "and Support (IPS) and the Participatory Approach (PA).\n"
    ".PP\n"
    "A command that takes \\fIDATA\\fR analyses one table: a .csv or .tsv file, or \\fB\\-\\fR for "
    "standard input. Formulas are those of R. A command that takes \\fISTUDY\\fR works on the "
    "folder of a study: its protocol, its sources and its log.\n"
    ".PP\n"
    "Data go to standard output, words to standard error. An error is one line: what, where, and "
    "what to do.\n";

static const char files[] =
    ".SH FILES\n"
    ".TP\n\\fISTUDY\\fR/study.yaml\nThe protocol and the analysis plan, written by people.\n"
    ".TP\n\\fISTUDY\\fR/data/*.csv\nThe sources that study.yaml names.\n"
    ".TP\n\\fISTUDY\\fR/study.db\nEverything registered: the log and its tables (SQLite).\n"
    ".TP\n\\fISTUDY\\fR/out/report.html\nThe report, one file that needs nothing else.\n";

static void put_exits(fp_buf *out)
{
    static const char *const exits[] = {
        "Done. A statistical outcome, such as no events or no convergence, is also 0.",
        "A check said no.",
        "Wrong use: an unknown command or option, a senseless value.",
        "Bad input, or a file that cannot be read or written.",
        "No usable estimate, under \\fB\\-\\-strict\\fR.",
        "Internal error.",
    };
    fp_buf_put(out, ".SH \"EXIT STATUS\"\n");
    for (size_t i = 0; i < sizeof exits / sizeof *exits; i++)
        fp_buf_printf(out, ".TP\n\\fB%zu\\fR\n%s\n", i, exits[i]);
}

fp_status fp_cli_manual(const fp_command *const *commands, ptrdiff_t count, fp_arena *arena,
                        fp_buf *out, fp_err *err)
{
    fp_buf_put(out, ".TH FIRSTPLACE 1 \"\" \"firstplace " FP_VERSION "\" \"User commands\"\n"
                    ".SH NAME\n"
                    "firstplace \\- run and evaluate supported\\-employment programmes\n");
    put_synopsis(out, commands, count);
    fp_buf_put(out, description);
    fp_buf_put(out, ".SH COMMANDS\n");
    for (ptrdiff_t i = 0; i < count; i++)
        FP_TRY(put_command(out, commands[i], arena, err));
    fp_buf_put(out, ".SS \"firstplace help \\fI[COMMAND]\\fP\"\n"
                    "The list of commands, or the options of one. \\fB\\-\\-man\\fR prints this "
                    "page, \\fB\\-\\-completion\\fR a script for the completion of bash.\n");
    FP_TRY(put_shared(out, arena, err));
    fp_buf_put(out, files);
    put_exits(out);
    fp_buf_put(out, ".SH EXAMPLES\n");
    for (ptrdiff_t i = 0; i < count; i++)
        put_examples(out, commands[i]);
    return fp_buf_ok(out, err);
}
