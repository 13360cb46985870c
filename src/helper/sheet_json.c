/* sheet_json: layouts and findings as JSON, written and read side by side; see sheet_call.h. What is read is not
 * trusted: it may come from a program that was taken over. */
#include "helper/sheet_call.h"

#include "base/limit.h"
#include "text/json_write.h"

#include <inttypes.h>

/* ---- Reading members ---- */

static str text_of(const struct json *object, const char *name)
{
    const struct json *m = json_member(object, str_of(name));
    return m != NULL && m->kind == JSON_STRING ? m->text : STR("");
}

/* A whole number up to `max`; more for anything else. */
static uint32_t number(const struct json *json, uint32_t max)
{
    uint32_t n = 0;
    if (json == NULL || json->kind != JSON_NUMBER || json->text.len > 9) {
        return max + 1;
    }
    for (size_t i = 0; i < json->text.len; i++) {
        if (json->text.ptr[i] < '0' || json->text.ptr[i] > '9') {
            return max + 1;
        }
        n = n * 10 + (uint32_t)(json->text.ptr[i] - '0');
    }
    return n;
}

static bool read_number(const struct json *object, const char *name, uint32_t max, uint32_t *ret)
{
    *ret = number(json_member(object, str_of(name)), max);
    return *ret <= max;
}

static const struct json *array_of(const struct json *object, const char *name, uint32_t max)
{
    const struct json *m = json_member(object, str_of(name));
    return m != NULL && m->kind == JSON_ARRAY && m->count <= max ? m : NULL;
}

/* ---- What was found ---- */

void helper_write_found(const struct sheet_found *found, struct buf *out)
{
    struct json_writer w;
    json_writer_init(&w, out, false);
    json_begin_object(&w);
    json_int_member(&w, "tab", found->tab);
    json_int_member(&w, "rows", found->rows);
    json_int_member(&w, "hidden", found->hidden_rows);
    json_int_member(&w, "flags", found->flags);
    json_key(&w, STR("tabs"));
    json_begin_array(&w);
    for (uint32_t i = 0; i < found->tab_count; i++) {
        json_begin_object(&w);
        json_text_member(&w, "name", found->tabs[i].name);
        json_int_member(&w, "hidden", found->tabs[i].hidden);
        json_end_object(&w);
    }
    json_end_array(&w);
    json_key(&w, STR("merges"));
    json_begin_array(&w);
    for (uint32_t i = 0; i < found->merge_count; i++) {
        const struct sheet_range *m = &found->merges[i];
        json_raw(&w, STR(""));
        buf_printf(out, "[%u,%u,%u,%u]", m->first_line, m->last_line, m->first_column, m->last_column);
    }
    json_end_array(&w);
    json_end_object(&w);
}

static bool read_tabs(struct arena *a, const struct json *json, struct sheet_found *found)
{
    const struct json *tabs = array_of(json, "tabs", LIMIT_SHEET_TABS);
    if (tabs == NULL || found->tab >= tabs->count) {
        return false;
    }
    struct sheet_tab *copy = ARENA_ARRAY(a, struct sheet_tab, tabs->count);
    for (uint32_t i = 0; i < tabs->count; i++) {
        uint32_t hidden;
        if (tabs->items[i].kind != JSON_OBJECT || !read_number(&tabs->items[i], "hidden", 1, &hidden)) {
            return false;
        }
        copy[i] = (struct sheet_tab){ text_of(&tabs->items[i], "name"), hidden != 0 };
    }
    found->tabs = copy;
    found->tab_count = tabs->count;
    return true;
}

static bool read_merge(const struct json *json, struct sheet_range *ret)
{
    const uint32_t lines = 1 << 21, columns = 1 << 15;
    if (json->kind != JSON_ARRAY || json->count != 4) {
        return false;
    }
    *ret = (struct sheet_range){ number(&json->items[0], lines), number(&json->items[1], lines),
                                 number(&json->items[2], columns), number(&json->items[3], columns) };
    return ret->first_line <= ret->last_line && ret->last_line <= lines && ret->first_column <= ret->last_column &&
           ret->last_column <= columns;
}

