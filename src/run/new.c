#include "run/run_priv.h"

#include <dirent.h>
#include <string.h>

#include "base/file.h"

extern const unsigned char fp_new_study[], fp_new_coaches[], fp_new_people[], fp_new_episodes[],
    fp_new_gitignore[];
extern const size_t fp_new_study_size, fp_new_coaches_size, fp_new_people_size,
    fp_new_episodes_size, fp_new_gitignore_size;

static bool is_empty(const char *folder)
{
    DIR *dir = opendir(folder);
    bool empty = true;
    if (!dir)
        return true;
    for (struct dirent *e = readdir(dir); e && empty; e = readdir(dir))
        empty = strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0;
    (void)closedir(dir);
    return empty;
}

fp_status fp_run_new(const char *folder, fp_buf *out, fp_err *err)
{
    const struct {
        const char *name, *what;
        const unsigned char *text;
        size_t size;
    } files[] = {
        {"study.yaml", "the protocol and the analysis plan", fp_new_study, fp_new_study_size},
        {"data/coaches.csv", "one row a coach", fp_new_coaches, fp_new_coaches_size},
        {"data/people.csv", "one row a client", fp_new_people, fp_new_people_size},
        {"data/episodes.csv", "one row a job spell", fp_new_episodes, fp_new_episodes_size},
        {".gitignore", NULL, fp_new_gitignore, fp_new_gitignore_size},
    };
    char path[PATH_MAX];
    if (!is_empty(folder)) {
        (void)fp_fail_at(err, FP_INPUT, folder, 0, 0, "the folder exists and is not empty");
        return fp_hint(err, FP_INPUT, "name a new folder; nothing was changed");
    }
    FP_TRY(fp_study_path(folder, "data", path, err));
    FP_TRY(fp_dir_make(path, err));
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        FP_TRY(fp_study_path(folder, files[i].name, path, err));
        FP_TRY(fp_file_write(path, (fp_str){(const char *)files[i].text, files[i].size}, err));
        if (files[i].what)
            fp_buf_printf(out, "%s/%-18s %s\n", folder, files[i].name, files[i].what);
    }
    fp_buf_printf(out,
                  "The rows are made up: put your own in their place, then\n"
                  "  firstplace check %s\n  firstplace report %s\n",
                  folder, folder);
    return fp_buf_ok(out, err);
}
