#include "run/run_priv.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "report/report.h"
#include "study/power.h"

#define MOST_BYTES (256 * FP_MIB)
#define MOST_LINES 40

/* Number and hash of the last event: who keeps the report can tell later whether the end of the log
 * was cut off. NULL where the rows come straight from the files. */
static fp_status head_of_log(const fp_study *study, const char **head, fp_err *err)
{
    int64_t seq;
    fp_sha256 hash;
    *head = NULL;
    if (!study->ledger)
        return FP_OK;
    FP_TRY(fp_ledger_head(study->ledger, &seq, &hash, err));
    *head = fp_arena_printf(study->arena, err, "%lld, %s", (long long)seq, hash.hex);
    return *head ? FP_OK : FP_NOMEM;
}

/* What the plan could find, where it says enough; so many trials that a share is known to within
 * two points, from seed 1 whatever the seed of the report. */
static fp_status power_of_plan(const fp_study *study, const fp_results_options *options,
                               fp_study_power *power, fp_err *err)
{
    fp_power_options trials = fp_power_defaults();
    trials.trials = 2000;
    trials.work.threads = options->threads;
    *power = (fp_study_power){0};
    if (!fp_study_power_known(&study->protocol))
        return FP_OK;
    return fp_study_power_of(&study->protocol, &trials, 0, study->arena, power, err);
}

fp_status fp_run_report(const fp_study *study, const fp_results_options *options,
                        const char *language, bool blinded, fp_buf *out, fp_err *err)
{
    fp_results results;
    fp_study_data data = study->data;
    fp_plan_state plan;
    fp_study_power power;
    const char *head;
    if (blinded)
        FP_TRY(fp_study_blind(study, &data, err));
    FP_TRY(fp_results_compute(&data, options, study->arena, &results, err));
    FP_TRY(head_of_log(study, &head, err));
    FP_TRY(fp_study_plan_state(study, &plan, err));
    FP_TRY(power_of_plan(study, options, &power, err));
    fp_report_input input = {.results = &results,
                             .language = language ? language : study->protocol.language,
                             .program = "firstplace " FP_VERSION,
                             .protocol_sha256 = study->protocol_sha256.hex,
                             .log_head = head,
                             .plan = &plan,
                             .blinded = blinded,
                             .left_out = study->left_out,
                             .power_count = power.answer_count,
                             .power = power.answers};
    return fp_report_html(&input, study->arena, out, err);
}

static int by_id(const void *a, const void *b)
{
    const fp_printed *x = a, *y = b;
    int order = strcmp(x->id, y->id);
    return order ? order : strcmp(x->text, y->text);
}

/* A sorted copy without repeats. */
static fp_status distinct(const fp_printed *list, ptrdiff_t n, fp_arena *arena, fp_printed **out,
                          ptrdiff_t *kept, fp_err *err)
{
    FP_ARRAY(*out, arena, n, err);
    if (n)
        memcpy(*out, list, (size_t)n * sizeof **out);
    qsort(*out, (size_t)n, sizeof **out, by_id);
    *kept = 0;
    for (ptrdiff_t i = 0; i < n; i++)
        if (*kept == 0 || by_id(&(*out)[*kept - 1], &(*out)[i]) != 0)
            (*out)[(*kept)++] = (*out)[i];
    return FP_OK;
}

static void put_difference(fp_buf *out, ptrdiff_t *lines, const char *id, const char *was,
                           const char *now)
{
    if ((*lines)++ >= MOST_LINES)
        return;
    if (now && !was)
        fp_buf_printf(out, "%s: not in the report, the data give %s\n", id, now);
    if (was && !now)
        fp_buf_printf(out, "%s: the report says %s, the data no longer give it\n", id, was);
    if (was && now)
        fp_buf_printf(out, "%s: the report says %s, the data give %s\n", id, was, now);
}

