/* calendar: the working days as the rows of core.#calendar have them.
 *
 * A year that has a row is covered: its other days count by weekday. A year without one is not, and what is computed
 * with it is provisional. The calendar is made once and kept until a row comes, changes or goes; its name has the hash
 * of its days, so that a decision that is computed again can tell whether it would see the same.
 */
#include "record/table_int.h"

#include "text/sha256.h"

#include <stdlib.h>

struct record__calendar {
    struct record__calendar *next;
    int64_t count, last;              /* of the rows that it was made of */
    struct cal_calendar *calendar;
};

/* How many revisions are known, and the last of them: another pair, other rows. */
static void look(struct store_view *v, int64_t *ret_count, int64_t *ret_last)
{
    struct store_value args[] = { store_text(STR("core.#calendar")) };
    struct store_rows *r = store_query(v, "SELECT COUNT(*), MAX(id) FROM record_index WHERE name = ? AND shelf = 1",
                                       args, 1);
    *ret_count = *ret_last = 0;
    if (store_next(r)) {
        *ret_count = store_column_int(r, 0);
        *ret_last = store_column_int(r, 1);
    }
    store_rows_end(r);
}

static void fill(struct cal_calendar *c, const struct record__rows *rows)
{
    for (uint32_t i = 0; i < rows->count; i++) {
        feel_value day = rows->list[i].body.values[0], working = rows->list[i].body.values[1];
        if (day.kind == FEEL_DATE && working.kind == FEEL_BOOLEAN) {
            cal_calendar_cover(c, day.date.year);
            cal_calendar_set(c, day.date, working.boolean);
        }
    }
}

static int by_day(const void *a, const void *b)
{
    int order = 0;
    feel_compare(((const struct record_row *)a)->body.values[0], ((const struct record_row *)b)->body.values[0],
                 &order);
    return order;
}

/* "core#calendar 0123456789ab": by the days and what they are, whatever their rows are called. */
static str name_of(struct arena *a, struct record__rows *rows)
{
    struct buf text = BUF_INIT((size_t)1 << 24);
    char hash[SHA256_TEXT];
    if (rows->count > 1) {
        qsort(rows->list, rows->count, sizeof *rows->list, by_day);
    }
    for (uint32_t i = 0; i < rows->count; i++) {
        feel_print(rows->list[i].body.values[0], &text);
        buf_addz(&text, feel_is_true(rows->list[i].body.values[1]) ? " working\n" : " off\n");
    }
    sha256_text(buf_str(&text), hash);
    buf_release(&text);
    return arena_printf(a, "core#calendar %.12s", hash);
}

/* The rows that were known at an instant. */
static enum error_code make(struct store_view *v, int64_t known_at, struct cal_calendar **ret, struct error *err)
{
    struct arena a = ARENA_INIT;
    const struct scheme *core;
    struct record__rows rows;
    enum error_code code = record_core(&a, &core, err);
    const struct scheme_parameter *p = code == OK ? scheme_parameter(core, STR("calendar")) : NULL;
    const struct record__table *t = code == OK ? record__table(&a, core, p) : NULL;
    struct record_query q = { .scheme = core, .ledger = code == OK ? &t->ledger : NULL, .known_at = known_at,
                              .flags = RECORD_ALL_TIMES };
    struct record__reader reader = { .view = v };
    if (code == OK && (code = record__all(&reader, NULL, &q, &a, &rows, err)) == OK) {
        str name = name_of(&a, &rows);
        *ret = cal_calendar_new(name);
        fill(*ret, &rows);
    }
    arena_release(&a);
    return code;
}

enum error_code record_calendar_with(struct record *r, struct store_view *v, str rows, struct cal_calendar **ret,
                                     cal_date *ret_first, struct error *err)
{
    struct arena a = ARENA_INIT;
    const struct scheme *core;
    const struct cal_calendar *now = NULL;
    struct cal_calendar *then = NULL;
    cal_date first = { 9999, 12, 31 };
    enum error_code code = record__core_with(&a, rows, &core, err);
    code = code == OK ? record_calendar(r, v, &now, err) : code;
    code = code == OK ? make(v, INT64_MAX, &then, err) : code;
    const struct scheme_parameter *p = code == OK ? scheme_parameter(core, STR("calendar")) : NULL;
    for (uint32_t i = 0; p != NULL && i < p->row_count; i++) {
        feel_value day = p->rows[i].values[0], working = p->rows[i].values[1];
        if (day.kind == FEEL_DATE && working.kind == FEEL_BOOLEAN) {
            bool rests = false, other = cal_is_working_day(now, day.date, &rests) != working.boolean;
            cal_calendar_cover(then, day.date.year);
            cal_calendar_set(then, day.date, working.boolean);
            bool earlier = cal_days_from_date(day.date) < cal_days_from_date(first);
            first = (other || rests) && earlier ? day.date : first;
        }
    }
    arena_release(&a);
    if (code == OK) {
        *ret = then;
        *ret_first = first;
    }
    return code;
}

