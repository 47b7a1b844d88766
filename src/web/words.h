#ifndef FP_WEB_WORDS_H
#define FP_WEB_WORDS_H

#include <jansson.h>

#include "base/date.h"
#include "web/exchange.h"

/* Words of the pages. The message id is the English text; po/workbench-nl.po holds the Dutch, and a
 * test fails where one is missing: mark each id with FP_MSG, or write {{#t}}...{{/t}} in a
 * template. Values stand in a message as {{name}}. All texts live in the arena of the request. */

/* A message in the language of the request; NULL gives "". */
const char *fp_word(const fp_exchange *x, const char *message);
/* The same with values filled in, as plain text (a template escapes it once more).
 * in   values  an object; its reference is taken
 * Errors: FP_NOMEM, FP_INPUT (a message that is no template). */
FP_MUST_USE fp_status fp_word_with(const fp_exchange *x, const char *message, json_t *values,
                                   const char **out, fp_err *err);

/* "di 3 feb 2026", "Tue 3 Feb 2026"; FP_DAY_NONE gives "". */
void fp_day_words(const char *language, fp_day day, char out[32]);
/* A moment in the time of Amsterdam: "di 3 feb 2026, 14:05"; summer time by the rule of the
 * European Union (Directive 2000/84/EC: last Sunday of March to that of October, at 01:00 UTC).
 * in   moment  [s] since 1970 */
void fp_moment_words(const char *language, int64_t moment, char out[48]);
/* 2026-02-03T13:05:00Z, as the log writes it: seconds since 1970; false where it is none. */
bool fp_utc_parse(const char *at_utc, int64_t *moment);
/* The same the other way round, with the closing NUL. */
void fp_utc_format(int64_t moment, char out[24]);

/* A JSON object that is let go of where its block ends, however it ends. */
#define FP_JSON_SCOPED(name) __attribute__((cleanup(fp_json_cleanup))) json_t *name = json_object()
void fp_json_cleanup(json_t **json);

/* Put texts in a context. A failure gives a JSON object that lacks them and is found by the page.
 */
void fp_put_text(json_t *object, const char *key, const char *text);
void fp_put_str(json_t *object, const char *key, fp_str text);
void fp_put_word(const fp_exchange *x, json_t *object, const char *key, const char *message);
/* "back": the page above this one, its path and its name. */
void fp_put_back(json_t *object, const char *path, const char *text);
void fp_put_day(const fp_exchange *x, json_t *object, const char *key, fp_day day);
void fp_put_moment(const fp_exchange *x, json_t *object, const char *key, int64_t moment);
/* A moment as the log writes it, or a day 2026-02-03; anything else as it is. */
void fp_put_utc(const fp_exchange *x, json_t *object, const char *key, const char *at_utc);

#endif
