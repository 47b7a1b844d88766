#include "web/words.h"

#include <stdio.h>
#include <string.h>

#include "report/mustache.h"

const char *fp_word(const fp_exchange *x, const char *message)
{
    return message ? fp_text(x->words, message) : "";
}

/* Values of a message are escaped where the text is printed, not here: {{name}} as {{{name}}}. */
static void unescaped(const char *message, fp_buf *out)
{
    for (const char *c = message; *c; c++) {
        bool open = strncmp(c, "{{", 2) == 0 && c[2] != '\0' && !strchr("#^/!>=&{", c[2]);
        if (!open) {
            fp_buf_put_char(out, *c);
            continue;
        }
        fp_buf_put(out, "{{&");
        c++;
    }
}

fp_status fp_word_with(const fp_exchange *x, const char *message, json_t *values, const char **out,
                       fp_err *err)
{
    FP_BUF_SCOPED(template, FP_MIB);
    FP_BUF_SCOPED(text, FP_MIB);
    unescaped(fp_word(x, message), &template);
    fp_status status = fp_buf_ok(&template, err);
    if (status == FP_OK) {
        /* parsed nodes point into the template, which ends with this function; so does their use */
        status = fp_mustache_render("a message", fp_buf_str(&template), values, NULL, x->arena,
                                    &text, err);
    }
    json_decref(values);
    FP_TRY(status);
    const char *copy = fp_arena_strndup(x->arena, text.p, text.n, err);
    if (!copy)
        return FP_NOMEM;
    *out = copy;
    return FP_OK;
}

/* ---- Dates ---- */

static bool is_dutch(const char *language)
{
    return strcmp(language, "nl") == 0;
}

void fp_day_words(const char *language, fp_day day, char out[32])
{
    static const char *const days[2][7] = {{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"},
                                           {"ma", "di", "wo", "do", "vr", "za", "zo"}};
    static const char *const months[2][12] = {
        {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"},
        {"jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec"}};
    int year, month, mday, nl = is_dutch(language);
    out[0] = '\0';
    if (day == FP_DAY_NONE)
        return;
    fp_day_split(day, &year, &month, &mday);
    int weekday = (int)(((day % 7) + 7 + 3) % 7); /* 1970-01-01 was a Thursday */
    (void)snprintf(out, 32, "%s %d %s %d", days[nl][weekday], mday, months[nl][month - 1], year);
}

/* 01:00 UTC of the last Sunday of a month of 31 days. */
static int64_t last_sunday(int year, int month)
{
    fp_day last = 0;
    (void)fp_day_of(year, month, 31, &last);
    int since_sunday = (int)(((last % 7) + 7 + 4) % 7);
    return ((int64_t)last - since_sunday) * 86400 + 3600;
}

static int64_t floor_days(int64_t seconds)
{
    return (seconds - (seconds < 0 ? 86399 : 0)) / 86400;
}

void fp_moment_words(const char *language, int64_t moment, char out[48])
{
    int year, month, mday;
    char day[32];
    fp_day_split((fp_day)floor_days(moment), &year, &month, &mday);
    bool summer = moment >= last_sunday(year, 3) && moment < last_sunday(year, 10);
    int64_t local = moment + (summer ? 7200 : 3600), days = floor_days(local);
    int seconds = (int)(local - days * 86400);
    fp_day_words(language, (fp_day)days, day);
    (void)snprintf(out, 48, "%s, %02d:%02d", day, seconds / 3600, seconds / 60 % 60);
}

static bool two_digits(const char *p, int below, int *out)
{
    bool digits = p[0] >= '0' && p[0] <= '9' && p[1] >= '0' && p[1] <= '9';
    *out = digits ? 10 * (p[0] - '0') + p[1] - '0' : below;
    return *out < below;
}

bool fp_utc_parse(const char *at_utc, int64_t *moment)
{
    fp_day day;
    int hour, minute, second;
    if (strlen(at_utc) < 20 || at_utc[10] != 'T' || at_utc[13] != ':' || at_utc[16] != ':' ||
        !fp_day_parse((fp_str){at_utc, 10}, &day) || !two_digits(at_utc + 11, 24, &hour) ||
        !two_digits(at_utc + 14, 60, &minute) || !two_digits(at_utc + 17, 61, &second))
        return false;
    *moment = (int64_t)day * 86400 + hour * 3600 + minute * 60 + second;
    return true;
}

void fp_utc_format(int64_t moment, char out[24])
{
    char day[16];
    unsigned seconds = (unsigned)(moment - floor_days(moment) * 86400) % 86400;
    fp_day_format((fp_day)floor_days(moment), day);
    (void)snprintf(out, 24, "%.10sT%02u:%02u:%02uZ", day, seconds / 3600, seconds / 60 % 60,
                   seconds % 60);
}

/* ---- Into a context ---- */

void fp_json_cleanup(json_t **json)
{
    json_decref(*json);
}

void fp_put_text(json_t *object, const char *key, const char *text)
{
    (void)json_object_set_new(object, key, json_string(text ? text : ""));
}

void fp_put_str(json_t *object, const char *key, fp_str text)
{
    (void)json_object_set_new(object, key, json_stringn(text.n ? text.p : "", text.n));
}

void fp_put_word(const fp_exchange *x, json_t *object, const char *key, const char *message)
{
    fp_put_text(object, key, fp_word(x, message));
}

void fp_put_back(json_t *object, const char *path, const char *text)
{
    json_t *back = json_object();
    fp_put_text(back, "path", path);
    fp_put_text(back, "text", text);
    (void)json_object_set_new(object, "back", back);
}

void fp_put_day(const fp_exchange *x, json_t *object, const char *key, fp_day day)
{
    char text[32];
    fp_day_words(x->language, day, text);
    fp_put_text(object, key, text);
}

void fp_put_moment(const fp_exchange *x, json_t *object, const char *key, int64_t moment)
{
    char text[48];
    fp_moment_words(x->language, moment, text);
    fp_put_text(object, key, text);
}

void fp_put_utc(const fp_exchange *x, json_t *object, const char *key, const char *at_utc)
{
    int64_t moment;
    fp_day day;
    if (fp_utc_parse(at_utc, &moment))
        fp_put_moment(x, object, key, moment);
    else if (fp_day_parse(fp_str_of(at_utc), &day))
        fp_put_day(x, object, key, day);
    else
        fp_put_text(object, key, at_utc);
}
