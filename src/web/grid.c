/* grid: tables that stand on the screen, go into a workbook, a CSV file or a PDF, and are the same in all of them. */
#include "web/desk_int.h"

#include "base/limit.h"
#include "text/csv.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct web__grid *web__grid_new(struct web__call *c, str title)
{
    struct web__grid *g = ARENA_NEW(c->arena, struct web__grid);
    g->arena = c->arena;
    g->lang = c->lang;
    g->title = title;
    g->grade = -1;
    return g;
}

void web__grid_column(struct web__grid *g, str title, enum table_kind kind)
{
    if (g->column_count < LIMIT_SHEET_COLUMNS) {
        g->columns[g->column_count++] = (struct sheet_column){ .title = title, .kind = (uint8_t)kind };
    }
}

void web__grid_note(struct web__grid *g, str note)
{
    str *notes = ARENA_ARRAY(g->arena, str, g->note_count + 1);
    if (g->note_count > 0) {
        memcpy(notes, g->notes, g->note_count * sizeof *notes);
    }
    notes[g->note_count++] = note;
    g->notes = notes;
}

str *web__grid_row(struct web__grid *g, str link)
{
    uint32_t n = g->column_count;
    if (g->row_count == g->room) {
        uint32_t more = g->room == 0 ? 64 : g->room * 2;
        g->cells = arena_grow(g->arena, g->cells, (size_t)g->room * n * sizeof(str), (size_t)more * n * sizeof(str));
        g->links = arena_grow(g->arena, g->links, g->room * sizeof(str), more * sizeof(str));
        g->room = more;
    }
    str *row = &g->cells[(size_t)g->row_count * n];
    for (uint32_t i = 0; i < n; i++) {
        row[i] = STR("");
    }
    g->links[g->row_count++] = link;
    return row;
}

const char *web__grade_look(str grade)
{
    return str_eq(grade, STR("绿"))   ? "good"
           : str_eq(grade, STR("黄")) ? "fair"
           : str_eq(grade, STR("红")) ? "bad"
                                      : "";
}

enum chart_tone web__grade_tone(str grade)
{
    str look = str_of(web__grade_look(grade));
    return str_eq(look, STR("good"))   ? CHART_GOOD
           : str_eq(look, STR("fair")) ? CHART_FAIR
           : str_eq(look, STR("bad"))  ? CHART_BAD
                                       : CHART_PLAIN;
}

const char *web__why_word(str why)
{
    static const char *const whys[][2] = {
        { "place", "its place in the order" },
        { "threshold", "the bound it reaches" },
        { "cap", "a better grade was open, but it may not have it" },
        { "tie", "tied across a border: goes with the others" },
        { "rest", "nothing better was left" },
        { "none", "the list has no grades" },
    };
    for (size_t i = 0; i < sizeof whys / sizeof whys[0]; i++) {
        if (str_eq(why, str_of(whys[i][0]))) {
            return whys[i][1];
        }
    }
    return "";
}

static void put_cell(struct node *cells, const struct web__grid *g, uint32_t row, uint32_t column)
{
    struct node *cell = node_add_object(cells);
    str text = g->cells[(size_t)row * g->column_count + column];
    node_put_text(cell, "label", g->columns[column].title);
    node_put_text(cell, "text", g->columns[column].kind == TABLE_TEXT ? scheme_word(g->scheme, text, g->lang) : text);
    node_put_true(cell, "figure", g->columns[column].kind == TABLE_NUMBER);
    if (column == 0) {
        node_put_text(cell, "link", g->links[row]);
    }
    if (g->grade == (int32_t)column && text.len > 0) {
        node_put_true(cell, "grade", true);
        node_put_word(cell, "look", web__grade_look(text));
    }
}

void web__put_grid(struct node *to, const struct web__grid *g, uint32_t from, uint32_t count)
{
    struct node *table = node_put_object(to, "table");
    struct node *columns = node_put_list(table, "columns"), *rows = node_put_list(table, "rows");
    node_put_text(table, "title", g->title);
    for (uint32_t i = 0; i < g->column_count; i++) {
        struct node *column = node_add_object(columns);
        node_put_text(column, "label", g->columns[i].title);
        node_put_true(column, "figure", g->columns[i].kind == TABLE_NUMBER);
        node_put_text(column, "sort", g->sorts[i]);
    }
    for (uint32_t r = from; r < g->row_count && r - from < count; r++) {
        struct node *cells = node_put_list(node_add_object(rows), "cells");
        for (uint32_t i = 0; i < g->column_count; i++) {
            put_cell(cells, g, r, i);
        }
    }
}

/* ---- Files ---- */

/* The header that says what a file is called; a title has no characters that a name may not have. */
static void name_file(struct web__call *c, str title, const char *ending)
{
    struct buf out = BUF_INIT(4096);
    buf_addz(&out, "attachment; filename*=UTF-8''");
    for (size_t i = 0; i < title.len && i < 200; i++) {
        buf_printf(&out, "%%%02X", (unsigned char)title.ptr[i]);
    }
    buf_printf(&out, ".%s", ending);
    http_add_header(c->r, "Content-Disposition", arena_str(c->arena, buf_str(&out)));
    buf_release(&out);
}

/* What is kept until a helper program has answered. */
struct making {
    struct web__call call;
    str name;
    int fd;
};

static struct making *keep(struct web__call *c, str name, int fd)
{
    struct making *m = ARENA_NEW(c->arena, struct making);
    m->call = *c;
    m->name = name;
    m->fd = fd;
    return m;
}

