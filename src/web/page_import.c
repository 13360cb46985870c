/* page_import: a table into a ledger, into a round of a parameter, or into the ledger of a dossier that its party fills
 * in, in two steps: check, then carry out what was checked; and out of it again. */
#include "web/apply.h"
#include "web/desk_int.h"

#include "base/clock.h"
#include "base/limit.h"
#include "record/exchange.h"
#include "text/csv.h"

#include <sys/stat.h>
#include <unistd.h>

enum {
    TOLD = 200,   /* findings on the page; the annotated copy has all */
    THERE = 1000, /* rows that are counted */
    TRIES = 8,    /* to take rows back that are still being moved */
    BACK = 50,    /* rows that are taken back at once: each is some rows of one change, which STORE_UNIT_ROWS bounds */
};

/* All rows of a file, so that they can be gone through twice. */
struct table {
    struct arena *arena;
    struct table_row *rows;
    uint32_t count, room;
};

static enum error_code keep_row(void *context, const struct table_row *row, struct error *err)
{
    struct table *t = context;
    (void)err; /* rows are bounded by SHEET_ROWS */
    if (t->count == t->room) {
        uint32_t more = t->room == 0 ? 256 : t->room * 2;
        t->rows = arena_grow(t->arena, t->rows, t->room * sizeof *t->rows, more * sizeof *t->rows);
        t->room = more;
    }
    struct table_cell *cells = ARENA_ARRAY(t->arena, struct table_cell, row->count);
    for (uint32_t i = 0; i < row->count; i++) {
        cells[i] = row->cells[i];
        cells[i].text = arena_str(t->arena, row->cells[i].text);
        cells[i].note = STR("");
    }
    t->rows[t->count] = *row;
    t->rows[t->count].note = STR("");
    t->rows[t->count++].cells = cells;
    return OK;
}

static enum error_code read_csv(struct web__call *c, int fd, struct table *t, struct error *err)
{
    struct stat file;
    if (fstat(fd, &file) != 0 || file.st_size > LIMIT_SHEET_FILE) {
        return error_set(err, ERROR_LIMIT, "the file is too large");
    }
    char *bytes = arena_alloc(c->arena, (size_t)file.st_size);
    ssize_t n = pread(fd, bytes, (size_t)file.st_size, 0);
    return n != file.st_size ? error_set(err, ERROR_IO, "cannot read the file")
                             : csv_read((str){ bytes, (size_t)n }, (struct csv_options){ .spreadsheet = true },
                                        keep_row, t, NULL, err);
}

/* Workbooks are told from CSV by their first bytes. */
static enum error_code read_table(struct web__call *c, int fd, struct table *t, struct error *err)
{
    char head[4] = "";
    struct sheet_found found;
    bool workbook = pread(fd, head, 4, 0) == 4 && (memcmp(head, "PK\x03\x04", 4) == 0 ||
                                                   memcmp(head, "\xD0\xCF\x11\xE0", 4) == 0);
    if (!workbook) {
        return read_csv(c, fd, t, err);
    }
    if (c->web->config.paper == NULL) {
        return error_set(err, ERROR_IO, "no helper program is running");
    }
    return helper_sheet_read(c->web->config.paper, c->arena, &(struct helper_sheet_read){ .file = fd }, keep_row, t,
                             &found, err);
}

/* ---- What is imported into ---- */

struct import {
    const struct scheme *scheme;
    const struct scheme_ledger *ledger;       /* or … */
    const struct scheme_parameter *parameter; /* … a parameter, and */
    str round;                                /* which round of it */
    int64_t office;
    int64_t dossier;                          /* whose party fills it in; 0: an officer does */
    uint32_t there;                           /* rows of it, counted up to THERE */
    str title, here;
    struct exchange *x;
    struct table table;
    str file;
};

