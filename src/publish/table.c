/* table: the entries of a list as a table, tables as JSON and CSV, the places of notices. See register.h. */
#include "publish/publish_int.h"
#include "publish/register.h"

#include "base/limit.h"
#include "text/csv.h"

/* ---- The entries of a list ---- */

struct entries {
    struct arena *a;
    struct publish_notice *rows; /* by id */
    uint32_t count;
    const struct publish_reader *reader;
    int64_t at;                  /* 0: now */
};

static bool has_come(const struct entries *e, const struct publish_notice *n)
{
    return e->at == 0 || n->published <= e->at;
}

static struct publish_notice *find(const struct entries *e, int64_t id)
{
    uint32_t low = 0, high = e->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (e->rows[middle].id < id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < e->count && e->rows[low].id == id ? &e->rows[low] : NULL;
}

/* What stood in the place of an entry: the last amendment by then. An amendment has a greater number than what it
 * amends, so this ends. */
static const struct publish_notice *latest(const struct entries *e, const struct publish_notice *n)
{
    const struct publish_notice *next = n->after > n->id ? find(e, n->after) : NULL;
    while (next != NULL && has_come(e, next)) {
        n = next;
        next = n->after > n->id ? find(e, n->after) : NULL;
    }
    return n;
}

static str state_of(const struct entries *e, const struct publish_notice *n)
{
    bool ended = n->ended != 0 && (e->at == 0 || n->ended <= e->at) && !str_eq(n->state, STR("superseded"));
    return ended ? n->state : n->before != 0 ? STR("amended") : STR("published");
}

/* The fields of a notice, which are kept as JSON. */
static feel_value fields_of(struct arena *a, const struct publish_notice *n)
{
    feel_value fields = feel_null();
    feel_json_read(a, n->fields, &fields, NULL);
    return fields;
}

static void read_columns(struct arena *a, feel_value fields, struct publish_table *t)
{
    uint32_t count = fields.kind == FEEL_LIST ? fields.count : 0;
    struct publish_column *columns = ARENA_ARRAY(a, struct publish_column, count);
    for (uint32_t i = 0; i < count; i++) {
        columns[i] = (struct publish_column){ feel_text_member(fields.items[i], "name"),
                                              publish_label(fields.items[i]) };
    }
    t->columns = columns;
    t->column_count = count;
}

static const feel_value *cells_of(struct arena *a, const struct publish_table *t, feel_value fields)
{
    feel_value *cells = ARENA_ARRAY(a, feel_value, t->column_count);
    for (uint32_t k = 0; k < t->column_count; k++) {
        cells[k] = feel_null();
        for (uint32_t i = 0; fields.kind == FEEL_LIST && i < fields.count; i++) {
            if (str_eq(feel_text_member(fields.items[i], "name"), t->columns[k].name)) {
                cells[k] = feel_member(fields.items[i], "value");
            }
        }
    }
    return cells;
}

static void read_entries(const struct entries *e, struct publish_table *t)
{
    struct publish_line *lines = ARENA_ARRAY(e->a, struct publish_line, e->count);
    for (uint32_t i = 0; i < e->count; i++) {
        if (e->rows[i].before != 0 || !has_come(e, &e->rows[i])) {
            continue;
        }
        const struct publish_notice *n = latest(e, &e->rows[i]);
        struct publish_line *l = &lines[t->line_count++];
        *l = (struct publish_line){ .number = t->line_count, .notice = n->id, .state = state_of(e, n),
                                    .since = n->published };
        bool ended = str_eq(l->state, STR("withdrawn")) || str_eq(l->state, STR("expired"));
        l->ended = ended ? n->ended : 0;
        if (t->columns == NULL) {
            read_columns(e->a, fields_of(e->a, n), t);
        }
        if (!ended || e->reader->office) {
            l->cells = cells_of(e->a, t, fields_of(e->a, n));
        }
    }
    t->lines = lines;
}

enum error_code publish_list_table(struct store_view *v, int64_t list, const struct publish_reader *reader, int64_t at,
                                   struct arena *a, struct publish_table *ret, struct error *err)
{
    struct publish_notice n;
    struct entries e = { .a = a, .reader = reader, .at = at };
    if (!publish_read_for(v, list, reader, a, &n) || !str_eq(n.kind, STR("list"))) {
        return error_set(err, ERROR_MISSING, "there is no published list %lld", (long long)list);
    }
    *ret = (struct publish_table){ .title = n.title };
    e.count = publish__entries(v, list, reader, a, &e.rows);
    read_entries(&e, ret);
    ret->version = publish__version(v, a);
    return OK;
}

/* ---- JSON ---- */

static void write_line(const struct publish_table *t, const struct publish_line *l, struct json_writer *w)
{
    const struct {
        const char *name;
        int64_t value;
    } numbers[] = { { "number", l->number }, { "notice", l->notice }, { "row", l->row }, { "revision", l->revision } };
    json_begin_object(w);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (numbers[i].value != 0) {
            json_int_member(w, numbers[i].name, numbers[i].value);
        }
    }
    json_text_member(w, "state", l->state);
    work_write_instant(w, "since", l->since);
    work_write_instant(w, "ended", l->ended);
    if (l->row != 0) {
        work_write_instant(w, "from", l->from);
        work_write_instant(w, "until", l->until);
    }
    json_key(w, STR("cells"));
    json_begin_array(w);
    for (uint32_t i = 0; l->cells != NULL && i < t->column_count; i++) {
        json_raw(w, STR(""));
        feel_json_write(l->cells[i], false, w->out);
    }
    json_end_array(w);
    json_end_object(w);
}

