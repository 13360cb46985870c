/* exchange: the commands "import" and "export" of an office: files become rows, rows become files.
 *
 * Paths are absolute and opened by whoever carries the command out: the server of the directory, or the command itself.
 * The control socket belongs to the owner of the data directory alone, so this lets nobody read or write what he could
 * not. A file that is written appears under its name only when it is complete.
 */
#include "base/clock.h"
#include "base/limit.h"
#include "cli/cli.h"
#include "cli/office.h"
#include "cli/spool.h"
#include "helper/sheet_call.h"
#include "record/exchange.h"
#include "text/csv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TOLD = 1000 }; /* findings that are answered; the annotated copy has more */

struct act {
    struct office *o;
    feel_value v;
    struct office_exchange who;
    struct arena *a;
    struct buf *out;
    struct error *err;
    const struct scheme *scheme;
    const struct scheme_ledger *ledger;
    const struct scheme_parameter *parameter;
    struct helper *helper;
    struct arena helper_arena;
    bool own_helper;
};

static str text(const struct act *c, const char *name)
{
    return feel_text_member(c->v, name);
}

static bool is_set(const struct act *c, const char *name)
{
    return text(c, name).len > 0;
}

static const char *path(const struct act *c, const char *name)
{
    return arena_str(c->a, text(c, name)).ptr;
}

static bool ends_with(str s, const char *end)
{
    str e = str_of(end);
    return s.len >= e.len && str_eq(str_slice(s, s.len - e.len, s.len), e);
}

/* ---- What the command is about ---- */

static enum error_code find_parameter(struct act *c, struct store_view *v, str name)
{
    size_t dot = 0;
    while (dot < name.len && name.ptr[dot] != '.') {
        dot++;
    }
    if (dot == name.len) {
        error_set(c->err, ERROR_INVALID, "\"%.*s\" names no parameter", STR_ARG(name));
        error_hint(c->err, "a parameter is named SCHEME.PARAMETER");
        return ERROR_INVALID;
    }
    enum error_code code = record_installed(c->o->record, v, str_slice(name, 0, dot), &c->scheme, c->err);
    if (code == OK) {
        str own = str_slice(name, dot + 1, name.len);
        c->parameter = scheme_parameter(c->scheme, own);
        if (c->parameter == NULL) {
            code = error_set(c->err, ERROR_MISSING, "the scheme \"%.*s\" has no parameter \"%.*s\"",
                             STR_ARG(c->scheme->name), STR_ARG(own));
            error_hint(c->err, "the parameters of a scheme stand in its scheme.json");
        }
    }
    return code;
}

static enum error_code find_subject(struct act *c)
{
    struct store_view *v;
    enum error_code code = store_view(c->o->store, &v, c->err);
    if (code == OK) {
        code = is_set(c, "parameter")
                   ? find_parameter(c, v, text(c, "parameter"))
                   : record_ledger(c->o->record, v, NULL, text(c, "ledger"), &c->scheme, &c->ledger, NULL, c->err);
        store_view_end(v);
    }
    return code;
}

/* The server has a helper program; a command alone starts one when it needs it. */
static enum error_code need_helper(struct act *c)
{
    enum error_code code = OK;
    c->helper = c->helper != NULL ? c->helper : c->o->paper;
    if (c->helper == NULL) {
        const struct helper_config config = { .program = "gongshi-paper" };
        code = helper_start(&c->helper_arena, &config, &c->helper, c->err);
        c->own_helper = code == OK;
    }
    return code;
}

static void end(struct act *c)
{
    if (c->own_helper) {
        helper_stop(c->helper);
    }
    arena_release(&c->helper_arena);
}

/* ---- Files in ---- */

static enum error_code fail_file(struct act *c, const char *name, const char *message)
{
    int reason = errno;
    error_set(c->err, reason == ENOENT ? ERROR_MISSING : ERROR_IO, "%s", lang_text(c->err->lang, message));
    error_detail(c->err, "%s", strerrordesc_np(reason));
    error_at(c->err, str_of(name), 0, 0);
    return c->err->code;
}

static enum error_code read_bytes(struct act *c, int fd, const char *name, struct buf *b)
{
    char chunk[64 << 10];
    ssize_t n;
    while ((n = read(fd, chunk, sizeof chunk)) > 0) {
        buf_add(b, (str){ chunk, (size_t)n });
    }
    if (n < 0) {
        return fail_file(c, name, "cannot read the file");
    }
    if (b->overflow) {
        error_set(c->err, ERROR_LIMIT, "the file is too large");
        error_detail(c->err, "limit %s = %d", "SHEET_FILE", LIMIT_SHEET_FILE);
        error_at(c->err, str_of(name), 0, 0);
        return ERROR_LIMIT;
    }
    return OK;
}

