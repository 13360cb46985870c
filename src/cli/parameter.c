/* parameter: the commands about parameters and the calendar of working days.
 *
 *   gongshi round open SCHEME ROUND --from DAY
 *   gongshi round show SCHEME ROUND
 *   gongshi round set SCHEME.PARAMETER ROW --with JSON
 *   gongshi round confirm SCHEME.PARAMETER ROW --source PAPER
 *   gongshi calendar show [YEAR]
 *   gongshi calendar explain DAY [N]
 *   gongshi calendar import FILE.csv
 *
 * The upper half carries the commands out (office.h), the lower half makes them of command lines.
 */
#include "base/limit.h"
#include "cli/cli.h"
#include "cli/office.h"

#include <stdlib.h>

/* ---- Rounds ---- */

struct asked {
    struct office *o;
    feel_value v;
    int64_t actor, now;
    struct arena *arena;
    struct buf *out;
    struct error *err;
};

static enum error_code find_scheme(const struct asked *k, str name, const struct scheme **ret)
{
    struct store_view *v;
    enum error_code code = store_view(k->o->store, &v, k->err);
    if (code == OK) {
        code = record_installed(k->o->record, v, name, ret, k->err);
        store_view_end(v);
    }
    return code;
}

static enum error_code round_open(const struct asked *k)
{
    const struct scheme *s;
    cal_date from;
    uint32_t copied = 0;
    str day = feel_text_member(k->v, "from");
    if (!cal_parse_date(day, &from)) {
        return error_set(k->err, ERROR_INVALID, "\"%.*s\" is no date", STR_ARG(day));
    }
    enum error_code code = find_scheme(k, feel_text_member(k->v, "scheme"), &s);
    code = code == OK ? record_round_open(k->o->record, s, feel_text_member(k->v, "round"), from, k->actor, k->now,
                                          &copied, k->err) : code;
    buf_printf(k->out, "{\"copied\":%u}", copied);
    return code;
}

static enum error_code round_show(const struct asked *k)
{
    const struct scheme *s;
    struct store_view *v;
    enum error_code code = find_scheme(k, feel_text_member(k->v, "scheme"), &s);
    code = code == OK ? store_view(k->o->store, &v, k->err) : code;
    if (code == OK) {
        code = record_round_write(v, s, feel_text_member(k->v, "round"), k->out, k->err);
        store_view_end(v);
    }
    return code;
}

/* "shouhe.minimum" */
static enum error_code find_parameter(const struct asked *k, const struct scheme **ret_scheme,
                                      const struct scheme_parameter **ret)
{
    str name = feel_text_member(k->v, "parameter");
    const char *dot = name.len == 0 ? NULL : memchr(name.ptr, '.', name.len);
    if (dot == NULL) {
        error_set(k->err, ERROR_INVALID, "\"%.*s\" names no parameter", STR_ARG(name));
        error_hint(k->err, "a parameter is named SCHEME.PARAMETER");
        return ERROR_INVALID;
    }
    size_t at = (size_t)(dot - name.ptr);
    enum error_code code = find_scheme(k, str_slice(name, 0, at), ret_scheme);
    *ret = code == OK ? scheme_parameter(*ret_scheme, str_slice(name, at + 1, name.len)) : NULL;
    return code == OK && *ret == NULL
               ? error_set(k->err, ERROR_MISSING, "the scheme has no parameter \"%.*s\"",
                           STR_ARG(str_slice(name, at + 1, name.len)))
               : code;
}

/* Setting and confirming are one act on one row. */
static enum error_code round_row(const struct asked *k, bool confirm)
{
    const struct scheme *s;
    const struct scheme_parameter *p;
    struct record_plan plan;
    dec n;
    int64_t row;
    str text = feel_text_member(k->v, "row");
    if (!dec_parse(text, &n) || !dec_to_int(n, &row)) {
        return error_set(k->err, ERROR_INVALID, "\"%s\" is no whole number", "row");
    }
    enum error_code code = find_parameter(k, &s, &p);
    code = code == OK ? record_begin(k->o->record, k->arena, k->actor, k->now, &plan, k->err) : code;
    if (code == OK) {
        code = confirm ? record_round_confirm(&plan, s, p, row, feel_text_member(k->v, "source"), k->err)
                       : record_round_set(&plan, s, p, row, feel_member(k->v, "with"), k->err);
        code = record_finish(&plan, code, NULL, k->err);
    }
    buf_addz(k->out, "{}");
    return code;
}