/* The one of the rows in the view, with the lock held. */
static enum error_code find(struct record *r, struct store_view *v, struct record__calendar **ret, struct error *err)
{
    int64_t count, last;
    enum error_code code = OK;
    look(v, &count, &last);
    struct record__calendar *c = r->calendars;
    while (c != NULL && (c->count != count || c->last != last)) {
        c = c->next;
    }
    if (c == NULL) {
        struct cal_calendar *calendar;
        code = make(v, INT64_MAX, &calendar, err);
        if (code == OK) {
            c = ARENA_NEW(&r->calendar_arena, struct record__calendar);
            *c = (struct record__calendar){ r->calendars, count, last, calendar };
            r->calendars = c;
        }
    }
    *ret = c;
    return code;
}

/* Looking at the rows takes longer than what most callers compute with the calendar: it is done once for a commit. */
enum error_code record_calendar(struct record *r, struct store_view *v, const struct cal_calendar **ret,
                                struct error *err)
{
    int64_t commit = store_view_commit(v);
    enum error_code code = OK;
    pthread_mutex_lock(&r->calendar_lock);
    struct record__calendar *c = commit != 0 && commit == r->calendar_commit ? r->calendar : NULL;
    if (c == NULL) {
        code = find(r, v, &c, err);
    }
    if (code == OK) {
        *ret = c->calendar;
        r->calendar = c;
        r->calendar_commit = commit;
    }
    pthread_mutex_unlock(&r->calendar_lock);
    return code;
}

static const struct cal_calendar *find_named(const struct record *r, str name)
{
    struct record__calendar *c = r->calendars;
    while (c != NULL && !str_eq(cal_calendar_name(c->calendar), name)) {
        c = c->next;
    }
    return c == NULL ? NULL : c->calendar;
}

/* Keeps a calendar that is of the past, or gives it up for one of the same days. */
static const struct cal_calendar *keep(struct record *r, struct cal_calendar *calendar)
{
    const struct cal_calendar *there = find_named(r, cal_calendar_name(calendar));
    if (there != NULL) {
        cal_calendar_free(calendar);
        return there;
    }
    struct record__calendar *c = ARENA_NEW(&r->calendar_arena, struct record__calendar);
    *c = (struct record__calendar){ r->calendars, -1, -1, calendar };
    r->calendars = c;
    return calendar;
}

enum error_code record_calendar_at(struct record *r, struct store_view *v, int64_t known_at,
                                   const struct cal_calendar **ret, struct error *err)
{
    struct cal_calendar *calendar;
    enum error_code code = make(v, known_at, &calendar, err);
    if (code == OK) {
        pthread_mutex_lock(&r->calendar_lock);
        *ret = keep(r, calendar);
        pthread_mutex_unlock(&r->calendar_lock);
    }
    return code;
}

enum error_code record_calendar_named(struct record *r, str name, int64_t known_at, const struct cal_calendar **ret,
                                      struct error *err)
{
    struct store_view *v;
    pthread_mutex_lock(&r->calendar_lock);
    const struct cal_calendar *c = find_named(r, name);
    pthread_mutex_unlock(&r->calendar_lock);
    enum error_code code = c != NULL ? OK : store_view(r->store, &v, err);
    if (code == OK && c == NULL) {
        code = record_calendar_at(r, v, known_at, &c, err);
        store_view_end(v);
    }
    if (code == OK && !str_eq(cal_calendar_name(c), name)) {
        code = error_set(err, ERROR_MISSING, "the calendar that it was decided with is not known");
        error_detail(err, "%.*s", STR_ARG(name));
    }
    if (code == OK) {
        *ret = c;
    }
    return code;
}

void record__calendars_release(struct record *r)
{
    for (struct record__calendar *c = r->calendars; c != NULL; c = c->next) {
        cal_calendar_free(c->calendar);
    }
    r->calendars = r->calendar = NULL;
    arena_release(&r->calendar_arena);
}
