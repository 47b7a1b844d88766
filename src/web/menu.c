/* What the layout shows of the asker: who it is, where one may go, in which language. */
#include <string.h>

#include "web/page_priv.h"
#include "web/route.h"

/* In the order shown. An item is there for whoever may open its page. */
static const struct {
    const char *path, *text;
} menu[] = {
    {"/", FP_MSG("Start")},
    {"/clients", FP_MSG("Clients")},
    {"/retention", FP_MSG("Data to remove")},
    {"/research", FP_MSG("Research data")},
    {"/fidelity", FP_MSG("Programme")},
    {"/accounts", FP_MSG("Accounts")},
    {"/log", FP_MSG("Log")},
    {"/account", FP_MSG("My account")},
};

const char *fp_role_word(fp_role role)
{
    static const char *const words[FP_ROLE_COUNT] = {
        [FP_ROLE_NOBODY] = FP_MSG("visitor"),
        [FP_ROLE_ADMINISTRATOR] = FP_MSG("administrator"),
        [FP_ROLE_COORDINATOR] = FP_MSG("coordinator"),
        [FP_ROLE_COACH] = FP_MSG("coach"),
        [FP_ROLE_RESEARCHER] = FP_MSG("researcher"),
        [FP_ROLE_FIDELITY] = FP_MSG("fidelity reviewer"),
        [FP_ROLE_CLIENT] = FP_MSG("client"),
    };
    return words[role];
}

static bool may_open(const fp_exchange *x, const char *path)
{
    fp_str values[FP_PATH_VALUES];
    unsigned methods;
    const fp_route *route = fp_route_find(FP_GET, fp_str_of(path), values, &methods);
    return route && fp_permission_allows(route->permission, x->session.role);
}

/* The page itself, or one below it. */
static bool is_current(fp_str asked, const char *path)
{
    size_t n = strlen(path);
    bool below = n > 1 && asked.n > n && strncmp(asked.p, path, n) == 0 && asked.p[n] == '/';
    return below || fp_str_is(asked, path);
}

static json_t *menu_of(const fp_exchange *x)
{
    json_t *items = json_array();
    for (size_t i = 0; i < sizeof menu / sizeof *menu; i++) {
        if (!may_open(x, menu[i].path))
            continue;
        json_t *item = json_object();
        fp_put_text(item, "path", menu[i].path);
        fp_put_word(x, item, "text", menu[i].text);
        (void)json_object_set_new(item, "current",
                                  json_boolean(is_current(x->request->path, menu[i].path)));
        (void)json_array_append_new(items, item);
    }
    return items;
}

static json_t *switch_of(const fp_exchange *x)
{
    static const char *const languages[2][2] = {{"nl", "Nederlands"}, {"en", "English"}};
    json_t *list = json_array(), *all = json_object();
    (void)json_object_set_new(all, "languages", list);
    for (int i = 0; i < 2; i++) {
        json_t *item = json_object();
        fp_put_text(item, "code", languages[i][0]);
        fp_put_text(item, "name", languages[i][1]);
        (void)json_object_set_new(item, "current",
                                  json_boolean(strcmp(x->language, languages[i][0]) == 0));
        (void)json_array_append_new(list, item);
    }
    return all;
}

void fp_menu_put(const fp_exchange *x, json_t *page)
{
    /* without a token the button could not work; what answers a post would not be there again, nor
     * what was typed or a link that is told once */
    if (x->session.csrf[0] && x->request->method != FP_POST)
        (void)json_object_set_new(page, "switch", switch_of(x));
    if (!x->session.account)
        return;
    json_t *who = json_object(), *items = json_object();
    fp_put_text(who, "name", x->session.name);
    fp_put_word(x, who, "role", fp_role_word(x->session.role));
    (void)json_object_set_new(page, "who", who);
    (void)json_object_set_new(items, "items", menu_of(x));
    (void)json_object_set_new(page, "menu", items);
}