/* The ledger and the office, whose rows he may import; false after an answer was sent. */
static bool open_ledger(struct web__call *c, struct import *ret)
{
    struct web__desk d;
    *ret = (struct import){ .table = { .arena = c->arena } };
    if (!web__desk_open(c, &d)) {
        return false;
    }
    ret->office = web__desk_office(&d, PEOPLE_VERB_IMPORT);
    bool there = ret->office != 0 && memchr(c->words[0].ptr, '.', c->words[0].len) != NULL &&
                 record_ledger(c->web->config.record, d.v, NULL, c->words[0], &ret->scheme, &ret->ledger, NULL, NULL) ==
                     OK;
    if (!there) {
        web__desk_nothing(&d);
        return false;
    }
    ret->title = web__called(c, ret->ledger->title, ret->ledger->name);
    ret->here = arena_printf(c->arena, "/office/ledgers/%.*s", STR_ARG(c->words[0]));
    return web__desk_close(&d);
}

/* A parameter of a round; false after an answer was sent. */
static bool open_round(struct web__call *c, struct import *ret)
{
    struct web__desk d;
    *ret = (struct import){ .table = { .arena = c->arena }, .round = c->words[1] };
    if (!web__desk_open(c, &d)) {
        return false;
    }
    ret->scheme = web__desk_scheme(&d, c->words[0]);
    ret->parameter = ret->scheme == NULL ? NULL : scheme_parameter(ret->scheme, web__text(c, "parameter"));
    if (ret->parameter == NULL || !web__desk_deploys(&d)) {
        web__desk_nothing(&d);
        return false;
    }
    ret->title = arena_printf(c->arena, "%.*s · %.*s", STR_ARG(ret->round),
                              STR_ARG(web__called(c, ret->parameter->title, ret->parameter->name)));
    ret->here = web__round_address(c, ret->scheme->name, ret->round);
    return web__desk_close(&d);
}

bool web__is_partys(const struct scheme_ledger *l)
{
    unsigned both = SCHEME_BY_PARTY | SCHEME_BY_IMPORT;
    bool all = l->of == SCHEME_OF_DOSSIER && (l->write & both) == both;
    for (uint32_t i = 0; i < l->field_count && all; i++) {
        all = (l->fields[i].write & SCHEME_BY_IMPORT) == 0 || (l->fields[i].write & SCHEME_BY_PARTY) != 0;
    }
    return all;
}

/* The rows of the dossier, at most `max`. */
static enum error_code read_there(struct web__call *c, struct store_view *v, const struct import *i, uint32_t max,
                                  struct record_answer *ret, struct error *err)
{
    const struct feel_environment env = { .instant = c->now / 1000000, .zone = 8 * 3600 };
    struct record_query q = { .scheme = i->scheme, .ledger = i->ledger, .known_at = INT64_MAX,
                              .flags = RECORD_ALL_TIMES, .max = max };
    str where = arena_printf(c->arena, "dossier = \"%lld\"", (long long)i->dossier);
    enum error_code code = record_filter(c->arena, i->ledger, where, NULL, &q.filter, err);
    struct feel_eval *ev = feel_eval_new(&env);
    code = code == OK ? record_query(v, ev, &q, c->arena, ret, err) : code;
    feel_eval_free(ev);
    return code;
}

/* The ledger of one's own dossier, which runs; false after an answer was sent. */
static bool open_mine(struct web__call *c, struct import *ret)
{
    struct store_view *v;
    struct work_dossier d;
    struct record_answer rows = { .count = 0 };
    *ret = (struct import){ .table = { .arena = c->arena }, .dossier = c->number };
    if (web__open_own(c, &v, &d).kind == FEEL_NULL) {
        return false;
    }
    str name = arena_printf(c->arena, "%.*s.%.*s", STR_ARG(d.scheme), STR_ARG(c->words[0]));
    bool there = str_eq(d.outcome, STR("running")) &&
                 record_ledger(c->web->config.record, v, NULL, name, &ret->scheme, &ret->ledger, NULL, NULL) == OK &&
                 web__is_partys(ret->ledger) && read_there(c, v, ret, THERE, &rows, NULL) == OK;
    if (!web__view_end(c, v)) {
        return false;
    }
    if (!there) {
        web__nothing(c);
        return false;
    }
    ret->office = d.office;
    ret->there = rows.count;
    ret->title = web__called(c, ret->ledger->title, ret->ledger->name);
    ret->here = arena_printf(c->arena, "/my/%lld/ledger/%.*s", (long long)c->number, STR_ARG(c->words[0]));
    return true;
}