static bool read_merges(struct arena *a, const struct json *json, struct sheet_found *found)
{
    const struct json *merges = array_of(json, "merges", LIMIT_SHEET_MERGES);
    if (merges == NULL) {
        return false;
    }
    struct sheet_range *copy = ARENA_ARRAY(a, struct sheet_range, merges->count);
    for (uint32_t i = 0; i < merges->count; i++) {
        if (!read_merge(&merges->items[i], &copy[i])) {
            return false;
        }
    }
    found->merges = copy;
    found->merge_count = merges->count;
    return true;
}

bool helper_read_found(struct arena *a, const struct json *json, struct sheet_found *ret)
{
    struct sheet_found found = { .tabs = NULL };
    if (json->kind != JSON_OBJECT || !read_number(json, "tab", LIMIT_SHEET_TABS, &found.tab) ||
        !read_number(json, "rows", LIMIT_SHEET_ROWS, &found.rows) ||
        !read_number(json, "hidden", LIMIT_SHEET_ROWS, &found.hidden_rows) ||
        !read_number(json, "flags", UINT16_MAX, &found.flags) || !read_tabs(a, json, &found) ||
        !read_merges(a, json, &found)) {
        return false;
    }
    *ret = found;
    return true;
}

/* ---- The layout ---- */

static void write_column(struct json_writer *w, const struct sheet_column *c)
{
    json_begin_object(w);
    json_text_member(w, "title", c->title);
    json_text_member(w, "format", c->format);
    json_int_member(w, "kind", c->kind);
    json_int_member(w, "width", c->width);
    json_key(w, STR("choices"));
    json_begin_array(w);
    for (uint32_t i = 0; i < c->choice_count; i++) {
        json_string(w, c->choices[i]);
    }
    json_end_array(w);
    json_end_object(w);
}

void helper_write_layout(const struct sheet_layout *layout, uint64_t mark, struct buf *out)
{
    struct json_writer w;
    char digits[24];
    str_hex(&mark, sizeof mark, digits);
    json_writer_init(&w, out, false);
    json_begin_object(&w);
    json_text_member(&w, "job", STR(SHEET_JOB_WRITE));
    json_text_member(&w, "mark", str_of(digits));
    json_text_member(&w, "tab", layout->tab);
    json_text_member(&w, "note", layout->note_title);
    json_text_member(&w, "about tab", layout->about_tab);
    json_text_member(&w, "about", layout->about);
    json_key(&w, STR("columns"));
    json_begin_array(&w);
    for (uint32_t i = 0; i < layout->column_count; i++) {
        write_column(&w, &layout->columns[i]);
    }
    json_end_array(&w);
    json_end_object(&w);
}

static bool read_column(struct arena *a, const struct json *json, struct sheet_column *ret)
{
    uint32_t kind;
    const struct json *choices = json->kind == JSON_OBJECT ? array_of(json, "choices", UINT32_MAX) : NULL;
    if (choices == NULL || !read_number(json, "kind", TABLE_ERROR, &kind) ||
        !read_number(json, "width", 255, &ret->width)) {
        return false;
    }
    str *copy = ARENA_ARRAY(a, str, choices->count);
    for (uint32_t i = 0; i < choices->count; i++) {
        if (choices->items[i].kind != JSON_STRING) {
            return false;
        }
        copy[i] = choices->items[i].text;
    }
    ret->title = text_of(json, "title");
    ret->format = text_of(json, "format");
    ret->kind = (uint8_t)kind;
    ret->choices = copy;
    ret->choice_count = choices->count;
    return true;
}

bool helper_read_layout(struct arena *a, const struct json *json, struct sheet_layout *ret)
{
    const struct json *columns = json->kind == JSON_OBJECT ? array_of(json, "columns", LIMIT_SHEET_COLUMNS) : NULL;
    if (columns == NULL) {
        return false;
    }
    struct sheet_column *copy = ARENA_ARRAY(a, struct sheet_column, columns->count);
    for (uint32_t i = 0; i < columns->count; i++) {
        if (!read_column(a, &columns->items[i], &copy[i])) {
            return false;
        }
    }
    *ret = (struct sheet_layout){ .tab = text_of(json, "tab"),
                                  .columns = copy,
                                  .column_count = columns->count,
                                  .note_title = text_of(json, "note"),
                                  .about_tab = text_of(json, "about tab"),
                                  .about = text_of(json, "about") };
    return true;
}