/* ---- The calendar ---- */

static void write_day(struct json_writer *w, feel_value row)
{
    json_raw(w, STR(""));
    feel_json_write(row, false, w->out);
}

static bool is_asked(feel_value row, str day)
{
    feel_value v = feel_member(row, "day");
    struct buf text = BUF_INIT(64);
    if (v.kind == FEEL_DATE) {
        cal_print_date(v.date, &text);
    }
    bool is = v.kind == FEEL_DATE && str_starts_with(buf_str(&text), day);
    buf_release(&text);
    return is;
}

/* The rows whose day begins with a text: a year, a day, or nothing. */
static enum error_code read_days(const struct asked *k, struct store_view *v, feel_value *ret)
{
    const struct scheme *core;
    cal_datetime t = { .year = 1970, .month = 1, .day = 1 };
    enum error_code code = record_installed(k->o->record, v, STR("core"), &core, k->err);
    cal_datetime_from_utc(k->now / 1000000, 0, 8 * 3600, &t);
    return code == OK ? record_parameter(k->o->record, v, core, scheme_parameter(core, STR("calendar")),
                                         cal_datetime_date(t), k->arena, ret, k->err)
                      : code;
}

static void write_days(const struct asked *k, feel_value rows, str day, struct json_writer *w)
{
    json_key(w, STR("rows"));
    json_begin_array(w);
    for (uint32_t i = 0; i < rows.count; i++) {
        if (is_asked(rows.items[i], day)) {
            write_day(w, rows.items[i]);
        }
    }
    json_end_array(w);
    (void)k;
}

static void write_date(struct json_writer *w, const char *name, cal_date day)
{
    struct buf text = BUF_INIT(64);
    cal_print_date(day, &text);
    json_text_member(w, name, buf_str(&text));
    buf_release(&text);
}

/* Whether a day is worked and why; with a number also the n-th working day after it. */
static enum error_code write_explained(const struct asked *k, const struct cal_calendar *c, str text,
                                       struct json_writer *w)
{
    cal_date day, then;
    bool provisional = false, later = false;
    str steps = feel_text_member(k->v, "n");
    dec d;
    int64_t n;
    if (!cal_parse_date(text, &day)) {
        return error_set(k->err, ERROR_INVALID, "\"%.*s\" is no date", STR_ARG(text));
    }
    json_key(w, STR("working"));
    json_bool(w, cal_is_working_day(c, day, &provisional));
    json_key(w, STR("provisional"));
    json_bool(w, provisional);
    if (steps.len == 0) {
        return OK;
    }
    if (!dec_parse(steps, &d) || !dec_to_int(d, &n) || !cal_add_working_days(c, day, n, &then, &later)) {
        return error_set(k->err, ERROR_INVALID, "\"%.*s\" working days cannot be counted", STR_ARG(steps));
    }
    write_date(w, "then", then);
    json_key(w, STR("then provisional"));
    json_bool(w, later);
    return OK;
}

static enum error_code calendar_show(const struct asked *k, bool explain)
{
    struct store_view *v;
    const struct cal_calendar *c;
    feel_value rows;
    struct json_writer w;
    str day = feel_text_member(k->v, "day");
    enum error_code code = store_view(k->o->store, &v, k->err);
    if (code != OK) {
        return code;
    }
    json_writer_init(&w, k->out, false);
    json_begin_object(&w);
    code = record_calendar(k->o->record, v, &c, k->err);
    code = code == OK ? read_days(k, v, &rows) : code;
    if (code == OK) {
        json_text_member(&w, "calendar", cal_calendar_name(c));
        code = explain ? write_explained(k, c, day, &w) : OK;
        write_days(k, rows, day, &w);
    }
    json_end_object(&w);
    store_view_end(v);
    return code;
}

static enum error_code calendar_import(const struct asked *k)
{
    buf_addz(k->out, "{}");
    return record_import_calendar(k->o->record, feel_text_member(k->v, "rows"), k->actor, k->now, k->err);
}

enum error_code office_parameter(struct office *o, str name, feel_value v, int64_t actor, int64_t now,
                                 struct arena *a, struct buf *out, struct error *err)
{
    const struct asked k = { o, v, actor, now, a, out, err };
    return str_eq(name, STR("round-open"))        ? round_open(&k)
           : str_eq(name, STR("round-show"))      ? round_show(&k)
           : str_eq(name, STR("round-set"))       ? round_row(&k, false)
           : str_eq(name, STR("round-confirm"))   ? round_row(&k, true)
           : str_eq(name, STR("calendar-import")) ? calendar_import(&k)
                                                  : calendar_show(&k, str_eq(name, STR("calendar-explain")));
}