/* Walk two sorted lists side by side. */
static fp_status compare(const fp_printed *was, ptrdiff_t was_count, const fp_printed *now,
                         ptrdiff_t now_count, fp_arena *arena, ptrdiff_t *differences, fp_buf *out,
                         fp_err *err)
{
    fp_printed *a, *b;
    ptrdiff_t n, m, i = 0, j = 0;
    FP_TRY(distinct(was, was_count, arena, &a, &n, err));
    FP_TRY(distinct(now, now_count, arena, &b, &m, err));
    while (i < n || j < m) {
        int order = i == n ? 1 : j == m ? -1 : strcmp(a[i].id, b[j].id);
        if (order < 0) {
            put_difference(out, differences, a[i].id, a[i].text, NULL);
            i++;
        } else if (order > 0) {
            put_difference(out, differences, b[j].id, NULL, b[j].text);
            j++;
        } else {
            if (strcmp(a[i].text, b[j].text) != 0)
                put_difference(out, differences, a[i].id, a[i].text, b[j].text);
            i++;
            j++;
        }
    }
    return FP_OK;
}

static fp_status read_report(const char *path, fp_arena *arena, fp_report_contents *contents,
                             fp_err *err)
{
    fp_str html;
    if (!fp_file_exists(path)) {
        (void)fp_fail_at(err, FP_INPUT, path, 0, 0, "there is no report to check");
        return fp_hint(err, FP_INPUT, "make one with: firstplace report STUDY");
    }
    FP_TRY(fp_file_read(path, MOST_BYTES, arena, &html, err));
    fp_status status = fp_report_read(html, arena, contents, err);
    if (status != FP_OK && err && !err->file[0])
        (void)snprintf(err->file, sizeof err->file, "%s", path);
    return status;
}

/* Of a blinded report: what does not depend on the arms, the counts of all people together. */
static ptrdiff_t keep_totals(fp_printed *list, ptrdiff_t n)
{
    static const char *const kept[] = {".people",    ".followed",         ".events", ".censored",
                                       ".competing", ".at_work_at_start", ".rows"};
    ptrdiff_t m = 0;
    for (ptrdiff_t i = 0; i < n; i++) {
        const char *total = strstr(list[i].id, ".total.");
        bool keep = false;
        for (size_t k = 0; total && k < sizeof kept / sizeof *kept; k++)
            keep = keep || strcmp(total + strlen(".total"), kept[k]) == 0;
        if (keep)
            list[m++] = list[i];
    }
    return m;
}

fp_status fp_run_report_check(const fp_study *study, const fp_results_options *options,
                              const char *path, fp_buf *out, fp_err *err)
{
    fp_report_contents was, now;
    fp_results_options as_then = *options;
    ptrdiff_t differences = 0;
    FP_BUF_SCOPED(html, MOST_BYTES);
    FP_TRY(read_report(path, study->arena, &was, err));
    as_then.seed = was.seed;
    FP_TRY(fp_run_report(study, &as_then, was.language, was.blinded, &html, err));
    FP_TRY(fp_report_read(fp_buf_str(&html), study->arena, &now, err));
    if (was.blinded) {
        was.number_count = keep_totals(was.numbers, was.number_count);
        now.number_count = keep_totals(now.numbers, now.number_count);
        fp_buf_put(out, "A blinded report: its arms were shuffled and cannot be shuffled so again. "
                        "Only counts of all people together are compared.\n");
    }
    FP_TRY(compare(was.inputs, was.input_count, now.inputs, now.input_count, study->arena,
                   &differences, out, err));
    FP_TRY(compare(was.numbers, was.number_count, now.numbers, now.number_count, study->arena,
                   &differences, out, err));
    if (differences > MOST_LINES)
        fp_buf_printf(out, "and %td more\n", differences - MOST_LINES);
    FP_TRY(fp_buf_ok(out, err));
    if (differences) {
        (void)fp_fail_at(err, FP_CHECK, path, 0, 0, "%td %s differ from what the data give now",
                         differences,
                         fp_plural(differences, "number or input", "numbers or inputs"));
        return fp_hint(err, FP_CHECK, "make the report again");
    }
    fp_buf_printf(out, "%s: %td numbers and %td inputs, all as the data give them now.\n", path,
                  now.number_count, now.input_count);
    return fp_buf_ok(out, err);
}
