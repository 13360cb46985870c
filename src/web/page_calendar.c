/* page_calendar: which days are worked, and a notice that changes them. */
#include "web/desk_int.h"

#include "base/limit.h"

#include <sys/stat.h>
#include <unistd.h>

enum { MOVED = 200 }; /* deadlines on the page */

static const struct web__said said[] = { { "imported", "The calendar is changed" } };

static void show_calendar(struct web__call *c, int status)
{
    struct web__desk d;
    const struct scheme *core;
    const struct cal_calendar *calendar;
    feel_value rows = feel_null();
    if (!web__desk_open(c, &d)) {
        return;
    }
    int64_t year = web__int(c, "year", web__today(c).year);
    struct node *list = node_put_list(c->model, "days");
    bool there = record_installed(c->web->config.record, d.v, STR("core"), &core, NULL) == OK &&
                 record_parameter(c->web->config.record, d.v, core, scheme_parameter(core, STR("calendar")),
                                  web__today(c), c->arena, &rows, NULL) == OK;
    str begin = arena_printf(c->arena, "%lld-", (long long)year);
    for (uint32_t i = 0; there && i < rows.count; i++) {
        str day = publish_shown(c->arena, feel_member(rows.items[i], "day"));
        if (str_starts_with(day, begin)) {
            struct node *item = node_add_object(list);
            node_put_text(item, "day", day);
            node_put_true(item, "working", feel_is_true(feel_member(rows.items[i], "working")));
            node_put_text(item, "name", publish_shown(c->arena, feel_member(rows.items[i], "name")));
            node_put_text(item, "source", publish_shown(c->arena, feel_member(rows.items[i], "source")));
            node_put_text(item, "state", publish_shown(c->arena, feel_member(rows.items[i], "state")));
        }
    }
    if (record_calendar(c->web->config.record, d.v, &calendar, NULL) == OK) {
        bool provisional = false;
        cal_date first = { .year = (int32_t)year, .month = 1, .day = 1 };
        cal_is_working_day(calendar, first, &provisional);
        node_put_text(c->model, "calendar", arena_str(c->arena, cal_calendar_name(calendar)));
        node_put_true(c->model, "provisional", provisional);
    }
    node_put_int(c->model, "year", year);
    node_put_int(c->model, "earlier_year", year - 1);
    node_put_int(c->model, "later_year", year + 1);
    node_put_true(c->model, "may", web__desk_deploys(&d));
    if (web__desk_close(&d)) {
        web__desk_done(c, said, 1);
        web__desk_tabs(c, "calendar");
        web__answer(c, status, page_lists_calendar);
    }
}

void web__page_calendar(struct web__call *c)
{
    show_calendar(c, 200);
}

/* ---- A notice, in two steps: what it would move, then taking it in ---- */

static enum error_code read_kept(struct web__call *c, str token, str *ret_name, str *ret, struct error *err)
{
    int fd = -1;
    struct stat file;
    enum error_code code = web__upload_open(c, token, &fd, ret_name, err);
    if (code != OK) {
        return code;
    }
    if (fstat(fd, &file) != 0 || file.st_size > LIMIT_SCHEME_BYTES) {
        code = error_set(err, ERROR_LIMIT, "the file is too large");
    } else {
        char *bytes = arena_alloc(c->arena, (size_t)file.st_size);
        ssize_t n = pread(fd, bytes, (size_t)file.st_size, 0);
        code = n != file.st_size ? error_set(err, ERROR_IO, "cannot read the file") : OK;
        *ret = (str){ bytes, (size_t)file.st_size };
    }
    close(fd);
    return code;
}

static void put_moved(struct web__desk *d, const struct cal_calendar *with, cal_date first)
{
    struct web__call *c = d->c;
    struct work_moved *moved = ARENA_ARRAY(c->arena, struct work_moved, MOVED);
    uint32_t all;
    bool more;
    uint32_t count = work_calendar_moves(c->web->config.work, d->v, with, web__day_begins(first), MOVED, c->arena,
                                         moved, &all, &more);
    struct node *list = node_put_list(c->model, "moved");
    for (uint32_t i = 0; i < count; i++) {
        struct node *item = node_add_object(list);
        node_put_int(item, "dossier", moved[i].dossier);
        node_put_text(item, "clock", moved[i].clock);
        node_put_text(item, "from", web__day_text(c->arena, web__day(moved[i].from - 1)));
        node_put_text(item, "to", web__day_text(c->arena, web__day(moved[i].to - 1)));
        node_put_true(item, "seen", web__desk_sees(d, moved[i].dossier));
    }
    node_put_int(c->model, "moved_count", all);
    node_put_true(c->model, "moved_more", more);
    node_put_true(c->model, "moved_cut", all > count);
}

/* Looks what the kept file would move. */
static enum error_code look(struct web__desk *d, str token, struct error *err)
{
    struct web__call *c = d->c;
    struct cal_calendar *with = NULL;
    cal_date first;
    str name, rows;
    enum error_code code = read_kept(c, token, &name, &rows, err);
    if (code == OK) {
        code = record_calendar_with(c->web->config.record, d->v, rows, &with, &first, err);
    }
    if (code == OK) {
        put_moved(d, with, first);
        cal_calendar_free(with);
        node_put_text(c->model, "token", arena_str(c->arena, token));
        node_put_text(c->model, "file", name);
    }
    return code;
}

/* The first step: the file is kept under a token, with which the second takes it in. */
static enum error_code keep(struct web__desk *d, struct error *err)
{
    size_t count;
    const struct http_file *files = http_files(d->c->r, &count);
    char token[PEOPLE_TOKEN] = "";
    if (count == 0 || files[0].size == 0) {
        return error_set(err, ERROR_INVALID, "choose a file");
    }
    enum error_code code = web__upload_keep(d->c, &files[0], token, err);
    return code == OK ? look(d, str_of(token), err) : code;
}

static enum error_code take_in(struct web__call *c, str token, struct error *err)
{
    str name, rows;
    enum error_code code = read_kept(c, token, &name, &rows, err);
    return code == OK ? record_import_calendar(c->web->config.record, rows, c->person, c->now, err) : code;
}

void web__form_calendar(struct web__call *c)
{
    struct web__desk d;
    struct error err = { .lang = c->lang };
    str token = web__text(c, "token");
    if (!web__desk_open(c, &d)) {
        return;
    }
    bool may = web__desk_deploys(&d);
    enum error_code code = !may             ? error_set(&err, ERROR_INVALID, "this is not for you to do")
                           : token.len == 0 ? keep(&d, &err)
                                            : OK;
    if (!web__desk_close(&d)) {
        return;
    }
    if (code == OK && token.len > 0) {
        code = take_in(c, token, &err);
    }
    if (code == OK && token.len > 0) {
        web__go(c, STR("/office/calendar?done=imported"));
        return;
    }
    if (code != OK) {
        web__desk_problem(c, &err, "#file");
    }
    show_calendar(c, code == OK ? 200 : may ? 422 : 403);
}