static enum error_code read_csv(struct act *c, int fd, const char *name, table_sink *sink, void *context)
{
    struct buf b = BUF_INIT(LIMIT_SHEET_FILE);
    enum error_code code = read_bytes(c, fd, name, &b);
    if (code == OK) {
        code = csv_read(buf_str(&b), (struct csv_options){ .encoding = CSV_FIND, .spreadsheet = true }, sink, context,
                        NULL, c->err);
    }
    buf_release(&b);
    return code;
}

static enum error_code begin_again(void *context, struct error *err);

static enum error_code read_workbook(struct act *c, int fd, table_sink *sink, void *context)
{
    struct sheet_found found;
    enum error_code code = need_helper(c);
    const struct helper_sheet_read what = { .file = fd, .tab = text(c, "tab"), .again = begin_again };
    return code != OK ? code : helper_sheet_read(c->helper, c->a, &what, sink, context, &found, c->err);
}

/* Workbooks are told from CSV by their first bytes; what looks like another kind of workbook the helper names. */
static bool is_workbook(int fd, const char *name)
{
    unsigned char head[4] = { 0 };
    ssize_t n = pread(fd, head, sizeof head, 0);
    bool zip = n == 4 && memcmp(head, "PK\x03\x04", 4) == 0, old = n == 4 && memcmp(head, "\xD0\xCF\x11\xE0", 4) == 0;
    return zip || old || ends_with(str_of(name), ".xlsx");
}

static enum error_code read_file(struct act *c, table_sink *sink, void *context)
{
    const char *name = path(c, "file");
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return fail_file(c, name, "cannot read the file");
    }
    enum error_code code = is_workbook(fd, name) ? read_workbook(c, fd, sink, context)
                                                 : read_csv(c, fd, name, sink, context);
    close(fd);
    if (code != OK && c->err->where.file[0] == '\0') {
        error_at(c->err, str_of(name), c->err->where.line, c->err->where.column);
    }
    return code;
}

/* ---- Files out ---- */

/* A file beside the one that is meant, which becomes it in the end. */
struct target {
    int fd;
    const char *name, *scratch;
};

static enum error_code begin_target(struct act *c, const char *name, struct target *ret)
{
    char *scratch = (char *)(uintptr_t)arena_printf(c->a, "%s.XXXXXX", name).ptr;
    *ret = (struct target){ mkostemp(scratch, O_CLOEXEC), name, scratch };
    return ret->fd >= 0 ? OK : fail_file(c, name, "cannot write the file");
}

static enum error_code end_target(struct act *c, struct target *t, enum error_code code)
{
    bool fine = code != OK || fchmod(t->fd, 0640) == 0;
    fine = close(t->fd) == 0 && fine && (code != OK || rename(t->scratch, t->name) == 0);
    if (!fine) {
        code = code != OK ? code : fail_file(c, t->name, "cannot write the file");
    }
    if (code != OK) {
        unlink(t->scratch);
    }
    return code;
}

static enum error_code write_all(struct act *c, const struct target *t, struct buf *b)
{
    str rest = buf_str(b);
    while (rest.len > 0) {
        ssize_t n = write(t->fd, rest.ptr, rest.len);
        if (n < 0 && errno != EINTR) {
            return fail_file(c, t->name, "cannot write the file");
        }
        rest = str_slice(rest, n > 0 ? (size_t)n : 0, rest.len);
    }
    buf_clear(b);
    return OK;
}

/* ---- Import ---- */

struct importing {
    struct act *c;
    struct exchange_config config;
    struct exchange *x;
    struct spool spool; /* for the annotated copy; fd -1: none is wanted */
};

static enum error_code begin(struct importing *i, struct error *err)
{
    enum error_code code = is_set(i->c, "annotate") ? spool_open(&i->spool, err) : OK;
    return code == OK ? exchange_begin(&i->config, clock_now_micros(), &i->x, err) : code;
}

static void give_up(struct importing *i)
{
    if (i->x != NULL) {
        exchange_free(i->x, clock_now_micros());
        i->x = NULL;
    }
    spool_close(&i->spool);
}

