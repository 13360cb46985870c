/* page_calendar: which days are worked, and a notice that changes them. */
#include "web/desk_int.h"

#include "base/limit.h"

#include <unistd.h>

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

void web__form_calendar(struct web__call *c)
{
    struct web__desk d;
    struct error err = { .lang = c->lang };
    size_t count;
    const struct http_file *files = http_files(c->r, &count);
    if (!web__desk_open(c, &d)) {
        return;
    }
    bool may = web__desk_deploys(&d), fits = count > 0 && files[0].size > 0 && files[0].size <= LIMIT_SCHEME_BYTES;
    if (!web__desk_close(&d)) {
        return;
    }
    enum error_code code = !may    ? error_set(&err, ERROR_INVALID, "this is not for you to do")
                           : !fits ? error_set(&err, ERROR_INVALID, "choose a file")
                                   : OK;
    if (code == OK) {
        char *bytes = arena_alloc(c->arena, files[0].size);
        ssize_t n = pread(files[0].fd, bytes, files[0].size, 0);
        code = n != (ssize_t)files[0].size
                   ? error_set(&err, ERROR_IO, "cannot read the file")
                   : record_import_calendar(c->web->config.record, (str){ bytes, (size_t)n }, c->person, c->now, &err);
    }
    if (code == OK) {
        web__go(c, STR("/office/calendar?done=imported"));
        return;
    }
    web__desk_problem(c, &err, "#file");
    show_calendar(c, may ? 422 : 403);
}
