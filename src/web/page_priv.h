#ifndef FP_WEB_PAGE_PRIV_H
#define FP_WEB_PAGE_PRIV_H

#include "web/page.h"

/* What the layout shows of the asker: page.who, page.menu, page.switch (menu.c). */
void fp_menu_put(const fp_exchange *x, json_t *page);
/* The message id of a role. */
const char *fp_role_word(fp_role role);
/* The problems of a form that fp_form_show made, {"id", "label", "problem"}; NULL = none
 * (form_show.c). */
json_t *fp_form_problems(json_t *context);
/* 16 hexadecimal digits that change with the style sheets (style.c). */
void fp_style_hash(char out[17]);

#endif