void publish_write_table(const struct publish_table *t, struct buf *out)
{
    struct json_writer w;
    json_writer_init(&w, out, false);
    json_begin_object(&w);
    json_text_member(&w, "title", t->title);
    json_text_member(&w, "version", t->version);
    json_key(&w, STR("columns"));
    json_begin_array(&w);
    for (uint32_t i = 0; i < t->column_count; i++) {
        json_begin_object(&w);
        json_text_member(&w, "name", t->columns[i].name);
        json_text_member(&w, "label", t->columns[i].label);
        json_end_object(&w);
    }
    json_end_array(&w);
    json_key(&w, STR("rows"));
    json_begin_array(&w);
    for (uint32_t i = 0; i < t->line_count; i++) {
        write_line(t, &t->lines[i], &w);
    }
    json_end_array(&w);
    json_text_member(&w, "next", t->next);
    json_end_object(&w);
}

/* ---- CSV ---- */

static struct table_cell text_cell(str text)
{
    return (struct table_cell){ .kind = TABLE_TEXT, .text = text };
}

static str day_text(struct arena *a, int64_t micros)
{
    struct buf out = BUF_INIT(32);
    if (micros != 0) {
        cal_print_date(publish__day(micros), &out);
    }
    str day = arena_str(a, buf_str(&out));
    buf_release(&out);
    return day;
}

/* The number or the row, the columns, the state, and since when. */
static void write_csv_row(struct csv_writer *w, struct arena *a, const struct publish_table *t,
                          const struct publish_line *l, enum lang lang)
{
    uint32_t count = t->column_count + 3;
    struct table_cell *cells = ARENA_ARRAY(a, struct table_cell, count);
    cells[0] = text_cell(l == NULL ? str_of(lang_text(lang, "No."))
                                   : arena_printf(a, "%lld", (long long)(l->number != 0 ? l->number : l->row)));
    for (uint32_t i = 0; i < t->column_count; i++) {
        cells[i + 1] = text_cell(l == NULL          ? t->columns[i].label
                                 : l->cells == NULL ? STR("")
                                                    : publish_shown(a, l->cells[i]));
    }
    cells[count - 2] = text_cell(l == NULL ? str_of(lang_text(lang, "State"))
                                           : str_of(lang_text(lang, arena_str(a, l->state).ptr)));
    cells[count - 1] = text_cell(l == NULL ? str_of(lang_text(lang, "As of"))
                                           : day_text(a, l->ended != 0 ? l->ended : l->since));
    csv_row(w, &(struct table_row){ .cells = cells, .count = count });
}

