/* Tables: one shape, one template. */
#include "report/page_priv.h"

#include <string.h>

#define NOT_KNOWN "\u2013" /* as base/num prints what is not defined */

json_t *fp_grid_create(fp_page *page, const char *id, const char *caption)
{
    json_t *grid =
        json_pack("{s:s, s:s, s:[], s:[]}", "grid_id", id, "caption", caption, "heads", "rows");
    if (!grid)
        fp_page_fail(page, FP_NOMEM, "not enough memory for the report");
    return grid;
}

void fp_grid_put(fp_page *page, json_t *object, const char *key, json_t *grid)
{
    size_t columns = json_array_size(json_object_get(grid, "heads")) + 1;
    if (json_array_size(json_object_get(grid, "rows")) == 0) {
        json_decref(grid);
        return;
    }
    fp_page_put(page, grid, "columns", json_integer((json_int_t)columns));
    fp_page_put(page, object, key, grid);
}

static void add_head(fp_page *page, json_t *grid, const char *label, bool words)
{
    fp_page_add(page, json_object_get(grid, "heads"),
                json_pack("{s:s, s:b}", "label", label, "words", words));
}

void fp_grid_head(fp_page *page, json_t *grid, const char *label)
{
    add_head(page, grid, label, false);
}

void fp_grid_head_text(fp_page *page, json_t *grid, const char *label)
{
    add_head(page, grid, label, true);
}

void fp_grid_note(fp_page *page, json_t *grid, json_t *html)
{
    if (!json_object_get(grid, "grid_notes"))
        fp_page_put(page, grid, "grid_notes", json_pack("{s:[]}", "sentences"));
    fp_page_add(page, json_object_get(json_object_get(grid, "grid_notes"), "sentences"), html);
}

json_t *fp_grid_row(fp_page *page, json_t *grid, const char *label)
{
    json_t *row = json_pack("{s:s, s:[], s:b, s:b}", "label", label, "cells", "section", 0, "inset",
                            json_is_true(json_object_get(grid, "has_sections")));
    if (json_array_append(json_object_get(grid, "rows"), row) != 0)
        fp_page_fail(page, FP_NOMEM, "not enough memory for the report");
    json_decref(row); /* the grid holds it; NULL is left where it does not */
    return page->status == FP_OK ? row : NULL;
}

void fp_grid_section(fp_page *page, json_t *grid, const char *label)
{
    fp_page_put(page, grid, "has_sections", json_true());
    fp_page_add(page, json_object_get(grid, "rows"),
                json_pack("{s:s, s:b}", "label", label, "section", 1));
}

static void add_cell(fp_page *page, json_t *row, json_t *cell)
{
    fp_page_add(page, json_object_get(row, "cells"), cell);
}

void fp_grid_number(fp_page *page, json_t *row, json_t *number)
{
    add_cell(page, row, json_pack("{s:o}", "cell_number", number));
}

void fp_grid_pair(fp_page *page, json_t *row, json_t *number, json_t *in_brackets)
{
    add_cell(page, row,
             json_pack("{s:o, s:o}", "cell_number", number, "cell_brackets", in_brackets));
}

void fp_grid_range(fp_page *page, json_t *row, json_t *low, json_t *high)
{
    const char *a = json_string_value(json_object_get(low, "text"));
    const char *b = json_string_value(json_object_get(high, "text"));
    if (a && b && strcmp(a, NOT_KNOWN) == 0 && strcmp(b, NOT_KNOWN) == 0) {
        fp_grid_number(page, row, low); /* one dash, not "– to –" */
        json_decref(high);
        return;
    }
    add_cell(page, row, json_pack("{s:{s:o, s:o}}", "cell_range", "low", low, "high", high));
}

void fp_grid_alone(fp_page *page, json_t *row, json_t *number)
{
    add_cell(page, row, json_pack("{s:o, s:b}", "cell_number", number, "cell_alone", 1));
}

void fp_grid_span(fp_page *page, json_t *row, const char *text, ptrdiff_t columns)
{
    add_cell(page, row,
             json_pack("{s:s, s:I}", "cell_text", text, "cell_span", (json_int_t)columns));
}

void fp_grid_text(fp_page *page, json_t *row, const char *text)
{
    add_cell(page, row, json_pack("{s:s}", "cell_text", text));
}

void fp_grid_html(fp_page *page, json_t *row, json_t *html)
{
    add_cell(page, row, json_pack("{s:o}", "cell_html", html));
}

void fp_grid_empty(fp_page *page, json_t *row)
{
    add_cell(page, row, json_object());
}
