/* form_block: a form with its answers, as blocks for paper: what a page would show, hidden parts left out. Groups
 * become headings, fields a grid of labels and values, lists tables; a list that has too many columns, or lists in its
 * rows, becomes a heading and a grid for each row. Of the labels of a matrix what its columns have in common stands
 * once above them: "收入性 份数", "收入性 金额" become 收入性 over 份数 and 金额.
 */
#include "publish/publish_int.h"

#include "base/limit.h"

enum {
    COLUMNS = 10,       /* of a table; more would be too narrow for an A4 page */
    WIDE_VALUE = 54,    /* bytes, from which a value takes a row of the grid of its own … */
    WIDE_LABEL = 60,    /* … and a label */
    ROW_NAME_SHARE = 4, /* widths of columns */
    NUMBER_SHARE = 2,
    TEXT_SHARE = 3,
};

struct writing {
    const struct form *f;
    const struct form_view *views;
    uint32_t count;
    struct feel_eval *ev;
    struct arena *a;
    struct json_writer *w;
    bool in_grid; /* a grid is open */
};

/* ---- Values ---- */

static str label_of_option(struct writing *f, feel_value options, feel_value v)
{
    for (uint32_t i = 0; options.kind == FEEL_LIST && i < options.count; i++) {
        if (feel_is_true(feel_equal(f->ev, feel_member(options.items[i], "value"), v))) {
            return feel_text_member(options.items[i], "label");
        }
    }
    return STR("");
}

/* One value, or one of several: an option by its label, a file by its name. */
static str show_one(struct writing *f, const struct form_view *view, feel_value v)
{
    str label = label_of_option(f, view->options, v), name = feel_text_member(v, "name");
    if (label.len > 0 || name.len > 0) {
        return label.len > 0 ? label : name;
    }
    if (v.kind == FEEL_BOOLEAN) {
        return v.boolean ? STR("是") : STR("否");
    }
    return publish_shown(f->a, v);
}

static str text_attribute(const struct form_view *view, enum form_attribute which)
{
    return view->attributes[which].kind == FEEL_STRING ? feel_str(view->attributes[which]) : STR("");
}

static str show(struct writing *f, const struct form_view *view, bool with_unit)
{
    feel_value v = view->value;
    if (v.kind == FEEL_NULL || (v.kind == FEEL_STRING && v.count == 0) || (v.kind == FEEL_LIST && v.count == 0)) {
        return STR("—");
    }
    if (v.kind != FEEL_LIST) {
        str unit = v.kind == FEEL_NUMBER && with_unit ? text_attribute(view, FORM_SUFFIX) : STR("");
        return arena_printf(f->a, "%.*s%.*s", STR_ARG(show_one(f, view, v)), STR_ARG(unit));
    }
    struct buf out = BUF_INIT(LIMIT_FEEL_STRING);
    for (uint32_t i = 0; i < v.count; i++) {
        buf_addz(&out, i > 0 ? "、" : "");
        buf_add(&out, show_one(f, view, v.items[i]));
    }
    str text = arena_str(f->a, buf_str(&out));
    buf_release(&out);
    return text;
}

/* ---- Blocks ---- */

static void close_grid(struct writing *f)
{
    if (f->in_grid) {
        json_end_array(f->w);
        json_end_object(f->w);
        f->in_grid = false;
    }
}

static void write_title(struct writing *f, str text, uint32_t level)
{
    close_grid(f);
    if (text.len > 0) {
        json_begin_object(f->w);
        json_text_member(f->w, "type", STR("title"));
        json_text_member(f->w, "level", level < 2 ? STR("2") : STR("3"));
        json_text_member(f->w, "text", text);
        json_end_object(f->w);
    }
}

static void write_paragraph(struct writing *f, str text)
{
    close_grid(f);
    if (text.len > 0) {
        json_begin_object(f->w);
        json_text_member(f->w, "type", STR("paragraph"));
        json_text_member(f->w, "text", text);
        json_end_object(f->w);
    }
}

static void write_field(struct writing *f, const struct form_view *view, enum form_type type)
{
    str label = text_attribute(view, FORM_LABEL), value = show(f, view, true);
    if (label.len == 0) {
        return;
    }
    if (!f->in_grid) {
        json_begin_object(f->w);
        json_text_member(f->w, "type", STR("grid"));
        json_key(f->w, STR("items"));
        json_begin_array(f->w);
        f->in_grid = true;
    }
    json_begin_object(f->w);
    json_text_member(f->w, "label", label);
    json_text_member(f->w, "value", value);
    if (type == FORM_TYPE_TEXTAREA || value.len > WIDE_VALUE || label.len > WIDE_LABEL) {
        json_key(f->w, STR("wide"));
        json_bool(f->w, true);
    }
    json_end_object(f->w);
}