/* The rows that were read are forgotten, and come once more. */
static enum error_code begin_again(void *context, struct error *err)
{
    struct importing *i = context;
    give_up(i);
    return begin(i, err);
}

static enum error_code take_row(void *context, const struct table_row *row, struct error *err)
{
    struct importing *i = context;
    enum error_code code = exchange_row(i->x, row, clock_now_micros(), err);
    return code == OK && i->spool.fd >= 0 ? spool_add(&i->spool, row, err) : code;
}

/* ---- The annotated copy ---- */

struct annotating {
    struct importing *i;
    struct spool_reader rows;
    struct arena row;
};

static enum error_code next_annotated(void *context, struct table_row *ret, bool *ret_end, struct error *err)
{
    struct annotating *n = context;
    struct table_row row;
    enum error_code code = spool_next(&n->rows, &row, ret_end, err);
    if (code == OK && !*ret_end) {
        arena_clear(&n->row);
        exchange_annotate(n->i->x, &row, &n->row, ret);
    }
    return code;
}

/* The heading of the copy is that of the table; what is wrong with it stands on a sheet of its own. */
static void make_layout(struct importing *i, const struct table_row *heading, struct sheet_layout *ret)
{
    struct arena *a = i->c->a;
    struct table_row noted;
    exchange_annotate(i->x, heading, a, &noted);
    struct sheet_column *columns = ARENA_ARRAY(a, struct sheet_column, noted.count);
    str about = arena_str(a, noted.note);
    for (uint32_t k = 0; k < noted.count; k++) {
        columns[k] = (struct sheet_column){ .title = arena_str(a, noted.cells[k].text),
                                            .kind = (uint8_t)exchange_kind(i->x, k) };
        if (noted.cells[k].note.len > 0) {
            about = arena_printf(a, "%.*s%s%.*s: %.*s", STR_ARG(about), about.len > 0 ? "\n" : "",
                                 STR_ARG(columns[k].title), STR_ARG(noted.cells[k].note));
        }
    }
    enum lang lang = i->c->err->lang;
    *ret = (struct sheet_layout){ .tab = str_of(lang_text(lang, "rows")), .columns = columns,
                                  .column_count = noted.count, .note_title = str_of(lang_text(lang, "what is wrong")) };
    if (about.len > 0) {
        ret->about_tab = str_of(lang_text(lang, "explanations"));
        ret->about = about;
    }
}

static enum error_code annotate(struct importing *i)
{
    struct act *c = i->c;
    struct annotating n = { .i = i };
    struct table_row heading;
    struct sheet_layout layout;
    struct target t;
    bool over = false;
    enum error_code code = spool_begin(&i->spool, c->a, &n.rows, c->err);
    code = code == OK ? spool_next(&n.rows, &heading, &over, c->err) : code;
    code = code == OK ? need_helper(c) : code;
    if (code == OK && (code = begin_target(c, path(c, "annotate"), &t)) == OK) {
        make_layout(i, &heading, &layout);
        code = helper_sheet_write(c->helper, &(struct helper_sheet_write){ .file = t.fd, .layout = &layout },
                                  next_annotated, &n, c->err);
        code = end_target(c, &t, code);
    }
    spool_end(&n.rows);
    arena_release(&n.row);
    return code;
}

/* ---- The answer ---- */

static void write_count(struct json_writer *w, const char *name, uint64_t n)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%llu", (unsigned long long)n);
    json_key(w, str_of(name));
    json_raw(w, str_of(digits));
}

static const char *const levels[] = { "error", "warning", "note" };

static void write_finding(struct json_writer *w, const struct exchange_finding *f)
{
    json_begin_object(w);
    write_count(w, "line", f->line);
    write_count(w, "column", f->column);
    json_text_member(w, "level", str_of(levels[f->level]));
    json_text_member(w, "field", f->field);
    json_text_member(w, "value", f->value);
    json_text_member(w, "text", f->text);
    json_text_member(w, "remedy", f->remedy);
    json_end_object(w);
}

