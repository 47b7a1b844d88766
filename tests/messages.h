#ifndef FP_TESTS_MESSAGES_H
#define FP_TESTS_MESSAGES_H

#include "base/catalog.h"

/* Every message id that stands in the files of a folder: FP_MSG("...") in .c, {{#t}}...{{/t}} in
 * .mustache. */
void each_message(const char *folder, void (*each)(void *user, const char *where, const char *id),
                  void *user);
/* Abort the test unless the catalogue has a text for the id, with the same tags in it. */
void check_translated(const fp_catalog *catalog, const char *where, const char *id);

#endif