/* All rows of a kept file, which are written too where `only` is not set; nobody sees them yet. After OK the import is
 * to be freed. */
static enum error_code check(struct web__call *c, struct import *i, str token, bool only, struct error *err)
{
    int fd = -1;
    enum error_code code = web__upload_open(c, token, &fd, &i->file, err);
    code = code == OK ? read_table(c, fd, &i->table, err) : code;
    if (fd >= 0) {
        close(fd);
    }
    const struct exchange_config config = { .record = c->web->config.record, .scheme = i->scheme, .ledger = i->ledger,
                                            .parameter = i->parameter, .round = i->round, .check = only,
                                            .update = i->parameter == NULL && web__flag(c, "update"),
                                            .actor = c->person, .office = i->office, .dossier = i->dossier,
                                            .source = i->file,
                                            .despite = str_trim(web__text(c, "despite")), .lang = c->lang };
    code = code == OK ? exchange_begin(&config, clock_now_micros(), &i->x, err) : code;
    for (uint32_t k = 0; k < i->table.count && code == OK; k++) {
        code = exchange_row(i->x, &i->table.rows[k], clock_now_micros(), err);
    }
    code = code == OK ? exchange_settle(i->x, clock_now_micros(), err) : code;
    if (code != OK && i->x != NULL) {
        exchange_free(i->x, clock_now_micros());
        i->x = NULL;
    }
    return code;
}

/* ---- The pages ---- */

static void put_findings(struct web__call *c, const struct exchange_report *r)
{
    static const char *const levels[] = { "Error", "Warning", "Note" };
    struct node *list = node_put_list(c->model, "findings");
    for (uint32_t i = 0; i < r->finding_count && i < TOLD; i++) {
        const struct exchange_finding *f = &r->findings[i];
        struct node *item = node_add_object(list);
        node_put_int(item, "line", f->line);
        node_put_word(item, "level", levels[f->level]);
        node_put_text(item, "field", arena_str(c->arena, f->field));
        node_put_text(item, "value", arena_str(c->arena, f->value));
        node_put_text(item, "text", arena_str(c->arena, f->text));
        node_put_text(item, "remedy", arena_str(c->arena, f->remedy));
        node_put_true(item, "bad", f->level == EXCHANGE_ERROR);
        node_put_true(item, "fair", f->level == EXCHANGE_WARNING);
    }
    node_put_true(c->model, "not_all", r->wrong + r->notes > TOLD);
    const struct {
        const char *name;
        uint64_t n;
    } numbers[] = { { "rows", r->rows }, { "added", r->added }, { "changed", r->changed }, { "same", r->same },
                    { "wrong", r->wrong }, { "warnings", r->warnings } };
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        node_put_int(c->model, numbers[i].name, (int64_t)numbers[i].n);
    }
    node_put_true(c->model, "refused", r->wrong > 0);
    node_put_true(c->model, "warned", r->warnings > 0);
}