static void write_report(struct act *c, const struct exchange_report *r, bool applied)
{
    struct json_writer w;
    json_writer_init(&w, c->out, false);
    json_begin_object(&w);
    json_text_member(&w, "state", applied ? STR("imported") : r->wrong > 0 ? STR("refused") : STR("checked"));
    write_count(&w, "rows", r->rows);
    write_count(&w, "added", r->wrong > 0 ? 0 : r->added);
    write_count(&w, "changed", r->wrong > 0 ? 0 : r->changed);
    write_count(&w, "ended", r->wrong > 0 ? 0 : r->ended);
    write_count(&w, "same", r->wrong > 0 ? 0 : r->same);
    write_count(&w, "wrong", r->wrong);
    write_count(&w, "warnings", r->warnings);
    write_count(&w, "notes", r->notes);
    json_key(&w, STR("findings"));
    json_begin_array(&w);
    for (uint32_t i = 0; i < r->finding_count && i < TOLD; i++) {
        write_finding(&w, &r->findings[i]);
    }
    json_end_array(&w);
    json_end_object(&w);
}

/* ---- The command "import" ---- */

static enum error_code import_rows(struct act *c, struct importing *i)
{
    enum error_code code = read_file(c, take_row, i);
    code = code == OK ? exchange_settle(i->x, clock_now_micros(), c->err) : code;
    if (code != OK) {
        return code;
    }
    const struct exchange_report *report = exchange_report(i->x);
    if (is_set(c, "annotate")) {
        code = annotate(i);
    }
    bool apply = report->wrong == 0 && !is_set(c, "check");
    code = code == OK && apply ? exchange_finish(i->x, clock_now_micros(), c->err) : code;
    if (code == OK) {
        write_report(c, report, apply);
    }
    return code;
}

/* Without a server nobody goes on with it later. */
static void tend(struct act *c)
{
    bool more = !c->o->config.serve;
    while (more && record_batch_tend(c->o->record, clock_now_micros(), &more, NULL) == OK) {
    }
}

enum error_code office_import(struct office *o, feel_value command, const struct office_exchange *who, struct arena *a,
                              struct buf *out, struct error *err)
{
    struct act c = { .o = o, .v = command, .who = *who, .a = a, .out = out, .err = err };
    struct importing i = { .c = &c, .spool = { .fd = -1 } };
    enum error_code code = find_subject(&c);
    i.config = (struct exchange_config){ .record = o->record, .scheme = c.scheme, .ledger = c.ledger,
                                         .parameter = c.parameter, .check = is_set(&c, "check"),
                                         .update = is_set(&c, "update"), .actor = who->actor, .office = who->office,
                                         .dossier = who->dossier, .source = text(&c, "file"),
                                         .despite = text(&c, "despite"), .lang = err->lang };
    code = code == OK ? begin(&i, err) : code;
    code = code == OK ? import_rows(&c, &i) : code;
    bool begun = i.x != NULL;
    give_up(&i);
    if (begun) {
        tend(&c);
    }
    end(&c);
    return code;
}

/* ---- The command "export" ---- */

static enum error_code write_csv(struct act *c, struct exporting *e, const struct target *t)
{
    struct buf b = BUF_INIT(LIMIT_SHEET_ROW * 4);
    struct csv_writer w;
    struct table_row row;
    bool over = false, gb = str_eq(text(c, "encoding"), STR("gb18030"));
    const struct csv_options options = { .encoding = gb ? CSV_GB18030 : CSV_UTF8, .mark = !gb, .spreadsheet = true };
    enum error_code code = csv_begin(&w, options, &b, c->err);
    if (code == OK) {
        export_heading(e, &row);
        csv_row(&w, &row);
        while (code == OK && (code = export_next(e, &row, &over, c->err)) == OK && !over) {
            csv_row(&w, &row);
            code = b.len > LIMIT_SHEET_ROW ? write_all(c, t, &b) : OK;
        }
        csv_end(&w);
    }
    code = code == OK ? write_all(c, t, &b) : code;
    buf_release(&b);
    return code;
}

static enum error_code write_workbook(struct act *c, struct exporting *e, const struct target *t)
{
    uint32_t count;
    const struct export_column *columns = export_columns(e, &count);
    struct sheet_column *sheet = ARENA_ARRAY(c->a, struct sheet_column, count);
    for (uint32_t i = 0; i < count; i++) {
        sheet[i] = (struct sheet_column){ .title = columns[i].title, .kind = (uint8_t)columns[i].kind,
                                          .choices = columns[i].choices, .choice_count = columns[i].choice_count };
    }
    const struct sheet_layout layout = { .tab = str_of(lang_text(c->err->lang, "rows")), .columns = sheet,
                                         .column_count = count };
    enum error_code code = need_helper(c);
    return code != OK ? code
                      : helper_sheet_write(c->helper, &(struct helper_sheet_write){ .file = t->fd, .layout = &layout },
                                           export_next, e, c->err);
}