enum error_code publish_write_csv(const struct publish_table *t, bool head, enum lang lang, struct buf *out,
                                  struct error *err)
{
    struct csv_writer w;
    struct arena a = ARENA_INIT;
    const struct csv_options options = { .encoding = CSV_UTF8, .mark = head, .spreadsheet = true };
    enum error_code code = csv_begin(&w, options, out, err);
    if (code == OK) {
        if (head) {
            write_csv_row(&w, &a, t, NULL, lang);
        }
        for (uint32_t i = 0; i < t->line_count; i++) {
            write_csv_row(&w, &a, t, &t->lines[i], lang);
        }
        csv_end(&w);
    }
    arena_release(&a);
    return code;
}

/* ---- Places ---- */

bool publish__has_place(struct arena *a, str fields)
{
    feel_value v = feel_null();
    bool found = false;
    feel_json_read(a, fields, &v, NULL);
    for (uint32_t i = 0; v.kind == FEEL_LIST && !found && i < v.count; i++) {
        found = publish__is_place(feel_member(v.items[i], "value"));
    }
    return found;
}

static void write_point(const struct publish_notice *n, feel_value field, struct json_writer *w)
{
    static const char *const axes[] = { "lon", "lat" };
    feel_value place = feel_member(field, "value");
    json_begin_object(w);
    json_text_member(w, "type", STR("Feature"));
    json_key(w, STR("geometry"));
    json_begin_object(w);
    json_text_member(w, "type", STR("Point"));
    json_key(w, STR("coordinates"));
    json_begin_array(w);
    for (int i = 0; i < 2; i++) {
        json_raw(w, STR(""));
        feel_json_write(feel_member(place, axes[i]), false, w->out);
    }
    json_end_array(w);
    json_end_object(w);
    json_key(w, STR("properties"));
    json_begin_object(w);
    json_int_member(w, "notice", n->id);
    json_text_member(w, "title", n->title);
    json_text_member(w, "field", publish_label(field));
    json_text_member(w, "name", feel_text_member(place, "name"));
    work_write_instant(w, "published", n->published);
    json_end_object(w);
    json_end_object(w);
}

void publish_write_places(struct store_view *v, int64_t before, uint32_t max, struct buf *out)
{
    struct arena a = ARENA_INIT;
    struct json_writer w;
    int64_t *ids = ARENA_ARRAY(&a, int64_t, max);
    uint32_t count = 0;
    struct store_value args[] = { store_int(before), store_int(max) };
    struct store_rows *r = store_query(v, "SELECT id FROM notice WHERE placed = 1 AND audience = 'public' AND state = "
                                          "'published' AND id < ? ORDER BY id DESC LIMIT ?", args, 2);
    while (store_next(r)) {
        ids[count++] = store_column_int(r, 0);
    }
    store_rows_end(r);
    json_writer_init(&w, out, false);
    json_begin_object(&w);
    json_text_member(&w, "type", STR("FeatureCollection"));
    json_key(&w, STR("features"));
    json_begin_array(&w);
    for (uint32_t i = 0; i < count; i++) {
        struct publish_notice n;
        feel_value fields = publish_read_notice(v, ids[i], &a, &n) ? fields_of(&a, &n) : feel_null();
        for (uint32_t k = 0; fields.kind == FEEL_LIST && k < fields.count; k++) {
            if (publish__is_place(feel_member(fields.items[k], "value"))) {
                write_point(&n, fields.items[k], &w);
            }
        }
    }
    json_end_array(&w);
    json_int_member(&w, "next", count == max && count > 0 ? ids[count - 1] : 0);
    json_end_object(&w);
    arena_release(&a);
}