static void answer(struct web__call *c, const struct import *i, int status)
{
    node_put_text(c->model, "title", i->title);
    node_put_text(c->model, "here", i->here);
    if (i->dossier != 0) {
        node_put_int(c->model, "dossier", i->dossier);
        node_put_int(c->model, "there", i->there);
        node_put_true(c->model, "some", i->there > 0);
        node_put_true(c->model, "more", i->there == THERE);
        web__crumb(c, "My business", STR("/my"));
        web__crumb(c, "Dossier", arena_printf(c->arena, "/my/%lld", (long long)i->dossier));
        web__answer(c, status, page_my_ledger);
        return;
    }
    node_put_true(c->model, "update", web__flag(c, "update"));
    node_put_text(c->model, "despite", web__text(c, "despite"));
    node_put_text(c->model, "round", i->round);
    node_put_text(c->model, "parameter", i->parameter == NULL ? STR("") : i->parameter->name);
    bool ledger = i->parameter == NULL;
    web__desk_tabs(c, ledger ? "ledgers" : "rounds");
    web__crumb(c, ledger ? "Ledgers" : "Rounds", ledger ? STR("/office/ledgers") : STR("/office/rounds"));
    web__crumb(c, ledger ? "The ledger" : "The round", i->here);
    web__answer(c, status, page_lists_import);
}

/* The first step: keeps the file and says what is wrong with it. */
static void take_file(struct web__call *c, struct import *i)
{
    struct error err = { .lang = c->lang };
    char token[WORK_TOKEN] = "";
    size_t count;
    const struct http_file *files = http_files(c->r, &count);
    enum error_code code = count == 0 || files[0].size == 0 ? error_set(&err, ERROR_INVALID, "choose a file")
                                                            : web__upload_keep(c, &files[0], token, &err);
    code = code == OK ? check(c, i, str_of(token), true, &err) : code;
    if (code != OK) {
        web__desk_problem(c, &err, "#file");
        answer(c, i, 422);
        return;
    }
    put_findings(c, exchange_report(i->x));
    node_put_text(c->model, "token", arena_str(c->arena, str_of(token)));
    node_put_text(c->model, "file", i->file);
    node_put_true(c->model, "checked", true);
    bool wrong = exchange_report(i->x)->wrong > 0;
    exchange_free(i->x, clock_now_micros());
    answer(c, i, wrong ? 422 : 200);
}

/* The second step: what was checked is checked once more, and written all at once or not at all. */
static void carry_out(struct web__call *c, struct import *i)
{
    struct error err = { .lang = c->lang };
    enum error_code code = check(c, i, web__text(c, "token"), false, &err);
    bool wrong = code == OK && exchange_report(i->x)->wrong > 0;
    code = code == OK && !wrong ? exchange_finish(i->x, clock_now_micros(), &err) : code;
    if (code == OK && !wrong) {
        exchange_free(i->x, clock_now_micros());
        web__go(c, arena_printf(c->arena, "%.*s?done=imported", STR_ARG(i->here)));
        return;
    }
    if (code == OK) {
        put_findings(c, exchange_report(i->x));
        node_put_text(c->model, "token", web__text(c, "token"));
        node_put_text(c->model, "file", i->file);
        node_put_true(c->model, "checked", true);
    } else {
        web__desk_problem(c, &err, "#file");
    }
    if (i->x != NULL) {
        exchange_free(i->x, clock_now_micros());
    }
    answer(c, i, 422);
}

void web__page_import(struct web__call *c)
{
    struct import i;
    if (open_ledger(c, &i)) {
        answer(c, &i, 200);
    }
}

void web__form_import(struct web__call *c)
{
    struct import i;
    if (open_ledger(c, &i)) {
        take_file(c, &i);
    }
}

void web__form_import_do(struct web__call *c)
{
    struct import i;
    if (open_ledger(c, &i)) {
        carry_out(c, &i);
    }
}

void web__page_round_import(struct web__call *c)
{
    struct import i;
    if (open_round(c, &i)) {
        answer(c, &i, 200);
    }
}

void web__form_round_import(struct web__call *c)
{
    struct import i;
    if (open_round(c, &i)) {
        take_file(c, &i);
    }
}

void web__form_round_do(struct web__call *c)
{
    struct import i;
    if (open_round(c, &i)) {
        carry_out(c, &i);
    }
}

/* ---- The annotated copy ---- */

struct annotating {
    struct import *i;
    struct arena row;
    uint32_t next;
};

