#include <string.h>

#include "cli/manual.h"
#include "cli/parse.h"

/* What stands for a file, a folder or a list of words in the arguments of commands and options. */
static const struct {
    const char *arg, *function;
} places[] = {
    {"DATA", "_firstplace_files csv tsv"},
    {"FILE.svg", "_firstplace_files svg"},
    {"FILE", "_firstplace_files"},
    {"STUDY", "_firstplace_folders"},
    /* choices too long for the head of an option in --help */
    {"KIND",
     "_firstplace_words martingale deviance score dfbeta dfbetas schoenfeld scaled-schoenfeld"},
};

static const char head[] =
    "# Completion of firstplace in bash. Made by: firstplace help --completion\n"
    "\n"
    "_firstplace_words() { # WORD ...: those that begin with what stands there\n"
    "    COMPREPLY=($(compgen -W \"$*\" -- \"$word\"))\n"
    "}\n"
    "\n"
    "_firstplace_names() { # names from standard input, as they are: with spaces too\n"
    "    compopt -o filenames 2>/dev/null\n"
    "    mapfile -t COMPREPLY\n"
    "}\n"
    "\n"
    "_firstplace_files() { # ENDING ...: folders and files that end so; all files without one\n"
    "    local ending\n"
    "    _firstplace_names < <(\n"
    "        if [[ $# == 0 ]]; then compgen -f -- \"$word\"; else compgen -d -- \"$word\"; fi\n"
    "        for ending; do compgen -f -X \"!*.$ending\" -- \"$word\"; done\n"
    "    )\n"
    "}\n"
    "\n"
    "_firstplace_folders() {\n"
    "    _firstplace_names < <(compgen -d -- \"$word\")\n"
    "}\n"
    "\n"
    "_firstplace() {\n"
    "    local word=${COMP_WORDS[COMP_CWORD]} option=${COMP_WORDS[COMP_CWORD - 1]} "
    "command=${COMP_WORDS[1]}\n"
    "    COMPREPLY=()\n"
    "    # --option=value comes as three words\n"
    "    if [[ $word == = ]]; then\n"
    "        word=\n"
    "    elif [[ $option == = ]]; then\n"
    "        option=${COMP_WORDS[COMP_CWORD - 2]}\n"
    "    fi\n";

/* The line that completes an argument of this kind; nothing where the program cannot know. */
static void put_place(fp_buf *out, const char *arg)
{
    size_t n = strcspn(arg, " ");
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (strlen(places[i].arg) == n && memcmp(places[i].arg, arg, n) == 0) {
            fp_buf_put(out, places[i].function);
            return;
        }
    fp_buf_put_char(out, ':');
}

static void put_value(fp_buf *out, const fp_command *command, const struct argp_option *option)
{
    fp_buf_printf(out, "    \"%s --%s\") ", command->name, option->name);
    if (strchr(option->arg, '|')) {
        fp_buf_put(out, "_firstplace_words");
        for (const char *at = option->arg; *at;) {
            size_t n = strcspn(at, "|");
            fp_buf_put_char(out, ' ');
            fp_buf_put_n(out, at, n);
            at += n + (at[n] == '|');
        }
    } else {
        put_place(out, option->arg);
    }
    fp_buf_put(out, "; return ;;\n");
}

static fp_status put_values(fp_buf *out, const fp_command *const *commands, ptrdiff_t count,
                            fp_arena *arena, fp_err *err)
{
    fp_buf_put(out, "    case \"$command $option\" in\n");
    for (ptrdiff_t i = 0; i < count; i++) {
        const struct argp_option *options;
        FP_TRY(fp_cli_options(commands[i], arena, &options, err));
        for (ptrdiff_t j = 0; options[j].name; j++)
            if (options[j].arg)
                put_value(out, commands[i], &options[j]);
    }
    fp_buf_put(out, "    esac\n");
    return FP_OK;
}

static void put_names(fp_buf *out, const fp_command *const *commands, ptrdiff_t count)
{
    for (ptrdiff_t i = 0; i < count; i++)
        fp_buf_printf(out, " %s", commands[i]->name);
}

/* The first word is a command; then come options and what the command works on. */
static fp_status put_commands(fp_buf *out, const fp_command *const *commands, ptrdiff_t count,
                              fp_arena *arena, fp_err *err)
{
    fp_buf_put(out, "    if [[ $COMP_CWORD == 1 ]]; then\n        _firstplace_words");
    put_names(out, commands, count);
    fp_buf_put(out, " help --help --version\n        return\n    fi\n"
                    "    case \"$command $word\" in\n    \"help \"*) _firstplace_words");
    put_names(out, commands, count);
    fp_buf_put(out, " --man --completion ;;\n");
    for (ptrdiff_t i = 0; i < count; i++) {
        const struct argp_option *options;
        FP_TRY(fp_cli_options(commands[i], arena, &options, err));
        fp_buf_printf(out, "    \"%s -\"*) _firstplace_words", commands[i]->name);
        for (ptrdiff_t j = 0; options[j].name; j++)
            fp_buf_printf(out, " --%s", options[j].name);
        fp_buf_printf(out, " --help --usage --version ;;\n    \"%s \"*) ", commands[i]->name);
        put_place(out, commands[i]->args);
        fp_buf_put(out, " ;;\n");
    }
    fp_buf_put(out, "    esac\n");
    return FP_OK;
}

fp_status fp_cli_completion(const fp_command *const *commands, ptrdiff_t count, fp_arena *arena,
                            fp_buf *out, fp_err *err)
{
    fp_buf_put(out, head);
    FP_TRY(put_values(out, commands, count, arena, err));
    FP_TRY(put_commands(out, commands, count, arena, err));
    fp_buf_put(out, "}\n\ncomplete -F _firstplace firstplace\n");
    return fp_buf_ok(out, err);
}