/* ---- Lists ---- */

/* What stands in a list: its views are those from `first` up to `end`. */
struct list {
    const struct form_view *view;
    const struct form_component *component;
    uint32_t first, end;
    const struct form_component *columns[COLUMNS];
    uint32_t column_count;
    bool named; /* its rows have names */
};

/* Columns in the order of the form: fields with a label. False when the list is no table. */
static bool find_columns(struct writing *f, struct list *l)
{
    for (uint32_t i = l->view->component + 1; i < l->component->end; i++) {
        const struct form_component *c = form_component(f->f, i);
        bool shown = (c->traits & FORM_KEYED) != 0 && c->label.len > 0;
        if ((c->traits & FORM_LIST) != 0 || (shown && l->column_count == COLUMNS)) {
            return false;
        }
        if (shown) {
            l->columns[l->column_count++] = c;
        }
    }
    return l->column_count > 0;
}

/* The name of a row of a matrix, from "a|b|c" or a list. */
static str row_name(struct writing *f, const struct list *l, uint32_t row)
{
    feel_value rows = l->view->attributes[FORM_ROWS];
    if (rows.kind == FEEL_LIST) {
        return row <= rows.count ? publish_shown(f->a, rows.items[row - 1]) : STR("");
    }
    str rest = text_attribute(l->view, FORM_ROWS);
    for (uint32_t i = 1;; i++) {
        const char *bar = rest.len > 0 ? memchr(rest.ptr, '|', rest.len) : NULL;
        size_t len = bar != NULL ? (size_t)(bar - rest.ptr) : rest.len;
        if (i == row || bar == NULL) {
            return i == row ? str_slice(rest, 0, len) : STR("");
        }
        rest = str_slice(rest, len + 1, rest.len);
    }
}

static const struct form_view *view_at(const struct writing *f, const struct list *l, uint32_t row,
                                       const struct form_component *column)
{
    for (uint32_t i = l->first; i < l->end; i++) {
        if (f->views[i].row == row && form_component(f->f, f->views[i].component) == column) {
            return &f->views[i];
        }
    }
    return NULL;
}

/* Where the last word of a label begins; 0 when it is one word. */
static size_t last_word(str label)
{
    size_t at = label.len;
    while (at > 0 && label.ptr[at - 1] != ' ') {
        at--;
    }
    return at;
}

static str group_of(str label)
{
    size_t at = last_word(label);
    return at > 0 ? str_slice(label, 0, at - 1) : STR("");
}

static void write_column(struct writing *f, str title, unsigned share, const char *align)
{
    json_begin_object(f->w);
    json_text_member(f->w, "title", title);
    json_key(f->w, STR("width"));
    json_raw(f->w, arena_printf(f->a, "%u", share));
    json_text_member(f->w, "align", str_of(align));
    json_end_object(f->w);
}

static void write_group(struct writing *f, str title, uint32_t span)
{
    json_begin_object(f->w);
    json_text_member(f->w, "title", title);
    json_key(f->w, STR("span"));
    json_raw(f->w, arena_printf(f->a, "%u", span));
    json_end_object(f->w);
}

/* Do any two columns beside each other have a group in common? */
static bool is_grouped(const struct list *l)
{
    for (uint32_t i = 1; l->component->matrix && i < l->column_count; i++) {
        str group = group_of(l->columns[i]->label);
        if (group.len > 0 && str_eq(group, group_of(l->columns[i - 1]->label))) {
            return true;
        }
    }
    return false;
}

static void write_groups(struct writing *f, const struct list *l)
{
    json_key(f->w, STR("groups"));
    json_begin_array(f->w);
    if (l->named) {
        write_group(f, STR(""), 1);
    }
    for (uint32_t i = 0, span; i < l->column_count; i += span) {
        str group = group_of(l->columns[i]->label);
        for (span = 1; i + span < l->column_count && group.len > 0 &&
                       str_eq(group, group_of(l->columns[i + span]->label)); span++) {
        }
        write_group(f, group, span);
    }
    json_end_array(f->w);
}

/* The unit of a column stands in its title, once. */
static str title_of(struct writing *f, const struct list *l, const struct form_component *column, bool grouped)
{
    str label = column->label;
    const struct form_view *first = view_at(f, l, 1, column);
    str unit = first != NULL ? text_attribute(first, FORM_SUFFIX) : STR("");
    label = grouped ? str_slice(label, last_word(label), label.len) : label;
    return unit.len > 0 ? arena_printf(f->a, "%.*s（%.*s）", STR_ARG(label), STR_ARG(unit)) : label;
}