static enum error_code next_annotated(void *context, struct table_row *ret, bool *ret_end, struct error *err)
{
    struct annotating *n = context;
    (void)err;
    *ret_end = n->next == n->i->table.count;
    if (!*ret_end) {
        arena_clear(&n->row);
        exchange_annotate(n->i->x, &n->i->table.rows[n->next++], &n->row, ret);
    }
    return OK;
}

static void send_copy(struct web__call *c, struct import *i)
{
    struct error err = { .lang = c->lang };
    struct table_row heading;
    enum error_code code = check(c, i, web__text(c, "token"), true, &err);
    if (code != OK || i->table.count == 0) {
        if (code == OK) {
            exchange_free(i->x, clock_now_micros());
            error_set(&err, ERROR_MISSING, "the file has no rows");
        }
        web__refuse(c, 404, &err);
        return;
    }
    exchange_annotate(i->x, &i->table.rows[0], c->arena, &heading);
    struct sheet_column *columns = ARENA_ARRAY(c->arena, struct sheet_column, heading.count);
    for (uint32_t k = 0; k < heading.count; k++) {
        columns[k] = (struct sheet_column){ .title = arena_str(c->arena, heading.cells[k].text),
                                            .kind = (uint8_t)exchange_kind(i->x, k) };
    }
    const struct sheet_layout layout = { .tab = str_of(lang_text(c->lang, "rows")), .columns = columns,
                                         .column_count = heading.count,
                                         .note_title = str_of(lang_text(c->lang, "what is wrong")) };
    struct annotating n = { .i = i, .next = 1 };
    struct exchange *x = i->x;
    web__send_sheet(c, &layout, next_annotated, &n, i->file); /* takes all rows before it comes back */
    exchange_free(x, clock_now_micros());
    arena_release(&n.row);
}

void web__file_import_copy(struct web__call *c)
{
    struct import i;
    if (open_ledger(c, &i)) {
        send_copy(c, &i);
    }
}

void web__file_round_copy(struct web__call *c)
{
    struct import i;
    if (open_round(c, &i)) {
        send_copy(c, &i);
    }
}

/* ---- A party's own ledger ---- */

void web__page_my_ledger(struct web__call *c)
{
    struct import i;
    if (open_mine(c, &i)) {
        str done = web__text(c, "done");
        if (str_eq(done, STR("imported"))) {
            node_put_word(c->model, "done", "The rows are with the office");
        } else if (str_eq(done, STR("back"))) {
            node_put_word(c->model, "done", "The rows were taken back");
        }
        answer(c, &i, 200);
    }
}

/* Rows have no key by which they could be told apart: a table that is sent twice would count twice. */
static bool is_empty(struct web__call *c, struct import *i)
{
    struct error err = { .lang = c->lang };
    if (i->there == 0) {
        return true;
    }
    error_set(&err, ERROR_INVALID, "there are rows already");
    error_hint(&err, "take them back first, then send the whole table again");
    web__desk_problem(c, &err, "#back");
    answer(c, i, 409);
    return false;
}

void web__form_my_ledger(struct web__call *c)
{
    struct import i;
    if (open_mine(c, &i) && is_empty(c, &i)) {
        take_file(c, &i);
    }
}

void web__form_my_ledger_do(struct web__call *c)
{
    struct import i;
    if (open_mine(c, &i) && is_empty(c, &i)) {
        carry_out(c, &i);
    }
}

void web__file_my_ledger_copy(struct web__call *c)
{
    struct import i;
    if (open_mine(c, &i)) {
        send_copy(c, &i);
    }
}

/* Some of the rows that are there; *ret_count of them, none when the background was faster: it moves new rows to where
 * they stay. */
