/* What a researcher sees: people under pseudonyms, arms under letters until they are unlocked. */
#include "run/research.h"

#include "store/plan_log.h"
#include "web/page.h"
#include "web/route.h"
#include "web/web_priv.h"

/* The key of the pseudonyms is made when they are asked for the first time. */
static fp_status need_pseudonyms(fp_exchange *x, fp_err *err)
{
    fp_pseudonyms pseudonyms;
    fp_ledger *writer;
    fp_status status = fp_pseudonyms_open(x->reader, x->web->vault, &pseudonyms, err);
    bool there = pseudonyms.there;
    fp_pseudonyms_clear(&pseudonyms);
    if (status != FP_OK || there)
        return status;
    FP_TRY(fp_exchange_begin(x, &writer, err));
    FP_TRY(fp_vault_bind(writer, x->web->vault, x->web->plan->id, "firstplace", err));
    FP_TRY(fp_pseudonyms_make(writer, x->web->vault, "firstplace", err));
    FP_TRY(fp_exchange_commit(x, err));
    fp_exchange_pause(x); /* what was read so far is of before */
    return fp_exchange_resume(x, err);
}

static fp_status read_research(fp_exchange *x, fp_research *research, fp_err *err)
{
    FP_TRY(need_pseudonyms(x, err));
    return fp_run_research(x->web->options.folder, x->reader, x->web->vault, x->arena, research,
                           err);
}

static json_t *arms_of(const fp_research *research)
{
    json_t *arms = json_array();
    for (ptrdiff_t a = 0; a < research->arm_count; a++)
        (void)json_array_append_new(arms,
                                    json_pack("{s:s, s:I, s:I}", "label", research->arms[a].label,
                                              "people", (json_int_t)research->arms[a].people,
                                              "coaches", (json_int_t)research->arms[a].coaches));
    return arms;
}

static json_t *columns_of(const fp_research *research)
{
    json_t *columns = json_array();
    for (ptrdiff_t c = 0; c < research->column_count; c++)
        (void)json_array_append_new(columns, json_string(research->columns[c]));
    return columns;
}

/* "unlocked": when; absent while they are not. */
static void put_unlocking(fp_exchange *x, json_t *context, const fp_unlocking *unlocking)
{
    if (!unlocking->event)
        return;
    json_t *unlocked = json_object();
    fp_put_utc(x, unlocked, "moment", unlocking->at_utc);
    fp_put_text(unlocked, "why", unlocking->why);
    (void)json_object_set_new(context, "unlocked", unlocked);
}

fp_status fp_research_get(fp_exchange *x, fp_err *err)
{
    fp_research research;
    if (!x->web->vault || !x->web->plan)
        return fp_page(x, "research-no-key", FP_MSG("Research data"), NULL, err);
    FP_TRY(read_research(x, &research, err));
    FP_JSON_SCOPED(context);
    (void)json_object_set_new(context, "rows", json_integer(research.row_count));
    (void)json_object_set_new(context, "removed", json_integer(research.removed));
    (void)json_object_set_new(context, "some_removed", json_boolean(research.removed > 0));
    (void)json_object_set_new(context, "registered", json_boolean(research.registered));
    (void)json_object_set_new(context, "arms", arms_of(&research));
    (void)json_object_set_new(context, "several", json_boolean(research.arm_count > 1));
    (void)json_object_set_new(context, "columns", columns_of(&research));
    put_unlocking(x, context, &research.unlocking);
    return fp_page(x, "research", FP_MSG("Research data"), context, err);
}

fp_status fp_research_csv_get(fp_exchange *x, fp_err *err)
{
    fp_research research;
    if (!x->web->vault || !x->web->plan)
        return fp_page_error(x, 404, NULL, err);
    FP_TRY(read_research(x, &research, err));
    fp_research_csv(&research, &x->response->body);
    x->response->status = 200;
    x->response->type = "text/csv; charset=utf-8";
    return fp_response_header(x->response, x->arena, "Content-Disposition",
                              FP_STR("attachment; filename=\"research.csv\""), err);
}

/* ---- unlocking the arms ---- */

const fp_input fp_unlock_inputs[] = {
    {"why", FP_FIELD_TEXT, 5, 1000, true, NULL},
    {"sure", FP_FIELD_TICK, 0, 0, true, NULL},
    {0},
};
static const fp_show unlock_fields[] = {
    {.name = "why",
     .label = FP_MSG("Why now"),
     .hint = FP_MSG("For example: the data of the last measurement are complete and the plan is "
                    "locked.")},
    {.name = "sure", .label = FP_MSG("I understand that this cannot be undone")},
    {0},
};
static const fp_form_look unlock_form = {.inputs = fp_unlock_inputs,
                                         .fields = unlock_fields,
                                         .action = "/research/unlock",
                                         .button = FP_MSG("Show which group is which"),
                                         .cancel = "/"};

fp_status fp_unlock_get(fp_exchange *x, fp_err *err)
{
    fp_unlocking unlocking;
    fp_plan_state plan;
    FP_TRY(fp_arms_unlocking(x->reader, x->arena, &unlocking, err));
    FP_TRY(fp_plan_log_read(x->reader, x->arena, &plan, err));
    FP_JSON_SCOPED(context);
    put_unlocking(x, context, &unlocking);
    (void)json_object_set_new(context, "plan_open", json_boolean(plan.lock_count == 0));
    fp_status status = fp_form_show(x, context, &unlock_form, NULL, err);
    FP_TRY(status);
    return fp_page(x, "research-unlock", FP_MSG("Show researchers which group is which"), context,
                   err);
}

fp_status fp_unlock_post(fp_exchange *x, fp_err *err)
{
    fp_ledger *writer;
    if (x->form.problems)
        return fp_unlock_get(x, err);
    const char *why = fp_str_dup(x->arena, fp_exchange_value(x, "why"), err);
    if (!why)
        return FP_NOMEM;
    FP_TRY(fp_exchange_begin(x, &writer, err));
    FP_TRY(fp_arms_unlock(writer, fp_exchange_actor(x), why, err));
    FP_TRY(fp_exchange_commit(x, err));
    return fp_exchange_redirect(x, "/research/unlock",
                                FP_MSG("Researchers now see the names of the groups."), err);
}