/* The first moment of a day, and behind its last. */
static enum error_code read_days(struct act *c, struct export_config *config)
{
    const char *const names[] = { "on", "known" };
    int64_t *const places[] = { &config->valid_at, &config->known_at };
    cal_zone zone = 0;
    cal_zone_find(STR("Asia/Shanghai"), &zone);
    for (int i = 0; i < 2; i++) {
        str day = text(c, names[i]);
        feel_value v = feel_from_text(day, scheme_feel_type(SCHEME_DATE));
        *places[i] = INT64_MAX;
        if (day.len > 0 && v.kind != FEEL_DATE) {
            error_set(c->err, ERROR_INVALID, "\"%.*s\" is no date", STR_ARG(day));
            error_hint(c->err, "write it as 2026-01-31");
            return ERROR_INVALID;
        }
        if (day.len > 0) { /* known: at the end of the day */
            int64_t days = cal_days_from_date(v.date) + i;
            *places[i] = (days * 86400 - cal_zone_offset_at(zone, days * 86400)) * 1000000 - i;
        }
    }
    return OK;
}

static enum error_code choose_fields(struct act *c, struct export_config *config)
{
    str name = text(c, "view");
    const struct scheme_view *v = name.len == 0 ? NULL : scheme_view(c->scheme, name);
    if (name.len > 0 && (v == NULL || c->ledger == NULL || !str_eq(v->ledger, c->ledger->name))) {
        error_set(c->err, ERROR_MISSING, "the ledger has no view \"%.*s\"", STR_ARG(name));
        error_hint(c->err, "the views of a scheme stand in its scheme.json");
        return ERROR_MISSING;
    }
    if (v != NULL) {
        config->fields = v->fields;
        config->field_count = v->field_count;
        config->least = v->audience == SCHEME_TO_PUBLIC && v->field_count == 0 ? SCHEME_PUBLIC : config->least;
    }
    return OK;
}

/* Who took rows out is said in the audit, as who brought them in. */
static enum error_code note_export(struct act *c, uint64_t rows)
{
    struct people_plan plan;
    str name = is_set(c, "parameter") ? text(c, "parameter") : text(c, "ledger");
    enum error_code code = people_begin(c->o->people, c->a, c->who.actor, clock_now_micros(), &plan, c->err);
    if (code == OK) {
        struct buf out = BUF_INIT(LIMIT_PEOPLE_AUDIT_DETAIL);
        struct json_writer w;
        json_writer_init(&w, &out, false);
        json_begin_object(&w);
        json_text_member(&w, "ledger", name);
        write_count(&w, "rows", rows);
        json_end_object(&w);
        code = people_audit(&plan, STR("export"), STR("ledger"), 0, arena_str(c->a, buf_str(&out)), c->err);
        code = people_finish(&plan, code, NULL, c->err);
        buf_release(&out);
    }
    return code;
}

static enum error_code export_rows(struct act *c, const struct export_config *config)
{
    struct exporting *e;
    struct target t;
    const char *name = path(c, "file");
    enum error_code code = export_begin(config, clock_now_micros(), c->a, &e, c->err);
    if (code != OK) {
        return code;
    }
    code = begin_target(c, name, &t);
    if (code == OK) {
        bool workbook = ends_with(str_of(name), ".xlsx");
        code = workbook ? write_workbook(c, e, &t) : write_csv(c, e, &t);
        code = code == OK ? note_export(c, export_count(e)) : code; /* before anybody has the file */
        code = end_target(c, &t, code);
    }
    if (code == OK) {
        buf_printf(c->out, "{\"rows\":%llu}", (unsigned long long)export_count(e));
    }
    export_end(e);
    return code;
}

enum error_code office_export(struct office *o, feel_value command, const struct office_exchange *who, struct arena *a,
                              struct buf *out, struct error *err)
{
    struct act c = { .o = o, .v = command, .who = *who, .a = a, .out = out, .err = err };
    enum error_code code = find_subject(&c);
    struct export_config config = { .record = o->record, .scheme = c.scheme, .ledger = c.ledger,
                                    .parameter = c.parameter, .least = who->least, .where = text(&c, "where"),
                                    .office = who->only, .tree = who->tree, .lang = err->lang };
    code = code == OK ? read_days(&c, &config) : code;
    code = code == OK ? choose_fields(&c, &config) : code;
    code = code == OK ? export_rows(&c, &config) : code;
    end(&c);
    return code;
}