static bool has_helper(struct web__call *c)
{
    struct error err = { .lang = c->lang };
    if (c->web->config.paper == NULL) {
        error_set(&err, ERROR_IO, "no helper program is running");
        web__refuse(c, 503, &err);
    }
    return c->web->config.paper != NULL;
}

static void sheet_made(void *context, const struct helper_answer *answer)
{
    struct making *m = context;
    struct stat file;
    if (answer->code != OK || fstat(m->fd, &file) != 0) {
        struct error err = { .lang = m->call.lang };
        if (answer->code != OK) {
            err = *answer->error;
        } else {
            error_set(&err, ERROR_IO, "the file cannot be made now");
        }
        close(m->fd);
        web__refuse(&m->call, 503, &err);
        return;
    }
    name_file(&m->call, m->name, "xlsx");
    http_add_header(m->call.r, "Cache-Control", STR("no-store"));
    http_send_file(m->call.r, 200, STR("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"), m->fd,
                   (uint64_t)file.st_size);
}

void web__send_sheet(struct web__call *c, const struct sheet_layout *layout, table_source *source, void *context,
                     str name)
{
    struct error err = { .lang = c->lang };
    if (!has_helper(c)) {
        return;
    }
    int fd = memfd_create("sheet", MFD_CLOEXEC);
    if (fd < 0) {
        error_set(&err, ERROR_IO, "the file cannot be made now");
        web__refuse(c, 503, &err);
        return;
    }
    const struct helper_sheet_write what = { .file = fd, .layout = layout };
    helper_sheet_submit(c->web->config.paper, &what, source, context, c->lang, sheet_made, keep(c, name, fd));
}

static void printed(void *context, const struct helper_answer *answer)
{
    struct making *m = context;
    if (answer->code != OK) {
        web__refuse(&m->call, 503, answer->error);
        return;
    }
    name_file(&m->call, m->name, "pdf");
    http_add_header(m->call.r, "Cache-Control", STR("no-store"));
    http_send(m->call.r, 200, STR("application/pdf"), arena_str(m->call.arena, answer->reply));
}

void web__print(struct web__call *c, str request, str name)
{
    if (has_helper(c)) {
        publish_print(c->web->config.publish, request, c->lang, printed, keep(c, name, -1));
    }
}

static struct sheet_rows *rows_of(struct web__call *c, const struct web__grid *g)
{
    struct sheet_rows *rows = ARENA_NEW(c->arena, struct sheet_rows);
    rows->columns = g->columns;
    rows->column_count = g->column_count;
    rows->row_count = g->row_count;
    rows->cells = g->cells;
    return rows;
}

static void send_sheet(struct web__call *c, const struct web__grid *g)
{
    struct buf about = BUF_INIT(LIMIT_JSON_BYTES);
    for (uint32_t i = 0; i < g->note_count; i++) {
        buf_printf(&about, "%s%.*s", i == 0 ? "" : "\n", STR_ARG(g->notes[i]));
    }
    const struct sheet_layout layout = { .tab = str_of(lang_text(c->lang, "rows")), .columns = g->columns,
                                         .column_count = g->column_count,
                                         .about_tab = about.len > 0 ? str_of(lang_text(c->lang, "explanations"))
                                                                    : STR(""),
                                         .about = arena_str(c->arena, buf_str(&about)) };
    buf_release(&about);
    web__send_sheet(c, &layout, helper_sheet_rows, rows_of(c, g), g->title);
}

static void send_paper(struct web__call *c, const struct web__grid *g)
{
    struct error err = { .lang = c->lang };
    struct buf request = BUF_INIT(LIMIT_JSON_BYTES);
    const struct publish_view view = { .title = g->title, .notes = g->notes, .note_count = g->note_count,
                                       .table = rows_of(c, g), .at = c->now, .lang = c->lang,
                                       .landscape = g->landscape || g->column_count > 6 };
    enum error_code code = publish_view_request(&view, &request, &err);
    str text = arena_str(c->arena, buf_str(&request));
    buf_release(&request);
    if (code != OK) {
        web__refuse(c, 422, &err);
    } else {
        web__print(c, text, g->title);
    }
}

static void send_csv(struct web__call *c, const struct web__grid *g)
{
    struct error err = { .lang = c->lang };
    struct buf out = BUF_INIT(LIMIT_SHEET_FILE);
    struct csv_writer w;
    struct table_cell *cells = ARENA_ARRAY(c->arena, struct table_cell, g->column_count);
    struct table_row row = { .count = g->column_count, .cells = cells };
    if (csv_begin(&w, (struct csv_options){ .encoding = CSV_UTF8, .mark = true, .spreadsheet = true }, &out, &err) !=
        OK) {
        buf_release(&out);
        web__refuse(c, 503, &err);
        return;
    }
    for (uint32_t r = 0; r <= g->row_count; r++) {
        for (uint32_t i = 0; i < g->column_count; i++) {
            str text = r == 0 ? g->columns[i].title : g->cells[(size_t)(r - 1) * g->column_count + i];
            cells[i] = (struct table_cell){ .text = text, .kind = text.len > 0 ? TABLE_TEXT : TABLE_EMPTY };
        }
        csv_row(&w, &row);
    }
    csv_end(&w);
    name_file(c, g->title, "csv");
    web__send(c, 200, "text/csv; charset=utf-8", &out);
}

bool web__grid_sent(struct web__call *c, const struct web__grid *g)
{
    str as = web__text(c, "as");
    if (str_eq(as, STR("xlsx"))) {
        send_sheet(c, g);
    } else if (str_eq(as, STR("csv"))) {
        send_csv(c, g);
    } else if (str_eq(as, STR("pdf"))) {
        send_paper(c, g);
    } else {
        return false;
    }
    return true;
}