static enum error_code take_some_back(struct web__call *c, const struct import *i, uint32_t *ret_count, bool *ret_stale,
                                      struct error *err)
{
    struct record_plan plan;
    struct record_answer rows = { .count = 0 };
    struct arena a = ARENA_INIT;
    enum error_code code = record_begin(c->web->config.record, &a, c->person, c->now, &plan, err);
    if (code == OK) {
        plan.by = SCHEME_BY_PARTY;
        plan.office = i->office;
        plan.dossier = i->dossier;
        code = read_there(c, plan.view, i, BACK, &rows, err);
        for (uint32_t k = 0; k < rows.count && code == OK; k++) {
            str reason = str_of(lang_text(c->lang, "taken back by the party"));
            code = record_strike(&plan, i->ledger, rows.rows[k].row, reason, err);
        }
        code = record_finish(&plan, code, ret_stale, err);
    }
    *ret_count = rows.count;
    arena_release(&a);
    return code;
}

/* Piece by piece: whoever is interrupted presses the button again. */
void web__form_my_ledger_back(struct web__call *c)
{
    struct import i;
    struct error err = { .lang = c->lang };
    if (!open_mine(c, &i)) {
        return;
    }
    enum error_code code = OK;
    uint32_t count = BACK;
    bool stale = false;
    for (int tries = 0; (stale || count == BACK) && tries < TRIES && code == OK;) {
        code = take_some_back(c, &i, &count, &stale, &err);
        tries = stale ? tries + 1 : 0;
        code = stale ? OK : code;
    }
    if (code == OK && stale) {
        code = error_set(&err, ERROR_INVALID, "some rows are still being put in their places");
        error_hint(&err, "wait a few seconds and press the button once more");
    }
    if (code == OK) {
        web__go(c, arena_printf(c->arena, "%.*s?done=back", STR_ARG(i.here)));
    } else {
        web__refuse(c, stale ? 409 : 503, &err);
    }
}

/* ---- Export ---- */

static void send_csv(struct web__call *c, struct exporting *e, str name)
{
    struct error err = { .lang = c->lang };
    struct buf out = BUF_INIT(LIMIT_SHEET_FILE);
    struct csv_writer w;
    struct table_row row;
    bool over = false;
    enum error_code code = csv_begin(&w, (struct csv_options){ .mark = true, .spreadsheet = true }, &out, &err);
    if (code == OK) {
        export_heading(e, &row);
        csv_row(&w, &row);
        while ((code = export_next(e, &row, &over, &err)) == OK && !over) {
            csv_row(&w, &row);
        }
        csv_end(&w);
    }
    if (code != OK) {
        buf_release(&out);
        web__refuse(c, 503, &err);
        return;
    }
    http_add_header(c->r, "Content-Disposition",
                    arena_printf(c->arena, "attachment; filename=\"%.*s.csv\"", STR_ARG(name)));
    web__send(c, 200, "text/csv; charset=utf-8", &out);
}

static void send_workbook(struct web__call *c, struct exporting *e, str name)
{
    uint32_t count;
    const struct export_column *from = export_columns(e, &count);
    struct sheet_column *columns = ARENA_ARRAY(c->arena, struct sheet_column, count);
    for (uint32_t i = 0; i < count; i++) {
        columns[i] = (struct sheet_column){ .title = from[i].title, .kind = (uint8_t)from[i].kind,
                                            .choices = from[i].choices, .choice_count = from[i].choice_count };
    }
    const struct sheet_layout layout = { .tab = str_of(lang_text(c->lang, "rows")), .columns = columns,
                                         .column_count = count };
    web__send_sheet(c, &layout, export_next, e, name);
}