/* ---- Command lines ---- */

enum { WORDS = 4 };

struct line {
    const char *words[WORDS];
    int count;
    const char *data, *as, *from, *source, *with;
};

static int read_line(int argc, char **argv, struct line *l)
{
    const struct {
        const char *name;
        const char **to;
    } options[] = { { "--data", &l->data }, { "--as", &l->as }, { "--from", &l->from }, { "--source", &l->source },
                    { "--with", &l->with } };
    *l = (struct line){ .data = office_default() };
    for (int i = 1; i < argc; i++) {
        size_t k = 0;
        while (k < sizeof options / sizeof options[0] && strcmp(argv[i], options[k].name) != 0) {
            k++;
        }
        if (k < sizeof options / sizeof options[0]) {
            if ((*options[k].to = cli_value(argc, argv, &i)) == NULL) {
                return EXIT_USAGE;
            }
        } else if (l->count == WORDS || strncmp(argv[i], "--", 2) == 0) {
            return cli_usage("\"%s\" is one word too many", argv[i]);
        } else {
            l->words[l->count++] = argv[i];
        }
    }
    return EXIT_DONE;
}

struct form {
    const char *word, *command;
    int least, most;
    const char *members[WORDS - 1];
};

/* NULL: no such form with so many words. */
static const struct form *find_form(const struct form *forms, size_t count, const struct line *l)
{
    for (size_t i = 0; i < count && l->count > 0; i++) {
        if (strcmp(forms[i].word, l->words[0]) == 0 && l->count - 1 >= forms[i].least &&
            l->count - 1 <= forms[i].most) {
            return &forms[i];
        }
    }
    return NULL;
}

static int give(const struct form *f, const struct line *l)
{
    struct command c;
    command_begin(&c, f->command);
    command_text(&c, "as", l->as);
    command_text(&c, "from", l->from);
    command_text(&c, "source", l->source);
    if (l->with != NULL) {
        command_json(&c, "with", str_of(l->with));
    }
    for (int i = 1; i < l->count; i++) {
        command_text(&c, f->members[i - 1], l->words[i]);
    }
    return command_run(&c, l->data, true);
}

int cli_round(int argc, char **argv)
{
    static const struct form forms[] = {
        { "open", "round-open", 2, 2, { "scheme", "round" } },
        { "show", "round-show", 2, 2, { "scheme", "round" } },
        { "set", "round-set", 2, 2, { "parameter", "row" } },
        { "confirm", "round-confirm", 2, 2, { "parameter", "row" } },
    };
    struct line l;
    int status = read_line(argc, argv, &l);
    const struct form *f = status == EXIT_DONE ? find_form(forms, sizeof forms / sizeof forms[0], &l) : NULL;
    return status != EXIT_DONE ? status
           : f != NULL         ? give(f, &l)
                               : cli_usage("gongshi round open|show SCHEME ROUND | set|confirm SCHEME.PARAMETER ROW");
}

static int import_calendar(const struct line *l)
{
    struct arena a = ARENA_INIT;
    struct error err = { .lang = cli_lang };
    struct command c;
    str rows;
    if (cli_read(&a, l->words[1], LIMIT_SCHEME_BYTES, "SCHEME_BYTES", &rows, &err) != OK) {
        arena_release(&a);
        return cli_report(&err);
    }
    command_begin(&c, "calendar-import");
    command_text(&c, "as", l->as);
    command_text(&c, "rows", rows.ptr);
    arena_release(&a);
    return command_run(&c, l->data, true);
}

int cli_calendar(int argc, char **argv)
{
    static const struct form forms[] = {
        { "show", "calendar-show", 0, 1, { "day" } },
        { "explain", "calendar-explain", 1, 2, { "day", "n" } },
        { "import", "calendar-import", 1, 1, { "rows" } },
    };
    struct line l;
    int status = read_line(argc, argv, &l);
    const struct form *f = status == EXIT_DONE ? find_form(forms, sizeof forms / sizeof forms[0], &l) : NULL;
    if (f == NULL) {
        return status != EXIT_DONE ? status : cli_usage("gongshi calendar show [YEAR] | explain DAY [N] | import FILE");
    }
    return strcmp(f->word, "import") == 0 ? import_calendar(&l) : give(f, &l);
}