static void write_columns(struct writing *f, const struct list *l, bool grouped)
{
    json_key(f->w, STR("columns"));
    json_begin_array(f->w);
    if (l->named) {
        write_column(f, STR("项目"), ROW_NAME_SHARE, "left");
    }
    for (uint32_t i = 0; i < l->column_count; i++) {
        bool number = l->columns[i]->type == FORM_TYPE_NUMBER;
        write_column(f, title_of(f, l, l->columns[i], grouped),
                     number ? NUMBER_SHARE : TEXT_SHARE, number ? "right" : "left");
    }
    json_end_array(f->w);
}

static void write_rows(struct writing *f, const struct list *l)
{
    json_key(f->w, STR("rows"));
    json_begin_array(f->w);
    for (uint32_t row = 1; row <= l->view->rows; row++) {
        json_begin_array(f->w);
        if (l->named) {
            json_string(f->w, row_name(f, l, row));
        }
        for (uint32_t i = 0; i < l->column_count; i++) {
            const struct form_view *view = view_at(f, l, row, l->columns[i]);
            json_string(f->w, view != NULL ? show(f, view, false) : STR(""));
        }
        json_end_array(f->w);
    }
    json_end_array(f->w);
}

static void write_table(struct writing *f, const struct list *l)
{
    bool grouped = is_grouped(l);
    json_begin_object(f->w);
    json_text_member(f->w, "type", STR("table"));
    write_columns(f, l, grouped);
    if (grouped) {
        write_groups(f, l);
    }
    write_rows(f, l);
    json_end_object(f->w);
}

/* ---- The form ---- */

static uint32_t end_of(const struct writing *f, uint32_t view)
{
    uint32_t end = view + 1;
    while (end < f->count && f->views[end].depth > f->views[view].depth) {
        end++;
    }
    return end;
}

/* Returns the view to go on with: after the table, or with the first row of what is none. */
static uint32_t write_list(struct writing *f, uint32_t at)
{
    const struct form_view *view = &f->views[at];
    struct list l = { .view = view, .component = form_component(f->f, view->component), .first = at + 1,
                      .end = end_of(f, at) };
    str label = text_attribute(view, FORM_LABEL);
    l.named = row_name(f, &l, 1).len > 0;
    write_title(f, label, view->depth + 1);
    if (view->rows == 0) {
        write_paragraph(f, STR("（无）"));
        return l.end;
    }
    if (!find_columns(f, &l)) {
        return at + 1;
    }
    write_table(f, &l);
    return l.end;
}

/* The number of its row, before what stands first in a row of a list that is no table. */
static void write_row_number(struct writing *f, uint32_t at)
{
    const struct form_view *view = &f->views[at];
    bool new_row = view->row > 0 && view->depth > 0 &&
                   (f->views[at - 1].depth < view->depth || f->views[at - 1].row != view->row);
    if (new_row && form_component(f->f, view->component)->parent != FORM_NONE &&
        (form_component(f->f, (uint32_t)form_component(f->f, view->component)->parent)->traits & FORM_LIST) != 0) {
        write_title(f, arena_printf(f->a, "第%u项", view->row), 2);
    }
}

static uint32_t write_view(struct writing *f, uint32_t at)
{
    const struct form_view *view = &f->views[at];
    const struct form_component *c = form_component(f->f, view->component);
    write_row_number(f, at);
    if ((c->traits & FORM_LIST) != 0) {
        return write_list(f, at);
    }
    if ((c->traits & FORM_CONTAINER) != 0) {
        write_title(f, text_attribute(view, FORM_LABEL), view->depth + 1);
    } else if ((c->traits & FORM_KEYED) != 0) {
        write_field(f, view, c->type);
    } else if (c->type == FORM_TYPE_TEXT) {
        write_paragraph(f, text_attribute(view, FORM_TEXT));
    }
    return at + 1;
}

enum error_code publish_write_form(const struct form *form, struct feel_eval *ev, feel_value values,
                                   feel_value variables, struct arena *a, struct json_writer *w, struct error *err)
{
    struct writing f = { .f = form, .ev = ev, .a = a, .w = w };
    /* Corrected with nothing open: all stays as it was declared. */
    const struct form_request rq = { .mode = FORM_CORRECT, .draft = true, .variables = variables,
                                     .answers = feel_context(feel_shape_new(a, NULL, 0), NULL), .declared = values };
    enum error_code code = form_draw(form, ev, &rq, a, &f.views, &f.count, err);
    for (uint32_t i = 0; code == OK && i < f.count;) {
        i = write_view(&f, i);
    }
    close_grid(&f);
    feel_eval_reset(ev);
    return code;
}