/* The columns of a party's ledger, and no rows. */
void web__file_my_ledger_template(struct web__call *c)
{
    struct import i;
    struct error err = { .lang = c->lang };
    struct arena rows = ARENA_INIT;
    struct exporting *e;
    if (!open_mine(c, &i)) {
        return;
    }
    str *fields = ARENA_ARRAY(c->arena, str, i.ledger->field_count);
    struct export_config config = { .record = c->web->config.record, .scheme = i.scheme, .ledger = i.ledger,
                                    .fields = fields, .least = SCHEME_SEALED, .where = STR("false"),
                                    .valid_at = INT64_MAX, .known_at = INT64_MAX, .lang = c->lang };
    for (uint32_t k = 0; k < i.ledger->field_count; k++) {
        if ((i.ledger->fields[k].write & SCHEME_BY_PARTY) != 0) {
            fields[config.field_count++] = i.ledger->fields[k].name;
        }
    }
    enum error_code code = export_begin(&config, c->now, &rows, &e, &err);
    if (code == OK) {
        send_workbook(c, e, i.title);
        export_end(e);
    } else {
        web__refuse(c, 503, &err);
    }
    arena_release(&rows);
}

/* Who took rows out is said in the audit, as who brought them in. */
static enum error_code note_export(struct web__call *c, struct error *err)
{
    struct people_plan plan;
    enum error_code code = people_begin(c->web->config.people, c->arena, c->person, c->now, &plan, err);
    if (code == OK) {
        code = people_audit(&plan, STR("export"), STR("record"), 0,
                            arena_printf(c->arena, "{\"ledger\":\"%.*s\"}", STR_ARG(c->words[0])), err);
        code = people_finish(&plan, code, NULL, err);
    }
    return code;
}

/* Sends what is exported, unless something stood in the way already; ends the view. */
static void send_export(struct web__desk *d, const struct export_config *config, str name, enum error_code code,
                        struct error *err)
{
    struct web__call *c = d->c;
    struct arena rows = ARENA_INIT;
    struct exporting *e;
    code = code == OK ? export_begin(config, c->now, &rows, &e, err) : code;
    struct store_view *v = d->v;
    if (code != OK) {
        web__refuse(c, 422, err);
    } else if (str_eq(web__text(c, "as"), STR("xlsx"))) {
        send_workbook(c, e, name);
    } else {
        send_csv(c, e, name);
    }
    if (code == OK) {
        export_end(e);
    }
    arena_release(&rows);
    feel_eval_free(d->ev);
    people_tree_end(d->people, d->tree);
    store_view_end(v);
}

/* The whole ledger of the office as an import reads it again; without personal fields. */
void web__file_export(struct web__call *c)
{
    struct web__desk d;
    struct error err = { .lang = c->lang };
    struct export_config config = { .record = c->web->config.record, .least = SCHEME_INTERNAL, .valid_at = INT64_MAX,
                                    .known_at = INT64_MAX, .lang = c->lang };
    if (!web__desk_open(c, &d)) {
        return;
    }
    config.office = web__desk_office(&d, PEOPLE_VERB_SEE);
    config.tree = web__desk_reach(&d, config.office);
    bool there = config.office != 0 && memchr(c->words[0].ptr, '.', c->words[0].len) != NULL &&
                 record_ledger(config.record, d.v, NULL, c->words[0], &config.scheme, &config.ledger, NULL, NULL) == OK;
    if (!there) {
        web__desk_nothing(&d);
        return;
    }
    send_export(&d, &config, c->words[0], note_export(c, &err), &err);
}

/* The rows of a parameter in a round as an import reads them again; of one that has none the headings. */
void web__file_round_export(struct web__call *c)
{
    struct web__desk d;
    struct error err = { .lang = c->lang };
    struct export_config config = { .record = c->web->config.record, .least = SCHEME_PUBLIC, .valid_at = INT64_MAX,
                                    .known_at = INT64_MAX, .lang = c->lang };
    if (!web__desk_open(c, &d)) {
        return;
    }
    config.scheme = web__desk_scheme(&d, c->words[0]);
    config.parameter = config.scheme == NULL ? NULL : scheme_parameter(config.scheme, web__text(c, "parameter"));
    config.round = c->words[1];
    if (config.parameter == NULL) {
        web__desk_nothing(&d);
        return;
    }
    send_export(&d, &config, web__called(c, config.parameter->title, config.parameter->name), OK, &err);
}
